//! How a call ended.

use napi_derive::napi;
use xmp_surface::{Error, Failure, Reply, Result};

use crate::Handle;

/// How a call ended.
#[napi(object, object_from_js = false)]
pub struct Outcome {
    /// The call; 0 for one that did not wait.
    pub id: u32,
    /// Whether it failed: `json` is then the failure instead of the answer.
    pub failed: bool,
    /// The answer or the failure.
    pub json: String,
    /// What it opened.
    pub handle: Option<Handle>,
}

impl Outcome {
    pub(crate) fn new(id: u32, reply: Result<Reply>) -> Self {
        match reply {
            Ok(reply) => {
                let handle = reply.handle.map(Handle::of);
                Self { id, failed: false, json: text(reply.json), handle }
            }
            Err(error) => Self::failed(id, &error),
        }
    }

    fn failed(id: u32, error: &Error) -> Self {
        Self { id, failed: true, json: text(Failure::from(error).to_json()), handle: None }
    }
}

/// JSON is UTF-8.
fn text(json: Vec<u8>) -> String {
    String::from_utf8(json).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
