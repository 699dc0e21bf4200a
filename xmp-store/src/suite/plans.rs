//! Series and queues.

use xmp_core::plan::{PlanChanges, PlanKind, PlanState, Queue, Series, Target, Template};
use xmp_core::recurrence::{OnFold, OnGap, Recurrence};
use xmp_core::state::DeliveryState;
use xmp_core::zones::Zones;
use xmp_core::{
    Account, Due, ErrorKind, EventKind, Gate, NewPost, PartContent, Plan, PlanPlace, PostEdit, PostFilter,
    Priority, Result, Scheduled,
};

use super::world::{HOUR, SECOND, World, absent, live, plan, refused};

fn series(w: &World<'_>, account: &Account) -> Plan {
    let series = Series {
        recurrence: Recurrence::new("2026-03-02T09:00", "Europe/Berlin").rule("FREQ=DAILY".parse().unwrap()),
        template: Template {
            targets: vec![Target {
                account: account.id,
                platform: account.platform,
                parts: vec![PartContent { text: "again".to_owned(), ..PartContent::default() }],
            }],
            expires_after: Some(HOUR),
            priority: Priority::High,
            labels: vec!["series".to_owned()],
            campaign: None,
            metadata: std::collections::BTreeMap::default(),
            gate: Gate::Open,
        },
        ahead: HOUR * 48,
        made_until: w.now(),
        taken: std::collections::BTreeSet::default(),
        ends_before: None,
    };
    Plan::new(&w.ctx, "daily".to_owned(), PlanKind::Series(Box::new(series)), w.now())
}

fn queue(w: &World<'_>) -> Plan {
    let queue = Queue {
        zone: "Europe/Berlin".to_owned(),
        slots: vec!["daily 20:00".parse().unwrap()],
        accounts: Vec::new(),
        gap: OnGap::Shift,
        fold: OnFold::First,
    };
    Plan::new(&w.ctx, "evenings".to_owned(), PlanKind::Queue(queue), w.now())
}

/// Keeps one plan.
async fn keep(w: &World<'_>, plan: Plan, changes: PlanChanges) -> Result<(Plan, Vec<Scheduled>)> {
    Ok(w.store.keep_plans(&w.ctx, vec![(plan, changes)]).await?.remove(0))
}

fn next(w: &World<'_>, plan: &Plan) -> Vec<NewPost> {
    let zones = Zones::system();
    let upcoming = plan.series().unwrap().upcoming(&zones, w.now()).unwrap();
    upcoming.occurrences.iter().map(|found| plan.post(found, &zones, w.now()).unwrap()).collect()
}

pub(super) async fn a_plan_and_its_posts_change_in_one_step(w: World<'_>) {
    let a = w.account("1").await;
    let new = series(&w, &a);
    let (kept, none) = keep(&w, new.clone(), PlanChanges::default()).await.unwrap();
    assert_eq!((kept.revision, none.len()), (1, 0));
    assert_eq!(w.store.plan(&w.ctx, kept.id).await.unwrap(), kept);
    let posts = next(&w, &kept);
    assert_eq!(posts.len(), 2);
    let changes = PlanChanges { new: posts.clone(), ..PlanChanges::default() };
    let (later, scheduled) = keep(&w, kept.clone(), changes.clone()).await.unwrap();
    assert_eq!((later.revision, scheduled.len()), (2, 2));
    let stale = keep(&w, kept.clone(), changes.clone()).await;
    refused(stale, ErrorKind::Conflict, "plan.revision");
    let (last, again) = keep(&w, later, changes).await.unwrap();
    assert!(again.iter().all(|one| one.replayed), "an occurrence is made once");
    let filter = PostFilter { plan: Some(kept.id), ..PostFilter::default() };
    let mut found = w.store.posts(&w.ctx, &filter).await.unwrap();
    // Ids of one millisecond have no order that all processes agree on.
    found.sort_by_key(|view| view.post.due.at);
    let slots: Vec<_> = found.iter().map(|view| view.post.place.clone().unwrap().slot).collect();
    assert_eq!(slots, ["2026-03-02T09:00:00", "2026-03-03T09:00:00"]);
    assert_eq!(found[0].post.due.at.to_string(), "2026-03-02T08:00:00Z");
    assert_eq!(found[0].deliveries[0].expires_at, found[0].post.due.at.checked_add(HOUR).ok());

    // One of its posts can't be changed: then nothing of it is.
    let ids: Vec<_> = found.iter().map(|view| view.post.id).collect();
    w.store.cancel(&w.ctx, ids[1]).await.unwrap();
    let mut ended = last.clone();
    ended.state = PlanState::Ended;
    let changes = PlanChanges { cancelled: ids.clone(), ..PlanChanges::default() };
    let other = (series(&w, &a), PlanChanges::default());
    let failed = w.store.keep_plans(&w.ctx, vec![other, (ended, changes)]).await;
    refused(failed, ErrorKind::Conflict, "delivery.not_cancellable");
    assert_eq!(w.store.plans(&w.ctx).await.unwrap(), [last]);
    let first = w.store.post(&w.ctx, ids[0]).await.unwrap();
    assert_eq!(first.deliveries[0].state, DeliveryState::Scheduled);
}

