//! The walk of a post through the public API, on the simulator: what goes well, what goes wrong, and what people do.
#![cfg(all(feature = "platform-x", feature = "store-sqlite", feature = "scheduler"))]

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

fn image() -> &'static str {
    concat!(env!("CARGO_MANIFEST_DIR"), "/examples/media/sunrise.png")
}

fn kinds(events: &[Event], post: PostId) -> Vec<&'static str> {
    events.iter().filter(|event| event.post == Some(post)).map(|event| event.kind.as_str()).collect()
}

#[tokio::test]
async fn a_post_is_published_read_back_measured_and_deleted() {
    let (stage, xmp, ada) = stage().await;
    let text = "Links & <tags>: https://example.com/a?b=1&c=2 🚀";
    let post = xmp.posts().schedule(&Draft::text(text).to(ada.id), "one").await.unwrap().post;
    let delivery = stage.work(&xmp, post.id).await;
    assert_eq!(delivery.state, DeliveryState::Published);
    let live = delivery.parts[0].published.clone().unwrap();
    assert_eq!(live.url.unwrap(), format!("https://x.com/ada/status/{}", live.remote_id));
    assert_eq!(stage.times_posted(text), 1);

    let seen = xmp.x().get(ada.id, &live.remote_id).await.unwrap();
    assert_eq!(seen.text, text, "links expanded, entities unescaped");
    let profile = xmp.x().profile(ada.id).await.unwrap();
    assert_eq!((profile.handle.as_str(), &profile.remote_id), ("ada", &ada.remote_id));
    let timeline = xmp.x().timeline(ada.id, &TimelineQuery::default()).await.unwrap();
    assert_eq!(timeline.items.iter().map(|post| &post.id).collect::<Vec<_>>(), [&live.remote_id]);

    let early = xmp.posts().measure(post.id).await.unwrap().remove(0);
    stage.advance(60 * MINUTE);
    let late = xmp.posts().measure(post.id).await.unwrap().remove(0);
    assert!(late.values["impressions"] > early.values["impressions"], "{early:?} {late:?}");
    assert_eq!(xmp.posts().measured(ada.id, &live.remote_id).await.unwrap(), [early, late]);

    xmp.x().delete(ada.id, &live.remote_id).await.unwrap();
    xmp.x().delete(ada.id, &live.remote_id).await.expect("a post that is gone already is not an error");
    assert_eq!(xmp.x().get(ada.id, &live.remote_id).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert!(stage.sim.ledger()[0].deleted);

    let events = xmp.events(0, 100).await.unwrap();
    assert_eq!(kinds(&events, post.id), ["post.scheduled", "post.attempted", "post.published"]);
    assert!(
        events
            .iter()
            .filter(|event| event.post.is_some())
            .all(|event| event.correlation_id == post.correlation_id)
    );
    assert!(
        !serde_json::to_string(&events).unwrap().contains("tags"),
        "events refer to texts and never copy them"
    );
}

#[tokio::test]
async fn a_thread_with_an_image_answers_itself_and_a_reply_answers_another() {
    let (stage, xmp, ada) = stage().await;
    let draft = Draft::text("one").image(image(), "a sunrise").then("two").then("three").to(ada.id);
    let post = xmp.posts().schedule(&draft, "thread").await.unwrap().post.id;
    let delivery = stage.work(&xmp, post).await;
    assert_eq!(delivery.state, DeliveryState::Published);
    let ledger = stage.sim.ledger();
    assert_eq!(ledger.iter().map(|entry| entry.text.as_str()).collect::<Vec<_>>(), ["one", "two", "three"]);
    assert_eq!(ledger[0].media.len(), 1);
    assert_eq!(ledger[1].reply_to.as_deref(), Some(ledger[0].remote_id.as_str()));
    assert_eq!(ledger[2].reply_to.as_deref(), Some(ledger[1].remote_id.as_str()));

    let bob = stage.connect(&xmp, "bob", OnAbsent::Hold).await;
    let reply = Draft::text("indeed").reply_to(RemoteId::new(&ledger[0].remote_id)).to(bob.id);
    let reply = xmp.posts().schedule(&reply, "reply").await.unwrap().post.id;
    assert_eq!(stage.work(&xmp, reply).await.state, DeliveryState::Published);
    assert_eq!(stage.sim.ledger()[3].reply_to, Some(ledger[0].remote_id.clone()));
}

#[tokio::test]
async fn a_local_time_waits_for_its_moment() {
    let (stage, xmp, ada) = stage().await;
    let when = When::local("2040-03-25T02:30", "Europe/Berlin");
    let draft = Draft::text("at dawn").to(ada.id).at(when);
    assert_eq!(xmp.posts().schedule(&draft, "gap").await.unwrap_err().code(), "due.gap");
    let shifted = When::local_with("2040-03-25T02:30", "Europe/Berlin", Gap::Shift, Fold::First);
    let view = xmp.posts().schedule(&draft.at(shifted), "gap").await.unwrap();
    assert_eq!(view.post.due.at.to_string(), "2040-03-25T01:30:00Z");

    let soon = stage_time(&stage) + MINUTE;
    let post = xmp.posts().reschedule(view.post.id, &When::At(soon)).await.unwrap().post;
    assert_eq!(post.due.at, soon);
    assert_eq!(stage.work(&xmp, post.id).await.state, DeliveryState::Scheduled);
    stage.advance(MINUTE);
    assert_eq!(stage.work(&xmp, post.id).await.state, DeliveryState::Published);
    assert!(stage.sim.ledger()[0].at >= soon, "never early");
}

fn stage_time(stage: &Stage) -> jiff::Timestamp {
    stage.clock.now()
}

#[tokio::test]
async fn what_was_not_sent_is_tried_again_and_ends_as_a_dead_letter_that_can_be_put_back() {
    let (stage, xmp, ada) = stage().await;
    stage.sim.set_fault(
        Fault::new(FaultKind::Status { code: 401, body: None, legacy: false }).route("posts.create"),
    );
    let post = xmp.posts().schedule(&Draft::text("stubborn").to(ada.id), "k").await.unwrap().post.id;
    let first = stage.work(&xmp, post).await;
    assert_eq!((first.state, first.parts[0].attempts), (DeliveryState::Scheduled, 1));
    // A token that is refused although it is new is not replaced again for a quarter of an hour.
    for _ in 0..4 {
        stage.advance(16 * MINUTE);
        stage.work(&xmp, post).await;
    }
    let dead = stage.work(&xmp, post).await;
    assert_eq!((dead.state, dead.parts[0].attempts), (DeliveryState::Failed, 5), "{dead:?}");
    let error = dead.parts[0].error.clone().unwrap();
    assert!(error.message.starts_with("given up after 5 attempts"), "{error:?}");
    assert_eq!(xmp.posts().dead_letters().await.unwrap()[0].post.id, post);

    stage.sim.clear_faults();
    stage.advance(16 * MINUTE);
    xmp.posts().put_back(dead.id).await.unwrap();
    assert!(xmp.posts().dead_letters().await.unwrap().is_empty());
    assert_eq!(stage.work(&xmp, post).await.state, DeliveryState::Published);
    assert_eq!(stage.times_posted("stubborn"), 1);
}

#[tokio::test]
async fn a_refused_text_is_a_dead_letter_at_once_and_no_other_account_waits() {
    let (stage, xmp, ada) = stage().await;
    let bob = stage.connect(&xmp, "bob", OnAbsent::Hold).await;
    let body =
        serde_json::json!({ "title": "Forbidden", "status": 403, "type": "about:blank", "detail": "no" });
    let fault = FaultKind::Status { code: 403, body: Some(body), legacy: false };
    stage.sim.set_fault(Fault::new(fault).route("posts.create").account("ada"));
    let draft = Draft::text("to both").to(ada.id).to(bob.id);
    let post = xmp.posts().schedule(&draft, "k").await.unwrap().post.id;
    stage.work(&xmp, post).await;
    let view = xmp.posts().get(post).await.unwrap();
    let state = |account: &Account| view.deliveries.iter().find(|d| d.account == account.id).unwrap().state;
    assert_eq!((state(&ada), state(&bob)), (DeliveryState::Failed, DeliveryState::Published));
}

#[tokio::test]
async fn a_used_up_window_snoozes_the_account_and_counts_no_attempt() {
    let (stage, xmp, ada) = stage().await;
    stage
        .sim
        .set_fault(Fault::new(FaultKind::RateLimited { reset_secs: 120 }).route("posts.create").times(1));
    let post = xmp.posts().schedule(&Draft::text("later").to(ada.id), "k").await.unwrap().post.id;
    let other = xmp.posts().schedule(&Draft::text("other").to(ada.id), "k2").await.unwrap().post.id;
    let waiting = stage.work(&xmp, post).await;
    assert_eq!((waiting.state, waiting.parts[0].attempts), (DeliveryState::Scheduled, 0), "{waiting:?}");
    assert!(waiting.waiting.is_some());
    assert_eq!(stage.work(&xmp, other).await.state, DeliveryState::Scheduled, "the whole account waits");
    stage.advance(MINUTE);
    assert_eq!(stage.work(&xmp, post).await.state, DeliveryState::Scheduled);
    stage.advance(2 * MINUTE);
    assert_eq!(stage.work(&xmp, post).await.state, DeliveryState::Published);
    assert_eq!(stage.settle(&xmp, other).await.state, DeliveryState::Published);
}

/// What may have been sent is looked for, whatever hid the answer.
#[tokio::test]
async fn answers_that_are_lost_are_made_good() {
    let faults = [
        ("cut after", FaultKind::CutAfter),
        ("gateway", FaultKind::StatusAfterEffect { code: 503 }),
        ("half a body", FaultKind::HalfBody),
        ("garbage", FaultKind::GarbageBody),
        ("late", FaultKind::CutThenLate { ms: 40_000 }),
    ];
    for (name, fault) in faults {
        let (stage, xmp, ada) = stage().await;
        stage.sim.set_fault(Fault::new(fault).route("posts.create").times(1));
        let post = xmp.posts().schedule(&Draft::text(name).to(ada.id), name).await.unwrap().post.id;
        let lost = stage.work(&xmp, post).await;
        assert_eq!(lost.state, DeliveryState::Unconfirmed, "{name}: {lost:?}");
        assert_eq!(lost.parts[0].error.as_ref().unwrap().certainty, Some(Certainty::MaybeSent), "{name}");
        let found = stage.settle(&xmp, post).await;
        assert_eq!(
            (found.state, found.parts[0].attempts),
            (DeliveryState::Published, 1),
            "{name}: {found:?}"
        );
        assert_eq!(stage.times_posted(name), 1, "{name}");
    }
}

#[tokio::test]
async fn what_is_not_found_is_held_for_a_person_or_sent_again() {
    for (policy, cut) in [(OnAbsent::Hold, "hold"), (OnAbsent::Resend, "resend")] {
        let stage = Stage::new().await;
        let xmp = stage.xmp().await;
        let ada = stage.connect(&xmp, "ada", policy).await;
        stage.sim.set_fault(Fault::new(FaultKind::CutBefore).route("posts.create").times(1));
        let post = xmp.posts().schedule(&Draft::text(cut).to(ada.id), cut).await.unwrap().post.id;
        let end = stage.settle(&xmp, post).await;
        if policy == OnAbsent::Resend {
            assert_eq!((end.state, end.parts[0].attempts), (DeliveryState::Published, 2));
            assert_eq!(stage.times_posted(cut), 1);
            continue;
        }
        assert_eq!(end.state, DeliveryState::Held);
        assert_eq!(xmp.posts().held().await.unwrap()[0].post.id, post);
        let wrong = xmp.posts().put_back(end.id).await.unwrap_err();
        assert_eq!((wrong.kind(), wrong.code()), (ErrorKind::Conflict, "delivery.not_dead"));
        xmp.posts().resolve(end.id, Resolution::Resend).await.unwrap();
        assert_eq!(stage.work(&xmp, post).await.state, DeliveryState::Published);
        assert_eq!(stage.times_posted(cut), 1);
    }
}

#[tokio::test]
async fn equal_content_waits_while_it_may_be_live() {
    let (stage, xmp, ada) = stage().await;
    stage.sim.set_fault(Fault::new(FaultKind::CutAfter).route("posts.create").times(1));
    let first = xmp.posts().schedule(&Draft::text("the same").to(ada.id), "k1").await.unwrap().post.id;
    assert_eq!(stage.work(&xmp, first).await.state, DeliveryState::Unconfirmed);
    let second = xmp.posts().schedule(&Draft::text("the  same ").to(ada.id), "k2").await.unwrap().post.id;
    let other = xmp.posts().schedule(&Draft::text("another").to(ada.id), "k3").await.unwrap().post.id;
    let waiting = stage.work(&xmp, second).await;
    assert_eq!((waiting.state, waiting.parts[0].attempts), (DeliveryState::Scheduled, 0));
    assert!(waiting.waiting.unwrap().contains("unresolved"));
    assert_eq!(stage.work(&xmp, other).await.state, DeliveryState::Published, "other content goes on");
    assert_eq!(stage.settle(&xmp, first).await.state, DeliveryState::Published);
    // X refuses the duplicate itself: a clear dead letter, and one post.
    let refused = stage.settle(&xmp, second).await;
    assert_eq!(refused.parts[0].error.as_ref().unwrap().kind, ErrorKind::Duplicate);
    assert_eq!(stage.sim.ledger().iter().filter(|entry| entry.text.contains("same")).count(), 1);
}

#[tokio::test]
async fn an_attempt_takes_only_its_own_post() {
    let (stage, xmp, ada) = stage().await;
    let first = xmp.posts().schedule(&Draft::text("twin").to(ada.id), "k1").await.unwrap().post.id;
    assert_eq!(stage.work(&xmp, first).await.state, DeliveryState::Published);
    // The same text again, cut before its effect: the first one's post is there to be seen, and is not ours.
    stage.sim.set_fault(Fault::new(FaultKind::CutBefore).route("posts.create").times(1));
    let second = xmp.posts().schedule(&Draft::text("twin").to(ada.id), "k2").await.unwrap().post.id;
    let held = stage.settle(&xmp, second).await;
    assert_eq!(held.state, DeliveryState::Held, "{held:?}");
    let live = xmp.posts().get(first).await.unwrap().deliveries[0].parts[0].published.clone().unwrap();
    let error = xmp.posts().resolve(held.id, Resolution::Live(live)).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, "remote_id.taken"));
}

