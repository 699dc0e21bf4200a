//! A request as it was received, and as it is understood.

use std::collections::BTreeMap;
use std::convert::Infallible;

use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use futures_util::{FutureExt, StreamExt};
use http::Request;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::form_urlencoded;

/// Above this a request body is read to its end but not kept: no simulated platform takes that much in one request.
const KEPT_BODY: usize = 64 * 1024 * 1024;

/// A request with all of its bytes. Kept in the journal when its effect is deferred.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RawCall {
    pub(crate) method: String,
    /// Path and query, as sent.
    pub(crate) target: String,
    /// Lower-case names; of a repeated header the last value.
    pub(crate) headers: BTreeMap<String, String>,
    #[serde(with = "base64_bytes")]
    pub(crate) body: Bytes,
    /// Length of the body as sent, which may be more than was kept.
    pub(crate) body_length: usize,
}

impl RawCall {
    /// Reads a request to its end. An error means that the client went away before.
    pub(crate) async fn read(request: Request<Body>) -> Result<Self, axum::Error> {
        let (parts, body) = request.into_parts();
        let headers = parts
            .headers
            .iter()
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        let mut kept = BytesMut::new();
        let mut body_length = 0;
        let mut chunks = body.into_data_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk?;
            body_length += chunk.len();
            if body_length <= KEPT_BODY {
                kept.extend_from_slice(&chunk);
            }
        }
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
        Ok(Self { method: parts.method.to_string(), target, headers, body: kept.freeze(), body_length })
    }

    pub(crate) fn path(&self) -> &str {
        self.target.split_once('?').map_or(self.target.as_str(), |(path, _)| path)
    }

    pub(crate) fn content_type(&self) -> &str {
        self.headers.get("content-type").map_or("", String::as_str)
    }
}

/// A request as understood: its query and its payload taken apart.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) payload: Payload,
    pub(crate) body_length: usize,
}

/// The body by its content type.
#[derive(Debug)]
pub(crate) enum Payload {
    Empty,
    Json(Value),
    Form(Vec<(String, String)>),
    Multipart(Vec<Part>),
    /// Not what its content type says.
    Unreadable,
    /// Of any other type.
    Bytes(Bytes),
}

/// One part of a multipart body.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) content_type: Option<String>,
    pub(crate) bytes: Bytes,
}

impl Call {
    pub(crate) fn parse(raw: &RawCall) -> Self {
        let query = raw.target.split_once('?').map_or("", |(_, query)| query);
        Self {
            method: raw.method.clone(),
            path: raw.path().to_owned(),
            query: pairs(query.as_bytes()),
            headers: raw.headers.clone(),
            payload: parse_payload(raw),
            body_length: raw.body_length,
        }
    }

    /// The first value of a query parameter.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        first(&self.query, name)
    }

    /// The first value of a form field.
    pub(crate) fn form(&self, name: &str) -> Option<&str> {
        match &self.payload {
            Payload::Form(fields) => first(fields, name),
            _ => None,
        }
    }

    /// The base URL that the client has used.
    pub(crate) fn base(&self) -> String {
        format!("http://{}", self.headers.get("host").map_or("localhost", String::as_str))
    }

    pub(crate) fn bearer(&self) -> Option<&str> {
        self.headers.get("authorization")?.strip_prefix("Bearer ").map(str::trim)
    }

    /// User and password of HTTP Basic, percent-decoded as RFC 6749 section 2.3.1 asks.
    pub(crate) fn basic(&self) -> Option<(String, String)> {
        let encoded = self.headers.get("authorization")?.strip_prefix("Basic ")?;
        let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
        let (user, password) = text.split_once(':')?;
        Some((decode(user), decode(password)))
    }
}

impl Part {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

fn parse_payload(raw: &RawCall) -> Payload {
    if raw.body.is_empty() {
        return Payload::Empty;
    }
    let content_type = raw.content_type();
    if content_type.starts_with("application/json") {
        serde_json::from_slice(&raw.body).map_or(Payload::Unreadable, Payload::Json)
    } else if content_type.starts_with("application/x-www-form-urlencoded") {
        Payload::Form(pairs(&raw.body))
    } else if let Ok(boundary) = multer::parse_boundary(content_type) {
        // The whole body is at hand, so the parser never has to wait.
        let parts = parse_multipart(raw.body.clone(), boundary).now_or_never();
        parts.and_then(Result::ok).map_or(Payload::Unreadable, Payload::Multipart)
    } else {
        Payload::Bytes(raw.body.clone())
    }
}

async fn parse_multipart(body: Bytes, boundary: String) -> Result<Vec<Part>, multer::Error> {
    let stream = futures_util::stream::once(std::future::ready(Ok::<_, Infallible>(body)));
    let mut fields = multer::Multipart::new(stream, boundary);
    let mut parts = Vec::new();
    while let Some(field) = fields.next_field().await? {
        parts.push(Part {
            name: field.name().unwrap_or_default().to_owned(),
            content_type: field.content_type().map(ToString::to_string),
            bytes: field.bytes().await?,
        });
    }
    Ok(parts)
}

pub(crate) fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(encoded).into_owned().collect()
}

fn first<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn decode(encoded: &str) -> String {
    let pair = format!("v={encoded}");
    form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

mod base64_bytes {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use bytes::Bytes;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(bytes: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map(Bytes::from).map_err(D::Error::custom)
    }
}
