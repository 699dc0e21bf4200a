//! What the tests share: a store for tokens, and time that passes only where it is waited for.
#![allow(dead_code, reason = "each test program uses its own part")]

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use xmp_core::{
    Account, AccountId, AccountState, AccountStore, Checkpoint, Checkpoints, Clock, Context, Error,
    ErrorKind, Fingerprint, ManualClock, Monotonic, NewAccount, OnAbsent, PendingConsent, PlatformId,
    RefreshAsk, RefreshLease, RemoteId, Result, Secret, SecretKey, SecretStore, Spacing, StoredSecret,
    TenantId, WorkerId,
};

/// A clock that stands still, but for short waits (up to 5 s), which pass at once.
#[derive(Clone)]
pub(crate) struct TestClock {
    pub(crate) manual: ManualClock,
    also: Arc<dyn Fn(Duration) + Send + Sync>,
}

impl TestClock {
    pub(crate) fn new(start: Timestamp, also: impl Fn(Duration) + Send + Sync + 'static) -> Self {
        Self { manual: ManualClock::new(start), also: Arc::new(also) }
    }

    pub(crate) fn alone() -> Self {
        Self::new("2026-01-01T00:00:00Z".parse().unwrap(), |_| {})
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.manual.advance(by);
        (self.also)(by);
    }
}

impl std::fmt::Debug for TestClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.manual.fmt(f)
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        self.manual.now()
    }

    fn monotonic(&self) -> Monotonic {
        self.manual.monotonic()
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        if time > Duration::from_secs(5) {
            return self.manual.sleep(time);
        }
        let clock = self.clone();
        Box::pin(async move {
            tokio::task::yield_now().await;
            clock.advance(time);
        })
    }
}

#[derive(Default)]
struct Rows {
    accounts: HashMap<AccountId, Account>,
    secrets: HashMap<AccountId, (Secret, u64)>,
    leases: HashMap<AccountId, (WorkerId, Timestamp)>,
    whys: Vec<String>,
}

/// Accounts and secrets in memory, with the failures that a test asks for.
pub(crate) struct Vault {
    rows: Mutex<Rows>,
    clock: Arc<dyn Clock>,
    /// So many writes of secrets fail.
    pub(crate) failing_writes: Mutex<u32>,
}

impl Vault {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self { rows: Mutex::default(), clock, failing_writes: Mutex::default() })
    }

    pub(crate) fn add(&self, remote_id: &str, handle: &str, app: &str, tokens: Secret) -> Account {
        let account = Account {
            id: AccountId::new(self.clock.now()),
            tenant: TenantId::default(),
            platform: PlatformId::X,
            app: app.into(),
            remote_id: RemoteId::new(remote_id),
            handle: handle.into(),
            state: AccountState::Active,
            scopes: Vec::new(),
            on_absent: OnAbsent::Hold,
            blocked_until: None,
            spacing: Spacing::default(),
            paced_until: None,
            created_at: self.clock.now(),
        };
        let mut rows = self.rows.lock().unwrap();
        rows.accounts.insert(account.id, account.clone());
        rows.secrets.insert(account.id, (tokens, 1));
        account
    }

    pub(crate) fn stored(&self, account: AccountId) -> Secret {
        self.rows.lock().unwrap().secrets[&account].0.clone()
    }

    pub(crate) fn store(&self, account: AccountId, tokens: Secret) {
        let mut rows = self.rows.lock().unwrap();
        let version = rows.secrets[&account].1 + 1;
        rows.secrets.insert(account, (tokens, version));
        rows.leases.remove(&account);
    }

    pub(crate) fn state(&self, account: AccountId) -> AccountState {
        self.rows.lock().unwrap().accounts[&account].state
    }

    pub(crate) fn whys(&self) -> Vec<String> {
        self.rows.lock().unwrap().whys.clone()
    }

    /// Somebody holds the lease, until then.
    pub(crate) fn lease_to(&self, account: AccountId, worker: WorkerId, time: Duration) {
        let until = self.clock.now() + time;
        self.rows.lock().unwrap().leases.insert(account, (worker, until));
    }

    pub(crate) fn is_leased(&self, account: AccountId) -> bool {
        self.rows.lock().unwrap().leases.contains_key(&account)
    }
}

#[async_trait]
impl AccountStore for Vault {
    async fn connect(&self, _: &Context, _: NewAccount, _: Secret) -> Result<Account> {
        unreachable!("nothing here asks for it")
    }

