//! The simulated world: what all platforms hold, and the changes that lead there.
//!
//! The world changes in one way only: [`World::apply`] of a [`Change`] that the journal already has. Replaying the
//! journal is therefore the same as having lived through it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::RateLimit;
use crate::call::RawCall;
use crate::platform::Platform;

/// Makes the world out of its platforms: a field, a kind and a change for each.
macro_rules! platforms {
    ($($kind:ident in $module:ident),+ $(,)?) => {
        /// A platform of this world.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Kind { $($kind),+ }

        impl Kind {
            pub(crate) const ALL: &[Self] = &[$(Self::$kind),+];

            /// The platform's name, as the ledger has it.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$kind => crate::$module::NAME),+ }
            }

            fn documented_limits(self) -> Vec<RateLimit> {
                match self { $(Self::$kind => crate::$module::limits::documented()),+ }
            }

            /// The first segments of its paths.
            fn roots(self) -> &'static [&'static str] {
                match self { $(Self::$kind => crate::$module::ROOTS),+ }
            }
        }

        /// One thing that happened.
        #[derive(Clone, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum Change {
            $($kind(crate::$module::Change),)+
            /// A request was received whose effect is still to come (see [`crate::FaultKind::CutThenLate`]).
            Deferred(Deferred),
            /// A deferred request took effect, together with the other changes of this step.
            Landed { id: u64 },
        }

        $(impl From<crate::$module::Change> for Change {
            fn from(change: crate::$module::Change) -> Self {
                Self::$kind(change)
            }
        })+

        /// Everything that is simulated.
        #[derive(Debug, Default)]
        pub(crate) struct World {
            $(pub(crate) $module: crate::$module::State,)+
            pub(crate) queue: Queue,
        }

        impl World {
            pub(crate) fn apply(&mut self, change: Change) {
                match change {
                    $(Change::$kind(change) => self.$module.apply(change),)+
                    Change::Deferred(deferred) => self.queue.add(deferred),
                    Change::Landed { id } => self.queue.remove(id),
                }
            }

            pub(crate) fn platform(&self, kind: Kind) -> &dyn Platform {
                match kind { $(Kind::$kind => &self.$module),+ }
            }
        }
    };
}

platforms! {
    X in x,
    Bluesky in bluesky,
    Mastodon in mastodon,
}

impl Kind {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// The limits of all platforms, as they are documented.
    pub(crate) fn all_documented_limits() -> Vec<RateLimit> {
        Self::ALL.iter().flat_map(|kind| kind.documented_limits()).collect()
    }

    /// The platform that a path belongs to; what belongs to none is X's to refuse.
    pub(crate) fn at(path: &str) -> Self {
        let root = path.trim_start_matches('/').split('/').next().unwrap_or_default();
        Self::ALL.iter().copied().find(|kind| kind.roots().contains(&root)).unwrap_or(Self::X)
    }
}

impl World {
    pub(crate) fn platforms(&self) -> impl Iterator<Item = (Kind, &dyn Platform)> {
        Kind::ALL.iter().map(|kind| (*kind, self.platform(*kind)))
    }
}

/// A request whose effect falls due later.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Deferred {
    pub(crate) id: u64,
    pub(crate) due: Timestamp,
    pub(crate) call: RawCall,
}

/// The effects that are still to come.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    deferred: BTreeMap<u64, Deferred>,
    so_far: u64,
}

impl Queue {
    fn add(&mut self, deferred: Deferred) {
        self.so_far = self.so_far.max(deferred.id);
        self.deferred.insert(deferred.id, deferred);
    }

    fn remove(&mut self, id: u64) {
        self.deferred.remove(&id);
    }

    pub(crate) fn next_id(&self) -> u64 {
        self.so_far + 1
    }

    /// The request that falls due first.
    pub(crate) fn first(&self) -> Option<&Deferred> {
        self.deferred.values().min_by_key(|deferred| (deferred.due, deferred.id))
    }

    pub(crate) fn contains(&self, id: u64) -> bool {
        self.deferred.contains_key(&id)
    }
}
