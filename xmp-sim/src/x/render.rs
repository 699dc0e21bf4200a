//! How posts, users and media look to a reader.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::fields::{Fields, Words};
use super::media::{media_key, media_kind};
use super::state::{Account, Post, State, Upload, Version};
use super::text::{self, MediaLink, Shown};
use crate::core::Cx;
use crate::metrics;

/// One version of a post as readers get its text.
pub(super) fn shown(x: &State, post: &Post, version: &Version) -> Shown {
    let media = uploads_of(x, post).next().map(|first| {
        let handle = x.handle_of(&post.account).unwrap_or("i");
        let kind = if media_kind(first) == "photo" { "photo" } else { "video" };
        let page = format!("https://x.com/{handle}/status/{}/{kind}/1", version.id);
        MediaLink { page, keys: uploads_of(x, post).map(media_key).collect() }
    });
    text::show(version.id, &version.text, media.as_ref())
}

fn uploads_of<'a>(x: &'a State, post: &'a Post) -> impl Iterator<Item = &'a Upload> {
    post.media.iter().filter_map(|id| x.uploads.get(id))
}

/// One version of a post with the fields asked for.
pub(super) fn post(cx: &Cx<'_>, fields: &Fields, post: &Post, version: &Version) -> Value {
    let x = &cx.world.x;
    let Shown { text, links } = shown(x, post, version);
    let mut object = Map::new();
    let mut put = |name: &str, value: Value| object.insert(name.to_owned(), value);
    put("id", version.id.to_string().into());
    put("text", text.into());
    if fields.words == Words::Documentation || fields.expands_edit_history() {
        put(fields.words.choose("edit_history_tweet_ids", "edit_history_post_ids"), history(post));
    }
    if fields.post("created_at") {
        put("created_at", timestamp(version.at));
    }
    if fields.post("author_id") || fields.expands("author_id") {
        put("author_id", post.account.as_str().into());
    }
    if fields.post("conversation_id") {
        put("conversation_id", conversation(x, post).to_string().into());
    }
    if fields.post("public_metrics") {
        put("public_metrics", metrics(cx, fields.words, post));
    }
    if fields.post("lang") {
        put("lang", "und".into());
    }
    if fields.post("possibly_sensitive") {
        put("possibly_sensitive", false.into());
    }
    if fields.post("reply_settings") {
        put("reply_settings", "everyone".into());
    }
    if !links.is_empty() && fields.post("entities") {
        let urls: Vec<Value> = links.iter().map(url_entity).collect();
        put("entities", json!({ "urls": urls }));
    }
    let keys: Vec<String> = uploads_of(x, post).map(media_key).collect();
    if !keys.is_empty() && (fields.post("attachments") || fields.expands("attachments.media_keys")) {
        put("attachments", json!({ "media_keys": keys }));
    }
    let references = references(post);
    if !references.is_empty() && (fields.post("referenced_tweets") || fields.expands_references()) {
        put(fields.words.choose("referenced_tweets", "referenced_posts"), references.into());
    }
    let answered = post.reply_to.and_then(|id| x.post(id)).map(|target| target.account.as_str());
    if let Some(author) =
        answered.filter(|_| fields.post("in_reply_to_user_id") || fields.expands("in_reply_to_user_id"))
    {
        put("in_reply_to_user_id", author.into());
    }
    Value::Object(object)
}

/// `includes` for these posts, if anything is to be included.
pub(super) fn includes(cx: &Cx<'_>, fields: &Fields, posts: &[&Post]) -> Option<Value> {
    let x = &cx.world.x;
    let mut includes = Map::new();
    let mut include = |name: &str, values: Vec<Value>| {
        if !values.is_empty() {
            includes.insert(name.to_owned(), values.into());
        }
    };
    if fields.expands("attachments.media_keys") {
        let ids: BTreeSet<u64> = posts.iter().flat_map(|post| post.media.iter().copied()).collect();
        include(
            "media",
            ids.iter().filter_map(|id| x.uploads.get(id)).map(|upload| media(cx, fields, upload)).collect(),
        );
    }
    let mut users: BTreeSet<&str> = BTreeSet::new();
    if fields.expands("author_id") {
        users.extend(posts.iter().map(|post| post.account.as_str()));
    }
    if fields.expands("in_reply_to_user_id") {
        let targets = posts.iter().filter_map(|post| x.post(post.reply_to?));
        users.extend(targets.map(|target| target.account.as_str()));
    }
    include(
        "users",
        users.iter().filter_map(|id| x.accounts.get(*id)).map(|account| user(cx, fields, account)).collect(),
    );
    if fields.expands_references() {
        let ids: BTreeSet<u64> =
            posts.iter().flat_map(|post| [post.reply_to, post.quote_of]).flatten().collect();
        let referenced = ids.iter().filter_map(|id| x.living_post(*id)).filter_map(|target| {
            let version = target.versions.last()?;
            Some(self::post(cx, fields, target, version))
        });
        include(fields.words.choose("tweets", "posts"), referenced.collect());
    }
    (!includes.is_empty()).then_some(Value::Object(includes))
}

