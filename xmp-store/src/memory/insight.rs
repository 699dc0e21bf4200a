//! What people want to know.

use std::collections::BTreeMap;

use async_trait::async_trait;
use xmp_core::{
    AccountId, AccountState, AttemptRecord, Busy, Context, DeliveryCounts, DeliveryId, InsightStore, Result,
    Tally,
};

use super::{Kept, MemoryStore, State};
use crate::rules::{self, Queue};
use crate::tally::{self, Due};

impl State {
    fn own(&self, ctx: &Context) -> impl Iterator<Item = &Kept> {
        let tenant = ctx.tenant().clone();
        self.deliveries.values().filter(move |kept| kept.delivery.tenant == tenant)
    }

    fn count(&self, ctx: &Context) -> DeliveryCounts {
        let mut counts = DeliveryCounts::default();
        let mut remaining: BTreeMap<&str, u64> = BTreeMap::new();
        for Kept { delivery, .. } in self.own(ctx) {
            match (delivery.lease, Queue::of(delivery)) {
                (Some(_), _) => counts.working += 1,
                (None, Some(Queue::Publish)) => counts.waiting += 1,
                (None, Some(Queue::Reconcile)) => counts.unconfirmed += 1,
                (None, None) => *remaining.entry(delivery.state.as_str()).or_default() += 1,
            }
        }
        let most = u64::from(Tally::COUNTED_TO);
        for count in [&mut counts.working, &mut counts.waiting, &mut counts.unconfirmed] {
            *count = most.min(*count);
        }
        for (state, count) in remaining {
            tally::count_delivery(&mut counts, state, most.min(count));
        }
        counts
    }
}

#[async_trait]
impl InsightStore for MemoryStore {
    async fn attempts(&self, ctx: &Context, delivery: DeliveryId) -> Result<Vec<AttemptRecord>> {
        let (state, _) = self.lock();
        let kept = state.deliveries.get(&(ctx.tenant().clone(), delivery));
        let mut attempts = kept.map(|kept| kept.attempts.clone()).unwrap_or_default();
        attempts.sort_by_key(|attempt| (attempt.began_at, attempt.id));
        Ok(attempts)
    }

    async fn busy(&self, ctx: &Context, account: AccountId) -> Result<Option<Busy>> {
        let (state, _) = self.lock();
        let busy = state.own(ctx).map(|kept| &kept.delivery).filter(|own| own.account == account);
        Ok(busy
            .filter_map(|own| Some(Busy { delivery: own.id, lease: own.lease? }))
            .max_by_key(|it| it.lease.until))
    }

    async fn tally(&self, ctx: &Context) -> Result<Tally> {
        let (state, now) = self.lock();
        let mut tally = Tally { deliveries: state.count(ctx), ..Tally::default() };
        let mut accounts: Vec<_> =
            state.accounts.values().filter(|account| account.tenant == *ctx.tenant()).collect();
        accounts.sort_by_key(|account| (account.created_at, account.id));
        let mut states: BTreeMap<&str, u64> = BTreeMap::new();
        for account in &accounts {
            *states.entry(account.state.as_str()).or_default() += 1;
        }
        for (state, count) in states {
            tally::count_account(&mut tally.accounts, state, count);
        }
        let waits = accounts.iter().filter(|account| account.state == AccountState::NeedsConsent);
        tally.needs_consent = waits.take(Tally::LISTED as usize).map(|account| account.id).collect();
        let overdue = tally::overdue(now);
        let mut due: BTreeMap<AccountId, Due> = BTreeMap::new();
        let waiting = state.own(ctx).map(|kept| &kept.delivery);
        for own in waiting.filter(|own| Queue::of(own) == Some(Queue::Publish)) {
            let Some(since) = own.run_at.filter(|at| *at <= now) else { continue };
            let of = due.entry(own.account).or_insert_with(|| Due {
                platform: own.platform,
                account: own.account,
                open: state.account(&own.tenant, own.account).is_ok_and(|it| rules::is_open(it, now)),
                count: 0,
                overdue: 0,
                first: own.id,
                since,
            });
            of.count += 1;
            of.overdue += u64::from(since <= overdue);
            (of.since, of.first) = (of.since, of.first).min((since, own.id));
        }
        tally.stops = tally::about(ctx.tenant(), state.stops.values().cloned().collect());
        let due: Vec<_> = due.into_values().collect();
        let (counts, oldest) = tally::due(ctx.tenant(), &tally.stops, &due);
        tally.due = counts;
        if let Some(oldest) = oldest {
            let post = state.delivery(ctx.tenant(), oldest.first)?.post;
            tally.oldest_due = Some(oldest.oldest(post, now));
        }
        Ok(tally)
    }
}
