//! The contracts of storage: whole steps, each atomic with its events. Nothing here is CRUD for others to combine.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::step::{NewAttempt, Resolution, Verdict};
use crate::{
    Account, AccountId, AccountState, Attempt, CalendarEntry, CalendarQuery, Checkpoint, ConsumerStore,
    Context, CorrelationId, Delivery, DeliveryId, Due, Event, Fingerprint, Gate, IdempotencyKey,
    InsightStore, Lease, LimitStore, MediaUpload, MetricSample, NewAccount, PartId, PlanPlace, PlanStore,
    PlatformId, Post, PostEdit, PostFilter, PostId, PostView, RemoteId, RequestStore, Result, Revision,
    Secret, SendingStop, Spacing, StateCount, StopScope, TenantId, WorkerId,
};

/// Everything that xmp keeps. Cheap to share; every method takes its tenant from the context or the lease.
///
/// A store has its own clock: times that it writes are that clock's, and what its callers give are durations from
/// now, except for the moments that people ask for.
#[async_trait]
pub trait Store:
    AccountStore
    + SecretStore
    + DeliveryStore
    + PlanStore
    + LimitStore
    + RequestStore
    + MediaStore
    + MetricStore
    + EventStore
    + ConsumerStore
    + InsightStore
{
    /// What it is, for logs: `memory`, `sqlite`. No paths, no credentials.
    fn name(&self) -> &'static str;

    /// Gives back what it has open, and ends when that is done. Calls afterwards fail with
    /// [`Storage`](crate::ErrorKind::Storage), where there was something to give back.
    async fn close(&self);
}

/// Keeps accounts.
#[async_trait]
pub trait AccountStore: Send + Sync {
    /// Keeps a connected account and its tokens in one step. An account that was there before (same platform, app
    /// and remote id) keeps its id and history and becomes active.
    async fn connect(&self, ctx: &Context, account: NewAccount, tokens: Secret) -> Result<Account>;

    /// One account. [`NotFound`](crate::ErrorKind::NotFound) if this tenant has none of that id.
    async fn account(&self, ctx: &Context, id: AccountId) -> Result<Account>;

    /// All accounts of the tenant, oldest first.
    async fn accounts(&self, ctx: &Context) -> Result<Vec<Account>>;

    /// Spaces an account's posts in another way, from the next claim on. The rule makes sense: see [`Spacing::check`].
    async fn set_spacing(&self, ctx: &Context, id: AccountId, spacing: Spacing) -> Result<Account>;

    /// Changes whether posts may go out; `why` is for the event. Setting the same state again changes nothing. Once an account
    /// is not active and this has returned, no attempt is begun on it.
    async fn set_account_state(
        &self,
        ctx: &Context,
        id: AccountId,
        state: AccountState,
        why: &str,
    ) -> Result<Account>;

    /// Says that an account's owner has to connect it again, if its tokens are still those of `version` (see
    /// [`StoredSecret`]). Tells whether they were: an owner who has just connected it again is not overruled.
    async fn needs_consent(&self, ctx: &Context, id: AccountId, version: u64, why: &str) -> Result<bool>;

    /// Keeps a consent that is on its way.
    async fn put_consent(&self, ctx: &Context, consent: PendingConsent) -> Result<()>;

    /// Takes a consent out, for good: it is single use. `None` if there is none of that state, if it has expired, or
    /// if it was begun by another tenant.
    async fn take_consent(&self, ctx: &Context, state: &Secret) -> Result<Option<PendingConsent>>;
}

/// A consent between its two halves.
#[derive(Clone, Debug)]
pub struct PendingConsent {
    /// What the owner brings back. Stores keep a digest of it.
    pub state: Secret,
    /// The PKCE verifier. Stores seal it.
    pub verifier: Secret,
    /// The platform.
    pub platform: PlatformId,
    /// The app that it was begun for.
    pub app: String,
    /// Where the owner is sent back to.
    pub redirect_uri: String,
    /// How long it is good for, from now.
    pub expires_in: Duration,
}

/// Names a secret. A secret is sealed under this name: its bytes under another name don't open.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SecretKey {
    /// The account that it belongs to.
    pub account: AccountId,
    /// What it is: `oauth2`.
    pub field: &'static str,
}

