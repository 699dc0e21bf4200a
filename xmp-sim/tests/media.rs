//! Uploads in one request and in chunks, and what posts may carry.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use support::*;

fn id_of(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["data"]["id"].as_str().unwrap().to_owned()
}

async fn upload(user: &User, bytes: &[u8], category: &str) -> Answer {
    user.multipart("/2/media/upload", &[("media", bytes), ("media_category", category.as_bytes())]).await
}

async fn initialize(user: &User, body: &Value) -> Answer {
    user.post("/2/media/upload/initialize", body).await
}

async fn append(user: &User, id: &str, index: u32, bytes: &[u8]) -> Answer {
    let index = index.to_string();
    user.multipart(
        &format!("/2/media/upload/{id}/append"),
        &[("segment_index", index.as_bytes()), ("media", bytes)],
    )
    .await
}

async fn finalize(user: &User, id: &str) -> Answer {
    user.try_call("POST", &format!("/2/media/upload/{id}/finalize"), "application/json", b"").await.unwrap()
}

async fn post_with(user: &User, media: &[&str]) -> Answer {
    user.post("/2/tweets", &json!({ "media": { "media_ids": media } })).await
}

#[tokio::test]
async fn an_image_in_one_request_is_kept_and_carried() {
    let sim = builder().start().await.unwrap();
    let user = User::connect(&sim, "ada", ALL_SCOPES).await;
    let uploaded = upload(&user, &png(100), "tweet_image").await;
    let id = id_of(&uploaded);
    let data = &uploaded.json()["data"];
    assert_eq!((data["size"].as_u64(), data["expires_after_secs"].as_u64()), (Some(100), Some(86_400)));
    assert_eq!(data["image"], json!({ "image_type": "image/png", "w": 16, "h": 8 }));
    let kept = send("GET", &format!("{}/_sim/media/{id}", sim.url()), &[], b"").await.unwrap();
    assert_eq!((kept.body, kept.status), (png(100), 200));

    let described = user
        .post("/2/media/metadata", &json!({ "id": id, "metadata": { "alt_text": { "text": "a square" } } }))
        .await;
    assert_eq!(described.json()["data"]["associated_metadata"]["alt_text"]["text"], "a square");

    let post = post_with(&user, &[&id]).await.json();
    let post_id = post["data"]["id"].as_str().unwrap();
    let read = user
        .get(&format!("/2/tweets/{post_id}?tweet.fields=entities,attachments&expansions=attachments.media_keys&media.fields=alt_text,url,width"))
        .await
        .json();
    let key = format!("3_{id}");
    assert_eq!(read["data"]["attachments"]["media_keys"], json!([key]));
    assert_eq!(read["data"]["entities"]["urls"][0]["media_key"], key.as_str());
    assert_eq!(
        read["data"]["text"], read["data"]["entities"]["urls"][0]["url"],
        "media alone: the text is their link"
    );
    assert_eq!(read["includes"]["media"][0]["alt_text"], "a square");
    assert_eq!(read["includes"]["media"][0]["type"], "photo");
    assert_eq!(sim.ledger()[0].media, [id]);
}

#[tokio::test]
async fn chunks_come_in_any_order_and_none_may_be_missing() {
    let sim = builder().start().await.unwrap();
    let user = User::connect(&sim, "ada", ALL_SCOPES).await;
    let bytes = png(3000);
    let request =
        json!({ "media_type": "image/png", "media_category": "tweet_image", "total_bytes": bytes.len() });
    let id = id_of(&initialize(&user, &request).await);
    append(&user, &id, 2, &bytes[2000..]).await;
    append(&user, &id, 0, &bytes[..1000]).await;
    let early = finalize(&user, &id).await;
    assert_eq!(early.status, 400);
    assert!(early.json().to_string().contains("Segment 1 is missing"));
    let body = json!({ "segment_index": 1, "media": STANDARD.encode(&bytes[1000..2000]) });
    let appended = user.post(&format!("/2/media/upload/{id}/append"), &body).await;
    assert!(appended.json()["data"]["expires_at"].is_i64());
    assert_eq!(post_with(&user, &[&id]).await.status, 400, "not finished");
    let finished = finalize(&user, &id).await;
    assert_eq!(finished.json()["data"]["size"], 3000);
    assert_eq!(finalize(&user, &id).await.json()["data"]["size"], 3000, "again");
    let kept = send("GET", &format!("{}/_sim/media/{id}", sim.url()), &[], b"").await.unwrap();
    assert_eq!(kept.body, bytes);
    assert_eq!(append(&user, &id, 3, b"more").await.status, 400);
    assert_eq!(post_with(&user, &[&id]).await.status, 201);
}

