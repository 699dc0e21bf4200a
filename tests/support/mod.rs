//! What the tests of the facade share: a stage with a simulator, a store and a clock that several processes see.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

pub mod clock;
pub mod recording;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clock::SharedClock;
use tempfile::TempDir;
use xmp::{
    Account, Backoff, CompleteOptions, ConnectOptions, Delivery, LookPolicy, OnAbsent, PlatformId, PostId,
    RetryPolicy, SealKey, Secret, WorkerOptions, XConfig, Xmp,
};
use xmp_sim::{Sim, SimBuilder};

pub const CLIENT: (&str, &str) = ("stage", "stage-client-secret");
pub const REDIRECT: &str = "http://127.0.0.1/callback";

/// A simulator of X with the accounts ada and bob, an empty SQLite store, and a clock.
pub struct Stage {
    pub sim: Sim,
    pub clock: SharedClock,
    pub key: String,
    folder: TempDir,
}

impl Stage {
    pub async fn new() -> Self {
        Self::on(Sim::builder()).await
    }

    /// On an X that refuses no duplicates: one that did would hide from the ledger that something was sent twice.
    pub async fn taking_duplicates() -> Self {
        Self::on(Sim::builder().duplicate_window(Duration::ZERO)).await
    }

    async fn on(sim: SimBuilder) -> Self {
        let folder = TempDir::new().unwrap();
        let sim = sim.client(CLIENT.0, Some(CLIENT.1), &[REDIRECT]).account("ada").account("bob");
        let sim = sim.start().await.unwrap();
        let clock = SharedClock::create(folder.path().join("clock"));
        let key = SealKey::generate().unwrap().to_base64().expose().to_owned();
        Self { sim, clock, key, folder }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn database(&self) -> PathBuf {
        self.folder.path().join("xmp.db")
    }

    pub fn config(&self) -> XConfig {
        config(self.sim.url())
    }

    /// The engine, in this process.
    pub async fn xmp(&self) -> Xmp {
        Xmp::builder()
            .sqlite(self.database())
            .seal_key(SealKey::from_base64(&self.key).unwrap())
            .clock(Arc::new(self.clock.clone()))
            .transport(recording::transport())
            .with(self.config())
            .open()
            .await
            .unwrap()
    }

    /// Connects an account as its owner would.
    pub async fn connect(&self, xmp: &Xmp, handle: &str, on_absent: OnAbsent) -> Account {
        let pending = xmp.accounts().connect(PlatformId::X, &ConnectOptions::new(REDIRECT)).await.unwrap();
        let callback = self.sim.consent_url_approve(&pending.url, handle).await.unwrap();
        xmp.accounts().complete(&callback, CompleteOptions { on_absent: Some(on_absent) }).await.unwrap()
    }

    /// Moves time for the engine, all its processes and the simulator.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
        self.sim.clock().advance(by);
    }

    /// Works, as time goes by, until nothing is left for a worker to do; gives the post's first delivery.
    pub async fn settle(&self, xmp: &Xmp, post: PostId) -> Delivery {
        let worker = xmp.worker(options()).unwrap();
        for _ in 0..40 {
            worker.run_due().await.unwrap();
            let delivery = xmp.posts().get(post).await.unwrap().deliveries.remove(0);
            if delivery.state.is_settled() {
                return delivery;
            }
            assert!(delivery.run_at.is_some() || delivery.lease.is_some(), "stuck: {delivery:?}");
            self.advance(Duration::from_secs(10));
        }
        panic!("not settled after 400 s: {:?}", xmp.posts().get(post).await.unwrap());
    }

    /// Does what is due at this moment, and gives the post's first delivery as it is then.
    pub async fn work(&self, xmp: &Xmp, post: PostId) -> Delivery {
        xmp.worker(options()).unwrap().run_due().await.unwrap();
        xmp.posts().get(post).await.unwrap().deliveries.remove(0)
    }

    /// How often a text stands in the simulator's ledger.
    pub fn times_posted(&self, text: &str) -> usize {
        self.sim.ledger().iter().filter(|entry| entry.text == text).count()
    }
}

pub fn config(url: &str) -> XConfig {
    XConfig::new(CLIENT.0)
        .client_secret(Secret::new(CLIENT.1))
        .base_url(url)
        .settle(Duration::from_secs(60))
        .commit_timeout(Duration::from_secs(10))
}

/// No jitter to wait for: times are moved, so they should be known.
pub fn options() -> WorkerOptions {
    WorkerOptions {
        retry: RetryPolicy {
            max_attempts: 5,
            backoff: Backoff { base: Duration::from_secs(2), cap: Duration::from_secs(60) },
        },
        look: LookPolicy { looks: 3, every: Duration::from_secs(20), ..LookPolicy::default() },
        // A process that is stopped while it renews a lease holds SQLite's lock, and nobody goes on: renewed seldom.
        lease_for: Duration::from_secs(30),
        ..WorkerOptions::default()
    }
}
