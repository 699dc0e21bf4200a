//! A worker in a process of its own, which can be stopped and killed.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;
use xmp_core::{EventSink, ManualClock, Platforms, Store};
use xmp_scheduler::{Backoff, RetryPolicy, Worker, WorkerOptions};

use super::platform::{Hangs, Scripted};
use super::truth::Truth;

/// Whatever is not done after so many turns of the runtime hangs.
const TURNS: usize = 200;

pub(super) struct Crew {
    /// What it was doing when it was last driven. Dropped before its runtime.
    running: Option<Pin<Box<dyn Future<Output = ()>>>>,
    runtime: Runtime,
    worker: Worker,
    hangs: Hangs,
}

impl Crew {
    pub(super) fn new(
        store: Arc<dyn Store>,
        truth: Truth,
        clock: ManualClock,
        sink: Arc<dyn EventSink>,
    ) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let hangs = Hangs::default();
        let mut platforms = Platforms::default();
        platforms.add(Arc::new(Scripted::new(truth, clock.clone(), hangs.clone())));
        let none = Backoff { base: Duration::ZERO, cap: Duration::ZERO };
        let retry = RetryPolicy { backoff: none, ..RetryPolicy::default() };
        let options = WorkerOptions { retry, ..WorkerOptions::default() };
        let worker = Worker::new(store, platforms, Arc::new(clock), options).unwrap().with_sink(sink);
        Self { running: None, runtime, worker, hangs }
    }

    /// Goes on with what hung, or does what is due, until that is done or hangs.
    pub(super) fn drive(&mut self) {
        self.hangs.release();
        self.turn();
        assert!(self.running.is_none() || self.hangs.any(), "it waits for nothing that is known");
    }

    /// Lets go of what it does, whatever hangs.
    pub(super) fn halt(&mut self) {
        self.worker.halt();
        self.turn();
        assert!(self.running.is_none(), "it was told to stop hard");
    }

    /// Drives it until it is done, or nothing goes on any more.
    fn turn(&mut self) {
        let worker = self.worker.clone();
        let running = self.running.get_or_insert_with(|| {
            Box::pin(async move {
                worker.run_due().await.unwrap();
            })
        });
        let done = self.runtime.block_on(async {
            for _ in 0..TURNS {
                if futures_util::poll!(running.as_mut()).is_ready() {
                    return true;
                }
                tokio::task::yield_now().await;
            }
            false
        });
        if done {
            self.running = None;
        }
    }
}
