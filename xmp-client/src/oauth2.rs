//! OAuth 2.0: authorization code with PKCE, refresh, revocation.
//!
//! The grammar of the protocol is the `oauth2` crate's; its requests go through our transport, with the last byte
//! behind a latch, so that a refresh that was cut off is known to have cost the refresh token or not.

use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use jiff::Timestamp;
use oauth2::basic::{BasicClient, BasicErrorResponse, BasicErrorResponseType, BasicTokenResponse};
use oauth2::{
    AsyncHttpClient, AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RefreshToken, RequestTokenError, Scope,
    TokenResponse, TokenUrl,
};
use url::form_urlencoded;
use xmp_core::{
    Authenticator, Certainty, Clock, Consent, ConsentRequest, Context, Error, ErrorKind, HttpRequest,
    HttpResponse, HttpTransport, PlatformId, RequestBody, Result, Retry, Secret, SendGate, TokenSet,
};

use crate::latch::{DeadlineGate, LatchGate};

/// How long one exchange with the token endpoint may take.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Bytes of a token answer at most.
const MAX_RESPONSE: usize = 256 * 1024;
/// How long to leave a failing token endpoint alone where it does not say.
const PAUSE: Duration = Duration::from_secs(5);
/// How long to leave it alone at most, whatever it says.
const LONGEST: Duration = Duration::from_secs(3600);

/// Where and as whom accounts are connected.
#[derive(Clone, Debug)]
pub struct OAuth2Config {
    /// The platform.
    pub platform: PlatformId,
    /// What the accounts that are connected through it say of it: the client id, or the server.
    pub app: String,
    /// The app's client id.
    pub client_id: String,
    /// The app's secret; `None` for a public client, which names itself in the body instead.
    pub client_secret: Option<Secret>,
    /// How a confidential client shows its secret.
    pub shows_secret: ShowsSecret,
    /// Where owners consent.
    pub authorize_url: String,
    /// Where codes and refresh tokens are exchanged.
    pub token_url: String,
    /// Where tokens are ended.
    pub revoke_url: String,
    /// The scopes to ask for where a caller names none.
    pub default_scopes: &'static [&'static str],
}

/// How a confidential client shows its secret (RFC 6749, section 2.3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ShowsSecret {
    /// In a header, which every server has to understand.
    #[default]
    InHeader,
    /// In the body: some servers read nothing else.
    InBody,
}

/// OAuth 2.0 with PKCE (RFC 6749, 7636, 7009), S256 and no other method.
#[derive(Clone)]
pub struct OAuth2 {
    config: OAuth2Config,
    client: BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>,
    transport: Arc<dyn HttpTransport>,
    clock: Arc<dyn Clock>,
}

