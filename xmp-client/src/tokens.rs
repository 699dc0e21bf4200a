//! Tokens that stay alive: read, refreshed in time, by one process at a time.
//!
//! X's refresh tokens are single use: two who refresh at once burn the pair. So a refresh is guarded twice. Within the
//! process, one flight at a time an account; between processes, a durable lease that is taken *before* the platform
//! is asked, and within which alone its request may be completed. What it brings is stored by compare-and-set before
//! anybody uses it. A process that dies in between leaves its lease behind, and so does one that can't tell whether
//! the pair is spent: whoever finds it reports the account as needing consent, and nobody guesses.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use xmp_core::{
    Account, AccountId, AccountState, AccountStore, Authenticator, Certainty, Clock, Context,
    CredentialSource, Deadline, Error, ErrorKind, PlatformId, Platforms, RefreshAsk, RefreshLease, Result,
    Retry, Secret, SecretKey, SecretStore, StoredSecret, TenantId, TokenSet, WorkerId,
};

/// The field under which an account's tokens are stored.
pub const FIELD: &str = "oauth2";
/// A token that ends sooner than this is refreshed before it is used: longer than one exchange may take.
pub const MARGIN: Duration = Duration::from_secs(60);
/// How long a refresh may hold its lease: asking, and storing what it brings.
const HOLD: Duration = Duration::from_secs(60);
/// How long after the lease was asked for the request for new tokens may still be completed.
const ASK: Duration = Duration::from_secs(30);
/// How long after that storing new tokens is tried. They exist nowhere else.
const STORE: Duration = Duration::from_secs(55);
/// How often to look whether another process is done, and how soon to store again at first.
const LOOK: Duration = Duration::from_millis(250);
/// How long to wait at most before storing again.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How often giving a lease back is tried.
const RELEASE_TRIES: u32 = 5;
/// When to try again after a failure that may pass, where nobody says.
const PAUSE: Duration = Duration::from_secs(5);

/// The name of an account's tokens in the store.
#[must_use]
pub fn key(account: AccountId) -> SecretKey {
    SecretKey { account, field: FIELD }
}

/// Keeps the tokens of all accounts. Clones share everything.
#[derive(Clone)]
pub struct TokenManager(Arc<Inner>);

/// Held by whoever refreshes an account's tokens.
type Flight = Arc<tokio::sync::Mutex<()>>;

struct Inner {
    accounts: Arc<dyn AccountStore>,
    secrets: Arc<dyn SecretStore>,
    authenticators: BTreeMap<PlatformId, Arc<dyn Authenticator>>,
    clock: Arc<dyn Clock>,
    worker: WorkerId,
    flights: Mutex<HashMap<(TenantId, AccountId), Flight>>,
}

impl TokenManager {
    /// A manager over a store, which is given twice (as `Arc<dyn Store>`, cloned), with one authenticator for each
    /// platform. `worker` names this process in the leases that it takes.
    #[must_use]
    pub fn new(
        accounts: Arc<dyn AccountStore>,
        secrets: Arc<dyn SecretStore>,
        authenticators: impl IntoIterator<Item = Arc<dyn Authenticator>>,
        clock: Arc<dyn Clock>,
        worker: WorkerId,
    ) -> Self {
        let authenticators = authenticators.into_iter().map(|one| (one.platform(), one)).collect();
        Self(Arc::new(Inner { accounts, secrets, authenticators, clock, worker, flights: Mutex::default() }))
    }

    /// A usable token, or a new one. The flight goes on when the caller goes away: what was asked for has to be
    /// stored.
    async fn usable(&self, ctx: &Context, account: AccountId, refused: Option<&Secret>) -> Result<TokenSet> {
        let inner = &self.0;
        let (tokens, _) = inner.read(ctx, account).await?;
        if inner.is_usable(&tokens, refused) {
            return Ok(tokens);
        }
        let flight = inner.flight(ctx.tenant(), account);
        let guard = inner.within(ctx, flight.lock_owned()).await?;
        // A context of its own: nobody's cancellation or deadline may stop it between asking and storing.
        let own = Context::new(ctx.tenant().clone())
            .correlated(ctx.correlation_id())
            .by(ctx.actor())
            .for_account(account);
        let (task, refused) = (inner.clone(), refused.cloned());
        let refresh = tokio::spawn(async move {
            let result = task.refresh(&own, account, refused.as_ref()).await;
            drop(guard);
            task.forget_flight(own.tenant(), account);
            result
        });
        inner.within(ctx, refresh).await?.unwrap_or_else(|error| {
            let message =
                if error.is_cancelled() { "the runtime is shutting down" } else { "the refresh panicked" };
            Err(Error::new(ErrorKind::Internal, "tokens.task", message).with_certainty(Certainty::MaybeSent))
        })
    }
}

impl fmt::Debug for TokenManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let platforms: Vec<_> = self.0.authenticators.keys().collect();
        f.debug_struct("TokenManager").field("platforms", &platforms).field("worker", &self.0.worker).finish()
    }
}

