//! A clock that tests move.

use std::time::Duration;

use jiff::Timestamp;
use xmp::{Clock, ManualClock};

use crate::handle::Nothing;
use crate::operation::operations;

operations! { MAKING on Nothing;
    /// A clock that stands still until it is moved: for tests.
    Now "ManualClock.new" (
        _,
        /// The time that it shows.
        now: Timestamp,
    ) => ManualClock { ManualClock::new(now) }
}

operations! { CLOCK on ManualClock;
    /// The time that it shows.
    Now "ManualClock.now" (clock) -> Timestamp { clock.now() }

    /// Moves the clock forward and wakes whoever slept until then.
    Now "ManualClock.advance" (
        clock,
        /// How far.
        by: Duration,
    ) -> () { clock.advance(by) }

    /// Sets the time of day alone, as an administrator or a time server does. Deadlines don't move.
    Now "ManualClock.step_to" (
        clock,
        /// The time of day.
        now: Timestamp,
    ) -> () { clock.step_to(now) }
}
