//! Tokens under stress: many callers, two processes, death in between.
#![allow(clippy::unwrap_used, clippy::panic, clippy::unimplemented, reason = "a test fails by panicking")]

mod support;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use support::{TestClock, Vault};
use tokio::sync::Notify;
use xmp_client::oauth2::{OAuth2, OAuth2Config, ShowsSecret};
use xmp_client::tokens::TokenManager;
use xmp_core::{
    Account, AccountState, AccountStore, Authenticator, CancelToken, Certainty, Clock, Consent,
    ConsentRequest, Context, CredentialSource, Error, ErrorKind, HttpRequest, HttpResponse, HttpTransport,
    PlatformId, Result, Retry, Secret, TokenSet, WorkerId,
};

type Act = Box<dyn Fn(&Secret) -> Result<TokenSet> + Send + Sync>;

/// A platform that rotates: each refresh token buys one pair.
struct Fake {
    asked: AtomicU32,
    clock: TestClock,
    act: Mutex<Option<Act>>,
    /// Asked for, and waiting here until told to go on.
    pause: Option<(Notify, Notify)>,
}

impl Fake {
    fn new(clock: &TestClock) -> Self {
        Self { asked: AtomicU32::new(0), clock: clock.clone(), act: Mutex::default(), pause: None }
    }

    fn failing(clock: &TestClock, error: fn() -> Error) -> Self {
        Self { act: Mutex::new(Some(Box::new(move |_| Err(error())))), ..Self::new(clock) }
    }
}

#[async_trait]
impl Authenticator for Fake {
    fn platform(&self) -> PlatformId {
        PlatformId::X
    }
    fn app(&self) -> &str {
        "app"
    }
    fn default_scopes(&self) -> &'static [&'static str] {
        &[]
    }
    fn begin(&self, _: &ConsentRequest) -> Result<Consent> {
        unreachable!("nothing here asks for it")
    }
    async fn complete(&self, _: &Context, _: Secret, _: &Secret, _: &str) -> Result<TokenSet> {
        unreachable!("nothing here asks for it")
    }
    async fn refresh(&self, _: &Context, tokens: &TokenSet) -> Result<TokenSet> {
        let refresh = tokens.refresh.as_ref().unwrap();
        let number = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        if let Some((reached, go)) = &self.pause {
            reached.notify_one();
            go.notified().await;
        }
        tokio::task::yield_now().await;
        if let Some(act) = &*self.act.lock().unwrap() {
            return act(refresh);
        }
        assert_eq!(refresh.expose(), format!("refresh-{}", number - 1), "a spent token was shown");
        Ok(self::tokens(number, self.clock.now() + Duration::from_secs(7200)))
    }
    async fn revoke(&self, _: &Context, _: &TokenSet) -> Result<()> {
        unreachable!("nothing here asks for it")
    }
}

fn tokens(number: u32, expires_at: Timestamp) -> TokenSet {
    TokenSet {
        access: Secret::new(format!("access-{number}")),
        refresh: Some(Secret::new(format!("refresh-{number}"))),
        expires_at: Some(expires_at),
        scopes: vec!["a".into()],
        server: None,
    }
}

struct Bench {
    clock: TestClock,
    vault: Arc<Vault>,
    fake: Arc<Fake>,
    manager: TokenManager,
    account: Account,
}

fn manager(vault: &Arc<Vault>, fake: &Arc<Fake>, clock: &TestClock) -> TokenManager {
    let worker = WorkerId::new(clock.now());
    let clock = Arc::new(clock.clone());
    TokenManager::new(vault.clone(), vault.clone(), [fake.clone() as Arc<dyn Authenticator>], clock, worker)
}

/// An account whose token lives for so many seconds.
fn bench(lives: i64, fake: impl FnOnce(&TestClock) -> Fake) -> Bench {
    let clock = TestClock::alone();
    let vault = Vault::new(Arc::new(clock.clone()));
    let fake = Arc::new(fake(&clock));
    let manager = manager(&vault, &fake, &clock);
    let expires_at = clock.now() + jiff::SignedDuration::from_secs(lives);
    let account = vault.add("7", "ada", "app", tokens(0, expires_at).to_secret().unwrap());
    Bench { clock, vault, fake, manager, account }
}

impl Bench {
    async fn token(&self) -> Result<TokenSet> {
        self.manager.access_token(&Context::default(), self.account.id).await
    }

