//! Consumers of the event log.

use std::time::Duration;

use async_trait::async_trait;
use tokio_postgres::Row;
use xmp_core::{ConsumerName, ConsumerStore, Context, EventConsumer, Result, TenantId};

use super::PostgresStore;
use super::row::{Cols, ago, int};
use super::tx::Tx;
use crate::rules;

/// The tenants whose oldest event is old, with where the last of their consumers stands. Each tenant is found by one look at the
/// index.
const OLD: &str = "
    WITH RECURSIVE tenants (tenant) AS (
        (SELECT e.tenant FROM xmp.events e ORDER BY e.tenant, e.sequence LIMIT 1)
        UNION ALL
        SELECT n.tenant FROM tenants t CROSS JOIN LATERAL (
            SELECT e.tenant FROM xmp.events e WHERE e.tenant > t.tenant ORDER BY e.tenant, e.sequence LIMIT 1) n
    )
    SELECT t.tenant, (SELECT min(c.position) FROM xmp.consumers c WHERE c.tenant = t.tenant) AS position
    FROM tenants t CROSS JOIN LATERAL (
        SELECT e.at FROM xmp.events e WHERE e.tenant = t.tenant ORDER BY e.sequence LIMIT 1) o
    WHERE o.at <= $1";

/// The log is in order of time: only its oldest end is looked at. What another worker forgets at this moment is passed over.
const FORGET: &str = "
    DELETE FROM xmp.events d USING (
        SELECT e.tenant, e.sequence FROM (
            SELECT o.tenant, o.sequence, o.at FROM xmp.events o WHERE o.tenant = $1
            ORDER BY o.sequence LIMIT $2 FOR UPDATE SKIP LOCKED
        ) e WHERE e.at <= $4 OR e.at <= $3 AND e.sequence <= $5
    ) w WHERE d.tenant = w.tenant AND d.sequence = w.sequence";

fn read(row: &Row) -> Result<EventConsumer> {
    let cols = Cols::of("consumers", row);
    Ok(EventConsumer {
        name: cols.word("name")?,
        position: cols.count("position")?,
        moved_at: cols.time("moved_at")?,
    })
}

impl Tx<'_> {
    async fn position(&self, tenant: &TenantId, name: &ConsumerName) -> Result<u64> {
        let sql = "SELECT position FROM xmp.consumers WHERE tenant = $1 AND name = $2";
        let found = self.query_opt(sql, &[&tenant.as_str(), &name.as_str()]).await?;
        found.map_or(Ok(0), |row| Cols::of("consumers", &row).count("position"))
    }

    async fn acknowledge(&self, tenant: &TenantId, name: &ConsumerName, sequence: u64) -> Result<u64> {
        let last = self.query_opt("SELECT last_value FROM xmp.events_sequence", &[]).await?;
        let last = last.map_or(Ok(0), |row| Cols::of("events_sequence", &row).count("last_value"))?;
        rules::check_place(sequence, last)?;
        self.execute(
            "INSERT INTO xmp.consumers AS c (tenant, name, position, moved_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (tenant, name) DO UPDATE SET position = excluded.position, moved_at = excluded.moved_at
                 WHERE excluded.position > c.position",
            &[&tenant.as_str(), &name.as_str(), &int(sequence), &self.at()],
        )
        .await?;
        self.position(tenant, name).await
    }

    async fn rewind(&self, tenant: &TenantId, name: &ConsumerName, sequence: u64) -> Result<u64> {
        self.execute(
            "INSERT INTO xmp.consumers AS c (tenant, name, position, moved_at) VALUES ($1, $2, 0, $4)
             ON CONFLICT (tenant, name) DO UPDATE SET position = $3, moved_at = excluded.moved_at
                 WHERE $3 < c.position",
            &[&tenant.as_str(), &name.as_str(), &int(sequence), &self.at()],
        )
        .await?;
        self.position(tenant, name).await
    }

    async fn forget_events(&self, keep_for: Duration, at_most: usize) -> Result<usize> {
        let (old, older) = (ago(self.now, keep_for), ago(self.now, keep_for.saturating_mul(2)));
        let mut left = at_most as u64;
        for row in &self.query(OLD, &[&old]).await? {
            let cols = Cols::of("events", row);
            let tenant: &str = cols.get("tenant")?;
            let read = cols.get::<Option<i64>>("position")?.unwrap_or(i64::MAX);
            left -= self.execute(FORGET, &[&tenant, &int(left), &old, &older, &read]).await?;
            if left == 0 {
                break;
            }
        }
        Ok(at_most - usize::try_from(left).unwrap_or(at_most))
    }
}

#[async_trait]
impl ConsumerStore for PostgresStore {
    async fn position(&self, ctx: &Context, name: &ConsumerName) -> Result<u64> {
        let tx = self.inner.begin().await?;
        let found = tx.position(ctx.tenant(), name).await;
        tx.end(found).await
    }

    async fn acknowledge(&self, ctx: &Context, name: &ConsumerName, sequence: u64) -> Result<u64> {
        let tx = self.inner.begin().await?;
        let done = tx.acknowledge(ctx.tenant(), name, sequence).await;
        tx.end(done).await
    }

    async fn rewind(&self, ctx: &Context, name: &ConsumerName, sequence: u64) -> Result<u64> {
        let tx = self.inner.begin().await?;
        let done = tx.rewind(ctx.tenant(), name, sequence).await;
        tx.end(done).await
    }

    async fn consumers(&self, ctx: &Context) -> Result<Vec<EventConsumer>> {
        let tx = self.inner.begin().await?;
        let sql = "SELECT name, position, moved_at FROM xmp.consumers WHERE tenant = $1 ORDER BY name";
        let found = tx.query(sql, &[&ctx.tenant().as_str()]).await;
        tx.end(found).await?.iter().map(read).collect()
    }

    async fn forget_consumer(&self, ctx: &Context, name: &ConsumerName) -> Result<bool> {
        let tx = self.inner.begin().await?;
        let sql = "DELETE FROM xmp.consumers WHERE tenant = $1 AND name = $2";
        let done = tx.execute(sql, &[&ctx.tenant().as_str(), &name.as_str()]).await;
        Ok(tx.end(done).await? > 0)
    }

    async fn told(&self, told: u64) -> u64 {
        self.inner.told.more_than(told).await
    }

    async fn prune_events(&self, keep_for: Duration, at_most: usize) -> Result<usize> {
        let tx = self.inner.begin().await?;
        let done = tx.forget_events(keep_for, at_most).await;
        tx.end(done).await
    }
}
