//! The stages: a simulator, and servers by others behind a proxy.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use http::Method;
use serde_json::Value;
use xmp_client::mastodon::MastodonConfig;
use xmp_client::setup::{Setup, Surroundings};
use xmp_client::suite::{Break, Live, Stage};
use xmp_client::testing::{Recorded, RecordingTransport};
use xmp_client::transport::ReqwestTransport;
use xmp_core::{Account, Clock, Context, NewAccount, Platform, RemoteId, Secret, Store, TokenSet};
use xmp_sim::{Fault, FaultKind, InstanceLimits, Sim};
use xmp_store::MemoryStore;

use crate::connected::{By, Connected, REDIRECT, clocks};
use crate::proxy::{Detour, Mishap, Proxy};
use crate::web::Server;

/// A server that is simulated, with `ada`, who consented.
pub(crate) struct Simulated {
    pub(crate) connected: Connected,
    pub(crate) sim: Sim,
}

impl Simulated {
    pub(crate) async fn open() -> Self {
        Self::with(InstanceLimits::default()).await
    }

    pub(crate) async fn with(limits: InstanceLimits) -> Self {
        let (clock, simulated) = clocks();
        let sim = Sim::builder().clock(simulated).instance(limits).client("app", Some("s3cr3t"), &[REDIRECT]);
        let sim = sim.account("mastodon:ada").start().await.unwrap();
        let config = MastodonConfig::new(sim.url(), "app", Secret::new("s3cr3t"));
        let transport = Arc::new(ReqwestTransport::new().unwrap());
        let connected = Connected::new(&config, transport, clock, By::Consent(&sim, "mastodon:ada")).await;
        Self { connected, sim }
    }
}

/// A server by others, and an account there.
pub(crate) struct Real {
    connected: Connected,
    server: Server,
    proxy: Proxy,
    deselected: &'static [(&'static str, &'static str)],
}

impl Real {
    /// The platform speaks to the server with a token that the account's owner has got somehow. Cases that the server at
    /// hand can't play are given with the reason.
    pub(crate) async fn open(
        url: &str,
        token: Secret,
        deselected: &'static [(&'static str, &'static str)],
    ) -> Self {
        let proxy = Proxy::start(url, "/api/v1/statuses").await;
        let inner = Arc::new(ReqwestTransport::new().unwrap());
        let detour = Detour { inner, from: url.to_owned(), to: proxy.url.clone() };
        let sent: Arc<Mutex<Vec<Recorded>>> = Arc::default();
        let seen = sent.clone();
        let transport = Arc::new(RecordingTransport::new(detour, move |one| seen.lock().unwrap().push(one)));
        // The server lives in real time: only ours is moved. It must not get far ahead, so what became of an attempt is asked
        // soon: no request runs for long here.
        let (clock, _) = clocks();
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new(shared.clone()));
        let around = Surroundings { transport, store: store.clone(), clock: shared };
        let config = MastodonConfig::new(url, "app", Secret::new("s3cr3t")).settle(Duration::from_secs(10));
        let (platform, authenticator) = config.set_up(&around).unwrap();
        let server = Server { url: url.to_owned(), token: token.clone() };
        let tokens =
            TokenSet { access: token, refresh: None, expires_at: None, scopes: Vec::new(), server: None };
        let ctx = Context::default();
        let profile = platform.identify(&ctx, &tokens).await.unwrap();
        let new = NewAccount {
            platform: platform.id(),
            app: platform.app().to_owned(),
            remote_id: profile.remote_id,
            handle: profile.handle,
            scopes: Vec::new(),
            on_absent: None,
        };
        let account = store.connect(&ctx, new, tokens.to_secret().unwrap()).await.unwrap();
        let connected = Connected { platform, authenticator, store, clock, ctx, account, sent };
        Self { connected, server, proxy, deselected }
    }

    /// Takes everything back, so that the next case finds nothing.
    pub(crate) async fn clear(&self) {
        for post in self.live().await {
            self.server.ask(Method::DELETE, &format!("/api/v1/statuses/{}", post.id), None).await;
        }
    }
}

#[async_trait]
impl Stage for Simulated {
    fn platform(&self) -> &dyn Platform {
        self.connected.platform.as_ref()
    }

    fn account(&self) -> &Account {
        &self.connected.account
    }

    fn ctx(&self) -> &Context {
        &self.connected.ctx
    }

    fn clock(&self) -> &dyn Clock {
        &self.connected.clock
    }

    fn advance(&self, by: Duration) {
        self.connected.clock.advance(by);
    }

    async fn live(&self) -> Vec<Live> {
        let described = |details: &Value| {
            let media = details["media"].as_array().unwrap();
            media.iter().map(|one| one["description"].as_str().map(str::to_owned)).collect()
        };
        let posts = self.sim.ledger().into_iter().filter(|one| one.platform == "mastodon" && !one.deleted);
        posts
            .map(|one| Live {
                id: RemoteId::new(one.remote_id),
                text: one.text,
                reply_to: one.reply_to.map(RemoteId::new),
                quote: one.quote_of.map(RemoteId::new),
                media: described(&one.details.unwrap()),
            })
            .collect()
    }

    fn requests(&self) -> Option<usize> {
        Some(self.connected.sent.lock().unwrap().len())
    }

    fn break_next(&self, how: Break) -> bool {
        let kind = match how {
            Break::BeforeEffect => FaultKind::CutBefore,
            Break::AfterEffect => FaultKind::CutAfter,
        };
        self.sim.set_fault(Fault::new(kind).route("posts.create").times(1));
        true
    }
}

#[async_trait]
impl Stage for Real {
    fn platform(&self) -> &dyn Platform {
        self.connected.platform.as_ref()
    }

    fn account(&self) -> &Account {
        &self.connected.account
    }

    fn ctx(&self) -> &Context {
        &self.connected.ctx
    }

    fn clock(&self) -> &dyn Clock {
        &self.connected.clock
    }

    fn advance(&self, by: Duration) {
        self.connected.clock.advance(by);
    }

    async fn live(&self) -> Vec<Live> {
        let posts = self
            .server
            .read(&format!("/api/v1/accounts/{}/statuses?limit=40", self.account().remote_id))
            .await;
        let mut live = Vec::new();
        for post in posts.as_array().unwrap().iter().rev() {
            let id = post["id"].as_str().unwrap();
            let source = self.server.read(&format!("/api/v1/statuses/{id}/source")).await;
            let media = post["media_attachments"].as_array().unwrap().iter();
            live.push(Live {
                id: RemoteId::new(id),
                text: source["text"].as_str().unwrap().to_owned(),
                reply_to: post["in_reply_to_id"].as_str().map(RemoteId::new),
                quote: None,
                media: media.map(|one| one["description"].as_str().map(str::to_owned)).collect(),
            });
        }
        live
    }

    fn requests(&self) -> Option<usize> {
        Some(self.connected.sent.lock().unwrap().len())
    }

    fn break_next(&self, how: Break) -> bool {
        self.proxy.next(match how {
            Break::BeforeEffect => Mishap::Lost,
            Break::AfterEffect => Mishap::AnswerLost,
        });
        true
    }

    fn deselects(&self, case: &str) -> Option<String> {
        let (_, why) = self.deselected.iter().find(|(one, _)| *one == case)?;
        Some((*why).to_owned())
    }
}
