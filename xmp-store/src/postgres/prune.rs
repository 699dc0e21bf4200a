//! What is forgotten.

use std::time::Duration;

use xmp_core::Result;

use super::row::{At, Cols, Key, at, int};
use super::tx::Tx;

/// What belongs to posts, in an order in which it can be deleted. What is live stays known by its id.
const OF_POSTS: [&str; 5] = [
    "DELETE FROM xmp.attempts a USING unnest($1::text[], $2::uuid[]) AS f (tenant, id), xmp.posts p,
         unnest(p.deliveries) u (id)
     WHERE p.tenant = f.tenant AND p.id = f.id AND a.tenant = p.tenant AND a.delivery = u.id",
    "DELETE FROM xmp.deliveries d USING unnest($1::text[], $2::uuid[]) AS f (tenant, id), xmp.posts p,
         unnest(p.deliveries) u (id)
     WHERE p.tenant = f.tenant AND p.id = f.id AND d.tenant = p.tenant AND d.id = u.id",
    "DELETE FROM xmp.posts p USING unnest($1::text[], $2::uuid[]) AS f (tenant, id)
     WHERE p.tenant = f.tenant AND p.id = f.id",
    // A post that is being scheduled with it holds the row: it is left to a later time.
    "DELETE FROM xmp.media m USING (
         SELECT k.tenant, k.hash FROM unnest($1::text[], $2::uuid[]) AS f (tenant, id)
             JOIN xmp.media_uses u ON u.tenant = f.tenant AND u.post = f.id
             JOIN xmp.media k ON k.tenant = u.tenant AND k.hash = u.hash
         WHERE NOT EXISTS (
             SELECT 1 FROM xmp.media_uses o LEFT JOIN unnest($1::text[], $2::uuid[]) AS g (tenant, id)
                 ON g.tenant = o.tenant AND g.id = o.post
             WHERE o.tenant = u.tenant AND o.hash = u.hash AND g.id IS NULL)
         FOR UPDATE OF k SKIP LOCKED) w
     WHERE m.tenant = w.tenant AND m.hash = w.hash",
    "DELETE FROM xmp.media_uses u USING unnest($1::text[], $2::uuid[]) AS f (tenant, id)
     WHERE u.tenant = f.tenant AND u.post = f.id",
];

impl Tx<'_> {
    pub(super) async fn prune(&self, keep_for: Duration, at_most: usize) -> Result<usize> {
        let before: At = at(self.now.saturating_sub(keep_for).unwrap_or(jiff::Timestamp::MIN));
        let rows = self
            .query(
                "SELECT p.tenant, p.id FROM (
                     SELECT d.tenant, d.post FROM xmp.deliveries d
                     WHERE d.settled_at IS NOT NULL AND d.settled_at <= $1 AND NOT EXISTS (
                         SELECT 1 FROM xmp.posts p CROSS JOIN LATERAL unnest(p.deliveries) u (id)
                             JOIN xmp.deliveries o ON o.tenant = p.tenant AND o.id = u.id
                         WHERE p.tenant = d.tenant AND p.id = d.post
                             AND (o.settled_at IS NULL OR o.settled_at > $1))
                     ORDER BY d.settled_at, d.tenant, d.post LIMIT $2
                 ) f JOIN xmp.posts p ON p.tenant = f.tenant AND p.id = f.post
                 ORDER BY p.tenant, p.id FOR UPDATE OF p SKIP LOCKED",
                &[&before, &int(at_most as u64)],
            )
            .await?;
        let mut found: Vec<(String, Key)> = Vec::with_capacity(rows.len());
        for row in &rows {
            let cols = Cols::of("posts", row);
            found.push((cols.get("tenant")?, cols.get("id")?));
        }
        found.dedup();
        let (tenants, ids): (Vec<String>, Vec<Key>) = found.into_iter().unzip();
        if !ids.is_empty() {
            for sql in OF_POSTS {
                self.execute(sql, &[&tenants, &ids]).await?;
            }
        }
        self.execute(
            "DELETE FROM xmp.requests WHERE (tenant, key) IN (
                 SELECT tenant, key FROM xmp.requests WHERE answered_at IS NOT NULL AND answered_at <= $1
                 ORDER BY answered_at LIMIT $2)",
            &[&before, &int(at_most as u64)],
        )
        .await?;
        Ok(ids.len())
    }
}