#[async_trait]
impl CredentialSource for TokenManager {
    async fn access_token(&self, ctx: &Context, account: AccountId) -> Result<TokenSet> {
        self.usable(ctx, account, None).await
    }

    async fn replace_refused(&self, ctx: &Context, account: AccountId, refused: &Secret) -> Result<TokenSet> {
        self.usable(ctx, account, Some(refused)).await
    }
}

impl Inner {
    async fn read(&self, ctx: &Context, account: AccountId) -> Result<(TokenSet, u64)> {
        match self.secrets.secret(ctx, &key(account)).await? {
            Some(StoredSecret { value, version }) => Ok((TokenSet::from_secret(&value)?, version)),
            None => Err(needs_consent("tokens.none", format!("the account {account} has no tokens"))),
        }
    }

    fn is_usable(&self, tokens: &TokenSet, refused: Option<&Secret>) -> bool {
        self.lives(tokens, MARGIN) && refused != Some(&tokens.access)
    }

    /// Whether the access token is good for longer than this.
    fn lives(&self, tokens: &TokenSet, margin: Duration) -> bool {
        let from_now = self.clock.now().checked_add(margin).unwrap_or(Timestamp::MAX);
        tokens.expires_at.is_none_or(|end| end > from_now)
    }

    fn flight(&self, tenant: &TenantId, account: AccountId) -> Flight {
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        flights.entry((tenant.clone(), account)).or_default().clone()
    }

    /// Drops a flight that nobody waits for.
    fn forget_flight(&self, tenant: &TenantId, account: AccountId) {
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (tenant.clone(), account);
        if flights.get(&key).is_some_and(|flight| Arc::strong_count(flight) == 1) {
            flights.remove(&key);
        }
    }

