//! Who is next, and when.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{params_from_iter, types::Value};
use xmp_core::step::{self, Stepped};
use xmp_core::{
    Account, AccountId, ClaimRequest, Claimed, Delivery, DeliveryId, PlatformId, Priority, Result,
    SendingStop, StopScope, TenantId,
};

use super::Tx;
use super::error::skip_unreadable;
use super::row::{all, int, micros, one, rank, run};
use crate::rules::{self, Queue};
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
    AND a.state = 'active' AND (a.blocked_until IS NULL OR a.blocked_until <= ?1)
    AND (a.paced_until IS NULL OR a.paced_until <= ?1))";

/// One that waits: where in the queue, and for whom.
struct Waiting {
    run_at: Timestamp,
    id: DeliveryId,
    tenant: TenantId,
    account: AccountId,
}

/// What came of taking one.
enum Took {
    Claimed(Box<Claimed>),
    /// Its account has to wait for its spacing.
    Paced,
    /// A newer version wrote it: it is left to one that knows it, and holds nobody else up.
    Unreadable,
}

/// What one priority has due, in order, read a page at a time.
struct Line {
    priority: Priority,
    read: VecDeque<Waiting>,
    /// Where to read on; `None` at the end.
    place: Option<(i64, String)>,
}

impl Line {
    fn new(priority: Priority) -> Self {
        Self { priority, read: VecDeque::new(), place: Some((i64::MIN, String::new())) }
    }
}

/// What is asked for, less what is stopped.
struct Wanted {
    queue: Queue,
    platforms: Vec<String>,
    without: Vec<String>,
}

impl Wanted {
    fn new(queue: Queue, platforms: &[PlatformId], stops: &[SendingStop]) -> Self {
        let stops = if queue == Queue::Publish { stops } else { &[] };
        let stopped = |platform: &&PlatformId| {
            !stops.iter().any(|stop| match &stop.scope {
                StopScope::All => true,
                StopScope::Platform(stopped) => stopped == *platform,
                StopScope::Tenant(_) => false,
            })
        };
        let platforms = platforms.iter().filter(stopped).map(ToString::to_string).collect();
        let without = stops.iter().filter_map(|stop| match &stop.scope {
            StopScope::Tenant(tenant) => Some(tenant.to_string()),
            StopScope::All | StopScope::Platform(_) => None,
        });
        Self { queue, platforms, without: without.collect() }
    }

    /// The condition on deliveries `d`, with the values that [`values`](Self::values) gives.
    fn places(&self) -> String {
        let marks = |count: usize| vec!["?"; count].join(", ");
        let (platforms, without) = (marks(self.platforms.len()), marks(self.without.len()));
        format!("AND d.platform IN ({platforms}) AND d.tenant NOT IN ({without})")
    }

    /// Whose account nobody works on, and may publish if that is wanted.
    fn free(&self) -> String {
        let open = if self.queue == Queue::Publish { OPEN } else { "" };
        format!("{FREE} {open}")
    }

    fn values(&self) -> impl Iterator<Item = Value> {
        self.platforms.iter().chain(&self.without).map(|name| Value::from(name.clone()))
    }
}

