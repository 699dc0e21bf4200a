//! Consumers of the event log.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use xmp_core::{ConsumerName, ConsumerStore, Context, EventConsumer, Result, TenantId};

use super::{MemoryStore, State};
use crate::rules;
use crate::time::between;

impl State {
    fn moved(&mut self, ctx: &Context, name: &ConsumerName, to: u64, now: Timestamp) -> u64 {
        let key = (ctx.tenant().clone(), name.clone());
        self.consumers.insert(key, EventConsumer { name: name.clone(), position: to, moved_at: now });
        to
    }

    fn consumer(&self, ctx: &Context, name: &ConsumerName) -> Option<u64> {
        self.consumers.get(&(ctx.tenant().clone(), name.clone())).map(|consumer| consumer.position)
    }

    /// Up to where all consumers of a tenant have come, if it has any.
    fn acknowledged(&self, tenant: &TenantId) -> Option<u64> {
        let own = self.consumers.iter().filter(|((owner, _), _)| owner == tenant);
        own.map(|(_, consumer)| consumer.position).min()
    }
}

#[async_trait]
impl ConsumerStore for MemoryStore {
    async fn position(&self, ctx: &Context, name: &ConsumerName) -> Result<u64> {
        Ok(self.lock().0.consumer(ctx, name).unwrap_or_default())
    }

    async fn acknowledge(&self, ctx: &Context, name: &ConsumerName, sequence: u64) -> Result<u64> {
        let (mut state, now) = self.lock();
        rules::check_place(sequence, state.last)?;
        match state.consumer(ctx, name) {
            Some(position) if position >= sequence => Ok(position),
            _ => Ok(state.moved(ctx, name, sequence, now)),
        }
    }

    async fn rewind(&self, ctx: &Context, name: &ConsumerName, sequence: u64) -> Result<u64> {
        let (mut state, now) = self.lock();
        match state.consumer(ctx, name) {
            Some(position) if position <= sequence => Ok(position),
            Some(_) => Ok(state.moved(ctx, name, sequence, now)),
            None => Ok(state.moved(ctx, name, 0, now)),
        }
    }

    async fn consumers(&self, ctx: &Context) -> Result<Vec<EventConsumer>> {
        let (state, _) = self.lock();
        let own = state.consumers.iter().filter(|((tenant, _), _)| tenant == ctx.tenant());
        Ok(own.map(|(_, consumer)| consumer.clone()).collect())
    }

    async fn forget_consumer(&self, ctx: &Context, name: &ConsumerName) -> Result<bool> {
        Ok(self.lock().0.consumers.remove(&(ctx.tenant().clone(), name.clone())).is_some())
    }

    async fn told(&self, told: u64) -> u64 {
        let own = self.lock().0.told.clone();
        own.more_than(told).await
    }

    async fn prune_events(&self, keep_for: Duration, at_most: usize) -> Result<usize> {
        let (mut state, now) = self.lock();
        let old = state.events.iter().filter(|event| {
            let age = between(event.at, now);
            let read = || state.acknowledged(&event.tenant).is_none_or(|position| event.sequence <= position);
            age >= keep_for.saturating_mul(2) || age >= keep_for && read()
        });
        let old: Vec<_> = old.take(at_most).map(|event| event.sequence).collect();
        state.events.retain(|event| old.binary_search(&event.sequence).is_err());
        Ok(old.len())
    }
}
