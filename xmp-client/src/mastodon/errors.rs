//! What a server's refusals mean: pure.
//!
//! Every refusal is `{"error": text}` for people, in Mastodon and in the servers that speak its API. So the status decides,
//! and of the texts only those that Mastodon has in English whatever the account's language is (`Api::ErrorHandling`,
//! `Api::BaseController`), or whose words are worth a try.

use std::time::Duration;

use http::HeaderMap;
use http::header::RETRY_AFTER;
use jiff::Timestamp;
use serde::Deserialize;
use xmp_core::{Certainty, Error, ErrorKind, HttpResponse, LimitWindow, Retry};

use super::operations::{self, REQUESTS, REQUESTS_TIME};
use crate::pipeline::{LimitScope, Operation};

/// How long to wait after a 429 that does not say.
const WINDOW: Duration = Duration::from_secs(60);
/// How long to leave a failing server alone where it does not say.
const PAUSE: Duration = Duration::from_secs(5);
/// What is waited for at most, whatever a header says: the longest window is one of three hours.
const LONGEST: Duration = Duration::from_secs(3 * 3600 + 60);
/// How much later than its window a reset may be, by clocks that differ.
const SKEW: Duration = Duration::from_secs(5);

#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    error: String,
    error_description: Option<String>,
}

/// Reads a refusal out of an answer; `None` if it is none.
pub(super) fn classify(operation: &Operation, response: &HttpResponse, now: Timestamp) -> Option<Error> {
    let status = response.status;
    if status.is_success() {
        return None;
    }
    let refusal: Refusal = serde_json::from_slice(&response.body).unwrap_or_default();
    let said = [Some(refusal.error.as_str()), refusal.error_description.as_deref()];
    let said = said.into_iter().flatten().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(": ");
    let said: String = said.chars().filter(|c| !c.is_control()).take(300).collect();
    let lower = said.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|words| lower.contains(words));
    let error = |kind, code| {
        let said = if said.is_empty() { "nothing more" } else { &said };
        Error::new(kind, code, format!("the server answered {}: {said}", status.as_u16()))
    };
    let rejected = |kind, code| error(kind, code).with_certainty(Certainty::Rejected);
    let at_the_door =
        |kind, code, retry| error(kind, code).with_retry(retry).with_certainty(Certainty::NotSent);
    let (publishing, uploading) = (
        operation.name == operations::POSTS_CREATE.name,
        [operations::MEDIA_UPLOAD.name, operations::MEDIA_STATUS.name].contains(&operation.name),
    );
    Some(match status.as_u16() {
        401 => at_the_door(ErrorKind::Authentication, "token.refused", Retry::After(Duration::ZERO)),
        403 if says(&["scope"]) => rejected(ErrorKind::MissingScope, "scope.refused")
            .hint(format!("connect the account again and ask for {}", operations::SCOPES.join(" "))),
        403 if says(&["login is currently disabled", "suspended"]) => {
            rejected(ErrorKind::AccountSuspended, "account.disabled")
                .hint("the account's owner has to settle this with the server")
        }
        403 if says(&["confirmed e-mail", "pending approval"]) => {
            rejected(ErrorKind::AccountSuspended, "account.unconfirmed")
                .hint("the account's owner has to confirm the address, or to wait for the server's approval")
        }
        403 => rejected(ErrorKind::Authorization, "forbidden"),
        // Also said of a key whose post was made, and deleted since (`PostStatusService#idempotency_duplicate`).
        404 | 410 if publishing => rejected(ErrorKind::NotFound, "post.gone")
            .hint("the post that it answers is gone; or it was published before, and somebody deleted it"),
        404 | 410 => rejected(ErrorKind::NotFound, "resource.not_found"),
        413 => rejected(ErrorKind::Media, "media.too_large").hint("the server takes less"),
        // "Cannot attach files that have not finished processing. Try again in a moment!"
        422 if publishing && says(&["finished processing"]) => {
            at_the_door(ErrorKind::Media, "media.not_ready", Retry::After(PAUSE))
        }
        400 | 422 if uploading || says(&["attach", "media"]) => rejected(ErrorKind::Media, "media.refused"),
        400 | 422 if publishing && says(&["too long", "character limit", "exceed max chars"]) => {
            rejected(ErrorKind::ContentRejected, "text.too_long").hint("shorten the text")
        }
        429 => {
            let told = window(&response.headers, now).and_then(|window| wait(&window, now));
            let wait = told.or_else(|| retry_after(&response.headers)).unwrap_or(WINDOW);
            let wait = wait.clamp(Duration::from_secs(1), LONGEST);
            at_the_door(ErrorKind::RateLimit, "window.used_up", Retry::After(wait))
        }
        501 => rejected(ErrorKind::Unsupported, "method.unsupported"),
        408 | 425 => error(ErrorKind::PlatformFault, "platform.timeout").with_certainty(Certainty::MaybeSent),
        400..=499 => rejected(ErrorKind::Validation, "request.invalid"),
        500..=599 => error(ErrorKind::PlatformFault, "platform.failed")
            .with_retry(Retry::After(retry_after(&response.headers).unwrap_or(PAUSE).min(LONGEST)))
            .with_certainty(Certainty::MaybeSent),
        _ => error(ErrorKind::PlatformFault, "http.unexpected").with_certainty(Certainty::MaybeSent),
    })
}

