//! X's words on the wire. Whatever may be missing is optional; what is unknown is passed over.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use xmp_core::Metrics;

/// An answer: data, and what is wrong with parts of it, together.
#[derive(Debug, Deserialize)]
pub(super) struct Envelope<T> {
    #[serde(default = "none")]
    pub(super) data: Option<T>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) errors: Vec<Problem>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) meta: Meta,
}

fn none<T>() -> Option<T> {
    None
}

/// `null` or another shape is as good as nothing, where nothing depends on it.
fn lenient<'de, D: Deserializer<'de>, T: Default + serde::de::DeserializeOwned>(
    decoder: D,
) -> Result<T, D::Error> {
    let value = Value::deserialize(decoder)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Meta {
    pub(super) next_token: Option<String>,
    /// How many posts are on the page; a page that does not say was not read.
    pub(super) result_count: Option<u64>,
}

/// A problem (RFC 9457), or an entry of the older shape.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Problem {
    #[serde(rename = "type", deserialize_with = "lenient")]
    pub(super) kind: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) title: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) detail: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) reason: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) message: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) code: Option<u64>,
    #[serde(deserialize_with = "lenient")]
    pub(super) errors: Vec<Problem>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Created {
    pub(super) id: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) username: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) name: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) public_metrics: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Post {
    pub(super) id: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) text: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) created_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) entities: Entities,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) attachments: Attachments,
    #[serde(default, alias = "referenced_tweets", deserialize_with = "lenient")]
    pub(super) referenced_posts: Vec<Reference>,
    #[serde(default, alias = "edit_history_tweet_ids", deserialize_with = "lenient")]
    pub(super) edit_history_post_ids: Vec<String>,
    #[serde(default, alias = "note_tweet", deserialize_with = "lenient")]
    pub(super) note_post: Option<Note>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) public_metrics: BTreeMap<String, Value>,
}

/// The whole of a text that is longer than 280.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Note {
    pub(super) text: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) entities: Entities,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Entities {
    #[serde(default, deserialize_with = "lenient")]
    pub(super) urls: Vec<Link>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Link {
    #[serde(deserialize_with = "lenient")]
    pub(super) url: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) expanded_url: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) media_key: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Attachments {
    #[serde(default, deserialize_with = "lenient")]
    pub(super) media_keys: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Reference {
    #[serde(rename = "type", deserialize_with = "lenient")]
    pub(super) kind: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) id: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Uploaded {
    pub(super) id: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) expires_after_secs: Option<u64>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) processing_info: Option<Processing>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Processing {
    #[serde(deserialize_with = "lenient")]
    pub(super) state: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) check_after_secs: Option<u64>,
    #[serde(deserialize_with = "lenient")]
    pub(super) error: Problem,
}

/// The body of `POST /2/tweets` (X specification, `CreatePostsRequest`).
#[derive(Debug, Serialize)]
pub(super) struct CreatePost<'a> {
    pub(super) text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) media: Option<CreateMedia<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reply: Option<CreateReply<'a>>,
}

#[derive(Debug, Serialize)]
pub(super) struct CreateMedia<'a> {
    pub(super) media_ids: &'a [String],
}

#[derive(Debug, Serialize)]
pub(super) struct CreateReply<'a> {
    pub(super) in_reply_to_tweet_id: &'a str,
}

/// X's numbers in xmp's words. A name that xmp does not know is passed on as it is.
pub(super) fn metrics(told: &BTreeMap<String, Value>) -> Metrics {
    let word = |name: &str| {
        let known = match name {
            "like_count" => "likes",
            "reply_count" => "replies",
            "repost_count" | "retweet_count" => "reposts",
            "quote_count" => "quotes",
            "bookmark_count" => "bookmarks",
            "impression_count" => "impressions",
            "followers_count" => "followers",
            "following_count" => "following",
            "post_count" | "tweet_count" => "posts",
            "listed_count" => "lists",
            "media_count" => "media",
            other => other,
        };
        known.to_owned()
    };
    told.iter().filter_map(|(name, value)| Some((word(name), value.as_u64()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_specification_and_documentation_are_both_understood() {
        for (references, note) in [("referenced_posts", "note_post"), ("referenced_tweets", "note_tweet")] {
            let post: Post = serde_json::from_value(serde_json::json!({
                "id": "1", references: [{ "type": "replied_to", "id": "7" }], note: { "text": "long" },
            }))
            .unwrap();
            assert_eq!(post.referenced_posts[0].id, "7");
            assert_eq!(post.note_post.unwrap().text, "long");
        }
    }

    #[test]
    fn what_is_odd_or_unknown_breaks_nothing() {
        let envelope: Envelope<Post> = serde_json::from_value(serde_json::json!({
            "data": { "id": "1", "text": null, "created_at": "soon", "entities": { "urls": null }, "attachments": [],
                "public_metrics": { "like_count": 3, "later_count": 4, "odd": "x" }, "new": {} },
            "errors": "none", "meta": null, "includes": 7,
        }))
        .unwrap();
        let post = envelope.data.unwrap();
        assert_eq!((post.text.as_str(), post.created_at), ("", None));
        assert_eq!(metrics(&post.public_metrics), [("later_count".into(), 4), ("likes".into(), 3)].into());
    }
}
