//! A post, on its way: the records that stores keep.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::state::{DeliveryState, PartState};
use crate::{
    Account, AccountId, Approval, AttemptId, Certainty, Checkpoint, CorrelationId, DeliveryId, Due, Error,
    ErrorKind, Fingerprint, Gate, IdempotencyKey, PartContent, PartId, PlanId, PlanPlace, PlatformId, PostId,
    Prepared, RemoteId, Result, Retry, TenantId, WorkerId,
};

/// Who goes first among what is due: [`head_start`](Self::head_start) says by how much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// After the others.
    Low,
    /// In order.
    #[default]
    Normal,
    /// Before the others.
    High,
    /// First.
    Urgent,
}

impl Priority {
    /// Every priority, the highest first.
    pub const ALL: [Self; 4] = [Self::Urgent, Self::High, Self::Normal, Self::Low];

    /// How much earlier than it is due a post stands in the queue: a high one goes before normal ones that have waited up
    /// to an hour longer, and after those that have waited more. So nothing starves.
    #[must_use]
    pub const fn head_start(self) -> Duration {
        Duration::from_secs(match self {
            Self::Low => 0,
            Self::Normal => 3600,
            Self::High => 2 * 3600,
            Self::Urgent => 24 * 3600,
        })
    }

    /// The place in the queue of what is due at `run_at`: the earliest is taken first.
    #[must_use]
    pub fn turn(self, run_at: Timestamp) -> Timestamp {
        run_at.saturating_sub(self.head_start()).unwrap_or(Timestamp::MIN)
    }
}

/// What the caller scheduled in one call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Post {
    /// Its id.
    pub id: PostId,
    /// Who owns it.
    pub tenant: TenantId,
    /// The caller's name for the call.
    pub key: IdempotencyKey,
    /// What the call asked for: tells a repeated call from another one with the same key.
    pub request: Fingerprint,
    /// When it is due.
    pub due: Due,
    /// From when on it is not sent any more.
    #[serde(default)]
    pub expires: Option<Due>,
    /// Who goes first.
    pub priority: Priority,
    /// The caller's labels.
    pub labels: Vec<String>,
    /// The caller's campaign.
    pub campaign: Option<String>,
    /// The caller's own data.
    pub metadata: BTreeMap<String, String>,
    /// Ties together everything that happens to it.
    pub correlation_id: CorrelationId,
    /// Who scheduled it.
    pub actor: String,
    /// When it was scheduled.
    pub created_at: Timestamp,
    /// Whether it may go out, as far as people are concerned.
    #[serde(default)]
    pub gate: Gate,
    /// Who let it go out, where somebody had to.
    #[serde(default)]
    pub approval: Option<Approval>,
    /// Grows with every edit, from 1.
    #[serde(default = "first_revision")]
    pub revision: u64,
    /// The series or queue that it comes from, and its place there.
    #[serde(default)]
    pub place: Option<PlanPlace>,
}

const fn first_revision() -> u64 {
    1
}

impl Post {
    /// Whether a call under this post's key asked for the same: then it is a repetition, and gets this post.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`] if it asked for something else.
    pub fn repeated_by(&self, request: Fingerprint) -> Result<()> {
        if self.request == request {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Conflict,
            "idempotency_key.reused",
            format!("the key {:?} was used before, for {} with other content", self.key.as_str(), self.id),
        )
        .hint("use a new key for a new post, or the same content to get the first result again"))
    }
}

/// A post with all that became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PostView {
    /// The post.
    pub post: Post,
    /// Its way to each account.
    pub deliveries: Vec<Delivery>,
}

/// What holds a lease, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LeaseRecord {
    /// The worker.
    pub worker: WorkerId,
    /// Until then nobody else may touch it.
    pub until: Timestamp,
}

/// A worker's claim on a delivery: what it shows at every step. A store refuses a step whose fence is not the
/// delivery's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Who owns the delivery.
    pub tenant: TenantId,
    /// The delivery.
    pub delivery: DeliveryId,
    /// The worker.
    pub worker: WorkerId,
    /// Grows with every claim.
    pub fence: u64,
}

/// One post on its way to one account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// Who owns it.
    pub tenant: TenantId,
    /// The post.
    pub post: PostId,
    /// Where it goes.
    pub account: AccountId,
    /// The account's platform.
    pub platform: PlatformId,
    /// Derived from its parts.
    pub state: DeliveryState,
    /// Who goes first.
    pub priority: Priority,
    /// When it was to be published.
    pub due_at: Timestamp,
    /// From when on it is not sent any more.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    /// When a worker looks at it next; `None` if nothing is left for a worker to do.
    pub run_at: Option<Timestamp>,
    /// Why it waits, where it is not for its time.
    pub waiting: Option<String>,
    /// Who works on it.
    pub lease: Option<LeaseRecord>,
    /// Grows with every claim, and with every step that a person takes.
    pub fence: u64,
    /// The queue of slots that it stands in.
    #[serde(default)]
    pub queue: Option<PlanId>,
    /// Its visible pieces, in order.
    pub parts: Vec<Part>,
}

impl Delivery {
    /// A post on its way to an account, of which nothing was attempted yet.
    #[must_use]
    pub fn new(post: &Post, account: &Account, contents: impl IntoIterator<Item = PartContent>) -> Self {
        Self::to(post, account.id, account.platform, contents)
    }

