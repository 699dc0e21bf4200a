//! Changing what waits, and the gate that people keep.

use jiff::Timestamp;
use serde_json::json;

use super::person::{intervene, refuse};
use super::{Stepped, event};
use crate::edit::DeliveryEdit;
use crate::state::PartState;
use crate::{Attempt, Delivery, Error, ErrorKind, EventKind, Gate, Part, Result};

/// Only what was never visible is changed: of what may be live, nobody would know which of the two texts is.
fn untouched(delivery: &Delivery, wanted: &str) -> Result<()> {
    let doubtful = |part: &Part| part.attempt.as_ref().is_some_and(Attempt::is_doubtful);
    if delivery.parts.iter().all(|part| part.state == PartState::Waiting && !doubtful(part)) {
        return Ok(());
    }
    Err(refuse(
        delivery,
        "delivery.not_editable",
        wanted,
        "only what was never visible can be; what is live is deleted on its platform, and scheduled anew",
    ))
}

/// Changes what a delivery says, and when it goes. `gate` is the post's, as it is afterwards.
///
/// # Errors
/// [`ErrorKind::Conflict`] if something of it is live, may be, or is being sent at this moment; if pieces are to go of which an
/// attempt was made. [`ErrorKind::Validation`] if it would expire before it is due.
pub fn edit(delivery: &mut Delivery, edit: &DeliveryEdit<'_>, gate: Gate, now: Timestamp) -> Result<Stepped> {
    if edit.contents.is_some() || edit.due.is_some() {
        untouched(delivery, "edited")?;
    }
    let due = edit.due.unwrap_or(delivery.due_at);
    let expires = edit.expires.unwrap_or(delivery.expires_at);
    if let Some(end) = expires.filter(|end| *end <= due) {
        return Err(Error::new(
            ErrorKind::Validation,
            "expires.before_due",
            format!("{} would be due at {due}, and not be sent from {end} on", delivery.id),
        )
        .hint("give an earlier time, or a later end"));
    }
    intervene(delivery, now)?;
    delivery.expires_at = expires;
    delivery.priority = edit.priority.unwrap_or(delivery.priority);
    if let Some(place) = edit.place {
        delivery.queue = place.filter(|place| place.in_queue).map(|place| place.plan);
    }
    if let Some(contents) = edit.contents {
        say(delivery, contents, now)?;
    }
    if edit.due.is_some() {
        delivery.due_at = due;
    }
    if edit.due.is_some() || edit.contents.is_some() {
        wait(delivery, gate);
    }
    Ok(Stepped::default())
}

/// Waits behind a gate, or for its time.
fn wait(delivery: &mut Delivery, gate: Gate) {
    delivery.run_at = gate.is_open().then_some(delivery.due_at);
    delivery.waiting = gate.waits_for().map(ToOwned::to_owned);
}

/// Gives the parts other contents. What was prepared for the old ones is of no use.
fn say(delivery: &mut Delivery, contents: &[crate::PartContent], now: Timestamp) -> Result<()> {
    if let Some(tried) = delivery.parts.iter().skip(contents.len()).find(|part| part.attempt.is_some()) {
        return Err(Error::new(
            ErrorKind::Conflict,
            "part.attempted",
            format!("{} of {} was attempted, and can't be left out", tried.id, delivery.id),
        )
        .hint("keep as many pieces, or cancel the post and schedule it anew"));
    }
    delivery.parts.truncate(contents.len());
    for (content, index) in contents.iter().zip(0..) {
        match delivery.parts.get_mut(index as usize) {
            Some(part) if part.content == *content => {}
            Some(part) => {
                part.content = content.clone();
                part.fingerprint = content.fingerprint();
                part.checkpoints.clear();
                part.attempts = 0;
                part.error = None;
            }
            None => delivery.parts.push(Part::new(index, content.clone(), now)),
        }
    }
    Ok(())
}

/// Opens or closes the gate in front of what waits.
///
/// # Errors
/// [`ErrorKind::Conflict`] if something of it is live, may be, or is being sent, or if its time is over.
pub fn set_gate(delivery: &mut Delivery, gate: Gate, now: Timestamp) -> Result<Stepped> {
    untouched(delivery, if gate.is_open() { "approved" } else { "held back" })?;
    if gate.is_open() && delivery.is_expired(now) {
        return Err(refuse(
            delivery,
            "delivery.expired",
            "approved",
            "its time is over: give it another one",
        ));
    }
    intervene(delivery, now)?;
    wait(delivery, gate);
    let kind = if gate.is_open() { EventKind::PostApproved } else { EventKind::PostHeldBack };
    Ok(Stepped { events: vec![event(kind, delivery, None, json!({ "gate": gate }))], block: None })
}
