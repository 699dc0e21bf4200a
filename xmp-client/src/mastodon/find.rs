//! Which of an account's posts an attempt made: pure.
//!
//! A post with media that we uploaded is ours, whatever it says: nobody else has it. Without media it is the text that
//! tells, with the post that it answers and the time. A post that another delivery owns is never it. What may be it, and
//! was edited since, or says the same a little outside the window, is for a person to decide: it is never called absent.

use std::ops::RangeInclusive;
use std::time::Duration;

use jiff::Timestamp;
use xmp_core::{Evidence, FindQuery, RemoteId};

use super::text::canonical;

/// How far the server's clock and ours may be apart.
const SKEW: Duration = Duration::from_secs(60);
/// How far they may be apart before our own post would be overlooked: within this it is at least not called absent.
const FAR_SKEW: Duration = Duration::from_secs(3600);

/// A post of the account, as far as it can be recognised by.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) id: RemoteId,
    pub(super) text: String,
    pub(super) at: Option<Timestamp>,
    pub(super) reply_to: Option<RemoteId>,
    pub(super) media: Vec<String>,
    /// It was changed since it was published: it may have said anything before.
    pub(super) edited: bool,
}

/// What is looked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Search<'a> {
    pub(super) evidence: &'a Evidence,
    /// It was made between these, by our clock.
    pub(super) since: Timestamp,
    pub(super) until: Timestamp,
    /// Ids that other deliveries own.
    pub(super) taken: &'a [RemoteId],
    /// Whether a post that was edited in place may be it, whatever it says now.
    pub(super) edits: bool,
}

/// What was found. Indices are those of the posts that were looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Match {
    None,
    One(usize),
    Several(Vec<usize>),
}

impl<'a> Search<'a> {
    /// What an attempt may have made: until `settle` after its deadline.
    pub(super) fn attempt(query: &'a FindQuery, settle: Duration) -> Self {
        let until = query.until.saturating_add(settle).unwrap_or(Timestamp::MAX);
        Self { evidence: &query.evidence, since: query.since, until, taken: &query.taken, edits: true }
    }

    fn window(&self, skew: Duration) -> RangeInclusive<Timestamp> {
        let start = self.since.saturating_sub(skew).unwrap_or(Timestamp::MIN);
        start..=self.until.saturating_add(skew).unwrap_or(Timestamp::MAX)
    }

    /// Before this nothing has to be read.
    pub(super) fn start(&self) -> Timestamp {
        *self.window(FAR_SKEW).start()
    }

    /// Those that are in time and could be it, but for what they say.
    pub(super) fn in_time(&self, posts: &[Candidate]) -> Vec<usize> {
        self.possible(posts, SKEW)
    }

    fn possible(&self, posts: &[Candidate], skew: Duration) -> Vec<usize> {
        let span = self.window(skew);
        let may_be = |post: &Candidate| {
            // A post that answered one which is gone by now answers none.
            let fits = post.reply_to == self.evidence.reply_to || post.reply_to.is_none();
            let carries = if self.evidence.media.is_empty() {
                post.media.is_empty() || self.was_changed(post)
            } else {
                self.carries(post)
            };
            fits && carries && post.at.is_none_or(|at| span.contains(&at)) && !self.taken.contains(&post.id)
        };
        (0..posts.len()).filter(|&index| may_be(&posts[index])).collect()
    }

    /// Whether a post has media of ours.
    fn carries(&self, post: &Candidate) -> bool {
        post.media.iter().any(|id| self.evidence.media.contains(id))
    }

    /// Whether a post may have said anything when it was made. Nearly every edited post could be ours then, so its time has
    /// to be right.
    fn was_changed(&self, post: &Candidate) -> bool {
        self.edits && post.edited && self.is_in_time(post)
    }

    fn is_in_time(&self, post: &Candidate) -> bool {
        post.at.is_none_or(|at| self.window(SKEW).contains(&at))
    }

    fn says_the_same(&self, post: &Candidate) -> bool {
        canonical(&post.text) == canonical(&self.evidence.text)
    }

