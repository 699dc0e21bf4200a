//! What keeps posts from being sent: spacing, the end of their time, the emergency stop. And what is forgotten.

use std::time::Duration;

use bytes::Bytes;
use xmp_core::state::{DeliveryState, PartState};
use xmp_core::step::Verdict;
use xmp_core::{
    AccountState, Begun, ErrorKind, EventKind, PlatformId, PostFilter, QuietHours, RemoteId, Spacing,
    StopScope,
};

use super::world::{
    HOUR, LEASE, MINUTE, SECOND, SETTLE, TIMEOUT, World, absent, current, failure, live, plan, refused,
};

const X: &[PlatformId] = &[PlatformId::X];

fn apart(interval: Duration) -> Spacing {
    Spacing { min_interval: Some(interval), ..Spacing::default() }
}

/// Publishes what is due of an account.
async fn publish(w: &World<'_>, remote: &str) {
    let claimed = w.claim_one().await;
    w.begin(&claimed).await;
    w.conclude(&claimed, live(remote)).await;
}

/// Claims what is due and gives it back. Tells how many there were.
async fn take_and_give_back(w: &World<'_>) -> usize {
    let claimed = w.claim(9).await;
    for claimed in &claimed {
        w.conclude(claimed, Verdict::Yield).await;
    }
    claimed.len()
}

pub(super) async fn posts_keep_their_spacing(w: World<'_>) {
    let (a, b) = (w.account("1").await, w.account("2").await);
    let spaced = w.store.set_spacing(&w.ctx, a.id, apart(10 * MINUTE)).await.unwrap();
    assert_eq!(spaced.spacing.min_interval, Some(10 * MINUTE));
    assert_eq!(w.store.account(&w.ctx, a.id).await.unwrap(), spaced);
    for key in ["k1", "k2"] {
        w.schedule(plan(key), &[&a]).await;
    }
    publish(&w, "r1").await;
    w.clock.advance(MINUTE);
    w.schedule(plan("k3"), &[&b]).await;
    let claimed = w.claim(9).await;
    assert_eq!(claimed.len(), 1, "it waits, and nobody waits behind it");
    assert_eq!(claimed[0].account.id, b.id);
    w.conclude(&claimed[0], Verdict::Yield).await;
    let waits = w.store.account(&w.ctx, a.id).await.unwrap();
    assert_eq!(waits.paced_until, Some(w.now().checked_add(9 * MINUTE).unwrap()));
    let told = w.kinds().await.into_iter().filter(|kind| *kind == EventKind::PostSnoozed).count();
    assert_eq!(told, 1);
    w.claim_one().await;
    assert_eq!(w.store.next_due(X).await.unwrap(), Some(LEASE));
    w.clock.advance(9 * MINUTE);
    let claimed = w.claim(9).await;
    let second = claimed.iter().find(|claimed| claimed.account.id == a.id).expect("its time has come");
    assert_eq!(current(&second.delivery).attempts, 0, "no attempt was counted");
}

pub(super) async fn an_account_that_waits_for_its_spacing_is_due_then(w: World<'_>) {
    let a = w.account("1").await;
    w.store.set_spacing(&w.ctx, a.id, apart(HOUR)).await.unwrap();
    for key in ["k1", "k2"] {
        w.schedule(plan(key), &[&a]).await;
    }
    publish(&w, "r1").await;
    assert!(w.claim(9).await.is_empty());
    assert_eq!(w.store.next_due(X).await.unwrap(), Some(HOUR));
    w.store.set_spacing(&w.ctx, a.id, apart(MINUTE)).await.unwrap();
    assert_eq!(w.store.account(&w.ctx, a.id).await.unwrap().paced_until, None, "another rule, another wait");
    w.clock.advance(MINUTE);
    assert_eq!(w.claim(9).await.len(), 1);
    let changed = w.kinds().await.into_iter().filter(|kind| *kind == EventKind::AccountSpacing).count();
    assert_eq!(changed, 2);
}

