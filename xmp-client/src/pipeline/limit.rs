//! Counts attempts against the platform's windows, and learns them from its answers.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::HeaderMap;
use xmp_core::{
    Certainty, Clock, Context, Error, ErrorKind, LimitDecision, LimitKey, LimitWindow, RateLimiter, Result,
    Retry,
};

use super::{Answer, Call, Draw, Failure, Layer, LimitScope, Next, Service, Stage};

/// Asks the limiter for each attempt. Never waits itself: whoever asked knows better what to do with the time.
pub(super) struct Limit {
    service: Arc<Service>,
    limiter: Arc<dyn RateLimiter>,
    clock: Arc<dyn Clock>,
}

impl Limit {
    pub(super) fn new(service: Arc<Service>, limiter: Arc<dyn RateLimiter>, clock: Arc<dyn Clock>) -> Self {
        Self { service, limiter, clock }
    }

    /// What a call is counted under; nothing for the account's windows of a call that is made with a bare token.
    fn key(&self, call: &Call, scope: LimitScope) -> Option<LimitKey> {
        let account = match scope {
            LimitScope::Account => Some(call.on_behalf_of()?.remote_id.clone()),
            LimitScope::App => None,
        };
        let app = self.service.app.clone();
        Some(LimitKey { platform: self.service.platform, app, account, operation: call.operation().name })
    }

    /// The windows that an operation shares with others, and what it draws from them.
    fn bucket(&self, call: &Call) -> Option<(LimitKey, &'static Draw)> {
        let draw = call.operation().draws?;
        let key = self.key(call, draw.scope)?;
        Some((LimitKey { operation: draw.bucket, ..key }, draw))
    }

    async fn acquire(&self, key: &LimitKey, cost: u64, call: &Call) -> Result<()> {
        let LimitDecision::Wait(wait) = self.limiter.acquire(key, cost, call.request_priority()).await else {
            return Ok(());
        };
        let message = format!("the window for {key} is used up; it opens in {} s", wait.as_secs_f64().ceil());
        Err(Error::new(ErrorKind::RateLimit, "limit.window", message)
            .with_retry(Retry::After(wait))
            .with_certainty(Certainty::NotSent))
    }

    async fn learn(&self, call: &Call, headers: &HeaderMap) -> bool {
        let now = self.clock.now();
        let told = (self.service.windows)(headers, now);
        let bucket = self.bucket(call);
        let is_shared = |window: &LimitWindow| {
            let sizes = bucket.iter().flat_map(|(_, draw)| draw.windows);
            sizes.into_iter().any(|(limit, _)| *limit == window.limit)
        };
        if let Some((key, _)) = &bucket {
            let shared = told.iter().map(|(_, window)| *window).filter(is_shared);
            self.limiter.observe(key, &shared.collect::<Vec<_>>()).await;
        }
        for scope in [LimitScope::Account, LimitScope::App] {
            let own = told.iter().filter(|(of, window)| *of == scope && !is_shared(window));
            let windows: Vec<_> = own.map(|(_, window)| *window).collect();
            if let (false, Some(key)) = (windows.is_empty(), self.key(call, scope)) {
                self.limiter.observe(&key, &windows).await;
            }
        }
        told.iter().any(|(_, window)| window.remaining == 0 && window.resets_at > now)
    }

    /// A refusal without a window that explains it is a window of its own.
    async fn learn_refusal(&self, call: &Call, wait: Duration) {
        if let (Ok(resets_at), Some(key)) =
            (self.clock.now().checked_add(wait), self.key(call, LimitScope::Account))
        {
            self.limiter.observe(&key, &[LimitWindow { limit: 1, remaining: 0, resets_at }]).await;
        }
    }
}

#[async_trait]
impl Layer for Limit {
    fn stage(&self) -> Stage {
        Stage::Limit
    }

    async fn call(&self, ctx: &Context, call: &Call, next: Next<'_>) -> Result<Answer, Failure> {
        for key in
            [LimitScope::App, LimitScope::Account].into_iter().filter_map(|scope| self.key(call, scope))
        {
            self.acquire(&key, 1, call).await?;
        }
        if let Some((key, draw)) = self.bucket(call) {
            self.limiter.expect(&key, draw.windows).await;
            self.acquire(&key, draw.cost, call).await?;
        }
        let result = next.run(ctx, call).await;
        match &result {
            Ok(answer) => {
                self.learn(call, answer.headers()).await;
            }
            Err(Failure { error, answer }) => {
                let explained = match answer {
                    Some(answer) => self.learn(call, &answer.headers).await,
                    None => true,
                };
                if let (false, ErrorKind::RateLimit, Retry::After(wait)) =
                    (explained, error.kind(), error.retry())
                {
                    self.learn_refusal(call, wait).await;
                }
            }
        }
        result
    }
}
