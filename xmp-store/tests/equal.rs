//! Whatever is done, the stores answer alike and show the same.
#![cfg(any(feature = "store-sqlite", all(unix, feature = "store-postgres")))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test tells by a panic")]

mod common;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use common::{clock, post_of, request};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use xmp_core::step::{Resolution, Verdict, Waits};
use xmp_core::{
    Absence, Account, AccountState, Begun, Checkpoint, Claimed, Clock, Context, Due, Lease, ManualClock,
    NewPost, PartId, PlatformId, PostFilter, Priority, PublishedRef, RemoteId, Result, Secret, Spacing,
    StopScope, Store, WorkerId,
};
use xmp_store::MemoryStore;
#[cfg(feature = "store-sqlite")]
use xmp_store::{Keyring, SealKey, SqliteStore};

#[derive(Clone, Debug)]
enum Op {
    Schedule { key: u8, accounts: u8, parts: usize, priority: u8, due: u64, expires: u64 },
    Claim { worker: usize, limit: usize, reconcile: bool },
    Begin { lease: usize },
    Conclude { lease: usize, verdict: u8, wait: u64 },
    Checkpoint { lease: usize, name: u8 },
    Renew { lease: usize, hold: u64 },
    Cancel { post: usize },
    Reschedule { post: usize, due: u64 },
    PutBack { post: usize },
    Resolve { post: usize, how: u8 },
    Account { account: usize, state: u8 },
    Space { account: usize, interval: u64, per_hour: u32 },
    Stop { scope: u8 },
    Resume { scope: u8 },
    Prune { keep: u64 },
    Advance { seconds: u64 },
    Back { seconds: i64 },
}

fn ops() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => (0u8..12, 1u8..8, 1usize..4, 0u8..4, 0u64..90, 0u64..300).prop_map(
            |(key, accounts, parts, priority, due, expires)| {
                Op::Schedule { key, accounts, parts, priority, due, expires }
            }
        ),
        6 => (0usize..3, 1usize..4, prop::bool::weighted(0.3))
            .prop_map(|(worker, limit, reconcile)| Op::Claim { worker, limit, reconcile }),
        6 => (0usize..4).prop_map(|lease| Op::Begin { lease }),
        8 => (0usize..4, 0u8..12, 0u64..60)
            .prop_map(|(lease, verdict, wait)| Op::Conclude { lease, verdict, wait }),
        1 => (0usize..4, 0u8..3).prop_map(|(lease, name)| Op::Checkpoint { lease, name }),
        1 => (0usize..4, 1u64..90).prop_map(|(lease, hold)| Op::Renew { lease, hold }),
        1 => (0usize..12).prop_map(|post| Op::Cancel { post }),
        1 => (0usize..12, 0u64..90).prop_map(|(post, due)| Op::Reschedule { post, due }),
        2 => (0usize..12).prop_map(|post| Op::PutBack { post }),
        3 => (0usize..12, 0u8..4).prop_map(|(post, how)| Op::Resolve { post, how }),
        1 => (0usize..3, 0u8..4).prop_map(|(account, state)| Op::Account { account, state }),
        1 => (0usize..3, 0u64..90, 1u32..5)
            .prop_map(|(account, interval, per_hour)| Op::Space { account, interval, per_hour }),
        1 => (0u8..3).prop_map(|scope| Op::Stop { scope }),
        2 => (0u8..3).prop_map(|scope| Op::Resume { scope }),
        1 => (0u64..400).prop_map(|keep| Op::Prune { keep }),
        5 => (1u64..80).prop_map(|seconds| Op::Advance { seconds }),
        1 => (1i64..4000).prop_map(|seconds| Op::Back { seconds }),
    ]
}

/// One store, and what was got from it.
struct Side {
    store: Arc<dyn Store>,
    ctx: Context,
    accounts: Vec<Account>,
    leases: Vec<(Lease, PartId)>,
}

/// Names each random id by its first appearance: the stores give their own.
#[derive(Default)]
struct Names(HashMap<String, String>);

