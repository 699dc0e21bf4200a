//! What steps have made of deliveries, written: any number of them, with their events and attempts, in one statement.

use std::collections::HashMap;

use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use xmp_core::step::Stepped;
use xmp_core::{Certainty, Delivery, Event, Fingerprint, Part, Result};

use super::error::{is_of_one, storage};
use super::internal;
use super::log::EventColumns;
use super::record::{self, Record};
use super::row::{At, Cols, Json, Key, at, at_opt, int, key, key_opt, word};
use super::tx::Tx;
use crate::history;
use crate::rules::{self, Origin};

/// One delivery that a step has changed.
pub(super) struct Write {
    before: Place,
    pub(super) after: Record,
    pub(super) events: Vec<Event>,
    attempts: Vec<Known>,
    blocked_until: Option<Timestamp>,
    /// Until when its account's spacing keeps the account from publishing, where that was found out.
    pub(super) paced_until: Option<Timestamp>,
    /// The spacing that says so.
    pub(super) spacing: Option<Json>,
    /// Whether it is claimed to be published: only for an account that may still publish when this is written.
    pub(super) opens: bool,
    /// The last post of its account that the account's spacing was asked about: nothing may have been sent since.
    pub(super) seen: Option<Timestamp>,
    /// Whether its progress changed, and what its parts say.
    progress: bool,
    content: bool,
    /// What is about to be made visible: not while equal content of the account is unresolved, and not while another
    /// visible request of the account is in flight.
    pub(super) intent: Option<Fingerprint>,
}

/// What the row has to be like still.
struct Place {
    fence: u64,
    revision: i64,
}

/// Something that was learned of an attempt.
struct Known {
    at: Timestamp,
    began_at: Timestamp,
    deadline: Timestamp,
    fence: u64,
    attempt: Key,
    part: Key,
    number: u32,
    outcome: Certainty,
    code: Option<String>,
    why: Option<String>,
    remote_id: Option<String>,
}

impl Write {
    pub(super) fn new(
        before: &Record,
        mut after: Delivery,
        stepped: Stepped,
        origin: &Origin,
        now: Timestamp,
    ) -> Self {
        rules::cut_delivery(&mut after);
        let was = &before.delivery;
        let granted = if after.lease == was.lease { before.granted } else { after.lease.map(|_| now) };
        let parts = was.parts.iter().zip(&after.parts);
        let attempts = parts.filter_map(|(one, other)| known(one, other, &after, now));
        Self {
            before: Place { fence: was.fence, revision: before.revision },
            attempts: attempts.collect(),
            events: stepped.events.into_iter().map(|event| origin.seal(event, 0, now)).collect(),
            blocked_until: stepped.block.map(|block| crate::time::cut(block.until)),
            progress: was.parts != after.parts,
            content: !record::says_the_same(was, &after),
            intent: None,
            paced_until: None,
            spacing: None,
            opens: false,
            seen: None,
            after: Record {
                delivery: after,
                correlation_id: before.correlation_id,
                granted,
                revision: before.revision + 1,
            },
        }
    }
}

/// What a step has learned of a part's attempt. A row is written for each thing that is learned, and none is changed.
fn known(before: &Part, after: &Part, delivery: &Delivery, now: Timestamp) -> Option<Known> {
    let live = after.published.as_ref().filter(|_| before.published.is_none());
    let attempt = after.attempt.as_ref()?;
    let outcome = attempt.outcome?;
    let earlier = before.attempt.as_ref().filter(|earlier| earlier.id == attempt.id);
    if live.is_none() && earlier.and_then(|earlier| earlier.outcome) == Some(outcome) {
        return None;
    }
    let (code, why) = history::ending(delivery, after);
    Some(Known {
        at: live.and_then(|live| live.at).map_or(now, |at| at.max(now)),
        began_at: attempt.began_at,
        deadline: attempt.deadline,
        fence: attempt.fence,
        attempt: key(attempt.id),
        part: key(after.id),
        number: attempt.number,
        outcome,
        code: code.map(ToOwned::to_owned),
        why: why.map(ToOwned::to_owned),
        remote_id: live.map(|live| live.remote_id.as_str().to_owned()),
    })
}

