//! What differs from server to server: what it allows, its windows, its apps.

use std::sync::Arc;
use std::time::Duration;

use xmp_client::mastodon::{MastodonConfig, NewApp, Registration, register};
use xmp_client::setup::{Setup, Surroundings};
use xmp_client::suite::Stage;
use xmp_client::transport::ReqwestTransport;
use xmp_core::{
    Clock, ConsentRequest, Context, ErrorKind, HttpTransport, Outcome, PartContent, PartId, Retry, Secret,
    Work,
};
use xmp_sim::{Fault, FaultKind, InstanceLimits, Sim};
use xmp_store::MemoryStore;

use crate::connected::{REDIRECT, clocks};
use crate::part::Part;
use crate::stages::Simulated;
use crate::support::Kept;

#[tokio::test]
async fn a_program_registers_itself_and_connects_an_account() {
    let (clock, simulated) = clocks();
    let sim = Sim::builder().clock(simulated).account("mastodon:ada").start().await.unwrap();
    let transport: Arc<dyn HttpTransport> = Arc::new(ReqwestTransport::new().unwrap());
    let clock: Arc<dyn Clock> = Arc::new(clock);
    let ctx = Context::default();
    let redirect_uris = vec!["https://example.com/back".to_owned(), REDIRECT.to_owned()];
    let app = NewApp { name: "my program".to_owned(), redirect_uris, website: None };
    let server = format!("{}/", sim.url());
    let registered = register(&ctx, transport.clone(), clock.clone(), &server, &app).await.unwrap();
    assert_eq!(registered.server, sim.url());
    assert!(!format!("{registered:?}").contains(registered.client_secret.expose()));

    let config = MastodonConfig::from(registered.clone());
    let store = Arc::new(MemoryStore::new(clock.clone()));
    let (platform, oauth) = config.set_up(&Surroundings { transport, store, clock }).unwrap();
    assert_eq!(platform.app(), sim.url().strip_prefix("http://").unwrap());
    assert_eq!(platform.app(), oauth.app());
    let asked = ConsentRequest { redirect_uri: REDIRECT.to_owned(), scopes: Vec::new() };
    let consent = oauth.begin(&asked).unwrap();
    let back = sim.consent_url_approve(&consent.url, "mastodon:ada").await.unwrap();
    let back = url::Url::parse(&back).unwrap();
    let (_, code) = back.query_pairs().find(|(name, _)| name == "code").unwrap();
    let tokens = oauth.complete(&ctx, Secret::new(&*code), &consent.verifier, REDIRECT).await.unwrap();
    assert_eq!((tokens.refresh, tokens.expires_at), (None, None), "tokens of Mastodon don't end");
    let profile = platform.identify(&ctx, &tokens_of(&tokens.access)).await.unwrap();
    assert_eq!(
        (profile.handle.as_str(), profile.remote_id.as_str()),
        ("ada", &*sim.account_id("mastodon:ada").unwrap())
    );
    oauth.revoke(&ctx, &tokens_of(&tokens.access)).await.unwrap();
    let ended = platform.identify(&ctx, &tokens_of(&tokens.access)).await.unwrap_err();
    assert_eq!(ended.kind(), ErrorKind::Authentication);
}

fn tokens_of(access: &Secret) -> xmp_core::TokenSet {
    xmp_core::TokenSet {
        access: access.clone(),
        refresh: None,
        expires_at: None,
        scopes: Vec::new(),
        server: None,
    }
}

#[tokio::test]
async fn an_app_that_a_server_refuses_is_an_error() {
    let sim = Sim::builder().account("mastodon:ada").start().await.unwrap();
    let transport: Arc<dyn HttpTransport> = Arc::new(ReqwestTransport::new().unwrap());
    let (clock, _) = clocks();
    let nameless = NewApp { name: String::new(), redirect_uris: Vec::new(), website: None };
    let refused: xmp_core::Result<Registration> =
        register(&Context::default(), transport, Arc::new(clock), sim.url(), &nameless).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Validation);
}

