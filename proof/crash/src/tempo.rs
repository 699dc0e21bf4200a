//! How time is made short: X's windows are minutes long, and a storm has thousands of kills.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How many times faster a round goes than the platforms' own windows would have it.
const HASTE: u32 = 20;

/// How a round is made to go faster. Durations in plans are the platforms' own: X settles within 60 s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tempo {
    /// All clocks run faster, and every window is the platform's own. For workers that can be given a clock: those
    /// written in Rust, on a store that goes by its program's clock.
    FastClock,
    /// Clocks run as ever, and the windows that can be configured are that much shorter. For workers in other languages,
    /// which go by the machine's clock, and for a store that goes by its server's.
    ShortWindows,
}

impl Tempo {
    /// How many times faster than real time the clocks run.
    #[must_use]
    pub const fn speed(self) -> u32 {
        match self {
            Self::FastClock => HASTE,
            Self::ShortWindows => 1,
        }
    }

    /// A platform's own duration, as it is on the round's clocks.
    #[must_use]
    pub fn on_clock(self, time: Duration) -> Duration {
        match self {
            Self::FastClock => time,
            Self::ShortWindows => time / HASTE,
        }
    }

    /// A platform's own duration, as it is on the machine's clock.
    #[must_use]
    pub fn real(self, time: Duration) -> Duration {
        time / HASTE
    }
}
