//! What X's refusals mean: pure.
//!
//! Two shapes cross the wire: problems (`application/problem+json`, told apart by the last segment of their type, on
//! `api.x.com` and `api.twitter.com` alike) and the older `{"errors":[{"code","message"}]}`. A type or code that is
//! not known here falls back to what its status says, never to a failure to decode.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use xmp_core::{Certainty, Error, ErrorKind, HttpResponse, LimitWindow, Retry};

use super::wire::Problem;
use crate::pipeline::{LimitScope, Operation};

/// How long to wait after a 429 that does not say.
const WINDOW: Duration = Duration::from_secs(60);
/// How long to leave an account without credits alone.
const CREDITS: Duration = Duration::from_secs(3600);
/// How long to leave a failing platform alone where it does not say.
const PAUSE: Duration = Duration::from_secs(5);
/// How long to leave an app that has used up its month alone: somebody may raise its cap meanwhile.
const CAPPED: Duration = Duration::from_secs(6 * 3600);
/// What is waited for at most, whatever a header says: a window of 15 minutes, one of a day, anything else.
const LONGEST_SHORT: Duration = Duration::from_secs(16 * 60);
const LONGEST_DAY: Duration = Duration::from_secs(25 * 3600);
const LONGEST_TOLD: Duration = Duration::from_secs(3600);

/// What a refusal says, whatever its shape.
#[derive(Debug, Default)]
struct Refusal {
    /// The last segment of the problem's type.
    kind: String,
    title: String,
    /// What it says, for people.
    text: String,
    /// The same in lower case.
    lower: String,
    code: Option<u64>,
}

impl Refusal {
    fn read(body: &[u8]) -> Self {
        let problem: Problem = serde_json::from_slice(body).unwrap_or_default();
        Self::of(&problem)
    }

    fn of(problem: &Problem) -> Self {
        let first = problem.errors.first();
        let kind =
            |problem: &Problem| problem.kind.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        let inner = first.map(kind).unwrap_or_default();
        let outer = kind(problem);
        let mut said: Vec<&str> = Vec::new();
        for one in std::iter::once(problem).chain(&problem.errors) {
            for text in [&one.title, &one.detail, &one.message, &one.reason] {
                if !text.is_empty() && !said.contains(&text.as_str()) {
                    said.push(text);
                }
            }
        }
        let text: String = said.join(": ").chars().filter(|c| !c.is_control()).take(300).collect();
        Self {
            kind: if outer.is_empty() { inner } else { outer },
            title: problem.title.clone(),
            lower: text.to_ascii_lowercase(),
            text,
            code: problem.code.or_else(|| first.and_then(|first| first.code)),
        }
    }

    fn says(&self, words: &str) -> bool {
        self.lower.contains(words)
    }

    fn is_code(&self, codes: &[u64]) -> bool {
        self.code.is_some_and(|code| codes.contains(&code))
    }
}