pub(super) async fn only_so_many_posts_go_out_within_an_hour(w: World<'_>) {
    let a = w.account("1").await;
    let most = Spacing { per_hour: Some(2), ..Spacing::default() };
    w.store.set_spacing(&w.ctx, a.id, most).await.unwrap();
    for key in ["k1", "k2", "k3"] {
        w.schedule(plan(key), &[&a]).await;
    }
    publish(&w, "r1").await;
    w.clock.advance(10 * MINUTE);
    publish(&w, "r2").await;
    assert!(w.claim(9).await.is_empty());
    w.clock.advance(50 * MINUTE - SECOND);
    assert!(w.claim(9).await.is_empty());
    w.clock.advance(SECOND);
    publish(&w, "r3").await;
}

pub(super) async fn what_may_be_live_counts_for_the_spacing(w: World<'_>) {
    let a = w.account("1").await;
    w.store.set_spacing(&w.ctx, a.id, apart(HOUR)).await.unwrap();
    w.unconfirmed("k1", &a).await;
    w.schedule(plan("k2"), &[&a]).await;
    assert!(w.claim(9).await.is_empty());
    w.clock.advance(TIMEOUT + SETTLE);
    let looked = w.claim_unconfirmed().await;
    let absence = xmp_core::Absence::Proof;
    w.conclude(&looked, Verdict::Absent { absence, after: 2 * HOUR }).await;
    w.store.set_spacing(&w.ctx, a.id, apart(HOUR - SECOND)).await.unwrap();
    assert_eq!(w.claim(9).await.len(), 1, "proved absent, it counts no longer");
}

pub(super) async fn nothing_is_sent_in_quiet_hours(w: World<'_>) {
    let a = w.account("1").await;
    // The tests begin at 09:00.
    let quiet_hours = vec![QuietHours::new("08:00", "09:30", "UTC")];
    let spacing = Spacing { quiet_hours, ..Spacing::default() };
    w.store.set_spacing(&w.ctx, a.id, spacing).await.unwrap();
    w.schedule(plan("k"), &[&a]).await;
    assert!(w.claim(9).await.is_empty());
    assert_eq!(w.store.next_due(X).await.unwrap(), Some(30 * MINUTE));
    w.clock.advance(30 * MINUTE);
    w.claim_one().await;
}

pub(super) async fn a_spacing_that_makes_no_sense_is_refused(w: World<'_>) {
    let a = w.account("1").await;
    let never = Spacing { per_day: Some(0), ..Spacing::default() };
    let told = w.store.set_spacing(&w.ctx, a.id, never).await;
    refused(told, ErrorKind::Validation, "spacing.never");
    absent(w.stranger().store.set_spacing(&w.stranger().ctx, a.id, apart(HOUR)).await);
    assert_eq!(w.store.account(&w.ctx, a.id).await.unwrap(), a);
}

pub(super) async fn what_is_not_sent_in_time_expires(w: World<'_>) {
    let (a, b) = (w.account("1").await, w.account("2").await);
    let view = w.schedule(plan("k").expires_in(HOUR), &[&a, &b]).await;
    assert_eq!(view.deliveries[0].expires_at, w.now().checked_add(HOUR).ok());
    w.store.set_account_state(&w.ctx, a.id, AccountState::Paused, "test").await.unwrap();
    publish(&w, "r1").await;
    assert_eq!(w.store.next_due(X).await.unwrap(), Some(HOUR), "a paused account's post ends in time too");
    w.clock.advance(HOUR);
    assert!(w.claim(9).await.is_empty());
    let view = w.store.post(&w.ctx, view.post.id).await.unwrap();
    let states: Vec<_> = view.deliveries.iter().map(|delivery| delivery.state).collect();
    assert_eq!(states, [DeliveryState::Expired, DeliveryState::Published]);
    let ended = w.kinds().await.into_iter().filter(|kind| *kind == EventKind::PostExpired).count();
    assert_eq!(ended, 1);
    assert_eq!(w.store.next_due(X).await.unwrap(), None);
    let back = w.store.put_back(&w.ctx, view.deliveries[0].id).await.unwrap();
    assert_eq!((back.state, back.expires_at), (DeliveryState::Scheduled, None));
}

