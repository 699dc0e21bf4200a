//! What people want to know of a store: how much waits, what was tried, who is busy.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AccountId, AttemptId, Certainty, Context, DeliveryId, LeaseRecord, PartId, PostId, Result, SendingStop,
};

/// One attempt to make a part visible, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AttemptRecord {
    /// Its id.
    pub id: AttemptId,
    /// The part.
    pub part: PartId,
    /// Counts the part's attempts, from 1. One that a snooze made not count shares its number with the next.
    pub number: u32,
    /// When the intent was committed.
    pub began_at: Timestamp,
    /// Its last byte did not leave after this.
    pub deadline: Timestamp,
    /// What is known of it; `None` while it is in flight.
    pub outcome: Option<Certainty>,
    /// Since when that is known.
    pub known_at: Option<Timestamp>,
    /// The code of the error that it ended with, if it did.
    pub code: Option<String>,
    /// What went wrong, for people.
    pub why: Option<String>,
}

/// How much there is of what a tenant keeps. A count that came to 10,000 says that many, or more; on PostgreSQL what is
/// settled and not published is counted to that together, the latest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tally {
    /// Deliveries, by where they stand.
    pub deliveries: DeliveryCounts,
    /// Deliveries whose time has come: of more than 100,000 some are not looked at.
    pub due: DueCounts,
    /// The one that could have been taken for the longest time.
    pub oldest_due: Option<OldestDue>,
    /// Accounts, by their states.
    pub accounts: AccountCounts,
    /// The accounts whose owners have to connect them again: at most 100, the oldest first.
    pub needs_consent: Vec<AccountId>,
    /// The emergency stops in force that are about this tenant: its own, those of platforms, that of all.
    pub stops: Vec<SendingStop>,
}

impl Tally {
    /// How far is counted.
    pub const COUNTED_TO: u32 = 10_000;
    /// How many accounts without consent are listed.
    pub const LISTED: u32 = 100;
    /// Seconds after which what could be taken is overdue.
    pub const OVERDUE_AFTER: u32 = 30;
}

/// Deliveries by where they stand. What is published is not counted: there may be millions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeliveryCounts {
    /// Nobody works on them: they wait for their time, their turn or their next try.
    pub waiting: u64,
    /// A worker works on them.
    pub working: u64,
    /// They may be live, and the platform is asked later.
    pub unconfirmed: u64,
    /// They may be live, and wait for a person.
    pub held: u64,
    /// Dead letters: some of their parts are live, the rest will not be.
    pub partly_published: u64,
    /// Dead letters: nothing of them is live, and nothing will be.
    pub failed: u64,
    /// A person has cancelled them.
    pub cancelled: u64,
    /// They were not sent in time.
    pub expired: u64,
}

/// Deliveries whose time has come and that nobody works on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DueCounts {
    /// A worker may take them now, one of each account.
    pub ready: u64,
    /// Those of them that could have been taken 30 s ago: no worker runs, or it can't keep up.
    pub overdue: u64,
    /// Their account or an emergency stop keeps them back.
    pub kept_back: u64,
}

/// A delivery that could have been taken for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OldestDue {
    /// The delivery.
    pub delivery: DeliveryId,
    /// Its post.
    pub post: PostId,
    /// Where it goes.
    pub account: AccountId,
    /// Since when it could have been taken.
    pub since: Timestamp,
    /// How long that is.
    pub late: Duration,
}

/// Accounts by their states.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AccountCounts {
    /// Their posts go out.
    pub active: u64,
    /// A person has paused them.
    pub paused: u64,
    /// Their owners have to connect them again.
    pub needs_consent: u64,
    /// Their platforms have suspended them.
    pub suspended: u64,
}

/// Who works on an account's posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy {
    /// The delivery.
    pub delivery: DeliveryId,
    /// Its worker, and until when at the latest without a sign of life.
    pub lease: LeaseRecord,
}

/// Tells people how things stand. Looks alone, each of one moment.
#[async_trait]
pub trait InsightStore: Send + Sync {
    /// The attempts of a delivery, in the order in which they began: none if this tenant has no such delivery.
    async fn attempts(&self, ctx: &Context, delivery: DeliveryId) -> Result<Vec<AttemptRecord>>;

    /// What of an account is being worked on.
    async fn busy(&self, ctx: &Context, account: AccountId) -> Result<Option<Busy>>;

    /// How much there is of everything, without looking at what was published.
    async fn tally(&self, ctx: &Context) -> Result<Tally>;
}
