use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use xmp_sim::{Fault, FaultKind, Sim};

use crate::support::{Answer, CLIENT, REDIRECT, SECRET, form};
use crate::{User, refusal, refused, start};

fn on_create(kind: FaultKind) -> Fault {
    Fault::new(kind).platform("mastodon").route("posts.create").times(1)
}

async fn try_post(ada: &User, text: &str) -> std::io::Result<Answer> {
    ada.try_post(&json!({ "status": text })).await
}

fn texts(sim: &Sim) -> Vec<String> {
    sim.ledger().into_iter().map(|entry| entry.text).collect()
}

#[tokio::test]
async fn statuses_come_in_mastodons_shape() {
    let (sim, ada) = start().await;
    sim.set_fault(on_create(FaultKind::Status { code: 503, body: None, legacy: false }));
    assert_eq!(refusal(&try_post(&ada, "a").await.unwrap()), refused(503, "Service Unavailable"));
    assert!(texts(&sim).is_empty());
    sim.set_fault(on_create(FaultKind::StatusAfterEffect { code: 502 }));
    assert_eq!(try_post(&ada, "a").await.unwrap().status, 502);
    assert_eq!(texts(&sim), ["a"]);
}

#[tokio::test]
async fn a_rate_limit_says_when_it_ends() {
    let (sim, ada) = start().await;
    sim.set_fault(on_create(FaultKind::RateLimited { reset_secs: 90 }));
    let answer = try_post(&ada, "a").await.unwrap();
    assert_eq!(refusal(&answer), refused(429, "Too many requests"));
    let reset: Timestamp = answer.header("x-ratelimit-reset").unwrap().parse().unwrap();
    assert!((88..=90).contains(&reset.duration_since(sim.clock().now()).as_secs()));
    assert!(texts(&sim).is_empty());
}

#[tokio::test]
async fn connections_are_cut_before_and_after_the_effect() {
    let (sim, ada) = start().await;
    sim.set_fault(on_create(FaultKind::CutBefore));
    assert!(try_post(&ada, "a").await.is_err());
    assert!(texts(&sim).is_empty());
    sim.set_fault(on_create(FaultKind::CutAfter));
    assert!(try_post(&ada, "a").await.is_err());
    assert_eq!(texts(&sim), ["a"]);
}

#[tokio::test]
async fn a_late_effect_lands_under_its_key() {
    let (sim, ada) = start().await;
    sim.set_fault(on_create(FaultKind::CutThenLate { ms: 60_000 }));
    let headers = [("content-type", "application/json"), ("idempotency-key", "k")];
    let cut = ada.try_call("POST", "/api/v1/statuses", &headers, br#"{"status":"a"}"#).await;
    assert!(cut.is_err() && texts(&sim).is_empty());
    sim.clock().advance(Duration::from_secs(60));
    assert_eq!(texts(&sim), ["a"]);
    ada.post_keyed("k", "a").await;
    assert_eq!(texts(&sim), ["a"], "the key is known");
}

#[tokio::test]
async fn answers_are_halved_and_garbled() {
    let (sim, ada) = start().await;
    sim.set_fault(on_create(FaultKind::HalfBody));
    assert!(!try_post(&ada, "a").await.unwrap().is_whole());
    sim.set_fault(on_create(FaultKind::GarbageBody));
    let garbage = try_post(&ada, "b").await.unwrap();
    assert!(serde_json::from_slice::<Value>(&garbage.body).is_err());
    assert_eq!(texts(&sim), ["a", "b"]);
}

#[tokio::test]
async fn accounts_are_suspended_and_disconnected_one_by_one() {
    let (sim, ada) = start().await;
    let bob = User::connect(&sim, "bob");
    sim.set_fault(Fault::new(FaultKind::Suspended).account("mastodon:ada"));
    assert_eq!(
        refusal(&try_post(&ada, "a").await.unwrap()),
        refused(403, "Your login is currently disabled")
    );
    bob.publish("b").await;
    sim.clear_faults();
    let url = format!(
        "{}/oauth/authorize?response_type=code&client_id={CLIENT}&redirect_uri={REDIRECT}&scope=read",
        sim.url()
    );
    let back = sim.consent_url_approve(&url, "bob").await.unwrap();
    let code = crate::support::query(&back, "code").unwrap();
    sim.set_fault(Fault::new(FaultKind::TokenRevoked).account("bob"));
    assert_eq!(refusal(&try_post(&bob, "c").await.unwrap()), refused(401, "The access token was revoked"));
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", CLIENT),
        ("client_secret", SECRET),
        ("code", &code),
        ("redirect_uri", REDIRECT),
    ];
    let exchanged = form(&format!("{}/oauth/token", sim.url()), None, &fields).await.unwrap();
    assert_eq!(refusal(&exchanged), refused(400, "invalid_grant"));
    ada.publish("d").await;
    assert_eq!(texts(&sim), ["b", "d"]);
}
