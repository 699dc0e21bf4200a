//! What requests say: their bodies and parameters, and who is meant.

use serde_json::{Map, Value};

use super::errors::Refused;
use super::state::{Account, State};
use crate::call::{Call, Payload};

/// Seen of the real server: beyond this a JSON body is refused.
const MAX_JSON: usize = 150 * 1024;

/// The JSON object of a procedure.
pub(super) fn body(call: &Call) -> Result<&Map<String, Value>, Refused> {
    if call.body_length > MAX_JSON {
        return Err(Refused::too_large("PayloadTooLargeError"));
    }
    match &call.payload {
        Payload::Json(Value::Object(object)) => Ok(object),
        Payload::Json(other) => {
            Err(Refused::invalid(format!("Expected object value type (got {other}) at $")))
        }
        Payload::Unreadable => Err(Refused::bad("SyntaxError", "Unexpected token in JSON")),
        _ => Err(wrong_encoding(call)),
    }
}

pub(super) fn wrong_encoding(call: &Call) -> Refused {
    match call.headers.get("content-type").map(String::as_str) {
        None | Some("") => Refused::invalid("Request encoding (Content-Type) required but not provided"),
        Some(other) => Refused::invalid(format!("Wrong request encoding (Content-Type): {other}")),
    }
}

/// A string that must be there.
pub(super) fn text<'a>(body: &'a Map<String, Value>, key: &str) -> Result<&'a str, Refused> {
    match body.get(key) {
        Some(Value::String(text)) => Ok(text),
        Some(other) => Err(Refused::invalid(format!("Expected string value type (got {other}) at $.{key}"))),
        None => Err(Refused::missing(key)),
    }
}

/// A query parameter that must be there. Without it the real server breaks: 500 (seen).
pub(super) fn parameter<'a>(call: &'a Call, name: &str) -> Result<&'a str, Refused> {
    call.query(name).ok_or_else(Refused::internal)
}

/// `limit`: 1 to 100, 50 unless told. Beyond that the real server breaks (500, seen).
pub(super) fn limit(call: &Call) -> Result<usize, Refused> {
    let Some(asked) = call.query("limit") else { return Ok(50) };
    asked.parse().ok().filter(|limit| (1..=100).contains(limit)).ok_or_else(Refused::internal)
}

/// The caller's own account, as `repo` names it.
pub(super) fn own_repo<'a>(state: &'a State, caller: &Account, repo: &str) -> Result<&'a Account, Refused> {
    let account = state.account(repo).ok_or_else(Refused::no_such_account)?;
    if account.did == caller.did { Ok(account) } else { Err(Refused::not_yours()) }
}
