//! What keeps a post from appearing twice.

use xmp_core::{Certainty, Deadline, ErrorKind, PartContent};

use super::Verdict;
use super::world::{APART, World, failed, says, sent, skipped};

/// A worker may die at any moment of a preparation, and another one goes on from what was kept.
pub(super) async fn a_preparation_publishes_nothing_and_repeats_itself(w: World<'_>) -> Verdict {
    let part = w.part(PartContent { media: w.picture("a pixel").into_iter().collect(), ..says("ready") });
    let first = part.prepare().await;
    w.stage.advance(APART);
    let again = part.prepare().await;
    assert_eq!(first, again, "it goes on from its checkpoints");
    assert!(w.stage.live().await.is_empty(), "nothing is visible yet");
    if w.has_keys() {
        assert!(first.evidence.key.is_some(), "a key is what it is found by");
    }
    Verdict::Passed
}

pub(super) async fn a_request_sent_twice_makes_one_post(w: World<'_>) -> Verdict {
    if !w.has_keys() {
        return skipped("there is no key under which one post is made at most");
    }
    let part = w.part(says("once and only once"));
    let prepared = part.prepare().await;
    let first = sent(part.commit(&prepared).await);
    w.stage.advance(APART);
    let again = sent(part.commit(&prepared).await);
    assert_eq!(first, again);
    assert_eq!(w.only_live().await.id, first);
    Verdict::Passed
}

/// A key belongs to a part, and not to what it says.
pub(super) async fn equal_parts_are_two_posts(w: World<'_>) -> Verdict {
    if !w.has_keys() {
        return skipped("equal texts are left to the platform, which may refuse the second");
    }
    let first = w.publish(says("again")).await;
    let second = w.publish(says("again")).await;
    assert_ne!(first, second);
    assert_eq!(w.stage.live().await.len(), 2);
    Verdict::Passed
}

pub(super) async fn nothing_leaves_after_the_deadline(w: World<'_>) -> Verdict {
    let part = w.part(says("too late"));
    let prepared = part.prepare().await;
    let deadline = Deadline::after(w.stage.clock(), w.can.commit_timeout);
    w.stage.advance(w.can.commit_timeout);
    let error = failed(part.commit_until(&prepared, deadline).await, Certainty::NotSent);
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(w.stage.live().await.is_empty());
    // And it may be sent after all.
    let id = sent(part.commit(&prepared).await);
    assert_eq!(w.only_live().await.id, id);
    Verdict::Passed
}
