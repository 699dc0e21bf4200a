//! What {{Kind}}'s refusals mean: pure.
//!
//! So far what their status says, and no more. `NotSent` is said only of what is turned away at the door: it is sent again.

use std::time::Duration;

use http::HeaderMap;
use http::header::RETRY_AFTER;
use jiff::Timestamp;
use xmp_core::{Certainty, Error, ErrorKind, HttpResponse, LimitWindow, Retry};

use super::wire::said;
use crate::pipeline::{LimitScope, Operation};

/// How long to wait after a 429 that does not say.
const WINDOW: Duration = Duration::from_secs(60);
/// How long to leave a failing server alone.
const PAUSE: Duration = Duration::from_secs(5);
/// What is waited for at most, whatever a header says.
const LONGEST: Duration = Duration::from_secs(25 * 3600);

/// Reads a refusal out of an answer; `None` if it is none.
pub(super) fn classify(_: &Operation, response: &HttpResponse, _now: Timestamp) -> Option<Error> {
    meaning(response)
}

fn meaning(response: &HttpResponse) -> Option<Error> {
    let status = response.status;
    if status.is_success() {
        return None;
    }
    let error = |kind, code| {
        Error::new(kind, code, format!("{{Kind}} answered {}: {}", status.as_u16(), said(&response.body)))
    };
    let rejected = |kind, code| error(kind, code).with_certainty(Certainty::Rejected);
    let at_the_door =
        |kind, code, retry| error(kind, code).with_retry(retry).with_certainty(Certainty::NotSent);
    let in_doubt = |code| error(ErrorKind::PlatformFault, code).with_certainty(Certainty::MaybeSent);
    Some(match status.as_u16() {
        401 => at_the_door(ErrorKind::Authentication, "token.refused", Retry::After(Duration::ZERO)),
        403 => rejected(ErrorKind::Authorization, "forbidden"),
        404 | 410 => rejected(ErrorKind::NotFound, "resource.not_found"),
        408 | 425 => in_doubt("platform.timeout"),
        429 => at_the_door(ErrorKind::RateLimit, "window.used_up", Retry::After(wait(&response.headers))),
        400..=499 => rejected(ErrorKind::Validation, "request.invalid"),
        500..=599 => in_doubt("platform.failed").with_retry(Retry::After(PAUSE)),
        _ => in_doubt("http.unexpected"),
    })
}

/// `Retry-After` in seconds (RFC 9110, section 10.2.3).
fn wait(headers: &HeaderMap) -> Duration {
    let told = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    told.map_or(WINDOW, Duration::from_secs).clamp(Duration::from_secs(1), LONGEST)
}

/// The windows that an answer tells of: which headers do is not written yet.
pub(super) fn windows(_: &HeaderMap, _now: Timestamp) -> Vec<(LimitScope, LimitWindow)> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderValue, StatusCode};

    use super::*;

    fn answer(status: u16) -> HttpResponse {
        let status = StatusCode::from_u16(status).unwrap();
        HttpResponse { status, headers: HeaderMap::new(), body: Bytes::from_static(b"why") }
    }

    #[test]
    fn every_status_has_its_meaning() {
        use Certainty::{MaybeSent, NotSent, Rejected};
        let table = [
            (302, ErrorKind::PlatformFault, "http.unexpected", MaybeSent),
            (400, ErrorKind::Validation, "request.invalid", Rejected),
            (401, ErrorKind::Authentication, "token.refused", NotSent),
            (403, ErrorKind::Authorization, "forbidden", Rejected),
            (404, ErrorKind::NotFound, "resource.not_found", Rejected),
            (408, ErrorKind::PlatformFault, "platform.timeout", MaybeSent),
            (410, ErrorKind::NotFound, "resource.not_found", Rejected),
            (422, ErrorKind::Validation, "request.invalid", Rejected),
            (429, ErrorKind::RateLimit, "window.used_up", NotSent),
            (500, ErrorKind::PlatformFault, "platform.failed", MaybeSent),
            (503, ErrorKind::PlatformFault, "platform.failed", MaybeSent),
        ];
        for (status, kind, code, certainty) in table {
            let error = meaning(&answer(status)).unwrap();
            assert_eq!((error.kind(), error.code(), error.certainty()), (kind, code, Some(certainty)), "{status}");
        }
        assert!(meaning(&answer(201)).is_none());
    }

    #[test]
    fn a_used_up_window_is_waited_for() {
        let mut refusal = answer(429);
        assert_eq!(meaning(&refusal).unwrap().retry(), Retry::After(WINDOW));
        refusal.headers.insert(RETRY_AFTER, HeaderValue::from_static("90"));
        assert_eq!(meaning(&refusal).unwrap().retry(), Retry::After(Duration::from_secs(90)));
        refusal.headers.insert(RETRY_AFTER, HeaderValue::from_static("999999999"));
        assert_eq!(meaning(&refusal).unwrap().retry(), Retry::After(LONGEST));
    }
}
