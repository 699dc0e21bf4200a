//! Bluesky's refusals: `{"error", "message"}` (XRPC), in the words of the real server.

use http::StatusCode;
use serde_json::json;

use crate::reply::Reply;

/// One refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    status: StatusCode,
    error: &'static str,
    message: String,
}

impl Refused {
    fn new(status: StatusCode, error: &'static str, message: impl Into<String>) -> Self {
        Self { status, error, message: message.into() }
    }

    /// 400 whose error word says what is wrong.
    pub(super) fn bad(error: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error, message)
    }

    /// 400 for most that is wrong with a request.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::bad("InvalidRequest", message)
    }

    pub(super) fn missing(key: &str) -> Self {
        Self::invalid(format!("Missing required key \"{key}\" at $"))
    }

    /// 401 for a login that fails, for whatever reason.
    pub(super) fn wrong_login() -> Self {
        Self::unauthorized("AuthenticationRequired", "Invalid identifier or password")
    }

    /// 401 for what belongs to somebody else.
    pub(super) fn not_yours() -> Self {
        Self::unauthorized("AuthenticationRequired", "Authentication Required")
    }

    pub(super) fn no_token() -> Self {
        Self::unauthorized("AuthMissing", "Authentication Required")
    }

    pub(super) fn taken_down() -> Self {
        Self::unauthorized("AccountTakedown", "Account has been taken down")
    }

    fn unauthorized(error: &'static str, message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, error, message)
    }

    /// 400, not 401: the sign to refresh.
    pub(super) fn expired() -> Self {
        Self::bad("ExpiredToken", "Token has expired")
    }

    /// 400 with the same word: on a refresh it means that the session is over.
    pub(super) fn revoked() -> Self {
        Self::bad("ExpiredToken", "Token has been revoked")
    }

    pub(super) fn token(message: &str) -> Self {
        Self::bad("InvalidToken", message)
    }

    pub(super) fn no_such_account() -> Self {
        Self::new(StatusCode::FORBIDDEN, "AccountNotFound", "Account not found")
    }

    pub(super) fn swap(at: Option<&str>) -> Self {
        Self::bad("InvalidSwap", format!("Record was at {}", at.unwrap_or("null")))
    }

    /// 413: the word is `PayloadTooLarge` for blobs and `PayloadTooLargeError` for JSON (seen).
    pub(super) fn too_large(error: &'static str) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, error, "request entity too large")
    }

    pub(super) fn too_many() -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "RateLimitExceeded", "Rate Limit Exceeded")
    }

    /// 500: also what `createRecord` says of a key that is taken.
    pub(super) fn internal() -> Self {
        Self::of_status(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// What a proxy to another service says of a method that nobody serves.
    pub(super) fn no_service(method: &str) -> Self {
        Self::invalid(format!("No service configured for {method}"))
    }

    /// The usual refusal of a status that a fault asks for (the words are those of `@atproto/xrpc-server`).
    pub(super) fn of_status(status: StatusCode) -> Self {
        let error = match status {
            StatusCode::BAD_REQUEST => "InvalidRequest",
            StatusCode::UNAUTHORIZED => "AuthenticationRequired",
            StatusCode::FORBIDDEN => "Forbidden",
            StatusCode::NOT_FOUND => "XRPCNotSupported",
            StatusCode::PAYLOAD_TOO_LARGE => return Self::too_large("PayloadTooLarge"),
            StatusCode::TOO_MANY_REQUESTS => return Self::too_many(),
            StatusCode::NOT_IMPLEMENTED => "MethodNotImplemented",
            StatusCode::BAD_GATEWAY => "UpstreamFailure",
            StatusCode::SERVICE_UNAVAILABLE => "NotEnoughResources",
            StatusCode::GATEWAY_TIMEOUT => "UpstreamTimeout",
            _ => "InternalServerError",
        };
        Self::new(status, error, status.canonical_reason().unwrap_or("Error"))
    }

    pub(super) fn reply(&self) -> Reply {
        Reply::json(self.status, &json!({ "error": self.error, "message": self.message }))
    }
}
