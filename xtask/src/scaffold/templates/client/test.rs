//! {{Kind}} against the simulator.
#![cfg(all(feature = "suite", feature = "platform-{{id}}"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells by a panic")]

#[path = "support/connected.rs"]
mod connected;
mod support;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use connected::clocks;
use support::{Kept, TestClock};
use xmp_client::setup::{Setup, Surroundings};
use xmp_client::suite::{ALL, Break, Live, Stage, Verdict, play};
use xmp_client::transport::ReqwestTransport;
use xmp_client::{{module}}::{ID, {{Kind}}Config};
use xmp_core::{
    Account, Clock, Context, Deadline, ErrorKind, Evidence, NewAccount, Outcome, PartContent, PartId, Platform,
    Prepared, RemoteId, Secret, Store, Work,
};
use xmp_sim::{Fault, FaultKind, Sim};
use xmp_store::MemoryStore;

/// The cases of the suite that are played so far. What {{Kind}} learns to do adds to them.
const PLAYED: &[&str] = &["what_it_can_not_do_is_refused", "every_problem_is_told_at_once"];

#[tokio::test]
async fn it_passes_the_suite_as_far_as_it_is_written() {
    let mut played = Vec::new();
    for (name, _) in ALL {
        match play(name, &Simulated::open().await).await {
            Verdict::Passed => played.push(*name),
            Verdict::Skipped(why) => println!("SKIPPED {name}: {why}"),
        }
    }
    assert_eq!(played, PLAYED);
}

#[tokio::test]
async fn what_is_not_written_yet_is_refused_and_nothing_is_asked() {
    let stage = Simulated::open().await;
    let content = PartContent { text: "hello".to_owned(), ..PartContent::default() };
    let work = Work { part: PartId::new(stage.clock.now()), account: stage.account.clone(), content };
    let refused = stage.platform.prepare(&stage.ctx, &work, &Kept::default()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unsupported);
    let prepared = Prepared { request: serde_json::json!({}), evidence: Evidence::default() };
    let deadline = Deadline::after(&stage.clock, Duration::from_secs(10));
    let outcome = stage.platform.commit(&stage.ctx, &work, &prepared, deadline).await;
    assert!(matches!(&outcome, Outcome::NotSent(error) if error.kind() == ErrorKind::Unsupported), "{outcome:?}");
    assert_eq!(stage.requests(), Some(0));
}

/// {{Kind}}, simulated.
struct Simulated {
    sim: Sim,
    clock: TestClock,
    ctx: Context,
    platform: Arc<dyn Platform>,
    account: Account,
}

impl Simulated {
    /// Nobody is asked whether the account is connected: as soon as that can be done, `Connected` does all of this.
    async fn open() -> Self {
        let (clock, simulated) = clocks();
        let sim = Sim::builder().clock(simulated).account("{{id}}:ada").start().await.unwrap();
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new(shared.clone()));
        let transport = Arc::new(ReqwestTransport::new().unwrap());
        let around = Surroundings { transport, store: store.clone(), clock: shared };
        let (platform, _) = {{Kind}}Config::new("app", sim.url()).set_up(&around).unwrap();
        let ctx = Context::default();
        let new = NewAccount {
            platform: ID,
            app: platform.app().to_owned(),
            remote_id: RemoteId::new(sim.account_id("{{id}}:ada").unwrap()),
            handle: "ada".to_owned(),
            scopes: Vec::new(),
            on_absent: None,
        };
        let account = store.connect(&ctx, new, Secret::new("none")).await.unwrap();
        Self { sim, clock, ctx, platform, account }
    }
}

#[async_trait]
impl Stage for Simulated {
    fn platform(&self) -> &dyn Platform {
        self.platform.as_ref()
    }

    fn account(&self) -> &Account {
        &self.account
    }

    fn ctx(&self) -> &Context {
        &self.ctx
    }

    fn clock(&self) -> &dyn Clock {
        &self.clock
    }

    fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    async fn live(&self) -> Vec<Live> {
        let ledger = self.sim.ledger().into_iter().filter(|post| !post.deleted);
        ledger
            .map(|post| Live {
                id: RemoteId::new(post.remote_id),
                text: post.text,
                reply_to: post.reply_to.map(RemoteId::new),
                quote: post.quote_of.map(RemoteId::new),
                media: post.media.iter().map(|_| None).collect(),
            })
            .collect()
    }

    fn requests(&self) -> Option<usize> {
        Some(self.sim.requests().len())
    }

    fn break_next(&self, how: Break) -> bool {
        let kind = match how {
            Break::BeforeEffect => FaultKind::CutBefore,
            Break::AfterEffect => FaultKind::CutAfter,
        };
        self.sim.set_fault(Fault::new(kind).route("posts.create").times(1));
        true
    }

    /// What takes no text publishes nothing.
    fn deselects(&self, case: &str) -> Option<String> {
        let writes_nothing = self.platform.capability().text_limit == 0;
        (writes_nothing && !PLAYED.contains(&case)).then(|| "it publishes nothing yet".to_owned())
    }
}
