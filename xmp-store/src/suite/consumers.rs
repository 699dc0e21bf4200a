//! Consumers of the event log, and what the log keeps for them.

use std::time::Duration;

use xmp_core::{ConsumerName, ErrorKind};

use super::world::{HOUR, MINUTE, SECOND, World, plan, refused};

fn name(name: &str) -> ConsumerName {
    ConsumerName::new(name).unwrap()
}

/// Connects accounts: an event each. Gives their places in the log.
async fn write(w: &World<'_>, count: u32) -> Vec<u64> {
    let before = w.events().await.len();
    for number in 0..count {
        w.account(&format!("{before} {number}")).await;
    }
    w.events().await[before..].iter().map(|event| event.sequence).collect()
}

pub(super) async fn consumers_have_places_of_their_own(w: World<'_>) {
    let (audit, mail) = (name("audit"), name("mail.v2"));
    assert_eq!(w.store.position(&w.ctx, &audit).await.unwrap(), 0);
    assert!(w.store.consumers(&w.ctx).await.unwrap().is_empty());
    let places = write(&w, 3).await;
    assert_eq!(w.store.acknowledge(&w.ctx, &audit, places[1]).await.unwrap(), places[1]);
    w.clock.advance(MINUTE);
    assert_eq!(w.store.acknowledge(&w.ctx, &mail, places[2]).await.unwrap(), places[2]);
    let known = w.store.consumers(&w.ctx).await.unwrap();
    let shown: Vec<_> = known.iter().map(|own| (own.name.as_str(), own.position)).collect();
    assert_eq!(shown, [("audit", places[1]), ("mail.v2", places[2])]);
    assert_eq!(known[1].moved_at, w.now());
    let stranger = w.stranger();
    assert_eq!(stranger.store.position(&stranger.ctx, &audit).await.unwrap(), 0);
    assert!(stranger.store.consumers(&stranger.ctx).await.unwrap().is_empty());
    assert!(!stranger.store.forget_consumer(&stranger.ctx, &audit).await.unwrap());
    assert!(w.store.forget_consumer(&w.ctx, &audit).await.unwrap());
    assert!(!w.store.forget_consumer(&w.ctx, &audit).await.unwrap());
    assert_eq!(w.store.position(&w.ctx, &audit).await.unwrap(), 0);
    assert_eq!(w.store.position(&w.ctx, &mail).await.unwrap(), places[2]);
}

pub(super) async fn a_consumer_goes_back_only_when_it_is_told_to(w: World<'_>) {
    let audit = name("audit");
    let places = write(&w, 3).await;
    w.store.acknowledge(&w.ctx, &audit, places[2]).await.unwrap();
    w.clock.advance(MINUTE);
    for place in [0, places[0], places[2]] {
        assert_eq!(w.store.acknowledge(&w.ctx, &audit, place).await.unwrap(), places[2]);
    }
    assert!(w.store.consumers(&w.ctx).await.unwrap()[0].moved_at < w.now(), "it has not moved");
    assert_eq!(w.store.rewind(&w.ctx, &audit, u64::MAX).await.unwrap(), places[2]);
    assert_eq!(w.store.rewind(&w.ctx, &audit, places[0]).await.unwrap(), places[0]);
    assert_eq!(w.store.consumers(&w.ctx).await.unwrap()[0].moved_at, w.now());
    assert_eq!(w.store.rewind(&w.ctx, &audit, places[1]).await.unwrap(), places[0]);
    assert_eq!(w.store.position(&w.ctx, &audit).await.unwrap(), places[0]);
    assert_eq!(w.store.rewind(&w.ctx, &audit, 0).await.unwrap(), 0);
    assert_eq!(w.store.acknowledge(&w.ctx, &audit, places[1]).await.unwrap(), places[1]);
    let fresh = name("fresh");
    assert_eq!(w.store.rewind(&w.ctx, &fresh, places[1]).await.unwrap(), 0);
    assert_eq!(w.store.consumers(&w.ctx).await.unwrap().len(), 2, "it is known from then on");
}

