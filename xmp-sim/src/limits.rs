//! Rate limits: fixed windows by the simulated clock, several at once on one request.
//!
//! A window opens with its first request. The counts are part of the world: a restart does not refill them. What
//! counts, and how an answer tells of it, is each platform's own.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::clock::seconds_after;
use crate::core::Cx;

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
    /// The route's name, for example `posts.create`: X's. On other platforms with the platform before it, and the names
    /// that the platform counts by: `bluesky:writes`, `mastodon:media.upload`.
    pub route: String,
    /// Who shares the window.
    pub per: Per,
    /// The length of the window in seconds. On X a day or more is reported in the `x-{user,app}-limit-24hour-*`
    /// headers, anything shorter in `x-rate-limit-*`.
    pub window_secs: u64,
    /// How many requests it takes; for `bluesky:writes`, how many points.
    pub limit: u64,
}

/// Limits from a table.
pub(crate) fn table(rows: &[(&str, Per, u64, u64)]) -> Vec<RateLimit> {
    let limit = |&(route, per, window_secs, limit): &(&str, Per, u64, u64)| RateLimit {
        route: route.to_owned(),
        per,
        window_secs,
        limit,
    };
    rows.iter().map(limit).collect()
}

/// Sets a limit, in place of the one for the same route, sharing and window if there is one.
pub(crate) fn set(limits: &mut Vec<RateLimit>, limit: RateLimit) {
    limits
        .retain(|old| (&old.route, old.per, old.window_secs) != (&limit.route, limit.per, limit.window_secs));
    limits.push(limit);
}

/// Names one window.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct BucketKey {
    route: String,
    per: Per,
    window_secs: u64,
    client: String,
    /// Empty for an app's window.
    account: String,
}

/// What was taken out of some windows at once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Drawn {
    at: Timestamp,
    buckets: Vec<BucketKey>,
    #[serde(default = "one", skip_serializing_if = "is_one")]
    points: u64,
}

fn one() -> u64 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_one(points: &u64) -> bool {
    *points == 1
}

/// The windows in use on one platform.
#[derive(Debug, Default)]
pub(crate) struct Buckets(BTreeMap<BucketKey, Bucket>);

#[derive(Clone, Copy, Debug)]
struct Bucket {
    started: Timestamp,
    used: u64,
}

impl Buckets {
    pub(crate) fn apply(&mut self, drawn: Drawn) {
        for key in drawn.buckets {
            let mut bucket = self.current(&key, drawn.at);
            bucket.used += drawn.points;
            self.0.insert(key, bucket);
        }
    }

    /// The window that is open at a moment: the one in use, or a fresh one if that is over.
    fn current(&self, key: &BucketKey, at: Timestamp) -> Bucket {
        let open = self.0.get(key).filter(|bucket| end(bucket.started, key.window_secs) > at);
        open.copied().unwrap_or(Bucket { started: at, used: 0 })
    }
}

/// A limit as one answer tells of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    pub(crate) per: Per,
    pub(crate) window_secs: u64,
    pub(crate) limit: u64,
    pub(crate) left: u64,
    pub(crate) reset: Timestamp,
}

/// What counting one request leads to.
pub(crate) struct Draw {
    pub(crate) refused: bool,
    /// Nothing when refused, or when no limit applies.
    pub(crate) drawn: Option<Drawn>,
    /// The limits after this request.
    pub(crate) standings: Vec<Standing>,
}

/// Takes `points` out of all windows of these limits, or nothing if one of them has too few.
pub(crate) fn draw(
    cx: &Cx<'_>,
    buckets: &Buckets,
    routes: &[&str],
    (client, account): (&str, &str),
    points: u64,
) -> Draw {
    let limits = cx.settings.limits.lock().unwrap_or_else(PoisonError::into_inner);
    let (mut keys, mut standings) = (Vec::new(), Vec::new());
    for limit in limits.iter().filter(|limit| routes.contains(&limit.route.as_str())) {
        let RateLimit { route, per, window_secs, limit } = limit.clone();
        let account = if per == Per::User { account.to_owned() } else { String::new() };
        let key = BucketKey { route, per, window_secs, client: client.to_owned(), account };
        let Bucket { started, used } = buckets.current(&key, cx.now);
        let left = limit.saturating_sub(used);
        standings.push(Standing { per, window_secs, limit, left, reset: end(started, window_secs) });
        keys.push(key);
    }
    let refused = standings.iter().any(|standing| standing.left < points);
    if !refused {
        standings.iter_mut().for_each(|standing| standing.left -= points);
    }
    let drawn = (!refused && !keys.is_empty()).then_some(Drawn { at: cx.now, buckets: keys, points });
    Draw { refused, drawn, standings }
}

fn end(start: Timestamp, window_secs: u64) -> Timestamp {
    seconds_after(start, i64::try_from(window_secs).unwrap_or(i64::MAX))
}