/// Reads a refusal out of an answer; `None` if it is none.
pub(super) fn classify(operation: &Operation, response: &HttpResponse, now: Timestamp) -> Option<Error> {
    let status = response.status;
    if status.is_success() {
        return None;
    }
    let refusal = Refusal::read(&response.body);
    let rejected = |kind, code, hint: &str| {
        let error = error(kind, code, status, &refusal).with_certainty(Certainty::Rejected);
        if hint.is_empty() { error } else { error.hint(hint) }
    };
    let at_the_door = |kind, code, retry| {
        error(kind, code, status, &refusal).with_retry(retry).with_certainty(Certainty::NotSent)
    };
    Some(match status.as_u16() {
        401 => at_the_door(ErrorKind::Authentication, "token.refused", Retry::After(Duration::ZERO)),
        429 => too_many(status, &refusal, &response.headers, now),
        _ if refusal.is_code(&[88]) => too_many(status, &refusal, &response.headers, now),
        402 => at_the_door(ErrorKind::SpendCap, "credits.depleted", Retry::After(CREDITS))
            .hint("add credits to the app on X"),
        403 if refusal.kind == "credits"
            || refusal.says("creditsdepleted")
            || refusal.says("spend cap")
            || refusal.says("spendcap") =>
        {
            at_the_door(ErrorKind::SpendCap, "spend.capped", Retry::After(CREDITS))
                .hint("raise the app's spending limit on X")
        }
        400 | 403 if refusal.is_code(&[187]) || refusal.says("duplicate content") => {
            rejected(ErrorKind::Duplicate, "post.duplicate", "")
        }
        400 | 403 if refusal.is_code(&[186]) || refusal.says("text is too long") => {
            rejected(ErrorKind::ContentRejected, "text.too_long", "shorten the text")
        }
        400 | 403 if refusal.is_code(&[324]) || refusal.says("media ids are invalid") => {
            rejected(ErrorKind::Media, "media.ids", "the media has expired or belongs to another account")
        }
        403 => forbidden(operation, &refusal, rejected),
        404 => rejected(ErrorKind::NotFound, "resource.not_found", ""),
        _ if refusal.kind == "resource-not-found" => rejected(ErrorKind::NotFound, "resource.not_found", ""),
        409 => rejected(ErrorKind::Conflict, "resource.conflict", ""),
        413 => rejected(ErrorKind::Media, "media.too_large", "send smaller pieces"),
        408 | 425 => error(ErrorKind::PlatformFault, "platform.timeout", status, &refusal)
            .with_certainty(Certainty::MaybeSent),
        400..=499 => rejected(ErrorKind::Validation, "request.invalid", ""),
        500..=599 => {
            let wait = retry_after(&response.headers).unwrap_or(PAUSE);
            error(ErrorKind::PlatformFault, "platform.failed", status, &refusal)
                .with_retry(Retry::After(wait))
                .with_certainty(Certainty::MaybeSent)
        }
        _ => error(ErrorKind::PlatformFault, "http.unexpected", status, &refusal)
            .with_certainty(Certainty::MaybeSent),
    })
}

