//! The store's time.
//!
//! Two stores agree to the microsecond, since that is what databases keep: readings are cut to it.
//!
//! # When the clock goes back
//!
//! A store compares times that it wrote earlier, so a clock that is set back could harm it. What is written and
//! compared is nevertheless always the clock's own reading, and never "the largest time seen":
//!
//! * *Leases.* A lease is granted and checked on the same clock. After a step back by `d` it looks live for longer
//!   than its holder counts (on a clock that never goes back), never shorter: nobody else starts early. The price
//!   would be a dead worker's lease that stays for `d`; so a lease that was granted "in the future" is started again
//!   from now with its whole length (see [`restarted`]), which is never before its holder's own end either.
//! * *Attempts.* `began_at` says where the reconciler starts to look on the platform. With the largest time seen,
//!   one excursion of the clock into the future would put it after the post that it has to find: a post that can't
//!   be found may be sent again.
//! * *Due times.* With the largest time seen, the same excursion would publish posts before their time.
//!
//! A step *forward* makes live leases look lapsed to others. Their attempts become unconfirmed, which never sends
//! anything again without asking the platform, and a holder that still writes is refused by its fence.
//!
//! The largest time seen is kept all the same, in the process and in the file, so that a step back is noticed and
//! told: retries and blocks that were written before it wait for longer than they should.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use xmp_core::Clock;

/// Steps back of less than this are what time servers do every day.
const NOTICED: i64 = 1_000_000;

/// A clock that is cut to microseconds and that notices when it goes back.
#[derive(Debug, Clone)]
pub(crate) struct StoreClock {
    clock: Arc<dyn Clock>,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Debug)]
struct Seen {
    largest: Timestamp,
    warned: bool,
}

impl StoreClock {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, seen: Arc::new(Mutex::new(Seen { largest: Timestamp::MIN, warned: false })) }
    }

    /// Now.
    pub(crate) fn now(&self) -> Timestamp {
        self.now_after(Timestamp::MIN)
    }

    /// Now, where some process has seen this time before.
    pub(crate) fn now_after(&self, seen_elsewhere: Timestamp) -> Timestamp {
        let now = cut(self.clock.now());
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.largest = seen.largest.max(seen_elsewhere).max(now);
        let behind = seen.largest.as_microsecond() - now.as_microsecond();
        if behind > NOTICED && !seen.warned {
            tracing::warn!(
                behind_seconds = behind / 1_000_000,
                "the clock went back: leases last a little longer, and what waits may wait longer"
            );
        }
        seen.warned = behind > NOTICED;
        now
    }

    /// How far the clock is behind the largest time seen.
    #[cfg(test)]
    pub(crate) fn behind(&self) -> Duration {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        between(cut(self.clock.now()), seen.largest)
    }
}

/// Cuts a time to what stores keep.
pub(crate) fn cut(time: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(time.as_microsecond()).unwrap_or(time)
}

/// From now on, for this long.
pub(crate) fn later(now: Timestamp, by: Duration) -> Timestamp {
    now.saturating_add(by).unwrap_or(Timestamp::MAX)
}

/// How long from one time to a later one; zero if it is not later.
pub(crate) fn between(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(from.duration_until(to)).unwrap_or_default()
}

/// The end of a lease whose grant lies in the future, because the clock went back: its whole length, from now.
pub(crate) fn restarted(granted: Timestamp, until: Timestamp, now: Timestamp) -> Option<Timestamp> {
    (granted > now).then(|| later(now, between(granted, until)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use xmp_core::ManualClock;

    #[test]
    fn a_step_back_is_noticed_and_the_reading_stays_the_clocks() {
        let start: Timestamp = "2026-01-01T12:00:00.000000999Z".parse().unwrap();
        let manual = ManualClock::new(start);
        let clock = StoreClock::new(Arc::new(manual.clone()));
        assert_eq!(clock.now().to_string(), "2026-01-01T12:00:00Z");
        let back: Timestamp = "2026-01-01T11:00:00Z".parse().unwrap();
        manual.step_to(back);
        assert_eq!(clock.now(), back);
        assert_eq!(clock.behind(), Duration::from_secs(3600));
        let elsewhere: Timestamp = "2026-01-01T13:00:00Z".parse().unwrap();
        assert_eq!(clock.now_after(elsewhere), back);
        assert_eq!(clock.behind(), Duration::from_secs(7200));
    }

    #[test]
    fn a_lease_from_the_future_gets_its_whole_length_again() {
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(restarted(at(100), at(130), at(50)), Some(at(80)));
        assert_eq!(restarted(at(100), at(130), at(100)), None);
    }
}
