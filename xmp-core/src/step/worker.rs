//! The steps of a worker.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use super::{about, advance, event, position};
use crate::state::{LeaseState, LeaseStep, PartEvent, PartState};
use crate::{
    Absence, Attempt, AttemptId, Certainty, Checkpoint, Delivery, Error, ErrorKind, ErrorRecord, EventKind,
    Lease, LeaseRecord, NewEvent, PartId, Prepared, PublishedRef, RemoteId, Result, Retry, WorkerId,
};

/// What a step did besides changing the record.
#[derive(Debug, Default)]
pub struct Stepped {
    /// The events to write.
    pub events: Vec<NewEvent>,
    /// The account's other posts wait too.
    pub block: Option<BlockAccount>,
}

/// Makes all posts of an account wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockAccount {
    /// Until then.
    pub until: Timestamp,
}

/// The intent to make a part visible.
#[derive(Clone, Debug)]
pub struct NewAttempt {
    /// The part.
    pub part: PartId,
    /// What will be sent.
    pub prepared: Prepared,
    /// How long the visible request may take.
    pub timeout: Duration,
    /// How long after that its effect may still appear.
    pub settle: Duration,
    /// How much longer the lease is wanted from now: must be more than `timeout`.
    pub lease_for: Duration,
}

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
        /// Whether the account's other posts wait too.
        whole_account: bool,
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
    },
    /// What became of it can't be known: a person decides.
    Hold {
        /// Why, for people.
        why: String,
        /// The posts that could be it.
        candidates: Vec<RemoteId>,
    },
    /// The worker stops: nothing has changed, and the next worker may go on at once.
    Yield,
}

/// Checks that a lease still holds its delivery.
fn holds(delivery: &Delivery, lease: &Lease, now: Timestamp, step: LeaseStep) -> Result<()> {
    let own = delivery.lease.as_ref().is_some_and(|record| record.worker == lease.worker);
    let allowed = LeaseState::at(now, delivery.lease.as_ref()).allows(step);
    if own && allowed && delivery.fence == lease.fence {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::LeaseLost,
        "lease.lost",
        format!(
            "{} was taken over: this worker's fence is {}, the delivery's is {}",
            delivery.id, lease.fence, delivery.fence
        ),
    )
    .hint("nothing is to be done: the delivery's present holder goes on"))
}

/// Takes a delivery. Its lease must be free: [`recover`] frees lapsed ones.
///
/// # Errors
/// [`ErrorKind::LeaseLost`] if it is not.
pub fn claim(
    delivery: &mut Delivery,
    worker: WorkerId,
    lease_for: Duration,
    now: Timestamp,
) -> Result<Lease> {
    if LeaseState::at(now, delivery.lease.as_ref()) != LeaseState::Free {
        return Err(Error::new(
            ErrorKind::LeaseLost,
            "lease.taken",
            format!("{} is being worked on", delivery.id),
        ));
    }
    delivery.fence += 1;
    delivery.lease = Some(LeaseRecord { worker, until: later(now, lease_for) });
    Ok(Lease { tenant: delivery.tenant.clone(), delivery: delivery.id, worker, fence: delivery.fence })
}

/// Frees a lapsed lease. A part with an intent and no outcome becomes unconfirmed: its worker is gone, and nobody
/// knows how far it came. Does nothing while the lease is live or free.
///
/// # Errors
/// Never in a store that applies steps alone: a record whose parts contradict the state table.
pub fn recover(delivery: &mut Delivery, now: Timestamp) -> Result<Stepped> {
    let mut stepped = Stepped::default();
    if LeaseState::at(now, delivery.lease.as_ref()) != LeaseState::Lapsed {
        return Ok(stepped);
    }
    delivery.lease = None;
    delivery.fence += 1;
    for index in 0..delivery.parts.len() {
        if delivery.parts[index].state != PartState::Sending {
            continue;
        }
        let error = Error::new(
            ErrorKind::Timeout,
            "attempt.abandoned",
            "the worker that sent this stopped before it could say what came of it",
        )
        .with_certainty(Certainty::MaybeSent);
        lose(delivery, index, ErrorRecord::from(&error), now, &mut stepped)?;
    }
    Ok(stepped)
}

