//! What in a text is a link, a mention or a tag: Bluesky's facets.
//!
//! A text is plain; whatever can be tapped in it is told beside it, as ranges of bytes. The one who writes the post
//! finds them, and the server believes everything: also a facet past the end of the text. See [`bad_facets`].

use std::ops::Range;

use serde_json::Value;

use super::detect;

/// A part of a text that means something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facet {
    /// Where it is in the text: bytes of UTF-8, as in `app.bsky.richtext.facet#byteSlice`.
    pub range: Range<usize>,
    /// What it is.
    pub feature: Feature,
}

/// What a part of a text means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Feature {
    /// An address on the web, with its scheme; the text may have left out `https://`.
    Link(String),
    /// Somebody, by handle and without the `@`. Only their DID goes into the record: a handle that doesn't resolve is
    /// no mention.
    Mention(String),
    /// A hashtag without its `#`, or a cashtag with its `$`, in capitals.
    Tag(String),
}

/// Finds the facets of a text, sorted and disjoint, the way Bluesky's own app finds them (`detectFacets` of
/// `@atproto/api` 0.19).
///
/// It differs where the app's way makes a link that leads nowhere, or a record that the server refuses:
///
/// * a link ends before all of its trailing punctuation, also Chinese and Japanese, and before a bracket that it
///   doesn't open;
/// * a domain without a scheme is a link only if nothing but a port, a path, a query or a fragment follows it;
/// * a mention has the syntax of a handle, whatever its top-level domain;
/// * the 64 characters of a tag are graphemes, as in the lexicon.
///
/// Meant for texts that fit a post: the time it takes grows with the square of the longest word.
///
/// ```
/// use xmp_client::bluesky::{Facet, Feature, facets};
///
/// let found = facets("Hello @ada.bsky.social, see (example.com) #rust");
/// assert_eq!(
///     found,
///     [
///         Facet { range: 6..22, feature: Feature::Mention("ada.bsky.social".to_owned()) },
///         Facet { range: 29..40, feature: Feature::Link("https://example.com".to_owned()) },
///         Facet { range: 42..47, feature: Feature::Tag("rust".to_owned()) },
///     ]
/// );
/// ```
#[must_use]
pub fn facets(text: &str) -> Vec<Facet> {
    let mut found =
        [detect::links(text), detect::mentions(text), detect::hashtags(text), detect::cashtags(text)]
            .concat();
    found.sort_by_key(|facet| facet.range.start);
    // `https://example.com/(@ada.test)`: whoever shows a post goes by the one that begins first.
    let mut free = 0;
    found.retain(|facet| {
        let apart = facet.range.start >= free;
        if apart {
            free = facet.range.end;
        }
        apart
    });
    found
}

/// What is wrong with the place of a facet. `at` counts the record's facets from 0.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadFacet {
    /// `index.byteStart` or `index.byteEnd` is missing, or is no whole number from 0 up.
    #[error("facet {at} does not say where it begins and ends")]
    NoRange {
        /// Which facet.
        at: usize,
    },
    /// It ends where it begins, or before.
    #[error("facet {at} covers nothing: bytes {start} to {end}")]
    Empty {
        /// Which facet.
        at: usize,
        /// Its first byte.
        start: usize,
        /// The byte after its last.
        end: usize,
    },
    /// It ends after the text.
    #[error("facet {at} ends at byte {end} of a text of {length} bytes")]
    PastEnd {
        /// Which facet.
        at: usize,
        /// The byte after its last.
        end: usize,
        /// How many bytes the text has.
        length: usize,
    },
    /// It begins or ends in the middle of a character's bytes.
    #[error("facet {at} cuts a character in two: bytes {start} to {end}")]
    CutsCharacter {
        /// Which facet.
        at: usize,
        /// Its first byte.
        start: usize,
        /// The byte after its last.
        end: usize,
    },
}

/// Every facet of a finished record (`facets` of `app.bsky.feed.post`) whose place is not within its text. Server and
/// lexicon don't check that, and who shows the post is left with it.
#[must_use]
pub fn bad_facets(text: &str, facets: &[Value]) -> Vec<BadFacet> {
    facets.iter().enumerate().filter_map(|(at, facet)| bad_place(text, at, facet)).collect()
}

fn bad_place(text: &str, at: usize, facet: &Value) -> Option<BadFacet> {
    let offset = |name: &str| facet["index"][name].as_u64().and_then(|offset| usize::try_from(offset).ok());
    let (Some(start), Some(end)) = (offset("byteStart"), offset("byteEnd")) else {
        return Some(BadFacet::NoRange { at });
    };
    if start >= end {
        Some(BadFacet::Empty { at, start, end })
    } else if end > text.len() {
        Some(BadFacet::PastEnd { at, end, length: text.len() })
    } else if !(text.is_char_boundary(start) && text.is_char_boundary(end)) {
        Some(BadFacet::CutsCharacter { at, start, end })
    } else {
        None
    }
}

#[cfg(test)]
#[path = "richtext_tests.rs"]
mod tests;
