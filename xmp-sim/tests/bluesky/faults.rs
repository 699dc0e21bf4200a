use std::time::Duration;

use serde_json::Value;
use xmp_sim::{Fault, FaultKind, Sim};

use crate::support::Answer;
use crate::{PASSWORD, POST, Session, key, log_in, post, refusal, start, word};

fn on_create(kind: FaultKind) -> Fault {
    Fault::new(kind).platform("bluesky").route("posts.create").times(1)
}

async fn try_put(ada: &Session, text: &str) -> std::io::Result<Answer> {
    ada.try_call("com.atproto.repo.putRecord", &ada.write(&key(0), &post(text))).await
}

fn texts(sim: &Sim) -> Vec<String> {
    sim.ledger().into_iter().map(|entry| entry.text).collect()
}

#[tokio::test]
async fn statuses_come_in_xrpcs_shape() {
    let (sim, ada) = start().await;
    sim.set_fault(on_create(FaultKind::Status { code: 503, body: None, legacy: false }));
    assert_eq!(word(&try_put(&ada, "a").await.unwrap()), (503, "NotEnoughResources".to_owned()));
    assert!(texts(&sim).is_empty());
    sim.set_fault(on_create(FaultKind::StatusAfterEffect { code: 502 }));
    assert_eq!(word(&try_put(&ada, "a").await.unwrap()), (502, "UpstreamFailure".to_owned()));
    assert_eq!(texts(&sim), ["a"]);
}

#[tokio::test]
async fn a_rate_limit_says_when_it_ends() {
    let (sim, ada) = start().await;
    sim.set_fault(on_create(FaultKind::RateLimited { reset_secs: 90 }));
    let before = sim.clock().now().as_second();
    let refused = try_put(&ada, "a").await.unwrap();
    assert_eq!(word(&refused), (429, "RateLimitExceeded".to_owned()));
    assert_eq!(refused.header("ratelimit-policy"), Some("5000;w=3600"));
    let reset: i64 = refused.header("ratelimit-reset").unwrap().parse().unwrap();
    assert!((before + 90..=before + 92).contains(&reset));
}

#[tokio::test]
async fn connections_are_cut_before_and_after_the_effect() {
    let (sim, ada) = start().await;
    sim.set_fault(on_create(FaultKind::CutBefore));
    assert!(try_put(&ada, "a").await.is_err());
    assert!(texts(&sim).is_empty());
    sim.set_fault(on_create(FaultKind::CutAfter));
    assert!(try_put(&ada, "a").await.is_err());
    assert_eq!(texts(&sim), ["a"]);
    let again = try_put(&ada, "a").await.unwrap().json();
    assert!(again.get("commit").is_none(), "it was there");
}

#[tokio::test]
async fn a_late_effect_lands() {
    let (sim, ada) = start().await;
    sim.set_fault(on_create(FaultKind::CutThenLate { ms: 60_000 }));
    assert!(try_put(&ada, "a").await.is_err());
    assert!(texts(&sim).is_empty());
    sim.clock().advance(Duration::from_secs(60));
    assert_eq!(texts(&sim), ["a"]);
}

#[tokio::test]
async fn answers_are_halved_and_garbled() {
    let (sim, ada) = start().await;
    sim.set_fault(on_create(FaultKind::HalfBody));
    assert!(!try_put(&ada, "a").await.unwrap().is_whole());
    sim.set_fault(on_create(FaultKind::GarbageBody));
    let garbage = try_put(&ada, "b").await.unwrap();
    assert_eq!(garbage.status, 200);
    assert!(serde_json::from_slice::<Value>(&garbage.body).is_err());
    assert_eq!(sim.ledger()[0].edits.len(), 1, "both had their effect");
}

#[tokio::test]
async fn faults_know_their_platform_and_account() {
    let (sim, ada) = start().await;
    sim.set_fault(Fault::new(FaultKind::CutBefore).platform("x"));
    sim.set_fault(Fault::new(FaultKind::CutBefore).account("x:ada.test"));
    sim.set_fault(Fault::new(FaultKind::CutBefore).account("bluesky:bob.test"));
    assert_eq!(try_put(&ada, "a").await.unwrap().status, 200);
    sim.set_fault(Fault::new(FaultKind::CutBefore).account("bluesky:ada.test"));
    assert!(try_put(&ada, "a").await.is_err());
    let log = sim.requests().pop().unwrap();
    assert_eq!((log.platform.as_str(), log.account.as_deref()), ("bluesky", Some("ada.test")));
}

#[tokio::test]
async fn a_suspended_account_is_taken_down() {
    let (sim, ada) = start().await;
    sim.set_fault(Fault::new(FaultKind::Suspended).account("ada.test"));
    let refused = try_put(&ada, "a").await.unwrap();
    assert_eq!(
        refusal(&refused),
        (401, "AccountTakedown".to_owned(), "Account has been taken down".to_owned())
    );
    assert_eq!(word(&ada.with_refresh("refreshSession").await), (401, "AccountTakedown".to_owned()));
    let login = log_in(sim.url(), "ada.test", PASSWORD).await;
    assert_eq!(word(&login), (401, "AuthenticationRequired".to_owned()), "as if the password were wrong");
    let read = format!("com.atproto.repo.getRecord?repo=ada.test&collection={POST}&rkey={}", key(0));
    assert_eq!(word(&ada.get(&read).await), (400, "InvalidRequest".to_owned()));
    let bob = Session::open(sim.url(), "bob.test", "app-password-of-bob.test").await;
    bob.publish(&key(0), "a").await;
}

#[tokio::test]
async fn a_revoked_app_password_ends_with_the_next_refresh() {
    let (sim, ada) = start().await;
    sim.set_fault(Fault::new(FaultKind::TokenRevoked).account("ada.test"));
    assert_eq!(word(&try_put(&ada, "a").await.unwrap()), (400, "ExpiredToken".to_owned()));
    let refresh = ada.with_refresh("refreshSession").await;
    assert_eq!(refusal(&refresh), (400, "ExpiredToken".to_owned(), "Token has been revoked".to_owned()));
    assert_eq!(log_in(sim.url(), "ada.test", PASSWORD).await.status, 401);
    assert!(texts(&sim).is_empty());
}
