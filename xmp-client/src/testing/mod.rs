//! For tests, ours and yours: what was really sent, and a platform with something in its way.
//!
//! ```
//! use std::sync::{Arc, Mutex};
//! use xmp_client::testing::{Recorded, RecordingTransport};
//! use xmp_client::transport::ReqwestTransport;
//!
//! let seen: Arc<Mutex<Vec<Recorded>>> = Arc::default();
//! let sink = seen.clone();
//! let transport = RecordingTransport::new(ReqwestTransport::new()?, move |request| sink.lock().unwrap().push(request));
//! # let _ = transport;
//! # Ok::<(), xmp_core::Error>(())
//! ```

mod wrapped;

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use xmp_core::{Certainty, Error, ErrorKind, HttpRequest, HttpResponse, HttpTransport, RequestBody, Result};

pub use wrapped::{Moment, Wrapped};

use crate::multipart;

/// The environment variable that names the folder for [`RecordingTransport::from_env`].
pub const RECORD_DIR: &str = "XMP_RECORD_DIR";

/// One request as it was sent, credentials apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recorded {
    /// The method.
    pub method: String,
    /// The path with its query, as sent.
    pub path: String,
    /// The headers; the value of `authorization` is its scheme and `redacted`.
    pub headers: BTreeMap<String, String>,
    /// The body in base64. Empty for token endpoints, whose bodies are credentials.
    pub body_base64: String,
    /// The content type, empty if there is none.
    pub content_type: String,
}

type Sink = Arc<dyn Fn(Recorded) + Send + Sync>;

/// Hands a copy of every request to a callback, then lets another transport send it. Multipart bodies are encoded
/// here, once, so that what is recorded is what is sent.
#[derive(Clone)]
pub struct RecordingTransport<T> {
    inner: T,
    sink: Option<Sink>,
}

impl<T> RecordingTransport<T> {
    /// Records into a callback.
    pub fn new(inner: T, sink: impl Fn(Recorded) + Send + Sync + 'static) -> Self {
        Self { inner, sink: Some(Arc::new(sink)) }
    }

    /// Records nothing.
    pub fn off(inner: T) -> Self {
        Self { inner, sink: None }
    }

    /// Records into a file of JSON lines.
    ///
    /// # Errors
    /// If the file can't be opened.
    pub fn to_file(inner: T, path: &Path) -> std::io::Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let file: Mutex<File> = Mutex::new(OpenOptions::new().create(true).append(true).open(path)?);
        Ok(Self::new(inner, move |request| {
            let Ok(mut line) = serde_json::to_vec(&request) else { return };
            line.push(b'\n');
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            if let Err(error) = file.write_all(&line) {
                tracing::warn!(%error, "a request could not be recorded");
            }
        }))
    }

    /// Records into `<XMP_RECORD_DIR>/<program>-<process id>.jsonl` if that variable is set, else nothing.
    ///
    /// # Errors
    /// If the file can't be opened.
    pub fn from_env(inner: T) -> std::io::Result<Self> {
        let Some(folder) = std::env::var_os(RECORD_DIR).filter(|folder| !folder.is_empty()) else {
            return Ok(Self::off(inner));
        };
        let program = std::env::current_exe()?;
        let program = program.file_stem().map_or_else(|| "tests".into(), |name| name.to_string_lossy());
        let file = format!("{program}-{}.jsonl", std::process::id());
        Self::to_file(inner, &Path::new(&folder).join(file))
    }
}

#[async_trait]
impl<T: HttpTransport> HttpTransport for RecordingTransport<T> {
    async fn send(&self, mut request: HttpRequest) -> Result<HttpResponse> {
        if let Some(sink) = &self.sink {
            multipart::encode(&mut request).map_err(|error| error.with_certainty(Certainty::NotSent))?;
            sink(record(&request)?);
        }
        self.inner.send(request).await
    }
}

fn record(request: &HttpRequest) -> Result<Recorded> {
    let url = url::Url::parse(&request.url).map_err(|error| {
        Error::new(ErrorKind::Configuration, "http.url", error.to_string()).with_certainty(Certainty::NotSent)
    })?;
    let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let headers: BTreeMap<String, String> = request
        .headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            let scheme = value.split(' ').next().unwrap_or_default();
            let shown = if name == "authorization" { format!("{scheme} redacted") } else { value };
            (name.to_string(), shown)
        })
        .collect();
    let body = match &request.body {
        RequestBody::Bytes(bytes) if !url.path().contains("/oauth2/") => STANDARD.encode(bytes),
        _ => String::new(),
    };
    Ok(Recorded {
        method: request.method.to_string(),
        path: path.to_owned(),
        content_type: headers.get("content-type").cloned().unwrap_or_default(),
        headers,
        body_base64: body,
    })
}
