//! The gate that people keep, edits, and how posts are looked for.

use bytes::Bytes;
use xmp_core::state::DeliveryState;
use xmp_core::{
    Account, CalendarQuery, Delivery, Due, ErrorKind, EventKind, Fold, Gap, Gate, NewPost, PartContent,
    PlatformId, PostEdit, PostFilter, PostId, Priority, StateCount, When,
};

use super::world::{HOUR, SECOND, World, live, plan, refused, upload};

fn gated(w: &World<'_>, key: &str, gate: Gate, accounts: &[&Account]) -> NewPost {
    let mut new = w.new_post(&plan(key), accounts);
    new.post.gate = gate;
    for delivery in &mut new.deliveries {
        let contents: Vec<_> = delivery.parts.iter().map(|part| part.content.clone()).collect();
        *delivery = Delivery::to(&new.post, delivery.account, delivery.platform, contents);
    }
    new
}

fn said(text: &str) -> PartContent {
    PartContent { text: text.to_owned(), ..PartContent::default() }
}

fn saying(account: &Account, texts: &[&str]) -> PostEdit {
    let parts = texts.iter().map(|text| said(text)).collect();
    PostEdit { contents: vec![(account.id, parts)], ..PostEdit::default() }
}

pub(super) async fn a_gate_keeps_a_post_from_workers(w: World<'_>) {
    let a = w.account("1").await;
    let new = gated(&w, "k", Gate::Review, &[&a]);
    let view = w.store.schedule(&w.ctx, new).await.unwrap().view;
    assert_eq!(view.deliveries[0].run_at, None);
    assert!(w.claim(9).await.is_empty());
    assert_eq!(w.store.next_due(&[PlatformId::X]).await.unwrap(), None);
    let stale = w.store.set_gate(&w.ctx, view.post.id, 7, Gate::Open, None).await;
    refused(stale, ErrorKind::Conflict, "post.revision");
    let chief = w.ctx.clone().by("chief");
    let open = w.store.set_gate(&chief, view.post.id, 1, Gate::Open, Some("fine")).await.unwrap();
    let approval = open.post.approval.clone().unwrap();
    assert_eq!(
        (approval.by.as_str(), approval.note.as_deref(), approval.revision),
        ("chief", Some("fine"), 1)
    );
    assert_eq!(w.store.post(&w.ctx, view.post.id).await.unwrap(), open);
    let written = w.events().await.len();
    w.store.set_gate(&w.ctx, view.post.id, 1, Gate::Open, None).await.unwrap();
    assert_eq!(w.events().await.len(), written, "open already");
    assert_eq!(w.claim_one().await.delivery.post, view.post.id);
    assert!(w.kinds().await.contains(&EventKind::PostApproved));
    let busy = w.store.set_gate(&w.ctx, view.post.id, 1, Gate::Draft, None).await;
    refused(busy, ErrorKind::Conflict, "delivery.busy");
}

pub(super) async fn a_gate_that_does_not_fit_is_refused(w: World<'_>) {
    let a = w.account("1").await;
    let mut new = w.new_post(&plan("k"), &[&a]);
    new.post.gate = Gate::Draft;
    refused(w.store.schedule(&w.ctx, new).await, ErrorKind::Validation, "delivery.not_new");
}

pub(super) async fn putting_back_opens_no_gate(w: World<'_>) {
    let a = w.account("1").await;
    let view = w.store.schedule(&w.ctx, gated(&w, "k", Gate::Draft, &[&a])).await.unwrap().view;
    w.store.cancel(&w.ctx, view.post.id).await.unwrap();
    let back = w.store.put_back(&w.ctx, view.deliveries[0].id).await.unwrap();
    assert_eq!((back.state, back.run_at), (DeliveryState::Scheduled, None));
    assert!(w.claim(9).await.is_empty());
}

