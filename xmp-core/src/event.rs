//! What happened, in order, for good.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{AccountId, CorrelationId, DeliveryId, EventId, PartId, PostId, TenantId};

macro_rules! event_kinds {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)+) => {
        /// What happened. Later versions add kinds: match with a `_` arm.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[non_exhaustive]
        pub enum EventKind {
            $($(#[$doc])* #[serde(rename = $word)] $name,)+
        }

        impl EventKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The word that logs, stores and bindings use.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// The kind of a word; [`Unknown`](Self::Unknown) for one that a newer version uses.
            #[must_use]
            pub fn of(word: &str) -> Self {
                Self::ALL.iter().copied().find(|kind| kind.as_str() == word).unwrap_or(Self::Unknown)
            }
        }
    };
}

event_kinds! {
    /// An account was connected for the first time.
    AccountConnected = "account.connected";
    /// An account was connected again, under its old id.
    AccountReconnected = "account.reconnected";
    /// An account's state has changed; the data says from what to what, and why.
    AccountState = "account.state";
    /// An account can't be used until its owner connects it again.
    AccountNeedsConsent = "account.needs_consent";
    /// The platform has suspended an account; the data says why.
    AccountSuspended = "account.suspended";
    /// An account's posts are spaced in another way.
    AccountSpacing = "account.spacing";
    /// A post was stored.
    PostScheduled = "post.scheduled";
    /// A post has another time.
    PostRescheduled = "post.rescheduled";
    /// Somebody has changed a post that waits; the data says what, and which revision it was.
    PostEdited = "post.edited";
    /// A post may go out at its time; the event's actor let it.
    PostApproved = "post.approved";
    /// A post goes out only when somebody approves it.
    PostHeldBack = "post.held_back";
    /// A post was put in a queue; the data says which, and its slot.
    PostQueueAdded = "post.queue_added";
    /// A post of a queue is live; the data says of which.
    PostQueueProcessed = "post.queue_processed";
    /// A series or a queue was made, or changed; the data says what it is now.
    PlanChanged = "plan.changed";
    /// A post waits, and no attempt was counted; the data says why and until when.
    PostSnoozed = "post.snoozed";
    /// The intent to make a part visible is committed: from here on it may be live.
    PostAttempted = "post.attempted";
    /// A part was not sent, and will be tried again.
    PostRetried = "post.retried";
    /// A part is live.
    PostPublished = "post.published";
    /// A part may be live; nobody knows yet.
    PostUnconfirmed = "post.unconfirmed";
    /// A part waits for a person: what became of it can't be known.
    PostHeld = "post.held";
    /// A part will not be published; the data says why. Its delivery is a dead letter.
    PostFailed = "post.failed";
    /// A person has put a dead letter back, or released a held part.
    PostPutBack = "post.put_back";
    /// A post was cancelled.
    PostCancelled = "post.cancelled";
    /// A post was not sent by the time that was given for it, and will not be.
    PostExpired = "post.expired";
    /// A limit of the platform's is used up, and all posts of the account wait; the data says why and until when.
    RateLimitReached = "rate_limit.reached";
    /// Sending was stopped, for a tenant, a platform or all; the data says which, and why.
    SendingStopped = "sending.stopped";
    /// Sending goes on.
    SendingResumed = "sending.resumed";
    /// Something that this version has no name for: a newer one wrote it.
    Unknown = "unknown";
}

/// One event of the durable log, in an envelope that never changes its meaning. It refers to texts and never copies
/// them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// The version of the envelope.
    pub version: u32,
    /// Who owns it.
    pub tenant: TenantId,
    /// Its place in the log: grows, with gaps.
    pub sequence: u64,
    /// What happened.
    pub kind: EventKind,
    /// When.
    pub at: Timestamp,
    /// What ties it to the call that caused it.
    pub correlation_id: CorrelationId,
    /// The person or program behind it.
    pub actor: String,
    /// The account, if it is about one.
    pub account: Option<AccountId>,
    /// The post, if it is about one.
    pub post: Option<PostId>,
    /// The delivery, if it is about one.
    pub delivery: Option<DeliveryId>,
    /// The part, if it is about one.
    pub part: Option<PartId>,
    /// What more there is to say of this kind.
    pub data: Value,
}

/// An event that a step of a store writes; the store adds id, sequence and time.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent {
    /// What happened.
    pub kind: EventKind,
    /// The account, if it is about one.
    pub account: Option<AccountId>,
    /// The post, if it is about one.
    pub post: Option<PostId>,
    /// The delivery, if it is about one.
    pub delivery: Option<DeliveryId>,
    /// The part, if it is about one.
    pub part: Option<PartId>,
    /// What more there is to say.
    pub data: Value,
}

impl NewEvent {
    /// The envelope of the current version, around this event.
    #[must_use]
    pub fn seal(
        self,
        tenant: TenantId,
        sequence: u64,
        at: Timestamp,
        correlation_id: CorrelationId,
        actor: &str,
    ) -> Event {
        Event {
            id: EventId::new(at),
            version: 1,
            tenant,
            sequence,
            kind: self.kind,
            at,
            correlation_id,
            actor: actor.to_owned(),
            account: self.account,
            post: self.post,
            delivery: self.delivery,
            part: self.part,
            data: self.data,
        }
    }
}

/// Takes events as they happen, in this process alone and at most once: for progress on a screen. The durable log is
/// [`EventStore`](crate::EventStore).
#[async_trait]
pub trait EventSink: Send + Sync {
    /// Takes the events of one step, after it was committed. Must not fail and should not wait.
    async fn emit(&self, events: &[Event]);
}