    fn asked(&self) -> u32 {
        self.fake.asked.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn a_good_token_is_used_as_it_is() {
    let bench = bench(61, Fake::new);
    assert_eq!(bench.token().await.unwrap().access.expose(), "access-0");
    assert_eq!(bench.asked(), 0);
}

#[tokio::test]
async fn a_token_that_ends_soon_is_refreshed_first() {
    let bench = bench(60, Fake::new);
    assert_eq!(bench.token().await.unwrap().access.expose(), "access-1");
    assert_eq!(
        xmp_core::TokenSet::from_secret(&bench.vault.stored(bench.account.id)).unwrap().access.expose(),
        "access-1"
    );
    assert!(!bench.vault.is_leased(bench.account.id));
    bench.clock.advance(Duration::from_secs(7200));
    assert_eq!(bench.token().await.unwrap().access.expose(), "access-2");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_callers_in_two_processes_ask_once() {
    let bench = bench(0, Fake::new);
    let other = manager(&bench.vault, &bench.fake, &bench.clock);
    let callers: Vec<_> = (0..20)
        .map(|index| {
            let manager = if index % 2 == 0 { bench.manager.clone() } else { other.clone() };
            let account = bench.account.id;
            tokio::spawn(async move { manager.access_token(&Context::default(), account).await })
        })
        .collect();
    for caller in callers {
        assert_eq!(caller.await.unwrap().unwrap().access.expose(), "access-1");
    }
    assert_eq!(bench.asked(), 1);
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_for_all_who_were_refused() {
    let bench = bench(7200, Fake::new);
    let refused = Secret::new("access-0");
    for _ in 0..2 {
        let tokens =
            bench.manager.replace_refused(&Context::default(), bench.account.id, &refused).await.unwrap();
        assert_eq!(tokens.access.expose(), "access-1");
    }
    assert_eq!(bench.asked(), 1);
}

#[tokio::test]
async fn a_missing_or_empty_refresh_token_keeps_the_old_one() {
    for refresh in [None, Some(Secret::new(""))] {
        let bench = bench(0, Fake::new);
        let expires_at = Some(bench.clock.now() + Duration::from_secs(7200));
        *bench.fake.act.lock().unwrap() = Some(Box::new(move |_| {
            let access = Secret::new("new");
            Ok(TokenSet { access, refresh: refresh.clone(), expires_at, scopes: Vec::new(), server: None })
        }));
        let tokens = bench.token().await.unwrap();
        assert_eq!((tokens.refresh.unwrap().expose(), tokens.scopes), ("refresh-0", vec!["a".to_owned()]));
    }
}

fn consent() -> Error {
    Error::new(ErrorKind::NeedsConsent, "oauth.spent", "spent").with_certainty(Certainty::Rejected)
}

fn unknown() -> Error {
    Error::new(ErrorKind::Network, "http.broken", "broken").with_certainty(Certainty::MaybeSent)
}

fn transient() -> Error {
    Error::new(ErrorKind::PlatformFault, "oauth.busy", "busy")
        .with_retry(Retry::After(Duration::from_secs(9)))
        .with_certainty(Certainty::NotSent)
}

#[tokio::test]
async fn what_is_spent_or_in_doubt_needs_consent() {
    for (failure, code) in [(consent as fn() -> Error, "tokens.spent"), (unknown, "tokens.unknown")] {
        // Even where the present token would be good for a little longer.
        let bench = bench(30, |clock| Fake::failing(clock, failure));
        let error = bench.token().await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::NeedsConsent, code));
        assert_eq!(bench.vault.state(bench.account.id), AccountState::NeedsConsent);
        assert_eq!(
            xmp_core::TokenSet::from_secret(&bench.vault.stored(bench.account.id)).unwrap().access.expose(),
            "access-0"
        );
        assert_eq!(bench.token().await.unwrap_err().code(), "tokens.consent");
        // Even if the account's state got lost: the lease stayed.
        assert!(bench.vault.is_leased(bench.account.id));
        let (ctx, id) = (Context::default(), bench.account.id);
        bench.vault.set_account_state(&ctx, id, AccountState::Active, "lost").await.unwrap();
        bench.clock.advance(Duration::from_secs(61));
        assert_eq!(bench.token().await.unwrap_err().code(), "tokens.abandoned");
        assert_eq!(bench.asked(), 1, "the same token is never asked with again");
        // Until the owner has connected it again.
        let expires_at = bench.clock.now() + Duration::from_secs(7200);
        bench.vault.store(id, tokens(7, expires_at).to_secret().unwrap());
        assert_eq!(bench.token().await.unwrap().access.expose(), "access-7");
    }
}

#[tokio::test]
async fn a_passing_failure_is_no_disconnect() {
    let alive = bench(30, |clock| Fake::failing(clock, transient));
    assert_eq!(alive.token().await.unwrap().access.expose(), "access-0", "it is still good");

    let ended = bench(0, |clock| Fake::failing(clock, transient));
    let error = ended.token().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.retry()),
        (ErrorKind::PlatformFault, Retry::After(Duration::from_secs(9)))
    );
    assert_eq!(ended.vault.state(ended.account.id), AccountState::Active);
    assert!(!ended.vault.is_leased(ended.account.id));
    *ended.fake.act.lock().unwrap() = Some(Box::new(|_| Ok(tokens(1, Timestamp::MAX))));
    assert_eq!(ended.token().await.unwrap().access.expose(), "access-1");
}