    /// Waits as long as the caller does.
    async fn within<T>(&self, ctx: &Context, what: impl Future<Output = T>) -> Result<T> {
        let deadline = async {
            match ctx.deadline() {
                Some(deadline) => self.clock.sleep(deadline.left(self.clock.as_ref())).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            result = what => Ok(result),
            () = ctx.cancel().cancelled() => {
                Err(Error::new(ErrorKind::Cancelled, "tokens.cancelled", "the caller stopped waiting for a token"))
            }
            () = deadline => {
                Err(Error::new(ErrorKind::Timeout, "tokens.deadline", "no token came before the caller's deadline")
                    .with_retry(Retry::After(Duration::ZERO)))
            }
        }
    }

    /// The guarded refresh. Only one runs at a time in this process for an account.
    async fn refresh(&self, ctx: &Context, account: AccountId, refused: Option<&Secret>) -> Result<TokenSet> {
        loop {
            let (tokens, version) = self.read(ctx, account).await?;
            if self.is_usable(&tokens, refused) {
                return Ok(tokens);
            }
            let known = self.accounts.account(ctx, account).await?;
            if known.state == AccountState::NeedsConsent {
                let message = format!("the account {account} needs its owner's consent");
                return Err(needs_consent("tokens.consent", message).with_correlation(ctx.correlation_id()));
            }
            // What the lease allows counts from before it was asked for.
            let lease = Lease {
                ask_until: Deadline::after(self.clock.as_ref(), ASK),
                store_until: Deadline::after(self.clock.as_ref(), STORE),
            };
            // Where a lost refresh may be asked for again, nothing is lost with a process that ended within one.
            let over_abandoned = self.authenticator(&known).is_ok_and(|one| one.refresh_repeats());
            let asked = RefreshAsk { worker: self.worker, hold: HOLD, over_abandoned };
            match self.secrets.begin_refresh(ctx, account, asked).await? {
                RefreshLease::Granted => {}
                RefreshLease::Busy(time) => {
                    self.clock.sleep(time.min(LOOK)).await;
                    continue;
                }
                RefreshLease::Abandoned => {
                    let why = "a process ended while it was refreshing the tokens: they may be spent";
                    match self.give_up(ctx, account, version, "tokens.abandoned", why, None).await {
                        Some(error) => return Err(error),
                        None => continue,
                    }
                }
            }
            let asked = self.ask(ctx, &known, refused, lease).await;
            if !matches!(asked, Asked::InDoubt(_)) {
                self.release(ctx, account).await;
            }
            match asked {
                Asked::Tokens(tokens) => return Ok(tokens),
                Asked::Failed(error) | Asked::InDoubt(error) => return Err(error),
                Asked::Replaced => {}
            }
        }
    }

    /// Gives the lease back. One that stays behind would be taken for a death in between, so it is tried again; the
    /// result of the refresh counts in any case.
    async fn release(&self, ctx: &Context, account: AccountId) {
        for tries in 1..=RELEASE_TRIES {
            let Err(error) = self.secrets.end_refresh(ctx, account, self.worker).await else { return };
            tracing::warn!(%account, %error, tries, "the lease of a refresh could not be given back");
            self.clock.sleep(LOOK).await;
        }
    }

    /// Asks the platform and stores what it says.
    async fn ask(&self, ctx: &Context, account: &Account, refused: Option<&Secret>, lease: Lease) -> Asked {
        // Somebody else may have refreshed between our look and our lease.
        let (old, version) = match self.read(ctx, account.id).await {
            Ok((old, _)) if self.is_usable(&old, refused) => return Asked::Tokens(old),
            Ok(read) => read,
            Err(error) => return Asked::Failed(error),
        };
        let given_up = |code, why, cause| self.give_up(ctx, account.id, version, code, why, cause);
        if old.refresh.is_none() {
            let why = "its access token has ended, and there is no refresh token";
            let error = given_up("tokens.no_refresh", why, None).await;
            return error.map_or(Asked::Replaced, Asked::Failed);
        }
        let authenticator = match self.authenticator(account) {
            Ok(authenticator) => authenticator,
            Err(error) => return Asked::Failed(error),
        };
        match authenticator.refresh(&ctx.clone().until(lease.ask_until), &old).await {
            Ok(mut new) => {
                new.refresh = new.refresh.filter(|token| !token.is_empty()).or(old.refresh);
                if new.scopes.is_empty() {
                    new.scopes = old.scopes;
                }
                new.server = new.server.or(old.server);
                self.keep(ctx, account.id, new, version, lease).await
            }
            Err(error) if error.kind() == ErrorKind::NeedsConsent => {
                let why = "the platform no longer accepts its refresh token";
                let error = given_up("tokens.spent", why, Some(error)).await;
                error.map_or(Asked::Replaced, Asked::InDoubt)
            }
            Err(error) if error.certainty() == Some(Certainty::MaybeSent) => {
                let why = "a refresh was asked for and its answer never came: the tokens may be spent";
                let error = given_up("tokens.unknown", why, Some(error)).await;
                error.map_or(Asked::Replaced, Asked::InDoubt)
            }
            // It may pass, and the pair is not spent.
            Err(_) if self.lives(&old, Duration::ZERO) && refused != Some(&old.access) => Asked::Tokens(old),
            Err(error) => Asked::Failed(match error.retry() {
                Retry::After(_) => error,
                _ => error.with_retry(Retry::After(PAUSE)),
            }),
        }
    }

    async fn keep(
        &self,
        ctx: &Context,
        account: AccountId,
        new: TokenSet,
        version: u64,
        lease: Lease,
    ) -> Asked {
        let secret = match new.to_secret() {
            Ok(secret) => secret,
            Err(error) => return Asked::InDoubt(error),
        };
        let mut pause = LOOK;
        loop {
            let put = self.secrets.put_secret(ctx, &key(account), secret.clone(), version).await;
            let Err(error) = put else { return Asked::Tokens(new) };
            // Written by our own earlier try, whose answer was lost; or the owner has connected the account again,
            // and those tokens count.
            if error.kind() == ErrorKind::Conflict {
                let stored = self.read(ctx, account).await;
                return stored.map_or_else(Asked::Failed, |(stored, _)| Asked::Tokens(stored));
            }
            if lease.store_until.left(self.clock.as_ref()) <= pause {
                tracing::error!(%account, %error, "new tokens could not be stored: the account will need consent");
                return Asked::InDoubt(error.with_retry(Retry::After(HOLD)));
            }
            tracing::warn!(%account, %error, "new tokens could not be stored yet");
            self.clock.sleep(pause).await;
            pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
        }
    }

    fn authenticator(&self, account: &Account) -> Result<&Arc<dyn Authenticator>> {
        self.authenticators.get(&account.platform).ok_or_else(|| Platforms::absent(account.platform))
    }

    /// The account's owner has to connect it again: says so in the store, for everybody, and here. `None`: somebody
    /// has replaced the tokens of this version meanwhile, and those count.
    async fn give_up(
        &self,
        ctx: &Context,
        account: AccountId,
        version: u64,
        code: &'static str,
        why: &str,
        cause: Option<Error>,
    ) -> Option<Error> {
        match self.accounts.needs_consent(ctx, account, version, why).await {
            Ok(true) => {}
            Ok(false) => return None,
            Err(error) => {
                tracing::error!(%account, %error, "could not mark the account as needing consent");
            }
        }
        let error = needs_consent(code, format!("the account {account} needs its owner's consent: {why}"))
            .with_correlation(ctx.correlation_id());
        Some(match cause {
            Some(cause) => {
                let certainty = cause.certainty().unwrap_or(Certainty::MaybeSent);
                error.with_certainty(certainty).with_source(cause)
            }
            None => error,
        })
    }
}

/// Until when a lease allows what.
#[derive(Clone, Copy)]
struct Lease {
    ask_until: Deadline,
    store_until: Deadline,
}

/// What came of asking for new tokens.
enum Asked {
    Tokens(TokenSet),
    /// The stored pair is as good as before.
    Failed(Error),
    /// The stored pair is spent, or may be: the lease stays, so that nobody tries it again.
    InDoubt(Error),
    /// Somebody else has stored other tokens meanwhile.
    Replaced,
}

fn needs_consent(code: &'static str, message: String) -> Error {
    Error::new(ErrorKind::NeedsConsent, code, message).hint("connect the account again")
}
