//! The simulator as a Rust program holds it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;
use url::Url;

use crate::call::RawCall;
use crate::clock::SimClock;
use crate::core::{Core, Settings};
use crate::faults::Fault;
use crate::ledger::LedgerEntry;
use crate::platform::{Client, qualified};
use crate::requests::RecordedRequest;
use crate::world::Kind;
use crate::{InstanceLimits, RateLimit, SimError, limits, pipeline, server};

/// Two hours (X documentation, "OAuth 2.0 Authorization Code Flow with PKCE").
const ACCESS_TOKEN_TTL: Duration = Duration::from_secs(7200);
/// How long X remembers a text is not documented.
const DUPLICATE_WINDOW: Duration = Duration::from_secs(24 * 3600);

/// What a simulator starts with. Made by [`Sim::builder`].
#[derive(Clone, Debug)]
pub struct SimBuilder {
    home: Option<PathBuf>,
    port: u16,
    clock: SimClock,
    clients: Vec<Client>,
    /// Handles, some with a password.
    accounts: Vec<(String, Option<String>)>,
    access_token_ttl: Duration,
    duplicate_window: Duration,
    limits: Vec<RateLimit>,
    instance: InstanceLimits,
}

impl SimBuilder {
    /// Keeps the world in this folder, which is created if need be, so that a later start finds it again. Default: in
    /// memory.
    #[must_use]
    pub fn home(mut self, home: impl Into<PathBuf>) -> Self {
        self.home = Some(home.into());
        self
    }

    /// Listens on this port of 127.0.0.1. Default 0: any free one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Goes by this clock. Default: real time, until moved.
    #[must_use]
    pub fn clock(mut self, clock: SimClock) -> Self {
        self.clock = clock;
        self
    }

    /// Registers an OAuth app on all platforms that have such: with a secret a confidential client, without one a public client. A redirect URI on
    /// loopback may be used with any port (RFC 8252, section 7.3). May be called again for more apps.
    #[must_use]
    pub fn client(mut self, id: &str, secret: Option<&str>, redirect_uris: &[&str]) -> Self {
        self.clients.push(Client {
            id: id.to_owned(),
            secret: secret.map(ToOwned::to_owned),
            redirect_uris: redirect_uris.iter().map(ToString::to_string).collect(),
        });
        self
    }

    /// Creates an account, unless the home has it: `ada` on X, `bluesky:ada.test` or `mastodon:ada` elsewhere. Its id
    /// depends on the handle alone. May be called again for more accounts.
    #[must_use]
    pub fn account(mut self, handle: &str) -> Self {
        self.accounts.push((handle.to_owned(), None));
        self
    }

    /// Creates an account that programs log in to with this password, on platforms that have such: Bluesky. Default there:
    /// `app-password-of-HANDLE`.
    #[must_use]
    pub fn app_password(mut self, handle: &str, password: &str) -> Self {
        self.accounts.push((handle.to_owned(), Some(password.to_owned())));
        self
    }

    /// How long access tokens live, in whole seconds. Default 7200 s, as on X and Bluesky; Mastodon's live for ever.
    #[must_use]
    pub fn access_token_ttl(mut self, ttl: Duration) -> Self {
        self.access_token_ttl = ttl;
        self
    }

    /// How long X refuses an equal text of the same account as a duplicate, in whole seconds. Default 24 hours;
    /// [`Duration::ZERO`]: never, so that every post a client makes twice shows up twice in the ledger.
    #[must_use]
    pub fn duplicate_window(mut self, window: Duration) -> Self {
        self.duplicate_window = window;
        self
    }

    /// Sets a rate limit, in place of the documented one for the same route, sharing and window.
    #[must_use]
    pub fn limit(mut self, limit: RateLimit) -> Self {
        limits::set(&mut self.limits, limit);
        self
    }

    /// What the Mastodon server allows, and says that it allows. Default: what Mastodon comes with.
    #[must_use]
    pub fn instance(mut self, limits: InstanceLimits) -> Self {
        self.instance = limits;
        self
    }

