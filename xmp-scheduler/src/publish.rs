//! The walk of one part: prepare, intent, the one visible request, conclusion.

use std::time::Duration;

use xmp_core::step::{NewAttempt, Verdict, Waits};
use xmp_core::{
    AccountState, Begun, Claimed, Context, Deadline, Error, ErrorKind, Outcome, Part, Platform, Result, Work,
};

use crate::backoff::random;
use crate::decide;
use crate::watch::Kept;
use crate::worker::{Engine, STORE_WAIT};

/// How long a post waits while equal content of its account is unresolved.
const EQUAL_WAIT: Duration = Duration::from_secs(30);

impl Engine {
    /// Publishes a claimed delivery, part by part, until one of them ends the lease.
    pub(crate) async fn publish(&self, ctx: &Context, mut claimed: Claimed) -> Result<()> {
        let platform = self.platforms.of(&claimed.account)?.clone();
        while let Some(part) = claimed.delivery.current().cloned() {
            let verdict = self.attempt(ctx, platform.as_ref(), &claimed, &part).await?;
            let goes_on = matches!(verdict, Verdict::Published(_));
            let delivery = self.conclude(&claimed.lease, part.id, verdict).await?;
            if !goes_on || delivery.lease.is_none() {
                return Ok(());
            }
            claimed.delivery = delivery;
        }
        Ok(())
    }

    async fn attempt(
        &self,
        ctx: &Context,
        platform: &dyn Platform,
        claimed: &Claimed,
        part: &Part,
    ) -> Result<Verdict> {
        let work = Work { part: part.id, account: claimed.account.clone(), content: part.content.clone() };
        let kept = Kept::new(
            self.store.as_ref(),
            self.clock.as_ref(),
            &claimed.lease,
            part.id,
            part.checkpoints.clone(),
        );
        let prepared = match platform.prepare(ctx, &work, &kept).await {
            Ok(prepared) => prepared,
            Err(error) if error.kind() == ErrorKind::LeaseLost => return Err(error),
            Err(error) => {
                tracing::info!(delivery = %claimed.delivery.id, %error, "could not get ready");
                self.notice(ctx, claimed, &error).await;
                return Ok(decide::after_prepare(&error, part, &self.options.retry, random()));
            }
        };
        let capability = platform.capability();
        if ctx.cancel().is_cancelled() {
            return Ok(Verdict::Yield);
        }
        // Taken before the intent is written: what is left of the deadline can only be less than what the store
        // wrote down, never more.
        let before = self.clock.monotonic();
        let new = NewAttempt {
            part: part.id,
            prepared: prepared.clone(),
            timeout: capability.commit_timeout,
            settle: capability.settle,
            lease_for: self.options.lease_over(capability.commit_timeout),
        };
        let begun = match self.store.begin_attempt(&claimed.lease, new).await {
            Ok(begun) => begun,
            Err(error) => return self.not_begun(ctx, claimed, part, error).await,
        };
        let attempt = match begun {
            Begun::Attempt(attempt) => attempt,
            Begun::EqualUnresolved(other) => {
                let why = format!("equal content may be live already: {other} is unresolved");
                return Ok(Verdict::Snooze { why, after: EQUAL_WAIT, waits: Waits::Post });
            }
            Begun::Expired => return Ok(Verdict::Expire),
            Begun::Stopped(stop) => {
                tracing::info!(delivery = %claimed.delivery.id, scope = %stop.scope, "sending is stopped");
                return Ok(Verdict::Yield);
            }
            Begun::NotActive(state) => {
                tracing::info!(delivery = %claimed.delivery.id, state = state.as_str(), "the account waits");
                return Ok(Verdict::Yield);
            }
        };
        // It ends with the post's time, by the store's clock.
        let timeout = attempt.deadline.duration_since(attempt.began_at);
        let deadline = Deadline(before + Duration::try_from(timeout).unwrap_or_default());
        let outcome = platform.commit(ctx, &work, &prepared, deadline).await;
        match &outcome {
            Outcome::Sent(published) => {
                tracing::info!(delivery = %claimed.delivery.id, remote_id = %published.remote_id, "published");
            }
            Outcome::NotSent(error) | Outcome::Rejected(error) | Outcome::MaybeSent(error) => {
                tracing::info!(delivery = %claimed.delivery.id, attempt = %attempt.id, %error, certainty = ?error.certainty(), "not published");
                self.notice(ctx, claimed, error).await;
            }
        }
        Ok(decide::after_commit(outcome, &attempt, &self.options.retry, random()))
    }

    /// An intent whose commitment is not known was surely not sent: nobody knows that better than who was to send it.
    async fn not_begun(
        &self,
        ctx: &Context,
        claimed: &Claimed,
        part: &Part,
        error: Error,
    ) -> Result<Verdict> {
        if error.kind() != ErrorKind::Storage {
            return Err(error);
        }
        self.clock.sleep(STORE_WAIT).await;
        let view = self.store.post(ctx, claimed.delivery.post).await?;
        let parts = view.deliveries.iter().flat_map(|delivery| &delivery.parts);
        let attempt = parts.filter(|own| own.id == part.id).find_map(|own| own.attempt.as_ref());
        let own =
            attempt.is_some_and(|attempt| attempt.fence == claimed.lease.fence && attempt.outcome.is_none());
        if !own {
            return Err(error);
        }
        Ok(Verdict::Snooze { why: error.to_string(), after: STORE_WAIT, waits: Waits::Post })
    }

    /// Learns about the account from what the platform says of it.
    async fn notice(&self, ctx: &Context, claimed: &Claimed, error: &Error) {
        if error.kind() != ErrorKind::AccountSuspended {
            return;
        }
        let (id, why) = (claimed.account.id, error.to_string());
        if let Err(error) = self.store.set_account_state(ctx, id, AccountState::Suspended, &why).await {
            tracing::error!(account = %id, %error, "could not write down that the account is suspended");
        }
    }
}
