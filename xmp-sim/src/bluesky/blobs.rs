//! Blobs: raw bytes in, a blob object out that records can carry.

use http::StatusCode;
use serde_json::json;

use super::errors::Refused;
use super::input::{parameter, wrong_encoding};
use super::state::{Account, Change, StoredBlob};
use super::{Effect, Outcome, cid};
use crate::blobs::Blob;
use crate::call::{Call, Payload};
use crate::core::Cx;
use crate::images::sniff;
use crate::reply::Reply;

/// What one upload may weigh: a choice. The real server's default is 5 MiB, and bsky.social takes more; whether bytes
/// may be an image or a video is checked with the record that carries them.
const MAX_BYTES: usize = 60 * 1024 * 1024;

/// `com.atproto.repo.uploadBlob`.
pub(super) fn upload(_: &Cx<'_>, caller: &Account, call: &Call) -> Outcome {
    if call.body_length > MAX_BYTES {
        return Err(Refused::too_large("PayloadTooLarge"));
    }
    let declared = call.headers.get("content-type").filter(|declared| !declared.is_empty());
    let declared = declared.ok_or_else(|| wrong_encoding(call))?;
    let bytes = match &call.payload {
        Payload::Bytes(bytes) => bytes.clone(),
        Payload::Empty => bytes::Bytes::new(),
        _ => return Err(wrong_encoding(call)),
    };
    // The type found in the bytes wins over the declared one (seen).
    let media_type = sniff(&bytes).unwrap_or(declared).to_owned();
    let stored = StoredBlob {
        did: caller.did.clone(),
        cid: cid::of_bytes(&bytes),
        media_type,
        size: bytes.len() as u64,
    };
    let blob = json!({
        "$type": "blob",
        "ref": { "$link": stored.cid },
        "mimeType": stored.media_type,
        "size": stored.size,
    });
    let kept = Blob { name: stored.cid.clone(), bytes };
    Ok(Effect::json(StatusCode::OK, &json!({ "blob": blob }))
        .storing(kept)
        .with([Change::BlobStored(stored)]))
}

/// `com.atproto.sync.getBlob`: the bytes as they were sent.
pub(super) fn get(cx: &Cx<'_>, call: &Call) -> Outcome {
    let key = (parameter(call, "did")?.to_owned(), parameter(call, "cid")?.to_owned());
    let stored = cx.world.bluesky.blobs.get(&key);
    let stored = stored.ok_or_else(|| Refused::invalid("Blob not found"))?;
    let bytes = cx.blobs.get(&stored.cid).map_err(|_| Refused::internal())?;
    Ok(Effect::reply(Reply::text(StatusCode::OK, "application/octet-stream", bytes)))
}
