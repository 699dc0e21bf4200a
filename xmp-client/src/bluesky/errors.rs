//! What Bluesky's refusals mean: pure.
//!
//! Every refusal is `{"error": word, "message": text}`. The words are those of `@atproto/pds`, as it was seen to use them.
//! One that is not known here falls back to what its status says.

use std::time::Duration;

use http::HeaderMap;
use jiff::Timestamp;
use serde::Deserialize;
use xmp_core::{Certainty, Error, ErrorKind, HttpResponse, LimitWindow, Retry};

use super::blobs::KEPT;
use super::operations;
use crate::pipeline::{LimitScope, Operation};

/// The server's own word that there is no such record: nothing else proves that.
pub(super) const RECORD_NOT_FOUND: &str = "record.not_found";
/// Nobody has a handle.
pub(super) const HANDLE_UNKNOWN: &str = "handle.unknown";
/// How long to wait after a 429 that does not say.
const WINDOW: Duration = Duration::from_secs(60);
/// How long to leave a failing server alone.
const PAUSE: Duration = Duration::from_secs(5);
/// What is waited for at most, whatever a header says: the longest window is a day.
const LONGEST: Duration = Duration::from_secs(25 * 3600);

#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    error: String,
    message: String,
}

/// Reads a refusal out of an answer; `None` if it is none.
pub(super) fn classify(operation: &Operation, response: &HttpResponse, now: Timestamp) -> Option<Error> {
    let status = response.status;
    if status.is_success() {
        return None;
    }
    let refusal: Refusal = serde_json::from_slice(&response.body).unwrap_or_default();
    let error = |kind, code| {
        let said = [refusal.error.as_str(), refusal.message.as_str()].join(": ");
        let said: String = said.chars().filter(|c| !c.is_control()).take(300).collect();
        Error::new(kind, code, format!("Bluesky answered {}: {said}", status.as_u16()))
    };
    let rejected = |kind, code| error(kind, code).with_certainty(Certainty::Rejected);
    let at_the_door =
        |kind, code, retry| error(kind, code).with_retry(retry).with_certainty(Certainty::NotSent);
    let refreshing = operation.name == operations::SESSION_REFRESH.name;
    let logging_in = operation.name == operations::SESSION_CREATE.name;
    Some(match (status.as_u16(), refusal.error.as_str()) {
        (_, "AccountTakedown" | "AccountSuspended") => {
            rejected(ErrorKind::AccountSuspended, "account.taken_down")
                .hint("the account's owner has to settle this with the server")
        }
        (_, "AccountDeactivated") => rejected(ErrorKind::AccountSuspended, "account.deactivated")
            .hint("the account's owner has to activate it again"),
        // The same word for a token that is too old and for a session that was ended.
        (_, "ExpiredToken" | "InvalidToken") if refreshing => {
            rejected(ErrorKind::NeedsConsent, "session.ended").hint("log in again with an app password")
        }
        (_, "ExpiredToken" | "InvalidToken" | "AuthMissing") => {
            at_the_door(ErrorKind::Authentication, "token.refused", Retry::After(Duration::ZERO))
        }
        (_, "AuthFactorTokenRequired") => rejected(ErrorKind::Authentication, "login.second_factor")
            .hint("make an app password: it needs no second factor"),
        (401, _) if logging_in => rejected(ErrorKind::Authentication, "login.refused")
            .hint("check the name, and that the app password was not revoked"),
        // Whatever else a server says of a refresh, it knows the session no more.
        (400 | 401, word) if refreshing && !word.is_empty() => {
            rejected(ErrorKind::NeedsConsent, "session.ended").hint("log in again with an app password")
        }
        (429, _) => {
            let told = window(&response.headers, now).map(|window| window.resets_at.duration_since(now));
            let wait = told.and_then(|wait| Duration::try_from(wait).ok()).unwrap_or(WINDOW);
            let wait = wait.clamp(Duration::from_secs(1), LONGEST);
            at_the_door(ErrorKind::RateLimit, "window.used_up", Retry::After(wait))
        }
        (_, "RecordNotFound") => rejected(ErrorKind::NotFound, RECORD_NOT_FOUND),
        // The server forgot an upload that no post referred to. By then the checkpoint of it has lapsed too.
        (_, "BlobNotFound") => at_the_door(ErrorKind::Media, "blob.forgotten", Retry::After(KEPT)),
        // Something else stands under our key: an earlier attempt of this very part, which said it a little differently.
        (_, "InvalidSwap") => {
            error(ErrorKind::Conflict, "record.exists").with_certainty(Certainty::MaybeSent)
        }
        (_, "MethodNotImplemented") | (501, _) => rejected(ErrorKind::Unsupported, "method.unsupported"),
        (400, _) if refusal.message.starts_with("No service configured") => {
            rejected(ErrorKind::Unsupported, "method.unsupported")
                .hint("the account's server is not connected to an AppView")
        }
        (400, _) if refusal.message.starts_with("Unable to resolve handle") => {
            rejected(ErrorKind::NotFound, HANDLE_UNKNOWN)
        }
        (413, _) => rejected(ErrorKind::Media, "media.too_large").hint("the account's server takes less"),
        // A page without a word in it is not the server's answer: a proxy stands before a server that is away.
        (400..=499, "") => error(ErrorKind::PlatformFault, "platform.away")
            .with_retry(Retry::After(PAUSE))
            .with_certainty(Certainty::MaybeSent),
        (401 | 403, _) => rejected(ErrorKind::Authorization, "forbidden"),
        (404, _) => rejected(ErrorKind::NotFound, "resource.not_found"),
        (408 | 425, _) => {
            error(ErrorKind::PlatformFault, "platform.timeout").with_certainty(Certainty::MaybeSent)
        }
        (400..=499, _) => rejected(ErrorKind::Validation, "request.invalid"),
        (500..=599, _) => error(ErrorKind::PlatformFault, "platform.failed")
            .with_retry(Retry::After(PAUSE))
            .with_certainty(Certainty::MaybeSent),
        _ => error(ErrorKind::PlatformFault, "http.unexpected").with_certainty(Certainty::MaybeSent),
    })
}

