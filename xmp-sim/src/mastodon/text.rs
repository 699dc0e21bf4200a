//! Texts of statuses: their links, mentions and hashtags, how long they count, and the HTML that they come back as
//! (docs.joinmastodon.org/user/posting; the markup is that of Mastodon's `TextFormatter`).

use unicode_segmentation::UnicodeSegmentation;

/// How much of a link is shown.
const SHOWN_OF_LINK: usize = 30;

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Plain(&'a str),
    /// With its scheme: nothing else is a link.
    Link(&'a str),
    Mention {
        name: &'a str,
        domain: Option<&'a str>,
    },
    /// Without the `#`.
    Tag(&'a str),
}

/// Takes a text apart.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut plain_from, mut at) = (0, 0);
    let mut before = None;
    while let Some(next) = text[at..].chars().next() {
        // Nothing begins in the middle of a word, of a path or of an address.
        let free = !before.is_some_and(|before: char| before.is_alphanumeric() || "_/@#=".contains(before));
        let found = if free { piece(&text[at..]) } else { None };
        let length = match found {
            Some((piece, length)) => {
                if plain_from < at {
                    pieces.push(Piece::Plain(&text[plain_from..at]));
                }
                pieces.push(piece);
                plain_from = at + length;
                length
            }
            None => next.len_utf8(),
        };
        at += length;
        before = text[..at].chars().next_back();
    }
    if plain_from < text.len() {
        pieces.push(Piece::Plain(&text[plain_from..]));
    }
    pieces
}

/// The link, mention or hashtag that a text begins with, and its length in bytes.
fn piece(text: &str) -> Option<(Piece<'_>, usize)> {
    if let Some(link) = link(text) {
        return Some((Piece::Link(link), link.len()));
    }
    let word = |text: &str| text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    if let Some(rest) = text.strip_prefix('#') {
        let tag = &rest[..word(rest)];
        return tag.contains(|c: char| !c.is_numeric()).then_some((Piece::Tag(tag), 1 + tag.len()));
    }
    let rest = text.strip_prefix('@')?;
    let name = &rest[..rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len())];
    let domain = rest[name.len()..].strip_prefix('@').map(|rest| {
        let end = rest.find(|c: char| !(c.is_alphanumeric() || "-.:".contains(c))).unwrap_or(rest.len());
        rest[..end].trim_end_matches(['.', ':', '-'])
    });
    let domain = domain.filter(|domain| !domain.is_empty());
    let length = 1 + name.len() + domain.map_or(0, |domain| 1 + domain.len());
    (!name.is_empty()).then_some((Piece::Mention { name, domain }, length))
}

/// Up to white space, without the punctuation of the sentence around it.
fn link(text: &str) -> Option<&str> {
    let scheme = ["https://", "http://"].into_iter().find(|scheme| text.starts_with(scheme))?;
    let end = text.find(|c: char| c.is_whitespace() || "<>\"".contains(c)).unwrap_or(text.len());
    let mut link = &text[..end];
    loop {
        let unbalanced = link.ends_with(')') && link.matches(')').count() > link.matches('(').count();
        let shorter = link.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'']);
        link = match unbalanced {
            true => &link[..link.len() - 1],
            false if shorter.len() < link.len() => shorter,
            false => return (link.len() > scheme.len()).then_some(link),
        };
    }
}

/// Characters as Mastodon counts them: graphemes, a link for a fixed number, a mention without its domain.
pub(super) fn length(text: &str, per_link: usize) -> usize {
    let count = |piece: Piece<'_>| match piece {
        Piece::Plain(plain) => plain.graphemes(true).count(),
        Piece::Link(_) => per_link,
        Piece::Mention { name, .. } => 1 + name.len(),
        Piece::Tag(tag) => 1 + tag.graphemes(true).count(),
    };
    pieces(text).into_iter().map(count).sum()
}

/// The HTML of a text: paragraphs, line breaks, links. `profile` gives the page of a mentioned account that exists.
pub(super) fn html(text: &str, base: &str, profile: impl Fn(&str, Option<&str>) -> Option<String>) -> String {
    let text = text.replace("\r\n", "\n");
    let inline = |piece: Piece<'_>| match piece {
        Piece::Plain(plain) => escaped(plain),
        Piece::Link(url) => link_html(url),
        Piece::Mention { name, domain } => match profile(name, domain) {
            Some(page) => format!(
                "<span class=\"h-card\" translate=\"no\"><a href=\"{}\" class=\"u-url mention\">@<span>{}</span></a></span>",
                escaped(&page),
                escaped(name),
            ),
            None => format!("@{name}{}", domain.map_or_else(String::new, |domain| format!("@{domain}"))),
        },
        Piece::Tag(tag) => format!(
            "<a href=\"{base}/tags/{tag}\" class=\"mention hashtag\" rel=\"tag\">#<span>{tag}</span></a>"
        ),
    };
    let paragraph = |paragraph: &str| {
        let inner: String = pieces(paragraph.trim_matches('\n')).into_iter().map(&inline).collect();
        format!("<p>{}</p>", inner.replace('\n', "<br />"))
    };
    text.split("\n\n").filter(|part| !part.trim_matches('\n').is_empty()).map(paragraph).collect()
}

