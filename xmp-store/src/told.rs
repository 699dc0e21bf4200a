//! What this process has written to the event log, for those who wait for more.

use std::sync::Arc;

use tokio::sync::watch;

/// Counts what was committed, from 1. Clones count together.
#[derive(Clone, Debug)]
pub(crate) struct Told(Arc<watch::Sender<u64>>);

impl Default for Told {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(1)))
    }
}

impl Told {
    /// Events were committed.
    pub(crate) fn tell(&self) {
        self.0.send_modify(|count| *count += 1);
    }

    /// Ends when there is more than a caller was told of, and tells how much.
    pub(crate) async fn more_than(&self, told: u64) -> u64 {
        let mut counted = self.0.subscribe();
        // The sender lives as long as `self`.
        counted.wait_for(|count| *count > told).await.map_or(told, |count| *count)
    }
}
