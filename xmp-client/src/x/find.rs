//! Which post of a timeline an attempt made: pure.
//!
//! X offers no idempotency key and no proof, so an attempt is recognised by what only it can have: the author (the
//! timeline is the account's own), a moment within its time window, the ids of media that we uploaded, the post it
//! answers, its text. A post that another delivery owns is never it. What has our words, and differs in a way that X or
//! a clock may have caused, is for a person to decide: it is never called absent.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::time::Duration;

use jiff::Timestamp;
use xmp_core::{Evidence, FindQuery, RemoteId};

use super::text::{canonical, links_to_media, resolved, unaddressed};

/// How far X's clock and ours may be apart.
const SKEW: Duration = Duration::from_secs(60);
/// How far they may be apart before our own post would be overlooked: within this it is at least not called absent.
const FAR_SKEW: Duration = Duration::from_secs(3600);

/// A post of the account, as far as it can be recognised by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) id: RemoteId,
    /// What its text can have been when it was sent.
    pub(super) texts: Vec<String>,
    /// Its short links, with where they lead to.
    pub(super) links: Vec<(String, String)>,
    pub(super) at: Option<Timestamp>,
    pub(super) reply_to: Option<RemoteId>,
    /// Media ids, without the kind that X puts before them.
    pub(super) media: Vec<String>,
    /// Somebody else's post, shown again.
    pub(super) repost: bool,
    /// The ids of its earlier versions: it was edited since it was published.
    pub(super) earlier: Vec<RemoteId>,
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

/// When the attempt's post can have become visible, by clocks that differ so much.
fn window(query: &FindQuery, settle: Duration, skew: Duration) -> RangeInclusive<Timestamp> {
    let start = query.since.saturating_sub(skew).unwrap_or(Timestamp::MIN);
    start..=query.until.saturating_add(settle.saturating_add(skew)).unwrap_or(Timestamp::MAX)
}

/// The part of the timeline to look at.
pub(super) fn span(query: &FindQuery, settle: Duration) -> RangeInclusive<Timestamp> {
    window(query, settle, FAR_SKEW)
}

/// Where the part of the timeline to look at ends, if that is certainly over. X refuses an end that is less than 10 s
/// past by its clock (X documentation, `end_time`), so until then none is told.
pub(super) fn end(query: &FindQuery, settle: Duration, now: Timestamp) -> Option<Timestamp> {
    let end = *span(query, settle).end();
    now.saturating_sub(SKEW).is_ok_and(|past| end <= past).then_some(end)
}

/// Finds the attempt's post among those of its account. Indices are those of `posts`.
pub(super) fn find(query: &FindQuery, settle: Duration, posts: &[Candidate]) -> Match {
    let (window, span) = (window(query, settle, SKEW), span(query, settle));
    let answers = &query.evidence.reply_to;
    let within =
        |range: &RangeInclusive<Timestamp>, post: &Candidate| post.at.is_none_or(|at| range.contains(&at));
    let possible = (0..posts.len()).filter(|&index| {
        let post = &posts[index];
        // What answers another post is not ours; what answers none may have lost what it answered.
        let fits = post.reply_to == *answers || post.reply_to.is_none();
        !post.repost && !is_taken(query, post) && fits && within(&span, post)
    });
    let (possible, edited): (Vec<_>, Vec<_>) = possible.partition(|&index| posts[index].earlier.is_empty());
    let (sure, doubtful): (Vec<_>, Vec<_>) = possible
        .into_iter()
        .partition(|index| within(&window, &posts[*index]) && posts[*index].reply_to == *answers);
    let sent = Sent::new(&query.evidence);
    match (sent.among(sure, posts), sent.among(doubtful, posts)) {
        // What was edited may have said anything before.
        (Match::None, Match::None) if !edited.is_empty() => Match::Several(edited),
        (Match::None, Match::One(one)) => Match::Several(vec![one]),
        (Match::None, doubtful) => doubtful,
        (sure, _) => sure,
    }
}

/// Whether another delivery owns the post, or an earlier version of it.
fn is_taken(query: &FindQuery, post: &Candidate) -> bool {
    post.earlier.iter().chain([&post.id]).any(|id| query.taken.contains(id))
}

/// What was sent, as it is compared.
struct Sent<'a> {
    text: String,
    is_reply: bool,
    /// Our own media.
    media: BTreeSet<&'a str>,
    /// Links that X may show as media although it is not ours. They don't count as words.
    links: BTreeSet<String>,
}

impl<'a> Sent<'a> {
    fn new(evidence: &'a Evidence) -> Self {
        Self {
            text: canonical(&evidence.text),
            is_reply: evidence.reply_to.is_some(),
            media: evidence.media.iter().map(String::as_str).collect(),
            links: links_to_media([evidence.text.as_str()]),
        }
    }

    /// Whether any of the ways to read the post is what was sent.
    fn is_said_by(&self, post: &Candidate) -> bool {
        let resolved = resolved(&self.text, &post.links);
        let is = |told: &str, sent: &str| {
            let (bare, ours) = (unaddressed(told), unaddressed(sent));
            told == sent || (self.is_reply && !ours.is_empty() && bare == ours)
        };
        post.texts
            .iter()
            .map(|text| canonical(text))
            .any(|told| is(&told, &self.text) || is(&told, &resolved))
    }

    fn among(&self, possible: Vec<usize>, posts: &[Candidate]) -> Match {
        let says_the_same = |index: &usize| self.is_said_by(&posts[*index]);
        let bare = |index: &usize| posts[*index].media.is_empty();
        if self.media.is_empty() {
            let may_be = |index: &usize| (!self.links.is_empty() || bare(index)) && says_the_same(index);
            let same: Vec<usize> = possible.into_iter().filter(may_be).collect();
            let links = |index: &usize| {
                let theirs = links_to_media(posts[*index].links.iter().map(|(_, to)| to.as_str()));
                self.links.is_subset(&theirs)
            };
            return if same.iter().all(links) { Match::of(same) } else { Match::Several(same) };
        }
        let carries = |index: &usize| posts[*index].media.iter().any(|id| self.media.contains(id.as_str()));
        let (carrying, others): (Vec<_>, Vec<_>) = possible.into_iter().partition(carries);
        if !carrying.is_empty() {
            // Only where a stronger mark is shared does the weaker one decide.
            let same: Vec<usize> = carrying.iter().copied().filter(says_the_same).collect();
            return Match::of(if carrying.len() > 1 && !same.is_empty() { same } else { carrying });
        }
        // The words are ours and the media is not told: it may be the one, and a person has to say so.
        let some: Vec<_> = others
            .into_iter()
            .filter(|index| bare(index) && !self.text.is_empty() && says_the_same(index))
            .collect();
        if some.is_empty() { Match::None } else { Match::Several(some) }
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