impl OAuth2 {
    /// An authenticator for one app.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] if a URL is malformed or the client id is empty.
    pub fn new(
        config: OAuth2Config,
        transport: Arc<dyn HttpTransport>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        let wrong = |what: &'static str, value: &str| {
            // An address may have a password in it, also one that can't be read.
            let shown = if value.contains('@') {
                "one with credentials in it".to_owned()
            } else {
                format!("{value:?}")
            };
            Error::new(ErrorKind::Configuration, "oauth.config", format!("{shown} is not a usable {what}"))
        };
        if config.client_id.trim().is_empty() {
            return Err(
                wrong("client id", &config.client_id).hint("copy it from the app's settings on the platform")
            );
        }
        for (what, url) in [("authorize URL", &config.authorize_url), ("token URL", &config.token_url)] {
            if url::Url::parse(url).is_ok_and(|url| !url.username().is_empty() || url.password().is_some()) {
                return Err(wrong(what, url).hint("give it without a user name and password"));
            }
        }
        let authorize = AuthUrl::new(config.authorize_url.clone())
            .map_err(|_| wrong("authorize URL", &config.authorize_url))?;
        let token =
            TokenUrl::new(config.token_url.clone()).map_err(|_| wrong("token URL", &config.token_url))?;
        url::Url::parse(&config.revoke_url).map_err(|_| wrong("revoke URL", &config.revoke_url))?;
        let mut client = BasicClient::new(ClientId::new(config.client_id.clone()))
            .set_auth_uri(authorize)
            .set_token_uri(token)
            .set_auth_type(match config.shows_secret {
                ShowsSecret::InHeader => AuthType::BasicAuth,
                ShowsSecret::InBody => AuthType::RequestBody,
            });
        if let Some(secret) = &config.client_secret {
            client = client.set_client_secret(ClientSecret::new(secret.expose().to_owned()));
        }
        Ok(Self { config, client, transport, clock })
    }

    /// One exchange with the token endpoint, in the words of the `oauth2` crate. Answers that are no decision about
    /// the token (429, 5xx) become errors here, before the crate would call them unreadable.
    async fn exchange(&self, ctx: &Context, request: oauth2::HttpRequest) -> Result<HttpResponse> {
        let (parts, body) = request.into_parts();
        self.post(ctx, parts.uri.to_string(), parts.headers, Bytes::from(body)).await
    }

    async fn post(
        &self,
        ctx: &Context,
        url: String,
        mut headers: HeaderMap,
        body: Bytes,
    ) -> Result<HttpResponse> {
        if let Some(value) = headers.get_mut(AUTHORIZATION) {
            value.set_sensitive(true);
        }
        if let Ok(value) = HeaderValue::from_str(&ctx.traceparent()) {
            headers.insert("traceparent", value);
        }
        let until = ctx.deadline().map(|deadline| -> Arc<dyn SendGate> {
            Arc::new(DeadlineGate { clock: self.clock.clone(), deadline, code: "oauth.deadline" })
        });
        let gate = Arc::new(LatchGate { inner: until, ..LatchGate::default() });
        let request = HttpRequest {
            method: Method::POST,
            url,
            headers,
            body: RequestBody::Bytes(body),
            timeout: TIMEOUT,
            max_response: MAX_RESPONSE,
            gate: Some(gate.clone() as Arc<dyn SendGate>),
        };
        let ended =
            |code, message: &str, kind| Error::new(kind, code, message).with_certainty(gate.latch.give_up());
        let deadline = async {
            match ctx.deadline() {
                Some(deadline) => self.clock.sleep(deadline.left(self.clock.as_ref())).await,
                None => std::future::pending().await,
            }
        };
        let response = tokio::select! {
            biased;
            result = self.transport.send(request) => result?,
            () = ctx.cancel().cancelled() => {
                return Err(ended("oauth.cancelled", "the caller cancelled the exchange", ErrorKind::Cancelled));
            }
            () = deadline => {
                return Err(ended("oauth.deadline", "the caller's deadline has passed", ErrorKind::Timeout));
            }
        };
        let status = response.status;
        if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
            let kind = if status.is_server_error() { ErrorKind::PlatformFault } else { ErrorKind::RateLimit };
            let message = format!("the token endpoint answered {status}");
            return Err(Error::new(kind, "oauth.busy", message)
                .with_retry(Retry::After(retry_after(&response.headers)))
                .with_certainty(Certainty::NotSent));
        }
        Ok(response)
    }

    /// Turns what came of a token request into tokens.
    fn conclude(
        &self,
        http: &Exchanger<'_>,
        operation: &'static str,
        asked: Asked,
    ) -> Result<TokenSet, Refusal> {
        let status = *http.status.lock().unwrap_or_else(PoisonError::into_inner);
        let place = |error: Error| {
            error.at(self.config.platform, operation).with_correlation(http.ctx.correlation_id())
        };
        match asked {
            Ok(response) => self.token_set(&response).map_err(|error| Refusal::Failed(place(error))),
            Err(RequestTokenError::Request(Sent(error))) => Err(Refusal::Failed(place(error))),
            Err(RequestTokenError::ServerResponse(answer)) => {
                Err(Refusal::Answered(place(refused(&answer)), answer))
            }
            // Neither text goes on: the crate's hold the body, which may hold tokens.
            Err(RequestTokenError::Parse(..) | RequestTokenError::Other(_)) => {
                Err(Refusal::Failed(place(unreadable(status))))
            }
        }
    }

    fn token_set(&self, response: &BasicTokenResponse) -> Result<TokenSet> {
        let access = Secret::new(response.access_token().secret().clone());
        if access.is_empty() {
            return Err(unreadable(Some(StatusCode::OK)));
        }
        let refresh = response.refresh_token().map(|token| Secret::new(token.secret().clone()));
        let scopes = response.scopes().into_iter().flatten().map(|scope| scope.to_string()).collect();
        Ok(TokenSet {
            access,
            refresh: refresh.filter(|token| !token.is_empty()),
            expires_at: response.expires_in().map(|time| later(self.clock.now(), time)),
            scopes,
            server: None,
        })
    }

    async fn revoke_one(&self, ctx: &Context, token: &Secret) -> Result<()> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let mut form = format!("token={}", encoded(token.expose()));
        let id = format!("&client_id={}", encoded(&self.config.client_id));
        match &self.config.client_secret {
            Some(secret) if self.config.shows_secret == ShowsSecret::InBody => {
                form.push_str(&format!("{id}&client_secret={}", encoded(secret.expose())));
            }
            Some(secret) => {
                // RFC 6749, section 2.3.1: both are form-encoded before they are joined.
                let pair = format!("{}:{}", encoded(&self.config.client_id), encoded(secret.expose()));
                let value = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(pair)));
                headers.extend(value.ok().map(|value| (AUTHORIZATION, value)));
            }
            None => form.push_str(&id),
        }
        let place = |error: Error| {
            error.at(self.config.platform, "oauth2.revoke").with_correlation(ctx.correlation_id())
        };
        let response = self
            .post(ctx, self.config.revoke_url.clone(), headers, Bytes::from(form))
            .await
            .map_err(place)?;
        if response.status.is_success() {
            return Ok(());
        }
        let message = format!("the platform answered {} to the revocation", response.status);
        Err(place(
            Error::new(ErrorKind::Authentication, "oauth.revoke", message)
                .with_certainty(Certainty::Rejected),
        ))
    }
}

