use std::time::Duration;

use serde_json::json;

use crate::support::{mp4, png, send};
use crate::{User, id, refusal, refused, start};

#[tokio::test]
async fn an_image_is_there_at_once_and_carried_by_a_status() {
    let (sim, ada) = start().await;
    let answer = ada.upload(&png(64), Some("a square")).await;
    assert_eq!(answer.status, 200);
    let media = answer.json();
    assert_eq!((media["type"].as_str(), media["description"].as_str()), (Some("image"), Some("a square")));
    assert_eq!(media["meta"]["original"]["size"], "16x8");
    let bytes = send("GET", media["url"].as_str().unwrap(), &[], b"").await.unwrap();
    assert_eq!(bytes.body, png(64));
    let status = ada.post(&json!({ "media_ids": [media["id"]] })).await.json();
    assert_eq!(status["media_attachments"][0]["id"], media["id"]);
    let said = json!([{ "description": "a square", "focus": null }]);
    assert_eq!(sim.ledger()[0].details.as_ref().unwrap()["media"], said);
    let again = ada.post(&json!({ "status": "again", "media_ids": [media["id"]] })).await;
    let why = format!("Media {} not found or already attached to another post", id(&answer));
    assert_eq!(refusal(&again), refused(422, &why));
    assert_eq!(ada.get(&format!("/api/v1/media/{}", id(&answer))).await.status, 404, "no longer loose");
}

#[tokio::test]
async fn a_video_is_processed_first() {
    let (sim, ada) = start().await;
    let answer = ada.upload(&mp4(), None).await;
    assert_eq!((answer.status, answer.json()["url"].as_str()), (202, None));
    let path = format!("/api/v1/media/{}", id(&answer));
    assert_eq!(ada.get(&path).await.status, 206);
    let body = json!({ "status": "look", "media_ids": [id(&answer)] });
    let early = ada.post(&body).await;
    let why = "Cannot attach files that have not finished processing. Try again in a moment!";
    assert_eq!(refusal(&early), refused(422, why));
    sim.clock().advance(Duration::from_secs(3));
    let ready = ada.get(&path).await;
    assert_eq!((ready.status, ready.json()["type"].as_str()), (200, Some("video")));
    assert_eq!(ada.post(&body).await.status, 200);
}

#[tokio::test]
async fn descriptions_come_later_too() {
    let (_sim, ada) = start().await;
    let path = format!("/api/v1/media/{}", id(&ada.upload(&png(64), None).await));
    let describe = async |text: &str| {
        let body = json!({ "description": text, "focus": "-0.5,0.25" }).to_string();
        ada.try_call("PUT", &path, &[("content-type", "application/json")], body.as_bytes()).await.unwrap()
    };
    assert_eq!(describe("a square").await.json()["description"], "a square");
    let media = ada.get(&path).await.json();
    assert_eq!(
        (&media["description"], &media["meta"]["focus"]),
        (&json!("a square"), &json!({ "x": -0.5, "y": 0.25 }))
    );
    let long = describe(&"a".repeat(1501)).await;
    let why = "Validation failed: Description is too long (maximum is 1500 characters)";
    assert_eq!(refusal(&long), refused(422, why));
}

#[tokio::test]
async fn what_is_no_media_of_ones_own_is_refused() {
    let (sim, ada) = start().await;
    let nonsense = ada.upload(b"nonsense", None).await;
    assert_eq!(
        refusal(&nonsense),
        refused(422, "Validation failed: File content type is invalid, File is invalid")
    );
    let mine = id(&ada.upload(&png(64), None).await);
    let bob = User::connect(&sim, "bob");
    assert_eq!(bob.get(&format!("/api/v1/media/{mine}")).await.status, 404);
    assert_eq!(bob.post(&json!({ "media_ids": [mine] })).await.status, 422);
    let five = ada.post(&json!({ "media_ids": vec![mine.clone(); 5] })).await;
    assert_eq!(refusal(&five), refused(422, "Cannot attach more than 4 files"));
    let video = id(&ada.upload(&mp4(), None).await);
    sim.clock().advance(Duration::from_secs(3));
    let mixed = ada.post(&json!({ "media_ids": [mine, video] })).await;
    assert_eq!(refusal(&mixed), refused(422, "Cannot attach a video to a post that already contains images"));
    assert!(sim.ledger().is_empty());
}
