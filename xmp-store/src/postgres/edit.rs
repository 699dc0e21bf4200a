//! Editing posts, and the gate that people keep.

use xmp_core::step::{self, Stepped};
use xmp_core::{Gate, Post, PostEdit, PostId, PostView, Result, Revision, TenantId, edit};

use super::keep::Write;
use super::record::Record;
use super::row::{Cols, Key, at, int, json, key, key_opt, rank};
use super::tx::Tx;
use crate::rules::{self, Origin};

impl Tx<'_> {
    pub(super) async fn edit(
        &self,
        origin: &Origin,
        id: PostId,
        expected: u64,
        edit: &PostEdit,
    ) -> Result<PostView> {
        let tenant = &origin.tenant;
        let records = self.own_all(tenant, id).await?;
        let view = self.view(tenant, id).await?;
        let mut post = view.post.clone();
        edit.apply(&mut post, expected)?;
        rules::check_targets(id, &view.deliveries, edit)?;
        self.bring(tenant, id, edit).await?;
        self.keep_revision(tenant, &Revision::of(&view.post, &view.deliveries, self.now, &origin.actor))
            .await?;
        let mut writes = Vec::new();
        for record in &records {
            let mut after = record.delivery.clone();
            let stepped = if edit.removed.contains(&after.account) {
                step::cancel(&mut after, self.now)?
            } else if let Some(own) = edit.of(after.account) {
                step::edit(&mut after, &own, post.gate, self.now)?
            } else {
                continue;
            };
            writes.push(Write::new(record, after, stepped, origin, self.now));
        }
        self.keep(&mut writes).await?;
        self.update_places(&writes).await?;
        let mut events = vec![rules::edited_event(&post, edit)];
        if edit.place.is_some() {
            events.extend(rules::queued_event(&post));
        }
        for added in &edit.added {
            rules::check_target(added, Some(&self.account(tenant, added.account).await?))?;
            events.push(rules::scheduled_event(&post, added));
        }
        self.insert_more(&post, &edit.added).await?;
        let added: Vec<Key> = edit.added.iter().map(|delivery| key(delivery.id)).collect();
        self.update_post(&post, &added).await?;
        self.write_events(origin, events).await?;
        self.view(tenant, id).await
    }

    /// Keeps the media of an edit, and checks that all of it is there.
    async fn bring(&self, tenant: &TenantId, id: PostId, edit: &PostEdit) -> Result<()> {
        for upload in &edit.media {
            self.keep_media(tenant, upload).await?;
        }
        let contents = edit.contents.iter().flat_map(|(_, parts)| parts).flat_map(rules::media_of);
        for hash in contents.chain(edit.added.iter().flat_map(rules::media_used)) {
            self.use_media(tenant, hash, id).await?;
        }
        Ok(())
    }

    /// Writes what only an edit changes of deliveries that were just kept.
    async fn update_places(&self, writes: &[Write]) -> Result<()> {
        for Write { after: Record { delivery, .. }, .. } in writes {
            self.execute(
                "UPDATE xmp.deliveries SET priority = $3, plan = $4 WHERE tenant = $1 AND id = $2",
                &[
                    &delivery.tenant.as_str(),
                    &key(delivery.id),
                    &rank(delivery.priority),
                    &key_opt(delivery.queue),
                ],
            )
            .await?;
        }
        Ok(())
    }

    /// Writes what a post keeps beside its deliveries.
    pub(super) async fn update_post(&self, post: &Post, added: &[Key]) -> Result<()> {
        self.execute(
            "UPDATE xmp.posts SET due = $3, expires = $4, priority = $5, labels = $6, campaign = $7,
                 metadata = $8, gate = $9, approval = $10, revision = $11, plan = $12, place = $13, due_at = $14,
                 tzdb = $15, deliveries = deliveries || $16::uuid[]
             WHERE tenant = $1 AND id = $2",
            &[
                &post.tenant.as_str(),
                &key(post.id),
                &json(&post.due)?,
                &post.expires.as_ref().map(json).transpose()?,
                &rank(post.priority),
                &json(&post.labels)?,
                &post.campaign,
                &json(&post.metadata)?,
                &post.gate.as_str(),
                &post.approval.as_ref().map(json).transpose()?,
                &int(post.revision),
                &key_opt(post.place.as_ref().map(|place| place.plan)),
                &post.place.as_ref().map(json).transpose()?,
                &at(post.due.at),
                &post.due.tzdb,
                &added,
            ],
        )
        .await
        .map(drop)
    }

    async fn keep_revision(&self, tenant: &TenantId, revision: &Revision) -> Result<()> {
        self.execute(
            "INSERT INTO xmp.revisions (tenant, post, revision, replaced_at, replaced_by, due, said)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            &[
                &tenant.as_str(),
                &key(revision.post),
                &int(revision.revision),
                &at(revision.replaced_at),
                &revision.replaced_by,
                &json(&revision.due)?,
                &json(&revision.said)?,
            ],
        )
        .await
        .map(drop)
    }

    pub(super) async fn revisions(&self, tenant: &TenantId, id: PostId) -> Result<Vec<Revision>> {
        self.view(tenant, id).await?;
        let rows = self
            .query(
                "SELECT revision, replaced_at, replaced_by, due, said FROM xmp.revisions
                 WHERE tenant = $1 AND post = $2 ORDER BY revision",
                &[&tenant.as_str(), &key(id)],
            )
            .await?;
        let read = |row| {
            let cols = Cols::of("revisions", row);
            Ok(Revision {
                post: id,
                revision: cols.count("revision")?,
                replaced_at: cols.time("replaced_at")?,
                replaced_by: cols.get("replaced_by")?,
                due: cols.json("due")?,
                said: cols.json("said")?,
            })
        };
        rows.iter().map(read).collect()
    }

    pub(super) async fn set_gate(
        &self,
        origin: &Origin,
        id: PostId,
        expected: u64,
        gate: Gate,
        note: Option<&str>,
    ) -> Result<PostView> {
        let records = self.own_all(&origin.tenant, id).await?;
        let view = self.view(&origin.tenant, id).await?;
        edit::check_revision(&view.post, expected)?;
        if view.post.gate == gate {
            return Ok(view);
        }
        let mut writes = Vec::new();
        for record in records.iter().filter(|record| !record.delivery.state.is_final()) {
            let mut after = record.delivery.clone();
            let stepped: Stepped = step::set_gate(&mut after, gate, self.now)?;
            writes.push(Write::new(record, after, stepped, origin, self.now));
        }
        self.keep(&mut writes).await?;
        let mut post = view.post;
        post.approval = rules::approval(origin, &post, gate, note, self.now);
        post.gate = gate;
        self.update_post(&post, &[]).await?;
        self.view(&origin.tenant, id).await
    }
}
