//! Requests that programs left in the store's database, within transactions of their own.

use std::sync::Arc;
use std::time::Duration;

use xmp_core::{
    Clock, Context, Draft, Error, ErrorKind, ErrorRecord, ManualClock, PostRequest, RequestState, Result,
    WorkerId,
};

use crate::Scheduler;
use crate::worker::Engine;

/// How many are taken up at once.
const AT_ONCE: usize = 16;
/// The code of a draft that can't be read.
const UNREADABLE: &str = "request.draft";

impl Engine {
    /// Takes requests up, and schedules what they ask for.
    pub(crate) async fn requests(&self, worker: WorkerId) {
        let answered = async {
            for request in &self.store.take_requests(worker, self.options.lease_for, AT_ONCE).await? {
                let Some(answer) = self.answer(request).await else { continue };
                self.store.answer_request(worker, &request.tenant, &request.key, answer).await?;
            }
            Ok::<_, Error>(())
        };
        if let Err(error) = answered.await {
            tracing::error!(%worker, %error, "requests to schedule could not be taken up");
        }
    }

    /// What becomes of a request; `None` if it is left for another worker, or another time.
    async fn answer(&self, request: &PostRequest) -> Option<RequestState> {
        let ctx = Context::new(request.tenant.clone()).by(&request.actor);
        let age = Duration::try_from(self.clock.now().duration_since(request.asked_at)).unwrap_or_default();
        match self.schedule(&ctx, request).await {
            Ok(state) => Some(state),
            // No fault of the request: its platform may be set up elsewhere, the store may be back, a newer program may
            // know what it asks for.
            Err(error) if age < patience(&error) => {
                tracing::warn!(tenant = %request.tenant, key = request.key.as_str(), %error, "a request waits");
                None
            }
            Err(error) => {
                tracing::info!(tenant = %request.tenant, key = request.key.as_str(), %error, "a request is refused");
                Some(RequestState::Refused(ErrorRecord::from(&error)))
            }
        }
    }

    async fn schedule(&self, ctx: &Context, request: &PostRequest) -> Result<RequestState> {
        let draft: Draft = serde_json::from_value(request.draft.clone()).map_err(|error| {
            Error::new(ErrorKind::Validation, UNREADABLE, format!("the draft can't be read: {error}"))
                .hint("write it as a draft without media: parts, accounts, when, …; see docs/postgresql.md")
        })?;
        // Its times are meant from when it was asked for.
        let asked: Arc<dyn Clock> = Arc::new(ManualClock::new(request.asked_at));
        let scheduler =
            Scheduler::new(self.store.clone(), self.platforms.clone(), asked).with_zones(self.zones.clone());
        let view = scheduler.schedule(ctx, &draft, request.key.clone()).await?;
        Ok(RequestState::Scheduled(view.post.id))
    }
}

/// For how long a request is tried again that this worker can't schedule.
fn patience(error: &Error) -> Duration {
    match error.kind() {
        ErrorKind::Storage | ErrorKind::Configuration | ErrorKind::Internal => Duration::from_secs(24 * 3600),
        _ if error.code() == UNREADABLE => Duration::from_secs(60),
        _ => Duration::ZERO,
    }
}
