//! Mastodon's rate limits, by account (docs.joinmastodon.org/api/rate-limits).

use jiff::Timestamp;

use super::auth::Caller;
use crate::core::Cx;
use crate::limits::{self, Draw, Per, RateLimit, Standing};

const FIVE_MINUTES: u64 = 300;
const HALF_HOUR: u64 = 1800;

/// All requests of an account together.
const ALL: &str = "mastodon:all";

pub(crate) fn documented() -> Vec<RateLimit> {
    limits::table(&[
        (ALL, Per::User, FIVE_MINUTES, 300),
        ("mastodon:media.upload", Per::User, HALF_HOUR, 30),
        ("mastodon:posts.delete", Per::User, HALF_HOUR, 30),
    ])
}

/// Counts one request against all requests of the account, and against those of its route.
pub(super) fn draw(cx: &Cx<'_>, route: &str, caller: Option<&Caller<'_>>) -> Draw {
    let account = caller.map_or_else(String::new, |caller| caller.account.id.to_string());
    let of_route = format!("mastodon:{route}");
    limits::draw(cx, &cx.world.mastodon.buckets, &[ALL, &of_route], ("", &account), 1)
}

/// The headers tell of the window that has the least left, and when it ends to the microsecond.
pub(super) fn headers(standings: &[Standing]) -> Vec<(&'static str, String)> {
    let tightest = standings.iter().min_by_key(|standing| standing.left);
    tightest.map_or_else(Vec::new, |standing| {
        vec![
            ("x-ratelimit-limit", standing.limit.to_string()),
            ("x-ratelimit-remaining", standing.left.to_string()),
            ("x-ratelimit-reset", format!("{:.6}", standing.reset)),
        ]
    })
}

/// What the headers say when a fault claims that a route's window is used up.
pub(super) fn exhausted(route: &str, reset: Timestamp) -> Standing {
    let (window_secs, limit) = match route {
        "media.upload" | "posts.delete" => (HALF_HOUR, 30),
        _ => (FIVE_MINUTES, 300),
    };
    Standing { per: Per::User, window_secs, limit, left: 0, reset }
}
