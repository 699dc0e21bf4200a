//! An OAuth 2.0 server of the strict kind, by other people: authlib's, in `tests/peers/oauth/server.py`. It demands PKCE by
//! S256, and one code or refresh token that comes twice ends all that its owner granted.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../tests/support/peer.rs"]
mod peer;
mod support;

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::header::{AUTHORIZATION, LOCATION};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use jiff::Timestamp;
use peer::Peer;
use support::Vault;
use url::Url;
use xmp_client::oauth2::{OAuth2, OAuth2Config, ShowsSecret};
use xmp_client::tokens::TokenManager;
use xmp_client::transport::ReqwestTransport;
use xmp_core::{
    AccountState, Authenticator, Certainty, Clock, Consent, ConsentRequest, Context, CredentialSource,
    ErrorKind, HttpRequest, HttpResponse, HttpTransport, Monotonic, PlatformId, RequestBody, Secret,
    SystemClock, TokenSet, WorkerId,
};

const REDIRECT: &str = "http://127.0.0.1/callback";
/// The clients that the server knows, by id and secret.
const CLIENTS: [(&str, Option<&str>); 2] = [("public", None), ("confidential", Some("confidential-secret"))];

struct Stage {
    server: Peer,
    transport: Arc<ReqwestTransport>,
    clock: Ahead,
}

/// Real time, which may be set forward. Two managers wait for each other and for a real server here: time that jumped
/// whenever one of them waited would run out for the other.
#[derive(Clone, Debug, Default)]
struct Ahead(Arc<Mutex<Duration>>);

impl Ahead {
    fn advance(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        SystemClock.now() + *self.0.lock().unwrap()
    }

    fn monotonic(&self) -> Monotonic {
        SystemClock.monotonic()
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        SystemClock.sleep(time)
    }
}

/// A server of its own; `None`, with a message, where there is none.
fn stage() -> Option<Stage> {
    let server = Peer::python("oauth/server.py", &[])?;
    Some(Stage { server, transport: Arc::new(ReqwestTransport::new().unwrap()), clock: Ahead::default() })
}

impl Stage {
    fn url(&self) -> &str {
        self.server.text("/url")
    }

    fn oauth(&self, (id, secret): (&str, Option<&str>)) -> OAuth2 {
        let config = OAuth2Config {
            platform: PlatformId::X,
            shows_secret: ShowsSecret::InHeader,
            app: id.into(),
            client_id: id.into(),
            client_secret: secret.map(Secret::new),
            authorize_url: format!("{}/authorize", self.url()),
            token_url: format!("{}/token", self.url()),
            revoke_url: format!("{}/revoke", self.url()),
            default_scopes: &["read", "write"],
        };
        OAuth2::new(config, self.transport.clone(), Arc::new(self.clock.clone())).unwrap()
    }

    /// Ada consents; gives what was asked of her, and the code that she brings back.
    async fn consent(&self, oauth: &OAuth2) -> (Consent, Secret) {
        let request = ConsentRequest { redirect_uri: REDIRECT.into(), scopes: Vec::new() };
        let consent = oauth.begin(&request).unwrap();
        let answer = self.get(&format!("{}&login=ada", consent.url), None).await;
        assert_eq!(answer.status, StatusCode::FOUND);
        let back = Url::parse(answer.headers[LOCATION].to_str().unwrap()).unwrap();
        let brought = |name: &str| back.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
        assert_eq!(brought("state"), consent.state.expose());
        (consent, Secret::new(brought("code")))
    }

    async fn connect(&self, oauth: &OAuth2) -> TokenSet {
        let (consent, code) = self.consent(oauth).await;
        oauth.complete(&Context::default(), code, &consent.verifier, REDIRECT).await.unwrap()
    }

    /// How often the server has refreshed what an access token comes from; `None` if it takes the token no more.
    async fn refreshes(&self, tokens: &TokenSet) -> Option<u64> {
        let answer = self.get(&format!("{}/me", self.url()), Some(&tokens.access)).await;
        if answer.status == StatusCode::UNAUTHORIZED {
            return None;
        }
        let me: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(me["login"], "ada");
        me["refreshes"].as_u64()
    }

    async fn get(&self, url: &str, token: Option<&Secret>) -> HttpResponse {
        let bearer = |token: &Secret| HeaderValue::from_str(&format!("Bearer {}", token.expose())).unwrap();
        let request = HttpRequest {
            method: Method::GET,
            url: url.into(),
            headers: HeaderMap::from_iter(token.map(|token| (AUTHORIZATION, bearer(token)))),
            body: RequestBody::Empty,
            timeout: Duration::from_secs(20),
            max_response: 64 * 1024,
            gate: None,
        };
        self.transport.send(request).await.unwrap()
    }

    /// A process that keeps the tokens of a vault alive.
    fn manager(&self, vault: &Arc<Vault>, oauth: &OAuth2) -> TokenManager {
        let authenticator: Arc<dyn Authenticator> = Arc::new(oauth.clone());
        let worker = WorkerId::new(self.clock.now());
        TokenManager::new(vault.clone(), vault.clone(), [authenticator], Arc::new(self.clock.clone()), worker)
    }