/// The window that an answer names: the one with the least left (`ratelimit-*`).
pub(super) fn windows(headers: &HeaderMap, now: Timestamp) -> Vec<(LimitScope, LimitWindow)> {
    window(headers, now).map(|window| (LimitScope::Account, window)).into_iter().collect()
}

/// One that claims to open later than any does opens at the latest that is possible.
fn window(headers: &HeaderMap, now: Timestamp) -> Option<LimitWindow> {
    let number = |name: &str| -> Option<i64> { headers.get(name)?.to_str().ok()?.trim().parse().ok() };
    let latest = now.checked_add(LONGEST).unwrap_or(Timestamp::MAX).as_second();
    Some(LimitWindow {
        limit: u64::try_from(number("ratelimit-limit")?).ok()?,
        remaining: u64::try_from(number("ratelimit-remaining")?.max(0)).ok()?,
        resets_at: Timestamp::from_second(number("ratelimit-reset")?.clamp(0, latest)).ok()?,
    })
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
    fn every_word_has_its_meaning() {
        use Certainty::{MaybeSent, NotSent, Rejected};
        let (put, refresh, login) =
            (&operations::POSTS_CREATE, &operations::SESSION_REFRESH, &operations::SESSION_CREATE);
        let table = [
            (put, 400, "ExpiredToken", ErrorKind::Authentication, "token.refused", NotSent),
            (put, 400, "InvalidToken", ErrorKind::Authentication, "token.refused", NotSent),
            (put, 401, "AuthMissing", ErrorKind::Authentication, "token.refused", NotSent),
            (refresh, 400, "ExpiredToken", ErrorKind::NeedsConsent, "session.ended", Rejected),
            (refresh, 400, "InvalidToken", ErrorKind::NeedsConsent, "session.ended", Rejected),
            (refresh, 401, "AccountTakedown", ErrorKind::AccountSuspended, "account.taken_down", Rejected),
            (login, 401, "AuthenticationRequired", ErrorKind::Authentication, "login.refused", Rejected),
            (
                login,
                401,
                "AuthFactorTokenRequired",
                ErrorKind::Authentication,
                "login.second_factor",
                Rejected,
            ),
            (put, 401, "AccountDeactivated", ErrorKind::AccountSuspended, "account.deactivated", Rejected),
            (put, 401, "AuthenticationRequired", ErrorKind::Authorization, "forbidden", Rejected),
            (put, 429, "RateLimitExceeded", ErrorKind::RateLimit, "window.used_up", NotSent),
            (put, 400, "RecordNotFound", ErrorKind::NotFound, "record.not_found", Rejected),
            (put, 400, "BlobNotFound", ErrorKind::Media, "blob.forgotten", NotSent),
            (put, 400, "InvalidSwap", ErrorKind::Conflict, "record.exists", MaybeSent),
            (put, 400, "InvalidRequest", ErrorKind::Validation, "request.invalid", Rejected),
            (put, 400, "NeverHeardOf", ErrorKind::Validation, "request.invalid", Rejected),
            (put, 413, "PayloadTooLarge", ErrorKind::Media, "media.too_large", Rejected),
            (put, 500, "InternalServerError", ErrorKind::PlatformFault, "platform.failed", MaybeSent),
            (put, 502, "", ErrorKind::PlatformFault, "platform.failed", MaybeSent),
            (put, 404, "", ErrorKind::PlatformFault, "platform.away", MaybeSent),
            (put, 403, "", ErrorKind::PlatformFault, "platform.away", MaybeSent),
            (put, 404, "XRPCNotSupported", ErrorKind::NotFound, "resource.not_found", Rejected),
            (refresh, 400, "InvalidRequest", ErrorKind::NeedsConsent, "session.ended", Rejected),
            (refresh, 401, "AuthenticationRequired", ErrorKind::NeedsConsent, "session.ended", Rejected),
            (refresh, 403, "", ErrorKind::PlatformFault, "platform.away", MaybeSent),
            (put, 302, "", ErrorKind::PlatformFault, "http.unexpected", MaybeSent),
        ];
        for (operation, status, word, kind, code, certainty) in table {
            let body = format!(r#"{{"error":"{word}","message":"why"}}"#);
            let error = of_status(operation, status, &body).unwrap();
            assert_eq!(
                (error.kind(), error.code(), error.certainty()),
                (kind, code, Some(certainty)),
                "{status} {word}"
            );
        }
        assert!(of_status(put, 200, "").is_none());
        assert_eq!(of_status(put, 400, "no JSON").unwrap().code(), "platform.away");
    }

    #[test]
    fn a_server_without_an_appview_says_so() {
        let body =
            r#"{"error":"InvalidRequest","message":"No service configured for app.bsky.feed.getPosts"}"#;
        assert_eq!(of_status(&operations::POSTS_LOOKUP, 400, body).unwrap().kind(), ErrorKind::Unsupported);
    }

    #[test]
    fn windows_are_read_and_waited_for() {
        let mut headers = HeaderMap::new();
        for (name, value) in
            [("ratelimit-limit", "5000"), ("ratelimit-remaining", "0"), ("ratelimit-reset", "90")]
        {
            headers.insert(name, value.parse().unwrap());
        }
        let response = HttpResponse { status: StatusCode::TOO_MANY_REQUESTS, headers, body: Bytes::new() };
        let error = classify(&operations::POSTS_CREATE, &response, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(error.retry(), Retry::After(Duration::from_secs(90)));
        let told = |headers: &HeaderMap| windows(headers, Timestamp::UNIX_EPOCH)[0].1;
        assert_eq!(told(&response.headers).limit, 5000);
        let mut headers = response.headers;
        headers.insert("ratelimit-reset", "253402207200".parse().unwrap());
        assert_eq!(told(&headers).resets_at.as_second(), 25 * 3600, "nobody waits until the year 9999");
    }
}
