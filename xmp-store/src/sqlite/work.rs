//! What workers do.

use std::collections::HashSet;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{params, params_from_iter, types::Value};
use xmp_core::step::{self, NewAttempt, Resolution, Stepped, Verdict};
use xmp_core::{
    AccountId, Begun, Checkpoint, ClaimRequest, Claimed, Context, Delivery, DeliveryId, DeliveryStore, Due,
    Event, IdempotencyKey, Lease, NewPost, PartId, PlatformId, PostFilter, PostId, PostView, RemoteId,
    Result, Scheduled, TenantId,
};

use super::error::skip_unreadable;
use super::row::{PRIORITIES, all, int, micros, one, rank, run};
use super::{SqliteStore, Tx};
use crate::rules::{self, Origin, Queue};
use crate::time::between;

/// How many rows of the queue are looked at in one go.
const PAGE: usize = 64;

// Without statistics SQLite takes a table's own key for cheap wherever the tenant is known, and would read all that a
// tenant has: where that was seen, the query names its index.

/// Of deliveries `d`: nobody works on their account.
const FREE: &str = "AND NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.tenant = d.tenant
    AND o.account = d.account AND o.lease_until IS NOT NULL)";

/// Of deliveries `d`, at the time `?1`: their account may publish.
const OPEN: &str = "AND EXISTS (SELECT 1 FROM accounts a WHERE a.tenant = d.tenant AND a.id = d.account
    AND a.state = 'active' AND (a.blocked_until IS NULL OR a.blocked_until <= ?1))";

/// One that waits: where in the queue, and for whom.
struct Waiting {
    run_at: i64,
    id: DeliveryId,
    tenant: TenantId,
    account: AccountId,
}

