//! Time, injected.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// A point on a clock that never goes back and that counts the time in which the machine was suspended. Only
/// differences within one boot of one machine mean anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Monotonic(Duration);

impl Monotonic {
    /// A point this long after the clock's own beginning.
    #[must_use]
    pub const fn from_start(since: Duration) -> Self {
        Self(since)
    }

    /// How long after `earlier` this is; zero if it is before.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl std::ops::Add<Duration> for Monotonic {
    type Output = Self;
    fn add(self, by: Duration) -> Self {
        Self(self.0.saturating_add(by))
    }
}

/// The last moment at which something may still be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(pub Monotonic);

impl Deadline {
    /// A deadline this far from now.
    #[must_use]
    pub fn after(clock: &dyn Clock, time: Duration) -> Self {
        Self(clock.monotonic() + time)
    }

    /// What is left of it: zero when it has passed.
    #[must_use]
    pub fn left(self, clock: &dyn Clock) -> Duration {
        self.0.since(clock.monotonic())
    }

    /// Whether it has passed.
    #[must_use]
    pub fn passed(self, clock: &dyn Clock) -> bool {
        clock.monotonic() >= self.0
    }
}

/// Where time comes from. Everything in xmp asks a clock; nothing reads the system's time beside it.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The time of day, to the microsecond: what stores keep.
    fn now(&self) -> Timestamp;

    /// The clock for deadlines: counts suspended time, never goes back.
    fn monotonic(&self) -> Monotonic;

    /// Ends after `time` has passed on this clock.
    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// Leaves off what stores don't keep.
pub(crate) fn to_the_microsecond(time: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(time.as_microsecond()).unwrap_or(time)
}

/// The machine's own time.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the machine's time")]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        to_the_microsecond(Timestamp::now())
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic(since_boot())
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(time))
    }
}

/// `CLOCK_BOOTTIME` counts the time in suspend; `CLOCK_MONOTONIC` does so on the other Unixes that xmp runs on
/// (macOS), and not on Linux.
#[cfg(unix)]
fn since_boot() -> Duration {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let id = rustix::time::ClockId::Boottime;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let id = rustix::time::ClockId::Monotonic;
    let time = rustix::time::clock_gettime(id);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// The performance counter behind `Instant` goes on during suspend on Windows.
#[cfg(not(unix))]
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the machine's time")]
fn since_boot() -> Duration {
    use std::sync::OnceLock;
    use std::time::Instant;
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

/// A clock that stands still until it is moved: for tests, ours and yours.
///
/// ```
/// use std::time::Duration;
/// use xmp_core::{Clock, ManualClock};
///
/// let clock = ManualClock::new("2026-03-29T00:59:00Z".parse().unwrap());
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(clock.now().to_string(), "2026-03-29T01:00:00Z");
/// ```
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<watch::Sender<Moment>>);

#[derive(Clone, Copy, Debug)]
struct Moment {
    now: Timestamp,
    monotonic: Duration,
}

impl ManualClock {
    /// A clock that shows this time.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self(Arc::new(watch::Sender::new(Moment { now, monotonic: Duration::ZERO })))
    }

    /// Moves the clock forward and wakes whoever slept until then.
    pub fn advance(&self, by: Duration) {
        self.0.send_modify(|moment| {
            moment.now = moment.now.saturating_add(by).unwrap_or(Timestamp::MAX);
            moment.monotonic += by;
        });
    }

    /// Sets the time of day alone, as an administrator or a time server does. Deadlines don't move.
    pub fn step_to(&self, now: Timestamp) {
        self.0.send_modify(|moment| moment.now = now);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.0.borrow().now
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic(self.0.borrow().monotonic)
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let mut moments = self.0.subscribe();
        let until = self.0.borrow().monotonic.saturating_add(time);
        Box::pin(async move {
            // An error means that the clock is gone: nobody can move it any more, and nobody waits for it.
            let _ = moments.wait_for(|moment| moment.monotonic >= until).await;
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_clock_goes_forward() {
        let first = SystemClock.monotonic();
        assert!(SystemClock.monotonic() >= first);
        assert!(SystemClock.now() > Timestamp::UNIX_EPOCH);
    }

    #[tokio::test]
    async fn sleepers_wake_when_the_clock_is_moved() {
        let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
        let sleeper = tokio::spawn(clock.sleep(Duration::from_secs(3600)));
        clock.advance(Duration::from_secs(3599));
        assert!(!sleeper.is_finished());
        clock.advance(Duration::from_secs(1));
        sleeper.await.unwrap();
    }

    #[test]
    fn a_step_of_the_time_of_day_moves_no_deadline() {
        let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
        let deadline = Deadline::after(&clock, Duration::from_secs(10));
        clock.step_to("2030-01-01T00:00:00Z".parse().unwrap());
        assert!(!deadline.passed(&clock));
        clock.advance(Duration::from_secs(10));
        assert!(deadline.passed(&clock));
    }
}
