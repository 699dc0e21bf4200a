//! What people want to know.

use std::collections::HashMap;

use async_trait::async_trait;
use tokio_postgres::Row;
use xmp_core::{
    AccountId, AttemptId, AttemptRecord, Busy, Context, DeliveryCounts, DeliveryId, InsightStore,
    LeaseRecord, Priority, Result, Tally, TenantId,
};

use super::PostgresStore;
use super::record::{self, Record};
use super::row::{Cols, at, key, rank};
use super::tx::Tx;
use crate::history;
use crate::tally::{self, Due};

/// What is due, by account. Of what is not, no row is looked at; what is parked stands elsewhere in the queue.
const DUE: &str = "
    SELECT d.account, d.platform, count(*) AS count, count(*) FILTER (WHERE d.at <= $3) AS overdue, min(d.at) AS since,
        (array_agg(d.id ORDER BY d.at, d.id))[1] AS id,
        bool_and(a.state = 'active' AND coalesce(greatest(a.blocked_until, a.paced_until) <= $2, true)) AS open
    FROM (
        (SELECT q.tenant, q.account, q.platform, q.id, q.run_at AS at FROM xmp.deliveries q
         WHERE q.queue = 'publish' AND q.priority = ANY ($5::smallint[]) AND q.run_at <= $2 AND q.tenant = $1
             AND q.parked_from IS NULL LIMIT $4)
        UNION ALL
        (SELECT p.tenant, p.account, p.platform, p.id, p.parked_from FROM xmp.deliveries p
         WHERE p.parked_from IS NOT NULL AND p.tenant = $1 AND p.parked_from <= $2 AND p.queue = 'publish' LIMIT $4)
    ) d JOIN xmp.accounts a ON a.tenant = d.tenant AND a.id = d.account
    GROUP BY d.account, d.platform";

const COUNTS: &str = "
    SELECT (SELECT count(*) FROM (SELECT 1 FROM xmp.deliveries d
            WHERE d.queue = 'publish' AND d.tenant = $1 LIMIT $2) q) AS waiting,
        (SELECT count(*) FROM (SELECT 1 FROM xmp.deliveries d
            WHERE d.queue = 'reconcile' AND d.tenant = $1 LIMIT $2) q) AS unconfirmed,
        (SELECT count(*) FROM (SELECT 1 FROM xmp.deliveries d
            WHERE d.lease_worker IS NOT NULL AND d.tenant = $1 LIMIT $2) q) AS working";

/// By no index of their states: beginning an attempt would have to write it. The latest are what people look for.
const REMAINING: &str = "
    SELECT r.state, count(*) AS count FROM (SELECT d.state FROM xmp.deliveries d
        WHERE d.remains AND d.tenant = $1 ORDER BY d.post DESC LIMIT $2) r
    GROUP BY r.state";

fn read_due(row: &Row) -> Result<Due> {
    let cols = Cols::of("deliveries", row);
    Ok(Due {
        platform: cols.parse("platform")?,
        account: cols.id("account")?,
        open: cols.get("open")?,
        count: cols.count("count")?,
        overdue: cols.count("overdue")?,
        first: cols.id("id")?,
        since: cols.time("since")?,
    })
}

fn read_attempt(row: &Row) -> Result<AttemptRecord> {
    let cols = Cols::of("attempts", row);
    let outcome = cols.word("outcome")?;
    Ok(AttemptRecord {
        id: cols.id("attempt")?,
        part: cols.id("part")?,
        number: cols.get::<i32>("number")?.unsigned_abs(),
        began_at: cols.time("began_at")?,
        deadline: cols.time("deadline")?,
        outcome: Some(outcome),
        known_at: Some(cols.time("at")?),
        code: cols.get("code")?,
        why: cols.get("why")?,
    })
}

