//! How X measures and shows texts.

use std::borrow::Cow;
use std::collections::BTreeSet;

use twitter_text::ParserBackend;
use twitter_text::extractor::Extractor;
use unicode_normalization::UnicodeNormalization;
use url::Url;

use super::wire::{Entities, Post};

/// Not the crate's default: in 0.3.1 its `Nom` backend weighs a link without a scheme (`example.com`) by its letters
/// instead of 23, and panics on some texts with an `@` (`joséa@b`).
const BACKEND: ParserBackend = ParserBackend::External;

/// The weighted length of a text by twitter-text's version 3: most scripts weigh 1, others and emoji 2, a URL 23.
///
/// ```
/// use xmp_client::x::weighted_length;
///
/// assert_eq!(weighted_length("Good morning"), 12);
/// assert_eq!(weighted_length("おはよう"), 8);
/// assert_eq!(weighted_length("https://example.com/a/very/long/path"), 23);
/// ```
#[must_use]
pub fn weighted_length(text: &str) -> usize {
    let parsed =
        twitter_text::parse_with_parser_backend(text, twitter_text_config::config_v3(), true, BACKEND);
    usize::try_from(parsed.weighted_length).unwrap_or_default()
}

/// The first character that X takes in no post, if there is one (twitter-text, "invalid characters").
pub(super) fn forbidden_character(text: &str) -> Option<char> {
    text.chars().find(|c| matches!(c, '\u{fffe}' | '\u{feff}' | '\u{ffff}'))
}

/// A post's text for people: links as they were written, links to its own media dropped, entities unescaped.
pub(super) fn shown(post: &Post) -> String {
    let (text, entities) = whole(post);
    expand(&unescape(text), entities, &media_links(post))
}

/// All that a post's text can have been when it was sent, whatever X has made of its links and entities. What is
/// shown to people comes first.
pub(super) fn readings(post: &Post) -> Vec<String> {
    let (text, entities) = whole(post);
    let (media, short) = (media_links(post), Entities::default());
    let mut readings: Vec<String> = Vec::new();
    for text in [&unescape(text), text] {
        for entities in [entities, &short] {
            let reading = expand(text, entities, &media);
            if !readings.contains(&reading) {
                readings.push(reading);
            }
        }
    }
    readings
}

/// The short links of a post, with where they lead to.
pub(super) fn links(post: &Post) -> Vec<(String, String)> {
    let links =
        whole(post).1.urls.iter().filter(|link| !link.url.is_empty() && !link.expanded_url.is_empty());
    links.map(|link| (link.url.clone(), link.expanded_url.clone())).collect()
}

/// The text that is not cut off.
fn whole(post: &Post) -> (&String, &Entities) {
    match &post.note_post {
        Some(note) => (&note.text, &note.entities),
        None => (&post.text, &post.entities),
    }
}

/// The short links to media. They are told with the post itself, whichever text is the whole one.
fn media_links(post: &Post) -> Vec<&str> {
    let links = post.entities.urls.iter().chain(post.note_post.iter().flat_map(|note| &note.entities.urls));
    links
        .filter(|link| {
            !link.url.is_empty() && (link.media_key.is_some() || is_media_link(&link.expanded_url))
        })
        .map(|link| link.url.as_str())
        .collect()
}

fn expand(text: &str, entities: &Entities, media: &[&str]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let links = || {
        let links = entities.urls.iter().filter(|link| !link.url.is_empty());
        let links = links.map(|link| (link.url.as_str(), link.expanded_url.as_str()));
        links.chain(media.iter().map(|url| (*url, "")))
    };
    // Each short link is unique to its place, so it is looked for by its text: positions would be those of the
    // escaped text.
    while let Some((at, (short, expanded))) = links()
        .filter_map(|link| Some((rest.find(link.0)?, link)))
        .min_by_key(|(at, link)| (*at, std::cmp::Reverse(link.0.len())))
    {
        out.push_str(&rest[..at]);
        rest = &rest[at + short.len()..];
        if !media.contains(&short) {
            out.push_str(if expanded.is_empty() { short } else { expanded });
        }
    }
    out.push_str(rest);
    // What stood between the text and its media.
    if media.is_empty() { out } else { out.trim_end().to_owned() }
}

/// Whether a link leads to a post's media: `https://x.com/ada/status/1/photo/1`.
fn is_media_link(link: &str) -> bool {
    let Some(url) = parse(link) else { return false };
    let host = url.host_str().unwrap_or_default();
    let parts: Vec<&str> = url.path_segments().into_iter().flatten().collect();
    matches!(host, "x.com" | "twitter.com" | "www.x.com" | "www.twitter.com")
        && matches!(parts.as_slice(), [_, "status", _, "photo" | "video", _])
}

/// X escapes these three and no others. `&amp;` comes last: an author's own `&lt;` arrives as `&amp;lt;`.
fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// Equal for texts that X may show for one another: composed characters, spaces, the ways to write a link. Links to
/// media are left out: X adds those of a post's own, and nobody can tell them from those that an author wrote.
pub(super) fn canonical(text: &str) -> String {
    let text: String = text.nfc().collect();
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    for link in urls(&text) {
        let Some((before, after)) = rest.split_once(link.as_str()) else { continue };
        out.push_str(before);
        if !is_media_link(&link) {
            out.push_str(&canonical_link(&link));
        }
        rest = after;
    }
    out.push_str(rest);
    // Where twitter-text saw no link, X may have seen one, and the other way round.
    spaced(&out.replace("https://", "").replace("http://", ""))
}

fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A canonical text, with the short links that its author wrote (`https://t.co/a`) led to where X says that they go.
pub(super) fn resolved(canonical_text: &str, links: &[(String, String)]) -> String {
    let mut text = canonical_text.to_owned();
    let mut links: Vec<_> = links.iter().map(|(short, to)| (canonical(short), canonical(to))).collect();
    links.sort_by_key(|(short, _)| std::cmp::Reverse(short.len()));
    for (short, to) in links.iter().filter(|(short, _)| !short.is_empty()) {
        text = text.replace(short, to);
    }
    spaced(&text)
}

/// A text without the people whom it addresses first: X puts them before a reply, or takes them off.
pub(super) fn unaddressed(canonical_text: &str) -> &str {
    let is_mention = |word: &str| {
        let name = word.strip_prefix('@').unwrap_or_default();
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let mut rest = canonical_text;
    loop {
        let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
        if !is_mention(word) {
            return rest;
        }
        rest = after;
    }
}

/// The links to media of posts that a text has, as they are compared. X may show that media with the text.
pub(super) fn links_to_media<'a>(texts: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let links = texts.into_iter().flat_map(urls).filter(|link| is_media_link(link));
    links.map(|link| canonical_link(&link)).collect()
}

fn urls(text: &str) -> Vec<String> {
    Extractor::with_parser_backend(BACKEND).extract_urls(text).into_iter().collect()
}

/// A link, which may have been written without a scheme.
fn parse(link: &str) -> Option<Url> {
    let whole = if link.contains("://") { Cow::Borrowed(link) } else { Cow::Owned(format!("http://{link}")) };
    Url::parse(&whole).ok()
}

/// A link without what X adds when it expands one: a scheme, a slash after the host.
fn canonical_link(link: &str) -> String {
    let Some(url) = parse(link) else { return link.to_owned() };
    let text = &url[url::Position::BeforeHost..];
    text.strip_suffix('/').unwrap_or(text).to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::wire::Link;
    use super::*;

    fn link(url: &str, expanded: &str) -> Link {
        Link { url: url.to_owned(), expanded_url: expanded.to_owned(), media_key: None }
    }

    fn post(text: &str, urls: Vec<Link>) -> Post {
        Post { id: "1".into(), text: text.into(), entities: Entities { urls }, ..Post::default() }
    }

    #[test]
    fn lengths() {
        for (text, length) in [
            ("", 0),
            ("a", 1),
            ("ü", 1),
            ("語", 2),
            ("👨‍👩‍👧‍👦", 2),
            ("see example.com", 27),
            ("e\u{301}", 1),
            ("joséa@b", 7),
        ] {
            assert_eq!(weighted_length(text), length, "{text:?}");
        }
    }

    #[test]
    fn forbidden_characters_are_named() {
        assert_eq!(forbidden_character("a\u{feff}"), Some('\u{feff}'));
        assert_eq!(forbidden_character("a\u{200d}b"), None);
    }

    #[test]
    fn a_text_reads_as_it_was_written() {
        let read = post(
            "1 &lt; 2 &amp;amp; see https://t.co/a and https://t.co/b https://t.co/m",
            vec![
                link("https://t.co/a", "http://example.com"),
                link("https://t.co/b", "https://example.org/?a=1&b=2"),
                link("https://t.co/m", "https://x.com/ada/status/1/photo/1"),
            ],
        );
        assert_eq!(shown(&read), "1 < 2 &amp; see http://example.com and https://example.org/?a=1&b=2");
        let sent = "1 < 2 &amp; see example.com  and https://example.org?a=1&b=2";
        assert_eq!(canonical(&shown(&read)), canonical(sent));
    }

    #[test]
    fn a_link_to_another_posts_page_is_no_media_link() {
        let read = post("look https://t.co/a", vec![link("https://t.co/a", "https://x.com/bob/status/7")]);
        assert_eq!(shown(&read), "look https://x.com/bob/status/7");
    }

    #[test]
    fn a_text_has_several_readings() {
        let urls = vec![
            link("https://t.co/a", "https://one.example"),
            link("https://t.co/m", "https://x.com/ada/status/1/photo/1"),
        ];
        let read = post("a &amp; b https://t.co/a https://t.co/m", urls);
        assert_eq!(
            readings(&read),
            [
                "a & b https://one.example",
                "a & b https://t.co/a",
                "a &amp; b https://one.example",
                "a &amp; b https://t.co/a",
            ]
        );
        assert_eq!(readings(&read)[0], shown(&read));
        assert_eq!(readings(&post("plain", vec![])), ["plain"]);
    }

    #[test]
    fn links_that_begin_alike_are_told_apart() {
        let urls = vec![
            link("https://t.co/a", "https://one.example"),
            link("https://t.co/ab", "https://two.example"),
        ];
        let read = post("https://t.co/ab https://t.co/a", urls);
        assert_eq!(shown(&read), "https://two.example https://one.example");
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "(.|[a-zé語@#$:/.¡ \\nRT?&=🙂-]){0,80}") {
            let _ = weighted_length(&text);
            let _ = canonical(&text);
            let read = post(&text, vec![link("https://t.co/a", &text), link("", "")]);
            let _ = (readings(&read), unaddressed(&text), links_to_media([text.as_str()]), resolved(&text, &links(&read)));
        }

        #[test]
        fn canonical_is_stable(text in "[a-z é語.&<> \\n]{0,60}") {
            let once = canonical(&text);
            prop_assert_eq!(canonical(&once), once);
        }

        #[test]
        fn escaping_reads_back(text in "[a-z&<>;mplgt ]{0,60}") {
            let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            prop_assert_eq!(unescape(&escaped), text);
        }
    }
}
