//! A delivery as a row: columns for what is looked for, two documents for its parts.
//!
//! Documents are read with patience: what a field is missing has its first value, and what this version does not know is
//! read over. A word that it does not know is an error, and the row is left to a version that does.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;
use xmp_core::state::{DeliveryState, PartState};
use xmp_core::{
    Attempt, Checkpoint, CorrelationId, Delivery, ErrorRecord, Fingerprint, LeaseRecord, Part, PartContent,
    PartId, PublishedRef, Result,
};

use super::error::unknown;
use super::row::{Cols, Json, json};
use crate::rules::Queue;

/// The columns of a delivery, of the table `d`.
macro_rules! columns {
    () => {
        "d.tenant, d.id, d.post, d.account, d.platform, d.state, d.priority, d.due_at, d.run_at, d.parked_from, \
         d.waiting, d.lease_worker, d.lease_granted_at, d.lease_until, d.fence, d.revision, d.correlation_id, \
         d.expires_at, d.plan, d.content, d.progress"
    };
}
pub(super) use columns;

/// A delivery as it is in the database, with what the database keeps beside it.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) delivery: Delivery,
    /// Ties it to the call that scheduled it.
    pub(super) correlation_id: CorrelationId,
    /// When its lease was granted.
    pub(super) granted: Option<Timestamp>,
    /// Grows with every change of the row.
    pub(super) revision: i64,
}

/// What a part says: hardly ever changes.
#[derive(Serialize, Deserialize)]
struct Said {
    id: PartId,
    fingerprint: Fingerprint,
    content: PartContent,
}

#[derive(Serialize)]
struct SaidRef<'a> {
    id: PartId,
    fingerprint: Fingerprint,
    content: &'a PartContent,
}

fn waiting() -> PartState {
    PartState::Waiting
}

fn is_waiting(state: &PartState) -> bool {
    *state == PartState::Waiting
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// How far a part has come.
#[derive(Deserialize)]
struct Reached {
    #[serde(default = "waiting")]
    state: PartState,
    #[serde(default)]
    attempts: u32,
    #[serde(default)]
    looks: u32,
    #[serde(default)]
    published: Option<PublishedRef>,
    #[serde(default)]
    error: Option<ErrorRecord>,
    #[serde(default)]
    checkpoints: Vec<Checkpoint>,
    #[serde(default)]
    attempt: Option<Attempt>,
}

#[derive(Serialize)]
struct ReachedRef<'a> {
    #[serde(skip_serializing_if = "is_waiting")]
    state: PartState,
    #[serde(skip_serializing_if = "is_zero")]
    attempts: u32,
    #[serde(skip_serializing_if = "is_zero")]
    looks: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    published: Option<&'a PublishedRef>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a ErrorRecord>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    checkpoints: &'a [Checkpoint],
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<&'a Attempt>,
}

/// What its parts say, as a document.
pub(super) fn content(delivery: &Delivery) -> Result<Json> {
    let parts = delivery.parts.iter();
    let said: Vec<_> = parts
        .map(|part| SaidRef { id: part.id, fingerprint: part.fingerprint, content: &part.content })
        .collect();
    json(&said)
}

/// How far its parts have come, as a document.
pub(super) fn progress(delivery: &Delivery) -> Result<Json> {
    let parts = delivery.parts.iter();
    let reached: Vec<_> = parts
        .map(|part| ReachedRef {
            state: part.state,
            attempts: part.attempts,
            looks: part.looks,
            published: part.published.as_ref(),
            error: part.error.as_ref(),
            checkpoints: &part.checkpoints,
            attempt: part.attempt.as_ref(),
        })
        .collect();
    json(&reached)
}

/// Whether the parts say what they said: one of a thread is told which post it answers, and people edit them.
pub(super) fn says_the_same(before: &Delivery, after: &Delivery) -> bool {
    before.parts.len() == after.parts.len()
        && before.parts.iter().zip(&after.parts).all(|(one, other)| one.content == other.content)
}

/// The word of the queue that it waits in.
pub(super) fn queue(delivery: &Delivery) -> Option<&'static str> {
    Queue::of(delivery).map(Queue::as_str)
}

/// The fingerprint of the part that may be live without anybody knowing: at most one is, since parts go in order.
pub(super) fn doubtful(delivery: &Delivery) -> Option<String> {
    let part = delivery.parts.iter().find(|part| part.state.is_unresolved())?;
    Some(part.fingerprint.to_string())
}

/// Whether a delivery in this state is settled otherwise than by being published: what people look for.
pub(super) fn remains(state: DeliveryState) -> bool {
    state.is_settled() && state != DeliveryState::Published
}

pub(super) fn read(row: &Row) -> Result<Record> {
    let cols = Cols::of("deliveries", row);
    let lease = match (cols.id_opt("lease_worker")?, cols.time_opt("lease_until")?) {
        (Some(worker), Some(until)) => Some(LeaseRecord { worker, until }),
        _ => None,
    };
    let run_at = cols.time_opt("parked_from")?.or(cols.time_opt("run_at")?);
    let said: Vec<Said> = cols.json("content")?;
    let reached: Vec<Reached> = cols.json("progress")?;
    if said.len() != reached.len() {
        let lengths = format!("{} parts, and {} in deliveries.content", reached.len(), said.len());
        return Err(unknown("deliveries.progress", &lengths));
    }
    let parts = said.into_iter().zip(reached).zip(0..).map(|((said, reached), index)| Part {
        id: said.id,
        index,
        content: said.content,
        fingerprint: said.fingerprint,
        state: reached.state,
        attempts: reached.attempts,
        looks: reached.looks,
        published: reached.published,
        error: reached.error,
        checkpoints: reached.checkpoints,
        attempt: reached.attempt,
    });
    let delivery = Delivery {
        parts: parts.collect(),
        id: cols.id("id")?,
        tenant: cols.word("tenant")?,
        post: cols.id("post")?,
        account: cols.id("account")?,
        platform: cols.parse("platform")?,
        state: cols.word("state")?,
        priority: cols.priority("priority")?,
        due_at: cols.time("due_at")?,
        run_at,
        expires_at: cols.time_opt("expires_at")?,
        waiting: cols.get("waiting")?,
        lease,
        fence: cols.count("fence")?,
        queue: cols.id_opt("plan")?,
    };
    Ok(Record {
        delivery,
        correlation_id: cols.id("correlation_id")?,
        granted: cols.time_opt("lease_granted_at")?,
        revision: cols.get("revision")?,
    })
}
