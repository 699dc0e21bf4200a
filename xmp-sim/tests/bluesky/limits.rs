use std::time::Duration;

use serde_json::json;
use xmp_sim::{Per, RateLimit};

use crate::support::Answer;
use crate::{PASSWORD, POST, Session, key, log_in, post, start, word};

fn writes(limit: u64) -> RateLimit {
    RateLimit { route: "bluesky:writes".to_owned(), per: Per::User, window_secs: 3600, limit }
}

fn headers(answer: &Answer) -> [Option<&str>; 3] {
    ["ratelimit-limit", "ratelimit-remaining", "ratelimit-policy"].map(|name| answer.header(name))
}

#[tokio::test]
async fn answers_tell_of_the_window_with_the_least_left() {
    let (sim, ada) = start().await;
    let answer = ada.put(&key(0), &post("a")).await;
    assert_eq!(headers(&answer), [Some("3000"), Some("2998"), Some("3000;w=300")]);
    let reset: i64 = answer.header("ratelimit-reset").unwrap().parse().unwrap();
    let now = sim.clock().now().as_second();
    assert!((now + 290..=now + 300).contains(&reset));
}

#[tokio::test]
async fn writes_cost_points() {
    let (sim, ada) = start().await;
    sim.set_limit(writes(8));
    assert_eq!(headers(&ada.put(&key(0), &post("a")).await)[1], Some("6"), "a put costs 2");
    ada.put(&key(0), &post("a")).await;
    let create = json!({ "repo": ada.did, "collection": POST, "record": post("b") });
    let created = ada.call("com.atproto.repo.createRecord", &create).await;
    assert_eq!(headers(&created), [Some("8"), Some("1"), Some("8;w=3600")], "an equal put too; a create 3");
    let refused = ada.put(&key(1), &post("c")).await;
    assert_eq!(word(&refused), (429, "RateLimitExceeded".to_owned()));
    let target = json!({ "repo": ada.did, "collection": POST, "rkey": key(0) });
    assert_eq!(ada.call("com.atproto.repo.deleteRecord", &target).await.status, 200, "a delete costs 1");
    let bob = Session::open(sim.url(), "bob.test", "app-password-of-bob.test").await;
    assert_eq!(bob.put(&key(0), &post("d")).await.status, 200, "a budget of his own");
    sim.clock().advance(Duration::from_secs(3600));
    assert_eq!(ada.put(&key(1), &post("c")).await.status, 200);
}

#[tokio::test]
async fn logins_are_scarce() {
    let (sim, _) = start().await;
    for _ in 1..30 {
        assert_eq!(log_in(sim.url(), "ada.test", PASSWORD).await.status, 200);
    }
    let refused = log_in(sim.url(), "ada.test", PASSWORD).await;
    assert_eq!(word(&refused), (429, "RateLimitExceeded".to_owned()));
    assert_eq!(headers(&refused), [Some("30"), Some("0"), Some("30;w=300")]);
    assert_eq!(log_in(sim.url(), "bob.test", "app-password-of-bob.test").await.status, 200);
}
