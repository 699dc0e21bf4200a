//! What the tests do over and over.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use xmp_core::step::{NewAttempt, Verdict, Waits};
use xmp_core::{
    Account, Attempt, Begun, ClaimRequest, Claimed, Clock, Context, Delivery, DeliveryId, Due, Error,
    ErrorKind, ErrorRecord, Event, EventKind, Evidence, Fingerprint, Gate, IdempotencyKey, Lease,
    ManualClock, MediaUpload, NewAccount, NewPost, Part, PartContent, PartId, PlatformId, Post, PostId,
    PostView, Prepared, Priority, PublishedRef, RemoteId, Result, Scheduled, Secret, Store, StoredMedia,
    TenantId, WorkerId,
};

pub(super) const SECOND: Duration = Duration::from_secs(1);
pub(super) const MINUTE: Duration = Duration::from_secs(60);
pub(super) const HOUR: Duration = Duration::from_secs(3600);
/// How long the tests hold a lease.
pub(super) const LEASE: Duration = Duration::from_secs(30);
/// How long a visible request of the tests may take.
pub(super) const TIMEOUT: Duration = Duration::from_secs(10);
/// How long after that its effect may appear.
pub(super) const SETTLE: Duration = Duration::from_secs(60);

/// A store, its clock, and who asks.
pub(super) struct World<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) clock: &'a ManualClock,
    pub(super) ctx: Context,
    pub(super) worker: WorkerId,
}

/// What is to be scheduled.
#[derive(Clone)]
pub(super) struct Plan {
    pub(super) key: String,
    pub(super) texts: Vec<String>,
    pub(super) due_in: Duration,
    pub(super) expires_in: Option<Duration>,
    pub(super) priority: Priority,
    pub(super) media: Option<Bytes>,
}

/// One text, due at once.
pub(super) fn plan(key: &str) -> Plan {
    Plan {
        key: key.to_owned(),
        texts: vec![format!("text of {key}")],
        due_in: Duration::ZERO,
        expires_in: None,
        priority: Priority::Normal,
        media: None,
    }
}

impl Plan {
    pub(super) fn texts(mut self, texts: &[&str]) -> Self {
        self.texts = texts.iter().map(|text| (*text).to_owned()).collect();
        self
    }

    pub(super) fn due_in(mut self, due_in: Duration) -> Self {
        self.due_in = due_in;
        self
    }

    pub(super) fn expires_in(mut self, expires_in: Duration) -> Self {
        self.expires_in = Some(expires_in);
        self
    }

    pub(super) fn priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }
}

impl<'a> World<'a> {
    pub(super) fn new(store: &'a dyn Store, clock: &'a ManualClock) -> Self {
        let worker = WorkerId::new(clock.now());
        Self { store, clock, ctx: Context::default().by("ada"), worker }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The same store, asked by another tenant.
    pub(super) fn stranger(&self) -> World<'a> {
        let ctx = Context::new(TenantId::new("stranger").unwrap());
        World { ctx, worker: WorkerId::new(self.now()), ..*self }
    }

