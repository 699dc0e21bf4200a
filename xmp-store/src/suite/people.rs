//! What people do with posts.

use xmp_core::state::{DeliveryState, PartState};
use xmp_core::step::{Resolution, Verdict};
use xmp_core::{
    Account, Certainty, Checkpoint, Delivery, DeliveryId, Due, ErrorKind, EventKind, PostId, RemoteId,
};

use super::world::{HOUR, LEASE, MINUTE, World, absent, current, failure, live, plan, published, refused};

fn due(w: &World<'_>) -> Due {
    let at = w.now().checked_add(HOUR).unwrap();
    Due::at(at)
}

pub(super) async fn cancel_takes_all_deliveries_or_none(w: World<'_>) {
    let (a, b) = (w.account("1").await, w.account("2").await);
    let view = w.schedule(plan("k1").texts(&["one", "two"]).due_in(HOUR), &[&a, &b]).await;
    let cancelled = w.store.cancel(&w.ctx, view.post.id).await.unwrap();
    for delivery in &cancelled.deliveries {
        assert_eq!((delivery.state, delivery.run_at), (DeliveryState::Cancelled, None));
        assert!(delivery.parts.iter().all(|part| part.state == PartState::Cancelled));
    }
    assert_eq!(w.store.post(&w.ctx, view.post.id).await.unwrap(), cancelled);
    assert_eq!(w.kinds().await[4..], [EventKind::PostCancelled; 2]);
    w.clock.advance(HOUR);
    assert!(w.claim(9).await.is_empty());

    let view = w.schedule(plan("k2"), &[&a, &b]).await;
    let claimed = w.claim_one().await;
    w.begin(&claimed).await;
    w.conclude(&claimed, live("r")).await;
    let before = w.store.post(&w.ctx, view.post.id).await.unwrap();
    let written = w.events().await.len();
    let half = w.store.cancel(&w.ctx, view.post.id).await;
    refused(half, ErrorKind::Conflict, "delivery.not_cancellable");
    assert_eq!(w.store.post(&w.ctx, view.post.id).await.unwrap(), before);
    assert_eq!(w.events().await.len(), written);
}

/// One delivery in each state after scheduled, on accounts of their own.
async fn later_states(w: &World<'_>) -> Vec<(PostId, Delivery)> {
    let mut found = Vec::new();
    let mut number = 0;
    let mut account = async || -> Account {
        number += 1;
        w.account(&number.to_string()).await
    };
    let held = w.held(plan("held"), &account().await).await;
    found.push((held.post, held));
    let doubtful = w.unconfirmed("unconfirmed", &account().await).await;
    found.push((doubtful.post, doubtful));
    for (key, verdict) in [("published", live("r")), ("failed", Verdict::Fail { error: failure() })] {
        let claimed = w.sending(key, &account().await).await;
        let (delivery, _) = w.conclude(&claimed, verdict).await;
        found.push((delivery.post, delivery));
    }
    w.schedule(plan("partly").texts(&["one", "two"]), &[&account().await]).await;
    let mut claimed = w.claim_one().await;
    w.begin(&claimed).await;
    claimed.delivery = w.conclude(&claimed, live("r")).await.0;
    let (delivery, _) = w.conclude(&claimed, Verdict::Fail { error: failure() }).await;
    found.push((delivery.post, delivery));
    w.schedule(plan("publishing").texts(&["one", "two"]), &[&account().await]).await;
    let mut claimed = w.claim_one().await;
    w.begin(&claimed).await;
    claimed.delivery = w.conclude(&claimed, live("r")).await.0;
    let verdict = Verdict::Retry { error: failure(), after: HOUR };
    let (delivery, _) = w.conclude(&claimed, verdict).await;
    found.push((delivery.post, delivery));
    let view = w.schedule(plan("cancelled").due_in(HOUR), &[&account().await]).await;
    let cancelled = w.store.cancel(&w.ctx, view.post.id).await.unwrap();
    found.push((view.post.id, cancelled.deliveries[0].clone()));
    found
}

pub(super) async fn cancel_is_refused_in_every_later_state(w: World<'_>) {
    let all = later_states(&w).await;
    assert_eq!(all.len(), 7);
    let written = w.events().await.len();
    for (post, delivery) in all {
        if delivery.state != DeliveryState::Publishing {
            let cancelled = w.store.cancel(&w.ctx, post).await;
            refused(cancelled, ErrorKind::Conflict, "delivery.not_cancellable");
        }
        let moved = w.store.reschedule(&w.ctx, post, due(&w)).await;
        refused(moved, ErrorKind::Conflict, "delivery.not_reschedulable");
        assert_eq!(w.delivery(post, delivery.id).await, delivery, "nothing changed");
    }
    assert_eq!(w.events().await.len(), written);
}

