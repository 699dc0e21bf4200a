//! The steps of a delivery: pure functions over its record, which every store applies within one transaction.
//!
//! A store loads the record, applies a step, writes the record and the events that the step returned, and commits:
//! so that all stores agree on what a step means, and none of them decides anything. Time is the store's.

mod person;
#[cfg(test)]
mod tests;
mod worker;

pub use person::{Resolution, cancel, put_back, reschedule, resolve};
pub use worker::{
    BlockAccount, NewAttempt, Stepped, Verdict, begin, checkpoint, claim, conclude, recover, renew,
};

use serde_json::{Value, json};

use crate::state::{DeliveryState, PartEvent, WrongState};
use crate::{Delivery, Error, ErrorKind, EventKind, NewEvent, Part, PartId, Result};

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
