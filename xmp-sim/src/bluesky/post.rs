//! What makes an `app.bsky.feed.post` valid: the lexicons `app.bsky.feed.post`, `app.bsky.embed.*` and
//! `app.bsky.richtext.facet`, in the words in which the real server refuses.
//!
//! Not checked, as there: whether facets lie inside the text, and whether what is answered or quoted exists.

use jiff::Timestamp;
use serde_json::Value;
use unicode_segmentation::UnicodeSegmentation;

/// What is wrong, or nothing.
type Checked = Result<(), String>;

/// Lexicon `app.bsky.embed.images`; of a link's thumbnail `app.bsky.embed.external`; of videos `app.bsky.embed.video`.
const MAX_IMAGE: u64 = 2_000_000;
const MAX_THUMB: u64 = 1_000_000;
const MAX_VIDEO: u64 = 300_000_000;

/// A value and where it stands.
struct At<'a> {
    value: &'a Value,
    path: String,
}

/// Checks a record.
pub(super) fn check(record: &Value) -> Checked {
    let record = At { value: record, path: "$.record".to_owned() };
    record.need("text")?.short_text(3000, 300)?;
    record.need("createdAt")?.datetime()?;
    record.each("langs", 3, |lang| lang.text().map(drop))?;
    record.each("tags", 8, |tag| tag.short_text(640, 64))?;
    record.each("facets", usize::MAX, facet)?;
    if let Some(reply) = record.get("reply") {
        reply.need("root")?.strong_ref()?;
        reply.need("parent")?.strong_ref()?;
    }
    record.get("embed").map_or(Ok(()), |embed| check_embed(&embed))
}

fn facet(facet: &At<'_>) -> Checked {
    let index = facet.need("index")?;
    index.need("byteStart")?.at_least(0)?;
    index.need("byteEnd")?.at_least(0)?;
    facet.need("features")?;
    facet.each("features", usize::MAX, |feature| match feature.kind() {
        "app.bsky.richtext.facet#mention" => feature.need("did")?.starting("did:", "DID"),
        "app.bsky.richtext.facet#link" => feature.need("uri")?.text().map(drop),
        "app.bsky.richtext.facet#tag" => feature.need("tag")?.short_text(640, 64),
        _ => Ok(()),
    })
}

/// The union is open: what has another `$type` passes.
fn check_embed(embed: &At<'_>) -> Checked {
    match embed.kind() {
        "app.bsky.embed.images" => {
            embed.need("images")?;
            embed.each("images", 4, image)
        }
        "app.bsky.embed.gallery" => {
            embed.need("items")?;
            embed.each("items", 20, image)
        }
        "app.bsky.embed.video" => {
            embed.need("video")?.blob("video/mp4", MAX_VIDEO)?;
            aspect_ratio(embed)
        }
        "app.bsky.embed.external" => {
            let external = embed.need("external")?;
            for name in ["uri", "title", "description"] {
                external.need(name)?.text()?;
            }
            external.get("thumb").map_or(Ok(()), |thumb| thumb.blob("image/", MAX_THUMB))
        }
        "app.bsky.embed.record" => embed.need("record")?.strong_ref(),
        "app.bsky.embed.recordWithMedia" => {
            embed.need("record")?.need("record")?.strong_ref()?;
            check_embed(&embed.need("media")?)
        }
        "" => Err(format!("Missing required key \"$type\" at {}", embed.path)),
        _ => Ok(()),
    }
}

fn image(image: &At<'_>) -> Checked {
    image.need("image")?.blob("image/", MAX_IMAGE)?;
    image.need("alt")?.text()?;
    aspect_ratio(image)
}

fn aspect_ratio(media: &At<'_>) -> Checked {
    let Some(ratio) = media.get("aspectRatio") else { return Ok(()) };
    ratio.need("width")?.at_least(1)?;
    ratio.need("height")?.at_least(1)
}