pub(super) async fn an_edit_changes_all_or_nothing(w: World<'_>) {
    let (a, b) = (w.account("1").await, w.account("2").await);
    let view = w.schedule(plan("k").texts(&["one", "two"]).due_in(HOUR), &[&a, &b]).await;
    let id = view.post.id;
    let due = Due::at(w.now().checked_add(HOUR * 2).unwrap());
    let edit = PostEdit {
        due: Some(due.clone()),
        priority: Some(Priority::Urgent),
        labels: Some(vec!["new".to_owned()]),
        campaign: Some(None),
        ..saying(&a, &["one", "other", "three"])
    };
    let editor = w.ctx.clone().by("editor");
    let after = w.store.edit(&editor, id, 1, edit).await.unwrap();
    assert_eq!(after, w.store.post(&w.ctx, id).await.unwrap());
    assert_eq!((after.post.revision, &after.post.due, after.post.campaign.as_ref()), (2, &due, None));
    assert_eq!(after.post.labels, ["new"]);
    let texts = |delivery: &Delivery| -> Vec<String> {
        delivery.parts.iter().map(|part| part.content.text.clone()).collect()
    };
    assert_eq!(texts(&after.deliveries[0]), ["one", "other", "three"]);
    assert_eq!(texts(&after.deliveries[1]), ["one", "two"], "the other account says what it said");
    assert!(after.deliveries.iter().all(|own| own.due_at == due.at && own.priority == Priority::Urgent));
    let before = w.store.revisions(&w.ctx, id).await.unwrap();
    assert_eq!(before.len(), 1);
    assert_eq!((before[0].revision, before[0].replaced_by.as_str()), (1, "editor"));
    assert_eq!(before[0].said[0].parts[1].text, "two");

    refused(w.store.edit(&w.ctx, id, 1, saying(&a, &["late"])).await, ErrorKind::Conflict, "post.revision");
    let stranger = w.account("3").await;
    let elsewhere = w.store.edit(&w.ctx, id, 2, saying(&stranger, &["?"])).await;
    refused(elsewhere, ErrorKind::Validation, "post.account");
    let claimed = {
        w.clock.advance(HOUR * 3);
        w.claim(1).await.remove(0)
    };
    let busy = w.store.edit(&w.ctx, id, 2, saying(&a, &["too late"])).await;
    refused(busy, ErrorKind::Conflict, "delivery.busy");
    assert_eq!(w.store.post(&w.ctx, id).await.unwrap().post.revision, 2, "nothing of it was done");
    w.begin(&claimed).await;
    w.conclude(&claimed, live("1")).await;
    let labels = PostEdit { labels: Some(vec![]), ..PostEdit::default() };
    let after = w.store.edit(&w.ctx, id, 2, labels).await.unwrap();
    assert!(after.post.labels.is_empty(), "labels are the caller's, whatever is live");
}

pub(super) async fn an_edit_is_published_as_it_is_then(w: World<'_>) {
    let a = w.account("1").await;
    let view = w.schedule(plan("k").texts(&["one", "two", "three"]), &[&a]).await;
    let after = w.store.edit(&w.ctx, view.post.id, 1, saying(&a, &["alone"])).await.unwrap();
    let claimed = w.claim_one().await;
    assert_eq!(claimed.delivery.parts, after.deliveries[0].parts);
    w.begin(&claimed).await;
    let (delivery, _) = w.conclude(&claimed, live("1")).await;
    assert_eq!(delivery.state, DeliveryState::Published);
}

pub(super) async fn accounts_come_and_go(w: World<'_>) {
    let (a, b) = (w.account("1").await, w.account("2").await);
    let view = w.schedule(plan("k").due_in(HOUR), &[&a]).await;
    let edit = PostEdit {
        added: vec![Delivery::new(&view.post, &b, [said("for b")])],
        removed: vec![a.id],
        ..PostEdit::default()
    };
    let after = w.store.edit(&w.ctx, view.post.id, 1, edit).await.unwrap();
    let states: Vec<_> = after.deliveries.iter().map(|own| (own.account, own.state)).collect();
    assert_eq!(states, [(a.id, DeliveryState::Cancelled), (b.id, DeliveryState::Scheduled)]);
    let twice = PostEdit { added: vec![Delivery::new(&view.post, &b, [said("?")])], ..PostEdit::default() };
    refused(w.store.edit(&w.ctx, view.post.id, 2, twice).await, ErrorKind::Validation, "post.account_twice");
}