impl Names {
    fn plain(&mut self, value: Value) -> Value {
        match value {
            Value::String(text) if ["acc_", "att_", "evt_"].iter().any(|own| text.starts_with(own)) => {
                let next = format!("{}{}", &text[..4], self.0.len());
                Value::String(self.0.entry(text).or_insert(next).clone())
            }
            Value::Array(items) => items.into_iter().map(|item| self.plain(item)).collect(),
            // Places in the log have gaps: where, is each store's own.
            Value::Object(fields) => fields
                .into_iter()
                .filter(|(name, _)| name != "sequence")
                .map(|(name, field)| (name, self.plain(field)))
                .collect(),
            other => other,
        }
    }
}

fn verdict(number: u8, wait: u64, remote: &str) -> Verdict {
    let after = Duration::from_secs(wait);
    let error = common::failure();
    match number {
        0..=2 => Verdict::Published(PublishedRef { remote_id: RemoteId::new(remote), url: None, at: None }),
        3 => Verdict::Retry { error, after },
        4 => {
            let waits = match wait % 3 {
                0 => Waits::Limit,
                1 => Waits::Account,
                _ => Waits::Post,
            };
            Verdict::Snooze { why: "later".to_owned(), after, waits }
        }
        5 => Verdict::Fail { error },
        6 | 7 => Verdict::Unconfirmed { error },
        8 => Verdict::LookAgain { after, error: (wait.is_multiple_of(2)).then_some(error) },
        9 => Verdict::Absent {
            absence: if wait.is_multiple_of(2) { Absence::Proof } else { Absence::Observed },
            after,
        },
        10 => Verdict::Hold { why: "unclear".to_owned(), candidates: vec![] },
        _ => Verdict::Yield,
    }
}

fn stop_scope(scope: u8) -> StopScope {
    match scope {
        0 => StopScope::All,
        1 => StopScope::Platform(PlatformId::X),
        _ => StopScope::Tenant(Context::default().tenant().clone()),
    }
}

fn said<T>(result: Result<T>, show: impl FnOnce(T) -> Value) -> Value {
    match result {
        Ok(value) => show(value),
        Err(error) => json!({ "error": error.code() }),
    }
}

fn show_claimed(claimed: &[Claimed]) -> Value {
    claimed.iter().map(|one| json!([one.delivery, one.account, one.lease.fence])).collect()
}

impl Side {
    async fn new(store: Arc<dyn Store>, ctx: &Context) -> Self {
        let mut accounts = Vec::new();
        for remote in ["1", "2", "3"] {
            let new = common::new_account(remote);
            accounts.push(store.connect(ctx, new, Secret::new("tokens")).await.unwrap());
        }
        Self { store, ctx: ctx.clone(), accounts, leases: vec![] }
    }

    async fn post_at(&self, at: usize) -> Option<xmp_core::PostView> {
        let views = self.store.posts(&self.ctx, &PostFilter::default()).await.unwrap();
        let count = views.len();
        views.into_iter().nth(at % count.max(1))
    }