#[tokio::test]
async fn a_lease_that_was_left_behind_needs_consent() {
    let bench = bench(0, Fake::new);
    bench.vault.lease_to(bench.account.id, WorkerId::new(Timestamp::UNIX_EPOCH), Duration::from_secs(3));
    let error = bench.token().await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::NeedsConsent, "tokens.abandoned"));
    assert_eq!(bench.vault.state(bench.account.id), AccountState::NeedsConsent);
    assert_eq!(bench.asked(), 0, "nobody guesses");
}

#[tokio::test]
async fn another_process_at_work_is_waited_for() {
    let bench = bench(0, Fake::new);
    let other = WorkerId::new(Timestamp::UNIX_EPOCH);
    bench.vault.lease_to(bench.account.id, other, Duration::from_secs(600));
    let account = bench.account.id;
    let (vault, expires_at) = (bench.vault.clone(), bench.clock.now() + Duration::from_secs(7200));
    let (token, ()) = tokio::join!(bench.token(), async move {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        vault.store(account, tokens(8, expires_at).to_secret().unwrap());
    });
    assert_eq!(token.unwrap().access.expose(), "access-8");
    assert_eq!(bench.asked(), 0);
}

#[tokio::test]
async fn a_caller_who_goes_away_leaves_no_half_state() {
    let bench = bench(0, |clock| Fake { pause: Some((Notify::new(), Notify::new())), ..Fake::new(clock) });
    let cancel = CancelToken::new();
    let ctx = Context::default().cancelled_by(cancel.clone());
    let (reached, go) = bench.fake.pause.as_ref().unwrap();
    let (result, ()) = tokio::join!(bench.manager.access_token(&ctx, bench.account.id), async {
        reached.notified().await;
        cancel.cancel();
    });
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Cancelled);
    go.notify_one();
    // The next caller finds what was bought, and does not ask again.
    assert_eq!(bench.token().await.unwrap().access.expose(), "access-1");
    assert_eq!(bench.asked(), 1);
    assert!(!bench.vault.is_leased(bench.account.id));
}

#[tokio::test]
async fn a_store_that_fails_for_a_while_loses_nothing() {
    let bench = bench(0, Fake::new);
    *bench.vault.failing_writes.lock().unwrap() = 14;
    let begun = bench.clock.now();
    assert_eq!(bench.token().await.unwrap().access.expose(), "access-1");
    let took = bench.clock.now().duration_since(begun).as_secs();
    assert!((45..55).contains(&took), "as long as the lease allows, and no longer: {took}");
    assert!(!bench.vault.is_leased(bench.account.id));
}

#[tokio::test]
async fn tokens_that_cannot_be_stored_leave_the_lease_behind() {
    let bench = bench(0, Fake::new);
    *bench.vault.failing_writes.lock().unwrap() = 99;
    assert_eq!(bench.token().await.unwrap_err().kind(), ErrorKind::Storage);
    assert!(bench.vault.is_leased(bench.account.id), "the stored pair is spent: nobody may try it");
    bench.clock.advance(Duration::from_secs(61));
    assert_eq!(bench.token().await.unwrap_err().code(), "tokens.abandoned");
}

