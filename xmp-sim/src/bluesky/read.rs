//! Reading a repository: at once after writing, and open to everybody.

use http::StatusCode;
use serde_json::{Value, json};

use super::errors::Refused;
use super::input::{limit, parameter};
use super::state::{Key, Record};
use super::{Effect, Outcome};
use crate::call::Call;
use crate::core::Cx;

/// `com.atproto.repo.getRecord`. Of an account that is not there it says another word than of a record that is not.
pub(super) fn record(cx: &Cx<'_>, call: &Call) -> Outcome {
    let state = &cx.world.bluesky;
    let (repo, collection) = (parameter(call, "repo")?, parameter(call, "collection")?);
    let rkey = parameter(call, "rkey")?.to_owned();
    let account = state.account(repo).ok_or_else(|| Refused::invalid("Could not locate record"))?;
    let key = Key { did: account.did.clone(), collection: collection.to_owned(), rkey };
    let wanted = |cid: &str| call.query("cid").is_none_or(|asked| asked == cid);
    match state.record(&key).filter(|(_, version)| wanted(&version.cid)) {
        Some((record, _)) => Ok(Effect::json(StatusCode::OK, &shown(record))),
        None => Err(Refused::bad("RecordNotFound", format!("Could not locate record: {}", key.uri()))),
    }
}

/// `com.atproto.repo.listRecords`: newest key first. The cursor is the last key of the page; it comes with every page
/// that is not empty (seen).
pub(super) fn records(cx: &Cx<'_>, call: &Call) -> Outcome {
    let state = &cx.world.bluesky;
    let (repo, collection) = (parameter(call, "repo")?, parameter(call, "collection")?);
    let limit = limit(call)?;
    let account =
        state.account(repo).ok_or_else(|| Refused::invalid(format!("Could not find repo: {repo}")))?;
    let oldest_first = call.query("reverse") == Some("true");
    let after = |record: &&Record| {
        call.query("cursor").is_none_or(|cursor| match oldest_first {
            true => record.key.rkey.as_str() > cursor,
            false => record.key.rkey.as_str() < cursor,
        })
    };
    let all = state.collection(&account.did, collection).filter(after);
    let page: Vec<&Record> =
        if oldest_first { all.take(limit).collect() } else { all.rev().take(limit).collect() };
    let mut answer = json!({ "records": page.iter().copied().map(shown).collect::<Value>() });
    if let Some(last) = page.last() {
        answer["cursor"] = last.key.rkey.as_str().into();
    }
    Ok(Effect::json(StatusCode::OK, &answer))
}

/// `com.atproto.identity.resolveHandle`.
pub(super) fn handle(cx: &Cx<'_>, call: &Call) -> Outcome {
    let account = cx.world.bluesky.account(parameter(call, "handle")?);
    let account = account.ok_or_else(|| Refused::invalid("Unable to resolve handle"))?;
    Ok(Effect::json(StatusCode::OK, &json!({ "did": account.did })))
}

fn shown(record: &Record) -> Value {
    let version = record.versions.last();
    json!({
        "uri": record.key.uri(),
        "cid": version.map(|version| &version.cid),
        "value": version.map(|version| &version.record),
    })
}