    /// Does one thing, and tells what came of it.
    async fn apply(
        &mut self,
        op: &Op,
        new: Option<NewPost>,
        workers: &[WorkerId],
        clock: &ManualClock,
    ) -> Value {
        let (store, ctx) = (self.store.clone(), self.ctx.clone());
        let lease_at = |at: usize| self.leases.iter().rev().nth(at).cloned();
        match *op {
            Op::Schedule { .. } => said(store.schedule(&ctx, new.unwrap()).await, |scheduled| {
                json!([scheduled.view, scheduled.replayed])
            }),
            Op::Claim { worker, limit, reconcile } => {
                let claimed = store.claim(&request(workers[worker], limit, reconcile)).await.unwrap();
                for one in &claimed {
                    self.leases.push((one.lease.clone(), one.delivery.current().unwrap().id));
                }
                show_claimed(&claimed)
            }
            Op::Begin { lease } => {
                let Some((lease, part)) = lease_at(lease) else { return Value::Null };
                said(store.begin_attempt(&lease, common::new_attempt(part)).await, |begun| match begun {
                    Begun::Attempt(attempt) => json!(attempt),
                    Begun::EqualUnresolved(other) => json!(other),
                    Begun::Expired => json!("expired"),
                    Begun::Stopped(stop) => json!(stop),
                    Begun::NotActive(state) => json!(state),
                })
            }
            Op::Conclude { lease, verdict: number, wait } => {
                let Some((own, part)) = lease_at(lease) else { return Value::Null };
                let remote = format!("r{}", wait % 20);
                let concluded = store.conclude(&own, part, verdict(number, wait, &remote)).await;
                if let Ok((delivery, _)) = &concluded
                    && let (Some(_), Some(next)) = (delivery.lease, delivery.current())
                {
                    self.leases.push((own, next.id));
                }
                said(concluded, |(delivery, events)| json!([delivery, events]))
            }
            Op::Checkpoint { lease, name } => {
                let Some((lease, part)) = lease_at(lease) else { return Value::Null };
                let value = format!("{}", self.leases.len());
                let checkpoint = Checkpoint { name: format!("media:{name}"), value, expires_at: None };
                said(store.checkpoint(&lease, part, checkpoint).await, |()| json!("kept"))
            }
            Op::Renew { lease, hold } => {
                let Some((lease, _)) = lease_at(lease) else { return Value::Null };
                said(store.renew(&lease, Duration::from_secs(hold)).await, |()| json!("renewed"))
            }
            Op::Cancel { post } => {
                let Some(view) = self.post_at(post).await else { return Value::Null };
                said(store.cancel(&ctx, view.post.id).await, |view| json!(view))
            }
            Op::Reschedule { post, due } => {
                let Some(view) = self.post_at(post).await else { return Value::Null };
                let at = clock.now().checked_add(Duration::from_secs(due)).unwrap();
                let due = Due::at(at);
                said(store.reschedule(&ctx, view.post.id, due).await, |view| json!(view))
            }
            Op::PutBack { post } => {
                let Some(view) = self.post_at(post).await else { return Value::Null };
                said(store.put_back(&ctx, view.deliveries[0].id).await, |delivery| json!(delivery))
            }
            Op::Resolve { post, how } => {
                let Some(view) = self.post_at(post).await else { return Value::Null };
                let remote_id = RemoteId::new(format!("r{}", post + 15));
                let resolution = match how {
                    0 | 1 => Resolution::Live(PublishedRef { remote_id, url: None, at: None }),
                    2 => Resolution::Resend,
                    _ => Resolution::Abandon,
                };
                said(store.resolve(&ctx, view.deliveries[0].id, resolution).await, |delivery| json!(delivery))
            }
            Op::Account { account, state } => {
                // Mostly active, or nothing would ever happen.
                let state = if state == 0 { AccountState::Paused } else { AccountState::Active };
                let id = self.accounts[account].id;
                said(store.set_account_state(&ctx, id, state, "test").await, |account| json!(account))
            }
            Op::Space { account, interval, per_hour } => {
                let spacing = Spacing {
                    min_interval: Some(Duration::from_secs(interval)),
                    per_hour: Some(per_hour),
                    ..Spacing::default()
                };
                said(store.set_spacing(&ctx, self.accounts[account].id, spacing).await, |account| {
                    json!([account.spacing, account.paced_until])
                })
            }
            Op::Stop { scope } => {
                said(store.stop_sending(&ctx, stop_scope(scope), "test").await, |stop| json!(stop))
            }
            Op::Resume { scope } => {
                said(store.resume_sending(&ctx, stop_scope(scope)).await, |was| json!(was))
            }
            Op::Prune { keep } => {
                said(store.prune(Duration::from_secs(keep), 3).await, |forgotten| json!(forgotten))
            }
            Op::Advance { .. } | Op::Back { .. } => Value::Null,
        }
    }

    /// Everything that can be seen.
    async fn all(&self) -> Value {
        let (store, ctx) = (&self.store, &self.ctx);
        let mut ids = Vec::new();
        for account in &self.accounts {
            let mut own =
                store.remote_ids(ctx.tenant(), account.id, jiff::Timestamp::UNIX_EPOCH).await.unwrap();
            own.sort();
            ids.push(own);
        }
        // All connected at one moment, and their ids are each store's own: sorted by name instead.
        let mut accounts = store.accounts(ctx).await.unwrap();
        accounts.sort_by(|one, other| one.handle.cmp(&other.handle));
        json!({
            "posts": store.posts(ctx, &PostFilter::default()).await.unwrap(),
            "accounts": accounts.into_iter()
                .map(|account| json!([account.handle, account.state, account.blocked_until, account.paced_until]))
                .collect::<Vec<_>>(),
            "events": store.events(ctx, 0, 100_000).await.unwrap(),
            "stops": store.stops().await.unwrap(),
            "remote_ids": ids,
            "next_due": store.next_due(&[PlatformId::X]).await.unwrap(),
        })
    }
}

