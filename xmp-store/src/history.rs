//! What is kept of attempts, for people.

use jiff::Timestamp;
use xmp_core::{AttemptRecord, Certainty, Delivery, Part};

/// What the last attempt of a part ended with, where it is not live: the code of the error, and what people are told.
pub(crate) fn ending<'a>(delivery: &'a Delivery, part: &'a Part) -> (Option<&'a str>, Option<&'a str>) {
    let outcome = part.attempt.as_ref().and_then(|attempt| attempt.outcome);
    match (&part.error, outcome) {
        (_, None | Some(Certainty::Sent)) => (None, None),
        (Some(error), _) => (Some(&error.code), Some(&error.message)),
        // A snooze is no error of the part's.
        (None, _) => (None, delivery.waiting.as_deref()),
    }
}

/// The record of a part's last attempt.
pub(crate) fn record(delivery: &Delivery, part: &Part, known_at: Timestamp) -> Option<AttemptRecord> {
    let attempt = part.attempt.as_ref()?;
    let (code, why) = ending(delivery, part);
    Some(AttemptRecord {
        id: attempt.id,
        part: part.id,
        number: attempt.number,
        began_at: attempt.began_at,
        deadline: attempt.deadline,
        outcome: attempt.outcome,
        known_at: attempt.outcome.map(|_| known_at),
        code: code.map(ToOwned::to_owned),
        why: why.map(ToOwned::to_owned),
    })
}

/// Notes what a step has made of a delivery's last attempts.
pub(crate) fn note(history: &mut Vec<AttemptRecord>, delivery: &Delivery, now: Timestamp) {
    for part in &delivery.parts {
        let Some(new) = record(delivery, part, now) else { continue };
        match history.iter_mut().find(|old| old.id == new.id) {
            Some(old) if old.outcome == new.outcome => {}
            Some(old) => *old = new,
            None => history.push(new),
        }
    }
}
