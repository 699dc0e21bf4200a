//! What a server's refusals mean: pure.
//!
//! Every refusal is `{"error": text}` for people, in Mastodon and in the servers that speak its API. So the status decides,
//! and of the texts only those that Mastodon has in English whatever the account's language is (`Api::ErrorHandling`,
//! `Api::BaseController`), or whose words are worth a try. A refusal that has no such text is not the server's word: a proxy
//! in front of it says 403 or 404 too, of requests that the server may have answered otherwise.

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
/// Refusals that mean the same whoever says them, and need no text: too slow, too large, too early, too many.
const UNSAID: [u16; 4] = [408, 413, 425, 429];

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
    let is_the_servers = !refusal.error.is_empty();
    Some(match status.as_u16() {
        code @ 400..=499 if !is_the_servers && !UNSAID.contains(&code) => {
            error(ErrorKind::PlatformFault, "platform.away")
                .hint("it gives no reason as Mastodon does: a proxy in front of the server may have answered")
                .with_retry(Retry::After(PAUSE))
                .with_certainty(Certainty::MaybeSent)
        }
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
#[path = "errors_tests.rs"]
mod tests;
