use std::time::Duration;

use serde_json::json;
use xmp_sim::{Fault, FaultKind};

use crate::support::Answer;
use crate::{User, refusal, refused, start};

fn ids(answer: &Answer) -> Vec<String> {
    answer.json().as_array().unwrap().iter().map(|status| status["id"].as_str().unwrap().to_owned()).collect()
}

/// The path behind one relation of the `Link` header.
fn linked(answer: &Answer, relation: &str) -> Option<String> {
    let link =
        answer.header("link")?.split(", ").find(|link| link.ends_with(&format!("rel=\"{relation}\"")))?;
    let url = link.trim_start_matches('<').split('>').next()?;
    Some(url[url.find("/api").unwrap()..].to_owned())
}

#[tokio::test]
async fn pages_are_linked_in_both_directions() {
    let (_sim, ada) = start().await;
    let mut all = Vec::new();
    for text in ["a", "b", "c", "d", "e"] {
        all.insert(0, ada.publish(text).await);
    }
    let first = ada.get(&format!("/api/v1/accounts/{}/statuses?limit=2&exclude_reblogs=true", ada.id)).await;
    assert_eq!(ids(&first), all[..2]);
    let next = linked(&first, "next").unwrap();
    assert!(next.contains("limit=2") && next.contains("exclude_reblogs=true"), "{next}");
    let second = ada.get(&next).await;
    assert_eq!(ids(&second), all[2..4]);
    let third = ada.get(&linked(&second, "next").unwrap()).await;
    assert_eq!((ids(&third), linked(&third, "next")), (all[4..].to_vec(), None));
    assert_eq!(
        ids(&ada.get(&linked(&third, "prev").unwrap()).await),
        all[2..4],
        "right after, not the newest"
    );
    let since = ada.get(&format!("/api/v1/accounts/{}/statuses?limit=2&since_id={}", ada.id, all[4])).await;
    assert_eq!(ids(&since), all[..2], "the newest");
}

#[tokio::test]
async fn what_is_not_for_everybody_is_shown_to_its_author_only() {
    let (sim, ada) = start().await;
    ada.publish("open").await;
    ada.post(&json!({ "status": "closed", "visibility": "direct" })).await;
    let path = format!("/api/v1/accounts/{}/statuses", ada.id);
    assert_eq!(ids(&ada.get(&path).await).len(), 2);
    assert_eq!(ids(&User::connect(&sim, "bob").get(&path).await).len(), 1);
    assert_eq!(refusal(&ada.get("/api/v1/accounts/1/statuses").await), refused(404, "Record not found"));
}

#[tokio::test]
async fn timelines_lag_and_lookups_only_if_told_to() {
    let (sim, ada) = start().await;
    let id = ada.publish("a").await;
    let (timeline, status) =
        (format!("/api/v1/accounts/{}/statuses", ada.id), format!("/api/v1/statuses/{id}"));
    sim.set_fault(Fault::new(FaultKind::TimelineLag { ms: 60_000, lookups: false }));
    assert!(ids(&ada.get(&timeline).await).is_empty());
    assert_eq!(ada.get(&status).await.status, 200);
    sim.set_fault(Fault::new(FaultKind::TimelineLag { ms: 60_000, lookups: true }));
    assert_eq!(ada.get(&status).await.status, 404);
    sim.clock().advance(Duration::from_secs(60));
    assert_eq!((ids(&ada.get(&timeline).await).len(), ada.get(&status).await.status), (1, 200));
}
