//! How an account is connected and stays so.

use std::borrow::Cow;
use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{AccountId, Context, Error, ErrorKind, PlatformId, Result, Secret};

/// The kinds of credentials that an operation may accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AuthScheme {
    /// None: the request is public.
    None,
    /// An account's OAuth 2.0 access token.
    OAuth2User,
    /// An account's OAuth 1.0a token pair.
    OAuth1User,
    /// The app's own bearer token.
    AppBearer,
    /// A session that was bought with an app password.
    Session,
}

/// The tokens of one account.
#[derive(Clone, Debug)]
pub struct TokenSet {
    /// What requests carry.
    pub access: Secret,
    /// What buys the next pair; single use on platforms that rotate.
    pub refresh: Option<Secret>,
    /// When `access` ends; `None` if the platform didn't say.
    pub expires_at: Option<Timestamp>,
    /// The scopes that were granted.
    pub scopes: Vec<String>,
    /// The address of the account's own server, where a platform has many: requests with these tokens go there.
    pub server: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Written<'a> {
    access: Cow<'a, str>,
    #[serde(default)]
    refresh: Option<Cow<'a, str>>,
    #[serde(default)]
    expires_at: Option<Timestamp>,
    #[serde(default)]
    scopes: Cow<'a, [String]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    server: Option<Cow<'a, str>>,
}

impl TokenSet {
    /// All of it as one secret, the way stores keep it.
    ///
    /// # Errors
    /// [`Internal`](ErrorKind::Internal) if it can't be written, which no token set is known to cause.
    pub fn to_secret(&self) -> Result<Secret> {
        let written = Written {
            access: Cow::Borrowed(self.access.expose()),
            refresh: self.refresh.as_ref().map(|refresh| Cow::Borrowed(refresh.expose())),
            expires_at: self.expires_at,
            scopes: Cow::Borrowed(&self.scopes),
            server: self.server.as_deref().map(Cow::Borrowed),
        };
        serde_json::to_string(&written)
            .map(Secret::new)
            .map_err(|_| Error::new(ErrorKind::Internal, "tokens.unwritable", "a token set can't be written"))
    }

    /// Reads what [`to_secret`](Self::to_secret) wrote.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage) if it is something else; the error shows none of it.
    pub fn from_secret(secret: &Secret) -> Result<Self> {
        // The parser's own error quotes its input: it must not get out.
        let written: Written<'_> = serde_json::from_str(secret.expose()).map_err(|_| {
            Error::new(ErrorKind::Storage, "tokens.unreadable", "the account's stored tokens can't be read")
                .hint("connect the account again")
        })?;
        Ok(Self {
            access: Secret::new(written.access),
            refresh: written.refresh.map(Secret::new).filter(|refresh| !refresh.is_empty()),
            expires_at: written.expires_at,
            scopes: written.scopes.into_owned(),
            server: written.server.map(Cow::into_owned),
        })
    }
}

/// What a caller asks of the account's owner.
#[derive(Clone, Debug)]
pub struct ConsentRequest {
    /// Where the platform sends the owner back to.
    pub redirect_uri: String,
    /// The scopes to ask for.
    pub scopes: Vec<String>,
}

/// A consent on its way: show `url` to the account's owner, keep the rest until they come back.
#[derive(Clone)]
pub struct Consent {
    /// Where to send the account's owner.
    pub url: String,
    /// What ties the answer to this question.
    pub state: Secret,
    /// The PKCE verifier, which only the final exchange may show.
    pub verifier: Secret,
}

impl fmt::Debug for Consent {
    /// Without the address's query, which holds the state.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consent").field("page", &self.url.split('?').next()).finish_non_exhaustive()
    }
}

/// The name and app password of an account.
#[derive(Clone, Debug)]
pub struct LogIn {
    /// Its name on the platform, or whatever else the platform knows it by.
    pub identifier: String,
    /// The app password that its owner made.
    pub password: Secret,
    /// The address of its server, if not the platform's usual one.
    pub server: Option<String>,
}

/// Connects accounts of one platform and keeps their tokens alive.
#[async_trait]
pub trait Authenticator: Send + Sync {
    /// The platform.
    fn platform(&self) -> PlatformId;

    /// The app (OAuth client id, or server) that accounts are connected through.
    fn app(&self) -> &str;

