//! The deliveries whose leases were granted here: what a worker does next with one need not be read again.
//!
//! Only the holder of a lease changes what it holds, and whoever takes it over raises the fence. So a copy whose fence and
//! worker are the row's is the row, but for the end of its lease.

use std::cell::RefCell;
use std::collections::HashMap;

use xmp_core::{Delivery, DeliveryId, Lease, LeaseRecord};

use crate::rules::Origin;

/// How many are kept at most. Beyond, all are read again.
const AT_MOST: usize = 4096;

#[derive(Default)]
pub(super) struct Kept {
    all: RefCell<HashMap<DeliveryId, (Delivery, Origin)>>,
    /// What the present step has made of deliveries.
    made: RefCell<Vec<(Delivery, Origin)>>,
}

impl Kept {
    /// The copy under a lease, if the row has this fence and this lease.
    pub(super) fn find(&self, lease: &Lease, fence: u64, held: LeaseRecord) -> Option<(Delivery, Origin)> {
        let all = self.all.borrow();
        let (delivery, origin) = all.get(&lease.delivery)?;
        let same = delivery.tenant == lease.tenant
            && delivery.fence == fence
            && fence == lease.fence
            && delivery.lease.is_some_and(|own| own.worker == held.worker && held.worker == lease.worker);
        same.then(|| (Delivery { lease: Some(held), ..delivery.clone() }, origin.clone()))
    }

    /// Notes what a step has made of a delivery.
    pub(super) fn note(&self, delivery: &Delivery, origin: &Origin) {
        self.made.borrow_mut().push((delivery.clone(), origin.clone()));
    }

    /// Ends a step: what it made is kept, unless it was undone.
    pub(super) fn end_step(&self, stays: bool) {
        let made = self.made.take();
        let mut all = self.all.borrow_mut();
        for (delivery, origin) in made.into_iter().filter(|_| stays) {
            if delivery.lease.is_none() {
                all.remove(&delivery.id);
                continue;
            }
            if all.len() >= AT_MOST {
                all.clear();
            }
            all.insert(delivery.id, (delivery, origin));
        }
    }

    /// Forgets everything: the transaction was not committed.
    pub(super) fn clear(&self) {
        self.all.borrow_mut().clear();
        self.made.borrow_mut().clear();
    }
}
