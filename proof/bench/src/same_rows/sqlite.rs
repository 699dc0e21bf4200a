//! The script on SQLite: one connection, since only one writes at a time.

use async_trait::async_trait;
use rusqlite::types::Value as Cell;
use rusqlite::{Connection, Transaction, params_from_iter};
use serde_json::{Value, json};

use super::pattern::{Pattern, number};
use super::record::{Snapshot, record};
use super::script::{Change, Row, Table, Tables};
use crate::Result;
use crate::contestant::Contestant;
use crate::one::Stopwatch;
use crate::raw::SQLITE_SETTINGS;
use crate::size::Size;
use crate::subject::Subject;

/// Posts in one commit: the script is slower with fewer, and no faster with more.
const BATCH: usize = 1000;

/// The next that are due, as the store's own index has them.
const NEXT: &str = "SELECT id FROM deliveries WHERE queue = 'publish' ORDER BY priority, run_at, id LIMIT ?1";

pub(super) async fn jobs(path: &str, size: &Size) -> Result<Value> {
    let subject = Subject::open(Contestant::XmpSqlite, path).await?;
    let script = record(&subject, &File(path.to_owned()), size.jobs).await?;
    subject.store().close().await;
    let mut conn = Connection::open(path)?;
    conn.execute_batch(SQLITE_SETTINGS)?;
    conn.set_prepared_statement_cache_capacity(64);

    // The recorded post is number 0.
    let watch = Stopwatch::start();
    let numbers: Vec<u64> = (1..).take(size.jobs).collect();
    for bulk in numbers.chunks(BATCH) {
        let tx = conn.transaction()?;
        write(&tx, &script.schedule, bulk)?;
        tx.commit()?;
    }
    let enqueue = watch.seconds();

    let watch = Stopwatch::start();
    loop {
        let tx = conn.transaction()?;
        let batch = next(&tx)?;
        write(&tx, &script.claim, &batch)?;
        tx.commit()?;
        if batch.is_empty() {
            break;
        }
        for step in [&script.intent, &script.outcome] {
            let tx = conn.transaction()?;
            write(&tx, step, &batch)?;
            tx.commit()?;
        }
    }
    let drain = watch.seconds();
    Ok(json!({ "enqueue.seconds": enqueue, "drain.seconds": drain }))
}

fn next(tx: &Transaction<'_>) -> Result<Vec<u64>> {
    let mut next = tx.prepare_cached(NEXT)?;
    let ids = next.query_map([i64::try_from(BATCH)?], |row| row.get::<_, String>(0))?;
    ids.map(|id| number(&id?)).collect()
}

fn write(tx: &Transaction<'_>, step: &[Change], posts: &[u64]) -> Result<()> {
    for change in step {
        let mut statement = tx.prepare_cached(&sql(change))?;
        for n in posts {
            let cells = change.values.iter().chain(&change.key).map(|(_, value)| cell(value.as_ref(), *n));
            if statement.execute(params_from_iter(cells))? != 1 {
                return Err(format!("{} has no row for post {n}", change.table).into());
            }
        }
    }
    Ok(())
}

/// Numbers are written as texts: the columns' types make numbers of them.
fn cell(value: Option<&Pattern>, n: u64) -> Cell {
    value.map_or(Cell::Null, |pattern| Cell::Text(pattern.fill(n)))
}

fn sql(change: &Change) -> String {
    let names: Vec<&str> = change.values.iter().map(|(name, _)| name.as_str()).collect();
    if change.key.is_empty() {
        let marks = vec!["?"; names.len()].join(", ");
        return format!("INSERT INTO {} ({}) VALUES ({marks})", change.table, names.join(", "));
    }
    let set = names.iter().map(|name| format!("{name} = ?")).collect::<Vec<_>>().join(", ");
    let key = change.key.iter().map(|(name, _)| format!("{name} = ?")).collect::<Vec<_>>().join(" AND ");
    format!("UPDATE {} SET {set} WHERE {key}", change.table)
}

/// A file, by its path.
pub(super) struct File(pub(super) String);

#[async_trait]
impl Snapshot for File {
    async fn tables(&self) -> Result<Tables> {
        let conn = Connection::open(&self.0)?;
        // In the order in which they were made: a table is made after those that it points to.
        let mut named = conn.prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid",
        )?;
        let names = named.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
        // Accounts are many, and no step changes them.
        names.iter().filter(|name| *name != "accounts").map(|name| table(&conn, name)).collect()
    }
}

fn table(conn: &Connection, name: &str) -> Result<Table> {
    let mut columns = conn.prepare(&format!("SELECT name, pk, type FROM pragma_table_info('{name}')"))?;
    let columns = columns
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<Vec<(String, i64, String)>>>()?;
    let keys: Vec<_> = columns.iter().filter(|(_, place, _)| *place > 0).collect();
    let key: Vec<String> = keys.iter().map(|(name, ..)| name.clone()).collect();
    // A key of one whole number is SQLite's own count of rows.
    let counted =
        if matches!(keys[..], [(_, _, kind)] if kind == "INTEGER") { key.clone() } else { Vec::new() };
    let mut select = conn.prepare(&format!("SELECT * FROM {name}"))?;
    let read = |row: &rusqlite::Row<'_>| {
        let cell = |(place, (name, ..)): (usize, &(String, i64, String))| {
            let text = match row.get::<_, Cell>(place)? {
                Cell::Null => None,
                Cell::Integer(number) => Some(number.to_string()),
                Cell::Real(number) => Some(number.to_string()),
                Cell::Text(text) => Some(text),
                // Sealed secrets: no step of a post writes any.
                Cell::Blob(bytes) => Some(format!("{} bytes", bytes.len())),
            };
            Ok((name.clone(), text))
        };
        columns.iter().enumerate().map(cell).collect::<rusqlite::Result<Row>>()
    };
    let rows = select.query_map([], read)?.collect::<rusqlite::Result<Vec<Row>>>()?;
    Ok(Table { name: name.to_owned(), key, counted, rows })
}
