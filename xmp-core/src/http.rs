//! One HTTP exchange, as data, and the gate before its last byte.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};

use crate::{Error, Result};

/// Why a gate stayed shut.
pub type GateError = Error;

/// Asked once, right before the last byte of a request leaves.
///
/// A platform acts on a request only when it has all of it. So the last byte is held back until the gate opens:
/// whatever goes wrong before that is certainly [`NotSent`](crate::Certainty::NotSent), whatever goes wrong after it is
/// [`MaybeSent`](crate::Certainty::MaybeSent). A process that was stopped in the middle of a request and wakes after
/// its deadline finds the gate shut, and the platform never sees the end of the request.
pub trait SendGate: Send + Sync {
    /// Lets the last byte go, or not.
    ///
    /// # Errors
    /// Says why not; the request is then cut off.
    fn open(&self) -> Result<(), GateError>;
}

/// A field of a multipart body.
#[derive(Clone, Debug)]
pub struct MultipartField {
    /// The name.
    pub name: &'static str,
    /// The file name, for files.
    pub file_name: Option<String>,
    /// The content type, for files.
    pub content_type: Option<String>,
    /// The content.
    pub content: Bytes,
}

/// What a request carries.
#[derive(Clone, Default)]
pub enum RequestBody {
    /// Nothing.
    #[default]
    Empty,
    /// Bytes; their type is among the headers.
    Bytes(Bytes),
    /// `multipart/form-data`.
    Multipart(Vec<MultipartField>),
}

impl fmt::Debug for RequestBody {
    /// Sizes alone: bodies carry tokens and post texts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Self::Multipart(fields) => write!(f, "Multipart({} fields)", fields.len()),
        }
    }
}

/// One request. Redirects are never followed, and it is never repeated by the transport.
#[derive(Clone)]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// The whole URL.
    pub url: String,
    /// The headers; an `authorization` value is marked sensitive.
    pub headers: HeaderMap,
    /// The body.
    pub body: RequestBody,
    /// How long the exchange may take, from connecting to the last byte of the answer.
    pub timeout: Duration,
    /// Bytes of an answer at most; more is an error.
    pub max_response: usize,
    /// Asked before the last byte leaves.
    pub gate: Option<Arc<dyn SendGate>>,
}

impl fmt::Debug for HttpRequest {
    /// Without headers, whose values may be secret, and without the query, which may carry a code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.url.split('?').next().unwrap_or_default();
        write!(f, "{} {path} ({:?})", self.method, self.body)
    }
}

/// One answer, whole.
#[derive(Clone)]
pub struct HttpResponse {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, decompressed.
    pub body: Bytes,
}

impl fmt::Debug for HttpResponse {
    /// Status and size alone: bodies carry tokens and post texts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes)", self.status, self.body.len())
    }
}

/// Makes one HTTP exchange.
#[async_trait]
pub trait HttpTransport: Send + Sync {
    /// Sends a request and reads its answer.
    ///
    /// # Errors
    /// Every error carries a [`Certainty`](crate::Certainty): `NotSent` if the last byte did not leave, else `MaybeSent`. A status of any
    /// kind is not an error here.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse>;
}
