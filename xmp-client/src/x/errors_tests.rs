use bytes::Bytes;
use http::HeaderValue;
use serde_json::{Value, json};

use super::*;
use crate::x::operations::POSTS_CREATE;

const NOW: i64 = 1_767_268_800;

fn answer(status: u16, body: &Value, headers: &[(&'static str, &str)]) -> HttpResponse {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(*name, HeaderValue::from_str(value).unwrap());
    }
    let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    HttpResponse { status: StatusCode::from_u16(status).unwrap(), headers: map, body }
}

fn read(status: u16, body: &Value, headers: &[(&'static str, &str)]) -> Error {
    let now = Timestamp::from_second(NOW).unwrap();
    classify(&POSTS_CREATE, &answer(status, body, headers), now).unwrap()
}

fn problem(kind: &str, title: &str, detail: &str) -> Value {
    json!({ "type": kind, "title": title, "detail": detail, "status": 403, "later": { "added": 1 } })
}

fn legacy(code: u64, message: &str) -> Value {
    json!({ "errors": [{ "code": code, "message": message }] })
}

#[test]
fn success_is_no_refusal() {
    let now = Timestamp::from_second(NOW).unwrap();
    assert!(
        classify(&POSTS_CREATE, &answer(201, &json!({ "data": {}, "errors": [{}] }), &[]), now).is_none()
    );
}

#[test]
fn every_row() {
    use Certainty::{MaybeSent, NotSent, Rejected};
    use ErrorKind::*;
    const P: &str = "https://api.x.com/2/problems/";
    const OLD: &str = "https://api.twitter.com/2/problems/";
    let typed = |host: &str, kind: &str, detail: &str| problem(&format!("{host}{kind}"), "T", detail);
    let rows: Vec<(u16, Value, ErrorKind, &str, Certainty)> = vec![
        (
            401,
            problem("about:blank", "Unauthorized", "Unauthorized"),
            Authentication,
            "token.refused",
            NotSent,
        ),
        (401, Value::Null, Authentication, "token.refused", NotSent),
        (402, problem("about:blank", "CreditsDepleted", "no credits"), SpendCap, "credits.depleted", NotSent),
        (403, problem("about:blank", "Forbidden", "SpendCapReached"), SpendCap, "spend.capped", NotSent),
        (
            403,
            problem(
                "about:blank",
                "Forbidden",
                "You are not allowed to create a Tweet with duplicate content.",
            ),
            Duplicate,
            "post.duplicate",
            Rejected,
        ),
        (403, legacy(187, "Status is a duplicate."), Duplicate, "post.duplicate", Rejected),
        (403, legacy(186, "Tweet needs to be a bit shorter."), ContentRejected, "text.too_long", Rejected),
        (
            400,
            typed(P, "invalid-request", "Your Tweet text is too long."),
            ContentRejected,
            "text.too_long",
            Rejected,
        ),
        (400, typed(P, "invalid-request", "Your media IDs are invalid."), Media, "media.ids", Rejected),
        (400, typed(P, "invalid-request", "no"), Validation, "request.invalid", Rejected),
        (403, typed(P, "client-forbidden", "x"), Authorization, "access.level", Rejected),
        (403, typed(OLD, "client-forbidden", "x"), Authorization, "access.level", Rejected),
        (403, legacy(453, "You currently have access to a subset"), Authorization, "access.level", Rejected),
        (403, legacy(64, "Your account is suspended"), AccountSuspended, "account.suspended", Rejected),
        (
            403,
            problem("about:blank", "Forbidden", "User has been suspended"),
            AccountSuspended,
            "account.suspended",
            Rejected,
        ),
        (403, legacy(326, "locked"), AccountSuspended, "account.locked", Rejected),
        (403, legacy(385, "You attempted to reply to"), ContentRejected, "reply.refused", Rejected),
        (
            403,
            problem("about:blank", "Forbidden", "missing the scope media.write"),
            MissingScope,
            "scope.refused",
            Rejected,
        ),
        (403, typed(P, "not-authorized-for-resource", "x"), Authorization, "resource.forbidden", Rejected),
        (403, legacy(183, "not yours"), Authorization, "resource.forbidden", Rejected),
        (403, Value::Null, Authorization, "forbidden", Rejected),
        (403, typed(P, "never-seen-before", "x"), Authorization, "forbidden", Rejected),
        (404, typed(P, "resource-not-found", "x"), NotFound, "resource.not_found", Rejected),
        (404, legacy(34, "Sorry"), NotFound, "resource.not_found", Rejected),
        (409, Value::Null, Conflict, "resource.conflict", Rejected),
        (413, Value::Null, Media, "media.too_large", Rejected),
        (418, Value::Null, Validation, "request.invalid", Rejected),
        (408, Value::Null, PlatformFault, "platform.timeout", MaybeSent),
        (429, legacy(88, "Rate limit exceeded"), RateLimit, "window.used_up", NotSent),
        (429, Value::Null, RateLimit, "window.used_up", NotSent),
        (403, legacy(88, "Rate limit exceeded"), RateLimit, "window.used_up", NotSent),
        (429, typed(P, "usage-capped", "x"), Quota, "usage.capped", NotSent),
        (
            429,
            problem("about:blank", "UsageCapExceeded", "Usage cap exceeded: Monthly"),
            Quota,
            "usage.capped",
            NotSent,
        ),
        (429, typed(P, "streaming-connection", "x"), RateLimit, "stream.connections", NotSent),
        (500, typed(P, "internal-error", "x"), PlatformFault, "platform.failed", MaybeSent),
        (503, Value::Null, PlatformFault, "platform.failed", MaybeSent),
        (302, Value::Null, PlatformFault, "http.unexpected", MaybeSent),
    ];
    for (status, body, kind, code, certainty) in rows {
        let error = read(status, &body, &[]);
        assert_eq!(
            (error.kind(), error.code(), error.certainty()),
            (kind, code, Some(certainty)),
            "{status} {body}"
        );
        assert!(error.to_string().contains(&status.to_string()));
    }
}

#[test]
fn a_short_window_opens_at_its_reset() {
    let reset = (NOW + 120).to_string();
    let headers =
        [("x-rate-limit-limit", "100"), ("x-rate-limit-remaining", "0"), ("x-rate-limit-reset", &reset)];
    let error = read(429, &Value::Null, &headers);
    assert_eq!(error.retry(), Retry::After(Duration::from_secs(120)));
    assert_eq!(
        read(429, &Value::Null, &[("retry-after", "7")]).retry(),
        Retry::After(Duration::from_secs(7))
    );
    assert_eq!(read(429, &Value::Null, &[]).retry(), Retry::After(WINDOW));
}

#[test]
fn a_hidden_window_of_a_day_counts_although_the_short_one_is_open() {
    let (short, day) = ((NOW + 120).to_string(), (NOW + 7200).to_string());
    let headers = [
        ("x-rate-limit-limit", "100"),
        ("x-rate-limit-remaining", "93"),
        ("x-rate-limit-reset", short.as_str()),
        ("x-user-limit-24hour-limit", "17"),
        ("x-user-limit-24hour-remaining", "0"),
        ("x-user-limit-24hour-reset", day.as_str()),
    ];
    let error = read(429, &Value::Null, &headers);
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Quota, Retry::After(Duration::from_secs(7200))));
}

#[test]
fn no_wait_that_is_told_is_endless_or_nothing() {
    let told = |prefix: &str, reset: i64| {
        let name = |what: &str| -> &'static str { format!("{prefix}-{what}").leak() };
        let reset = reset.to_string();
        let headers = [(name("limit"), "100"), (name("remaining"), "0"), (name("reset"), reset.as_str())];
        let now = Timestamp::from_second(NOW).unwrap();
        let windows = windows(&answer(429, &Value::Null, &headers).headers, now);
        let Retry::After(wait) = read(429, &Value::Null, &headers).retry() else { panic!() };
        let opens = windows[0].1.resets_at.duration_since(now).as_secs();
        (wait.as_secs(), opens)
    };
    let (short, user, app) = ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour");
    for later in [86_400, NOW * 1000, i64::MAX - NOW] {
        assert_eq!(told(short, NOW + later), (960, 960), "{later}");
    }
    for prefix in [user, app] {
        for later in [200_000, NOW * 1000, i64::MAX - NOW] {
            assert_eq!(told(prefix, NOW + later), (90_000, 90_000), "{later}");
        }
        assert_eq!(told(prefix, NOW - 5).0, WINDOW.as_secs());
    }
    for past in [NOW - 5, 0, -7, i64::MIN] {
        assert_eq!(told(short, past).0, WINDOW.as_secs(), "{past}");
    }
    for (status, secs, wait) in [(429, "99999999", 3600), (503, "99999999", 3600), (429, "0", 1)] {
        let error = read(status, &Value::Null, &[("retry-after", secs)]);
        assert_eq!(error.retry(), Retry::After(Duration::from_secs(wait)), "{status} {secs}");
    }
}

#[test]
fn a_months_cap_is_no_short_window_and_not_for_ever() {
    let reset = (NOW + 120).to_string();
    let headers =
        [("x-rate-limit-limit", "100"), ("x-rate-limit-remaining", "93"), ("x-rate-limit-reset", &reset)];
    let body = problem("https://api.x.com/2/problems/usage-capped", "UsageCapExceeded", "Monthly");
    let error = read(429, &body, &headers);
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Quota, Retry::After(Duration::from_secs(21_600))));
}

