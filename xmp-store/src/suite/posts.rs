//! Posts: in, and found again.

use bytes::Bytes;
use xmp_core::state::DeliveryState;
use xmp_core::{ErrorKind, EventKind, IdempotencyKey, PlatformId, PostFilter, PostId};

use super::world::{HOUR, World, absent, plan, refused};

pub(super) async fn schedule_keeps_everything(w: World<'_>) {
    let (a, b) = (w.account("1").await, w.account("2").await);
    let new = w.new_post(&plan("k").texts(&["one", "two", "drei ü 🦀"]).due_in(HOUR), &[&a, &b]);
    let scheduled = w.store.schedule(&w.ctx, new.clone()).await.unwrap();
    assert!(!scheduled.replayed);
    assert_eq!(scheduled.view.post, new.post);
    assert_eq!(scheduled.view.deliveries, new.deliveries);
    assert_eq!(w.store.post(&w.ctx, new.post.id).await.unwrap(), scheduled.view);
    let key = IdempotencyKey::new("k").unwrap();
    assert_eq!(w.store.post_by_key(&w.ctx, &key).await.unwrap(), Some(scheduled.view));
    let events = w.events().await;
    let about: Vec<_> = events
        .iter()
        .filter(|event| event.kind == EventKind::PostScheduled)
        .map(|event| (event.post, event.delivery, event.account))
        .collect();
    let expected: Vec<_> = new
        .deliveries
        .iter()
        .map(|delivery| (Some(new.post.id), Some(delivery.id), Some(delivery.account)))
        .collect();
    assert_eq!(about, expected);
}

pub(super) async fn schedule_is_idempotent(w: World<'_>) {
    let a = w.account("1").await;
    let first = w.schedule(plan("k"), &[&a]).await;
    let written = w.events().await.len();
    let again = w.try_schedule(&plan("k"), &[&a]).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.view, first);
    assert_eq!(w.events().await.len(), written);
    w.store.cancel(&w.ctx, first.post.id).await.unwrap();
    let later = w.try_schedule(&plan("k"), &[&a]).await.unwrap();
    assert!(later.replayed);
    assert_eq!(later.view.deliveries[0].state, DeliveryState::Cancelled, "as it is now");
    assert_eq!(w.store.posts(&w.ctx, &PostFilter::default()).await.unwrap().len(), 1);
}

pub(super) async fn a_reused_key_is_a_conflict(w: World<'_>) {
    let a = w.account("1").await;
    let first = w.schedule(plan("order-7"), &[&a]).await;
    let error = w.try_schedule(&plan("order-7").texts(&["something else"]), &[&a]).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, "idempotency_key.reused"));
    assert!(error.to_string().contains("order-7"), "{error}");
    assert_eq!(w.store.post(&w.ctx, first.post.id).await.unwrap(), first);
}

pub(super) async fn keys_belong_to_a_tenant(w: World<'_>) {
    let stranger = w.stranger();
    let own = w.schedule(plan("k"), &[&w.account("1").await]).await;
    let theirs = stranger.schedule(plan("k").texts(&["other"]), &[&stranger.account("1").await]).await;
    assert_ne!(own.post.id, theirs.post.id);
    let key = IdempotencyKey::new("k").unwrap();
    assert_eq!(w.store.post_by_key(&w.ctx, &key).await.unwrap(), Some(own));
    assert_eq!(stranger.store.post_by_key(&stranger.ctx, &key).await.unwrap(), Some(theirs));
    let other = IdempotencyKey::new("other").unwrap();
    assert_eq!(w.store.post_by_key(&w.ctx, &other).await.unwrap(), None);
}

pub(super) async fn posts_are_found_by_their_keys(w: World<'_>) {
    let a = w.account("1").await;
    let mut posts = Vec::new();
    for key in ["a", "b", "c"] {
        posts.push(w.schedule(plan(key).texts(&[key]), &[&a]).await.post);
    }
    let stranger = w.stranger();
    stranger.schedule(plan("d"), &[&stranger.account("2").await]).await;
    let find = async |keys: &[&str]| {
        let keys: Vec<_> = keys.iter().map(|key| IdempotencyKey::new(*key).unwrap()).collect();
        let mut found = w.store.posts_by_keys(&w.ctx, &keys).await.unwrap();
        found.sort_by_key(|post| post.id);
        found
    };
    assert_eq!(find(&["c", "unknown", "a", "d"]).await, [posts[0].clone(), posts[2].clone()]);
    assert_eq!(find(&[]).await, []);
}

