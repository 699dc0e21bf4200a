//! Attempts: the intent, and what it must not do.

use std::time::Duration;

use xmp_core::state::{DeliveryState, PartState};
use xmp_core::step::{NewAttempt, Resolution, Verdict};
use xmp_core::{Absence, Begun, Certainty, Checkpoint, ErrorKind, EventKind, PublishedRef, RemoteId};

use super::world::{
    HOUR, LEASE, MINUTE, SETTLE, TIMEOUT, World, absent, current, failure, live, new_attempt, plan,
    published, refused,
};

pub(super) async fn begin_commits_the_intent(w: World<'_>) {
    let a = w.account("1").await;
    w.schedule(plan("k"), &[&a]).await;
    let claimed = w.claim_one().await;
    w.clock.advance(MINUTE / 6);
    let attempt = w.begin(&claimed).await;
    assert_eq!((attempt.number, attempt.fence), (1, claimed.lease.fence));
    assert_eq!((attempt.began_at, attempt.since, attempt.outcome), (w.now(), w.now(), None));
    assert_eq!(attempt.deadline, w.now().checked_add(TIMEOUT).unwrap());
    assert_eq!(attempt.confirm_after, w.now().checked_add(TIMEOUT + SETTLE).unwrap());
    let delivery = w.delivery(claimed.delivery.post, claimed.delivery.id).await;
    assert_eq!(delivery.state, DeliveryState::Sending);
    assert_eq!(delivery.parts[0].attempt.as_ref(), Some(&attempt));
    assert_eq!(delivery.parts[0].attempts, 1);
    let lease = delivery.lease.unwrap();
    assert_eq!(lease.until, w.now().checked_add(LEASE).unwrap(), "it gets its time from now");
    let last = w.events().await.pop().unwrap();
    assert_eq!((last.kind, last.part), (EventKind::PostAttempted, Some(delivery.parts[0].id)));
    assert_eq!(last.data["attempt"], attempt.id.to_string());
}

pub(super) async fn begin_needs_a_waiting_part_and_a_long_lease(w: World<'_>) {
    let a = w.account("1").await;
    w.schedule(plan("k"), &[&a]).await;
    let claimed = w.claim_one().await;
    let part = current(&claimed.delivery).id;
    let short = NewAttempt { lease_for: TIMEOUT, ..new_attempt(part) };
    refused(w.store.begin_attempt(&claimed.lease, short).await, ErrorKind::Configuration, "lease.too_short");
    absent(w.try_begin(&claimed.lease, xmp_core::PartId::new(w.now())).await);
    assert_eq!(w.delivery(claimed.delivery.post, claimed.delivery.id).await, claimed.delivery);
    w.begin(&claimed).await;
    let again = w.try_begin(&claimed.lease, part).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Conflict);
}

pub(super) async fn equal_content_waits_until_it_is_resolved(w: World<'_>) {
    let a = w.account("1").await;
    w.schedule(plan("k1").texts(&["good  morning"]), &[&a]).await;
    let first = w.claim_one().await;
    w.begin(&first).await;
    w.conclude(&first, Verdict::Unconfirmed { error: failure() }).await;
    w.schedule(plan("k2").texts(&["good morning "]), &[&a]).await;
    let second = w.claim_one().await;
    let part = current(&second.delivery).id;
    let blocked = async || match w.try_begin(&second.lease, part).await.unwrap() {
        Begun::EqualUnresolved(other) => Some(other),
        _ => None,
    };
    let written = w.events().await.len();
    assert_eq!(blocked().await, Some(first.delivery.id));
    assert_eq!(w.delivery(second.delivery.post, second.delivery.id).await, second.delivery);
    assert_eq!(w.events().await.len(), written, "nothing was committed");
    w.conclude(&second, Verdict::Yield).await;

    w.clock.advance(TIMEOUT + SETTLE);
    let looked = w.claim_unconfirmed().await;
    w.conclude(&looked, Verdict::Hold { why: "unclear".to_owned(), candidates: vec![] }).await;
    let second = w.claim_one().await;
    let held = w.try_begin(&second.lease, part).await.unwrap();
    assert!(matches!(held, Begun::EqualUnresolved(_)), "held is unresolved too");
    w.store.resolve(&w.ctx, looked.delivery.id, Resolution::Live(published("r1"))).await.unwrap();
    let begun = w.try_begin(&second.lease, part).await.unwrap();
    assert!(matches!(begun, Begun::Attempt(_)), "resolved");
}

pub(super) async fn equal_content_of_another_account_does_not_wait(w: World<'_>) {
    let (a, b) = (w.account("1").await, w.account("2").await);
    let same = plan("k1").texts(&["same"]);
    w.schedule(same, &[&a, &b]).await;
    for claimed in w.claim(2).await {
        w.begin(&claimed).await;
    }
    let stranger = w.stranger();
    stranger.schedule(plan("k1").texts(&["same"]), &[&stranger.account("1").await]).await;
    stranger.begin(&stranger.claim_one().await).await;
}

pub(super) async fn a_remote_id_belongs_to_one_part(w: World<'_>) {
    let (a, b) = (w.account("1").await, w.account("2").await);
    let first = w.sending("k1", &a).await;
    w.conclude(&first, live("r1")).await;
    let second = w.sending("k2", &a).await;
    let part = current(&second.delivery).id;
    let before = w.store.post(&w.ctx, second.delivery.post).await.unwrap();
    let written = w.events().await.len();
    let error = w.store.conclude(&second.lease, part, live("r1")).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, "remote_id.taken"));
    assert!(error.to_string().contains(&first.delivery.id.to_string()), "{error}");
    assert_eq!(w.store.post(&w.ctx, second.delivery.post).await.unwrap(), before, "nothing changed");
    assert_eq!(w.events().await.len(), written);
    w.conclude(&second, live("r2")).await;
    let other = w.sending("k3", &b).await;
    w.conclude(&other, live("r1")).await;
}

