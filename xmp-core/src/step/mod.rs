//! The steps of a delivery: pure functions over its record, which every store applies within one transaction.
//!
//! A store loads the record, applies a step, writes the record and the events that the step returned, and commits:
//! so that all stores agree on what a step means, and none of them decides anything. Time is the store's.

mod attempt;
mod edit;
mod lease;
mod person;
#[cfg(test)]
mod tests;
mod verdict;

pub use attempt::{NewAttempt, begin, checkpoint};
pub use edit::{edit, set_gate};
pub use lease::{claim, expire, pace, recover, renew};
pub use person::{Resolution, cancel, put_back, reschedule, resolve};
pub use verdict::{Verdict, Waits, conclude};

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::state::{DeliveryState, PartEvent, WrongState};
use crate::{
    Attempt, Certainty, Delivery, Error, ErrorKind, ErrorRecord, EventKind, NewEvent, Part, PartId,
    PublishedRef, Result,
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

fn event(kind: EventKind, delivery: &Delivery, part: Option<&Part>, data: Value) -> NewEvent {
    NewEvent {
        kind,
        account: Some(delivery.account),
        post: Some(delivery.post),
        delivery: Some(delivery.id),
        part: part.map(|part| part.id),
        data,
    }
}

/// Moves a part by its table and derives the delivery's state again.
fn advance(delivery: &mut Delivery, index: usize, event: PartEvent) -> Result<()> {
    let part = &mut delivery.parts[index];
    part.state = part.state.after(event).map_err(wrong_state)?;
    delivery.state = DeliveryState::of(delivery.parts.iter().map(|part| part.state));
    Ok(())
}

fn wrong_state(wrong: WrongState) -> Error {
    Error::new(ErrorKind::Conflict, "part.state", wrong.to_string())
}

fn position(delivery: &Delivery, part: PartId) -> Result<usize> {
    delivery.parts.iter().position(|own| own.id == part).ok_or_else(|| {
        Error::new(ErrorKind::NotFound, "part.unknown", format!("{} has no part {part}", delivery.id))
    })
}

/// What every event of a part tells: refers to texts, never copies them.
fn about(part: &Part) -> Value {
    json!({ "index": part.index, "attempts": part.attempts })
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

/// Nobody knows whether the part is live. The platform is asked at `ask_at`, or later if the attempt says so.
fn lose(
    delivery: &mut Delivery,
    index: usize,
    error: ErrorRecord,
    ask_at: Timestamp,
    stepped: &mut Stepped,
) -> Result<()> {
    advance(delivery, index, PartEvent::Lost)?;
    set_outcome(delivery, index, Certainty::MaybeSent);
    let part = &mut delivery.parts[index];
    let confirm_after = part.attempt.as_ref().map_or(ask_at, |attempt| attempt.confirm_after).max(ask_at);
    let mut data = about(part);
    data["error"] = json!(error.fingerprint);
    data["confirm_after"] = json!(confirm_after);
    part.error = Some(error);
    delivery.run_at = Some(confirm_after);
    delivery.waiting = Some("it may be live: the platform is asked after its settle window".to_owned());
    stepped.events.push(event(EventKind::PostUnconfirmed, delivery, Some(&delivery.parts[index]), data));
    Ok(())
}

/// Ends what was not sent in time: all that still waits, unless it may be live. The rest of a thread goes with it.
fn end(delivery: &mut Delivery, index: usize, stepped: &mut Stepped) -> Result<()> {
    delivery.run_at = None;
    let part = &delivery.parts[index];
    let mut data = about(part);
    data["expired"] = json!(delivery.expires_at);
    // An earlier attempt was looked for and not seen, and may be live all the same: nobody calls that expired.
    if part.attempt.as_ref().is_some_and(Attempt::is_doubtful) {
        let why = "its time is over, and an earlier attempt may be live".to_owned();
        data["why"] = json!(why);
        delivery.waiting = Some(why);
        advance(delivery, index, PartEvent::Hold)?;
        stepped.events.push(event(EventKind::PostHeld, delivery, Some(&delivery.parts[index]), data));
        return Ok(());
    }
    delivery.waiting = None;
    for index in index..delivery.parts.len() {
        advance(delivery, index, PartEvent::Expire)?;
    }
    stepped.events.push(event(EventKind::PostExpired, delivery, Some(&delivery.parts[index]), data));
    Ok(())
}

/// Writes down where a part is live, and has the next part of the thread answer it.
fn publish(
    delivery: &mut Delivery,
    index: usize,
    published: PublishedRef,
    now: Timestamp,
    stepped: &mut Stepped,
) {
    let part = &mut delivery.parts[index];
    part.error = None;
    let mut data = about(part);
    data["remote_id"] = json!(published.remote_id);
    data["url"] = json!(published.url);
    if let Some(next) = delivery.parts.get_mut(index + 1) {
        next.content.reply_to = Some(published.remote_id.clone());
    }
    delivery.parts[index].published = Some(published);
    delivery.run_at = delivery.current().map(|_| now);
    stepped.events.push(event(EventKind::PostPublished, delivery, Some(&delivery.parts[index]), data));
    if let Some(queue) = delivery.queue.filter(|_| delivery.state == DeliveryState::Published) {
        let data = json!({ "queue": queue });
        stepped.events.push(event(EventKind::PostQueueProcessed, delivery, None, data));
    }
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    now.saturating_add(by).unwrap_or(Timestamp::MAX)
}
