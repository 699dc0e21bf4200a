//! What is forgotten.

use std::collections::HashMap;
use std::time::Duration;

use xmp_core::Result;

use super::row::{At, Cols, Key, ago, int};
use super::tx::Tx;

/// Tenants, and something of each.
type Named<T> = (Vec<String>, Vec<T>);

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
    "DELETE FROM xmp.revisions r USING unnest($1::text[], $2::uuid[]) AS f (tenant, id)
     WHERE r.tenant = f.tenant AND r.post = f.id",
    "DELETE FROM xmp.media_uses u USING unnest($1::text[], $2::uuid[]) AS f (tenant, id)
     WHERE u.tenant = f.tenant AND u.post = f.id",
];

impl Tx<'_> {
    /// A post stands for itself where its first delivery does.
    pub(super) async fn prune(&self, keep_for: Duration, at_most: usize) -> Result<usize> {
        let before = ago(self.now, keep_for);
        let rows = self
            .query(
                "SELECT p.tenant, p.id FROM (
                     SELECT d.tenant, d.post FROM xmp.deliveries d
                     WHERE d.settled_at IS NOT NULL AND d.settled_at <= $1 AND d.id = (
                         SELECT p.deliveries[1] FROM xmp.posts p WHERE p.tenant = d.tenant AND p.id = d.post)
                         AND NOT EXISTS (
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
        let read = |row| -> Result<(String, Key)> {
            let cols = Cols::of("posts", row);
            Ok((cols.get("tenant")?, cols.get("id")?))
        };
        let found = rows.iter().map(read).collect::<Result<_>>()?;
        let (tenants, ids) = self.still_over(found, before).await?;
        if !ids.is_empty() {
            let media = self.media_of(&tenants, &ids).await?;
            for sql in OF_POSTS {
                self.execute(sql, &[&tenants, &ids]).await?;
            }
            self.forget_media(media).await?;
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

    /// Locks the deliveries of posts, and leaves out posts of which one is not over any more, or is held by somebody else:
    /// nobody puts one of the others back until this transaction ends.
    async fn still_over(&self, (tenants, ids): Named<Key>, before: At) -> Result<Named<Key>> {
        let rows = self
            .query(
                "SELECT p.tenant, p.id, cardinality(p.deliveries) AS size, d.settled_at <= $3 IS TRUE AS over
                 FROM unnest($1::text[], $2::uuid[]) AS f (tenant, id)
                     JOIN xmp.posts p ON p.tenant = f.tenant AND p.id = f.id
                     CROSS JOIN LATERAL unnest(p.deliveries) u (id)
                     JOIN xmp.deliveries d ON d.tenant = p.tenant AND d.id = u.id
                 FOR UPDATE OF d SKIP LOCKED",
                &[&tenants, &ids, &before],
            )
            .await?;
        let mut left: HashMap<(String, Key), i32> = HashMap::new();
        for row in &rows {
            let cols = Cols::of("posts", row);
            let left = left.entry((cols.get("tenant")?, cols.get("id")?)).or_insert(cols.get("size")?);
            *left -= i32::from(cols.get::<bool>("over")?);
        }
        Ok(left.into_iter().filter(|(_, left)| *left == 0).map(|(post, _)| post).unzip())
    }

    /// Locks the media that posts use. What is held by a post that is being scheduled with it is that post's.
    async fn media_of(&self, tenants: &[String], posts: &[Key]) -> Result<Named<String>> {
        let rows = self
            .query(
                "SELECT m.tenant, m.hash FROM unnest($1::text[], $2::uuid[]) AS f (tenant, id)
                     JOIN xmp.media_uses u ON u.tenant = f.tenant AND u.post = f.id
                     JOIN xmp.media m ON m.tenant = u.tenant AND m.hash = u.hash
                 FOR UPDATE OF m SKIP LOCKED",
                &[&tenants, &posts],
            )
            .await?;
        let read = |row| {
            let cols = Cols::of("media", row);
            Ok((cols.get("tenant")?, cols.get("hash")?))
        };
        rows.iter().map(read).collect()
    }

    /// Deletes what nothing uses any more. A statement of its own: it sees the uses that were written until the locks.
    async fn forget_media(&self, (tenants, hashes): Named<String>) -> Result<()> {
        self.execute(
            "DELETE FROM xmp.media m USING unnest($1::text[], $2::text[]) AS f (tenant, hash)
             WHERE m.tenant = f.tenant AND m.hash = f.hash AND NOT EXISTS (
                 SELECT 1 FROM xmp.media_uses u WHERE u.tenant = m.tenant AND u.hash = m.hash)",
            &[&tenants, &hashes],
        )
        .await
        .map(drop)
    }
}
