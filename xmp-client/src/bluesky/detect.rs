//! Finds each kind of facet by itself. Where one can begin, what belongs to it, and where it ends are rules of
//! `@atproto/api` (`rich-text/util.js`); where ours are others, the reason stands beside them.

use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup};
use twitter_text::tlds::is_valid_tld;
use url::Url;

use super::richtext::{Facet, Feature};
use super::syntax::is_handle;
use super::text::graphemes;

/// The most bytes and graphemes of a tag (lexicon `app.bsky.richtext.facet#tag`).
const TAG_BYTES: usize = 640;
const TAG_GRAPHEMES: usize = 64;
/// The most letters and digits of a cashtag.
const TICKER: usize = 5;

/// Links, with a scheme or as a bare domain.
pub(super) fn links(text: &str) -> Vec<Facet> {
    let mut found = Vec::new();
    let mut seen = 0;
    for start in starts(text, |before| is_space(before) || before == '(') {
        let word = &text[start..];
        let word = &word[..word.find(is_space).unwrap_or(word.len())];
        // A word that looks like a link is looked at once: `https://a.test/(https://b.test)` is one.
        if start < seen || !(has_scheme(word) || bare_domain(word).is_some()) {
            continue;
        }
        seen = start + word.len();
        let shown = without_trailing_punctuation(word);
        if let Some(uri) = link(shown) {
            found.push(Facet { range: start..start + shown.len(), feature: Feature::Link(uri) });
        }
    }
    found
}

/// `@` and a handle.
pub(super) fn mentions(text: &str) -> Vec<Facet> {
    let mention = |start: usize| {
        let rest = text[start..].strip_prefix('@')?;
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '-'));
        let (name, after) = rest.split_at(end.unwrap_or(rest.len()));
        let handle = name.trim_end_matches(['.', '-']);
        // `@ada.test_` is no handle with something after it.
        let ends = handle.len() < name.len() || !after.starts_with('_');
        (ends && is_handle(handle)).then(|| Facet {
            range: start..start + "@".len() + handle.len(),
            feature: Feature::Mention(handle.to_owned()),
        })
    };
    starts(text, |before| is_space(before) || before == '(').filter_map(mention).collect()
}

/// `#` or its full-width twin, and a word with at least one character that is neither digit nor punctuation.
pub(super) fn hashtags(text: &str) -> Vec<Facet> {
    let hashtag = |start: usize| {
        let rest = text[start..].strip_prefix(['#', '＃'])?;
        let word = &rest[..rest.find(ends_tag).unwrap_or(rest.len())];
        let tag = word.trim_end_matches(is_punctuation);
        // `#` and U+FE0F are the beginning of an emoji.
        let is_tag = !word.starts_with('\u{fe0f}')
            && tag.contains(|c: char| !c.is_ascii_digit() && !is_punctuation(c))
            && tag.len() <= TAG_BYTES
            && graphemes(tag) <= TAG_GRAPHEMES;
        let end = text.len() - rest.len() + tag.len();
        is_tag.then(|| Facet { range: start..end, feature: Feature::Tag(tag.to_owned()) })
    };
    starts(text, is_space).filter_map(hashtag).collect()
}

/// `$` and the short name of a security: `$AAPL`.
pub(super) fn cashtags(text: &str) -> Vec<Facet> {
    let cashtag = |start: usize| {
        let rest = text[start..].strip_prefix('$')?;
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric());
        let (ticker, after) = rest.split_at(end.unwrap_or(rest.len()));
        let ends = after.chars().next().is_none_or(|c| is_space(c) || ".,;:!?)\"'’".contains(c));
        let is_ticker = ticker.len() <= TICKER && ticker.starts_with(|c: char| c.is_ascii_alphabetic());
        (ends && is_ticker).then(|| Facet {
            range: start..start + "$".len() + ticker.len(),
            feature: Feature::Tag(format!("${}", ticker.to_ascii_uppercase())),
        })
    };
    starts(text, |before| is_space(before) || before == '(').filter_map(cashtag).collect()
}

/// Where a facet can begin: at the beginning, and after certain characters.
fn starts<'t>(text: &'t str, after: impl Fn(char) -> bool + 't) -> impl Iterator<Item = usize> + 't {
    let starts = text.char_indices().filter(move |(_, before)| after(*before));
    std::iter::once(0).chain(starts.map(|(at, before)| at + before.len_utf8()))
}

/// Where a link leads that is shown so.
fn link(shown: &str) -> Option<String> {
    let uri = if has_scheme(shown) {
        shown.to_owned()
    } else {
        let domain = bare_domain(shown)?;
        let rest = &shown[domain.len()..];
        let tld = domain.rsplit('.').next()?;
        // The app also takes `ada.me@example.com` and `example.com-old`, whose hosts are others than it looked at.
        let whole = rest.is_empty() || rest.starts_with(['/', ':', '?', '#']);
        (whole && is_valid_tld(tld)).then(|| format!("https://{shown}"))?
    };
    // The server's idea of a URI (`^\w+:(?:\/\/)?[^\s/][^\s]*$`) refuses the whole record for `https:///a`.
    let (_, authority) = uri.split_once("://")?;
    (!authority.starts_with('/') && Url::parse(&uri).is_ok()).then_some(uri)
}

/// The app looks no further than these, in small letters.
fn has_scheme(word: &str) -> bool {
    word.starts_with("https://") || word.starts_with("http://")
}

/// The domain that a word begins with: letters, digits and dots. Whether it has a real end is another question.
fn bare_domain(word: &str) -> Option<&str> {
    let run = &word[..word.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(word.len())];
    let run = &run[..run.find("..").unwrap_or(run.len())];
    let domain = run.strip_suffix('.').unwrap_or(run);
    (domain.starts_with(|c: char| c.is_ascii_alphabetic()) && domain.contains('.')).then_some(domain)
}

/// A link without what belongs to the sentence around it. The app takes off one mark and one bracket, and only ASCII
/// ones, so that its links to `https://example.com...` and `(https://example.com/a_(b))` are broken.
fn without_trailing_punctuation(link: &str) -> &str {
    let mut link = link;
    while let Some(last) = link.chars().next_back().filter(|last| ends_sentence(link, *last)) {
        link = &link[..link.len() - last.len_utf8()];
    }
    link
}

fn ends_sentence(link: &str, last: char) -> bool {
    const MARKS: &str = ".,;:!?\"'…。．、，；：！？";
    const BRACKETS: [(char, char); 11] = [
        ('(', ')'),
        ('[', ']'),
        ('{', '}'),
        ('“', '”'),
        ('‘', '’'),
        ('（', '）'),
        ('「', '」'),
        ('『', '』'),
        ('【', '】'),
        ('《', '》'),
        ('〈', '〉'),
    ];
    let unopened = |(open, close): (char, char)| link.matches(close).count() > link.matches(open).count();
    MARKS.contains(last) || BRACKETS.into_iter().any(|pair| pair.1 == last && unopened(pair))
}

/// What `\s` is in JavaScript. Unicode has U+0085 where it has U+FEFF.
fn is_space(c: char) -> bool {
    (c.is_whitespace() && c != '\u{85}') || c == '\u{feff}'
}

/// A space, or one of the characters without width that end a tag in the app; it calls its list incomplete.
fn ends_tag(c: char) -> bool {
    is_space(c) || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{20e2}')
}

fn is_punctuation(c: char) -> bool {
    GeneralCategoryGroup::Punctuation.contains(CodePointMapData::<GeneralCategory>::new().get(c))
}
