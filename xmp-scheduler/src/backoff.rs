//! How long to wait before another try.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Exponential backoff with full jitter: the n-th wait is a random part of `base * 2^(n-1)`, at most `cap`.
///
/// Full jitter spreads the retries of many posts that failed together over the whole interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Backoff {
    /// The most that the first wait takes.
    pub base: Duration,
    /// The most that any wait takes.
    pub cap: Duration,
}

impl Backoff {
    /// The wait after the `attempt`-th attempt (from 1), for a random number in `0.0..1.0`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use xmp_scheduler::Backoff;
    ///
    /// let backoff = Backoff { base: Duration::from_secs(2), cap: Duration::from_secs(60) };
    /// assert_eq!(backoff.wait(1, 0.5), Duration::from_secs(1));
    /// assert_eq!(backoff.wait(3, 0.5), Duration::from_secs(4));
    /// assert_eq!(backoff.wait(30, 0.5), Duration::from_secs(30));
    /// ```
    #[must_use]
    pub fn wait(&self, attempt: u32, random: f64) -> Duration {
        let doublings = attempt.saturating_sub(1).min(31);
        let most = self.base.saturating_mul(1 << doublings).min(self.cap);
        most.mul_f64(random.clamp(0.0, 1.0))
    }
}

/// A random number in `0.0..1.0`.
pub(crate) fn random() -> f64 {
    let bits = getrandom::u32().unwrap_or(u32::MAX / 2);
    f64::from(bits) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn waits_stay_within_their_bounds(attempt in 0u32..1000, random in 0.0f64..1.0) {
            let backoff = Backoff { base: Duration::from_secs(2), cap: Duration::from_secs(600) };
            let wait = backoff.wait(attempt, random);
            prop_assert!(wait <= backoff.cap);
            prop_assert!(wait <= backoff.wait(attempt + 1, random));
        }
    }

    #[test]
    fn random_numbers_differ() {
        let numbers: Vec<f64> = (0..8).map(|_| random()).collect();
        assert!(numbers.iter().all(|n| (0.0..1.0).contains(n)));
        assert!(numbers.windows(2).any(|pair| pair[0].to_bits() != pair[1].to_bits()));
    }
}
