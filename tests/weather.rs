//! Bad weather: outages, and defects in a platform's code.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg(all(feature = "platform-x", feature = "store-sqlite", feature = "scheduler"))]

mod support;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use support::Stage;
use xmp::*;
use xmp_core::{HttpRequest, HttpResponse};
use xmp_sim::{Fault, FaultKind};

/// A transport whose network can be unplugged, or that strikes a defect.
struct Weather {
    real: Arc<dyn HttpTransport>,
    unplugged: Arc<AtomicBool>,
    defect: Arc<AtomicBool>,
}

#[async_trait]
impl HttpTransport for Weather {
    async fn send(&self, mut request: HttpRequest) -> Result<HttpResponse> {
        assert!(!self.defect.load(Ordering::SeqCst), "a defect");
        if self.unplugged.load(Ordering::SeqCst) {
            // Nobody listens on port 1 of loopback.
            let (_, path) = request.url.split_once("//").unwrap().1.split_once('/').unwrap();
            request.url = format!("http://127.0.0.1:1/{path}");
        }
        self.real.send(request).await
    }
}

async fn stage() -> (Stage, Xmp, Arc<AtomicBool>, Arc<AtomicBool>) {
    let stage = Stage::new().await;
    let (unplugged, defect) = (Arc::default(), Arc::default());
    let weather = Weather {
        real: support::recording::transport(),
        unplugged: Arc::clone(&unplugged),
        defect: Arc::clone(&defect),
    };
    let xmp = Xmp::builder()
        .sqlite(stage.database())
        .seal_key(SealKey::from_base64(&stage.key).unwrap())
        .clock(Arc::new(stage.clock.clone()))
        .transport(Arc::new(weather))
        .with(stage.config())
        .open()
        .await
        .unwrap();
    (stage, xmp, unplugged, defect)
}

#[tokio::test]
async fn an_outage_of_hours_uses_up_no_attempt() {
    let (stage, xmp, unplugged, _) = stage().await;
    let ada = stage.connect(&xmp, "ada", OnAbsent::Hold).await.id;
    unplugged.store(true, Ordering::SeqCst);
    let post = xmp.posts().schedule(&Draft::text("after the storm").to(ada), "k").await.unwrap().post.id;
    for _ in 0..60 {
        let waiting = stage.work(&xmp, post).await;
        assert_eq!((waiting.state, waiting.parts[0].attempts), (DeliveryState::Scheduled, 0), "{waiting:?}");
        stage.advance(Duration::from_secs(180));
    }
    let snoozes = xmp.events(0, 1000).await.unwrap();
    let snoozes = snoozes.iter().filter(|event| event.kind == EventKind::PostSnoozed).count();
    assert!(snoozes < 10, "told {snoozes} times");
    unplugged.store(false, Ordering::SeqCst);
    assert_eq!(stage.settle(&xmp, post).await.state, DeliveryState::Published);
    assert_eq!(stage.times_posted("after the storm"), 1);
}

/// Whatever panics in a platform's code ends as a dead letter or with the reconciler, and nobody else waits for it.
#[tokio::test]
async fn a_defect_ends_one_delivery_and_not_the_worker() {
    let (stage, xmp, _, defect) = stage().await;
    let ada = stage.connect(&xmp, "ada", OnAbsent::Hold).await.id;
    let post = xmp.posts().schedule(&Draft::text("poison").to(ada), "k").await.unwrap().post.id;
    defect.store(true, Ordering::SeqCst);
    let struck = stage.work(&xmp, post).await;
    assert_eq!(struck.lease, None, "given back at once");
    assert_eq!(struck.parts[0].error.as_ref().unwrap().code, "worker.panicked", "{struck:?}");
    defect.store(false, Ordering::SeqCst);
    let other = xmp.posts().schedule(&Draft::text("medicine").to(ada), "k2").await.unwrap().post.id;
    assert_eq!(stage.settle(&xmp, other).await.state, DeliveryState::Published);
    let end = stage.settle(&xmp, post).await.state;
    // It struck in the visible request, whose last byte never left; but who panics can't be asked how far it came.
    assert_eq!(end, DeliveryState::Held);
    assert_eq!(stage.times_posted("poison"), 0);
}

