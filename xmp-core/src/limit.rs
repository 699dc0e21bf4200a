//! Windows of requests.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{PlatformId, RemoteId};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
