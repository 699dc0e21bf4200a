//! Consumers of the event log, through the public API.
#![cfg(all(feature = "platform-x", feature = "store-sqlite", feature = "scheduler"))]
#![allow(clippy::unwrap_used, reason = "a test tells by a panic")]

mod support;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use support::Stage;
use xmp::*;

const MINUTE: Duration = Duration::from_secs(60);

async fn published(stage: &Stage, xmp: &Xmp, ada: &Account, text: &str) {
    let post = xmp.posts().schedule(&Draft::text(text).to(ada.id), text).await.unwrap().post.id;
    assert_eq!(stage.work(xmp, post).await.state, DeliveryState::Published);
}

fn words(events: &[Event]) -> Vec<&'static str> {
    events.iter().map(|event| event.kind.as_str()).collect()
}

#[tokio::test]
async fn a_consumer_goes_on_where_it_stood_after_a_restart() {
    let stage = Stage::new().await;
    let xmp = stage.xmp().await;
    let ada = stage.connect(&xmp, "ada", OnAbsent::Hold).await;
    published(&stage, &xmp, &ada, "one").await;
    let audit = xmp.consumer("audit").unwrap();
    let first = audit.read(2, Duration::ZERO).await.unwrap();
    assert_eq!(words(&first), ["account.connected", "post.scheduled"]);
    assert_eq!(audit.read(2, Duration::ZERO).await.unwrap(), first, "nothing was acknowledged");
    audit.acknowledge(first[1].sequence).await.unwrap();
    xmp.close().await;

    let xmp = stage.xmp().await;
    let audit = xmp.consumer("audit").unwrap();
    let second = audit.read(100, Duration::ZERO).await.unwrap();
    assert_eq!(words(&second), ["post.attempted", "post.published"]);
    let other = xmp.consumer("other").unwrap();
    assert_eq!(other.read(100, Duration::ZERO).await.unwrap().len(), 4, "it has a place of its own");
    assert_eq!(audit.acknowledge(second[1].sequence).await.unwrap(), second[1].sequence);
    assert!(audit.read(100, Duration::ZERO).await.unwrap().is_empty());
    audit.rewind(first[0].sequence).await.unwrap();
    assert_eq!(audit.read(1, Duration::ZERO).await.unwrap(), first[1..]);
    let known = xmp.consumers().list().await.unwrap();
    assert_eq!((known.len(), known[0].position), (1, first[0].sequence));
    assert!(xmp.consumers().forget("audit").await.unwrap());
    assert_eq!(audit.position().await.unwrap(), 0);
    for name in ["", "two words", "a/b"] {
        assert_eq!(xmp.consumer(name).unwrap_err().code(), "consumer.name");
    }
}

#[tokio::test]
async fn what_is_of_another_kind_is_passed_over_for_good() {
    let stage = Stage::new().await;
    let xmp = stage.xmp().await;
    let ada = stage.connect(&xmp, "ada", OnAbsent::Hold).await;
    for text in ["one", "two"] {
        published(&stage, &xmp, &ada, text).await;
    }
    let live = xmp.consumer("live").unwrap().only([EventKind::PostPublished]);
    let read = live.read(10, Duration::ZERO).await.unwrap();
    assert_eq!(words(&read), ["post.published", "post.published"]);
    assert_eq!(live.position().await.unwrap(), read[0].sequence - 1, "what came before the first");
    assert_eq!(live.read(1, Duration::ZERO).await.unwrap(), read[..1]);
    live.acknowledge(read[1].sequence).await.unwrap();
    xmp.accounts().pause(ada.id, "holidays").await.unwrap();
    assert!(live.read(10, Duration::ZERO).await.unwrap().is_empty());
    let last = xmp.events(0, 100).await.unwrap().last().unwrap().sequence;
    assert_eq!(live.position().await.unwrap(), last);
}

