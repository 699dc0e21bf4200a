//! Rate limits: fixed windows by the simulated clock, for a user or for the whole app, several at once on one route.
//!
//! A window opens with its first request. Every authenticated request counts, also one that is then refused; a 429
//! does not. The counts are part of the world: a restart does not refill them.

use std::sync::PoisonError;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::auth::Caller;
use super::operation::Operation;
use super::state::Change;
use crate::clock::seconds_after;
use crate::core::Cx;
use crate::reply::Reply;

const QUARTER_HOUR: u64 = 900;
const DAY: u64 = 86_400;

/// Whose requests share a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// One user of one app.
    User,
    /// All users of one app together.
    App,
}

/// So many requests of a route in a window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RateLimit {
    /// The route's name, for example `posts.create`.
    pub route: String,
    /// Who shares the window.
    pub per: Per,
    /// The length of the window in seconds. A day or more is reported in the `x-{user,app}-limit-24hour-*` headers,
    /// anything shorter in `x-rate-limit-*`.
    pub window_secs: u64,
    /// How many requests it takes.
    pub limit: u64,
}

/// X's documented limits (X documentation, "Rate limits", pay-per-use).
///
/// The documentation has no daily limit of posts *per user*, though X sends headers for one: here it is the app's.
pub(crate) fn documented() -> Vec<RateLimit> {
    use Per::{App, User};
    [
        ("posts.create", User, QUARTER_HOUR, 100),
        ("posts.create", User, DAY, 10_000),
        ("posts.create", App, DAY, 10_000),
        ("posts.delete", User, QUARTER_HOUR, 50),
        ("posts.get", User, QUARTER_HOUR, 900),
        ("posts.get", App, QUARTER_HOUR, 450),
        ("posts.lookup", User, QUARTER_HOUR, 5_000),
        ("posts.lookup", App, QUARTER_HOUR, 3_500),
        ("timeline", User, QUARTER_HOUR, 900),
        ("timeline", App, QUARTER_HOUR, 10_000),
        ("users.me", User, QUARTER_HOUR, 75),
        ("media.upload", User, QUARTER_HOUR, 500),
        ("media.upload", App, DAY, 50_000),
        ("media.initialize", User, QUARTER_HOUR, 1_875),
        ("media.initialize", App, DAY, 180_000),
        ("media.append", User, QUARTER_HOUR, 1_875),
        ("media.append", App, DAY, 180_000),
        ("media.finalize", User, QUARTER_HOUR, 1_875),
        ("media.finalize", App, DAY, 180_000),
        ("media.status", User, QUARTER_HOUR, 1_000),
        ("media.status", App, DAY, 100_000),
        ("media.metadata", User, QUARTER_HOUR, 500),
        ("media.metadata", App, DAY, 50_000),
    ]
    .into_iter()
    .map(|(route, per, window_secs, limit)| RateLimit { route: route.to_owned(), per, window_secs, limit })
    .collect()
}

/// Sets a limit, in place of the one for the same route, sharing and window if there is one.
pub(crate) fn set(limits: &mut Vec<RateLimit>, limit: RateLimit) {
    limits
        .retain(|old| (&old.route, old.per, old.window_secs) != (&limit.route, limit.per, limit.window_secs));
    limits.push(limit);
}

/// Names one window.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct BucketKey {
    route: String,
    per: Per,
    pub(super) window_secs: u64,
    client: String,
    /// Empty for an app's window.
    account: String,
}

/// A window in use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    started: Timestamp,
    used: u64,
}

impl Bucket {
    pub(super) fn new(started: Timestamp) -> Self {
        Self { started, used: 0 }
    }

    pub(super) fn draw(&mut self, at: Timestamp, window_secs: u64) {
        *self = self.current(at, window_secs);
        self.used += 1;
    }

    /// The window that is open at a moment: this one, or a fresh one if this one is over.
    fn current(self, at: Timestamp, window_secs: u64) -> Self {
        if end(self.started, window_secs) <= at { Self::new(at) } else { self }
    }
}