pub(super) async fn no_attempt_begins_when_the_time_is_over(w: World<'_>) {
    let a = w.account("1").await;
    let view = w.schedule(plan("k").expires_in(LEASE / 2), &[&a]).await;
    let claimed = w.claim_one().await;
    w.clock.advance(LEASE / 2);
    let part = current(&claimed.delivery).id;
    let begun = w.try_begin(&claimed.lease, part).await.unwrap();
    assert!(matches!(begun, Begun::Expired), "{begun:?}");
    let (ended, _) = w.conclude(&claimed, Verdict::Expire).await;
    assert_eq!((ended.state, ended.lease), (DeliveryState::Expired, None));
    assert_eq!(w.delivery(view.post.id, ended.id).await, ended);
}

pub(super) async fn what_may_be_live_is_never_called_expired(w: World<'_>) {
    let a = w.account("1").await;
    w.schedule(plan("k").expires_in(TIMEOUT), &[&a]).await;
    let claimed = w.claim_one().await;
    w.begin(&claimed).await;
    w.conclude(&claimed, Verdict::Unconfirmed { error: failure() }).await;
    w.clock.advance(TIMEOUT + SETTLE);
    assert!(w.claim(9).await.is_empty());
    let looked = w.claim_unconfirmed().await;
    let absence = xmp_core::Absence::Observed;
    let (waits, _) = w.conclude(&looked, Verdict::Absent { absence, after: Duration::ZERO }).await;
    assert!(w.claim(9).await.is_empty());
    let held = w.delivery(waits.post, waits.id).await;
    assert_eq!((held.state, held.parts[0].state), (DeliveryState::Held, PartState::Held));
}

pub(super) async fn what_is_stopped_is_not_sent(w: World<'_>) {
    let (a, stranger) = (w.account("1").await, w.stranger());
    let b = stranger.account("2").await;
    let tenant = StopScope::Tenant(stranger.ctx.tenant().clone());
    for (index, scope) in [StopScope::All, StopScope::Platform(PlatformId::X), tenant].iter().enumerate() {
        w.schedule(plan(&format!("a{index}")), &[&a]).await;
        stranger.schedule(plan(&format!("b{index}")), &[&b]).await;
        let stop = w.store.stop_sending(&w.ctx, scope.clone(), "they are on fire").await.unwrap();
        assert_eq!((&stop.scope, stop.actor.as_str(), stop.since), (scope, "ada", w.now()));
        assert_eq!(w.store.stop_sending(&w.ctx, scope.clone(), "again").await.unwrap(), stop);
        assert_eq!(w.store.stops().await.unwrap(), [stop]);
        let left = usize::from(matches!(scope, StopScope::Tenant(_)));
        if left == 0 {
            assert_eq!(w.store.next_due(X).await.unwrap(), None, "{scope}");
        }
        assert_eq!(take_and_give_back(&w).await, left, "{scope}: what it does not cover goes on");
        assert!(w.store.resume_sending(&w.ctx, scope.clone()).await.unwrap());
        assert!(!w.store.resume_sending(&w.ctx, scope.clone()).await.unwrap());
        assert_eq!(take_and_give_back(&w).await, 2, "{scope}");
    }
    let kinds = w.kinds().await;
    for kind in [EventKind::SendingStopped, EventKind::SendingResumed] {
        assert_eq!(kinds.iter().filter(|own| **own == kind).count(), 3, "{kind:?}");
    }
}