pub(super) async fn an_edit_brings_its_media(w: World<'_>) {
    let a = w.account("1").await;
    let view = w.schedule(plan("k").due_in(HOUR), &[&a]).await;
    let media = upload(Bytes::from_static(b"picture"));
    let content = PartContent { media: vec![media.stored.clone()], ..said("look") };
    let edit = PostEdit { contents: vec![(a.id, vec![content])], ..PostEdit::default() };
    let missing = w.store.edit(&w.ctx, view.post.id, 1, edit.clone()).await;
    refused(missing, ErrorKind::Validation, "media.missing");
    let edit = PostEdit { media: vec![media.clone()], ..edit };
    w.store.edit(&w.ctx, view.post.id, 1, edit).await.unwrap();
    assert_eq!(w.store.media(w.ctx.tenant(), media.stored.hash).await.unwrap(), media.bytes);
}

pub(super) async fn what_was_approved_is_not_changed_behind_it(w: World<'_>) {
    let a = w.account("1").await;
    let view = w.store.schedule(&w.ctx, gated(&w, "k", Gate::Review, &[&a])).await.unwrap().view;
    w.store.set_gate(&w.ctx, view.post.id, 1, Gate::Open, None).await.unwrap();
    let labels = PostEdit { labels: Some(vec!["x".to_owned()]), ..PostEdit::default() };
    let after = w.store.edit(&w.ctx, view.post.id, 1, labels).await.unwrap();
    assert!(after.post.gate.is_open(), "a label changes nothing of what is said");
    let after = w.store.edit(&w.ctx, view.post.id, 2, saying(&a, &["something else"])).await.unwrap();
    assert_eq!((after.post.gate, after.post.approval.as_ref()), (Gate::Review, None));
    assert!(w.claim(9).await.is_empty());
}

pub(super) async fn posts_are_found_by_what_they_are(w: World<'_>) {
    let (a, b) = (w.account("1").await, w.account("2").await);
    let begun = w.now();
    let mut ids: Vec<PostId> = Vec::new();
    for (number, text) in ["Über den Wolken", "100% off_", "plain"].into_iter().enumerate() {
        let accounts = if number == 1 { vec![&b] } else { vec![&a, &b] };
        let hours = u32::try_from(number).unwrap() + 1;
        let asked = plan(&format!("k{number}")).texts(&[text]).due_in(HOUR * hours);
        let mut new = w.new_post(&asked, &accounts);
        new.post.labels = vec![format!("label{number}"), "all".to_owned()];
        new.post.campaign = (number == 2).then(|| "spring".to_owned());
        ids.push(w.store.schedule(&w.ctx, new).await.unwrap().view.post.id);
        // Ids of one millisecond have no order that all processes agree on.
        w.clock.advance(SECOND);
    }
    let list = async |filter: PostFilter| -> Vec<PostId> {
        let found = w.store.posts(&w.ctx, &filter).await.unwrap();
        found.into_iter().map(|view| view.post.id).collect()
    };
    let any = PostFilter::default;
    assert_eq!(list(PostFilter { text: Some("über DEN".into()), ..any() }).await, ids[..1]);
    assert_eq!(list(PostFilter { text: Some("100% off_".into()), ..any() }).await, ids[1..2]);
    assert_eq!(list(PostFilter { text: Some("0%o".into()), ..any() }).await, []);
    assert_eq!(list(PostFilter { label: Some("label1".into()), ..any() }).await, ids[1..2]);
    assert_eq!(list(PostFilter { label: Some("all".into()), limit: Some(2), ..any() }).await, ids[..2]);
    assert_eq!(list(PostFilter { campaign: Some("spring".into()), ..any() }).await, ids[2..]);
    assert_eq!(list(PostFilter { platform: Some(PlatformId::X), ..any() }).await, ids);
    assert_eq!(list(PostFilter { platform: PlatformId::new("bluesky").ok(), ..any() }).await, []);
    let due = |hours: u32| begun.checked_add(HOUR * hours).unwrap();
    assert_eq!(
        list(PostFilter { due_from: Some(due(2)), due_before: Some(due(3)), ..any() }).await,
        ids[1..2]
    );
    assert_eq!(list(PostFilter { gate: Some(Gate::Draft), ..any() }).await, []);
    w.store.cancel(&w.ctx, ids[0]).await.unwrap();
    let counts = w.store.count(&w.ctx, &any()).await.unwrap();
    let count = |state, count| StateCount { state, count };
    assert_eq!(counts, [count(DeliveryState::Scheduled, 3), count(DeliveryState::Cancelled, 2)]);
    let of_b = PostFilter { account: Some(b.id), text: Some("o".into()), ..any() };
    let counts = w.store.count(&w.ctx, &of_b).await.unwrap();
    assert_eq!(counts, [count(DeliveryState::Scheduled, 1), count(DeliveryState::Cancelled, 1)]);
    let stranger = w.stranger();
    assert!(stranger.store.count(&stranger.ctx, &any()).await.unwrap().is_empty());
}

