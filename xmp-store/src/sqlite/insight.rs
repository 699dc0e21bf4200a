//! What people want to know.

use async_trait::async_trait;
use rusqlite::params;
use xmp_core::{
    AccountId, AttemptRecord, Busy, Context, DeliveryCounts, DeliveryId, InsightStore, LeaseRecord, PostId,
    Result, Tally, TenantId,
};

use super::row::{Cols, all, micros, one};
use super::{SqliteStore, Tx};
use crate::tally::{self, Due};

/// What is due, by account. The index alone tells, and of as many rows as are due.
const DUE: &str = "
    SELECT d.account, d.platform, count(*) AS count, sum(d.run_at <= ?3) AS overdue, min(d.run_at) AS since, d.id,
        a.state = 'active' AND coalesce(a.blocked_until <= ?2, 1) AND coalesce(a.paced_until <= ?2, 1) AS open
    FROM (SELECT tenant, account, platform, id, run_at FROM deliveries INDEXED BY deliveries_queue
            WHERE queue = 'publish' AND priority IN (10, 20, 30, 40) AND run_at <= ?2 AND tenant = ?1 LIMIT ?4) d
        JOIN accounts a ON a.tenant = d.tenant AND a.id = d.account
    GROUP BY d.account, d.platform";

/// Counts of what waits and of what is worked on, and then of what remains.
const COUNTS: &str = "
    SELECT (SELECT count(*) FROM (SELECT 1 FROM deliveries INDEXED BY deliveries_queue
            WHERE queue = 'publish' AND tenant = ?1 LIMIT ?2)) AS waiting,
        (SELECT count(*) FROM (SELECT 1 FROM deliveries INDEXED BY deliveries_queue
            WHERE queue = 'reconcile' AND tenant = ?1 LIMIT ?2)) AS unconfirmed,
        (SELECT count(*) FROM (SELECT 1 FROM deliveries INDEXED BY deliveries_leases
            WHERE lease_until IS NOT NULL AND tenant = ?1 LIMIT ?2)) AS working";
const REMAINING: &str = "
    SELECT count(*) AS count FROM (SELECT 1 FROM deliveries INDEXED BY deliveries_remaining
        WHERE state IN ('held', 'partly_published', 'failed', 'cancelled', 'expired')
            AND tenant = ?1 AND state = ?2 LIMIT ?3)";

fn read_attempt(cols: &Cols<'_>) -> Result<AttemptRecord> {
    let outcome = cols.word_opt("outcome")?;
    Ok(AttemptRecord {
        id: cols.parse("id")?,
        part: cols.parse("part")?,
        number: cols.count("number")?,
        began_at: cols.time("began_at")?,
        deadline: cols.time("deadline")?,
        outcome,
        known_at: cols.time_opt("outcome_at")?.filter(|_| outcome.is_some()),
        code: cols.get("code")?,
        why: cols.get("why")?,
    })
}

fn read_due(cols: &Cols<'_>) -> Result<Due> {
    Ok(Due {
        platform: cols.parse("platform")?,
        account: cols.parse("account")?,
        open: cols.get("open")?,
        count: cols.count("count")?,
        overdue: cols.count("overdue")?,
        first: cols.parse("id")?,
        since: cols.time("since")?,
    })
}

impl Tx<'_> {
    fn tally(&self, tenant: &TenantId) -> Result<Tally> {
        let (own, most) = (tenant.as_str(), Tally::COUNTED_TO);
        let mut tally = Tally { stops: tally::about(tenant, self.stops()?), ..Tally::default() };
        let found = one(self.conn, "deliveries", COUNTS, params![own, most], |cols| {
            Ok(DeliveryCounts {
                waiting: cols.count("waiting")?,
                unconfirmed: cols.count("unconfirmed")?,
                working: cols.count("working")?,
                ..DeliveryCounts::default()
            })
        })?;
        tally.deliveries = found.unwrap_or_default();
        for state in tally::REMAINING {
            let count = one(self.conn, "deliveries", REMAINING, params![own, state, most], |cols| {
                cols.count("count")
            })?;
            tally::count_delivery(&mut tally.deliveries, state, count.unwrap_or_default());
        }
        let sql = "SELECT state, count(*) AS count FROM accounts WHERE tenant = ?1 GROUP BY state";
        let read = |cols: &Cols<'_>| Ok((cols.get::<String>("state")?, cols.count("count")?));
        for (state, count) in all(self.conn, "accounts", sql, [own], read)? {
            tally::count_account(&mut tally.accounts, &state, count);
        }
        let sql = "SELECT id FROM accounts WHERE tenant = ?1 AND state = 'needs_consent' ORDER BY created_at, id LIMIT ?2";
        tally.needs_consent =
            all(self.conn, "accounts", sql, params![own, Tally::LISTED], |cols| cols.parse("id"))?;
        let overdue = micros(tally::overdue(self.now));
        let due = params![own, micros(self.now), overdue, tally::LOOKED_AT];
        let due = all(self.conn, "deliveries", DUE, due, read_due)?;
        let (counts, oldest) = tally::due(tenant, &tally.stops, &due);
        tally.due = counts;
        if let Some(oldest) = oldest {
            let sql = "SELECT post FROM deliveries WHERE tenant = ?1 AND id = ?2";
            let post: Option<PostId> =
                one(self.conn, "deliveries", sql, (own, oldest.first.to_string()), |cols| {
                    cols.parse("post")
                })?;
            tally.oldest_due = post.map(|post| oldest.oldest(post, self.now));
        }
        Ok(tally)
    }
}

#[async_trait]
impl InsightStore for SqliteStore {
    async fn attempts(&self, ctx: &Context, delivery: DeliveryId) -> Result<Vec<AttemptRecord>> {
        let tenant = ctx.tenant().clone();
        let sql = "SELECT a.* FROM parts p JOIN attempts a ON a.tenant = p.tenant AND a.part = p.id
             WHERE p.tenant = ?1 AND p.delivery = ?2 ORDER BY a.began_at, a.id";
        self.read(move |tx| {
            all(tx.conn, "attempts", sql, (tenant.as_str(), delivery.to_string()), read_attempt)
        })
        .await
    }

    async fn busy(&self, ctx: &Context, account: AccountId) -> Result<Option<Busy>> {
        let tenant = ctx.tenant().clone();
        let sql = "SELECT id, lease_worker, lease_until FROM deliveries INDEXED BY deliveries_account_leases
             WHERE tenant = ?1 AND account = ?2 AND lease_until IS NOT NULL ORDER BY lease_until DESC LIMIT 1";
        let read = |cols: &Cols<'_>| {
            let lease = LeaseRecord { worker: cols.parse("lease_worker")?, until: cols.time("lease_until")? };
            Ok(Busy { delivery: cols.parse("id")?, lease })
        };
        self.read(move |tx| one(tx.conn, "deliveries", sql, (tenant.as_str(), account.to_string()), read))
            .await
    }

    async fn tally(&self, ctx: &Context) -> Result<Tally> {
        let tenant = ctx.tenant().clone();
        self.read(move |tx| tx.tally(&tenant)).await
    }
}
