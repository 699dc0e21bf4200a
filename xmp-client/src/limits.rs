//! Windows of requests: counted in this process, and for posts in the store that all processes share.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use xmp_core::{
    Clock, LimitDecision, LimitKey, LimitStore, LimitWindow, RateLimiter, RequestPriority, Windows,
};

/// When more keys than this are known, those whose windows have all ended are forgotten.
const SWEEP_AT: usize = 4096;

/// Counts down what the platform said is left, and waits for windows that are used up: see [`Windows`]. Processes share
/// nothing here: each learns the real window from its own answers.
#[derive(Debug)]
pub struct WindowLimiter {
    clock: Arc<dyn Clock>,
    windows: Mutex<HashMap<LimitKey, Windows>>,
}

impl WindowLimiter {
    /// A limiter that knows nothing yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, windows: Mutex::default() }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<LimitKey, Windows>> {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl RateLimiter for WindowLimiter {
    async fn acquire(&self, key: &LimitKey, cost: u64, priority: RequestPriority) -> LimitDecision {
        let now = self.clock.now();
        let mut known = self.known();
        known.get_mut(key).map_or(LimitDecision::Go, |windows| windows.draw(cost, priority, now))
    }

    async fn expect(&self, key: &LimitKey, expected: &[(u64, Duration)]) {
        self.known().entry(key.clone()).or_default().expect(expected, self.clock.now());
    }

    async fn peek(&self, key: &LimitKey) -> Vec<LimitWindow> {
        let now = self.clock.now();
        self.known().get(key).map(|windows| windows.open(now)).unwrap_or_default()
    }

    async fn observe(&self, key: &LimitKey, told: &[LimitWindow]) {
        let now = self.clock.now();
        let mut known = self.known();
        if known.len() >= SWEEP_AT {
            known.retain(|_, windows| !windows.open(now).is_empty());
        }
        known.entry(key.clone()).or_default().learn(told, now);
    }
}

/// As [`WindowLimiter`]; and what posts draw from is also counted in the store, so that the processes that share it share
/// the window too. Reads count in their own process, and are corrected by what the platform answers.
///
/// Where the store can't be asked, a process counts on by itself: a post without a store can't be concluded anyway.
pub struct SharedLimiter {
    own: WindowLimiter,
    store: Arc<dyn LimitStore>,
    /// What posts draw from.
    shared: Mutex<HashSet<LimitKey>>,
    /// What the platform documents.
    expected: Mutex<HashMap<LimitKey, Vec<(u64, Duration)>>>,
}

impl SharedLimiter {
    /// A limiter on a store.
    #[must_use]
    pub fn new(store: Arc<dyn LimitStore>, clock: Arc<dyn Clock>) -> Self {
        Self { own: WindowLimiter::new(clock), store, shared: Mutex::default(), expected: Mutex::default() }
    }

    /// Notes that posts draw from a key, and gives what is expected of it.
    fn share(&self, key: &LimitKey) -> Vec<(u64, Duration)> {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        // Accounts come and go: what is not drawn from again need not be told either.
        if shared.len() >= SWEEP_AT {
            shared.clear();
        }
        shared.insert(key.clone());
        let expected = self.expected.lock().unwrap_or_else(PoisonError::into_inner);
        expected.get(key).cloned().unwrap_or_default()
    }
}

#[async_trait]
impl RateLimiter for SharedLimiter {
    async fn acquire(&self, key: &LimitKey, cost: u64, priority: RequestPriority) -> LimitDecision {
        // What this process knows to be shut need not be asked about.
        let own = self.own.acquire(key, cost, priority).await;
        if own != LimitDecision::Go || priority != RequestPriority::Publish {
            return own;
        }
        let expected = self.share(key);
        match self.store.draw(key, cost, priority, &expected).await {
            Ok(decision) => decision,
            Err(error) => {
                tracing::warn!(%key, %error, "the shared window could not be asked: this process counts alone");
                own
            }
        }
    }

    async fn expect(&self, key: &LimitKey, windows: &[(u64, Duration)]) {
        {
            let mut expected = self.expected.lock().unwrap_or_else(PoisonError::into_inner);
            if expected.len() >= SWEEP_AT {
                expected.clear();
            }
            if !expected.contains_key(key) {
                expected.insert(key.clone(), windows.to_vec());
            }
        }
        self.own.expect(key, windows).await;
    }

    async fn peek(&self, key: &LimitKey) -> Vec<LimitWindow> {
        self.own.peek(key).await
    }

    async fn observe(&self, key: &LimitKey, told: &[LimitWindow]) {
        self.own.observe(key, told).await;
        let shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner).contains(key);
        if shared && let Err(error) = self.store.learn(key, told).await {
            tracing::warn!(%key, %error, "what the platform said of its window could not be kept");
        }
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

    #[tokio::test]
    async fn two_processes_share_what_posts_draw_from() {
        let clock = ManualClock::new("2026-01-01T00:00:00Z".parse().unwrap());
        let store = Arc::new(xmp_store::MemoryStore::new(Arc::new(clock.clone())));
        let one = SharedLimiter::new(store.clone(), Arc::new(clock.clone()));
        let other = SharedLimiter::new(store, Arc::new(clock.clone()));
        assert_eq!(one.acquire(&key("a"), 1, RequestPriority::Publish).await, LimitDecision::Go);
        one.observe(&key("a"), &[window(&clock, 10, 2, 900)]).await;
        assert_eq!(other.acquire(&key("a"), 1, RequestPriority::Publish).await, LimitDecision::Go);
        assert_eq!(one.acquire(&key("a"), 1, RequestPriority::Publish).await, LimitDecision::Go);
        let wait = other.acquire(&key("a"), 1, RequestPriority::Publish).await;
        assert_eq!(
            wait,
            LimitDecision::Wait(Duration::from_secs(900)),
            "it never heard of it from the platform"
        );
        let read = other.acquire(&key("a"), 1, RequestPriority::Normal).await;
        assert_eq!(read, LimitDecision::Go, "reads count by themselves");
    }

    #[tokio::test]
    async fn what_is_expected_is_shared_too() {
        let clock = ManualClock::new("2026-01-01T00:00:00Z".parse().unwrap());
        let store = Arc::new(xmp_store::MemoryStore::new(Arc::new(clock.clone())));
        let draw = async |limiter: &SharedLimiter| {
            limiter.expect(&key("points"), &[(5, Duration::from_secs(3600))]).await;
            limiter.acquire(&key("points"), 3, RequestPriority::Publish).await
        };
        let [one, other] = [(); 2].map(|()| SharedLimiter::new(store.clone(), Arc::new(clock.clone())));
        assert_eq!(draw(&one).await, LimitDecision::Go);
        assert_eq!(draw(&other).await, LimitDecision::Wait(Duration::from_secs(3600)));
    }
}
