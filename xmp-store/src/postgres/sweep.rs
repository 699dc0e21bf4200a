//! What a claim does before it looks who is next: it frees what lapsed, ends what expired, and puts back in the queue what
//! may go again. A bounded number of each: what is left over is for the next claim.

use jiff::Timestamp;
use xmp_core::step::{self, Stepped};
use xmp_core::{AccountId, Result, StopScope, TenantId};

use super::error::skip_unreadable;
use super::keep::Write;
use super::record::{self, Record};
use super::row::{At, Cols, Key, int, key};
use super::tx::Tx;
use crate::rules::{self, Origin};
use crate::time::restarted;

/// How many are put back in the queue at once.
const UNPARKED_AT_ONCE: u64 = 1_000;

impl Tx<'_> {
    /// Tells whether there may be more.
    pub(super) async fn sweep(&self) -> Result<bool> {
        Ok(self.recover().await? | self.expire().await? | self.unpark().await?)
    }

    /// Frees lapsed leases.
    async fn recover(&self) -> Result<bool> {
        const SQL: &str = concat!(
            "SELECT d.lease_until AS place, ",
            record::columns!(),
            " FROM xmp.deliveries d WHERE d.lease_worker IS NOT NULL
                 AND (d.lease_until <= $1 OR d.lease_granted_at > $1) AND (d.lease_until, d.id) > ($2, $3)
             ORDER BY d.lease_until, d.id LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED"
        );
        self.each(SQL, |record, now| {
            let mut after = record.delivery.clone();
            let Some(lease) = &mut after.lease else { return Ok(None) };
            let origin = Origin::worker(&after.tenant, record.correlation_id);
            // The clock went back: such a lease gets its whole length again, from now (see `crate::time`).
            if let Some(until) = record.granted.and_then(|granted| restarted(granted, lease.until, now)) {
                lease.until = until;
                let mut write = Write::new(record, after, Stepped::default(), &origin, now);
                write.after.granted = Some(now);
                return Ok(Some(write));
            }
            if lease.until > now {
                return Ok(None);
            }
            let stepped = step::recover(&mut after, now)?;
            Ok(Some(Write::new(record, after, stepped, &origin, now)))
        })
        .await
    }

    /// Ends what was not sent in time.
    async fn expire(&self) -> Result<bool> {
        const SQL: &str = concat!(
            "SELECT d.expires_at AS place, ",
            record::columns!(),
            " FROM xmp.deliveries d WHERE d.expires_at IS NOT NULL AND d.queue = 'publish' AND d.expires_at <= $1
                 AND (d.expires_at, d.id) > ($2, $3)
             ORDER BY d.expires_at, d.id LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED"
        );
        self.each(SQL, |record, now| {
            let mut after = record.delivery.clone();
            if !after.is_expired(now) {
                return Ok(None);
            }
            let stepped = step::expire(&mut after, now)?;
            let origin = Origin::worker(&after.tenant, record.correlation_id);
            Ok(Some(Write::new(record, after, stepped, &origin, now)))
        })
        .await
    }

    /// Takes a step with rows that are locked, at a time that is read when they are: whatever stands in them was written
    /// before it, however long this process was held up. Rows that can't be read are read past.
    async fn each(
        &self,
        sql: &'static str,
        step: impl Fn(&Record, Timestamp) -> Result<Option<Write>>,
    ) -> Result<bool> {
        let most = int(rules::SWEPT_AT_ONCE as u64);
        let (mut place, mut id) = (At::FIRST, Key([0; 16]));
        loop {
            let rows = self.query(sql, &[&self.at(), &place, &id, &most]).await?;
            let Some(last) = rows.last() else { return Ok(false) };
            let now = self.clock().await?;
            let mut writes = Vec::new();
            for row in &rows {
                if let Some(record) = skip_unreadable(record::read(row))? {
                    writes.extend(step(&record, now)?);
                }
            }
            self.keep(&mut writes).await?;
            let full = rows.len() >= rules::SWEPT_AT_ONCE;
            if !full || !writes.is_empty() {
                return Ok(full);
            }
            let cols = Cols::of("deliveries", last);
            (place, id) = (cols.get("place")?, cols.get("id")?);
        }
    }

    /// Puts parked deliveries where they stood in the queue: those that are due and whose account may go, and those for
    /// which somebody lifted what held them.
    async fn unpark(&self) -> Result<bool> {
        let due = self
            .execute(
                "UPDATE xmp.deliveries d SET run_at = d.parked_from, parked_from = NULL, revision = d.revision + 1
                 FROM (
                     SELECT p.tenant, p.id
                     FROM xmp.deliveries p
                         CROSS JOIN LATERAL (SELECT f.* FROM xmp.accounts f
                             WHERE f.tenant = p.tenant AND f.id = p.account OFFSET 0) a
                     WHERE p.parked_from IS NOT NULL AND p.run_at <= $1 AND a.state = 'active'
                         AND coalesce(greatest(a.blocked_until, a.paced_until) <= $1, true)
                         AND NOT (SELECT coalesce(array_agg(scope), '{}') FROM xmp.stops)
                             && ARRAY['all', 'tenant:' || p.tenant, 'platform:' || p.platform]
                     ORDER BY p.run_at LIMIT $2 FOR NO KEY UPDATE OF p SKIP LOCKED
                 ) w WHERE d.tenant = w.tenant AND d.id = w.id",
                &[&self.at(), &int(UNPARKED_AT_ONCE)],
            )
            .await?;
        Ok(self.unpark_lifted().await? || due >= UNPARKED_AT_ONCE)
    }

    async fn unpark_lifted(&self) -> Result<bool> {
        const OF_ACCOUNT: &str = "
            UPDATE xmp.deliveries d SET run_at = d.parked_from, parked_from = NULL, revision = d.revision + 1
            FROM (
                SELECT p.tenant, p.id FROM xmp.deliveries p
                WHERE p.parked_from IS NOT NULL AND p.tenant = $1 AND p.account = $2
                LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED
            ) w WHERE d.tenant = w.tenant AND d.id = w.id";
        const OF_MANY: &str = "
            UPDATE xmp.deliveries d SET run_at = d.parked_from, parked_from = NULL, revision = d.revision + 1
            FROM (
                SELECT p.tenant, p.id FROM xmp.deliveries p
                WHERE p.parked_from IS NOT NULL AND ($1::text IS NULL OR p.tenant = $1)
                    AND ($2::text IS NULL OR p.platform = $2)
                LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED
            ) w WHERE d.tenant = w.tenant AND d.id = w.id";
        let next = "SELECT scope, tenant, platform, account FROM xmp.lifted ORDER BY at, scope LIMIT 1
             FOR UPDATE SKIP LOCKED";
        let Some(row) = self.query_opt(next, &[]).await? else { return Ok(false) };
        let cols = Cols::of("lifted", &row);
        let scope: &str = cols.get("scope")?;
        let tenant: Option<&str> = cols.get("tenant")?;
        let platform: Option<&str> = cols.get("platform")?;
        let account: Option<Key> = cols.get("account")?;
        let most = int(UNPARKED_AT_ONCE);
        let done = match account {
            Some(account) => self.execute(OF_ACCOUNT, &[&tenant, &account, &most]).await?,
            None => self.execute(OF_MANY, &[&tenant, &platform, &most]).await?,
        };
        if done < UNPARKED_AT_ONCE {
            self.execute("DELETE FROM xmp.lifted WHERE scope = $1", &[&scope]).await?;
        }
        Ok(true)
    }

    /// Notes that an account may go again: claims put back what was parked for it.
    pub(super) async fn lift_account(&self, tenant: &TenantId, account: AccountId) -> Result<()> {
        self.execute(
            "INSERT INTO xmp.lifted (scope, tenant, account, at) SELECT 'account:' || $2::uuid, $1, $2, $3
             WHERE EXISTS (SELECT 1 FROM xmp.deliveries d
                 WHERE d.parked_from IS NOT NULL AND d.tenant = $1 AND d.account = $2)
             ON CONFLICT (scope) DO UPDATE SET at = excluded.at",
            &[&tenant.as_str(), &key(account), &self.at()],
        )
        .await
        .map(drop)
    }

    /// Notes that a stop was lifted: claims put back what was parked for it.
    pub(super) async fn lift(&self, scope: &StopScope) -> Result<()> {
        let (tenant, platform) = match scope {
            StopScope::All => (None, None),
            StopScope::Platform(platform) => (None, Some(platform.as_str())),
            StopScope::Tenant(tenant) => (Some(tenant.as_str()), None),
        };
        self.execute(
            "INSERT INTO xmp.lifted (scope, tenant, platform, at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (scope) DO UPDATE SET at = excluded.at",
            &[&scope.to_string(), &tenant, &platform, &self.at()],
        )
        .await
        .map(drop)
    }
}