/// The scheme is there but hidden, and so is what is too long.
fn link_html(url: &str) -> String {
    let scheme = url.find("://").map_or(0, |colon| colon + 3);
    let prefix = if url[scheme..].starts_with("www.") { scheme + 4 } else { scheme };
    let (hidden, rest) = url.split_at(prefix);
    let cut = rest.char_indices().nth(SHOWN_OF_LINK).map_or(rest.len(), |(byte, _)| byte);
    let (shown, tail) = rest.split_at(cut);
    format!(
        "<a href=\"{}\" target=\"_blank\" rel=\"nofollow noopener\" translate=\"no\"><span class=\"invisible\">{}</span>\
         <span class=\"{}\">{}</span><span class=\"invisible\">{}</span></a>",
        escaped(url),
        escaped(hidden),
        if tail.is_empty() { "" } else { "ellipsis" },
        escaped(shown),
        escaped(tail),
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn special(text: &str) -> Vec<Piece<'_>> {
        pieces(text).into_iter().filter(|piece| !matches!(piece, Piece::Plain(_))).collect()
    }

    #[test]
    fn links_mentions_and_tags_are_found() {
        let mention = |name, domain| Piece::Mention { name, domain };
        assert_eq!(
            special("hi @ada, see https://example.com/a_(b)."),
            [mention("ada", None), Piece::Link("https://example.com/a_(b)"),]
        );
        assert_eq!(
            special("(https://example.com) @bob@other.example."),
            [Piece::Link("https://example.com"), mention("bob", Some("other.example")),]
        );
        assert_eq!(special("#Rust #1 a#b #日本語"), [Piece::Tag("Rust"), Piece::Tag("日本語")]);
        assert_eq!(special("me@example.com https:// @ #"), []);
        assert_eq!(pieces("ab"), [Piece::Plain("ab")]);
    }

    #[test]
    fn no_character_is_lost() {
        for text in [
            "",
            "é@é #é",
            "https://é)",
            "@a@",
            "@a@b.",
            "##",
            "#1a",
            "a\u{301}#b\n@c",
            "http://x')",
            "＃日 ﾟ@ﾟ",
        ] {
            let print = |piece: &Piece<'_>| match piece {
                Piece::Plain(text) | Piece::Link(text) => (*text).to_owned(),
                Piece::Mention { name, domain: None } => format!("@{name}"),
                Piece::Mention { name, domain: Some(domain) } => format!("@{name}@{domain}"),
                Piece::Tag(tag) => format!("#{tag}"),
            };
            assert_eq!(pieces(text).iter().map(print).collect::<String>(), text);
        }
    }

    #[test]
    fn lengths_are_graphemes_with_links_and_domains_at_a_fixed_price() {
        assert_eq!(length("👨‍👩‍👧‍👦!", 23), 2);
        assert_eq!(length("see https://example.com/a/very/long/path/indeed/it/is", 23), 4 + 23);
        assert_eq!(length("@bob@other.example hi", 23), 7);
        assert_eq!(length("#tag", 23), 4);
    }

    #[test]
    fn html_has_paragraphs_breaks_and_shortened_links() {
        let html = |text: &str| {
            super::html(text, "http://s", |name, _| (name == "ada").then(|| "http://s/@ada".into()))
        };
        assert_eq!(html("a & b\nc\n\n\nd"), "<p>a &amp; b<br />c</p><p>d</p>");
        assert_eq!(
            html("@ada @bob #x"),
            "<p><span class=\"h-card\" translate=\"no\"><a href=\"http://s/@ada\" class=\"u-url mention\">@<span>ada</span></a>\
             </span> @bob <a href=\"http://s/tags/x\" class=\"mention hashtag\" rel=\"tag\">#<span>x</span></a></p>"
        );
        assert_eq!(
            html("https://www.example.com/with/a/path/that/goes/on"),
            "<p><a href=\"https://www.example.com/with/a/path/that/goes/on\" target=\"_blank\" rel=\"nofollow noopener\" \
             translate=\"no\"><span class=\"invisible\">https://www.</span><span class=\"ellipsis\">\
             example.com/with/a/path/that/g</span><span class=\"invisible\">oes/on</span></a></p>"
        );
    }
}
