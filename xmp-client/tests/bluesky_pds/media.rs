//! Blobs: what goes up comes back, byte for byte.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};
use xmp_core::{Certainty, Checkpoint, Checkpoints, ErrorKind, Outcome, PartContent, Retry, media};

use super::{Ada, Part, error_of, says};

/// A PNG of one pixel, and as many bytes behind it as asked for. The server looks into it: half an image is a fault to it.
pub(crate) fn png(size: usize) -> Bytes {
    const PNG: &str =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    filled(&STANDARD.decode(PNG).unwrap(), size)
}

fn mp4(size: usize) -> Bytes {
    filled(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", size)
}

fn filled(head: &[u8], size: usize) -> Bytes {
    // No two blocks alike: a piece that was lost or doubled would show.
    let rest = (head.len()..size).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8);
    head.iter().copied().chain(rest).collect()
}

fn with(ada: &Ada, files: &[(&Bytes, &str)]) -> Part {
    let mut part = ada.part(says("look"));
    for (bytes, alt) in files {
        let stored = media::inspect(bytes, None, Some((*alt).to_owned())).unwrap();
        part.kept.media.insert(stored.hash, (*bytes).clone());
        part.work.content.media.push(stored);
    }
    part
}

async fn publish(ada: &Ada, part: &Part) -> Value {
    let prepared = ada.prepare(part).await.unwrap();
    let outcome = ada.commit(part, &prepared).await;
    assert!(matches!(outcome, Outcome::Sent(_)), "{outcome:?}");
    ada.pds.only_record(&ada.owner.did).await
}

async fn stored(ada: &Ada, blob: &Value) -> Vec<u8> {
    ada.pds.blob(&ada.owner.did, blob["ref"]["$link"].as_str().unwrap()).await
}

#[tokio::test]
async fn images_come_back_byte_for_byte() {
    let Some(ada) = Ada::new().await else { return };
    let files = [png(70), png(4_097), png(300_001), png(1_000_000)];
    let part =
        with(&ada, &[(&files[0], "one"), (&files[1], "two"), (&files[2], ""), (&files[3], "日本 \"four\"")]);
    let record = publish(&ada, &part).await;
    let images = record["embed"]["images"].as_array().unwrap();
    let alts: Vec<_> = images.iter().map(|image| image["alt"].as_str().unwrap()).collect();
    assert_eq!(alts, ["one", "two", "", "日本 \"four\""]);
    for (image, file) in images.iter().zip(&files) {
        assert_eq!(image["aspectRatio"], json!({ "width": 1, "height": 1 }));
        assert!(stored(&ada, &image["image"]).await == *file, "{} bytes", file.len());
    }
}

#[tokio::test]
async fn a_film_comes_back_byte_for_byte() {
    let Some(ada) = Ada::new().await else { return };
    let film = mp4(5_000_000);
    let record = publish(&ada, &with(&ada, &[(&film, "a film")])).await;
    assert_eq!(record["embed"]["$type"], "app.bsky.embed.video");
    assert_eq!(record["embed"]["alt"], "a film");
    assert!(stored(&ada, &record["embed"]["video"]).await == film);
}

/// The lexicon of today takes images of 2,000,000 bytes; this release of the server is older, and takes half of that. Its
/// refusal is final, and says why.
#[tokio::test]
async fn an_image_that_the_server_finds_too_large_is_rejected() {
    let Some(ada) = Ada::new().await else { return };
    let part = with(&ada, &[(&png(2_000_000), "large")]);
    let platform = &ada.connected.platform;
    assert!(platform.check(platform.capability(), std::slice::from_ref(&part.work.content)).is_empty());
    let prepared = ada.prepare(&part).await.unwrap();
    let error = error_of(ada.commit(&part, &prepared).await, Certainty::Rejected);
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Validation, Retry::Never));
    assert!(error.to_string().contains("blob too big"), "{error}");
    assert!(ada.pds.records(&ada.owner.did).await.is_empty());
}

/// A file beyond what the server lets anybody upload.
#[tokio::test]
async fn an_upload_that_the_server_refuses_is_no_fault_of_the_network() {
    let Some(ada) = Ada::new().await else { return };
    let error = ada.prepare(&with(&ada, &[(&mp4(6_000_000), "long")])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Media, "{error:?}");
}

/// Servers collect uploads that no record refers to. Nothing was sent then, and a later preparation uploads again.
#[tokio::test]
async fn an_upload_that_was_forgotten_is_made_again() {
    let Some(ada) = Ada::new().await else { return };
    let file = png(3_000);
    let mut part = with(&ada, &[(&file, "kept")]);
    // What an earlier preparation reached, as far as anybody remembers.
    let forgotten = json!({ "$type": "blob", "mimeType": "image/png", "size": 3_000,
        "ref": { "$link": "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku" } });
    let name = format!("blob:{}", part.work.content.media[0].hash);
    let checkpoint = Checkpoint { name, value: forgotten.to_string(), expires_at: None };
    part.kept.keep(checkpoint).await.unwrap();
    let prepared = ada.prepare(&part).await.unwrap();
    let error = error_of(ada.commit(&part, &prepared).await, Certainty::NotSent);
    let Retry::After(wait) = error.retry() else { panic!("{error:?}") };
    assert_eq!((error.kind(), error.code()), (ErrorKind::Media, "blob.forgotten"));
    assert!(wait.as_secs() >= 60, "not before the checkpoint has lapsed: {wait:?}");

    part.kept = with(&ada, &[(&file, "kept")]).kept;
    let record = publish(&ada, &part).await;
    assert!(stored(&ada, &record["embed"]["images"][0]["image"]).await == file);
}

#[tokio::test]
async fn a_quote_has_media_beside_it() {
    let Some(ada) = Ada::new().await else { return };
    let quoted = ada.publish(says("quotable")).await;
    let mut part = with(&ada, &[(&png(100), "beside")]);
    part.work.content = PartContent { quote: Some(quoted.clone()), ..part.work.content };
    let prepared = ada.prepare(&part).await.unwrap();
    ada.commit(&part, &prepared).await;
    let records = ada.pds.records(&ada.owner.did).await;
    let embed = &records.iter().find(|one| one["uri"] != quoted.as_str()).unwrap()["value"]["embed"];
    assert_eq!(embed["$type"], "app.bsky.embed.recordWithMedia");
    assert_eq!(embed["record"]["record"]["uri"], quoted.as_str());
    assert_eq!(embed["media"]["images"][0]["alt"], "beside");
}