/// A preparation that takes longer than a lease keeps it, and nobody else gets in between.
#[tokio::test]
async fn a_long_preparation_keeps_its_lease() {
    let stage = Stage::new().await;
    let (xmp, other) = (stage.xmp().await, stage.xmp().await);
    let ada = stage.connect(&xmp, "ada", OnAbsent::Hold).await.id;
    stage.sim.set_fault(Fault::new(FaultKind::Latency { ms: 6_000 }).route("media").times(1));
    let image = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/media/sunrise.png");
    let post =
        xmp.posts().schedule(&Draft::text("slow").image(image, "").to(ada), "k").await.unwrap().post.id;
    let worker = xmp.worker(support::options()).unwrap();
    let work = tokio::spawn(async move { worker.run_due().await.unwrap() });
    let lease = async || xmp.posts().get(post).await.unwrap().deliveries[0].lease;
    let first = loop {
        match lease().await {
            Some(lease) if stage.sim.requests().iter().any(|request| !request.done) => break lease,
            _ => SystemClock.sleep(Duration::from_millis(5)).await,
        }
    };
    let mut last = first;
    // Four times half a lease: twice its whole length, renewed at each third.
    for _ in 0..4 {
        stage.advance(Duration::from_secs(15));
        last = loop {
            match lease().await {
                Some(renewed) if renewed.until > last.until => break renewed,
                _ => SystemClock.sleep(Duration::from_millis(5)).await,
            }
        };
        assert_eq!(
            other.worker(support::options()).unwrap().run_due().await.unwrap(),
            0,
            "nobody gets in between"
        );
    }
    assert!(last.until > first.until + support::options().lease_for);
    assert_eq!(work.await.unwrap(), 1);
    assert_eq!(xmp.posts().get(post).await.unwrap().deliveries[0].state, DeliveryState::Published);
    assert_eq!(stage.times_posted("slow"), 1);
}

/// A worker whose lease went to another one in the middle of its preparation stops, and changes nothing.
#[tokio::test]
async fn a_lease_that_is_lost_ends_the_preparation() {
    let stage = Stage::new().await;
    let (xmp, other) = (stage.xmp().await, stage.xmp().await);
    let ada = stage.connect(&xmp, "ada", OnAbsent::Hold).await.id;
    stage.sim.set_fault(Fault::new(FaultKind::Latency { ms: 500 }).route("media").times(1));
    let image = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/media/sunrise.png");
    let post =
        xmp.posts().schedule(&Draft::text("lost").image(image, "").to(ada), "k").await.unwrap().post.id;
    let worker = xmp.worker(support::options()).unwrap();
    let work = tokio::spawn(async move { worker.run_due().await.unwrap() });
    while !stage.sim.requests().iter().any(|request| !request.done) {
        SystemClock.sleep(Duration::from_millis(5)).await;
    }
    // The first one may renew before the other has asked the store; its upload takes longer than a few tries.
    let other = other.worker(support::options()).unwrap();
    let mut taken = 0;
    while taken == 0 {
        stage.advance(Duration::from_secs(31));
        taken = other.run_due().await.unwrap();
    }
    assert_eq!(taken, 1);
    work.await.unwrap();
    let delivery = xmp.posts().get(post).await.unwrap().deliveries.remove(0);
    assert_eq!((delivery.state, delivery.parts[0].attempts), (DeliveryState::Published, 1), "{delivery:?}");
    assert_eq!(stage.times_posted("lost"), 1);
}

#[tokio::test]
async fn a_suspended_account_waits_and_loses_nothing() {
    let stage = Stage::new().await;
    let xmp = stage.xmp().await;
    let ada = stage.connect(&xmp, "ada", OnAbsent::Hold).await.id;
    stage.sim.set_fault(Fault::new(FaultKind::Suspended).account("ada"));
    let post = xmp.posts().schedule(&Draft::text("patience").to(ada), "k").await.unwrap().post.id;
    assert_eq!(stage.work(&xmp, post).await.state, DeliveryState::Scheduled);
    assert_eq!(xmp.accounts().get(ada).await.unwrap().state, AccountState::Suspended);
    stage.sim.clear_faults();
    stage.connect(&xmp, "ada", OnAbsent::Hold).await;
    assert_eq!(stage.settle(&xmp, post).await.state, DeliveryState::Published);
}

