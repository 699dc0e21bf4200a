//! Posts that are due one after the other, while very many wait.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value;
use xmp_core::{AccountId, CancelToken, Clock, Work};

use super::echo::{Echo, World};
use super::{Subject, many_slots};
use crate::Result;
use crate::raw::lateness;
use crate::size::Size;

/// Notes how late each post arrives, and stops the worker at the last.
struct Punctuality {
    clock: Arc<dyn Clock>,
    due: HashMap<AccountId, Timestamp>,
    /// In milliseconds.
    late: Mutex<Vec<f64>>,
    stop: CancelToken,
}

#[async_trait]
impl World for Punctuality {
    async fn post(&self, work: &Work) {
        let now = self.clock.now();
        let mut late = self.late.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(due) = self.due.get(&work.account.id) {
            late.push(now.duration_since(*due).as_secs_f64() * 1e3);
        }
        if late.len() == self.due.len() {
            self.stop.cancel();
        }
    }
}

/// Lateness is from a post's time to the moment at which its request would leave: claim and intent are committed.
pub(super) async fn run(subject: &Subject, size: &Size) -> Result<Value> {
    let accounts = subject.made_accounts(size.due).await?;
    let times = lateness::times(subject.clock.now(), size);
    subject.schedule(accounts.iter().zip(times.iter().copied())).await?;
    let due = accounts.iter().map(|account| account.id).zip(times).collect();
    drop(accounts);
    let world = Arc::new(Punctuality {
        clock: subject.clock.clone(),
        due,
        late: Mutex::default(),
        stop: CancelToken::new(),
    });
    let worker = subject.worker(Echo::new(&world), many_slots())?;
    worker.run(&world.stop).await;
    let mut late = world.late.lock().unwrap_or_else(PoisonError::into_inner);
    lateness::metrics(&mut late)
}