    async fn account(&self, _: &Context, id: AccountId) -> Result<Account> {
        let rows = self.rows.lock().unwrap();
        rows.accounts.get(&id).cloned().ok_or_else(|| Error::new(ErrorKind::NotFound, "account", "none"))
    }

    async fn accounts(&self, _: &Context) -> Result<Vec<Account>> {
        Ok(self.rows.lock().unwrap().accounts.values().cloned().collect())
    }

    async fn set_spacing(&self, _: &Context, _: AccountId, _: Spacing) -> Result<Account> {
        unreachable!("nothing here asks for it")
    }

    async fn set_account_state(
        &self,
        _: &Context,
        id: AccountId,
        state: AccountState,
        why: &str,
    ) -> Result<Account> {
        let mut rows = self.rows.lock().unwrap();
        rows.whys.push(why.to_owned());
        let account = rows.accounts.get_mut(&id).unwrap();
        account.state = state;
        Ok(account.clone())
    }

    async fn needs_consent(&self, _: &Context, id: AccountId, version: u64, why: &str) -> Result<bool> {
        let mut rows = self.rows.lock().unwrap();
        if rows.secrets.get(&id).map_or(0, |(_, version)| *version) != version {
            return Ok(false);
        }
        rows.whys.push(why.to_owned());
        rows.accounts.get_mut(&id).unwrap().state = AccountState::NeedsConsent;
        Ok(true)
    }

    async fn put_consent(&self, _: &Context, _: PendingConsent) -> Result<()> {
        unreachable!("nothing here asks for it")
    }

    async fn take_consent(&self, _: &Context, _: &Secret) -> Result<Option<PendingConsent>> {
        unreachable!("nothing here asks for it")
    }
}

#[async_trait]
impl SecretStore for Vault {
    async fn secret(&self, _: &Context, key: &SecretKey) -> Result<Option<StoredSecret>> {
        tokio::task::yield_now().await;
        let rows = self.rows.lock().unwrap();
        Ok(rows
            .secrets
            .get(&key.account)
            .map(|(value, version)| StoredSecret { value: value.clone(), version: *version }))
    }

    async fn put_secret(&self, _: &Context, key: &SecretKey, value: Secret, expected: u64) -> Result<u64> {
        let mut failing = self.failing_writes.lock().unwrap();
        if *failing > 0 {
            *failing -= 1;
            return Err(Error::new(ErrorKind::Storage, "vault.full", "the vault is full"));
        }
        let mut rows = self.rows.lock().unwrap();
        let version = rows.secrets.get(&key.account).map_or(0, |(_, version)| *version);
        if version != expected {
            return Err(Error::new(ErrorKind::Conflict, "secret.version", "it has changed"));
        }
        rows.secrets.insert(key.account, (value, version + 1));
        Ok(version + 1)
    }

    async fn begin_refresh(&self, _: &Context, account: AccountId, ask: RefreshAsk) -> Result<RefreshLease> {
        let now = self.clock.now();
        let mut rows = self.rows.lock().unwrap();
        match rows.leases.get(&account) {
            Some((_, until)) if *until > now => {
                Ok(RefreshLease::Busy(Duration::try_from(until.duration_since(now)).unwrap()))
            }
            Some(_) if !ask.over_abandoned => Ok(RefreshLease::Abandoned),
            _ => {
                rows.leases.insert(account, (ask.worker, now + ask.hold));
                Ok(RefreshLease::Granted)
            }
        }
    }

    async fn end_refresh(&self, _: &Context, account: AccountId, worker: WorkerId) -> Result<()> {
        let mut rows = self.rows.lock().unwrap();
        if rows.leases.get(&account).is_some_and(|(holder, _)| *holder == worker) {
            rows.leases.remove(&account);
        }
        Ok(())
    }
}

/// Checkpoints of one part, and the bytes of its media.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) kept: Mutex<Vec<Checkpoint>>,
    pub(crate) media: HashMap<Fingerprint, bytes::Bytes>,
}

#[async_trait]
impl Checkpoints for Kept {
    fn get(&self, name: &str) -> Option<String> {
        self.kept.lock().unwrap().iter().find(|one| one.name == name).map(|one| one.value.clone())
    }

    async fn keep(&self, checkpoint: Checkpoint) -> Result<()> {
        self.kept.lock().unwrap().push(checkpoint);
        Ok(())
    }

    async fn media(&self, hash: Fingerprint) -> Result<bytes::Bytes> {
        Ok(self.media[&hash].clone())
    }
}