#[tokio::test]
async fn cancelled_posts_and_paused_accounts_stay_silent() {
    let (stage, xmp, ada) = stage().await;
    let post = xmp.posts().schedule(&Draft::text("never").to(ada.id), "k1").await.unwrap().post.id;
    xmp.posts().cancel(post).await.unwrap();
    assert_eq!(stage.work(&xmp, post).await.state, DeliveryState::Cancelled);
    assert_eq!(xmp.posts().cancel(post).await.unwrap_err().kind(), ErrorKind::Conflict);

    xmp.accounts().pause(ada.id, "holiday").await.unwrap();
    let post = xmp.posts().schedule(&Draft::text("after").to(ada.id), "k2").await.unwrap().post.id;
    assert_eq!(stage.work(&xmp, post).await.state, DeliveryState::Scheduled);
    xmp.accounts().resume(ada.id).await.unwrap();
    assert_eq!(stage.work(&xmp, post).await.state, DeliveryState::Published);
    assert_eq!(stage.sim.ledger().len(), 1);
    let error = xmp.posts().reschedule(post, &When::At(stage_time(&stage) + MINUTE)).await.unwrap_err();
    assert_eq!(error.code(), "delivery.not_reschedulable");
}

#[tokio::test]
async fn tokens_are_refreshed_in_time_and_a_dead_account_waits_for_its_owner() {
    let (stage, xmp, ada) = stage().await;
    stage.advance(3 * 60 * MINUTE);
    let post = xmp.posts().schedule(&Draft::text("refreshed").to(ada.id), "k1").await.unwrap().post.id;
    assert_eq!(stage.work(&xmp, post).await.state, DeliveryState::Published);

    stage.sim.set_fault(Fault::new(FaultKind::TokenRevoked).account("ada"));
    stage.advance(3 * 60 * MINUTE);
    let post = xmp.posts().schedule(&Draft::text("patient").to(ada.id), "k2").await.unwrap().post.id;
    let waiting = stage.work(&xmp, post).await;
    assert_eq!((waiting.state, waiting.parts[0].attempts), (DeliveryState::Scheduled, 0), "{waiting:?}");
    assert_eq!(xmp.accounts().get(ada.id).await.unwrap().state, AccountState::NeedsConsent);
    let events = xmp.events(0, 1000).await.unwrap();
    assert!(events.iter().any(|event| event.kind == EventKind::AccountNeedsConsent));

    stage.sim.clear_faults();
    let again = stage.connect(&xmp, "ada", OnAbsent::Hold).await;
    assert_eq!((again.id, again.state), (ada.id, AccountState::Active), "the same account, under its old id");
    assert_eq!(stage.settle(&xmp, post).await.state, DeliveryState::Published);
}