#[tokio::test]
async fn an_account_connected_again_meanwhile_wins() {
    let bench = bench(0, Fake::new);
    let (vault, account, end) =
        (bench.vault.clone(), bench.account.id, bench.clock.now() + Duration::from_secs(7200));
    *bench.fake.act.lock().unwrap() = Some(Box::new(move |_| {
        vault.store(account, tokens(50, end).to_secret().unwrap());
        Ok(tokens(1, end))
    }));
    assert_eq!(bench.token().await.unwrap().access.expose(), "access-50");
}

#[tokio::test]
async fn an_account_connected_again_meanwhile_is_not_overruled() {
    for failure in [consent as fn() -> Error, unknown] {
        let bench = bench(0, Fake::new);
        let (vault, account, end) =
            (bench.vault.clone(), bench.account.id, bench.clock.now() + Duration::from_secs(7200));
        *bench.fake.act.lock().unwrap() = Some(Box::new(move |_| {
            vault.store(account, tokens(50, end).to_secret().unwrap());
            Err(failure())
        }));
        assert_eq!(bench.token().await.unwrap().access.expose(), "access-50");
        assert_eq!(bench.vault.state(account), AccountState::Active);
        assert!(bench.vault.whys().is_empty() && !bench.vault.is_leased(account));
    }
}

/// Stops for so long when all but the last byte is on the wire.
struct Stopping(TestClock, Duration);

#[async_trait]
impl HttpTransport for Stopping {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse> {
        self.0.advance(self.1);
        request.gate.unwrap().open().map_err(|error| error.with_certainty(Certainty::NotSent))?;
        let body = r#"{"access_token":"access-1","token_type":"bearer","expires_in":7200}"#;
        let headers = http::HeaderMap::from_iter([(
            http::header::CONTENT_TYPE,
            http::HeaderValue::from_static("application/json"),
        )]);
        Ok(HttpResponse { status: http::StatusCode::OK, headers, body: body.into() })
    }
}

#[tokio::test]
async fn a_refresh_is_completed_only_within_its_lease() {
    for (stopped, sent) in [(29, true), (30, false), (3600, false)] {
        let bench = bench(0, Fake::new);
        let config = OAuth2Config {
            platform: PlatformId::X,
            shows_secret: ShowsSecret::InHeader,
            app: "app".into(),
            client_id: "app".into(),
            client_secret: None,
            authorize_url: "https://a/authorize".into(),
            token_url: "https://a/token".into(),
            revoke_url: "https://a/revoke".into(),
            default_scopes: &[],
        };
        let clock = Arc::new(bench.clock.clone());
        let transport = Arc::new(Stopping(bench.clock.clone(), Duration::from_secs(stopped)));
        let oauth: Arc<dyn Authenticator> = Arc::new(OAuth2::new(config, transport, clock.clone()).unwrap());
        let (vault, worker) = (bench.vault.clone(), WorkerId::new(bench.clock.now()));
        let manager = TokenManager::new(vault.clone(), vault, [oauth], clock, worker);
        let result = manager.access_token(&Context::default(), bench.account.id).await;
        if sent {
            assert_eq!(result.unwrap().access.expose(), "access-1");
        } else {
            let error = result.unwrap_err();
            assert_eq!((error.code(), error.certainty()), ("oauth.deadline", Some(Certainty::NotSent)));
            assert_eq!(bench.vault.state(bench.account.id), AccountState::Active);
        }
        assert!(!bench.vault.is_leased(bench.account.id));
    }
}

#[tokio::test]
async fn without_a_refresh_token_the_owner_is_needed() {
    let bench = bench(0, Fake::new);
    let lone = TokenSet { refresh: None, ..tokens(0, Timestamp::UNIX_EPOCH) };
    bench.vault.store(bench.account.id, lone.to_secret().unwrap());
    assert_eq!(bench.token().await.unwrap_err().code(), "tokens.no_refresh");
    assert!(bench.vault.whys()[0].contains("no refresh token"));
}

#[tokio::test]
async fn no_text_shows_a_token() {
    let bench = bench(0, |clock| Fake::failing(clock, unknown));
    let error = bench.token().await.unwrap_err();
    let all = format!("{error} {error:?} {:?} {:?}", bench.manager, bench.vault.whys());
    assert!(!all.contains("access-0") && !all.contains("refresh-0"), "{all}");
}
