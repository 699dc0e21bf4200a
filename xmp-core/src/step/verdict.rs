//! What a worker has decided, written down.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use super::lease::holds;
use super::{BlockAccount, Stepped, about, advance, end, event, in_order, later, lose, publish, set_outcome};
use crate::state::{LeaseStep, PartEvent, PartState};
use crate::{
    Absence, Attempt, Certainty, Delivery, Error, ErrorKind, ErrorRecord, EventKind, Lease, PartId,
    PublishedRef, RemoteId, Result, Retry,
};

/// What a worker has decided about a part.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// It is live: the platform answered so, or it was found there.
    Published(PublishedRef),
    /// Surely not sent, or never attempted: another try after a while. The attempt counts.
    Retry {
        /// What went wrong.
        error: ErrorRecord,
        /// How long to wait.
        after: Duration,
    },
    /// Not its turn: nothing is counted.
    Snooze {
        /// Why, for people.
        why: String,
        /// How long to wait.
        after: Duration,
        /// What waits.
        waits: Waits,
    },
    /// It will not be published.
    Fail {
        /// Why.
        error: ErrorRecord,
    },
    /// It may be live: the reconciler asks after the settle window.
    Unconfirmed {
        /// What went wrong.
        error: ErrorRecord,
    },
    /// The platform could not say yet. A look that could not be made is not counted.
    LookAgain {
        /// How long to wait.
        after: Duration,
        /// Why it could not be read, if so.
        error: Option<ErrorRecord>,
    },
    /// The platform has no such post, and it may be sent again.
    Absent {
        /// How sure that is.
        absence: Absence,
        /// How long to wait.
        after: Duration,
    },
    /// What became of it can't be known: a person decides.
    Hold {
        /// Why, for people.
        why: String,
        /// The posts that could be it.
        candidates: Vec<RemoteId>,
    },
    /// Its time was over before it could be sent.
    Expire,
    /// The worker stops: nothing has changed, and the next worker may go on at once.
    Yield,
}

/// What a snooze lets wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// The post alone.
    Post,
    /// All posts of its account.
    Account,
    /// All posts of its account, because a limit of the platform's is used up: the log tells of that, too.
    Limit,
}

