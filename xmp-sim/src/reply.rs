//! What a platform answers, before faults and the wire have their say.

use bytes::Bytes;
use http::StatusCode;
use serde_json::Value;

use crate::blobs::Blob;
use crate::world;

/// A whole answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) content_type: Option<&'static str>,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self { status, content_type: None, headers: Vec::new(), body: Bytes::new() }
    }

    pub(crate) fn json(status: StatusCode, body: &Value) -> Self {
        Self::text(status, "application/json; charset=utf-8", body.to_string())
    }

    pub(crate) fn text(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self { status, content_type: Some(content_type), headers: Vec::new(), body: body.into() }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// What a request leads to: the pure outcome of looking at the world, to be stored, journaled, applied and answered in
/// this order.
#[derive(Debug)]
pub(crate) struct Decision {
    pub(crate) blobs: Vec<Blob>,
    pub(crate) changes: Vec<world::Change>,
    pub(crate) reply: Reply,
}

/// The same while one platform is making it up, with changes of its own.
#[derive(Debug)]
pub(crate) struct Effect<C> {
    pub(crate) blobs: Vec<Blob>,
    pub(crate) changes: Vec<C>,
    pub(crate) reply: Reply,
}

impl<C> Effect<C> {
    pub(crate) fn reply(reply: Reply) -> Self {
        Self { blobs: Vec::new(), changes: Vec::new(), reply }
    }

    pub(crate) fn json(status: StatusCode, body: &Value) -> Self {
        Self::reply(Reply::json(status, body))
    }

    pub(crate) fn with(mut self, changes: impl IntoIterator<Item = C>) -> Self {
        self.changes.extend(changes);
        self
    }

    pub(crate) fn storing(mut self, blob: Blob) -> Self {
        self.blobs.push(blob);
        self
    }
}

impl<C: Into<world::Change>> From<Effect<C>> for Decision {
    fn from(effect: Effect<C>) -> Self {
        let Effect { blobs, changes, reply } = effect;
        Self { blobs, changes: changes.into_iter().map(Into::into).collect(), reply }
    }
}