/// Deliveries as columns.
#[derive(Default)]
struct Columns {
    of: Vec<i32>,
    tenant: Vec<String>,
    id: Vec<Key>,
    account: Vec<Key>,
    old_fence: Vec<i64>,
    old_revision: Vec<i64>,
    fence: Vec<i64>,
    state: Vec<&'static str>,
    due_at: Vec<At>,
    run_at: Vec<Option<At>>,
    queue: Vec<Option<&'static str>>,
    waiting: Vec<Option<String>>,
    lease_worker: Vec<Option<Key>>,
    lease_granted_at: Vec<Option<At>>,
    lease_until: Vec<Option<At>>,
    expires_at: Vec<Option<At>>,
    sent_at: Vec<Option<At>>,
    is_final: Vec<bool>,
    doubtful: Vec<Option<String>>,
    adrift: Vec<bool>,
    remains: Vec<bool>,
    content: Vec<Option<Json>>,
    progress: Vec<Option<Json>>,
    intent: Vec<Option<String>>,
    blocked_until: Vec<Option<At>>,
    paced_until: Vec<Option<At>>,
    opens: Vec<bool>,
    seen: Vec<Option<At>>,
    spacing: Vec<Option<Json>>,
}

impl Columns {
    fn push(&mut self, of: i32, write: &Write) -> Result<()> {
        let Record { delivery, granted, .. } = &write.after;
        let doubtful = record::doubtful(delivery);
        self.of.push(of);
        self.tenant.push(delivery.tenant.as_str().to_owned());
        self.id.push(key(delivery.id));
        self.account.push(key(delivery.account));
        self.old_fence.push(int(write.before.fence));
        self.old_revision.push(write.before.revision);
        self.fence.push(int(delivery.fence));
        self.state.push(delivery.state.as_str());
        self.due_at.push(at(delivery.due_at));
        self.run_at.push(at_opt(delivery.run_at));
        self.queue.push(record::queue(delivery));
        self.waiting.push(delivery.waiting.clone());
        self.lease_worker.push(key_opt(delivery.lease.map(|lease| lease.worker)));
        self.lease_granted_at.push(delivery.lease.and(at_opt(*granted)));
        self.lease_until.push(delivery.lease.map(|lease| at(lease.until)));
        self.expires_at.push(at_opt(delivery.expires_at));
        self.sent_at.push(at_opt(delivery.sent_at()));
        self.is_final.push(delivery.state.is_final());
        self.adrift.push(doubtful.is_some() && delivery.lease.is_none());
        self.doubtful.push(doubtful);
        self.remains.push(record::remains(delivery.state));
        self.content.push(write.content.then(|| record::content(delivery)).transpose()?);
        self.progress.push(write.progress.then(|| record::progress(delivery)).transpose()?);
        self.intent.push(write.intent.map(|intent| intent.to_string()));
        self.blocked_until.push(at_opt(write.blocked_until));
        self.paced_until.push(at_opt(write.paced_until));
        self.opens.push(write.opens);
        self.seen.push(at_opt(write.seen));
        self.spacing.push(write.spacing.clone());
        Ok(())
    }
}

/// Attempts as columns.
#[derive(Default)]
struct AttemptColumns {
    of: Vec<i32>,
    tenant: Vec<String>,
    account: Vec<Key>,
    delivery: Vec<Key>,
    at: Vec<At>,
    began_at: Vec<At>,
    deadline: Vec<At>,
    fence: Vec<i64>,
    attempt: Vec<Key>,
    part: Vec<Key>,
    number: Vec<i32>,
    outcome: Vec<String>,
    code: Vec<Option<String>>,
    why: Vec<Option<String>>,
    remote_id: Vec<Option<String>>,
}

impl AttemptColumns {
    fn push(&mut self, of: i32, delivery: &Delivery, known: &Known) -> Result<()> {
        self.of.push(of);
        self.tenant.push(delivery.tenant.as_str().to_owned());
        self.account.push(key(delivery.account));
        self.delivery.push(key(delivery.id));
        self.at.push(at(known.at));
        self.began_at.push(at(known.began_at));
        self.deadline.push(at(known.deadline));
        self.fence.push(int(known.fence));
        self.attempt.push(known.attempt);
        self.part.push(known.part);
        self.number.push(i32::try_from(known.number).unwrap_or(i32::MAX));
        self.outcome.push(word(&known.outcome)?);
        self.code.push(known.code.clone());
        self.why.push(known.why.clone());
        self.remote_id.push(known.remote_id.clone());
        Ok(())
    }
}

