//! Workers that are killed, or stopped past their lease and woken, at every point of the walk: each post appears once,
//! nothing is stuck, and what can't be known is said to be so.
//!
//! The worker is a process of its own: this test program, started again. The judge is the simulator's ledger.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg(all(unix, feature = "platform-x", feature = "store-sqlite", feature = "scheduler"))]

mod support;

use std::env;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use support::Stage;
use support::clock::SharedClock;
use support::platform::{Moment, Wrapped};
use xmp::*;
use xmp_core::{HttpRequest, HttpResponse, SendGate};
use xmp_sim::{Fault, FaultKind};
use xmp_store::SqliteStore;

/// Where the worker is hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Point {
    BeforeIntent,
    BeforeBytes,
    MidRequest,
    AfterEffect,
    BeforeStored,
}

const POINTS: [Point; 5] =
    [Point::BeforeIntent, Point::BeforeBytes, Point::MidRequest, Point::AfterEffect, Point::BeforeStored];

impl Point {
    /// Whether the post is live when the worker is hit there.
    fn is_live(self) -> bool {
        matches!(self, Self::AfterEffect | Self::BeforeStored)
    }
}

/// How the worker is hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hit {
    Kill,
    /// Stopped, and woken when another worker has finished the job.
    Stop,
    /// Stopped, and woken when its lease has lapsed and nobody has taken it yet.
    Nap,
}

impl Hit {
    fn signal(self) -> Signal {
        match self {
            Self::Kill => Signal::KILL,
            Self::Stop | Self::Nap => Signal::STOP,
        }
    }
}

// ---- the worker's side -------------------------------------------------------------------------------------------

/// Hits this very process. After a stop it goes on here when it is woken.
#[expect(clippy::disallowed_methods, reason = "a thread waits for the signal that it sent")]
fn strike(hit: Hit) {
    kill_process(rustix::process::getpid(), hit.signal()).unwrap();
    // The signal may take another thread first, and this one would run on for some microseconds. It is to be here when
    // the process stops.
    std::thread::sleep(Duration::from_millis(20));
}

/// The transport, with a trap before the last byte of a visible request: all the others are on the wire by then.
struct TrappedTransport(Arc<dyn HttpTransport>, Hit);

struct TrappedGate(Arc<dyn SendGate>, Hit);

impl SendGate for TrappedGate {
    fn open(&self) -> Result<()> {
        strike(self.1);
        self.0.open()
    }
}

#[async_trait]
impl HttpTransport for TrappedTransport {
    async fn send(&self, mut request: HttpRequest) -> Result<HttpResponse> {
        request.gate = request.gate.map(|gate| Arc::new(TrappedGate(gate, self.1)) as Arc<dyn SendGate>);
        self.0.send(request).await
    }
}

/// Not a test: the worker's process, when this program is started again by [`start_worker`].
#[tokio::test]
async fn worker_process() {
    let Ok(point) = env::var("KILL_POINT") else { return };
    let point = POINTS.into_iter().find(|known| format!("{known:?}") == point).unwrap();
    let hit = env::var("KILL_HIT").unwrap();
    let hit = [Hit::Kill, Hit::Stop, Hit::Nap].into_iter().find(|known| format!("{known:?}") == hit).unwrap();
    let folder = PathBuf::from(env::var("KILL_FOLDER").unwrap());
    let clock: Arc<dyn Clock> = Arc::new(SharedClock::open(folder.join("clock")));
    let key = SealKey::from_base64(&env::var("KILL_KEY").unwrap()).unwrap();
    let store = SqliteStore::open(folder.join("xmp.db"), Keyring::new(key), clock.clone()).await.unwrap();
    let store: Arc<dyn Store> = Arc::new(store);
    let mut transport = support::recording::transport();
    if point == Point::MidRequest {
        transport = Arc::new(TrappedTransport(transport, hit));
    }
    let config = support::config(&env::var("KILL_SIM").unwrap());
    let (x, authenticator) = xmp_client::x::connect(config, transport, store.clone(), clock.clone()).unwrap();
    let trap = move |moment| {
        let here = match moment {
            Moment::Prepared => Point::BeforeIntent,
            Moment::Committing => Point::BeforeBytes,
            Moment::Committed => Point::BeforeStored,
        };
        if here == point {
            strike(hit);
        }
    };
    let xmp = Xmp::builder()
        .store(store)
        .clock(clock)
        .platform(Arc::new(Wrapped { inner: x, name: None, at: Box::new(trap) }), authenticator)
        .open()
        .await
        .unwrap();
    xmp.worker(support::options()).unwrap().run_due().await.unwrap();
}

// ---- the judge's side --------------------------------------------------------------------------------------------

fn start_worker(stage: &Stage, point: Point, hit: Hit) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "worker_process", "--nocapture"])
        .env("KILL_POINT", format!("{point:?}"))
        .env("KILL_HIT", format!("{hit:?}"))
        .env("KILL_FOLDER", stage.path())
        .env("KILL_KEY", &stage.key)
        .env("KILL_SIM", stage.sim.url())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap()
}

/// Waits until the worker was hit. Where the worker can't know the moment, the ledger tells it.
async fn hit_worker(stage: &Stage, child: &Child, point: Point, hit: Hit, text: &str) {
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    if point == Point::AfterEffect {
        while stage.times_posted(text) == 0 {
            SystemClock.sleep(Duration::from_millis(5)).await;
        }
        kill_process(pid, hit.signal()).unwrap();
    }
    let status =
        tokio::task::spawn_blocking(move || waitpid(Some(pid), WaitOptions::UNTRACED)).await.unwrap();
    let (_, status) = status.unwrap().unwrap();
    match hit {
        Hit::Kill => assert_eq!(status.terminating_signal(), Some(Signal::KILL.as_raw()), "{point:?}"),
        Hit::Stop | Hit::Nap => {
            assert_eq!(status.stopping_signal(), Some(Signal::STOP.as_raw()), "{point:?}");
        }
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

    let mut child = start_worker(&stage, point, hit);
    hit_worker(&stage, &child, point, hit, &text).await;
    assert_eq!(stage.times_posted(&text), usize::from(point.is_live()), "{label}: when it was hit");
    if hit == Hit::Nap {
        stage.advance(support::options().lease_for + Duration::from_secs(1));
        wake(&mut child, &label).await;
    }
    let delivery = stage.settle(&xmp, post).await;
    match hit {
        Hit::Stop => wake(&mut child, &label).await,
        // It was reaped by `hit_worker` or `wake` already.
        Hit::Kill | Hit::Nap => drop(child.try_wait()),
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

/// Lets a stopped worker go on, and waits until it ends by itself.
async fn wake(child: &mut Child, label: &str) {
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(pid, Signal::CONT).unwrap();
    let (_, status) = tokio::task::spawn_blocking(move || waitpid(Some(pid), WaitOptions::empty()))
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert_eq!(status.exit_status(), Some(0), "{label}: the woken worker ends by itself");
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
