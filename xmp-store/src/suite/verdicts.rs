//! Every verdict.

use std::time::Duration;

use xmp_core::state::{DeliveryState, PartState};
use xmp_core::step::Verdict;
use xmp_core::{Absence, Certainty, ErrorKind, EventKind, RemoteId};

use super::world::{HOUR, MINUTE, SETTLE, TIMEOUT, World, current, failure, lease_lost, live, plan, snooze};

pub(super) async fn published_is_final(w: World<'_>) {
    let claimed = w.sending("k", &w.account("1").await).await;
    let (delivery, events) = w.conclude(&claimed, live("r")).await;
    assert_eq!((delivery.state, delivery.run_at), (DeliveryState::Published, None));
    assert_eq!(delivery.lease, None);
    let part = &delivery.parts[0];
    assert_eq!(part.published.as_ref().unwrap().remote_id, RemoteId::new("r"));
    assert_eq!(part.attempt.as_ref().unwrap().outcome, Some(Certainty::Sent));
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].kind, events[0].part), (EventKind::PostPublished, Some(part.id)));
    assert_eq!(events[0].data["remote_id"], "r");
    assert_eq!(w.events().await.pop(), events.into_iter().next(), "as it is in the log");
    assert_eq!(w.delivery(delivery.post, delivery.id).await, delivery);
    lease_lost(w.store.conclude(&claimed.lease, part.id, live("r2")).await);
}

pub(super) async fn retry_counts_and_waits(w: World<'_>) {
    let claimed = w.sending("k", &w.account("1").await).await;
    let (delivery, events) = w.conclude(&claimed, Verdict::Retry { error: failure(), after: MINUTE }).await;
    assert_eq!((delivery.state, delivery.parts[0].attempts), (DeliveryState::Scheduled, 1));
    assert_eq!(delivery.run_at, Some(w.now().checked_add(MINUTE).unwrap()));
    assert_eq!(delivery.waiting.as_deref(), Some("no answer"));
    assert_eq!(delivery.parts[0].error, Some(failure()));
    assert_eq!(delivery.parts[0].attempt.as_ref().unwrap().outcome, Some(Certainty::NotSent));
    assert_eq!(events[0].kind, EventKind::PostRetried);
    assert!(w.claim(1).await.is_empty());
    w.clock.advance(MINUTE);
    let again = w.claim_one().await;
    let attempt = w.begin(&again).await;
    assert_eq!((attempt.number, attempt.since), (2, w.now()));
}

pub(super) async fn retry_without_an_attempt_counts_too(w: World<'_>) {
    w.schedule(plan("k"), &[&w.account("1").await]).await;
    let claimed = w.claim_one().await;
    let (delivery, _) = w.conclude(&claimed, Verdict::Retry { error: failure(), after: MINUTE }).await;
    assert_eq!((delivery.parts[0].attempts, &delivery.parts[0].attempt), (1, &None));
}

pub(super) async fn snooze_counts_nothing(w: World<'_>) {
    let a = w.account("1").await;
    w.schedule(plan("k"), &[&a]).await;
    let claimed = w.claim_one().await;
    let (delivery, events) = w.conclude(&claimed, snooze(MINUTE, false)).await;
    assert_eq!((delivery.state, delivery.parts[0].attempts), (DeliveryState::Scheduled, 0));
    assert_eq!(delivery.waiting.as_deref(), Some("its window is used up"));
    assert_eq!(events[0].kind, EventKind::PostSnoozed);
    assert_eq!(w.store.account(&w.ctx, a.id).await.unwrap().blocked_until, None);
    w.clock.advance(MINUTE);
    let again = w.claim_one().await;
    w.begin(&again).await;
    let (delivery, _) = w.conclude(&again, snooze(MINUTE, false)).await;
    assert_eq!(delivery.parts[0].attempts, 0, "turned away at the platform's door");
    assert_eq!(delivery.parts[0].attempt.as_ref().unwrap().outcome, Some(Certainty::NotSent));
}