    /// Starts the simulator. Needs a running Tokio runtime.
    ///
    /// # Errors
    ///
    /// [`SimError::HomeInUse`] if another live process holds the home, [`SimError::Home`] and [`SimError::Journal`] if
    /// it can't be read, [`SimError::Listen`] if the port is taken, [`SimError::Invalid`] for a handle that its platform
    /// would not have.
    pub async fn start(self) -> Result<Sim, SimError> {
        let settings = Settings {
            access_token_ttl: self.access_token_ttl,
            duplicate_window: self.duplicate_window,
            limits: Mutex::new(self.limits),
            instance: self.instance,
        };
        let (listener, address) = server::bind(self.port).await?;
        let core = Arc::new(Core::open(self.home.as_deref(), self.clock, settings)?);
        for client in &self.clients {
            for kind in Kind::ALL {
                core.change(|world, _| Ok(world.platform(*kind).ensure_client(client)))?;
            }
        }
        for (handle, password) in &self.accounts {
            core.ensure_account(handle, password.as_deref())?;
        }
        let server = tokio::spawn(server::serve(listener, Arc::clone(&core)));
        core.spawn({
            let core = Arc::clone(&core);
            async move { core.land_for_ever().await }
        });
        Ok(Sim { core, url: format!("http://{address}"), server: Mutex::new(Some(server)) })
    }
}

/// Tokens that an app holds for an account. Their `Debug` shows them: they open nothing but a simulator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tokens {
    /// The bearer token.
    #[cfg_attr(feature = "schema", schemars(extend("x-redact" = true)))]
    pub access_token: String,
    /// The refresh token, if the scopes entitle to one.
    #[cfg_attr(feature = "schema", schemars(extend("x-redact" = true)))]
    pub refresh_token: Option<String>,
    /// When the access token expires, in simulated time.
    pub expires_at: Timestamp,
}

/// A running simulator. Dropping it is like killing it: connections close, and only what was journaled remains.
#[derive(Debug)]
pub struct Sim {
    core: Arc<Core>,
    url: String,
    server: Mutex<Option<JoinHandle<()>>>,
}

impl Sim {
    /// A simulator to be configured and started.
    #[must_use]
    pub fn builder() -> SimBuilder {
        SimBuilder {
            home: None,
            port: 0,
            clock: SimClock::new(),
            clients: Vec::new(),
            accounts: Vec::new(),
            access_token_ttl: ACCESS_TOKEN_TTL,
            duplicate_window: DUPLICATE_WINDOW,
            limits: Kind::all_documented_limits(),
            instance: InstanceLimits::default(),
        }
    }

    /// The base URL of all platforms' APIs, without a trailing slash. It serves the consent pages as well.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What was really posted, oldest first, deleted posts included.
    #[must_use]
    pub fn ledger(&self) -> Vec<LedgerEntry> {
        self.core.ledger()
    }

    /// The id of an account, `HANDLE` (on X) or `PLATFORM:HANDLE`; on Bluesky its DID.
    #[must_use]
    pub fn account_id(&self, handle: &str) -> Option<String> {
        let (kind, handle) = qualified(handle).ok()?;
        let accounts = self.core.read(|world| world.platform(kind).accounts());
        accounts
            .into_iter()
            .find(|account| account.handle.eq_ignore_ascii_case(handle))
            .map(|account| account.id)
    }

    /// Sets one more fault.
    pub fn set_fault(&self, fault: Fault) {
        self.core.faults.set(fault);
    }

