use xmp_sim::{Sim, read_ledger};

use crate::support::png;
use crate::{PASSWORD, POST, Session, builder, key, post, word};

#[tokio::test]
async fn a_world_starts_again_as_it_was() {
    let home = tempfile::tempdir().unwrap();
    let sim = builder().home(home.path()).start().await.unwrap();
    let mut ada = Session::open(sim.url(), "ada.test", PASSWORD).await;
    let blob = ada.upload("image/png", &png(64)).await.json()["blob"].clone();
    ada.publish(&key(0), "a").await;
    let uri = ada.publish(&key(1), "b").await;
    sim.delete_elsewhere(&uri).unwrap();
    let ledger = sim.ledger();
    drop(sim);
    assert_eq!(read_ledger(home.path()).unwrap(), ledger);

    let sim = builder().home(home.path()).start().await.unwrap();
    ada.base = sim.url().to_owned();
    assert_eq!(sim.ledger(), ledger);
    assert!(ada.put(&key(0), &post("a")).await.json().get("commit").is_none(), "there already");
    let gone = format!("com.atproto.repo.getRecord?repo=ada.test&collection={POST}&rkey={}", key(1));
    assert_eq!(word(&ada.get(&gone).await), (400, "RecordNotFound".to_owned()));
    let mut carried = post("c");
    carried["embed"] = serde_json::json!({
        "$type": "app.bsky.embed.images",
        "images": [{ "image": blob, "alt": "" }],
    });
    assert_eq!(ada.put(&key(2), &carried).await.status, 200);
    assert_eq!(ada.with_refresh("refreshSession").await.status, 200);
}

#[tokio::test]
async fn platforms_share_a_world_and_a_ledger() {
    let sim: Sim = builder().account("ada").start().await.unwrap();
    sim.publish_elsewhere("ada", "on X").unwrap();
    sim.publish_elsewhere("bluesky:ada.test", "on Bluesky").unwrap();
    sim.publish_elsewhere("x:ada", "on X again").unwrap();
    let ledger = sim.ledger();
    let said: Vec<_> = ledger.iter().map(|entry| (entry.platform.as_str(), entry.text.as_str())).collect();
    assert_eq!(said, [("x", "on X"), ("bluesky", "on Bluesky"), ("x", "on X again")]);
    assert!(sim.publish_elsewhere("gopher:ada", "a").is_err());
    assert!(sim.publish_elsewhere("bluesky:nobody.test", "a").is_err());
}