impl Tx<'_> {
    /// Frees lapsed leases, a bounded number of them.
    fn recover(&self) -> Result<()> {
        // The clock went back: such a lease gets its whole length again, from now (see `crate::time`).
        run(
            self.conn,
            "UPDATE deliveries SET lease_until = ?1 + (lease_until - lease_granted_at), lease_granted_at = ?1
             WHERE lease_until IS NOT NULL AND lease_granted_at > ?1",
            [micros(self.now)],
        )?;
        self.sweep(
            "SELECT tenant, id FROM deliveries WHERE lease_until IS NOT NULL AND lease_until <= ?1
             ORDER BY lease_until, tenant, id LIMIT ?2 OFFSET ?3",
            step::recover,
        )
    }

    /// Ends what was not sent in time, a bounded number of them.
    fn expire(&self) -> Result<()> {
        self.sweep(
            "SELECT tenant, id FROM deliveries INDEXED BY deliveries_expiry
             WHERE expires_at IS NOT NULL AND queue = 'publish' AND expires_at <= ?1
             ORDER BY expires_at, tenant, id LIMIT ?2 OFFSET ?3",
            step::expire,
        )
    }

    fn sweep(&self, sql: &str, step: impl Fn(&mut Delivery, Timestamp) -> Result<Stepped>) -> Result<()> {
        let mut skipped = 0;
        loop {
            let range = (micros(self.now), int(rules::SWEPT_AT_ONCE as u64), int(skipped));
            let found: Vec<(TenantId, DeliveryId)> = all(self.conn, "deliveries", sql, range, |cols| {
                Ok((cols.word("tenant")?, cols.parse("id")?))
            })?;
            let before = skipped;
            for (tenant, id) in &found {
                let Some(before) = skip_unreadable(self.delivery(tenant, *id))? else {
                    skipped += 1;
                    continue;
                };
                let mut after = before.clone();
                let stepped = step(&mut after, self.now)?;
                let origin = self.worker_origin(&before)?;
                self.keep(&before, after, stepped, &origin)?;
            }
            // What can't be read stays in front: the next look is behind it.
            if skipped == before || found.len() < rules::SWEPT_AT_ONCE {
                return Ok(());
            }
        }
    }

    pub(super) fn claim(&self, request: &ClaimRequest) -> Result<Vec<Claimed>> {
        self.recover()?;
        self.expire()?;
        let queue = Queue::asked(request.reconcile);
        let wanted = Wanted::new(queue, &request.platforms, &self.stops()?);
        let mut lines = Priority::ALL.map(Line::new);
        let mut claimed = Vec::new();
        let mut taken = HashSet::new();
        while claimed.len() < request.limit {
            for line in &mut lines {
                self.fill(&wanted, line)?;
            }
            let first = lines.iter_mut().filter_map(|line| {
                let turn = line.priority.turn(line.read.front()?.run_at);
                Some((turn, line))
            });
            let Some((_, line)) = first.min_by_key(|(turn, _)| *turn) else { break };
            let Some(waiting) = line.read.pop_front() else { break };
            // One of an account: the others wait for its lease.
            let account = (waiting.tenant.clone(), waiting.account);
            if taken.contains(&account) {
                continue;
            }
            match self.take(request, &waiting)? {
                Took::Claimed(one) => claimed.push(*one),
                Took::Paced => {}
                Took::Unreadable => continue,
            }
            taken.insert(account);
        }
        Ok(claimed)
    }

    /// Reads what a priority has due, after what was read before: the index gives it in this order.
    fn fill(&self, wanted: &Wanted, line: &mut Line) -> Result<()> {
        let Some(place) = line.place.take_if(|_| line.read.is_empty()) else { return Ok(()) };
        let sql = format!(
            "SELECT run_at, id, tenant, account FROM deliveries d
             WHERE queue = ?2 AND priority = ?3 AND run_at <= ?1 AND (run_at, id) > (?4, ?5)
                 {} {}
             ORDER BY run_at, id LIMIT {PAGE}",
            wanted.free(),
            wanted.places(),
        );
        let mut values: Vec<Value> = vec![
            micros(self.now).into(),
            wanted.queue.as_str().to_owned().into(),
            rank(line.priority).into(),
            place.0.into(),
            place.1.into(),
        ];
        values.extend(wanted.values());
        let page = all(self.conn, "deliveries", &sql, params_from_iter(values), |cols| {
            Ok(Waiting {
                run_at: cols.time("run_at")?,
                id: cols.parse("id")?,
                tenant: cols.word("tenant")?,
                account: cols.parse("account")?,
            })
        })?;
        if page.len() == PAGE {
            line.place = page.last().map(|last| (micros(last.run_at), last.id.to_string()));
        }
        line.read.extend(page);
        Ok(())
    }

    fn take(&self, request: &ClaimRequest, waiting: &Waiting) -> Result<Took> {
        let delivery = skip_unreadable(self.delivery(&waiting.tenant, waiting.id))?;
        let account = skip_unreadable(self.account(&waiting.tenant, waiting.account))?;
        let (Some(before), Some(mut account)) = (delivery, account) else { return Ok(Took::Unreadable) };
        let mut after = before.clone();
        let origin = self.worker_origin(&before)?;
        if !request.reconcile
            && let Some(until) = self.paced(&account, before.id)?
        {
            account.paced_until = Some(until);
            self.save_account(&account)?;
            let stepped = step::pace(&mut after, until);
            self.keep(&before, after, stepped, &origin)?;
            return Ok(Took::Paced);
        }
        let lease = step::claim(&mut after, request.worker, request.lease_for, self.now)?;
        let (delivery, _) = self.keep(&before, after, Stepped::default(), &origin)?;
        let claimed = Claimed { lease, delivery, account, correlation_id: origin.correlation_id };
        Ok(Took::Claimed(Box::new(claimed)))
    }

    /// Until when a delivery waits for its account's spacing, if it does: not for its own earlier parts.
    fn paced(&self, account: &Account, delivery: DeliveryId) -> Result<Option<Timestamp>> {
        if account.spacing.is_none() {
            return Ok(None);
        }
        let sent: Vec<Timestamp> = all(
            self.conn,
            "deliveries",
            "SELECT sent_at FROM deliveries INDEXED BY deliveries_sent
             WHERE tenant = ?1 AND account = ?2 AND sent_at >= ?3 AND id <> ?4 ORDER BY sent_at",
            (
                account.tenant.as_str(),
                account.id.to_string(),
                micros(rules::looked_back(account, self.now)),
                delivery.to_string(),
            ),
            |cols| cols.time("sent_at"),
        )?;
        Ok(rules::paced(account, &sent, self.now))
    }

    pub(super) fn next_due(&self, platforms: &[PlatformId]) -> Result<Option<Duration>> {
        let (stops, all) = (self.stops()?, Wanted::new(Queue::Reconcile, platforms, &[]));
        let mut next = vec![
            self.soonest(
                "SELECT min(CASE WHEN lease_granted_at > ?1 THEN ?1 + (lease_until - lease_granted_at)
                     ELSE lease_until END) AS at
                 FROM deliveries d WHERE lease_until IS NOT NULL",
                &all,
                "",
            )?,
            self.soonest(
                "SELECT expires_at AS at FROM deliveries d INDEXED BY deliveries_expiry
                 WHERE expires_at IS NOT NULL AND queue = 'publish' AND ?1 IS NOT NULL",
                &all,
                "",
            )?,
        ];
        // An index gives each of these its first row at once: what is passed over is blocked, paused or stopped.
        for queue in [Queue::Reconcile, Queue::Publish] {
            let wanted = Wanted::new(queue, platforms, &stops);
            for priority in Priority::ALL.map(rank) {
                let sql = format!(
                    "SELECT run_at AS at FROM deliveries d WHERE queue = '{}' AND priority = {priority}
                         AND ?1 IS NOT NULL",
                    queue.as_str()
                );
                next.push(self.soonest(&sql, &wanted, &wanted.free())?);
            }
        }
        for until in ["blocked_until", "paced_until"] {
            let other = if until == "blocked_until" { "paced_until" } else { "blocked_until" };
            let sql = format!(
                "SELECT max(run_at, a.{until}, coalesce(a.{other}, 0)) AS at
                 FROM accounts a CROSS JOIN deliveries d INDEXED BY deliveries_account
                     ON d.tenant = a.tenant AND d.account = a.id
                 WHERE a.{until} > ?1 AND a.state = 'active' AND d.queue = 'publish'"
            );
            next.push(self.soonest(&sql, &Wanted::new(Queue::Publish, platforms, &stops), FREE)?);
        }
        Ok(next.into_iter().flatten().min().map(|at| between(self.now, at)))
    }

    /// The first time that a query gives, of deliveries `d` that are wanted.
    fn soonest(&self, sql: &str, wanted: &Wanted, and: &str) -> Result<Option<Timestamp>> {
        if wanted.platforms.is_empty() {
            return Ok(None);
        }
        let sql = format!("{sql} {and} {} ORDER BY at LIMIT 1", wanted.places());
        let values = [Value::from(micros(self.now))].into_iter().chain(wanted.values());
        let found = one(self.conn, "deliveries", &sql, params_from_iter(values), |cols| cols.time_opt("at"))?;
        Ok(found.flatten())
    }
}
