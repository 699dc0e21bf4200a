//! Posts, as they are found again.

use tokio_postgres::Row;
use xmp_core::{DeliveryId, IdempotencyKey, Post, PostId, PostView, Result, TenantId};

use super::record::{self, Record};
use super::row::{Cols, key};
use super::tx::{Params, Tx};
use crate::rules;

/// The columns of a post and of its deliveries, one row a delivery: a view is of one moment because one statement reads
/// it.
macro_rules! views {
    ($($which:tt)+) => {
        concat!(
            "SELECT p.id AS post_id, p.key, p.request, p.due, p.expires, p.priority AS post_priority, p.labels, p.campaign,
                 p.metadata, p.correlation_id AS post_correlation_id, p.actor, p.created_at,
                 p.gate, p.approval, p.revision AS post_revision, p.place, ",
            record::columns!(),
            " FROM (",
            $($which)+,
            ") p CROSS JOIN LATERAL unnest(p.deliveries) WITH ORDINALITY u (id, place)
                 JOIN xmp.deliveries d ON d.tenant = p.tenant AND d.id = u.id
             ORDER BY p.id, u.place"
        )
    };
}
pub(super) use views;

fn read(row: &Row) -> Result<Post> {
    let cols = Cols::of("posts", row);
    Ok(Post {
        id: cols.id("post_id")?,
        tenant: cols.word("tenant")?,
        key: cols.word("key")?,
        request: cols.parse("request")?,
        due: cols.json("due")?,
        expires: cols.json_or_default("expires")?,
        priority: cols.priority("post_priority")?,
        labels: cols.json_or_default("labels")?,
        campaign: cols.get("campaign")?,
        metadata: cols.json_or_default("metadata")?,
        correlation_id: cols.id("post_correlation_id")?,
        actor: cols.get("actor")?,
        created_at: cols.time("created_at")?,
        gate: cols.word("gate")?,
        approval: cols.json_or_default("approval")?,
        revision: cols.count("post_revision")?,
        place: cols.json_or_default("place")?,
    })
}

fn read_all(rows: &[Row]) -> Result<Vec<PostView>> {
    let mut views: Vec<PostView> = Vec::new();
    for row in rows {
        let id: PostId = Cols::of("posts", row).id("post_id")?;
        if views.last().is_none_or(|view| view.post.id != id) {
            views.push(PostView { post: read(row)?, deliveries: Vec::new() });
        }
        if let Some(view) = views.last_mut() {
            view.deliveries.push(record::read(row)?.delivery);
        }
    }
    Ok(views)
}

impl Tx<'_> {
    pub(super) async fn views(&self, sql: &'static str, params: Params<'_>) -> Result<Vec<PostView>> {
        read_all(&self.query(sql, params).await?)
    }

    pub(super) async fn view(&self, tenant: &TenantId, id: PostId) -> Result<PostView> {
        const SQL: &str = views!("SELECT * FROM xmp.posts WHERE tenant = $1 AND id = $2");
        let found = self.views(SQL, &[&tenant.as_str(), &key(id)]).await?;
        found.into_iter().next().ok_or_else(|| rules::no_post(id))
    }

    pub(super) async fn by_key(&self, tenant: &TenantId, name: &IdempotencyKey) -> Result<Option<PostView>> {
        const SQL: &str = views!("SELECT * FROM xmp.posts WHERE tenant = $1 AND key = $2");
        Ok(self.views(SQL, &[&tenant.as_str(), &name.as_str()]).await?.into_iter().next())
    }

    pub(super) async fn by_keys(&self, tenant: &TenantId, keys: &[IdempotencyKey]) -> Result<Vec<Post>> {
        let keys: Vec<&str> = keys.iter().map(IdempotencyKey::as_str).collect();
        let rows = self
            .query(
                "SELECT *, id AS post_id, priority AS post_priority, correlation_id AS post_correlation_id,
                     revision AS post_revision
                 FROM xmp.posts WHERE tenant = $1 AND key = ANY ($2::text[])",
                &[&tenant.as_str(), &keys],
            )
            .await?;
        rows.iter().map(read).collect()
    }

    /// A delivery that is about to be changed: nobody else changes it until this transaction ends.
    pub(super) async fn own(&self, tenant: &TenantId, id: DeliveryId) -> Result<Option<Record>> {
        const SQL: &str = concat!(
            "SELECT ",
            record::columns!(),
            " FROM xmp.deliveries d WHERE d.tenant = $1 AND d.id = $2 FOR NO KEY UPDATE"
        );
        let found = self.query_opt(SQL, &[&tenant.as_str(), &key(id)]).await?;
        found.as_ref().map(record::read).transpose()
    }

    /// The deliveries of a post, in order, about to be changed.
    pub(super) async fn own_all(&self, tenant: &TenantId, id: PostId) -> Result<Vec<Record>> {
        const SQL: &str = concat!(
            "SELECT ",
            record::columns!(),
            " FROM xmp.posts p CROSS JOIN LATERAL unnest(p.deliveries) WITH ORDINALITY u (id, place)
                 JOIN xmp.deliveries d ON d.tenant = p.tenant AND d.id = u.id
             WHERE p.tenant = $1 AND p.id = $2 ORDER BY u.place FOR NO KEY UPDATE OF p, d"
        );
        let found = self.query(SQL, &[&tenant.as_str(), &key(id)]).await?;
        if found.is_empty() {
            return Err(rules::no_post(id));
        }
        found.iter().map(record::read).collect()
    }
}
