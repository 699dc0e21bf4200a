//! The plainest queue on SQLite: one connection, since only one writes at a time.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use rusqlite::Connection;
use serde_json::{Value, json};

use super::lateness::Commit;
use crate::Result;
use crate::one::Stopwatch;
use crate::size::Size;

/// What drains most.
const BATCH: usize = 1000;

/// As durable as xmp is: what is committed survives a power cut.
pub(crate) const SETTINGS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL";

const SCHEMA: &str = "CREATE TABLE jobs (id INTEGER PRIMARY KEY, state INTEGER NOT NULL DEFAULT 0, payload TEXT NOT NULL) STRICT;
     CREATE INDEX jobs_waiting ON jobs (id) WHERE state = 0";

fn open(path: &str) -> Result<Connection> {
    let conn = Connection::open(path)?;
    conn.execute_batch(SETTINGS)?;
    conn.execute_batch(SCHEMA)?;
    Ok(conn)
}

pub(super) fn jobs(path: &str, size: &Size) -> Result<Value> {
    let mut conn = open(path)?;
    let watch = Stopwatch::start();
    let numbers: Vec<i64> = (0..).take(size.jobs).collect();
    for bulk in numbers.chunks(BATCH) {
        let tx = conn.transaction()?;
        {
            let mut insert = tx.prepare_cached("INSERT INTO jobs (id, payload) VALUES (?1, ?2)")?;
            for n in bulk {
                insert.execute((n, format!("{{\"n\":{n}}}")))?;
            }
        }
        tx.commit()?;
    }
    let enqueue = watch.seconds();

    let watch = Stopwatch::start();
    loop {
        let claimed = claim(&mut conn)?;
        if claimed.is_empty() {
            break;
        }
        let tx = conn.transaction()?;
        {
            let mut complete = tx.prepare_cached("UPDATE jobs SET state = 2 WHERE id = ?1")?;
            for id in claimed {
                complete.execute([id])?;
            }
        }
        tx.commit()?;
    }
    let drain = watch.seconds();
    let done: i64 = conn.query_row("SELECT count(*) FROM jobs WHERE state = 2", [], |row| row.get(0))?;
    if usize::try_from(done)? != size.jobs {
        return Err(format!("{done} of {} are done", size.jobs).into());
    }
    Ok(json!({ "enqueue.seconds": enqueue, "drain.seconds": drain }))
}

fn claim(conn: &mut Connection) -> Result<Vec<i64>> {
    let tx = conn.transaction()?;
    let claimed = {
        let mut claim = tx.prepare_cached(
            "UPDATE jobs SET state = 1 WHERE id IN (SELECT id FROM jobs WHERE state = 0 ORDER BY id LIMIT ?1)
             RETURNING id",
        )?;
        claim.query_map([i64::try_from(BATCH)?], |row| row.get(0))?.collect::<std::result::Result<_, _>>()?
    };
    tx.commit()?;
    Ok(claimed)
}

/// A row for each post, and a commit when its time has come.
pub(super) struct OneCommit(Mutex<Connection>);

impl OneCommit {
    pub(super) fn new(path: &str, size: &Size) -> Result<Self> {
        let mut conn = open(path)?;
        let tx = conn.transaction()?;
        for n in 0..i64::try_from(size.due)? {
            tx.execute("INSERT INTO jobs (id, payload) VALUES (?1, '{}')", [n])?;
        }
        tx.commit()?;
        Ok(Self(Mutex::new(conn)))
    }
}

#[async_trait]
impl Commit for OneCommit {
    async fn commit(&self, n: usize) -> Result<()> {
        let conn = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut update = conn.prepare_cached("UPDATE jobs SET state = 2 WHERE id = ?1")?;
        update.execute([i64::try_from(n)?])?;
        Ok(())
    }
}
