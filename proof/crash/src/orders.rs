//! What a worker's process is told, as one line of JSON: the same for all languages.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use xmp::{AccountId, Backoff, BlueskyConfig, LookPolicy, RetryPolicy, Secret, WorkerOptions, XConfig};

use crate::tempo::Tempo;
use crate::trap::Trap;

/// The app that all accounts of X are connected through.
pub const CLIENT: (&str, &str) = ("storm", "storm-client-secret");
/// Where the simulator sends owners back to. Nobody listens there: the judge reads the address.
pub const REDIRECT: &str = "http://127.0.0.1/callback";

/// X's own windows, as its configuration has them.
pub const SETTLE: Duration = Duration::from_secs(60);
/// How long one visible request may take.
pub const COMMIT: Duration = Duration::from_secs(10);
/// How long a worker holds a delivery over a visible request: longer than that may take.
pub const LEASE: Duration = Duration::from_secs(15);

/// What a worker's process is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Orders {
    /// Where everything is kept.
    pub place: Place,
    /// The key that tokens are sealed with, in base64.
    pub key: String,
    /// The file of the round's clock. Workers in other languages go by the machine's, which shows the same there.
    pub clock: PathBuf,
    /// The simulator's address.
    pub server: String,
    /// How it works.
    pub windows: Windows,
    /// What it does to itself.
    pub trap: Option<Trap>,
    /// What it is for.
    #[serde(default)]
    pub task: Task,
}

/// What a process is for.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub enum Task {
    /// Publishes, until it is hit.
    #[default]
    Work,
    /// Needs this account's token, again and again: see [`refresh`](crate::refresh).
    Ask(AccountId),
}

/// Where everything is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// The connection string of a PostgreSQL database.
    Postgres(String),
}

/// The windows of a round, in milliseconds of its clock, and the looks.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Windows {
    /// X's settle window.
    pub settle: u64,
    /// Bluesky's.
    pub bluesky_settle: u64,
    /// How long a visible request may take.
    pub commit: u64,
    /// How long a worker holds a delivery.
    pub lease: u64,
    /// How long at most until other processes' new posts are noticed.
    pub poll: u64,
    /// The first wait between attempts.
    pub backoff_base: u64,
    /// The longest.
    pub backoff_cap: u64,
    /// Between two looks at the platform.
    pub look_every: u64,
    /// How many looks must all see nothing before a post counts as absent.
    pub looks: u32,
}

impl Windows {
    /// The windows at a tempo.
    #[must_use]
    pub fn at(tempo: Tempo, looks: u32) -> Self {
        let of = |seconds| {
            let time = tempo.on_clock(Duration::from_secs(seconds));
            u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
        };
        Self {
            settle: of(SETTLE.as_secs()),
            bluesky_settle: of(5),
            commit: of(COMMIT.as_secs()),
            // Shorter than this no lease may be.
            lease: of(10).max(1000),
            poll: of(1),
            backoff_base: of(2),
            backoff_cap: of(60),
            look_every: of(20),
            looks,
        }
    }

    /// How X is reached.
    #[must_use]
    pub fn x(&self, server: &str) -> XConfig {
        XConfig::new(CLIENT.0)
            .client_secret(Secret::new(CLIENT.1))
            .base_url(server)
            .settle(Duration::from_millis(self.settle))
            .commit_timeout(Duration::from_millis(self.commit))
    }

    /// How Bluesky is reached.
    #[must_use]
    pub fn bluesky(&self, server: &str) -> BlueskyConfig {
        BlueskyConfig::new()
            .service(server)
            .settle(Duration::from_millis(self.bluesky_settle))
            .commit_timeout(Duration::from_millis(self.commit))
    }

    /// How a worker works.
    #[must_use]
    pub fn options(&self) -> WorkerOptions {
        let of = Duration::from_millis;
        let backoff = Backoff { base: of(self.backoff_base), cap: of(self.backoff_cap) };
        WorkerOptions {
            lease_for: of(self.lease),
            poll: of(self.poll),
            retry: RetryPolicy { backoff, ..RetryPolicy::default() },
            look: LookPolicy { looks: self.looks, every: of(self.look_every), ..LookPolicy::default() },
            ..WorkerOptions::default()
        }
    }
}
