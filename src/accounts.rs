//! Connecting accounts.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use xmp_core::{
    Account, AccountId, AccountState, Authenticator, ConsentRequest, Context, Error, ErrorKind, LogIn,
    NewAccount, OnAbsent, PendingConsent, PlatformId, Platforms, Result, Secret, Spacing, TokenSet,
};

use crate::Xmp;

/// How long an account's owner may take to answer.
const CONSENT_TIME: Duration = Duration::from_secs(600);

/// How an account is to be connected.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConnectOptions {
    /// Where the platform sends the owner back to: as registered with the platform.
    pub redirect_uri: String,
    /// The scopes to ask for; `None` for all that xmp needs.
    pub scopes: Option<Vec<String>>,
    /// Which app to connect through, where several of the platform are set up: its client id, or the name or address of its
    /// server.
    pub app: Option<String>,
}

impl ConnectOptions {
    /// Asks for all scopes that xmp needs.
    pub fn new(redirect_uri: impl Into<String>) -> Self {
        Self { redirect_uri: redirect_uri.into(), scopes: None, app: None }
    }
}

/// An account on its way: show `url` to its owner.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PendingConnection {
    /// Where to send the account's owner. They come back to the redirect URI, within ten minutes; give that whole
    /// address to [`Accounts::complete`].
    #[cfg_attr(feature = "schema", schemars(extend("x-redact" = true)))]
    pub url: String,
}

impl fmt::Debug for PendingConnection {
    /// Without the address's query, which ties the answer to this call.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingConnection").field("page", &self.url.split('?').next()).finish_non_exhaustive()
    }
}

/// How a connected account is to be treated.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CompleteOptions {
    /// What to do with a post that may have been sent and can't be found; `None` keeps what it was, or holds.
    pub on_absent: Option<OnAbsent>,
}

/// The name and app password of an account that is to be connected.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LogInOptions {
    /// Its name on the platform, or whatever else the platform knows it by.
    pub identifier: String,
    /// The app password that its owner made on the platform. Not the password that the owner logs in with.
    pub password: Secret,
    /// The address of its server, if not the platform's usual one.
    pub server: Option<String>,
    /// What to do with a post that may have been sent and can't be found; `None` keeps what it was, or holds.
    pub on_absent: Option<OnAbsent>,
}

impl LogInOptions {
    /// An account on the platform's usual server.
    pub fn new(identifier: impl Into<String>, password: Secret) -> Self {
        Self { identifier: identifier.into(), password, server: None, on_absent: None }
    }
}

/// Connects accounts and lists them.
#[derive(Clone, Copy, Debug)]
pub struct Accounts<'a> {
    xmp: &'a Xmp,
}

impl<'a> Accounts<'a> {
    pub(crate) fn new(xmp: &'a Xmp) -> Self {
        Self { xmp }
    }