pub(super) async fn a_refused_post_leaves_nothing(w: World<'_>) {
    let own = w.account("1").await;
    let stranger = w.stranger();
    let theirs = stranger.account("2").await;
    let written = w.events().await.len();
    let invalid = ErrorKind::Validation;

    absent(w.try_schedule(&plan("k"), &[&own, &theirs]).await);
    let mut elsewhere = own.clone();
    elsewhere.platform = PlatformId::new("bluesky").unwrap();
    refused(w.try_schedule(&plan("k"), &[&elsewhere]).await, invalid, "delivery.platform");
    refused(w.try_schedule(&plan("k"), &[&own, &own]).await, invalid, "post.account_twice");
    refused(w.try_schedule(&plan("k"), &[]).await, invalid, "post.no_accounts");
    refused(w.try_schedule(&plan("k").texts(&[]), &[&own]).await, invalid, "delivery.not_new");
    let foreign = w.new_post(&plan("k"), &[&own]);
    refused(stranger.store.schedule(&stranger.ctx, foreign).await, invalid, "post.tenant");
    let mut with_media = plan("k");
    with_media.media = Some(Bytes::from_static(b"picture"));
    let mut lost = w.new_post(&with_media, &[&own]);
    lost.media.clear();
    refused(w.store.schedule(&w.ctx, lost).await, invalid, "media.missing");
    let mut wrong = w.new_post(&with_media, &[&own]);
    wrong.media[0].bytes = Bytes::from_static(b"another picture");
    refused(w.store.schedule(&w.ctx, wrong).await, invalid, "media.hash");

    assert!(w.store.posts(&w.ctx, &PostFilter::default()).await.unwrap().is_empty());
    assert_eq!(w.events().await.len(), written);
    w.schedule(plan("k"), &[&own]).await;
}

pub(super) async fn posts_belong_to_a_tenant(w: World<'_>) {
    let view = w.schedule(plan("k"), &[&w.account("1").await]).await;
    let stranger = w.stranger();
    absent(stranger.store.post(&stranger.ctx, view.post.id).await);
    assert!(stranger.store.posts(&stranger.ctx, &PostFilter::default()).await.unwrap().is_empty());
    absent(w.store.post(&w.ctx, PostId::new(w.now())).await);
}

pub(super) async fn posts_are_listed_and_filtered(w: World<'_>) {
    let (a, b) = (w.account("1").await, w.account("2").await);
    let mut ids = Vec::new();
    for number in 0..5 {
        let accounts = if number % 2 == 0 { vec![&a] } else { vec![&a, &b] };
        ids.push(w.schedule(plan(&format!("k{number}")).due_in(HOUR), &accounts).await.post.id);
        w.clock.advance(super::world::SECOND);
    }
    w.store.cancel(&w.ctx, ids[1]).await.unwrap();
    let list = async |filter: PostFilter| -> Vec<PostId> {
        let found = w.store.posts(&w.ctx, &filter).await.unwrap();
        found.into_iter().map(|view| view.post.id).collect()
    };
    assert_eq!(list(PostFilter::default()).await, ids);
    let filter = PostFilter { limit: Some(2), ..PostFilter::default() };
    assert_eq!(list(filter).await, ids[..2]);
    let filter = PostFilter { after: Some(ids[2]), ..PostFilter::default() };
    assert_eq!(list(filter).await, ids[3..]);
    let filter = PostFilter { account: Some(b.id), ..PostFilter::default() };
    assert_eq!(list(filter).await, [ids[1], ids[3]]);
    let filter = PostFilter { states: vec![DeliveryState::Cancelled], ..PostFilter::default() };
    assert_eq!(list(filter).await, [ids[1]]);
    let filter = PostFilter {
        states: vec![DeliveryState::Scheduled, DeliveryState::Failed],
        account: Some(b.id),
        after: Some(ids[0]),
        limit: Some(9),
        ..PostFilter::default()
    };
    assert_eq!(list(filter).await, [ids[3]]);
}

pub(super) async fn many_posts_are_kept_in_one_step(w: World<'_>) {
    let (a, b) = (w.account("1").await, w.account("2").await);
    let first = w.schedule(plan("k0"), &[&a]).await;
    let news = |keys: [&str; 3]| keys.map(|key| w.new_post(&plan(key), &[&a, &b])).to_vec();
    let mut all = news(["k1", "k2", "k1"]);
    all.push(w.new_post(&plan("k0"), &[&a]));
    let kept = w.store.schedule_all(&w.ctx, all).await.unwrap();
    let replayed: Vec<_> = kept.iter().map(|kept| kept.replayed).collect();
    assert_eq!(replayed, [false, false, true, true]);
    assert_eq!(kept[2].view, kept[0].view, "the same key within one call is one post");
    assert_eq!(kept[3].view, first);
    assert_eq!(w.store.post(&w.ctx, kept[1].view.post.id).await.unwrap(), kept[1].view);

    let mut wrong = news(["k4", "k5", "k6"]);
    wrong[2] = w.new_post(&plan("k1").texts(&["something else"]), &[&a]);
    let written = w.events().await.len();
    let told = w.store.schedule_all(&w.ctx, wrong).await;
    refused(told, ErrorKind::Conflict, "idempotency_key.reused");
    assert_eq!(w.events().await.len(), written);
    let key = xmp_core::IdempotencyKey::new("k4").unwrap();
    assert!(w.store.post_by_key(&w.ctx, &key).await.unwrap().is_none(), "all of them, or none");
    assert!(w.store.schedule_all(&w.ctx, vec![]).await.unwrap().is_empty());
}
