//! Consumers of the event log.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::params;
use xmp_core::{ConsumerName, ConsumerStore, Context, EventConsumer, Result, TenantId};

use super::row::{Cols, all, int, micros, one, run};
use super::{SqliteStore, Tx};
use crate::rules;

/// The tenants whose oldest event is old, with where the last of their consumers stands. Each tenant is found by one look at the
/// index.
const OLD: &str = "
    WITH RECURSIVE tenants (tenant) AS (
        SELECT min(tenant) FROM events
        UNION ALL
        SELECT (SELECT min(e.tenant) FROM events e WHERE e.tenant > t.tenant) FROM tenants t WHERE t.tenant IS NOT NULL
    )
    SELECT t.tenant, (SELECT min(position) FROM consumers c WHERE c.tenant = t.tenant) AS position
    FROM tenants t WHERE t.tenant IS NOT NULL AND (SELECT e.at FROM events e INDEXED BY events_tenant
        WHERE e.tenant = t.tenant ORDER BY e.sequence LIMIT 1) <= ?1";

/// The log is in order of time: only its oldest end is looked at.
const FORGET: &str = "
    DELETE FROM events WHERE sequence IN (
        SELECT sequence FROM (
            SELECT e.sequence, e.at FROM events e INDEXED BY events_tenant WHERE e.tenant = ?1 ORDER BY e.sequence LIMIT ?2
        ) WHERE at <= ?4 OR at <= ?3 AND sequence <= ?5)";

fn read(cols: &Cols<'_>) -> Result<EventConsumer> {
    Ok(EventConsumer {
        name: cols.word("name")?,
        position: cols.count("position")?,
        moved_at: cols.time("moved_at")?,
    })
}

impl Tx<'_> {
    fn position(&self, tenant: &TenantId, name: &ConsumerName) -> Result<u64> {
        let sql = "SELECT position FROM consumers WHERE tenant = ?1 AND name = ?2";
        let found = one(self.conn, "consumers", sql, (tenant.as_str(), name.as_str()), |cols| {
            cols.count("position")
        })?;
        Ok(found.unwrap_or_default())
    }

    fn acknowledge(&self, tenant: &TenantId, name: &ConsumerName, sequence: u64) -> Result<u64> {
        // It tells the last that was given out, also of events that are forgotten.
        let sql = "SELECT seq FROM sqlite_sequence WHERE name = 'events'";
        let last = one(self.conn, "sqlite_sequence", sql, [], |cols| cols.count("seq"))?;
        rules::check_place(sequence, last.unwrap_or_default())?;
        run(
            self.conn,
            "INSERT INTO consumers AS c (tenant, name, position, moved_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET position = excluded.position, moved_at = excluded.moved_at
                 WHERE excluded.position > c.position",
            params![tenant.as_str(), name.as_str(), int(sequence), micros(self.now)],
        )?;
        self.position(tenant, name)
    }

    fn rewind(&self, tenant: &TenantId, name: &ConsumerName, sequence: u64) -> Result<u64> {
        run(
            self.conn,
            "INSERT INTO consumers AS c (tenant, name, position, moved_at) VALUES (?1, ?2, 0, ?4)
             ON CONFLICT DO UPDATE SET position = ?3, moved_at = excluded.moved_at WHERE ?3 < c.position",
            params![tenant.as_str(), name.as_str(), int(sequence), micros(self.now)],
        )?;
        self.position(tenant, name)
    }

    fn forget_events(&self, keep_for: Duration, at_most: usize) -> Result<usize> {
        let before = |age: Duration| micros(self.now.saturating_sub(age).unwrap_or(Timestamp::MIN));
        let (old, older) = (before(keep_for), before(keep_for.saturating_mul(2)));
        let tenants: Vec<(String, Option<i64>)> =
            all(self.conn, "events", OLD, [old], |cols| Ok((cols.get("tenant")?, cols.get("position")?)))?;
        let mut left = at_most;
        for (tenant, position) in tenants {
            let read = position.unwrap_or(i64::MAX);
            left -= run(self.conn, FORGET, params![tenant, int(left as u64), old, older, read])?;
            if left == 0 {
                break;
            }
        }
        Ok(at_most - left)
    }
}

#[async_trait]
impl ConsumerStore for SqliteStore {
    async fn position(&self, ctx: &Context, name: &ConsumerName) -> Result<u64> {
        let (tenant, name) = (ctx.tenant().clone(), name.clone());
        self.read(move |tx| tx.position(&tenant, &name)).await
    }

    async fn acknowledge(&self, ctx: &Context, name: &ConsumerName, sequence: u64) -> Result<u64> {
        let (tenant, name) = (ctx.tenant().clone(), name.clone());
        self.write(move |tx| tx.acknowledge(&tenant, &name, sequence)).await
    }

    async fn rewind(&self, ctx: &Context, name: &ConsumerName, sequence: u64) -> Result<u64> {
        let (tenant, name) = (ctx.tenant().clone(), name.clone());
        self.write(move |tx| tx.rewind(&tenant, &name, sequence)).await
    }

    async fn consumers(&self, ctx: &Context) -> Result<Vec<EventConsumer>> {
        let tenant = ctx.tenant().clone();
        let sql = "SELECT name, position, moved_at FROM consumers WHERE tenant = ?1 ORDER BY name";
        self.read(move |tx| all(tx.conn, "consumers", sql, [tenant.as_str()], read)).await
    }

    async fn forget_consumer(&self, ctx: &Context, name: &ConsumerName) -> Result<bool> {
        let (tenant, name) = (ctx.tenant().clone(), name.clone());
        let sql = "DELETE FROM consumers WHERE tenant = ?1 AND name = ?2";
        self.write(move |tx| Ok(run(tx.conn, sql, (tenant.as_str(), name.as_str()))? > 0)).await
    }

    async fn told(&self, told: u64) -> u64 {
        self.told.more_than(told).await
    }

    async fn prune_events(&self, keep_for: Duration, at_most: usize) -> Result<usize> {
        self.write(move |tx| tx.forget_events(keep_for, at_most)).await
    }
}
