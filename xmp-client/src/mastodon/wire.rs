//! Mastodon's words on the wire. Whatever may be missing is optional; what is unknown is passed over.

use jiff::Timestamp;
use serde::Deserialize;
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

/// A post (`Status`).
#[derive(Clone, Deserialize)]
pub(super) struct Status {
    pub(super) id: String,
    #[serde(default)]
    pub(super) url: Option<String>,
    /// HTML.
    #[serde(default)]
    pub(super) content: String,
    #[serde(default)]
    pub(super) created_at: Option<Timestamp>,
    #[serde(default)]
    pub(super) edited_at: Option<Timestamp>,
    #[serde(default)]
    pub(super) in_reply_to_id: Option<String>,
    #[serde(default)]
    pub(super) media_attachments: Vec<Media>,
    #[serde(flatten)]
    pub(super) rest: Value,
}

/// What was written (`StatusSource`).
#[derive(Deserialize)]
pub(super) struct Source {
    pub(super) text: String,
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
}
