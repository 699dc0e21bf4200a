//! Leases: who may write, and what is left when nobody does.

use std::time::Duration;

use xmp_core::state::{DeliveryState, PartState};
use xmp_core::step::Verdict;
use xmp_core::{Certainty, Checkpoint, EventKind, Lease, TenantId, WorkerId};

use super::world::{HOUR, LEASE, MINUTE, SECOND, SETTLE, World, current, failure, lease_lost, live, plan};

fn uploaded(value: &str) -> Checkpoint {
    Checkpoint { name: "media:1".to_owned(), value: value.to_owned(), expires_at: None }
}

pub(super) async fn a_fence_keeps_a_late_worker_out(w: World<'_>) {
    let a = w.account("1").await;
    let view = w.schedule(plan("k"), &[&a]).await;
    let old = w.claim_one().await;
    let part = current(&old.delivery).id;
    w.clock.advance(LEASE);
    let new = w.other_worker().claim_one().await;
    assert_eq!(new.delivery.id, old.delivery.id);
    assert!(new.lease.fence > old.lease.fence);
    let before = w.store.post(&w.ctx, view.post.id).await.unwrap();
    let written = w.events().await.len();
    lease_lost(w.store.renew(&old.lease, LEASE).await);
    lease_lost(w.store.checkpoint(&old.lease, part, uploaded("1")).await);
    lease_lost(w.try_begin(&old.lease, part).await);
    lease_lost(w.store.conclude(&old.lease, part, Verdict::Yield).await);
    lease_lost(w.store.conclude(&old.lease, part, live("r")).await);
    assert_eq!(w.store.post(&w.ctx, view.post.id).await.unwrap(), before);
    assert_eq!(w.events().await.len(), written);
    w.store.renew(&new.lease, LEASE).await.unwrap();
}

pub(super) async fn a_lapsed_lease_leaves_unconfirmed(w: World<'_>) {
    let a = w.account("1").await;
    let claimed = w.sending("k", &a).await;
    w.clock.advance(LEASE);
    assert!(w.claim(9).await.is_empty(), "what may be live is not sent again");
    let delivery = w.delivery(claimed.delivery.post, claimed.delivery.id).await;
    assert_eq!(delivery.state, DeliveryState::Unconfirmed);
    assert_eq!((delivery.lease, delivery.parts[0].state), (None, PartState::Unconfirmed));
    let attempt = delivery.parts[0].attempt.as_ref().unwrap();
    assert_eq!(attempt.outcome, Some(Certainty::MaybeSent));
    assert_eq!(delivery.run_at, w.now().checked_add(SETTLE).ok(), "the whole settle window from here on");
    assert!(delivery.run_at >= Some(attempt.confirm_after));
    assert_eq!(delivery.parts[0].error.as_ref().unwrap().code, "attempt.abandoned");
    let last = w.events().await.pop().unwrap();
    assert_eq!((last.kind, last.actor.as_str()), (EventKind::PostUnconfirmed, "worker"));
    lease_lost(w.store.conclude(&claimed.lease, delivery.parts[0].id, live("late")).await);
    assert!(w.store.claim(&w.request(9, true)).await.unwrap().is_empty(), "not within its settle window");
    w.clock.advance(SETTLE);
    assert_eq!(w.claim_unconfirmed().await.delivery.id, delivery.id);
}

pub(super) async fn a_lapsed_preparation_goes_on_from_its_checkpoints(w: World<'_>) {
    let a = w.account("1").await;
    w.schedule(plan("k"), &[&a]).await;
    let first = w.claim_one().await;
    let part = current(&first.delivery).id;
    w.store.checkpoint(&first.lease, part, uploaded("handle")).await.unwrap();
    w.clock.advance(LEASE);
    let second = w.other_worker().claim_one().await;
    assert_eq!(second.delivery.state, DeliveryState::Scheduled, "nothing visible was attempted");
    assert_eq!(current(&second.delivery).checkpoints, [uploaded("handle")]);
    assert_eq!(current(&second.delivery).attempts, 0);
}