impl Tx<'_> {
    fn leased(&self, lease: &Lease) -> Result<Delivery> {
        self.find_delivery(&lease.tenant, lease.delivery)?.ok_or_else(|| rules::lease_gone(lease))
    }

    /// Frees lapsed leases, a bounded number of them.
    fn recover(&self) -> Result<()> {
        // The clock went back: such a lease gets its whole length again, from now (see `crate::time`).
        run(
            self.conn,
            "UPDATE deliveries SET lease_until = ?1 + (lease_until - lease_granted_at), lease_granted_at = ?1
             WHERE lease_until IS NOT NULL AND lease_granted_at > ?1",
            [micros(self.now)],
        )?;
        let lapsed: Vec<(TenantId, DeliveryId)> = all(
            self.conn,
            "deliveries",
            "SELECT tenant, id FROM deliveries WHERE lease_until IS NOT NULL AND lease_until <= ?1
             ORDER BY lease_until, tenant, id LIMIT ?2",
            (micros(self.now), int(rules::RECOVERED_AT_ONCE as u64)),
            |cols| Ok((cols.word("tenant")?, cols.parse("id")?)),
        )?;
        for (tenant, id) in lapsed {
            let Some(before) = skip_unreadable(self.delivery(&tenant, id))? else { continue };
            let mut after = before.clone();
            let stepped = step::recover(&mut after, self.now)?;
            let origin = self.worker_origin(&before)?;
            self.keep(&before, after, stepped, &origin)?;
        }
        Ok(())
    }

    fn claim(&self, request: &ClaimRequest) -> Result<Vec<Claimed>> {
        self.recover()?;
        let mut claimed = Vec::new();
        let mut taken = HashSet::new();
        for priority in PRIORITIES {
            let mut place = (i64::MIN, String::new());
            while claimed.len() < request.limit {
                let page = self.waiting(request, rank(priority), &place)?;
                let Some(last) = page.last() else { break };
                place = (last.run_at, last.id.to_string());
                let full = page.len() == PAGE;
                for waiting in page {
                    // One of an account: the others wait for its lease.
                    if claimed.len() < request.limit
                        && taken.insert((waiting.tenant.clone(), waiting.account))
                    {
                        claimed.extend(self.take(request, &waiting)?);
                    }
                }
                if !full {
                    break;
                }
            }
        }
        Ok(claimed)
    }

    /// A page of what one priority has due, after a place in the queue: the index gives it in this order.
    fn waiting(&self, request: &ClaimRequest, priority: i64, after: &(i64, String)) -> Result<Vec<Waiting>> {
        let queue = Queue::asked(request.reconcile);
        let marks = vec!["?"; request.platforms.len()].join(", ");
        let open = if queue == Queue::Publish { OPEN } else { "" };
        let sql = format!(
            "SELECT run_at, id, tenant, account FROM deliveries d
             WHERE queue = ?2 AND priority = ?3 AND run_at <= ?1 AND (run_at, id) > (?4, ?5)
                 {FREE} {open} AND platform IN ({marks})
             ORDER BY run_at, id LIMIT {PAGE}"
        );
        let mut values: Vec<Value> = vec![
            micros(self.now).into(),
            queue.as_str().to_owned().into(),
            priority.into(),
            after.0.into(),
            after.1.clone().into(),
        ];
        values.extend(request.platforms.iter().map(|platform| Value::from(platform.as_str().to_owned())));
        all(self.conn, "deliveries", &sql, params_from_iter(values), |cols| {
            Ok(Waiting {
                run_at: cols.get("run_at")?,
                id: cols.parse("id")?,
                tenant: cols.word("tenant")?,
                account: cols.parse("account")?,
            })
        })
    }

    fn take(&self, request: &ClaimRequest, waiting: &Waiting) -> Result<Option<Claimed>> {
        let read = self.delivery(&waiting.tenant, waiting.id);
        let Some(before) = skip_unreadable(read)? else { return Ok(None) };
        let account = self.account(&waiting.tenant, waiting.account)?;
        let mut after = before.clone();
        let lease = step::claim(&mut after, request.worker, request.lease_for, self.now)?;
        let origin = self.worker_origin(&before)?;
        let (delivery, _) = self.keep(&before, after, Stepped::default(), &origin)?;
        Ok(Some(Claimed { lease, delivery, account, correlation_id: origin.correlation_id }))
    }

    fn next_due(&self, platforms: &[PlatformId]) -> Result<Option<Duration>> {
        let mut next = self.soonest(
            "SELECT min(CASE WHEN lease_granted_at > ?1 THEN ?1 + (lease_until - lease_granted_at)
                 ELSE lease_until END) AS at
             FROM deliveries d WHERE lease_until IS NOT NULL",
            platforms,
        )?;
        // An index gives each of these its first row at once: what is passed over is blocked or paused.
        for (queue, open) in [(Queue::Reconcile, ""), (Queue::Publish, OPEN)] {
            for priority in PRIORITIES.map(rank) {
                let queue = queue.as_str();
                let sql = format!(
                    "SELECT run_at AS at FROM deliveries d WHERE queue = '{queue}' AND priority = {priority}
                         AND ?1 IS NOT NULL {FREE} {open}"
                );
                let found = self.soonest(&sql, platforms)?;
                next = next.into_iter().chain(found).min();
            }
        }
        let blocked = self.soonest(
            &format!(
                "SELECT max(run_at, a.blocked_until) AS at
                 FROM accounts a CROSS JOIN deliveries d INDEXED BY deliveries_account
                     ON d.tenant = a.tenant AND d.account = a.id
                 WHERE a.blocked_until > ?1 AND a.state = 'active' AND d.queue = 'publish' {FREE}"
            ),
            platforms,
        )?;
        Ok(next.into_iter().chain(blocked).min().map(|at| between(self.now, at)))
    }

    /// The first time that a query gives, of deliveries `d` on these platforms.
    fn soonest(&self, sql: &str, platforms: &[PlatformId]) -> Result<Option<Timestamp>> {
        let marks = vec!["?"; platforms.len()].join(", ");
        let sql = format!("{sql} AND d.platform IN ({marks}) ORDER BY at LIMIT 1");
        let mut values: Vec<Value> = vec![micros(self.now).into()];
        values.extend(platforms.iter().map(|platform| Value::from(platform.as_str().to_owned())));
        let found = one(self.conn, "deliveries", &sql, params_from_iter(values), |cols| cols.time_opt("at"))?;
        Ok(found.flatten())
    }

    fn renew(&self, lease: &Lease, lease_for: Duration) -> Result<()> {
        let before = self.leased(lease)?;
        let mut after = before.clone();
        step::renew(&mut after, lease, lease_for, self.now)?;
        let origin = self.worker_origin(&before)?;
        self.keep(&before, after, Stepped::default(), &origin).map(|_| ())
    }

    fn checkpoint(&self, lease: &Lease, part: PartId, checkpoint: Checkpoint) -> Result<()> {
        let before = self.leased(lease)?;
        let mut after = before.clone();
        step::checkpoint(&mut after, lease, part, checkpoint, self.now)?;
        let origin = self.worker_origin(&before)?;
        self.keep(&before, after, Stepped::default(), &origin).map(|_| ())
    }

    fn begin(&self, lease: &Lease, new: NewAttempt) -> Result<Begun> {
        let before = self.leased(lease)?;
        let mut after = before.clone();
        let part = new.part;
        // The step works on a copy and says first whether the lease still holds; nothing is kept before all is checked.
        let (attempt, stepped) = step::begin(&mut after, lease, new, self.now)?;
        let fingerprint =
            before.parts.iter().find(|own| own.id == part).map(|own| own.fingerprint.to_string());
        let (tenant, account) = (before.tenant.as_str(), before.account.to_string());
        let equal = one(
            self.conn,
            "parts",
            "SELECT delivery FROM parts INDEXED BY parts_unresolved
             WHERE tenant = ?1 AND account = ?2 AND fingerprint = ?3 AND id <> ?4
                 AND unresolved = 1 ORDER BY delivery LIMIT 1",
            (tenant, &account, fingerprint, part.to_string()),
            |cols| cols.parse("delivery"),
        )?;
        if let Some(other) = equal {
            return Ok(Begun::EqualUnresolved(other));
        }
        let flying = one(
            self.conn,
            "deliveries",
            "SELECT id FROM deliveries WHERE tenant = ?1 AND account = ?2 AND id <> ?3
                 AND lease_until IS NOT NULL AND lease_until > ?4 AND state = 'sending' LIMIT 1",
            params![tenant, account, before.id.to_string(), micros(self.now)],
            |cols| cols.parse("id"),
        )?;
        if let Some(other) = flying {
            return Err(rules::in_flight(before.account, other));
        }
        let origin = self.worker_origin(&before)?;
        let (kept, _) = self.keep(&before, after, stepped, &origin)?;
        let kept = kept.parts.into_iter().find(|own| own.id == part).and_then(|own| own.attempt);
        Ok(Begun::Attempt(Box::new(kept.unwrap_or(attempt))))
    }

    fn conclude(&self, lease: &Lease, part: PartId, verdict: Verdict) -> Result<(Delivery, Vec<Event>)> {
        let before = self.leased(lease)?;
        let live = match &verdict {
            Verdict::Published(published) => Some(published.remote_id.clone()),
            _ => None,
        };
        let mut after = before.clone();
        let stepped = step::conclude(&mut after, lease, part, verdict, self.now)?;
        if let Some(live) = live {
            self.check_owner(&before, part, &live)?;
        }
        let origin = self.worker_origin(&before)?;
        self.keep(&before, after, stepped, &origin)
    }

    fn remote_ids(&self, tenant: &TenantId, account: AccountId, since: Timestamp) -> Result<Vec<RemoteId>> {
        all(
            self.conn,
            "parts",
            "SELECT remote_id FROM parts WHERE tenant = ?1 AND account = ?2 AND owned_since >= ?3
             ORDER BY remote_id",
            (tenant.as_str(), account.to_string(), micros(since)),
            |cols| cols.word("remote_id"),
        )
    }
}

