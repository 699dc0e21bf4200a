use std::time::Duration;

use jiff::Timestamp;
use xmp_sim::{Per, RateLimit};

use crate::support::{Answer, png};
use crate::{User, refusal, refused, start};

fn headers(answer: &Answer) -> [Option<&str>; 2] {
    ["x-ratelimit-limit", "x-ratelimit-remaining"].map(|name| answer.header(name))
}

#[tokio::test]
async fn answers_tell_of_the_tightest_window() {
    let (sim, ada) = start().await;
    let answer = ada.get("/api/v1/accounts/verify_credentials").await;
    assert_eq!(headers(&answer), [Some("300"), Some("299")]);
    let reset: Timestamp = answer.header("x-ratelimit-reset").unwrap().parse().unwrap();
    let left = reset.duration_since(sim.clock().now()).as_secs();
    assert!((290..=300).contains(&left), "{left}");
    assert_eq!(headers(&ada.upload(&png(64), None).await), [Some("30"), Some("29")]);
}

#[tokio::test]
async fn an_account_fills_its_window_and_only_its_own() {
    let (sim, ada) = start().await;
    sim.set_limit(RateLimit { route: "mastodon:all".to_owned(), per: Per::User, window_secs: 300, limit: 2 });
    ada.publish("a").await;
    ada.publish("b").await;
    let answer = ada.get("/api/v1/accounts/verify_credentials").await;
    assert_eq!(
        (refusal(&answer), headers(&answer)),
        (refused(429, "Too many requests"), [Some("2"), Some("0")])
    );
    User::connect(&sim, "bob").publish("c").await;
    sim.clock().advance(Duration::from_secs(300));
    ada.publish("d").await;
}