pub(super) async fn the_rest_of_a_thread_can_be_cancelled(w: World<'_>) {
    w.schedule(plan("k").texts(&["one", "two"]), &[&w.account("1").await]).await;
    let mut claimed = w.claim_one().await;
    w.begin(&claimed).await;
    claimed.delivery = w.conclude(&claimed, live("r")).await.0;
    w.conclude(&claimed, Verdict::Yield).await;
    let view = w.store.cancel(&w.ctx, claimed.delivery.post).await.unwrap();
    let delivery = &view.deliveries[0];
    assert_eq!((delivery.state, delivery.run_at), (DeliveryState::PartlyPublished, None));
    assert_eq!(delivery.parts[0].state, PartState::Published);
    assert_eq!(delivery.parts[1].state, PartState::Cancelled);
}

pub(super) async fn reschedule_moves_all_deliveries_or_none(w: World<'_>) {
    let (a, b) = (w.account("1").await, w.account("2").await);
    let view = w.schedule(plan("k").due_in(MINUTE), &[&a, &b]).await;
    let due = due(&w);
    let moved = w.store.reschedule(&w.ctx, view.post.id, due.clone()).await.unwrap();
    assert_eq!(moved.post.due, due);
    for delivery in &moved.deliveries {
        assert_eq!((delivery.due_at, delivery.run_at), (due.at, Some(due.at)));
    }
    assert_eq!(w.store.post(&w.ctx, view.post.id).await.unwrap(), moved);
    assert_eq!(w.kinds().await[4..], [EventKind::PostRescheduled; 2]);
    w.clock.advance(MINUTE);
    assert!(w.claim(9).await.is_empty());
    w.clock.advance(HOUR);
    let one = w.claim_one().await;
    w.begin(&one).await;
    w.conclude(&one, live("r")).await;
    let before = w.store.post(&w.ctx, view.post.id).await.unwrap();
    let half = w.store.reschedule(&w.ctx, view.post.id, due).await;
    refused(half, ErrorKind::Conflict, "delivery.not_reschedulable");
    assert_eq!(w.store.post(&w.ctx, view.post.id).await.unwrap(), before);
}

pub(super) async fn nobody_interferes_with_a_worker(w: World<'_>) {
    let a = w.account("1").await;
    let view = w.schedule(plan("k"), &[&a]).await;
    let claimed = w.claim_one().await;
    refused(w.store.cancel(&w.ctx, view.post.id).await, ErrorKind::Conflict, "delivery.busy");
    let moved = w.store.reschedule(&w.ctx, view.post.id, due(&w)).await;
    refused(moved, ErrorKind::Conflict, "delivery.busy");
    w.clock.advance(LEASE);
    w.store.cancel(&w.ctx, view.post.id).await.unwrap();
    let late = w.try_begin(&claimed.lease, current(&claimed.delivery).id).await.unwrap_err();
    assert_eq!(late.kind(), ErrorKind::LeaseLost, "its worker comes too late");
}

pub(super) async fn put_back_tries_a_dead_letter_again(w: World<'_>) {
    let a = w.account("1").await;
    w.schedule(plan("k").texts(&["one", "two", "three"]), &[&a]).await;
    let mut claimed = w.claim_one().await;
    w.begin(&claimed).await;
    claimed.delivery = w.conclude(&claimed, live("r")).await.0;
    let thrown_away = Checkpoint { name: "media".to_owned(), value: "1".to_owned(), expires_at: None };
    w.store.checkpoint(&claimed.lease, current(&claimed.delivery).id, thrown_away).await.unwrap();
    w.begin(&claimed).await;
    let (dead, _) = w.conclude(&claimed, Verdict::Fail { error: failure() }).await;
    assert_eq!(dead.parts[1].checkpoints.len(), 1);
    w.clock.advance(HOUR);
    let back = w.store.put_back(&w.ctx, dead.id).await.unwrap();
    assert_eq!((back.state, back.run_at), (DeliveryState::Publishing, Some(w.now())));
    let states: Vec<_> = back.parts.iter().map(|part| part.state).collect();
    assert_eq!(states, [PartState::Published, PartState::Waiting, PartState::Waiting]);
    assert_eq!(back.parts[1].attempts, 0);
    assert!(back.fence > dead.fence);
    assert_eq!(w.delivery(back.post, back.id).await, back);
    assert_eq!(w.kinds().await.pop(), Some(EventKind::PostPutBack));
    let again = w.claim_one().await;
    assert_eq!(current(&again.delivery).content.reply_to, Some(RemoteId::new("r")));
    assert!(current(&again.delivery).checkpoints.is_empty(), "what it reached may be what was refused");
    assert_eq!(w.begin(&again).await.number, 1);

    let view = w.schedule(plan("cancelled"), &[&w.account("2").await]).await;
    w.store.cancel(&w.ctx, view.post.id).await.unwrap();
    let back = w.store.put_back(&w.ctx, view.deliveries[0].id).await.unwrap();
    assert_eq!(back.state, DeliveryState::Scheduled);
}

