//! Who is next.
//!
//! # Why no two workers get two deliveries of one account
//!
//! A claim walks the queue, locks the deliveries that it wants (those that another claim has locked it passes over),
//! reads them as they are then, and writes their leases. Two claims that meet at one delivery: the second finds it locked,
//! or not in the queue any more. Two claims that want different deliveries of one account: what is written is refused where
//! another lease of the account is there, and of two that are written at the same moment the unique index
//! `deliveries_leased` lets the second wait for the first and fail. Then that claim is made again.
//!
//! # What can't go for long
//!
//! Deliveries of accounts that are paused, blocked or stopped would be walked over by every claim. A claim that meets many
//! of them moves them back in the queue (*parks* them), to when their account may go again, or ten minutes. Whatever
//! lets an account go again leaves a note, and claims put them where they stood before they look (see `sweep`). A claim that
//! parks holds the accounts' rows and those of the stops meanwhile, so that nothing is parked by what was true a moment ago.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use tokio_postgres::Row;
use xmp_core::step::{self, Stepped};
use xmp_core::{Account, AccountId, ClaimRequest, Claimed, DeliveryId, Priority, Result, TenantId};

use super::error::{is_held, skip_unreadable, storage};
use super::keep::Write;
use super::record::{self, Record};
use super::row::{At, Cols, Key, at, int, json, key, rank, ranked};
use super::tx::Tx;
use super::{Inner, account};
use crate::rules::{self, Origin, Queue};
use crate::time::later;

/// How many that can't go a claim passes over before it parks them.
const PASSED_OVER: usize = 16;

/// For how long what waits for a person is parked.
const PARKED: Duration = Duration::from_secs(600);

/// How many a claim parks at once.
const PARKED_AT_ONCE: usize = 1_000;

/// How often a claim looks further after it parked, before it is for the next claim to do so.
const ROUNDS: usize = 8;

/// How often a claim is made again that met another one.
const AGAIN: usize = 5;

/// One that is due: where in the queue, for whom, and whether it can go.
struct Waiting {
    priority: Priority,
    run_at: Timestamp,
    id: DeliveryId,
    tenant: TenantId,
    account: AccountId,
    shut: bool,
}

impl Waiting {
    fn whose(&self) -> (TenantId, AccountId) {
        (self.tenant.clone(), self.account)
    }
}

/// What is due, in order, read a page of each priority at a time.
struct Line {
    queue: Queue,
    platforms: Vec<String>,
    page: i64,
    /// Where each priority is read on; one that was read to its end is gone.
    places: Vec<(i16, At, Key)>,
    read: VecDeque<Waiting>,
}

/// What came of one transaction.
struct Round {
    claimed: Vec<Claimed>,
    /// Whether there may be more, behind what was parked.
    go_on: bool,
}

impl Inner {
    pub(super) async fn claim(&self, request: &ClaimRequest) -> Result<Vec<Claimed>> {
        let (mut met, mut rounds) = (0, 0);
        self.bell.looks();
        loop {
            let tx = self.begin_telling().await?;
            let Round { claimed, go_on } = match tx.claim(request).await? {
                Some(round) => round,
                // Another claim wrote a lease of the same account at the same moment.
                None if met < AGAIN => {
                    met += 1;
                    continue;
                }
                None => return Ok(Vec::new()),
            };
            rounds += 1;
            if !claimed.is_empty() || !go_on || rounds == ROUNDS {
                return Ok(claimed);
            }
        }
    }
}

impl Line {
    fn new(request: &ClaimRequest) -> Self {
        let first = |priority| (rank(priority), At::FIRST, Key([0; 16]));
        Self {
            queue: Queue::asked(request.reconcile),
            platforms: request.platforms.iter().map(ToString::to_string).collect(),
            page: int(request.limit as u64 / 4 * 5).clamp(32, 1024),
            places: Priority::ALL.map(first).to_vec(),
            read: VecDeque::new(),
        }
    }
}

