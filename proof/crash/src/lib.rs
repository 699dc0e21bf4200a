//! Real processes, stopped and killed at random, judged by the simulator's ledger.
//!
//! A *round* is a store, a simulator, some accounts and posts, and three workers in processes of their own. For a while
//! (the *storm*) the workers are killed, stopped and woken, the platform answers wrongly, late or not at all, and the
//! clock is stepped. Then the workers are left alone, and when nothing is left to do, the judge counts: what the store
//! says, held against what the simulator's ledger shows. Everything that can be decided before is decided by a seed.

#![forbid(unsafe_code)]

pub mod clock;
pub mod judge;
pub mod orders;
pub mod plan;
pub mod processes;
pub mod profile;
pub mod refresh;
pub mod report;
pub mod stage;
pub mod storm;
pub mod tally;
pub mod tempo;
pub mod trap;
pub mod verdict;
pub mod worker;

/// Why a run could not be made. What a run finds is no error: see [`verdict`].
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
/// The result of what makes a run.
pub type Result<T> = std::result::Result<T, Failure>;
