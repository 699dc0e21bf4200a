//! How Mastodon measures texts, and what of them it shows.

use twitter_text::ParserBackend;
use twitter_text::extractor::Extractor;
use unicode_segmentation::UnicodeSegmentation;

/// As for X, whose rules of what a link is Mastodon took over: the crate's default panics on some texts with an `@`.
const BACKEND: ParserBackend = ParserBackend::External;

/// The length of a text as Mastodon counts it: what a reader takes for one character, a link with its scheme as
/// `link_length`, and of a mention only the name (Mastodon 4.5, `StatusLengthValidator`).
///
/// ```
/// use xmp_client::mastodon::text_length;
///
/// assert_eq!(text_length("Good morning", 23), 12);
/// assert_eq!(text_length("👩‍👩‍👧 https://example.com/a/very/long/path", 23), 1 + 1 + 23);
/// assert_eq!(text_length("@ada@social.example", 23), 4);
/// ```
#[must_use]
pub fn text_length(text: &str, link_length: usize) -> usize {
    let mut length = 0_usize;
    let mut rest = text;
    // In the order in which they stand in the text.
    for link in Extractor::with_parser_backend(BACKEND).extract_urls(text) {
        let Some(at) = rest.find(&link) else { continue };
        let (before, after) = (&rest[..at], &rest[at + link.len()..]);
        // What has no scheme is a text like any other.
        let counted = if has_scheme(&link) { link_length } else { graphemes(&link) };
        length = length.saturating_add(graphemes(&without_domains(before))).saturating_add(counted);
        rest = after;
    }
    length.saturating_add(graphemes(&without_domains(rest)))
}

/// What a reader takes for one character (UAX #29).
pub(super) fn graphemes(text: &str) -> usize {
    text.graphemes(true).count()
}

/// A text with all that Mastodon may change when it shows it left out: the servers of those whom it mentions, and how
/// spaces and lines are laid out.
pub(super) fn canonical(text: &str) -> String {
    without_domains(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn has_scheme(link: &str) -> bool {
    link.split_once("://").is_some()
}

/// A text in which mentions have no server: `@ada` for `@ada@social.example`.
fn without_domains(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        let begins = rest[..at].chars().next_back().or(shown.chars().next_back()).is_none_or(|before| {
            // A name within an address or a path is none (Mastodon, `Account::MENTION_RE`).
            !(before.is_alphanumeric() || matches!(before, '_' | '/' | '='))
        });
        let (before, mention) = rest.split_at(at + 1);
        shown.push_str(before);
        rest = mention;
        if let Some((name, domain)) = mentioned(mention).filter(|_| begins) {
            shown.push_str(name);
            rest = &mention[name.len() + "@".len() + domain.len()..];
        }
    }
    shown + rest
}

/// The name and the server that a text begins with: `ada@social.example`.
fn mentioned(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_at(text.find(|c: char| !is_name(c)).unwrap_or(text.len()));
    let domain = rest.strip_prefix('@')?;
    let end = domain.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '-')));
    let domain = domain[..end.unwrap_or(domain.len())].trim_end_matches(['.', '-']);
    (name.starts_with(is_word) && name.ends_with(is_word) && !domain.is_empty()).then_some((name, domain))
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn is_name(c: char) -> bool {
    is_word(c) || matches!(c, '.' | '-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lengths() {
        let long = format!("https://example.com/{}", "a".repeat(500));
        for (text, length) in [
            ("", 0),
            ("plain", 5),
            ("e\u{301}👨‍👩‍👧‍👦🇩🇪", 3),
            ("שָׁלוֹם", 4),
            // Links.
            (long.as_str(), 23),
            ("https://example.com", 23),
            ("see https://a.com/b, and http://c.org!", 4 + 23 + 6 + 23 + 1),
            ("(https://example.com/a_(b))", 1 + 23 + 1),
            ("example.com is none", 19),
            ("a https://example.com example.com https://example.com", 2 + 23 + 13 + 23),
            ("http://localhost is none", 24),
            ("https://a.example has no domain that there is", 45),
            // Mentions.
            ("@ada", 4),
            ("@ada@social.example", 4),
            ("hi @ada.b@social.example.", 3 + 6 + 1),
            ("@ada@social.example @bob@social.example", 9),
            ("ada@social.example", 18),
            ("https://mastodon.social/@ada@b.example", 23),
            ("@@ada@social.example", 5),
            ("@ada@", 5),
            ("@ada.@social.example", 20),
        ] {
            assert_eq!(text_length(text, 23), length, "{text:?}");
        }
        assert_eq!(text_length("https://example.com", 30), 30);
        assert_eq!(text_length("https://example.com or https://example.org", usize::MAX), usize::MAX);
    }

    #[test]
    fn what_mastodon_shows_of_a_text_is_the_same_text() {
        let sent = "Hello @ada@social.example,\n\nlook:  https://a.example/@b@c ";
        assert_eq!(canonical(sent), "Hello @ada, look: https://a.example/@b@c");
        assert_eq!(canonical("Hello @ada, look: https://a.example/@b@c"), canonical(sent));
        assert_ne!(canonical("mail ada@b.example"), canonical("mail ada"));
    }

    proptest! {
        #[test]
        fn any_text_has_a_length_and_a_canonical_form(text in "(\\PC|[@/.:a-c \n]|https://a\\.b){0,40}") {
            prop_assert!(text_length(&text, 23) <= text.chars().count() + 23 * text.matches("://").count());
            prop_assert!(canonical(&text).len() <= text.len());
        }
    }
}
