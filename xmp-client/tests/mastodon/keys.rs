//! What keeps a post from appearing twice: within the hour that a server remembers a key, and after it.

use std::time::Duration;

use xmp_client::suite::Stage;
use xmp_core::{Absence, Checkpoints, ErrorKind, Finding, Outcome, Prepared};
use xmp_sim::{Fault, FaultKind};

use crate::part::Part;
use crate::stages::Simulated;
use crate::support::Kept;

const MINUTE: Duration = Duration::from_secs(60);

fn key(prepared: &Prepared) -> String {
    prepared.request["key"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_absence_is_proved_while_the_key_is_good_and_observed_later() {
    for (after, absence) in
        [(3, Absence::Proof), (49, Absence::Proof), (50, Absence::Observed), (90, Absence::Observed)]
    {
        let stage = Simulated::open().await;
        let part = Part::new(&stage, "lost");
        let prepared = part.lose().await;
        let finding = part.look(&prepared, MINUTE * after).await;
        assert!(matches!(finding, Finding::Absent(how) if how == absence), "{after} min: {finding:?}");
    }
}

#[tokio::test]
async fn a_repeated_request_makes_one_post_until_the_key_is_forgotten() {
    let stage = Simulated::open().await;
    let part = Part::new(&stage, "once");
    let (prepared, _) = part.publish().await;
    stage.advance(MINUTE * 49);
    assert!(matches!(part.commit(&prepared).await, Outcome::Sent(_)));
    assert_eq!(stage.live().await.len(), 1);
    // Which is why it is never repeated so late.
    stage.advance(MINUTE * 12);
    assert!(matches!(part.commit(&prepared).await, Outcome::Sent(_)));
    assert_eq!(stage.live().await.len(), 2);
}

#[tokio::test]
async fn a_part_that_waits_gets_another_key_after_a_look() {
    let stage = Simulated::open().await;
    let part = Part::new(&stage, "waits");
    let first = part.prepare().await.unwrap();
    stage.advance(MINUTE * 49);
    assert_eq!(key(&part.prepare().await.unwrap()), key(&first));
    stage.advance(MINUTE);
    let looks = stage.connected.count("/statuses");
    let second = part.prepare().await.unwrap();
    assert_ne!(key(&second), key(&first));
    assert_eq!(stage.connected.count("/statuses"), looks + 1, "own posts are looked at once");
    assert!(matches!(part.commit(&second).await, Outcome::Sent(_)));
    assert_eq!(stage.live().await.len(), 1);
}

#[tokio::test]
async fn a_part_that_is_live_under_a_forgotten_key_is_not_made_again() {
    let stage = Simulated::open().await;
    let part = Part::new(&stage, "live already");
    let (_, published) = part.publish().await;
    stage.advance(MINUTE * 50);
    let refused = part.prepare().await.unwrap_err();
    assert_eq!((refused.kind(), refused.code()), (ErrorKind::Conflict, "post.live_already"));
    assert!(refused.to_string().contains(&published.url.unwrap()), "{refused}");
    // A person who puts it back wants another one: the checkpoints are gone then.
    let again = Part { kept: Kept::default(), ..part };
    again.prepare().await.unwrap();
}

#[tokio::test]
async fn without_a_look_there_is_no_other_key() {
    let stage = Simulated::open().await;
    let part = Part::new(&stage, "unreadable");
    let first = part.prepare().await.unwrap();
    stage.advance(MINUTE * 50);
    stage.sim.set_fault(Fault::new(FaultKind::CutBefore).route("timeline"));
    part.prepare().await.unwrap_err();
    let kept = part.kept.get("key").unwrap();
    assert!(kept.contains(&key(&first)), "{kept}");
}

#[tokio::test]
async fn a_deleted_post_does_not_come_back() {
    let stage = Simulated::open().await;
    let part = Part::new(&stage, "deleted meanwhile");
    let (prepared, published) = part.publish().await;
    stage.sim.delete_elsewhere(published.remote_id.as_str()).unwrap();
    let Outcome::Rejected(refused) = part.commit(&prepared).await else { panic!("the key is known") };
    assert_eq!((refused.kind(), refused.code()), (ErrorKind::NotFound, "post.gone"));
    assert!(stage.live().await.is_empty());
}

#[tokio::test]
async fn an_edited_post_is_for_a_person_to_decide() {
    let stage = Simulated::open().await;
    let part = Part::new(&stage, "as it was");
    let (prepared, published) = part.publish().await;
    stage.sim.edit_elsewhere(published.remote_id.as_str(), "as it is now").unwrap();
    let finding = part.look(&prepared, MINUTE * 3).await;
    assert!(matches!(&finding, Finding::Ambiguous(ids) if *ids == [published.remote_id]), "{finding:?}");
}

#[tokio::test]
async fn an_edited_post_does_not_keep_a_part_that_waits_from_being_published() {
    let stage = Simulated::open().await;
    let part = Part::new(&stage, "waits");
    part.prepare().await.unwrap();
    stage.sim.publish_elsewhere("mastodon:ada", "by the owner").unwrap();
    let other = stage.live().await.remove(0).id;
    stage.sim.edit_elsewhere(other.as_str(), "by the owner, mended").unwrap();
    stage.advance(MINUTE * 50);
    let prepared = part.prepare().await.unwrap();
    assert!(matches!(part.commit(&prepared).await, Outcome::Sent(_)));
}

#[tokio::test]
async fn what_became_of_an_attempt_is_asked_when_no_request_can_be_running_any_more() {
    let stage = Simulated::open().await;
    let can = stage.platform().capability();
    assert!(
        can.settle >= MINUTE * 2,
        "proxies wait a minute for an answer, and clocks differ: {:?}",
        can.settle
    );
    // What is left of the hour when a key is no longer used has to be enough for both.
    assert!(can.commit_timeout + can.settle < MINUTE * 10, "{:?}", can.settle);
}
