//! What uploads must be, and the upload in one request.

use bytes::Bytes;
use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Effect;
use super::auth::Caller;
use super::errors::Problem;
use super::media::{describe_upload, media_bytes, new_upload};
use super::state::{Change, Finished, Upload};
use crate::blobs::Blob;
use crate::call::{Call, Payload};
use crate::core::Cx;
use crate::images::{dimensions, same_type, sniff};
use crate::reply::Reply;

const MIB: u64 = 1024 * 1024;
/// What an upload in one request may weigh on the wire; X's own border is not known.
const MAX_BODY: usize = 32 * 1024 * 1024;
/// X documentation, "Media best practices": GIFs.
const MAX_GIF: (u32, u32) = (1280, 1080);

/// A `media_category` (X specification) and what it holds (sizes: X documentation, "Media best practices").
pub(super) struct Category {
    pub(super) name: &'static str,
    /// As media objects name it.
    pub(super) kind: &'static str,
    /// What the media type starts with.
    family: &'static str,
    largest: u64,
}

const fn category(name: &'static str, kind: &'static str, family: &'static str, mib: u64) -> Category {
    Category { name, kind, family, largest: mib * MIB }
}

pub(super) const CATEGORIES: [Category; 8] = [
    category("tweet_image", "photo", "image/", 5),
    category("dm_image", "photo", "image/", 5),
    category("tweet_gif", "animated_gif", "image/gif", 15),
    category("dm_gif", "animated_gif", "image/gif", 15),
    category("tweet_video", "video", "video/", 512),
    category("dm_video", "video", "video/", 512),
    category("amplify_video", "video", "video/", 512),
    category("subtitles", "photo", "text/", 1),
];

/// The most bytes that media of a category may have, or `None` if there is no such category.
pub(super) fn largest(category: &str) -> Option<u64> {
    CATEGORIES.iter().find(|known| known.name == category).map(|known| known.largest)
}

pub(super) fn too_large(size: u64, largest: u64) -> Problem {
    Problem::invalid_body(format!("The file has {size} bytes, and at most {largest} are allowed."))
}

/// `POST /2/media/upload`: the whole media in one request, as multipart or as base64 in JSON.
pub(super) fn one_shot(cx: &Cx<'_>, caller: &Caller<'_>, call: &Call) -> Result<Effect, Problem> {
    if call.body_length > MAX_BODY {
        return Ok(Effect::reply(Reply::empty(StatusCode::PAYLOAD_TOO_LARGE)));
    }
    let category = field(call, "media_category").unwrap_or_default();
    if largest(&category).is_none() {
        return Err(Problem::invalid_parameter(
            "media_category",
            &category,
            "media_category is not supported",
        ));
    }
    let bytes = media_bytes(call)?;
    let mut upload = Upload { media_type: field(call, "media_type"), ..new_upload(cx, caller, category) };
    upload.finished = Some(inspect(cx.now, &upload, &bytes)?);
    Ok(Effect::json(StatusCode::OK, &json!({ "data": describe_upload(cx, &upload) }))
        .storing(Blob { name: upload.id.to_string(), bytes })
        .with([Change::UploadStarted(upload)]))
}

/// Checks complete media against what it was declared to be.
pub(super) fn inspect(now: Timestamp, upload: &Upload, bytes: &Bytes) -> Result<Finished, Problem> {
    let size = bytes.len() as u64;
    let category = CATEGORIES.iter().find(|category| category.name == upload.category);
    let (Some(category), Some(found)) = (category, sniff(bytes)) else {
        return Err(Problem::invalid_body("The bytes are no media that X takes."));
    };
    if size > category.largest {
        return Err(too_large(size, category.largest));
    }
    let as_declared = upload.media_type.as_deref().is_none_or(|declared| same_type(declared, found));
    if !as_declared || !found.starts_with(category.family) {
        let declared = upload.media_type.as_deref().unwrap_or("nothing");
        return Err(Problem::invalid_body(format!(
            "The bytes are {found}; declared was {declared}, category {}.",
            upload.category
        )));
    }
    let (width, height) = dimensions(bytes).unzip();
    let within = |side: Option<u32>, most: u32| side.is_none_or(|side| side <= most);
    if category.kind == "animated_gif" && !(within(width, MAX_GIF.0) && within(height, MAX_GIF.1)) {
        return Err(Problem::invalid_body(format!(
            "GIFs may have at most {}x{} pixels.",
            MAX_GIF.0, MAX_GIF.1
        )));
    }
    Ok(Finished { at: now, size, media_type: found.to_owned(), width, height })
}

/// A plain field of a JSON or multipart body.
pub(super) fn field(call: &Call, name: &str) -> Option<String> {
    match &call.payload {
        Payload::Json(body) => match body.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        },
        Payload::Multipart(parts) => parts.iter().find(|part| part.name == name).map(crate::call::Part::text),
        _ => None,
    }
}