/// Asks for more time.
///
/// # Errors
/// [`ErrorKind::LeaseLost`].
pub fn renew(delivery: &mut Delivery, lease: &Lease, lease_for: Duration, now: Timestamp) -> Result<()> {
    holds(delivery, lease, now, LeaseStep::Renew)?;
    delivery.lease = Some(LeaseRecord { worker: lease.worker, until: later(now, lease_for) });
    Ok(())
}

/// Keeps what a preparation reached. An earlier checkpoint of the same name is replaced.
///
/// # Errors
/// [`ErrorKind::LeaseLost`]; [`ErrorKind::NotFound`] if the delivery has no such part.
pub fn checkpoint(
    delivery: &mut Delivery,
    lease: &Lease,
    part: PartId,
    checkpoint: Checkpoint,
    now: Timestamp,
) -> Result<()> {
    holds(delivery, lease, now, LeaseStep::Write)?;
    let index = position(delivery, part)?;
    let kept = &mut delivery.parts[index].checkpoints;
    kept.retain(|old| old.name != checkpoint.name);
    kept.push(checkpoint);
    Ok(())
}

/// Commits the intent. From here on the part may be live.
///
/// # Errors
/// [`ErrorKind::LeaseLost`]; [`ErrorKind::Conflict`] if the part is not waiting, or not its thread's next; [`ErrorKind::Configuration`] if the
/// request could outlive the lease.
pub fn begin(
    delivery: &mut Delivery,
    lease: &Lease,
    new: NewAttempt,
    now: Timestamp,
) -> Result<(Attempt, Stepped)> {
    if new.timeout >= new.lease_for {
        return Err(Error::new(
            ErrorKind::Configuration,
            "lease.too_short",
            format!("a lease of {:?} can't hold a request of up to {:?}", new.lease_for, new.timeout),
        )
        .hint("make the worker's lease longer than the platform's commit timeout"));
    }
    renew(delivery, lease, new.lease_for, now)?;
    let index = in_order(delivery, new.part)?;
    advance(delivery, index, PartEvent::Begin)?;
    let deadline = later(now, new.timeout);
    let part = &mut delivery.parts[index];
    // What became of the last attempt settles that one alone: doubt that it had inherited goes on. After a step back
    // of the clock both attempts have to lie in the window.
    let doubtful = part
        .attempt
        .as_ref()
        .filter(|earlier| earlier.outcome == Some(Certainty::MaybeSent) || earlier.since < earlier.began_at);
    let since = doubtful.map_or(now, |earlier| earlier.since.min(now));
    part.attempts += 1;
    part.looks = 0;
    part.error = None;
    let attempt = Attempt {
        id: AttemptId::new(now),
        number: part.attempts,
        fence: lease.fence,
        began_at: now,
        since,
        deadline,
        confirm_after: later(deadline, new.settle),
        prepared: new.prepared,
        outcome: None,
    };
    part.attempt = Some(attempt.clone());
    delivery.waiting = None;
    let part = &delivery.parts[index];
    let data = json!({
        "index": part.index, "attempt": attempt.id, "number": attempt.number, "deadline": attempt.deadline,
    });
    let stepped =
        Stepped { events: vec![event(EventKind::PostAttempted, delivery, Some(part), data)], block: None };
    Ok((attempt, stepped))
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
    let index = in_order(delivery, part)?;
    let mut stepped = Stepped::default();
    delivery.waiting = None;
    match verdict {
        Verdict::Published(published) => {
            advance(delivery, index, PartEvent::Sent)?;
            set_outcome(delivery, index, Certainty::Sent);
            super::person::publish(delivery, index, published, now, &mut stepped);
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
        Verdict::Snooze { why, after, whole_account } => {
            let until = later(now, after);
            if delivery.parts[index].state == PartState::Sending {
                advance(delivery, index, PartEvent::NotSent)?;
                set_outcome(delivery, index, Certainty::NotSent);
                delivery.parts[index].attempts = delivery.parts[index].attempts.saturating_sub(1);
            }
            delivery.run_at = Some(until);
            delivery.waiting = Some(why.clone());
            stepped.block = whole_account.then_some(BlockAccount { until });
            let data = json!({ "why": why, "until": until, "whole_account": whole_account });
            stepped.events.push(event(EventKind::PostSnoozed, delivery, Some(&delivery.parts[index]), data));
        }
        Verdict::Fail { error } => {
            let unsettled =
                delivery.parts[index].attempt.as_ref().is_some_and(|attempt| attempt.outcome.is_none());
            advance(delivery, index, PartEvent::GiveUp)?;
            if unsettled {
                set_outcome(delivery, index, error.certainty.unwrap_or(Certainty::Rejected));
            }
            fail(delivery, index, error, &mut stepped)?;
        }
        Verdict::Unconfirmed { error } => lose(delivery, index, error, now, &mut stepped)?,
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
        Verdict::Absent { absence } => {
            advance(delivery, index, PartEvent::Absent)?;
            // An absence that was only observed disproves nothing: the attempt stays in doubt.
            if absence == Absence::Proof {
                set_outcome(delivery, index, Certainty::NotSent);
            }
            delivery.run_at = Some(now);
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
        Verdict::Yield => must_not_be(delivery, index, PartState::Sending)?,
    }
    delivery.lease = None;
    Ok(stepped)
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

fn lose(
    delivery: &mut Delivery,
    index: usize,
    error: ErrorRecord,
    now: Timestamp,
    stepped: &mut Stepped,
) -> Result<()> {
    advance(delivery, index, PartEvent::Lost)?;
    set_outcome(delivery, index, Certainty::MaybeSent);
    let part = &mut delivery.parts[index];
    let confirm_after = part.attempt.as_ref().map_or(now, |attempt| attempt.confirm_after).max(now);
    let mut data = about(part);
    data["error"] = json!(error.fingerprint);
    data["confirm_after"] = json!(confirm_after);
    part.error = Some(error);
    delivery.run_at = Some(confirm_after);
    delivery.waiting = Some("it may be live: the platform is asked after its settle window".to_owned());
    stepped.events.push(event(EventKind::PostUnconfirmed, delivery, Some(&delivery.parts[index]), data));
    Ok(())
}

fn set_outcome(delivery: &mut Delivery, index: usize, certainty: Certainty) {
    if let Some(attempt) = &mut delivery.parts[index].attempt {
        attempt.outcome = Some(certainty);
    }
}

/// Finds the part on which a worker may decide: the first that is not final. Each part answers the one before it, so
/// none is sent or given up out of turn; and nothing that is said of a final part frees the lease under which a later
/// one is on its way.
fn in_order(delivery: &Delivery, part: PartId) -> Result<usize> {
    let index = position(delivery, part)?;
    if let Some(earlier) = delivery.parts[..index].iter().find(|earlier| !earlier.state.is_final()) {
        return Err(Error::new(
            ErrorKind::Conflict,
            "part.order",
            format!("{part} comes after {}, which is {}", earlier.id, earlier.state),
        ));
    }
    let state = delivery.parts[index].state;
    if state.is_final() {
        return Err(Error::new(ErrorKind::Conflict, "part.state", format!("{part} is {state} already")));
    }
    Ok(index)
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

fn later(now: Timestamp, by: Duration) -> Timestamp {
    now.saturating_add(by).unwrap_or(Timestamp::MAX)
}
