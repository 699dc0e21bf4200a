use std::time::Duration;

use serde_json::Value;
use xmp_sim::{Fault, FaultKind};

use crate::{POST, key, refusal, start, word};

fn texts(list: &Value, pointer: &str) -> Vec<String> {
    let text = |item: &Value| item.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    list.as_array().unwrap().iter().map(text).collect()
}

#[tokio::test]
async fn records_are_read_by_key_as_soon_as_they_are_there() {
    let (_sim, ada) = start().await;
    let uri = ada.publish(&key(0), "a").await;
    let get = |rkey: &str| format!("com.atproto.repo.getRecord?repo=ada.test&collection={POST}&rkey={rkey}");
    let record = ada.get(&get(&key(0))).await.json();
    assert_eq!((record["uri"].as_str(), record["value"]["text"].as_str()), (Some(&*uri), Some("a")));
    let missing = ada.get(&get(&key(1))).await;
    let why = format!("Could not locate record: at://{}/{POST}/{}", ada.did, key(1));
    assert_eq!(refusal(&missing), (400, "RecordNotFound".to_owned(), why));
    let nobody = ada.get(&get(&key(0)).replace("ada.test", "nobody.test")).await;
    assert_eq!(word(&nobody), (400, "InvalidRequest".to_owned()), "no proof of absence");
}

#[tokio::test]
async fn a_collection_is_listed_in_pages_from_either_end() {
    let (_sim, ada) = start().await;
    for (n, text) in (0..).zip(["a", "b", "c"]) {
        ada.publish(&key(n), text).await;
    }
    let list = format!("com.atproto.repo.listRecords?repo={}&collection={POST}&limit=2", ada.did);
    let first = ada.get(&list).await.json();
    assert_eq!(texts(&first["records"], "/value/text"), ["c", "b"]);
    assert_eq!(first["cursor"], key(1));
    let second = ada.get(&format!("{list}&cursor={}", key(1))).await.json();
    assert_eq!(texts(&second["records"], "/value/text"), ["a"]);
    let end = ada.get(&format!("{list}&cursor={}", key(0))).await.json();
    assert_eq!((end["records"].as_array().map(Vec::len), end.get("cursor")), (Some(0), None));
    let reversed = ada.get(&format!("{list}&reverse=true")).await.json();
    assert_eq!(texts(&reversed["records"], "/value/text"), ["a", "b"]);
}

#[tokio::test]
async fn the_app_view_shows_posts_with_their_numbers() {
    let (sim, ada) = start().await;
    let uri = ada.publish(&key(0), "a").await;
    sim.publish_elsewhere("bluesky:ada.test", "by hand").unwrap();
    let feed = ada.get("app.bsky.feed.getAuthorFeed?actor=ada.test&limit=1").await.json();
    assert_eq!(texts(&feed["feed"], "/post/record/text"), ["by hand"]);
    let cursor = feed["cursor"].as_str().unwrap();
    let next = ada.get(&format!("app.bsky.feed.getAuthorFeed?actor=ada.test&cursor={cursor}")).await.json();
    assert_eq!(texts(&next["feed"], "/post/record/text"), ["a"]);
    assert!(next.get("cursor").is_none());
    sim.clock().advance(Duration::from_secs(7 * 86_400));
    let posts =
        ada.get(&format!("app.bsky.feed.getPosts?uris={uri}&uris=at://did:plc:no/{POST}/x")).await.json();
    assert_eq!(texts(&posts["posts"], "/author/handle"), ["ada.test"], "what is not there is left out");
    assert!(posts["posts"][0]["likeCount"].as_u64().unwrap() > 0);
    let profile = ada.get("app.bsky.actor.getProfile?actor=ada.test").await.json();
    assert_eq!((profile["did"].as_str(), profile["postsCount"].as_u64()), (Some(&*ada.did), Some(2)));
}

#[tokio::test]
async fn the_app_view_lags_and_the_repository_does_not() {
    let (sim, ada) = start().await;
    let uri = ada.publish(&key(0), "a").await;
    sim.set_fault(Fault::new(FaultKind::TimelineLag { ms: 60_000, lookups: false }).platform("bluesky"));
    let feed = || ada.get("app.bsky.feed.getAuthorFeed?actor=ada.test");
    assert_eq!(feed().await.json()["feed"].as_array().unwrap().len(), 0);
    let posts = ada.get(&format!("app.bsky.feed.getPosts?uris={uri}")).await.json();
    assert_eq!(posts["posts"].as_array().unwrap().len(), 0);
    let list = ada.get(&format!("com.atproto.repo.listRecords?repo=ada.test&collection={POST}")).await.json();
    assert_eq!(list["records"].as_array().unwrap().len(), 1);
    sim.clock().advance(Duration::from_secs(60));
    assert_eq!(feed().await.json()["feed"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn owners_edit_and_delete_elsewhere() {
    let (sim, ada) = start().await;
    let uri = ada.publish(&key(0), "a").await;
    sim.edit_elsewhere(&uri, "b").unwrap();
    let get = format!("com.atproto.repo.getRecord?repo=ada.test&collection={POST}&rkey={}", key(0));
    assert_eq!(ada.get(&get).await.json()["value"]["text"], "b");
    sim.delete_elsewhere(&uri).unwrap();
    assert_eq!(word(&ada.get(&get).await), (400, "RecordNotFound".to_owned()));
    assert!(sim.delete_elsewhere(&uri).is_err());
    let entry = sim.ledger().remove(0);
    assert_eq!((entry.text.as_str(), entry.edits[0].text.as_str(), entry.deleted), ("a", "b", true));
}

#[tokio::test]
async fn handles_are_resolved() {
    let (_sim, ada) = start().await;
    let resolve = |handle: &str| format!("com.atproto.identity.resolveHandle?handle={handle}");
    assert_eq!(ada.get(&resolve("ada.test")).await.json()["did"], *ada.did);
    assert_eq!(refusal(&ada.get(&resolve("nobody.test")).await).2, "Unable to resolve handle");
}
