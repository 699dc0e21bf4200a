//! Events, media and numbers.

use async_trait::async_trait;
use bytes::Bytes;
use tokio_postgres::Row;
use xmp_core::{
    AccountId, Context, Event, EventKind, EventStore, Fingerprint, MediaStore, MetricSample, MetricStore,
    NewEvent, RemoteId, Result, TenantId,
};

use super::PostgresStore;
use super::row::{At, Cols, Json, Key, at, int, json, key, key_opt};
use super::tx::Tx;
use crate::rules::{self, Origin};

fn read(row: &Row) -> Result<Event> {
    let cols = Cols::of("events", row);
    Ok(Event {
        id: cols.id("id")?,
        version: cols.get::<i16>("version")?.unsigned_abs().into(),
        tenant: cols.word("tenant")?,
        sequence: cols.count("sequence")?,
        kind: EventKind::of(cols.get("kind")?),
        at: cols.time("at")?,
        correlation_id: cols.id("correlation_id")?,
        actor: cols.get("actor")?,
        account: cols.id_opt("account")?,
        post: cols.id_opt("post")?,
        delivery: cols.id_opt("delivery")?,
        part: cols.id_opt("part")?,
        data: cols.json("data")?,
    })
}

/// Events as columns, for one statement that writes them all. `of` says which of a batch's writes each belongs to.
#[derive(Default)]
pub(super) struct EventColumns {
    pub(super) of: Vec<i32>,
    pub(super) tenant: Vec<String>,
    pub(super) id: Vec<Key>,
    pub(super) version: Vec<i16>,
    pub(super) kind: Vec<&'static str>,
    pub(super) at: Vec<At>,
    pub(super) correlation_id: Vec<Key>,
    pub(super) actor: Vec<String>,
    pub(super) account: Vec<Option<Key>>,
    pub(super) post: Vec<Option<Key>>,
    pub(super) delivery: Vec<Option<Key>>,
    pub(super) part: Vec<Option<Key>>,
    pub(super) data: Vec<Json>,
}

impl EventColumns {
    pub(super) fn push(&mut self, of: i32, event: &Event) -> Result<()> {
        self.of.push(of);
        self.tenant.push(event.tenant.as_str().to_owned());
        self.id.push(key(event.id));
        self.version.push(i16::try_from(event.version).unwrap_or(i16::MAX));
        self.kind.push(event.kind.as_str());
        self.at.push(at(event.at));
        self.correlation_id.push(key(event.correlation_id));
        self.actor.push(event.actor.clone());
        self.account.push(key_opt(event.account));
        self.post.push(key_opt(event.post));
        self.delivery.push(key_opt(event.delivery));
        self.part.push(key_opt(event.part));
        self.data.push(json(&event.data)?);
        Ok(())
    }
}

