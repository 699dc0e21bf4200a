//! Editing posts, and plans.

use async_trait::async_trait;
use jiff::Timestamp;
use xmp_core::plan::{PlanChanges, PlanState};
use xmp_core::{
    CalendarEntry, CalendarQuery, Context, Due, Gate, Plan, PlanId, PlanStore, PostEdit, PostFilter, PostId,
    PostView, Result, Revision, Scheduled, StateCount, TenantId, edit, step,
};

use super::{Kept, MemoryStore, State};
use crate::rules::{self, Origin};

impl State {
    fn edit(
        &mut self,
        origin: &Origin,
        id: PostId,
        expected: u64,
        edit: PostEdit,
        now: Timestamp,
    ) -> Result<()> {
        let tenant = &origin.tenant;
        let view = self.view(tenant, id)?;
        let mut post = view.post.clone();
        edit.apply(&mut post, expected)?;
        rules::check_targets(id, &view.deliveries, &edit)?;
        self.bring(tenant, id, &edit)?;
        let revision = Revision::of(&view.post, &view.deliveries, now, &origin.actor);
        for mut delivery in view.deliveries {
            if edit.removed.contains(&delivery.account) {
                let stepped = step::cancel(&mut delivery, now)?;
                self.keep(delivery, stepped, origin, now);
            } else if let Some(own) = edit.of(delivery.account) {
                let stepped = step::edit(&mut delivery, &own, post.gate, now)?;
                self.keep(delivery, stepped, origin, now);
            }
        }
        let mut events = vec![rules::edited_event(&post, &edit)];
        if edit.place.is_some() {
            events.extend(rules::queued_event(&post));
        }
        let mut added = Vec::new();
        for delivery in edit.added {
            rules::check_target(&delivery, self.accounts.get(&(tenant.clone(), delivery.account)))?;
            events.push(rules::scheduled_event(&post, &delivery));
            added.push(delivery.id);
            let kept = Kept { delivery, granted: now, settled: None, attempts: Vec::new() };
            self.deliveries.insert((tenant.clone(), kept.delivery.id), kept);
        }
        if let Some((kept, ids)) = self.posts.get_mut(&(tenant.clone(), id)) {
            *kept = post;
            ids.extend(added);
        }
        self.revisions.entry((tenant.clone(), id)).or_default().push(revision);
        self.write(origin, now, events);
        Ok(())
    }

    /// Keeps the media of an edit, and checks that all of it is there.
    fn bring(&mut self, tenant: &TenantId, id: PostId, edit: &PostEdit) -> Result<()> {
        for upload in &edit.media {
            let name = (tenant.clone(), upload.stored.hash);
            self.media.entry(name).or_insert_with(|| upload.bytes.clone());
        }
        let contents = edit.contents.iter().flat_map(|(_, parts)| parts).flat_map(rules::media_of);
        for hash in contents.chain(edit.added.iter().flat_map(rules::media_used)) {
            if !self.media.contains_key(&(tenant.clone(), hash)) {
                return Err(rules::media_missing(id, hash));
            }
        }
        Ok(())
    }

    fn set_gate(
        &mut self,
        origin: &Origin,
        id: PostId,
        expected: u64,
        gate: Gate,
        note: Option<&str>,
        now: Timestamp,
    ) -> Result<()> {
        let view = self.view(&origin.tenant, id)?;
        edit::check_revision(&view.post, expected)?;
        if view.post.gate == gate {
            return Ok(());
        }
        for mut delivery in view.deliveries {
            if delivery.state.is_final() {
                continue;
            }
            let stepped = step::set_gate(&mut delivery, gate, now)?;
            self.keep(delivery, stepped, origin, now);
        }
        let approval = rules::approval(origin, &view.post, gate, note, now);
        if let Some((post, _)) = self.posts.get_mut(&(origin.tenant.clone(), id)) {
            (post.gate, post.approval) = (gate, approval);
        }
        Ok(())
    }

    fn keep_plan(
        &mut self,
        origin: &Origin,
        mut plan: Plan,
        changes: PlanChanges,
        now: Timestamp,
    ) -> Result<(Plan, Vec<Scheduled>)> {
        let name = (origin.tenant.clone(), plan.id);
        let before = self.plans.get(&name).cloned();
        rules::check_plan(plan.id, plan.revision, before.as_ref().map_or(0, |before| before.revision))?;
        plan.revision += 1;
        for upload in changes.media {
            self.media.entry((origin.tenant.clone(), upload.stored.hash)).or_insert(upload.bytes);
        }
        for hash in rules::media_of_plan(&plan) {
            if !self.media.contains_key(&(origin.tenant.clone(), hash)) {
                return Err(rules::media_missing(plan.id, hash));
            }
        }
        for (id, expected, edit) in changes.edits {
            self.edit(origin, id, expected, edit, now)?;
        }
        for id in changes.cancelled {
            for mut delivery in self.view(&origin.tenant, id)?.deliveries {
                let stepped = step::cancel(&mut delivery, now)?;
                self.keep(delivery, stepped, origin, now);
            }
        }
        let mut scheduled = Vec::with_capacity(changes.new.len());
        for new in changes.new {
            self.check_schedule(&new, &[])?;
            scheduled.push(self.schedule(origin, new, now)?);
        }
        let event = rules::plan_event(before.as_ref(), &plan);
        self.write(origin, now, event.into_iter().collect());
        self.plans.insert(name, plan.clone());
        Ok((plan, scheduled))
    }
}

