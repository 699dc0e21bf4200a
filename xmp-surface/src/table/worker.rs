//! Workers.

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
    Call "RunningWorker.stop" (worker) -> () { worker.stop().await? }
}
