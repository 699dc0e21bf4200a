//! Bluesky's operations that xmp uses, from the lexicons `com.atproto.*` and `app.bsky.*`.

use std::time::Duration;

use http::Method;
use xmp_core::{AuthScheme, RequestPriority};

use crate::pipeline::{Draw, Effect, LimitScope, Operation};

const SESSION: &[AuthScheme] = &[AuthScheme::Session];

/// What an account may write, in points: 5,000 an hour and 35,000 a day (Bluesky documentation, "Rate Limits").
const WRITES: &[(u64, Duration)] =
    &[(5_000, Duration::from_secs(3_600)), (35_000, Duration::from_secs(86_400))];

/// Writing a record under a key, whether it is new or not: 2 points (`@atproto/pds`, `putRecord`).
static PUT: Draw = Draw { bucket: "points", scope: LimitScope::Account, windows: WRITES, cost: 2 };
/// Deleting a record: 1 point (Bluesky documentation, "Rate Limits").
static DELETE: Draw = Draw { bucket: "points", scope: LimitScope::Account, windows: WRITES, cost: 1 };

const fn operation(
    name: &'static str,
    method: Method,
    path: &'static str,
    effect: Effect,
    priority: RequestPriority,
    draws: Option<&'static Draw>,
) -> Operation {
    Operation { name, method, path, effect, auth: SESSION, scopes: &[], priority, draws }
}

const fn read(name: &'static str, path: &'static str, priority: RequestPriority) -> Operation {
    operation(name, Method::GET, path, Effect::Read, priority, None)
}

const fn public(name: &'static str, path: &'static str) -> Operation {
    Operation {
        name,
        method: Method::GET,
        path,
        effect: Effect::Read,
        auth: &[AuthScheme::None],
        scopes: &[],
        priority: RequestPriority::Normal,
        draws: None,
    }
}

/// Buys a session with an app password.
pub static SESSION_CREATE: Operation = Operation {
    name: "session.create",
    method: Method::POST,
    path: "/xrpc/com.atproto.server.createSession",
    effect: Effect::Idempotent,
    auth: &[AuthScheme::None],
    scopes: &[],
    priority: RequestPriority::Normal,
    draws: None,
};
/// Buys the next tokens. A refresh token that was used stays good for two hours, and gives the same next one.
pub static SESSION_REFRESH: Operation = operation(
    "session.refresh",
    Method::POST,
    "/xrpc/com.atproto.server.refreshSession",
    Effect::Idempotent,
    RequestPriority::Publish,
    None,
);
/// Ends a session.
pub static SESSION_DELETE: Operation = operation(
    "session.delete",
    Method::POST,
    "/xrpc/com.atproto.server.deleteSession",
    Effect::Idempotent,
    RequestPriority::Normal,
    None,
);
/// Who a session belongs to.
pub static SESSION_GET: Operation =
    read("session.get", "/xrpc/com.atproto.server.getSession", RequestPriority::Normal);
/// The document of an account, from the directory.
pub static DID_DIRECTORY: Operation = public("did.directory", "/{did}");
/// The document of an account that a domain keeps by itself.
pub static DID_WEB: Operation = public("did.web", "/.well-known/did.json");
/// Which account has a handle.
pub static HANDLE_RESOLVE: Operation =
    read("handle.resolve", "/xrpc/com.atproto.identity.resolveHandle", RequestPriority::Publish);
/// Uploads a file. Equal bytes have equal names.
pub static BLOB_UPLOAD: Operation = operation(
    "media.upload",
    Method::POST,
    "/xrpc/com.atproto.repo.uploadBlob",
    Effect::Idempotent,
    RequestPriority::Publish,
    None,
);
/// Writes a post under its key. The world sees it; under one key there is one post at most.
pub static POSTS_CREATE: Operation = operation(
    "posts.create",
    Method::POST,
    "/xrpc/com.atproto.repo.putRecord",
    Effect::Visible,
    RequestPriority::Publish,
    Some(&PUT),
);
/// Deletes a post.
pub static POSTS_DELETE: Operation = operation(
    "posts.delete",
    Method::POST,
    "/xrpc/com.atproto.repo.deleteRecord",
    Effect::Idempotent,
    RequestPriority::Normal,
    Some(&DELETE),
);
/// One record, as its author's server has it.
pub static RECORD_GET: Operation =
    read("posts.get", "/xrpc/com.atproto.repo.getRecord", RequestPriority::Normal);
/// An account's own records, newest first, up to 100 a page.
pub static RECORDS_LIST: Operation =
    read("timeline", "/xrpc/com.atproto.repo.listRecords", RequestPriority::Normal);
/// Up to 25 posts with their numbers.
pub static POSTS_LOOKUP: Operation =
    read("posts.lookup", "/xrpc/app.bsky.feed.getPosts", RequestPriority::Background);
/// An account as others see it.
pub static PROFILE_GET: Operation =
    read("users.get", "/xrpc/app.bsky.actor.getProfile", RequestPriority::Normal);

/// All of them.
pub static ALL: [&Operation; 14] = [
    &SESSION_CREATE,
    &SESSION_REFRESH,
    &SESSION_DELETE,
    &SESSION_GET,
    &DID_DIRECTORY,
    &DID_WEB,
    &HANDLE_RESOLVE,
    &BLOB_UPLOAD,
    &POSTS_CREATE,
    &POSTS_DELETE,
    &RECORD_GET,
    &RECORDS_LIST,
    &POSTS_LOOKUP,
    &PROFILE_GET,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_new_post_is_visible() {
        let visible: Vec<_> =
            ALL.iter().filter(|one| one.effect == Effect::Visible).map(|one| one.name).collect();
        assert_eq!(visible, ["posts.create"]);
    }
}