impl<'a> At<'a> {
    fn get(&self, name: &str) -> Option<At<'a>> {
        let value = self.value.get(name)?;
        Some(At { value, path: format!("{}.{name}", self.path) })
    }

    fn need(&self, name: &str) -> Result<At<'a>, String> {
        self.get(name).ok_or_else(|| format!("Missing required key \"{name}\" at {}", self.path))
    }

    /// The items of a list, if there is one.
    fn each(&self, name: &str, most: usize, check: impl Fn(&At<'_>) -> Checked) -> Checked {
        let Some(list) = self.get(name) else { return Ok(()) };
        let items = list.value.as_array().ok_or_else(|| list.expected("array"))?;
        if items.len() > most {
            return Err(format!("array too big (maximum {most}, got {}) at {}", items.len(), list.path));
        }
        let at = |(index, value)| At { value, path: format!("{}[{index}]", list.path) };
        items.iter().enumerate().map(at).try_for_each(|item| check(&item))
    }

    fn kind(&self) -> &'a str {
        self.value.get("$type").and_then(Value::as_str).unwrap_or_default()
    }

    fn text(&self) -> Result<&'a str, String> {
        self.value.as_str().ok_or_else(|| self.expected("string"))
    }

    fn short_text(&self, bytes: usize, graphemes: usize) -> Checked {
        let text = self.text()?;
        if text.len() > bytes {
            return Err(format!("string too big (maximum {bytes}, got {}) at {}", text.len(), self.path));
        }
        let count = text.graphemes(true).count();
        if count > graphemes {
            return Err(format!("grapheme too big (maximum {graphemes}, got {count}) at {}", self.path));
        }
        Ok(())
    }

    fn datetime(&self) -> Checked {
        let text = self.text()?;
        let parsed = text.parse::<Timestamp>();
        parsed.map(drop).map_err(|_| format!("Invalid datetime (got \"{text}\") at {}", self.path))
    }

    fn starting(&self, prefix: &str, what: &str) -> Checked {
        let text = self.text()?;
        let fits = text.starts_with(prefix);
        if fits { Ok(()) } else { Err(format!("Invalid {what} (got \"{text}\") at {}", self.path)) }
    }

    fn at_least(&self, least: i64) -> Checked {
        let number = self.value.as_i64().ok_or_else(|| self.expected("integer"))?;
        if number >= least {
            return Ok(());
        }
        Err(format!("integer too small (minimum {least}, got {number}) at {}", self.path))
    }

    /// Lexicon `com.atproto.repo.strongRef`.
    fn strong_ref(&self) -> Checked {
        self.need("uri")?.starting("at://", "at-uri")?;
        self.need("cid")?.starting("b", "CID")
    }

    fn blob(&self, media_type: &str, most: u64) -> Checked {
        if self.kind() != "blob" {
            return Err(self.expected("blob"));
        }
        let size = self.need("size")?.value.as_u64().unwrap_or(0);
        let declared = self.need("mimeType")?;
        if !declared.text()?.starts_with(media_type) {
            let wanted =
                if media_type.ends_with('/') { format!("{media_type}*") } else { media_type.to_owned() };
            return Err(format!("Expected \"{wanted}\" (got {}) at {}", declared.value, declared.path));
        }
        if size > most {
            return Err(format!("blob too big (maximum {most}, got {size}) at {}", self.path));
        }
        Ok(())
    }

    fn expected(&self, kind: &str) -> String {
        format!("Expected {kind} value type (got {}) at {}", self.value, self.path)
    }
}

/// All blob objects inside a record.
pub(super) fn blobs(value: &Value) -> Vec<&Value> {
    match value {
        Value::Object(fields) if fields.get("$type").is_some_and(|kind| kind == "blob") => vec![value],
        Value::Object(fields) => fields.values().flat_map(blobs).collect(),
        Value::Array(items) => items.iter().flat_map(blobs).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(change: impl FnOnce(&mut Value)) -> String {
        let mut record = json!({ "text": "hi", "createdAt": "2026-01-01T00:00:00.000Z" });
        assert_eq!(check(&record), Ok(()));
        change(&mut record);
        check(&record).unwrap_err()
    }

    #[test]
    fn texts_are_counted_in_bytes_and_graphemes() {
        // Each of these is one grapheme of 25 bytes.
        let family = |count: usize| Value::from("👨‍👩‍👧‍👦".repeat(count));
        assert_eq!(
            refused(|record| record["text"] = family(121)),
            "string too big (maximum 3000, got 3025) at $.record.text"
        );
        let record = json!({ "text": family(120), "createdAt": "2026-01-01T00:00:00Z" });
        assert_eq!(check(&record), Ok(()));
    }

    #[test]
    fn refusals_name_what_and_where() {
        assert_eq!(
            refused(|record| record["text"] = "a".repeat(301).into()),
            "grapheme too big (maximum 300, got 301) at $.record.text"
        );
        assert_eq!(
            refused(|record| record["createdAt"] = "yesterday".into()),
            "Invalid datetime (got \"yesterday\") at $.record.createdAt"
        );
        let link = json!({ "$type": "app.bsky.richtext.facet#mention", "did": "bob.test" });
        let facets = json!([{ "index": { "byteStart": 0, "byteEnd": 99 }, "features": [link] }]);
        assert_eq!(
            refused(|record| record["facets"] = facets),
            "Invalid DID (got \"bob.test\") at $.record.facets[0].features[0].did"
        );
        let images = json!({ "$type": "app.bsky.embed.images", "images": [{ "alt": "" }] });
        assert_eq!(
            refused(|record| record["embed"] = images),
            "Missing required key \"image\" at $.record.embed.images[0]"
        );
        let reply = json!({ "root": { "uri": "at://did:plc:a/b/c", "cid": "bafy" } });
        assert_eq!(
            refused(|record| record["reply"] = reply),
            "Missing required key \"parent\" at $.record.reply"
        );
    }

    #[test]
    fn blobs_are_found_wherever_they_stand() {
        let blob = json!({ "$type": "blob", "size": 1 });
        let record = json!({ "embed": { "media": [{ "image": blob }, { "image": blob }] } });
        assert_eq!(blobs(&record).len(), 2);
    }
}
