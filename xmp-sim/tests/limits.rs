//! Rate limits by the simulated clock.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::time::Duration;

use support::*;
use xmp_sim::{Per, RateLimit};

fn limit(route: &str, per: Per, window_secs: u64, limit: u64) -> RateLimit {
    RateLimit { route: route.to_owned(), per, window_secs, limit }
}

fn number(answer: &Answer, header: &str) -> Option<u64> {
    answer.header(header).map(|value| value.parse().unwrap())
}

#[tokio::test]
async fn answers_tell_the_documented_limits() {
    let sim = builder().start().await.unwrap();
    let user = User::connect(&sim, "ada", ALL_SCOPES).await;
    let answer = user.tweet("a").await;
    assert_eq!(number(&answer, "x-rate-limit-limit"), Some(100));
    assert_eq!(number(&answer, "x-rate-limit-remaining"), Some(99));
    assert_eq!(number(&answer, "x-app-limit-24hour-limit"), Some(10_000));
    assert_eq!(number(&answer, "x-user-limit-24hour-remaining"), Some(9_999));
    let now = sim.clock().now().as_second().unsigned_abs();
    let reset = number(&answer, "x-rate-limit-reset").unwrap();
    assert!((now + 890..=now + 900).contains(&reset));
    let me = user.get("/2/users/me").await;
    assert_eq!(
        (number(&me, "x-rate-limit-limit"), number(&me, "x-app-limit-24hour-limit")),
        (Some(75), None)
    );
}

#[tokio::test]
async fn a_window_fills_refuses_and_opens_again() {
    let sim = builder().account("bob").limit(limit("users.me", Per::User, 900, 2)).start().await.unwrap();
    let ada = User::connect(&sim, "ada", ALL_SCOPES).await;
    let bob = User::connect(&sim, "bob", ALL_SCOPES).await;
    assert_eq!(number(&ada.get("/2/users/me").await, "x-rate-limit-remaining"), Some(1));
    assert_eq!(number(&ada.get("/2/users/me").await, "x-rate-limit-remaining"), Some(0));
    let refused = ada.get("/2/users/me").await;
    assert_eq!((refused.status, detail(&refused)), (429, "Too Many Requests".to_owned()));
    assert_eq!(number(&refused, "x-rate-limit-remaining"), Some(0));
    assert_eq!(bob.get("/2/users/me").await.status, 200, "a window of his own");
    sim.clock().advance(Duration::from_secs(901));
    assert_eq!(ada.get("/2/users/me").await.status, 200);
}

#[tokio::test]
async fn an_app_shares_its_day() {
    let sim = builder().account("bob").start().await.unwrap();
    sim.set_limit(limit("posts.create", Per::App, 86_400, 2));
    let ada = User::connect(&sim, "ada", ALL_SCOPES).await;
    let bob = User::connect(&sim, "bob", ALL_SCOPES).await;
    ada.publish("a").await;
    ada.publish("b").await;
    let refused = bob.tweet("c").await;
    assert_eq!((refused.status, number(&refused, "x-app-limit-24hour-remaining")), (429, Some(0)));
    assert_eq!(number(&refused, "x-rate-limit-remaining"), Some(100), "large, and misleading");
    assert_eq!(sim.ledger().len(), 2);
}

#[tokio::test]
async fn a_restart_refills_nothing() {
    let home = tempfile::tempdir().unwrap();
    let narrow = || builder().home(home.path()).limit(limit("users.me", Per::User, 900, 1));
    let sim = narrow().start().await.unwrap();
    let mut user = User::connect(&sim, "ada", ALL_SCOPES).await;
    assert_eq!(user.get("/2/users/me").await.status, 200);
    drop(sim);
    let sim = narrow().start().await.unwrap();
    user.base = sim.url().to_owned();
    assert_eq!(user.get("/2/users/me").await.status, 429);
}
