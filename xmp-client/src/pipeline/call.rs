//! One call of an operation, its answer and its failure.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use xmp_core::{
    Account, Certainty, Error, ErrorKind, HttpResponse, MultipartField, RequestBody, RequestPriority, Result,
    Secret, SendGate, TokenSet,
};

use super::Operation;

/// How long one exchange may take where the call does not say: 30 s.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
/// How many bytes an answer may have where the call does not say: 8 MiB.
pub const DEFAULT_MAX_RESPONSE: usize = 8 * 1024 * 1024;

/// One logical call of an operation. It may take several attempts.
#[derive(Clone)]
pub struct Call {
    operation: &'static Operation,
    path: Vec<(&'static str, String)>,
    query: Vec<(&'static str, String)>,
    body: RequestBody,
    content_type: Option<String>,
    headers: Vec<(&'static str, String)>,
    account: Option<Account>,
    bearer: Option<Secret>,
    server: Option<String>,
    gate: Option<Arc<dyn SendGate>>,
    priority: RequestPriority,
    timeout: Duration,
    max_response: usize,
    once: bool,
    attempts: Arc<AtomicU32>,
}

impl Call {
    /// A call without parameters, credentials or body.
    #[must_use]
    pub fn new(operation: &'static Operation) -> Self {
        Self {
            operation,
            path: Vec::new(),
            query: Vec::new(),
            body: RequestBody::Empty,
            content_type: None,
            headers: Vec::new(),
            account: None,
            bearer: None,
            server: None,
            gate: None,
            priority: operation.priority,
            timeout: DEFAULT_TIMEOUT,
            max_response: DEFAULT_MAX_RESPONSE,
            once: false,
            attempts: Arc::default(),
        }
    }

    /// Fills `{name}` of the path. The value is percent-encoded.
    #[must_use]
    pub fn path(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.path.push((name, value.into()));
        self
    }

    /// Adds a query parameter. The value is percent-encoded, but for the commas of a list.
    #[must_use]
    pub fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// Carries JSON.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] if the value can't be written as JSON.
    pub fn json(self, value: &impl Serialize) -> Result<Self> {
        let bytes = serde_json::to_vec(value).map_err(|error| {
            Error::new(ErrorKind::Internal, "call.json", error.to_string()).with_certainty(Certainty::NotSent)
        })?;
        Ok(self.bytes("application/json", Bytes::from(bytes)))
    }

    /// Carries bytes of some type.
    #[must_use]
    pub fn bytes(mut self, content_type: impl Into<String>, bytes: Bytes) -> Self {
        self.body = RequestBody::Bytes(bytes);
        self.content_type = Some(content_type.into());
        self
    }

    /// Adds a header. Tokens are not given so: see [`bearer`](Self::bearer).
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Carries form fields and files.
    #[must_use]
    pub fn multipart(mut self, fields: Vec<MultipartField>) -> Self {
        self.body = RequestBody::Multipart(fields);
        self
    }

    /// Is made on behalf of an account, with its token.
    #[must_use]
    pub fn account(mut self, account: &Account) -> Self {
        self.account = Some(account.clone());
        self
    }

    /// Is made with this token, whoever it belongs to.
    #[must_use]
    pub fn bearer(mut self, token: Secret) -> Self {
        self.bearer = Some(token);
        self
    }

    /// Is made with the access token of a set, at the server that it is good for.
    #[must_use]
    pub fn tokens(self, tokens: &TokenSet) -> Self {
        self.bearer(tokens.access.clone()).server(tokens.server.clone())
    }

    /// Goes to this server, if one is named, in place of the platform's usual one.
    #[must_use]
    pub fn server(mut self, server: Option<String>) -> Self {
        self.server = server;
        self
    }

    /// Asks this gate right before the last byte leaves.
    #[must_use]
    pub fn gate(mut self, gate: Arc<dyn SendGate>) -> Self {
        self.gate = Some(gate);
        self
    }

    /// Goes first, or last, when a window is nearly used up.
    #[must_use]
    pub fn priority(mut self, priority: RequestPriority) -> Self {
        self.priority = priority;
        self
    }

    /// How long one exchange may take.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// One request, once: not even a refused token leads to a second one.
    #[must_use]
    pub fn once(mut self) -> Self {
        self.once = true;
        self
    }

    /// The operation.
    #[must_use]
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// How many exchanges were begun so far.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts.load(Ordering::Relaxed)
    }

    pub(crate) fn count_attempt(&self) {
        self.attempts.fetch_add(1, Ordering::Relaxed);
    }

    /// The account, unless it is made with somebody's bare token.
    #[must_use]
    pub fn on_behalf_of(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    pub(crate) fn token(&self) -> Option<&Secret> {
        self.bearer.as_ref()
    }

    pub(crate) fn inner_gate(&self) -> Option<Arc<dyn SendGate>> {
        self.gate.clone()
    }

    pub(crate) fn request_priority(&self) -> RequestPriority {
        self.priority
    }

    pub(crate) fn limits(&self) -> (Duration, usize) {
        (self.timeout, self.max_response)
    }

    pub(crate) fn is_once(&self) -> bool {
        self.once
    }

    pub(crate) fn body(&self) -> (&RequestBody, Option<&str>) {
        (&self.body, self.content_type.as_deref())
    }

    pub(crate) fn extra_headers(&self) -> &[(&'static str, String)] {
        &self.headers
    }

    /// The whole URL; `base` is the platform's usual address.
    pub(crate) fn url(&self, base: &str) -> Result<String> {
        let mut url = self.server.as_deref().unwrap_or(base).trim_end_matches('/').to_owned();
        let mut rest = self.operation.path;
        while let Some((before, after)) = rest.split_once('{') {
            url.push_str(before);
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            let value = self.path.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
            match value {
                // An empty or dotted segment would make another path of it.
                Some(value) if !value.is_empty() && value != "." && value != ".." => {
                    // A colon may stand there as it is (RFC 3986, section 3.3).
                    encode(value, ":", &mut url);
                }
                _ => {
                    let message = format!(
                        "{:?} is no usable {name} for {}",
                        value.unwrap_or_default(),
                        self.operation.path
                    );
                    return Err(Error::new(ErrorKind::Validation, "call.path", message));
                }
            }
            rest = after;
        }
        url.push_str(rest);
        for (index, (name, value)) in self.query.iter().enumerate() {
            url.push(if index == 0 { '?' } else { '&' });
            encode(name, "", &mut url);
            url.push('=');
            encode(value, ",:", &mut url);
        }
        Ok(url)
    }
}

impl fmt::Debug for Call {
    /// Without parameters, which may carry texts, and without credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Call({} {:?})", self.operation.name, self.body)
    }
}

/// Percent-encodes all but the unreserved characters (RFC 3986, section 2.3) and those in `also`.
fn encode(text: &str, also: &str, out: &mut String) {
    for byte in text.bytes() {
        let plain = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
        if plain || also.as_bytes().contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
}

/// An answer that is no refusal.
#[derive(Clone, Debug)]
pub struct Answer {
    response: HttpResponse,
    /// The platform's own id of the request.
    pub request_id: Option<String>,
}

impl Answer {
    pub(crate) fn new(response: HttpResponse) -> Self {
        let request_id = request_id(&response.headers);
        Self { response, request_id }
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.response.status
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.response.headers
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.response.body
    }

    /// The body, decoded from JSON.
    ///
    /// # Errors
    /// [`ErrorKind::PlatformFault`] with [`Certainty::MaybeSent`]: the platform said yes, and nobody can read to what.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.response.body).map_err(|error| {
            // The error names a place and a type, never the content.
            let message =
                format!("the answer ({}, {} bytes) is unreadable", self.status(), self.response.body.len());
            Error::new(ErrorKind::PlatformFault, "answer.unreadable", message)
                .with_certainty(Certainty::MaybeSent)
                .with_request_id(self.request_id.clone())
                .with_source(std::io::Error::other(format!(
                    "{:?} error at line {} column {}",
                    error.classify(),
                    error.line(),
                    error.column()
                )))
        })
    }
}

/// The platform's id of a request: `x-transaction-id`, or `x-request-id`.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    ["x-transaction-id", "x-request-id"]
        .iter()
        .find_map(|name| headers.get(*name))
        .and_then(|value| value.to_str().ok())
        .map(|id| id.chars().take(128).collect())
}

