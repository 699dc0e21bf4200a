//! X's refusals, in both shapes in which they cross the wire.
//!
//! The newer shape is `application/problem+json` (X specification, schema `Problem`), the older
//! `{"errors":[{"code","message"}]}` (schema `Error`; codes from X documentation, "Response codes").

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::reply::Reply;

const PROBLEMS: &str = "https://api.x.com/2/problems/";

/// One refusal.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    status: StatusCode,
    /// The suffix of the problem type; `None`: `about:blank`.
    kind: Option<&'static str>,
    title: String,
    detail: String,
    /// What else the problem says, for example `errors`, `resource_type`.
    extra: Vec<(&'static str, Value)>,
    legacy_code: u32,
}

impl Problem {
    fn blank(status: StatusCode, detail: impl Into<String>, legacy_code: u32) -> Self {
        let title = status.canonical_reason().unwrap_or("Error").to_owned();
        Self { status, kind: None, title, detail: detail.into(), extra: Vec::new(), legacy_code }
    }

    fn typed(status: StatusCode, kind: &'static str, title: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self {
            status,
            kind: Some(kind),
            title: title.to_owned(),
            detail,
            extra: Vec::new(),
            legacy_code: 214,
        }
    }

    fn and(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.extra.push((name, value.into()));
        self
    }

    /// 400 about one parameter (X specification, `InvalidRequestProblem`).
    pub(super) fn invalid_parameter(name: &str, value: &str, message: impl Into<String>) -> Self {
        let error = json!({ "parameters": { name: [value] }, "message": message.into() });
        Self::invalid_with(error)
    }

    /// 400 about the body.
    pub(super) fn invalid_body(message: impl Into<String>) -> Self {
        Self::invalid_with(json!({ "parameters": {}, "message": message.into() }))
    }

    fn invalid_with(error: Value) -> Self {
        let detail = "One or more parameters to your request was invalid.";
        Self::typed(StatusCode::BAD_REQUEST, "invalid-request", "Invalid Request", detail)
            .and("errors", vec![error])
    }

    /// 400 whose detail says it all.
    pub(super) fn invalid(detail: impl Into<String>, legacy_code: u32) -> Self {
        let problem = Self::typed(StatusCode::BAD_REQUEST, "invalid-request", "Invalid Request", detail);
        Self { legacy_code, ..problem }
    }

    /// What a media id gets that is unknown, foreign, expired or unfinished; legacy code 324.
    pub(super) fn invalid_media_ids() -> Self {
        Self::invalid("Your media IDs are invalid.", 324)
    }

    /// Seen as 400 on the v2 route; v1.1 had code 186 with 403.
    pub(super) fn text_too_long() -> Self {
        Self::invalid(
            "Your Tweet text is too long. For more information on how Twitter determines text length see \
             https://github.com/twitter/twitter-text.",
            186,
        )
    }

    /// 403 `about:blank`; legacy code 187.
    pub(super) fn duplicate() -> Self {
        Self::forbidden("You are not allowed to create a Tweet with duplicate content.", 187)
    }

    /// 403; legacy code 385.
    pub(super) fn reply_target_gone() -> Self {
        Self::forbidden("You attempted to reply to a Tweet that is deleted or not visible to you.", 385)
    }

    /// 403; legacy code 385.
    pub(super) fn quote_target_gone() -> Self {
        Self::forbidden("You attempted to quote a Tweet that is deleted or not visible to you.", 385)
    }

    /// 403 for deleting what another account wrote; legacy code 183.
    pub(super) fn not_your_post() -> Self {
        Self::forbidden("You are not authorized to delete this Tweet.", 183)
    }

    /// 403; legacy code 64.
    pub(super) fn suspended() -> Self {
        Self::forbidden("Your account is suspended and is not permitted to access this feature.", 64)
    }

    /// 403 for a token that lacks a scope: seen to say nothing more than `Forbidden`.
    pub(super) fn missing_scope() -> Self {
        Self::forbidden("Forbidden", 453)
    }

    fn forbidden(detail: &str, legacy_code: u32) -> Self {
        Self::blank(StatusCode::FORBIDDEN, detail, legacy_code)
    }

    /// 401 for a token that is missing, unknown, expired or revoked; legacy code 89.
    pub(super) fn unauthorized() -> Self {
        Self::blank(StatusCode::UNAUTHORIZED, "Unauthorized", 89)
    }

    /// 429; legacy code 88.
    pub(super) fn too_many_requests() -> Self {
        Self::blank(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests", 88)
    }

    /// What lies behind the simulator's own troubles.
    pub(super) fn internal(detail: impl Into<String>) -> Self {
        let problem =
            Self::typed(StatusCode::INTERNAL_SERVER_ERROR, "internal-error", "Internal Error", detail);
        Self { legacy_code: 131, ..problem }
    }

    /// 404 for a path that is no operation; legacy code 34.
    pub(super) fn not_found_route() -> Self {
        Self::blank(StatusCode::NOT_FOUND, "Sorry, that page does not exist", 34)
    }

    /// A resource that is not there (X specification, `ResourceNotFoundProblem`). `resource_type`: `tweet`, `user`.
    pub(super) fn resource_not_found(resource_type: &str, parameter: &str, id: &str) -> Self {
        let detail = format!("Could not find {resource_type} with {parameter}: [{id}].");
        Self::typed(StatusCode::NOT_FOUND, "resource-not-found", "Not Found Error", detail)
            .and("resource_type", resource_type)
            .and("parameter", parameter)
            .and("resource_id", id)
            .and("value", id)
    }

    /// The usual problem of a status that a fault asks for.
    pub(super) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Self::unauthorized(),
            StatusCode::TOO_MANY_REQUESTS => Self::too_many_requests(),
            StatusCode::INTERNAL_SERVER_ERROR => Self::internal("Internal error"),
            StatusCode::PAYMENT_REQUIRED => Self {
                title: "CreditsDepleted".to_owned(),
                kind: Some("credits"),
                ..Self::blank(
                    status,
                    "Your enrolled account does not have any credits to fulfill this request.",
                    0,
                )
            },
            StatusCode::SERVICE_UNAVAILABLE => Self::blank(status, "Service Unavailable", 130),
            _ => Self::blank(status, status.canonical_reason().unwrap_or("Error"), 131),
        }
    }

    /// As one entry of `errors` in an answer that also has data.
    pub(super) fn partial(&self) -> Value {
        let mut object = self.object();
        object.remove("status");
        Value::Object(object)
    }

    /// As an answer, in the newer or the older shape.
    pub(super) fn reply(&self, legacy: bool) -> Reply {
        if legacy {
            let body = json!({ "errors": [{ "code": self.legacy_code, "message": self.detail }] });
            return Reply::json(self.status, &body);
        }
        Reply::text(self.status, "application/problem+json", Value::Object(self.object()).to_string())
    }

    fn object(&self) -> Map<String, Value> {
        let kind = self.kind.map_or_else(|| "about:blank".to_owned(), |kind| format!("{PROBLEMS}{kind}"));
        let extra = self.extra.iter();
        let mut object: Map<_, _> = extra.map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        object.insert("type".to_owned(), kind.into());
        object.insert("title".to_owned(), self.title.clone().into());
        object.insert("detail".to_owned(), self.detail.clone().into());
        object.insert("status".to_owned(), self.status.as_u16().into());
        object
    }
}