pub(super) async fn a_lapsed_lease_that_nobody_took_still_writes(w: World<'_>) {
    let a = w.account("1").await;
    let claimed = w.sending("k", &a).await;
    w.clock.advance(HOUR);
    let (delivery, _) = w.conclude(&claimed, live("r")).await;
    assert_eq!(delivery.state, DeliveryState::Published, "what it learned is worth more than a second look");
}

pub(super) async fn renewing_gives_more_time(w: World<'_>) {
    let a = w.account("1").await;
    w.schedule(plan("k"), &[&a]).await;
    let claimed = w.claim_one().await;
    w.clock.advance(LEASE - SECOND);
    w.store.renew(&claimed.lease, LEASE).await.unwrap();
    w.clock.advance(LEASE - SECOND);
    assert!(w.other_worker().claim(9).await.is_empty());
    w.clock.advance(SECOND);
    assert_eq!(w.other_worker().claim(9).await.len(), 1);
}

pub(super) async fn many_lapsed_leases_are_all_freed_in_time(w: World<'_>) {
    const MANY: usize = 150;
    for number in 0..MANY {
        let account = w.account(&number.to_string()).await;
        w.schedule(plan(&format!("k{number}")), &[&account]).await;
    }
    assert_eq!(w.claim(1000).await.len(), MANY);
    w.clock.advance(LEASE);
    let other = w.other_worker();
    let mut found = 0;
    for _ in 0..MANY {
        found += other.claim(1000).await.len();
        if found == MANY {
            return;
        }
    }
    panic!("{found} of {MANY} were freed");
}

pub(super) async fn a_clock_that_goes_back_ends_no_lease_early(w: World<'_>) {
    let a = w.account("1").await;
    let claimed = w.sending("k", &a).await;
    w.clock.step_to(w.now().checked_sub(HOUR).unwrap());
    let other = w.other_worker();
    assert!(other.claim(9).await.is_empty());
    w.clock.advance(LEASE - SECOND);
    assert!(other.claim(9).await.is_empty());
    assert_eq!(w.delivery(claimed.delivery.post, claimed.delivery.id).await.state, DeliveryState::Sending);
    w.store.renew(&claimed.lease, LEASE).await.unwrap();
    // And a worker that has died does not keep its delivery for an hour.
    w.clock.advance(LEASE);
    other.claim(9).await;
    let delivery = w.delivery(claimed.delivery.post, claimed.delivery.id).await;
    assert_eq!(delivery.state, DeliveryState::Unconfirmed);

    // The same, where the lease was never renewed after the step.
    let second = w.sending("k2", &w.account("2").await).await;
    w.clock.step_to(w.now().checked_sub(HOUR).unwrap());
    assert!(other.claim(9).await.is_empty());
    w.clock.advance(LEASE + MINUTE);
    other.claim(9).await;
    let delivery = w.delivery(second.delivery.post, second.delivery.id).await;
    assert_eq!(delivery.state, DeliveryState::Unconfirmed);
}

pub(super) async fn a_stranger_has_no_lease(w: World<'_>) {
    let a = w.account("1").await;
    w.schedule(plan("k"), &[&a]).await;
    let claimed = w.claim_one().await;
    let part = current(&claimed.delivery).id;
    let tenant = TenantId::new("stranger").unwrap();
    let forged = [
        Lease { tenant, ..claimed.lease.clone() },
        Lease { worker: WorkerId::new(w.now()), ..claimed.lease.clone() },
        Lease { fence: claimed.lease.fence + 1, ..claimed.lease.clone() },
    ];
    for lease in &forged {
        lease_lost(w.store.renew(lease, Duration::from_secs(1)).await);
        lease_lost(w.store.checkpoint(lease, part, uploaded("1")).await);
        lease_lost(w.try_begin(lease, part).await);
        lease_lost(w.store.conclude(lease, part, Verdict::Fail { error: failure() }).await);
    }
    assert_eq!(w.delivery(claimed.delivery.post, claimed.delivery.id).await, claimed.delivery);
}