impl MemoryStore {
    /// Takes a step of many parts: all of it, or nothing.
    fn whole<T>(&self, step: impl FnOnce(&mut State, Timestamp) -> Result<T>) -> Result<T> {
        let (mut state, now) = self.lock();
        let mut after = state.clone();
        let done = step(&mut after, now)?;
        *state = after;
        Ok(done)
    }

    pub(super) fn edit_now(
        &self,
        ctx: &Context,
        id: PostId,
        expected: u64,
        mut edit: PostEdit,
    ) -> Result<PostView> {
        rules::check_edit(ctx, &mut edit)?;
        let origin = Origin::call(ctx);
        self.whole(|state, now| {
            state.edit(&origin, id, expected, edit, now)?;
            state.view(&origin.tenant, id)
        })
    }

    pub(super) fn set_gate_now(
        &self,
        ctx: &Context,
        id: PostId,
        expected: u64,
        gate: Gate,
        note: Option<&str>,
    ) -> Result<PostView> {
        let origin = Origin::call(ctx);
        self.whole(|state, now| {
            state.set_gate(&origin, id, expected, gate, note, now)?;
            state.view(&origin.tenant, id)
        })
    }

    pub(super) fn revisions_now(&self, ctx: &Context, id: PostId) -> Result<Vec<Revision>> {
        let (state, _) = self.lock();
        state.view(ctx.tenant(), id)?;
        Ok(state.revisions.get(&(ctx.tenant().clone(), id)).cloned().unwrap_or_default())
    }

    pub(super) fn count_now(&self, ctx: &Context, filter: &PostFilter) -> Result<Vec<StateCount>> {
        let every = PostFilter { limit: Some(usize::MAX), after: None, ..filter.clone() };
        Ok(rules::counted(filter, &self.list(ctx, &every)?))
    }

    pub(super) fn calendar_now(&self, ctx: &Context, query: &CalendarQuery) -> Vec<CalendarEntry> {
        let (state, _) = self.lock();
        let own = state.posts.values().map(|(post, ids)| (post, ids)).filter(|(post, _)| {
            post.tenant == *ctx.tenant() && (query.since..query.until).contains(&post.due.at)
        });
        let mut entries = Vec::new();
        for (post, ids) in own {
            let kept = ids.iter().filter_map(|id| state.deliveries.get(&(post.tenant.clone(), *id)));
            for Kept { delivery, .. } in kept {
                if query.accounts.is_empty() || query.accounts.contains(&delivery.account) {
                    entries.push(rules::calendar_entry(post, delivery));
                }
            }
        }
        entries.sort_by_key(|entry| (entry.at, entry.post, entry.delivery));
        entries
    }

    pub(super) fn zoned_before_now(&self, tzdb: &str, limit: usize) -> Vec<(TenantId, PostId, Due)> {
        let (state, _) = self.lock();
        let old = state.posts.values().filter(|(post, ids)| {
            let waits = ids.iter().filter_map(|id| state.deliveries.get(&(post.tenant.clone(), *id)));
            post.due.tzdb.as_deref().is_some_and(|own| own < tzdb)
                && waits.into_iter().any(|kept| rules::can_move(&kept.delivery))
        });
        old.take(limit).map(|(post, _)| (post.tenant.clone(), post.id, post.due.clone())).collect()
    }
}

#[async_trait]
impl PlanStore for MemoryStore {
    async fn keep_plans(
        &self,
        ctx: &Context,
        mut plans: Vec<(Plan, PlanChanges)>,
    ) -> Result<Vec<(Plan, Vec<Scheduled>)>> {
        plans.iter_mut().try_for_each(|(plan, changes)| rules::check_changes(ctx, plan, changes))?;
        let origin = Origin::call(ctx);
        let keep = |state: &mut State, now| {
            plans.into_iter().map(|(plan, changes)| state.keep_plan(&origin, plan, changes, now)).collect()
        };
        self.whole(keep)
    }

    async fn plan(&self, ctx: &Context, id: PlanId) -> Result<Plan> {
        let (state, _) = self.lock();
        state.plans.get(&(ctx.tenant().clone(), id)).cloned().ok_or_else(|| rules::no_plan(id))
    }

    async fn plans(&self, ctx: &Context) -> Result<Vec<Plan>> {
        let (state, _) = self.lock();
        Ok(state.plans.values().filter(|plan| plan.tenant == *ctx.tenant()).cloned().collect())
    }

    async fn plans_due(&self, limit: usize) -> Result<Vec<Plan>> {
        let (state, now) = self.lock();
        let due = |plan: &&Plan| plan.state == PlanState::Active && plan.look_at.is_some_and(|at| at <= now);
        let mut due: Vec<_> = state.plans.values().filter(due).cloned().collect();
        due.sort_by_key(|plan| (plan.look_at, plan.id));
        due.truncate(limit);
        Ok(due)
    }
}
