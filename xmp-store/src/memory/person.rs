//! Posts, and what people do with them.

use jiff::Timestamp;
use xmp_core::step::{self, Resolution, Stepped};
use xmp_core::{
    Account, Context, CorrelationId, Delivery, DeliveryId, Due, Event, IdempotencyKey, NewPost, PartId,
    PostFilter, PostId, PostView, RemoteId, Result, Scheduled, TenantId,
};

use super::{Kept, MemoryStore, Owned, State};
use crate::rules::{self, Origin};
use crate::time::cut;

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
        let before = self.deliveries.get(&name);
        let granted =
            before.filter(|kept| kept.delivery.lease == delivery.lease).map_or(now, |kept| kept.granted);
        self.deliveries.insert(name, Kept { delivery: delivery.clone(), granted });
        let events = self.write(origin, now, stepped.events);
        (delivery, events)
    }
}

impl MemoryStore {
    pub(super) fn schedule_now(&self, ctx: &Context, mut new: NewPost) -> Result<Scheduled> {
        rules::check_new(ctx, &mut new)?;
        let (mut state, now) = self.lock();
        let tenant = ctx.tenant();
        let key = (tenant.clone(), new.post.key.clone());
        if let Some(first) = state.keys.get(&key) {
            let view = state.view(tenant, *first)?;
            view.post.repeated_by(new.post.request)?;
            return Ok(Scheduled { view, replayed: true });
        }
        for delivery in &new.deliveries {
            let account: Option<&Account> = state.accounts.get(&(tenant.clone(), delivery.account));
            rules::check_target(delivery, account)?;
        }
        for hash in rules::media_at_hand(&new) {
            if !state.media.contains_key(&(tenant.clone(), hash)) {
                return Err(rules::media_missing(new.post.id, hash));
            }
        }
        for upload in new.media {
            state.media.entry((tenant.clone(), upload.stored.hash)).or_insert(upload.bytes);
        }
        let events =
            new.deliveries.iter().map(|delivery| rules::scheduled_event(&new.post, delivery)).collect();
        let ids = new.deliveries.iter().map(|delivery| delivery.id).collect();
        for delivery in new.deliveries {
            state.deliveries.insert((tenant.clone(), delivery.id), Kept { delivery, granted: now });
        }
        let id = new.post.id;
        state.keys.insert(key, id);
        state.posts.insert((tenant.clone(), id), (new.post, ids));
        state.write(&Origin::call(ctx), now, events);
        Ok(Scheduled { view: state.view(tenant, id)?, replayed: false })
    }

    pub(super) fn by_key(&self, ctx: &Context, key: &IdempotencyKey) -> Result<Option<PostView>> {
        let (state, _) = self.lock();
        let id = state.keys.get(&(ctx.tenant().clone(), key.clone()));
        id.map(|id| state.view(ctx.tenant(), *id)).transpose()
    }

    pub(super) fn list(&self, ctx: &Context, filter: &PostFilter) -> Result<Vec<PostView>> {
        let (state, _) = self.lock();
        let mut views = Vec::new();
        for (tenant, id) in state.posts.keys() {
            if views.len() >= filter.limit.unwrap_or(PostFilter::DEFAULT_LIMIT) {
                break;
            }
            if tenant != ctx.tenant() || filter.after.is_some_and(|after| *id <= after) {
                continue;
            }
            let view = state.view(tenant, *id)?;
            let wanted = view.deliveries.iter().any(|delivery| {
                (filter.states.is_empty() || filter.states.contains(&delivery.state))
                    && filter.account.is_none_or(|account| delivery.account == account)
            });
            if wanted {
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
        let stepped = step::put_back(&mut delivery, now)?;
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