#[test]
fn all_windows_are_read_and_broken_ones_passed_over() {
    let reset = NOW.to_string();
    let headers = answer(
        200,
        &Value::Null,
        &[
            ("x-rate-limit-limit", "100"),
            ("x-rate-limit-remaining", "-1"),
            ("x-rate-limit-reset", &reset),
            ("x-app-limit-24hour-limit", "10000"),
            ("x-app-limit-24hour-remaining", "9"),
            ("x-app-limit-24hour-reset", &reset),
            ("x-user-limit-24hour-limit", "many"),
        ],
    )
    .headers;
    let told = windows(&headers, Timestamp::from_second(NOW).unwrap());
    assert_eq!(
        told.iter().map(|(scope, _)| *scope).collect::<Vec<_>>(),
        [LimitScope::Account, LimitScope::App]
    );
    assert_eq!((told[0].1.remaining, told[1].1.remaining), (0, 9));
}

#[test]
fn broken_bodies_break_nothing_and_control_characters_stay_out() {
    for body in
        ["[", "[]", "7", "null", r#"{"errors":7}"#, r#"{"errors":[null]}"#, r#"{"type":7,"title":[]}"#]
    {
        let mut response = answer(403, &Value::Null, &[]);
        response.body = Bytes::from(body);
        assert_eq!(
            classify(&POSTS_CREATE, &response, Timestamp::UNIX_EPOCH).unwrap().code(),
            "forbidden",
            "{body}"
        );
    }
    let error = read(400, &problem("about:blank", "a\nb", &"x".repeat(9000)), &[]);
    assert!(!error.to_string().contains('\n') && error.to_string().len() < 400);
}

#[test]
fn credits_and_faults_say_when() {
    assert_eq!(read(402, &Value::Null, &[]).retry(), Retry::After(CREDITS));
    assert_eq!(
        read(503, &Value::Null, &[("retry-after", "9")]).retry(),
        Retry::After(Duration::from_secs(9))
    );
    assert_eq!(read(403, &Value::Null, &[]).retry(), Retry::Never);
    assert_eq!(read(401, &Value::Null, &[]).retry(), Retry::After(Duration::ZERO));
}

#[test]
fn an_answer_with_errors_alone_is_read_too() {
    let not_found: Vec<super::super::wire::Problem> = serde_json::from_value(json!([
        { "type": "https://api.twitter.com/2/problems/resource-not-found", "title": "Not Found Error", "detail": "Could not find" },
    ]))
    .unwrap();
    assert_eq!(partial(&not_found).kind(), ErrorKind::NotFound);
    assert_eq!(partial(&[]).kind(), ErrorKind::PlatformFault);
}