impl fmt::Debug for OAuth2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuth2").field("config", &self.config).finish_non_exhaustive()
    }
}

#[async_trait]
impl Authenticator for OAuth2 {
    fn platform(&self) -> PlatformId {
        self.config.platform
    }

    fn app(&self) -> &str {
        &self.config.app
    }

    fn default_scopes(&self) -> &'static [&'static str] {
        self.config.default_scopes
    }

    fn begin(&self, request: &ConsentRequest) -> Result<Consent> {
        let redirect = redirect_url(&request.redirect_uri)?;
        let defaults = self.config.default_scopes.iter().map(|scope| (*scope).to_owned());
        let scopes: Vec<String> =
            if request.scopes.is_empty() { defaults.collect() } else { request.scopes.clone() };
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state) = self
            .client
            .authorize_url(CsrfToken::new_random)
            .set_redirect_uri(Cow::Owned(redirect))
            .add_scopes(scopes.into_iter().map(Scope::new))
            .set_pkce_challenge(challenge)
            .url();
        Ok(Consent {
            url: url.to_string(),
            state: Secret::new(state.into_secret()),
            verifier: Secret::new(verifier.into_secret()),
        })
    }

    async fn complete(
        &self,
        ctx: &Context,
        code: Secret,
        verifier: &Secret,
        redirect_uri: &str,
    ) -> Result<TokenSet> {
        let redirect = redirect_url(redirect_uri)?;
        let http = Exchanger { oauth: self, ctx, status: Mutex::default() };
        let asked = self
            .client
            .exchange_code(AuthorizationCode::new(code.expose().to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.expose().to_owned()))
            .set_redirect_uri(Cow::Owned(redirect))
            .request_async(&http)
            .await;
        let asked = self.conclude(&http, "oauth2.complete", asked);
        let mut tokens = asked.map_err(|refusal| match refusal {
            Refusal::Failed(error) | Refusal::Answered(error, _) => {
                error.hint("a code is good for one exchange: ask the account's owner to consent again")
            }
        })?;
        if tokens.scopes.is_empty() {
            // "OPTIONAL, if identical to the scope requested by the client" (RFC 6749, section 5.1).
            tokens.scopes = self.config.default_scopes.iter().map(|scope| (*scope).to_owned()).collect();
        }
        Ok(tokens)
    }

    async fn refresh(&self, ctx: &Context, tokens: &TokenSet) -> Result<TokenSet> {
        let Some(refresh) = &tokens.refresh else {
            let message = "there is no refresh token";
            return Err(Error::new(ErrorKind::NeedsConsent, "oauth.no_refresh", message)
                .hint("connect the account again")
                .with_certainty(Certainty::NotSent));
        };
        let http = Exchanger { oauth: self, ctx, status: Mutex::default() };
        let asked = self
            .client
            .exchange_refresh_token(&RefreshToken::new(refresh.expose().to_owned()))
            .request_async(&http)
            .await;
        let asked = self.conclude(&http, "oauth2.refresh", asked);
        match asked {
            Ok(tokens) => Ok(tokens),
            Err(Refusal::Failed(error)) => Err(error),
            Err(Refusal::Answered(error, answer)) if is_spent(&answer) => {
                let message = "the platform no longer accepts the account's refresh token";
                Err(Error::new(ErrorKind::NeedsConsent, "oauth.spent", message)
                    .hint("connect the account again")
                    .with_certainty(Certainty::Rejected)
                    .with_source(error))
            }
            // Something is wrong with the app, not with the token: it may be mended, and the token is still good.
            Err(Refusal::Answered(error, _)) => Err(error.with_retry(Retry::After(Duration::from_secs(60)))),
        }
    }

    async fn revoke(&self, ctx: &Context, tokens: &TokenSet) -> Result<()> {
        for token in tokens.refresh.iter().chain([&tokens.access]) {
            self.revoke_one(ctx, token).await?;
        }
        Ok(())
    }
}

