//! The life of a lease.

use jiff::Timestamp;

use crate::LeaseRecord;

/// Where a lease stands at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LeaseState {
    /// Nobody works on the delivery.
    Free,
    /// A worker does.
    Live,
    /// A worker did, and let its time run out.
    Lapsed,
}

/// What is done with a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LeaseStep {
    /// A worker takes the delivery. The fence grows.
    Claim,
    /// Its holder asks for more time.
    Renew,
    /// Its holder writes.
    Write,
    /// Its holder gives it back.
    Release,
    /// A person changes the delivery: cancels it, say. The fence grows.
    Intervene,
}

impl LeaseState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Free, Self::Live, Self::Lapsed];

    /// The state of a lease at `now`.
    #[must_use]
    pub fn at(now: Timestamp, lease: Option<&LeaseRecord>) -> Self {
        match lease {
            None => Self::Free,
            Some(lease) if lease.until > now => Self::Live,
            Some(_) => Self::Lapsed,
        }
    }

    /// Whether a step may be taken. Steps of its holder also need the delivery's fence.
    ///
    /// A lapsed lease that nobody has taken yet still belongs to its holder: what it learned about the world is
    /// worth more than a second look. The fence tells when somebody has.
    #[must_use]
    pub const fn allows(self, step: LeaseStep) -> bool {
        match step {
            LeaseStep::Claim | LeaseStep::Intervene => !matches!(self, Self::Live),
            LeaseStep::Renew | LeaseStep::Write | LeaseStep::Release => !matches!(self, Self::Free),
        }
    }
}

impl LeaseStep {
    /// Every step.
    pub const ALL: [Self; 5] = [Self::Claim, Self::Renew, Self::Write, Self::Release, Self::Intervene];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WorkerId;

    #[test]
    fn every_pair() {
        let table = [
            (LeaseState::Free, [true, false, false, false, true]),
            (LeaseState::Live, [false, true, true, true, false]),
            (LeaseState::Lapsed, [true, true, true, true, true]),
        ];
        for ((state, row), expected) in table.into_iter().zip(LeaseState::ALL) {
            assert_eq!(state, expected);
            for (step, allowed) in LeaseStep::ALL.into_iter().zip(row) {
                assert_eq!(state.allows(step), allowed, "{state:?} {step:?}");
            }
        }
    }

    #[test]
    fn a_lease_lapses_at_its_end() {
        let now = Timestamp::UNIX_EPOCH;
        let lease = LeaseRecord { worker: WorkerId::new(now), until: now };
        assert_eq!(LeaseState::at(now, None), LeaseState::Free);
        assert_eq!(LeaseState::at(now, Some(&lease)), LeaseState::Lapsed);
        let before = now.saturating_sub(std::time::Duration::from_nanos(1)).unwrap();
        assert_eq!(LeaseState::at(before, Some(&lease)), LeaseState::Live);
    }
}
