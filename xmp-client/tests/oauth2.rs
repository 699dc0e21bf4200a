//! The token endpoint's odd answers.
#![allow(clippy::unwrap_used, clippy::panic, clippy::unimplemented, reason = "a test fails by panicking")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use support::TestClock;
use wiremock::matchers::{body_string_contains, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};
use xmp_client::oauth2::{OAuth2, OAuth2Config, ShowsSecret};
use xmp_client::transport::ReqwestTransport;
use xmp_core::{
    Authenticator, Certainty, Clock, ConsentRequest, Context, Error, ErrorKind, PlatformId, Retry, Secret,
    TokenSet,
};

fn oauth(url: &str, secret: Option<&str>, clock: &TestClock) -> OAuth2 {
    let config = OAuth2Config {
        platform: PlatformId::X,
        shows_secret: ShowsSecret::InHeader,
        app: "app".into(),
        client_id: "app id".into(),
        client_secret: secret.map(Secret::new),
        authorize_url: format!("{url}/authorize"),
        token_url: format!("{url}/token"),
        revoke_url: format!("{url}/revoke"),
        default_scopes: &["a", "b"],
    };
    OAuth2::new(config, Arc::new(ReqwestTransport::new().unwrap()), Arc::new(clock.clone())).unwrap()
}

/// Tokens with this refresh token.
fn held(refresh: &str) -> TokenSet {
    TokenSet {
        access: Secret::new("access-s3cr3t"),
        refresh: Some(Secret::new(refresh)),
        expires_at: None,
        scopes: Vec::new(),
        server: None,
    }
}

async fn refreshed(answer: ResponseTemplate) -> xmp_core::Result<TokenSet> {
    let server = MockServer::start().await;
    Mock::given(path("/token")).respond_with(answer).mount(&server).await;
    let oauth = oauth(&server.uri(), Some("s3cr3t"), &TestClock::alone());
    oauth.refresh(&Context::default(), &held("refresh-s3cr3t")).await
}

fn quiet(error: &Error) {
    let mut all = format!("{error} {error:?}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        all.push_str(&format!("{cause} {cause:?}"));
        source = cause.source();
    }
    assert!(!all.contains("s3cr3t"), "{all}");
}

#[tokio::test]
async fn a_consent_is_tied_to_its_question() {
    let oauth = oauth("http://127.0.0.1:1", None, &TestClock::alone());
    let request = ConsentRequest { redirect_uri: "http://127.0.0.1/cb".into(), scopes: Vec::new() };
    let (one, other) = (oauth.begin(&request).unwrap(), oauth.begin(&request).unwrap());
    assert_ne!(one.state, other.state);
    assert_ne!(one.verifier, other.verifier);
    assert!(one.url.contains("code_challenge_method=S256") && one.url.contains("scope=a+b"), "{}", one.url);
    assert!(!one.url.contains(one.verifier.expose()));
    let wrong = ConsentRequest { redirect_uri: "not a url".into(), scopes: Vec::new() };
    assert_eq!(oauth.begin(&wrong).unwrap_err().kind(), ErrorKind::Configuration);
}

#[tokio::test]
async fn confidential_and_public_clients_name_themselves() {
    let server = MockServer::start().await;
    let tokens = r#"{"token_type":"bearer","access_token":"x","expires_in":60,"scope":"a b"}"#;
    let json = ResponseTemplate::new(200).set_body_raw(tokens, "application/json");
    // RFC 6749, section 2.3.1: "app id" is form-encoded before it is joined.
    Mock::given(header("authorization", "Basic YXBwK2lkOnMzY3IzdA=="))
        .and(method("POST"))
        .respond_with(json.clone())
        // An exchange, and the revocation of both tokens.
        .expect(3)
        .mount(&server)
        .await;
    Mock::given(body_string_contains("client_id=app+id")).respond_with(json).expect(3).mount(&server).await;
    let clock = TestClock::alone();
    for secret in [Some("s3cr3t"), None] {
        let oauth = oauth(&server.uri(), secret, &clock);
        let ctx = Context::default();
        let got =
            oauth.complete(&ctx, Secret::new("c"), &Secret::new("v"), "http://127.0.0.1/cb").await.unwrap();
        assert_eq!(
            (got.scopes, got.expires_at),
            (vec!["a".into(), "b".into()], Some(clock.now() + Duration::from_secs(60)))
        );
        oauth.revoke(&ctx, &held("t")).await.unwrap();
        assert!(!format!("{oauth:?}").contains("s3cr3t"));
    }
}

