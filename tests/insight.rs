//! What people ask: why not yet, and how does it stand.
#![cfg(all(feature = "platform-x", feature = "store-sqlite", feature = "scheduler"))]
#![allow(clippy::unwrap_used, reason = "a test tells by a panic")]

mod support;

use std::time::Duration;

use support::Stage;
use xmp::*;
use xmp_sim::{Fault, FaultKind};

const MINUTE: Duration = Duration::from_secs(60);

async fn stage() -> (Stage, Xmp, Account) {
    let stage = Stage::new().await;
    let xmp = stage.xmp().await;
    let ada = stage.connect(&xmp, "ada", OnAbsent::Hold).await;
    (stage, xmp, ada)
}

async fn why(xmp: &Xmp, post: PostId) -> Explanation {
    xmp.posts().explain(post).await.unwrap().remove(0)
}

fn codes(why: &Explanation) -> Vec<ReasonCode> {
    why.reasons.iter().map(|reason| reason.code).collect()
}

#[tokio::test]
async fn a_post_explains_itself_all_its_way() {
    let (stage, xmp, ada) = stage().await;
    let at = stage.clock.now() + 10 * MINUTE;
    let draft = Draft::text("patience").to(ada.id).at(When::At(at));
    let post = xmp.posts().schedule(&draft, "k").await.unwrap().post.id;
    let early = why(&xmp, post).await;
    assert_eq!((codes(&early), early.next_at), (vec![ReasonCode::Due], Some(at)));
    assert_eq!(early.summary, format!("It is due at {at}."));

    stage.advance(11 * MINUTE);
    assert_eq!(codes(&why(&xmp, post).await), [ReasonCode::NoWorker]);
    xmp.stop_sending(StopScope::Platform(PlatformId::X), "checking").await.unwrap();
    let stopped = why(&xmp, post).await;
    assert_eq!((codes(&stopped), stopped.next_at), (vec![ReasonCode::Stop], None));
    assert!(stopped.summary.contains("platform:x") && stopped.summary.contains("checking"));
    xmp.resume_sending(StopScope::Platform(PlatformId::X)).await.unwrap();

    let limited = FaultKind::RateLimited { reset_secs: 120 };
    stage.sim.set_fault(Fault::new(limited).route("posts.create").times(1));
    stage.work(&xmp, post).await;
    let limited = why(&xmp, post).await;
    assert_eq!(codes(&limited)[0], ReasonCode::AccountBlocked, "{limited:?}");
    assert!(limited.next_at > Some(stage.clock.now() + MINUTE));
    assert_eq!((limited.tried.len(), limited.tried[0].outcome), (1, Some(Certainty::NotSent)));
    assert!(limited.tried[0].why.is_some());
    let events = xmp.events(0, 100).await.unwrap();
    let told: Vec<_> = events.iter().filter(|event| event.kind == EventKind::RateLimitReached).collect();
    assert_eq!((told.len(), told[0].account, told[0].post), (1, Some(ada.id), Some(post)));
    let until: jiff::Timestamp = told[0].data["until"].as_str().unwrap().parse().unwrap();
    assert_eq!(Some(until), xmp.accounts().get(ada.id).await.unwrap().blocked_until);

    stage.advance(3 * MINUTE);
    assert_eq!(stage.work(&xmp, post).await.state, DeliveryState::Published);
    let live = why(&xmp, post).await;
    assert_eq!((live.summary.as_str(), live.next_at), ("All of it is live on x.", None));
    let outcomes: Vec<_> = live.tried.iter().map(|tried| (tried.number, tried.outcome)).collect();
    assert_eq!(outcomes, [(1, Some(Certainty::NotSent)), (1, Some(Certainty::Sent))]);
    let unknown = xmp.tenant(TenantId::new("other").unwrap()).posts().explain(post).await.unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_suspended_account_is_told_of_once() {
    let (stage, xmp, ada) = stage().await;
    stage.sim.set_fault(Fault::new(FaultKind::Suspended).times(1));
    let post = xmp.posts().schedule(&Draft::text("k").to(ada.id), "k").await.unwrap().post.id;
    stage.work(&xmp, post).await;
    let kinds: Vec<_> = xmp.events(0, 100).await.unwrap().iter().map(|event| event.kind).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == EventKind::AccountSuspended).count(), 1, "{kinds:?}");
    assert!(codes(&why(&xmp, post).await).contains(&ReasonCode::AccountSuspended));
}

#[tokio::test]
async fn health_tells_how_it_stands() {
    let (stage, xmp, ada) = stage().await;
    let bob = stage.connect(&xmp, "bob", OnAbsent::Hold).await;
    let now = stage.clock.now();
    for (account, key, due) in [(&ada, "k1", 1), (&ada, "k2", 2), (&bob, "k3", 90)] {
        let draft = Draft::text(key).to(account.id).at(When::At(now + due * MINUTE));
        xmp.posts().schedule(&draft, key).await.unwrap();
    }
    stage.advance(5 * MINUTE);
    xmp.stop_sending(StopScope::Platform(PlatformId::constant("other")), "so").await.unwrap();
    let health = xmp.health().await;
    assert!(health.reachable && health.error.is_none());
    assert_eq!(health.store, "sqlite");
    let tally = health.tally.unwrap();
    assert_eq!((tally.deliveries.waiting, tally.due.ready, tally.due.overdue), (3, 2, 2));
    let oldest = tally.oldest_due.unwrap();
    assert_eq!((oldest.account, oldest.since), (ada.id, now + MINUTE));
    assert!((4 * MINUTE..5 * MINUTE).contains(&oldest.late), "{oldest:?}");
    assert_eq!((tally.accounts.active, tally.stops.len()), (2, 1));

    let other = xmp.tenant(TenantId::new("other").unwrap());
    assert_eq!(other.health().await.tally.unwrap().deliveries, DeliveryCounts::default());
    xmp.clone().close().await;
    let closed = xmp.health().await;
    assert!(!closed.reachable && closed.tally.is_none());
    assert_eq!(closed.error.unwrap().code, "store.stopped");
}