/// What the `oauth2` crate made of an exchange.
type Asked = Result<BasicTokenResponse, RequestTokenError<Sent, BasicErrorResponse>>;

/// Why there are no tokens.
enum Refusal {
    /// The platform decided so.
    Answered(Error, BasicErrorResponse),
    /// It did not come to a readable decision.
    Failed(Error),
}

/// The HTTP client that the `oauth2` crate sees.
struct Exchanger<'a> {
    oauth: &'a OAuth2,
    ctx: &'a Context,
    status: Mutex<Option<StatusCode>>,
}

impl<'c> AsyncHttpClient<'c> for Exchanger<'_> {
    type Error = Sent;
    type Future = Pin<Box<dyn Future<Output = Result<oauth2::HttpResponse, Sent>> + Send + 'c>>;

    fn call(&'c self, request: oauth2::HttpRequest) -> Self::Future {
        Box::pin(async move {
            let response = self.oauth.exchange(self.ctx, request).await.map_err(Sent)?;
            *self.status.lock().unwrap_or_else(PoisonError::into_inner) = Some(response.status);
            let mut answer = oauth2::HttpResponse::new(response.body.to_vec());
            *answer.status_mut() = response.status;
            *answer.headers_mut() = response.headers;
            Ok(answer)
        })
    }
}

/// An error of ours on its way through the `oauth2` crate.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Sent(Error);

fn redirect_url(uri: &str) -> Result<RedirectUrl> {
    RedirectUrl::new(uri.to_owned()).map_err(|_| {
        Error::new(ErrorKind::Configuration, "oauth.redirect", format!("{uri:?} is not a redirect URI"))
            .hint("use one that is registered with the app, such as http://127.0.0.1:8080/callback")
    })
}

/// The platform read the request and said no. Its description is for developers (RFC 6749, section 5.2).
fn refused(answer: &BasicErrorResponse) -> Error {
    let what = answer.error().as_ref();
    let why = answer.error_description().map_or("", String::as_str);
    let message = if why.is_empty() { what.to_owned() } else { format!("{what}: {why}") };
    let client = matches!(
        answer.error(),
        BasicErrorResponseType::InvalidClient | BasicErrorResponseType::UnauthorizedClient
    );
    let message = format!("the token endpoint refused: {}", message.chars().take(300).collect::<String>());
    let error = if client {
        Error::new(ErrorKind::Configuration, "oauth.client", message)
            .hint("check the app's client id and secret")
    } else {
        Error::new(ErrorKind::Authentication, "oauth.refused", message)
    };
    error.with_certainty(Certainty::Rejected)
}

/// Whether a refresh was refused because of the token. X was seen to say `invalid_request`, "Value passed for the
/// token was invalid.", where RFC 6749 has `invalid_grant`.
fn is_spent(answer: &BasicErrorResponse) -> bool {
    match answer.error() {
        BasicErrorResponseType::InvalidGrant => true,
        BasicErrorResponseType::InvalidRequest => {
            let why = answer.error_description().map(|why| why.to_ascii_lowercase()).unwrap_or_default();
            why.contains("token") && why.contains("invalid")
        }
        _ => false,
    }
}

fn unreadable(status: Option<StatusCode>) -> Error {
    match status {
        Some(status) if status.is_client_error() => {
            let message =
                format!("the token endpoint answered {status}, and says no reason that can be read");
            Error::new(ErrorKind::Authentication, "oauth.refused", message)
                .with_certainty(Certainty::Rejected)
        }
        _ => Error::new(
            ErrorKind::PlatformFault,
            "oauth.unreadable",
            "the token endpoint's answer is unreadable: the token may be spent",
        )
        .with_certainty(Certainty::MaybeSent),
    }
}

fn retry_after(headers: &HeaderMap) -> Duration {
    let told =
        headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()).and_then(|value| value.parse().ok());
    told.map_or(PAUSE, |secs| Duration::from_secs(secs).min(LONGEST))
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}
