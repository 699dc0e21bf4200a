//! Jobs in, jobs out.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use serde_json::{Value, json};
use xmp_core::{CancelToken, Work};

use super::echo::{Echo, World};
use super::{Subject, many_slots};
use crate::Result;
use crate::one::Stopwatch;
use crate::size::Size;

/// Counts posts, and stops the worker at the last: it then finishes what it has in hand.
pub(super) struct Countdown {
    left: AtomicUsize,
    pub(super) stop: CancelToken,
}

impl Countdown {
    pub(super) fn new(count: usize) -> Self {
        Self { left: AtomicUsize::new(count), stop: CancelToken::new() }
    }
}

#[async_trait]
impl World for Countdown {
    async fn post(&self, _: &Work) {
        if self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.stop.cancel();
        }
    }
}

/// One post for each account; the worker writes intents and outcomes as ever.
pub(super) async fn run(subject: &Subject, size: &Size) -> Result<Value> {
    let accounts = subject.make_accounts(size.jobs).await?;
    let due = subject.clock.now();
    let watch = Stopwatch::start();
    let count = subject.schedule(accounts.iter().map(|account| (account, due))).await?;
    let enqueue = watch.seconds();

    let world = Arc::new(Countdown::new(count));
    let watch = Stopwatch::start();
    let worker = subject.worker(Echo::new(&world), many_slots())?;
    worker.run(&world.stop).await;
    let drain = watch.seconds();
    subject.check_all_published(count).await?;
    // There is no other way: the intent is always written.
    Ok(json!({ "enqueue.seconds": enqueue, "drain.seconds": drain, "drain.seconds_with_intent": drain }))
}
