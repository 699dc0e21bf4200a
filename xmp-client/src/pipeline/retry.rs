//! Repeats what may be repeated.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use xmp_core::{Certainty, Clock, Context, Error, ErrorKind, Retry};

use super::{Answer, Call, Effect, Failure, Layer, Next, Stage, left};

/// Attempts of one call at most.
const ATTEMPTS: u32 = 3;
/// The longest wait before the second attempt is twice this; it doubles with each further one.
const BASE: Duration = Duration::from_millis(200);
/// What the platform asks to wait longer than this is left to the caller.
const PATIENCE: Duration = Duration::from_secs(5);

/// Repeats reads and idempotent calls after failures that may pass: a broken connection, a fault of the platform, a
/// window that opens within 5 s. Waits with full jitter through the clock, within the context's deadline.
///
/// A visible call is never repeated here, whatever became of it: that is the scheduler's to decide.
pub(super) struct Retrying {
    clock: Arc<dyn Clock>,
}

impl Retrying {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock }
    }

    /// Waits before the next attempt; `false` if there is no time for it.
    async fn pause(&self, ctx: &Context, wait: Duration) -> bool {
        if left(ctx, self.clock.as_ref()).is_some_and(|left| left <= wait) {
            return false;
        }
        tokio::select! {
            () = self.clock.sleep(wait) => true,
            () = ctx.cancel().cancelled() => false,
        }
    }
}

#[async_trait]
impl Layer for Retrying {
    fn stage(&self) -> Stage {
        Stage::Retry
    }

    async fn call(&self, ctx: &Context, call: &Call, next: Next<'_>) -> Result<Answer, Failure> {
        let mut attempt = 1;
        loop {
            let failure = match next.run(ctx, call).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let Some(wait) = wait(call, &failure.error, attempt, random()) else { return Err(failure) };
            if attempt == ATTEMPTS {
                let error = match failure.error.retry() {
                    // When the platform said a time, the caller should know it.
                    Retry::After(time) if !time.is_zero() => failure.error,
                    _ => failure.error.with_retry(Retry::Exhausted),
                };
                return Err(Failure { error, ..failure });
            }
            if !self.pause(ctx, wait).await {
                return Err(failure);
            }
            tracing::debug!(attempt, error = failure.error.code(), "trying again");
            attempt += 1;
        }
    }
}

/// How long to wait before another attempt; `None` if there must be none. `random` is from 0 to 1.
fn wait(call: &Call, error: &Error, attempt: u32, random: f64) -> Option<Duration> {
    let repeatable = match call.operation().effect {
        Effect::Read | Effect::Idempotent => error.certainty() != Some(Certainty::Rejected),
        Effect::Visible => false,
    };
    if !repeatable || call.is_once() {
        return None;
    }
    let told = match error.retry() {
        Retry::After(time) if time > PATIENCE => return None,
        Retry::After(time) => Some(time),
        Retry::Never | Retry::Exhausted => None,
    };
    match error.kind() {
        ErrorKind::Network | ErrorKind::PlatformFault => {}
        // A deadline of the context has passed when there is no time left, and is found out before the wait.
        ErrorKind::Timeout if error.code() != "call.deadline" => {}
        ErrorKind::RateLimit if told.is_some() => {}
        _ => return None,
    }
    let most = BASE.saturating_mul(1 << attempt.min(16)).min(PATIENCE);
    Some(most.mul_f64(random.clamp(0.0, 1.0)).max(told.unwrap_or_default()))
}

fn random() -> f64 {
    f64::from(getrandom::u32().unwrap_or(u32::MAX / 2)) / f64::from(u32::MAX)
}