#[async_trait]
impl DeliveryStore for SqliteStore {
    async fn schedule(&self, ctx: &Context, mut new: NewPost) -> Result<Scheduled> {
        rules::check_new(ctx, &mut new)?;
        let origin = Origin::call(ctx);
        self.write(move |tx| tx.schedule(&origin, &new)).await
    }

    async fn post(&self, ctx: &Context, id: PostId) -> Result<PostView> {
        let tenant = ctx.tenant().clone();
        self.read(move |tx| tx.view(&tenant, id)).await
    }

    async fn post_by_key(&self, ctx: &Context, key: &IdempotencyKey) -> Result<Option<PostView>> {
        let (tenant, key) = (ctx.tenant().clone(), key.clone());
        self.read(move |tx| tx.by_key(&tenant, &key)).await
    }

    async fn posts(&self, ctx: &Context, filter: &PostFilter) -> Result<Vec<PostView>> {
        let (tenant, filter) = (ctx.tenant().clone(), filter.clone());
        self.read(move |tx| tx.list(&tenant, &filter)).await
    }

    async fn cancel(&self, ctx: &Context, id: PostId) -> Result<PostView> {
        let origin = Origin::call(ctx);
        self.write(move |tx| tx.cancel(&origin, id)).await
    }

    async fn reschedule(&self, ctx: &Context, id: PostId, due: Due) -> Result<PostView> {
        let origin = Origin::call(ctx);
        self.write(move |tx| tx.reschedule(&origin, id, due)).await
    }

