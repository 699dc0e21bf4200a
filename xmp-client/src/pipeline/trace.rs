//! One span for each logical call.

use std::sync::Arc;

use async_trait::async_trait;
use tracing::Instrument;
use tracing::field::Empty;
use xmp_core::{Certainty, Clock, Context};

use super::{Answer, Call, Failure, Layer, Next, Service, Stage};

/// Tells what was asked, what came of it, how long it took by the injected clock and how many attempts it needed.
/// Never a text, a parameter or a secret.
pub(super) struct Trace {
    service: Arc<Service>,
    clock: Arc<dyn Clock>,
}

impl Trace {
    pub(super) fn new(service: Arc<Service>, clock: Arc<dyn Clock>) -> Self {
        Self { service, clock }
    }
}

#[async_trait]
impl Layer for Trace {
    fn stage(&self) -> Stage {
        Stage::Trace
    }

    async fn call(&self, ctx: &Context, call: &Call, next: Next<'_>) -> Result<Answer, Failure> {
        let span = tracing::info_span!(
            "xmp.request",
            platform = %self.service.platform,
            operation = call.operation().name,
            correlation_id = %ctx.correlation_id(),
            account = Empty,
            status = Empty,
            request_id = Empty,
            duration_ms = Empty,
            attempts = Empty,
            error = Empty,
            certainty = Empty,
        );
        if let Some(account) = call.on_behalf_of() {
            span.record("account", tracing::field::display(account.id));
        }
        let begun = self.clock.monotonic();
        let result = next.run(&ctx.child(), call).instrument(span.clone()).await;
        let took = self.clock.monotonic().since(begun);
        span.record("duration_ms", u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
        span.record("attempts", call.attempts());
        let _entered = span.enter();
        match &result {
            Ok(answer) => {
                span.record("status", answer.status().as_u16());
                span.record("request_id", answer.request_id.as_deref());
                tracing::debug!("answered");
            }
            Err(failure) => {
                span.record("status", failure.status().map(|status| status.as_u16()));
                span.record("request_id", failure.error.request_id());
                span.record("error", failure.error.code());
                span.record("certainty", failure.error.certainty().map(Certainty::as_str));
                tracing::debug!("failed");
            }
        }
        result
    }
}
