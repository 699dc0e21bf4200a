//! Workers.

use std::time::Duration;

use xmp::WorkerOptions;

use crate::engine::{Engine, Worker};
use crate::operation::operations;

operations! { STARTING on Engine;
    /// Starts a worker in the background of this program. It serves all tenants.
    Call "Xmp.start_worker" (engine, #[serde(flatten)] options: WorkerOptions) => Worker {
        engine.start_worker(options)?
    }
}

operations! { WORKER on Worker;
    /// Takes nothing new, finishes what is in flight, and ends.
    Call "RunningWorker.stop" (
        worker,
        /// What is not finished after this time is let go: what it is getting ready goes back, and requests that are on their
        /// way become unconfirmed at once, for the next worker to ask about. Zero stops it hard; without it, it takes as
        /// long as it takes.
        within: Option<Duration>,
    ) -> () { worker.stop(within).await? }
}
