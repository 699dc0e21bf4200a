//! Writing records: by programs through XRPC, and posts by their authors elsewhere.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::errors::Refused;
use super::input::{body, own_repo, text};
use super::state::{Account, Change, Key, RecordWritten, State, Version};
use super::{Effect, Outcome, POST, cid, post, tid};
use crate::call::Call;
use crate::core::Cx;

/// atproto.com/specs/record-key.
const MAX_KEY: usize = 512;

/// `com.atproto.repo.putRecord`. An equal record changes nothing, and then the answer has no `commit`.
pub(super) fn put(cx: &Cx<'_>, caller: &Account, call: &Call) -> Outcome {
    let body = body(call)?;
    let draft = Draft::of(cx, caller, body, Some(text(body, "rkey")?))?;
    let current = cx.world.bluesky.record(&draft.key).map(|(_, version)| version.cid.as_str());
    if current == Some(draft.cid.as_str()) {
        return Ok(Effect::json(StatusCode::OK, &draft.answer()));
    }
    check_swap(body, current)?;
    Ok(draft.written(cx))
}

/// `com.atproto.repo.createRecord`. A key that is taken breaks the real server: 500 (seen).
pub(super) fn create(cx: &Cx<'_>, caller: &Account, call: &Call) -> Outcome {
    let body = body(call)?;
    let rkey = body.get("rkey").map(|_| text(body, "rkey")).transpose()?;
    let draft = Draft::of(cx, caller, body, rkey)?;
    if cx.world.bluesky.record(&draft.key).is_some() {
        return Err(Refused::internal());
    }
    Ok(draft.written(cx))
}

/// `com.atproto.repo.deleteRecord`. What is not there is deleted well, and then the answer has no `commit`.
pub(super) fn delete(cx: &Cx<'_>, caller: &Account, call: &Call) -> Outcome {
    let state = &cx.world.bluesky;
    let body = body(call)?;
    refuse_swap_commit(body)?;
    let did = own_repo(state, caller, text(body, "repo")?)?.did.clone();
    let key =
        Key { did, collection: text(body, "collection")?.to_owned(), rkey: text(body, "rkey")?.to_owned() };
    let Some((_, current)) = state.record(&key) else {
        return Ok(Effect::json(StatusCode::OK, &json!({})));
    };
    check_swap(body, Some(&current.cid))?;
    let rev = tid::next(cx.now, state.rev);
    let answer = json!({ "commit": commit(rev) });
    Ok(Effect::json(StatusCode::OK, &answer).with([Change::RecordDeleted { key, at: cx.now, rev }]))
}

/// A record that could be written.
struct Draft {
    key: Key,
    record: Value,
    cid: String,
    /// `valid`, `unknown`, or nothing if no validation was wanted.
    validated: Option<&'static str>,
}

impl Draft {
    fn of(
        cx: &Cx<'_>,
        caller: &Account,
        body: &Map<String, Value>,
        rkey: Option<&str>,
    ) -> Result<Self, Refused> {
        refuse_swap_commit(body)?;
        let state = &cx.world.bluesky;
        let did = own_repo(state, caller, text(body, "repo")?)?.did.clone();
        let collection = text(body, "collection")?;
        let rkey = match rkey {
            Some(rkey) => check_key(collection, rkey)?.to_owned(),
            None => tid::print(tid::next(cx.now, state.rev)),
        };
        let Some(Value::Object(record)) = body.get("record") else { return Err(Refused::missing("record")) };
        let record = typed(collection, record)?;
        let cid = cid::of_record(&record)
            .ok_or_else(|| Refused::invalid("Invalid record: only integers are allowed as numbers"))?;
        let validated = match (body.get("validate").and_then(Value::as_bool), collection) {
            (Some(false), _) => None,
            (_, POST) => {
                post::check(&record)
                    .map_err(|why| Refused::invalid(format!("Invalid {POST} record: {why}")))?;
                Some("valid")
            }
            (Some(true), _) => return Err(Refused::invalid(format!("Unknown lexicon type: {collection}"))),
            (None, _) => Some("unknown"),
        };
        check_blobs(state, &did, &record)?;
        Ok(Self { key: Key { did, collection: collection.to_owned(), rkey }, record, cid, validated })
    }

    fn answer(&self) -> Value {
        let mut answer = json!({ "uri": self.key.uri(), "cid": self.cid });
        if let Some(validated) = self.validated {
            answer["validationStatus"] = validated.into();
        }
        answer
    }

    fn written(self, cx: &Cx<'_>) -> Effect {
        let rev = tid::next(cx.now, cx.world.bluesky.rev);
        let mut answer = self.answer();
        answer["commit"] = commit(rev);
        let version = Version { cid: self.cid, record: self.record, at: cx.now };
        let written = RecordWritten { key: self.key, version, rev, by_program: true };
        Effect::json(StatusCode::OK, &answer).with([Change::RecordWritten(written)])
    }
}

