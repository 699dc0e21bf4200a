//! Every refusal that was seen or is documented, and what it means.

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
    let (post, get, upload) = (&operations::POSTS_CREATE, &operations::POSTS_GET, &operations::MEDIA_UPLOAD);
    let table = [
        (post, 401, "The access token is invalid", ErrorKind::Authentication, "token.refused", NotSent),
        (post, 401, "The access token was revoked", ErrorKind::Authentication, "token.refused", NotSent),
        (post, 401, "Unauthorized: token is not valid", ErrorKind::Authentication, "token.refused", NotSent),
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
        (get, 410, "Gone", ErrorKind::NotFound, "resource.not_found", Rejected),
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
        let error = of_status(operation, status, &serde_json::json!({ "error": said }).to_string()).unwrap();
        assert_eq!(
            (error.kind(), error.code(), error.certainty()),
            (kind, code, Some(certainty)),
            "{status} {said}"
        );
        assert!(error.to_string().contains(said), "{error}");
    }
    assert!(of_status(post, 200, "").is_none());
    assert!(of_status(get, 206, "").is_none());
    let described = r#"{"error":"invalid_token","error_description":"why"}"#;
    assert!(of_status(post, 401, described).unwrap().to_string().contains("invalid_token: why"));
}

#[test]
fn what_a_proxy_says_is_not_the_servers_word() {
    let bodies = [
        "",
        "<html>404 Not Found</html>",
        "[]",
        "{}",
        r#"{"error":""}"#,
        r#"{"error":null}"#,
        r#"{"message":"no"}"#,
    ];
    for operation in [&operations::POSTS_CREATE, &operations::POSTS_DELETE, &operations::POSTS_GET] {
        for status in [400, 401, 403, 404, 405, 410, 422, 451] {
            for body in bodies {
                let error = of_status(operation, status, body).unwrap();
                assert_eq!(
                    (error.kind(), error.code(), error.certainty(), error.retry()),
                    (
                        ErrorKind::PlatformFault,
                        "platform.away",
                        Some(Certainty::MaybeSent),
                        Retry::After(PAUSE)
                    ),
                    "{status} {body}"
                );
            }
        }
        let code = |status| of_status(operation, status, "<html>").unwrap().code();
        assert_eq!([413, 429].map(code), ["media.too_large", "window.used_up"]);
    }
}

fn headers(limit: &str, reset: &str) -> HeaderMap {
    let all = [("x-ratelimit-limit", limit), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset)];
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
