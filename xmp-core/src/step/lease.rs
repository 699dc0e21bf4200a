//! Claiming, keeping and losing a lease.

use std::time::Duration;

use jiff::Timestamp;

use serde_json::json;

use super::{Stepped, end, event, later, lose};
use crate::state::{LeaseState, LeaseStep, PartState};
use crate::{
    Attempt, Certainty, Delivery, Error, ErrorKind, ErrorRecord, EventKind, Lease, LeaseRecord, Result,
    WorkerId,
};

/// Checks that a lease still holds its delivery.
pub(super) fn holds(delivery: &Delivery, lease: &Lease, now: Timestamp, step: LeaseStep) -> Result<()> {
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
        // The whole settle window from now on, whatever the clock says: set forward, it could make a lease lapse and a
        // deadline pass while the request is on its way.
        let settle = delivery.parts[index].attempt.as_ref().map_or(Duration::ZERO, Attempt::settle);
        lose(delivery, index, ErrorRecord::from(&error), later(now, settle), &mut stepped)?;
    }
    Ok(stepped)
}

/// Ends a delivery that nobody works on and that was not sent in time. Does nothing to another one.
///
/// # Errors
/// As [`recover`].
pub fn expire(delivery: &mut Delivery, now: Timestamp) -> Result<Stepped> {
    let mut stepped = Stepped::default();
    let waits = |state| matches!(state, PartState::Waiting);
    let next = delivery.parts.iter().position(|part| !part.state.is_final());
    if let Some(index) = next.filter(|index| waits(delivery.parts[*index].state))
        && delivery.lease.is_none()
        && delivery.is_expired(now)
    {
        end(delivery, index, &mut stepped)?;
    }
    Ok(stepped)
}

/// Says of a delivery that is due that it waits for its account's spacing.
#[must_use]
pub fn pace(delivery: &mut Delivery, until: Timestamp) -> Stepped {
    let why = "the account's spacing".to_owned();
    let mut stepped = Stepped::default();
    if delivery.waiting.as_ref() != Some(&why) {
        let data = json!({ "why": why, "until": until, "whole_account": true });
        stepped.events.push(event(EventKind::PostSnoozed, delivery, delivery.current(), data));
        delivery.waiting = Some(why);
    }
    stepped
}

/// Asks for more time. A lease that lasts longer already is not cut short: an attempt's deadline lies within it.
///
/// # Errors
/// [`ErrorKind::LeaseLost`].
pub fn renew(delivery: &mut Delivery, lease: &Lease, lease_for: Duration, now: Timestamp) -> Result<()> {
    holds(delivery, lease, now, LeaseStep::Renew)?;
    let until = delivery.lease.map_or(now, |lease| lease.until).max(later(now, lease_for));
    delivery.lease = Some(LeaseRecord { worker: lease.worker, until });
    Ok(())
}
