//! Bad input: each a clear typed error before anything is stored or sent.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg(all(feature = "platform-x", feature = "store-sqlite", feature = "scheduler"))]

mod support;

use std::sync::Arc;
use std::time::Duration;

use support::{REDIRECT, Stage};

use xmp::*;
use xmp_client::setup::Surroundings;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0";

/// What a draft is refused for: kind, code, and a word that its message must have.
async fn refused(xmp: &Xmp, draft: Draft, kind: ErrorKind, code: &str, word: &str) {
    let error = xmp.posts().schedule(&draft, "bad").await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (kind, code), "{error:?}");
    assert!(error.to_string().contains(word), "{word:?} is not in {error}");
    assert!(xmp.posts().find("bad").await.unwrap().is_none(), "nothing is stored");
}

#[tokio::test]
async fn drafts() {
    let stage = Stage::new().await;
    let xmp = stage.xmp().await;
    let ada = stage.connect(&xmp, "ada", OnAbsent::Hold).await.id;
    let stranger = {
        let other = xmp.tenant(TenantId::new("other").unwrap());
        stage.connect(&other, "bob", OnAbsent::Hold).await.id
    };
    let bytes = |bytes: &'static [u8]| MediaSource::Bytes(bytes.into());
    let draft = |text: &str| Draft::text(text).to(ada);
    let requests = stage.sim.requests().len();

    use ErrorKind::{Media, NotFound, Validation};
    refused(&xmp, draft(&"x".repeat(281)), Validation, "text.too_long", "281").await;
    // 141 characters of a script that weighs two each.
    refused(&xmp, draft(&"語".repeat(141)), Validation, "text.too_long", "282").await;
    refused(&xmp, draft("  "), Validation, "part.empty", "text or media").await;
    refused(&xmp, Draft::default().to(ada), Validation, "parts.none", "at least one part").await;
    refused(&xmp, Draft::text("to nobody"), Validation, "accounts.none", "to(account)").await;
    refused(&xmp, draft("twice").to(ada), Validation, "accounts.twice", "each account once").await;
    refused(
        &xmp,
        draft("unknown").to(AccountId::new(stage.clock.now())),
        NotFound,
        "account.unknown",
        "acc_",
    )
    .await;
    refused(&xmp, draft("of another tenant").to(stranger), NotFound, "account.unknown", "acc_").await;

    let past = stage.clock.now() - std::time::Duration::from_secs(1);
    refused(&xmp, draft("late").at(When::At(past)), Validation, "due.past", "in the past").await;
    refused(
        &xmp,
        draft("gap").at(When::local("2040-03-25T02:30", "Europe/Berlin")),
        Validation,
        "due.gap",
        "does not exist",
    )
    .await;
    refused(
        &xmp,
        draft("fold").at(When::local("2040-10-28T02:30", "Europe/Berlin")),
        Validation,
        "due.fold",
        "twice",
    )
    .await;
    refused(
        &xmp,
        draft("zone").at(When::local("2040-10-28T02:30", "Europe/Atlantis")),
        Validation,
        "due.zone",
        "Atlantis",
    )
    .await;
    refused(
        &xmp,
        draft("civil").at(When::local("tomorrow", "Europe/Berlin")),
        Validation,
        "due.civil",
        "tomorrow",
    )
    .await;

    let lie = stage.path().join("photo.jpg");
    std::fs::write(&lie, PNG).unwrap();
    refused(&xmp, draft("lie").image(&lie, "a lie"), Media, "media.mislabelled", "image/jpeg").await;
    refused(&xmp, draft("text").media(bytes(b"not an image"), None), Media, "media.unknown", "first bytes")
        .await;
    refused(&xmp, draft("empty").media(bytes(b""), None), Media, "media.empty", "no bytes").await;
    refused(
        &xmp,
        draft("gone").image(stage.path().join("none.png"), ""),
        Media,
        "media.unreadable",
        "none.png",
    )
    .await;
    let mut large = PNG.to_vec();
    large.resize(5 * 1024 * 1024 + 1, 0);
    refused(
        &xmp,
        draft("large").media(MediaSource::Bytes(large.into()), None),
        Validation,
        "media.too_large",
        "bytes",
    )
    .await;
    let five = (0..5).fold(draft("five"), |draft, _| draft.media(bytes(PNG), None));
    refused(&xmp, five, Validation, "media.count", "5").await;
    refused(&xmp, draft("alt").media(bytes(PNG), Some("x".repeat(1001))), Validation, "alt.too_long", "1001")
        .await;

    // Every problem at once.
    let error = xmp.posts().schedule(&draft(&"x".repeat(300)).then(""), "bad").await.unwrap_err();
    assert_eq!(
        error.problems().iter().map(|problem| problem.rule).collect::<Vec<_>>(),
        ["text.too_long", "part.empty"]
    );
    assert_eq!(error.problems()[1].field, "parts[1].text");

    assert_eq!(xmp.posts().schedule(&draft("key"), "").await.unwrap_err().code(), "idempotency_key.shape");
    assert_eq!(stage.sim.requests().len(), requests, "nothing was sent");
    assert!(xmp.posts().list(&PostFilter::default()).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_same_key_repeats_the_call_or_is_a_conflict() {
    let stage = Stage::new().await;
    let xmp = stage.xmp().await;
    let ada = stage.connect(&xmp, "ada", OnAbsent::Hold).await.id;
    let due = stage.clock.now() + std::time::Duration::from_secs(60);
    let draft = Draft::text("once").to(ada).at(When::At(due));
    let first = xmp.posts().schedule(&draft, "key").await.unwrap();
    assert_eq!(xmp.posts().schedule(&draft, "key").await.unwrap(), first);
    stage.advance(std::time::Duration::from_secs(120));
    assert_eq!(xmp.posts().schedule(&draft, "key").await.unwrap().post, first.post, "even after its time");
    for other in [Draft::text("twice").to(ada).at(When::At(due)), draft.clone().with_priority(Priority::High)]
    {
        let error = xmp.posts().schedule(&other, "key").await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, "idempotency_key.reused"));
        assert!(error.to_string().contains("\"key\""), "{error}");
    }
    assert_eq!(xmp.posts().list(&PostFilter::default()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn consents() {
    let stage = Stage::new().await;
    let xmp = stage.xmp().await;
    let begin =
        async || xmp.accounts().connect(PlatformId::X, &ConnectOptions::new(REDIRECT)).await.unwrap().url;
    let complete = async |url: &str| xmp.accounts().complete(url, CompleteOptions::default()).await;
    let code = async |url: &str| complete(url).await.unwrap_err().code();

    let callback = stage.sim.consent_url_approve(&begin().await, "ada").await.unwrap();
    let other = xmp.tenant(TenantId::new("other").unwrap());
    let stolen = other.accounts().complete(&callback, CompleteOptions::default()).await.unwrap_err();
    assert_eq!(stolen.code(), "consent.unknown", "another tenant's");
    complete(&callback).await.unwrap();
    assert_eq!(code(&callback).await, "consent.unknown", "single use");
    assert_eq!(code(&format!("{REDIRECT}?state=made-up&code=x")).await, "consent.unknown");
    assert_eq!(code("not an address").await, "consent.callback");

    let late = stage.sim.consent_url_approve(&begin().await, "ada").await.unwrap();
    stage.advance(std::time::Duration::from_secs(601));
    assert_eq!(code(&late).await, "consent.unknown", "expired");

    let url = begin().await;
    let state = url.split(['?', '&']).find(|pair| pair.starts_with("state=")).unwrap();
    let error = complete(&format!("{REDIRECT}?{state}&error=access_denied")).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Authorization, "consent.refused"));

    let url = begin().await;
    let state = url.split(['?', '&']).find(|pair| pair.starts_with("state=")).unwrap();
    let error = complete(&format!("{REDIRECT}?{state}&code=made-up-code")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication, "{error:?}");
    assert!(!format!("{error} {error:?}").contains("made-up-code"));
}

#[tokio::test]
async fn stores_and_keys() {
    let stage = Stage::new().await;
    let xmp = stage.xmp().await;
    stage.connect(&xmp, "ada", OnAbsent::Hold).await;
    drop(xmp);

    let open = async |key: SealKey| Xmp::builder().sqlite(stage.database()).seal_key(key).open().await;
    let wrong = open(SealKey::generate().unwrap()).await.unwrap_err();
    assert_eq!((wrong.kind(), wrong.code()), (ErrorKind::Configuration, "seal.wrong_key"), "{wrong}");
    for broken in ["", "short", "not base64 at all, sorry!", &"A".repeat(88)] {
        let error = SealKey::from_base64(broken).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
        assert!(broken.is_empty() || !error.to_string().contains(broken), "{error}");
    }
    open(SealKey::from_base64(&stage.key).unwrap()).await.unwrap();
}

#[tokio::test]
async fn platforms_that_are_not_set_up() {
    let xmp = Xmp::builder().memory().open().await.unwrap();
    let error = xmp.accounts().connect(PlatformId::X, &ConnectOptions::new(REDIRECT)).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Configuration, "platform.absent"));

    let stage = Stage::new().await;
    let xmp = stage.xmp().await;
    let short = WorkerOptions { lease_for: Duration::from_millis(900), ..WorkerOptions::default() };
    assert_eq!(xmp.worker(short).unwrap_err().code(), "worker.options", "it would lapse under a busy worker");
    let forgetful =
        WorkerOptions { keep_finished_for: Some(Duration::from_secs(3600)), ..WorkerOptions::default() };
    assert_eq!(xmp.worker(forgetful).unwrap_err().code(), "worker.options", "spacing looks back a day");
}

