//! The whole way, over real HTTP, against the simulator: its ledger tells what really happened.
#![cfg(feature = "platform-x")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::unimplemented, reason = "a test fails by panicking")]

#[path = "support/bench.rs"]
mod bench;
mod support;

use std::time::Duration;

use bench::{bench, bench_with};
use bytes::Bytes;
use support::Kept;
use xmp_core::{
    Absence, AccountState, Authenticator, Certainty, Clock, Context, CredentialSource, Deadline, ErrorKind,
    Finding, Outcome, PartContent, Platform, RemoteId, Retry, Secret, TimelineQuery, media,
};
use xmp_sim::{Fault, FaultKind, Per, RateLimit};

fn error_of(outcome: Outcome, certainty: Certainty) -> xmp_core::Error {
    let (error, found) = match outcome {
        Outcome::NotSent(error) => (error, Certainty::NotSent),
        Outcome::Rejected(error) => (error, Certainty::Rejected),
        Outcome::MaybeSent(error) => (error, Certainty::MaybeSent),
        Outcome::Sent(published) => panic!("sent: {published:?}"),
    };
    assert_eq!(found, certainty, "{error:?}");
    assert_eq!(error.operation(), Some("posts.create"));
    assert!(!format!("{error} {error:?}").contains("s3cr3t"));
    error
}

/// A PNG of one pixel, and as many bytes behind it as asked for.
fn png(size: usize) -> Bytes {
    let mut bytes =
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89".to_vec();
    bytes.resize(size.max(bytes.len()), 7);
    Bytes::from(bytes)
}

fn gif() -> Bytes {
    let mut bytes = b"GIF89a\x02\0\x02\0\x80\0\0\0\0\0\xff\xff\xff".to_vec();
    bytes.extend_from_slice(b"\x2c\0\0\0\0\x02\0\x02\0\0\x02\x03\x44\x02\x05\0\x3b");
    Bytes::from(bytes)
}

fn kept(files: &[(&Bytes, Option<&str>)]) -> (Kept, PartContent) {
    let mut kept = Kept::default();
    let mut content = PartContent { text: "look".into(), ..PartContent::default() };
    for (bytes, alt) in files {
        let stored = media::inspect(bytes, None, alt.map(str::to_owned)).unwrap();
        kept.media.insert(stored.hash, (*bytes).clone());
        content.media.push(stored);
    }
    (kept, content)
}

#[tokio::test]
async fn a_post_goes_out_and_reads_back() {
    let bench = bench().await;
    let text = "1 < 2 & see example.com";
    let published = bench.post(text).await;
    let entry = &bench.sim.ledger()[0];
    assert_eq!((entry.text.as_str(), entry.remote_id.as_str()), (text, published.remote_id.as_str()));
    let url = format!("https://x.com/ada/status/{}", entry.remote_id);
    assert_eq!(published.url.as_deref(), Some(url.as_str()));

    let read = bench.x.get(&bench.ctx, &bench.account, &published.remote_id).await.unwrap();
    assert_eq!(read.text, "1 < 2 & see http://example.com");
    assert!(read.created_at.is_some());
    let profile = bench.x.profile(&bench.ctx, &bench.account).await.unwrap();
    assert_eq!(profile.metrics["posts"], 1);
}

#[tokio::test]
async fn a_reply_answers_its_post() {
    let bench = bench().await;
    let first = bench.post("first").await.remote_id;
    let content =
        PartContent { text: "second".into(), reply_to: Some(first.clone()), ..PartContent::default() };
    let (prepared, outcome) = bench.publish(&bench.work(content)).await;
    let Outcome::Sent(second) = outcome else { panic!("{outcome:?}") };
    assert_eq!(bench.sim.ledger()[1].reply_to.as_deref(), Some(first.as_str()));
    let read = bench.x.get(&bench.ctx, &bench.account, &second.remote_id).await.unwrap();
    assert_eq!(read.reply_to, Some(first));
    let found = bench.x.find_published(&bench.ctx, &bench.query(&prepared)).await;
    assert!(matches!(found, Finding::Found(it) if it.remote_id == second.remote_id));
}

