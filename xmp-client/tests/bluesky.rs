//! Bluesky, simulated: what happens where the server or the way to it fails. What holds on every platform is in
//! `platforms.rs`, what only the real server proves in `bluesky_pds/`.
#![cfg(feature = "platform-bluesky")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/connected.rs"]
mod connected;
mod support;

use std::sync::Arc;
use std::time::Duration;

use connected::{By, Connected, clocks};
use serde_json::json;
use support::Kept;
use xmp_client::bluesky::BlueskyConfig;
use xmp_client::setup::{Setup, Surroundings};
use xmp_client::transport::ReqwestTransport;
use xmp_core::{
    Absence, AccountState, AttemptId, Certainty, Clock, Context, Deadline, Error, ErrorKind, FindQuery,
    Finding, HttpRequest, HttpResponse, HttpTransport, LogIn, Outcome, PartContent, PartId, Prepared,
    RemoteId, Result, Retry, Secret, Work,
};
use xmp_sim::{Fault, FaultKind, Sim};
use xmp_store::MemoryStore;

/// One part of `ada.test`, which everything that happens happens to.
struct Bench {
    sim: Sim,
    connected: Connected,
    work: Work,
    kept: Kept,
}

async fn bench() -> Bench {
    let (clock, simulated) = clocks();
    let sim =
        Sim::builder().clock(simulated).app_password("bluesky:ada.test", "pass-word").start().await.unwrap();
    let config = BlueskyConfig::new().service(sim.url());
    let transport = Arc::new(ReqwestTransport::new().unwrap());
    let connected = Connected::new(&config, transport, clock, By::Password("ada.test", "pass-word")).await;
    let content = PartContent { text: "once".to_owned(), ..PartContent::default() };
    let work = Work { part: PartId::new(connected.clock.now()), account: connected.account.clone(), content };
    Bench { sim, connected, work, kept: Kept::default() }
}

impl Bench {
    fn breaks(&self, kind: FaultKind) {
        self.sim.set_fault(Fault::new(kind).platform("bluesky").route("posts.create").times(1));
    }

    async fn prepare(&self) -> Result<Prepared> {
        self.connected.platform.prepare(&self.connected.ctx, &self.work, &self.kept).await
    }

    async fn commit(&self, prepared: &Prepared) -> Outcome {
        let Connected { platform, ctx, clock, .. } = &self.connected;
        let deadline = Deadline::after(clock, platform.capability().commit_timeout);
        platform.commit(ctx, &self.work, prepared, deadline).await
    }

    async fn find(&self, prepared: &Prepared) -> Finding {
        let Connected { platform, ctx, clock, account, .. } = &self.connected;
        let query = FindQuery {
            account: account.clone(),
            attempt: AttemptId::new(clock.now()),
            evidence: prepared.evidence.clone(),
            since: clock.now(),
            until: clock.now() + Duration::from_secs(10),
            taken: Vec::new(),
        };
        platform.find_published(ctx, &query).await
    }

    fn puts(&self) -> usize {
        self.connected.count("com.atproto.repo.putRecord")
    }

    /// The address of the one post that is live, if there is one.
    fn live(&self) -> Option<RemoteId> {
        let live: Vec<_> = self.sim.ledger().into_iter().filter(|one| !one.deleted).collect();
        assert!(live.len() <= 1, "it appears twice: {live:?}");
        live.into_iter().next().map(|one| RemoteId::new(one.remote_id))
    }
}

fn error_of(outcome: Outcome, certainty: Certainty) -> Error {
    let (error, found) = match outcome {
        Outcome::NotSent(error) => (error, Certainty::NotSent),
        Outcome::Rejected(error) => (error, Certainty::Rejected),
        Outcome::MaybeSent(error) => (error, Certainty::MaybeSent),
        Outcome::Sent(published) => panic!("sent: {published:?}"),
    };
    assert_eq!(found, certainty, "{error:?}");
    error
}

#[tokio::test]
async fn after_the_last_byte_nobody_knows_and_the_key_tells() {
    for fault in [
        FaultKind::CutBefore,
        FaultKind::CutAfter,
        FaultKind::HalfBody,
        FaultKind::GarbageBody,
        FaultKind::Status { code: 500, body: None, legacy: false },
        FaultKind::Status { code: 502, body: None, legacy: false },
        FaultKind::StatusAfterEffect { code: 503 },
    ] {
        let bench = bench().await;
        let prepared = bench.prepare().await.unwrap();
        bench.breaks(fault.clone());
        error_of(bench.commit(&prepared).await, Certainty::MaybeSent);
        assert_eq!(bench.puts(), 1, "{fault:?}: never repeated");
        match (bench.live(), bench.find(&prepared).await) {
            (Some(live), Finding::Found(found)) => assert_eq!(found.remote_id, live, "{fault:?}"),
            (None, Finding::Absent(Absence::Proof)) => {}
            other => panic!("{fault:?}: {other:?}"),
        }
        assert!(matches!(bench.commit(&prepared).await, Outcome::Sent(_)), "{fault:?}");
        assert!(bench.live().is_some());
    }
}

/// A request that was received and acted upon late: the second attempt was made meanwhile, under the same key.
#[tokio::test]
async fn an_effect_that_comes_late_makes_no_second_post() {
    let bench = bench().await;
    let prepared = bench.prepare().await.unwrap();
    bench.breaks(FaultKind::CutThenLate { ms: 60_000 });
    error_of(bench.commit(&prepared).await, Certainty::MaybeSent);
    assert!(matches!(bench.find(&prepared).await, Finding::Absent(Absence::Proof)));
    assert!(matches!(bench.commit(&prepared).await, Outcome::Sent(_)));
    let live = bench.live();
    bench.connected.clock.advance(Duration::from_secs(61));
    assert_eq!(bench.live(), live);
    assert!(bench.sim.ledger()[0].edits.is_empty(), "nothing was written over it");
}