    /// The way to connect accounts of a platform; the app may be left out where there is one alone.
    fn authenticator(&self, platform: PlatformId, app: Option<&str>) -> Result<&'a Arc<dyn Authenticator>> {
        let all = self.xmp.engine.authenticators.iter().filter(|one| one.platform() == platform);
        let all: Vec<_> = all.collect();
        let apps: Vec<_> = all.iter().map(|one| one.app()).collect();
        match (all.as_slice(), app) {
            ([], _) => Err(Platforms::absent(platform)),
            ([one], None) => Ok(one),
            (_, None) => {
                let message = format!("{platform} is set up with several apps: {}", apps.join(", "));
                Err(Error::new(ErrorKind::Configuration, "connect.app", message)
                    .hint("say which one, as `app`"))
            }
            (_, Some(app)) => all.iter().find(|one| is_app(one.app(), app)).copied().ok_or_else(|| {
                let message = format!("{platform} is not set up with {app:?}, but with {}", apps.join(", "));
                Error::new(ErrorKind::Configuration, "connect.app", message)
                    .hint("set it up, or name one of these")
            }),
        }
    }

    /// Starts to connect an account of a platform. Makes no request.
    ///
    /// # Errors
    /// [`Configuration`](ErrorKind::Configuration) if the platform is not set up, or the redirect URI is malformed.
    pub async fn connect(&self, platform: PlatformId, options: &ConnectOptions) -> Result<PendingConnection> {
        let authenticator = self.authenticator(platform, options.app.as_deref())?;
        let scopes = options.scopes.clone().unwrap_or_else(|| {
            authenticator.default_scopes().iter().map(|&scope| scope.to_owned()).collect()
        });
        let request = ConsentRequest { redirect_uri: options.redirect_uri.clone(), scopes };
        let consent = authenticator.begin(&request)?;
        let pending = PendingConsent {
            state: consent.state,
            verifier: consent.verifier,
            platform,
            app: authenticator.app().to_owned(),
            redirect_uri: request.redirect_uri,
            expires_in: CONSENT_TIME,
        };
        self.xmp.engine.store.put_consent(&self.xmp.ctx(), pending).await?;
        Ok(PendingConnection { url: consent.url })
    }

    /// Ends what [`connect`](Self::connect) began, with the address that the owner came back to. An account that was
    /// connected before keeps its id and history.
    ///
    /// # Errors
    /// [`Validation`](ErrorKind::Validation) if the address is none of ours, has expired or was used before;
    /// [`Authorization`](ErrorKind::Authorization) if the owner said no; [`Authentication`](ErrorKind::Authentication)
    /// if the platform refused the code.
    pub async fn complete(&self, callback_url: &str, options: CompleteOptions) -> Result<Account> {
        let callback = Callback::parse(callback_url)?;
        let ctx = self.xmp.ctx();
        let engine = &self.xmp.engine;
        let pending = engine.store.take_consent(&ctx, &callback.state).await?.ok_or_else(|| {
            Error::new(
                ErrorKind::Validation,
                "consent.unknown",
                "nobody here waits for this answer: it was used before, is older than ten minutes, or is another \
                 tenant's",
            )
            .hint("start again with `connect`")
        })?;
        let code = callback.code?;
        let authenticator = self.authenticator(pending.platform, Some(&pending.app))?;
        let tokens = authenticator.complete(&ctx, code, &pending.verifier, &pending.redirect_uri).await?;
        self.keep(&ctx, authenticator.as_ref(), tokens, options).await
    }

    /// Registers this program with a Mastodon server, for what xmp asks for there. Each server knows its own apps: do it
    /// once, keep the result, and give it when an engine is opened.
    ///
    /// # Errors
    /// [`Configuration`](ErrorKind::Configuration) if the server's address is malformed;
    /// [`Validation`](ErrorKind::Validation) if the server refuses what it was told.
    #[cfg(feature = "platform-mastodon")]
    pub async fn register_mastodon_app(
        &self,
        server: &str,
        app: &xmp_client::mastodon::NewApp,
    ) -> Result<xmp_client::mastodon::Registration> {
        let engine = &self.xmp.engine;
        let (transport, clock) = (engine.transport.clone(), engine.clock.clone());
        xmp_client::mastodon::register(&self.xmp.ctx(), transport, clock, server, app).await
    }

    /// Connects an account with its name and an app password, on platforms that have such a thing
    /// ([`ConnectBy::AppPassword`](xmp_core::capability::ConnectBy)). The password is used once and not kept. An account that was connected before keeps
    /// its id and history.
    ///
    /// # Errors
    /// [`Configuration`](ErrorKind::Configuration) if the platform is not set up; [`Unsupported`](ErrorKind::Unsupported)
    /// where owners consent instead; [`Authentication`](ErrorKind::Authentication) if the platform refuses them.
    pub async fn log_in(&self, platform: PlatformId, options: &LogInOptions) -> Result<Account> {
        let authenticator = self.authenticator(platform, None)?;
        let ctx = self.xmp.ctx();
        let LogInOptions { identifier, password, server, on_absent } = options.clone();
        let tokens = authenticator.log_in(&ctx, &LogIn { identifier, password, server }).await?;
        self.keep(&ctx, authenticator.as_ref(), tokens, CompleteOptions { on_absent }).await
    }

    /// Finds out whose tokens they are, and keeps the account.
    async fn keep(
        &self,
        ctx: &Context,
        authenticator: &dyn Authenticator,
        tokens: TokenSet,
        options: CompleteOptions,
    ) -> Result<Account> {
        let engine = &self.xmp.engine;
        let platform = engine.platforms.get(authenticator.platform(), authenticator.app())?;
        let profile = match platform.identify(ctx, &tokens).await {
            Ok(profile) => profile,
            Err(error) => {
                // Nobody knows whose tokens these are: they are of no use to anybody, and must not live on.
                if let Err(error) = authenticator.revoke(ctx, &tokens).await {
                    tracing::warn!(%error, "tokens that could not be used were not revoked either");
                }
                return Err(error.hint("connect the account again"));
            }
        };
        let account = NewAccount {
            platform: authenticator.platform(),
            app: authenticator.app().to_owned(),
            remote_id: profile.remote_id,
            handle: profile.handle,
            scopes: tokens.scopes.clone(),
            on_absent: options.on_absent,
        };
        engine.store.connect(ctx, account, tokens.to_secret()?).await
    }

    /// All accounts, oldest first.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage).
    pub async fn list(&self) -> Result<Vec<Account>> {
        self.xmp.engine.store.accounts(&self.xmp.ctx()).await
    }

    /// One account.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) if this tenant has none of that id.
    pub async fn get(&self, id: AccountId) -> Result<Account> {
        self.xmp.engine.store.account(&self.xmp.ctx(), id).await
    }

    /// Lets an account's posts wait.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound); [`Conflict`](ErrorKind::Conflict) if it is neither active nor paused.
    pub async fn pause(&self, id: AccountId, why: &str) -> Result<Account> {
        self.change(id, AccountState::Paused, why).await
    }

    /// Lets a paused account's posts go out again.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound); [`Conflict`](ErrorKind::Conflict) if it is neither active nor paused.
    pub async fn resume(&self, id: AccountId) -> Result<Account> {
        self.change(id, AccountState::Active, "resumed").await
    }

    /// Spaces an account's posts in another way, from now on: no sooner one after the other, no more in an hour or a day,
    /// none in quiet hours. An empty rule lets them go when they are due.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use xmp::{QuietHours, Spacing, Xmp};
    /// # async fn space(xmp: Xmp, account: xmp::AccountId) -> xmp::Result<()> {
    /// let spacing = Spacing {
    ///     min_interval: Some(Duration::from_secs(15 * 60)),
    ///     per_day: Some(20),
    ///     quiet_hours: vec![QuietHours::new("22:00", "07:00", "Europe/Berlin")],
    ///     ..Spacing::default()
    /// };
    /// xmp.accounts().set_spacing(account, spacing).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound); [`Validation`](ErrorKind::Validation) for a rule that makes no sense.
    pub async fn set_spacing(&self, id: AccountId, spacing: Spacing) -> Result<Account> {
        self.xmp.engine.store.set_spacing(&self.xmp.ctx(), id, spacing).await
    }

    async fn change(&self, id: AccountId, state: AccountState, why: &str) -> Result<Account> {
        let ctx = self.xmp.ctx();
        let now = self.xmp.engine.store.account(&ctx, id).await?.state;
        if !matches!(now, AccountState::Active | AccountState::Paused) {
            return Err(Error::new(
                ErrorKind::Conflict,
                "account.state",
                format!("{id} is {} and can't become {}", now.as_str(), state.as_str()),
            )
            .hint("its owner has to connect it again"));
        }
        self.xmp.engine.store.set_account_state(&ctx, id, state, why).await
    }
}

