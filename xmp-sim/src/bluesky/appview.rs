//! The AppView: what the network has seen of the repositories. It may lag behind them (see
//! [`crate::FaultKind::TimelineLag`]).

use http::StatusCode;
use serde_json::{Value, json};

use super::errors::Refused;
use super::input::{limit, parameter};
use super::post::blobs;
use super::state::{Account, Key, Record, State, Version};
use super::{Effect, Outcome, POST};
use crate::call::Call;
use crate::core::Cx;
use crate::metrics;

/// Lexicon `app.bsky.feed.getPosts`.
const MAX_URIS: usize = 25;

/// `app.bsky.actor.getProfile`.
pub(super) fn profile(cx: &Cx<'_>, call: &Call) -> Outcome {
    let state = &cx.world.bluesky;
    let account = actor(state, call)?;
    let mut profile = author(account);
    let posts = state.collection(&account.did, POST).count();
    for (name, count) in [("followersCount", 0), ("followsCount", 0), ("postsCount", posts)] {
        profile[name] = count.into();
    }
    profile["createdAt"] = account.created_at.to_string().into();
    profile["indexedAt"] = account.created_at.to_string().into();
    Ok(Effect::json(StatusCode::OK, &profile))
}

/// `app.bsky.feed.getPosts`: what is not there is left out.
pub(super) fn posts(cx: &Cx<'_>, call: &Call) -> Outcome {
    let state = &cx.world.bluesky;
    let asked = call.query.iter().filter(|(name, _)| matches!(name.as_str(), "uris" | "uris[]"));
    let uris: Vec<&str> = asked.map(|(_, uri)| uri.as_str()).collect();
    if uris.is_empty() || uris.len() > MAX_URIS {
        return Err(Refused::invalid(format!("Error: uris must have between 1 and {MAX_URIS} elements")));
    }
    let found =
        uris.iter().filter_map(|uri| state.record(&Key::parse(uri)?)).filter(|(record, _)| sees(cx, record));
    let posts = found.filter_map(|(record, version)| view(cx, record, version)).collect::<Value>();
    Ok(Effect::json(StatusCode::OK, &json!({ "posts": posts })))
}

/// `app.bsky.feed.getAuthorFeed`: newest first.
pub(super) fn author_feed(cx: &Cx<'_>, call: &Call) -> Outcome {
    let state = &cx.world.bluesky;
    let limit = limit(call)?;
    let account = actor(state, call)?;
    let below = match call.query("cursor") {
        None => usize::MAX,
        Some(cursor) => cursor.parse().map_err(|_| Refused::invalid("Malformed cursor"))?,
    };
    let filter = call.query("filter").unwrap_or("posts_with_replies");
    let wanted = |record: &Record| {
        let said = record.versions.last().map_or(&Value::Null, |version| &version.record);
        match filter {
            "posts_no_replies" | "posts_and_author_threads" => said.get("reply").is_none(),
            "posts_with_media" => !blobs(said).is_empty(),
            "posts_with_video" => said["embed"]["$type"] == "app.bsky.embed.video",
            _ => true,
        }
    };
    let mut page: Vec<(usize, &Record)> = state
        .records
        .iter()
        .enumerate()
        .rev()
        .filter(|(number, record)| {
            *number < below && record.key.did == account.did && record.key.collection == POST
        })
        .filter(|(_, record)| record.deleted_at.is_none() && sees(cx, record) && wanted(record))
        .take(limit + 1)
        .collect();
    let more = page.len() > limit;
    page.truncate(limit);
    let feed = page
        .iter()
        .filter_map(|(_, record)| Some(json!({ "post": view(cx, record, record.versions.last()?)? })));
    let mut answer = json!({ "feed": feed.collect::<Value>() });
    if let (true, Some((last, _))) = (more, page.last()) {
        answer["cursor"] = last.to_string().into();
    }
    Ok(Effect::json(StatusCode::OK, &answer))
}

fn actor<'a>(state: &'a State, call: &Call) -> Result<&'a Account, Refused> {
    state.account(parameter(call, "actor")?).ok_or_else(|| Refused::invalid("Profile not found"))
}

fn sees(cx: &Cx<'_>, record: &Record) -> bool {
    cx.lag.is_none_or(|lag| lag.shows(record.published_at(), cx.now))
}

/// Lexicon `app.bsky.actor.defs#profileViewBasic`.
fn author(account: &Account) -> Value {
    json!({ "did": account.did, "handle": account.handle, "displayName": account.handle, "labels": [] })
}

/// Lexicon `app.bsky.feed.defs#postView`, without views of embeds.
fn view(cx: &Cx<'_>, record: &Record, version: &Version) -> Option<Value> {
    let state = &cx.world.bluesky;
    let uri = record.key.uri();
    let refers = |pointer: &str| {
        let living = state.records.iter().filter(|other| other.deleted_at.is_none());
        let said = living.filter_map(|other| other.versions.last()?.record.pointer(pointer));
        said.filter(|target| **target == uri.as_str()).count() as u64
    };
    let seed = uri.bytes().fold(0_u64, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let views = metrics::views(seed, record.published_at(), cx.now);
    Some(json!({
        "uri": uri,
        "cid": version.cid,
        "author": author(state.accounts.get(&record.key.did)?),
        "record": version.record,
        "likeCount": views / 20,
        "repostCount": views / 50,
        "replyCount": views / 100 + refers("/reply/parent/uri"),
        "quoteCount": views / 200 + refers("/embed/record/uri") + refers("/embed/record/record/uri"),
        "bookmarkCount": views / 150,
        "indexedAt": version.at.to_string(),
        "labels": [],
    }))
}
