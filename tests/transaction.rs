//! Scheduling within the program's own transaction.
#![cfg(all(
    feature = "platform-x",
    feature = "store-sqlite",
    feature = "store-postgres",
    feature = "scheduler"
))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/peer.rs"]
mod peer;
mod support;

use std::sync::Arc;
use std::time::Duration;

use peer::Peer;
use support::{Stage, recording};
use xmp::deadpool_postgres::{Manager, Pool, Runtime};
use xmp::*;

/// The program's pool has one connection, which holds the transaction: everything is done on that one.
#[tokio::test]
async fn a_pool_of_one_schedules_within_its_transaction() {
    let Some(server) = Peer::postgres() else { return };
    let stage = Stage::new().await;
    let manager = Manager::new(server.text("/url").parse().unwrap(), tokio_postgres::NoTls);
    let wait = Some(Duration::from_millis(200));
    let pool =
        Pool::builder(manager).max_size(1).runtime(Runtime::Tokio1).wait_timeout(wait).build().unwrap();
    let xmp = Xmp::builder()
        .postgres_pool(pool.clone(), None, PostgresOptions::default())
        .seal_key(SealKey::from_base64(&stage.key).unwrap())
        .clock(Arc::new(stage.clock.clone()))
        .transport(recording::transport())
        .with(stage.config())
        .open()
        .await
        .unwrap();
    let ada = stage.connect(&xmp, "ada", OnAbsent::Hold).await;
    let draft = Draft::text("with the order").to(ada.id);

    let mut client = pool.get().await.unwrap();
    let transaction = client.transaction().await.unwrap();
    let first = xmp.posts().schedule_in(&transaction, &draft, "order 7").await.unwrap();
    let again = xmp.posts().schedule_in(&transaction, &draft, "order 7").await.unwrap();
    assert_eq!(again, first, "the transaction sees what it has done");
    let stranger = Draft::text("to nobody").to("acc_01890a5d00007000800000000000000a".parse().unwrap());
    let refused = xmp.posts().schedule_in(&transaction, &stranger, "order 8").await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotFound, "{refused}");
    transaction.commit().await.unwrap();
    drop(client);
    assert_eq!(xmp.posts().find("order 7").await.unwrap(), Some(first));
}
