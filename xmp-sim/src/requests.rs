//! The log of requests received: for counting them, and for checking them against a specification.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::call::{Call, Payload, RawCall, pairs};
use crate::world::Kind;

const REDACTED: &str = "REDACTED";
/// Fields of forms and JSON bodies that carry secrets.
const SECRET_FIELDS: [&str; 6] =
    ["client_secret", "code", "code_verifier", "password", "refresh_token", "token"];

/// One request that a platform's API received (the admin API is not logged).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RecordedRequest {
    /// Counts from 1 in the order of arrival.
    pub id: u64,
    /// When it was received in full, in simulated time.
    pub at: Timestamp,
    /// The platform whose API it is.
    pub platform: String,
    /// The HTTP method.
    pub method: String,
    /// Path and query, as sent.
    pub path: String,
    /// The route as faults name it, for example `posts.create`. `None` if there is no such route.
    pub route: Option<String>,
    /// The handle of the account on whose behalf it was made, if that could be told.
    pub account: Option<String>,
    /// The headers, with lower-case names. The value of `authorization` is redacted, its scheme is kept.
    pub headers: BTreeMap<String, String>,
    /// The body: JSON and forms with their secrets redacted, multipart as one line for each part with its
    /// name, type and length, other types as one such line.
    pub body: String,
    /// The status answered. `None` while it is in flight, and when the connection was cut instead.
    pub status: Option<u16>,
    /// Whether the simulator is done with it, by an answer or by a cut.
    pub done: bool,
    /// When it was done with it, in simulated time.
    #[serde(default)]
    pub done_at: Option<Timestamp>,
    /// When its client hung up before it was answered, in simulated time. Its effect does not depend on that.
    #[serde(default)]
    pub left_at: Option<Timestamp>,
}

/// The requests of this process.
#[derive(Debug, Default)]
pub(crate) struct RequestLog {
    requests: Mutex<Vec<RecordedRequest>>,
}

impl RequestLog {
    /// Notes a request that was received in full; answers its id.
    pub(crate) fn begin(
        &self,
        at: Timestamp,
        raw: &RawCall,
        call: &Call,
        (kind, route): (Kind, Option<&str>),
        account: Option<String>,
    ) -> u64 {
        self.with(|requests| {
            let id = requests.len() as u64 + 1;
            requests.push(RecordedRequest {
                id,
                at,
                platform: kind.name().to_owned(),
                method: raw.method.clone(),
                path: raw.target.clone(),
                route: route.map(ToOwned::to_owned),
                account,
                headers: redacted(&raw.headers),
                body: body(raw, call),
                status: None,
                done: false,
                done_at: None,
                left_at: None,
            });
            id
        })
    }

    /// Notes how a request ended: with a status, or cut.
    pub(crate) fn end(&self, at: Timestamp, id: u64, status: Option<u16>) {
        self.change(id, |request| {
            request.status = status;
            request.done = true;
            request.done_at = Some(at);
        });
    }

    /// Notes that the client of a request hung up before it was answered.
    pub(crate) fn left(&self, at: Timestamp, id: u64) {
        self.change(id, |request| request.left_at = Some(at));
    }

    fn change(&self, id: u64, change: impl FnOnce(&mut RecordedRequest)) {
        self.with(|requests| {
            // Ids count from 1 in the order of the list; what happens to a request is most often soon after it began.
            if let Some(request) = requests.iter_mut().rev().find(|request| request.id == id) {
                change(request);
            }
        });
    }

    pub(crate) fn list(&self) -> Vec<RecordedRequest> {
        self.with(|requests| requests.clone())
    }

    fn with<T>(&self, use_them: impl FnOnce(&mut Vec<RecordedRequest>) -> T) -> T {
        use_them(&mut self.requests.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn redacted(headers: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut headers = headers.clone();
    if let Some(value) = headers.get_mut("authorization") {
        let scheme = value.split(' ').next().unwrap_or_default();
        *value = format!("{scheme} {REDACTED}");
    }
    headers
}

fn body(raw: &RawCall, call: &Call) -> String {
    match &call.payload {
        Payload::Empty => String::new(),
        Payload::Json(Value::Object(fields))
            if SECRET_FIELDS.iter().any(|name| fields.contains_key(*name)) =>
        {
            let mut fields = fields.clone();
            for (_, value) in fields.iter_mut().filter(|(name, _)| SECRET_FIELDS.contains(&name.as_str())) {
                *value = REDACTED.into();
            }
            Value::Object(fields).to_string()
        }
        Payload::Json(_) | Payload::Unreadable => String::from_utf8_lossy(&raw.body).into_owned(),
        Payload::Form(_) => {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            for (name, value) in pairs(&raw.body) {
                let secret = SECRET_FIELDS.contains(&name.as_str());
                form.append_pair(&name, if secret { REDACTED } else { &value });
            }
            form.finish()
        }
        Payload::Bytes(bytes) => format!("{} {} bytes", raw.content_type(), bytes.len()),
        Payload::Multipart(parts) => {
            let lines = parts.iter().map(|part| {
                let kind = part.content_type.as_deref().unwrap_or("-");
                format!("{} {kind} {} bytes", part.name, part.bytes.len())
            });
            lines.collect::<Vec<_>>().join("\n")
        }
    }
}
