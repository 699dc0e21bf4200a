//! Bad weather: outages, and defects in a platform's code.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg(all(feature = "platform-x", feature = "store-sqlite", feature = "scheduler"))]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use support::Stage;
use xmp::*;
use xmp_core::{HttpRequest, HttpResponse};

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
        .x(stage.config())
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
