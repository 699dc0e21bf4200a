//! The end of what runs: an engine, a worker, a simulator.

use std::sync::Arc;

use tokio::sync::watch;
use xmp::{Error, ErrorKind, Result};

/// The end of something. It is begun once, by whoever asks first, and goes on by itself: who stops waiting doesn't stop it,
/// and who asks later waits for the same end.
#[derive(Clone)]
pub(crate) struct Ending(Arc<watch::Sender<Option<bool>>>);

impl Ending {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }

    /// Waits for the end, which `work` brings about where it was not begun before.
    pub(crate) async fn wait(
        &self,
        work: Option<impl Future<Output = Result<()>> + Send + 'static>,
    ) -> Result<()> {
        if let Some(work) = work {
            let ended = self.0.clone();
            tokio::spawn(async move { ended.send_replace(Some(work.await.is_ok())) });
        }
        let well = self.0.subscribe().wait_for(Option::is_some).await.map(|ended| *ended == Some(true));
        if well.unwrap_or(false) {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Internal, "worker.panicked", "a worker ended by a panic")
            .hint("what it was sending becomes unconfirmed, and another worker asks the platform"))
    }

    pub(crate) fn is_over(&self) -> bool {
        self.0.borrow().is_some()
    }
}
