//! What counts come to, alike in all stores.

use std::time::Duration;

use jiff::Timestamp;
use xmp_core::{
    AccountCounts, AccountId, DeliveryCounts, DeliveryId, DueCounts, OldestDue, PlatformId, PostId,
    SendingStop, StopScope, Tally, TenantId,
};

use crate::time::between;

/// What of one account is due.
#[derive(Debug)]
pub(crate) struct Due {
    pub(crate) platform: PlatformId,
    pub(crate) account: AccountId,
    /// Whether the account itself lets it go.
    pub(crate) open: bool,
    pub(crate) count: u64,
    pub(crate) overdue: u64,
    /// The one that is due for the longest time, and since when.
    pub(crate) first: DeliveryId,
    pub(crate) since: Timestamp,
}

/// How many that are due are looked at: those that are kept back must not hide the others.
#[cfg(any(feature = "store-sqlite", feature = "store-postgres"))]
pub(crate) const LOOKED_AT: u32 = 100_000;

/// From when on what is due is overdue.
pub(crate) fn overdue(now: Timestamp) -> Timestamp {
    now.saturating_sub(Duration::from_secs(Tally::OVERDUE_AFTER.into())).unwrap_or(Timestamp::MIN)
}

/// Counts what is due of all accounts, and finds the one that could have been taken for the longest time.
pub(crate) fn due<'a>(
    tenant: &TenantId,
    stops: &[SendingStop],
    all: &'a [Due],
) -> (DueCounts, Option<&'a Due>) {
    let mut counts = DueCounts::default();
    let mut oldest: Option<&Due> = None;
    for due in all {
        if !due.open || stops.iter().any(|stop| stop.scope.covers(tenant, due.platform)) {
            counts.kept_back += due.count;
            continue;
        }
        counts.ready += due.count;
        counts.overdue += due.overdue;
        if oldest.is_none_or(|oldest| (due.since, due.first) < (oldest.since, oldest.first)) {
            oldest = Some(due);
        }
    }
    (counts, oldest)
}

impl Due {
    pub(crate) fn oldest(&self, post: PostId, now: Timestamp) -> OldestDue {
        OldestDue {
            delivery: self.first,
            post,
            account: self.account,
            since: self.since,
            late: between(self.since, now),
        }
    }
}

/// The stops that are about a tenant.
pub(crate) fn about(tenant: &TenantId, stops: Vec<SendingStop>) -> Vec<SendingStop> {
    let about = |stop: &SendingStop| match &stop.scope {
        StopScope::All | StopScope::Platform(_) => true,
        StopScope::Tenant(own) => own == tenant,
    };
    stops.into_iter().filter(about).collect()
}

/// The states that remain, beside what was published.
#[cfg(feature = "store-sqlite")]
pub(crate) const REMAINING: [&str; 5] = ["held", "partly_published", "failed", "cancelled", "expired"];

/// Writes a count where its state's word says. A word of a newer version has no place.
pub(crate) fn count_delivery(counts: &mut DeliveryCounts, state: &str, count: u64) {
    match state {
        "held" => counts.held = count,
        "partly_published" => counts.partly_published = count,
        "failed" => counts.failed = count,
        "cancelled" => counts.cancelled = count,
        "expired" => counts.expired = count,
        _ => {}
    }
}

/// The same for accounts.
pub(crate) fn count_account(counts: &mut AccountCounts, state: &str, count: u64) {
    match state {
        "active" => counts.active = count,
        "paused" => counts.paused = count,
        "needs_consent" => counts.needs_consent = count,
        "suspended" => counts.suspended = count,
        _ => {}
    }
}
