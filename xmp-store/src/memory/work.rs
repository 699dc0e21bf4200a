//! What workers do.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use xmp_core::state::{LeaseState, PartState};
use xmp_core::step::{self, NewAttempt, Resolution, Verdict};
use xmp_core::{
    AccountId, AccountState, Begun, Checkpoint, ClaimRequest, Claimed, Context, CorrelationId, Delivery,
    DeliveryId, DeliveryStore, Due, Event, IdempotencyKey, Lease, NewPost, PartId, PlatformId, PostFilter,
    PostId, PostView, RemoteId, Result, Scheduled, TenantId,
};

use super::{MemoryStore, State};
use crate::rules::{self, Origin, Queue};
use crate::time::{between, cut, restarted};

impl State {
    fn leased(&self, lease: &Lease) -> Result<Delivery> {
        self.delivery(&lease.tenant, lease.delivery).map_err(|_| rules::lease_gone(lease))
    }

    fn origin(&self, delivery: &Delivery) -> Origin {
        let correlation = self.correlation(delivery).unwrap_or_else(CorrelationId::random);
        Origin::worker(&delivery.tenant, correlation)
    }

    fn recover(&mut self, now: Timestamp) -> Result<()> {
        let mut lapsed = Vec::new();
        for kept in self.deliveries.values_mut() {
            let Some(lease) = &mut kept.delivery.lease else { continue };
            if let Some(until) = restarted(kept.granted, lease.until, now) {
                (kept.granted, lease.until) = (now, until);
            } else if lease.until <= now {
                lapsed.push((lease.until, kept.delivery.tenant.clone(), kept.delivery.id));
            }
        }
        lapsed.sort();
        for (_, tenant, id) in lapsed.into_iter().take(rules::RECOVERED_AT_ONCE) {
            let mut delivery = self.delivery(&tenant, id)?;
            let stepped = step::recover(&mut delivery, now)?;
            let origin = self.origin(&delivery);
            self.keep(delivery, stepped, &origin, now);
        }
        Ok(())
    }

    fn leased_accounts(&self) -> HashSet<(TenantId, AccountId)> {
        let leased = self.deliveries.values().filter(|kept| kept.delivery.lease.is_some());
        leased.map(|kept| (kept.delivery.tenant.clone(), kept.delivery.account)).collect()
    }
}

impl MemoryStore {
    fn claim_now(&self, request: &ClaimRequest) -> Result<Vec<Claimed>> {
        let (mut state, now) = self.lock();
        state.recover(now)?;
        let mut taken = state.leased_accounts();
        let queue = Queue::asked(request.reconcile);
        let mut due: Vec<_> = state
            .deliveries
            .values()
            .map(|kept| &kept.delivery)
            .filter(|delivery| Queue::of(delivery) == Some(queue))
            .filter_map(|delivery| delivery.run_at.filter(|at| *at <= now).map(|at| (delivery, at)))
            .filter(|(delivery, _)| request.platforms.contains(&delivery.platform))
            .map(|(delivery, at)| ((Reverse(delivery.priority), at, delivery.id), delivery.tenant.clone()))
            .collect();
        due.sort();
        let mut claimed = Vec::new();
        for ((_, _, id), tenant) in due {
            if claimed.len() >= request.limit {
                break;
            }
            let mut delivery = state.delivery(&tenant, id)?;
            let account = state.account(&tenant, delivery.account)?.clone();
            let open = account.state == AccountState::Active
                && account.blocked_until.is_none_or(|until| until <= now);
            if (queue == Queue::Publish && !open) || !taken.insert((tenant, delivery.account)) {
                continue;
            }
            let lease = step::claim(&mut delivery, request.worker, request.lease_for, now)?;
            let origin = state.origin(&delivery);
            let (delivery, _) = state.keep(delivery, step::Stepped::default(), &origin, now);
            claimed.push(Claimed { lease, delivery, account, correlation_id: origin.correlation_id });
        }
        Ok(claimed)
    }

    fn next_due_now(&self, platforms: &[PlatformId]) -> Option<Duration> {
        let (state, now) = self.lock();
        let leased = state.leased_accounts();
        let mut next: Option<Timestamp> = None;
        for kept in state.deliveries.values() {
            let delivery = &kept.delivery;
            if !platforms.contains(&delivery.platform) {
                continue;
            }
            let name = (delivery.tenant.clone(), delivery.account);
            let at = match (&delivery.lease, Queue::of(delivery), state.accounts.get(&name)) {
                (Some(lease), ..) => Some(restarted(kept.granted, lease.until, now).unwrap_or(lease.until)),
                // Its account's lease is counted instead.
                _ if leased.contains(&name) => None,
                (None, Some(Queue::Reconcile), _) => delivery.run_at,
                (None, Some(Queue::Publish), Some(account)) if account.state == AccountState::Active => {
                    delivery.run_at.max(account.blocked_until)
                }
                _ => None,
            };
            next = next.into_iter().chain(at).min();
        }
        next.map(|at| between(now, at))
    }

