//! Posts: how they come in, and how they are found again.

use rusqlite::params;
use xmp_core::{IdempotencyKey, NewPost, Post, PostId, PostView, Result, Scheduled, TenantId};

use super::Tx;
use super::row::{Cols, int, json, json_opt, micros, one, rank, run};
use crate::rules::{self, Origin};

fn read(cols: &Cols<'_>) -> Result<Post> {
    Ok(Post {
        id: cols.parse("id")?,
        tenant: cols.word("tenant")?,
        key: cols.word("key")?,
        request: cols.parse("request")?,
        due: cols.json("due")?,
        expires: cols.json_opt("expires")?,
        priority: cols.priority("priority")?,
        labels: cols.json("labels")?,
        campaign: cols.get("campaign")?,
        metadata: cols.json("metadata")?,
        correlation_id: cols.parse("correlation_id")?,
        actor: cols.get("actor")?,
        created_at: cols.time("created_at")?,
        gate: cols.word("gate")?,
        approval: cols.json_opt("approval")?,
        revision: cols.count("revision")?,
        place: cols.json_opt("place")?,
    })
}

impl Tx<'_> {
    pub(super) fn view(&self, tenant: &TenantId, id: PostId) -> Result<PostView> {
        let sql = "SELECT * FROM posts WHERE tenant = ?1 AND id = ?2";
        let post = one(self.conn, "posts", sql, (tenant.as_str(), id.to_string()), read)?;
        let post = post.ok_or_else(|| rules::no_post(id))?;
        let deliveries = self.deliveries(tenant, &id.to_string())?;
        Ok(PostView { post, deliveries })
    }

    pub(super) fn by_key(&self, tenant: &TenantId, key: &IdempotencyKey) -> Result<Option<PostView>> {
        let sql = "SELECT id FROM posts WHERE tenant = ?1 AND key = ?2";
        let found = one(self.conn, "posts", sql, (tenant.as_str(), key.as_str()), |cols| cols.parse("id"))?;
        found.map(|id| self.view(tenant, id)).transpose()
    }

    pub(super) fn by_keys(&self, tenant: &TenantId, keys: &[IdempotencyKey]) -> Result<Vec<Post>> {
        let sql = "SELECT * FROM posts WHERE tenant = ?1 AND key = ?2";
        let found =
            keys.iter().map(|key| one(self.conn, "posts", sql, (tenant.as_str(), key.as_str()), read));
        found.filter_map(Result::transpose).collect()
    }

    pub(super) fn schedule(&self, origin: &Origin, new: &NewPost) -> Result<Scheduled> {
        let tenant = &origin.tenant;
        let post = &new.post;
        if let Some(view) = self.by_key(tenant, &post.key)? {
            view.post.repeated_by(post.request)?;
            return Ok(Scheduled { view, replayed: true });
        }
        for delivery in &new.deliveries {
            rules::check_target(delivery, self.find_account(tenant, delivery.account)?.as_ref())?;
        }
        for hash in rules::media_at_hand(new) {
            if !self.has_media(tenant, hash)? {
                return Err(rules::media_missing(post.id, hash));
            }
        }
        for upload in &new.media {
            self.keep_media(tenant, upload.stored.hash, &upload.bytes)?;
        }
        self.insert_post(post)?;
        for hash in new.deliveries.iter().flat_map(rules::media_used) {
            self.use_media(tenant, hash, post.id)?;
        }
        for (place, delivery) in new.deliveries.iter().enumerate() {
            self.insert_delivery(delivery, place)?;
        }
        self.write_events(origin, rules::scheduled_events(post, &new.deliveries))?;
        Ok(Scheduled { view: self.view(tenant, post.id)?, replayed: false })
    }

    fn insert_post(&self, post: &Post) -> Result<()> {
        run(
            self.conn,
            "INSERT INTO posts (tenant, id, key, request, due, priority, labels, campaign, metadata,
                 correlation_id, actor, created_at, expires, gate, approval, revision, plan, place, due_at, tzdb)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)",
            params![
                post.tenant.as_str(),
                post.id.to_string(),
                post.key.as_str(),
                post.request.to_string(),
                json(&post.due)?,
                rank(post.priority),
                json(&post.labels)?,
                post.campaign,
                json(&post.metadata)?,
                post.correlation_id.to_string(),
                post.actor,
                micros(post.created_at),
                json_opt(post.expires.as_ref())?,
                post.gate.as_str(),
                json_opt(post.approval.as_ref())?,
                int(post.revision),
                post.place.as_ref().map(|place| place.plan.to_string()),
                json_opt(post.place.as_ref())?,
                micros(post.due.at),
                post.due.tzdb,
            ],
        )?;
        Ok(())
    }
}
