//! The last line.

use std::fmt;
use std::ops::AddAssign;

use crate::processes::Hits;

/// What became of the parts of a run's posts. Each part counts once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How often a worker was killed.
    pub kills: u64,
    /// How often a worker was stopped and woken.
    pub stops: u64,
    /// Parts that were scheduled.
    pub posts: u64,
    /// Live, once, under the id that the store says.
    pub published: u64,
    /// Not live, and the store says why: refused, cancelled, expired.
    pub refused: u64,
    /// For a person to decide.
    pub held: u64,
    /// Said to be published and not live, or gone from the store.
    pub lost: u64,
    /// Live more often than the store knows, or two requests of one account in flight at once.
    pub doubled: u64,
    /// Not final, and not held.
    pub stuck: u64,
}

impl Tally {
    /// Whether the sum agrees, and nothing was lost, doubled or stuck.
    #[must_use]
    pub fn is_good(&self) -> bool {
        let ended = self.published + self.refused + self.held;
        ended == self.posts && self.lost == 0 && self.doubled == 0 && self.stuck == 0
    }

    /// Adds how often workers were hit.
    #[must_use]
    pub fn hit(self, hits: Hits) -> Self {
        Self { kills: self.kills + hits.kills, stops: self.stops + hits.stops, ..self }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.kills += other.kills;
        self.stops += other.stops;
        self.posts += other.posts;
        self.published += other.published;
        self.refused += other.refused;
        self.held += other.held;
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.stuck += other.stuck;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kills, posts, published, refused, held, lost, doubled, stuck, .. } = self;
        write!(
            f,
            "kills={kills} posts={posts} published={published} refused={refused} held={held} lost={lost} \
             doubled={doubled} stuck={stuck}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_to_end_well() {
        let good = Tally { posts: 6, published: 3, refused: 2, held: 1, kills: 9, ..Tally::default() };
        assert!(good.is_good());
        assert_eq!(good.to_string(), "kills=9 posts=6 published=3 refused=2 held=1 lost=0 doubled=0 stuck=0");
        assert!(!Tally { published: 2, ..good }.is_good(), "one is missing");
        for bad in [
            Tally { published: 2, lost: 1, ..good },
            Tally { doubled: 1, ..good },
            Tally { held: 0, stuck: 1, ..good },
        ] {
            assert!(!bad.is_good(), "{bad}");
        }
    }
}
