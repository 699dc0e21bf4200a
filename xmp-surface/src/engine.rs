//! An engine and its workers, as another language holds them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use xmp::{Clock, Context, Result, RunningWorker, TenantId, WorkerOptions, Xmp};

use crate::ending::Ending;

/// An engine with the workers that were started through it: closing it ends them.
#[derive(Clone)]
pub(crate) struct Engine {
    xmp: Xmp,
    tenant: TenantId,
    clock: Arc<dyn Clock>,
    workers: Arc<Mutex<Vec<Worker>>>,
    closed: Arc<AtomicBool>,
}

/// A worker that is stopped once, whoever asks first.
#[derive(Clone)]
pub(crate) struct Worker {
    running: Arc<Mutex<Option<RunningWorker>>>,
    ending: Ending,
}

impl Engine {
    pub(crate) fn new(xmp: Xmp, tenant: TenantId, clock: Arc<dyn Clock>) -> Self {
        Self { xmp, tenant, clock, workers: Arc::default(), closed: Arc::default() }
    }

    pub(crate) fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// The clock that it goes by.
    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// The engine within one call.
    pub(crate) fn within(&self, ctx: &Context) -> Xmp {
        self.xmp.within(ctx.clone())
    }

    /// The same engine for another tenant; it has the same workers.
    pub(crate) fn for_tenant(&self, tenant: TenantId) -> Self {
        Self { xmp: self.xmp.tenant(tenant.clone()), tenant, ..self.clone() }
    }

    /// Whether it was closed, for whichever tenant.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    pub(crate) fn start_worker(&self, options: WorkerOptions) -> Result<Worker> {
        let running = Arc::new(Mutex::new(Some(self.xmp.start_worker(options)?)));
        let worker = Worker { running, ending: Ending::new() };
        let mut workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        workers.retain(|worker| !worker.ending.is_over());
        workers.push(worker.clone());
        Ok(worker)
    }

    /// Stops its workers softly, and closes the store.
    pub(crate) async fn close(self) -> Result<()> {
        self.closed.store(true, Ordering::Release);
        let workers = std::mem::take(&mut *self.workers.lock().unwrap_or_else(PoisonError::into_inner));
        let mut ended = Ok(());
        for worker in workers {
            ended = worker.stop(None).await.and(ended);
        }
        self.xmp.close().await;
        ended
    }
}

impl Worker {
    pub(crate) async fn stop(&self, within: Option<Duration>) -> Result<()> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        let stop = async move |running: RunningWorker| match within {
            Some(time) => running.stop_within(time).await,
            None => running.stop().await,
        };
        self.ending.wait(running.map(stop)).await
    }
}