/// A row is changed if it is as it was when it was read (fence and revision), if whoever holds a lease afterwards is alone
/// on the account, if an account that a claim is for may still publish and has sent nothing that the claim didn't know,
/// and, where something is about to be made visible, if nothing equal of the account is in doubt, the account is active, and
/// sending is not stopped. The events and attempts of rows that were not changed are left out. `IN` stands within `IS TRUE`
/// so that the planner makes no join of it: the numbers are hashed once.
///
/// A row that somebody else has locked is waited for, as long as the transaction may wait; what it was changed to meanwhile
/// is then looked at again. Where an account's row is to be written and is locked, or was changed since the statement began,
/// nobody waits: that delivery is left as it is (what is locked is the newest version of a row, what is read is the one
/// of the beginning: `place` tells whether they are the same). An account is paced only under the spacing that was asked.
///
/// While a lease is held `sent_at` stays as it was: nobody asks for it, and the row keeps its place in the index.
const KEEP: &str = "
WITH v AS (
    SELECT * FROM unnest($2::int[], $3::text[], $4::uuid[], $5::uuid[], $6::bigint[], $7::bigint[], $8::bigint[], $9::text[],
        $10::timestamptz[], $11::timestamptz[], $12::text[], $13::text[], $14::uuid[], $15::timestamptz[],
        $16::timestamptz[], $17::timestamptz[], $18::timestamptz[], $19::boolean[], $20::text[], $21::boolean[],
        $22::boolean[], $23::json[], $24::json[], $25::text[], $26::timestamptz[], $27::timestamptz[],
        $54::boolean[], $55::timestamptz[], $56::json[])
        AS v (of, tenant, id, account, old_fence, old_revision, fence, state, due_at, run_at, queue, waiting,
        lease_worker, lease_granted_at, lease_until, expires_at, sent_at, is_final, doubtful, adrift, remains,
        content, progress, intent, blocked_until, paced_until, opens, seen, spacing)
), accounts AS MATERIALIZED (
    SELECT a.tenant, a.id, a.place
    FROM (SELECT DISTINCT tenant, account FROM v WHERE blocked_until IS NOT NULL OR paced_until IS NOT NULL) w
        CROSS JOIN LATERAL (
            SELECT x.tenant, x.id, x.ctid AS place FROM xmp.accounts x WHERE x.tenant = w.tenant AND x.id = w.account
            FOR NO KEY UPDATE SKIP LOCKED
        ) a
    WHERE a.place = (SELECT y.ctid FROM xmp.accounts y WHERE y.tenant = a.tenant AND y.id = a.id)
), done AS (
    UPDATE xmp.deliveries d SET fence = v.fence, revision = v.old_revision + 1, state = v.state, due_at = v.due_at,
        run_at = v.run_at, parked_from = NULL, queue = v.queue, waiting = v.waiting, lease_worker = v.lease_worker,
        lease_granted_at = v.lease_granted_at, lease_until = v.lease_until, expires_at = v.expires_at,
        sent_at = CASE WHEN v.lease_worker IS NULL THEN v.sent_at ELSE d.sent_at END,
        settled_at = CASE WHEN v.is_final THEN coalesce(d.settled_at, $1) END,
        doubtful = v.doubtful, adrift = v.adrift, remains = v.remains, content = coalesce(v.content, d.content),
        progress = coalesce(v.progress, d.progress)
    FROM v
    WHERE d.tenant = v.tenant AND d.id = v.id AND d.fence = v.old_fence AND d.revision = v.old_revision
        AND (v.blocked_until IS NULL AND v.paced_until IS NULL
            OR EXISTS (SELECT 1 FROM accounts a WHERE a.tenant = v.tenant AND a.id = v.account))
        AND CASE WHEN v.lease_worker IS NULL THEN true ELSE NOT EXISTS (
            SELECT 1 FROM xmp.deliveries o WHERE o.tenant = v.tenant AND o.account = v.account
                AND o.lease_worker IS NOT NULL AND o.id <> v.id) END
        AND CASE WHEN v.opens THEN EXISTS (
            SELECT 1 FROM xmp.accounts a WHERE a.tenant = v.tenant AND a.id = v.account AND a.state = 'active'
                AND coalesce(greatest(a.blocked_until, a.paced_until) <= $1, true)) ELSE true END
        AND CASE WHEN v.seen IS NULL THEN true ELSE NOT EXISTS (
            SELECT 1 FROM xmp.deliveries o WHERE o.tenant = v.tenant AND o.account = v.account
                AND o.sent_at IS NOT NULL AND o.sent_at > v.seen AND o.id <> v.id) END
        AND CASE WHEN v.intent IS NULL THEN true ELSE NOT EXISTS (
            SELECT 1 FROM xmp.deliveries o WHERE o.tenant = v.tenant AND o.account = v.account
                AND o.adrift AND o.id <> v.id AND o.doubtful = v.intent)
            AND EXISTS (SELECT 1 FROM xmp.accounts a WHERE a.tenant = v.tenant AND a.id = v.account
                AND a.state = 'active')
            AND NOT (SELECT coalesce(array_agg(scope), '{}') FROM xmp.stops)
                && ARRAY['all', 'tenant:' || d.tenant, 'platform:' || d.platform] END
    RETURNING v.of
), told AS (
    INSERT INTO xmp.events (tenant, id, version, kind, at, correlation_id, actor, account, post, delivery, part, data)
    SELECT tenant, id, version, kind, at, correlation_id, actor, account, post, delivery, part, data
    FROM unnest($28::int[], $29::text[], $30::uuid[], $31::smallint[], $32::text[], $33::timestamptz[], $34::uuid[],
        $35::text[], $36::uuid[], $37::uuid[], $38::uuid[], $39::uuid[], $40::json[]) WITH ORDINALITY
        AS e (of, tenant, id, version, kind, at, correlation_id, actor, account, post, delivery, part, data, place)
    WHERE (e.of IN (SELECT done.of FROM done)) IS TRUE
    ORDER BY e.place
    RETURNING sequence, id
), learned AS (
    SELECT * FROM unnest($41::int[], $42::text[], $43::uuid[], $44::uuid[], $45::timestamptz[], $46::timestamptz[],
        $47::timestamptz[], $48::bigint[], $49::uuid[], $50::uuid[], $51::int[], $52::text[], $53::text[],
        $57::text[], $58::text[])
        AS a (of, tenant, account, delivery, at, began_at, deadline, fence, attempt, part, number, outcome, remote_id,
        code, why)
    WHERE (a.of IN (SELECT done.of FROM done)) IS TRUE
), live AS (
    INSERT INTO xmp.published (tenant, account, delivery, at, began_at, deadline, fence, attempt, part, number,
        remote_id)
    SELECT tenant, account, delivery, at, began_at, deadline, fence, attempt, part, number, remote_id
    FROM learned WHERE remote_id IS NOT NULL
), other AS (
    INSERT INTO xmp.attempts (tenant, account, delivery, at, began_at, deadline, fence, attempt, part, number,
        outcome, code, why)
    SELECT tenant, account, delivery, at, began_at, deadline, fence, attempt, part, number, outcome, code, why
    FROM learned WHERE remote_id IS NULL
), waits AS (
    UPDATE xmp.accounts b SET blocked_until = greatest(b.blocked_until, v.blocked_until),
        paced_until = coalesce(CASE WHEN b.spacing::text = v.spacing::text THEN v.paced_until END, b.paced_until)
    FROM v JOIN accounts a ON a.tenant = v.tenant AND a.id = v.account
    WHERE (v.blocked_until IS NOT NULL OR v.paced_until IS NOT NULL)
        AND (v.of IN (SELECT done.of FROM done)) IS TRUE AND b.ctid = a.place
)
SELECT of, NULL::bigint AS sequence, NULL::uuid AS id FROM done
UNION ALL
SELECT NULL, sequence, id FROM told";

