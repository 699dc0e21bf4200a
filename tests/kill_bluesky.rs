//! As `kill.rs`, with Bluesky on its own server: a worker that is killed or stopped at any point of the walk leaves one
//! record, and the delivery always ends published. Its record key is proof, so that nothing is ever held for a person.
//!
//! The judge is the server's own list of records, read by plain HTTP.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg(all(
    unix,
    feature = "platform-x",
    feature = "platform-bluesky",
    feature = "store-sqlite",
    feature = "scheduler"
))]

#[path = "support/hit.rs"]
mod hit;
#[path = "support/pds.rs"]
mod pds;
#[path = "support/peer.rs"]
mod peer;
#[path = "support/proxy.rs"]
mod proxy;
mod support;

use std::sync::Arc;
use std::time::Duration;

use hit::{Hit, Orders, POINTS, Point, Worker};
use pds::{Owner, Pds};
use proxy::{Detour, Mishap, Proxy};
use support::clock::SharedClock;
use tempfile::TempDir;
use xmp::*;
use xmp_client::bluesky::{self, BlueskyConfig};
use xmp_client::transport::ReqwestTransport;

/// Not a test: the worker's process, when this program is started again by [`Worker::start`].
#[tokio::test]
async fn worker_process() {
    let Some(orders) = Orders::given() else { return };
    let config = BlueskyConfig::new().service(&orders.server);
    let direct: Arc<dyn HttpTransport> = Arc::new(ReqwestTransport::new().unwrap());
    let transport = match &orders.proxy {
        Some(proxy) => Arc::new(Detour { inner: direct, from: orders.server.clone(), to: proxy.clone() }),
        None => direct,
    };
    orders.carry_out(&config, transport).await;
}

/// An account of the server, an empty store, and a clock that several processes see.
struct Stage {
    pds: &'static Pds,
    owner: Owner,
    clock: SharedClock,
    key: String,
    folder: TempDir,
}

impl Stage {
    /// `None`, with a message, where the server is not at hand.
    async fn new() -> Option<Self> {
        let pds = Pds::shared()?;
        let folder = TempDir::new().unwrap();
        let clock = SharedClock::create(folder.path().join("clock"));
        let key = SealKey::generate().unwrap().to_base64().expose().to_owned();
        Some(Self { pds, owner: pds.account().await, clock, key, folder })
    }

    async fn xmp(&self) -> Xmp {
        Xmp::builder()
            .sqlite(self.folder.path().join("xmp.db"))
            .seal_key(SealKey::from_base64(&self.key).unwrap())
            .clock(Arc::new(self.clock.clone()))
            .with(BlueskyConfig::new().service(self.pds.url()))
            .open()
            .await
            .unwrap()
    }

    /// Works, as time goes by, until nothing is left for a worker to do.
    async fn settle(&self, xmp: &Xmp, post: PostId) -> Delivery {
        let worker = xmp.worker(support::options()).unwrap();
        for _ in 0..40 {
            worker.run_due().await.unwrap();
            let delivery = xmp.posts().get(post).await.unwrap().deliveries.remove(0);
            if delivery.state.is_settled() {
                return delivery;
            }
            self.clock.advance(Duration::from_secs(10));
        }
        panic!("not settled after 400 s: {:?}", xmp.posts().get(post).await.unwrap());
    }
}

async fn scenario(stage: &Stage, point: Point, hit: Hit) {
    let label = format!("{point:?} {hit:?}");
    let xmp = stage.xmp().await;
    let password = Secret::new(&*stage.owner.app_password);
    let account =
        xmp.accounts().log_in(bluesky::ID, &LogInOptions::new(&stage.owner.handle, password)).await.unwrap();
    let text = format!("Once & only once: {label} https://example.com/?a=1&b=2");
    let post = xmp.posts().schedule(&Draft::text(&text).to(account.id), &label).await.unwrap().post.id;
    let proxy = Proxy::start(stage.pds.url(), "com.atproto.repo.putRecord").await;
    proxy.next(Mishap::AnswerHeld);

    // Only where the worker is hit between the effect and its answer does anything stand in between.
    let through = (point == Point::AfterEffect).then_some(proxy.url.as_str());
    let worker = Worker::start((point, hit), (stage.folder.path(), &stage.key), stage.pds.url(), through);
    worker.is_hit(proxy.struck()).await;
    let live = stage.pds.records(&stage.owner.did).await;
    assert_eq!(live.len(), usize::from(point.is_live()), "{label}: when it was hit");
    if hit == Hit::Nap {
        stage.clock.advance(support::options().lease_for + Duration::from_secs(1));
        worker.wake().await;
    }
    let delivery = stage.settle(&xmp, post).await;
    if hit == Hit::Stop {
        worker.wake().await;
    }

    assert_eq!(stage.settle(&xmp, post).await, delivery, "{label}: the woken worker changed something");
    assert_eq!(delivery.state, DeliveryState::Published, "{label}: {delivery:?}");
    let records = stage.pds.records(&stage.owner.did).await;
    assert_eq!(records.len(), 1, "{label}: {records:?}");
    assert_eq!(records[0]["value"]["text"], text.as_str());
    let published = delivery.parts[0].published.as_ref().unwrap();
    assert_eq!(records[0]["uri"], published.remote_id.as_str(), "{label}");
    if let [before] = live.as_slice() {
        assert_eq!(&records[0], before, "{label}: the record that was there is the one that stays");
    }
}

async fn all_points(hit: Hit) {
    for point in POINTS {
        let Some(stage) = Stage::new().await else { return };
        scenario(&stage, point, hit).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed() {
    all_points(Hit::Kill).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopped() {
    all_points(Hit::Stop).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn napping() {
    all_points(Hit::Nap).await;
}
