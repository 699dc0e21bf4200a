//! Workers in processes of their own, which are killed or stopped at points of the walk. A process is the test program
//! itself, started again for its `worker_process`.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use xmp::*;
use xmp_client::setup::{Setup, Surroundings};
use xmp_client::testing::{Moment, Wrapped};
use xmp_core::{HttpRequest, HttpResponse, SendGate};
use xmp_store::SqliteStore;

use crate::support::clock::SharedClock;

/// Where the worker is hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    BeforeIntent,
    BeforeBytes,
    MidRequest,
    AfterEffect,
    BeforeStored,
}

pub const POINTS: [Point; 5] =
    [Point::BeforeIntent, Point::BeforeBytes, Point::MidRequest, Point::AfterEffect, Point::BeforeStored];

impl Point {
    /// Whether the post is live when the worker is hit there.
    pub fn is_live(self) -> bool {
        matches!(self, Self::AfterEffect | Self::BeforeStored)
    }
}

/// How the worker is hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hit {
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

/// What a worker's process was told: where and how it is hit, where its store and clock are, and the platform's server.
pub struct Orders {
    point: Point,
    hit: Hit,
    folder: PathBuf,
    key: String,
    pub server: String,
    /// Goes between it and its server, where there is one.
    pub proxy: Option<String>,
}

impl Orders {
    /// `None` in a process that is no worker's.
    pub fn given() -> Option<Self> {
        let point = env::var("KILL_POINT").ok()?;
        let hit = env::var("KILL_HIT").unwrap();
        Some(Self {
            point: POINTS.into_iter().find(|known| format!("{known:?}") == point).unwrap(),
            hit: [Hit::Kill, Hit::Stop, Hit::Nap]
                .into_iter()
                .find(|known| format!("{known:?}") == hit)
                .unwrap(),
            folder: PathBuf::from(env::var("KILL_FOLDER").unwrap()),
            key: env::var("KILL_KEY").unwrap(),
            server: env::var("KILL_SERVER").unwrap(),
            proxy: env::var("KILL_PROXY").ok(),
        })
    }

    /// Works until it is hit, or nothing is due.
    pub async fn carry_out(self, config: &dyn Setup, transport: Arc<dyn HttpTransport>) {
        let Self { point, hit, .. } = self;
        let clock: Arc<dyn Clock> = Arc::new(SharedClock::open(self.folder.join("clock")));
        let key = Keyring::new(SealKey::from_base64(&self.key).unwrap());
        let store = SqliteStore::open(self.folder.join("xmp.db"), key, clock.clone()).await.unwrap();
        let store: Arc<dyn Store> = Arc::new(store);
        let transport = match point {
            Point::MidRequest => Arc::new(TrappedTransport(transport, hit)),
            _ => transport,
        };
        let around = Surroundings { transport, store: store.clone(), clock: clock.clone() };
        let (platform, authenticator) = config.set_up(&around).unwrap();
        let trap = move |moment| {
            let here = match moment {
                Moment::Prepared => Point::BeforeIntent,
                Moment::Committing => Point::BeforeBytes,
                Moment::Committed => Point::BeforeStored,
                Moment::Looked => return,
            };
            if here == point {
                strike(hit);
            }
        };
        let platform = Arc::new(Wrapped { inner: platform, name: None, at: Box::new(trap) });
        let xmp =
            Xmp::builder().store(store).clock(clock).platform(platform, authenticator).open().await.unwrap();
        xmp.worker(crate::support::options()).unwrap().run_due().await.unwrap();
    }
}

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

// ---- the judge's side --------------------------------------------------------------------------------------------

/// A worker's process.
pub struct Worker {
    process: Child,
    point: Point,
    hit: Hit,
}

impl Worker {
    /// Starts one on the store and clock in this folder.
    pub fn start(
        (point, hit): (Point, Hit),
        (folder, key): (&Path, &str),
        server: &str,
        proxy: Option<&str>,
    ) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command
            .args(["--exact", "worker_process", "--nocapture"])
            .env("KILL_POINT", format!("{point:?}"))
            .env("KILL_HIT", format!("{hit:?}"))
            .env("KILL_FOLDER", folder)
            .env("KILL_KEY", key)
            .env("KILL_SERVER", server)
            .stdout(Stdio::null())
            .stderr(Stdio::inherit());
        if let Some(proxy) = proxy {
            command.env("KILL_PROXY", proxy);
        }
        Self { process: command.spawn().unwrap(), point, hit }
    }

    /// Waits until it was hit. Where it can't know the moment itself, `effect` ends at that moment.
    pub async fn is_hit(&self, effect: impl Future<Output = ()>) {
        if self.point == Point::AfterEffect {
            effect.await;
            kill_process(self.pid(), self.hit.signal()).unwrap();
        }
        let (pid, point) = (self.pid(), self.point);
        let status =
            tokio::task::spawn_blocking(move || waitpid(Some(pid), WaitOptions::UNTRACED)).await.unwrap();
        let (_, status) = status.unwrap().unwrap();
        match self.hit {
            Hit::Kill => assert_eq!(status.terminating_signal(), Some(Signal::KILL.as_raw()), "{point:?}"),
            Hit::Stop | Hit::Nap => {
                assert_eq!(status.stopping_signal(), Some(Signal::STOP.as_raw()), "{point:?}");
            }
        }
    }

    /// Lets it go on after a stop, and waits until it ends by itself.
    pub async fn wake(&self) {
        let (pid, point) = (self.pid(), self.point);
        kill_process(pid, Signal::CONT).unwrap();
        let (_, status) = tokio::task::spawn_blocking(move || waitpid(Some(pid), WaitOptions::empty()))
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        assert_eq!(status.exit_status(), Some(0), "{point:?}: the woken worker ends by itself");
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.process.id()).unwrap()).unwrap()
    }
}
