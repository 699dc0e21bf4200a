//! Who gets what, and when.

use std::time::Duration;

use xmp_core::state::DeliveryState;
use xmp_core::step::Verdict;
use xmp_core::{AccountState, ClaimRequest, PlatformId, Priority, Secret};

use super::world::{HOUR, LEASE, MINUTE, SECOND, SETTLE, TIMEOUT, World, failure, live, plan, snooze};

pub(super) async fn nothing_is_claimed_before_its_time(w: World<'_>) {
    let a = w.account("1").await;
    let view = w.schedule(plan("k").due_in(MINUTE), &[&a]).await;
    assert!(w.claim(9).await.is_empty());
    w.clock.advance(MINUTE - SECOND);
    assert!(w.claim(9).await.is_empty());
    w.clock.advance(SECOND);
    let claimed = w.claim_one().await;
    assert_eq!(claimed.delivery.id, view.deliveries[0].id);
    assert_eq!(claimed.account, a);
    assert_eq!(claimed.correlation_id, w.ctx.correlation_id());
    assert_eq!((claimed.lease.worker, claimed.lease.fence), (w.worker, 1));
    let lease = claimed.delivery.lease.unwrap();
    assert_eq!((lease.worker, lease.until), (w.worker, w.now().checked_add(LEASE).unwrap()));
    assert_eq!(w.delivery(view.post.id, claimed.delivery.id).await, claimed.delivery);
    assert!(w.claim(9).await.is_empty(), "it is taken");
}

pub(super) async fn claims_go_by_priority_then_time(w: World<'_>) {
    let wanted = [
        ("urgent", Priority::Urgent, 5),
        ("high", Priority::High, 4),
        ("normal, earlier", Priority::Normal, 2),
        ("normal, later", Priority::Normal, 3),
        ("low", Priority::Low, 1),
    ];
    for (key, priority, due) in wanted.iter().rev() {
        let account = w.account(key).await;
        let due = Duration::from_secs(*due);
        w.schedule(plan(key).priority(*priority).due_in(due), &[&account]).await;
    }
    w.clock.advance(MINUTE);
    let order = |claimed: Vec<xmp_core::Claimed>| -> Vec<String> {
        claimed.into_iter().map(|claimed| claimed.account.remote_id.as_str().to_owned()).collect()
    };
    assert_eq!(order(w.claim(2).await), ["urgent", "high"]);
    assert_eq!(order(w.claim(9).await), ["normal, earlier", "normal, later", "low"]);
    assert!(w.claim(9).await.is_empty());
}

pub(super) async fn a_low_priority_does_not_starve(w: World<'_>) {
    let old = w.account("old").await;
    let low = w.schedule(plan("low").priority(Priority::Low), &[&old]).await;
    w.clock.advance(HOUR + SECOND);
    for key in ["1", "2"] {
        let account = w.account(key).await;
        w.schedule(plan(key), &[&account]).await;
    }
    let first = w.claim_one().await;
    assert_eq!(first.delivery.id, low.deliveries[0].id, "it has waited longer than the others' head start");
}

pub(super) async fn an_account_gives_one_delivery_at_a_time(w: World<'_>) {
    let (a, b) = (w.account("1").await, w.account("2").await);
    for key in ["k1", "k2"] {
        w.schedule(plan(key), &[&a, &b]).await;
    }
    let mut first = w.claim(9).await;
    assert_eq!(first.len(), 2);
    assert_ne!(first[0].account.id, first[1].account.id);
    assert!(w.other_worker().claim(9).await.is_empty());
    let done = first.remove(0);
    w.begin(&done).await;
    w.conclude(&done, live("r1")).await;
    let next = w.other_worker().claim(9).await;
    assert_eq!(next.len(), 1, "its account is free again, the other one's is not");
    assert_eq!(next[0].account.id, done.account.id);
}

pub(super) async fn accounts_that_are_not_active_wait(w: World<'_>) {
    let a = w.account("1").await;
    w.schedule(plan("k"), &[&a]).await;
    for state in AccountState::ALL.into_iter().filter(|state| *state != AccountState::Active) {
        w.store.set_account_state(&w.ctx, a.id, state, "test").await.unwrap();
        assert!(w.claim(9).await.is_empty(), "{state:?}");
        assert_eq!(w.store.next_due(&[PlatformId::X]).await.unwrap(), None, "{state:?}");
    }
    w.store.set_account_state(&w.ctx, a.id, AccountState::Active, "test").await.unwrap();
    assert_eq!(w.store.next_due(&[PlatformId::X]).await.unwrap(), Some(Duration::ZERO));
    w.claim_one().await;
}