impl SecretKey {
    /// The field of an account's tokens.
    pub const TOKENS: &'static str = "oauth2";

    /// The name of an account's tokens.
    #[must_use]
    pub fn tokens(account: AccountId) -> Self {
        Self { account, field: Self::TOKENS }
    }
}

/// A secret with its version, for compare-and-set.
#[derive(Clone, Debug)]
pub struct StoredSecret {
    /// The secret itself.
    pub value: Secret,
    /// Grows with every change.
    pub version: u64,
}

/// What came of asking to refresh an account's tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshLease {
    /// This process may ask the platform, and nobody else does until it ends or the lease runs out.
    Granted,
    /// Somebody else is asking, at most for this long.
    Busy(Duration),
    /// Somebody asked and died in between: the refresh token may be spent, and nobody has what it bought.
    Abandoned,
}

/// Who asks to refresh an account's tokens.
#[derive(Clone, Copy, Debug)]
pub struct RefreshAsk {
    /// The process.
    pub worker: WorkerId,
    /// For how long at most.
    pub hold: Duration,
    /// Whether an abandoned refresh is simply made again: where the platform lets a refresh be repeated.
    pub over_abandoned: bool,
}

/// Keeps secrets, sealed.
#[async_trait]
pub trait SecretStore: Send + Sync {
    /// A secret, opened. `None` if there is none.
    async fn secret(&self, ctx: &Context, key: &SecretKey) -> Result<Option<StoredSecret>>;

    /// Replaces a secret if its version is still `expected` (0: there is none yet), and gives the new version.
    /// [`Conflict`](crate::ErrorKind::Conflict) if it is not.
    async fn put_secret(&self, ctx: &Context, key: &SecretKey, value: Secret, expected: u64) -> Result<u64>;

    /// Asks to be the only one who refreshes an account's tokens.
    async fn begin_refresh(&self, ctx: &Context, account: AccountId, ask: RefreshAsk)
    -> Result<RefreshLease>;

    /// Gives that right back. Does nothing if somebody else has it.
    async fn end_refresh(&self, ctx: &Context, account: AccountId, worker: WorkerId) -> Result<()>;
}

/// A post on its way into the store: everything is checked already.
#[derive(Clone, Debug)]
pub struct NewPost {
    /// The post.
    pub post: Post,
    /// One delivery for each account.
    pub deliveries: Vec<Delivery>,
    /// The media of all parts.
    pub media: Vec<MediaUpload>,
}

impl NewPost {
    /// Gives it another time, and a place in a plan.
    pub fn put(&mut self, due: Due, place: PlanPlace) {
        for delivery in &mut self.deliveries {
            delivery.due_at = due.at;
            delivery.run_at = delivery.run_at.and(Some(due.at));
            delivery.queue = place.in_queue.then_some(place.plan);
        }
        self.post.due = due;
        self.post.place = Some(place);
    }
}

/// What came of scheduling.
#[derive(Clone, Debug)]
pub struct Scheduled {
    /// The post, as it is now.
    pub view: PostView,
    /// Whether the same call was made before: nothing new was stored.
    pub replayed: bool,
}

/// What a worker asks for.
#[derive(Clone, Debug)]
pub struct ClaimRequest {
    /// The worker.
    pub worker: WorkerId,
    /// How long it wants to hold what it gets.
    pub lease_for: Duration,
    /// At most so many.
    pub limit: usize,
    /// Deliveries to publish, or (true) to ask the platform about.
    pub reconcile: bool,
    /// The platforms that this worker can speak to.
    pub platforms: Vec<PlatformId>,
}

/// What a worker got.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// What it shows at every step.
    pub lease: Lease,
    /// The delivery.
    pub delivery: Delivery,
    /// The account that it goes to.
    pub account: Account,
    /// What ties it to the call that scheduled it.
    pub correlation_id: CorrelationId,
}

/// What came of asking to commit an intent.
#[derive(Clone, Debug)]
pub enum Begun {
    /// The intent is committed.
    Attempt(Box<Attempt>),
    /// Equal content of the same account may be live and unknown: wait until it is resolved.
    EqualUnresolved(DeliveryId),
    /// Its time is over.
    Expired,
    /// Sending is stopped.
    Stopped(SendingStop),
    /// Its account has been paused since it was claimed, or something else keeps it from posting.
    NotActive(AccountState),
}