/// The settle window is the platform's: an effect that lands late within it is waited for.
#[tokio::test]
async fn an_effect_within_a_long_settle_window_is_found() {
    for policy in [OnAbsent::Hold, OnAbsent::Resend] {
        let stage = Stage::taking_duplicates().await;
        let xmp = Xmp::builder()
            .sqlite(stage.database())
            .seal_key(SealKey::from_base64(&stage.key).unwrap())
            .clock(Arc::new(stage.clock.clone()))
            .transport(support::recording::transport())
            .with(stage.config().settle(Duration::from_secs(300)))
            .open()
            .await
            .unwrap();
        let ada = stage.connect(&xmp, "ada", policy).await.id;
        stage
            .sim
            .set_fault(Fault::new(FaultKind::CutThenLate { ms: 200_000 }).route("posts.create").times(1));
        let post = xmp.posts().schedule(&Draft::text("late").to(ada), "k").await.unwrap().post.id;
        let found = stage.settle(&xmp, post).await;
        assert_eq!((found.state, found.parts[0].attempts), (DeliveryState::Published, 1), "{found:?}");
        assert_eq!(stage.times_posted("late"), 1);
    }
}

/// Notes the kinds of the events that it is told.
#[derive(Default)]
struct Feed(Mutex<Vec<EventKind>>);

#[async_trait]
impl EventSink for Feed {
    async fn emit(&self, events: &[Event]) {
        self.0.lock().unwrap().extend(events.iter().map(|event| event.kind));
    }
}

#[tokio::test]
async fn a_sink_is_told_what_happens() {
    let stage = Stage::new().await;
    let feed = Arc::new(Feed::default());
    let xmp = Xmp::builder()
        .memory()
        .clock(Arc::new(stage.clock.clone()))
        .transport(support::recording::transport())
        .with(stage.config())
        .event_sink(feed.clone())
        .open()
        .await
        .unwrap();
    let ada = stage.connect(&xmp, "ada", OnAbsent::Hold).await.id;
    let post = xmp.posts().schedule(&Draft::text("told").to(ada), "k").await.unwrap().post.id;
    assert_eq!(stage.work(&xmp, post).await.state, DeliveryState::Published);
    assert_eq!(*feed.0.lock().unwrap(), [EventKind::PostPublished]);
}

/// A post that its author edits or deletes before it was found.
#[tokio::test]
async fn a_post_that_is_changed_before_it_is_found() {
    for (policy, edit) in [(OnAbsent::Hold, true), (OnAbsent::Resend, true), (OnAbsent::Hold, false)] {
        let stage = Stage::taking_duplicates().await;
        let xmp = stage.xmp().await;
        let ada = stage.connect(&xmp, "ada", policy).await.id;
        stage.sim.set_fault(Fault::new(FaultKind::CutAfter).route("posts.create").times(1));
        let post = xmp.posts().schedule(&Draft::text("wrods").to(ada), "k").await.unwrap().post.id;
        assert_eq!(stage.work(&xmp, post).await.state, DeliveryState::Unconfirmed);
        let live = stage.sim.ledger()[0].remote_id.clone();
        if edit {
            stage.sim.edit_elsewhere(&live, "words").unwrap();
        } else {
            stage.sim.delete_elsewhere(&live).unwrap();
        }
        // It may be ours, or it is gone: a person decides, and nothing is sent again.
        assert_eq!(stage.settle(&xmp, post).await.state, DeliveryState::Held, "{policy:?} {edit}");
        let sent = stage
            .sim
            .requests()
            .into_iter()
            .filter(|request| request.route.as_deref() == Some("posts.create"));
        assert_eq!(sent.count(), 1);
    }
}

/// The same words, published by the owner's own hand within the window: two posts could be ours.
#[tokio::test]
async fn the_same_words_by_hand_are_ambiguous() {
    let stage = Stage::taking_duplicates().await;
    let xmp = stage.xmp().await;
    let ada = stage.connect(&xmp, "ada", OnAbsent::Resend).await.id;
    stage.sim.set_fault(Fault::new(FaultKind::CutAfter).route("posts.create").times(1));
    let post = xmp.posts().schedule(&Draft::text("twins").to(ada), "k").await.unwrap().post.id;
    assert_eq!(stage.work(&xmp, post).await.state, DeliveryState::Unconfirmed);
    stage.sim.publish_elsewhere("ada", "twins").unwrap();
    let held = stage.settle(&xmp, post).await;
    assert_eq!(held.state, DeliveryState::Held, "{held:?}");
    let ours = stage.sim.ledger()[0].remote_id.clone();
    let live = PublishedRef { remote_id: RemoteId::new(ours), url: None, at: None };
    let resolved = xmp.posts().resolve(held.id, Resolution::Live(live)).await.unwrap();
    assert_eq!(resolved.state, DeliveryState::Published);
}
