//! Media, numbers and the event log.

use bytes::Bytes;
use xmp_core::step::{Resolution, Verdict};
use xmp_core::{AccountId, EventKind, Fingerprint, MetricSample, Metrics, RemoteId};

use super::world::{HOUR, MINUTE, SETTLE, TIMEOUT, World, absent, failure, live, plan, snooze};

pub(super) async fn media_is_kept_by_its_hash(w: World<'_>) {
    let a = w.account("1").await;
    let bytes = Bytes::from_static(b"\x89PNG\0\xff");
    let mut with_media = plan("k1");
    with_media.media = Some(bytes.clone());
    let view = w.schedule(with_media.clone(), &[&a]).await;
    let stored = &view.deliveries[0].parts[0].content.media[0];
    assert_eq!(stored.alt.as_deref(), Some("a picture"));
    assert_eq!(w.store.media(w.ctx.tenant(), stored.hash).await.unwrap(), bytes);
    with_media.key = "k2".to_owned();
    with_media.texts = vec!["another".to_owned()];
    w.schedule(with_media.clone(), &[&a]).await;
    with_media.key = "k3".to_owned();
    let mut known = w.new_post(&with_media, &[&a]);
    known.media.clear();
    w.store.schedule(&w.ctx, known).await.unwrap();
    absent(w.store.media(w.stranger().ctx.tenant(), stored.hash).await);
    absent(w.store.media(w.ctx.tenant(), Fingerprint::of([b"other".as_slice()])).await);
}

fn sample(w: &World<'_>, account: AccountId, likes: u64) -> MetricSample {
    let values = Metrics::from([("likes".to_owned(), likes)]);
    MetricSample { account, remote_id: RemoteId::new("r"), observed_at: w.now(), values }
}

pub(super) async fn metrics_are_kept_by_time(w: World<'_>) {
    let a = w.account("1").await.id;
    let id = RemoteId::new("r");
    let early = sample(&w, a, 1);
    w.clock.advance(HOUR);
    let late = sample(&w, a, u64::from(u32::MAX) * 4);
    w.store.record_metrics(&w.ctx, &[late.clone(), early.clone()]).await.unwrap();
    w.store.record_metrics(&w.ctx, &[]).await.unwrap();
    assert_eq!(w.store.metrics(&w.ctx, a, &id).await.unwrap(), [early.clone(), late.clone()]);
    let mut again = late.clone();
    again.values.insert("views".to_owned(), 7);
    w.store.record_metrics(&w.ctx, std::slice::from_ref(&again)).await.unwrap();
    assert_eq!(w.store.metrics(&w.ctx, a, &id).await.unwrap(), [early, again], "one for each moment");
    assert!(w.store.metrics(&w.ctx, a, &RemoteId::new("other")).await.unwrap().is_empty());
    let stranger = w.stranger();
    assert!(stranger.store.metrics(&stranger.ctx, a, &id).await.unwrap().is_empty());
    absent(stranger.store.record_metrics(&stranger.ctx, std::slice::from_ref(&late)).await);
    let unknown = MetricSample { account: AccountId::new(w.now()), ..late.clone() };
    w.clock.advance(HOUR);
    let fresh = sample(&w, a, 9);
    absent(w.store.record_metrics(&w.ctx, &[fresh, unknown]).await);
    assert_eq!(w.store.metrics(&w.ctx, a, &id).await.unwrap().len(), 2, "all samples or none");
}

pub(super) async fn events_tell_the_whole_life_in_order(w: World<'_>) {
    let held = w.held(plan("k"), &w.account("1").await).await;
    w.store.resolve(&w.ctx, held.id, Resolution::Resend).await.unwrap();
    let claimed = w.claim_one().await;
    w.conclude(&claimed, snooze(MINUTE, false)).await;
    w.clock.advance(MINUTE);
    let claimed = w.claim_one().await;
    w.begin(&claimed).await;
    w.conclude(&claimed, Verdict::Retry { error: failure(), after: MINUTE }).await;
    w.clock.advance(MINUTE);
    let claimed = w.claim_one().await;
    w.begin(&claimed).await;
    w.conclude(&claimed, live("r")).await;
    use EventKind as E;
    assert_eq!(
        w.kinds().await,
        [
            E::AccountConnected,
            E::PostScheduled,
            E::PostAttempted,
            E::PostUnconfirmed,
            E::PostHeld,
            E::PostPutBack,
            E::PostSnoozed,
            E::PostAttempted,
            E::PostRetried,
            E::PostAttempted,
            E::PostPublished,
        ]
    );
    let events = w.events().await;
    assert!(events.windows(2).all(|pair| pair[0].sequence < pair[1].sequence && pair[0].at <= pair[1].at));
    assert!(events.iter().all(|event| event.version == 1 && event.tenant == *w.ctx.tenant()));
    for event in &events[1..] {
        assert_eq!((event.delivery, event.post), (Some(held.id), Some(held.post)));
        assert!(!event.data.to_string().contains("text of k"), "events refer to texts and never copy them");
    }
}

pub(super) async fn events_are_paged_and_apart_by_tenant(w: World<'_>) {
    let stranger = w.stranger();
    for remote in ["1", "2", "3"] {
        w.account(remote).await;
        stranger.account(remote).await;
    }
    let all = w.events().await;
    assert_eq!(all.len(), 3);
    let mut paged = Vec::new();
    loop {
        let after = paged.last().map_or(0, |event: &xmp_core::Event| event.sequence);
        let page = w.store.events(&w.ctx, after, 2).await.unwrap();
        assert!(page.len() <= 2);
        if page.is_empty() {
            break;
        }
        paged.extend(page);
    }
    assert_eq!(paged, all);
    assert!(w.store.events(&w.ctx, u64::MAX, 9).await.unwrap().is_empty());
    let theirs = stranger.events().await;
    assert_eq!(theirs.len(), 3);
    assert!(
        theirs.iter().all(|event| all.iter().all(|own| own.sequence != event.sequence && own.id != event.id))
    );
}

pub(super) async fn events_name_who_and_why(w: World<'_>) {
    let a = w.account("1").await;
    let claimed = w.sending("k", &a).await;
    w.conclude(&claimed, Verdict::Unconfirmed { error: failure() }).await;
    w.clock.advance(TIMEOUT + SETTLE);
    let events = w.events().await;
    let scheduling = w.ctx.correlation_id();
    assert!(events.iter().all(|event| event.correlation_id == scheduling));
    let actors: Vec<_> = events.iter().map(|event| event.actor.as_str()).collect();
    assert_eq!(actors, ["ada", "ada", "worker", "worker"]);
    let other = World { ctx: xmp_core::Context::default().by("bob"), ..w };
    let claimed = other.claim_unconfirmed().await;
    other.conclude(&claimed, Verdict::Hold { why: "unclear".to_owned(), candidates: vec![] }).await;
    other.store.resolve(&other.ctx, claimed.delivery.id, Resolution::Abandon).await.unwrap();
    let last = other.events().await.pop().unwrap();
    assert_eq!((last.actor.as_str(), last.correlation_id), ("bob", other.ctx.correlation_id()));
}