    fn begin_now(&self, lease: &Lease, new: NewAttempt) -> Result<Begun> {
        let (mut state, now) = self.lock();
        let mut delivery = state.leased(lease)?;
        let part = new.part;
        // The step works on a copy and says first whether the lease still holds; nothing is kept before all is checked.
        let (attempt, stepped) = step::begin(&mut delivery, lease, new, now)?;
        let others = state
            .deliveries
            .values()
            .map(|kept| &kept.delivery)
            .filter(|other| other.tenant == delivery.tenant && other.account == delivery.account);
        let fingerprint = delivery.parts.iter().find(|own| own.id == part).map(|own| own.fingerprint);
        let mut flying = None;
        for other in others {
            let equal = other.parts.iter().any(|its| {
                its.id != part && Some(its.fingerprint) == fingerprint && its.state.is_unresolved()
            });
            if equal {
                return Ok(Begun::EqualUnresolved(other.id));
            }
            let sending = other.parts.iter().any(|its| its.state == PartState::Sending);
            if other.id != delivery.id
                && sending
                && LeaseState::at(now, other.lease.as_ref()) == LeaseState::Live
            {
                flying = Some(other.id);
            }
        }
        if let Some(other) = flying {
            return Err(rules::in_flight(delivery.account, other));
        }
        let origin = state.origin(&delivery);
        let (delivery, _) = state.keep(delivery, stepped, &origin, now);
        let kept = delivery.parts.into_iter().find(|own| own.id == part).and_then(|own| own.attempt);
        Ok(Begun::Attempt(Box::new(kept.unwrap_or(attempt))))
    }

    fn conclude_now(&self, lease: &Lease, part: PartId, verdict: Verdict) -> Result<(Delivery, Vec<Event>)> {
        let (mut state, now) = self.lock();
        let mut delivery = state.leased(lease)?;
        let live = match &verdict {
            Verdict::Published(published) => Some(published.remote_id.clone()),
            _ => None,
        };
        let stepped = step::conclude(&mut delivery, lease, part, verdict, now)?;
        if let Some(live) = live {
            state.owner(&delivery, part, &live)?;
        }
        let origin = state.origin(&delivery);
        Ok(state.keep(delivery, stepped, &origin, now))
    }
}

#[async_trait]
impl DeliveryStore for MemoryStore {
    async fn schedule(&self, ctx: &Context, new: NewPost) -> Result<Scheduled> {
        self.schedule_now(ctx, new)
    }

    async fn post(&self, ctx: &Context, id: PostId) -> Result<PostView> {
        self.lock().0.view(ctx.tenant(), id)
    }

    async fn post_by_key(&self, ctx: &Context, key: &IdempotencyKey) -> Result<Option<PostView>> {
        self.by_key(ctx, key)
    }

    async fn posts(&self, ctx: &Context, filter: &PostFilter) -> Result<Vec<PostView>> {
        self.list(ctx, filter)
    }

    async fn cancel(&self, ctx: &Context, id: PostId) -> Result<PostView> {
        self.change_all(ctx, id, None, step::cancel)
    }

    async fn reschedule(&self, ctx: &Context, id: PostId, due: Due) -> Result<PostView> {
        let at = cut(due.at);
        self.change_all(ctx, id, Some(due), |delivery, now| step::reschedule(delivery, at, now))
    }

    async fn put_back(&self, ctx: &Context, id: DeliveryId) -> Result<Delivery> {
        self.put_back_now(ctx, id)
    }

    async fn resolve(&self, ctx: &Context, id: DeliveryId, resolution: Resolution) -> Result<Delivery> {
        self.resolve_now(ctx, id, resolution)
    }

    async fn claim(&self, request: &ClaimRequest) -> Result<Vec<Claimed>> {
        self.claim_now(request)
    }

    async fn next_due(&self, platforms: &[PlatformId]) -> Result<Option<Duration>> {
        Ok(self.next_due_now(platforms))
    }

    async fn renew(&self, lease: &Lease, lease_for: Duration) -> Result<()> {
        let (mut state, now) = self.lock();
        let mut delivery = state.leased(lease)?;
        step::renew(&mut delivery, lease, lease_for, now)?;
        let origin = state.origin(&delivery);
        state.keep(delivery, step::Stepped::default(), &origin, now);
        Ok(())
    }

    async fn checkpoint(&self, lease: &Lease, part: PartId, checkpoint: Checkpoint) -> Result<()> {
        let (mut state, now) = self.lock();
        let mut delivery = state.leased(lease)?;
        step::checkpoint(&mut delivery, lease, part, checkpoint, now)?;
        let origin = state.origin(&delivery);
        state.keep(delivery, step::Stepped::default(), &origin, now);
        Ok(())
    }

    async fn begin_attempt(&self, lease: &Lease, new: NewAttempt) -> Result<Begun> {
        self.begin_now(lease, new)
    }

    async fn conclude(
        &self,
        lease: &Lease,
        part: PartId,
        verdict: Verdict,
    ) -> Result<(Delivery, Vec<Event>)> {
        self.conclude_now(lease, part, verdict)
    }

    async fn remote_ids(
        &self,
        tenant: &TenantId,
        account: AccountId,
        since: Timestamp,
    ) -> Result<Vec<RemoteId>> {
        let (state, _) = self.lock();
        let owned = state.owned.get(&(tenant.clone(), account)).into_iter().flatten();
        Ok(owned.filter(|(_, owner)| owner.since >= since).map(|(id, _)| id.clone()).collect())
    }
}
