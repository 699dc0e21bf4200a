//! The plainest queue on PostgreSQL.

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_postgres::{Client, NoTls};

use super::lateness::Commit;
use crate::Result;
use crate::one::Stopwatch;
use crate::size::Size;

/// What drains most on two cores.
const CONNECTIONS: usize = 4;
const BATCH: usize = 100;

/// Rows of one INSERT.
const BULK: usize = 1000;

const SCHEMA: &str =
    "CREATE TABLE jobs (id bigint PRIMARY KEY, state smallint NOT NULL DEFAULT 0, payload text NOT NULL);
     CREATE INDEX jobs_waiting ON jobs (id) WHERE state = 0";

pub(crate) async fn connect(url: &str) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

pub(super) async fn jobs(url: &str, size: &Size) -> Result<Value> {
    let client = connect(url).await?;
    client.batch_execute(SCHEMA).await?;
    let insert = client
        .prepare("INSERT INTO jobs (id, payload) SELECT * FROM unnest($1::bigint[], $2::text[])")
        .await?;
    let watch = Stopwatch::start();
    let numbers: Vec<i64> = (0..).take(size.jobs).collect();
    for bulk in numbers.chunks(BULK) {
        let payloads: Vec<String> = bulk.iter().map(|n| format!("{{\"n\":{n}}}")).collect();
        client.execute(&insert, &[&bulk, &payloads]).await?;
    }
    let enqueue = watch.seconds();

    let mut clients = Vec::new();
    for _ in 0..CONNECTIONS {
        clients.push(connect(url).await?);
    }
    let watch = Stopwatch::start();
    let mut loops: JoinSet<Result<()>> = clients.into_iter().map(work).collect();
    while let Some(ended) = loops.join_next().await {
        ended??;
    }
    let drain = watch.seconds();
    let done: i64 = client.query_one("SELECT count(*) FROM jobs WHERE state = 2", &[]).await?.get(0);
    if usize::try_from(done)? != size.jobs {
        return Err(format!("{done} of {} are done", size.jobs).into());
    }
    Ok(json!({ "enqueue.seconds": enqueue, "drain.seconds": drain }))
}

/// Claims and completes until nothing is left.
async fn work(client: Client) -> Result<()> {
    let claim = client
        .prepare(&format!(
            "UPDATE jobs SET state = 1 WHERE id IN (SELECT id FROM jobs WHERE state = 0 ORDER BY id
                 LIMIT {BATCH} FOR UPDATE SKIP LOCKED) RETURNING id"
        ))
        .await?;
    let complete = client.prepare("UPDATE jobs SET state = 2 WHERE id = ANY ($1::bigint[])").await?;
    loop {
        let ids: Vec<i64> = client.query(&claim, &[]).await?.iter().map(|row| row.get(0)).collect();
        if ids.is_empty() {
            return Ok(());
        }
        client.execute(&complete, &[&ids]).await?;
    }
}

/// A row for each post, and a commit when its time has come.
pub(super) struct OneCommit {
    client: Client,
    update: tokio_postgres::Statement,
}

impl OneCommit {
    pub(super) async fn new(url: &str, size: &Size) -> Result<Self> {
        let client = connect(url).await?;
        client.batch_execute(SCHEMA).await?;
        let rows = format!(
            "INSERT INTO jobs (id, payload) SELECT n, '{{}}' FROM generate_series(0, {}) n",
            size.due
        );
        client.batch_execute(&rows).await?;
        let update = client.prepare("UPDATE jobs SET state = 2 WHERE id = $1").await?;
        Ok(Self { client, update })
    }
}

#[async_trait]
impl Commit for OneCommit {
    async fn commit(&self, n: usize) -> Result<()> {
        self.client.execute(&self.update, &[&i64::try_from(n)?]).await?;
        Ok(())
    }
}