#[tokio::test]
async fn a_consumer_waits_for_the_first_event() {
    let clock = ManualClock::new("2040-01-01T00:00:00Z".parse().unwrap());
    let xmp = Xmp::builder().memory().clock(Arc::new(clock.clone())).open().await.unwrap();
    let audit = xmp.consumer("audit").unwrap();
    assert!(audit.read(1, Duration::ZERO).await.unwrap().is_empty());
    let (read, stopped) = tokio::join!(audit.read(1, MINUTE), xmp.stop_sending(StopScope::All, "test"));
    stopped.unwrap();
    assert_eq!(words(&read.unwrap()), ["sending.stopped"], "the clock stands still: it was told");

    let last = xmp.events(0, 9).await.unwrap().last().unwrap().sequence;
    audit.acknowledge(last).await.unwrap();
    let moved = async {
        for _ in 0..70 {
            tokio::task::yield_now().await;
            clock.advance(Duration::from_secs(1));
            tokio::task::yield_now().await;
        }
    };
    let (read, ()) = tokio::join!(audit.read(1, MINUTE), moved);
    assert!(read.unwrap().is_empty(), "its time is over");

    let cancel = CancelToken::new();
    let within = xmp.within(Context::default().cancelled_by(cancel.clone()));
    let waiting = within.consumer("audit").unwrap();
    let (read, ()) = tokio::join!(waiting.read(1, MINUTE), async { cancel.cancel() });
    assert_eq!(read.unwrap_err().kind(), ErrorKind::Cancelled);
}

#[tokio::test]
async fn a_stream_acknowledges_what_was_dealt_with() {
    let stage = Stage::new().await;
    let xmp = stage.xmp().await;
    let ada = stage.connect(&xmp, "ada", OnAbsent::Hold).await;
    published(&stage, &xmp, &ada, "one").await;
    let log = xmp.events(0, 100).await.unwrap();
    let audit = xmp.consumer("audit").unwrap();
    {
        let mut events = pin!(audit.stream());
        assert_eq!(events.try_next().await.unwrap().as_ref(), Some(&log[0]));
        assert_eq!(events.try_next().await.unwrap().as_ref(), Some(&log[1]));
        assert_eq!(audit.position().await.unwrap(), log[0].sequence);
    }
    let mut events = pin!(audit.stream());
    for event in &log[1..] {
        assert_eq!(events.try_next().await.unwrap().as_ref(), Some(event), "the second is told again");
    }
    let accounts = xmp.accounts();
    let (next, paused) = tokio::join!(events.try_next(), accounts.pause(ada.id, "so"));
    paused.unwrap();
    assert_eq!(next.unwrap().unwrap().kind, EventKind::AccountState, "it never ends");
    assert_eq!(audit.position().await.unwrap(), log.last().unwrap().sequence);
}

#[tokio::test]
async fn a_worker_forgets_old_events() {
    let stage = Stage::new().await;
    let xmp = stage.xmp().await;
    stage.connect(&xmp, "ada", OnAbsent::Hold).await;
    let audit = xmp.consumer("audit").unwrap();
    audit.rewind(0).await.unwrap();
    let keep_events_for = Some(60 * MINUTE);
    let too_short = WorkerOptions { keep_events_for: Some(MINUTE), ..support::options() };
    assert_eq!(xmp.worker(too_short).unwrap_err().code(), "worker.options");
    let options = WorkerOptions { keep_events_for, ..support::options() };
    stage.advance(61 * MINUTE);
    // How many are left when a worker has run for a while, or until there are none.
    let work = async |xmp: &Xmp| {
        let worker = xmp.start_worker(options).unwrap();
        let mut left = 1;
        for _ in 0..50 {
            SystemClock.sleep(Duration::from_millis(20)).await;
            left = xmp.events(0, 10).await.unwrap().len();
            if left == 0 {
                break;
            }
        }
        worker.stop().await.unwrap();
        left
    };
    assert_eq!(work(&xmp).await, 1, "a consumer has not read it");
    audit.acknowledge(xmp.events(0, 10).await.unwrap()[0].sequence).await.unwrap();
    assert_eq!(work(&xmp).await, 0);
}
