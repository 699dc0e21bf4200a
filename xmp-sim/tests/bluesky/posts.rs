use serde_json::json;

use crate::{POST, Session, key, post, refusal, start, word};

const PUT: &str = "com.atproto.repo.putRecord";

#[tokio::test]
async fn a_record_is_put_once_however_often_it_is_sent() {
    let (sim, ada) = start().await;
    let first = ada.put(&key(0), &post("hello")).await.json();
    assert_eq!(first["uri"], format!("at://{}/{POST}/{}", ada.did, key(0)));
    assert!(first["cid"].as_str().unwrap().starts_with("bafyrei"));
    assert!(first["commit"]["rev"].is_string());
    assert_eq!(first["validationStatus"], "valid");
    let again = ada.put(&key(0), &post("hello")).await.json();
    assert_eq!((&again["uri"], &again["cid"]), (&first["uri"], &first["cid"]));
    assert!(again.get("commit").is_none(), "nothing was committed");
    let ledger = sim.ledger();
    assert_eq!(ledger.len(), 1);
    let entry = &ledger[0];
    assert_eq!((entry.platform.as_str(), entry.account.as_str()), ("bluesky", "ada.test"));
    assert_eq!((entry.remote_id.as_str(), entry.text.as_str()), (first["uri"].as_str().unwrap(), "hello"));
    assert_eq!((&entry.account_id, entry.client_id.as_deref()), (&ada.did, Some("app-password")));
    assert_eq!(entry.details.as_ref().unwrap()["$type"], POST);
    assert!(entry.edits.is_empty());
}

#[tokio::test]
async fn another_record_under_the_same_key_replaces_it_unless_that_was_ruled_out() {
    let (sim, ada) = start().await;
    let first = ada.put(&key(0), &post("hello")).await.json();
    let mut write = ada.write(&key(0), &post("goodbye"));
    write["swapRecord"] = json!(null);
    let refused = ada.call(PUT, &write).await;
    let why = format!("Record was at {}", first["cid"].as_str().unwrap());
    assert_eq!(refusal(&refused), (400, "InvalidSwap".to_owned(), why));
    write["record"] = post("hello");
    assert_eq!(ada.call(PUT, &write).await.status, 200, "an equal record is no swap");
    let second = ada.put(&key(0), &post("goodbye")).await.json();
    assert_ne!(first["cid"], second["cid"]);
    let entry = &sim.ledger()[0];
    assert_eq!((entry.text.as_str(), entry.edits[0].text.as_str()), ("hello", "goodbye"));
    assert_eq!(second["cid"], entry.edits[0].remote_id.as_str());
}

#[tokio::test]
async fn creating_chooses_a_key_and_breaks_on_one_that_is_taken() {
    let (sim, ada) = start().await;
    let create = json!({ "repo": "ada.test", "collection": POST, "record": post("a") });
    let created = ada.call("com.atproto.repo.createRecord", &create).await.json();
    assert!(created["uri"].as_str().unwrap().starts_with(&format!("at://{}/", ada.did)));
    ada.publish(&key(0), "b").await;
    let taken = ada.call("com.atproto.repo.createRecord", &ada.write(&key(0), &post("b"))).await;
    assert_eq!(word(&taken), (500, "InternalServerError".to_owned()));
    assert_eq!(sim.ledger().len(), 2);
}

#[tokio::test]
async fn deleting_is_idempotent_and_a_key_may_be_used_again() {
    let (sim, ada) = start().await;
    ada.publish(&key(0), "a").await;
    let target = json!({ "repo": ada.did, "collection": POST, "rkey": key(0) });
    let gone = ada.call("com.atproto.repo.deleteRecord", &target).await;
    assert!(gone.json()["commit"]["rev"].is_string());
    assert_eq!(ada.call("com.atproto.repo.deleteRecord", &target).await.json(), json!({}));
    assert!(sim.ledger()[0].deleted && sim.ledger()[0].deleted_at.is_some());
    ada.publish(&key(0), "a").await;
    let ledger = sim.ledger();
    assert_eq!((ledger.len(), ledger[1].deleted), (2, false), "published again");
}

