//! Windows of requests.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{PlatformId, RemoteId, Result};

/// What a window is counted for: the platform's app and the remote account, since two tenants share the real window.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct LimitKey {
    /// The platform.
    pub platform: PlatformId,
    /// The app (OAuth client id).
    pub app: String,
    /// The account, for windows of a user; `None` for those of the app.
    pub account: Option<RemoteId>,
    /// The operation (`posts.create`), or the name of windows that several share (`points`).
    pub operation: &'static str,
}

impl fmt::Display for LimitKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} of ", self.platform, self.operation)?;
        match &self.account {
            Some(account) => write!(f, "account {account}"),
            None => f.write_str("the app"),
        }
    }
}

/// One window of a key. A key has several at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitWindow {
    /// Requests in one window, or points where requests count differently.
    pub limit: u64,
    /// Those left.
    pub remaining: u64,
    /// When it opens again.
    pub resets_at: Timestamp,
}

/// Who goes first when a window is nearly used up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RequestPriority {
    /// Collecting numbers.
    Background,
    /// A program's own read.
    #[default]
    Normal,
    /// Finding out what became of an attempt.
    Reconcile,
    /// A post.
    Publish,
}

/// Whether a request may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitDecision {
    /// It may; it was counted.
    Go,
    /// Not before this time.
    Wait(Duration),
}

/// Counts requests against windows, and learns from answers.
#[async_trait]
pub trait RateLimiter: Send + Sync {
    /// Asks for one request that takes `cost` out of each window of the key, and counts it if it may go.
    async fn acquire(&self, key: &LimitKey, cost: u64, priority: RequestPriority) -> LimitDecision;

    /// Tells what the platform documents: so much in so long a time. A window of that size that runs already goes on.
    async fn expect(&self, key: &LimitKey, windows: &[(u64, Duration)]);

    /// The windows that are known of a key.
    async fn peek(&self, key: &LimitKey) -> Vec<LimitWindow>;

    /// Learns what the platform said. `windows` are all that its answer named.
    async fn observe(&self, key: &LimitKey, windows: &[LimitWindow]);
}

/// Two observations whose windows end this close to each other speak of the same window.
const SAME_WINDOW: Duration = Duration::from_secs(2);

/// What is known of the windows of one key: plain data, changed by pure steps, in a process or in a store.
///
/// The last tenth of a window is kept from [`Background`](RequestPriority::Background) requests and the last twentieth from
/// [`Normal`](RequestPriority::Normal) ones (rounded down, so that a small window is not lost), for those that a post waits for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Windows(Vec<LimitWindow>);

impl Windows {
    /// Those that are not over at `now`.
    #[must_use]
    pub fn open(&self, now: Timestamp) -> Vec<LimitWindow> {
        self.0.iter().filter(|window| window.resets_at > now).copied().collect()
    }

    /// Asks for one request that takes `cost` out of each window, and counts it if it may go. What nothing is known of may.
    pub fn draw(&mut self, cost: u64, priority: RequestPriority, now: Timestamp) -> LimitDecision {
        self.end(now);
        let shut = self.0.iter().filter(|window| window.remaining < reserve(window.limit, priority) + cost);
        if let Some(opens) = shut.map(|window| window.resets_at).max() {
            return LimitDecision::Wait(Duration::try_from(opens.duration_since(now)).unwrap_or_default());
        }
        for window in &mut self.0 {
            window.remaining -= cost;
        }
        LimitDecision::Go
    }

    /// Begins windows that the platform documents, where none of that size runs.
    pub fn expect(&mut self, expected: &[(u64, Duration)], now: Timestamp) {
        self.end(now);
        for &(limit, length) in expected {
            if !self.0.iter().any(|window| window.limit == limit) {
                let resets_at = now.checked_add(length).unwrap_or(Timestamp::MAX);
                self.0.push(LimitWindow { limit, remaining: limit, resets_at });
            }
        }
    }

    /// Learns what the platform said.
    pub fn learn(&mut self, told: &[LimitWindow], now: Timestamp) {
        self.end(now);
        for new in told.iter().filter(|window| window.resets_at > now) {
            // A window that was only expected began when it was first used, and not when the platform says.
            let same = |old: &&mut LimitWindow| {
                old.limit == new.limit
                    && (close(old.resets_at, new.resets_at) || old.resets_at > new.resets_at)
            };
            match self.0.iter_mut().find(same) {
                // Requests that are still on their way are counted here already, and not yet there.
                Some(old) => {
                    old.remaining = old.remaining.min(new.remaining);
                    old.resets_at = old.resets_at.min(new.resets_at);
                }
                None => {
                    // A key has at most one window of each size; a new one takes the place of its elder.
                    self.0.retain(|old| old.limit != new.limit);
                    self.0.push(*new);
                }
            }
        }
    }

    fn end(&mut self, now: Timestamp) {
        self.0.retain(|window| window.resets_at > now);
    }
}

/// What a priority must leave in a window.
fn reserve(limit: u64, priority: RequestPriority) -> u64 {
    match priority {
        RequestPriority::Background => limit / 10,
        RequestPriority::Normal => limit / 20,
        RequestPriority::Reconcile | RequestPriority::Publish => 0,
    }
}

fn close(one: Timestamp, other: Timestamp) -> bool {
    one.duration_since(other).unsigned_abs() <= SAME_WINDOW
}

/// Keeps windows for all processes. Their keys have no tenant: two tenants share the real window.
#[async_trait]
pub trait LimitStore: Send + Sync {
    /// Begins the windows that are [expected](Windows::expect), and [draws](Windows::draw), in one step.
    async fn draw(
        &self,
        key: &LimitKey,
        cost: u64,
        priority: RequestPriority,
        expected: &[(u64, Duration)],
    ) -> Result<LimitDecision>;

    /// [Learns](Windows::learn) what the platform said.
    async fn learn(&self, key: &LimitKey, told: &[LimitWindow]) -> Result<()>;

    /// The windows that are known of a key.
    async fn windows(&self, key: &LimitKey) -> Result<Vec<LimitWindow>>;
}
