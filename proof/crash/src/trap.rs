//! The named points of a delivery's walk, at which a worker of ours hits itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use rustix::process::{Signal, getpid, kill_process};
use serde::{Deserialize, Serialize};
use xmp_client::testing::{Moment, Wrapped};
use xmp_core::{Clock, HttpRequest, HttpResponse, HttpTransport, Platform, Result, SendGate, SystemClock};

/// Where a worker is hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Point {
    /// All is ready, and the intent is not written yet.
    BeforeIntent,
    /// The intent is written, and nothing of the visible request has left.
    BeforeBytes,
    /// All of its bytes but the last have left, and the deadline was not checked yet.
    MidRequest,
    /// The deadline was checked, and the last byte has not left.
    AfterGate,
    /// The last byte has left, and the platform is about to answer.
    OnTheWay,
    /// The request is over, and nobody has written down what came of it.
    BeforeStored,
    /// The platform was asked what became of it, and nobody has written down what it said.
    Looked,
}

/// How a worker is hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hit {
    /// SIGKILL.
    Kill,
    /// SIGSTOP; the judge wakes it, or kills it after all.
    Stop,
}

impl Hit {
    /// The signal that does it.
    #[must_use]
    pub const fn signal(self) -> Signal {
        match self {
            Self::Kill => Signal::KILL,
            Self::Stop => Signal::STOP,
        }
    }
}

/// What a worker is to do to itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trap {
    /// Where.
    pub point: Point,
    /// How often it passes there unharmed before.
    pub skip: u32,
    /// How.
    pub hit: Hit,
    /// For [`Point::OnTheWay`]: how long after the last byte, in real milliseconds.
    pub linger_ms: u64,
}

/// A trap, set in this process. It strikes once.
#[derive(Debug)]
pub struct SetTrap {
    trap: Option<Trap>,
    passed: AtomicU32,
}

impl SetTrap {
    /// Sets a trap, if there is one.
    #[must_use]
    pub fn new(trap: Option<Trap>) -> Arc<Self> {
        Arc::new(Self { trap, passed: AtomicU32::new(0) })
    }

    /// Strikes if this is the place and the time.
    fn pass(&self, point: Point) {
        let Some(trap) = self.trap.filter(|trap| trap.point == point) else { return };
        if self.passed.fetch_add(1, Ordering::SeqCst) != trap.skip {
            return;
        }
        if point == Point::OnTheWay {
            std::thread::spawn(move || {
                pause(Duration::from_millis(trap.linger_ms));
                strike(trap.hit);
            });
        } else {
            tracing::info!(?trap, "here it is hit");
            strike(trap.hit);
        }
    }

    /// A platform that passes the points around its visible request.
    #[must_use]
    pub fn platform(self: &Arc<Self>, inner: Arc<dyn Platform>) -> Arc<dyn Platform> {
        let trap = self.clone();
        let at = move |moment| {
            trap.pass(match moment {
                Moment::Prepared => Point::BeforeIntent,
                Moment::Committing => Point::BeforeBytes,
                Moment::Committed => Point::BeforeStored,
                Moment::Looked => Point::Looked,
            });
        };
        Arc::new(Wrapped { inner, name: None, at: Box::new(at) })
    }

    /// A transport that passes the points within a visible request.
    #[must_use]
    pub fn transport(self: &Arc<Self>, inner: Arc<dyn HttpTransport>) -> Arc<dyn HttpTransport> {
        Arc::new(TrappedTransport { inner, trap: self.clone() })
    }
}

/// Hits this very process. After a stop it goes on here when it is woken.
fn strike(hit: Hit) {
    if let Err(error) = kill_process(getpid(), hit.signal()) {
        tracing::error!(%error, "could not hit itself");
    }
    // The signal may take another thread first, and this one would run on for some microseconds. It is to be here when
    // the process stops, and to go on at once when it is woken: what it has missed is a jump of the clock.
    let mut last = SystemClock.monotonic();
    for _ in 0..20 {
        pause(Duration::from_millis(1));
        let now = SystemClock.monotonic();
        if now.since(last) > Duration::from_millis(10) {
            break;
        }
        last = now;
    }
    tracing::info!("woken");
}

#[expect(clippy::disallowed_methods, reason = "a thread waits for a signal, which knows no clock")]
fn pause(time: Duration) {
    std::thread::sleep(time);
}

struct TrappedTransport {
    inner: Arc<dyn HttpTransport>,
    trap: Arc<SetTrap>,
}

/// Stands before the last byte of a visible request: all the others are on the wire by then.
struct TrappedGate {
    inner: Arc<dyn SendGate>,
    trap: Arc<SetTrap>,
}

impl SendGate for TrappedGate {
    fn open(&self) -> Result<()> {
        self.trap.pass(Point::MidRequest);
        self.inner.open()?;
        self.trap.pass(Point::AfterGate);
        self.trap.pass(Point::OnTheWay);
        Ok(())
    }
}

/// Whether a request makes a post: X's route, and Bluesky's.
fn is_visible(request: &HttpRequest) -> bool {
    request.url.ends_with("/2/tweets") || request.url.ends_with("/com.atproto.repo.putRecord")
}

#[async_trait]
impl HttpTransport for TrappedTransport {
    async fn send(&self, mut request: HttpRequest) -> Result<HttpResponse> {
        if is_visible(&request) {
            let trap = self.trap.clone();
            request.gate =
                request.gate.map(|inner| Arc::new(TrappedGate { inner, trap }) as Arc<dyn SendGate>);
        }
        self.inner.send(request).await
    }
}
