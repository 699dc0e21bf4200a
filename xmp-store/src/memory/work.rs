//! What workers do.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use xmp_core::state::{LeaseState, PartState};
use xmp_core::step::{self, NewAttempt, Resolution, Stepped, Verdict};
use xmp_core::{
    Account, AccountId, AccountState, Begun, CalendarEntry, CalendarQuery, Checkpoint, ClaimRequest, Claimed,
    Context, CorrelationId, Delivery, DeliveryId, DeliveryStore, Due, Event, EventKind, Gate, IdempotencyKey,
    Lease, NewPost, PartId, PlatformId, Post, PostEdit, PostFilter, PostId, PostView, RemoteId, Result,
    Revision, Scheduled, SendingStop, StateCount, StopScope, TenantId,
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
        for (_, tenant, id) in lapsed.into_iter().take(rules::SWEPT_AT_ONCE) {
            self.sweep(&tenant, id, now, step::recover)?;
        }
        Ok(())
    }

    /// Ends what was not sent in time, a bounded number of them.
    fn expire(&mut self, now: Timestamp) -> Result<()> {
        let over = self
            .deliveries
            .values()
            .map(|kept| &kept.delivery)
            .filter(|delivery| Queue::of(delivery) == Some(Queue::Publish) && delivery.is_expired(now));
        let mut over: Vec<_> =
            over.map(|delivery| (delivery.expires_at, delivery.tenant.clone(), delivery.id)).collect();
        over.sort();
        for (_, tenant, id) in over.into_iter().take(rules::SWEPT_AT_ONCE) {
            self.sweep(&tenant, id, now, step::expire)?;
        }
        Ok(())
    }

    fn sweep(
        &mut self,
        tenant: &TenantId,
        id: DeliveryId,
        now: Timestamp,
        step: impl Fn(&mut Delivery, Timestamp) -> Result<Stepped>,
    ) -> Result<()> {
        let mut delivery = self.delivery(tenant, id)?;
        let stepped = step(&mut delivery, now)?;
        let origin = self.origin(&delivery);
        self.keep(delivery, stepped, &origin, now);
        Ok(())
    }

    /// Until when a delivery waits for its account's spacing, if it does: not for its own earlier parts.
    fn paced(&self, account: &Account, delivery: DeliveryId, now: Timestamp) -> Option<Timestamp> {
        let since = rules::looked_back(account, now);
        let own = self.deliveries.values().map(|kept| &kept.delivery);
        let own = own.filter(|its| its.tenant == account.tenant && its.account == account.id);
        let own = own.filter(|its| its.id != delivery);
        let mut sent: Vec<_> = own.filter_map(Delivery::sent_at).filter(|at| *at >= since).collect();
        sent.sort();
        rules::paced(account, &sent, now)
    }

    fn is_stopped(&self, tenant: &TenantId, platform: PlatformId) -> bool {
        self.stops.keys().any(|scope| scope.covers(tenant, platform))
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
        state.expire(now)?;
        let mut taken = state.leased_accounts();
        let queue = Queue::asked(request.reconcile);
        let mut due: Vec<_> = state
            .deliveries
            .values()
            .map(|kept| &kept.delivery)
            .filter(|delivery| Queue::of(delivery) == Some(queue))
            .filter_map(|delivery| delivery.run_at.filter(|at| *at <= now).map(|at| (delivery, at)))
            .filter(|(delivery, _)| request.platforms.contains(&delivery.platform))
            .filter(|(delivery, _)| {
                queue == Queue::Reconcile || !state.is_stopped(&delivery.tenant, delivery.platform)
            })
            .map(|(delivery, at)| {
                (
                    (delivery.priority.turn(at), Reverse(delivery.priority), delivery.id),
                    delivery.tenant.clone(),
                )
            })
            .collect();
        due.sort();
        let mut claimed = Vec::new();
        for ((_, _, id), tenant) in due {
            if claimed.len() >= request.limit {
                break;
            }
            let mut delivery = state.delivery(&tenant, id)?;
            let account = state.account(&tenant, delivery.account)?.clone();
            let open = queue == Queue::Reconcile || rules::is_open(&account, now);
            if !open || !taken.insert((tenant.clone(), delivery.account)) {
                continue;
            }
            if queue == Queue::Publish
                && let Some(until) = state.paced(&account, delivery.id, now)
            {
                let stepped = step::pace(&mut delivery, until);
                let origin = state.origin(&delivery);
                state.accounts.insert((tenant, account.id), Account { paced_until: Some(until), ..account });
                state.keep(delivery, stepped, &origin, now);
                continue;
            }
            let lease = step::claim(&mut delivery, request.worker, request.lease_for, now)?;
            let origin = state.origin(&delivery);
            let (delivery, _) = state.keep(delivery, Stepped::default(), &origin, now);
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
                (None, Some(Queue::Publish), Some(account))
                    if account.state == AccountState::Active
                        && !state.is_stopped(&delivery.tenant, delivery.platform) =>
                {
                    delivery.run_at.max(account.blocked_until).max(account.paced_until)
                }
                _ => None,
            };
            // Whatever keeps it from being sent, it ends in time.
            let ends = delivery.expires_at.filter(|_| Queue::of(delivery) == Some(Queue::Publish));
            let at = at.into_iter().chain(ends).min();
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
        let stops: Vec<_> = state.stops.values().cloned().collect();
        let account = state.account(&delivery.tenant, delivery.account)?.state;
        if let Some(refused) = rules::refusal(&delivery, account, &stops, now) {
            return Ok(refused);
        }
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
        Ok(self.schedule_now(ctx, vec![new])?.swap_remove(0))
    }

    async fn schedule_all(&self, ctx: &Context, new: Vec<NewPost>) -> Result<Vec<Scheduled>> {
        self.schedule_now(ctx, new)
    }

    async fn post(&self, ctx: &Context, id: PostId) -> Result<PostView> {
        self.lock().0.view(ctx.tenant(), id)
    }

    async fn post_by_key(&self, ctx: &Context, key: &IdempotencyKey) -> Result<Option<PostView>> {
        self.by_key(ctx, key)
    }

    async fn posts_by_keys(&self, ctx: &Context, keys: &[IdempotencyKey]) -> Result<Vec<Post>> {
        Ok(self.by_keys(ctx, keys))
    }

    async fn posts(&self, ctx: &Context, filter: &PostFilter) -> Result<Vec<PostView>> {
        self.list(ctx, filter)
    }

    async fn count(&self, ctx: &Context, filter: &PostFilter) -> Result<Vec<StateCount>> {
        self.count_now(ctx, filter)
    }

    async fn calendar(&self, ctx: &Context, query: &CalendarQuery) -> Result<Vec<CalendarEntry>> {
        Ok(self.calendar_now(ctx, query))
    }

    async fn edit(&self, ctx: &Context, id: PostId, expected: u64, edit: PostEdit) -> Result<PostView> {
        self.edit_now(ctx, id, expected, edit)
    }

    async fn set_gate(
        &self,
        ctx: &Context,
        id: PostId,
        expected: u64,
        gate: Gate,
        note: Option<&str>,
    ) -> Result<PostView> {
        self.set_gate_now(ctx, id, expected, gate, note)
    }

    async fn revisions(&self, ctx: &Context, id: PostId) -> Result<Vec<Revision>> {
        self.revisions_now(ctx, id)
    }

    async fn zoned_before(&self, tzdb: &str, limit: usize) -> Result<Vec<(TenantId, PostId, Due)>> {
        Ok(self.zoned_before_now(tzdb, limit))
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

    async fn woken(&self) {
        std::future::pending::<()>().await;
    }

    async fn renew(&self, lease: &Lease, lease_for: Duration) -> Result<()> {
        let (mut state, now) = self.lock();
        let mut delivery = state.leased(lease)?;
        step::renew(&mut delivery, lease, lease_for, now)?;
        let origin = state.origin(&delivery);
        state.keep(delivery, Stepped::default(), &origin, now);
        Ok(())
    }

    async fn checkpoint(&self, lease: &Lease, part: PartId, checkpoint: Checkpoint) -> Result<()> {
        let (mut state, now) = self.lock();
        let mut delivery = state.leased(lease)?;
        step::checkpoint(&mut delivery, lease, part, checkpoint, now)?;
        let origin = state.origin(&delivery);
        state.keep(delivery, Stepped::default(), &origin, now);
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

    async fn stop_sending(&self, ctx: &Context, scope: StopScope, why: &str) -> Result<SendingStop> {
        let (mut state, now) = self.lock();
        if let Some(stop) = state.stops.get(&scope) {
            return Ok(stop.clone());
        }
        let (why, actor) = (why.to_owned(), ctx.actor().to_owned());
        let stop = SendingStop { scope: scope.clone(), why, actor, since: now };
        let event = rules::stop_event(EventKind::SendingStopped, &scope, &stop.why);
        state.stops.insert(scope, stop.clone());
        state.write(&Origin::call(ctx), now, vec![event]);
        Ok(stop)
    }

    async fn resume_sending(&self, ctx: &Context, scope: StopScope) -> Result<bool> {
        let (mut state, now) = self.lock();
        let Some(stop) = state.stops.remove(&scope) else { return Ok(false) };
        let event = rules::stop_event(EventKind::SendingResumed, &scope, &stop.why);
        state.write(&Origin::call(ctx), now, vec![event]);
        Ok(true)
    }

    async fn stops(&self) -> Result<Vec<SendingStop>> {
        Ok(self.lock().0.stops.values().cloned().collect())
    }

    async fn prune(&self, keep_for: Duration, at_most: usize) -> Result<usize> {
        Ok(self.prune_now(keep_for, at_most))
    }
}
