//! X's rate limits, for a user or for the whole app.
//!
//! Every authenticated request counts, also one that is then refused; a 429 does not.

use jiff::Timestamp;

use super::auth::Caller;
use super::operation::Operation;
use crate::core::Cx;
use crate::limits::{self, Draw, Per, RateLimit, Standing};
use crate::reply::Reply;

const QUARTER_HOUR: u64 = 900;
const DAY: u64 = 86_400;

/// X's documented limits (X documentation, "Rate limits", pay-per-use).
///
/// The documentation has no daily limit of posts *per user*, though X sends headers for one: here it is the app's.
pub(crate) fn documented() -> Vec<RateLimit> {
    use Per::{App, User};
    limits::table(&[
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
    ])
}

/// Counts one request against all windows of its route.
pub(super) fn draw(cx: &Cx<'_>, operation: Operation, caller: &Caller<'_>) -> Draw {
    let who = (caller.client(), caller.account.id.as_str());
    limits::draw(cx, &cx.world.x.buckets, &[operation.name()], who, 1)
}

pub(super) fn headers(standings: &[Standing]) -> Vec<(&'static str, String)> {
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
            .filter(|standing| (standing.window_secs >= DAY).then_some(standing.per) == daily)
            .min_by_key(|standing| standing.left);
        if let Some(shown) = shown {
            let values =
                [shown.limit.to_string(), shown.left.to_string(), shown.reset.as_second().to_string()];
            headers.extend(names.into_iter().zip(values));
        }
    }
    headers
}

/// Adds what the headers say when a fault claims that the short window is used up.
pub(super) fn exhausted_headers(reply: Reply, route: &str, reset: Timestamp) -> Reply {
    let limit =
        documented().into_iter().find(|limit| limit.route == route).map_or(QUARTER_HOUR, |limit| limit.limit);
    reply
        .header("x-rate-limit-limit", limit.to_string())
        .header("x-rate-limit-remaining", "0")
        .header("x-rate-limit-reset", reset.as_second().to_string())
}