#[tokio::test]
async fn a_dead_refresh_token_needs_consent() {
    for body in [
        r#"{"error":"invalid_grant"}"#,
        r#"{"error":"invalid_request","error_description":"Value passed for the token was invalid."}"#,
    ] {
        let error =
            refreshed(ResponseTemplate::new(400).set_body_raw(body, "application/json")).await.unwrap_err();
        assert_eq!((error.kind(), error.certainty()), (ErrorKind::NeedsConsent, Some(Certainty::Rejected)));
        quiet(&error);
    }
}

#[tokio::test]
async fn a_wrong_app_is_no_dead_token() {
    let body = r#"{"error":"unauthorized_client","error_description":"Missing valid authorization header"}"#;
    let error =
        refreshed(ResponseTemplate::new(401).set_body_raw(body, "application/json")).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Configuration, Some(Certainty::Rejected)));
    assert!(matches!(error.retry(), Retry::After(_)));
    let error =
        refreshed(ResponseTemplate::new(400).set_body_raw("<html>s3cr3t", "text/html")).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Authentication, Some(Certainty::Rejected)));
    quiet(&error);
}

#[tokio::test]
async fn a_busy_endpoint_passes() {
    for (status, kind) in
        [(429, ErrorKind::RateLimit), (500, ErrorKind::PlatformFault), (503, ErrorKind::PlatformFault)]
    {
        let error =
            refreshed(ResponseTemplate::new(status).insert_header("retry-after", "7")).await.unwrap_err();
        assert_eq!((error.kind(), error.certainty()), (kind, Some(Certainty::NotSent)));
        assert_eq!(error.retry(), Retry::After(Duration::from_secs(7)));
        assert_eq!(error.operation(), Some("oauth2.refresh"));
    }
}

#[tokio::test]
async fn an_unreadable_yes_may_have_spent_the_token() {
    for answer in [
        ResponseTemplate::new(200).set_body_raw("s3cr3t?", "application/json"),
        ResponseTemplate::new(200)
            .set_body_raw(r#"{"access_token":"","token_type":"bearer"}"#, "application/json"),
        ResponseTemplate::new(200).set_body_raw(r#"{"access_token":"s3cr3t"}"#, "text/html"),
        ResponseTemplate::new(200),
    ] {
        let error = refreshed(answer).await.unwrap_err();
        assert_eq!((error.kind(), error.certainty()), (ErrorKind::PlatformFault, Some(Certainty::MaybeSent)));
        quiet(&error);
    }
}

#[tokio::test]
async fn an_empty_refresh_token_is_none() {
    let body = r#"{"access_token":"a","token_type":"bearer","refresh_token":"","more":1}"#;
    let tokens = refreshed(ResponseTemplate::new(200).set_body_raw(body, "application/json")).await.unwrap();
    assert!(tokens.refresh.is_none() && tokens.expires_at.is_none() && tokens.scopes.is_empty());
}

#[tokio::test]
async fn no_connection_spends_nothing() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let oauth = oauth(&url, None, &TestClock::alone());
    let error = oauth.refresh(&Context::default(), &held("refresh-s3cr3t")).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Network, Some(Certainty::NotSent)));
    quiet(&error);
}

#[tokio::test]
async fn a_refused_revocation_is_told() {
    let server = MockServer::start().await;
    Mock::given(path("/revoke")).respond_with(ResponseTemplate::new(401)).mount(&server).await;
    let error =
        oauth(&server.uri(), None, &TestClock::alone()).revoke(&Context::default(), &held("s3cr3t")).await;
    quiet(&error.unwrap_err());
}

#[test]
fn a_client_id_is_needed() {
    let config = OAuth2Config {
        platform: PlatformId::X,
        shows_secret: ShowsSecret::InHeader,
        app: "app".into(),
        client_id: " ".into(),
        client_secret: None,
        authorize_url: "https://a".into(),
        token_url: "https://a".into(),
        revoke_url: "https://a".into(),
        default_scopes: &[],
    };
    let transport = Arc::new(ReqwestTransport::new().unwrap());
    let error = OAuth2::new(config, transport, Arc::new(TestClock::alone())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
}
