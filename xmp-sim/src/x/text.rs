//! Post texts: how long X counts them, and how they read back.
//!
//! What an author sends is not what a reader gets: links become `https://t.co/…` links, attached media add one more
//! at the end, and `&`, `<`, `>` come as HTML entities. Positions in `entities` count code points of the text as it is
//! read back.

use sha2::{Digest, Sha256};
use twitter_text::ParserBackend;
use twitter_text::extractor::{Extract, Extractor};

/// The weighted length X allows (X documentation, "Counting characters").
pub(super) const MAX_WEIGHTED_LENGTH: i32 = 280;

/// Not the default `Nom` backend: in 0.3.1 it weighs a link without a scheme by its letters, and panics on some texts with
/// an `@` (`joséa@b`).
const BACKEND: ParserBackend = ParserBackend::External;

/// Length by X's weights: most characters 2, Latin and a few more 1, a link 23, an emoji 2.
pub(super) fn weighted_length(text: &str) -> i32 {
    let config = twitter_text_config::config_v3();
    twitter_text::parse_with_parser_backend(text, config, true, BACKEND).weighted_length
}

/// Whether X takes these characters at all (U+FFFE, U+FEFF and U+FFFF it does not).
pub(super) fn has_forbidden_characters(text: &str) -> bool {
    text.contains(['\u{fffe}', '\u{feff}', '\u{ffff}'])
}

/// What makes two texts duplicates: equal but for white space.
pub(super) fn normalized(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A t.co link in a text that is read back.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// First code point, counted in the text as read back.
    pub(super) start: usize,
    /// One past the last.
    pub(super) end: usize,
    pub(super) url: String,
    pub(super) expanded: String,
    pub(super) display: String,
    pub(super) media_key: Option<String>,
}

/// A text as it is read back.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) text: String,
    pub(super) links: Vec<Link>,
}

/// What the trailing media link of a post points at.
#[derive(Debug)]
pub(super) struct MediaLink {
    pub(super) page: String,
    pub(super) keys: Vec<String>,
}

/// The text of a version of a post as readers get it.
pub(super) fn show(version: u64, text: &str, media: Option<&MediaLink>) -> Shown {
    let mut shown = Shown { text: String::new(), links: Vec::new() };
    let mut done = 0;
    for (index, url) in
        Extractor::with_parser_backend(BACKEND).extract_urls_with_indices(text).iter().enumerate()
    {
        let (start, end) = (byte_offset(text, url.start), byte_offset(text, url.end));
        let (before, link) = (&text[done..start], &text[start..end]);
        shown.text.push_str(&escaped(before));
        shown.link(version, index, expanded(link), displayed(link), None);
        done = end;
    }
    shown.text.push_str(&escaped(&text[done..]));
    if let Some(media) = media {
        shown.link_media(version, media);
    }
    shown
}

impl Shown {
    fn link(
        &mut self,
        version: u64,
        index: usize,
        expanded: String,
        display: String,
        media_key: Option<String>,
    ) {
        let url = format!("https://t.co/{}", slug(version, index));
        let start = self.text.chars().count();
        let end = start + url.chars().count();
        self.text.push_str(&url);
        self.links.push(Link { start, end, url, expanded, display, media_key });
    }

    /// One link for all media, and an entity for each of them.
    fn link_media(&mut self, version: u64, media: &MediaLink) {
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        let index = self.links.len();
        let slug = slug(version, index);
        let url = format!("https://t.co/{slug}");
        let start = self.text.chars().count();
        let end = start + url.chars().count();
        self.text.push_str(&url);
        self.links.extend(media.keys.iter().map(|key| Link {
            start,
            end,
            url: url.clone(),
            expanded: media.page.clone(),
            display: format!("pic.x.com/{slug}"),
            media_key: Some(key.clone()),
        }));
    }
}