/// A user with the fields asked for.
pub(super) fn user(cx: &Cx<'_>, fields: &Fields, account: &Account) -> Value {
    let mut user = json!({ "id": account.id, "name": account.handle, "username": account.handle });
    let simple = [
        ("created_at", timestamp(account.created_at)),
        ("description", "".into()),
        ("protected", false.into()),
        ("verified", false.into()),
        ("verified_type", "none".into()),
    ];
    for (name, value) in simple {
        if fields.user(name) {
            user[name] = value;
        }
    }
    if fields.user("public_metrics") {
        let posts = cx.world.x.posts_of(&account.id);
        let (count, media) = posts.fold((0, 0), |(count, media), post| (count + 1, media + post.media.len()));
        // Users have no field parameter of their own that would tell which words are wanted: both names are given.
        user["public_metrics"] = json!({
            "followers_count": 0,
            "following_count": 0,
            "listed_count": 0,
            "like_count": 0,
            "media_count": media,
            "post_count": count,
            "tweet_count": count,
        });
    }
    user
}

fn media(cx: &Cx<'_>, fields: &Fields, upload: &Upload) -> Value {
    let kind = media_kind(upload);
    let mut media = json!({ "media_key": media_key(upload), "type": kind });
    let finished = upload.finished.as_ref();
    if let (true, Some(width)) = (fields.media("width"), finished.and_then(|finished| finished.width)) {
        media["width"] = width.into();
    }
    if let (true, Some(height)) = (fields.media("height"), finished.and_then(|finished| finished.height)) {
        media["height"] = height.into();
    }
    if let (true, Some(alt_text)) = (fields.media("alt_text"), &upload.alt_text) {
        media["alt_text"] = alt_text.as_str().into();
    }
    let picture = format!("https://pbs.twimg.com/media/{}", upload.id);
    match kind {
        "photo" if fields.media("url") => media["url"] = picture.into(),
        "photo" => {}
        _ => {
            if fields.media("preview_image_url") {
                media["preview_image_url"] = picture.into();
            }
            if fields.media("public_metrics") {
                let seconds = finished.map_or(0, |finished| cx.now.duration_since(finished.at).as_secs());
                media["public_metrics"] = json!({ "view_count": seconds.max(0) / 6 });
            }
        }
    }
    media
}

fn url_entity(link: &text::Link) -> Value {
    let mut entity = json!({
        "start": link.start,
        "end": link.end,
        "url": link.url,
        "expanded_url": link.expanded,
        "display_url": link.display,
    });
    if let Some(key) = &link.media_key {
        entity["media_key"] = key.as_str().into();
    }
    entity
}

fn references(post: &Post) -> Vec<Value> {
    let reply = post.reply_to.map(|id| ("replied_to", id));
    let quote = post.quote_of.map(|id| ("quoted", id));
    [reply, quote]
        .into_iter()
        .flatten()
        .map(|(kind, id)| json!({ "type": kind, "id": id.to_string() }))
        .collect()
}

fn history(post: &Post) -> Value {
    post.versions.iter().map(|version| version.id.to_string()).collect()
}

/// The root of the thread that a post belongs to.
fn conversation(x: &State, post: &Post) -> u64 {
    let mut root = post;
    while let Some(parent) = root.reply_to.and_then(|id| x.post(id)) {
        root = parent;
    }
    root.id
}

/// Counts that grow with the views; replies and quotes that really exist come on top.
fn metrics(cx: &Cx<'_>, words: Words, post: &Post) -> Value {
    let impressions = metrics::views(post.id, post.published_at(), cx.now);
    let living = || cx.world.x.posts.values().filter(|other| other.deleted_at.is_none());
    let refers =
        |target: Option<u64>| target.is_some_and(|id| post.versions.iter().any(|version| version.id == id));
    let replies = living().filter(|other| refers(other.reply_to)).count() as u64;
    let quotes = living().filter(|other| refers(other.quote_of)).count() as u64;
    let mut metrics = json!({
        "impression_count": impressions,
        "like_count": impressions / 20,
        "reply_count": impressions / 100 + replies,
        "quote_count": impressions / 200 + quotes,
        "bookmark_count": impressions / 150,
    });
    metrics[words.choose("retweet_count", "repost_count")] = (impressions / 50).into();
    metrics
}

/// A moment as X writes them: cut to the second, with a fraction that is always `.000`. A post's `created_at` may
/// therefore lie up to a second before the request that made it.
fn timestamp(at: jiff::Timestamp) -> Value {
    let second = jiff::Timestamp::from_second(at.as_second()).unwrap_or(at);
    format!("{second:.3}").into()
}

/// Whether reading shows a post yet (see [`crate::FaultKind::TimelineLag`]).
pub(super) fn visible(cx: &Cx<'_>, post: &Post, in_lookup: bool) -> bool {
    cx.lag.filter(|lag| !in_lookup || lag.lookups).is_none_or(|lag| lag.shows(post.published_at(), cx.now))
}