    /// The same store, with another worker.
    pub(super) fn other_worker(&self) -> World<'a> {
        World { ctx: self.ctx.clone(), worker: WorkerId::new(self.now()), ..*self }
    }

    pub(super) fn new_account(&self, remote: &str) -> NewAccount {
        NewAccount {
            platform: PlatformId::X,
            app: "app".to_owned(),
            remote_id: RemoteId::new(remote),
            handle: format!("handle_{remote}"),
            scopes: vec!["write".to_owned(), "read".to_owned()],
            on_absent: None,
        }
    }

    pub(super) async fn account(&self, remote: &str) -> Account {
        self.store.connect(&self.ctx, self.new_account(remote), Secret::new("tokens")).await.unwrap()
    }

    /// A post as the engine hands it to the store.
    pub(super) fn new_post(&self, plan: &Plan, accounts: &[&Account]) -> NewPost {
        let now = self.now();
        let at = now.checked_add(plan.due_in).unwrap();
        let media: Vec<MediaUpload> = plan.media.iter().map(|bytes| upload(bytes.clone())).collect();
        let texts = plan.texts.iter().map(String::as_bytes);
        let post = Post {
            id: PostId::new(now),
            tenant: self.ctx.tenant().clone(),
            key: IdempotencyKey::new(plan.key.clone()).unwrap(),
            request: Fingerprint::of(texts),
            due: Due::at(at),
            expires: plan.expires_in.map(|end| {
                let at = now.checked_add(end).unwrap();
                Due::at(at)
            }),
            priority: plan.priority,
            labels: vec!["label".to_owned()],
            campaign: Some("campaign".to_owned()),
            metadata: BTreeMap::from([("order".to_owned(), "7".to_owned())]),
            correlation_id: self.ctx.correlation_id(),
            actor: self.ctx.actor().to_owned(),
            created_at: now,
            gate: Gate::Open,
            approval: None,
            revision: 1,
            place: None,
        };
        let deliveries = accounts.iter().map(|account| delivery(&post, account, plan, &media)).collect();
        NewPost { post, deliveries, media }
    }

    pub(super) async fn try_schedule(&self, plan: &Plan, accounts: &[&Account]) -> Result<Scheduled> {
        self.store.schedule(&self.ctx, self.new_post(plan, accounts)).await
    }

    pub(super) async fn schedule(&self, plan: Plan, accounts: &[&Account]) -> PostView {
        let scheduled = self.try_schedule(&plan, accounts).await.unwrap();
        assert!(!scheduled.replayed);
        scheduled.view
    }

    pub(super) fn request(&self, limit: usize, reconcile: bool) -> ClaimRequest {
        ClaimRequest {
            worker: self.worker,
            lease_for: LEASE,
            limit,
            reconcile,
            platforms: vec![PlatformId::X],
        }
    }

    pub(super) async fn claim(&self, limit: usize) -> Vec<Claimed> {
        self.store.claim(&self.request(limit, false)).await.unwrap()
    }

    pub(super) async fn claim_one(&self) -> Claimed {
        let mut claimed = self.claim(1).await;
        assert_eq!(claimed.len(), 1, "something is due");
        claimed.remove(0)
    }

    pub(super) async fn claim_unconfirmed(&self) -> Claimed {
        let mut claimed = self.store.claim(&self.request(1, true)).await.unwrap();
        assert_eq!(claimed.len(), 1, "something is to be reconciled");
        claimed.remove(0)
    }

    pub(super) async fn try_begin(&self, lease: &Lease, part: PartId) -> Result<Begun> {
        self.store.begin_attempt(lease, new_attempt(part)).await
    }

    pub(super) async fn begin(&self, claimed: &Claimed) -> Attempt {
        match self.try_begin(&claimed.lease, current(&claimed.delivery).id).await.unwrap() {
            Begun::Attempt(attempt) => *attempt,
            other => panic!("{other:?}"),
        }
    }

    /// Concludes on the part that was current when it was claimed.
    pub(super) async fn conclude(&self, claimed: &Claimed, verdict: Verdict) -> (Delivery, Vec<Event>) {
        let part = current(&claimed.delivery).id;
        self.store.conclude(&claimed.lease, part, verdict).await.unwrap()
    }

    /// Schedules one post, claims it and commits the intent.
    pub(super) async fn sending(&self, key: &str, account: &Account) -> Claimed {
        self.schedule(plan(key), &[account]).await;
        let claimed = self.claim_one().await;
        self.begin(&claimed).await;
        claimed
    }

    /// A post whose attempt may have been sent.
    pub(super) async fn unconfirmed(&self, key: &str, account: &Account) -> Delivery {
        let claimed = self.sending(key, account).await;
        self.conclude(&claimed, Verdict::Unconfirmed { error: failure() }).await.0
    }

    /// A post that waits for a person.
    pub(super) async fn held(&self, plan: Plan, account: &Account) -> Delivery {
        self.schedule(plan, &[account]).await;
        let claimed = self.claim_one().await;
        self.begin(&claimed).await;
        self.conclude(&claimed, Verdict::Unconfirmed { error: failure() }).await;
        self.clock.advance(TIMEOUT + SETTLE);
        let claimed = self.claim_unconfirmed().await;
        let verdict = Verdict::Hold { why: "two could be it".to_owned(), candidates: vec![] };
        self.conclude(&claimed, verdict).await.0
    }

    pub(super) async fn delivery(&self, post: PostId, id: DeliveryId) -> Delivery {
        let view = self.store.post(&self.ctx, post).await.unwrap();
        view.deliveries.into_iter().find(|delivery| delivery.id == id).unwrap()
    }

    pub(super) async fn events(&self) -> Vec<Event> {
        self.store.events(&self.ctx, 0, 10_000).await.unwrap()
    }

    pub(super) async fn kinds(&self) -> Vec<EventKind> {
        self.events().await.into_iter().map(|event| event.kind).collect()
    }
}

