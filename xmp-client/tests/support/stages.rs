//! The stages that the platform suite is played on: simulated platforms, and Bluesky's own server.
#![allow(dead_code, reason = "each test program uses its own part")]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use xmp_client::bluesky::BlueskyConfig;
use xmp_client::suite::{Break, Live, Stage};
use xmp_client::transport::ReqwestTransport;
use xmp_client::x::XConfig;
use xmp_core::{Account, Clock, Context, Platform, RemoteId, Secret};
use xmp_sim::{Fault, FaultKind, LedgerEntry, Sim};

use crate::connected::{By, Connected, REDIRECT, clocks, recorded};
use crate::pds::Pds;
use crate::proxy::{Detour, Mishap, Proxy};

/// A platform and what judges it.
pub(crate) struct Played<J> {
    pub(crate) connected: Connected,
    judge: J,
}

/// Sees what is really there, and breaks things.
#[async_trait]
pub(crate) trait Judge: Send + Sync {
    async fn live(&self, account: &Account) -> Vec<Live>;
    fn break_next(&self, how: Break);
    fn deselects(&self, _case: &str) -> Option<String> {
        None
    }
}

#[async_trait]
impl<J: Judge> Stage for Played<J> {
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
        self.judge.live(&self.connected.account).await
    }

    fn requests(&self) -> Option<usize> {
        Some(self.connected.sent.lock().unwrap().len())
    }

    fn break_next(&self, how: Break) -> bool {
        self.judge.break_next(how);
        true
    }

    fn deselects(&self, case: &str) -> Option<String> {
        self.judge.deselects(case)
    }
}

// ---- the simulator -----------------------------------------------------------------------------------------------

/// X, simulated.
pub(crate) async fn x() -> Played<Sim> {
    let (clock, simulated) = clocks();
    let sim = Sim::builder().clock(simulated).client("app", Some("s3cr3t"), &[REDIRECT]).account("ada");
    let sim = sim.start().await.unwrap();
    let config = XConfig::new("app").client_secret(Secret::new("s3cr3t")).base_url(sim.url());
    let connected = Connected::new(&config, recorded(), clock, By::Consent(&sim, "ada")).await;
    Played { connected, judge: sim }
}

/// Bluesky, simulated.
pub(crate) async fn bluesky() -> Played<Sim> {
    let (clock, simulated) = clocks();
    let sim = Sim::builder().clock(simulated).app_password("bluesky:ada.test", "pass-word");
    let sim = sim.start().await.unwrap();
    let transport = Arc::new(ReqwestTransport::new().unwrap());
    let config = BlueskyConfig::new().service(sim.url());
    let connected = Connected::new(&config, transport, clock, By::Password("ada.test", "pass-word")).await;
    Played { connected, judge: sim }
}

#[async_trait]
impl Judge for Sim {
    async fn live(&self, account: &Account) -> Vec<Live> {
        let ledger = self.ledger().into_iter();
        let own = ledger.filter(|one| one.account_id == account.remote_id.as_str() && !one.deleted);
        own.map(|one| Live {
            media: alternative_texts(self, &one),
            id: RemoteId::new(one.remote_id),
            text: one.text,
            reply_to: one.reply_to.map(RemoteId::new),
            quote: one.quote_of.map(RemoteId::new),
        })
        .collect()
    }

    fn break_next(&self, how: Break) {
        let kind = match how {
            Break::BeforeEffect => FaultKind::CutBefore,
            Break::AfterEffect => FaultKind::CutAfter,
        };
        self.set_fault(Fault::new(kind).route("posts.create").times(1));
    }
}

/// Bluesky's stand in the record. X's are told by requests of their own, which the ledger does not show.
fn alternative_texts(sim: &Sim, post: &LedgerEntry) -> Vec<Option<String>> {
    if let Some(record) = &post.details {
        return described(record);
    }
    let told = |media: &String| {
        let requests = sim.requests();
        let bodies = requests.iter().filter(|one| one.route.as_deref() == Some("media.metadata"));
        let mut bodies = bodies.filter_map(|one| serde_json::from_str::<Value>(&one.body).ok());
        let of = bodies.find(|body| body["id"] == media.as_str())?;
        of["metadata"]["alt_text"]["text"].as_str().map(str::to_owned)
    };
    post.media.iter().map(told).collect()
}

// ---- Bluesky's own server ----------------------------------------------------------------------------------------

/// Bluesky on its own server, behind a proxy; `None`, with a message, where the server is not at hand.
pub(crate) async fn bluesky_pds() -> Option<Played<Real>> {
    let pds = Pds::shared()?;
    let owner = pds.account().await;
    let proxy = Proxy::start(pds.url(), "com.atproto.repo.putRecord").await;
    let inner = Arc::new(ReqwestTransport::new().unwrap());
    let detour = Detour { inner, from: pds.url().to_owned(), to: proxy.url.clone() };
    let config = BlueskyConfig::new().service(pds.url());
    // The server lives in real time: only ours is moved.
    let (clock, _) = clocks();
    let by = By::Password(&owner.handle, &owner.app_password);
    let connected = Connected::new(&config, Arc::new(detour), clock, by).await;
    Some(Played { connected, judge: Real { pds, proxy } })
}

pub(crate) struct Real {
    pds: &'static Pds,
    proxy: Proxy,
}

#[async_trait]
impl Judge for Real {
    async fn live(&self, account: &Account) -> Vec<Live> {
        let records = self.pds.records(account.remote_id.as_str()).await;
        records.into_iter().map(|one| live(&one)).collect()
    }

    fn break_next(&self, how: Break) {
        self.proxy.next(match how {
            Break::BeforeEffect => Mishap::Lost,
            Break::AfterEffect => Mishap::AnswerLost,
        });
    }

    fn deselects(&self, case: &str) -> Option<String> {
        let counts = case == "numbers_are_those_that_were_promised";
        counts.then(|| "the server is connected to no AppView, which would count".to_owned())
    }
}

fn live(listed: &Value) -> Live {
    let record = &listed["value"];
    let embed = &record["embed"];
    let post = |value: &Value| value.as_str().map(RemoteId::new);
    Live {
        id: RemoteId::new(listed["uri"].as_str().unwrap()),
        text: record["text"].as_str().unwrap().to_owned(),
        reply_to: post(&record["reply"]["parent"]["uri"]),
        // Alone, or beside media.
        quote: post(&embed["record"]["uri"]).or_else(|| post(&embed["record"]["record"]["uri"])),
        media: described(record),
    }
}

/// The alternative texts of a record's images.
fn described(record: &Value) -> Vec<Option<String>> {
    let embed = &record["embed"];
    let images = embed["images"].as_array().or_else(|| embed["media"]["images"].as_array());
    images.into_iter().flatten().map(|image| image["alt"].as_str().map(str::to_owned)).collect()
}
