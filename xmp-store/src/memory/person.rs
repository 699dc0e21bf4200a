//! Posts, and what people do with them.

use std::collections::HashSet;
use std::time::Duration;

use jiff::Timestamp;
use xmp_core::step::{self, Resolution, Stepped};
use xmp_core::{
    Account, Context, CorrelationId, Delivery, DeliveryId, Due, Event, IdempotencyKey, NewPost, PartId, Post,
    PostFilter, PostId, PostView, RemoteId, Result, Scheduled, TenantId,
};

use super::{Kept, MemoryStore, Owned, State};
use crate::history;
use crate::rules::{self, Origin};
use crate::time::{between, cut};

impl State {
    pub(super) fn view(&self, tenant: &TenantId, id: PostId) -> Result<PostView> {
        let (post, ids) = self.posts.get(&(tenant.clone(), id)).ok_or_else(|| rules::no_post(id))?;
        let deliveries = ids.iter().filter_map(|id| self.deliveries.get(&(tenant.clone(), *id)));
        Ok(PostView {
            post: post.clone(),
            deliveries: deliveries.map(|kept| kept.delivery.clone()).collect(),
        })
    }

    pub(super) fn delivery(&self, tenant: &TenantId, id: DeliveryId) -> Result<Delivery> {
        let kept = self.deliveries.get(&(tenant.clone(), id)).ok_or_else(|| rules::no_delivery(id))?;
        Ok(kept.delivery.clone())
    }

    pub(super) fn correlation(&self, delivery: &Delivery) -> Option<CorrelationId> {
        self.posts.get(&(delivery.tenant.clone(), delivery.post)).map(|(post, _)| post.correlation_id)
    }

    /// Whose a remote id is, unless it is this part's.
    pub(super) fn owner(&self, delivery: &Delivery, part: PartId, id: &RemoteId) -> Result<()> {
        let owned = self.owned.get(&(delivery.tenant.clone(), delivery.account));
        match owned.and_then(|owned| owned.get(id)) {
            Some(owner) if owner.part != part => Err(rules::remote_id_taken(id, owner.delivery)),
            _ => Ok(()),
        }
    }

    /// Keeps what a step has made of a delivery, with its events and its block.
    pub(super) fn keep(
        &mut self,
        mut delivery: Delivery,
        stepped: Stepped,
        origin: &Origin,
        now: Timestamp,
    ) -> (Delivery, Vec<Event>) {
        rules::cut_delivery(&mut delivery);
        for part in &delivery.parts {
            if let Some(published) = &part.published {
                let owned = self.owned.entry((delivery.tenant.clone(), delivery.account)).or_default();
                let since = published.at.map_or(now, |at| at.max(now));
                owned.entry(published.remote_id.clone()).or_insert(Owned {
                    part: part.id,
                    delivery: delivery.id,
                    since,
                });
            }
        }
        if let Some(block) = &stepped.block
            && let Some(account) = self.accounts.get_mut(&(delivery.tenant.clone(), delivery.account))
        {
            account.blocked_until = Some(rules::blocked(account.blocked_until, block));
        }
        let name = (delivery.tenant.clone(), delivery.id);
        let before = self.deliveries.remove(&name);
        let same = before.as_ref().filter(|kept| kept.delivery.lease == delivery.lease);
        let granted = same.map_or(now, |kept| kept.granted);
        let settled = delivery.state.is_final().then_some(now);
        let settled = settled.map(|now| before.as_ref().and_then(|kept| kept.settled).unwrap_or(now));
        let mut attempts = before.map(|kept| kept.attempts).unwrap_or_default();
        history::note(&mut attempts, &delivery, now);
        self.deliveries.insert(name, Kept { delivery: delivery.clone(), granted, settled, attempts });
        let events = self.write(origin, now, stepped.events);
        (delivery, events)
    }

