use serde_json::json;
use xmp_sim::read_ledger;

use crate::support::png;
use crate::{User, builder, id};

#[tokio::test]
async fn a_world_starts_again_as_it_was() {
    let home = tempfile::tempdir().unwrap();
    let sim = builder().home(home.path()).start().await.unwrap();
    let mut ada = User::connect(&sim, "ada");
    let media = id(&ada.upload(&png(64), Some("a square")).await);
    let first = id(&ada.post_keyed("k", "a").await);
    let second = ada.publish("b").await;
    ada.delete(&format!("/api/v1/statuses/{second}")).await;
    let ledger = sim.ledger();
    drop(sim);
    assert_eq!(read_ledger(home.path()).unwrap(), ledger);

    let sim = builder().home(home.path()).start().await.unwrap();
    ada.base = sim.url().to_owned();
    assert_eq!(id(&ada.post_keyed("k", "a").await), first, "the key is known");
    assert_eq!(ada.get(&format!("/api/v1/statuses/{second}")).await.status, 404);
    assert_eq!(ada.post(&json!({ "status": "c", "media_ids": [media] })).await.status, 200);
    assert_eq!(sim.ledger()[..2], ledger[..]);
}
