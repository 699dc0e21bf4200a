//! Asking the platform what became of an attempt.

use std::time::Duration;

use jiff::Timestamp;
use xmp_core::state::PartState;
use xmp_core::step::Verdict;
use xmp_core::{Claimed, Context, Error, ErrorKind, FindQuery, Result};

use crate::decide;
use crate::worker::Engine;

/// Platforms look a little further back than the attempt began, for clocks that differ: so the posts that others own
/// are told from well before.
const BEFORE: Duration = Duration::from_secs(3600);

impl Engine {
    /// Looks once for what a claimed, unconfirmed delivery may have published.
    pub(crate) async fn reconcile(&self, ctx: &Context, claimed: Claimed) -> Result<()> {
        let platform = self.platforms.of(&claimed.account)?;
        let unconfirmed = claimed.delivery.parts.iter().find(|part| part.state == PartState::Unconfirmed);
        let Some((part, attempt)) = unconfirmed.and_then(|part| Some((part, part.attempt.as_ref()?))) else {
            return Err(Error::new(
                ErrorKind::Internal,
                "reconcile.nothing",
                format!("{} has nothing unconfirmed", claimed.delivery.id),
            ));
        };
        let owned_since = attempt.since.saturating_sub(BEFORE).unwrap_or(Timestamp::MIN);
        let query = FindQuery {
            account: claimed.account.clone(),
            attempt: attempt.id,
            evidence: attempt.prepared.evidence.clone(),
            since: attempt.since,
            until: attempt.deadline,
            taken: self.store.remote_ids(&claimed.lease.tenant, claimed.account.id, owned_since).await?,
        };
        let finding = platform.find_published(ctx, &query).await;
        tracing::info!(delivery = %claimed.delivery.id, attempt = %attempt.id, ?finding, "looked for it");
        let verdict = if ctx.cancel().is_cancelled() {
            Verdict::Yield
        } else {
            let policy = claimed.account.on_absent;
            let (retry, look) = (&self.options.retry, &self.options.look);
            decide::after_look(finding, part, policy, retry, look, self.clock.now())
        };
        match self.conclude(&claimed.lease, part.id, verdict).await {
            // Between the look and its conclusion another delivery was found to own that post: look again without it.
            Err(error) if error.code() == "remote_id.taken" => {
                let again =
                    Verdict::LookAgain { after: self.options.look.every, error: Some((&error).into()) };
                self.conclude(&claimed.lease, part.id, again).await.map(drop)
            }
            other => other.map(drop),
        }
    }
}
