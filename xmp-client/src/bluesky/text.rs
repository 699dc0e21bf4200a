//! How Bluesky measures texts.

use unicode_segmentation::UnicodeSegmentation;

/// The most graphemes of a post's text (lexicon `app.bsky.feed.post`, `maxGraphemes`).
pub(super) const MAX_GRAPHEMES: usize = 300;
/// The most bytes of a post's text in UTF-8 (lexicon `app.bsky.feed.post`, `maxLength`). Both limits hold.
pub(super) const MAX_BYTES: usize = 3_000;

/// The length of a text as Bluesky counts it: extended grapheme clusters of Unicode's annex 29, which is what its
/// server counts too (`Intl.Segmenter`, `@atproto/lex-data`). An emoji with all its modifiers is one.
///
/// ```
/// use xmp_client::bluesky::graphemes;
///
/// assert_eq!(graphemes("Good morning"), 12);
/// assert_eq!(graphemes("👨‍👩‍👧‍👦 🇩🇪 e\u{301}"), 5);
/// ```
#[must_use]
pub fn graphemes(text: &str) -> usize {
    text.graphemes(true).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_reader_sees_as_one_character_counts_once() {
        for (text, count) in [
            ("", 0),
            ("plain", 5),
            ("\r\n", 1),
            ("e\u{301}", 1),
            ("한국어", 3),
            ("\u{1112}\u{1161}\u{11ab}", 1),
            ("क्षि", 1),
            ("👍🏽", 1),
            ("👨‍👩‍👧‍👦", 1),
            ("🇩🇪🇫🇷", 2),
            ("1️⃣", 1),
            ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", 1),
            ("שָׁלוֹם", 4),
        ] {
            assert_eq!(graphemes(text), count, "{text:?}");
        }
    }
}