    async fn put_back(&self, ctx: &Context, id: DeliveryId) -> Result<Delivery> {
        let origin = Origin::call(ctx);
        self.write(move |tx| tx.put_back(&origin, id)).await
    }

    async fn resolve(&self, ctx: &Context, id: DeliveryId, resolution: Resolution) -> Result<Delivery> {
        let origin = Origin::call(ctx);
        self.write(move |tx| tx.resolve(&origin, id, resolution)).await
    }

    async fn claim(&self, request: &ClaimRequest) -> Result<Vec<Claimed>> {
        let request = request.clone();
        self.write(move |tx| tx.claim(&request)).await
    }

    async fn next_due(&self, platforms: &[PlatformId]) -> Result<Option<Duration>> {
        let platforms = platforms.to_vec();
        self.read(move |tx| tx.next_due(&platforms)).await
    }

    async fn renew(&self, lease: &Lease, lease_for: Duration) -> Result<()> {
        let lease = lease.clone();
        self.write(move |tx| tx.renew(&lease, lease_for)).await
    }

    async fn checkpoint(&self, lease: &Lease, part: PartId, checkpoint: Checkpoint) -> Result<()> {
        let lease = lease.clone();
        self.write(move |tx| tx.checkpoint(&lease, part, checkpoint)).await
    }

    async fn begin_attempt(&self, lease: &Lease, new: NewAttempt) -> Result<Begun> {
        let lease = lease.clone();
        self.write(move |tx| tx.begin(&lease, new)).await
    }

    async fn conclude(
        &self,
        lease: &Lease,
        part: PartId,
        verdict: Verdict,
    ) -> Result<(Delivery, Vec<Event>)> {
        let lease = lease.clone();
        self.write(move |tx| tx.conclude(&lease, part, verdict)).await
    }

    async fn remote_ids(
        &self,
        tenant: &TenantId,
        account: AccountId,
        since: Timestamp,
    ) -> Result<Vec<RemoteId>> {
        let tenant = tenant.clone();
        self.read(move |tx| tx.remote_ids(&tenant, account, since)).await
    }
}