#[tokio::test]
async fn what_was_declared_is_checked_against_the_bytes() {
    let sim = builder().start().await.unwrap();
    let user = User::connect(&sim, "ada", ALL_SCOPES).await;
    for (declared, bytes) in [
        (json!({ "media_type": "image/jpeg" }), png(50)),
        (json!({ "media_type": "image/png", "total_bytes": 51 }), png(50)),
        (json!({ "media_type": "image/png" }), b"hello".to_vec()),
        (json!({ "media_category": "tweet_video" }), png(50)),
    ] {
        let id = id_of(&initialize(&user, &declared).await);
        append(&user, &id, 0, &bytes).await;
        assert_eq!(finalize(&user, &id).await.status, 400, "{declared}");
    }
    let nothing = id_of(&initialize(&user, &json!({ "media_type": "image/png" })).await);
    assert_eq!(finalize(&user, &nothing).await.status, 400, "no segment at all");
    for refused in [
        json!({ "media_type": "image/heic" }),
        json!({ "media_category": "poem" }),
        json!({ "media_category": "tweet_image", "total_bytes": 5 * 1024 * 1024 + 1 }),
    ] {
        assert_eq!(initialize(&user, &refused).await.status, 400, "{refused}");
    }
    let id = id_of(&initialize(&user, &json!({ "media_type": "image/png" })).await);
    assert_eq!(append(&user, &id, 1000, b"x").await.status, 400);
    let missing = user.multipart("/2/media/upload", &[("media", &png(50))]).await;
    assert_eq!(missing.status, 400, "media_category is required");
}

#[tokio::test]
async fn sizes_are_limited() {
    let sim = builder().start().await.unwrap();
    let user = User::connect(&sim, "ada", ALL_SCOPES).await;
    let large = png(5 * 1024 * 1024 + 1);
    assert_eq!(upload(&user, &large, "tweet_image").await.status, 400);
    let id = id_of(&initialize(&user, &json!({ "media_category": "tweet_image" })).await);
    let refused = append(&user, &id, 0, &large).await;
    assert_eq!((refused.status, refused.body.len()), (413, 0));
    assert_eq!(append(&user, &id, 0, &large[..1024 * 1024]).await.status, 200);
    let long = json!({ "id": id, "metadata": { "alt_text": { "text": "x".repeat(1001) } } });
    assert_eq!(user.post("/2/media/metadata", &long).await.status, 400);
}

#[tokio::test]
async fn videos_are_processed_before_they_can_be_posted() {
    let sim = builder().start().await.unwrap();
    let user = User::connect(&sim, "ada", ALL_SCOPES).await;
    let video = upload(&user, &mp4(), "tweet_video").await;
    let id = id_of(&video);
    assert_eq!(video.json()["data"]["processing_info"]["state"], "pending");
    let path = format!("/2/media/upload?command=STATUS&media_id={id}");
    let state = |answer: Answer| answer.json()["data"]["processing_info"]["state"].clone();
    assert_eq!(post_with(&user, &[&id]).await.status, 400);
    sim.clock().advance(Duration::from_secs(1));
    assert_eq!(state(user.get(&path).await), "in_progress");
    sim.clock().advance(Duration::from_secs(2));
    assert_eq!(state(user.get(&path).await), "succeeded");
    assert_eq!(post_with(&user, &[&id]).await.status, 201);
    assert_eq!(user.get(&format!("/2/media/upload?command=INIT&media_id={id}")).await.status, 400);
}

#[tokio::test]
async fn posts_carry_own_living_media_of_one_kind() {
    let sim = builder().account("bob").start().await.unwrap();
    let user = User::connect(&sim, "ada", ALL_SCOPES).await;
    let bob = User::connect(&sim, "bob", ALL_SCOPES).await;
    let mut photos = Vec::new();
    for length in 40..45 {
        photos.push(id_of(&upload(&user, &png(length), "tweet_image").await));
    }
    let video = id_of(&upload(&user, &mp4(), "tweet_video").await);
    sim.clock().advance(Duration::from_secs(10));
    let invalid = bob.post("/2/tweets", &json!({ "text": "x", "media": { "media_ids": [photos[0]] } })).await;
    assert_eq!((invalid.status, detail(&invalid)), (400, "Your media IDs are invalid.".to_owned()));
    let all: Vec<&str> = photos.iter().map(String::as_str).collect();
    for refused in [&all[..], &[all[0], &video], &[all[0], all[0]], &["77"], &[]] {
        assert_eq!(post_with(&user, refused).await.status, 400, "{refused:?}");
    }
    assert_eq!(post_with(&user, &all[..4]).await.status, 201);
    assert_eq!(finalize(&bob, all[0]).await.status, 400, "another account's upload");
    sim.clock().advance(Duration::from_secs(7_000));
    assert_eq!(post_with(&user, &all[..1]).await.status, 201);
    sim.clock().advance(Duration::from_secs(80_000));
    let user = User::connect(&sim, "ada", ALL_SCOPES).await;
    assert_eq!(post_with(&user, &all[..1]).await.status, 400, "expired");
}