    /// The faults that are set and not used up.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        self.core.faults.list()
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.core.faults.clear();
    }

    /// The clock of the simulated world.
    #[must_use]
    pub fn clock(&self) -> &SimClock {
        &self.core.clock
    }

    /// Every API request that was received in full since the start, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.core.requests.list()
    }

    /// Sets a rate limit, in place of the one for the same route, sharing and window.
    pub fn set_limit(&self, limit: RateLimit) {
        limits::set(&mut self.core.settings.limits.lock().unwrap_or_else(PoisonError::into_inner), limit);
    }

    /// Tokens of an account, `HANDLE` (on X) or `PLATFORM:HANDLE`, for an app, without the way through consent: for tests
    /// that are about something else. On X the refresh token comes with the scope `offline.access` only; on Bluesky, where
    /// programs log in as the account, app and scopes have no meaning; on Mastodon there is no refresh token.
    ///
    /// # Errors
    ///
    /// [`SimError::Invalid`] if there is no such app, account or scope.
    pub fn issue_tokens(&self, client_id: &str, handle: &str, scopes: &[&str]) -> Result<Tokens, SimError> {
        self.core.issue_tokens(client_id, handle, scopes)
    }

    /// Publishes a post as the owner of an account, `HANDLE` (on X) or `PLATFORM:HANDLE`, does, past all apps.
    ///
    /// # Errors
    ///
    /// [`SimError::Missing`] if there is no such account, [`SimError::Invalid`] if there is no such platform.
    pub fn publish_elsewhere(&self, handle: &str, text: &str) -> Result<(), SimError> {
        self.core.publish_elsewhere(handle, text).map(drop)
    }

    /// Edits a post of any platform as the account's owner does, past all apps: the ledger keeps both wordings. On X the new
    /// one gets a new id.
    ///
    /// # Errors
    ///
    /// [`SimError::Missing`] if there is no such post.
    pub fn edit_elsewhere(&self, id: &str, text: &str) -> Result<(), SimError> {
        self.core.edit_elsewhere(id, text).map(drop)
    }

    /// Deletes a post of any platform as the account's owner does, past all apps.
    ///
    /// # Errors
    ///
    /// [`SimError::Missing`] if there is no such post.
    pub fn delete_elsewhere(&self, id: &str) -> Result<(), SimError> {
        self.core.delete_elsewhere(id).map(drop)
    }

    /// Plays a human who opens `authorize_url`, is logged in as `handle`, and consents. Answers the URL that the
    /// browser would be sent to, with `state` and `code`.
    ///
    /// # Errors
    ///
    /// [`SimError::Consent`] with the reason if the platform would not redirect with a code.
    pub async fn consent_url_approve(&self, authorize_url: &str, handle: &str) -> Result<String, SimError> {
        let refused = |why: &str| SimError::Consent(why.to_owned());
        let mut url = Url::parse(authorize_url).map_err(|error| refused(&error.to_string()))?;
        let (_, handle) = qualified(handle)?;
        url.query_pairs_mut().append_pair("xmp_sim_login", handle);
        let raw = RawCall {
            method: "GET".to_owned(),
            target: format!("{}?{}", url.path(), url.query().unwrap_or_default()),
            headers: std::collections::BTreeMap::new(),
            body: bytes::Bytes::new(),
            body_length: 0,
        };
        let mut answer = pipeline::handle(Arc::clone(&self.core), raw).await;
        let reply = answer.reply_mut().ok_or_else(|| refused("the connection was cut"))?;
        let location = reply.headers.iter().find(|(name, _)| *name == "location").map(|(_, url)| url.clone());
        let location = location.ok_or_else(|| refused(&String::from_utf8_lossy(&reply.body)))?;
        let query = Url::parse(&location).map_err(|error| refused(&error.to_string()))?;
        if query.query_pairs().any(|(name, _)| name == "code") {
            Ok(location)
        } else {
            Err(refused(&location))
        }
    }

    /// Stops the simulator and waits until its socket is closed and its home is free.
    pub async fn stop(&self) {
        if let Some(server) = self.end() {
            // Ends as cancelled, which is what was asked for.
            let _ = server.await;
        }
    }

    /// Closes everything; the server, which then ends, the first time.
    fn end(&self) -> Option<JoinHandle<()>> {
        self.core.close();
        let server = self.server.lock().unwrap_or_else(PoisonError::into_inner).take();
        server.inspect(JoinHandle::abort)
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        self.end();
    }
}
