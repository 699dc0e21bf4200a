//! The settable clock of a simulated world.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// Real time plus an offset: it runs on by itself, and may be moved in either direction. It may also run faster.
///
/// Clones share one clock. The offset belongs to the process and is not kept in the home: a simulator that starts
/// again starts at real time.
///
/// Everything that a platform decides by time asks this clock: token and code expiry, rate-limit windows, media
/// expiry, metrics, timeline lag, late effects. What happens *on the wire* (latency, held answers, slow bodies) takes
/// real time, because the other end of the wire lives in real time.
#[derive(Clone, Debug)]
pub struct SimClock {
    offset: Arc<watch::Sender<SignedDuration>>,
    /// Where a clock that runs faster began, in real time.
    origin: Timestamp,
    speed: u32,
}

impl SimClock {
    /// A clock that shows real time until it is moved.
    #[must_use]
    pub fn new() -> Self {
        Self::faster(real_now(), 1)
    }

    /// A clock that shows real time at `origin`, and runs so many times faster than real time: for programs that run
    /// faster, too. A speed of 0 counts as 1.
    #[must_use]
    pub fn faster(origin: Timestamp, speed: u32) -> Self {
        Self { offset: Arc::new(watch::Sender::new(SignedDuration::ZERO)), origin, speed: speed.max(1) }
    }

    /// A clock that shows `start` now and runs on from there.
    #[must_use]
    pub fn starting_at(start: Timestamp) -> Self {
        let clock = Self::new();
        clock.set(start);
        clock
    }

    /// The simulated time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        later(self.unmoved(), *self.offset.borrow())
    }

    /// What it would show if nobody had moved it.
    fn unmoved(&self) -> Timestamp {
        let passed = real_now().duration_since(self.origin);
        later(self.origin, passed.saturating_mul(i32::try_from(self.speed).unwrap_or(i32::MAX)))
    }

    /// Moves the clock forward by `by`. Effects that fall due are applied at once.
    pub fn advance(&self, by: Duration) {
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        self.offset.send_modify(|offset| *offset = offset.saturating_add(by));
    }

    /// Moves the clock to `to`, forward or backward. It runs on from there.
    pub fn set(&self, to: Timestamp) {
        self.offset.send_modify(|offset| *offset = to.duration_since(self.unmoved()));
    }

    /// Waits until the simulated time reaches `due`, by running on or by being moved.
    pub(crate) async fn wait_until(&self, due: Timestamp) {
        let mut moved = self.offset.subscribe();
        loop {
            moved.mark_unchanged();
            let Ok(left) = Duration::try_from(due.duration_since(self.now())) else { return };
            if left.is_zero() {
                return;
            }
            tokio::select! {
                () = real_sleep(left / self.speed) => {}
                _ = moved.changed() => {}
            }
        }
    }
}

impl Default for SimClock {
    fn default() -> Self {
        Self::new()
    }
}

/// `at + by`, kept inside the range of [`Timestamp`].
pub(crate) fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(if by.is_negative() { Timestamp::MIN } else { Timestamp::MAX })
}

/// `at` plus a number of seconds.
pub(crate) fn seconds_after(at: Timestamp, seconds: i64) -> Timestamp {
    later(at, SignedDuration::from_secs(seconds))
}

/// Takes `duration` of real time: for what happens on the wire.
#[expect(clippy::disallowed_methods, reason = "this module is the clock: the only place that waits")]
pub(crate) async fn real_sleep(duration: Duration) {
    tokio::time::sleep(duration).await;
}

#[expect(clippy::disallowed_methods, reason = "this module is the clock: the only place that asks the host")]
fn real_now() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_where_told_and_moves_both_ways() {
        let start: Timestamp = "2030-01-01T00:00:00Z".parse().unwrap();
        let clock = SimClock::starting_at(start);
        clock.advance(Duration::from_secs(3600));
        assert!(clock.now() >= seconds_after(start, 3600));
        clock.set(start);
        assert!(clock.now() < seconds_after(start, 60));
    }

    #[test]
    fn a_faster_clock_runs_on_from_where_it_was_set() {
        let origin = seconds_after(real_now(), -10);
        let clock = SimClock::faster(origin, 20);
        let shows =
            |secs| (seconds_after(origin, secs)..seconds_after(origin, secs + 100)).contains(&clock.now());
        assert!(shows(200), "{}", clock.now());
        clock.set(origin);
        assert!(shows(0), "{}", clock.now());
    }

    #[tokio::test]
    async fn a_waiter_wakes_when_the_clock_is_moved() {
        let clock = SimClock::new();
        let due = seconds_after(clock.now(), 86_400);
        let waiting = tokio::spawn({
            let clock = clock.clone();
            async move { clock.wait_until(due).await }
        });
        clock.advance(Duration::from_secs(86_401));
        waiting.await.unwrap();
        assert!(clock.now() >= due);
    }
}