pub(super) async fn remote_ids_are_told_since_a_moment(w: World<'_>) {
    let a = w.account("1").await;
    let ids = async |since| {
        let mut ids = w.store.remote_ids(w.ctx.tenant(), a.id, since).await.unwrap();
        ids.sort();
        ids
    };
    let start = w.now();
    assert!(ids(start).await.is_empty());
    let first = w.sending("k1", &a).await;
    w.conclude(&first, live("r1")).await;
    w.clock.advance(HOUR);
    let middle = w.now();
    let second = w.sending("k2", &a).await;
    // Confirmed now, live for longer by the platform's clock: it counts as ours from now.
    let reference = PublishedRef { at: Some(start), ..published("r2") };
    w.conclude(&second, Verdict::Published(reference)).await;
    assert_eq!(ids(start).await, [RemoteId::new("r1"), RemoteId::new("r2")]);
    assert_eq!(ids(middle).await, [RemoteId::new("r2")]);
    w.clock.advance(HOUR);
    assert!(ids(w.now()).await.is_empty());
    let stranger = w.stranger();
    assert!(w.store.remote_ids(stranger.ctx.tenant(), a.id, start).await.unwrap().is_empty());
}

pub(super) async fn the_parts_of_a_thread_answer_each_other(w: World<'_>) {
    let a = w.account("1").await;
    w.schedule(plan("k").texts(&["one", "two", "three"]), &[&a]).await;
    let mut claimed = w.claim_one().await;
    for (index, remote) in ["r0", "r1", "r2"].into_iter().enumerate() {
        let part = current(&claimed.delivery).clone();
        assert_eq!(part.index as usize, index);
        let answers = index.checked_sub(1).map(|before| RemoteId::new(format!("r{before}")));
        assert_eq!(part.content.reply_to, answers);
        w.begin(&claimed).await;
        let (delivery, _) = w.conclude(&claimed, live(remote)).await;
        assert_eq!(w.delivery(delivery.post, delivery.id).await, delivery);
        if index < 2 {
            assert_eq!(delivery.state, DeliveryState::Publishing);
            assert!(delivery.lease.is_some(), "its worker goes on with the next part");
        } else {
            assert_eq!((delivery.state, delivery.run_at), (DeliveryState::Published, None));
            assert_eq!(delivery.lease, None);
        }
        claimed.delivery = delivery;
    }
    assert!(w.claim(9).await.is_empty());
}

pub(super) async fn an_observed_absence_leaves_the_first_attempt_in_doubt(w: World<'_>) {
    let a = w.account("1").await;
    let start = w.now();
    let first = w.unconfirmed("k", &a).await;
    w.clock.advance(TIMEOUT + SETTLE);
    let looked = w.claim_unconfirmed().await;
    w.conclude(&looked, Verdict::Absent { absence: Absence::Observed, after: Duration::ZERO }).await;
    let again = w.claim_one().await;
    let earlier = again.delivery.parts[0].attempt.as_ref().unwrap();
    assert_eq!(earlier.outcome, Some(Certainty::MaybeSent), "only observed: nothing is disproved");
    let attempt = w.begin(&again).await;
    assert_ne!(attempt.id, first.parts[0].attempt.as_ref().unwrap().id);
    assert_eq!((attempt.since, attempt.began_at, attempt.number), (start, w.now(), 2));
    w.conclude(&again, live("r")).await;
    let delivery = w.delivery(first.post, first.id).await;
    assert_eq!(delivery.parts[0].state, PartState::Published);
    assert_eq!(delivery.parts[0].attempt.as_ref().unwrap().since, start);
}

pub(super) async fn checkpoints_are_kept_by_name(w: World<'_>) {
    let a = w.account("1").await;
    w.schedule(plan("k").texts(&["one", "two"]), &[&a]).await;
    let claimed = w.claim_one().await;
    let [one, two] = [claimed.delivery.parts[0].id, claimed.delivery.parts[1].id];
    let keep = async |part, name: &str, value: &str| {
        let expires_at = Some(w.now().checked_add(HOUR).unwrap());
        let checkpoint = Checkpoint { name: name.to_owned(), value: value.to_owned(), expires_at };
        w.store.checkpoint(&claimed.lease, part, checkpoint).await.unwrap();
    };
    keep(one, "media:a", "1").await;
    keep(one, "media:b", "2").await;
    keep(two, "media:a", "3").await;
    keep(one, "media:a", "4").await;
    let delivery = w.delivery(claimed.delivery.post, claimed.delivery.id).await;
    let kept = |index: usize| -> Vec<(String, String)> {
        let part = delivery.parts[index].checkpoints.iter();
        part.map(|checkpoint| (checkpoint.name.clone(), checkpoint.value.clone())).collect()
    };
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(kept(0), [pair("media:b", "2"), pair("media:a", "4")], "the latest last");
    assert_eq!(kept(1), [pair("media:a", "3")]);
    assert!(delivery.parts[0].checkpoints[0].expires_at.is_some());
    let checkpoint = Checkpoint { name: "x".to_owned(), value: "y".to_owned(), expires_at: None };
    absent(w.store.checkpoint(&claimed.lease, xmp_core::PartId::new(w.now()), checkpoint).await);
}
