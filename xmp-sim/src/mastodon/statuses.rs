//! Writing statuses: by apps through the API, and by their authors elsewhere.

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::auth::Caller;
use super::errors::Refused;
use super::instance::{MAX_OPTION, POLL_SECS};
use super::media::kind;
use super::params::Params;
use super::state::{Change, Media, Poll, State, Status, Version};
use super::{Effect, Outcome, path_id, render, text};
use crate::call::Call;
use crate::clock::{later, seconds_after};
use crate::core::Cx;

/// How long an `Idempotency-Key` is known (docs.joinmastodon.org/methods/statuses).
const KEY_TTL: SignedDuration = SignedDuration::from_hours(1);
const VISIBILITIES: [&str; 4] = ["public", "unlisted", "private", "direct"];
/// Would make something else than a status: refused rather than dropped.
const NOT_SIMULATED: [&str; 1] = ["scheduled_at"];

/// `POST /api/v1/statuses`. The same key within an hour gives the same status, whatever else is asked.
pub(super) fn create(cx: &Cx<'_>, caller: &Caller<'_>, call: &Call) -> Outcome {
    let key = call.headers.get("idempotency-key").filter(|key| !key.is_empty());
    if let Some(made) = key.and_then(|key| made_before(cx, caller, key)) {
        let status = cx.world.mastodon.living(made.id).ok_or_else(Refused::not_found)?;
        return Ok(Effect::json(StatusCode::OK, &render::status(cx, call, status)));
    }
    let params = Params::of(call);
    if let Some(name) = NOT_SIMULATED.iter().find(|name| params.has(name)) {
        return Err(Refused::unprocessable(format!("xmp-sim does not simulate `{name}`")));
    }
    let status = Status {
        client: Some(caller.client().to_owned()),
        idempotency_key: key.cloned(),
        ..draft(cx, caller, &params)?
    };
    Ok(Effect::json(StatusCode::OK, &render::status(cx, call, &status)).with([Change::StatusCreated(status)]))
}

fn made_before<'a>(cx: &Cx<'a>, caller: &Caller<'_>, key: &str) -> Option<&'a Status> {
    let state = &cx.world.mastodon;
    let status = state.statuses.get(state.keys.get(&(caller.account.id, key.to_owned()))?)?;
    (later(status.published_at(), KEY_TTL) > cx.now).then_some(status)
}

fn draft(cx: &Cx<'_>, caller: &Caller<'_>, params: &Params) -> Result<Status, Refused> {
    let state = &cx.world.mastodon;
    let (in_reply_to, quote_of) =
        (target(cx, caller, params, "in_reply_to_id")?, target(cx, caller, params, "quoted_status_id")?);
    let media = media(cx, caller, params)?;
    let poll = poll(cx, params)?;
    let mut spoiler_text = params.text("spoiler_text").unwrap_or_default();
    // A warning with nothing behind it becomes the text.
    let text = params
        .text("status")
        .unwrap_or_else(|| if media.is_empty() { std::mem::take(&mut spoiler_text) } else { String::new() });
    let limits = &cx.settings.instance;
    if text.is_empty() && media.is_empty() {
        return Err(Refused::validation("Text can't be blank"));
    }
    let per_link = limits.characters_reserved_per_url;
    if text::length(&text, per_link) + text::length(&spoiler_text, per_link) > limits.max_characters {
        let why = format!("Text character limit of {} exceeded", limits.max_characters);
        return Err(Refused::validation(why));
    }
    let visibility = params.text("visibility").unwrap_or_else(|| "public".to_owned());
    if !VISIBILITIES.contains(&visibility.as_str()) {
        return Err(Refused::validation("Visibility is not included in the list"));
    }
    Ok(Status {
        in_reply_to,
        quote_of,
        media,
        visibility,
        sensitive: params.flag("sensitive") || !spoiler_text.is_empty(),
        spoiler_text,
        language: params.text("language").or_else(|| Some("en".to_owned())),
        poll,
        ..new(state, cx.now, caller.account.id, text)
    })
}

/// The status that is answered or quoted.
fn target(cx: &Cx<'_>, caller: &Caller<'_>, params: &Params, name: &str) -> Result<Option<u64>, Refused> {
    if params.text(name).is_none() {
        return Ok(None);
    }
    let status = params.number(name).and_then(|id| cx.world.mastodon.living(id));
    let status = status.filter(|status| render::visible(cx, Some(caller), status, true));
    status.map(|status| Some(status.id)).ok_or_else(Refused::reply_target_gone)
}

fn media(cx: &Cx<'_>, caller: &Caller<'_>, params: &Params) -> Result<Vec<u64>, Refused> {
    let ids = params.list("media_ids");
    let most = cx.settings.instance.max_media_attachments;
    if ids.len() > most || !ids.is_empty() && params.has("poll") {
        return Err(Refused::unprocessable(format!("Cannot attach more than {most} files")));
    }
    let mut found: Vec<&Media> = Vec::new();
    for id in &ids {
        let media = id.parse().ok().and_then(|id| cx.world.mastodon.loose_media(caller.account.id, id));
        let why = || format!("Media {id} not found or already attached to another post");
        found.push(media.ok_or_else(|| Refused::unprocessable(why()))?);
    }
    if found.len() > 1 && found.iter().any(|media| kind(media) == "video") {
        return Err(Refused::unprocessable("Cannot attach a video to a post that already contains images"));
    }
    if found.iter().any(|media| media.ready_at > cx.now) {
        let why = "Cannot attach files that have not finished processing. Try again in a moment!";
        return Err(Refused::unprocessable(why));
    }
    Ok(found.iter().map(|media| media.id).collect())
}

