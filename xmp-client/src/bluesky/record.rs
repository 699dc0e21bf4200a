//! The record of a post: pure.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use xmp_core::PartContent;

use super::richtext::{Facet, Feature};

/// The collection that posts are in.
pub(super) const COLLECTION: &str = "app.bsky.feed.post";

/// Points at one version of a record (lexicon `com.atproto.repo.strongRef`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) uri: String,
    pub(super) cid: String,
}

impl Reference {
    fn json(&self) -> Value {
        json!({ "uri": self.uri, "cid": self.cid })
    }
}

/// What a record needs beside what the part says.
#[derive(Debug)]
pub(super) struct Resolved {
    pub(super) created_at: Timestamp,
    /// The blobs of the part's media, in order, as the server named them.
    pub(super) media: Vec<Value>,
    /// The blob of the card's picture.
    pub(super) thumb: Option<Value>,
    /// The first post of the conversation, and the one that is answered.
    pub(super) reply: Option<(Reference, Reference)>,
    pub(super) quote: Option<Reference>,
    /// Accounts by handle, for mentions. A handle that nobody has stays plain text.
    pub(super) accounts: Vec<(String, String)>,
}

/// The record of a part. Equal parts give equal records, byte for byte.
pub(super) fn record(part: &PartContent, facets: &[Facet], resolved: &Resolved) -> Value {
    let mut record = Map::new();
    record.insert("$type".to_owned(), json!(COLLECTION));
    record.insert("text".to_owned(), json!(part.text));
    // Milliseconds, as the protocol recommends (atproto.com, "datetime").
    record.insert("createdAt".to_owned(), json!(format!("{:.3}", resolved.created_at)));
    let facets: Vec<Value> =
        facets.iter().filter_map(|facet| facet_json(facet, &resolved.accounts)).collect();
    if !facets.is_empty() {
        record.insert("facets".to_owned(), json!(facets));
    }
    if let Some(language) = &part.showing.language {
        record.insert("langs".to_owned(), json!([language]));
    }
    if let Some((root, parent)) = &resolved.reply {
        record.insert("reply".to_owned(), json!({ "root": root.json(), "parent": parent.json() }));
    }
    if let Some(embed) = embed(part, resolved) {
        record.insert("embed".to_owned(), embed);
    }
    Value::Object(record)
}

fn facet_json(facet: &Facet, accounts: &[(String, String)]) -> Option<Value> {
    let feature = match &facet.feature {
        Feature::Link(uri) => json!({ "$type": "app.bsky.richtext.facet#link", "uri": uri }),
        Feature::Tag(tag) => json!({ "$type": "app.bsky.richtext.facet#tag", "tag": tag }),
        Feature::Mention(handle) => {
            let (_, did) = accounts.iter().find(|(known, _)| known == handle)?;
            json!({ "$type": "app.bsky.richtext.facet#mention", "did": did })
        }
    };
    let index = json!({ "byteStart": facet.range.start, "byteEnd": facet.range.end });
    Some(json!({ "index": index, "features": [feature] }))
}

fn embed(part: &PartContent, resolved: &Resolved) -> Option<Value> {
    let media = media(part, resolved).or_else(|| card(part, resolved));
    let quote = resolved
        .quote
        .as_ref()
        .map(|quote| json!({ "$type": "app.bsky.embed.record", "record": quote.json() }));
    match (media, quote) {
        (Some(media), Some(quote)) => {
            Some(json!({ "$type": "app.bsky.embed.recordWithMedia", "record": quote, "media": media }))
        }
        (media, quote) => media.or(quote),
    }
}

fn media(part: &PartContent, resolved: &Resolved) -> Option<Value> {
    let first = part.media.first()?;
    let described = |at: usize| {
        let stored = &part.media[at];
        let mut one = json!({ "alt": stored.alt.as_deref().unwrap_or_default() });
        if let (Some(width @ 1..), Some(height @ 1..)) = (stored.width, stored.height) {
            one["aspectRatio"] = json!({ "width": width, "height": height });
        }
        one
    };
    if first.mime.starts_with("video/") {
        let mut video = described(0);
        video["$type"] = json!("app.bsky.embed.video");
        video["video"] = resolved.media.first()?.clone();
        return Some(video);
    }
    let images = resolved.media.iter().enumerate().map(|(at, blob)| {
        let mut image = described(at);
        image["image"] = blob.clone();
        image
    });
    Some(json!({ "$type": "app.bsky.embed.images", "images": images.collect::<Vec<_>>() }))
}

fn card(part: &PartContent, resolved: &Resolved) -> Option<Value> {
    let link = part.link.as_ref()?;
    let mut external = json!({ "uri": link.url, "title": link.title, "description": link.description });
    if let Some(thumb) = &resolved.thumb {
        external["thumb"] = thumb.clone();
    }
    Some(json!({ "$type": "app.bsky.embed.external", "external": external }))
}