    /// A post on its way to an account of a platform, of which nothing was attempted yet.
    #[must_use]
    pub fn to(
        post: &Post,
        account: AccountId,
        platform: PlatformId,
        contents: impl IntoIterator<Item = PartContent>,
    ) -> Self {
        let parts = contents.into_iter().zip(0..);
        Self {
            id: DeliveryId::new(post.created_at),
            tenant: post.tenant.clone(),
            post: post.id,
            account,
            platform,
            state: DeliveryState::Scheduled,
            priority: post.priority,
            due_at: post.due.at,
            expires_at: post.expires.as_ref().map(|expires| expires.at),
            run_at: post.gate.is_open().then_some(post.due.at),
            waiting: post.gate.waits_for().map(ToOwned::to_owned),
            lease: None,
            fence: 0,
            queue: post.place.as_ref().filter(|place| place.in_queue).map(|place| place.plan),
            parts: parts.map(|(content, index)| Part::new(index, content, post.created_at)).collect(),
        }
    }

    /// The part that is worked on next: the first that is not final.
    #[must_use]
    pub fn current(&self) -> Option<&Part> {
        self.parts.iter().find(|part| !part.state.is_final())
    }

    /// Whether its time is over at `now`.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }

    /// When it last asked its platform to make something visible, unless that surely had no effect: what
    /// [`Spacing`](crate::Spacing) counts.
    #[must_use]
    pub fn sent_at(&self) -> Option<Timestamp> {
        let attempts = self.parts.iter().filter_map(|part| part.attempt.as_ref());
        let sent = attempts.filter_map(|attempt| match attempt.outcome {
            // One before it was looked for and not seen, and may be live all the same.
            Some(Certainty::NotSent | Certainty::Rejected) => {
                (attempt.since < attempt.began_at).then_some(attempt.since)
            }
            _ => Some(attempt.began_at),
        });
        sent.max()
    }
}

/// One visible piece of a delivery.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Part {
    /// Its id.
    pub id: PartId,
    /// Its place, from 0.
    pub index: u32,
    /// What it says.
    pub content: PartContent,
    /// Equal for equal contents.
    pub fingerprint: Fingerprint,
    /// Where it stands.
    pub state: PartState,
    /// Attempts that counted: snoozes don't.
    pub attempts: u32,
    /// Looks at the platform since the current attempt became unconfirmed.
    pub looks: u32,
    /// Where it is live.
    pub published: Option<PublishedRef>,
    /// What went wrong last.
    pub error: Option<ErrorRecord>,
    /// What its preparation reached.
    pub checkpoints: Vec<Checkpoint>,
    /// The attempt that was made last.
    pub attempt: Option<Attempt>,
}

impl Part {
    /// A part that waits to be attempted.
    #[must_use]
    pub fn new(index: u32, content: PartContent, now: Timestamp) -> Self {
        Self {
            id: PartId::new(now),
            index,
            fingerprint: content.fingerprint(),
            content,
            state: PartState::Waiting,
            attempts: 0,
            looks: 0,
            published: None,
            error: None,
            checkpoints: Vec::new(),
            attempt: None,
        }
    }
}

/// Where something is live.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PublishedRef {
    /// The platform's id of it.
    pub remote_id: RemoteId,
    /// Where it can be seen.
    pub url: Option<String>,
    /// When it became live, by the platform's clock where it tells.
    pub at: Option<Timestamp>,
}

/// One attempt to make one part visible: the intent, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Attempt {
    /// Its id.
    pub id: AttemptId,
    /// Counts the part's attempts, from 1.
    pub number: u32,
    /// The fence of the lease that it was made under.
    pub fence: u64,
    /// When the intent was committed.
    pub began_at: Timestamp,
    /// When the first attempt of this part began whose effect was never disproved: `began_at`, unless an earlier
    /// attempt was only observed to be absent. Nothing before this can be ours.
    pub since: Timestamp,
    /// Its last byte did not leave after this.
    pub deadline: Timestamp,
    /// Nobody asks the platform before this: the deadline and the settle window.
    pub confirm_after: Timestamp,
    /// What was to be sent.
    pub prepared: Prepared,
    /// What is known of it; `None` while it is in flight.
    pub outcome: Option<Certainty>,
}

impl Attempt {
    /// Whether this attempt, or one before it, may be live: what was only looked for and not seen is not disproved.
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        self.outcome == Some(Certainty::MaybeSent) || self.since < self.began_at
    }

    /// How long after its deadline its effect may still appear.
    #[must_use]
    pub fn settle(&self) -> Duration {
        Duration::try_from(self.confirm_after.duration_since(self.deadline)).unwrap_or_default()
    }
}

/// What is kept of an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ErrorRecord {
    /// What went wrong.
    pub kind: ErrorKind,
    /// The case within the kind.
    pub code: String,
    /// What was wrong, with which value, and what to do.
    pub message: String,
    /// Whether and when to try again.
    pub retry: Retry,
    /// What was certain.
    pub certainty: Option<Certainty>,
    /// The platform's id of the request.
    pub request_id: Option<String>,
    /// Groups equal errors.
    pub fingerprint: String,
}

impl From<&Error> for ErrorRecord {
    fn from(error: &Error) -> Self {
        Self {
            kind: error.kind(),
            code: error.code().to_owned(),
            message: error.to_string(),
            retry: error.retry(),
            certainty: error.certainty(),
            request_id: error.request_id().map(ToOwned::to_owned),
            fingerprint: error.fingerprint(),
        }
    }
}
