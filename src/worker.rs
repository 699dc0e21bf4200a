//! A worker in the background.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use xmp_core::{CancelToken, Clock, Error, ErrorKind, Result};
use xmp_scheduler::Worker;

/// A worker that runs in the background.
///
/// [`stop`](Self::stop) ends it softly, [`stop_within`](Self::stop_within) softly for so long and then hard. Dropping it is a crash: what
/// it was sending becomes unconfirmed when its lease ends, and another worker asks the platform.
pub struct RunningWorker {
    worker: Worker,
    clock: Arc<dyn Clock>,
    stop: CancelToken,
    task: JoinHandle<()>,
}

impl fmt::Debug for RunningWorker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RunningWorker").field(&self.worker).finish()
    }
}

impl RunningWorker {
    pub(crate) fn start(worker: Worker, clock: Arc<dyn Clock>) -> Self {
        let stop = CancelToken::new();
        let (own, token) = (worker.clone(), stop.clone());
        let task = tokio::spawn(async move { own.run(&token).await });
        Self { worker, clock, stop, task }
    }

    /// Takes nothing new, finishes what is in flight, and ends.
    ///
    /// # Errors
    /// [`Internal`](ErrorKind::Internal) if the worker's task had panicked.
    pub async fn stop(mut self) -> Result<()> {
        self.stop.cancel();
        ended((&mut self.task).await)
    }

    /// As [`stop`](Self::stop), but what is not finished after `time` is let go: what it is getting ready goes back, and requests that
    /// are on their way become unconfirmed at once, for the next worker to ask about. Zero stops it hard.
    ///
    /// # Errors
    /// As [`stop`](Self::stop).
    pub async fn stop_within(mut self, time: Duration) -> Result<()> {
        self.stop.cancel();
        let patience = self.clock.sleep(time);
        tokio::select! {
            done = &mut self.task => return ended(done),
            () = patience => self.worker.halt(),
        }
        ended((&mut self.task).await)
    }
}

fn ended(done: std::result::Result<(), tokio::task::JoinError>) -> Result<()> {
    done.map_err(|error| {
        Error::new(ErrorKind::Internal, "worker.panicked", "the worker ended by a panic").with_source(error)
    })
}

impl Drop for RunningWorker {
    fn drop(&mut self) {
        self.task.abort();
    }
}
