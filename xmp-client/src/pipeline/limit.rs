//! Counts attempts against the platform's windows, and learns them from its answers.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::HeaderMap;
use xmp_core::{
    Certainty, Clock, Context, Error, ErrorKind, LimitDecision, LimitKey, LimitWindow, RateLimiter, Retry,
};

use super::{Answer, Call, Failure, Layer, LimitScope, Next, Service, Stage};

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

    async fn learn(&self, call: &Call, headers: &HeaderMap) -> bool {
        let now = self.clock.now();
        let told = (self.service.windows)(headers, now);
        for scope in [LimitScope::Account, LimitScope::App] {
            let windows: Vec<_> =
                told.iter().filter(|(of, _)| *of == scope).map(|(_, window)| *window).collect();
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
            if let LimitDecision::Wait(wait) = self.limiter.acquire(&key, call.request_priority()).await {
                let message =
                    format!("the window for {key} is used up; it opens in {} s", wait.as_secs_f64().ceil());
                return Err(Error::new(ErrorKind::RateLimit, "limit.window", message)
                    .with_retry(Retry::After(wait))
                    .with_certainty(Certainty::NotSent)
                    .into());
            }
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
