//! Mastodon's operations that xmp uses, from its API documentation (version 4.7).

use std::time::Duration;

use http::Method;
use xmp_core::{AuthScheme, RequestPriority};

use crate::pipeline::{Draw, Effect, LimitScope, Operation};

const USER: &[AuthScheme] = &[AuthScheme::OAuth2User];
const PUBLIC: &[AuthScheme] = &[AuthScheme::None];

/// Requests that one token may make in [`REQUESTS_TIME`] (Mastodon, `config/initializers/rack_attack.rb`).
pub(super) const REQUESTS: u64 = 300;
/// See [`REQUESTS`].
pub(super) const REQUESTS_TIME: Duration = Duration::from_secs(5 * 60);
/// Uploads of an account, and deletions, each counted apart, in [`RARE_TIME`] (the same file).
const RARE: u64 = 30;
const RARE_TIME: Duration = Duration::from_secs(30 * 60);

const fn draw(bucket: &'static str, windows: &'static [(u64, Duration)]) -> Draw {
    Draw { bucket, scope: LimitScope::Account, windows, cost: 1 }
}

static REQUEST: Draw = draw("requests", &[(REQUESTS, REQUESTS_TIME)]);
static UPLOAD: Draw = draw("uploads", &[(RARE, RARE_TIME)]);
static DELETION: Draw = draw("deletions", &[(RARE, RARE_TIME)]);

/// The scopes that an account is asked for: the least that all of this needs.
pub const SCOPES: &[&str] = &["read:accounts", "read:statuses", "write:statuses", "write:media"];

/// No operation names its scopes: a server may grant `write` where `write:statuses` was asked for, so it is left to the
/// server to say what a token is good for.
const fn operation(
    name: &'static str,
    method: Method,
    path: &'static str,
    effect: Effect,
    priority: RequestPriority,
    draws: &'static Draw,
) -> Operation {
    Operation { name, method, path, effect, auth: USER, scopes: &[], priority, draws: Some(draws) }
}

const fn read(name: &'static str, path: &'static str, priority: RequestPriority) -> Operation {
    operation(name, Method::GET, path, Effect::Read, priority, &REQUEST)
}

const fn public(name: &'static str, method: Method, path: &'static str, effect: Effect) -> Operation {
    let priority = RequestPriority::Normal;
    Operation { name, method, path, effect, auth: PUBLIC, scopes: &[], priority, draws: None }
}

/// Registers an app. Another of the same name is another app, and harms nobody.
pub static APPS_CREATE: Operation = public("apps.create", Method::POST, "/api/v1/apps", Effect::Idempotent);
/// What a server allows.
pub static INSTANCE_GET: Operation = public("instance.get", Method::GET, "/api/v2/instance", Effect::Read);
/// Who a token belongs to.
pub static USERS_ME: Operation =
    read("users.me", "/api/v1/accounts/verify_credentials", RequestPriority::Normal);
/// An account's own posts, newest first, up to 40 a page.
pub static USERS_POSTS: Operation =
    read("users.posts", "/api/v1/accounts/{id}/statuses", RequestPriority::Normal);
/// One post.
pub static POSTS_GET: Operation = read("posts.get", "/api/v1/statuses/{id}", RequestPriority::Normal);
/// The text of an own post as it was written.
pub static POSTS_SOURCE: Operation =
    read("posts.source", "/api/v1/statuses/{id}/source", RequestPriority::Reconcile);
/// How far the processing of an upload is.
pub static MEDIA_STATUS: Operation = read("media.status", "/api/v1/media/{id}", RequestPriority::Publish);
/// Uploads a file. One that no post refers to is seen by nobody.
pub static MEDIA_UPLOAD: Operation = operation(
    "media.upload",
    Method::POST,
    "/api/v2/media",
    Effect::Idempotent,
    RequestPriority::Publish,
    &UPLOAD,
);
/// Publishes a post, under an `Idempotency-Key`.
pub static POSTS_CREATE: Operation = operation(
    "posts.create",
    Method::POST,
    "/api/v1/statuses",
    Effect::Visible,
    RequestPriority::Publish,
    &REQUEST,
);
/// Deletes a post.
pub static POSTS_DELETE: Operation = operation(
    "posts.delete",
    Method::DELETE,
    "/api/v1/statuses/{id}",
    Effect::Idempotent,
    RequestPriority::Normal,
    &DELETION,
);

/// All of them.
pub static ALL: [&Operation; 10] = [
    &APPS_CREATE,
    &INSTANCE_GET,
    &USERS_ME,
    &USERS_POSTS,
    &POSTS_GET,
    &POSTS_SOURCE,
    &MEDIA_STATUS,
    &MEDIA_UPLOAD,
    &POSTS_CREATE,
    &POSTS_DELETE,
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
