//! The delivery engine of xmp.
//!
//! Posts get in by [`Scheduler::schedule`], which checks a draft against each target account's platform before
//! anything is stored. They get out by a [`Worker`], which claims what is due, prepares it, commits the intent, sends
//! the one visible request, and asks the platform where it can't know what came of it.
//!
//! What is decided is decided by pure functions ([`backoff`](Backoff), [`decide`]); what is changed is changed by
//! whole steps of a [`Store`](xmp_core::Store). This crate knows no platform and no database: they meet it at the
//! traits of [`xmp_core`].
//!
//! ```text
//! claim ─► prepare ─► begin (intent) ─► commit ─► conclude ──► published | retry | failed
//!   ▲         │                            │          │
//!   │         ▼ crash: costs nothing       ▼ crash    ▼ maybe sent
//!   │      next worker                  unconfirmed ◄─┘
//!   └──────────────────── look ◄── (deadline + settle window)
//! ```
//!
//! A worker takes time from a clock, so that a program's tests move it:
//!
//! ```
//! use std::sync::Arc;
//! use xmp_core::{ManualClock, Platforms};
//! use xmp_scheduler::{Worker, WorkerOptions};
//! use xmp_store::MemoryStore;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> xmp_core::Result<()> {
//! let clock = Arc::new(ManualClock::new("2026-12-24T08:00:00Z".parse().unwrap()));
//! let store = Arc::new(MemoryStore::new(clock.clone()));
//! let worker = Worker::new(store, Platforms::default(), clock, WorkerOptions::default())?;
//! assert_eq!(worker.run_due().await?, 0, "nothing is scheduled");
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]

mod backoff;
mod bulk;
mod calendar;
mod conflicts;
pub mod decide;
mod edit;
mod options;
mod publish;
mod queues;
mod read;
mod reconcile;
mod requests;
mod schedule;
mod series;
mod watch;
mod worker;

pub use backoff::Backoff;
pub use conflicts::Settled;
pub use options::{LookPolicy, RetryPolicy, WorkerOptions};
pub use queues::{NewQueue, QueuePlace};
pub use schedule::{CheckedIn, Lookup, Scheduler};
pub use series::{Coming, NewSeries, SeriesEdit};
pub use worker::Worker;