fn poll(cx: &Cx<'_>, params: &Params) -> Result<Option<Poll>, Refused> {
    let Some(asked) = params.nested("poll") else { return Ok(None) };
    let most = cx.settings.instance.max_poll_options;
    let options = asked.list("options");
    let seconds = asked.number("expires_in").unwrap_or(0);
    let wrong = if options.len() < 2 {
        "Options must have more than one item".to_owned()
    } else if options.len() > most {
        format!("Options can't contain more than {most} items")
    } else if options.iter().any(|option| option.chars().count() > MAX_OPTION) {
        format!("Options cannot be longer than {MAX_OPTION} characters each")
    } else if seconds < *POLL_SECS.start() {
        "Expires at is too soon".to_owned()
    } else if seconds > *POLL_SECS.end() {
        "Expires at is too far into the future".to_owned()
    } else {
        let expires_at = seconds_after(cx.now, i64::try_from(seconds).unwrap_or(i64::MAX));
        return Ok(Some(Poll { options, expires_at, multiple: asked.flag("multiple") }));
    };
    Err(Refused::validation(wrong))
}

fn new(state: &State, now: Timestamp, account: u64, text: String) -> Status {
    Status {
        id: state.next_id(now),
        account,
        client: None,
        versions: vec![Version { text, at: now }],
        in_reply_to: None,
        quote_of: None,
        media: Vec::new(),
        visibility: "public".to_owned(),
        sensitive: false,
        spoiler_text: String::new(),
        language: None,
        poll: None,
        idempotency_key: None,
        deleted_at: None,
    }
}

/// `DELETE /api/v1/statuses/:id`: answers what is gone, with its text as it was sent.
pub(super) fn delete(cx: &Cx<'_>, caller: &Caller<'_>, call: &Call) -> Outcome {
    let status = path_id(call).and_then(|id| cx.world.mastodon.living(id));
    let status =
        status.filter(|status| status.account == caller.account.id).ok_or_else(Refused::not_found)?;
    let mut gone = render::status(cx, call, status);
    gone["text"] = status.text().into();
    Ok(Effect::json(StatusCode::OK, &gone).with([Change::StatusDeleted { status: status.id, at: cx.now }]))
}

/// `GET /api/v1/statuses/:id`.
pub(super) fn get(cx: &Cx<'_>, caller: Option<&Caller<'_>>, call: &Call) -> Outcome {
    let status = find(cx, caller, path_id(call)).ok_or_else(Refused::not_found)?;
    Ok(Effect::json(StatusCode::OK, &render::status(cx, call, status)))
}

/// `GET /api/v1/statuses?id[]=`: what is not there is left out.
pub(super) fn lookup(cx: &Cx<'_>, caller: Option<&Caller<'_>>, call: &Call) -> Outcome {
    let ids = Params::of(call).list("id");
    let found = ids.iter().filter_map(|id| find(cx, caller, id.parse().ok()));
    let statuses: Value = found.map(|status| render::status(cx, call, status)).collect();
    Ok(Effect::json(StatusCode::OK, &statuses))
}

/// `GET /api/v1/statuses/:id/source`: the text as it was sent.
pub(super) fn source(cx: &Cx<'_>, caller: &Caller<'_>, call: &Call) -> Outcome {
    let status = find(cx, Some(caller), path_id(call)).ok_or_else(Refused::not_found)?;
    let body = serde_json::json!({
        "id": status.id.to_string(),
        "text": status.text(),
        "spoiler_text": status.spoiler_text,
    });
    Ok(Effect::json(StatusCode::OK, &body))
}

fn find<'a>(cx: &Cx<'a>, caller: Option<&Caller<'_>>, id: Option<u64>) -> Option<&'a Status> {
    cx.world.mastodon.living(id?).filter(|status| render::visible(cx, caller, status, true))
}

/// A status written by its author elsewhere.
pub(super) fn publish_elsewhere(state: &State, now: Timestamp, handle: &str, text: &str) -> Option<Change> {
    let account = state.account_by_handle(handle)?;
    Some(Change::StatusCreated(new(state, now, account.id, text.to_owned())))
}

/// A status edited by its author elsewhere: under the same id.
pub(super) fn edit_elsewhere(state: &State, now: Timestamp, id: &str, text: &str) -> Option<Change> {
    let status = state.living(id.parse().ok()?)?.id;
    Some(Change::StatusEdited { status, version: Version { text: text.to_owned(), at: now } })
}

/// A status deleted by its author elsewhere.
pub(super) fn delete_elsewhere(state: &State, now: Timestamp, id: &str) -> Option<Change> {
    let status = state.living(id.parse().ok()?)?.id;
    Some(Change::StatusDeleted { status, at: now })
}