#[tokio::test]
async fn media_is_uploaded_once_described_and_attached() {
    let bench = bench().await;
    let (small, large) = (png(100), png(2_500_000));
    let (kept, content) = kept(&[(&small, Some("a dot")), (&large, None)]);
    let work = bench.work(content);
    let prepared = bench.x.prepare(&bench.ctx, &work, &kept).await.unwrap();
    let again = bench.x.prepare(&bench.ctx, &work, &kept).await.unwrap();
    assert_eq!(prepared, again, "what was reached is not done again");
    let outcome = bench.commit(&work, &prepared).await;
    let Outcome::Sent(published) = outcome else { panic!("{outcome:?}") };
    let routes: Vec<_> = bench.sim.requests().iter().filter_map(|one| one.route.clone()).collect();
    let count = |name: &str| routes.iter().filter(|route| *route == name).count();
    assert_eq!((count("media.upload"), count("media.initialize"), count("media.append")), (1, 1, 3));
    assert_eq!((count("media.finalize"), count("media.metadata")), (1, 1));
    assert_eq!(bench.sim.ledger()[0].media, prepared.evidence.media);
    let checkpoints = kept.kept.lock().unwrap().clone();
    let uploads: Vec<_> = checkpoints.iter().filter(|one| one.name.starts_with("media:")).collect();
    assert!(uploads.len() == 2 && uploads.iter().all(|one| one.expires_at > Some(bench.clock.now())));

    let read = bench.x.get(&bench.ctx, &bench.account, &published.remote_id).await.unwrap();
    assert_eq!((read.text.as_str(), &read.media), ("look", &prepared.evidence.media));
    let found = bench.x.find_published(&bench.ctx, &bench.query(&prepared)).await;
    assert!(matches!(found, Finding::Found(it) if it.remote_id == published.remote_id));
}

#[tokio::test]
async fn an_animation_is_waited_for() {
    let bench = bench().await;
    let animation = gif();
    let (kept, content) = kept(&[(&animation, Some("moving"))]);
    let work = bench.work(content);
    let prepared = bench.x.prepare(&bench.ctx, &work, &kept).await.unwrap();
    let outcome = bench.commit(&work, &prepared).await;
    assert!(matches!(outcome, Outcome::Sent(_)), "{outcome:?}");
    assert!(bench.sim.requests().iter().any(|one| one.route.as_deref() == Some("media.status")));
}