/// Whether an app is meant: by its name, or, where that is a server's, by the server's address.
fn is_app(name: &str, meant: &str) -> bool {
    let host = meant.strip_prefix("https://").or_else(|| meant.strip_prefix("http://"));
    meant == name || host.is_some_and(|host| host.trim_end_matches('/').eq_ignore_ascii_case(name))
}

/// What the owner brought back.
struct Callback {
    state: Secret,
    code: Result<Secret>,
}

impl Callback {
    /// Reads the address. It carries secrets: errors show none of it.
    fn parse(url: &str) -> Result<Self> {
        let wrong = |what: &str| {
            Error::new(ErrorKind::Validation, "consent.callback", format!("the callback address has {what}"))
                .hint("give the whole address that the owner came back to, with its query")
        };
        let url = url::Url::parse(url).map_err(|_| wrong("another shape than an address"))?;
        let get =
            |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        let state = get("state").ok_or_else(|| wrong("no `state`"))?;
        let code = match (get("code"), get("error")) {
            (Some(code), _) => Ok(Secret::new(code)),
            (None, Some(error)) => {
                let shown: String =
                    error.chars().filter(|c| c.is_ascii_lowercase() || *c == '_').take(40).collect();
                Err(Error::new(
                    ErrorKind::Authorization,
                    "consent.refused",
                    format!("the platform says {shown:?}: the owner said no, or the app may not ask"),
                )
                .hint("start again with `connect`"))
            }
            (None, None) => return Err(wrong("neither `code` nor `error`")),
        };
        Ok(Self { state: Secret::new(state), code })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_meant_by_name_or_address() {
        for meant in ["mastodon.social", "https://mastodon.social", "https://Mastodon.social/"] {
            assert!(is_app("mastodon.social", meant), "{meant}");
        }
        assert!(!is_app("mastodon.social", "https://social") && !is_app("app", "https://other/app"));
    }

    #[test]
    fn callbacks() {
        let good = Callback::parse("http://127.0.0.1/cb?state=s&code=c").unwrap();
        assert_eq!((good.state.expose(), good.code.unwrap().expose()), ("s", "c"));
        let refused = Callback::parse("http://127.0.0.1/cb?state=s&error=access_denied").unwrap();
        assert_eq!(refused.code.unwrap_err().kind(), ErrorKind::Authorization);
        for wrong in ["", "nothing", "http://h/cb", "http://h/cb?code=c", "http://h/cb?state=s"] {
            assert_eq!(Callback::parse(wrong).err().unwrap().code(), "consent.callback", "{wrong}");
        }
    }
}