    /// Lets the access token's time pass, for us: the server has a clock of its own.
    fn outlive(&self, tokens: &TokenSet) {
        let left = tokens.expires_at.unwrap().duration_since(self.clock.now());
        self.clock.advance(left.try_into().unwrap());
    }
}

#[tokio::test]
async fn clients_of_both_kinds_connect_refresh_and_revoke() {
    let Some(stage) = stage() else { return };
    for client in CLIENTS {
        let oauth = stage.oauth(client);
        let ctx = Context::default();
        let first = stage.connect(&oauth).await;
        assert_eq!(first.scopes, ["read", "write"]);
        assert_eq!(stage.refreshes(&first).await, Some(0));

        let second = oauth.refresh(&ctx, &first).await.unwrap();
        assert_ne!(second.refresh, first.refresh);
        assert_eq!(stage.refreshes(&second).await, Some(1));

        oauth.revoke(&ctx, &second).await.unwrap();
        assert_eq!(stage.refreshes(&second).await, None);
        let error = oauth.refresh(&ctx, &second).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::NeedsConsent, "oauth.spent"));
        oauth.revoke(&ctx, &second).await.unwrap();
    }
}

#[tokio::test]
async fn another_verifier_is_refused_and_costs_no_code() {
    let Some(stage) = stage() else { return };
    for client in CLIENTS {
        let oauth = stage.oauth(client);
        let ctx = Context::default();
        let (consent, code) = stage.consent(&oauth).await;
        let (other, _) = stage.consent(&oauth).await;
        let error = oauth.complete(&ctx, code.clone(), &other.verifier, REDIRECT).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
        assert_eq!(error.certainty(), Some(Certainty::Rejected));
        assert!(!error.to_string().contains(code.expose()));
        let tokens = oauth.complete(&ctx, code, &consent.verifier, REDIRECT).await.unwrap();
        assert_eq!(stage.refreshes(&tokens).await, Some(0));
    }
}

#[tokio::test]
async fn a_code_that_comes_twice_ends_its_tokens() {
    let Some(stage) = stage() else { return };
    let oauth = stage.oauth(CLIENTS[0]);
    let ctx = Context::default();
    let (consent, code) = stage.consent(&oauth).await;
    let tokens = oauth.complete(&ctx, code.clone(), &consent.verifier, REDIRECT).await.unwrap();
    assert_eq!(stage.refreshes(&tokens).await, Some(0));
    let error = oauth.complete(&ctx, code, &consent.verifier, REDIRECT).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Authentication, Some(Certainty::Rejected)));
    assert_eq!(stage.refreshes(&tokens).await, None);
    assert_eq!(oauth.refresh(&ctx, &tokens).await.unwrap_err().kind(), ErrorKind::NeedsConsent);
}

#[tokio::test]
async fn a_wrong_secret_is_the_apps_fault_and_costs_no_token() {
    let Some(stage) = stage() else { return };
    let oauth = stage.oauth(CLIENTS[1]);
    let ctx = Context::default();
    let tokens = stage.connect(&oauth).await;
    let error = stage.oauth(("confidential", Some("wrong"))).refresh(&ctx, &tokens).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Configuration, Some(Certainty::Rejected)));
    assert_eq!(stage.refreshes(&oauth.refresh(&ctx, &tokens).await.unwrap()).await, Some(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_callers_in_two_processes_spend_each_refresh_token_once() {
    let Some(stage) = stage() else { return };
    let oauth = stage.oauth(CLIENTS[0]);
    let mut tokens = stage.connect(&oauth).await;
    let vault = Vault::new(Arc::new(stage.clock.clone()));
    let account = vault.add("1", "ada", "public", tokens.to_secret().unwrap()).id;
    let managers = [stage.manager(&vault, &oauth), stage.manager(&vault, &oauth)];
    // Were a token spent twice, the server would end them all.
    for round in 1..=3 {
        stage.outlive(&tokens);
        let callers: Vec<_> = (0..20)
            .map(|caller| {
                let manager = managers[caller % 2].clone();
                tokio::spawn(async move { manager.access_token(&Context::default(), account).await })
            })
            .collect();
        for caller in callers {
            tokens = caller.await.unwrap().unwrap();
            assert_eq!(stage.refreshes(&tokens).await, Some(round));
        }
    }
}

#[tokio::test]
async fn an_old_refresh_token_ends_the_grant_and_the_account_needs_consent() {
    let Some(stage) = stage() else { return };
    let oauth = stage.oauth(CLIENTS[0]);
    let ctx = Context::default();
    let old = stage.connect(&oauth).await;
    let vault = Vault::new(Arc::new(stage.clock.clone()));
    let account = vault.add("1", "ada", "public", old.to_secret().unwrap()).id;
    let manager = stage.manager(&vault, &oauth);
    stage.outlive(&old);
    let new = manager.access_token(&ctx, account).await.unwrap();
    assert_eq!(stage.refreshes(&new).await, Some(1));

    let error = oauth.refresh(&ctx, &old).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::NeedsConsent, Some(Certainty::Rejected)));
    assert_eq!(stage.refreshes(&new).await, None, "the server ends all that was granted");

    let error = manager.replace_refused(&ctx, account, &new.access).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NeedsConsent);
    assert_eq!(vault.state(account), AccountState::NeedsConsent);
}