/// An engine with X under its own name and under another one.
#[tokio::test]
async fn accounts_of_another_platform_or_app() {
    let stage = Stage::new().await;
    let xmp = stage.xmp().await;
    let ada = stage.connect(&xmp, "ada", OnAbsent::Hold).await.id;
    drop(xmp);
    let clock: Arc<dyn Clock> = Arc::new(stage.clock.clone());
    let key = || Keyring::new(SealKey::from_base64(&stage.key).unwrap());
    let store: Arc<dyn Store> =
        Arc::new(xmp_store::SqliteStore::open(stage.database(), key(), clock.clone()).await.unwrap());
    let engine = async |config: XConfig| {
        let transport = support::recording::transport();
        let around = Surroundings { transport, store: store.clone(), clock: clock.clone() };
        let (x, oauth) = config.set_up(&around).unwrap();
        let name = PlatformId::new("elsewhere").ok();
        let other = xmp_client::testing::Wrapped { inner: x.clone(), name, at: Box::new(|_| {}) };
        let builder = Xmp::builder().store(store.clone()).clock(clock.clone());
        builder.platform(x, oauth.clone()).platform(Arc::new(other), oauth).open().await.unwrap()
    };
    let requests = stage.sim.requests().len();

    let xmp = engine(stage.config()).await;
    let error = xmp.platform(PlatformId::new("elsewhere").unwrap()).profile(ada).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Validation, "account.platform"));

    let xmp = engine(XConfig::new("another-app").base_url(stage.sim.url())).await;
    let draft = Draft::text("through another app").to(ada);
    for error in
        [xmp.x().profile(ada).await.unwrap_err(), xmp.posts().schedule(&draft, "k").await.unwrap_err()]
    {
        assert_eq!((error.kind(), error.code()), (ErrorKind::Configuration, "account.app"), "{error}");
        assert!(error.to_string().contains("another-app"), "{error}");
    }
    assert_eq!(stage.sim.requests().len(), requests, "nothing was sent");
    // A worker of another app leaves the post to one of the right app.
    let post = engine(stage.config()).await.posts().schedule(&draft, "k").await.unwrap().post.id;
    let waiting = stage.work(&xmp, post).await;
    assert_eq!((waiting.state, waiting.parts[0].attempts), (DeliveryState::Scheduled, 0), "{waiting:?}");
    let xmp = engine(stage.config()).await;
    assert_eq!(stage.settle(&xmp, post).await.state, DeliveryState::Published);
}

