//! What people want to know.

use std::time::Duration;

use xmp_core::step::{Resolution, Verdict};
use xmp_core::{
    AccountCounts, AccountState, AttemptRecord, Certainty, DeliveryCounts, DeliveryId, DueCounts, PlatformId,
    StopScope, Tally, TenantId,
};

use super::world::{HOUR, LEASE, MINUTE, SECOND, SETTLE, TIMEOUT, World, failure, live, plan, snooze};

/// Number, outcome, code and why of an attempt.
type Told<'a> = (u32, Option<Certainty>, Option<&'a str>, Option<&'a str>);

fn told(attempts: &[AttemptRecord]) -> Vec<Told<'_>> {
    attempts.iter().map(|own| (own.number, own.outcome, own.code.as_deref(), own.why.as_deref())).collect()
}

pub(super) async fn every_attempt_is_remembered(w: World<'_>) {
    let a = w.account("1").await;
    let first = w.sending("k", &a).await;
    let id = first.delivery.id;
    let flying = w.store.attempts(&w.ctx, id).await.unwrap();
    assert_eq!(told(&flying), [(1, None, None, None)]);
    assert_eq!((flying[0].began_at, flying[0].known_at), (w.now(), None));
    assert_eq!(flying[0].deadline, w.now().checked_add(TIMEOUT).unwrap());
    assert_eq!(flying[0].part, first.delivery.parts[0].id);
    w.clock.advance(SECOND);
    w.conclude(&first, snooze(MINUTE, false)).await;
    w.clock.advance(MINUTE);
    let second = w.claim_one().await;
    w.begin(&second).await;
    w.conclude(&second, Verdict::Retry { error: failure(), after: MINUTE }).await;
    w.clock.advance(MINUTE);
    let third = w.claim_one().await;
    w.begin(&third).await;
    w.conclude(&third, Verdict::Unconfirmed { error: failure() }).await;
    let window = (1, Some(Certainty::NotSent), None, Some("its window is used up"));
    let failed = |number, outcome| (number, Some(outcome), Some("test.no_answer"), Some("no answer"));
    let refused = failed(1, Certainty::NotSent);
    let all = w.store.attempts(&w.ctx, id).await.unwrap();
    assert_eq!(told(&all), [window, refused, failed(2, Certainty::MaybeSent)]);
    assert_eq!(all[0].id, flying[0].id);
    assert_eq!(all[0].known_at, flying[0].began_at.checked_add(SECOND).ok());
    w.clock.advance(TIMEOUT + SETTLE);
    let found = w.claim_unconfirmed().await;
    w.conclude(&found, live("r")).await;
    let all = w.store.attempts(&w.ctx, id).await.unwrap();
    assert_eq!(told(&all), [window, refused, (2, Some(Certainty::Sent), None, None)]);
    assert_eq!(all[2].known_at, Some(w.now()));
    let stranger = w.stranger();
    assert!(stranger.store.attempts(&stranger.ctx, id).await.unwrap().is_empty());
    assert!(w.store.attempts(&w.ctx, DeliveryId::new(w.now())).await.unwrap().is_empty());
}

