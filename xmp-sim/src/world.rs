//! The simulated world: what all platforms hold, and the changes that lead there.
//!
//! The world changes in one way only: [`World::apply`] of a [`Change`] that the journal already has. Replaying the
//! journal is therefore the same as having lived through it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::call::RawCall;
use crate::x;

/// One thing that happened.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    /// On X.
    X(x::Change),
    /// A request was received whose effect is still to come (see [`crate::FaultKind::CutThenLate`]).
    Deferred(Deferred),
    /// A deferred request took effect, together with the other changes of this step.
    Landed { id: u64 },
}

impl From<x::Change> for Change {
    fn from(change: x::Change) -> Self {
        Self::X(change)
    }
}

/// A request whose effect falls due later.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Deferred {
    pub(crate) id: u64,
    pub(crate) due: Timestamp,
    pub(crate) call: RawCall,
}

/// Everything that is simulated.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) x: x::State,
    deferred: BTreeMap<u64, Deferred>,
    deferred_so_far: u64,
}

impl World {
    pub(crate) fn apply(&mut self, change: Change) {
        match change {
            Change::X(change) => self.x.apply(change),
            Change::Deferred(deferred) => {
                self.deferred_so_far = self.deferred_so_far.max(deferred.id);
                self.deferred.insert(deferred.id, deferred);
            }
            Change::Landed { id } => {
                self.deferred.remove(&id);
            }
        }
    }

    pub(crate) fn next_deferred_id(&self) -> u64 {
        self.deferred_so_far + 1
    }

    /// The request that falls due first.
    pub(crate) fn next_due(&self) -> Option<&Deferred> {
        self.deferred.values().min_by_key(|deferred| (deferred.due, deferred.id))
    }

    pub(crate) fn is_deferred(&self, id: u64) -> bool {
        self.deferred.contains_key(&id)
    }
}