/// What counting one request leads to.
pub(super) struct Draw {
    pub(super) refused: bool,
    /// Nothing when refused, or when the route has no limits.
    pub(super) change: Option<Change>,
    pub(super) headers: Vec<(&'static str, String)>,
}

/// A limit and how it stands before this request.
struct Standing {
    key: BucketKey,
    limit: u64,
    used: u64,
    reset: Timestamp,
}

impl Standing {
    fn left(&self) -> u64 {
        self.limit.saturating_sub(self.used)
    }
}

/// Counts one request against all windows of its route.
pub(super) fn draw(cx: &Cx<'_>, operation: Operation, caller: &Caller<'_>) -> Draw {
    let limits = cx.settings.limits.lock().unwrap_or_else(PoisonError::into_inner);
    let standings: Vec<Standing> = limits
        .iter()
        .filter(|limit| limit.route == operation.name())
        .map(|limit| standing(cx, limit, caller))
        .collect();
    let refused = standings.iter().any(|standing| standing.left() == 0);
    let drawn = u64::from(!refused);
    let headers = headers(&standings, drawn);
    let buckets: Vec<BucketKey> = standings.into_iter().map(|standing| standing.key).collect();
    let change = (!refused && !buckets.is_empty()).then_some(Change::Drawn { at: cx.now, buckets });
    Draw { refused, change, headers }
}

fn standing(cx: &Cx<'_>, limit: &RateLimit, caller: &Caller<'_>) -> Standing {
    let account = match limit.per {
        Per::User => caller.account.id.clone(),
        Per::App => String::new(),
    };
    let RateLimit { route, per, window_secs, limit } = limit.clone();
    let key = BucketKey { route, per, window_secs, client: caller.client().to_owned(), account };
    let bucket =
        cx.world.x.buckets.get(&key).copied().unwrap_or(Bucket::new(cx.now)).current(cx.now, window_secs);
    Standing { key, limit, used: bucket.used, reset: end(bucket.started, window_secs) }
}

fn headers(standings: &[Standing], drawn: u64) -> Vec<(&'static str, String)> {
    let families = [
        (["x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset"], None),
        (
            ["x-user-limit-24hour-limit", "x-user-limit-24hour-remaining", "x-user-limit-24hour-reset"],
            Some(Per::User),
        ),
        (
            ["x-app-limit-24hour-limit", "x-app-limit-24hour-remaining", "x-app-limit-24hour-reset"],
            Some(Per::App),
        ),
    ];
    let mut headers = Vec::new();
    for (names, daily) in families {
        // Of several windows of one family (a user's and the app's) the headers show the tighter one.
        let shown = standings
            .iter()
            .filter(|standing| (standing.key.window_secs >= DAY).then_some(standing.key.per) == daily)
            .min_by_key(|standing| standing.left());
        if let Some(shown) = shown {
            let values = [shown.limit, shown.left().saturating_sub(drawn)].map(|number| number.to_string());
            let reset = shown.reset.as_second().to_string();
            headers.extend(names.into_iter().zip(values.into_iter().chain([reset])));
        }
    }
    headers
}

/// Adds what the headers say when a fault claims that the short window is used up.
pub(super) fn exhausted_headers(
    reply: Reply,
    operation: Operation,
    now: Timestamp,
    reset_secs: u64,
) -> Reply {
    let limit = documented()
        .into_iter()
        .find(|limit| limit.route == operation.name())
        .map_or(QUARTER_HOUR, |limit| limit.limit);
    reply
        .header("x-rate-limit-limit", limit.to_string())
        .header("x-rate-limit-remaining", "0")
        .header("x-rate-limit-reset", end(now, reset_secs).as_second().to_string())
}

fn end(start: Timestamp, window_secs: u64) -> Timestamp {
    seconds_after(start, i64::try_from(window_secs).unwrap_or(i64::MAX))
}
