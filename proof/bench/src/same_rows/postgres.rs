//! The script on PostgreSQL: a few connections, a batch of rows in one statement.

use std::collections::BTreeMap;

use async_trait::async_trait;
use futures_util::future::{BoxFuture, FutureExt as _, try_join_all};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Statement};

use super::pattern::{Pattern, number};
use super::record::{Script, Snapshot, record};
use super::script::{Change, Row, Table, Tables};
use crate::Result;
use crate::contestant::Contestant;
use crate::one::Stopwatch;
use crate::raw::connect;
use crate::size::Size;
use crate::subject::Subject;

/// What drains most on two cores.
const CONNECTIONS: usize = 4;
const BATCH: usize = 250;

/// Posts that are scheduled in one commit.
const BULK: usize = 1000;

/// The next that are due, as the store's own index has them.
const NEXT: &str = "SELECT id::text FROM xmp.deliveries WHERE queue = 'publish' ORDER BY priority, run_at, id
     LIMIT $1 FOR UPDATE SKIP LOCKED";

/// The columns of all tables of the schema, and what they are.
const COLUMNS: &str = "SELECT c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod),
         coalesce(pg_get_expr(d.adbin, d.adrelid), '') LIKE 'nextval(%',
         coalesce(a.attnum = ANY (i.indkey), false)
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
     LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
     WHERE c.relnamespace = 'xmp'::regnamespace AND c.relkind = 'r' ORDER BY 1, a.attnum";

pub(super) async fn jobs(url: &str, size: &Size) -> Result<Value> {
    let subject = Subject::open(Contestant::XmpPostgres, url).await?;
    let schema = Schema::read(connect(url).await?).await?;
    let script = record(&subject, &schema, size.jobs).await?;
    subject.store().close().await;
    let mut players = Vec::new();
    for _ in 0..CONNECTIONS {
        players.push(Player::new(connect(url).await?, &schema, &script).await?);
    }

    // The recorded post is number 0.
    let numbers: Vec<u64> = (1..).take(size.jobs).collect();
    let watch = Stopwatch::start();
    for bulk in numbers.chunks(BULK) {
        players[0].commit(&players[0].schedule, bulk).await?;
    }
    let enqueue = watch.seconds();

    let watch = Stopwatch::start();
    let mut loops: JoinSet<Result<()>> = players.into_iter().map(Player::drain).collect();
    while let Some(ended) = loops.join_next().await {
        ended??;
    }
    let drain = watch.seconds();
    Ok(json!({ "enqueue.seconds": enqueue, "drain.seconds": drain }))
}

/// All that is in a database, for a test.
#[cfg(test)]
pub(super) async fn tables(url: &str) -> Result<Tables> {
    Schema::read(connect(url).await?).await?.tables().await
}

/// The tables of a store.
struct Schema {
    client: Client,
    columns: BTreeMap<String, Vec<Column>>,
}

struct Column {
    name: String,
    kind: String,
    counted: bool,
    key: bool,
}

impl Schema {
    async fn read(client: Client) -> Result<Self> {
        let mut columns: BTreeMap<String, Vec<Column>> = BTreeMap::new();
        for row in client.query(COLUMNS, &[]).await? {
            let column = Column { name: row.get(1), kind: row.get(2), counted: row.get(3), key: row.get(4) };
            columns.entry(row.get(0)).or_default().push(column);
        }
        // They are many, and no step changes them.
        columns.remove("accounts");
        Ok(Self { client, columns })
    }

    fn kind(&self, table: &str, column: &str) -> &str {
        let columns = self.columns.get(table).into_iter().flatten();
        columns.into_iter().find(|known| known.name == column).map_or("text", |known| &known.kind)
    }
}

#[async_trait]
impl Snapshot for Schema {
    async fn tables(&self) -> Result<Tables> {
        let mut tables = Tables::new();
        for (name, columns) in &self.columns {
            let selected: Vec<_> =
                columns.iter().map(|column| format!("\"{}\"::text", column.name)).collect();
            let found =
                self.client.query(&format!("SELECT {} FROM xmp.{name}", selected.join(", ")), &[]).await?;
            let names = |of: fn(&Column) -> bool| {
                columns
                    .iter()
                    .filter(|column| of(column))
                    .map(|column| column.name.clone())
                    .collect::<Vec<_>>()
            };
            let row = |row: &tokio_postgres::Row| -> Row {
                columns
                    .iter()
                    .enumerate()
                    .map(|(place, column)| (column.name.clone(), row.get(place)))
                    .collect()
            };
            let key = names(|column| column.key);
            let key = if key.is_empty() { names(|_| true) } else { key };
            let rows = found.iter().map(row).collect();
            let counted = names(|column| column.counted);
            tables.push(Table { name: name.clone(), key, counted, rows });
        }
        Ok(tables)
    }
}

/// A change, for as many posts as there are in its parameters.
struct Prepared {
    statement: Statement,
    /// What differs from post to post: an array each.
    parameters: Vec<Pattern>,
}