/// Writes down what a worker has decided about a part, and gives the lease back, unless the part was published and
/// the delivery has more.
///
/// # Errors
/// [`ErrorKind::LeaseLost`]; [`ErrorKind::Conflict`] if the part can't take the verdict, or is not the first of its
/// thread that is not final.
pub fn conclude(
    delivery: &mut Delivery,
    lease: &Lease,
    part: PartId,
    verdict: Verdict,
    now: Timestamp,
) -> Result<Stepped> {
    holds(delivery, lease, now, LeaseStep::Write)?;
    // Said again, because the answer was lost when it was said first: a thread's lease goes on.
    if let Verdict::Published(published) = &verdict
        && is_known(delivery, lease, part, &published.remote_id)
    {
        return Ok(Stepped::default());
    }
    let index = in_order(delivery, part)?;
    let mut stepped = Stepped::default();
    let waited_for = delivery.waiting.take();
    match verdict {
        Verdict::Published(published) => {
            advance(delivery, index, PartEvent::Sent)?;
            set_outcome(delivery, index, Certainty::Sent);
            publish(delivery, index, published, now, &mut stepped);
            if delivery.current().is_some() {
                return Ok(stepped);
            }
        }
        Verdict::Retry { error, after } => {
            if delivery.parts[index].state == PartState::Sending {
                advance(delivery, index, PartEvent::NotSent)?;
                set_outcome(delivery, index, Certainty::NotSent);
            } else {
                must_be(delivery, index, PartState::Waiting)?;
                delivery.parts[index].attempts += 1;
            }
            delivery.waiting = Some(error.message.clone());
            delivery.run_at = Some(later(now, after));
            let data = json!({
                "index": delivery.parts[index].index, "attempts": delivery.parts[index].attempts,
                "error": error.fingerprint, "next": delivery.run_at,
            });
            delivery.parts[index].error = Some(error);
            stepped.events.push(event(EventKind::PostRetried, delivery, Some(&delivery.parts[index]), data));
        }
        Verdict::Snooze { why, after, waits } => {
            let until = later(now, after);
            if delivery.parts[index].state == PartState::Sending {
                advance(delivery, index, PartEvent::NotSent)?;
                set_outcome(delivery, index, Certainty::NotSent);
                delivery.parts[index].attempts = delivery.parts[index].attempts.saturating_sub(1);
            }
            delivery.run_at = Some(until);
            delivery.waiting = Some(why.clone());
            let whole_account = waits != Waits::Post;
            stepped.block = whole_account.then_some(BlockAccount { until });
            // Told once for each reason, however long it lasts.
            if waited_for.as_deref() != Some(&why) {
                let data = json!({ "why": why, "until": until, "whole_account": whole_account });
                stepped.events.push(event(
                    EventKind::PostSnoozed,
                    delivery,
                    Some(&delivery.parts[index]),
                    data,
                ));
            }
            if waits == Waits::Limit {
                let data = json!({ "platform": delivery.platform, "why": why, "until": until });
                stepped.events.push(event(
                    EventKind::RateLimitReached,
                    delivery,
                    Some(&delivery.parts[index]),
                    data,
                ));
            }
        }
        Verdict::Fail { error } => {
            let unsettled =
                delivery.parts[index].attempt.as_ref().is_some_and(|attempt| attempt.outcome.is_none());
            if delivery.parts[index].state == PartState::Waiting {
                // A preparation that failed for good: it was tried, as those before it were.
                delivery.parts[index].attempts += 1;
            }
            advance(delivery, index, PartEvent::GiveUp)?;
            if unsettled {
                set_outcome(delivery, index, error.certainty.unwrap_or(Certainty::Rejected));
            }
            fail(delivery, index, error, &mut stepped)?;
        }
        // The whole settle window from now on, whatever the clock says: see `recover`.
        Verdict::Unconfirmed { error } => {
            let settle = delivery.parts[index].attempt.as_ref().map_or(Duration::ZERO, Attempt::settle);
            lose(delivery, index, error, later(now, settle), &mut stepped)?;
        }
        Verdict::LookAgain { after, error } => {
            must_be(delivery, index, PartState::Unconfirmed)?;
            let part = &mut delivery.parts[index];
            part.looks += u32::from(error.is_none());
            delivery.waiting = Some(error.as_ref().map_or_else(
                || format!("not seen on the platform yet, after {} looks", part.looks),
                |error| format!("the platform could not be read: {}", error.message),
            ));
            if error.is_some() {
                part.error = error;
            }
            delivery.run_at = Some(later(now, after));
        }
        Verdict::Absent { absence, after } => {
            advance(delivery, index, PartEvent::Absent)?;
            // An absence that was only observed disproves nothing: the attempt stays in doubt.
            if absence == Absence::Proof {
                set_outcome(delivery, index, Certainty::NotSent);
            }
            delivery.run_at = Some(later(now, after));
            let mut data = about(&delivery.parts[index]);
            data["absence"] = json!(absence);
            stepped.events.push(event(EventKind::PostRetried, delivery, Some(&delivery.parts[index]), data));
        }
        Verdict::Hold { why, candidates } => {
            advance(delivery, index, PartEvent::Hold)?;
            delivery.run_at = None;
            delivery.waiting = Some(why.clone());
            let mut data = about(&delivery.parts[index]);
            data["why"] = json!(why);
            data["candidates"] = json!(candidates);
            stepped.events.push(event(EventKind::PostHeld, delivery, Some(&delivery.parts[index]), data));
        }
        Verdict::Expire => end(delivery, index, &mut stepped)?,
        Verdict::Yield => must_not_be(delivery, index, PartState::Sending)?,
    }
    delivery.lease = None;
    Ok(stepped)
}

/// Whether a part was published under this lease, as this.
fn is_known(delivery: &Delivery, lease: &Lease, part: PartId, live: &RemoteId) -> bool {
    delivery.parts.iter().find(|own| own.id == part).is_some_and(|own| {
        own.published.as_ref().is_some_and(|published| published.remote_id == *live)
            && own.attempt.as_ref().is_some_and(|attempt| attempt.fence == lease.fence)
    })
}

/// A part that will not be published takes the rest of its thread with it: each answers the one before.
fn fail(delivery: &mut Delivery, index: usize, error: ErrorRecord, stepped: &mut Stepped) -> Result<()> {
    let mut data = about(&delivery.parts[index]);
    data["error"] = json!(error.fingerprint);
    let stopped = ErrorRecord {
        kind: error.kind,
        code: "thread.stopped".to_owned(),
        message: "an earlier part of the thread was not published".to_owned(),
        retry: Retry::Never,
        certainty: Some(Certainty::NotSent),
        request_id: None,
        fingerprint: error.fingerprint.clone(),
    };
    delivery.parts[index].error = Some(error);
    for later in index + 1..delivery.parts.len() {
        if delivery.parts[later].state == PartState::Waiting {
            advance(delivery, later, PartEvent::GiveUp)?;
            delivery.parts[later].error = Some(stopped.clone());
        }
    }
    delivery.run_at = None;
    stepped.events.push(event(EventKind::PostFailed, delivery, Some(&delivery.parts[index]), data));
    Ok(())
}

fn must_be(delivery: &Delivery, index: usize, state: PartState) -> Result<()> {
    let found = delivery.parts[index].state;
    if found == state {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Conflict, "part.state", format!("the part is {found}, not {state}")))
}

fn must_not_be(delivery: &Delivery, index: usize, state: PartState) -> Result<()> {
    if delivery.parts[index].state != state {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Conflict, "part.state", format!("the part is {state}")))
}
