//! How a worker works.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use xmp_core::{Error, ErrorKind, Result};

use crate::Backoff;

const SHORTEST_LEASE: Duration = Duration::from_secs(1);
const AN_HOUR: Duration = Duration::from_secs(3600);
const A_DAY: Duration = Duration::from_secs(24 * 3600);
/// What is left of a lease when a visible request that took all its time is concluded.
const LEASE_MARGIN: Duration = Duration::from_secs(5);

/// How often a part is tried that was surely not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RetryPolicy {
    /// Attempts in all. Snoozes (used-up windows, an open circuit) are not attempts. Default 5.
    pub max_attempts: u32,
    /// The waits between them. Default 2 s doubling to 10 minutes, with full jitter.
    pub backoff: Backoff,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        let backoff = Backoff { base: Duration::from_secs(2), cap: Duration::from_secs(600) };
        Self { max_attempts: 5, backoff }
    }
}

/// How the platform is asked what became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LookPolicy {
    /// Looks that must all see nothing before a post counts as absent. Default 3.
    pub looks: u32,
    /// The wait between them. Default 20 s.
    pub every: Duration,
    /// How long a platform may stay unreadable before a person has to decide. Default 24 hours.
    pub patience: Duration,
}

impl Default for LookPolicy {
    fn default() -> Self {
        Self { looks: 3, every: Duration::from_secs(20), patience: Duration::from_secs(24 * 3600) }
    }
}

/// How a worker works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WorkerOptions {
    /// Deliveries published at once. Default 16.
    pub publish_slots: usize,
    /// Deliveries asked about at once: slots of their own, so that neither starves the other. Default 4.
    pub reconcile_slots: usize,
    /// How long a delivery is held without a sign of life: what a worker held that is gone goes on after this time. It is
    /// renewed while work goes on, and longer while a visible request may be on its way, if that may take longer. At
    /// least 1 s. Default 8 s.
    pub lease_for: Duration,
    /// How long at most until other processes' new posts are noticed, where the store does not tell of them. Default 1 s.
    pub poll: Duration,
    /// For how long posts are kept after they are final: see [`DeliveryStore::prune`](xmp_core::DeliveryStore::prune). At least a day more than
    /// `look.patience`, and longer than calls may be repeated with the same key. Default: for ever.
    pub keep_finished_for: Option<Duration>,
    /// For how long events are kept: those that a consumer has not read yet for as long again. The event log is the audit log:
    /// what is forgotten of it is gone. At least an hour. Default: for ever.
    pub keep_events_for: Option<Duration>,
    /// How often a part is tried that was surely not sent.
    pub retry: RetryPolicy,
    /// How the platform is asked what became of an attempt.
    pub look: LookPolicy,
}

impl Default for WorkerOptions {
    fn default() -> Self {
        Self {
            publish_slots: 16,
            reconcile_slots: 4,
            lease_for: Duration::from_secs(8),
            poll: Duration::from_secs(1),
            keep_finished_for: None,
            keep_events_for: None,
            retry: RetryPolicy::default(),
            look: LookPolicy::default(),
        }
    }
}

impl WorkerOptions {
    /// How long a lease is held over a visible request that may take `commit_timeout`.
    pub(crate) fn lease_over(&self, commit_timeout: Duration) -> Duration {
        self.lease_for.max(commit_timeout + LEASE_MARGIN)
    }

    pub(crate) fn check(&self) -> Result<()> {
        let wrong = |message: String, hint: &str| {
            Err(Error::new(ErrorKind::Configuration, "worker.options", message).hint(hint))
        };
        if self.publish_slots == 0 || self.reconcile_slots == 0 {
            return wrong(
                "a worker without slots does nothing".to_owned(),
                "give it one slot of each kind at least",
            );
        }
        if self.retry.max_attempts == 0 || self.look.looks == 0 {
            return wrong("0 attempts or 0 looks".to_owned(), "allow one at least");
        }
        if self.poll.is_zero() {
            return wrong("a poll interval of 0".to_owned(), "use 100 ms or more");
        }
        if self.lease_for < SHORTEST_LEASE {
            return wrong(
                format!("a lease of {:?} would lapse under a busy worker", self.lease_for),
                "use 1 s or more",
            );
        }
        let shortest = self.look.patience.saturating_add(A_DAY);
        if self.keep_finished_for.is_some_and(|keep_for| keep_for < shortest) {
            return wrong(
                format!("finished posts are forgotten sooner than after {} s", shortest.as_secs()),
                "keep them a day longer than unreadable platforms are waited for: till then they own what is live",
            );
        }
        if self.keep_events_for.is_some_and(|keep_for| keep_for < AN_HOUR) {
            return wrong(
                "events are forgotten sooner than after an hour".to_owned(),
                "keep them for as long as somebody may want to know what happened",
            );
        }
        Ok(())
    }
}