fn forbidden(
    operation: &Operation,
    refusal: &Refusal,
    rejected: impl Fn(ErrorKind, &'static str, &str) -> Error,
) -> Error {
    let kind = refusal.kind.as_str();
    if refusal.is_code(&[63, 64, 141]) || refusal.says("suspended") {
        rejected(
            ErrorKind::AccountSuspended,
            "account.suspended",
            "the account's owner has to settle this with X",
        )
    } else if refusal.is_code(&[326]) || refusal.says("temporarily locked") {
        rejected(
            ErrorKind::AccountSuspended,
            "account.locked",
            "the account's owner has to log in to X and unlock it",
        )
    } else if refusal.is_code(&[385, 433])
        || refusal.says("deleted or not visible")
        || refusal.says("reply to this conversation")
    {
        rejected(
            ErrorKind::ContentRejected,
            "reply.refused",
            "X allows self-serve apps to reply only when they were summoned",
        )
    } else if refusal.says("scope") {
        let hint = format!("connect the account again and ask for {}", operation.scopes.join(" "));
        rejected(ErrorKind::MissingScope, "scope.refused", &hint)
    } else if kind == "client-forbidden"
        || refusal.is_code(&[453])
        || refusal.says("access level")
        || refusal.says("client-not-enrolled")
    {
        let hint = format!(
            "the app's access on X does not cover {}, or the account lacks one of the scopes {}",
            operation.name,
            operation.scopes.join(" ")
        );
        rejected(ErrorKind::Authorization, "access.level", &hint)
    } else if refusal.is_code(&[179, 183])
        || matches!(kind, "not-authorized-for-resource" | "disallowed-resource")
    {
        rejected(ErrorKind::Authorization, "resource.forbidden", "")
    } else {
        rejected(ErrorKind::Authorization, "forbidden", "")
    }
}

fn too_many(status: StatusCode, refusal: &Refusal, headers: &HeaderMap, now: Timestamp) -> Error {
    let error = |kind, code, retry| {
        error(kind, code, status, refusal).with_retry(retry).with_certainty(Certainty::NotSent)
    };
    if refusal.kind == "usage-capped" || refusal.says("usage cap") || refusal.title == "UsageCapExceeded" {
        return error(ErrorKind::Quota, "usage.capped", Retry::After(CAPPED))
            .hint("the app's monthly cap is used up: raise it on X or wait for the next month");
    }
    if refusal.kind == "streaming-connection" || refusal.says("toomanyconnections") {
        return error(ErrorKind::RateLimit, "stream.connections", Retry::After(WINDOW));
    }
    let wait = |window: &LimitWindow| Duration::try_from(window.resets_at.duration_since(now)).ok();
    let closed = day_windows(headers, now).into_iter().map(|(_, window)| window);
    if let Some(opens) = closed.filter(|window| window.remaining == 0).map(|window| wait(&window)).max() {
        return error(ErrorKind::Quota, "day.capped", Retry::After(opens.map_or(WINDOW, at_least_a_second)));
    }
    let short = || short_window(headers, now).as_ref().and_then(wait);
    let told = retry_after(headers).or_else(short).map_or(WINDOW, at_least_a_second);
    error(ErrorKind::RateLimit, "window.used_up", Retry::After(told))
}

fn at_least_a_second(time: Duration) -> Duration {
    time.max(Duration::from_secs(1))
}

fn error(kind: ErrorKind, code: &'static str, status: StatusCode, refusal: &Refusal) -> Error {
    let said = if refusal.text.is_empty() { "nothing more" } else { &refusal.text };
    Error::new(kind, code, format!("X answered {}: {said}", status.as_u16()))
}

/// The first error of an answer that has errors and no data.
pub(super) fn partial(problems: &[super::wire::Problem]) -> Error {
    let refusal = problems.first().map(Refusal::of).unwrap_or_default();
    let (kind, code) = match refusal.kind.as_str() {
        "resource-not-found" => (ErrorKind::NotFound, "resource.not_found"),
        "not-authorized-for-resource" | "disallowed-resource" | "resource-unavailable" => {
            (ErrorKind::Authorization, "resource.forbidden")
        }
        _ => (ErrorKind::PlatformFault, "answer.empty"),
    };
    let certainty = if kind == ErrorKind::PlatformFault { Certainty::MaybeSent } else { Certainty::Rejected };
    error(kind, code, StatusCode::OK, &refusal).with_certainty(certainty)
}

/// All windows that an answer names: the short one of whoever asked, and the undocumented ones of 24 hours.
pub(super) fn windows(headers: &HeaderMap, now: Timestamp) -> Vec<(LimitScope, LimitWindow)> {
    let short = short_window(headers, now).map(|window| (LimitScope::Account, window));
    short.into_iter().chain(day_windows(headers, now)).collect()
}

fn short_window(headers: &HeaderMap, now: Timestamp) -> Option<LimitWindow> {
    window(headers, "x-rate-limit", latest(now, LONGEST_SHORT))
}

fn day_windows(headers: &HeaderMap, now: Timestamp) -> Vec<(LimitScope, LimitWindow)> {
    let scopes = [(LimitScope::Account, "x-user-limit-24hour"), (LimitScope::App, "x-app-limit-24hour")];
    let read = |prefix| window(headers, prefix, latest(now, LONGEST_DAY));
    scopes.into_iter().filter_map(|(scope, prefix)| Some((scope, read(prefix)?))).collect()
}

fn latest(now: Timestamp, wait: Duration) -> Timestamp {
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

/// A window that claims to open later than any of its kind does opens at the latest that is possible.
fn window(headers: &HeaderMap, prefix: &str, latest: Timestamp) -> Option<LimitWindow> {
    let number = |name: &str| -> Option<i64> {
        headers.get(format!("{prefix}-{name}"))?.to_str().ok()?.trim().parse().ok()
    };
    let reset = number("reset")?.clamp(0, latest.as_second());
    Some(LimitWindow {
        limit: u64::try_from(number("limit")?).ok()?,
        remaining: u64::try_from(number("remaining")?.max(0)).ok()?,
        resets_at: Timestamp::from_second(reset).ok()?,
    })
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let told = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok();
    told.map(|secs| Duration::from_secs(secs).min(LONGEST_TOLD))
}

#[cfg(test)]
#[path = "errors_tests.rs"]
mod tests;
