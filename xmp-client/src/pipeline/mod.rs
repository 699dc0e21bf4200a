//! The one way to a platform: every request walks through the same layers, in the same order.
//!
//! | stage | what it does | why here |
//! |---|---|---|
//! | [`Trace`](Stage::Trace) | a span, with attempts and duration | outermost: one logical call is one span, however many attempts it takes |
//! | [`Cache`](Stage::Cache) | *no layer yet*: answers a read from what is known | a hit must cost no budget, no window and no attempt |
//! | [`Budget`](Stage::Budget) | *no layer yet*: draws what a call may cost | money is drawn for a logical call; a cached answer is free |
//! | [`Retry`](Stage::Retry) | repeats reads and idempotent calls | everything below it happens once for each attempt |
//! | [`Limit`](Stage::Limit) | counts against the platform's windows | the platform counts attempts, so this does |
//! | [`Breaker`](Stage::Breaker) | *no layer yet*: holds requests back from a part that keeps failing | it sees what the platform itself did, not our own waiting for windows |
//! | [`Authenticate`](Stage::Authenticate) | adds the token, replaces a refused one | a repeated attempt carries a token that is fresh at that moment |
//! | [`Send`](Stage::Send) | the exchange, cancellation, deadline, classification | innermost: it alone knows what is certain about the outside world |
//!
//! The order is that of [`Stage`]; [`Pipeline::with`] sorts by it, so a wrong order can't be built. Layers pass a
//! [`Failure`] outwards rather than a bare error, since limits are learned from refusals too.

mod auth;
mod call;
mod limit;
mod operation;
mod retry;
mod send;
mod trace;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::HeaderMap;
use jiff::Timestamp;
use xmp_core::{
    Account, Certainty, Clock, Context, CredentialSource, Deadline, Error, ErrorKind, HttpResponse,
    HttpTransport, LimitWindow, PlatformId, RateLimiter, Result, TokenSet,
};

pub use call::{Answer, Call, DEFAULT_MAX_RESPONSE, DEFAULT_TIMEOUT, Failure};
pub use operation::{Draw, Effect, Operation};

use auth::Authenticate;

use crate::latch::DeadlineGate;

/// Where a layer stands. Earlier ones are further out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Sees the logical call as a whole.
    Trace,
    /// Answers without asking the platform.
    Cache,
    /// Draws what the call may cost.
    Budget,
    /// Makes several attempts of one call.
    Retry,
    /// Counts each attempt against the platform's windows.
    Limit,
    /// Holds attempts back from a part of the platform that keeps failing.
    Breaker,
    /// Adds credentials.
    Authenticate,
    /// Makes the exchange.
    Send,
}

/// Something that every call walks through.
#[async_trait]
pub trait Layer: Send + Sync {
    /// Where it stands.
    fn stage(&self) -> Stage;

    /// Handles a call, usually by letting it go on: `next.run(ctx, call)`.
    ///
    /// # Errors
    /// What the layers below say, or its own refusal, which carries [`Certainty::NotSent`].
    async fn call(&self, ctx: &Context, call: &Call, next: Next<'_>) -> Result<Answer, Failure>;
}

/// The layers below the current one. It may be run several times.
#[derive(Clone, Copy)]
pub struct Next<'a> {
    layers: &'a [Arc<dyn Layer>],
}

impl Next<'_> {
    /// Lets the call go on.
    ///
    /// # Errors
    /// What the layers below say.
    pub async fn run(self, ctx: &Context, call: &Call) -> Result<Answer, Failure> {
        match self.layers.split_first() {
            Some((layer, layers)) => layer.call(ctx, call, Next { layers }).await,
            None => Err(Error::new(ErrorKind::Internal, "pipeline.end", "no layer made the request")
                .with_certainty(Certainty::NotSent)
                .into()),
        }
    }
}

/// Whose requests a window counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LimitScope {
    /// Those of the account.
    Account,
    /// Those of all accounts of the app.
    App,
}

/// What the pipeline has to know of a platform: data and pure functions.
#[derive(Clone, Debug)]
pub struct Service {
    /// The platform.
    pub platform: PlatformId,
    /// The app (OAuth client id) whose windows are counted.
    pub app: String,
    /// Where its paths begin: `https://api.x.com`.
    pub base_url: String,
    /// Reads a refusal out of an answer; `None` if it is none.
    pub classify: fn(&Operation, &HttpResponse, Timestamp) -> Option<Error>,
    /// Reads the windows that an answer, which came at this moment, names.
    pub windows: fn(&HeaderMap, Timestamp) -> Vec<(LimitScope, LimitWindow)>,
}