pub(super) async fn what_is_still_to_happen_is_not_acknowledged(w: World<'_>) {
    let audit = name("audit");
    let last = write(&w, 2).await[1];
    for beyond in [last + 1, u64::MAX] {
        let taken = w.store.acknowledge(&w.ctx, &audit, beyond).await;
        refused(taken, ErrorKind::Validation, "consumer.beyond");
    }
    assert!(w.store.consumers(&w.ctx).await.unwrap().is_empty());
    w.store.acknowledge(&w.ctx, &audit, last).await.unwrap();
}

pub(super) async fn events_are_forgotten_when_all_have_read_them(w: World<'_>) {
    let stranger = w.stranger();
    let places = write(&w, 3).await;
    stranger.account("1").await;
    w.clock.advance(HOUR);
    let late = write(&w, 1).await;
    let (slow, quick) = (name("slow"), name("quick"));
    w.store.acknowledge(&w.ctx, &slow, places[0]).await.unwrap();
    w.store.acknowledge(&w.ctx, &quick, late[0]).await.unwrap();
    let left = async |w: &World<'_>| w.events().await.iter().map(|event| event.sequence).collect::<Vec<_>>();
    assert_eq!(w.store.prune_events(HOUR + SECOND, 10).await.unwrap(), 0);
    assert_eq!(w.store.prune_events(HOUR, 10).await.unwrap(), 2, "one of each tenant");
    assert_eq!(left(&w).await, [places[1], places[2], late[0]], "one consumer has not read them");
    assert!(left(&stranger).await.is_empty(), "and the other tenant has none");
    w.store.acknowledge(&w.ctx, &slow, late[0]).await.unwrap();
    assert_eq!(w.store.prune_events(HOUR, 1).await.unwrap(), 1, "no more than was asked for");
    assert_eq!(left(&w).await, [places[2], late[0]]);
    assert_eq!(w.store.prune_events(HOUR, 10).await.unwrap(), 1);
    assert_eq!(w.store.prune_events(HOUR, 10).await.unwrap(), 0, "the last is not old");
    assert_eq!(w.store.acknowledge(&w.ctx, &slow, late[0]).await.unwrap(), late[0]);
    let next = write(&w, 1).await;
    assert!(next[0] > late[0], "no place is given out twice");
}

pub(super) async fn nobody_keeps_events_for_ever(w: World<'_>) {
    let places = write(&w, 2).await;
    w.store.rewind(&w.ctx, &name("gone"), 0).await.unwrap();
    w.clock.advance(2 * HOUR - SECOND);
    assert_eq!(w.store.prune_events(HOUR, 10).await.unwrap(), 0);
    w.clock.advance(SECOND);
    assert_eq!(w.store.prune_events(HOUR, 10).await.unwrap(), 2);
    assert!(w.events().await.is_empty());
    // What was read and is gone can be acknowledged all the same, and new events are read on.
    w.store.acknowledge(&w.ctx, &name("gone"), places[1]).await.unwrap();
    assert_eq!(w.store.prune_events(Duration::MAX, 10).await.unwrap(), 0);
    write(&w, 1).await;
    assert_eq!(w.store.events(&w.ctx, places[1], 10).await.unwrap().len(), 1);
}

pub(super) async fn who_waits_for_events_is_told(w: World<'_>) {
    let a = w.account("1").await;
    let told = w.store.told(0).await;
    assert!(told > 0);
    let (more, ()) = tokio::join!(w.store.told(told), async {
        w.schedule(plan("k"), &[&a]).await;
    });
    assert!(more > told);
    assert_eq!(w.store.told(told).await, more, "nothing else has happened");
    let claimed = w.claim_one().await;
    w.begin(&claimed).await;
    assert!(w.store.told(more).await > more);
}