/// A token that was broken on the way, or that belongs to somebody else, is never sent.
#[tokio::test]
async fn broken_and_foreign_tokens() {
    let stage = Stage::new().await;
    let xmp = stage.xmp().await;
    let ada = stage.connect(&xmp, "ada", OnAbsent::Hold).await.id;
    let bob = stage.connect(&xmp, "bob", OnAbsent::Hold).await.id;
    drop(xmp);
    let swap = |from: AccountId, to: AccountId| {
        let database = rusqlite::Connection::open(stage.database()).unwrap();
        let sql =
            "UPDATE secrets SET sealed = (SELECT sealed FROM secrets WHERE account = ?1) WHERE account = ?2";
        assert_eq!(database.execute(sql, [from.to_string(), to.to_string()]).unwrap(), 1);
    };
    swap(ada, bob);
    let xmp = stage.xmp().await;
    xmp.x().profile(ada).await.unwrap();
    let before = stage.sim.requests().len();
    let error = xmp.x().profile(bob).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Storage, "seal.broken"), "{error:?}");
    assert_eq!(stage.sim.requests().len(), before);
}

/// A token that the platform does not know is said to be so, and nothing is lost.
#[tokio::test]
async fn tokens_that_the_platform_does_not_know() {
    let stage = Stage::new().await;
    let key = SealKey::from_base64(&stage.key).unwrap();
    let clock: Arc<dyn Clock> = Arc::new(stage.clock.clone());
    let store = xmp_store::SqliteStore::open(stage.database(), Keyring::new(key), clock).await.unwrap();
    let tokens = xmp_core::TokenSet {
        access: Secret::new("made-up-access"),
        refresh: Some(Secret::new("made-up-refresh")),
        expires_at: None,
        scopes: ["tweet.read", "tweet.write", "users.read", "media.write", "offline.access"]
            .map(str::to_owned)
            .into(),
        server: None,
    };
    let account = xmp_core::NewAccount {
        platform: PlatformId::X,
        app: support::CLIENT.0.to_owned(),
        remote_id: RemoteId::new("1"),
        handle: "ada".to_owned(),
        scopes: tokens.scopes.clone(),
        on_absent: None,
    };
    let secret = tokens.to_secret().unwrap();
    let ada = xmp_core::AccountStore::connect(&store, &Context::default(), account, secret).await.unwrap().id;
    let xmp = stage.xmp().await;
    let error = xmp.x().profile(ada).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NeedsConsent, "{error:?}");
    assert!(!format!("{error:?}").contains("made-up"), "{error:?}");
    assert_eq!(xmp.accounts().get(ada).await.unwrap().state, AccountState::NeedsConsent);
}
