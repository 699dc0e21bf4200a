//! A worker in the background.

use tokio::task::JoinHandle;
use xmp_core::{CancelToken, Error, ErrorKind, Result};
use xmp_scheduler::Worker;

/// A worker that runs in the background.
///
/// [`stop`](Self::stop) ends it softly. Dropping it ends it hard, as a crash would: what it was sending becomes
/// unconfirmed, and another worker asks the platform.
#[derive(Debug)]
pub struct RunningWorker {
    stop: CancelToken,
    task: JoinHandle<()>,
}

impl RunningWorker {
    pub(crate) fn start(worker: Worker) -> Self {
        let stop = CancelToken::new();
        let token = stop.clone();
        let task = tokio::spawn(async move { worker.run(&token).await });
        Self { stop, task }
    }

    /// Takes nothing new, finishes what is in flight, and ends.
    ///
    /// # Errors
    /// [`Internal`](ErrorKind::Internal) if the worker's task had panicked.
    pub async fn stop(mut self) -> Result<()> {
        self.stop.cancel();
        (&mut self.task).await.map_err(|error| {
            Error::new(ErrorKind::Internal, "worker.panicked", "the worker ended by a panic")
                .with_source(error)
        })
    }
}

impl Drop for RunningWorker {
    fn drop(&mut self) {
        self.task.abort();
    }
}
