//! The one error of xmp.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Certainty, CorrelationId, PlatformId, Problem};

/// The result of anything that xmp does.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn std::error::Error + Send + Sync>;

macro_rules! kinds {
    ($($name:ident, $word:literal, $severity:ident, $meaning:literal;)+) => {
        /// What went wrong, in the words that all languages share.
        ///
        /// Later versions add kinds: match with a `_` arm.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum ErrorKind {
            $(#[doc = $meaning] $name,)+
        }

        impl ErrorKind {
            /// Every kind, for tables and tests.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The word that logs, stores and bindings use.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// One sentence on what the kind means.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning,)+ }
            }

            /// How bad it is where nothing more is known.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)+ }
            }
        }
    };
}

kinds! {
    Validation, "validation", Warning, "What was asked is wrong: nothing was stored or sent.";
    Authentication, "authentication", Error, "The credentials were not accepted.";
    NeedsConsent, "needs_consent", Error, "The account's owner has to connect it again.";
    AccountSuspended, "account_suspended", Error, "The platform has suspended the account; its posts wait.";
    Authorization, "authorization", Error, "The credentials are good, and not allowed to do this.";
    MissingScope, "missing_scope", Error, "The account was connected without a scope that this needs.";
    RateLimit, "rate_limit", Warning, "A window of requests is used up; it opens again by itself.";
    Quota, "quota", Error, "A longer cap (a day, a month) is used up.";
    SpendCap, "spend_cap", Error, "A spending limit was reached; nothing was sent.";
    Duplicate, "duplicate", Warning, "The platform says that it already has this content.";
    ContentRejected, "content_rejected", Warning, "The platform read the content and refused it.";
    Media, "media", Warning, "A file is not what it claims, or is not accepted.";
    NotFound, "not_found", Warning, "There is no such thing, or it is not visible to this tenant or account.";
    Conflict, "conflict", Warning, "The thing has changed, or the key was used with other content.";
    PolicyForbidden, "policy_forbidden", Warning, "The platform's automation rules forbid it; xmp refuses before sending.";
    Unsupported, "unsupported", Warning, "The platform cannot do this.";
    CircuitOpen, "circuit_open", Warning, "A part of the platform keeps failing; requests to it are held back.";
    Timeout, "timeout", Error, "Time ran out.";
    Cancelled, "cancelled", Info, "The caller stopped it.";
    LeaseLost, "lease_lost", Warning, "Another worker has taken the work over; nothing more is done here.";
    Network, "network", Error, "The platform could not be reached, or the connection broke.";
    PlatformFault, "platform_fault", Error, "The platform failed, or answered something unreadable.";
    Storage, "storage", Critical, "The store failed.";
    Configuration, "configuration", Critical, "xmp was set up wrongly.";
    Internal, "internal", Critical, "A defect of xmp; please report it.";
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How bad it is: `Info` is expected, `Critical` needs a person now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Expected in normal work.
    Info,
    /// Worth a look; the caller or the platform's content rules can mend it.
    Warning,
    /// Something failed that should not have.
    Error,
    /// Nothing goes on until a person acts.
    Critical,
}

/// Whether the same thing may be tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// It would fail again.
    Never,
    /// It may work after this time (zero: at once).
    After(Duration),
    /// It was retried, and still failed.
    Exhausted,
}

/// The one error of xmp: opaque, with everything that a program needs to act on it.
///
/// Its text says what was wrong, with which value, and what to do. Secrets never reach it.
///
/// ```
/// use xmp_core::{Error, ErrorKind};
///
/// let error = Error::new(ErrorKind::Validation, "due.past", "2020-01-01T00:00:00Z is in the past")
///     .hint("use `When::now()` to publish at once");
/// assert_eq!(error.kind(), ErrorKind::Validation);
/// assert_eq!(
///     error.to_string(),
///     "2020-01-01T00:00:00Z is in the past; use `When::now()` to publish at once"
/// );
/// assert_eq!(error.fingerprint(), "-:-:validation:due.past");
/// ```
#[derive(thiserror::Error)]
#[error(transparent)]
pub struct Error(Box<Inner>);

#[derive(Debug, thiserror::Error)]
#[error("{message}{}", Hint(.hint.as_deref()))]
struct Inner {
    kind: ErrorKind,
    code: &'static str,
    message: String,
    hint: Option<String>,
    retry: Retry,
    certainty: Option<Certainty>,
    severity: Severity,
    platform: Option<PlatformId>,
    operation: Option<&'static str>,
    request_id: Option<String>,
    correlation_id: Option<CorrelationId>,
    problems: Vec<Problem>,
    source: Option<Source>,
}

struct Hint<'a>(Option<&'a str>);

impl fmt::Display for Hint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |hint| write!(f, "; {hint}"))
    }
}