/// A connection that knows the script.
struct Player {
    client: Client,
    next: Statement,
    schedule: Vec<Prepared>,
    claim: Vec<Prepared>,
    intent: Vec<Prepared>,
    outcome: Vec<Prepared>,
}

impl Player {
    async fn new(client: Client, schema: &Schema, script: &Script) -> Result<Self> {
        let next = client.prepare(NEXT).await?;
        let schedule = prepare(&client, schema, &script.schedule).await?;
        let claim = prepare(&client, schema, &script.claim).await?;
        let intent = prepare(&client, schema, &script.intent).await?;
        let outcome = prepare(&client, schema, &script.outcome).await?;
        Ok(Self { client, next, schedule, claim, intent, outcome })
    }

    /// Claims, begins and concludes until nothing is left.
    async fn drain(self) -> Result<()> {
        loop {
            self.client.batch_execute("BEGIN").await?;
            let found = self.client.query(&self.next, &[&i64::try_from(BATCH)?]).await?;
            let batch = found.iter().map(|row| number(row.get(0))).collect::<Result<Vec<_>>>()?;
            self.write(&self.claim, &batch, false).await?;
            if batch.is_empty() {
                return Ok(());
            }
            self.commit(&self.intent, &batch).await?;
            self.commit(&self.outcome, &batch).await?;
        }
    }

    async fn commit(&self, step: &[Prepared], posts: &[u64]) -> Result<()> {
        self.write(step, posts, true).await
    }

    /// Writes a step for these posts and commits, in one go.
    async fn write(&self, step: &[Prepared], posts: &[u64], begin: bool) -> Result<()> {
        let filled: Vec<Vec<Vec<String>>> = step
            .iter()
            .map(|change| {
                change.parameters.iter().map(|of| posts.iter().map(|n| of.fill(*n)).collect()).collect()
            })
            .collect();
        let mut sent: Vec<BoxFuture<'_, Result<()>>> = Vec::new();
        if begin {
            sent.push(async { Ok(self.client.batch_execute("BEGIN").await?) }.boxed());
        }
        for (change, arrays) in step.iter().zip(&filled) {
            sent.push(
                async move {
                    let arrays: Vec<&(dyn ToSql + Sync)> = arrays.iter().map(|array| array as _).collect();
                    let written = self.client.execute(&change.statement, &arrays).await?;
                    if written == u64::try_from(posts.len())? {
                        return Ok(());
                    }
                    Err(format!("{written} rows were written for {} posts", posts.len()).into())
                }
                .boxed(),
            );
        }
        sent.push(async { Ok(self.client.batch_execute("COMMIT").await?) }.boxed());
        try_join_all(sent).await.map(drop)
    }
}

async fn prepare(client: &Client, schema: &Schema, step: &[Change]) -> Result<Vec<Prepared>> {
    let mut prepared = Vec::new();
    for change in step {
        let mut parameters = Vec::new();
        let sql = sql(schema, change, &mut parameters);
        let statement = client.prepare(&sql).await.map_err(|error| format!("{error:?}: {sql}"))?;
        prepared.push(Prepared { statement, parameters });
    }
    Ok(prepared)
}

/// What is the same in all rows is written as it is; the rest comes out of arrays.
fn sql(schema: &Schema, change: &Change, parameters: &mut Vec<Pattern>) -> String {
    let mut value = |column: &str, pattern: Option<&Pattern>| {
        let kind = schema.kind(&change.table, column);
        let Some(pattern) = pattern else { return format!("NULL::{kind}") };
        if pattern.is_fixed() {
            return format!("'{}'::{kind}", pattern.fill(0).replace('\'', "''"));
        }
        let place = parameters.iter().position(|known| known == pattern).unwrap_or_else(|| {
            parameters.push(pattern.clone());
            parameters.len() - 1
        });
        format!("u.p{place}::{kind}")
    };
    let values: Vec<(&str, String)> =
        change.values.iter().map(|(name, pattern)| (name.as_str(), value(name, pattern.as_ref()))).collect();
    let key: Vec<String> = change
        .key
        .iter()
        .map(|(name, pattern)| format!("t.{name} = {}", value(name, pattern.as_ref())))
        .collect();
    let arrays: Vec<String> = (1..=parameters.len()).map(|n| format!("${n}::text[]")).collect();
    let names: Vec<String> = (0..parameters.len()).map(|n| format!("p{n}")).collect();
    let posts = format!("unnest({}) AS u ({})", arrays.join(", "), names.join(", "));
    let table = &change.table;
    if key.is_empty() {
        let (names, values): (Vec<_>, Vec<_>) = values.into_iter().unzip();
        return format!(
            "INSERT INTO xmp.{table} ({}) SELECT {} FROM {posts}",
            names.join(", "),
            values.join(", ")
        );
    }
    let set: Vec<String> = values.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    format!("UPDATE xmp.{table} t SET {} FROM {posts} WHERE {}", set.join(", "), key.join(" AND "))
}