/// Keeps posts and their deliveries.
#[async_trait]
pub trait DeliveryStore: Send + Sync {
    /// Keeps a post with its deliveries, parts, media and events in one step. The same key and request give what is
    /// there already; the same key and another request are a [`Conflict`](crate::ErrorKind::Conflict).
    async fn schedule(&self, ctx: &Context, new: NewPost) -> Result<Scheduled>;

    /// Keeps many posts in one step: all of them, or none if there is an error with any.
    async fn schedule_all(&self, ctx: &Context, new: Vec<NewPost>) -> Result<Vec<Scheduled>>;

    /// One post. [`NotFound`](crate::ErrorKind::NotFound) if this tenant has none of that id.
    async fn post(&self, ctx: &Context, id: PostId) -> Result<PostView>;

    /// The post that was scheduled under a key.
    async fn post_by_key(&self, ctx: &Context, key: &IdempotencyKey) -> Result<Option<PostView>>;

    /// The posts that were scheduled under any of these keys, in any order.
    async fn posts_by_keys(&self, ctx: &Context, keys: &[IdempotencyKey]) -> Result<Vec<Post>>;

    /// Posts, oldest first.
    async fn posts(&self, ctx: &Context, filter: &PostFilter) -> Result<Vec<PostView>>;

    /// How many deliveries of the posts that a filter means are in which state; only those deliveries that fit.
    async fn count(&self, ctx: &Context, filter: &PostFilter) -> Result<Vec<StateCount>>;

    /// The deliveries that are due within a time, by when they are due; `local` is left empty.
    async fn calendar(&self, ctx: &Context, query: &CalendarQuery) -> Result<Vec<CalendarEntry>>;

    /// Changes a post that waits, on all accounts or on none, and keeps what it was: see [`step::edit`](crate::step::edit).
    /// [`Conflict`](crate::ErrorKind::Conflict) with the code `post.revision` if its revision is not `expected` any more.
    async fn edit(&self, ctx: &Context, id: PostId, expected: u64, edit: PostEdit) -> Result<PostView>;

    /// Opens or closes the gate in front of a post, on all accounts or on none: see [`step::set_gate`](crate::step::set_gate). An open
    /// gate is an approval by the call's actor. [`Conflict`](crate::ErrorKind::Conflict) with the code `post.revision` if the post is not
    /// the one that was looked at. Setting the same gate again changes nothing.
    async fn set_gate(
        &self,
        ctx: &Context,
        id: PostId,
        expected: u64,
        gate: Gate,
        note: Option<&str>,
    ) -> Result<PostView>;

    /// What a post was before its edits, oldest first.
    async fn revisions(&self, ctx: &Context, id: PostId) -> Result<Vec<Revision>>;

    /// Waiting posts of all tenants whose local times were resolved by an older time-zone database than this version of
    /// it, at most so many.
    async fn zoned_before(&self, tzdb: &str, limit: usize) -> Result<Vec<(TenantId, PostId, Due)>>;

    /// Cancels all deliveries of a post, or none: see [`step::cancel`](crate::step::cancel).
    async fn cancel(&self, ctx: &Context, id: PostId) -> Result<PostView>;

    /// Gives all deliveries of a post another time, or none: see [`step::reschedule`](crate::step::reschedule).
    async fn reschedule(&self, ctx: &Context, id: PostId, due: Due) -> Result<PostView>;

    /// Puts a dead letter back: see [`step::put_back`](crate::step::put_back).
    async fn put_back(&self, ctx: &Context, id: DeliveryId) -> Result<Delivery>;

    /// Decides what a held part was: see [`step::resolve`](crate::step::resolve). [`Conflict`](crate::ErrorKind::Conflict)
    /// if the post that it is said to be belongs to another delivery.
    async fn resolve(&self, ctx: &Context, id: DeliveryId, resolution: Resolution) -> Result<Delivery>;

