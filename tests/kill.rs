//! Workers that are killed, or stopped past their lease and woken, at every point of the walk: each post appears once,
//! nothing is stuck, and what can't be known is said to be so.
//!
//! The worker is a process of its own (`support/hit.rs`). The judge is the simulator's ledger.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg(all(unix, feature = "platform-x", feature = "store-sqlite", feature = "scheduler"))]

#[path = "support/hit.rs"]
mod hit;
mod support;

use std::time::Duration;

use hit::{Hit, Orders, POINTS, Point, Worker};
use support::Stage;
use xmp::*;
use xmp_sim::{Fault, FaultKind};

/// Not a test: the worker's process, when this program is started again by [`Worker::start`].
#[tokio::test]
async fn worker_process() {
    let Some(orders) = Orders::given() else { return };
    let config = support::config(&orders.server);
    orders.carry_out(&config, support::recording::transport()).await;
}

/// Waits until a text stands in the ledger.
async fn posted(stage: &Stage, text: &str) {
    while stage.times_posted(text) == 0 {
        SystemClock.sleep(Duration::from_millis(5)).await;
    }
}

async fn scenario(point: Point, hit: Hit, on_absent: OnAbsent, lag: Option<Duration>) {
    let label = format!("{point:?} {hit:?} {on_absent:?} {lag:?}");
    // Only where a timeline hides the first post for longer than anybody looks does the refusal of the duplicate tell.
    let stage = match (on_absent, lag) {
        (OnAbsent::Resend, LONG_LAG) => Stage::new().await,
        _ => Stage::taking_duplicates().await,
    };
    let xmp = stage.xmp().await;
    let account = stage.connect(&xmp, "ada", on_absent).await;
    let text = format!("Once & only once: {label} https://example.com/?a=1&b=2");
    let post = xmp.posts().schedule(&Draft::text(&text).to(account.id), &label).await.unwrap().post.id;
    if let Some(lag) = lag {
        let ms = u64::try_from(lag.as_millis()).unwrap();
        stage.sim.set_fault(Fault::new(FaultKind::TimelineLag { ms, lookups: true }));
    }
    if point == Point::AfterEffect {
        // Once: the rescuer's own request, if it makes one, is answered at once.
        stage.sim.set_fault(Fault::new(FaultKind::Hold { ms: 3_000 }).route("posts.create").times(1));
    }

    let worker = Worker::start((point, hit), (stage.path(), &stage.key), stage.sim.url(), None);
    worker.is_hit(posted(&stage, &text)).await;
    assert_eq!(stage.times_posted(&text), usize::from(point.is_live()), "{label}: when it was hit");
    if hit == Hit::Nap {
        stage.advance(support::options().lease_for + Duration::from_secs(1));
        worker.wake().await;
    }
    let delivery = stage.settle(&xmp, post).await;
    if hit == Hit::Stop {
        worker.wake().await;
    }

    let after = stage.settle(&xmp, post).await;
    assert_eq!(after, delivery, "{label}: the woken worker changed something");
    // What can't be known is held for a person: there was an intent, no answer, and (where it was live) a timeline that
    // hid it for longer than anybody looked.
    let looked = Duration::from_secs(60 + 2 * 20);
    let hidden = lag.is_some_and(|lag| lag > looked);
    // Who wakes before anybody took over finds the gate shut, knows that nothing was sent, and sends it; or it had its
    // answer. One that waited for an answer past its deadline has given up on it.
    let awake = hit == Hit::Nap && point != Point::AfterEffect;
    let known = awake
        || point == Point::BeforeIntent
        || (point.is_live() && !hidden)
        || on_absent == OnAbsent::Resend;
    let (state, live) = match known {
        true => (DeliveryState::Published, 1),
        false => (DeliveryState::Held, usize::from(point.is_live())),
    };
    assert_eq!(delivery.state, state, "{label}: {delivery:?}");
    assert_eq!(stage.times_posted(&text), live, "{label}");
    if let Some(published) = &delivery.parts[0].published {
        assert_eq!(stage.sim.ledger()[0].remote_id, published.remote_id.as_str(), "{label}");
    }
    stage.sim.stop().await;
}

async fn all_points(hit: Hit, on_absent: OnAbsent, lag: Option<Duration>) {
    for point in POINTS {
        scenario(point, hit, on_absent, lag).await;
    }
}

/// Within the settle window.
const SHORT_LAG: Option<Duration> = Some(Duration::from_secs(50));
/// Longer than anybody looks.
const LONG_LAG: Option<Duration> = Some(Duration::from_secs(200));

macro_rules! scenarios {
    ($($name:ident: $hit:ident $on_absent:ident $lag:expr;)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            all_points(Hit::$hit, OnAbsent::$on_absent, $lag).await;
        }
    )+};
}

scenarios! {
    killed_holding: Kill Hold None;
    killed_resending: Kill Resend None;
    stopped_holding: Stop Hold None;
    stopped_resending: Stop Resend None;
    napping_holding: Nap Hold None;
    napping_resending: Nap Resend None;
    napping_holding_with_a_timeline_that_hides: Nap Hold LONG_LAG;
    stopped_holding_with_a_lagging_timeline: Stop Hold SHORT_LAG;
    stopped_holding_with_a_timeline_that_hides: Stop Hold LONG_LAG;
    killed_holding_with_a_lagging_timeline: Kill Hold SHORT_LAG;
    killed_resending_with_a_lagging_timeline: Kill Resend SHORT_LAG;
    stopped_resending_with_a_lagging_timeline: Stop Resend SHORT_LAG;
    killed_holding_with_a_timeline_that_hides: Kill Hold LONG_LAG;
    killed_resending_with_a_timeline_that_hides: Kill Resend LONG_LAG;
    stopped_resending_with_a_timeline_that_hides: Stop Resend LONG_LAG;
}
