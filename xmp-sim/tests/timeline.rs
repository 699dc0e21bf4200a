//! A user's timeline: order, pages, windows.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::time::Duration;

use serde_json::Value;
use support::*;
use xmp_sim::{Fault, FaultKind};

fn ids(page: &Value) -> Vec<String> {
    page["data"].as_array().map_or(Vec::new(), |posts| {
        posts.iter().map(|post| post["id"].as_str().unwrap().to_owned()).collect()
    })
}

#[tokio::test]
async fn pages_run_from_the_newest_to_the_oldest_without_gap_or_overlap() {
    let sim = builder().start().await.unwrap();
    let user = User::connect(&sim, "ada", ALL_SCOPES).await;
    let mut published = Vec::new();
    for number in 0..12 {
        published.push(user.publish(&format!("number {number}")).await);
        sim.clock().advance(Duration::from_millis(10));
    }
    published.reverse();
    let base = format!("/2/users/{}/tweets?max_results=5", user.id);
    let first = user.get(&base).await.json();
    assert_eq!(ids(&first), published[..5]);
    assert_eq!(first["meta"]["result_count"], 5);
    assert_eq!(
        (first["meta"]["newest_id"].as_str(), first["meta"]["oldest_id"].as_str()),
        (Some(published[0].as_str()), Some(published[4].as_str()))
    );
    user.publish("in between").await;
    let token = first["meta"]["next_token"].as_str().unwrap();
    let second = user.get(&format!("{base}&pagination_token={token}")).await.json();
    assert_eq!(ids(&second), published[5..10]);
    let token = second["meta"]["next_token"].as_str().unwrap();
    let third = user.get(&format!("{base}&pagination_token={token}")).await.json();
    assert_eq!(ids(&third), published[10..]);
    assert!(third["meta"].get("next_token").is_none());
}

#[tokio::test]
async fn windows_by_id_and_time() {
    let sim = builder().start().await.unwrap();
    let user = User::connect(&sim, "ada", ALL_SCOPES).await;
    let base = format!("/2/users/{}/tweets", user.id);
    let empty = user.get(&base).await.json();
    assert_eq!(empty, serde_json::json!({ "meta": { "result_count": 0 } }));
    let old = user.publish("old").await;
    sim.clock().advance(Duration::from_secs(60));
    let border = sim.clock().now();
    let new = user.publish("new").await;
    assert_eq!(ids(&user.get(&format!("{base}?since_id={old}")).await.json()), std::slice::from_ref(&new));
    assert_eq!(ids(&user.get(&format!("{base}?until_id={new}")).await.json()), std::slice::from_ref(&old));
    assert_eq!(
        ids(&user.get(&format!("{base}?start_time={border}")).await.json()),
        std::slice::from_ref(&new)
    );
    assert_eq!(ids(&user.get(&format!("{base}?end_time={border}")).await.json()), std::slice::from_ref(&old));
    let reply = serde_json::json!({ "text": "re", "reply": { "in_reply_to_tweet_id": old } });
    user.post("/2/tweets", &reply).await;
    assert_eq!(ids(&user.get(&format!("{base}?exclude=replies")).await.json()), [new, old]);
    for bad in [
        "max_results=4",
        "max_results=101",
        "pagination_token=%21",
        "start_time=soon",
        "since_id=x",
        "exclude=fun",
    ] {
        assert_eq!(user.get(&format!("{base}?{bad}")).await.status, 400, "{bad}");
    }
    let nobody = user.get("/2/users/42/tweets").await;
    assert_eq!((nobody.status, nobody.json()["errors"][0]["resource_type"].clone()), (200, "user".into()));
}

#[tokio::test]
async fn a_lagging_timeline_shows_posts_when_the_clock_says_so() {
    let sim = builder().start().await.unwrap();
    let user = User::connect(&sim, "ada", ALL_SCOPES).await;
    let base = format!("/2/users/{}/tweets", user.id);
    sim.set_fault(Fault::new(FaultKind::TimelineLag { ms: 5_000, lookups: false }));
    let id = user.publish("patience").await;
    assert!(ids(&user.get(&base).await.json()).is_empty());
    assert!(user.get(&format!("/2/tweets/{id}")).await.json()["data"].is_object(), "lookups do not lag");
    sim.set_fault(Fault::new(FaultKind::TimelineLag { ms: 1, lookups: true }));
    assert!(user.get(&format!("/2/tweets/{id}")).await.json()["errors"].is_array(), "now they do");
    sim.clock().advance(Duration::from_secs(5));
    assert_eq!(ids(&user.get(&base).await.json()), [id]);
}
