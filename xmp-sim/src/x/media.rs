//! Chunked upload: initialize, append, finalize, status; and alt texts.
//!
//! Media belongs to the account that uploaded it and expires a day after its upload began. Videos and GIFs are
//! processed for three seconds (simulated time) after they are finalized; until then no post can carry them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Effect;
use super::auth::Caller;
use super::errors::Problem;
use super::ids::{next_id, parse_id};
use super::state::{Change, Chunk, Upload};
use super::upload::{self, CATEGORIES};
use crate::blobs::Blob;
use crate::call::{Call, Payload};
use crate::clock::seconds_after;
use crate::core::Cx;
use crate::reply::Reply;

/// The lifetime X's answers state (`expires_after_secs`).
pub(super) const EXPIRES_AFTER_SECS: i64 = 86_400;
/// Chunks of 1 MB were seen to pass and of 5 MB to be refused; the border here lies between.
const MAX_APPEND_BODY: usize = 2 * 1024 * 1024;
/// X specification, `AppendMediaUploadRequest`.
const MAX_SEGMENT: u16 = 999;
/// X specification, `CreateMediaMetadataMetadataAltText`.
const MAX_ALT_TEXT: usize = 1000;
const PENDING_UNTIL_SECS: i64 = 1;
const PROCESSED_AFTER_SECS: i64 = 3;
/// X specification, `InitializeMediaUploadRequest`.
const MEDIA_TYPES: &str = "video/mp4 video/webm video/mp2t video/quicktime text/srt text/vtt image/jpeg image/gif \
    image/bmp image/png image/webp image/pjpeg image/tiff model/gltf-binary model/vnd.usdz+zip";

/// X specification, schema `InitializeMediaUploadRequest`.
#[derive(Deserialize)]
struct Initialize {
    media_category: Option<String>,
    media_type: Option<String>,
    total_bytes: Option<u64>,
}

/// `POST /2/media/upload/initialize`.
pub(super) fn initialize(cx: &Cx<'_>, caller: &Caller<'_>, call: &Call) -> Result<Effect, Problem> {
    let Payload::Json(body) = &call.payload else {
        return Err(Problem::invalid_body("The request body is not JSON."));
    };
    let request =
        Initialize::deserialize(body).map_err(|error| Problem::invalid_body(format!("[$: {error}]")))?;
    if let Some(media_type) = &request.media_type
        && !MEDIA_TYPES.split_whitespace().any(|known| known == media_type)
    {
        return Err(Problem::invalid_parameter("media_type", media_type, "media_type is not supported"));
    }
    let category = request.media_category.unwrap_or_else(|| default_category(request.media_type.as_deref()));
    let Some(largest) = upload::largest(&category) else {
        return Err(Problem::invalid_parameter(
            "media_category",
            &category,
            "media_category is not supported",
        ));
    };
    if let Some(total) = request.total_bytes.filter(|total| *total > largest) {
        return Err(upload::too_large(total, largest));
    }
    let upload = Upload {
        media_type: request.media_type,
        total_bytes: request.total_bytes,
        ..new_upload(cx, caller, category)
    };
    let data = json!({
        "id": upload.id.to_string(),
        "media_key": media_key(&upload),
        "expires_after_secs": EXPIRES_AFTER_SECS,
    });
    Ok(Effect::json(StatusCode::OK, &json!({ "data": data })).with([Change::UploadStarted(upload)]))
}

fn default_category(media_type: Option<&str>) -> String {
    let kind = media_type.unwrap_or_default();
    let category = match kind {
        "image/gif" => "tweet_gif",
        _ if kind.starts_with("video/") => "tweet_video",
        _ if kind.starts_with("text/") => "subtitles",
        _ => "tweet_image",
    };
    category.to_owned()
}

pub(super) fn new_upload(cx: &Cx<'_>, caller: &Caller<'_>, category: String) -> Upload {
    Upload {
        id: next_id(cx.now, cx.world.x.last_id),
        account: caller.account.id.clone(),
        category,
        media_type: None,
        total_bytes: None,
        expires_at: seconds_after(cx.now, EXPIRES_AFTER_SECS),
        chunks: std::collections::BTreeMap::new(),
        finished: None,
        alt_text: None,
    }
}

