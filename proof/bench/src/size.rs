//! How much of everything.

use std::time::Duration;

use clap::Args;

/// The sizes of all exercises.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Size {
    /// Jobs that are put in and worked off.
    #[arg(long, default_value_t = 20_000)]
    pub(crate) jobs: usize,
    /// Posts that wait beside the others.
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) waiting: usize,
    /// The small number of waiting posts, which the cost of a claim is compared with.
    #[arg(long, default_value_t = 10_000)]
    pub(crate) few: usize,
    /// Accounts that they are spread over.
    #[arg(long, default_value_t = 100_000)]
    pub(crate) accounts: usize,
    /// Posts that are due one after the other.
    #[arg(long, default_value_t = 2_000)]
    pub(crate) due: usize,
    /// Posts that are published and forgotten, one batch after the other.
    #[arg(long, default_value_t = 5_000_000)]
    pub(crate) finished: usize,
    /// Seconds that they are spread over.
    #[arg(long, default_value_t = 20)]
    pub(crate) over: u64,
}

impl Size {
    /// Small enough for a look: the numbers say nothing.
    pub(crate) const QUICK: Self = Self {
        jobs: 2_000,
        waiting: 20_000,
        few: 5_000,
        accounts: 5_000,
        due: 200,
        over: 2,
        finished: 4_000,
    };

    pub(crate) fn over(&self) -> Duration {
        Duration::from_secs(self.over)
    }

    /// As arguments of [`one`](crate::one).
    pub(crate) fn arguments(&self) -> Vec<String> {
        let Self { jobs, waiting, few, accounts, due, over, finished } = self;
        [
            format!("--jobs={jobs}"),
            format!("--waiting={waiting}"),
            format!("--few={few}"),
            format!("--accounts={accounts}"),
            format!("--due={due}"),
            format!("--over={over}"),
            format!("--finished={finished}"),
        ]
        .into()
    }
}
