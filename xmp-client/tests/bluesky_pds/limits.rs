//! Points: counted before they are spent, and learned from what the server tells.

use serde_json::{Value, json};
use xmp_core::{Certainty, ErrorKind, Retry};

use super::{Ada, connect, error_of, says};
use crate::pds::{Pds, bearer};

/// What an account may write in an hour: 5,000 points, 3 for a record that is created.
const HOUR: u64 = 5_000;
const CREATE: u64 = 3;

/// Spends points as another program of the same account does.
async fn spend(pds: &Pds, did: &str, access: &str, mut creates: u64) {
    while creates > 0 {
        let now = creates.min(200);
        let record =
            json!({ "$type": "app.bsky.feed.post", "text": "", "createdAt": "2026-01-01T00:00:00.000Z" });
        let create = json!({ "$type": "com.atproto.repo.applyWrites#create", "collection": "app.bsky.feed.post",
            "value": record });
        let writes: Vec<Value> = (0..now).map(|_| create.clone()).collect();
        let body = json!({ "repo": did, "writes": writes });
        pds.post("com.atproto.repo.applyWrites", &bearer(access), &body).await;
        creates -= now;
    }
}

#[tokio::test]
async fn points_are_counted_before_they_are_spent() {
    let Some(pds) = Pds::start(&["--rate-limits"]) else { return };
    // It lives as long as the program: an account refers to it.
    let pds: &'static Pds = Box::leak(Box::new(pds));
    let owner = pds.account().await;
    let connected = connect(pds, &owner.handle, &owner.app_password).await;
    let ada = Ada { pds, owner, connected };
    spend(pds, &ada.owner.did, &ada.owner.access, (HOUR - 5) / CREATE).await;

    // 5 points are left, and nobody here knows it before the first answer tells.
    for text in ["3 are left", "1 is left"] {
        ada.publish(says(text)).await;
    }
    let part = ada.part(says("none would be left"));
    let prepared = ada.prepare(&part).await.unwrap();
    let error = error_of(ada.commit(&part, &prepared).await, Certainty::NotSent);
    let Retry::After(wait) = error.retry() else { panic!("{error:?}") };
    assert_eq!((error.kind(), error.code()), (ErrorKind::RateLimit, "limit.window"));
    assert!((1..=3600).contains(&wait.as_secs()), "{wait:?}");
    assert_eq!(ada.puts(), 2, "the server was not asked");

    // Who knows nothing asks, and is told the same.
    let connected = connect(pds, &ada.owner.handle, &ada.owner.app_password).await;
    let other = Ada { pds, owner: ada.owner.clone(), connected };
    let part = other.part(says("asked all the same"));
    let prepared = other.prepare(&part).await.unwrap();
    let error = error_of(other.commit(&part, &prepared).await, Certainty::NotSent);
    let Retry::After(told) = error.retry() else { panic!("{error:?}") };
    assert_eq!((error.kind(), error.code()), (ErrorKind::RateLimit, "window.used_up"));
    assert!((1..=3600).contains(&told.as_secs()), "{told:?}");
    assert_eq!(other.puts(), 1);
}
