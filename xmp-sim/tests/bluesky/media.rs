use serde_json::{Value, json};

use crate::support::{png, send};
use crate::{Session, builder, key, post, refusal, start, word};

fn with_image(blob: &Value) -> Value {
    let mut record = post("look");
    record["embed"] =
        json!({ "$type": "app.bsky.embed.images", "images": [{ "image": blob, "alt": "a square" }] });
    record
}

#[tokio::test]
async fn a_blob_is_named_by_its_bytes_and_carried_by_a_record() {
    let (sim, ada) = start().await;
    let blob = ada.upload("image/jpeg", &png(64)).await.json()["blob"].clone();
    assert_eq!((blob["$type"].as_str(), blob["size"].as_u64()), (Some("blob"), Some(64)));
    assert_eq!(blob["mimeType"], "image/png", "as the bytes say");
    let cid = blob["ref"]["$link"].as_str().unwrap();
    assert!(cid.starts_with("bafkrei"));
    assert_eq!(ada.upload("image/png", &png(64)).await.json()["blob"], blob, "the same bytes, the same name");
    assert_eq!(ada.put(&key(0), &with_image(&blob)).await.status, 200);
    let entry = sim.ledger().remove(0);
    assert_eq!(entry.media, [cid]);
    assert_eq!(entry.details.unwrap()["embed"]["images"][0]["alt"], "a square");
    let got = ada.get(&format!("com.atproto.sync.getBlob?did={}&cid={cid}", ada.did)).await;
    assert_eq!(got.body, png(64));
    let kept = send("GET", &format!("{}/_sim/media/{cid}", sim.url()), &[], b"").await.unwrap();
    assert_eq!((kept.body, kept.headers.iter().any(|(_, value)| value == "image/png")), (png(64), true));
}

#[tokio::test]
async fn a_record_carries_only_blobs_of_its_own_repository() {
    let (sim, ada) = start().await;
    let blob = ada.upload("image/png", &png(64)).await.json()["blob"].clone();
    let bob = Session::open(sim.url(), "bob.test", "app-password-of-bob.test").await;
    let refused = bob.put(&key(0), &with_image(&blob)).await;
    let why = format!("Could not find blob: {}", blob["ref"]["$link"].as_str().unwrap());
    assert_eq!(refusal(&refused), (400, "BlobNotFound".to_owned(), why));
    let mut wrong = blob.clone();
    wrong["size"] = json!(63);
    assert_eq!(word(&ada.put(&key(0), &with_image(&wrong)).await), (400, "InvalidSize".to_owned()));
    wrong = blob.clone();
    wrong["mimeType"] = json!("image/gif");
    assert_eq!(word(&ada.put(&key(0), &with_image(&wrong)).await), (400, "InvalidMimeType".to_owned()));
    assert!(sim.ledger().is_empty());
}

#[tokio::test]
async fn sizes_are_checked_with_the_record() {
    let (_sim, ada) = start().await;
    let blob = ada.upload("image/png", &png(2_000_001)).await.json()["blob"].clone();
    let refused = refusal(&ada.put(&key(0), &with_image(&blob)).await);
    let at = "$.record.embed.images[0].image";
    assert_eq!(
        refused.2,
        format!("Invalid app.bsky.feed.post record: blob too big (maximum 2000000, got 2000001) at {at}")
    );
    let fifth = ada.upload("image/png", &png(64)).await.json()["blob"].clone();
    let mut five = with_image(&fifth);
    five["embed"]["images"] = vec![five["embed"]["images"][0].clone(); 5].into();
    assert!(refusal(&ada.put(&key(0), &five).await).2.contains("array too big (maximum 4, got 5)"));
}

#[tokio::test]
async fn uploads_of_another_kind() {
    let sim = builder().start().await.unwrap();
    let ada = Session::open(sim.url(), "ada.test", crate::PASSWORD).await;
    let odd = ada.upload("application/x-odd", b"????").await.json()["blob"].clone();
    assert_eq!(odd["mimeType"], "application/x-odd", "what can't be told is believed");
    let url = format!("{}/xrpc/com.atproto.repo.uploadBlob", sim.url());
    let bearer = format!("Bearer {}", ada.access);
    let untyped = send("POST", &url, &[("authorization", &bearer)], b"x").await.unwrap();
    assert_eq!(refusal(&untyped).2, "Request encoding (Content-Type) required but not provided");
    let logged = sim.requests().into_iter().find(|request| request.route.as_deref() == Some("media.upload"));
    assert_eq!(logged.unwrap().body, "application/x-odd 4 bytes");
}