pub(super) async fn snooze_can_block_the_account(w: World<'_>) {
    let a = w.account("1").await;
    w.unconfirmed("doubtful", &a).await;
    w.clock.advance(TIMEOUT + SETTLE);
    w.schedule(plan("k"), &[&a]).await;
    let claimed = w.claim_one().await;
    w.conclude(&claimed, snooze(HOUR, true)).await;
    let until = w.now().checked_add(HOUR).ok();
    assert_eq!(w.store.account(&w.ctx, a.id).await.unwrap().blocked_until, until);
    let looked = w.claim_unconfirmed().await;
    w.conclude(&looked, snooze(MINUTE, true)).await;
    let blocked = w.store.account(&w.ctx, a.id).await.unwrap().blocked_until;
    assert_eq!(blocked, until, "another answer does not shorten it");
    w.clock.advance(HOUR);
    let claimed = w.claim_one().await;
    w.conclude(&claimed, snooze(MINUTE, true)).await;
    let blocked = w.store.account(&w.ctx, a.id).await.unwrap().blocked_until;
    assert_eq!(blocked, w.now().checked_add(MINUTE).ok());
}

pub(super) async fn fail_makes_a_dead_letter(w: World<'_>) {
    let a = w.account("1").await;
    w.schedule(plan("k").texts(&["one", "two"]), &[&a]).await;
    let claimed = w.claim_one().await;
    let (delivery, events) = w.conclude(&claimed, Verdict::Fail { error: failure() }).await;
    assert_eq!((delivery.state, delivery.run_at), (DeliveryState::Failed, None));
    assert!(delivery.parts.iter().all(|part| part.state == PartState::Failed));
    assert_eq!(delivery.parts[0].error, Some(failure()));
    assert_eq!(delivery.parts[1].error.as_ref().unwrap().code, "thread.stopped");
    assert_eq!(events[0].kind, EventKind::PostFailed);
    assert_eq!(w.delivery(delivery.post, delivery.id).await, delivery);

    w.schedule(plan("k2").texts(&["one", "two", "three"]), &[&a]).await;
    let mut claimed = w.claim_one().await;
    w.begin(&claimed).await;
    claimed.delivery = w.conclude(&claimed, live("r")).await.0;
    w.begin(&claimed).await;
    let (delivery, _) = w.conclude(&claimed, Verdict::Fail { error: failure() }).await;
    assert_eq!(delivery.state, DeliveryState::PartlyPublished);
    assert_eq!(delivery.parts[1].attempt.as_ref().unwrap().outcome, Some(Certainty::Rejected));
    assert!(w.claim(9).await.is_empty());
}

pub(super) async fn unconfirmed_waits_for_the_settle_window(w: World<'_>) {
    let claimed = w.sending("k", &w.account("1").await).await;
    let (delivery, events) = w.conclude(&claimed, Verdict::Unconfirmed { error: failure() }).await;
    assert_eq!(delivery.state, DeliveryState::Unconfirmed);
    let attempt = delivery.parts[0].attempt.as_ref().unwrap();
    assert_eq!((attempt.outcome, delivery.run_at), (Some(Certainty::MaybeSent), Some(attempt.confirm_after)));
    assert_eq!(events[0].kind, EventKind::PostUnconfirmed);
    assert!(w.store.claim(&w.request(1, true)).await.unwrap().is_empty());
    w.clock.advance(TIMEOUT + SETTLE);
    assert!(w.claim(1).await.is_empty());
    w.claim_unconfirmed().await;
}

pub(super) async fn look_again_counts_looks_that_were_made(w: World<'_>) {
    w.unconfirmed("k", &w.account("1").await).await;
    w.clock.advance(TIMEOUT + SETTLE);
    let claimed = w.claim_unconfirmed().await;
    let unread = Verdict::LookAgain { after: MINUTE, error: Some(failure()) };
    let (delivery, _) = w.conclude(&claimed, unread).await;
    assert_eq!((delivery.parts[0].looks, delivery.parts[0].error.as_ref()), (0, Some(&failure())));
    w.clock.advance(MINUTE);
    let claimed = w.claim_unconfirmed().await;
    let (delivery, _) = w.conclude(&claimed, Verdict::LookAgain { after: HOUR, error: None }).await;
    assert_eq!((delivery.parts[0].looks, delivery.state), (1, DeliveryState::Unconfirmed));
    assert_eq!(delivery.run_at, Some(w.now().checked_add(HOUR).unwrap()));
    assert!(delivery.waiting.is_some());
    assert_eq!(w.delivery(delivery.post, delivery.id).await, delivery);
}