/// A call that failed, on its way out through the layers.
#[derive(Debug)]
pub struct Failure {
    /// What went wrong.
    pub error: Error,
    /// What the platform answered, where it did.
    pub answer: Option<Box<HttpResponse>>,
}

impl Failure {
    /// The status of the platform's answer.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.answer.as_ref().map(|answer| answer.status)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, answer: None }
    }
}

#[cfg(test)]
mod tests {
    use http::Method;
    use proptest::prelude::*;

    use super::*;
    use crate::pipeline::Effect;

    static GET: Operation = Operation {
        name: "things.get",
        method: Method::GET,
        path: "/2/things/{id}/parts",
        effect: Effect::Read,
        auth: &[],
        scopes: &[],
        priority: RequestPriority::Normal,
        draws: None,
    };

    #[test]
    fn parameters_are_encoded() {
        let call = Call::new(&GET).path("id", "a/b ü?").query("fields", "a,b").query("q", "x&y=z");
        assert_eq!(
            call.url("https://h/").unwrap(),
            "https://h/2/things/a%2Fb%20%C3%BC%3F/parts?fields=a,b&q=x%26y%3Dz"
        );
    }

    #[test]
    fn a_path_stays_what_it_is() {
        for id in ["", ".", ".."] {
            assert_eq!(Call::new(&GET).path("id", id).url("h").unwrap_err().code(), "call.path");
        }
        assert!(Call::new(&GET).url("h").is_err());
    }

    #[test]
    fn debug_shows_no_parameter() {
        let call = Call::new(&GET).query("q", "s3cr3t").bearer(Secret::new("s3cr3t"));
        assert!(!format!("{call:?}").contains("s3cr3t"));
    }

    proptest! {
        #[test]
        fn any_parameter_reads_back(id in "[^./].*", value in ".*") {
            let url = Call::new(&GET).path("id", id.clone()).query("q", value.clone()).url("https://h").unwrap();
            let url = url::Url::parse(&url).unwrap();
            prop_assert_eq!(url.path_segments().unwrap().count(), 4);
            prop_assert_eq!(url.query_pairs().next().unwrap().1.into_owned(), value);
        }
    }
}
