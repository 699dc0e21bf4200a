//! Mastodon's words on the wire. Whatever may be missing is optional; what is unknown is passed over, and what has an odd
//! shape is as good as missing: one odd post must not hide a page, nor an odd field that a post was made.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use xmp_core::{Metrics, Secret, Visibility};

/// An app that was registered (`CredentialApplication`).
#[derive(Deserialize)]
pub(super) struct App {
    pub(super) client_id: String,
    pub(super) client_secret: Secret,
}

/// An upload (`MediaAttachment`).
#[derive(Clone, Deserialize)]
pub(super) struct Media {
    pub(super) id: String,
}

/// A file of a post (`MediaAttachment`).
#[derive(Clone, Default, Deserialize)]
pub(super) struct Attachment {
    /// Empty if it has none: the post has a file nevertheless.
    #[serde(default, deserialize_with = "lenient")]
    pub(super) id: String,
}

/// A post (`Status`). Only its id has to be there.
#[derive(Clone, Deserialize)]
pub(super) struct Status {
    pub(super) id: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) url: Option<String>,
    /// HTML.
    #[serde(default, deserialize_with = "lenient")]
    pub(super) content: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) created_at: Option<Timestamp>,
    /// Kept as it is told: an edit at an odd time is an edit.
    #[serde(default, deserialize_with = "lenient")]
    pub(super) edited_at: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) in_reply_to_id: Option<String>,
    #[serde(default, deserialize_with = "lenient_each")]
    pub(super) media_attachments: Vec<Attachment>,
    #[serde(flatten)]
    pub(super) rest: Value,
}

/// What was written (`StatusSource`).
#[derive(Deserialize)]
pub(super) struct Source {
    pub(super) text: String,
}

/// `null` or another shape is as good as nothing, where nothing depends on it.
fn lenient<'de, D: Deserializer<'de>, T: Default + DeserializeOwned>(decoder: D) -> Result<T, D::Error> {
    let value = Value::deserialize(decoder)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

/// As [`lenient`], of each entry of a list: none gets lost.
fn lenient_each<'de, D: Deserializer<'de>, T: Default + DeserializeOwned>(
    decoder: D,
) -> Result<Vec<T>, D::Error> {
    let entries: Vec<Value> = lenient(decoder)?;
    Ok(entries.into_iter().map(|entry| serde_json::from_value(entry).unwrap_or_default()).collect())
}

/// Mastodon's numbers in xmp's words.
pub(super) fn metrics(told: &Value, words: &[(&str, &str)]) -> Metrics {
    words.iter().filter_map(|(theirs, ours)| Some(((*ours).to_owned(), told[theirs].as_u64()?))).collect()
}

/// The numbers of a post.
pub(super) const OF_POST: &[(&str, &str)] = &[
    ("favourites_count", "likes"),
    ("reblogs_count", "reposts"),
    ("replies_count", "replies"),
    ("quotes_count", "quotes"),
];

/// The numbers of an account.
pub(super) const OF_ACCOUNT: &[(&str, &str)] =
    &[("followers_count", "followers"), ("following_count", "following"), ("statuses_count", "posts")];

/// Mastodon's word for who may see a post.
pub(super) fn visibility(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Unlisted => "unlisted",
        Visibility::Followers => "private",
        Visibility::Mentioned => "direct",
        _ => "public",
    }
}

/// The page after the one whose `Link` header this is: its `max_id` (RFC 8288).
pub(super) fn next_page(link: &str) -> Option<String> {
    let next = link.split(',').find(|one| one.contains("rel=\"next\""))?;
    let (_, url) = next.split_once('<')?;
    let url = url::Url::parse(url.split_once('>')?.0).ok()?;
    url.query_pairs().find(|(name, _)| name == "max_id").map(|(_, id)| id.into_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_next_page_is_named_by_its_link() {
        let link = "<https://a.example/api/v1/accounts/1/statuses?limit=2&max_id=7>; rel=\"next\", \
                    <https://a.example/api/v1/accounts/1/statuses?min_id=9>; rel=\"prev\"";
        assert_eq!(next_page(link).as_deref(), Some("7"));
        for odd in
            ["", "<https://a.example/?min_id=9>; rel=\"prev\"", "<no url>; rel=\"next\"", "rel=\"next\""]
        {
            assert_eq!(next_page(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_post_of_any_server_is_read() {
        let status: Status = serde_json::from_value(json!({ "id": "01ABC", "favourites_count": 3 })).unwrap();
        assert_eq!(metrics(&status.rest, OF_POST), [("likes".to_owned(), 3)].into());
        let whole = json!({
            "id": "1", "url": null, "created_at": "2026-11-21T17:00:00.000Z", "edited_at": null, "in_reply_to_id": null,
            "media_attachments": [{ "id": "2", "type": "unknown" }], "content": "<p>a</p>", "reblog": null,
        });
        let status: Status = serde_json::from_value(whole).unwrap();
        assert_eq!((status.media_attachments[0].id.as_str(), status.edited_at), ("2", None));
        assert!(status.created_at.is_some());
    }

    #[test]
    fn what_is_odd_is_as_good_as_missing() {
        for odd in [json!(null), json!(7), json!("soon"), json!({ "a": [1] }), json!([null])] {
            let status = json!({
                "id": "1", "url": odd, "content": odd, "created_at": odd, "edited_at": odd, "in_reply_to_id": odd,
                "media_attachments": odd, "reblog": odd,
            });
            let page: Vec<Status> = serde_json::from_value(json!([status, { "id": "2" }])).unwrap();
            assert_eq!((page[0].id.as_str(), page[0].created_at), ("1", None), "{odd}");
        }
        let media = json!([{ "type": "image" }, { "id": "2" }, { "id": null }, null]);
        let status: Status =
            serde_json::from_value(json!({ "id": "1", "media_attachments": media })).unwrap();
        let ids: Vec<_> = status.media_attachments.iter().map(|one| one.id.as_str()).collect();
        assert_eq!(ids, ["", "2", "", ""], "files that can't be named are files");
        assert!(serde_json::from_value::<Status>(json!({ "id": null })).is_err());
    }
}
