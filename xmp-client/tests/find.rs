//! Looking for what an attempt made, against answers that the simulator never gives.
#![cfg(feature = "platform-x")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::unimplemented, reason = "a test fails by panicking")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use support::{TestClock, Vault};
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};
use xmp_client::limits::WindowLimiter;
use xmp_client::pipeline::Parts;
use xmp_client::transport::ReqwestTransport;
use xmp_client::x::{X, XConfig};
use xmp_core::{
    Absence, AccountId, AttemptId, Clock, Context, CredentialSource, ErrorKind, Evidence, FindQuery, Finding,
    Platform, RemoteId, Result, Secret, TokenSet,
};

struct Always;

#[async_trait]
impl CredentialSource for Always {
    async fn access_token(&self, _: &Context, _: AccountId) -> Result<TokenSet> {
        Ok(TokenSet {
            access: Secret::new("a"),
            refresh: None,
            expires_at: None,
            scopes: Vec::new(),
            server: None,
        })
    }

    async fn replace_refused(&self, _: &Context, _: AccountId, _: &Secret) -> Result<TokenSet> {
        unreachable!("nothing here asks for it")
    }
}

/// Looks, so long after the attempt's deadline, in a timeline that answers this. Also tells what was asked.
async fn look(evidence: Evidence, answer: ResponseTemplate, later: Duration) -> (Finding, Vec<String>) {
    let server = MockServer::start().await;
    Mock::given(path("/2/users/7/tweets")).respond_with(answer).mount(&server).await;
    let clock = TestClock::alone();
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    let parts = Parts {
        transport: Arc::new(ReqwestTransport::new().unwrap()),
        credentials: Arc::new(Always),
        limiter: Arc::new(WindowLimiter::new(shared.clone())),
        clock: shared.clone(),
    };
    let x = X::new(XConfig::new("app").base_url(server.uri()), parts);
    let query = FindQuery {
        account: Vault::new(shared).add("7", "ada", "app", Secret::new("")),
        attempt: AttemptId::new(clock.now()),
        evidence,
        since: clock.now(),
        until: clock.now() + Duration::from_secs(10),
        taken: Vec::new(),
    };
    clock.advance(Duration::from_secs(10) + later);
    let finding = x.find_published(&Context::default(), &query).await;
    let asked = server.received_requests().await.unwrap();
    (finding, asked.iter().map(|request| request.url.query().unwrap_or_default().to_owned()).collect())
}

fn says(text: &str) -> Evidence {
    Evidence { text: text.into(), ..Evidence::default() }
}

const SETTLED: Duration = Duration::from_secs(60);

#[tokio::test]
async fn only_a_timeline_that_says_so_is_empty() {
    for body in [
        json!({}),
        json!({ "data": null }),
        json!({ "data": [] }),
        json!({ "meta": null }),
        json!({ "meta": { "result_count": "none" } }),
        json!({ "meta": { "result_count": 3 } }),
        json!({ "data": [], "meta": { "result_count": 3 } }),
        json!({ "meta": { "result_count": 0 }, "errors": [{ "title": "something" }] }),
        // There may be more pages.
        json!({ "data": [{ "id": "1", "text": "other" }], "meta": { "result_count": 1, "next_token": 7 } }),
        json!({ "data": [{ "id": "1", "text": "other" }] }),
    ] {
        let answer = ResponseTemplate::new(200).set_body_json(&body);
        let (finding, _) = look(says("a"), answer, SETTLED).await;
        let Finding::Unreadable(error) = finding else { panic!("{body}: {finding:?}") };
        assert_eq!(
            (error.kind(), error.operation()),
            (ErrorKind::PlatformFault, Some("users.posts")),
            "{body}"
        );
    }
    for body in
        [json!({ "meta": { "result_count": 0 } }), json!({ "data": [], "meta": { "result_count": 0 } })]
    {
        let (finding, _) = look(says("a"), ResponseTemplate::new(200).set_body_json(&body), SETTLED).await;
        assert!(matches!(finding, Finding::Absent(Absence::Observed)), "{body}: {finding:?}");
    }
}

#[tokio::test]
async fn a_late_look_reads_no_further_than_its_window() {
    let answer = || ResponseTemplate::new(200).set_body_json(json!({ "meta": { "result_count": 0 } }));
    let hour = Duration::from_secs(3600);
    let (_, early) = look(says("a"), answer(), SETTLED).await;
    assert!(early[0].contains("start_time=2025-12-31T23:00:00Z"), "{early:?}");
    assert!(!early[0].contains("end_time"), "X refuses an end that is not past: {early:?}");
    let (_, late) = look(says("a"), answer(), 24 * hour).await;
    assert!(late[0].contains("end_time=2026-01-01T01:01:10Z"), "{late:?}");
}

fn page(post: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({ "data": [post], "meta": { "result_count": 1 } }))
}

#[tokio::test]
async fn what_x_makes_of_a_text_is_seen_through() {
    let at = "2026-01-01T00:00:05Z";
    let link = |short: &str, to: &str| json!({ "url": short, "expanded_url": to });
    let photo = "https://x.com/bob/status/7/photo/1";
    for (sent, told, urls) in [
        (format!("look {photo}"), "look https://t.co/a", json!([link("https://t.co/a", photo)])),
        (format!("{photo} look"), "https://t.co/a look", json!([link("https://t.co/a", photo)])),
        (
            "see https://t.co/a & example.com".into(),
            "see https://t.co/a &amp; https://t.co/b",
            json!([
                link("https://t.co/a", "https://far.example/x"),
                link("https://t.co/b", "http://example.com")
            ]),
        ),
        ("a &amp; b".into(), "a &amp; b", json!([])),
        ("a &amp; b".into(), "a &amp;amp; b", json!([])),
        ("a & b".into(), "a &amp; b", json!([])),
    ] {
        let post = json!({ "id": "5", "text": told, "created_at": at, "entities": { "urls": urls } });
        let (finding, _) = look(says(&sent), page(&post), SETTLED).await;
        assert!(
            matches!(&finding, Finding::Found(it) if it.remote_id.as_str() == "5"),
            "{sent}: {finding:?}"
        );
    }
    let reply = Evidence { reply_to: Some(RemoteId::new("3")), ..says("yes") };
    let references = json!([{ "type": "replied_to", "id": "3" }]);
    let post = json!({ "id": "5", "text": "@bob yes", "created_at": at, "referenced_tweets": references });
    let (finding, _) = look(reply.clone(), page(&post), SETTLED).await;
    assert!(matches!(&finding, Finding::Found(_)), "{finding:?}");
    let (finding, _) =
        look(reply, page(&json!({ "id": "5", "text": "yes", "created_at": at })), SETTLED).await;
    assert!(matches!(&finding, Finding::Ambiguous(ids) if ids.len() == 1), "{finding:?}");
}

#[tokio::test]
async fn a_clock_that_is_wrong_hides_nothing() {
    for at in ["2025-12-31T23:15:00Z", "2026-01-01T00:45:00Z"] {
        let post = json!({ "id": "5", "text": "a", "created_at": at });
        let (finding, _) = look(says("a"), page(&post), SETTLED).await;
        assert!(matches!(&finding, Finding::Ambiguous(ids) if ids[0].as_str() == "5"), "{at}: {finding:?}");
    }
}
