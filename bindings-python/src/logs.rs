//! Log entries on their way into Python's `logging`.
//!
//! Whatever thread logs writes into a bounded queue and goes on; a thread of Python's takes out whole batches, so that the GIL
//! is asked for once a batch. Where the queue is full, entries are counted instead.

mod entry;
mod queue;

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use tracing_subscriber::layer::SubscriberExt;

use crate::process::Process;
pub(crate) use queue::LogQueue;

/// Makes the log entries of this process come into the queue. If the program that Python is embedded in has a subscriber of its
/// own, that one keeps them.
pub(crate) fn subscribe() {
    let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry().with(entry::ToQueue));
}

/// Waits up to `timeout` seconds for entries: a JSON list of them, and how many were lost before. Nothing after
/// `end_logs`, once all have been taken.
#[pyfunction]
pub(crate) fn next_logs(py: Python<'_>, timeout: f64) -> Option<(Bound<'_, PyBytes>, u64)> {
    let logs = &Process::current().ok()?.logs;
    let (entries, lost) =
        py.detach(|| logs.next(std::time::Duration::try_from_secs_f64(timeout).unwrap_or_default()))?;
    let json = entries.join(",");
    Some((PyBytes::new(py, format!("[{json}]").as_bytes()), lost))
}

/// Entries below this level of `logging` are not made.
#[pyfunction]
pub(crate) fn set_log_level(level: u32) {
    entry::set_level(level);
}

/// Lets `next_logs` come to an end.
#[pyfunction]
pub(crate) fn end_logs() {
    if let Ok(process) = Process::current() {
        process.logs.end();
    }
}