/// Everything that a batch writes, as columns.
struct Batch {
    now: At,
    deliveries: Columns,
    events: EventColumns,
    attempts: AttemptColumns,
}

impl Batch {
    fn of(writes: &[Write], now: Timestamp) -> Result<Self> {
        let mut batch = Self {
            now: at(now),
            deliveries: Columns::default(),
            events: EventColumns::default(),
            attempts: AttemptColumns::default(),
        };
        for (of, write) in (0..).zip(writes) {
            batch.deliveries.push(of, write)?;
            for event in &write.events {
                batch.events.push(of, event)?;
            }
            for known in &write.attempts {
                batch.attempts.push(of, &write.after.delivery, known)?;
            }
        }
        Ok(batch)
    }

    fn params(&self) -> [&(dyn ToSql + Sync); 58] {
        let Self { now, deliveries: d, events: e, attempts: a } = self;
        [
            now,
            &d.of,
            &d.tenant,
            &d.id,
            &d.account,
            &d.old_fence,
            &d.old_revision,
            &d.fence,
            &d.state,
            &d.due_at,
            &d.run_at,
            &d.queue,
            &d.waiting,
            &d.lease_worker,
            &d.lease_granted_at,
            &d.lease_until,
            &d.expires_at,
            &d.sent_at,
            &d.is_final,
            &d.doubtful,
            &d.adrift,
            &d.remains,
            &d.content,
            &d.progress,
            &d.intent,
            &d.blocked_until,
            &d.paced_until,
            &e.of,
            &e.tenant,
            &e.id,
            &e.version,
            &e.kind,
            &e.at,
            &e.correlation_id,
            &e.actor,
            &e.account,
            &e.post,
            &e.delivery,
            &e.part,
            &e.data,
            &a.of,
            &a.tenant,
            &a.account,
            &a.delivery,
            &a.at,
            &a.began_at,
            &a.deadline,
            &a.fence,
            &a.attempt,
            &a.part,
            &a.number,
            &a.outcome,
            &a.remote_id,
            &d.opens,
            &d.seen,
            &d.spacing,
            &a.code,
            &a.why,
        ]
    }
}