/// The window that an answer names: of several that count a request, the one with the least left (Mastodon,
/// `RateLimitHeaders`).
///
/// 300 is the size of several: of all requests in five minutes, of pages in 15 and of new posts in three hours. Only the
/// first is told, since they would be taken for one. When one of the others is used up, the refusal says so.
pub(super) fn windows(headers: &HeaderMap, now: Timestamp) -> Vec<(LimitScope, LimitWindow)> {
    let told = window(headers, now).filter(|window| {
        window.limit != REQUESTS || wait(window, now).is_none_or(|wait| wait <= REQUESTS_TIME + SKEW)
    });
    told.map(|window| (LimitScope::Account, window)).into_iter().collect()
}

fn window(headers: &HeaderMap, now: Timestamp) -> Option<LimitWindow> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let number = |name: &str| text(name)?.parse::<i64>().ok();
    let reset = text("x-ratelimit-reset")?;
    // Mastodon says a time (ISO 8601), others the seconds of Unix time.
    let resets_at = reset.parse().ok().or_else(|| Timestamp::from_second(reset.parse().ok()?).ok())?;
    Some(LimitWindow {
        limit: u64::try_from(number("x-ratelimit-limit")?).ok()?,
        remaining: u64::try_from(number("x-ratelimit-remaining")?.max(0)).ok()?,
        resets_at: resets_at.min(now.saturating_add(LONGEST).unwrap_or(Timestamp::MAX)),
    })
}

