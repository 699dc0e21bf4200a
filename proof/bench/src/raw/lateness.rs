//! How late a bare timer and one commit are: nothing durable can be more punctual.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use xmp_core::{Clock, SystemClock};

use crate::Result;
use crate::one::{peak_memory, quantile};
use crate::size::Size;

/// Time to schedule and to start.
const LEAD: Duration = Duration::from_secs(3);

/// One durable change of one row.
#[async_trait]
pub(super) trait Commit: Send + Sync + 'static {
    async fn commit(&self, n: usize) -> Result<()>;
}

/// When the posts are due: the first in a moment, the others evenly after it.
pub(crate) fn times(now: Timestamp, size: &Size) -> Vec<Timestamp> {
    let first = now + LEAD;
    let step = size.over() / u32::try_from(size.due).unwrap_or(u32::MAX).max(1);
    (0..).take(size.due).map(|n: u32| first + step * n).collect()
}

/// The metrics of how late posts were, in milliseconds, and of the memory that it took.
pub(crate) fn metrics(late: &mut [f64]) -> Result<Value> {
    Ok(json!({
        "lateness.p50_milliseconds": quantile(late, 0.5),
        "lateness.p99_milliseconds": quantile(late, 0.99),
        "lateness.early_posts": late.iter().filter(|late| **late < 0.0).count(),
        "memory.bytes": peak_memory()?,
    }))
}

pub(super) async fn run(row: Arc<impl Commit>, size: &Size) -> Result<Value> {
    let mut timers = JoinSet::new();
    for (n, due) in times(SystemClock.now(), size).into_iter().enumerate() {
        let row = row.clone();
        timers.spawn(async move {
            let wait = due.duration_since(SystemClock.now());
            SystemClock.sleep(Duration::try_from(wait).unwrap_or_default()).await;
            row.commit(n).await?;
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(
                SystemClock.now().duration_since(due).as_secs_f64() * 1e3,
            )
        });
    }
    let mut late = Vec::with_capacity(size.due);
    while let Some(done) = timers.join_next().await {
        late.push(done??);
    }
    metrics(&mut late)
}
