//! Secrets, and the right to refresh them.

use std::time::Duration;

use xmp_core::{AccountId, ErrorKind, RefreshAsk, RefreshLease, Secret, SecretKey, WorkerId};

use super::world::{LEASE, SECOND, World, absent, refused};

fn tokens(account: AccountId) -> SecretKey {
    SecretKey { account, field: "oauth2" }
}

pub(super) async fn secrets_change_by_compare_and_set(w: World<'_>) {
    let key = tokens(w.account("1").await.id);
    assert_eq!(w.store.put_secret(&w.ctx, &key, Secret::new("two"), 1).await.unwrap(), 2);
    let late = w.store.put_secret(&w.ctx, &key, Secret::new("late"), 1).await;
    refused(late, ErrorKind::Conflict, "secret.changed");
    let found = w.store.secret(&w.ctx, &key).await.unwrap().unwrap();
    assert_eq!((found.value.expose(), found.version), ("two", 2));
    let other = SecretKey { field: "oauth1", ..key };
    refused(
        w.store.put_secret(&w.ctx, &other, Secret::new("x"), 1).await,
        ErrorKind::Conflict,
        "secret.changed",
    );
    assert_eq!(w.store.put_secret(&w.ctx, &other, Secret::new("x"), 0).await.unwrap(), 1);
}

pub(super) async fn empty_secrets_are_refused(w: World<'_>) {
    let key = tokens(w.account("1").await.id);
    let empty = w.store.put_secret(&w.ctx, &key, Secret::new(""), 1).await;
    refused(empty, ErrorKind::Validation, "secret.empty");
    assert_eq!(w.store.secret(&w.ctx, &key).await.unwrap().unwrap().value.expose(), "tokens");
}

pub(super) async fn secrets_belong_to_a_tenant_and_a_field(w: World<'_>) {
    let key = tokens(w.account("1").await.id);
    let stranger = w.stranger();
    assert!(stranger.store.secret(&stranger.ctx, &key).await.unwrap().is_none());
    absent(stranger.store.put_secret(&stranger.ctx, &key, Secret::new("x"), 0).await);
    absent(stranger.store.begin_refresh(&stranger.ctx, key.account, ask(stranger.worker)).await);
    let other = SecretKey { field: "other", ..key };
    assert!(w.store.secret(&w.ctx, &other).await.unwrap().is_none());
}

fn ask(worker: WorkerId) -> RefreshAsk {
    RefreshAsk { worker, hold: LEASE, over_abandoned: false }
}

pub(super) async fn a_refresh_that_repeats_is_made_again(w: World<'_>) {
    let account = w.account("1").await.id;
    let two = w.other_worker().worker;
    let repeats = async |worker| {
        let ask = RefreshAsk { over_abandoned: true, ..ask(worker) };
        w.store.begin_refresh(&w.ctx, account, ask).await.unwrap()
    };
    assert_eq!(repeats(w.worker).await, RefreshLease::Granted);
    assert_eq!(repeats(two).await, RefreshLease::Busy(LEASE), "while somebody is at it");
    w.clock.advance(LEASE);
    assert_eq!(repeats(two).await, RefreshLease::Granted);
    assert_eq!(repeats(w.worker).await, RefreshLease::Busy(LEASE), "it belongs to the other now");
    w.store.end_refresh(&w.ctx, account, w.worker).await.unwrap();
    assert_eq!(repeats(w.worker).await, RefreshLease::Busy(LEASE), "and only that one may end it");
}

pub(super) async fn one_refresh_at_a_time(w: World<'_>) {
    let account = w.account("1").await.id;
    let (one, two) = (w.worker, w.other_worker().worker);
    let asking = async |worker| w.store.begin_refresh(&w.ctx, account, ask(worker)).await.unwrap();
    assert_eq!(asking(one).await, RefreshLease::Granted);
    assert_eq!(asking(two).await, RefreshLease::Busy(LEASE));
    w.clock.advance(Duration::from_secs(10));
    assert_eq!(asking(two).await, RefreshLease::Busy(Duration::from_secs(20)));
    assert_eq!(asking(one).await, RefreshLease::Busy(Duration::from_secs(20)), "nor twice by one worker");
    w.store.end_refresh(&w.ctx, account, one).await.unwrap();
    assert_eq!(asking(two).await, RefreshLease::Granted);
}

pub(super) async fn an_abandoned_refresh_stays_until_there_are_tokens(w: World<'_>) {
    let account = w.account("1").await.id;
    let two = w.other_worker().worker;
    let asking = async |worker| w.store.begin_refresh(&w.ctx, account, ask(worker)).await.unwrap();
    assert_eq!(asking(w.worker).await, RefreshLease::Granted);
    w.clock.advance(LEASE);
    assert_eq!(asking(two).await, RefreshLease::Abandoned);
    w.clock.advance(LEASE);
    assert_eq!(asking(two).await, RefreshLease::Abandoned, "it stays so");
    w.account("1").await;
    assert_eq!(asking(two).await, RefreshLease::Granted, "connecting again clears it");
    w.clock.advance(LEASE + SECOND);
    assert_eq!(asking(w.worker).await, RefreshLease::Abandoned);
    let found = w.store.secret(&w.ctx, &tokens(account)).await.unwrap().unwrap();
    w.store.put_secret(&w.ctx, &tokens(account), Secret::new("late"), found.version).await.unwrap();
    assert_eq!(asking(w.worker).await, RefreshLease::Granted, "new tokens clear it");
}

pub(super) async fn a_refresh_is_ended_by_its_worker_alone(w: World<'_>) {
    let account = w.account("1").await.id;
    let two = w.other_worker().worker;
    w.store.begin_refresh(&w.ctx, account, ask(w.worker)).await.unwrap();
    w.store.end_refresh(&w.ctx, account, two).await.unwrap();
    let asked = w.store.begin_refresh(&w.ctx, account, ask(two)).await.unwrap();
    assert_eq!(asked, RefreshLease::Busy(LEASE));
    w.store.end_refresh(&w.ctx, account, w.worker).await.unwrap();
    w.store.end_refresh(&w.ctx, account, w.worker).await.unwrap();
}
