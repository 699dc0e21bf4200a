//! An engine and its workers, as another language holds them.

use std::sync::{Arc, Mutex, PoisonError};

use xmp::{Context, Result, RunningWorker, TenantId, WorkerOptions, Xmp};

/// An engine with the workers that were started through it: closing it ends them.
#[derive(Clone)]
pub(crate) struct Engine {
    xmp: Xmp,
    tenant: TenantId,
    workers: Arc<Mutex<Vec<Worker>>>,
}

/// A worker that is stopped once, whoever asks first.
#[derive(Clone)]
pub(crate) struct Worker(Arc<Mutex<Option<RunningWorker>>>);

impl Engine {
    pub(crate) fn new(xmp: Xmp, tenant: TenantId) -> Self {
        Self { xmp, tenant, workers: Arc::default() }
    }

    pub(crate) fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// The engine within one call.
    pub(crate) fn within(&self, ctx: &Context) -> Xmp {
        self.xmp.within(ctx.clone())
    }

    /// The same engine for another tenant; it has the same workers.
    pub(crate) fn for_tenant(&self, tenant: TenantId) -> Self {
        Self { xmp: self.xmp.tenant(tenant.clone()), tenant, workers: self.workers.clone() }
    }

    pub(crate) fn start_worker(&self, options: WorkerOptions) -> Result<Worker> {
        let worker = Worker(Arc::new(Mutex::new(Some(self.xmp.start_worker(options)?))));
        let mut workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        workers.retain(Worker::is_running);
        workers.push(worker.clone());
        Ok(worker)
    }

    /// Stops its workers softly.
    pub(crate) async fn close(self) -> Result<()> {
        let workers = std::mem::take(&mut *self.workers.lock().unwrap_or_else(PoisonError::into_inner));
        let mut ended = Ok(());
        for worker in workers {
            ended = worker.stop().await.and(ended);
        }
        ended
    }
}

impl Worker {
    fn take(&self) -> Option<RunningWorker> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn is_running(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    pub(crate) async fn stop(&self) -> Result<()> {
        match self.take() {
            Some(worker) => worker.stop().await,
            None => Ok(()),
        }
    }
}
