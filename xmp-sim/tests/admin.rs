//! The admin API: another process steers and watches.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use serde_json::{Value, json};
use support::*;
use xmp_sim::Sim;

async fn admin(sim: &Sim, method: &str, path: &str, body: Option<Value>) -> Answer {
    let body = body.map_or(Vec::new(), |body| body.to_string().into_bytes());
    send(method, &format!("{}/_sim/{path}", sim.url()), &[("content-type", "application/json")], &body)
        .await
        .unwrap()
}

#[tokio::test]
async fn faults_are_set_listed_and_cleared() {
    let sim = builder().start().await.unwrap();
    let user = User::connect(&sim, "ada", ALL_SCOPES).await;
    let fault = json!({ "kind": "status", "code": 503, "route": "users.me", "times": 2 });
    assert_eq!(admin(&sim, "POST", "faults", Some(fault)).await.status, 200);
    assert_eq!(user.get("/2/users/me").await.status, 503);
    assert_eq!(admin(&sim, "GET", "faults", None).await.json()[0]["times"], 1);
    admin(&sim, "DELETE", "faults", None).await;
    assert_eq!(user.get("/2/users/me").await.status, 200);
    let wrong = admin(&sim, "POST", "faults", Some(json!({ "kind": "gremlins" }))).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.json()["error"].as_str().unwrap().contains("gremlins"));
}

#[tokio::test]
async fn the_clock_is_moved_and_answers_are_dated_by_it() {
    let sim = builder().start().await.unwrap();
    let moved =
        admin(&sim, "POST", "clock", Some(json!({ "set": "2031-05-06T07:00:00Z", "advance_ms": 480_000 })))
            .await;
    assert!(moved.json()["now"].as_str().unwrap().starts_with("2031-05-06T07:08:"));
    assert!(sim.clock().now().to_string().starts_with("2031-05-06T07:08:"));
    let user = User::connect(&sim, "ada", ALL_SCOPES).await;
    let answer = user.tweet("from the future").await;
    assert!(answer.header("date").unwrap().starts_with("Tue, 06 May 2031 07:08:"), "{answer:?}");
    assert!(sim.ledger()[0].at.to_string().starts_with("2031-05-06"));
}

#[tokio::test]
async fn authors_act_elsewhere() {
    let sim = builder().start().await.unwrap();
    let user = User::connect(&sim, "ada", ALL_SCOPES).await;
    let id = user.publish("first wording").await;
    assert_eq!(
        admin(&sim, "POST", &format!("posts/{id}/edit"), Some(json!({ "text": "second wording" })))
            .await
            .status,
        200
    );
    let timeline = user.get(&format!("/2/users/{}/tweets", user.id)).await.json();
    assert_eq!(timeline["meta"]["result_count"], 1);
    let edited = timeline["data"][0]["id"].as_str().unwrap();
    assert_ne!(edited, id);
    assert_eq!(timeline["data"][0]["text"], "second wording");
    assert_eq!(timeline["data"][0]["edit_history_tweet_ids"], json!([id, edited]));
    assert_eq!(user.get(&format!("/2/tweets/{id}")).await.json()["data"]["text"], "first wording");
    assert_eq!(
        (sim.ledger()[0].text.as_str(), sim.ledger()[0].edits[0].text.as_str()),
        ("first wording", "second wording")
    );

    let ledger =
        admin(&sim, "POST", "posts", Some(json!({ "account": "ada", "text": "by hand" }))).await.json();
    assert_eq!((ledger[1]["text"].as_str(), ledger[1]["client_id"].as_str()), (Some("by hand"), None));
    assert_eq!(admin(&sim, "POST", &format!("posts/{id}/delete"), None).await.status, 200);
    assert!(
        user.get(&format!("/2/tweets/{edited}")).await.json()["errors"].is_array(),
        "all versions are gone"
    );
    assert_eq!(admin(&sim, "POST", &format!("posts/{id}/delete"), None).await.status, 404);
    assert_eq!(admin(&sim, "GET", "ledger", None).await.json()[0]["deleted"], true);
}