/// `swapRecord`: the CID that is to be replaced, or null for none at all.
fn check_swap(body: &Map<String, Value>, current: Option<&str>) -> Result<(), Refused> {
    match body.get("swapRecord") {
        None => Ok(()),
        Some(expected) if expected.as_str() == current => Ok(()),
        Some(_) => Err(Refused::swap(current)),
    }
}

/// Would make another promise than this simulator can keep: refused rather than dropped.
fn refuse_swap_commit(body: &Map<String, Value>) -> Result<(), Refused> {
    match body.get("swapCommit") {
        None | Some(Value::Null) => Ok(()),
        Some(_) => Err(Refused::invalid("xmp-sim does not simulate `swapCommit`")),
    }
}

fn check_key<'a>(collection: &str, rkey: &'a str) -> Result<&'a str, Refused> {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:~".contains(&byte);
    if !(1..=MAX_KEY).contains(&rkey.len()) || !rkey.bytes().all(good) || matches!(rkey, "." | "..") {
        return Err(Refused::invalid(format!("Invalid record key (got \"{rkey}\") at $.rkey")));
    }
    if collection == POST && !tid::is_tid(rkey) {
        let why = format!("Invalid record key for {POST}: Invalid TID string (got \"{rkey}\") at $");
        return Err(Refused::invalid(why));
    }
    Ok(rkey)
}

/// The record with its `$type`, which the server fills in.
fn typed(collection: &str, record: &Map<String, Value>) -> Result<Value, Refused> {
    let mut record = record.clone();
    match record.get("$type") {
        None => drop(record.insert("$type".to_owned(), collection.into())),
        Some(kind) if kind == collection => {}
        Some(other) => {
            let got = other.as_str().unwrap_or_default();
            return Err(Refused::invalid(format!("Invalid $type: expected {collection}, got {got}")));
        }
    }
    Ok(Value::Object(record))
}

/// Every blob that a record carries must have been uploaded to its repository, and be what it says.
fn check_blobs(state: &State, did: &str, record: &Value) -> Result<(), Refused> {
    post::blobs(record).into_iter().try_for_each(|blob| {
        let link = blob["ref"]["$link"].as_str().unwrap_or_default();
        let Some(stored) = state.blobs.get(&(did.to_owned(), link.to_owned())) else {
            return Err(Refused::bad("BlobNotFound", format!("Could not find blob: {link}")));
        };
        if blob["size"] != stored.size {
            let why = format!(
                "Referenced Size does not match stored blob. Expected: {}, Got: {}",
                stored.size, blob["size"]
            );
            return Err(Refused::bad("InvalidSize", why));
        }
        let declared = blob["mimeType"].as_str().unwrap_or_default();
        if declared != stored.media_type {
            let why = format!(
                "Referenced Mimetype does not match stored blob. Expected: {}, Got: {declared}",
                stored.media_type
            );
            return Err(Refused::bad("InvalidMimeType", why));
        }
        Ok(())
    })
}

/// A commit by its revision. Its CID stands for no real repository tree.
fn commit(rev: u64) -> Value {
    let rev = tid::print(rev);
    json!({ "cid": cid::of_record(&json!({ "rev": rev })), "rev": rev })
}

/// A post written by its author elsewhere.
pub(super) fn publish_elsewhere(state: &State, now: Timestamp, handle: &str, text: &str) -> Option<Change> {
    let did = state.account(handle)?.did.clone();
    let rev = tid::next(now, state.rev);
    let key = Key { did, collection: POST.to_owned(), rkey: tid::print(rev) };
    let record = json!({ "$type": POST, "text": text, "createdAt": now });
    let version = Version { cid: cid::of_record(&record)?, record, at: now };
    Some(Change::RecordWritten(RecordWritten { key, version, rev, by_program: false }))
}

/// A post whose text its author replaced elsewhere.
pub(super) fn edit_elsewhere(state: &State, now: Timestamp, uri: &str, text: &str) -> Option<Change> {
    let (record, current) = state.record(&Key::parse(uri)?)?;
    let mut said = current.record.clone();
    said["text"] = text.into();
    let version = Version { cid: cid::of_record(&said)?, record: said, at: now };
    let (key, rev) = (record.key.clone(), tid::next(now, state.rev));
    Some(Change::RecordWritten(RecordWritten { key, version, rev, by_program: record.by_program }))
}

/// A post deleted by its author elsewhere.
pub(super) fn delete_elsewhere(state: &State, now: Timestamp, uri: &str) -> Option<Change> {
    let key = Key::parse(uri)?;
    state.record(&key)?;
    Some(Change::RecordDeleted { key, at: now, rev: tid::next(now, state.rev) })
}