    /// Whether a new post can be kept beside what is there, and beside those that come before it in the same call.
    pub(super) fn check_schedule(&self, new: &NewPost, before: &[NewPost]) -> Result<()> {
        let tenant = &new.post.tenant;
        let key = (tenant.clone(), new.post.key.clone());
        let kept = self.keys.get(&key).and_then(|id| self.posts.get(&(tenant.clone(), *id)));
        let asked = before.iter().map(|other| &other.post).find(|post| post.key == new.post.key);
        if let Some(first) = kept.map(|(post, _)| post).or(asked) {
            return first.repeated_by(new.post.request);
        }
        for delivery in &new.deliveries {
            let account: Option<&Account> = self.accounts.get(&(tenant.clone(), delivery.account));
            rules::check_target(delivery, account)?;
        }
        let brought =
            |hash| before.iter().flat_map(|other| &other.media).any(|media| media.stored.hash == hash);
        for hash in rules::media_at_hand(new) {
            if !brought(hash) && !self.media.contains_key(&(tenant.clone(), hash)) {
                return Err(rules::media_missing(new.post.id, hash));
            }
        }
        Ok(())
    }

    /// Keeps a post that was checked.
    pub(super) fn schedule(&mut self, origin: &Origin, new: NewPost, now: Timestamp) -> Result<Scheduled> {
        let tenant = &origin.tenant;
        let key = (tenant.clone(), new.post.key.clone());
        if let Some(first) = self.keys.get(&key) {
            return Ok(Scheduled { view: self.view(tenant, *first)?, replayed: true });
        }
        for upload in new.media {
            self.media.entry((tenant.clone(), upload.stored.hash)).or_insert(upload.bytes);
        }
        let events = rules::scheduled_events(&new.post, &new.deliveries);
        let ids = new.deliveries.iter().map(|delivery| delivery.id).collect();
        for delivery in new.deliveries {
            let kept = Kept { delivery, granted: now, settled: None, attempts: Vec::new() };
            self.deliveries.insert((tenant.clone(), kept.delivery.id), kept);
        }
        let id = new.post.id;
        self.keys.insert(key, id);
        self.posts.insert((tenant.clone(), id), (new.post, ids));
        self.write(origin, now, events);
        Ok(Scheduled { view: self.view(tenant, id)?, replayed: false })
    }

    /// Forgets a post with all that belongs to it.
    fn forget(&mut self, tenant: &TenantId, id: PostId) {
        if let Some((post, deliveries)) = self.posts.remove(&(tenant.clone(), id)) {
            self.keys.remove(&(tenant.clone(), post.key));
            self.revisions.remove(&(tenant.clone(), id));
            for delivery in &deliveries {
                self.deliveries.remove(&(tenant.clone(), *delivery));
            }
            let left = self.deliveries.values().filter(|kept| kept.delivery.tenant == *tenant);
            let mut used: HashSet<_> = left.flat_map(|kept| rules::media_used(&kept.delivery)).collect();
            let plans = self.plans.values().filter(|plan| plan.tenant == *tenant);
            used.extend(plans.flat_map(rules::media_of_plan));
            self.media.retain(|(owner, hash), _| owner != tenant || used.contains(hash));
        }
    }
}

impl MemoryStore {
    pub(super) fn schedule_now(&self, ctx: &Context, mut new: Vec<NewPost>) -> Result<Vec<Scheduled>> {
        new.iter_mut().try_for_each(|new| rules::check_new(ctx, new))?;
        let (mut state, now) = self.lock();
        for (index, one) in new.iter().enumerate() {
            state.check_schedule(one, &new[..index])?;
        }
        let origin = Origin::call(ctx);
        new.into_iter().map(|one| state.schedule(&origin, one, now)).collect()
    }

