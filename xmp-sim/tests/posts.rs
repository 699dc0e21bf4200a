//! Writing posts, reading them back, and every refusal.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::time::Duration;

use serde_json::json;
use support::*;
use xmp_sim::Sim;

async fn ada(sim: &Sim) -> User {
    User::connect(sim, "ada", ALL_SCOPES).await
}

#[tokio::test]
async fn a_post_is_in_the_ledger_as_its_author_sent_it() {
    let sim = builder().start().await.unwrap();
    let user = ada(&sim).await;
    let text = "R&D <now> https://example.com/a?b=1&c=2 🐱";
    let answer = user.tweet(text).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("x-transaction-id").map(str::len), Some(16));
    let ledger = sim.ledger();
    assert_eq!(ledger.len(), 1);
    assert_eq!(
        (ledger[0].platform.as_str(), ledger[0].account.as_str(), ledger[0].text.as_str()),
        ("x", "ada", text)
    );
    assert_eq!(answer.json()["data"]["id"], ledger[0].remote_id.as_str());
    assert_eq!(ledger[0].client_id.as_deref(), Some(CLIENT));
}

#[tokio::test]
async fn a_post_reads_back_with_t_co_links_and_escapes() {
    let sim = builder().start().await.unwrap();
    let user = ada(&sim).await;
    let id = user.publish("R&D https://example.com/a?b=1&c=2 <end>").await;
    let read = user
        .get(&format!("/2/tweets/{id}?tweet.fields=entities,created_at,author_id,public_metrics"))
        .await
        .json();
    let data = &read["data"];
    let entity = &data["entities"]["urls"][0];
    let link = entity["url"].as_str().unwrap();
    assert!(link.starts_with("https://t.co/"));
    assert_eq!(data["text"], format!("R&amp;D {link} &lt;end&gt;"));
    assert_eq!(entity["expanded_url"], "https://example.com/a?b=1&c=2");
    assert_eq!(entity["display_url"], "example.com/a?b=1&c=2");
    assert_eq!((entity["start"].as_u64(), entity["end"].as_u64()), (Some(8), Some(31)));
    assert_eq!(data["author_id"], user.id.as_str());
    assert_eq!(data["edit_history_tweet_ids"], json!([id]));
    assert!(data["created_at"].as_str().unwrap().ends_with(".000Z"));
    assert!(data["public_metrics"]["retweet_count"].is_u64());

    let bare = user.get(&format!("/2/tweets/{id}")).await.json();
    let mut names: Vec<&String> = bare["data"].as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(names, ["edit_history_tweet_ids", "id", "text"]);
}

#[tokio::test]
async fn who_asks_in_the_specifications_words_is_answered_in_them() {
    let sim = builder().start().await.unwrap();
    let user = ada(&sim).await;
    let first = user.publish("first").await;
    let reply = user
        .post("/2/tweets", &json!({ "text": "second", "reply": { "in_reply_to_tweet_id": first } }))
        .await;
    let reply = reply.json()["data"]["id"].as_str().unwrap().to_owned();
    let path = format!(
        "/2/tweets/{reply}?post.fields=public_metrics,conversation_id&expansions=referenced_posts,author_id,edit_history_post_ids"
    );
    let read = user.get(&path).await.json();
    assert_eq!(read["data"]["referenced_posts"], json!([{ "type": "replied_to", "id": first }]));
    assert_eq!(read["data"]["edit_history_post_ids"], json!([reply]));
    assert_eq!(read["data"]["conversation_id"], first.as_str());
    assert!(read["data"]["public_metrics"]["repost_count"].is_u64());
    assert_eq!(read["includes"]["posts"][0]["text"], "first");
    assert_eq!(read["includes"]["users"][0]["username"], "ada");
    let path = format!(
        "/2/tweets/{reply}?tweet.fields=referenced_tweets,in_reply_to_user_id&expansions=referenced_tweets.id"
    );
    let read = user.get(&path).await.json();
    assert_eq!(read["data"]["referenced_tweets"][0]["id"], first.as_str());
    assert_eq!(read["data"]["in_reply_to_user_id"], user.id.as_str());
    assert_eq!(read["includes"]["tweets"][0]["id"], first.as_str());
    assert_eq!(sim.ledger()[1].reply_to.as_deref(), Some(first.as_str()));
    assert_eq!(
        user.get(&format!("/2/tweets/{reply}?post.fields=author_id")).await.status,
        400,
        "not a field there"
    );
}

#[tokio::test]
async fn texts_are_checked() {
    let sim = builder().start().await.unwrap();
    let user = ada(&sim).await;
    for empty in [json!({}), json!({ "text": "" }), json!({ "text": " \n" })] {
        let answer = user.post("/2/tweets", &empty).await;
        assert_eq!(
            (answer.status, answer.json()["type"].clone()),
            (400, "https://api.x.com/2/problems/invalid-request".into())
        );
    }
    assert_eq!(user.tweet(&"日".repeat(140)).await.status, 201);
    let long = user.tweet(&"本".repeat(141)).await;
    assert_eq!(long.status, 400);
    assert!(detail(&long).starts_with("Your Tweet text is too long."));
    assert_eq!(user.tweet("not\u{fffe}allowed").await.status, 400);
    let links = format!("{} https://example.com/{}", "a".repeat(256), "b".repeat(300));
    assert_eq!(user.tweet(&links).await.status, 201, "a link counts 23");
    for unknown in [json!({ "text": "x", "colour": "red" }), json!({ "text": "x", "poll": {} }), json!([1])] {
        assert_eq!(user.post("/2/tweets", &unknown).await.status, 400, "{unknown}");
    }
    assert_eq!(user.post("/2/tweets", &json!({ "text": "flags", "made_with_ai": true })).await.status, 201);
    assert_eq!(sim.ledger().len(), 3);
}

