//! Finding out what became of an attempt.

use xmp_core::capability::Idempotency;
use xmp_core::{Absence, Certainty, Finding, RemoteId};

use super::world::{APART, World, failed, says, sent, skipped};
use super::{Break, Verdict};

fn found(finding: Finding) -> RemoteId {
    match finding {
        Finding::Found(published) => published.remote_id,
        other => panic!("not found: {other:?}"),
    }
}

/// Where there is a key, its absence is proved, since it was asked for while the key was remembered.
fn absent(w: &World<'_>, finding: &Finding) {
    let expected = match w.can.idempotency {
        Idempotency::RecordKey | Idempotency::IdempotencyKey => Absence::Proof,
        _ => Absence::Observed,
    };
    assert!(
        matches!(finding, Finding::Absent(how) if *how == expected),
        "{expected:?} was expected: {finding:?}"
    );
}

pub(super) async fn what_was_sent_is_found(w: World<'_>) -> Verdict {
    for text in ["plain", "with a link https://example.com/?a=1&b=2 & more", "日本語 👩🏽‍🚀"] {
        let part = w.part(says(text));
        let prepared = part.prepare().await;
        let since = w.now();
        let id = sent(part.commit(&prepared).await);
        w.settle();
        assert_eq!(found(w.find(&prepared.evidence, since, Vec::new()).await), id, "{text}");
    }
    Verdict::Passed
}

pub(super) async fn what_was_not_sent_is_absent(w: World<'_>) -> Verdict {
    w.publish(says("something else")).await;
    w.stage.advance(APART);
    let part = w.part(says("never sent"));
    let prepared = part.prepare().await;
    let since = w.now();
    w.settle();
    absent(&w, &w.find(&prepared.evidence, since, Vec::new()).await);
    Verdict::Passed
}

/// A post that another delivery owns is not ours, even where it says the same.
pub(super) async fn another_posts_id_is_not_taken(w: World<'_>) -> Verdict {
    if w.can.idempotency == Idempotency::RecordKey {
        return skipped("what is found has our own key, which nobody else has");
    }
    let part = w.part(says("said twice"));
    let prepared = part.prepare().await;
    let since = w.now();
    let id = sent(part.commit(&prepared).await);
    w.settle();
    let finding = w.find(&prepared.evidence, since, vec![id]).await;
    assert!(matches!(finding, Finding::Absent(_)), "{finding:?}");
    Verdict::Passed
}

pub(super) async fn a_lost_answer_may_have_been_sent_and_is_found(w: World<'_>) -> Verdict {
    let part = w.part(says("sent, and no answer"));
    let prepared = part.prepare().await;
    let since = w.now();
    if !w.stage.break_next(Break::AfterEffect) {
        return skipped("the stage can't lose an answer");
    }
    failed(part.commit(&prepared).await, Certainty::MaybeSent);
    let live = w.only_live().await.id;
    w.settle();
    assert_eq!(found(w.find(&prepared.evidence, since, Vec::new()).await), live);
    if w.has_keys() {
        assert_eq!(sent(part.commit(&prepared).await), live, "sent again, it is the same post");
        w.only_live().await;
    }
    Verdict::Passed
}

pub(super) async fn a_lost_request_may_have_been_sent_and_is_absent(w: World<'_>) -> Verdict {
    let part = w.part(says("lost on the way"));
    let prepared = part.prepare().await;
    let since = w.now();
    if !w.stage.break_next(Break::BeforeEffect) {
        return skipped("the stage can't lose a request");
    }
    failed(part.commit(&prepared).await, Certainty::MaybeSent);
    assert!(w.stage.live().await.is_empty());
    w.settle();
    absent(&w, &w.find(&prepared.evidence, since, Vec::new()).await);
    sent(part.commit(&prepared).await);
    w.only_live().await;
    Verdict::Passed
}
