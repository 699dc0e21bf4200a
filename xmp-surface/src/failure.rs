//! An error as plain data: what another language makes its exception of.

use std::error::Error as _;

use serde::Serialize;
use xmp::{Certainty, CorrelationId, Error, ErrorKind, PlatformId, Problem, Retry, Severity};

/// An error as plain data.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Failure {
    /// What went wrong.
    pub kind: ErrorKind,
    /// The case within the kind, stable between versions.
    pub code: String,
    /// What was wrong, with which value, and what to do.
    pub message: String,
    /// Whether and when to try again.
    pub retry: Retry,
    /// What is certain about the outside world, where a request was to be made.
    pub certainty: Option<Certainty>,
    /// How bad it is.
    pub severity: Severity,
    /// Groups equal errors: platform, operation, kind and code, never a value.
    pub fingerprint: String,
    /// The platform that it happened on.
    pub platform: Option<PlatformId>,
    /// The operation that it happened in, such as `posts.create`.
    pub operation: Option<String>,
    /// The platform's own id of the request.
    pub request_id: Option<String>,
    /// The id of the call that met it.
    pub correlation_id: Option<CorrelationId>,
    /// Every problem that was found, where something was checked.
    pub problems: Vec<Problem>,
    /// What caused it, the nearest cause first.
    pub causes: Vec<String>,
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        let causes = std::iter::successors(error.source(), |&cause| cause.source());
        Self {
            kind: error.kind(),
            code: error.code().to_owned(),
            message: error.to_string(),
            retry: error.retry(),
            certainty: error.certainty(),
            severity: error.severity(),
            fingerprint: error.fingerprint(),
            platform: error.platform(),
            operation: error.operation().map(ToOwned::to_owned),
            request_id: error.request_id().map(ToOwned::to_owned),
            correlation_id: error.correlation_id(),
            problems: error.problems().to_vec(),
            causes: causes.map(ToString::to_string).collect(),
        }
    }
}

impl Failure {
    /// As JSON.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        // Plain data without maps: nothing in it can fail to be written.
        serde_json::to_vec(self).unwrap_or_default()
    }
}