pub(super) async fn attempts_of_vanished_workers_and_of_threads_are_remembered(w: World<'_>) {
    let a = w.account("1").await;
    w.schedule(plan("k").texts(&["one", "two"]), &[&a]).await;
    let claimed = w.claim_one().await;
    let id = claimed.delivery.id;
    w.begin(&claimed).await;
    let (delivery, _) = w.conclude(&claimed, live("r")).await;
    w.clock.advance(SECOND);
    w.try_begin(&claimed.lease, delivery.parts[1].id).await.unwrap();
    w.clock.advance(LEASE);
    assert!(w.claim(9).await.is_empty());
    let all = w.store.attempts(&w.ctx, id).await.unwrap();
    let abandoned = "the worker that sent this stopped before it could say what came of it";
    assert_eq!(told(&all)[0], (1, Some(Certainty::Sent), None, None));
    assert_eq!((told(&all)[1].1, told(&all)[1].2), (Some(Certainty::MaybeSent), Some("attempt.abandoned")));
    assert!(told(&all)[1].3.is_some_and(|why| why.contains(abandoned)), "{all:?}");
    assert_eq!((all[0].part, all[1].part), (delivery.parts[0].id, delivery.parts[1].id));
    w.clock.advance(TIMEOUT + SETTLE);
    let asked = w.claim_unconfirmed().await;
    let part = asked.delivery.current().unwrap().id;
    let hold = Verdict::Hold { why: "unclear".to_owned(), candidates: vec![] };
    w.store.conclude(&asked.lease, part, hold).await.unwrap();
    w.store.resolve(&w.ctx, id, Resolution::Abandon).await.unwrap();
    assert_eq!(w.store.attempts(&w.ctx, id).await.unwrap().len(), 2);
    w.clock.advance(HOUR);
    assert_eq!(w.store.prune(HOUR, 9).await.unwrap(), 1);
    assert!(w.store.attempts(&w.ctx, id).await.unwrap().is_empty(), "they go with their post");
}

pub(super) async fn who_is_busy_is_told(w: World<'_>) {
    let (a, b) = (w.account("1").await, w.account("2").await);
    w.schedule(plan("k"), &[&a]).await;
    assert_eq!(w.store.busy(&w.ctx, a.id).await.unwrap(), None);
    let claimed = w.claim_one().await;
    let busy = w.store.busy(&w.ctx, a.id).await.unwrap().unwrap();
    assert_eq!((busy.delivery, busy.lease.worker), (claimed.delivery.id, w.worker));
    assert_eq!(busy.lease.until, w.now().checked_add(LEASE).unwrap());
    assert_eq!(w.store.busy(&w.ctx, b.id).await.unwrap(), None);
    let stranger = w.stranger();
    assert_eq!(stranger.store.busy(&stranger.ctx, a.id).await.unwrap(), None);
    w.conclude(&claimed, Verdict::Yield).await;
    assert_eq!(w.store.busy(&w.ctx, a.id).await.unwrap(), None);
}

async fn tally(w: &World<'_>) -> Tally {
    w.store.tally(&w.ctx).await.unwrap()
}

pub(super) async fn deliveries_are_counted_by_where_they_stand(w: World<'_>) {
    assert_eq!(tally(&w).await, Tally::default());
    let (a, b, c) = (w.account("1").await, w.account("2").await, w.account("3").await);
    w.held(plan("held"), &a).await;
    let failed = w.sending("failed", &b).await;
    w.conclude(&failed, Verdict::Fail { error: failure() }).await;
    w.schedule(plan("half").texts(&["one", "two"]), &[&b]).await;
    let half = w.claim_one().await;
    w.begin(&half).await;
    let (delivery, _) = w.conclude(&half, live("r1")).await;
    let fail = Verdict::Fail { error: failure() };
    w.store.conclude(&half.lease, delivery.parts[1].id, fail).await.unwrap();
    let done = w.sending("done", &b).await;
    w.conclude(&done, live("r2")).await;
    let cancelled = w.schedule(plan("cancelled").due_in(HOUR), &[&b]).await;
    w.store.cancel(&w.ctx, cancelled.post.id).await.unwrap();
    w.schedule(plan("expired").due_in(SECOND).expires_in(MINUTE), &[&b]).await;
    w.clock.advance(MINUTE);
    assert!(w.claim(9).await.is_empty());
    w.unconfirmed("unconfirmed", &b).await;
    w.sending("working", &c).await;
    w.schedule(plan("waiting").due_in(HOUR), &[&a, &b]).await;
    let counts = DeliveryCounts {
        waiting: 2,
        working: 1,
        unconfirmed: 1,
        held: 1,
        partly_published: 1,
        failed: 1,
        cancelled: 1,
        expired: 1,
    };
    assert_eq!(tally(&w).await.deliveries, counts);
    let stranger = w.stranger();
    assert_eq!(tally(&stranger).await, Tally::default());
}

