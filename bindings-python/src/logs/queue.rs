//! The bounded queue between the threads that log and the one that takes.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// So many entries may wait.
const ROOM: usize = 4096;
/// So many are taken at once.
const BATCH: usize = 1024;

/// Entries as JSON, which nobody waits for.
pub(crate) struct LogQueue {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

struct Waiting {
    entries: VecDeque<String>,
    lost: u64,
    ended: bool,
}

impl LogQueue {
    pub(crate) const fn new() -> Self {
        let waiting = Waiting { entries: VecDeque::new(), lost: 0, ended: false };
        Self { waiting: Mutex::new(waiting), arrived: Condvar::new() }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn put(&self, entry: impl FnOnce() -> String) {
        let mut waiting = self.waiting();
        if waiting.entries.len() < ROOM {
            waiting.entries.push_back(entry());
        } else {
            waiting.lost += 1;
        }
        self.arrived.notify_one();
    }

    /// A batch and the number of entries that were lost before it; `None` at the end.
    pub(super) fn next(&self, timeout: Duration) -> Option<(Vec<String>, u64)> {
        let idle = |waiting: &mut Waiting| waiting.entries.is_empty() && !waiting.ended;
        let (mut waiting, _) = self
            .arrived
            .wait_timeout_while(self.waiting(), timeout, idle)
            .unwrap_or_else(PoisonError::into_inner);
        if waiting.entries.is_empty() && waiting.ended {
            return None;
        }
        let many = waiting.entries.len().min(BATCH);
        Some((waiting.entries.drain(..many).collect(), std::mem::take(&mut waiting.lost)))
    }

    pub(super) fn end(&self) {
        self.waiting().ended = true;
        self.arrived.notify_all();
    }
}
