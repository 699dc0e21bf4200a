//! The names that atproto has for things: whether a text can be one.
//!
//! Each is a page of the atproto specification (atproto.com/specs): "DID", "Handle", "NSID", "Record Key". Whether what
//! is named is there is another question.

/// A DID, the name of an account that never changes: `did:plc:7iza6de2dwap2sbkpav7c6c6`.
pub(super) fn is_did(text: &str) -> bool {
    let Some((method, id)) = text.strip_prefix("did:").and_then(|rest| rest.split_once(':')) else {
        return false;
    };
    text.len() <= 2048
        && !method.is_empty()
        && method.bytes().all(|byte| byte.is_ascii_lowercase())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._:%-".contains(&byte))
        && id.ends_with(|last| !matches!(last, ':' | '%'))
}

/// A handle, the name of an account for people: a domain such as `ada.bsky.social`.
pub(super) fn is_handle(text: &str) -> bool {
    let last = text.rsplit('.').next().unwrap_or_default();
    text.len() <= 253 && text.contains('.') && text.split('.').all(is_label) && begins_with_letter(last)
}

/// The name of a kind of record, or of a method: `app.bsky.feed.post`.
pub(super) fn is_nsid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let [first, _, .., name] = parts.as_slice() else { return false };
    text.len() <= 317
        && parts.iter().all(|part| is_label(part))
        && begins_with_letter(first)
        && begins_with_letter(name)
        && !name.contains('-')
}

/// The name of a record within its collection.
pub(super) fn is_record_key(text: &str) -> bool {
    (1..=512).contains(&text.len())
        && !matches!(text, "." | "..")
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:~".contains(&byte))
}

/// One part of a domain name.
fn is_label(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

fn begins_with_letter(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::super::suites::suite;
    use super::*;

    #[test]
    fn the_protocols_own_examples() {
        for (kind, is) in [
            ("did", is_did as fn(&str) -> bool),
            ("handle", is_handle),
            ("nsid", is_nsid),
            ("recordkey", is_record_key),
        ] {
            let Some((valid, invalid)) = suite(kind) else { return };
            for text in &valid {
                assert!(is(text), "{text:?} is a {kind}");
            }
            for text in &invalid {
                assert!(!is(text), "{text:?} is no {kind}");
            }
        }
    }

    #[test]
    fn names_and_what_resembles_them() {
        assert!(is_did("did:plc:7iza6de2dwap2sbkpav7c6c6") && is_did("did:web:localhost%3A1234"));
        assert!(!is_did("did:plc:") && !is_did("did::a") && !is_did("did:plc") && !is_did("did:plc:é"));
        assert!(is_handle("ada.test") && is_handle("xn--bcher-kva.tld") && is_handle("8.cn"));
        assert!(
            !is_handle("ada") && !is_handle("ada.") && !is_handle("127.0.0.1") && !is_handle("bücher.tld")
        );
        assert!(is_nsid("app.bsky.feed.post") && !is_nsid("app.post") && !is_nsid("app.bsky.feed-post"));
        assert!(is_record_key("3jzfcijpj2z2a") && is_record_key("...") && is_record_key(&"o".repeat(512)));
        assert!(!is_record_key("") && !is_record_key("..") && !is_record_key(&"o".repeat(513)));
    }
}