pub(super) async fn a_stop_holds_for_what_was_claimed_before(w: World<'_>) {
    let a = w.account("1").await;
    w.schedule(plan("k"), &[&a]).await;
    let claimed = w.claim_one().await;
    w.store.stop_sending(&w.ctx, StopScope::All, "now").await.unwrap();
    let part = current(&claimed.delivery).id;
    let begun = w.try_begin(&claimed.lease, part).await.unwrap();
    assert!(matches!(&begun, Begun::Stopped(stop) if stop.why == "now"), "{begun:?}");
    assert_eq!(w.delivery(claimed.delivery.post, claimed.delivery.id).await, claimed.delivery);
    w.conclude(&claimed, Verdict::Yield).await;
    assert!(w.claim(9).await.is_empty());
    w.store.resume_sending(&w.ctx, StopScope::All).await.unwrap();
    publish(&w, "r").await;
}

pub(super) async fn what_is_in_doubt_is_looked_for_while_sending_is_stopped(w: World<'_>) {
    let a = w.account("1").await;
    let doubtful = w.unconfirmed("k", &a).await;
    w.store.stop_sending(&w.ctx, StopScope::All, "now").await.unwrap();
    w.clock.advance(TIMEOUT + SETTLE);
    assert_eq!(w.claim_unconfirmed().await.delivery.id, doubtful.id);
}

pub(super) async fn what_is_final_is_forgotten_in_time(w: World<'_>) {
    let (a, b) = (w.account("1").await, w.account("2").await);
    let mut with_picture = plan("k1");
    with_picture.media = Some(Bytes::from_static(b"a picture"));
    let gone = w.schedule(with_picture, &[&a]).await;
    let hash = gone.deliveries[0].parts[0].content.media[0].hash;
    publish(&w, "r1").await;
    let half = w.schedule(plan("k2"), &[&a, &b]).await;
    publish(&w, "r2").await;
    w.clock.advance(HOUR);
    let later = w.schedule(plan("k3").due_in(10 * HOUR), &[&a]).await;
    w.store.cancel(&w.ctx, later.post.id).await.unwrap();
    assert_eq!(w.store.prune(HOUR + SECOND, 10).await.unwrap(), 0);
    assert_eq!(w.store.prune(HOUR, 10).await.unwrap(), 1, "only what is final everywhere, for so long");
    absent(w.store.post(&w.ctx, gone.post.id).await);
    absent(w.store.media(w.ctx.tenant(), hash).await);
    w.store.post(&w.ctx, half.post.id).await.unwrap();
    w.store.post(&w.ctx, later.post.id).await.unwrap();
    assert!(w.kinds().await.contains(&EventKind::PostPublished), "the log stays");
    let owned = w.store.remote_ids(w.ctx.tenant(), a.id, jiff::Timestamp::UNIX_EPOCH).await.unwrap();
    assert!(owned.contains(&RemoteId::new("r1")), "what was live is never taken for another post");
    assert!(!w.try_schedule(&plan("k1"), &[&a]).await.unwrap().replayed, "its key is free again");
}

pub(super) async fn so_many_posts_are_forgotten_at_once(w: World<'_>) {
    let accounts = [w.account("1").await, w.account("2").await, w.account("3").await];
    let [a, b, c] = &accounts;
    let mut posts = Vec::new();
    for key in ["k1", "k2", "k3", "k4", "k5"] {
        let view = w.schedule(plan(key).due_in(HOUR), &[a, b, c]).await;
        w.store.cancel(&w.ctx, view.post.id).await.unwrap();
        posts.push(view.post.id);
        w.clock.advance(SECOND);
    }
    for forgotten in [2, 2, 1, 0] {
        assert_eq!(w.store.prune(SECOND, 2).await.unwrap(), forgotten, "posts, not deliveries, are counted");
        posts.drain(..forgotten);
        let kept = w.store.posts(&w.ctx, &PostFilter::default()).await.unwrap();
        let kept: Vec<_> = kept.into_iter().map(|view| view.post.id).collect();
        assert_eq!(kept, posts, "the oldest go first");
    }
}

pub(super) async fn a_held_post_is_never_forgotten(w: World<'_>) {
    let a = w.account("1").await;
    let held = w.held(plan("k"), &a).await;
    w.clock.advance(1000 * HOUR);
    assert_eq!(w.store.prune(HOUR, 10).await.unwrap(), 0);
    w.delivery(held.post, held.id).await;
}