pub(super) async fn put_back_is_refused_where_nothing_is_dead(w: World<'_>) {
    let waiting = w.schedule(plan("waiting").due_in(HOUR * 9), &[&w.account("w").await]).await;
    refused(
        w.store.put_back(&w.ctx, waiting.deliveries[0].id).await,
        ErrorKind::Conflict,
        "delivery.not_dead",
    );
    for (_, delivery) in later_states(&w).await {
        let dead = delivery.state.is_dead_letter() || delivery.state == DeliveryState::Cancelled;
        let back = w.store.put_back(&w.ctx, delivery.id).await;
        if dead {
            back.unwrap();
        } else {
            refused(back, ErrorKind::Conflict, "delivery.not_dead");
            assert_eq!(w.delivery(delivery.post, delivery.id).await, delivery);
        }
    }
}

pub(super) async fn resolve_live_publishes(w: World<'_>) {
    let held = w.held(plan("k"), &w.account("1").await).await;
    let delivery = w.store.resolve(&w.ctx, held.id, Resolution::Live(published("r"))).await.unwrap();
    assert_eq!((delivery.state, delivery.run_at), (DeliveryState::Published, None));
    assert_eq!(delivery.parts[0].attempt.as_ref().unwrap().outcome, Some(Certainty::Sent));
    assert_eq!(w.delivery(delivery.post, delivery.id).await, delivery);
    let last = w.events().await.pop().unwrap();
    assert_eq!((last.kind, last.actor.as_str()), (EventKind::PostPublished, "ada"));
    assert_eq!(
        w.store.remote_ids(w.ctx.tenant(), delivery.account, w.now()).await.unwrap(),
        [RemoteId::new("r")]
    );
}

pub(super) async fn resolve_live_goes_on_with_the_thread(w: World<'_>) {
    let held = w.held(plan("k").texts(&["one", "two"]), &w.account("1").await).await;
    let delivery = w.store.resolve(&w.ctx, held.id, Resolution::Live(published("r"))).await.unwrap();
    assert_eq!((delivery.state, delivery.run_at), (DeliveryState::Publishing, Some(w.now())));
    let claimed = w.claim_one().await;
    assert_eq!(current(&claimed.delivery).content.reply_to, Some(RemoteId::new("r")));
}

pub(super) async fn resolve_resend_and_abandon(w: World<'_>) {
    let held = w.held(plan("k1"), &w.account("1").await).await;
    let delivery = w.store.resolve(&w.ctx, held.id, Resolution::Resend).await.unwrap();
    assert_eq!((delivery.state, delivery.run_at), (DeliveryState::Scheduled, Some(w.now())));
    assert_eq!(w.delivery(delivery.post, delivery.id).await, delivery);
    assert_eq!(w.begin(&w.claim_one().await).await.number, 1);

    let held = w.held(plan("k2").texts(&["one", "two"]), &w.account("2").await).await;
    let delivery = w.store.resolve(&w.ctx, held.id, Resolution::Abandon).await.unwrap();
    assert_eq!((delivery.state, delivery.run_at), (DeliveryState::Failed, None));
    assert_eq!(delivery.parts[0].attempt.as_ref().unwrap().outcome, Some(Certainty::MaybeSent));
    assert_eq!(w.delivery(delivery.post, delivery.id).await, delivery);
}

pub(super) async fn resolve_needs_something_held_and_a_free_remote_id(w: World<'_>) {
    let a = w.account("a").await;
    let first = w.sending("first", &a).await;
    w.conclude(&first, live("r")).await;
    let held = w.held(plan("second"), &a).await;
    let written = w.events().await.len();
    let taken = w.store.resolve(&w.ctx, held.id, Resolution::Live(published("r"))).await;
    refused(taken, ErrorKind::Conflict, "remote_id.taken");
    assert_eq!(w.delivery(held.post, held.id).await, held);
    assert_eq!(w.events().await.len(), written);
    for (_, delivery) in later_states(&w).await {
        if delivery.state != DeliveryState::Held {
            let resolved = w.store.resolve(&w.ctx, delivery.id, Resolution::Resend).await;
            refused(resolved, ErrorKind::Conflict, "delivery.not_held");
        }
    }
}

pub(super) async fn people_keep_to_their_tenant(w: World<'_>) {
    let view = w.schedule(plan("k"), &[&w.account("1").await]).await;
    let (post, delivery) = (view.post.id, view.deliveries[0].id);
    let stranger = w.stranger();
    absent(stranger.store.cancel(&stranger.ctx, post).await);
    absent(stranger.store.reschedule(&stranger.ctx, post, due(&w)).await);
    absent(stranger.store.put_back(&stranger.ctx, delivery).await);
    absent(stranger.store.resolve(&stranger.ctx, delivery, Resolution::Abandon).await);
    absent(w.store.put_back(&w.ctx, DeliveryId::new(w.now())).await);
    assert_eq!(w.store.post(&w.ctx, post).await.unwrap(), view);
}
