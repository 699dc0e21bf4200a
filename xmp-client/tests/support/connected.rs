//! A platform as a program has it: set up over a store in memory, with a connected account.
#![allow(dead_code, reason = "each test program uses its own part")]

use std::sync::{Arc, Mutex};

use xmp_client::setup::{Setup, Surroundings};
use xmp_client::testing::{Recorded, RecordingTransport};
use xmp_client::transport::ReqwestTransport;
use xmp_core::{
    Account, Authenticator, Clock, ConsentRequest, Context, HttpRequest, HttpResponse, HttpTransport, LogIn,
    NewAccount, Platform, Result, Secret, Store, SystemClock, TokenSet,
};
use xmp_sim::{Sim, SimClock};
use xmp_store::MemoryStore;

use crate::support::TestClock;

pub(crate) const REDIRECT: &str = "http://127.0.0.1/callback";

pub(crate) struct Connected {
    pub(crate) platform: Arc<dyn Platform>,
    pub(crate) authenticator: Arc<dyn Authenticator>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: TestClock,
    pub(crate) ctx: Context,
    pub(crate) account: Account,
    /// Every request, in order.
    pub(crate) sent: Arc<Mutex<Vec<Recorded>>>,
}

/// How an account's owner lets a program in.
pub(crate) enum By<'a> {
    /// With an app password.
    Password(&'a str, &'a str),
    /// On a page of the simulator's.
    Consent(&'a Sim, &'a str),
}

/// Time that stands still but for short waits, and moves a simulator's along.
pub(crate) fn clocks() -> (TestClock, SimClock) {
    let start = SystemClock.now();
    let simulated = SimClock::starting_at(start);
    let moved = simulated.clone();
    (TestClock::new(start, move |by| moved.advance(by)), simulated)
}

/// The transport of a program. What it sends to X is written down where that is asked for: it is held against X's own
/// specification afterwards.
pub(crate) fn recorded() -> Arc<dyn HttpTransport> {
    Arc::new(RecordingTransport::from_env(ReqwestTransport::new().unwrap()).unwrap())
}

impl Connected {
    pub(crate) async fn new(
        setup: &dyn Setup,
        transport: Arc<dyn HttpTransport>,
        clock: TestClock,
        by: By<'_>,
    ) -> Self {
        let sent: Arc<Mutex<Vec<Recorded>>> = Arc::default();
        let seen = sent.clone();
        let transport = RecordingTransport::new(Shared(transport), move |one| seen.lock().unwrap().push(one));
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new(shared.clone()));
        let around = Surroundings { transport: Arc::new(transport), store: store.clone(), clock: shared };
        let (platform, authenticator) = setup.set_up(&around).unwrap();
        let ctx = Context::default();
        let tokens = match by {
            By::Password(identifier, password) => {
                let (identifier, password) = (identifier.to_owned(), Secret::new(password));
                authenticator.log_in(&ctx, &LogIn { identifier, password, server: None }).await.unwrap()
            }
            By::Consent(sim, handle) => consent(authenticator.as_ref(), &ctx, sim, handle).await,
        };
        let profile = platform.identify(&ctx, &tokens).await.unwrap();
        let new = NewAccount {
            platform: platform.id(),
            app: platform.app().to_owned(),
            remote_id: profile.remote_id,
            handle: profile.handle,
            scopes: tokens.scopes.clone(),
            on_absent: None,
        };
        let account = store.connect(&ctx, new, tokens.to_secret().unwrap()).await.unwrap();
        Self { platform, authenticator, store, clock, ctx, account, sent }
    }

    /// How many requests went to addresses that end so, before their query.
    pub(crate) fn count(&self, ends: &str) -> usize {
        let sent = self.sent.lock().unwrap();
        sent.iter().filter(|one| one.path.split('?').next().unwrap().ends_with(ends)).count()
    }
}

async fn consent(authenticator: &dyn Authenticator, ctx: &Context, sim: &Sim, handle: &str) -> TokenSet {
    let asked = ConsentRequest { redirect_uri: REDIRECT.to_owned(), scopes: Vec::new() };
    let consent = authenticator.begin(&asked).unwrap();
    let back = sim.consent_url_approve(&consent.url, handle).await.unwrap();
    let back = url::Url::parse(&back).unwrap();
    let (_, code) = back.query_pairs().find(|(name, _)| name == "code").unwrap();
    authenticator.complete(ctx, Secret::new(&*code), &consent.verifier, REDIRECT).await.unwrap()
}

struct Shared(Arc<dyn HttpTransport>);

#[async_trait::async_trait]
impl HttpTransport for Shared {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse> {
        self.0.send(request).await
    }
}
