//! Mastodon's refusals: `{"error"}`, with `error_description` where OAuth speaks (docs.joinmastodon.org; the words are
//! those of Mastodon's English locale and of its OAuth library, Doorkeeper).

use http::StatusCode;
use serde_json::json;

use crate::reply::Reply;

/// One refusal.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    status: StatusCode,
    error: String,
    description: Option<&'static str>,
}

impl Refused {
    fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self { status, error: error.into(), description: None }
    }

    fn oauth(status: StatusCode, error: &str, description: &'static str) -> Self {
        Self { status, error: error.to_owned(), description: Some(description) }
    }

    /// 422 for a record that breaks its own rules.
    pub(super) fn validation(what: impl std::fmt::Display) -> Self {
        Self::unprocessable(format!("Validation failed: {what}"))
    }

    /// 422 in words of its own.
    pub(super) fn unprocessable(error: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, error)
    }

    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Record not found")
    }

    pub(super) fn reply_target_gone() -> Self {
        Self::new(StatusCode::NOT_FOUND, "The post you are trying to reply to does not appear to exist.")
    }

    pub(super) fn invalid_token() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "The access token is invalid")
    }

    pub(super) fn revoked_token() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "The access token was revoked")
    }

    pub(super) fn missing_scope() -> Self {
        Self::new(StatusCode::FORBIDDEN, "This action is outside the authorized scopes")
    }

    pub(super) fn suspended() -> Self {
        Self::new(StatusCode::FORBIDDEN, "Your login is currently disabled")
    }

    pub(super) fn too_many() -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests")
    }

    pub(super) fn invalid_client() -> Self {
        Self::oauth(
            StatusCode::UNAUTHORIZED,
            "invalid_client",
            "Client authentication failed due to unknown client, no client authentication included, or unsupported \
             authentication method.",
        )
    }

    pub(super) fn invalid_grant() -> Self {
        Self::oauth(
            StatusCode::BAD_REQUEST,
            "invalid_grant",
            "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in \
             the authorization request, or was issued to another client.",
        )
    }

    pub(super) fn unsupported_grant() -> Self {
        Self::oauth(
            StatusCode::BAD_REQUEST,
            "unsupported_grant_type",
            "The authorization grant type is not supported by the authorization server.",
        )
    }

    pub(super) fn not_your_token() -> Self {
        Self::oauth(
            StatusCode::FORBIDDEN,
            "unauthorized_client",
            "You are not authorized to revoke this token",
        )
    }

    /// The usual refusal of a status that a fault asks for.
    pub(super) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Self::invalid_token(),
            StatusCode::FORBIDDEN => Self::new(status, "This action is not allowed"),
            StatusCode::NOT_FOUND => Self::not_found(),
            StatusCode::TOO_MANY_REQUESTS => Self::too_many(),
            _ => Self::new(status, status.canonical_reason().unwrap_or("Error")),
        }
    }

    pub(super) fn reply(&self) -> Reply {
        let mut body = json!({ "error": self.error });
        if let Some(description) = self.description {
            body["error_description"] = description.into();
        }
        Reply::json(self.status, &body)
    }
}