pub(super) async fn a_calendar_shows_a_time(w: World<'_>) {
    let (a, b) = (w.account("1").await, w.account("2").await);
    let late = w.schedule(plan("k1").texts(&["late", "thread"]).due_in(HOUR * 2), &[&a, &b]).await;
    let early = w.schedule(plan("k2").texts(&["early"]).due_in(HOUR), &[&b]).await;
    let beyond = w.schedule(plan("k3").texts(&["beyond"]).due_in(HOUR * 3), &[&b]).await;
    let query = CalendarQuery {
        since: early.post.due.at,
        until: beyond.post.due.at,
        zone: None,
        accounts: Vec::new(),
    };
    let shown = w.store.calendar(&w.ctx, &query).await.unwrap();
    let texts: Vec<_> = shown.iter().map(|entry| (entry.text.as_str(), entry.account)).collect();
    assert_eq!(texts, [("early", b.id), ("late", a.id), ("late", b.id)]);
    assert_eq!(shown[1].delivery, Some(late.deliveries[0].id));
    assert_eq!(shown[1].state, Some(DeliveryState::Scheduled));
    let query = CalendarQuery { accounts: vec![a.id], ..query };
    assert_eq!(w.store.calendar(&w.ctx, &query).await.unwrap().len(), 1);
    w.store.reschedule(&w.ctx, late.post.id, beyond.post.due.clone()).await.unwrap();
    assert!(w.store.calendar(&w.ctx, &query).await.unwrap().is_empty(), "it has moved");
    let stranger = w.stranger();
    assert!(stranger.store.calendar(&stranger.ctx, &query).await.unwrap().is_empty());
}

pub(super) async fn local_times_of_older_zones_are_told(w: World<'_>) {
    let a = w.account("1").await;
    let mut new = w.new_post(&plan("k").due_in(HOUR), &[&a]);
    new.post.due.asked =
        When::Local { civil: "x".into(), zone: "y".into(), gap: Gap::Shift, fold: Fold::First };
    new.post.due.tzdb = Some("2025b".to_owned());
    let view = w.store.schedule(&w.ctx, new).await.unwrap().view;
    w.schedule(plan("other"), &[&a]).await;
    assert!(w.store.zoned_before("2025b", 9).await.unwrap().is_empty());
    let old = w.store.zoned_before("2026a", 9).await.unwrap();
    assert_eq!(old, [(w.ctx.tenant().clone(), view.post.id, view.post.due.clone())]);
    let again = Due { tzdb: Some("2026a".to_owned()), ..view.post.due };
    w.store.reschedule(&w.ctx, view.post.id, again).await.unwrap();
    assert!(w.store.zoned_before("2026a", 9).await.unwrap().is_empty());
    w.store.cancel(&w.ctx, view.post.id).await.unwrap();
    assert!(w.store.zoned_before("2027a", 9).await.unwrap().is_empty(), "it goes nowhere");
}
