//! Which post of a timeline an attempt made: pure.
//!
//! X offers no idempotency key and no proof, so an attempt is recognised by what only it can have: the author (the
//! timeline is the account's own), a moment within its time window, the ids of media that we uploaded, the post it
//! answers, its text. A post that another delivery owns is never it.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use xmp_core::{FindQuery, RemoteId};

use super::text::canonical;

/// How far X's clock and ours may be apart.
pub(super) const SKEW: Duration = Duration::from_secs(60);

/// A post of the account, as far as it can be recognised by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) id: RemoteId,
    /// Links expanded, entities unescaped.
    pub(super) text: String,
    pub(super) at: Option<Timestamp>,
    pub(super) reply_to: Option<RemoteId>,
    /// Media ids, without the kind that X puts before them.
    pub(super) media: Vec<String>,
    /// Somebody else's post, shown again.
    pub(super) repost: bool,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Match {
    None,
    One(usize),
    Several(Vec<usize>),
}

/// The id of media within its key: `3_1146654567674912769`.
pub(super) fn media_id(key: &str) -> &str {
    key.rsplit_once('_').map_or(key, |(_, id)| id)
}

/// The earliest moment at which the attempt can have become visible.
pub(super) fn earliest(query: &FindQuery) -> Timestamp {
    query.since.saturating_sub(SKEW).unwrap_or(Timestamp::MIN)
}

/// Finds the attempt's post among those of its account. Indices are those of `posts`.
pub(super) fn find(query: &FindQuery, posts: &[Candidate]) -> Match {
    let latest = query.until.saturating_add(SKEW).unwrap_or(Timestamp::MAX);
    let window = earliest(query)..=latest;
    let possible: Vec<usize> = (0..posts.len())
        .filter(|&index| {
            let post = &posts[index];
            !post.repost
                && !query.taken.contains(&post.id)
                && post.at.is_none_or(|at| window.contains(&at))
                && post.reply_to == query.evidence.reply_to
        })
        .collect();
    let sent = canonical(&query.evidence.text);
    let says_the_same = |index: &usize| canonical(&posts[*index].text) == sent;
    let ours: BTreeSet<&str> = query.evidence.media.iter().map(String::as_str).collect();
    let narrowed = |found: Vec<usize>| {
        // Only where a stronger mark is shared does the weaker one decide.
        let same: Vec<usize> = found.iter().filter(|index| says_the_same(index)).copied().collect();
        if found.len() > 1 && !same.is_empty() { same } else { found }
    };
    if ours.is_empty() {
        let same =
            possible.into_iter().filter(|index| posts[*index].media.is_empty() && says_the_same(index));
        return Match::of(same.collect());
    }
    let carrying =
        possible.iter().filter(|index| posts[**index].media.iter().any(|id| ours.contains(id.as_str())));
    let carrying: Vec<usize> = carrying.copied().collect();
    if !carrying.is_empty() {
        return Match::of(narrowed(carrying));
    }
    // The words are ours and the media is not told: it may be the one, and a person has to say so.
    let bare = possible
        .into_iter()
        .filter(|index| posts[*index].media.is_empty() && !sent.is_empty() && says_the_same(index));
    match bare.collect::<Vec<_>>() {
        none if none.is_empty() => Match::None,
        some => Match::Several(some),
    }
}

impl Match {
    fn of(found: Vec<usize>) -> Self {
        match found.as_slice() {
            [] => Self::None,
            [one] => Self::One(*one),
            _ => Self::Several(found),
        }
    }
}

#[cfg(test)]
#[path = "find_tests.rs"]
mod tests;