/// Which writes were done; their events get their places in the log.
fn done(rows: &[Row], writes: &mut [Write]) -> Result<Vec<bool>> {
    let mut done = vec![false; writes.len()];
    let mut sequences: HashMap<Key, u64> = HashMap::new();
    for row in rows {
        let cols = Cols::of("events", row);
        match cols.get::<Option<i32>>("of")? {
            Some(of) => {
                let of = usize::try_from(of).ok().and_then(|of| done.get_mut(of));
                *of.ok_or_else(|| internal("store.keep", "a write that was not asked for"))? = true;
            }
            None => {
                sequences.insert(cols.get("id")?, cols.count("sequence")?);
            }
        }
    }
    for event in writes.iter_mut().flat_map(|write| &mut write.events) {
        event.sequence = sequences.get(&key(event.id)).copied().unwrap_or_default();
    }
    Ok(done)
}

fn tells(writes: &[Write]) -> bool {
    writes.iter().any(|write| !write.events.is_empty())
}

impl Tx<'_> {
    /// Writes deliveries that this transaction has locked.
    pub(super) async fn keep(&self, writes: &mut [Write]) -> Result<()> {
        if writes.is_empty() {
            return Ok(());
        }
        self.own_accounts(writes).await?;
        let rows = self.query(KEEP, &Batch::of(writes, self.now)?.params()).await?;
        if tells(writes) {
            self.wrote_events();
        }
        if done(&rows, writes)?.into_iter().all(|done| done) {
            return Ok(());
        }
        Err(internal("store.keep", "a delivery that was locked has changed"))
    }

    /// Waits for the accounts that are written along.
    async fn own_accounts(&self, writes: &[Write]) -> Result<()> {
        let waits = |write: &&Write| write.blocked_until.is_some() || write.paced_until.is_some();
        let places = writes.iter().filter(waits).map(|write| &write.after.delivery);
        let (tenants, accounts): (Vec<&str>, Vec<Key>) =
            places.map(|delivery| (delivery.tenant.as_str(), key(delivery.account))).unzip();
        if accounts.is_empty() {
            return Ok(());
        }
        let sql = "SELECT 1 FROM unnest($1::text[], $2::uuid[]) AS c (tenant, id)
             JOIN xmp.accounts a ON a.tenant = c.tenant AND a.id = c.id
             ORDER BY a.tenant, a.id FOR NO KEY UPDATE OF a";
        self.query(sql, &[&tenants, &accounts]).await.map(drop)
    }

    /// Writes deliveries and commits, and tells which were as they had to be. The inner error is about one of the writes:
    /// none was done.
    pub(super) async fn keep_and_end(
        self,
        writes: &mut [Write],
    ) -> Result<std::result::Result<Vec<bool>, tokio_postgres::Error>> {
        let batch = Batch::of(writes, self.now)?;
        let store = self.store;
        match self.finish_with(KEEP, &batch.params()).await? {
            Ok(rows) => {
                if tells(writes) {
                    store.told.tell();
                }
                done(&rows, writes).map(Ok)
            }
            Err(error) if is_of_one(&error) => Ok(Err(error)),
            Err(error) => Err(storage(error)),
        }
    }
}