#[tokio::test]
async fn duplicates_are_refused_for_a_day_among_standing_posts() {
    let sim = builder().account("bob").start().await.unwrap();
    let user = ada(&sim).await;
    let first = user.publish("same words").await;
    let again = user.tweet("  same   words ").await;
    assert_eq!(again.status, 403);
    assert_eq!(detail(&again), "You are not allowed to create a Tweet with duplicate content.");
    assert_eq!(again.json()["type"], "about:blank");
    User::connect(&sim, "bob", ALL_SCOPES).await.publish("same words").await;
    assert_eq!(user.delete(&format!("/2/tweets/{first}")).await.json()["data"]["deleted"], true);
    user.publish("same words").await;
    sim.clock().advance(Duration::from_secs(24 * 3600 + 1));
    let user = ada(&sim).await;
    user.publish("same words").await;
    assert_eq!(sim.ledger().len(), 4);

    let lenient = builder().duplicate_window(Duration::ZERO).start().await.unwrap();
    let user = ada(&lenient).await;
    user.publish("same words").await;
    user.publish("same words").await;
}

#[tokio::test]
async fn targets_must_exist() {
    let sim = builder().start().await.unwrap();
    let user = ada(&sim).await;
    let gone = user.publish("gone").await;
    user.delete(&format!("/2/tweets/{gone}")).await;
    let reply =
        user.post("/2/tweets", &json!({ "text": "re", "reply": { "in_reply_to_tweet_id": gone } })).await;
    assert_eq!(reply.status, 403);
    assert!(detail(&reply).contains("deleted or not visible"));
    assert_eq!(user.post("/2/tweets", &json!({ "text": "q", "quote_tweet_id": "12" })).await.status, 403);
    let quoted = user.publish("quotable").await;
    assert_eq!(user.post("/2/tweets", &json!({ "text": "q", "quote_tweet_id": quoted })).await.status, 201);
    assert_eq!(sim.ledger()[2].quote_of.as_deref(), Some(quoted.as_str()));
}

#[tokio::test]
async fn only_authors_delete() {
    let sim = builder().account("bob").start().await.unwrap();
    let user = ada(&sim).await;
    let bob = User::connect(&sim, "bob", ALL_SCOPES).await;
    let id = user.publish("mine").await;
    assert_eq!(bob.delete(&format!("/2/tweets/{id}")).await.status, 403);
    assert!(!sim.ledger()[0].deleted);
    for _ in 0..2 {
        assert_eq!(
            user.delete(&format!("/2/tweets/{id}")).await.json(),
            json!({ "data": { "deleted": true } })
        );
    }
    assert!(sim.ledger()[0].deleted, "and it stays in the ledger");
    let read = user.get(&format!("/2/tweets/{id}")).await;
    assert_eq!(read.status, 200);
    assert_eq!(read.json()["errors"][0]["type"], "https://api.x.com/2/problems/resource-not-found");
    assert!(read.json().get("data").is_none());
}

#[tokio::test]
async fn lookups_answer_in_part() {
    let sim = builder().start().await.unwrap();
    let user = ada(&sim).await;
    let id = user.publish("here").await;
    let read = user.get(&format!("/2/tweets?ids={id},123")).await;
    assert_eq!(read.status, 200);
    assert_eq!(read.json()["data"][0]["id"], id.as_str());
    assert_eq!(read.json()["errors"][0]["resource_id"], "123");
    let nothing = user.get("/2/tweets?ids=123").await.json();
    assert!(nothing.get("data").is_none() && nothing["errors"].is_array());
    for bad in
        ["/2/tweets?ids=", "/2/tweets?ids=abc", "/2/tweets/abc", "/2/tweets?ids=1&tweet.fields=nonsense"]
    {
        assert_eq!(user.get(bad).await.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn the_authenticated_user_is_told_who_they_are() {
    let sim = builder().start().await.unwrap();
    let user = ada(&sim).await;
    user.publish("one").await;
    let me = user.get("/2/users/me?user.fields=public_metrics,created_at").await.json();
    assert_eq!(
        (me["data"]["id"].as_str(), me["data"]["username"].as_str()),
        (Some(user.id.as_str()), Some("ada"))
    );
    assert_eq!(me["data"]["public_metrics"]["post_count"], 1);
    assert!(me["data"]["created_at"].is_string());
    assert_eq!(user.get("/2/nowhere").await.status, 404);
}

#[tokio::test]
async fn metrics_grow_with_the_clock_and_only_with_it() {
    let sim = builder().start().await.unwrap();
    let user = ada(&sim).await;
    let id = user.publish("watched").await;
    let path = format!("/2/tweets/{id}?tweet.fields=public_metrics");
    sim.clock().advance(Duration::from_secs(3600));
    let hour = user.get(&path).await.json()["data"]["public_metrics"]["impression_count"].as_u64().unwrap();
    sim.clock().advance(Duration::from_secs(3000));
    let later = user.get(&path).await.json()["data"]["public_metrics"]["impression_count"].as_u64().unwrap();
    assert!((20..=148).contains(&hour), "{hour}");
    assert!(later > hour && later < 2 * hour, "{hour} {later}");
    let reply = json!({ "text": "so true", "reply": { "in_reply_to_tweet_id": id } });
    let replies = |json: serde_json::Value| json["data"]["public_metrics"]["reply_count"].as_u64().unwrap();
    let before = replies(user.get(&path).await.json());
    user.post("/2/tweets", &reply).await;
    assert_eq!(replies(user.get(&path).await.json()), before + 1);
}