/// What the pipeline works with.
#[derive(Clone)]
pub struct Parts {
    /// Makes exchanges.
    pub transport: Arc<dyn HttpTransport>,
    /// Gives tokens.
    pub credentials: Arc<dyn CredentialSource>,
    /// Counts windows.
    pub limiter: Arc<dyn RateLimiter>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

/// The layers of one platform, in order.
#[derive(Clone)]
pub struct Pipeline {
    service: Arc<Service>,
    clock: Arc<dyn Clock>,
    authenticate: Arc<Authenticate>,
    layers: Vec<Arc<dyn Layer>>,
}

impl Pipeline {
    /// The pipeline with its usual layers: trace, retry, limit, authenticate, send.
    #[must_use]
    pub fn new(service: Service, parts: Parts) -> Self {
        let service = Arc::new(service);
        let Parts { transport, credentials, limiter, clock } = parts;
        let authenticate = Arc::new(Authenticate::new(credentials, clock.clone()));
        let pipeline = Self {
            service: service.clone(),
            clock: clock.clone(),
            authenticate: authenticate.clone(),
            layers: Vec::new(),
        };
        pipeline
            .with(Arc::new(trace::Trace::new(service.clone(), clock.clone())))
            .with(Arc::new(retry::Retrying::new(clock.clone())))
            .with(Arc::new(limit::Limit::new(service.clone(), limiter, clock.clone())))
            .with(authenticate)
            .with(Arc::new(send::Send::new(service, transport, clock)))
    }

    /// Adds a layer at its stage, within those of the same stage that are there already.
    #[must_use]
    pub fn with(mut self, layer: Arc<dyn Layer>) -> Self {
        let at = self.layers.partition_point(|other| other.stage() <= layer.stage());
        self.layers.insert(at, layer);
        self
    }

    /// The app (OAuth client id) that it speaks for.
    #[must_use]
    pub fn app(&self) -> &str {
        &self.service.app
    }

    /// The stages of its layers, outermost first.
    #[must_use]
    pub fn stages(&self) -> Vec<Stage> {
        self.layers.iter().map(|layer| layer.stage()).collect()
    }

    /// Makes a call.
    ///
    /// # Errors
    /// Every error names its platform, operation, request id where the platform gave one, correlation id, and what is
    /// certain about the outside world.
    pub async fn call(&self, ctx: &Context, call: Call) -> Result<Answer> {
        let result = Next { layers: &self.layers }.run(ctx, &call).await;
        result.map_err(|failure| self.complete(ctx, &call, failure.error))
    }

    /// Makes a call and decodes its answer from JSON.
    ///
    /// # Errors
    /// As [`call`](Self::call), and [`ErrorKind::PlatformFault`] if the answer is unreadable.
    pub async fn json<T: serde::de::DeserializeOwned>(&self, ctx: &Context, call: Call) -> Result<T> {
        let answer = self.call(ctx, call.clone()).await?;
        answer.json().map_err(|error| self.complete(ctx, &call, error))
    }

    /// Makes the one visible request of an attempt, and decodes its answer from JSON: once, in at most `timeout`, and its last
    /// byte does not leave after `deadline`.
    ///
    /// # Errors
    /// As [`json`](Self::json); [`Outcome::of`](xmp_core::Outcome::of) says what such an error makes of the attempt.
    pub async fn visible<T: serde::de::DeserializeOwned>(
        &self,
        ctx: &Context,
        call: Call,
        deadline: Deadline,
        timeout: Duration,
    ) -> Result<T> {
        let gate = Arc::new(DeadlineGate { clock: self.clock.clone(), deadline, code: "commit.deadline" });
        self.json(&ctx.clone().until(deadline), call.gate(gate).timeout(timeout).once()).await
    }

    /// The account's token, fresh, and not one that the platform has refused.
    ///
    /// # Errors
    /// [`ErrorKind::NeedsConsent`], or whatever kept it from being refreshed.
    pub async fn token(&self, ctx: &Context, account: &Account) -> Result<TokenSet> {
        self.authenticate
            .token(ctx, account.id)
            .await
            .map_err(|error| error.with_correlation(ctx.correlation_id()))
    }

    fn complete(&self, ctx: &Context, call: &Call, error: Error) -> Error {
        // A layer that says nothing of the outside world has not let the call through.
        let certainty = error.certainty().unwrap_or(Certainty::NotSent);
        error
            .at(self.service.platform, call.operation().name)
            .with_correlation(ctx.correlation_id())
            .with_certainty(certainty)
    }
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipeline")
            .field("platform", &self.service.platform)
            .field("stages", &self.stages())
            .finish()
    }
}

/// What is left of a context's deadline; `None` if it has none.
fn left(ctx: &Context, clock: &dyn Clock) -> Option<std::time::Duration> {
    ctx.deadline().map(|deadline| deadline.left(clock))
}

#[cfg(test)]
mod tests;
