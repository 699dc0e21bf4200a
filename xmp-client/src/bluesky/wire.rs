//! Bluesky's words on the wire. Whatever may be missing is optional; what is unknown is passed over.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use xmp_core::Metrics;

/// An answer of `createSession`, `refreshSession` or `getSession`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Session {
    pub(super) did: String,
    pub(super) handle: String,
    #[serde(default)]
    pub(super) access_jwt: String,
    #[serde(default)]
    pub(super) refresh_jwt: String,
    /// The account's document, where the server tells it.
    #[serde(default)]
    pub(super) did_doc: Value,
}

impl Session {
    /// The address of the account's own server, from its document.
    pub(super) fn server(&self) -> Option<&str> {
        home(&self.did_doc)
    }
}

/// The address of the server that an account's document names.
pub(super) fn home(document: &Value) -> Option<&str> {
    let services = document["service"].as_array()?;
    let own =
        services.iter().find(|one| one["id"].as_str().is_some_and(|id| id.ends_with("#atproto_pds")))?;
    own["serviceEndpoint"].as_str()
}

/// When a token ends: the claim `exp` of a JWT (RFC 7519), which is read and not trusted.
pub(super) fn ends_at(jwt: &str) -> Option<Timestamp> {
    let claims = URL_SAFE_NO_PAD.decode(jwt.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    Timestamp::from_second(claims["exp"].as_i64()?).ok()
}

#[derive(Deserialize)]
pub(super) struct Uploaded {
    /// The blob as records refer to it.
    pub(super) blob: Value,
}

#[derive(Deserialize)]
pub(super) struct Written {
    pub(super) uri: String,
}

#[derive(Deserialize)]
pub(super) struct Resolved {
    pub(super) did: String,
}

/// A record with its name.
#[derive(Deserialize)]
pub(super) struct Record {
    pub(super) uri: String,
    #[serde(default)]
    pub(super) cid: String,
    #[serde(default)]
    pub(super) value: Value,
}

#[derive(Deserialize)]
pub(super) struct Records {
    pub(super) records: Vec<Record>,
    #[serde(default)]
    pub(super) cursor: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Posts {
    pub(super) posts: Vec<Value>,
}

/// Bluesky's numbers in xmp's words.
pub(super) fn metrics(view: &Value, words: &[(&str, &str)]) -> Metrics {
    words.iter().filter_map(|(theirs, ours)| Some(((*ours).to_owned(), view[theirs].as_u64()?))).collect()
}

/// The numbers of a post (lexicon `app.bsky.feed.defs#postView`).
pub(super) const OF_POST: &[(&str, &str)] = &[
    ("likeCount", "likes"),
    ("repostCount", "reposts"),
    ("replyCount", "replies"),
    ("quoteCount", "quotes"),
    ("bookmarkCount", "bookmarks"),
];

/// The numbers of an account (lexicon `app.bsky.actor.defs#profileViewDetailed`).
pub(super) const OF_PROFILE: &[(&str, &str)] =
    &[("followersCount", "followers"), ("followsCount", "following"), ("postsCount", "posts")];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_end_of_a_token_is_read() {
        let claims = URL_SAFE_NO_PAD.encode(r#"{"scope":"com.atproto.appPass","exp":1800000000}"#);
        assert_eq!(ends_at(&format!("e30.{claims}.sig")), Timestamp::from_second(1_800_000_000).ok());
        for odd in ["", "a.b.c", "no token", "e30.e30.e30"] {
            assert_eq!(ends_at(odd), None, "{odd}");
        }
    }

    #[test]
    fn the_own_server_is_found_in_the_document() {
        let session = |doc: Value| Session {
            did: String::new(),
            handle: String::new(),
            access_jwt: String::new(),
            refresh_jwt: String::new(),
            did_doc: doc,
        };
        let doc = json!({ "service": [
            { "id": "#labels", "serviceEndpoint": "https://other" },
            { "id": "did:plc:a#atproto_pds", "serviceEndpoint": "https://pds.example" },
        ]});
        assert_eq!(session(doc).server(), Some("https://pds.example"));
        assert_eq!(session(Value::Null).server(), None);
    }

    #[test]
    fn what_is_missing_is_not_zero() {
        let told = metrics(&json!({ "likeCount": 3, "replyCount": null, "odd": 1 }), OF_POST);
        assert_eq!(told, [("likes".to_owned(), 3)].into());
    }
}
