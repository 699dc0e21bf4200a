//! Bluesky's rate limits: requests by address, writes in points by account (docs.bsky.app, "Rate Limits"; names and
//! numbers as in `@atproto/pds`).

use jiff::Timestamp;

use crate::core::Cx;
use crate::limits::{self, Draw, Per, RateLimit, Standing};

const FIVE_MINUTES: u64 = 300;
const HOUR: u64 = 3600;
const DAY: u64 = 86_400;

/// All requests together: there is one address on loopback.
const ALL: &str = "bluesky:all";
const WRITES: &str = "bluesky:writes";
const LOGINS: &str = "bluesky:session.create";
const UPLOADS: &str = "bluesky:media.upload";

pub(crate) fn documented() -> Vec<RateLimit> {
    use Per::{App, User};
    limits::table(&[
        (ALL, App, FIVE_MINUTES, 3_000),
        (WRITES, User, HOUR, 5_000),
        (WRITES, User, DAY, 35_000),
        (LOGINS, User, FIVE_MINUTES, 30),
        (LOGINS, User, DAY, 300),
        (UPLOADS, User, DAY, 1_000),
    ])
}

/// Which windows a method takes from besides the one for all, and how much.
fn cost(method: &str) -> (&'static str, u64) {
    match method {
        "com.atproto.repo.createRecord" => (WRITES, 3),
        "com.atproto.repo.putRecord" => (WRITES, 2),
        "com.atproto.repo.deleteRecord" => (WRITES, 1),
        "com.atproto.server.createSession" => (LOGINS, 1),
        "com.atproto.repo.uploadBlob" => (UPLOADS, 1),
        _ => ("", 1),
    }
}

/// Counts one request: against all requests, and against what `who` may do with this method.
pub(super) fn draw(cx: &Cx<'_>, method: &str, who: &str) -> [Draw; 2] {
    let (windows, points) = cost(method);
    let buckets = &cx.world.bluesky.buckets;
    [limits::draw(cx, buckets, &[ALL], ("", ""), 1), limits::draw(cx, buckets, &[windows], ("", who), points)]
}

/// The headers tell of the window that has the least left.
pub(super) fn headers(standings: &[Standing]) -> Vec<(&'static str, String)> {
    let tightest = standings.iter().min_by_key(|standing| standing.left);
    tightest.map_or_else(Vec::new, |standing| {
        vec![
            ("ratelimit-limit", standing.limit.to_string()),
            ("ratelimit-remaining", standing.left.to_string()),
            ("ratelimit-reset", standing.reset.as_second().to_string()),
            ("ratelimit-policy", format!("{};w={}", standing.limit, standing.window_secs)),
        ]
    })
}

/// What the headers say when a fault claims that a route's short window is used up.
pub(super) fn exhausted(route: &str, reset: Timestamp) -> Standing {
    let (window_secs, limit) = match route {
        "session.create" => (FIVE_MINUTES, 30),
        "posts.create" | "posts.delete" => (HOUR, 5_000),
        "media.upload" => (DAY, 1_000),
        _ => (FIVE_MINUTES, 3_000),
    };
    Standing { per: Per::User, window_secs, limit, left: 0, reset }
}