#[tokio::test]
async fn what_a_server_allows_is_asked_once_an_hour() {
    let limits =
        InstanceLimits { max_characters: 5000, characters_reserved_per_url: 30, ..InstanceLimits::default() };
    let stage = Simulated::with(limits).await;
    let asked = || stage.connected.count("/api/v2/instance");
    let can = async || {
        let connected = &stage.connected;
        connected.platform.capability_for(&connected.ctx, &connected.account).await
    };
    let (one, other) = tokio::join!(can(), can());
    assert_eq!((one.text_limit, one.link_length, other.text_limit), (5000, Some(30), 5000));
    assert_eq!(asked(), 1, "whoever asks meanwhile waits for what is learned");
    stage.advance(Duration::from_secs(3599));
    can().await;
    assert_eq!(asked(), 1);
    // What was known last holds when the server can't be read.
    stage.advance(Duration::from_secs(1));
    stage
        .sim
        .set_fault(Fault::new(FaultKind::Status { code: 404, body: None, legacy: false }).route("instance"));
    assert_eq!(can().await.text_limit, 5000);
    assert_eq!(asked(), 2);
    can().await;
    assert_eq!(asked(), 2, "it is left alone for a minute");
    stage.sim.clear_faults();
    stage.advance(Duration::from_secs(60));
    can().await;
    assert_eq!(asked(), 3);
}

#[tokio::test]
async fn a_server_that_was_never_read_allows_the_usual() {
    let stage = Simulated::with(InstanceLimits { max_characters: 5000, ..InstanceLimits::default() }).await;
    stage
        .sim
        .set_fault(Fault::new(FaultKind::Status { code: 404, body: None, legacy: false }).route("instance"));
    let connected = &stage.connected;
    assert_eq!(connected.platform.capability_for(&connected.ctx, &connected.account).await.text_limit, 500);
}

#[tokio::test]
async fn windows_that_are_used_up_are_not_asked_at() {
    let stage = Simulated::open().await;
    let connected = &stage.connected;
    let content = PartContent { text: "busy".to_owned(), ..PartContent::default() };
    let work = Work { part: PartId::new(connected.clock.now()), account: connected.account.clone(), content };
    let prepared = connected.platform.prepare(&connected.ctx, &work, &Kept::default()).await.unwrap();
    for _ in 0..400 {
        let post = xmp_core::RemoteId::new("1");
        let read = connected.platform.get(&connected.ctx, &connected.account, &post).await.unwrap_err();
        if read.kind() == ErrorKind::RateLimit {
            break;
        }
    }
    let reads = connected.count("/api/v1/statuses/1");
    assert!((250..300).contains(&reads), "{reads} reads leave some of the window to posts");
    let deadline = xmp_core::Deadline::after(&connected.clock, Duration::from_secs(10));
    let outcome = connected.platform.commit(&connected.ctx, &work, &prepared, deadline).await;
    assert!(matches!(outcome, Outcome::Sent(_)), "{outcome:?}");
}

#[tokio::test]
async fn a_refusal_for_too_many_requests_says_when() {
    let stage = Simulated::open().await;
    stage.sim.set_fault(Fault::new(FaultKind::RateLimited { reset_secs: 120 }).route("users.me").times(1));
    let connected = &stage.connected;
    let refused = connected.platform.profile(&connected.ctx, &connected.account).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::RateLimit);
    assert!(matches!(refused.retry(), Retry::After(wait) if wait <= Duration::from_secs(300)), "{refused:?}");
}

#[tokio::test]
async fn a_revoked_token_needs_the_owner_and_a_disabled_login_too() {
    let stage = Simulated::open().await;
    let connected = &stage.connected;
    stage.sim.set_fault(Fault::new(FaultKind::Suspended).route("users.me").times(1));
    let refused = connected.platform.profile(&connected.ctx, &connected.account).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::AccountSuspended);
    stage.sim.set_fault(Fault::new(FaultKind::TokenRevoked).times(1));
    let refused = connected.platform.profile(&connected.ctx, &connected.account).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NeedsConsent);
}

#[tokio::test]
async fn a_page_of_a_proxy_says_nothing_about_a_post() {
    let stage = Simulated::open().await;
    let part = Part::new(&stage, "behind a proxy");
    let (_, published) = part.publish().await;
    let other = Part::new(&stage, "another");
    let prepared = other.prepare().await.unwrap();
    let page = serde_json::json!("<html>404 Not Found</html>");
    stage.sim.set_fault(Fault::new(FaultKind::Status { code: 404, body: Some(page), legacy: false }));
    let connected = &stage.connected;
    let deleted = connected.platform.delete(&connected.ctx, &connected.account, &published.remote_id).await;
    assert_eq!(deleted.unwrap_err().kind(), ErrorKind::PlatformFault, "it is not gone");
    let read = connected.platform.get(&connected.ctx, &connected.account, &published.remote_id).await;
    assert_eq!(read.unwrap_err().kind(), ErrorKind::PlatformFault);
    let outcome = other.commit(&prepared).await;
    assert!(matches!(outcome, Outcome::MaybeSent(_)), "{outcome:?}");
    assert_eq!(stage.live().await.len(), 1);
}
