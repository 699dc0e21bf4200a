//! The records of the leases that this process holds: what a worker does next with a delivery need not be read again.
//!
//! A copy is good for as long as nobody else changes the row, which the row's revision tells when the copy is written
//! back. So a copy decides nothing that is refused: then the row itself is read.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use xmp_core::{DeliveryId, Lease};

use super::record::Record;
use crate::time::later;

/// How many are kept at most. Beyond, rows are read again.
const AT_MOST: usize = 16_384;

/// How long after its lease a copy is dropped where room is needed: its worker is gone.
const FORGOTTEN: Duration = Duration::from_secs(60);

#[derive(Default)]
pub(super) struct Kept(Mutex<HashMap<DeliveryId, Record>>);

impl Kept {
    fn all(&self) -> MutexGuard<'_, HashMap<DeliveryId, Record>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the record of a lease; drops it where the lease has ended.
    pub(super) fn put(&self, record: Record, now: Timestamp) {
        let mut all = self.all();
        if record.delivery.lease.is_none() {
            all.remove(&record.delivery.id);
            return;
        }
        if all.len() >= AT_MOST {
            let ends = |kept: &Record| kept.delivery.lease.map_or(now, |lease| later(lease.until, FORGOTTEN));
            all.retain(|_, kept| ends(kept) > now);
        }
        if all.len() < AT_MOST {
            all.insert(record.delivery.id, record);
        }
    }

    /// Takes the record of a lease out, to change it. Another step on the same delivery finds none meanwhile.
    pub(super) fn take(&self, lease: &Lease) -> Option<Record> {
        let mut all = self.all();
        let own = all.get(&lease.delivery).is_some_and(|record| {
            let delivery = &record.delivery;
            delivery.tenant == lease.tenant
                && delivery.fence == lease.fence
                && delivery.lease.is_some_and(|held| held.worker == lease.worker)
        });
        if own { all.remove(&lease.delivery) } else { None }
    }
}
