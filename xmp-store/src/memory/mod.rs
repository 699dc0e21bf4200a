//! Everything in this process, gone when it ends: for tests, ours and yours.
//!
//! Plain data under one mutex. Deliveries change by the steps of [`xmp_core::step`] alone. Secrets are not sealed:
//! whoever reads this process's memory has the seal key too.

mod consumer;
mod insight;
mod limit;
mod person;
mod plan;
mod work;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use xmp_core::{
    Account, AccountId, AccountState, AccountStore, AttemptRecord, Clock, ConsumerName, Context, Delivery,
    DeliveryId, Event, EventConsumer, EventStore, Fingerprint, IdempotencyKey, LimitKey, MediaStore,
    MetricSample, MetricStore, Metrics, NewAccount, NewEvent, PartId, PendingConsent, Plan, PlanId, Post,
    PostId, RefreshAsk, RefreshLease, RemoteId, RequestStore, Result, Revision, Secret, SecretKey,
    SecretStore, SendingStop, Spacing, StopScope, Store, StoredSecret, TenantId, Windows, WorkerId,
};

use crate::rules::{self, Origin};
use crate::seal::digest;
use crate::time::{StoreClock, between, cut, later, restarted};
use crate::told::Told;

/// Keeps everything in this process. Clones share it.
#[derive(Clone, Debug)]
pub struct MemoryStore {
    clock: StoreClock,
    state: Arc<Mutex<State>>,
}

#[derive(Clone, Debug, Default)]
struct State {
    accounts: BTreeMap<(TenantId, AccountId), Account>,
    secrets: HashMap<(TenantId, AccountId, String), StoredSecret>,
    refreshes: HashMap<(TenantId, AccountId), Refresh>,
    consents: HashMap<(TenantId, String), (PendingConsent, Timestamp)>,
    posts: BTreeMap<(TenantId, PostId), (Post, Vec<DeliveryId>)>,
    keys: HashMap<(TenantId, IdempotencyKey), PostId>,
    revisions: HashMap<(TenantId, PostId), Vec<Revision>>,
    plans: BTreeMap<(TenantId, PlanId), Plan>,
    deliveries: BTreeMap<(TenantId, DeliveryId), Kept>,
    owned: HashMap<(TenantId, AccountId), BTreeMap<RemoteId, Owned>>,
    media: HashMap<(TenantId, Fingerprint), Bytes>,
    metrics: BTreeMap<(TenantId, AccountId, RemoteId), BTreeMap<Timestamp, Metrics>>,
    windows: HashMap<LimitKey, Windows>,
    stops: BTreeMap<StopScope, SendingStop>,
    events: Vec<Event>,
    /// The place of the last event that was written.
    last: u64,
    told: Told,
    consumers: BTreeMap<(TenantId, ConsumerName), EventConsumer>,
}

/// A delivery, with when its lease was granted, when it became final, and its attempts.
#[derive(Clone, Debug)]
struct Kept {
    delivery: Delivery,
    granted: Timestamp,
    settled: Option<Timestamp>,
    attempts: Vec<AttemptRecord>,
}

/// Whose a remote id is, and since when.
#[derive(Clone, Debug)]
struct Owned {
    part: PartId,
    delivery: DeliveryId,
    since: Timestamp,
}

#[derive(Clone, Debug)]
struct Refresh {
    worker: WorkerId,
    granted: Timestamp,
    until: Timestamp,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock: StoreClock::new(clock), state: Arc::default() }
    }

    /// The state and the time. Nothing panics while it is held, and a step changes a copy: a poisoned lock holds a
    /// whole state all the same.
    fn lock(&self) -> (MutexGuard<'_, State>, Timestamp) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        (state, self.clock.now())
    }
}

impl State {
    fn write(&mut self, origin: &Origin, now: Timestamp, events: Vec<NewEvent>) -> Vec<Event> {
        let mut written = Vec::with_capacity(events.len());
        for event in events {
            self.last += 1;
            let event = origin.seal(event, self.last, now);
            self.events.push(event.clone());
            written.push(event);
        }
        if !written.is_empty() {
            self.told.tell();
        }
        written
    }

    fn account(&self, tenant: &TenantId, id: AccountId) -> Result<&Account> {
        self.accounts.get(&(tenant.clone(), id)).ok_or_else(|| rules::no_account(id))
    }

