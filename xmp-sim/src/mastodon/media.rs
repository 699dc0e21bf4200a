//! Media: uploaded, processed in simulated time, described.

use http::StatusCode;
use serde_json::{Value, json};

use super::auth::Caller;
use super::errors::Refused;
use super::instance::{MAX_DESCRIPTION, MEDIA_TYPES};
use super::params::Params;
use super::state::{Change, Focus, Media};
use super::{Effect, Outcome, path_id};
use crate::blobs::Blob;
use crate::call::{Call, Payload};
use crate::clock::seconds_after;
use crate::core::Cx;
use crate::images::{dimensions, sniff};
use crate::reply::Reply;

/// A choice: GIFs and videos take so long.
const PROCESSED_AFTER_SECS: i64 = 3;
/// A choice: what one request may weigh. Mastodon's own nginx has 99 MB.
const MAX_BODY: usize = 60 * 1024 * 1024;

/// `POST /api/v2/media`: 200 for images, 202 for what has to be processed first.
pub(super) fn upload(cx: &Cx<'_>, caller: &Caller<'_>, call: &Call) -> Outcome {
    if call.body_length > MAX_BODY {
        return Ok(Effect::reply(Reply::empty(StatusCode::PAYLOAD_TOO_LARGE)));
    }
    let file = match &call.payload {
        Payload::Multipart(parts) => parts.iter().find(|part| part.name == "file"),
        _ => None,
    };
    let file = file.ok_or_else(|| Refused::validation("File can't be blank"))?;
    let found = sniff(&file.bytes).filter(|found| MEDIA_TYPES.contains(found));
    let found = found.ok_or_else(|| Refused::validation("File content type is invalid, File is invalid"))?;
    let immediate = found.starts_with("image/") && found != "image/gif";
    let limits = &cx.settings.instance;
    let most = if found.starts_with("image/") { limits.image_size_limit } else { limits.video_size_limit };
    if file.bytes.len() > most {
        return Err(Refused::validation(format!("File file size must be less than {} MB", most >> 20)));
    }
    let (id, params) = (cx.world.mastodon.next_id(cx.now), Params::of(call));
    let (width, height) = dimensions(&file.bytes).unzip();
    let media = Media {
        id,
        account: caller.account.id,
        blob: format!("mastodon-{id}"),
        media_type: found.to_owned(),
        width,
        height,
        description: description(&params)?,
        focus: focus(&params),
        ready_at: seconds_after(cx.now, if immediate { 0 } else { PROCESSED_AFTER_SECS }),
    };
    let status = if immediate { StatusCode::OK } else { StatusCode::ACCEPTED };
    let blob = Blob { name: media.blob.clone(), bytes: file.bytes.clone() };
    Ok(Effect::json(status, &shown(cx, call, &media)).storing(blob).with([Change::MediaUploaded(media)]))
}

/// `GET /api/v1/media/:id`: 206 until it is processed.
pub(super) fn status(cx: &Cx<'_>, caller: &Caller<'_>, call: &Call) -> Outcome {
    let media = own(cx, caller, call)?;
    let status = if media.ready_at <= cx.now { StatusCode::OK } else { StatusCode::PARTIAL_CONTENT };
    Ok(Effect::json(status, &shown(cx, call, media)))
}

/// `PUT /api/v1/media/:id`.
pub(super) fn describe(cx: &Cx<'_>, caller: &Caller<'_>, call: &Call) -> Outcome {
    let media = own(cx, caller, call)?;
    let params = Params::of(call);
    let (description, focus) = (description(&params)?, focus(&params));
    let mut described = media.clone();
    described.describe(description.clone(), focus);
    let change = Change::MediaDescribed { media: media.id, description, focus };
    Ok(Effect::json(StatusCode::OK, &shown(cx, call, &described)).with([change]))
}

fn own<'a>(cx: &Cx<'a>, caller: &Caller<'_>, call: &Call) -> Result<&'a Media, Refused> {
    let id = path_id(call).ok_or_else(Refused::not_found)?;
    cx.world.mastodon.loose_media(caller.account.id, id).ok_or_else(Refused::not_found)
}

fn description(params: &Params) -> Result<Option<String>, Refused> {
    let description = params.text("description");
    if description.as_ref().is_some_and(|text| text.chars().count() > MAX_DESCRIPTION) {
        let why = format!("Description is too long (maximum is {MAX_DESCRIPTION} characters)");
        return Err(Refused::validation(why));
    }
    Ok(description)
}

/// `focus`: two numbers with a comma between.
fn focus(params: &Params) -> Option<Focus> {
    let text = params.text("focus")?;
    let (x, y) = text.split_once(',')?;
    Some(Focus { x: x.trim().parse().ok()?, y: y.trim().parse().ok()? })
}

/// What `type` calls it (entity `MediaAttachment`).
pub(super) fn kind(media: &Media) -> &'static str {
    match media.media_type.as_str() {
        "image/gif" => "gifv",
        other if other.starts_with("video/") => "video",
        _ => "image",
    }
}

/// Entity `MediaAttachment`; without `url` while it is being processed.
pub(super) fn shown(cx: &Cx<'_>, call: &Call, media: &Media) -> Value {
    let url = (media.ready_at <= cx.now).then(|| format!("{}/_sim/media/{}", call.base(), media.blob));
    let mut meta = json!({});
    if let (Some(width), Some(height)) = (media.width, media.height) {
        let aspect = f64::from(width) / f64::from(height.max(1));
        meta["original"] = json!({ "width": width, "height": height, "size": format!("{width}x{height}"), "aspect": aspect });
    }
    if let Some(focus) = media.focus {
        meta["focus"] = json!(focus);
    }
    json!({
        "id": media.id.to_string(),
        "type": kind(media),
        "url": url,
        "preview_url": url,
        "remote_url": null,
        "meta": meta,
        "description": media.description,
        "blurhash": null,
    })
}
