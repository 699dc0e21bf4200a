//! The walk of one part: prepare, intent, the one visible request, conclusion.

use std::time::Duration;

use xmp_core::step::{NewAttempt, Verdict};
use xmp_core::{
    AccountState, Begun, Claimed, Context, Deadline, Error, ErrorKind, Outcome, Part, Platform, Result, Work,
};

use crate::backoff::random;
use crate::decide;
use crate::watch::Kept;
use crate::worker::Engine;

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
        // Nothing leaves when its time is over.
        let left = claimed.delivery.expires_at.map(|end| self.clock.now().duration_until(end));
        let left = left.map(|left| Duration::try_from(left).unwrap_or_default());
        let timeout = left.unwrap_or(Duration::MAX).min(capability.commit_timeout);
        // Taken before the intent is written: what is left of the deadline can only be less than what the store
        // wrote down, never more.
        let deadline = Deadline::after(self.clock.as_ref(), timeout);
        let new = NewAttempt {
            part: part.id,
            prepared: prepared.clone(),
            timeout,
            settle: capability.settle,
            lease_for: self.options.lease_over(timeout),
        };
        let attempt = match self.store.begin_attempt(&claimed.lease, new).await? {
            Begun::Attempt(attempt) => attempt,
            Begun::EqualUnresolved(other) => {
                let why = format!("equal content may be live already: {other} is unresolved");
                return Ok(Verdict::Snooze { why, after: EQUAL_WAIT, whole_account: false });
            }
            Begun::Expired => return Ok(Verdict::Expire),
            Begun::Stopped(stop) => {
                tracing::info!(delivery = %claimed.delivery.id, scope = %stop.scope, "sending is stopped");
                return Ok(Verdict::Yield);
            }
        };
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