    /// Frees lapsed leases ([`step::recover`](crate::step::recover)) and takes what is due, of all tenants, by its
    /// [turn](crate::Priority::turn): at most one delivery of an account, none of an account on which another lease is live. To publish, also
    /// none of an account that is not active, is blocked or has to wait for its spacing ([`step::pace`](crate::step::pace)), and none that is
    /// stopped; and what was not sent in time is ended ([`step::expire`](crate::step::expire)).
    async fn claim(&self, request: &ClaimRequest) -> Result<Vec<Claimed>>;

    /// How long until something is due or a lease lapses; `None` if nothing waits. Zero if it is due already.
    async fn next_due(&self, platforms: &[PlatformId]) -> Result<Option<Duration>>;

    /// Ends when somebody has told that there is earlier work than [`next_due`](Self::next_due) knew; never, where the
    /// store can't tell. A worker that is not woken finds it at its next poll.
    async fn woken(&self);

    /// Asks for more time: see [`step::renew`](crate::step::renew).
    async fn renew(&self, lease: &Lease, lease_for: Duration) -> Result<()>;

    /// Keeps what a preparation reached: see [`step::checkpoint`](crate::step::checkpoint).
    async fn checkpoint(&self, lease: &Lease, part: PartId, checkpoint: Checkpoint) -> Result<()>;

    /// Commits the intent: see [`step::begin`](crate::step::begin). Not while equal content of the same account is
    /// unresolved, nor when its time is over, nor while sending is stopped or its account is not active.
    async fn begin_attempt(&self, lease: &Lease, new: NewAttempt) -> Result<Begun>;

    /// Writes down what was decided: see [`step::conclude`](crate::step::conclude).
    /// [`Conflict`](crate::ErrorKind::Conflict) with the code `remote_id.taken` if the post that was found belongs to
    /// another delivery. Gives the delivery as it is now, and the events that were written.
    async fn conclude(&self, lease: &Lease, part: PartId, verdict: Verdict)
    -> Result<(Delivery, Vec<Event>)>;

    /// The remote ids of an account's posts that became live since a moment: none of them is ever another
    /// delivery's.
    async fn remote_ids(
        &self,
        tenant: &TenantId,
        account: AccountId,
        since: Timestamp,
    ) -> Result<Vec<RemoteId>>;

    /// Stops sending until it is [resumed](Self::resume_sending): workers take nothing that the scope covers, and begin no attempt. What
    /// is on its way stays so, and is asked about. Stopping what is stopped changes nothing.
    async fn stop_sending(&self, ctx: &Context, scope: StopScope, why: &str) -> Result<SendingStop>;

    /// Lifts a stop. Tells whether there was one.
    async fn resume_sending(&self, ctx: &Context, scope: StopScope) -> Result<bool>;

    /// The stops that are in force, of all tenants, by their scope.
    async fn stops(&self) -> Result<Vec<SendingStop>>;

    /// Forgets posts, at most so many, that are final on all accounts since `keep_for` or longer, with their deliveries,
    /// attempts, and keys: the same key then schedules anew. Events stay. Tells how many it forgot.
    async fn prune(&self, keep_for: Duration, at_most: usize) -> Result<usize>;
}

/// Keeps media by its hash.
#[async_trait]
pub trait MediaStore: Send + Sync {
    /// The bytes of a piece of media. [`NotFound`](crate::ErrorKind::NotFound) if this tenant has none of that hash.
    async fn media(&self, tenant: &TenantId, hash: Fingerprint) -> Result<bytes::Bytes>;
}

/// Keeps numbers.
#[async_trait]
pub trait MetricStore: Send + Sync {
    /// Keeps samples.
    async fn record_metrics(&self, ctx: &Context, samples: &[MetricSample]) -> Result<()>;

    /// The samples of one post, oldest first.
    async fn metrics(&self, ctx: &Context, account: AccountId, post: &RemoteId) -> Result<Vec<MetricSample>>;
}

/// The durable log. It is the audit log too: every event names its actor. What is forgotten of it, and when, the program
/// says: [`ConsumerStore::prune_events`].
#[async_trait]
pub trait EventStore: Send + Sync {
    /// Events of the tenant after a place in the log, in order, at most `limit`.
    async fn events(&self, ctx: &Context, after: u64, limit: usize) -> Result<Vec<Event>>;
}