    /// The scopes to ask for where the caller names none.
    fn default_scopes(&self) -> &'static [&'static str];

    /// Starts a consent. Makes no request.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) if the redirect URI is malformed;
    /// [`Unsupported`](crate::ErrorKind::Unsupported) where accounts are connected with a password.
    fn begin(&self, request: &ConsentRequest) -> Result<Consent>;

    /// Exchanges the code that the owner brought back for tokens.
    ///
    /// # Errors
    /// [`Authentication`](crate::ErrorKind::Authentication) if the platform refuses the code, or whatever kept the
    /// request from being answered. A code is single use: after any error the owner has to consent again.
    async fn complete(
        &self,
        ctx: &Context,
        code: Secret,
        verifier: &Secret,
        redirect_uri: &str,
    ) -> Result<TokenSet>;

    /// Buys new tokens with the refresh token of a set. A result without one means that the old one stays.
    ///
    /// # Errors
    /// With [`Certainty::NotSent`](crate::Certainty::NotSent) or `Rejected` and a retry: the old token is still
    /// good. With [`NeedsConsent`](crate::ErrorKind::NeedsConsent): it is not. With `MaybeSent`: nobody knows.
    async fn refresh(&self, ctx: &Context, tokens: &TokenSet) -> Result<TokenSet>;

    /// Whether a refresh whose answer was lost may be asked for again with the same refresh token. Where it may not, nobody
    /// knows then whether the tokens are spent.
    fn refresh_repeats(&self) -> bool {
        false
    }

    /// Ends tokens on the platform. Ending them twice is not an error.
    ///
    /// # Errors
    /// Whatever kept the requests from being answered.
    async fn revoke(&self, ctx: &Context, tokens: &TokenSet) -> Result<()>;

    /// Buys tokens with a name and an app password, where a platform connects accounts so.
    ///
    /// # Errors
    /// [`Unsupported`](crate::ErrorKind::Unsupported) where it does not; [`Authentication`](crate::ErrorKind::Authentication)
    /// if the platform refuses them, or whatever kept the request from being answered.
    async fn log_in(&self, ctx: &Context, log_in: &LogIn) -> Result<TokenSet> {
        let _ = (ctx, log_in);
        let message = format!("accounts of {} are not connected with a password", self.platform());
        Err(Error::new(ErrorKind::Unsupported, "connect.consent", message)
            .hint("send the account's owner to the platform, with `connect` and `complete`"))
    }
}

/// Gives the pipeline the token that a request carries, refreshed in time.
#[async_trait]
pub trait CredentialSource: Send + Sync {
    /// The account's access token, good for at least as long as one request may take.
    ///
    /// # Errors
    /// [`NeedsConsent`](crate::ErrorKind::NeedsConsent) if there is none to be had without the account's owner.
    async fn access_token(&self, ctx: &Context, account: AccountId) -> Result<TokenSet>;

    /// Tells that the platform refused this token, and asks for another.
    ///
    /// # Errors
    /// As [`access_token`](Self::access_token).
    async fn replace_refused(&self, ctx: &Context, account: AccountId, refused: &Secret) -> Result<TokenSet>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_sets_round_trip_and_errors_show_nothing() {
        let tokens = TokenSet {
            access: Secret::new("a\"1"),
            refresh: None,
            expires_at: Some(Timestamp::UNIX_EPOCH),
            scopes: vec!["x.read".to_owned()],
            server: Some("https://pds.example".to_owned()),
        };
        let back = TokenSet::from_secret(&tokens.to_secret().unwrap()).unwrap();
        assert_eq!(
            (back.access.expose(), back.expires_at, back.scopes, back.server),
            ("a\"1", tokens.expires_at, tokens.scopes, tokens.server)
        );
        for stored in ["", "s3cr3t", r#"{"access":7,"refresh":"s3cr3t"}"#] {
            let error = TokenSet::from_secret(&Secret::new(stored)).unwrap_err();
            assert_eq!(error.code(), "tokens.unreadable");
            assert!(!format!("{error} {error:?}").contains("s3cr3t"));
        }
        let later = Secret::new(r#"{"access":"a","refresh":"","later":1}"#);
        assert!(
            TokenSet::from_secret(&later).unwrap().refresh.is_none(),
            "empty is none, unknown is ignored"
        );
    }
}
