//! What is wrong with a post for Bluesky, before anything is stored or sent; and with a record, before it is sent.

use serde_json::Value;
use xmp_core::{Capability, Error, ErrorKind, PartContent, Problem, RemoteId, Result};

use super::at_uri::AtUri;
use super::record::{COLLECTION, blobs};
use super::richtext;
use super::text::graphemes;

/// Bytes of a card's picture at most (lexicon `app.bsky.embed.external`).
const THUMB: u64 = 1_000_000;

pub(super) fn problems(capability: &Capability, parts: &[PartContent]) -> Vec<Problem> {
    let mut problems = capability.check(parts, &graphemes);
    for (index, part) in parts.iter().enumerate() {
        for (name, post, rule) in
            [("reply_to", &part.reply_to, "reply.id"), ("quote", &part.quote, "quote.id")]
        {
            if let Some(post) = post.as_ref().filter(|post| post_uri(post).is_none()) {
                let limit = format!("the address of a post: at://did:plc:…/{COLLECTION}/…");
                problems.push(Problem::new(format!("parts[{index}].{name}"), rule, post, limit));
            }
        }
        let thumb = part.link.as_ref().and_then(|link| link.thumb.as_ref());
        if let Some(thumb) = thumb.filter(|thumb| thumb.size > THUMB) {
            let field = format!("parts[{index}].link.thumb");
            problems
                .push(Problem::new(field, "media.too_large", thumb.size, THUMB).hint("sizes are in bytes"));
        }
    }
    problems
}

/// The address of a post.
pub(super) fn post_uri(id: &RemoteId) -> Option<AtUri> {
    AtUri::parse(id.as_str()).filter(|uri| uri.collection == COLLECTION)
}

/// Refuses a record that a server would take and readers would stumble over: facets beyond the text, which servers accept;
/// blobs that were not uploaded for it; a text that is too long.
pub(super) fn check_record(record: &Value, uploaded: &[String]) -> Result<()> {
    let wrong = |code, message: String| Err(Error::new(ErrorKind::Validation, code, message));
    let text = record["text"].as_str().unwrap_or_default();
    let length = graphemes(text);
    if length > super::text::MAX_GRAPHEMES || text.len() > super::text::MAX_BYTES {
        return wrong("text.too_long", format!("the text has {length} characters and {} bytes", text.len()));
    }
    if let Some(blob) = blobs(record).into_iter().find(|blob| !uploaded.iter().any(|known| known == blob)) {
        return wrong("blob.unknown", format!("the blob {blob} was not uploaded for this post"));
    }
    let facets = record["facets"].as_array().map_or(&[][..], Vec::as_slice);
    match richtext::bad_facets(text, facets).first() {
        None => Ok(()),
        Some(bad) => wrong("facet.range", bad.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_record_that_readers_would_stumble_over_is_refused() {
        let facet = |end: usize| json!([{ "index": { "byteStart": 0, "byteEnd": end }, "features": [{ "$type": "app.bsky.richtext.facet#tag", "tag": "a" }] }]);
        check_record(&json!({ "text": "#a", "facets": facet(2) }), &[]).unwrap();
        let past = check_record(&json!({ "text": "#a", "facets": facet(3) }), &[]).unwrap_err();
        assert_eq!(past.code(), "facet.range");
        let long = check_record(&json!({ "text": "e\u{301}".repeat(301) }), &[]).unwrap_err();
        assert_eq!(long.code(), "text.too_long");
        check_record(&json!({ "text": "e\u{301}".repeat(300) }), &[]).unwrap();
        let blob = json!({ "text": "", "embed": { "images": [{ "image": { "$type": "blob", "ref": { "$link": "bafk" } } }] } });
        assert_eq!(check_record(&blob, &[]).unwrap_err().code(), "blob.unknown");
        check_record(&blob, &["bafk".to_owned()]).unwrap();
    }

    #[test]
    fn what_is_answered_has_to_be_a_post() {
        let parts = |reply: &str| {
            let reply_to = Some(RemoteId::new(reply));
            [PartContent { text: "yes".to_owned(), reply_to, ..PartContent::default() }]
        };
        let capability = super::super::capability();
        for bad in ["1234", "https://bsky.app/profile/a/post/b", "at://did:plc:ada/app.bsky.feed.like/3k"] {
            assert_eq!(problems(&capability, &parts(bad))[0].rule, "reply.id", "{bad}");
        }
        let good = "at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/app.bsky.feed.post/3jui7kd54zh2y";
        assert!(problems(&capability, &parts(good)).is_empty());
    }
}