/// Does the same with the memory and with another store of the same clock.
async fn compare(
    ops: Vec<Op>,
    clock: ManualClock,
    other: Arc<dyn Store>,
) -> std::result::Result<(), TestCaseError> {
    let ctx = Context::default();
    let memory = MemoryStore::new(Arc::new(clock.clone()));
    let mut sides = [Side::new(Arc::new(memory), &ctx).await, Side::new(other, &ctx).await];
    let mut names = [Names::default(), Names::default()];
    let workers: Vec<_> = (0..3).map(|_| WorkerId::new(clock.now())).collect();
    for (step, op) in ops.into_iter().enumerate() {
        let mut news = [None, None];
        match op {
            Op::Advance { seconds } => clock.advance(Duration::from_secs(seconds)),
            Op::Back { seconds } => {
                clock.step_to(clock.now().checked_sub(jiff::SignedDuration::from_secs(seconds)).unwrap());
            }
            Op::Schedule { key, accounts, parts, priority, due, expires } => {
                // The same post for both, but for their own account ids.
                let chosen = |side: &Side| -> Vec<Account> {
                    let own = side.accounts.iter().enumerate();
                    own.filter(|(at, _)| accounts & (1 << at) != 0)
                        .map(|(_, account)| account.clone())
                        .collect()
                };
                let texts: Vec<String> = (0..parts).map(|part| format!("text {} {part}", key / 2)).collect();
                let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                let priority = [Priority::Low, Priority::Normal, Priority::High, Priority::Urgent]
                    [usize::from(priority)];
                let (first, second) = (chosen(&sides[0]), chosen(&sides[1]));
                let mine: Vec<&Account> = first.iter().collect();
                let due = Duration::from_secs(due);
                let mut new = post_of(&ctx, clock.now(), &format!("k{key}"), &mine, &texts, priority, due);
                // Some of them only.
                if expires > 150 {
                    let end = clock.now().checked_add(Duration::from_secs(expires - 60)).ok();
                    new.post.expires = end.map(Due::at);
                    new.deliveries.iter_mut().for_each(|delivery| delivery.expires_at = end);
                }
                let mut theirs = new.clone();
                for (delivery, account) in theirs.deliveries.iter_mut().zip(&second) {
                    delivery.account = account.id;
                }
                news = [Some(new), Some(theirs)];
            }
            _ => {}
        }
        let mut told = Vec::new();
        for ((side, names), new) in sides.iter_mut().zip(&mut names).zip(news) {
            let answer = side.apply(&op, new, &workers, &clock).await;
            told.push(names.plain(json!([answer, side.all().await])));
        }
        prop_assert_eq!(&told[0][0], &told[1][0], "step {}: {:?}", step, &op);
        prop_assert_eq!(&told[0][1], &told[1][1], "after step {}: {:?}", step, &op);
    }
    Ok(())
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[cfg(feature = "store-sqlite")]
    #[test]
    fn memory_and_sqlite_agree(ops in vec(ops(), 1..70)) {
        runtime().block_on(async {
            let clock = clock();
            let folder = tempfile::tempdir().unwrap();
            let ring = Keyring::new(SealKey::generate().unwrap());
            let path = folder.path().join("xmp.db");
            let file = SqliteStore::open(path, ring, Arc::new(clock.clone())).await.unwrap();
            compare(ops, clock, Arc::new(file)).await
        })?;
    }

    #[cfg(all(unix, feature = "store-postgres"))]
    #[test]
    fn memory_and_postgres_agree(ops in vec(ops(), 1..70)) {
        let Some(database) = common::postgres::database() else { return Ok(()) };
        runtime().block_on(async {
            let clock = clock();
            let store = common::postgres::open(&database, &clock).await;
            compare(ops, clock, Arc::new(store)).await
        })?;
    }
}
