//! Windows of requests that all processes share.

use xmp_core::{LimitDecision, LimitKey, LimitWindow, PlatformId, RemoteId, RequestPriority};

use super::world::{HOUR, MINUTE, World};

fn key(account: Option<&str>, operation: &'static str) -> LimitKey {
    let account = account.map(RemoteId::new);
    LimitKey { platform: PlatformId::X, app: "app".to_owned(), account, operation }
}

pub(super) async fn windows_are_drawn_and_learned(w: World<'_>) {
    let (key, store) = (key(Some("1"), "posts.create"), w.store);
    let draw = async |cost| store.draw(&key, cost, RequestPriority::Publish, &[]).await.unwrap();
    assert_eq!(draw(100).await, LimitDecision::Go, "nothing is known of it");
    assert!(store.windows(&key).await.unwrap().is_empty());
    let resets_at = w.now().checked_add(HOUR).unwrap();
    let told = LimitWindow { limit: 10, remaining: 3, resets_at };
    store.learn(&key, &[told]).await.unwrap();
    assert_eq!(store.windows(&key).await.unwrap(), [told]);
    assert_eq!((draw(2).await, draw(1).await), (LimitDecision::Go, LimitDecision::Go));
    w.clock.advance(MINUTE);
    assert_eq!(draw(1).await, LimitDecision::Wait(HOUR - MINUTE));
    w.clock.advance(HOUR - MINUTE);
    assert_eq!(draw(1).await, LimitDecision::Go, "it is over");
}

pub(super) async fn windows_that_are_expected_begin_with_the_first_draw(w: World<'_>) {
    let (key, store) = (key(None, "points"), w.store);
    let draw = async |cost| store.draw(&key, cost, RequestPriority::Publish, &[(5, HOUR)]).await.unwrap();
    assert_eq!(draw(3).await, LimitDecision::Go);
    w.clock.advance(MINUTE);
    assert_eq!(draw(3).await, LimitDecision::Wait(HOUR - MINUTE), "two are left");
    assert_eq!(draw(2).await, LimitDecision::Go);
}

pub(super) async fn windows_are_apart_by_their_whole_key(w: World<'_>) {
    let shut = key(Some("1"), "posts.create");
    let resets_at = w.now().checked_add(HOUR).unwrap();
    w.store.learn(&shut, &[LimitWindow { limit: 1, remaining: 0, resets_at }]).await.unwrap();
    let others = [
        LimitKey { app: "other".to_owned(), ..shut.clone() },
        LimitKey { account: None, ..shut.clone() },
        LimitKey { platform: PlatformId::constant("bluesky"), ..shut.clone() },
        key(Some("2"), "posts.create"),
        key(Some("1"), "posts.read"),
    ];
    for other in others {
        let drawn = w.store.draw(&other, 1, RequestPriority::Publish, &[]).await.unwrap();
        assert_eq!(drawn, LimitDecision::Go, "{other}");
    }
    let drawn = w.store.draw(&shut, 1, RequestPriority::Publish, &[]).await.unwrap();
    assert_eq!(drawn, LimitDecision::Wait(HOUR));
}