    fn set_account_state(
        &mut self,
        origin: &Origin,
        id: AccountId,
        to: AccountState,
        why: &str,
        now: Timestamp,
    ) -> Result<Account> {
        let mut account = self.account(&origin.tenant, id)?.clone();
        if account.state != to {
            let events = rules::state_events(id, account.state, to, why);
            rules::set_state(&mut account, to);
            self.accounts.insert((account.tenant.clone(), id), account.clone());
            self.write(origin, now, events);
        }
        Ok(account)
    }

    fn set_secret(&mut self, tenant: &TenantId, key: &SecretKey, value: Secret) -> u64 {
        let name = (tenant.clone(), key.account, key.field.to_owned());
        let version = self.secrets.get(&name).map_or(0, |stored| stored.version) + 1;
        self.secrets.insert(name, StoredSecret { value, version });
        if key.field == rules::TOKENS {
            self.refreshes.remove(&(tenant.clone(), key.account));
        }
        version
    }
}

#[async_trait]
impl Store for MemoryStore {
    fn name(&self) -> &'static str {
        "memory"
    }

    async fn close(&self) {}
}

/// Nobody reaches a process's memory but through the store itself: there are no requests.
impl RequestStore for MemoryStore {}

#[async_trait]
impl AccountStore for MemoryStore {
    async fn connect(&self, ctx: &Context, new: NewAccount, tokens: Secret) -> Result<Account> {
        rules::check_secret("the token set", &tokens)?;
        let (mut state, now) = self.lock();
        let existing = state.accounts.values().find(|account| {
            account.tenant == *ctx.tenant()
                && account.platform == new.platform
                && account.app == new.app
                && account.remote_id == new.remote_id
        });
        let (account, event) = rules::connected(ctx.tenant(), existing.cloned(), new, now);
        state.accounts.insert((account.tenant.clone(), account.id), account.clone());
        state.set_secret(ctx.tenant(), &SecretKey { account: account.id, field: rules::TOKENS }, tokens);
        state.write(&Origin::call(ctx), now, vec![event]);
        Ok(account)
    }

    async fn account(&self, ctx: &Context, id: AccountId) -> Result<Account> {
        self.lock().0.account(ctx.tenant(), id).cloned()
    }

    async fn accounts(&self, ctx: &Context) -> Result<Vec<Account>> {
        let (state, _) = self.lock();
        let own = state.accounts.values().filter(|account| account.tenant == *ctx.tenant());
        let mut accounts: Vec<_> = own.cloned().collect();
        accounts.sort_by_key(|account| (account.created_at, account.id));
        Ok(accounts)
    }

    async fn set_spacing(&self, ctx: &Context, id: AccountId, spacing: Spacing) -> Result<Account> {
        spacing.check()?;
        let (mut state, now) = self.lock();
        let mut account = state.account(ctx.tenant(), id)?.clone();
        let event = rules::spaced(&mut account, spacing);
        state.accounts.insert((account.tenant.clone(), id), account.clone());
        state.write(&Origin::call(ctx), now, event.into_iter().collect());
        Ok(account)
    }

    async fn set_account_state(
        &self,
        ctx: &Context,
        id: AccountId,
        to: AccountState,
        why: &str,
    ) -> Result<Account> {
        let (mut state, now) = self.lock();
        state.set_account_state(&Origin::call(ctx), id, to, why, now)
    }

    async fn needs_consent(&self, ctx: &Context, id: AccountId, version: u64, why: &str) -> Result<bool> {
        let (mut state, now) = self.lock();
        let name = (ctx.tenant().clone(), id, rules::TOKENS.to_owned());
        if state.secrets.get(&name).map_or(0, |stored| stored.version) != version {
            return Ok(false);
        }
        state.set_account_state(&Origin::call(ctx), id, AccountState::NeedsConsent, why, now)?;
        Ok(true)
    }

    async fn put_consent(&self, ctx: &Context, consent: PendingConsent) -> Result<()> {
        rules::check_secret("the state of the consent", &consent.state)?;
        rules::check_secret("the verifier of the consent", &consent.verifier)?;
        let (mut state, now) = self.lock();
        state.consents.retain(|_, (_, expires)| *expires > now);
        let name = (ctx.tenant().clone(), digest(&consent.state));
        if state.consents.contains_key(&name) {
            return Err(rules::consent_twice());
        }
        let expires = cut(later(now, consent.expires_in));
        state.consents.insert(name, (consent, expires));
        Ok(())
    }

