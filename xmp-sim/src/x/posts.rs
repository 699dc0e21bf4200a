//! Writing posts: by apps through the API, and by their authors elsewhere.

use std::collections::BTreeSet;

use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Effect;
use super::auth::Caller;
use super::errors::Problem;
use super::ids::{next_id, parse_id};
use super::lookup::check_id;
use super::media::{media_kind, usable};
use super::render::shown;
use super::state::{Change, Post, State, Version};
use super::text::{MAX_WEIGHTED_LENGTH, has_forbidden_characters, normalized, weighted_length};
use crate::call::{Call, Payload};
use crate::clock::seconds_after;
use crate::core::Cx;

/// X documentation, "Media": four photos, or one GIF, or one video.
const MAX_MEDIA: usize = 4;

/// What of X's `CreatePostsRequest` (X specification) makes a post here.
#[derive(Deserialize)]
struct Draft {
    #[serde(default)]
    text: String,
    media: Option<DraftMedia>,
    reply: Option<DraftReply>,
    quote_tweet_id: Option<String>,
}

#[derive(Deserialize)]
struct DraftMedia {
    media_ids: Vec<String>,
}

#[derive(Deserialize)]
struct DraftReply {
    in_reply_to_tweet_id: String,
}

const SIMULATED: [&str; 4] = ["text", "media", "reply", "quote_tweet_id"];
/// Parts of the specification's request that change nothing a reader of this simulator could see.
const WITHOUT_EFFECT: [&str; 7] = [
    "direct_message_deep_link",
    "for_super_followers_only",
    "made_with_ai",
    "nullcast",
    "paid_partnership",
    "reply_settings",
    "share_with_followers",
];
/// Parts that would make another post than this simulator can keep: refused rather than dropped.
const NOT_SIMULATED: [&str; 5] = ["card_uri", "community_id", "edit_options", "geo", "poll"];

/// `POST /2/tweets`.
pub(super) fn create(cx: &Cx<'_>, caller: &Caller<'_>, call: &Call) -> Result<Effect, Problem> {
    let draft = draft(call)?;
    let x = &cx.world.x;
    check_text(&draft)?;
    let media = check_media(cx, caller, draft.media.as_ref())?;
    let target = |id: &str, gone: fn() -> Problem| {
        parse_id(id).and_then(|id| x.living_post(id).map(|_| id)).ok_or_else(gone)
    };
    let reply_to =
        draft.reply.as_ref().map(|reply| target(&reply.in_reply_to_tweet_id, Problem::reply_target_gone));
    let quote_of = draft.quote_tweet_id.as_ref().map(|id| target(id, Problem::quote_target_gone));
    let (reply_to, quote_of) = (reply_to.transpose()?, quote_of.transpose()?);
    if is_duplicate(cx, &caller.account.id, &draft.text) {
        return Err(Problem::duplicate());
    }
    let post = Post {
        reply_to,
        quote_of,
        media,
        client: Some(caller.client().to_owned()),
        ..new_post(x, cx.now, &caller.account.id, draft.text)
    };
    let text = post.versions.first().map(|version| shown(x, &post, version).text);
    let id = post.id.to_string();
    let data = json!({ "id": id, "text": text, "edit_history_tweet_ids": [id] });
    Ok(Effect::json(StatusCode::CREATED, &json!({ "data": data })).with([Change::PostCreated(post)]))
}

fn draft(call: &Call) -> Result<Draft, Problem> {
    let Payload::Json(body @ Value::Object(object)) = &call.payload else {
        return Err(Problem::invalid_body("The request body is not a JSON object."));
    };
    for name in object.keys().map(String::as_str) {
        if NOT_SIMULATED.contains(&name) {
            return Err(Problem::invalid_body(format!("xmp-sim does not simulate `{name}`.")));
        }
        if !SIMULATED.contains(&name) && !WITHOUT_EFFECT.contains(&name) {
            let message = format!(
                "[$.{name}: is not defined in the schema and the schema does not allow additional properties]"
            );
            return Err(Problem::invalid_body(message));
        }
    }
    Draft::deserialize(body).map_err(|error| Problem::invalid_body(format!("[$: {error}]")))
}