impl Error {
    /// An error of a kind. `code` names the case for programs and for grouping (`"text.too_long"`): it never
    /// changes between versions. `message` says what was wrong, with the value.
    pub fn new(kind: ErrorKind, code: &'static str, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            code,
            message: message.into(),
            hint: None,
            retry: Retry::Never,
            certainty: None,
            severity: kind.severity(),
            platform: None,
            operation: None,
            request_id: None,
            correlation_id: None,
            problems: Vec::new(),
            source: None,
        }))
    }

    /// A [`Validation`](ErrorKind::Validation) error that carries every problem found.
    #[must_use]
    pub fn invalid(problems: Vec<Problem>) -> Self {
        Self::of_problems(ErrorKind::Validation, problems)
    }

    /// An error of another kind that consists of problems.
    #[must_use]
    pub fn of_problems(kind: ErrorKind, problems: Vec<Problem>) -> Self {
        let message = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        Self::new(kind, problems.first().map_or("validation", |problem| problem.rule), message)
            .with_problems(problems)
    }

    /// Adds every problem that was found.
    #[must_use]
    pub fn with_problems(mut self, problems: Vec<Problem>) -> Self {
        self.0.problems = problems;
        self
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Says whether and when to try again.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.0.retry = retry;
        self
    }

    /// Says what is certain about the outside world.
    #[must_use]
    pub fn with_certainty(mut self, certainty: Certainty) -> Self {
        self.0.certainty = Some(certainty);
        self
    }

    /// Names the platform and the operation.
    #[must_use]
    pub fn at(mut self, platform: PlatformId, operation: &'static str) -> Self {
        self.0.platform.get_or_insert(platform);
        self.0.operation.get_or_insert(operation);
        self
    }

    /// Adds the platform's own id of the request, for its support.
    #[must_use]
    pub fn with_request_id(mut self, id: Option<String>) -> Self {
        self.0.request_id = id.or(self.0.request_id);
        self
    }

    /// Ties the error to the call that met it. The first id stays.
    #[must_use]
    pub fn with_correlation(mut self, id: CorrelationId) -> Self {
        self.0.correlation_id.get_or_insert(id);
        self
    }

    /// Adds what caused it. The cause must not show a secret.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The case within the kind, stable between versions.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// What was wrong, without what to do about it.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to do about it.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// Whether and when to try again.
    #[must_use]
    pub fn retry(&self) -> Retry {
        self.0.retry
    }

    /// What is certain about the outside world, where a request was to be made.
    #[must_use]
    pub fn certainty(&self) -> Option<Certainty> {
        self.0.certainty
    }

    /// How bad it is.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.0.severity
    }

    /// The platform that it happened on.
    #[must_use]
    pub fn platform(&self) -> Option<PlatformId> {
        self.0.platform
    }

    /// The operation that it happened in, such as `posts.create`.
    #[must_use]
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation
    }

    /// The platform's own id of the request.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The id of the call that met it.
    #[must_use]
    pub fn correlation_id(&self) -> Option<CorrelationId> {
        self.0.correlation_id
    }

    /// Every problem that was found, where something was checked.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.0.problems
    }

    /// Groups equal errors: platform, operation, kind and code, never a value.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        format!(
            "{}:{}:{}:{}",
            self.0.platform.as_ref().map_or("-", PlatformId::as_str),
            self.0.operation.unwrap_or("-"),
            self.0.kind,
            self.0.code
        )
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Error");
        out.field("fingerprint", &self.fingerprint()).field("message", &self.to_string());
        out.field("retry", &self.0.retry).field("certainty", &self.0.certainty);
        if let Some(id) = &self.0.request_id {
            out.field("request_id", id);
        }
        if let Some(id) = &self.0.correlation_id {
            out.field("correlation_id", id);
        }
        if let Some(source) = &self.0.source {
            out.field("source", source);
        }
        out.finish()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::error::Error as _;

    use super::*;

    #[test]
    fn words_are_unique_and_match_serde() {
        let words: HashSet<_> = ErrorKind::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(words.len(), ErrorKind::ALL.len());
        for kind in ErrorKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }

    #[test]
    fn the_source_chain_is_kept() {
        let cause = std::io::Error::other("disk full");
        let error = Error::new(ErrorKind::Storage, "store.write", "could not write").with_source(cause);
        assert_eq!(error.source().unwrap().to_string(), "disk full");
    }

    #[test]
    fn the_first_place_and_correlation_stay() {
        let first = CorrelationId::from_bytes([1; 16]);
        let error = Error::new(ErrorKind::Timeout, "t", "t")
            .at(PlatformId::X, "posts.create")
            .at(PlatformId::X, "timeline")
            .with_correlation(first)
            .with_correlation(CorrelationId::from_bytes([2; 16]));
        assert_eq!(error.operation(), Some("posts.create"));
        assert_eq!(error.correlation_id(), Some(first));
    }
}
