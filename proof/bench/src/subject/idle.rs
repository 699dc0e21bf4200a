//! A worker that has nothing to do for a day.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use xmp_core::{CancelToken, Clock, SystemClock, Work};
use xmp_scheduler::WorkerOptions;

use super::Subject;
use super::echo::{Echo, World};
use crate::Result;
use crate::one::Stopwatch;

const WARM_UP: Duration = Duration::from_secs(3);
const WATCHED: Duration = Duration::from_secs(30);

struct Silence;

#[async_trait]
impl World for Silence {
    async fn post(&self, _: &Work) {}
}

/// The share of one core that this process takes.
pub(super) async fn run(subject: &Subject) -> Result<Value> {
    let stop = CancelToken::new();
    let worker = subject.worker(Echo::new(&Arc::new(Silence)), WorkerOptions::default())?;
    let measured = async {
        SystemClock.sleep(WARM_UP).await;
        let (watch, before) = (Stopwatch::start(), cpu_seconds());
        SystemClock.sleep(WATCHED).await;
        let share = (cpu_seconds() - before) / watch.seconds();
        stop.cancel();
        share
    };
    let ((), share) = tokio::join!(worker.run(&stop), measured);
    Ok(json!({ "idle.cpu_share": share }))
}

#[expect(clippy::cast_precision_loss, reason = "seconds of processor time")]
fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
