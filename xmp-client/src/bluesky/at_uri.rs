//! Where a record is.

use std::fmt;

use super::syntax::{is_did, is_nsid, is_record_key};

/// The address of one record: `at://did:plc:7iza6de2dwap2sbkpav7c6c6/app.bsky.feed.post/3jzfcijpj2z2a` (atproto
/// specification, "AT URI scheme").
///
/// An address can also name a whole repository or collection, and its account by a handle. A post's is what servers
/// answer with and what references hold: a record's, by DID, since a handle may belong to somebody else tomorrow.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct AtUri {
    /// The account that has the record.
    pub(super) did: String,
    /// The kind of record: `app.bsky.feed.post`.
    pub(super) collection: String,
    /// The record's key within the collection.
    pub(super) rkey: String,
}

impl AtUri {
    /// Reads a record's address; `None` if the text is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("at://")?.split('/');
        let (did, collection, rkey) = (parts.next()?, parts.next()?, parts.next()?);
        let whole = parts.next().is_none() && is_did(did) && is_nsid(collection) && is_record_key(rkey);
        whole.then(|| Self { did: did.to_owned(), collection: collection.to_owned(), rkey: rkey.to_owned() })
    }
}

impl fmt::Display for AtUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at://{}/{}/{}", self.did, self.collection, self.rkey)
    }
}

#[cfg(test)]
mod tests {
    use super::super::suites::suite;
    use super::*;

    #[test]
    fn an_address_reads_back() {
        let text = "at://did:plc:7iza6de2dwap2sbkpav7c6c6/app.bsky.feed.post/3jzfcijpj2z2a";
        let uri = AtUri::parse(text).unwrap();
        assert_eq!(uri.did, "did:plc:7iza6de2dwap2sbkpav7c6c6");
        assert_eq!(uri.collection, "app.bsky.feed.post");
        assert_eq!(uri.rkey, "3jzfcijpj2z2a");
        assert_eq!(uri.to_string(), text);
    }

    #[test]
    fn what_is_no_records_address() {
        for text in [
            "",
            "did:plc:abc/app.bsky.feed.post/3jzfcijpj2z2a",
            "at://did:plc:abc",
            "at://did:plc:abc/app.bsky.feed.post",
            "at://did:plc:abc/app.bsky.feed.post/",
            "at://did:plc:abc/app.bsky.feed.post/a/b",
            "at://did:plc:abc/app.bsky.feed.post/a#b",
            "at://did:plc:abc/app.bsky.feed.post/a?b",
            "at://ada.test/app.bsky.feed.post/3jzfcijpj2z2a",
        ] {
            assert_eq!(AtUri::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn the_protocols_own_examples() {
        let Some((valid, invalid)) = suite("aturi") else { return };
        for text in &valid {
            let of_record = text.starts_with("at://did:") && text.matches('/').count() == 4;
            let read = AtUri::parse(text).map(|uri| uri.to_string());
            assert_eq!(read.as_ref(), of_record.then_some(text), "{text:?}");
        }
        for text in &invalid {
            assert_eq!(AtUri::parse(text), None, "{text:?}");
        }
    }
}
