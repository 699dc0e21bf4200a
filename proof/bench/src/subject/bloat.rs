//! What very many finished posts leave behind.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio_postgres::Client;

use super::echo::Echo;
use super::jobs::Countdown;
use super::{Place, Subject, many_slots};
use crate::Result;
use crate::raw::connect;
use crate::size::Size;

/// Posts that are scheduled, published and forgotten together.
const BATCH: usize = 50_000;

/// Posts that one transaction forgets.
const FORGOTTEN_AT_ONCE: usize = 1_000;

/// What is forgotten with its post.
const FORGOTTEN: &str = "'xmp.deliveries'::regclass, 'xmp.posts'::regclass, 'xmp.attempts'::regclass";

/// What stays: events, and the ids of what was live.
const KEPT: &str = "'xmp.events'::regclass, 'xmp.published'::regclass";

/// Batch after batch is scheduled, published, and forgotten when the next one comes; the server's own vacuum cleans up as
/// it is set up to. In the end: how much larger the tables are than their rows, and what stays of a forgotten post.
pub(super) async fn run(subject: &Subject, size: &Size) -> Result<Value> {
    let Place::Postgres(url) = &subject.at else { return Err("only PostgreSQL has bloat".into()) };
    let client = connect(url).await?;
    let accounts = subject.make_accounts(BATCH.min(size.finished)).await?;
    let mut finished = 0;
    while finished < size.finished {
        while subject.store.prune(Duration::ZERO, FORGOTTEN_AT_ONCE).await? > 0 {}
        let due = subject.clock.now();
        let batch = accounts.iter().take(size.finished - finished);
        let count = subject.schedule(batch.map(|account| (account, due))).await?;
        let world = Arc::new(Countdown::new(count));
        subject.worker(Echo::new(&world), many_slots())?.run(&world.stop).await;
        finished += count;
        eprintln!("{finished} finished, {} MB", bytes(&client, FORGOTTEN).await? / 1_000_000);
    }
    let (grown, kept) = (bytes(&client, FORGOTTEN).await?, bytes(&client, KEPT).await?);
    client
        .batch_execute("VACUUM FULL xmp.deliveries; VACUUM FULL xmp.posts; VACUUM FULL xmp.attempts")
        .await?;
    let rows = bytes(&client, FORGOTTEN).await?;
    Ok(json!({
        "bloat.times_the_rows": ratio(grown, rows),
        "bloat.kept_bytes_a_post": ratio(kept, i64::try_from(finished)?),
    }))
}

/// The size of tables, with their indexes.
async fn bytes(client: &Client, tables: &str) -> Result<i64> {
    let sql = format!("SELECT sum(pg_total_relation_size(t))::bigint FROM unnest(ARRAY[{tables}]) t");
    Ok(client.query_one(&sql, &[]).await?.get(0))
}

#[expect(clippy::cast_precision_loss, reason = "sizes of tables")]
fn ratio(one: i64, other: i64) -> f64 {
    one as f64 / other.max(1) as f64
}