    /// Finds the attempt's post among those of its account.
    pub(super) fn find(&self, posts: &[Candidate]) -> Match {
        let possible = self.possible(posts, FAR_SKEW);
        let carrying: Vec<usize> =
            possible.iter().copied().filter(|&index| self.carries(&posts[index])).collect();
        if !carrying.is_empty() {
            // Only where a stronger mark is shared does the weaker one decide.
            let same: Vec<usize> =
                carrying.iter().copied().filter(|&index| self.says_the_same(&posts[index])).collect();
            return Match::of(if carrying.len() > 1 && !same.is_empty() { same } else { carrying });
        }
        let is_sure = |post: &Candidate| {
            !post.edited && self.is_in_time(post) && post.reply_to == self.evidence.reply_to
        };
        let said = possible
            .into_iter()
            .filter(|&index| self.was_changed(&posts[index]) || self.says_the_same(&posts[index]));
        let (sure, doubtful): (Vec<_>, Vec<_>) = said.partition(|&index| is_sure(&posts[index]));
        match (Match::of(sure), doubtful.is_empty()) {
            (Match::None, false) => Match::Several(doubtful),
            (found, _) => found,
        }
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
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn post(id: &str, text: &str, seconds: i64) -> Candidate {
        Candidate {
            id: RemoteId::new(id),
            text: text.to_owned(),
            at: Some(at(seconds)),
            reply_to: None,
            media: Vec::new(),
            edited: false,
        }
    }

    fn found(evidence: &Evidence, posts: &[Candidate]) -> Match {
        let taken = [RemoteId::new("taken")];
        Search { evidence, since: at(0), until: at(20), taken: &taken, edits: true }.find(posts)
    }

    fn says(text: &str) -> Evidence {
        Evidence { text: text.to_owned(), ..Evidence::default() }
    }

    #[test]
    fn a_text_is_found_in_its_time() {
        let evidence = says("Hello @ada@b.example  you");
        let shown = "Hello @ada you";
        for (posts, expected) in [
            (vec![], Match::None),
            (vec![post("1", shown, 5)], Match::One(0)),
            (vec![post("1", "other", 5), post("2", shown, 5)], Match::One(1)),
            (vec![post("taken", shown, 5)], Match::None),
            (vec![post("1", shown, 5), post("2", shown, 6)], Match::Several(vec![0, 1])),
            // Clocks differ: a minute is nothing, an hour is doubtful, more is another post.
            (vec![post("1", shown, -59)], Match::One(0)),
            (vec![post("1", shown, 79)], Match::One(0)),
            (vec![post("1", shown, -61)], Match::Several(vec![0])),
            (vec![post("1", shown, 3_600)], Match::Several(vec![0])),
            (vec![post("1", shown, -3_601)], Match::None),
            (vec![post("1", shown, -61), post("2", shown, 5)], Match::One(1)),
            (vec![Candidate { at: None, ..post("1", shown, 0) }], Match::One(0)),
            // A text with media that is not ours is another post.
            (vec![Candidate { media: vec!["m".into()], ..post("1", shown, 5) }], Match::None),
        ] {
            assert_eq!(found(&evidence, &posts), expected, "{posts:?}");
        }
    }

    #[test]
    fn an_edited_post_may_have_said_it_in_its_time() {
        let evidence = says("as it was");
        let edited = |text: &str, seconds| Candidate { edited: true, ..post("1", text, seconds) };
        let with_media = Candidate { media: vec!["m".into()], ..edited("other", 5) };
        for (one, expected) in [
            (edited("other", 5), Match::Several(vec![0])),
            (edited("as it was", 5), Match::Several(vec![0])),
            (with_media, Match::Several(vec![0])),
            (edited("other", 79), Match::Several(vec![0])),
            (edited("other", 81), Match::None),
            (edited("other", -61), Match::None),
            (edited("as it was", -61), Match::Several(vec![0])),
        ] {
            assert_eq!(found(&evidence, std::slice::from_ref(&one)), expected, "{one:?}");
        }
        // Where edits don't count, it is what it says.
        let search = Search { evidence: &evidence, since: at(0), until: at(20), taken: &[], edits: false };
        assert_eq!(search.find(&[edited("other", 5)]), Match::None);
        assert_eq!(search.find(&[edited("as it was", 5)]), Match::Several(vec![0]));
    }

    #[test]
    fn an_answer_answers_the_same_post() {
        let evidence = Evidence { reply_to: Some(RemoteId::new("root")), ..says("yes") };
        let answer = |to: Option<&str>| Candidate { reply_to: to.map(RemoteId::new), ..post("1", "yes", 5) };
        assert_eq!(found(&evidence, &[answer(Some("root"))]), Match::One(0));
        assert_eq!(found(&evidence, &[answer(Some("other"))]), Match::None);
        assert_eq!(found(&evidence, &[answer(None)]), Match::Several(vec![0]), "the question may be gone");
        assert_eq!(found(&says("yes"), &[answer(Some("root"))]), Match::None);
    }

    #[test]
    fn media_tells_more_than_words() {
        let evidence = Evidence { media: vec!["m1".into(), "m2".into()], ..says("look") };
        let with = |text: &str, media: &[&str]| Candidate {
            media: media.iter().map(ToString::to_string).collect(),
            ..post("1", text, 5)
        };
        assert_eq!(found(&evidence, &[with("look", &["m1", "m2"])]), Match::One(0));
        assert_eq!(found(&evidence, &[with("changed", &["m2"])]), Match::One(0));
        let edited = Candidate { edited: true, ..with("changed", &["m2"]) };
        assert_eq!(found(&evidence, &[edited]), Match::One(0));
        for elsewhere in [&["other"][..], &[]] {
            let edited = Candidate { edited: true, ..with("changed", elsewhere) };
            assert_eq!(found(&evidence, &[edited]), Match::None, "ours has media");
        }
        assert_eq!(found(&evidence, &[with("look", &["other"])]), Match::None);
        assert_eq!(found(&evidence, &[with("look", &[])]), Match::None);
        assert_eq!(found(&evidence, &[with("a", &["m1"]), with("look", &["m2"])]), Match::One(1));
        assert_eq!(found(&evidence, &[with("a", &["m1"]), with("b", &["m2"])]), Match::Several(vec![0, 1]));
    }
}