fn check_text(draft: &Draft) -> Result<(), Problem> {
    let has_media = draft.media.as_ref().is_some_and(|media| !media.media_ids.is_empty());
    if draft.text.trim().is_empty() && !has_media {
        return Err(Problem::invalid_body("Posts need text, unless they have media."));
    }
    if weighted_length(&draft.text) > MAX_WEIGHTED_LENGTH {
        return Err(Problem::text_too_long());
    }
    if has_forbidden_characters(&draft.text) {
        return Err(Problem::invalid_body("The text has characters that are not allowed."));
    }
    Ok(())
}

fn check_media(cx: &Cx<'_>, caller: &Caller<'_>, media: Option<&DraftMedia>) -> Result<Vec<u64>, Problem> {
    let Some(DraftMedia { media_ids }) = media else { return Ok(Vec::new()) };
    if !(1..=MAX_MEDIA).contains(&media_ids.len()) {
        let message = format!("[$.media.media_ids: must have between 1 and {MAX_MEDIA} items]");
        return Err(Problem::invalid_body(message));
    }
    let uploads = media_ids.iter().map(|id| {
        let upload = parse_id(id).and_then(|id| cx.world.x.uploads.get(&id));
        upload
            .filter(|upload| usable(upload, &caller.account.id, cx.now))
            .ok_or_else(Problem::invalid_media_ids)
    });
    let uploads = uploads.collect::<Result<Vec<_>, _>>()?;
    let photos = uploads.iter().all(|upload| media_kind(upload) == "photo");
    let distinct: BTreeSet<u64> = uploads.iter().map(|upload| upload.id).collect();
    if distinct.len() < uploads.len() || uploads.len() > 1 && !photos {
        return Err(Problem::invalid_media_ids());
    }
    Ok(uploads.iter().map(|upload| upload.id).collect())
}

/// The same words by the same author within the window, in a post that still stands.
fn is_duplicate(cx: &Cx<'_>, account: &str, text: &str) -> bool {
    let text = normalized(text);
    let window = i64::try_from(cx.settings.duplicate_window.as_secs()).unwrap_or(i64::MAX);
    let since = seconds_after(cx.now, -window);
    window > 0
        && !text.is_empty()
        && cx.world.x.posts_of(account).any(|post| {
            post.published_at() > since
                && post.versions.last().is_some_and(|version| normalized(&version.text) == text)
        })
}

fn new_post(x: &State, now: Timestamp, account: &str, text: String) -> Post {
    let id = next_id(now, x.last_id);
    Post {
        id,
        account: account.to_owned(),
        client: None,
        versions: vec![Version { id, text, at: now }],
        reply_to: None,
        quote_of: None,
        media: Vec::new(),
        deleted_at: None,
    }
}

/// `DELETE /2/tweets/:id`. A post that is gone already is still answered with `deleted: true`.
pub(super) fn delete(cx: &Cx<'_>, caller: &Caller<'_>, call: &Call) -> Result<Effect, Problem> {
    let id = call.path.rsplit('/').next().unwrap_or_default();
    let id = check_id("id", id)?;
    let post = cx.world.x.post(id);
    let deleted = Effect::json(StatusCode::OK, &json!({ "data": { "deleted": true } }));
    match post {
        Some(post) if post.account != caller.account.id => Err(Problem::not_your_post()),
        Some(post) if post.deleted_at.is_none() => {
            Ok(deleted.with([Change::PostDeleted { post: post.id, at: cx.now }]))
        }
        _ => Ok(deleted),
    }
}

/// A post written by its author elsewhere: not through any app of this simulator.
pub(super) fn publish_elsewhere(x: &State, now: Timestamp, handle: &str, text: &str) -> Option<Change> {
    let account = x.account_by_handle(handle)?;
    Some(Change::PostCreated(new_post(x, now, &account.id, text.to_owned())))
}

/// A post deleted by its author elsewhere.
pub(super) fn delete_elsewhere(x: &State, now: Timestamp, id: &str) -> Option<Change> {
    let post = x.living_post(parse_id(id)?)?;
    Some(Change::PostDeleted { post: post.id, at: now })
}

/// A post edited by its author elsewhere: a new version, with an id of its own.
pub(super) fn edit_elsewhere(x: &State, now: Timestamp, id: &str, text: &str) -> Option<Change> {
    let post = x.living_post(parse_id(id)?)?;
    let version = Version { id: next_id(now, x.last_id), text: text.to_owned(), at: now };
    Some(Change::PostEdited { post: post.id, version })
}
