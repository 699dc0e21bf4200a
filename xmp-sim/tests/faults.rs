//! Each kind of fault, over a real socket.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::time::Duration;

use serde_json::{Value, json};
use support::*;
use tokio::io::AsyncReadExt;
use xmp_sim::{Fault, FaultKind, RecordedRequest, Sim, read_ledger};

async fn start() -> (Sim, User) {
    let sim = builder().account("bob").start().await.unwrap();
    let user = User::connect(&sim, "ada", ALL_SCOPES).await;
    (sim, user)
}

fn on_create(kind: FaultKind) -> Fault {
    Fault::new(kind).route("posts.create").times(1)
}

fn creates(sim: &Sim) -> Vec<RecordedRequest> {
    sim.requests().into_iter().filter(|request| request.route.as_deref() == Some("posts.create")).collect()
}

/// Real time until something on the wire has come to pass. Nothing simulated waits for this.
async fn until(mut done: impl FnMut() -> bool) {
    while !done() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_status_refuses_without_effect() {
    let (sim, user) = start().await;
    sim.set_fault(on_create(FaultKind::Status { code: 503, body: None, legacy: false }));
    let answer = user.tweet("a").await;
    assert_eq!((answer.status, detail(&answer)), (503, "Service Unavailable".to_owned()));
    sim.set_fault(on_create(FaultKind::Status {
        code: 402,
        body: Some(json!({ "title": "CreditsDepleted" })),
        legacy: false,
    }));
    let answer = user.tweet("a").await;
    assert_eq!((answer.status, answer.json()), (402, json!({ "title": "CreditsDepleted" })));
    sim.set_fault(on_create(FaultKind::Status { code: 500, body: None, legacy: true }));
    let answer = user.tweet("a").await;
    assert_eq!(
        (answer.status, answer.json()),
        (500, json!({ "errors": [{ "code": 131, "message": "Internal error" }] }))
    );
    assert!(sim.ledger().is_empty());
    user.publish("a").await;
}

#[tokio::test]
async fn a_status_after_the_effect_hides_it() {
    let (sim, user) = start().await;
    sim.set_fault(on_create(FaultKind::StatusAfterEffect { code: 503 }));
    assert_eq!(user.tweet("a").await.status, 503);
    assert_eq!(sim.ledger().len(), 1);
    sim.set_fault(on_create(FaultKind::StatusAfterEffect { code: 503 }));
    assert_eq!(user.tweet("a").await.status, 403, "a duplicate has no effect to hide");
}

#[tokio::test]
async fn a_rate_limit_says_when_it_ends() {
    let (sim, user) = start().await;
    let fault: Fault = serde_json::from_value(
        json!({ "kind": "rate_limited", "retry_after": 90, "route": "posts.create", "times": 1 }),
    )
    .unwrap();
    sim.set_fault(fault);
    let before = sim.clock().now().as_second();
    let answer = user.tweet("a").await;
    assert_eq!((answer.status, answer.header("x-rate-limit-remaining")), (429, Some("0")));
    let reset: i64 = answer.header("x-rate-limit-reset").unwrap().parse().unwrap();
    assert!((before + 90..=before + 92).contains(&reset), "{reset} {before}");
    assert!(sim.ledger().is_empty());
}

#[tokio::test]
async fn a_cut_before_the_effect_leaves_nothing() {
    let (sim, user) = start().await;
    sim.set_fault(on_create(FaultKind::CutBefore));
    assert!(user.try_post("/2/tweets", &json!({ "text": "a" })).await.is_err(), "not one byte of an answer");
    assert!(sim.ledger().is_empty());
    let cut = &creates(&sim)[0];
    assert_eq!((cut.status, cut.done), (None, true));
}

#[tokio::test]
async fn a_cut_after_the_effect_leaves_the_post() {
    let (sim, user) = start().await;
    sim.set_fault(on_create(FaultKind::CutAfter));
    assert!(user.try_post("/2/tweets", &json!({ "text": "a" })).await.is_err());
    assert_eq!(sim.ledger().len(), 1);
}

#[tokio::test]
async fn an_effect_may_land_late() {
    let (sim, user) = start().await;
    sim.set_fault(on_create(FaultKind::CutThenLate { ms: 60_000 }));
    assert!(user.try_post("/2/tweets", &json!({ "text": "a" })).await.is_err());
    assert!(sim.ledger().is_empty());
    let sent = sim.clock().now();
    sim.clock().advance(Duration::from_secs(60));
    assert_eq!(sim.ledger().len(), 1, "due effects are in the ledger at once");
    assert!(sim.ledger()[0].at.duration_since(sent).as_secs() >= 59);
    sim.clock().advance(Duration::from_secs(600));
    user.get("/2/users/me").await;
    assert_eq!(sim.ledger().len(), 1, "once");
}

#[tokio::test]
async fn a_late_effect_needs_nobody_to_look() {
    let home = tempfile::tempdir().unwrap();
    let sim = builder().home(home.path()).start().await.unwrap();
    let user = User::connect(&sim, "ada", ALL_SCOPES).await;
    sim.set_fault(on_create(FaultKind::CutThenLate { ms: 60_000 }));
    assert!(user.try_post("/2/tweets", &json!({ "text": "a" })).await.is_err());
    sim.clock().advance(Duration::from_secs(60));
    until(|| !read_ledger(home.path()).unwrap().is_empty()).await;
}

#[tokio::test]
async fn a_late_effect_is_seen_by_the_next_request() {
    let (sim, user) = start().await;
    sim.set_fault(on_create(FaultKind::CutThenLate { ms: 60_000 }));
    assert!(user.try_post("/2/tweets", &json!({ "text": "a" })).await.is_err());
    sim.clock().advance(Duration::from_secs(60));
    assert_eq!(user.tweet("a").await.status, 403, "the late one was first");
    assert_eq!(sim.ledger().len(), 1);
}

#[tokio::test]
async fn half_a_body_stops_short_of_its_length() {
    let (sim, user) = start().await;
    sim.set_fault(on_create(FaultKind::HalfBody));
    let answer = user.tweet("a").await;
    assert_eq!(answer.status, 201);
    assert!(!answer.is_whole() && !answer.body.is_empty(), "{answer:?}");
    assert_eq!(sim.ledger().len(), 1);
}

#[tokio::test]
async fn a_slow_body_arrives_in_the_end() {
    let (sim, user) = start().await;
    sim.set_fault(on_create(FaultKind::SlowBody { ms: 1 }));
    let answer = user.tweet("a").await;
    assert!(answer.is_whole());
    assert_eq!(answer.json()["data"]["text"], "a");
}

#[tokio::test]
async fn garbage_comes_under_a_good_status() {
    let (sim, user) = start().await;
    sim.set_fault(on_create(FaultKind::GarbageBody));
    let answer = user.tweet("a").await;
    assert_eq!(answer.status, 201);
    assert!(serde_json::from_slice::<Value>(&answer.body).is_err());
    assert_eq!(sim.ledger().len(), 1);
}

#[tokio::test]
async fn refusals_may_come_in_the_old_shape() {
    let (sim, user) = start().await;
    user.publish("a").await;
    sim.set_fault(Fault::new(FaultKind::LegacyErrors));
    let duplicate = user.tweet("a").await;
    assert_eq!(duplicate.status, 403);
    assert_eq!(duplicate.json()["errors"][0]["code"], 187);
    assert_eq!(user.tweet(&"b".repeat(281)).await.json()["errors"][0]["code"], 186);
    sim.clear_faults();
    assert_eq!(user.tweet("a").await.json()["type"], "about:blank");
}

#[tokio::test]
async fn accounts_are_suspended_and_disconnected_one_by_one() {
    let (sim, ada) = start().await;
    let bob = User::connect(&sim, "bob", ALL_SCOPES).await;
    sim.set_fault(Fault::new(FaultKind::Suspended).account("ada"));
    let refused = ada.tweet("a").await;
    assert_eq!(refused.status, 403);
    assert!(detail(&refused).contains("suspended"));
    bob.publish("a").await;
    sim.clear_faults();
    sim.set_fault(Fault::new(FaultKind::TokenRevoked).account("bob"));
    assert_eq!(bob.tweet("b").await.status, 401);
    assert_eq!(refresh(sim.url(), &bob.refresh).await.status, 400);
    assert_eq!(refresh(sim.url(), &ada.refresh).await.status, 200);
}

#[tokio::test]
async fn a_held_answer_shows_in_flight_with_its_effect_done() {
    let (sim, user) = start().await;
    sim.set_fault(on_create(FaultKind::Hold { ms: 3_600_000 }));
    let bearer = format!("Bearer {}", user.access);
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let stream =
        send_only("POST", &format!("{}/2/tweets", sim.url()), &headers, br#"{"text":"a"}"#).await.unwrap();
    until(|| !sim.ledger().is_empty()).await;
    let in_flight = send("GET", &format!("{}/_sim/inflight", sim.url()), &[], b"").await.unwrap().json();
    assert_eq!(in_flight[0]["route"], "posts.create");
    assert_eq!(in_flight[0]["account"], "ada");
    drop(stream);
}

#[tokio::test]
async fn a_client_that_leaves_undoes_nothing() {
    let (sim, user) = start().await;
    sim.set_fault(on_create(FaultKind::Latency { ms: 300 }));
    let bearer = format!("Bearer {}", user.access);
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let stream =
        send_only("POST", &format!("{}/2/tweets", sim.url()), &headers, br#"{"text":"a"}"#).await.unwrap();
    until(|| !creates(&sim).is_empty()).await;
    drop(stream);
    until(|| creates(&sim)[0].left_at.is_some()).await;
    until(|| creates(&sim)[0].done).await;
    assert_eq!(sim.ledger().len(), 1);
}

#[tokio::test]
async fn half_a_request_has_no_effect() {
    let (sim, user) = start().await;
    let bearer = format!("Bearer {}", user.access);
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    // The head announces more than is sent.
    let address = sim.url().trim_start_matches("http://");
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let mut head = format!("POST /2/tweets HTTP/1.1\r\nhost: {address}\r\ncontent-length: 1000\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n{\"text\":\"a\"}");
    tokio::io::AsyncWriteExt::write_all(&mut stream, head.as_bytes()).await.unwrap();
    tokio::io::AsyncWriteExt::shutdown(&mut stream).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(answer.is_empty(), "{}", String::from_utf8_lossy(&answer));
    assert!(sim.ledger().is_empty() && creates(&sim).is_empty());
}

#[tokio::test]
async fn a_token_answer_lost_on_the_way_burns_the_refresh_token() {
    let (sim, user) = start().await;
    sim.set_fault(Fault::new(FaultKind::CutAfter).route("oauth.token").account("ada").times(1));
    let fields = [("grant_type", "refresh_token"), ("refresh_token", user.refresh.as_str())];
    assert!(form(&format!("{}/2/oauth2/token", sim.url()), Some(&basic()), &fields).await.is_err());
    assert_eq!(refresh(sim.url(), &user.refresh).await.status, 400);
}