pub(super) async fn what_is_due_is_told_from_what_is_kept_back(w: World<'_>) {
    let (a, b, c) = (w.account("1").await, w.account("2").await, w.account("3").await);
    let first = w.schedule(plan("k1"), &[&a]).await;
    w.schedule(plan("k2").due_in(SECOND), &[&b]).await;
    w.schedule(plan("k3").due_in(MINUTE), &[&c]).await;
    w.schedule(plan("k4").due_in(HOUR), &[&a, &b, &c]).await;
    let due = |ready, overdue, kept_back| DueCounts { ready, overdue, kept_back };
    assert_eq!(tally(&w).await.due, due(1, 0, 0));
    w.clock.advance(30 * SECOND);
    assert_eq!(tally(&w).await.due, due(2, 1, 0));
    w.clock.advance(30 * SECOND);
    let now = tally(&w).await;
    assert_eq!(now.due, due(3, 2, 0));
    let oldest = now.oldest_due.unwrap();
    assert_eq!((oldest.post, oldest.delivery), (first.post.id, first.deliveries[0].id));
    assert_eq!((oldest.account, oldest.since, oldest.late), (a.id, first.post.due.at, MINUTE));
    w.store.set_account_state(&w.ctx, a.id, AccountState::Paused, "holidays").await.unwrap();
    let now = tally(&w).await;
    assert_eq!(now.due, due(2, 1, 1));
    assert_eq!(now.oldest_due.map(|oldest| (oldest.account, oldest.late)), Some((b.id, 59 * SECOND)));
    let taken = w.claim_one().await;
    assert_eq!(taken.account.id, b.id);
    w.conclude(&taken, snooze(MINUTE, true)).await;
    let now = tally(&w).await;
    assert_eq!(now.due, due(1, 0, 1));
    assert_eq!(now.oldest_due.map(|oldest| (oldest.account, oldest.late)), Some((c.id, Duration::ZERO)));
    w.store.stop_sending(&w.ctx, StopScope::Platform(PlatformId::X), "now").await.unwrap();
    assert_eq!((tally(&w).await.due, tally(&w).await.oldest_due), (due(0, 0, 2), None));
}

pub(super) async fn accounts_and_stops_are_told_with_the_counts(w: World<'_>) {
    let mut accounts = Vec::new();
    for remote in ["1", "2", "3", "4", "5"] {
        accounts.push(w.account(remote).await.id);
        w.clock.advance(SECOND);
    }
    let states = [
        AccountState::NeedsConsent,
        AccountState::Paused,
        AccountState::Suspended,
        AccountState::NeedsConsent,
    ];
    for (id, state) in accounts.iter().zip(states) {
        w.store.set_account_state(&w.ctx, *id, state, "so").await.unwrap();
    }
    let scopes = [
        StopScope::All,
        StopScope::Platform(PlatformId::X),
        StopScope::Tenant(w.ctx.tenant().clone()),
        StopScope::Tenant(TenantId::new("other").unwrap()),
    ];
    for scope in &scopes {
        w.store.stop_sending(&w.ctx, scope.clone(), "so").await.unwrap();
    }
    let now = tally(&w).await;
    assert_eq!(now.accounts, AccountCounts { active: 1, paused: 1, needs_consent: 2, suspended: 1 });
    assert_eq!(now.needs_consent, [accounts[0], accounts[3]]);
    let told: Vec<_> = now.stops.into_iter().map(|stop| stop.scope).collect();
    assert_eq!(told.len(), 3);
    assert!(scopes[..3].iter().all(|scope| told.contains(scope)), "not the other tenant's: {told:?}");
}
