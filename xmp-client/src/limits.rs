//! Windows of requests, kept in this process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use xmp_core::{Clock, LimitDecision, LimitKey, LimitWindow, RateLimiter, RequestPriority};

/// Two observations whose windows end this close to each other speak of the same window.
const SAME_WINDOW: Duration = Duration::from_secs(2);
/// When more keys than this are known, those whose windows have all ended are forgotten.
const SWEEP_AT: usize = 4096;

/// Counts down what the platform said is left, and waits for windows that are used up. What it was told nothing of
/// may go.
///
/// The last tenth of a window is kept from [`Background`](RequestPriority::Background) requests and the last
/// twentieth from [`Normal`](RequestPriority::Normal) ones (rounded down, so that a small window is not lost), for
/// those that a post waits for. Processes share nothing here: each learns the real window from its own answers.
#[derive(Debug)]
pub struct WindowLimiter {
    clock: Arc<dyn Clock>,
    windows: Mutex<HashMap<LimitKey, Vec<LimitWindow>>>,
}

impl WindowLimiter {
    /// A limiter that knows nothing yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, windows: Mutex::default() }
    }

    fn with<T>(&self, act: impl FnOnce(&mut HashMap<LimitKey, Vec<LimitWindow>>) -> T) -> T {
        act(&mut self.windows.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What a priority must leave in a window.
fn reserve(limit: u64, priority: RequestPriority) -> u64 {
    match priority {
        RequestPriority::Background => limit / 10,
        RequestPriority::Normal => limit / 20,
        RequestPriority::Reconcile | RequestPriority::Publish => 0,
    }
}

fn until(now: Timestamp, then: Timestamp) -> Duration {
    Duration::try_from(then.duration_since(now)).unwrap_or_default()
}

fn close(one: Timestamp, other: Timestamp) -> bool {
    one.duration_since(other).unsigned_abs() <= SAME_WINDOW
}

#[async_trait]
impl RateLimiter for WindowLimiter {
    async fn acquire(&self, key: &LimitKey, cost: u64, priority: RequestPriority) -> LimitDecision {
        let now = self.clock.now();
        self.with(|known| {
            let Some(windows) = known.get_mut(key) else { return LimitDecision::Go };
            windows.retain(|window| window.resets_at > now);
            let shut =
                windows.iter().filter(|window| window.remaining < reserve(window.limit, priority) + cost);
            if let Some(opens) = shut.map(|window| window.resets_at).max() {
                return LimitDecision::Wait(until(now, opens));
            }
            for window in windows.iter_mut() {
                window.remaining -= cost;
            }
            LimitDecision::Go
        })
    }

    async fn expect(&self, key: &LimitKey, expected: &[(u64, Duration)]) {
        let now = self.clock.now();
        self.with(|known| {
            let windows = known.entry(key.clone()).or_default();
            windows.retain(|window| window.resets_at > now);
            for &(limit, length) in expected {
                if !windows.iter().any(|window| window.limit == limit) {
                    let resets_at = now.checked_add(length).unwrap_or(Timestamp::MAX);
                    windows.push(LimitWindow { limit, remaining: limit, resets_at });
                }
            }
        });
    }

    async fn peek(&self, key: &LimitKey) -> Vec<LimitWindow> {
        let now = self.clock.now();
        self.with(|known| {
            known.get(key).into_iter().flatten().filter(|window| window.resets_at > now).copied().collect()
        })
    }

    async fn observe(&self, key: &LimitKey, told: &[LimitWindow]) {
        let now = self.clock.now();
        self.with(|known| {
            if known.len() >= SWEEP_AT {
                known.retain(|_, windows| windows.iter().any(|window| window.resets_at > now));
            }
            let windows = known.entry(key.clone()).or_default();
            windows.retain(|window| window.resets_at > now);
            for new in told.iter().filter(|window| window.resets_at > now) {
                // A window that was only expected began when it was first used, and not when the platform says.
                let same = |old: &&mut LimitWindow| {
                    old.limit == new.limit
                        && (close(old.resets_at, new.resets_at) || old.resets_at > new.resets_at)
                };
                match windows.iter_mut().find(same) {
                    // Requests that are still on their way are counted here already, and not yet there.
                    Some(old) => {
                        old.remaining = old.remaining.min(new.remaining);
                        old.resets_at = old.resets_at.min(new.resets_at);
                    }
                    None => {
                        // A key has at most one window of each size; a new one takes the place of its elder.
                        windows.retain(|old| old.limit != new.limit);
                        windows.push(*new);
                    }
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use xmp_core::{ManualClock, PlatformId, RemoteId};

    use super::*;

    fn key(operation: &'static str) -> LimitKey {
        LimitKey { platform: PlatformId::X, app: "app".into(), account: Some(RemoteId::new("7")), operation }
    }

    fn limiter() -> (ManualClock, WindowLimiter) {
        let clock = ManualClock::new("2026-01-01T00:00:00Z".parse().unwrap());
        (clock.clone(), WindowLimiter::new(Arc::new(clock)))
    }

    fn window(clock: &ManualClock, limit: u64, remaining: u64, secs: u64) -> LimitWindow {
        LimitWindow { limit, remaining, resets_at: clock.now() + Duration::from_secs(secs) }
    }

    #[tokio::test]
    async fn what_is_unknown_may_go() {
        let (_, limiter) = limiter();
        assert_eq!(limiter.acquire(&key("a"), 1, RequestPriority::Background).await, LimitDecision::Go);
        assert!(limiter.peek(&key("a")).await.is_empty());
    }

    #[tokio::test]
    async fn it_counts_down_waits_and_opens_again() {
        let (clock, limiter) = limiter();
        limiter.observe(&key("a"), &[window(&clock, 100, 2, 900)]).await;
        for _ in 0..2 {
            assert_eq!(limiter.acquire(&key("a"), 1, RequestPriority::Publish).await, LimitDecision::Go);
        }
        clock.advance(Duration::from_secs(60));
        let wait = limiter.acquire(&key("a"), 1, RequestPriority::Publish).await;
        assert_eq!(wait, LimitDecision::Wait(Duration::from_secs(840)));
        assert_eq!(
            limiter.acquire(&key("b"), 1, RequestPriority::Publish).await,
            LimitDecision::Go,
            "another key"
        );
        clock.advance(Duration::from_secs(840));
        assert_eq!(limiter.acquire(&key("a"), 1, RequestPriority::Publish).await, LimitDecision::Go);
    }

    #[tokio::test]
    async fn many_windows_count_at_once_and_the_longest_wait_wins() {
        let (clock, limiter) = limiter();
        let windows = [window(&clock, 100, 50, 900), window(&clock, 10_000, 1, 86_400)];
        limiter.observe(&key("a"), &windows).await;
        assert_eq!(limiter.acquire(&key("a"), 1, RequestPriority::Publish).await, LimitDecision::Go);
        let wait = limiter.acquire(&key("a"), 1, RequestPriority::Publish).await;
        assert_eq!(wait, LimitDecision::Wait(Duration::from_secs(86_400)));
        assert_eq!(limiter.peek(&key("a")).await.len(), 2);
    }

    #[tokio::test]
    async fn what_is_documented_counts_before_anything_was_told() {
        let (clock, limiter) = limiter();
        let hour = [(10, Duration::from_secs(3600))];
        let draw = async |cost| {
            limiter.expect(&key("a"), &hour).await;
            limiter.acquire(&key("a"), cost, RequestPriority::Publish).await
        };
        assert_eq!((draw(3).await, draw(6).await), (LimitDecision::Go, LimitDecision::Go));
        clock.advance(Duration::from_secs(600));
        assert_eq!(draw(2).await, LimitDecision::Wait(Duration::from_secs(3000)), "one is left");
        assert_eq!(draw(1).await, LimitDecision::Go);
        // The platform's window began before the first of ours.
        limiter.observe(&key("a"), &[window(&clock, 10, 0, 300)]).await;
        assert_eq!(draw(1).await, LimitDecision::Wait(Duration::from_secs(300)));
        clock.advance(Duration::from_secs(300));
        assert_eq!(draw(10).await, LimitDecision::Go, "a new one");
    }

    #[tokio::test]
    async fn the_last_of_a_window_is_for_posts() {
        let (clock, limiter) = limiter();
        for (left, background, normal) in [(11, true, true), (10, false, true), (5, false, false)] {
            for (priority, goes) in [
                (RequestPriority::Background, background),
                (RequestPriority::Normal, normal),
                (RequestPriority::Reconcile, true),
                (RequestPriority::Publish, true),
            ] {
                let limiter = WindowLimiter::new(Arc::new(clock.clone()));
                limiter.observe(&key("a"), &[window(&clock, 100, left, 900)]).await;
                let went = limiter.acquire(&key("a"), 1, priority).await == LimitDecision::Go;
                assert_eq!(went, goes, "{left} {priority:?}");
            }
        }
        limiter.observe(&key("small"), &[window(&clock, 5, 1, 900)]).await;
        assert_eq!(limiter.acquire(&key("small"), 1, RequestPriority::Background).await, LimitDecision::Go);
    }

    #[tokio::test]
    async fn requests_on_their_way_are_not_forgotten() {
        let (clock, limiter) = limiter();
        limiter.observe(&key("a"), &[window(&clock, 100, 10, 900)]).await;
        for _ in 0..4 {
            limiter.acquire(&key("a"), 1, RequestPriority::Publish).await;
        }
        // The answer to the first of them: the platform has not seen the other three.
        limiter.observe(&key("a"), &[window(&clock, 100, 9, 901)]).await;
        assert_eq!(limiter.peek(&key("a")).await[0].remaining, 6);
        // A new window starts afresh.
        clock.advance(Duration::from_secs(900));
        limiter.observe(&key("a"), &[window(&clock, 100, 99, 900)]).await;
        assert_eq!(limiter.peek(&key("a")).await[0].remaining, 99);
    }
}