fn wait(window: &LimitWindow, now: Timestamp) -> Option<Duration> {
    Duration::try_from(window.resets_at.duration_since(now)).ok()
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::StatusCode;

    use super::*;

    fn of_status(operation: &Operation, status: u16, body: &str) -> Option<Error> {
        let status = StatusCode::from_u16(status).unwrap();
        let body = Bytes::copy_from_slice(body.as_bytes());
        classify(operation, &HttpResponse { status, headers: HeaderMap::new(), body }, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn every_refusal_has_its_meaning() {
        use Certainty::{MaybeSent, NotSent, Rejected};
        let (post, get, upload) =
            (&operations::POSTS_CREATE, &operations::POSTS_GET, &operations::MEDIA_UPLOAD);
        let table = [
            (post, 401, "The access token is invalid", ErrorKind::Authentication, "token.refused", NotSent),
            (post, 401, "The access token was revoked", ErrorKind::Authentication, "token.refused", NotSent),
            (
                post,
                401,
                "Unauthorized: token is not valid",
                ErrorKind::Authentication,
                "token.refused",
                NotSent,
            ),
            (
                post,
                403,
                "This action is outside the authorized scopes",
                ErrorKind::MissingScope,
                "scope.refused",
                Rejected,
            ),
            (
                post,
                403,
                "Forbidden: token has insufficient scope permission",
                ErrorKind::MissingScope,
                "scope.refused",
                Rejected,
            ),
            (
                post,
                403,
                "Your login is currently disabled",
                ErrorKind::AccountSuspended,
                "account.disabled",
                Rejected,
            ),
            (
                post,
                403,
                "Your login is missing a confirmed e-mail address",
                ErrorKind::AccountSuspended,
                "account.unconfirmed",
                Rejected,
            ),
            (
                post,
                403,
                "Your login is currently pending approval",
                ErrorKind::AccountSuspended,
                "account.unconfirmed",
                Rejected,
            ),
            (post, 403, "This action is not allowed", ErrorKind::Authorization, "forbidden", Rejected),
            (
                post,
                404,
                "The post you are trying to reply to does not appear to exist.",
                ErrorKind::NotFound,
                "post.gone",
                Rejected,
            ),
            (get, 404, "Record not found", ErrorKind::NotFound, "resource.not_found", Rejected),
            (get, 410, "", ErrorKind::NotFound, "resource.not_found", Rejected),
            (upload, 413, "", ErrorKind::Media, "media.too_large", Rejected),
            (
                post,
                422,
                "Validation failed: Text character limit of 500 exceeded",
                ErrorKind::ContentRejected,
                "text.too_long",
                Rejected,
            ),
            (
                post,
                422,
                "Validation failed: Text is too long (maximum is 500 characters)",
                ErrorKind::ContentRejected,
                "text.too_long",
                Rejected,
            ),
            (
                post,
                400,
                "Bad Request: text with spoiler exceed max chars (5000)",
                ErrorKind::ContentRejected,
                "text.too_long",
                Rejected,
            ),
            (
                post,
                422,
                "Validation failed: Text can't be blank",
                ErrorKind::Validation,
                "request.invalid",
                Rejected,
            ),
            (
                post,
                422,
                "Validation failed: Cannot attach files that have not finished processing. Try again in a moment!",
                ErrorKind::Media,
                "media.not_ready",
                NotSent,
            ),
            (
                post,
                422,
                "Validation failed: Media 12 not found or already attached to another post",
                ErrorKind::Media,
                "media.refused",
                Rejected,
            ),
            (
                upload,
                422,
                "Validation failed: File content type is invalid, File is invalid",
                ErrorKind::Media,
                "media.refused",
                Rejected,
            ),
            (
                post,
                400,
                "Bad Request: poll must have at least 2 options",
                ErrorKind::Validation,
                "request.invalid",
                Rejected,
            ),
            (post, 429, "Too many requests", ErrorKind::RateLimit, "window.used_up", NotSent),
            (
                post,
                503,
                "There was a temporary problem serving your request, please try again",
                ErrorKind::PlatformFault,
                "platform.failed",
                MaybeSent,
            ),
            (post, 500, "", ErrorKind::PlatformFault, "platform.failed", MaybeSent),
            (post, 408, "", ErrorKind::PlatformFault, "platform.timeout", MaybeSent),
            (get, 501, "", ErrorKind::Unsupported, "method.unsupported", Rejected),
            (post, 302, "", ErrorKind::PlatformFault, "http.unexpected", MaybeSent),
        ];
        for (operation, status, said, kind, code, certainty) in table {
            let error =
                of_status(operation, status, &serde_json::json!({ "error": said }).to_string()).unwrap();
            assert_eq!(
                (error.kind(), error.code(), error.certainty()),
                (kind, code, Some(certainty)),
                "{status} {said}"
            );
            assert!(error.to_string().contains(said), "{error}");
        }
        assert!(of_status(post, 200, "").is_none());
        assert!(of_status(get, 206, "").is_none());
        assert_eq!(of_status(post, 422, "<html>").unwrap().code(), "request.invalid");
        let described = r#"{"error":"invalid_token","error_description":"why"}"#;
        assert!(of_status(post, 401, described).unwrap().to_string().contains("invalid_token: why"));
    }

    fn headers(limit: &str, reset: &str) -> HeaderMap {
        let all =
            [("x-ratelimit-limit", limit), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset)];
        all.into_iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn windows_are_read_and_waited_for() {
        for (reset, seconds) in
            [("1970-01-01T00:01:30.000000Z", 90), ("90", 90), ("1971-01-01T00:00:00Z", 10_860)]
        {
            let response = HttpResponse {
                status: StatusCode::TOO_MANY_REQUESTS,
                headers: headers("300", reset),
                body: Bytes::new(),
            };
            let error = classify(&operations::POSTS_CREATE, &response, Timestamp::UNIX_EPOCH).unwrap();
            assert_eq!(error.retry(), Retry::After(Duration::from_secs(seconds)), "{reset}");
        }
        let unsaid = of_status(&operations::POSTS_CREATE, 429, "{}").unwrap();
        assert_eq!(unsaid.retry(), Retry::After(WINDOW));
    }

    #[test]
    fn windows_of_one_size_are_not_mistaken_for_each_other() {
        let told = |limit, reset| windows(&headers(limit, reset), Timestamp::UNIX_EPOCH).len();
        assert_eq!(told("300", "300"), 1, "requests");
        assert_eq!(told("300", "900"), 0, "pages, or posts");
        assert_eq!(told("30", "1800"), 1, "uploads");
        assert_eq!(told("300", "soon"), 0);
    }
}