/// The blobs that a record refers to, wherever they stand.
pub(super) fn blobs(value: &Value) -> Vec<&str> {
    match value {
        Value::Object(fields) if fields.get("$type").is_some_and(|kind| kind == "blob") => {
            value["ref"]["$link"].as_str().into_iter().collect()
        }
        Value::Object(fields) => fields.values().flat_map(blobs).collect(),
        Value::Array(items) => items.iter().flat_map(blobs).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use xmp_core::media::MediaKind;
    use xmp_core::{Fingerprint, LinkCard, Showing, StoredMedia};

    use super::super::richtext::facets;
    use super::*;

    fn resolved() -> Resolved {
        Resolved {
            created_at: "2026-12-24T08:00:00.5Z".parse().unwrap(),
            media: Vec::new(),
            thumb: None,
            reply: None,
            quote: None,
            accounts: vec![("ada.test".to_owned(), "did:plc:ada".to_owned())],
        }
    }

    fn says(text: &str) -> PartContent {
        PartContent { text: text.to_owned(), ..PartContent::default() }
    }

    fn picture(mime: &str, width: Option<u32>) -> StoredMedia {
        StoredMedia {
            hash: Fingerprint::of([b"a".as_slice()]),
            mime: mime.to_owned(),
            kind: MediaKind::Image,
            size: 1,
            alt: Some("of ada".to_owned()),
            focus: None,
            width,
            height: width,
        }
    }

    #[test]
    fn a_text_with_all_that_is_in_it() {
        let part = PartContent {
            showing: Showing { language: Some("en".to_owned()), ..Showing::default() },
            ..says("ü @ada.test @nobody.test #now https://example.com/a")
        };
        let record = record(&part, &facets(&part.text), &resolved());
        assert_eq!(record["createdAt"], "2026-12-24T08:00:00.500Z");
        assert_eq!(record["langs"], json!(["en"]));
        let kinds: Vec<_> =
            record["facets"].as_array().unwrap().iter().map(|one| &one["features"][0]["$type"]).collect();
        let facet = |kind: &str| json!(format!("app.bsky.richtext.facet#{kind}"));
        assert_eq!(
            kinds,
            [&facet("mention"), &facet("tag"), &facet("link")],
            "an unknown handle is plain text"
        );
        assert_eq!(record["facets"][0]["index"], json!({ "byteStart": 3, "byteEnd": 12 }));
    }

    #[test]
    fn a_quote_goes_beside_media_or_alone() {
        let quote = Reference { uri: "at://a".to_owned(), cid: "c".to_owned() };
        let alone = record(&says("so"), &[], &Resolved { quote: Some(quote.clone()), ..resolved() });
        assert_eq!(alone["embed"]["$type"], "app.bsky.embed.record");
        let blob = json!({ "$type": "blob", "ref": { "$link": "bafk" }, "mimeType": "image/png", "size": 1 });
        let part = PartContent { media: vec![picture("image/png", Some(3))], ..says("so") };
        let both =
            record(&part, &[], &Resolved { quote: Some(quote), media: vec![blob.clone()], ..resolved() });
        assert_eq!(both["embed"]["$type"], "app.bsky.embed.recordWithMedia");
        let image = &both["embed"]["media"]["images"][0];
        assert_eq!((&image["alt"], &image["aspectRatio"]["width"]), (&json!("of ada"), &json!(3)));
        assert_eq!(blobs(&both), ["bafk"]);
        // A size that is not known is not told: a zero would be refused.
        let part = PartContent { media: vec![picture("image/png", Some(0))], ..says("so") };
        let plain = record(&part, &[], &Resolved { media: vec![blob], ..resolved() });
        assert_eq!(plain["embed"]["images"][0].get("aspectRatio"), None);
    }

    #[test]
    fn cards_and_films_and_answers() {
        let link =
            LinkCard { url: "https://e.com".into(), title: "t".into(), description: "d".into(), thumb: None };
        let card = record(&PartContent { link: Some(link), ..says("see") }, &[], &resolved());
        assert_eq!(
            card["embed"]["external"],
            json!({ "uri": "https://e.com", "title": "t", "description": "d" })
        );
        let film = PartContent { media: vec![picture("video/mp4", None)], ..says("") };
        let film = record(&film, &[], &Resolved { media: vec![json!("blob")], ..resolved() });
        assert_eq!(
            (&film["embed"]["$type"], &film["embed"]["video"]),
            (&json!("app.bsky.embed.video"), &json!("blob"))
        );
        let to = |uri: &str| Reference { uri: uri.to_owned(), cid: "c".to_owned() };
        let answer =
            record(&says("yes"), &[], &Resolved { reply: Some((to("at://1"), to("at://2"))), ..resolved() });
        assert_eq!(
            (&answer["reply"]["root"]["uri"], &answer["reply"]["parent"]["uri"]),
            (&json!("at://1"), &json!("at://2"))
        );
    }
}