#[tokio::test]
async fn tenants_do_not_see_each_other() {
    let (stage, xmp, ada) = stage().await;
    let other = xmp.tenant(TenantId::new("other").unwrap());
    let post = xmp.posts().schedule(&Draft::text("mine").to(ada.id), "k").await.unwrap().post.id;
    assert!(other.accounts().list().await.unwrap().is_empty());
    assert!(other.events(0, 100).await.unwrap().is_empty());
    assert!(other.posts().find("k").await.unwrap().is_none());
    assert_eq!(other.posts().get(post).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(other.posts().cancel(post).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(other.x().profile(ada.id).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(stage.work(&xmp, post).await.state, DeliveryState::Published, "one worker serves all tenants");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_stops_softly_and_publishes_what_comes_in_while_it_runs() {
    let (stage, xmp, ada) = stage().await;
    let worker = xmp.start_worker(support::options()).unwrap();
    stage.sim.set_fault(Fault::new(FaultKind::Hold { ms: 300 }).route("posts.create").times(1));
    let post = xmp.posts().schedule(&Draft::text("in flight").to(ada.id), "k1").await.unwrap().post.id;
    while stage.times_posted("in flight") == 0 {
        SystemClock.sleep(Duration::from_millis(2)).await;
    }
    worker.stop().await.unwrap();
    assert_eq!(xmp.posts().get(post).await.unwrap().deliveries[0].state, DeliveryState::Published);
    let late = xmp.posts().schedule(&Draft::text("too late").to(ada.id), "k2").await.unwrap().post.id;
    assert_eq!(xmp.posts().get(late).await.unwrap().deliveries[0].state, DeliveryState::Scheduled);
    assert_eq!(stage.times_posted("too late"), 0);
}

#[tokio::test]
async fn the_callers_trace_goes_along() {
    let (stage, xmp, ada) = stage().await;
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let ctx = Context::default()
        .continue_trace(&format!("00-{trace}-b7ad6b7169203331-01"))
        .unwrap()
        .by("ada's app");
    let post = xmp.within(ctx).posts().schedule(&Draft::text("traced").to(ada.id), "k").await.unwrap().post;
    assert_eq!(post.correlation_id.to_string(), trace);
    assert_eq!(stage.work(&xmp, post.id).await.state, DeliveryState::Published);
    let sent = stage.sim.requests();
    let sent = sent.iter().find(|request| request.route.as_deref() == Some("posts.create")).unwrap();
    let header = &sent.headers["traceparent"];
    assert!(header.starts_with(&format!("00-{trace}-")), "{header:?}");
    let events = xmp.events(0, 100).await.unwrap();
    let scheduled = events.iter().find(|event| event.kind == EventKind::PostScheduled).unwrap();
    assert_eq!((scheduled.actor.as_str(), scheduled.correlation_id), ("ada's app", post.correlation_id));
}