pub(super) async fn blocked_accounts_wait(w: World<'_>) {
    let (a, b) = (w.account("1").await, w.account("2").await);
    w.schedule(plan("k1").priority(Priority::High), &[&a]).await;
    w.schedule(plan("k2"), &[&a]).await;
    let first = w.claim_one().await;
    w.conclude(&first, snooze(MINUTE, true)).await;
    let blocked = w.store.account(&w.ctx, a.id).await.unwrap();
    assert_eq!(blocked.blocked_until, Some(w.now().checked_add(MINUTE).unwrap()));
    assert!(w.claim(9).await.is_empty(), "the account's other posts wait too");
    assert_eq!(w.store.next_due(&[PlatformId::X]).await.unwrap(), Some(MINUTE));
    w.schedule(plan("k3"), &[&b]).await;
    assert_eq!(w.claim(9).await.len(), 1, "another account's don't");
    w.clock.advance(MINUTE);
    let again = w.claim_one().await;
    assert_eq!(again.delivery.id, first.delivery.id);
    w.conclude(&again, snooze(HOUR, true)).await;
    assert_eq!(w.account("1").await.blocked_until, None, "connected again, it waits for nothing told before");
}

pub(super) async fn only_the_platforms_asked_for_are_claimed(w: World<'_>) {
    let bluesky = PlatformId::new("bluesky").unwrap();
    let mut new = w.new_account("1");
    new.platform = bluesky;
    let there = w.store.connect(&w.ctx, new, Secret::new("tokens")).await.unwrap();
    w.schedule(plan("k"), &[&there]).await;
    assert!(w.claim(9).await.is_empty());
    assert_eq!(w.store.next_due(&[PlatformId::X]).await.unwrap(), None);
    assert_eq!(w.store.next_due(&[]).await.unwrap(), None);
    let none = ClaimRequest { platforms: vec![], ..w.request(9, false) };
    assert!(w.store.claim(&none).await.unwrap().is_empty());
    let both = ClaimRequest { platforms: vec![PlatformId::X, bluesky], ..w.request(9, false) };
    assert_eq!(w.store.claim(&both).await.unwrap().len(), 1);
}

pub(super) async fn publishing_and_reconciling_are_apart(w: World<'_>) {
    let (a, b) = (w.account("1").await, w.account("2").await);
    let doubtful = w.unconfirmed("k1", &a).await;
    w.clock.advance(TIMEOUT + SETTLE);
    w.schedule(plan("k2"), &[&b]).await;
    w.store.set_account_state(&w.ctx, a.id, AccountState::Paused, "test").await.unwrap();
    let publish = w.claim(9).await;
    assert_eq!(publish.len(), 1);
    assert_eq!(publish[0].account.id, b.id);
    let found = w.claim_unconfirmed().await;
    assert_eq!(found.delivery.id, doubtful.id, "a paused account's attempts are still looked for");
    assert_eq!(found.delivery.state, DeliveryState::Unconfirmed);
}

pub(super) async fn claims_go_over_all_tenants(w: World<'_>) {
    let stranger = w.stranger();
    w.schedule(plan("k"), &[&w.account("1").await]).await;
    stranger.schedule(plan("k"), &[&stranger.account("1").await]).await;
    let claimed = w.claim(9).await;
    let mut tenants: Vec<_> = claimed.iter().map(|claimed| claimed.lease.tenant.as_str()).collect();
    tenants.sort_unstable();
    assert_eq!(tenants, ["default", "stranger"]);
    for claimed in &claimed {
        assert_eq!(claimed.account.tenant, claimed.lease.tenant);
        assert_eq!(claimed.delivery.tenant, claimed.lease.tenant);
    }
}

pub(super) async fn next_due_tells_how_long_to_wait(w: World<'_>) {
    let next = async || w.store.next_due(&[PlatformId::X]).await.unwrap();
    assert_eq!(next().await, None);
    let (a, b) = (w.account("1").await, w.account("2").await);
    w.schedule(plan("k1").due_in(HOUR), &[&a]).await;
    assert_eq!(next().await, Some(HOUR));
    w.schedule(plan("k2").due_in(MINUTE), &[&b]).await;
    assert_eq!(next().await, Some(MINUTE));
    w.clock.advance(MINUTE + SECOND);
    assert_eq!(next().await, Some(Duration::ZERO));
    let claimed = w.claim_one().await;
    assert_eq!(next().await, Some(LEASE), "until the lease lapses");
    w.schedule(plan("k3"), &[&b]).await;
    assert_eq!(next().await, Some(LEASE), "its account is busy so long");
    w.begin(&claimed).await;
    w.conclude(&claimed, Verdict::Unconfirmed { error: failure() }).await;
    assert_eq!(next().await, Some(Duration::ZERO));
    let third = w.claim_one().await;
    w.begin(&third).await;
    w.conclude(&third, live("r")).await;
    assert_eq!(next().await, Some(TIMEOUT + SETTLE), "until the doubtful one may be looked for");
}
