//! Getting ready, and the intent.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use super::lease::{holds, renew};
use super::{Stepped, advance, event, in_order, later, position};
use crate::state::{LeaseStep, PartEvent};
use crate::{
    Attempt, AttemptId, Checkpoint, Delivery, Error, ErrorKind, EventKind, Lease, PartId, Prepared, Result,
};

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
    // Nothing leaves when its time is over.
    let deadline = later(now, new.timeout).min(delivery.expires_at.unwrap_or(Timestamp::MAX));
    let part = &mut delivery.parts[index];
    // What became of the last attempt settles that one alone: doubt that it had inherited goes on. After a step back
    // of the clock both attempts have to lie in the window.
    let doubtful = part.attempt.as_ref().filter(|earlier| earlier.is_doubtful());
    let before = now.saturating_sub(Duration::from_micros(1)).unwrap_or(now);
    let since = doubtful.map_or(now, |earlier| earlier.since.min(before));
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
    let part = &delivery.parts[index];
    let data = json!({
        "index": part.index, "attempt": attempt.id, "number": attempt.number, "deadline": attempt.deadline,
    });
    let stepped =
        Stepped { events: vec![event(EventKind::PostAttempted, delivery, Some(part), data)], block: None };
    Ok((attempt, stepped))
}