/// `POST /2/media/upload/:id/append`. A segment that is sent again replaces the one before.
pub(super) fn append(cx: &Cx<'_>, caller: &Caller<'_>, call: &Call) -> Result<Effect, Problem> {
    if call.body_length > MAX_APPEND_BODY {
        return Ok(Effect::reply(Reply::empty(StatusCode::PAYLOAD_TOO_LARGE)));
    }
    let upload = own_upload(cx, caller, path_id(call))?;
    if upload.finished.is_some() {
        return Err(Problem::invalid_body("The media is finalized already."));
    }
    let index = upload::field(call, "segment_index")
        .and_then(|index| index.parse().ok())
        .filter(|index| *index <= MAX_SEGMENT)
        .ok_or_else(|| {
            Problem::invalid_body(format!("segment_index must be a number from 0 to {MAX_SEGMENT}"))
        })?;
    let bytes = media_bytes(call)?;
    if bytes.is_empty() {
        return Err(Problem::invalid_body("The segment has no bytes."));
    }
    let blob = Blob { name: format!("{}.{index}.{}", upload.id, &cx.secrets.draw()[..8]), bytes };
    let chunk = Chunk { blob: blob.name.clone(), size: blob.bytes.len() as u64 };
    let data = json!({ "expires_at": upload.expires_at.as_second() });
    Ok(Effect::json(StatusCode::OK, &json!({ "data": data })).storing(blob).with([Change::ChunkStored {
        upload: upload.id,
        index,
        chunk,
    }]))
}

/// `POST /2/media/upload/:id/finalize`. Checks that no segment is missing, that all declared bytes are there, and that
/// the bytes are what they were declared to be. Finalizing again repeats the answer.
pub(super) fn finalize(cx: &Cx<'_>, caller: &Caller<'_>, call: &Call) -> Result<Effect, Problem> {
    let upload = own_upload(cx, caller, path_id(call))?;
    if upload.finished.is_some() {
        return Ok(Effect::json(StatusCode::OK, &json!({ "data": describe_upload(cx, upload) })));
    }
    let missing = (0..).zip(upload.chunks.keys()).find(|(expected, index)| expected != *index);
    if let Some((segment, _)) = missing.or(upload.chunks.is_empty().then_some((0, &0))) {
        return Err(Problem::invalid_body(format!("Segment {segment} is missing.")));
    }
    let mut bytes = BytesMut::new();
    for chunk in upload.chunks.values() {
        let part = cx.blobs.get(&chunk.blob).map_err(|error| Problem::internal(error.to_string()))?;
        bytes.extend_from_slice(&part);
    }
    if upload.total_bytes.is_some_and(|total| total != bytes.len() as u64) {
        let message =
            format!("{} bytes were declared and {} were sent.", upload.total_bytes.unwrap_or(0), bytes.len());
        return Err(Problem::invalid_body(message));
    }
    let bytes = bytes.freeze();
    let finished = upload::inspect(cx.now, upload, &bytes)?;
    let change = Change::UploadFinished { upload: upload.id, finished: finished.clone() };
    let upload = Upload { finished: Some(finished), ..upload.clone() };
    Ok(Effect::json(StatusCode::OK, &json!({ "data": describe_upload(cx, &upload) }))
        .storing(Blob { name: upload.id.to_string(), bytes })
        .with([change]))
}

/// `GET /2/media/upload?command=STATUS&media_id=`.
pub(super) fn status(cx: &Cx<'_>, caller: &Caller<'_>, call: &Call) -> Result<Effect, Problem> {
    if let Some(command) = call.query("command").filter(|command| *command != "STATUS") {
        return Err(Problem::invalid_parameter("command", command, "command must be STATUS"));
    }
    let upload = own_upload(cx, caller, call.query("media_id").unwrap_or_default())?;
    Ok(Effect::json(StatusCode::OK, &json!({ "data": describe_upload(cx, upload) })))
}

