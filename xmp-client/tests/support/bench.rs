//! X as a program has it, over real HTTP to a simulator.
#![allow(dead_code, reason = "each test program uses its own part")]

use std::sync::Arc;
use std::time::Duration;

use xmp_client::limits::WindowLimiter;
use xmp_client::oauth2::OAuth2;
use xmp_client::pipeline::Parts;
use xmp_client::testing::RecordingTransport;
use xmp_client::tokens::TokenManager;
use xmp_client::transport::ReqwestTransport;
use xmp_client::x::{self, X, XConfig};
use xmp_core::{
    Account, AttemptId, Authenticator, Clock, ConsentRequest, Context, Deadline, FindQuery, HttpTransport,
    Outcome, PartContent, PartId, Platform, Prepared, PublishedRef, Secret, SystemClock, Work, WorkerId,
};
use xmp_sim::{Sim, SimClock};

use crate::support::{Kept, TestClock, Vault};

const REDIRECT: &str = "http://127.0.0.1/callback";

/// An account of a simulator, connected.
pub(crate) struct Bench {
    pub(crate) sim: Sim,
    pub(crate) clock: TestClock,
    pub(crate) vault: Arc<Vault>,
    pub(crate) oauth: Arc<OAuth2>,
    pub(crate) tokens: TokenManager,
    pub(crate) x: X,
    pub(crate) account: Account,
    pub(crate) ctx: Context,
}

/// Connects `ada` through consent, as a program does.
pub(crate) async fn bench() -> Bench {
    bench_with(|sim| sim).await
}

pub(crate) async fn bench_with(configure: impl FnOnce(xmp_sim::SimBuilder) -> xmp_sim::SimBuilder) -> Bench {
    let start = SystemClock.now();
    let sim_clock = SimClock::starting_at(start);
    let builder = Sim::builder().clock(sim_clock.clone()).client("app", Some("s3cr3t"), &[REDIRECT]);
    let sim = configure(builder.account("ada")).start().await.unwrap();
    let clock = TestClock::new(start, move |by| sim_clock.advance(by));
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    let transport = RecordingTransport::from_env(ReqwestTransport::new().unwrap()).unwrap();
    let transport: Arc<dyn HttpTransport> = Arc::new(transport);
    let config = XConfig::new("app").client_secret(Secret::new("s3cr3t")).base_url(sim.url());
    let oauth = Arc::new(x::authenticator(&config, transport.clone(), shared.clone()).unwrap());
    let vault = Vault::new(shared.clone());
    let ctx = Context::default();

    let asked = ConsentRequest { redirect_uri: REDIRECT.into(), scopes: Vec::new() };
    let consent = oauth.begin(&asked).unwrap();
    let back = sim.consent_url_approve(&consent.url, "ada").await.unwrap();
    let query: std::collections::HashMap<_, _> =
        url::Url::parse(&back).unwrap().query_pairs().into_owned().collect();
    assert_eq!(query["state"], consent.state.expose());
    let bought =
        oauth.complete(&ctx, Secret::new(&query["code"]), &consent.verifier, REDIRECT).await.unwrap();

    let worker = WorkerId::new(start);
    let authenticators = [oauth.clone() as Arc<dyn Authenticator>];
    let tokens = TokenManager::new(vault.clone(), vault.clone(), authenticators, shared.clone(), worker);
    let limiter = Arc::new(WindowLimiter::new(shared.clone()));
    let parts = Parts { transport, credentials: Arc::new(tokens.clone()), limiter, clock: shared };
    let x = X::new(config, parts);
    let profile = x.identify(&ctx, &bought).await.unwrap();
    assert_eq!(profile.handle, "ada");
    let account =
        vault.add(profile.remote_id.as_str(), &profile.handle, oauth.app(), bought.to_secret().unwrap());
    Bench { sim, clock, vault, oauth, tokens, x, account, ctx }
}

impl Bench {
    pub(crate) fn work(&self, content: PartContent) -> Work {
        Work { part: PartId::new(self.clock.now()), account: self.account.clone(), content }
    }

    pub(crate) fn says(&self, text: &str) -> Work {
        self.work(PartContent { text: text.into(), ..PartContent::default() })
    }

    pub(crate) async fn commit(&self, work: &Work, prepared: &Prepared) -> Outcome {
        let deadline = Deadline::after(&self.clock, self.x.capability().commit_timeout);
        self.x.commit(&self.ctx, work, prepared, deadline).await
    }

    pub(crate) async fn publish(&self, work: &Work) -> (Prepared, Outcome) {
        let prepared = self.x.prepare(&self.ctx, work, &Kept::default()).await.unwrap();
        let outcome = self.commit(work, &prepared).await;
        (prepared, outcome)
    }

    pub(crate) async fn post(&self, text: &str) -> PublishedRef {
        match self.publish(&self.says(text)).await.1 {
            Outcome::Sent(published) => published,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn query(&self, prepared: &Prepared) -> FindQuery {
        FindQuery {
            account: self.account.clone(),
            attempt: AttemptId::new(self.clock.now()),
            evidence: prepared.evidence.clone(),
            since: self.clock.now(),
            until: self.clock.now() + Duration::from_secs(10),
            taken: Vec::new(),
        }
    }

    pub(crate) fn created(&self) -> usize {
        self.sim.requests().iter().filter(|one| one.route.as_deref() == Some("posts.create")).count()
    }

    pub(crate) fn refreshes(&self) -> usize {
        self.sim.requests().iter().filter(|one| one.route.as_deref() == Some("oauth.token")).count() - 1
    }
}