pub(super) async fn absent_lets_it_be_sent_again(w: World<'_>) {
    w.unconfirmed("k", &w.account("1").await).await;
    w.clock.advance(TIMEOUT + SETTLE);
    let claimed = w.claim_unconfirmed().await;
    let (delivery, events) =
        w.conclude(&claimed, Verdict::Absent { absence: Absence::Proof, after: Duration::ZERO }).await;
    assert_eq!((delivery.state, delivery.run_at), (DeliveryState::Scheduled, Some(w.now())));
    assert_eq!(delivery.parts[0].attempt.as_ref().unwrap().outcome, Some(Certainty::NotSent));
    assert_eq!((events[0].kind, &events[0].data["absence"]), (EventKind::PostRetried, &"proof".into()));
    let attempt = w.begin(&w.claim_one().await).await;
    assert_eq!((attempt.number, attempt.since), (2, w.now()), "the first attempt is disproved");
}

pub(super) async fn found_later_is_published(w: World<'_>) {
    w.unconfirmed("k", &w.account("1").await).await;
    w.clock.advance(TIMEOUT + SETTLE);
    let claimed = w.claim_unconfirmed().await;
    let (delivery, _) = w.conclude(&claimed, live("found")).await;
    assert_eq!(delivery.state, DeliveryState::Published);
    assert_eq!(delivery.parts[0].attempt.as_ref().unwrap().outcome, Some(Certainty::Sent));
}

pub(super) async fn hold_waits_for_a_person(w: World<'_>) {
    w.unconfirmed("k", &w.account("1").await).await;
    w.clock.advance(TIMEOUT + SETTLE);
    let claimed = w.claim_unconfirmed().await;
    let candidates = vec![RemoteId::new("r1"), RemoteId::new("r2")];
    let (delivery, events) =
        w.conclude(&claimed, Verdict::Hold { why: "two could be it".to_owned(), candidates }).await;
    assert_eq!((delivery.state, delivery.run_at), (DeliveryState::Held, None));
    assert_eq!(delivery.waiting.as_deref(), Some("two could be it"));
    assert_eq!((events[0].kind, &events[0].data["candidates"][1]), (EventKind::PostHeld, &"r2".into()));
    w.clock.advance(HOUR);
    assert!(w.claim(9).await.is_empty());
    assert!(w.store.claim(&w.request(9, true)).await.unwrap().is_empty());
}

pub(super) async fn yield_gives_the_lease_back(w: World<'_>) {
    let view = w.schedule(plan("k"), &[&w.account("1").await]).await;
    let claimed = w.claim_one().await;
    let (delivery, events) = w.conclude(&claimed, Verdict::Yield).await;
    assert!(events.is_empty());
    assert_eq!((delivery.lease, delivery.run_at), (None, view.deliveries[0].run_at));
    let next = w.other_worker().claim_one().await;
    assert!(next.lease.fence > claimed.lease.fence);
}

pub(super) async fn a_wrong_verdict_changes_nothing(w: World<'_>) {
    let a = w.account("1").await;
    w.schedule(plan("k"), &[&a]).await;
    let claimed = w.claim_one().await;
    let part = current(&claimed.delivery).id;
    let wrong_while_waiting = [
        live("r"),
        Verdict::Unconfirmed { error: failure() },
        Verdict::LookAgain { after: MINUTE, error: None },
        Verdict::Absent { absence: Absence::Proof, after: Duration::ZERO },
    ];
    for verdict in wrong_while_waiting {
        let error = w.store.conclude(&claimed.lease, part, verdict).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    }
    assert_eq!(w.delivery(claimed.delivery.post, claimed.delivery.id).await, claimed.delivery);
    w.begin(&claimed).await;
    let sending = w.delivery(claimed.delivery.post, claimed.delivery.id).await;
    let wrong_while_sending = [
        Verdict::Yield,
        Verdict::LookAgain { after: MINUTE, error: None },
        Verdict::Absent { absence: Absence::Observed, after: Duration::ZERO },
        Verdict::Hold { why: String::new(), candidates: vec![] },
    ];
    for verdict in wrong_while_sending {
        let error = w.store.conclude(&claimed.lease, part, verdict).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    }
    assert_eq!(w.delivery(claimed.delivery.post, claimed.delivery.id).await, sending);
}