#[tokio::test]
async fn posts_are_listed_measured_and_deleted() {
    let bench = bench().await;
    let mut ids = Vec::new();
    for number in 0..7 {
        ids.push(bench.post(&format!("number {number}")).await.remote_id);
    }
    let mut query = TimelineQuery { limit: Some(5), ..TimelineQuery::default() };
    let page = bench.x.timeline(&bench.ctx, &bench.account, &query).await.unwrap();
    assert_eq!(page.items.len(), 5);
    assert_eq!(page.items[0].text, "number 6");
    query.cursor = page.next;
    let page = bench.x.timeline(&bench.ctx, &bench.account, &query).await.unwrap();
    assert_eq!((page.items.len(), page.next), (2, None));

    bench.x.delete(&bench.ctx, &bench.account, &ids[0]).await.unwrap();
    assert!(bench.sim.ledger()[0].deleted);
    bench.x.delete(&bench.ctx, &bench.account, &ids[0]).await.unwrap();
    let gone = bench.x.get(&bench.ctx, &bench.account, &ids[0]).await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound);

    let metrics = bench.x.metrics(&bench.ctx, &bench.account, &ids[..2]).await.unwrap();
    assert_eq!(metrics[0], None, "missing is not zero");
    assert!(metrics[1].as_ref().unwrap().contains_key("likes"));
    assert_eq!(bench.x.metrics(&bench.ctx, &bench.account, &ids[..1]).await.unwrap(), [None]);
    assert!(bench.x.metrics(&bench.ctx, &bench.account, &[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_attempt_whose_answer_was_lost_is_found() {
    let bench = bench().await;
    let cases = [
        "plain",
        "a & b <c> &amp;",
        "see example.com/a?b=c&d and https://example.org",
        "語 e\u{301} 🙂\n\nnew  line",
    ];
    for text in cases {
        bench.sim.set_fault(Fault::new(FaultKind::CutAfter).route("posts.create").times(1));
        let (prepared, outcome) = bench.publish(&bench.says(text)).await;
        error_of(outcome, Certainty::MaybeSent);
        let Finding::Found(published) = bench.x.find_published(&bench.ctx, &bench.query(&prepared)).await
        else {
            panic!("{text} was not found");
        };
        let ledger = bench.sim.ledger();
        let entry = ledger.iter().find(|entry| entry.text == text).unwrap();
        assert_eq!(entry.remote_id, published.remote_id.as_str());
        let mut query = bench.query(&prepared);
        query.taken = vec![published.remote_id];
        let other = bench.x.find_published(&bench.ctx, &query).await;
        assert!(matches!(other, Finding::Absent(Absence::Observed)), "another delivery's post is never ours");
    }
}

#[tokio::test]
async fn what_lags_is_absent_until_it_shows() {
    let bench = bench().await;
    bench.sim.set_fault(Fault::new(FaultKind::TimelineLag { ms: 30_000, lookups: false }));
    let (prepared, outcome) = bench.publish(&bench.says("late")).await;
    assert!(matches!(outcome, Outcome::Sent(_)));
    let query = bench.query(&prepared);
    let look = || bench.x.find_published(&bench.ctx, &query);
    assert!(matches!(look().await, Finding::Absent(Absence::Observed)));
    bench.clock.advance(Duration::from_secs(31));
    assert!(matches!(look().await, Finding::Found(_)));
}

#[tokio::test]
async fn equal_posts_are_ambiguous() {
    let bench = bench_with(|sim| sim.duplicate_window(Duration::ZERO)).await;
    bench.post("again").await;
    let (prepared, _) = bench.publish(&bench.says("again")).await;
    let found = bench.x.find_published(&bench.ctx, &bench.query(&prepared)).await;
    assert!(matches!(found, Finding::Ambiguous(ids) if ids.len() == 2));
}

#[tokio::test]
async fn a_timeline_that_fails_is_unreadable() {
    let bench = bench().await;
    let prepared = bench.x.prepare(&bench.ctx, &bench.says("a"), &Kept::default()).await.unwrap();
    bench
        .sim
        .set_fault(Fault::new(FaultKind::Status { code: 503, body: None, legacy: false }).route("timeline"));
    let found = bench.x.find_published(&bench.ctx, &bench.query(&prepared)).await;
    assert!(matches!(found, Finding::Unreadable(error) if error.kind() == ErrorKind::PlatformFault));
    let asked = bench.sim.requests().iter().filter(|one| one.route.as_deref() == Some("timeline")).count();
    assert_eq!(asked, 3, "a read is repeated");
}

#[tokio::test]
async fn refusals_are_final_and_told_apart() {
    for legacy in [false, true] {
        let bench = bench().await;
        if legacy {
            bench.sim.set_fault(Fault::new(FaultKind::LegacyErrors));
        }
        bench.post("once").await;
        let duplicate = error_of(bench.publish(&bench.says("once")).await.1, Certainty::Rejected);
        assert_eq!((duplicate.kind(), duplicate.retry()), (ErrorKind::Duplicate, Retry::Never));
        assert!(duplicate.request_id().is_some());
        let long = error_of(bench.publish(&bench.says(&"long ".repeat(80))).await.1, Certainty::Rejected);
        assert_eq!(long.code(), "text.too_long");
        let mut reply = bench.says("to nobody");
        reply.content.reply_to = Some(RemoteId::new("1"));
        assert_eq!(error_of(bench.publish(&reply).await.1, Certainty::Rejected).code(), "reply.refused");
        bench.sim.set_fault(Fault::new(FaultKind::Suspended).account("ada"));
        assert_eq!(
            error_of(bench.publish(&bench.says("b")).await.1, Certainty::Rejected).code(),
            "account.suspended"
        );
        assert_eq!(bench.sim.ledger().len(), 1);
    }
}

#[tokio::test]
async fn at_the_door_nothing_was_sent() {
    let bench = bench().await;
    for (code, kind) in [(402, ErrorKind::SpendCap), (401, ErrorKind::Authentication)] {
        bench.sim.set_fault(
            Fault::new(FaultKind::Status { code, body: None, legacy: false }).route("posts.create").times(1),
        );
        let error = error_of(bench.publish(&bench.says("a")).await.1, Certainty::NotSent);
        assert_eq!(error.kind(), kind);
        assert!(matches!(error.retry(), Retry::After(_)));
    }
    assert_eq!(bench.created(), 2, "one visible request, once");
    // The refused token is not used again.
    bench.post("a").await;
    assert_eq!(bench.refreshes(), 1);
}

#[tokio::test]
async fn a_used_up_window_is_not_asked_again() {
    let bench = bench().await;
    bench
        .sim
        .set_fault(Fault::new(FaultKind::RateLimited { reset_secs: 300 }).route("posts.create").times(1));
    let told = error_of(bench.publish(&bench.says("a")).await.1, Certainty::NotSent);
    assert_eq!(told.kind(), ErrorKind::RateLimit);
    let known = error_of(bench.publish(&bench.says("a")).await.1, Certainty::NotSent);
    let Retry::After(wait) = known.retry() else { panic!("{known:?}") };
    assert!((290..=301).contains(&wait.as_secs()), "{wait:?}");
    assert_eq!(bench.created(), 1);
    bench.clock.advance(Duration::from_secs(302));
    bench.post("a").await;
}

#[tokio::test]
async fn a_window_of_the_app_is_counted_down() {
    let limit = RateLimit { route: "posts.create".into(), per: Per::App, window_secs: 86_400, limit: 2 };
    let bench = bench_with(|sim| sim.limit(limit)).await;
    bench.post("1").await;
    bench.post("2").await;
    let error = error_of(bench.publish(&bench.says("3")).await.1, Certainty::NotSent);
    assert_eq!((error.code(), bench.created()), ("limit.window", 2));
}

#[tokio::test]
async fn after_the_last_byte_nobody_knows() {
    let faults = [
        FaultKind::CutBefore,
        FaultKind::CutAfter,
        FaultKind::HalfBody,
        FaultKind::GarbageBody,
        FaultKind::Status { code: 500, body: None, legacy: false },
        FaultKind::StatusAfterEffect { code: 503 },
    ];
    let bench = bench().await;
    for (number, fault) in faults.into_iter().enumerate() {
        bench.sim.set_fault(Fault::new(fault).route("posts.create").times(1));
        error_of(bench.publish(&bench.says(&format!("text {number}"))).await.1, Certainty::MaybeSent);
        assert_eq!(bench.created(), number + 1, "never repeated");
    }
}

#[tokio::test]
async fn after_the_deadline_nothing_leaves() {
    let bench = bench().await;
    let work = bench.says("late");
    let prepared = bench.x.prepare(&bench.ctx, &work, &Kept::default()).await.unwrap();
    let deadline = Deadline::after(&bench.clock, Duration::from_secs(10));
    bench.clock.advance(Duration::from_secs(10));
    let error = error_of(bench.x.commit(&bench.ctx, &work, &prepared, deadline).await, Certainty::NotSent);
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(bench.sim.ledger().is_empty());
}

#[tokio::test]
async fn reads_survive_a_bad_moment() {
    let bench = bench().await;
    let id = bench.post("a").await.remote_id;
    for fault in
        [FaultKind::CutAfter, FaultKind::HalfBody, FaultKind::Status { code: 503, body: None, legacy: false }]
    {
        bench.sim.set_fault(Fault::new(fault).times(2));
        assert_eq!(bench.x.get(&bench.ctx, &bench.account, &id).await.unwrap().text, "a");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_callers_refresh_once() {
    let bench = bench().await;
    bench.clock.advance(Duration::from_secs(7200));
    let callers: Vec<_> = (0..20)
        .map(|_| {
            let (tokens, account) = (bench.tokens.clone(), bench.account.id);
            tokio::spawn(async move { tokens.access_token(&Context::default(), account).await.unwrap() })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }
    assert_eq!(bench.refreshes(), 1);
    // And the rotated token buys the next pair.
    bench.clock.advance(Duration::from_secs(7200));
    bench.post("still connected").await;
    assert_eq!(bench.refreshes(), 2);
}

#[tokio::test]
async fn a_token_that_is_refused_on_the_way_is_replaced_for_reads() {
    let bench = bench().await;
    let id = bench.post("a").await.remote_id;
    let stored = xmp_core::TokenSet::from_secret(&bench.vault.stored(bench.account.id)).unwrap();
    // The access token alone.
    let access = xmp_core::TokenSet { refresh: None, ..stored };
    bench.oauth.revoke(&bench.ctx, &access).await.unwrap();
    bench.oauth.revoke(&bench.ctx, &access).await.unwrap();
    bench.x.get(&bench.ctx, &bench.account, &id).await.unwrap();
    assert_eq!(bench.refreshes(), 1);
}

#[tokio::test]
async fn a_disconnected_app_needs_consent() {
    let bench = bench().await;
    bench.sim.set_fault(Fault::new(FaultKind::TokenRevoked).account("ada"));
    error_of(bench.publish(&bench.says("a")).await.1, Certainty::NotSent);
    let error = bench.x.prepare(&bench.ctx, &bench.says("a"), &Kept::default()).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::NeedsConsent, Some(Certainty::NotSent)));
    assert_eq!(bench.vault.state(bench.account.id), AccountState::NeedsConsent);
}

#[tokio::test]
async fn a_refresh_whose_answer_is_lost_needs_consent() {
    let bench = bench().await;
    bench.clock.advance(Duration::from_secs(7200));
    bench.sim.set_fault(Fault::new(FaultKind::CutAfter).route("oauth.token").times(1));
    let error = bench.x.prepare(&bench.ctx, &bench.says("a"), &Kept::default()).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::NeedsConsent, "tokens.unknown"));
    assert_eq!(error.certainty(), Some(Certainty::NotSent), "of the post");
}

#[tokio::test]
async fn a_scope_that_was_not_granted_is_named() {
    let bench = bench().await;
    let issued = bench.sim.issue_tokens("app", "ada", &["tweet.read", "users.read"]).unwrap();
    let stored = xmp_core::TokenSet {
        access: Secret::new(issued.access_token),
        refresh: None,
        expires_at: Some(issued.expires_at),
        scopes: vec!["tweet.read".into(), "users.read".into()],
        server: None,
    };
    bench.vault.store(bench.account.id, stored.to_secret().unwrap());
    let error = error_of(bench.publish(&bench.says("a")).await.1, Certainty::NotSent);
    assert_eq!(error.kind(), ErrorKind::MissingScope);
    assert!(error.to_string().contains("tweet.write"));
    assert_eq!(bench.created(), 0);
}

#[tokio::test]
async fn a_draft_is_checked_as_x_would() {
    let bench = bench().await;
    let rules = |parts: &[PartContent]| -> Vec<&'static str> {
        bench.x.check(bench.x.capability(), parts).into_iter().map(|problem| problem.rule).collect()
    };
    let says = |text: &str| PartContent { text: text.to_owned(), ..PartContent::default() };
    assert!(rules(&[says(&"語".repeat(140))]).is_empty());
    assert_eq!(rules(&[says(&"語".repeat(141))]), ["text.too_long"]);
    assert_eq!(rules(&[says("")]), ["part.empty"]);
    assert_eq!(rules(&[says("a\u{feff}b")]), ["text.character"]);
    assert_eq!(rules(&[PartContent { reply_to: Some(RemoteId::new("x")), ..says("a") }]), ["reply.id"]);
    let shows = |text: &str, files: &[(Bytes, Option<String>)]| {
        let media = files.iter().map(|(bytes, alt)| media::inspect(bytes, None, alt.clone()).unwrap());
        rules(&[PartContent { media: media.collect(), ..says(text) }])
    };
    assert!(shows("", &[(png(1), None)]).is_empty(), "media alone is a post");
    assert_eq!(shows("a", &[(png(1), Some("x".repeat(1001)))]), ["alt.too_long"]);
    assert_eq!(shows("a", &[(png(5 * 1024 * 1024 + 1), None)]), ["media.too_large"]);
    assert!(shows("a", &[(gif(), None), (png(1), None)]).contains(&"media.mix"));
    assert_eq!(rules(&vec![says("a"); 26]), ["parts.count"]);
}