    pub(super) fn prune_now(&self, keep_for: Duration, at_most: usize) -> usize {
        let (mut state, now) = self.lock();
        let mut done = Vec::new();
        for ((tenant, id), (_, all)) in &state.posts {
            let settled = all.iter().map(|own| state.deliveries.get(&(tenant.clone(), *own))?.settled);
            let settled: Vec<Option<Timestamp>> = settled.collect();
            if settled.iter().all(|at| at.is_some_and(|at| between(at, now) >= keep_for)) {
                done.push((settled.first().copied(), tenant.clone(), *id));
            }
        }
        done.sort();
        done.truncate(at_most);
        done.iter().for_each(|(_, tenant, id)| state.forget(tenant, *id));
        done.len()
    }

    pub(super) fn by_key(&self, ctx: &Context, key: &IdempotencyKey) -> Result<Option<PostView>> {
        let (state, _) = self.lock();
        let id = state.keys.get(&(ctx.tenant().clone(), key.clone()));
        id.map(|id| state.view(ctx.tenant(), *id)).transpose()
    }

    pub(super) fn by_keys(&self, ctx: &Context, keys: &[IdempotencyKey]) -> Vec<Post> {
        let (state, _) = self.lock();
        let ids = keys.iter().filter_map(|key| state.keys.get(&(ctx.tenant().clone(), key.clone())));
        let posts = ids.filter_map(|id| state.posts.get(&(ctx.tenant().clone(), *id)));
        posts.map(|(post, _)| post.clone()).collect()
    }

    pub(super) fn list(&self, ctx: &Context, filter: &PostFilter) -> Result<Vec<PostView>> {
        let (state, _) = self.lock();
        let mut views = Vec::new();
        for (tenant, id) in state.posts.keys() {
            if views.len() >= filter.limit() {
                break;
            }
            if tenant != ctx.tenant() || filter.after.is_some_and(|after| *id <= after) {
                continue;
            }
            let view = state.view(tenant, *id)?;
            if filter.fits(&view) {
                views.push(view);
            }
        }
        Ok(views)
    }

    /// Takes a step with all deliveries of a post, or with none.
    pub(super) fn change_all(
        &self,
        ctx: &Context,
        id: PostId,
        due: Option<Due>,
        step: impl Fn(&mut Delivery, Timestamp) -> Result<Stepped>,
    ) -> Result<PostView> {
        let (mut state, now) = self.lock();
        let mut view = state.view(ctx.tenant(), id)?;
        let mut steps = Vec::new();
        for delivery in &mut view.deliveries {
            steps.push(step(delivery, now)?);
        }
        for (delivery, stepped) in view.deliveries.into_iter().zip(steps) {
            state.keep(delivery, stepped, &Origin::call(ctx), now);
        }
        if let (Some(mut due), Some((post, _))) = (due, state.posts.get_mut(&(ctx.tenant().clone(), id))) {
            due.at = cut(due.at);
            post.due = due;
        }
        state.view(ctx.tenant(), id)
    }

    pub(super) fn put_back_now(&self, ctx: &Context, id: DeliveryId) -> Result<Delivery> {
        let (mut state, now) = self.lock();
        let mut delivery = state.delivery(ctx.tenant(), id)?;
        let gate = state.view(ctx.tenant(), delivery.post)?.post.gate;
        let stepped = step::put_back(&mut delivery, gate, now)?;
        Ok(state.keep(delivery, stepped, &Origin::call(ctx), now).0)
    }

    pub(super) fn resolve_now(
        &self,
        ctx: &Context,
        id: DeliveryId,
        resolution: Resolution,
    ) -> Result<Delivery> {
        let (mut state, now) = self.lock();
        let mut delivery = state.delivery(ctx.tenant(), id)?;
        let live = match &resolution {
            Resolution::Live(published) => Some(published.remote_id.clone()),
            Resolution::Resend | Resolution::Abandon => None,
        };
        let held = delivery.current().map(|part| part.id);
        let stepped = step::resolve(&mut delivery, resolution, now)?;
        if let (Some(live), Some(part)) = (live, held) {
            state.owner(&delivery, part, &live)?;
        }
        Ok(state.keep(delivery, stepped, &Origin::call(ctx), now).0)
    }
}
