//! Events, media and numbers.

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use rusqlite::params;
use xmp_core::{
    AccountId, Context, Event, EventKind, EventStore, Fingerprint, MediaStore, MetricSample, MetricStore,
    NewEvent, PostId, RemoteId, Result, TenantId,
};

use super::row::{Cols, all, int, json, micros, one, run};
use super::{SqliteStore, Tx};
use crate::rules::{self, Origin};

fn read(cols: &Cols<'_>) -> Result<Event> {
    Ok(Event {
        id: cols.parse("id")?,
        version: cols.count("version")?,
        tenant: cols.word("tenant")?,
        sequence: cols.count("sequence")?,
        kind: EventKind::of(&cols.get::<String>("kind")?),
        at: cols.time("at")?,
        correlation_id: cols.parse("correlation_id")?,
        actor: cols.get("actor")?,
        account: cols.parse_opt("account")?,
        post: cols.parse_opt("post")?,
        delivery: cols.parse_opt("delivery")?,
        part: cols.parse_opt("part")?,
        data: cols.json("data")?,
    })
}

fn text(id: Option<impl ToString>) -> Option<String> {
    id.map(|id| id.to_string())
}

impl Tx<'_> {
    /// Writes events, and gives them back with their places in the log.
    pub(super) fn write_events(&self, origin: &Origin, events: Vec<NewEvent>) -> Result<Vec<Event>> {
        let mut written = Vec::with_capacity(events.len());
        for event in events {
            let mut event = origin.seal(event, 0, self.now);
            run(
                self.conn,
                "INSERT INTO events (tenant, id, version, kind, at, correlation_id, actor, account, post,
                     delivery, part, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
                params![
                    event.tenant.as_str(),
                    event.id.to_string(),
                    event.version,
                    event.kind.as_str(),
                    micros(event.at),
                    event.correlation_id.to_string(),
                    event.actor,
                    text(event.account),
                    text(event.post),
                    text(event.delivery),
                    text(event.part),
                    json(&event.data)?,
                ],
            )?;
            event.sequence = u64::try_from(self.conn.last_insert_rowid()).unwrap_or_default();
            self.wrote.set(true);
            written.push(event);
        }
        Ok(written)
    }

    pub(super) fn has_media(&self, tenant: &TenantId, hash: Fingerprint) -> Result<bool> {
        let sql = "SELECT 1 FROM media WHERE tenant = ?1 AND hash = ?2";
        Ok(one(self.conn, "media", sql, (tenant.as_str(), hash.to_string()), |_| Ok(()))?.is_some())
    }

    pub(super) fn keep_media(&self, tenant: &TenantId, hash: Fingerprint, bytes: &Bytes) -> Result<()> {
        run(
            self.conn,
            "INSERT INTO media (tenant, hash, kept_at, bytes) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            params![tenant.as_str(), hash.to_string(), micros(self.now), bytes.as_ref()],
        )?;
        Ok(())
    }

    pub(super) fn use_media(&self, tenant: &TenantId, hash: Fingerprint, post: PostId) -> Result<()> {
        run(
            self.conn,
            "INSERT INTO media_uses (tenant, hash, post) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            (tenant.as_str(), hash.to_string(), post.to_string()),
        )?;
        Ok(())
    }

    fn keep_metrics(&self, tenant: &TenantId, samples: &[MetricSample]) -> Result<()> {
        for sample in samples {
            self.account(tenant, sample.account)?;
            run(
                self.conn,
                "INSERT OR REPLACE INTO metrics (tenant, account, remote_id, observed_at, numbers)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    tenant.as_str(),
                    sample.account.to_string(),
                    sample.remote_id.as_str(),
                    micros(sample.observed_at),
                    json(&sample.values)?,
                ],
            )?;
        }
        Ok(())
    }

    fn metrics(&self, tenant: &TenantId, account: AccountId, post: &RemoteId) -> Result<Vec<MetricSample>> {
        all(
            self.conn,
            "metrics",
            "SELECT observed_at, numbers FROM metrics
             WHERE tenant = ?1 AND account = ?2 AND remote_id = ?3 ORDER BY observed_at",
            (tenant.as_str(), account.to_string(), post.as_str()),
            |cols| {
                let observed_at: Timestamp = cols.time("observed_at")?;
                Ok(MetricSample {
                    account,
                    remote_id: post.clone(),
                    observed_at,
                    values: cols.json("numbers")?,
                })
            },
        )
    }
}

#[async_trait]
impl EventStore for SqliteStore {
    async fn events(&self, ctx: &Context, after: u64, limit: usize) -> Result<Vec<Event>> {
        let tenant = ctx.tenant().clone();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let sql = "SELECT * FROM events WHERE tenant = ?1 AND sequence > ?2 ORDER BY sequence LIMIT ?3";
        self.read(move |tx| all(tx.conn, "events", sql, (tenant.as_str(), int(after), limit), read)).await
    }
}

#[async_trait]
impl MediaStore for SqliteStore {
    async fn media(&self, tenant: &TenantId, hash: Fingerprint) -> Result<Bytes> {
        let tenant = tenant.clone();
        self.read(move |tx| {
            let found = one(
                tx.conn,
                "media",
                "SELECT bytes FROM media WHERE tenant = ?1 AND hash = ?2",
                (tenant.as_str(), hash.to_string()),
                |cols| cols.get::<Vec<u8>>("bytes"),
            )?;
            found.map(Bytes::from).ok_or_else(|| rules::no_media(hash))
        })
        .await
    }
}

#[async_trait]
impl MetricStore for SqliteStore {
    async fn record_metrics(&self, ctx: &Context, samples: &[MetricSample]) -> Result<()> {
        let (tenant, samples) = (ctx.tenant().clone(), samples.to_vec());
        self.write(move |tx| tx.keep_metrics(&tenant, &samples)).await
    }

    async fn metrics(&self, ctx: &Context, account: AccountId, post: &RemoteId) -> Result<Vec<MetricSample>> {
        let (tenant, post) = (ctx.tenant().clone(), post.clone());
        self.read(move |tx| tx.metrics(&tenant, account, &post)).await
    }
}