#[tokio::test]
async fn a_server_that_fails_while_it_is_asked_proves_nothing() {
    let bench = bench().await;
    let prepared = bench.prepare().await.unwrap();
    for code in [500, 503] {
        let fault = FaultKind::Status { code, body: None, legacy: false };
        bench.sim.set_fault(Fault::new(fault).route("posts.get"));
        assert!(matches!(bench.find(&prepared).await, Finding::Unreadable(_)), "{code}");
        bench.sim.clear_faults();
    }
    assert!(matches!(bench.find(&prepared).await, Finding::Absent(Absence::Proof)));
}

#[tokio::test]
async fn a_used_up_window_is_not_asked_again() {
    let bench = bench().await;
    let prepared = bench.prepare().await.unwrap();
    bench.breaks(FaultKind::RateLimited { reset_secs: 300 });
    let told = error_of(bench.commit(&prepared).await, Certainty::NotSent);
    assert_eq!(told.kind(), ErrorKind::RateLimit);
    let known = error_of(bench.commit(&prepared).await, Certainty::NotSent);
    let Retry::After(wait) = known.retry() else { panic!("{known:?}") };
    assert!((290..=301).contains(&wait.as_secs()), "{wait:?}");
    assert_eq!(bench.puts(), 1);
    bench.connected.clock.advance(wait);
    assert!(matches!(bench.commit(&prepared).await, Outcome::Sent(_)));
}

#[tokio::test]
async fn a_post_that_its_author_changed_is_for_a_person_to_judge() {
    let bench = bench().await;
    let prepared = bench.prepare().await.unwrap();
    bench.breaks(FaultKind::CutAfter);
    error_of(bench.commit(&prepared).await, Certainty::MaybeSent);
    let live = bench.live().unwrap();
    bench.sim.edit_elsewhere(live.as_str(), "other words").unwrap();
    let finding = bench.find(&prepared).await;
    assert!(matches!(&finding, Finding::Ambiguous(ids) if *ids == [live]), "{finding:?}");
    // And it is not written over.
    let error = error_of(bench.commit(&prepared).await, Certainty::MaybeSent);
    assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, "record.exists"));
    assert_eq!(bench.sim.ledger()[0].edits.len(), 1);
}

#[tokio::test]
async fn an_app_password_that_was_revoked_needs_consent() {
    let bench = bench().await;
    let prepared = bench.prepare().await.unwrap();
    bench.sim.set_fault(Fault::new(FaultKind::TokenRevoked).account("bluesky:ada.test"));
    let refused = error_of(bench.commit(&prepared).await, Certainty::NotSent);
    assert_eq!((refused.kind(), refused.retry()), (ErrorKind::Authentication, Retry::After(Duration::ZERO)));
    let error = bench.prepare().await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::NeedsConsent, Some(Certainty::NotSent)));
    let Connected { store, ctx, account, .. } = &bench.connected;
    assert_eq!(store.account(ctx, account.id).await.unwrap().state, AccountState::NeedsConsent);
    assert_eq!(bench.live(), None);
}

/// The answer to a refresh is lost: the same token buys the same successor, and nobody has to consent again.
#[tokio::test]
async fn a_refresh_whose_answer_was_lost_is_made_again() {
    let bench = bench().await;
    bench.connected.clock.advance(Duration::from_secs(7200));
    for kind in [FaultKind::CutAfter, FaultKind::StatusAfterEffect { code: 502 }] {
        bench.sim.set_fault(Fault::new(kind).route("session.refresh").times(1));
    }
    let prepared = bench.prepare().await.unwrap();
    assert!(matches!(bench.commit(&prepared).await, Outcome::Sent(_)));
    assert_eq!(bench.connected.count("com.atproto.server.refreshSession"), 3);
}

/// Servers that answer what they are made to, whoever asks.
struct Answers(Vec<(&'static str, serde_json::Value)>);

#[async_trait::async_trait]
impl HttpTransport for Answers {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse> {
        let found = self.0.iter().find(|(address, _)| request.url.starts_with(address));
        let (_, body) = found.unwrap_or_else(|| panic!("nobody was to ask {}", request.url));
        Ok(HttpResponse {
            status: http::StatusCode::OK,
            headers: http::HeaderMap::new(),
            body: body.to_string().into(),
        })
    }
}

#[tokio::test]
async fn a_server_does_not_give_out_somebody_elses_account_for_its_own() {
    let session =
        json!({ "did": "did:plc:victim", "handle": "victim.test", "accessJwt": "a", "refreshJwt": "r" });
    let log_in = async |home: &str| {
        let document = json!({
            "id": "did:plc:victim",
            "service": [{ "id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": home }],
        });
        let transport = Arc::new(Answers(vec![
            ("https://named.example/xrpc/", session.clone()),
            ("https://plc.directory/did:plc:victim", document),
        ]));
        let clock: Arc<dyn Clock> = Arc::new(clocks().0);
        let around = Surroundings { transport, store: Arc::new(MemoryStore::new(clock.clone())), clock };
        let (_, sessions) = BlueskyConfig::new().set_up(&around).unwrap();
        let log_in = LogIn {
            identifier: "victim.test".to_owned(),
            password: Secret::new("pass-word"),
            server: Some("https://named.example".to_owned()),
        };
        sessions.log_in(&Context::default(), &log_in).await
    };
    let foreign = log_in("https://home.example").await.unwrap_err();
    assert_eq!((foreign.kind(), foreign.code()), (ErrorKind::Authentication, "server.foreign"));
    let own = log_in("https://named.example/").await.unwrap();
    assert_eq!(own.server.as_deref(), Some("https://named.example"));
}
