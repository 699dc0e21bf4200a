//! What is measured.

use clap::ValueEnum;

use crate::contestant::Contestant;
use crate::size::Size;

/// A question about a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Workload {
    /// How long it takes to put many jobs in, in bulk.
    Enqueue,
    /// How long until they are durably finished, where there is nothing to do for them.
    Drain,
    /// How late posts go out, while very many more wait.
    Lateness,
    /// What a claim costs, with few and with very many waiting.
    Claim,
    /// What a worker needs at its peak, while very many wait.
    Memory,
    /// How long after the sudden death of a worker its posts go on.
    Recovery,
    /// What a worker costs that has nothing to do.
    Idle,
    /// What millions of finished posts leave behind. It takes an hour, and is measured only when it is asked for.
    Bloat,
}

/// What one process does, for the answers to one or two questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Exercise {
    /// Puts jobs in and works them off.
    Jobs,
    /// Publishes on time, while very many wait.
    Punctual,
    /// Claims, with very many waiting.
    Claims,
    /// Claims, with few waiting: what the other is compared with.
    FewClaims,
    /// Is killed.
    Killed,
    /// Has nothing to do.
    Idle,
    /// Finishes and forgets very many posts.
    Finished,
}

impl Workload {
    /// What is measured where nothing is said.
    pub(crate) const ALL: [Self; 7] =
        [Self::Enqueue, Self::Drain, Self::Lateness, Self::Claim, Self::Memory, Self::Recovery, Self::Idle];

    /// Its name, as arguments and rows have it.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// The exercises that answer it.
    pub(crate) fn exercises(self) -> &'static [Exercise] {
        match self {
            Self::Enqueue | Self::Drain => &[Exercise::Jobs],
            Self::Lateness | Self::Memory => &[Exercise::Punctual],
            Self::Claim => &[Exercise::Claims, Exercise::FewClaims],
            Self::Recovery => &[Exercise::Killed],
            Self::Idle => &[Exercise::Idle],
            Self::Bloat => &[Exercise::Finished],
        }
    }
}

impl Exercise {
    pub(crate) const ALL: [Self; 7] =
        [Self::Jobs, Self::Punctual, Self::Claims, Self::FewClaims, Self::Killed, Self::Idle, Self::Finished];

    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// Whether a contestant takes part: the rivals only put in and work off; the floor of punctuality is raw.
    pub(crate) fn has(self, contestant: Contestant) -> bool {
        match self {
            Self::Jobs => true,
            Self::Punctual => {
                contestant.is_subject()
                    || matches!(contestant, Contestant::RawPostgres | Contestant::RawSqlite)
            }
            Self::Claims | Self::FewClaims | Self::Killed | Self::Idle => contestant.is_subject(),
            Self::Finished => contestant == Contestant::XmpPostgres,
        }
    }

    /// How many posts wait for a subject beside what it works on.
    pub(crate) fn backlog(self, size: &Size) -> Option<usize> {
        match self {
            Self::Punctual | Self::Claims | Self::Idle => Some(size.waiting),
            Self::FewClaims => Some(size.few),
            Self::Jobs | Self::Killed | Self::Finished => None,
        }
    }
}
