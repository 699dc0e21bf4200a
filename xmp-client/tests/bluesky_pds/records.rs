//! What stands in the record that the server keeps.

use serde_json::{Value, json};
use xmp_client::bluesky::bad_facets;
use xmp_core::{ErrorKind, LinkCard, PartContent, Showing, media};

use super::media::png;
use super::{Ada, says};
use crate::pds::bearer;

/// What a facet of a stored record covers, and what it says of it.
fn facets(record: &Value) -> Vec<(&str, &Value)> {
    let text = record["text"].as_str().unwrap();
    let place = |facet: &Value, end: &str| usize::try_from(facet["index"][end].as_u64().unwrap()).unwrap();
    let all = record["facets"].as_array().unwrap().iter();
    all.map(|facet| (&text[place(facet, "byteStart")..place(facet, "byteEnd")], &facet["features"][0]))
        .collect()
}

#[tokio::test]
async fn mentions_links_and_tags_cover_their_bytes() {
    let Some(ada) = Ada::new().await else { return };
    let bob = ada.pds.account().await;
    let text =
        format!("日本 @{} 👩🏽‍🚀 @nobody.test see https://example.com/a?b=1 #café @{}", bob.handle, bob.handle);
    ada.publish(says(&text)).await;
    let record = ada.pds.only_record(&ada.owner.did).await;
    assert_eq!(record["text"], text.as_str());
    let mention = json!({ "$type": "app.bsky.richtext.facet#mention", "did": bob.did });
    let link = json!({ "$type": "app.bsky.richtext.facet#link", "uri": "https://example.com/a?b=1" });
    let tag = json!({ "$type": "app.bsky.richtext.facet#tag", "tag": "café" });
    let at_bob = format!("@{}", bob.handle);
    let expected = [
        (at_bob.as_str(), &mention),
        ("https://example.com/a?b=1", &link),
        ("#café", &tag),
        (at_bob.as_str(), &mention),
    ];
    assert_eq!(facets(&record), expected, "a handle that nobody has is plain text");
    let asked = ada.connected.count("com.atproto.identity.resolveHandle");
    assert_eq!(asked, 2, "each handle once");
}

#[tokio::test]
async fn a_reply_names_the_conversation_and_a_quote_the_version() {
    let Some(ada) = Ada::new().await else { return };
    let first = ada.publish(says("first")).await;
    let second = ada.publish(PartContent { reply_to: Some(first.clone()), ..says("second") }).await;
    ada.publish(PartContent { reply_to: Some(second), quote: Some(first), ..says("third") }).await;
    let records = ada.pds.records(&ada.owner.did).await;
    let by_text = |text: &str| records.iter().find(|one| one["value"]["text"] == text).unwrap();
    let point = |text: &str| json!({ "uri": by_text(text)["uri"], "cid": by_text(text)["cid"] });
    assert_eq!(by_text("first")["value"].get("reply"), None);
    assert_eq!(
        by_text("second")["value"]["reply"],
        json!({ "root": point("first"), "parent": point("first") })
    );
    let third = &by_text("third")["value"];
    assert_eq!(third["reply"], json!({ "root": point("first"), "parent": point("second") }));
    assert_eq!(third["embed"], json!({ "$type": "app.bsky.embed.record", "record": point("first") }));
}

#[tokio::test]
async fn a_card_has_its_picture_and_a_post_its_language() {
    let Some(ada) = Ada::new().await else { return };
    let bytes = png(5_000);
    let link = LinkCard {
        url: "https://example.com/a".to_owned(),
        title: "A title".to_owned(),
        description: "And more".to_owned(),
        thumb: Some(media::inspect(&bytes, None, None).unwrap()),
    };
    let showing = Showing { language: Some("pt-BR".to_owned()), ..Showing::default() };
    let mut part = ada.part(PartContent { link: Some(link), showing, ..says("veja") });
    part.kept.media.insert(media::inspect(&bytes, None, None).unwrap().hash, bytes.clone());
    let prepared = ada.prepare(&part).await.unwrap();
    ada.commit(&part, &prepared).await;
    let record = ada.pds.only_record(&ada.owner.did).await;
    assert_eq!(record["langs"], json!(["pt-BR"]));
    let card = &record["embed"]["external"];
    assert_eq!((&card["uri"], &card["title"]), (&json!("https://example.com/a"), &json!("A title")));
    let cid = card["thumb"]["ref"]["$link"].as_str().unwrap();
    assert_eq!(ada.pds.blob(&ada.owner.did, cid).await, bytes);
}

/// Why records are checked before they are sent: the server takes what no reader can show.
#[tokio::test]
async fn the_server_takes_a_facet_past_the_end_and_xmp_knows_it() {
    let Some(ada) = Ada::new().await else { return };
    let facet = json!([{
        "index": { "byteStart": 0, "byteEnd": 99 },
        "features": [{ "$type": "app.bsky.richtext.facet#tag", "tag": "short" }],
    }]);
    let record = json!({ "$type": "app.bsky.feed.post", "text": "#short", "createdAt": "2026-01-01T00:00:00.000Z",
        "facets": facet });
    let body = json!({ "repo": ada.owner.did, "collection": "app.bsky.feed.post", "record": record });
    ada.pds.post("com.atproto.repo.createRecord", &bearer(&ada.owner.access), &body).await;
    let stored = ada.pds.only_record(&ada.owner.did).await;
    assert_eq!(bad_facets("#short", stored["facets"].as_array().unwrap()).len(), 1);
}

#[tokio::test]
async fn what_is_wrong_is_refused_before_the_server_is_asked() {
    let Some(ada) = Ada::new().await else { return };
    let (platform, before) = (&ada.connected.platform, ada.connected.sent.lock().unwrap().len());
    let accented = "e\u{301}".repeat(300);
    let too_long = says(&format!("{accented}x"));
    let problems = platform.check(platform.capability(), std::slice::from_ref(&too_long));
    assert_eq!(problems[0].rule, "text.too_long");
    // Nor is it sent by somebody who does not check.
    let error = ada.prepare(&ada.part(too_long)).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Validation, "text.too_long"));
    assert_eq!(ada.connected.sent.lock().unwrap().len(), before);
    ada.publish(says(&accented)).await;
    assert_eq!(ada.pds.only_record(&ada.owner.did).await["text"], accented.as_str());
}