pub(super) async fn plans_are_looked_at_in_time(w: World<'_>) {
    let a = w.account("1").await;
    let first = series(&w, &a);
    w.clock.advance(SECOND);
    let mut later = series(&w, &a);
    later.look_at = w.now().checked_add(HOUR).ok();
    w.clock.advance(SECOND);
    let mut paused = series(&w, &a);
    paused.state = PlanState::Paused;
    w.clock.advance(SECOND);
    for plan in [first, later, paused, queue(&w)] {
        keep(&w, plan, PlanChanges::default()).await.unwrap();
    }
    let plans = w.store.plans(&w.ctx).await.unwrap();
    assert_eq!(plans.len(), 4);
    assert_eq!(w.store.plans_due(9).await.unwrap(), [plans[0].clone()]);
    w.clock.advance(HOUR);
    assert_eq!(w.store.plans_due(9).await.unwrap(), [plans[0].clone(), plans[1].clone()]);
    assert_eq!(w.store.plans_due(1).await.unwrap(), [plans[0].clone()]);
    let stranger = w.stranger();
    assert!(stranger.store.plans(&stranger.ctx).await.unwrap().is_empty());
    absent(stranger.store.plan(&stranger.ctx, plans[0].id).await);
    let foreign = keep(&stranger, plans[0].clone(), PlanChanges::default()).await;
    refused(foreign, ErrorKind::Validation, "plan.tenant");
}

pub(super) async fn a_queue_tells_what_becomes_of_its_posts(w: World<'_>) {
    let a = w.account("1").await;
    let (kept, _) = keep(&w, queue(&w), PlanChanges::default()).await.unwrap();
    let mut new = w.new_post(&plan("k").due_in(HOUR), &[&a]);
    let queue = kept.id;
    let place = |slot: &str| PlanPlace { plan: queue, slot: slot.to_owned(), in_queue: true };
    new.post.place = Some(place("2026-03-01T20:00:00"));
    new.deliveries[0].queue = Some(kept.id);
    let id = new.post.id;
    let changes = PlanChanges { new: vec![new], ..PlanChanges::default() };
    let (kept, _) = keep(&w, kept, changes).await.unwrap();
    let due = Due::at(w.now().checked_add(HOUR * 2).unwrap());
    let edit =
        PostEdit { due: Some(due), place: Some(Some(place("2026-03-02T20:00:00"))), ..PostEdit::default() };
    let changes = PlanChanges { edits: vec![(id, 1, edit)], ..PlanChanges::default() };
    keep(&w, kept.clone(), changes).await.unwrap();
    assert_eq!(w.store.post(&w.ctx, id).await.unwrap().post.place, Some(place("2026-03-02T20:00:00")));
    w.clock.advance(HOUR * 2);
    let claimed = w.claim_one().await;
    assert_eq!(claimed.delivery.queue, Some(kept.id));
    w.begin(&claimed).await;
    w.conclude(&claimed, live("1")).await;
    let kinds = w.kinds().await;
    let count = |kind| kinds.iter().filter(|own| **own == kind).count();
    assert_eq!(count(EventKind::PostQueueAdded), 2);
    assert_eq!(count(EventKind::PostQueueProcessed), 1);
    assert_eq!(count(EventKind::PlanChanged), 1, "moving posts changes nothing of the queue itself");
}