#[tokio::test]
async fn accounts_limits_and_requests() {
    let sim = builder().start().await.unwrap();
    let carol = admin(&sim, "POST", "accounts", Some(json!({ "handle": "carol" }))).await.json();
    assert_eq!(carol[0]["id"].as_str().map(ToOwned::to_owned), sim.account_id("carol"));
    assert_eq!(admin(&sim, "GET", "accounts", None).await.json().as_array().unwrap().len(), 2);
    assert_eq!(admin(&sim, "POST", "accounts", Some(json!({ "handle": "no good" }))).await.status, 400);
    let user = User::connect(&sim, "carol", ALL_SCOPES).await;
    let limit = json!({ "route": "users.me", "per": "user", "window_secs": 900, "limit": 0 });
    admin(&sim, "POST", "limits", Some(limit.clone())).await;
    assert!(admin(&sim, "GET", "limits", None).await.json().as_array().unwrap().contains(&limit));
    let headers = [
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        ("authorization", "Bearer x"),
    ];
    send("GET", &format!("{}/2/users/me?a=b", sim.url()), &headers, b"").await.unwrap();
    assert_eq!(user.get("/2/users/me").await.status, 429);
    let requests = admin(&sim, "GET", "requests", None).await.json();
    let traced =
        requests.as_array().unwrap().iter().find(|request| request["path"] == "/2/users/me?a=b").unwrap();
    assert_eq!(traced["headers"]["traceparent"], headers[0].1);
    assert_eq!((traced["status"].as_u64(), traced["route"].as_str()), (Some(401), Some("users.me")));
    assert_eq!(traced["headers"]["authorization"], "Bearer REDACTED");
}

#[tokio::test]
async fn the_manual_is_at_hand() {
    let sim = builder().start().await.unwrap();
    let manual = send("GET", &format!("{}/_sim/", sim.url()), &[], b"").await.unwrap();
    assert_eq!(manual.status, 200);
    assert!(String::from_utf8(manual.body).unwrap().starts_with("# xmp-sim"));
}

#[tokio::test]
async fn every_platform_is_steered_by_the_same_requests() {
    let sim = builder().start().await.unwrap();
    let account = json!({ "handle": "bluesky:ada.test", "app_password": "abcd-efgh" });
    let created = admin(&sim, "POST", "accounts", Some(account)).await.json();
    assert_eq!(
        (created[0]["platform"].as_str(), created[0]["handle"].as_str()),
        (Some("bluesky"), Some("ada.test"))
    );
    admin(&sim, "POST", "accounts", Some(json!({ "handle": "mastodon:ada" }))).await;
    assert_eq!(admin(&sim, "GET", "accounts", None).await.json().as_array().unwrap().len(), 3);
    for (handle, status) in [("mastodon:ada.test", 400), ("gopher:ada", 400)] {
        assert_eq!(admin(&sim, "POST", "accounts", Some(json!({ "handle": handle }))).await.status, status);
    }
    let for_x = json!({ "handle": "ada", "app_password": "a" });
    assert_eq!(admin(&sim, "POST", "accounts", Some(for_x)).await.status, 400, "X has no passwords");
    let tokens = admin(&sim, "POST", "tokens", Some(json!({ "account": "bluesky:ada.test" }))).await.json();
    assert!(tokens["refresh_token"].is_string());

    for account in ["bluesky:ada.test", "mastodon:ada"] {
        let post = json!({ "account": account, "text": "a" });
        let ledger = admin(&sim, "POST", "posts", Some(post)).await.json();
        let id = ledger.as_array().unwrap().last().unwrap()["remote_id"].as_str().unwrap().to_owned();
        // An `at://` URI is one segment of the path only when it is encoded.
        let id: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
        let edit = admin(&sim, "POST", &format!("posts/{id}/edit"), Some(json!({ "text": "b" }))).await;
        assert_eq!(edit.status, 200, "{edit:?}");
        assert_eq!(admin(&sim, "POST", &format!("posts/{id}/delete"), None).await.status, 200);
    }
    assert!(sim.ledger().iter().all(|entry| entry.deleted && entry.edits[0].text == "b"));
    let fault = json!({ "kind": "cut_before", "platform": "mastodon" });
    assert_eq!(admin(&sim, "POST", "faults", Some(fault)).await.json()[0]["platform"], "mastodon");
}