/// X specification, schema `CreateMediaMetadataRequest`.
#[derive(Deserialize)]
struct Describe {
    id: String,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Metadata {
    alt_text: Option<AltText>,
}

#[derive(Deserialize)]
struct AltText {
    text: String,
}

/// `POST /2/media/metadata`.
pub(super) fn describe(cx: &Cx<'_>, caller: &Caller<'_>, call: &Call) -> Result<Effect, Problem> {
    let Payload::Json(body) = &call.payload else {
        return Err(Problem::invalid_body("The request body is not JSON."));
    };
    let request =
        Describe::deserialize(body).map_err(|error| Problem::invalid_body(format!("[$: {error}]")))?;
    let upload = own_upload(cx, caller, &request.id)?;
    let alt_text = request.metadata.and_then(|metadata| metadata.alt_text).map(|alt_text| alt_text.text);
    if alt_text.as_ref().is_some_and(|text| text.chars().count() > MAX_ALT_TEXT) {
        let message = format!("[$.metadata.alt_text.text: must be at most {MAX_ALT_TEXT} characters long]");
        return Err(Problem::invalid_body(message));
    }
    let mut data = json!({ "id": request.id });
    if let Some(text) = alt_text.as_ref().or(upload.alt_text.as_ref()) {
        data["associated_metadata"] = json!({ "alt_text": { "text": text } });
    }
    let change = alt_text.map(|alt_text| Change::UploadDescribed { upload: upload.id, alt_text });
    Ok(Effect::json(StatusCode::OK, &json!({ "data": data })).with(change))
}

/// The upload as X describes it after finalize, after a one-shot upload and to a status request.
pub(super) fn describe_upload(cx: &Cx<'_>, upload: &Upload) -> Value {
    let mut data = json!({
        "id": upload.id.to_string(),
        "media_key": media_key(upload),
        "expires_after_secs": upload.expires_at.duration_since(cx.now).as_secs(),
    });
    let Some(finished) = &upload.finished else { return data };
    data["size"] = finished.size.into();
    if media_kind(upload) == "video" {
        data["video"] = json!({ "video_type": finished.media_type });
    } else {
        data["image"] = json!({ "image_type": finished.media_type });
        if let (Some(width), Some(height)) = (finished.width, finished.height) {
            data["image"]["w"] = width.into();
            data["image"]["h"] = height.into();
        }
    }
    if media_kind(upload) != "photo" {
        data["processing_info"] = match processed_for(upload, cx.now) {
            Some(seconds) if seconds < PENDING_UNTIL_SECS => {
                json!({ "state": "pending", "check_after_secs": 1 })
            }
            Some(seconds) if seconds < PROCESSED_AFTER_SECS => {
                json!({ "state": "in_progress", "check_after_secs": 1, "progress_percent": 50 })
            }
            _ => json!({ "state": "succeeded", "progress_percent": 100 }),
        };
    }
    data
}

/// Whether a post of this account may carry the upload now.
pub(super) fn usable(upload: &Upload, account: &str, now: Timestamp) -> bool {
    let processed = media_kind(upload) == "photo"
        || processed_for(upload, now).is_some_and(|seconds| seconds >= PROCESSED_AFTER_SECS);
    let postable = upload.category.starts_with("tweet_") || upload.category == "amplify_video";
    upload.account == account && upload.expires_at > now && upload.finished.is_some() && processed && postable
}

fn processed_for(upload: &Upload, now: Timestamp) -> Option<i64> {
    upload.finished.as_ref().map(|finished| now.duration_since(finished.at).as_secs())
}

/// `photo`, `animated_gif` or `video`, as media objects name it.
pub(super) fn media_kind(upload: &Upload) -> &'static str {
    CATEGORIES
        .iter()
        .find(|category| category.name == upload.category)
        .map_or("photo", |category| category.kind)
}

/// The key that posts name media by: a digit or two for its kind, and the media id.
pub(super) fn media_key(upload: &Upload) -> String {
    let prefix = match media_kind(upload) {
        "animated_gif" => 16,
        "video" => 7,
        _ => 3,
    };
    format!("{prefix}_{}", upload.id)
}

fn own_upload<'a>(cx: &Cx<'a>, caller: &Caller<'_>, id: &str) -> Result<&'a Upload, Problem> {
    parse_id(id)
        .and_then(|id| cx.world.x.uploads.get(&id))
        .filter(|upload| upload.account == caller.account.id && upload.expires_at > cx.now)
        .ok_or_else(Problem::invalid_media_ids)
}

/// The last but one segment of `/2/media/upload/:id/append`.
fn path_id(call: &Call) -> &str {
    call.path.trim_end_matches('/').rsplit('/').nth(1).unwrap_or_default()
}

/// The bytes in `media`: raw in multipart, base64 in JSON.
pub(super) fn media_bytes(call: &Call) -> Result<Bytes, Problem> {
    match &call.payload {
        Payload::Multipart(parts) => {
            parts.iter().find(|part| part.name == "media").map(|part| part.bytes.clone())
        }
        Payload::Json(body) => {
            let encoded = body.get("media").and_then(Value::as_str);
            encoded.and_then(|encoded| STANDARD.decode(encoded).ok()).map(Bytes::from)
        }
        _ => None,
    }
    .ok_or_else(|| Problem::invalid_body("[$.media: is missing or not readable]"))
}