impl Tx<'_> {
    async fn attempts(&self, tenant: &TenantId, id: DeliveryId) -> Result<Vec<AttemptRecord>> {
        const OWN: &str = concat!(
            "SELECT ",
            record::columns!(),
            " FROM xmp.deliveries d WHERE d.tenant = $1 AND d.id = $2"
        );
        let Some(row) = self.query_opt(OWN, &[&tenant.as_str(), &key(id)]).await? else {
            return Ok(Vec::new());
        };
        let Record { delivery, .. } = record::read(&row)?;
        // What was learned last of each is what is known. What is certain is never learned before what is in doubt.
        let rows = self
            .query(
                "SELECT attempt, part, number, began_at, deadline, outcome, at, code, why FROM xmp.attempts
                 WHERE tenant = $1 AND delivery = $2 ORDER BY at, outcome <> 'maybe_sent'",
                &[&tenant.as_str(), &key(id)],
            )
            .await?;
        let mut known: HashMap<AttemptId, AttemptRecord> = HashMap::new();
        for row in &rows {
            let attempt = read_attempt(row)?;
            known.insert(attempt.id, attempt);
        }
        // The last of each part stands in its delivery: the one that is in flight nowhere else, and what is live is told there.
        for part in &delivery.parts {
            let Some(last) = history::record(&delivery, part, self.now) else { continue };
            let same = known.get(&last.id).is_some_and(|known| known.outcome == last.outcome);
            if !same {
                let since = match &part.published {
                    Some(live) => self.live_since(tenant, delivery.account, live.remote_id.as_str()).await?,
                    None => None,
                };
                known.insert(last.id, AttemptRecord { known_at: since.or(last.known_at), ..last });
            }
        }
        let mut all: Vec<_> = known.into_values().collect();
        all.sort_by_key(|attempt| (attempt.began_at, attempt.id));
        Ok(all)
    }

    /// Since when a remote post is known to be ours.
    async fn live_since(
        &self,
        tenant: &TenantId,
        account: AccountId,
        remote_id: &str,
    ) -> Result<Option<jiff::Timestamp>> {
        let sql = "SELECT at FROM xmp.published WHERE tenant = $1 AND account = $2 AND remote_id = $3";
        let found = self.query_opt(sql, &[&tenant.as_str(), &key(account), &remote_id]).await?;
        found.map(|row| Cols::of("published", &row).time("at")).transpose()
    }

    async fn busy(&self, tenant: &TenantId, account: AccountId) -> Result<Option<Busy>> {
        let sql = "SELECT id, lease_worker, lease_until FROM xmp.deliveries
             WHERE tenant = $1 AND account = $2 AND lease_worker IS NOT NULL";
        let Some(row) = self.query_opt(sql, &[&tenant.as_str(), &key(account)]).await? else {
            return Ok(None);
        };
        let cols = Cols::of("deliveries", &row);
        let lease = LeaseRecord { worker: cols.id("lease_worker")?, until: cols.time("lease_until")? };
        Ok(Some(Busy { delivery: cols.id("id")?, lease }))
    }

    async fn tally(&self, tenant: &TenantId) -> Result<Tally> {
        let (own, most) = (tenant.as_str(), i64::from(Tally::COUNTED_TO));
        let mut tally = Tally { stops: tally::about(tenant, self.stops().await?), ..Tally::default() };
        if let Some(row) = self.query_opt(COUNTS, &[&own, &most]).await? {
            let cols = Cols::of("deliveries", &row);
            tally.deliveries = DeliveryCounts {
                waiting: cols.count("waiting")?,
                unconfirmed: cols.count("unconfirmed")?,
                working: cols.count("working")?,
                ..DeliveryCounts::default()
            };
        }
        for row in &self.query(REMAINING, &[&own, &most]).await? {
            let cols = Cols::of("deliveries", row);
            tally::count_delivery(&mut tally.deliveries, cols.get("state")?, cols.count("count")?);
        }
        let sql = "SELECT state, count(*) AS count FROM xmp.accounts WHERE tenant = $1 GROUP BY state";
        for row in &self.query(sql, &[&own]).await? {
            let cols = Cols::of("accounts", row);
            tally::count_account(&mut tally.accounts, cols.get("state")?, cols.count("count")?);
        }
        let sql = "SELECT id FROM xmp.accounts WHERE tenant = $1 AND state = 'needs_consent'
             ORDER BY created_at, id LIMIT $2";
        let rows = self.query(sql, &[&own, &i64::from(Tally::LISTED)]).await?;
        tally.needs_consent =
            rows.iter().map(|row| Cols::of("accounts", row).id("id")).collect::<Result<_>>()?;
        let ranks: Vec<i16> = Priority::ALL.map(rank).to_vec();
        let overdue = at(tally::overdue(self.now));
        let most = i64::from(tally::LOOKED_AT);
        let rows = self.query(DUE, &[&own, &self.at(), &overdue, &most, &ranks]).await?;
        let due = rows.iter().map(read_due).collect::<Result<Vec<_>>>()?;
        let (counts, oldest) = tally::due(tenant, &tally.stops, &due);
        tally.due = counts;
        if let Some(oldest) = oldest {
            let sql = "SELECT post FROM xmp.deliveries WHERE tenant = $1 AND id = $2";
            let found = self.query_opt(sql, &[&own, &key(oldest.first)]).await?;
            let post = found.map(|row| Cols::of("deliveries", &row).id("post")).transpose()?;
            tally.oldest_due = post.map(|post| oldest.oldest(post, self.now));
        }
        Ok(tally)
    }
}

#[async_trait]
impl InsightStore for PostgresStore {
    async fn attempts(&self, ctx: &Context, delivery: DeliveryId) -> Result<Vec<AttemptRecord>> {
        let tx = self.inner.begin().await?;
        let found = tx.attempts(ctx.tenant(), delivery).await;
        tx.end(found).await
    }

    async fn busy(&self, ctx: &Context, account: AccountId) -> Result<Option<Busy>> {
        let tx = self.inner.begin().await?;
        let found = tx.busy(ctx.tenant(), account).await;
        tx.end(found).await
    }

    async fn tally(&self, ctx: &Context) -> Result<Tally> {
        let tx = self.inner.begin().await?;
        let found = tx.tally(ctx.tenant()).await;
        tx.end(found).await
    }
}