    async fn take_consent(&self, ctx: &Context, secret: &Secret) -> Result<Option<PendingConsent>> {
        let (mut state, now) = self.lock();
        let found = state.consents.remove(&(ctx.tenant().clone(), digest(secret)));
        Ok(found.filter(|(_, expires)| *expires > now).map(|(mut consent, expires)| {
            consent.expires_in = between(now, expires);
            consent
        }))
    }
}

#[async_trait]
impl SecretStore for MemoryStore {
    async fn secret(&self, ctx: &Context, key: &SecretKey) -> Result<Option<StoredSecret>> {
        let name = (ctx.tenant().clone(), key.account, key.field.to_owned());
        Ok(self.lock().0.secrets.get(&name).cloned())
    }

    async fn put_secret(&self, ctx: &Context, key: &SecretKey, value: Secret, expected: u64) -> Result<u64> {
        rules::check_secret(&format!("the {} of {}", key.field, key.account), &value)?;
        let (mut state, _) = self.lock();
        state.account(ctx.tenant(), key.account)?;
        let name = (ctx.tenant().clone(), key.account, key.field.to_owned());
        let found = state.secrets.get(&name).map_or(0, |stored| stored.version);
        if found != expected {
            return Err(rules::secret_changed(key, expected, found));
        }
        Ok(state.set_secret(ctx.tenant(), key, value))
    }

    async fn begin_refresh(
        &self,
        ctx: &Context,
        account: AccountId,
        ask: RefreshAsk,
    ) -> Result<RefreshLease> {
        let (mut state, now) = self.lock();
        state.account(ctx.tenant(), account)?;
        let name = (ctx.tenant().clone(), account);
        if let Some(lease) = state.refreshes.get_mut(&name) {
            if let Some(until) = restarted(lease.granted, lease.until, now) {
                (lease.granted, lease.until) = (now, until);
            }
            let left = between(now, lease.until);
            if !left.is_zero() {
                return Ok(RefreshLease::Busy(left));
            }
            if !ask.over_abandoned {
                return Ok(RefreshLease::Abandoned);
            }
        }
        let until = cut(later(now, ask.hold));
        state.refreshes.insert(name, Refresh { worker: ask.worker, granted: now, until });
        Ok(RefreshLease::Granted)
    }

    async fn end_refresh(&self, ctx: &Context, account: AccountId, worker: WorkerId) -> Result<()> {
        let (mut state, _) = self.lock();
        let name = (ctx.tenant().clone(), account);
        if state.refreshes.get(&name).is_some_and(|lease| lease.worker == worker) {
            state.refreshes.remove(&name);
        }
        Ok(())
    }
}

#[async_trait]
impl MediaStore for MemoryStore {
    async fn media(&self, tenant: &TenantId, hash: Fingerprint) -> Result<Bytes> {
        let (state, _) = self.lock();
        state.media.get(&(tenant.clone(), hash)).cloned().ok_or_else(|| rules::no_media(hash))
    }
}

#[async_trait]
impl MetricStore for MemoryStore {
    async fn record_metrics(&self, ctx: &Context, samples: &[MetricSample]) -> Result<()> {
        let (mut state, _) = self.lock();
        for sample in samples {
            state.account(ctx.tenant(), sample.account)?;
        }
        for sample in samples {
            let name = (ctx.tenant().clone(), sample.account, sample.remote_id.clone());
            state.metrics.entry(name).or_default().insert(cut(sample.observed_at), sample.values.clone());
        }
        Ok(())
    }

    async fn metrics(&self, ctx: &Context, account: AccountId, post: &RemoteId) -> Result<Vec<MetricSample>> {
        let (state, _) = self.lock();
        let name = (ctx.tenant().clone(), account, post.clone());
        let samples = state.metrics.get(&name).into_iter().flatten();
        Ok(samples
            .map(|(observed_at, values)| MetricSample {
                account,
                remote_id: post.clone(),
                observed_at: *observed_at,
                values: values.clone(),
            })
            .collect())
    }
}

#[async_trait]
impl EventStore for MemoryStore {
    async fn events(&self, ctx: &Context, after: u64, limit: usize) -> Result<Vec<Event>> {
        let (state, _) = self.lock();
        let start = state.events.partition_point(|event| event.sequence <= after);
        let own = state.events[start..].iter().filter(|event| event.tenant == *ctx.tenant());
        Ok(own.take(limit).cloned().collect())
    }
}
