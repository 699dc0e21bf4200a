//! What the tests of this crate share.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part of it")]

#[cfg(all(unix, feature = "store-postgres"))]
pub mod postgres;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use xmp_core::step::NewAttempt;
use xmp_core::{
    Account, AccountStore, Attempt, Begun, ClaimRequest, Claimed, Clock, Context, Delivery, DeliveryStore,
    Due, Error, ErrorKind, ErrorRecord, Evidence, Fingerprint, IdempotencyKey, ManualClock, NewAccount,
    NewPost, PartContent, PartId, PlatformId, Post, PostId, Prepared, Priority, RemoteId, Secret, WorkerId,
};

pub fn clock() -> ManualClock {
    xmp_store::suite::clock()
}

/// Always the same one.
pub fn worker() -> WorkerId {
    "wrk_01890a5d00007000800000000000000a".parse().unwrap()
}

pub fn new_account(remote: &str) -> NewAccount {
    NewAccount {
        platform: PlatformId::X,
        app: "app".to_owned(),
        remote_id: RemoteId::new(remote),
        handle: remote.to_owned(),
        scopes: vec![],
        on_absent: None,
    }
}

pub async fn connect(store: &(impl AccountStore + ?Sized), ctx: &Context, remote: &str) -> Account {
    store.connect(ctx, new_account(remote), Secret::new("tokens")).await.unwrap()
}

/// A post of one part, due now.
pub fn new_post(ctx: &Context, now: Timestamp, key: &str, accounts: &[&Account]) -> NewPost {
    post_of(ctx, now, key, accounts, &[key], Priority::Normal, Duration::ZERO)
}

pub fn post_of(
    ctx: &Context,
    now: Timestamp,
    key: &str,
    accounts: &[&Account],
    texts: &[&str],
    priority: Priority,
    due_in: Duration,
) -> NewPost {
    let at = now.checked_add(due_in).unwrap();
    let post = Post {
        id: PostId::new(now),
        tenant: ctx.tenant().clone(),
        key: IdempotencyKey::new(key).unwrap(),
        request: Fingerprint::of(texts.iter().map(|text| text.as_bytes())),
        due: Due::at(at),
        expires: None,
        priority,
        labels: vec![],
        campaign: None,
        metadata: BTreeMap::new(),
        correlation_id: ctx.correlation_id(),
        actor: ctx.actor().to_owned(),
        created_at: now,
        gate: xmp_core::Gate::Open,
        approval: None,
        revision: 1,
        place: None,
    };
    let contents =
        || texts.iter().map(|text| PartContent { text: (*text).to_owned(), ..PartContent::default() });
    let deliveries = accounts.iter().map(|account| Delivery::new(&post, account, contents())).collect();
    NewPost { deliveries, post, media: vec![] }
}

/// Accounts named by their number, and a post of each, due now.
pub async fn fill(store: &(impl AccountStore + DeliveryStore), ctx: &Context, accounts: usize) {
    for number in 0..accounts {
        let account = connect(store, ctx, &number.to_string()).await;
        let new = new_post(ctx, clock().now(), &format!("k{number}"), &[&account]);
        store.schedule(ctx, new).await.unwrap();
    }
}

pub fn request(worker: WorkerId, limit: usize, reconcile: bool) -> ClaimRequest {
    ClaimRequest {
        worker,
        lease_for: Duration::from_secs(30),
        limit,
        reconcile,
        platforms: vec![PlatformId::X],
    }
}

pub async fn claim(store: &(impl DeliveryStore + ?Sized), limit: usize) -> Vec<Claimed> {
    store.claim(&request(worker(), limit, false)).await.unwrap()
}

pub fn new_attempt(part: PartId) -> NewAttempt {
    NewAttempt {
        part,
        prepared: Prepared { request: serde_json::json!({ "text": "t" }), evidence: Evidence::default() },
        timeout: Duration::from_secs(10),
        settle: Duration::from_secs(60),
        lease_for: Duration::from_secs(30),
    }
}

pub async fn begin(store: &(impl DeliveryStore + ?Sized), claimed: &Claimed) -> Attempt {
    let part = claimed.delivery.current().unwrap().id;
    match store.begin_attempt(&claimed.lease, new_attempt(part)).await.unwrap() {
        Begun::Attempt(attempt) => *attempt,
        other => panic!("{other:?}"),
    }
}

pub fn failure() -> ErrorRecord {
    ErrorRecord::from(&Error::new(ErrorKind::Network, "test.network", "it broke"))
}
