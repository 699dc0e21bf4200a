//! The steps of a person, or of a program in a person's place.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Stepped, about, advance, event, publish, set_outcome};
use crate::state::{LeaseState, LeaseStep, PartEvent, PartState};
use crate::{Certainty, Delivery, Error, ErrorKind, EventKind, Gate, Part, PublishedRef, Result};

/// What a person has found out about a held part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// It is live, there.
    Live(PublishedRef),
    /// It is not live: send it again.
    Resend,
    /// Leave it.
    Abandon,
}

/// Nobody changes a delivery under a worker's hands. The fence grows, so that a worker that lost its lease can't write.
pub(super) fn intervene(delivery: &mut Delivery, now: Timestamp) -> Result<()> {
    if !LeaseState::at(now, delivery.lease.as_ref()).allows(LeaseStep::Intervene) {
        return Err(Error::new(
            ErrorKind::Conflict,
            "delivery.busy",
            format!("{} is being sent at this moment", delivery.id),
        )
        .hint("try again when its worker is done, in seconds"));
    }
    delivery.lease = None;
    delivery.fence += 1;
    Ok(())
}

pub(super) fn refuse(delivery: &Delivery, code: &'static str, wanted: &str, hint: &str) -> Error {
    Error::new(
        ErrorKind::Conflict,
        code,
        format!("{} is {} and can't be {wanted}", delivery.id, delivery.state),
    )
    .hint(hint)
}

/// Cancels what was not attempted yet: all of it, or the rest of a thread of which some parts are live.
///
/// # Errors
/// [`ErrorKind::Conflict`] if something of it may be live, or nothing of it waits.
pub fn cancel(delivery: &mut Delivery, now: Timestamp) -> Result<Stepped> {
    let waits = |part: &Part| part.state == PartState::Waiting;
    if delivery.parts.iter().any(|part| part.state.is_unresolved()) || !delivery.parts.iter().any(waits) {
        return Err(refuse(
            delivery,
            "delivery.not_cancellable",
            "cancelled",
            "only what still waits can be; delete a published post on its platform instead",
        ));
    }
    intervene(delivery, now)?;
    for index in 0..delivery.parts.len() {
        if waits(&delivery.parts[index]) {
            advance(delivery, index, PartEvent::Cancel)?;
        }
    }
    delivery.run_at = None;
    delivery.waiting = None;
    Ok(Stepped { events: vec![event(EventKind::PostCancelled, delivery, None, json!({}))], block: None })
}

/// Gives it another time.
///
/// # Errors
/// [`ErrorKind::Conflict`] if something of it is live, may be, or is final already; [`ErrorKind::Validation`] if it expires
/// before that time.
pub fn reschedule(delivery: &mut Delivery, due: Timestamp, now: Timestamp) -> Result<Stepped> {
    if delivery.parts.iter().any(|part| part.state != PartState::Waiting) {
        return Err(refuse(
            delivery,
            "delivery.not_reschedulable",
            "rescheduled",
            "only what was never visible can be",
        ));
    }
    if delivery.is_expired(due) {
        let end = delivery.expires_at.unwrap_or(due);
        return Err(Error::new(
            ErrorKind::Validation,
            "due.expired",
            format!("{} is not to be sent from {end} on, and {due} is not before that", delivery.id),
        )
        .hint("give an earlier time, or cancel it and schedule it anew"));
    }
    intervene(delivery, now)?;
    let data = json!({ "from": delivery.due_at, "to": due });
    let moves = delivery.due_at != due;
    delivery.due_at = due;
    // What waits behind a gate has another time there, and goes on waiting.
    if delivery.run_at.is_some() {
        delivery.run_at = Some(due);
        delivery.waiting = None;
    }
    let told = moves.then(|| event(EventKind::PostRescheduled, delivery, None, data));
    Ok(Stepped { events: told.into_iter().collect(), block: None })
}

/// Puts a dead letter back: what failed, was cancelled or has expired is tried again at once, with all its attempts, and
/// for as long as it takes. Behind a closed `gate` (its post's) it waits there.
///
/// # Errors
/// [`ErrorKind::Conflict`] if nothing of it failed, was cancelled or has expired, or if a part may be live.
pub fn put_back(delivery: &mut Delivery, gate: Gate, now: Timestamp) -> Result<Stepped> {
    let dead = |state| matches!(state, PartState::Failed | PartState::Cancelled | PartState::Expired);
    let unresolved = delivery.parts.iter().any(|part| part.state.is_unresolved());
    if unresolved || !delivery.parts.iter().any(|part| dead(part.state)) {
        return Err(refuse(
            delivery,
            "delivery.not_dead",
            "put back",
            "only one that failed, was cancelled or has expired can be; a held one is resolved",
        ));
    }
    intervene(delivery, now)?;
    for index in 0..delivery.parts.len() {
        if dead(delivery.parts[index].state) {
            advance(delivery, index, PartEvent::PutBack)?;
            delivery.parts[index].attempts = 0;
            // What the platform refused may be among them: a file that it has thrown away, say.
            delivery.parts[index].checkpoints.clear();
        }
    }
    delivery.run_at = gate.is_open().then_some(now);
    delivery.expires_at = None;
    delivery.waiting = gate.waits_for().map(ToOwned::to_owned);
    Ok(Stepped { events: vec![event(EventKind::PostPutBack, delivery, None, json!({}))], block: None })
}

/// Decides what a held part was.
///
/// # Errors
/// [`ErrorKind::Conflict`] if nothing of it is held.
pub fn resolve(delivery: &mut Delivery, resolution: Resolution, now: Timestamp) -> Result<Stepped> {
    let Some(index) = delivery.parts.iter().position(|part| part.state == PartState::Held) else {
        return Err(refuse(delivery, "delivery.not_held", "resolved", "only a held delivery can be"));
    };
    intervene(delivery, now)?;
    let mut stepped = Stepped::default();
    delivery.waiting = None;
    let certainty = match resolution {
        Resolution::Live(published) => {
            advance(delivery, index, PartEvent::Confirm)?;
            publish(delivery, index, published, now, &mut stepped);
            Certainty::Sent
        }
        Resolution::Resend => {
            advance(delivery, index, PartEvent::PutBack)?;
            delivery.parts[index].attempts = 0;
            delivery.parts[index].checkpoints.clear();
            delivery.run_at = Some(now);
            delivery.expires_at = None;
            let data = about(&delivery.parts[index]);
            stepped.events.push(event(EventKind::PostPutBack, delivery, Some(&delivery.parts[index]), data));
            Certainty::NotSent
        }
        Resolution::Abandon => {
            advance(delivery, index, PartEvent::Abandon)?;
            for later in index + 1..delivery.parts.len() {
                advance(delivery, later, PartEvent::GiveUp)?;
            }
            delivery.run_at = None;
            let mut data = about(&delivery.parts[index]);
            data["error"] = json!("abandoned");
            stepped.events.push(event(EventKind::PostFailed, delivery, Some(&delivery.parts[index]), data));
            Certainty::MaybeSent
        }
    };
    set_outcome(delivery, index, certainty);
    Ok(stepped)
}
