//! What stores keep, what workers hold, what is asked and what is answered.

use std::collections::BTreeMap;

use super::{Lease, Verdict};
use crate::op::{Decision, Scope};

/// Where a part stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing of it is on its way.
    Waiting,
    /// The intent is committed.
    Sending,
    /// It may be live.
    Unconfirmed,
    /// It may be live, and a person decides.
    Held,
    /// It is live.
    Published,
    /// It will not be published.
    Failed,
    /// Somebody cancelled it.
    Cancelled,
    /// It was not sent in time.
    Expired,
}

impl State {
    /// Whether no worker has anything left to do.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Published | Self::Failed | Self::Cancelled | Self::Expired)
    }

    /// Whether it may be live and nobody knows.
    #[must_use]
    pub fn is_unresolved(self) -> bool {
        matches!(self, Self::Sending | Self::Unconfirmed | Self::Held)
    }
}

/// What is known of an attempt's effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the contract says what they are")]
pub enum Certainty {
    NotSent,
    Sent,
    Rejected,
    MaybeSent,
}

/// The attempt that was made last.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "as in the contract")]
pub struct Attempt {
    pub number: u32,
    pub fence: u64,
    pub began: i64,
    /// When the first attempt began that was never disproved.
    pub since: i64,
    pub deadline: i64,
    pub ask_from: i64,
    pub outcome: Option<Certainty>,
}

impl Attempt {
    /// Whether it, or one before it, may be live.
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        self.outcome == Some(Certainty::MaybeSent) || self.since < self.began
    }
}

/// One visible piece.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "as in the contract")]
pub struct Part {
    pub text: String,
    pub state: State,
    pub attempts: u32,
    pub looks: u32,
    pub published: Option<String>,
    pub checkpoints: BTreeMap<u8, u64>,
    pub attempt: Option<Attempt>,
}

/// Why a delivery waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It was snoozed, for this reason.
    Snoozed(&'static str),
    /// For anything else.
    Other,
}

/// One post on its way to one account.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "as in the contract")]
pub struct Delivery {
    pub post: usize,
    pub account: usize,
    pub priority: u8,
    pub due: i64,
    pub expires: Option<i64>,
    /// Since when nothing more happens to it.
    pub settled: Option<i64>,
    /// It was forgotten.
    pub gone: bool,
    pub run_at: Option<i64>,
    pub why: Option<Why>,
    pub lease: Option<Lease>,
    pub fence: u64,
    pub parts: Vec<Part>,
}

impl Delivery {
    /// The part whose turn it is.
    #[must_use]
    pub fn turn(&self) -> Option<usize> {
        self.parts.iter().position(|part| !part.state.is_final())
    }

    /// The word for it: what is unresolved is never hidden behind what is known.
    #[must_use]
    pub fn word(&self) -> &'static str {
        let published = self.any(State::Published);
        let order = [
            (State::Sending, "sending", "sending"),
            (State::Unconfirmed, "unconfirmed", "unconfirmed"),
            (State::Held, "held", "held"),
            (State::Failed, "failed", "partly_published"),
            (State::Expired, "expired", "partly_published"),
            (State::Cancelled, "cancelled", "partly_published"),
            (State::Waiting, "scheduled", "publishing"),
            (State::Published, "published", "published"),
        ];
        let found = order.into_iter().find(|(state, ..)| self.any(*state));
        found.map_or("", |(_, alone, beside)| if published { beside } else { alone })
    }

    pub(super) fn any(&self, state: State) -> bool {
        self.parts.iter().any(|part| part.state == state)
    }

    /// Whether it waits to be published: nobody holds it, it has a time, and nothing of it is unresolved.
    pub(super) fn is_to_publish(&self) -> bool {
        let unresolved = self.parts.iter().any(|part| part.state.is_unresolved());
        self.run_at.is_some() && self.lease.is_none() && !unresolved && self.any(State::Waiting)
    }

    /// Whether it waits to be asked about.
    pub(super) fn is_to_ask(&self) -> bool {
        self.run_at.is_some() && self.lease.is_none() && self.any(State::Unconfirmed)
    }
}

/// A call that scheduled something.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "as in the contract")]
pub struct Post {
    pub key: u8,
    pub accounts: Vec<usize>,
    pub texts: Vec<String>,
    pub priority: u8,
    pub due: i64,
    pub expires: Option<i64>,
    /// Its deliveries.
    pub deliveries: Vec<usize>,
    /// It was forgotten.
    pub gone: bool,
}

/// An account, and what its platform can say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Whether posts may go out.
    pub active: bool,
    /// Its posts wait until then.
    pub blocked: Option<i64>,
    /// They wait until then for their spacing, as a worker found out.
    pub paced: Option<i64>,
    /// So many seconds from one post to the next.
    pub interval: Option<i64>,
    /// So many posts an hour.
    pub per_hour: Option<u32>,
    /// Whether what is observed to be absent is sent again.
    pub resends: bool,
    /// Whether its platform can prove that something is absent.
    pub proves: bool,
}

/// What a worker holds in its memory.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "as in the contract")]
pub struct Hand {
    pub worker: u8,
    pub delivery: usize,
    pub fence: u64,
    pub part: usize,
    pub reconciles: bool,
    /// When its visible request has to be out, by the clock that nobody sets, once the intent is committed.
    pub deadline: Option<i64>,
    /// What it has decided and not written down yet.
    pub verdict: Option<Verdict>,
}

/// What is asked of a store in one step.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "they are the store's methods")]
pub enum Call {
    Schedule { post: Post, id: usize, first: usize },
    Claim { worker: u8, limit: usize, reconcile: bool },
    Renew { hand: usize, hold: i64 },
    Checkpoint { hand: usize, part: usize, name: u8, value: u64 },
    Begin { hand: usize, part: usize },
    Conclude { hand: usize, part: usize, verdict: Verdict },
    Cancel { post: usize },
    Reschedule { post: usize, due: i64 },
    PutBack { delivery: usize },
    Resolve { delivery: usize, how: Decision, id: String },
    Account { account: usize, active: bool },
    Space { account: usize, interval: Option<i64>, per_hour: Option<u32> },
    Stop { scope: Scope },
    Resume { scope: Scope },
    Prune { keep_for: i64 },
}

/// What the store must answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "they are what the contract says")]
pub enum Answer {
    Done,
    /// The same call was made before, as this post.
    Replayed(usize),
    /// These deliveries, under these fences.
    Claimed(Vec<(usize, u64)>),
    /// Equal content of this delivery is unresolved.
    Equal(usize),
    /// Its time is over.
    Expired,
    /// Sending is stopped.
    Stopped,
    /// Its account is not active.
    NotActive,
    /// So many.
    Forgotten(usize),
    /// Refused, with this code.
    Refused(&'static str),
}

/// One line of the event log: what happened, to which delivery, and to which part of it or of whom.
pub type Event = (&'static str, Option<usize>, Option<usize>);