impl Tx<'_> {
    /// Writes events, and gives them back with their places in the log.
    pub(super) async fn write_events(&self, origin: &Origin, events: Vec<NewEvent>) -> Result<Vec<Event>> {
        let mut written: Vec<Event> =
            events.into_iter().map(|event| origin.seal(event, 0, self.now)).collect();
        let mut columns = EventColumns::default();
        for event in &written {
            columns.push(0, event)?;
        }
        self.insert_events(&columns, &mut written).await?;
        Ok(written)
    }

    /// Writes sealed events in their order, and fills in their places in the log.
    pub(super) async fn insert_events(&self, columns: &EventColumns, events: &mut [Event]) -> Result<()> {
        if events.is_empty() {
            return Ok(());
        }
        let c = columns;
        let rows = self
            .query(
                "INSERT INTO xmp.events (tenant, id, version, kind, at, correlation_id, actor, account, post,
                     delivery, part, data)
                 SELECT tenant, id, version, kind, at, correlation_id, actor, account, post, delivery, part, data
                 FROM unnest($1::text[], $2::uuid[], $3::smallint[], $4::text[], $5::timestamptz[], $6::uuid[],
                     $7::text[], $8::uuid[], $9::uuid[], $10::uuid[], $11::uuid[], $12::json[])
                     WITH ORDINALITY AS e (tenant, id, version, kind, at, correlation_id, actor, account, post,
                     delivery, part, data, place)
                 ORDER BY place
                 RETURNING sequence",
                &[
                    &c.tenant, &c.id, &c.version, &c.kind, &c.at, &c.correlation_id, &c.actor, &c.account,
                    &c.post, &c.delivery, &c.part, &c.data,
                ],
            )
            .await?;
        for (event, row) in events.iter_mut().zip(&rows) {
            event.sequence = Cols::of("events", row).count("sequence")?;
        }
        self.wrote_events();
        Ok(())
    }

    /// The events after a place in the log, up to the first that somebody may still be writing.
    async fn events(&self, tenant: &TenantId, after: u64, limit: i64) -> Result<Vec<Event>> {
        // The order matters: whoever has taken a number by now has shown its place before, and shows it until it is seen.
        let last = self.query("SELECT last_value FROM xmp.events_sequence", &[]).await?;
        let last: i64 =
            last.first().map_or(Ok(0), |row| Cols::of("events_sequence", row).get("last_value"))?;
        let tag = self.store.place_tag();
        let writing = self
            .query(
                "SELECT min((classid::bigint & 65535) << 32 | objid::bigint) AS first FROM pg_locks
                 WHERE locktype = 'advisory' AND objsubid = 1 AND classid::bigint >> 16 = $1
                     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
                &[&tag],
            )
            .await?;
        let first: Option<i64> = match writing.first() {
            Some(row) => Cols::of("pg_locks", row).get("first")?,
            None => None,
        };
        let up_to = first.map_or(last, |first| first.min(last));
        let rows = self
            .query(
                "SELECT tenant, id, version, sequence, kind, at, correlation_id, actor, account, post, delivery,
                     part, data
                 FROM xmp.events WHERE tenant = $1 AND sequence > $2 AND sequence <= $3
                 ORDER BY sequence LIMIT $4",
                &[&tenant.as_str(), &int(after), &up_to, &limit],
            )
            .await?;
        rows.iter().map(read).collect()
    }

    async fn keep_metrics(&self, tenant: &TenantId, samples: &[MetricSample]) -> Result<()> {
        for sample in samples {
            self.account(tenant, sample.account).await?;
            self.execute(
                "INSERT INTO xmp.metrics (tenant, account, remote_id, observed_at, numbers)
                 VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (tenant, account, remote_id, observed_at) DO UPDATE SET numbers = excluded.numbers",
                &[
                    &tenant.as_str(),
                    &key(sample.account),
                    &sample.remote_id.as_str(),
                    &at(sample.observed_at),
                    &json(&sample.values)?,
                ],
            )
            .await?;
        }
        Ok(())
    }
}

#[async_trait]
impl EventStore for PostgresStore {
    async fn events(&self, ctx: &Context, after: u64, limit: usize) -> Result<Vec<Event>> {
        let tx = self.inner.begin().await?;
        let found = tx.events(ctx.tenant(), after, i64::try_from(limit).unwrap_or(i64::MAX)).await;
        tx.end(found).await
    }
}

#[async_trait]
impl MediaStore for PostgresStore {
    async fn media(&self, tenant: &TenantId, hash: Fingerprint) -> Result<Bytes> {
        let tx = self.inner.begin().await?;
        let found = tx
            .query_opt(
                "SELECT bytes FROM xmp.media WHERE tenant = $1 AND hash = $2",
                &[&tenant.as_str(), &hash.to_string()],
            )
            .await;
        let row = tx.end(found).await?.ok_or_else(|| rules::no_media(hash))?;
        Cols::of("media", &row).get::<Vec<u8>>("bytes").map(Bytes::from)
    }
}

#[async_trait]
impl MetricStore for PostgresStore {
    async fn record_metrics(&self, ctx: &Context, samples: &[MetricSample]) -> Result<()> {
        let tx = self.inner.begin().await?;
        let done = tx.keep_metrics(ctx.tenant(), samples).await;
        tx.end(done).await
    }

    async fn metrics(&self, ctx: &Context, account: AccountId, post: &RemoteId) -> Result<Vec<MetricSample>> {
        let tx = self.inner.begin().await?;
        let found = tx
            .query(
                "SELECT observed_at, numbers FROM xmp.metrics
                 WHERE tenant = $1 AND account = $2 AND remote_id = $3 ORDER BY observed_at",
                &[&ctx.tenant().as_str(), &key(account), &post.as_str()],
            )
            .await;
        let rows = tx.end(found).await?;
        let sample = |row: &Row| {
            let cols = Cols::of("metrics", row);
            Ok(MetricSample {
                account,
                remote_id: post.clone(),
                observed_at: cols.time("observed_at")?,
                values: cols.json("numbers")?,
            })
        };
        rows.iter().map(sample).collect()
    }
}