#[tokio::test]
async fn replies_and_quotes_are_in_the_ledger() {
    let (sim, ada) = start().await;
    let first = ada.put(&key(0), &post("root")).await.json();
    let target = json!({ "uri": first["uri"], "cid": first["cid"] });
    let mut reply = post("reply");
    reply["reply"] = json!({ "root": target, "parent": target });
    reply["embed"] = json!({ "$type": "app.bsky.embed.record", "record": target });
    assert_eq!(ada.put(&key(1), &reply).await.status, 200);
    let entry = sim.ledger().remove(1);
    assert_eq!(
        (entry.reply_to.as_deref(), entry.quote_of.as_deref()),
        (first["uri"].as_str(), first["uri"].as_str())
    );
}

#[tokio::test]
async fn invalid_records_are_refused_in_the_servers_words() {
    let (sim, ada) = start().await;
    let refused = ada.put(&key(0), &post(&"a".repeat(301))).await;
    let why = "Invalid app.bsky.feed.post record: grapheme too big (maximum 300, got 301) at $.record.text";
    assert_eq!(refusal(&refused), (400, "InvalidRequest".to_owned(), why.to_owned()));
    let refused = ada.put("self", &post("a")).await;
    assert!(refusal(&refused).2.contains("Invalid TID string"), "{refused:?}");
    let mut fraction = post("a");
    fraction["n"] = json!(0.5);
    assert_eq!(word(&ada.put(&key(0), &fraction).await), (400, "InvalidRequest".to_owned()));
    let mut past_the_end = post("short");
    past_the_end["facets"] = json!([{
        "index": { "byteStart": 90, "byteEnd": 10 },
        "features": [{ "$type": "app.bsky.richtext.facet#link", "uri": "https://example.com" }],
    }]);
    assert_eq!(ada.put(&key(0), &past_the_end).await.status, 200, "facets are not checked against the text");
    assert_eq!(sim.ledger().len(), 1);
}

#[tokio::test]
async fn requests_that_make_no_sense_are_refused() {
    let (sim, ada) = start().await;
    let missing = ada.call(PUT, &json!({ "repo": ada.did, "collection": POST })).await;
    assert_eq!(refusal(&missing).2, "Missing required key \"rkey\" at $");
    let bob = Session { did: sim.account_id("bluesky:bob.test").unwrap(), ..ada.clone() };
    assert_eq!(word(&bob.put(&key(0), &post("a")).await), (401, "AuthenticationRequired".to_owned()));
    let nobody = Session { did: "did:plc:nobody".to_owned(), ..ada.clone() };
    assert_eq!(word(&nobody.put(&key(0), &post("a")).await), (403, "AccountNotFound".to_owned()));
    let huge = ada.put(&key(0), &post(&"a".repeat(200_000))).await;
    assert_eq!(word(&huge), (413, "PayloadTooLargeError".to_owned()));
    let unknown = ada.get("app.bsky.feed.nonsense").await;
    let why = "No service configured for app.bsky.feed.nonsense".to_owned();
    assert_eq!(refusal(&unknown), (400, "InvalidRequest".to_owned(), why));
}

#[tokio::test]
async fn other_collections_are_kept_and_are_no_posts() {
    let (sim, ada) = start().await;
    let collection = "app.bsky.feed.threadgate";
    let gate =
        json!({ "repo": ada.did, "collection": collection, "rkey": key(0), "record": { "post": "at://a" } });
    assert_eq!(ada.call(PUT, &gate).await.json()["validationStatus"], "unknown");
    assert!(sim.ledger().is_empty());
    let get = format!("com.atproto.repo.getRecord?repo=ada.test&collection={collection}&rkey={}", key(0));
    assert_eq!(ada.get(&get).await.json()["value"]["post"], "at://a");
}