impl Tx<'_> {
    /// Claims once, and ends the transaction. `None`: another claim was faster, and nothing was changed.
    async fn claim(self, request: &ClaimRequest) -> Result<Option<Round>> {
        let mut writes = Vec::new();
        let mut found = Vec::new();
        let mut go_on = false;
        match self.choose(request, &mut writes, &mut found).await {
            Ok(parked) => go_on |= parked,
            Err(error) => return self.end(Err(error)).await,
        }
        if writes.is_empty() {
            return self.end(Ok(Some(Round { claimed: Vec::new(), go_on }))).await;
        }
        let (store, now) = (self.store, self.now);
        let done = match self.keep_and_end(&mut writes).await? {
            Ok(done) => done,
            Err(error) if is_held(&error) => return Err(storage(error)),
            Err(_) => return Ok(None),
        };
        let mut kept: HashMap<DeliveryId, Record> = HashMap::new();
        for (write, done) in writes.into_iter().zip(done) {
            if done {
                kept.insert(write.after.delivery.id, write.after);
            }
        }
        let mut claimed = Vec::with_capacity(found.len());
        for (lease, account) in found {
            let Some(record) = kept.remove(&lease.delivery) else { continue };
            claimed.push(Claimed {
                lease,
                delivery: record.delivery.clone(),
                account,
                correlation_id: record.correlation_id,
            });
            store.kept.put(record, now);
        }
        Ok(Some(Round { claimed, go_on }))
    }

    /// Chooses what to claim, and says what is to be written for it. Tells whether something was parked.
    async fn choose(
        &self,
        request: &ClaimRequest,
        writes: &mut Vec<Write>,
        found: &mut Vec<(xmp_core::Lease, Account)>,
    ) -> Result<bool> {
        if self.store.sweeps(self.now) {
            let full = self.sweep().await?;
            // What is left over is for the next claim.
            let swept = if full { i64::MIN } else { self.now.as_microsecond() };
            self.store.swept.store(swept, Ordering::Relaxed);
        }
        if request.limit == 0 || request.platforms.is_empty() {
            return Ok(false);
        }
        let mut line = Line::new(request);
        let mut taken = HashSet::new();
        let mut shut = Vec::new();
        while found.len() < request.limit {
            let wanted = request.limit - found.len();
            let mut chosen = Vec::new();
            let mut picked = HashSet::new();
            let mut behind = Vec::new();
            while chosen.len() < wanted && shut.len() < PARKED_AT_ONCE {
                let Some(waiting) = self.next(&mut line).await? else { break };
                let account = waiting.whose();
                if waiting.shut {
                    shut.push(waiting);
                } else if taken.contains(&account) {
                    // One of an account: the others wait for its lease.
                } else if picked.insert(account) {
                    chosen.push(waiting);
                } else if behind.len() < PASSED_OVER {
                    behind.push(waiting);
                }
            }
            if chosen.is_empty() {
                break;
            }
            self.take(request, &chosen, &mut taken, writes, found).await?;
            // Those behind one that can't be read go in its place.
            behind.retain(|waiting| !taken.contains(&waiting.whose()));
            behind.into_iter().rev().for_each(|waiting| line.read.push_front(waiting));
        }
        let many = shut.len() > PASSED_OVER;
        if many {
            self.park(&shut).await?;
        }
        Ok(many)
    }

    /// The next that is due.
    async fn next(&self, line: &mut Line) -> Result<Option<Waiting>> {
        if line.read.is_empty() && !line.places.is_empty() {
            self.fill(line).await?;
        }
        Ok(line.read.pop_front())
    }

    /// Reads a page of each priority, after what was read before: an index gives each in its order.
    async fn fill(&self, line: &mut Line) -> Result<()> {
        const PUBLISH: &str = "
            SELECT p.rank, d.* FROM unnest($1::smallint[], $2::timestamptz[], $3::uuid[]) AS p (rank, run_at, id)
            CROSS JOIN (SELECT coalesce(array_agg(scope), '{}') AS scopes FROM xmp.stops) s
            CROSS JOIN LATERAL (
                SELECT d.run_at, d.id, d.tenant, d.account, a.state <> 'active'
                    OR coalesce(greatest(a.blocked_until, a.paced_until) > $4, false)
                    OR s.scopes && ARRAY['all', 'tenant:' || d.tenant, 'platform:' || d.platform] AS shut
                FROM xmp.deliveries d JOIN xmp.accounts a ON a.tenant = d.tenant AND a.id = d.account
                WHERE d.queue = 'publish' AND d.priority = p.rank AND d.run_at <= $4
                    AND (d.run_at, d.id) > (p.run_at, p.id) AND d.platform = ANY ($5)
                    AND NOT EXISTS (SELECT 1 FROM xmp.deliveries o WHERE o.tenant = d.tenant
                        AND o.account = d.account AND o.lease_worker IS NOT NULL)
                ORDER BY d.run_at, d.id LIMIT $6
            ) d";
        const RECONCILE: &str = "
            SELECT p.rank, d.* FROM unnest($1::smallint[], $2::timestamptz[], $3::uuid[]) AS p (rank, run_at, id)
            CROSS JOIN LATERAL (
                SELECT d.run_at, d.id, d.tenant, d.account, false AS shut FROM xmp.deliveries d
                WHERE d.queue = 'reconcile' AND d.priority = p.rank AND d.run_at <= $4
                    AND (d.run_at, d.id) > (p.run_at, p.id) AND d.platform = ANY ($5)
                    AND NOT EXISTS (SELECT 1 FROM xmp.deliveries o WHERE o.tenant = d.tenant
                        AND o.account = d.account AND o.lease_worker IS NOT NULL)
                ORDER BY d.run_at, d.id LIMIT $6
            ) d";
        let ranks: Vec<i16> = line.places.iter().map(|place| place.0).collect();
        let times: Vec<At> = line.places.iter().map(|place| place.1).collect();
        let ids: Vec<Key> = line.places.iter().map(|place| place.2).collect();
        let sql = if line.queue == Queue::Publish { PUBLISH } else { RECONCILE };
        let rows = self.query(sql, &[&ranks, &times, &ids, &self.at(), &line.platforms, &line.page]).await?;
        let mut page = Vec::with_capacity(rows.len());
        for row in &rows {
            page.extend(waiting(row)?);
        }
        let page_size = usize::try_from(line.page).unwrap_or(usize::MAX);
        line.places = ranks
            .into_iter()
            .filter_map(|rank_of_it| {
                let own = page.iter().filter(|waiting: &&Waiting| rank(waiting.priority) == rank_of_it);
                let last = own.clone().next_back().filter(|_| own.count() >= page_size)?;
                Some((rank_of_it, at(last.run_at), key(last.id)))
            })
            .collect();
        page.sort_by_key(|waiting| {
            let turn = waiting.priority.turn(waiting.run_at);
            (turn, std::cmp::Reverse(waiting.priority), waiting.id)
        });
        line.read.extend(page);
        Ok(())
    }

    /// Locks what was chosen, reads it as it is now, and has a lease written for what can still go.
    async fn take(
        &self,
        request: &ClaimRequest,
        chosen: &[Waiting],
        taken: &mut HashSet<(TenantId, AccountId)>,
        writes: &mut Vec<Write>,
        found: &mut Vec<(xmp_core::Lease, Account)>,
    ) -> Result<()> {
        let (mut records, unreadable) = self.lock(chosen, Queue::asked(request.reconcile)).await?;
        let accounts = self.accounts_of(chosen).await?;
        let sent = if request.reconcile { HashMap::new() } else { self.sent(accounts.values()).await? };
        for waiting in chosen {
            if unreadable.contains(&waiting.id) {
                continue;
            }
            taken.insert(waiting.whose());
            let Some(record) = records.remove(&waiting.id) else { continue };
            let Some(account) = accounts.get(&(waiting.tenant.clone(), waiting.account)) else { continue };
            if !request.reconcile && !rules::is_open(account, self.now) {
                continue;
            }
            let origin = Origin::worker(&waiting.tenant, record.correlation_id);
            let mut after = record.delivery.clone();
            // Nothing waits for its own earlier parts.
            let others = sent.get(&(waiting.tenant.clone(), waiting.account)).into_iter().flatten();
            let others: Vec<_> = others.filter(|(id, _)| *id != waiting.id).map(|(_, at)| *at).collect();
            let paced = if request.reconcile { None } else { rules::paced(account, &others, self.now) };
            if let Some(until) = paced {
                let stepped = step::pace(&mut after, until);
                let mut write = Write::new(&record, after, stepped, &origin, self.now);
                write.paced_until = Some(until);
                write.spacing = Some(json(&account.spacing)?);
                writes.push(write);
                continue;
            }
            let lease = step::claim(&mut after, request.worker, request.lease_for, self.now)?;
            let mut write = Write::new(&record, after, Stepped::default(), &origin, self.now);
            if !request.reconcile {
                write.opens = true;
                let since = || rules::looked_back(account, self.now);
                write.seen =
                    (!account.spacing.is_none()).then(|| others.last().copied().unwrap_or_else(since));
            }
            writes.push(write);
            found.push((lease, account.clone()));
        }
        Ok(())
    }

    /// Locks deliveries that are still due, passing over those that somebody else has locked.
    /// Tells which of them can't be read.
    async fn lock(
        &self,
        chosen: &[Waiting],
        queue: Queue,
    ) -> Result<(HashMap<DeliveryId, Record>, HashSet<DeliveryId>)> {
        // `coalesce` keeps the planner from an index of the queue, which is small only when the plan is made.
        const SQL: &str = concat!(
            "SELECT ",
            record::columns!(),
            " FROM unnest($1::text[], $2::uuid[]) AS c (tenant, id) CROSS JOIN LATERAL (
                 SELECT w.* FROM xmp.deliveries w WHERE w.tenant = c.tenant AND w.id = c.id
                     AND coalesce(w.queue, '') = $3 AND w.run_at <= $4 FOR NO KEY UPDATE SKIP LOCKED
             ) d"
        );
        let tenants: Vec<&str> = chosen.iter().map(|waiting| waiting.tenant.as_str()).collect();
        let ids: Vec<Key> = chosen.iter().map(|waiting| key(waiting.id)).collect();
        let rows = self.query(SQL, &[&tenants, &ids, &queue.as_str(), &self.at()]).await?;
        let mut records = HashMap::with_capacity(rows.len());
        let mut unreadable = HashSet::new();
        for row in &rows {
            match skip_unreadable(record::read(row))? {
                Some(record) => drop(records.insert(record.delivery.id, record)),
                None => drop(unreadable.insert(Cols::of("deliveries", row).id("id")?)),
            }
        }
        Ok((records, unreadable))
    }

    async fn accounts_of(&self, chosen: &[Waiting]) -> Result<HashMap<(TenantId, AccountId), Account>> {
        const SQL: &str = concat!(
            "SELECT ",
            account::columns!(),
            " FROM unnest($1::text[], $2::uuid[]) AS c (tenant, id) CROSS JOIN LATERAL (
                 SELECT f.* FROM xmp.accounts f WHERE f.tenant = c.tenant AND f.id = c.id OFFSET 0) a"
        );
        let tenants: Vec<&str> = chosen.iter().map(|waiting| waiting.tenant.as_str()).collect();
        let ids: Vec<Key> = chosen.iter().map(|waiting| key(waiting.account)).collect();
        let rows = self.query(SQL, &[&tenants, &ids]).await?;
        let mut accounts = HashMap::with_capacity(rows.len());
        for row in &rows {
            if let Some(account) = skip_unreadable(account::read(row))? {
                accounts.insert((account.tenant.clone(), account.id), account);
            }
        }
        Ok(accounts)
    }

    /// When the accounts that keep a spacing have last sent something, in order.
    async fn sent(
        &self,
        accounts: impl Iterator<Item = &Account>,
    ) -> Result<HashMap<(TenantId, AccountId), Vec<(DeliveryId, Timestamp)>>> {
        let spaced: Vec<&Account> = accounts.filter(|account| !account.spacing.is_none()).collect();
        let mut sent: HashMap<_, Vec<_>> = HashMap::new();
        if spaced.is_empty() {
            return Ok(sent);
        }
        let tenants: Vec<&str> = spaced.iter().map(|account| account.tenant.as_str()).collect();
        let ids: Vec<Key> = spaced.iter().map(|account| key(account.id)).collect();
        let since: Vec<At> = spaced.iter().map(|account| at(rules::looked_back(account, self.now))).collect();
        let rows = self
            .query(
                "SELECT d.tenant, d.account, d.id, d.sent_at
                 FROM unnest($1::text[], $2::uuid[], $3::timestamptz[]) AS c (tenant, id, since)
                     CROSS JOIN LATERAL (
                         SELECT s.tenant, s.account, s.id, s.sent_at FROM xmp.deliveries s
                         WHERE s.tenant = c.tenant AND s.account = c.id AND s.sent_at IS NOT NULL
                             AND s.sent_at >= c.since OFFSET 0
                     ) d
                 ORDER BY d.sent_at",
                &[&tenants, &ids, &since],
            )
            .await?;
        for row in &rows {
            let cols = Cols::of("deliveries", row);
            let account = (cols.word("tenant")?, cols.id("account")?);
            sent.entry(account).or_default().push((cols.id("id")?, cols.time("sent_at")?));
        }
        Ok(sent)
    }

    /// Moves what can't go for long back in the queue. Whoever lets it go again waits until this is done, and notes it
    /// then: nothing stays parked by mistake. Where somebody is at it already, nothing is parked: nobody is waited for here,
    /// since whoever lets something go may be waiting for this claim.
    async fn park(&self, shut: &[Waiting]) -> Result<()> {
        let held = self.query("SELECT scope FROM xmp.stops FOR SHARE SKIP LOCKED", &[]).await?.len();
        let all = self.query("SELECT scope FROM xmp.stops", &[]).await?.len();
        if held < all {
            return Ok(());
        }
        let accounts: HashSet<_> = shut.iter().map(Waiting::whose).collect();
        let (tenants, ids): (Vec<&str>, Vec<Key>) =
            accounts.iter().map(|(tenant, id)| (tenant.as_str(), key(*id))).unzip();
        let rows = self
            .query(
                "SELECT a.tenant, a.id FROM unnest($1::text[], $2::uuid[]) AS c (tenant, account)
                     CROSS JOIN LATERAL (SELECT f.tenant, f.id FROM xmp.accounts f
                         WHERE f.tenant = c.tenant AND f.id = c.account FOR SHARE SKIP LOCKED) a",
                &[&tenants, &ids],
            )
            .await?;
        let mut held: HashSet<(TenantId, AccountId)> = HashSet::with_capacity(rows.len());
        for row in &rows {
            let cols = Cols::of("accounts", row);
            held.insert((cols.word("tenant")?, cols.id("id")?));
        }
        let shut: Vec<&Waiting> = shut.iter().filter(|waiting| held.contains(&waiting.whose())).collect();
        let tenants: Vec<&str> = shut.iter().map(|waiting| waiting.tenant.as_str()).collect();
        let accounts: Vec<Key> = shut.iter().map(|waiting| key(waiting.account)).collect();
        let ids: Vec<Key> = shut.iter().map(|waiting| key(waiting.id)).collect();
        self.execute(
            "UPDATE xmp.deliveries d SET parked_from = coalesce(d.parked_from, d.run_at), run_at = w.until,
                 revision = d.revision + 1
             FROM (
                 SELECT p.tenant, p.id,
                     CASE WHEN a.state = 'active' AND NOT s.stopped THEN greatest(a.blocked_until, a.paced_until)
                         ELSE $4 END AS until
                 FROM unnest($1::text[], $2::uuid[], $3::uuid[]) AS c (tenant, account, id)
                     CROSS JOIN LATERAL (SELECT f.* FROM xmp.accounts f
                         WHERE f.tenant = c.tenant AND f.id = c.account OFFSET 0) a
                     CROSS JOIN LATERAL (SELECT r.* FROM xmp.deliveries r
                         WHERE r.tenant = c.tenant AND r.id = c.id AND coalesce(r.queue, '') = 'publish'
                             AND r.run_at <= $5 FOR NO KEY UPDATE SKIP LOCKED) p
                     CROSS JOIN LATERAL (SELECT EXISTS (SELECT 1 FROM xmp.stops WHERE scope IN
                         ('all', 'tenant:' || p.tenant, 'platform:' || p.platform)) AS stopped) s
             ) w
             WHERE w.until > $5
                 AND d.ctid = (SELECT x.ctid FROM xmp.deliveries x WHERE x.tenant = w.tenant AND x.id = w.id)",
            &[&tenants, &accounts, &ids, &at(later(self.now, PARKED)), &self.at()],
        )
        .await?;
        Ok(())
    }
}

/// A row of the queue; one of a priority that this version doesn't know is not asked for.
fn waiting(row: &Row) -> Result<Option<Waiting>> {
    let cols = Cols::of("deliveries", row);
    let Some(priority) = ranked(cols.get("rank")?) else { return Ok(None) };
    Ok(Some(Waiting {
        priority,
        run_at: cols.time("run_at")?,
        id: cols.id("id")?,
        tenant: cols.word("tenant")?,
        account: cols.id("account")?,
        shut: cols.get("shut")?,
    }))
}