/// The byte at which a position in UTF-16 units lies, as twitter-text counts positions.
fn byte_offset(text: &str, utf16: i32) -> usize {
    let mut left = usize::try_from(utf16).unwrap_or(0);
    for (byte, character) in text.char_indices() {
        if left == 0 {
            return byte;
        }
        left = left.saturating_sub(character.len_utf16());
    }
    text.len()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn expanded(url: &str) -> String {
    let lower = url.to_ascii_lowercase();
    let has_scheme = lower.starts_with("http://") || lower.starts_with("https://");
    if has_scheme { url.to_owned() } else { format!("http://{url}") }
}

/// Without scheme and `www.`, cut to 26 characters and an ellipsis.
fn displayed(url: &str) -> String {
    let bare = url.split_once("://").map_or(url, |(_, bare)| bare);
    let bare = bare.strip_prefix("www.").unwrap_or(bare);
    if bare.chars().count() <= 27 {
        return bare.to_owned();
    }
    bare.chars().take(26).chain(['…']).collect()
}

/// Ten characters that depend on the version and the link's place in it: no link is ever shared by two posts.
fn slug(version: u64, index: usize) -> String {
    const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let digest = Sha256::new()
        .chain_update(version.to_be_bytes())
        .chain_update((index as u64).to_be_bytes())
        .finalize();
    digest.iter().take(10).map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_by_weight() {
        assert_eq!(weighted_length("hello"), 5);
        assert_eq!(weighted_length("日本"), 4);
        assert_eq!(weighted_length("see example.com"), 4 + 23);
        assert_eq!(weighted_length("joséa@b"), 7);
        assert_eq!(weighted_length("👨‍👩‍👧‍👦"), 2);
        assert_eq!(weighted_length("see https://example.com/a/very/long/path/indeed/it/is"), 4 + 23);
    }

    #[test]
    fn links_become_t_co_links_with_positions_in_code_points() {
        let shown = show(7, "🐱 & https://example.com/a?b=1&c=2 <end>", None);
        let link = &shown.links[0];
        let cut: String = shown.text.chars().skip(link.start).take(link.end - link.start).collect();
        assert_eq!(cut, link.url);
        assert_eq!(shown.text, format!("🐱 &amp; {} &lt;end&gt;", link.url));
        assert_eq!(link.expanded, "https://example.com/a?b=1&c=2");
        assert_eq!(link.display, "example.com/a?b=1&c=2");
        assert_eq!(link.url.len(), 23);
    }

    #[test]
    fn only_what_is_a_link_becomes_one() {
        let shown = show(7, "🐱 me@example.com 🐱 example.com, https://example.com", None);
        assert_eq!(shown.links.len(), 2, "{shown:?}");
        let (first, second) = (&shown.links[0].url, &shown.links[1].url);
        assert_eq!(shown.text, format!("🐱 me@example.com 🐱 {first}, {second}"));
    }

    #[test]
    fn media_share_one_trailing_link() {
        let media = MediaLink {
            page: "https://x.com/ada/status/7/photo/1".to_owned(),
            keys: vec!["3_1".to_owned(), "3_2".to_owned()],
        };
        let shown = show(7, "look", Some(&media));
        assert_eq!(shown.links.len(), 2);
        assert_eq!(shown.text, format!("look {}", shown.links[0].url));
        assert_eq!(shown.links[0].url, shown.links[1].url);
        let alone = show(7, "", Some(&media));
        assert_eq!(alone.text, alone.links[0].url);
    }

    #[test]
    fn every_post_has_links_of_its_own() {
        let link = |id| show(id, "https://example.com", None).links[0].url.clone();
        assert_ne!(link(1), link(2));
        assert_eq!(link(1), link(1));
    }

    #[test]
    fn bare_domains_are_links_and_long_ones_are_cut_for_display() {
        let shown = show(1, "example.com/with/a/path/that/goes/on", None);
        assert_eq!(shown.links[0].expanded, "http://example.com/with/a/path/that/goes/on");
        assert_eq!(shown.links[0].display, "example.com/with/a/path/th…");
    }
}
