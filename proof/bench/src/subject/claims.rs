//! What a claim costs.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use xmp_core::{ClaimRequest, Clock, ManualClock, PlatformId, SystemClock, WorkerId};

use super::Subject;
use crate::Result;
use crate::one::{Options, Stopwatch, quantile};

/// Deliveries that are asked for at once.
const LIMIT: usize = 100;

/// Claims that are measured, after some that are not.
const CLAIMS: usize = 40;
const WARM_UP: usize = 10;

/// Claims of which none finds anything, then, when all that waits is due, claims that find plenty.
pub(super) async fn run(options: &Options) -> Result<Value> {
    let clock = Arc::new(ManualClock::new(SystemClock.now()));
    let subject = Subject::open_at(options.contestant, &options.at, Some(clock.clone())).await?;
    let empty = median(&subject, 0).await?;
    clock.advance(Duration::from_secs(48 * 3600));
    let full = median(&subject, LIMIT).await?;
    Ok(json!({ "claim.milliseconds": full, "claim.empty_milliseconds": empty }))
}

/// The median cost of a claim, in milliseconds, each of which must find so many.
async fn median(subject: &Subject, expected: usize) -> Result<f64> {
    let request = ClaimRequest {
        worker: WorkerId::new(subject.clock.now()),
        lease_for: Duration::from_secs(30),
        limit: LIMIT,
        reconcile: false,
        platforms: vec![PlatformId::X],
    };
    let mut costs = Vec::new();
    for n in 0..WARM_UP + CLAIMS {
        let watch = Stopwatch::start();
        let claimed = subject.store.claim(&request).await?.len();
        if claimed != expected {
            return Err(format!("a claim of {expected} found {claimed}").into());
        }
        if n >= WARM_UP {
            costs.push(watch.milliseconds());
        }
    }
    Ok(quantile(&mut costs, 0.5))
}
