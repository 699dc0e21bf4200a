//! When there is something to do next.

use std::time::Duration;

use xmp_core::{PlatformId, Result};

use super::row::Cols;
use super::tx::Tx;
use crate::time::between;

/// How many rows of each priority are looked at: if nobody among them may go, the last one's time is the answer, and a
/// worker that wakes then looks further.
const LOOKED_AT: i64 = 32;

impl Tx<'_> {
    /// How long until something is due or a lease lapses. May be too early where much waits for what is far away, and is
    /// never too late.
    pub(super) async fn next_due(&self, platforms: &[PlatformId]) -> Result<Option<Duration>> {
        const SQL: &str = "
            WITH stopped AS (SELECT coalesce(array_agg(scope), '{}') AS scopes FROM xmp.stops)
            SELECT min(n.at) AS at FROM (
                (SELECT min(CASE WHEN lease_granted_at > $1 THEN $1 + (lease_until - lease_granted_at)
                     ELSE lease_until END) AS at
                 FROM xmp.deliveries WHERE lease_worker IS NOT NULL AND platform = ANY ($2))
                UNION ALL
                (SELECT expires_at FROM xmp.deliveries
                 WHERE expires_at IS NOT NULL AND queue = 'publish' AND platform = ANY ($2)
                 ORDER BY expires_at LIMIT 1)
                UNION ALL
                SELECT CASE WHEN count(*) = $4 THEN least(min(q.at), max(q.run_at)) ELSE min(q.at) END
                FROM unnest($3::smallint[]) p (rank) CROSS JOIN LATERAL (
                    SELECT w.run_at, CASE WHEN a.state = 'active'
                        AND NOT s.scopes && ARRAY['all', 'tenant:' || w.tenant, 'platform:' || w.platform]
                        AND NOT EXISTS (SELECT 1 FROM xmp.deliveries o WHERE o.tenant = w.tenant
                            AND o.account = w.account AND o.lease_worker IS NOT NULL)
                        THEN greatest(coalesce(w.parked_from, w.run_at), a.blocked_until, a.paced_until) END AS at
                    FROM (
                        SELECT d.tenant, d.account, d.platform, d.run_at, d.parked_from FROM xmp.deliveries d
                        WHERE d.queue = 'publish' AND d.priority = p.rank AND d.platform = ANY ($2)
                        ORDER BY d.run_at, d.id LIMIT $4
                    ) w JOIN xmp.accounts a ON a.tenant = w.tenant AND a.id = w.account CROSS JOIN stopped s
                ) q GROUP BY p.rank
                UNION ALL
                SELECT CASE WHEN count(*) = $4 THEN least(min(q.at), max(q.run_at)) ELSE min(q.at) END
                FROM unnest($3::smallint[]) p (rank) CROSS JOIN LATERAL (
                    SELECT w.run_at, CASE WHEN NOT EXISTS (SELECT 1 FROM xmp.deliveries o WHERE o.tenant = w.tenant
                        AND o.account = w.account AND o.lease_worker IS NOT NULL) THEN w.run_at END AS at
                    FROM (
                        SELECT d.tenant, d.account, d.run_at FROM xmp.deliveries d
                        WHERE d.queue = 'reconcile' AND d.priority = p.rank AND d.platform = ANY ($2)
                        ORDER BY d.run_at, d.id LIMIT $4
                    ) w
                ) q GROUP BY p.rank
            ) n";
        let platforms: Vec<&str> = platforms.iter().map(PlatformId::as_str).collect();
        let ranks: Vec<i16> = xmp_core::Priority::ALL.map(super::row::rank).to_vec();
        let found = self.query_opt(SQL, &[&self.at(), &platforms, &ranks, &LOOKED_AT]).await?;
        let Some(row) = found else { return Ok(None) };
        let next = Cols::of("deliveries", &row).time_opt("at")?;
        Ok(next.map(|at| between(self.now, at)))
    }
}
