//! What is forgotten.

use std::time::Duration;

use xmp_core::{PostId, Result, TenantId};

use super::Tx;
use super::row::{all, int, micros, run};

/// What belongs to a post, in an order in which it can be deleted.
const OF_A_POST: [&str; 9] = [
    "INSERT INTO forgotten (tenant, account, remote_id, delivery, owned_since)
         SELECT p.tenant, p.account, p.remote_id, p.delivery, p.owned_since FROM parts p JOIN deliveries d
         ON d.tenant = p.tenant AND d.id = p.delivery
         WHERE d.tenant = ?1 AND d.post = ?2 AND p.remote_id IS NOT NULL ON CONFLICT DO NOTHING",
    "DELETE FROM checkpoints WHERE tenant = ?1 AND part IN (SELECT p.id FROM parts p JOIN deliveries d
         ON d.tenant = p.tenant AND d.id = p.delivery WHERE d.tenant = ?1 AND d.post = ?2)",
    "DELETE FROM attempts WHERE tenant = ?1 AND part IN (SELECT p.id FROM parts p JOIN deliveries d
         ON d.tenant = p.tenant AND d.id = p.delivery WHERE d.tenant = ?1 AND d.post = ?2)",
    "DELETE FROM parts WHERE tenant = ?1 AND delivery IN
         (SELECT id FROM deliveries WHERE tenant = ?1 AND post = ?2)",
    "DELETE FROM deliveries WHERE tenant = ?1 AND post = ?2",
    "DELETE FROM media WHERE tenant = ?1 AND hash IN (SELECT hash FROM media_uses u
         WHERE u.tenant = ?1 AND u.post = ?2 AND NOT EXISTS (SELECT 1 FROM media_uses other
             WHERE other.tenant = u.tenant AND other.hash = u.hash AND other.post <> u.post))",
    "DELETE FROM media_uses WHERE tenant = ?1 AND post = ?2",
    "DELETE FROM revisions WHERE tenant = ?1 AND post = ?2",
    "DELETE FROM posts WHERE tenant = ?1 AND id = ?2",
];

impl Tx<'_> {
    /// A post stands for itself where its first delivery does.
    pub(super) fn prune(&self, keep_for: Duration, at_most: usize) -> Result<usize> {
        let before = self.now.saturating_sub(keep_for).unwrap_or(jiff::Timestamp::MIN);
        let done: Vec<(TenantId, PostId)> = all(
            self.conn,
            "deliveries",
            "SELECT d.tenant, d.post FROM deliveries d INDEXED BY deliveries_settled
             WHERE d.settled_at <= ?1 AND d.place = 0
                 AND NOT EXISTS (SELECT 1 FROM deliveries o INDEXED BY deliveries_post
                 WHERE o.tenant = d.tenant AND o.post = d.post
                     AND (o.settled_at IS NULL OR o.settled_at > ?1))
             ORDER BY d.settled_at, d.tenant, d.post LIMIT ?2",
            (micros(before), int(at_most as u64)),
            |cols| Ok((cols.word("tenant")?, cols.parse("post")?)),
        )?;
        for (tenant, post) in &done {
            for sql in OF_A_POST {
                run(self.conn, sql, (tenant.as_str(), post.to_string()))?;
            }
        }
        Ok(done.len())
    }
}
