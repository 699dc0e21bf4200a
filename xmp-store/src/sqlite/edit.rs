//! Editing posts, and the gate that people keep.

use rusqlite::params;
use xmp_core::{Delivery, Gate, Post, PostEdit, PostId, PostView, Result, Revision, TenantId, edit, step};

use super::Tx;
use super::row::{all, int, json, json_opt, micros, rank, run};
use crate::rules::{self, Origin};

impl Tx<'_> {
    pub(super) fn edit(
        &self,
        origin: &Origin,
        id: PostId,
        expected: u64,
        edit: &PostEdit,
    ) -> Result<PostView> {
        let tenant = &origin.tenant;
        let view = self.view(tenant, id)?;
        let mut post = view.post.clone();
        edit.apply(&mut post, expected)?;
        rules::check_targets(id, &view.deliveries, edit)?;
        self.bring(tenant, id, edit)?;
        self.keep_revision(tenant, &Revision::of(&view.post, &view.deliveries, self.now, &origin.actor))?;
        self.update_post(&post)?;
        for before in &view.deliveries {
            let mut after = before.clone();
            let stepped = if edit.removed.contains(&before.account) {
                step::cancel(&mut after, self.now)?
            } else if let Some(own) = edit.of(before.account) {
                step::edit(&mut after, &own, post.gate, self.now)?
            } else {
                continue;
            };
            self.resize(before, &after)?;
            self.keep(before, after, stepped, origin)?;
        }
        let mut events = vec![rules::edited_event(&post, edit)];
        if edit.place.is_some() {
            events.extend(rules::queued_event(&post));
        }
        for (place, added) in edit.added.iter().enumerate() {
            rules::check_target(added, self.find_account(tenant, added.account)?.as_ref())?;
            self.insert_delivery(added, view.deliveries.len() + place)?;
            events.push(rules::scheduled_event(&post, added));
        }
        self.write_events(origin, events)?;
        self.view(tenant, id)
    }

    /// Keeps the media of an edit, and checks that all of it is there.
    fn bring(&self, tenant: &TenantId, id: PostId, edit: &PostEdit) -> Result<()> {
        for upload in &edit.media {
            self.keep_media(tenant, upload.stored.hash, &upload.bytes)?;
        }
        let contents = edit.contents.iter().flat_map(|(_, parts)| parts).flat_map(rules::media_of);
        for hash in contents.chain(edit.added.iter().flat_map(rules::media_used)) {
            if !self.has_media(tenant, hash)? {
                return Err(rules::media_missing(id, hash));
            }
            self.use_media(tenant, hash, id)?;
        }
        Ok(())
    }

    /// Makes the rows of parts as many as there are parts, and writes what only an edit changes.
    fn resize(&self, before: &Delivery, after: &Delivery) -> Result<()> {
        for gone in before.parts.iter().skip(after.parts.len()) {
            for sql in [
                "DELETE FROM checkpoints WHERE tenant = ?1 AND part = ?2",
                "DELETE FROM parts WHERE tenant = ?1 AND id = ?2",
            ] {
                run(self.conn, sql, (after.tenant.as_str(), gone.id.to_string()))?;
            }
        }
        for new in after.parts.iter().skip(before.parts.len()) {
            self.insert_part(after, new)?;
        }
        run(
            self.conn,
            "UPDATE deliveries SET priority = ?3, plan = ?4 WHERE tenant = ?1 AND id = ?2",
            params![
                after.tenant.as_str(),
                after.id.to_string(),
                rank(after.priority),
                after.queue.map(|queue| queue.to_string()),
            ],
        )?;
        Ok(())
    }

    /// Writes what a post keeps beside its deliveries.
    pub(super) fn update_post(&self, post: &Post) -> Result<()> {
        run(
            self.conn,
            "UPDATE posts SET due = ?3, expires = ?4, priority = ?5, labels = ?6, campaign = ?7, metadata = ?8,
                 gate = ?9, approval = ?10, revision = ?11, plan = ?12, place = ?13, due_at = ?14, tzdb = ?15
             WHERE tenant = ?1 AND id = ?2",
            params![
                post.tenant.as_str(),
                post.id.to_string(),
                json(&post.due)?,
                json_opt(post.expires.as_ref())?,
                rank(post.priority),
                json(&post.labels)?,
                post.campaign,
                json(&post.metadata)?,
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

    fn keep_revision(&self, tenant: &TenantId, revision: &Revision) -> Result<()> {
        run(
            self.conn,
            "INSERT INTO revisions (tenant, post, revision, replaced_at, replaced_by, due, said)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                tenant.as_str(),
                revision.post.to_string(),
                int(revision.revision),
                micros(revision.replaced_at),
                revision.replaced_by,
                json(&revision.due)?,
                json(&revision.said)?,
            ],
        )?;
        Ok(())
    }

    pub(super) fn revisions(&self, tenant: &TenantId, id: PostId) -> Result<Vec<Revision>> {
        self.view(tenant, id)?;
        all(
            self.conn,
            "revisions",
            "SELECT * FROM revisions WHERE tenant = ?1 AND post = ?2 ORDER BY revision",
            (tenant.as_str(), id.to_string()),
            |cols| {
                Ok(Revision {
                    post: id,
                    revision: cols.count("revision")?,
                    replaced_at: cols.time("replaced_at")?,
                    replaced_by: cols.get("replaced_by")?,
                    due: cols.json("due")?,
                    said: cols.json("said")?,
                })
            },
        )
    }

    pub(super) fn set_gate(
        &self,
        origin: &Origin,
        id: PostId,
        expected: u64,
        gate: Gate,
        note: Option<&str>,
    ) -> Result<PostView> {
        let view = self.view(&origin.tenant, id)?;
        edit::check_revision(&view.post, expected)?;
        if view.post.gate == gate {
            return Ok(view);
        }
        for before in view.deliveries.iter().filter(|delivery| !delivery.state.is_final()) {
            let mut after = before.clone();
            let stepped = step::set_gate(&mut after, gate, self.now)?;
            self.keep(before, after, stepped, origin)?;
        }
        let mut post = view.post;
        post.approval = rules::approval(origin, &post, gate, note, self.now);
        post.gate = gate;
        self.update_post(&post)?;
        self.view(&origin.tenant, id)
    }
}