fn delivery(post: &Post, account: &Account, plan: &Plan, media: &[MediaUpload]) -> Delivery {
    let contents = plan.texts.iter().zip([media].into_iter().chain(std::iter::repeat(&[][..])));
    let contents = contents.map(|(text, media)| PartContent {
        text: text.clone(),
        media: media.iter().map(|upload| upload.stored.clone()).collect(),
        ..PartContent::default()
    });
    Delivery::new(post, account, contents)
}

pub(super) fn upload(bytes: Bytes) -> MediaUpload {
    let stored = StoredMedia {
        hash: Fingerprint::of([bytes.as_ref()]),
        mime: "image/png".to_owned(),
        kind: xmp_core::media::MediaKind::Image,
        size: bytes.len() as u64,
        alt: Some("a picture".to_owned()),
        focus: None,
        width: Some(2),
        height: Some(1),
    };
    MediaUpload { stored, bytes }
}

pub(super) fn new_attempt(part: PartId) -> NewAttempt {
    NewAttempt {
        part,
        prepared: Prepared {
            request: serde_json::json!({ "text": "hello" }),
            evidence: Evidence { text: "hello".to_owned(), ..Evidence::default() },
        },
        timeout: TIMEOUT,
        settle: SETTLE,
        lease_for: LEASE,
    }
}

/// The part that a worker would look at.
pub(super) fn current(delivery: &Delivery) -> &Part {
    delivery.current().expect("a part that is not final")
}

pub(super) fn published(remote: &str) -> PublishedRef {
    PublishedRef {
        remote_id: RemoteId::new(remote),
        url: Some(format!("https://x.example/{remote}")),
        at: None,
    }
}

pub(super) fn live(remote: &str) -> Verdict {
    Verdict::Published(published(remote))
}

pub(super) fn failure() -> ErrorRecord {
    ErrorRecord::from(&Error::new(ErrorKind::Timeout, "test.no_answer", "no answer"))
}

pub(super) fn snooze(after: Duration, whole_account: bool) -> Verdict {
    let waits = if whole_account { Waits::Limit } else { Waits::Post };
    Verdict::Snooze { why: "its window is used up".to_owned(), after, waits }
}

/// Checks what an error is.
#[track_caller]
pub(super) fn refused<T: std::fmt::Debug>(result: Result<T>, kind: ErrorKind, code: &str) {
    let error = result.expect_err("this is refused");
    assert_eq!((error.kind(), error.code()), (kind, code), "{error}");
}

#[track_caller]
pub(super) fn absent<T: std::fmt::Debug>(result: Result<T>) {
    let error = result.expect_err("this is not there");
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
}

#[track_caller]
pub(super) fn lease_lost<T: std::fmt::Debug>(result: Result<T>) {
    let error = result.expect_err("the lease is lost");
    assert_eq!(error.kind(), ErrorKind::LeaseLost, "{error}");
}
