//! X's operations that xmp uses, from X's specification (OpenAPI, version 2.167).

use http::Method;
use xmp_core::{AuthScheme, RequestPriority};

use crate::pipeline::{Effect, Operation};

const USER: &[AuthScheme] = &[AuthScheme::OAuth2User];
const READ: &[&str] = &["tweet.read", "users.read"];
const WRITE: &[&str] = &["tweet.read", "tweet.write", "users.read"];
const MEDIA: &[&str] = &["media.write"];

const fn operation(
    name: &'static str,
    method: Method,
    path: &'static str,
    effect: Effect,
    scopes: &'static [&'static str],
    priority: RequestPriority,
) -> Operation {
    Operation { name, method, path, effect, auth: USER, scopes, priority, draws: None }
}

/// Publishes a post. There is no idempotency key: nothing but the timeline tells what became of a lost answer.
pub static POSTS_CREATE: Operation =
    operation("posts.create", Method::POST, "/2/tweets", Effect::Visible, WRITE, RequestPriority::Publish);
/// Deletes a post.
pub static POSTS_DELETE: Operation = operation(
    "posts.delete",
    Method::DELETE,
    "/2/tweets/{id}",
    Effect::Idempotent,
    WRITE,
    RequestPriority::Normal,
);
/// One post.
pub static POSTS_GET: Operation =
    operation("posts.get", Method::GET, "/2/tweets/{id}", Effect::Read, READ, RequestPriority::Normal);
/// Up to 100 posts by id.
pub static POSTS_LOOKUP: Operation =
    operation("posts.lookup", Method::GET, "/2/tweets", Effect::Read, READ, RequestPriority::Background);
/// Who a token belongs to.
pub static USERS_ME: Operation =
    operation("users.me", Method::GET, "/2/users/me", Effect::Read, READ, RequestPriority::Normal);
/// An account's posts, newest first, up to 100 a page.
pub static USERS_POSTS: Operation = operation(
    "users.posts",
    Method::GET,
    "/2/users/{id}/tweets",
    Effect::Read,
    READ,
    RequestPriority::Normal,
);
/// Uploads a small image whole.
pub static MEDIA_UPLOAD: Operation = operation(
    "media.upload",
    Method::POST,
    "/2/media/upload",
    Effect::Idempotent,
    MEDIA,
    RequestPriority::Publish,
);
/// Begins an upload in pieces.
pub static MEDIA_INITIALIZE: Operation = operation(
    "media.initialize",
    Method::POST,
    "/2/media/upload/initialize",
    Effect::Idempotent,
    MEDIA,
    RequestPriority::Publish,
);
/// Adds a piece. The same piece twice is one piece.
pub static MEDIA_APPEND: Operation = operation(
    "media.append",
    Method::POST,
    "/2/media/upload/{id}/append",
    Effect::Idempotent,
    MEDIA,
    RequestPriority::Publish,
);
/// Ends an upload in pieces.
pub static MEDIA_FINALIZE: Operation = operation(
    "media.finalize",
    Method::POST,
    "/2/media/upload/{id}/finalize",
    Effect::Idempotent,
    MEDIA,
    RequestPriority::Publish,
);
/// How far the processing of a video or animation is.
pub static MEDIA_STATUS: Operation =
    operation("media.status", Method::GET, "/2/media/upload", Effect::Read, MEDIA, RequestPriority::Publish);
/// Sets the alternative text.
pub static MEDIA_METADATA: Operation = operation(
    "media.metadata",
    Method::POST,
    "/2/media/metadata",
    Effect::Idempotent,
    MEDIA,
    RequestPriority::Publish,
);

/// All of them.
pub static ALL: [&Operation; 12] = [
    &POSTS_CREATE,
    &POSTS_DELETE,
    &POSTS_GET,
    &POSTS_LOOKUP,
    &USERS_ME,
    &USERS_POSTS,
    &MEDIA_UPLOAD,
    &MEDIA_INITIALIZE,
    &MEDIA_APPEND,
    &MEDIA_FINALIZE,
    &MEDIA_STATUS,
    &MEDIA_METADATA,
];

/// The scopes that an account is asked for: those of every operation above, and `offline.access`, without which X
/// gives no refresh token.
pub const SCOPES: &[&str] = &["tweet.read", "tweet.write", "users.read", "media.write", "offline.access"];

/// The parameters by which a post is read with all that xmp wants of it. The specification says `post.fields` and
/// `referenced_posts` where the documentation says `tweet.fields` and `referenced_tweets`; both kinds of answers are
/// understood.
pub(super) const POST_QUERY: [(&str, &str); 2] = [
    ("post.fields", "created_at,text,entities,attachments,note_post,public_metrics"),
    ("expansions", "attachments.media_keys,edit_history_post_ids,referenced_posts"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_that_an_operation_needs_is_asked_for() {
        for operation in ALL {
            assert!(operation.scopes.iter().all(|scope| SCOPES.contains(scope)), "{}", operation.name);
        }
    }

    #[test]
    fn only_a_new_post_is_visible() {
        let visible: Vec<_> =
            ALL.iter().filter(|one| one.effect == Effect::Visible).map(|one| one.name).collect();
        assert_eq!(visible, ["posts.create"]);
    }
}
