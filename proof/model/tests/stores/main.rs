//! Every store against the reference, and against the others.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test tells by a panic")]

mod side;
mod translate;

use std::sync::Arc;
use std::time::Duration;

use proptest_state_machine::{StateMachineTest, prop_state_machine};
use side::Side;
use tokio::runtime::Runtime;
use xmp_core::{Clock, ManualClock, Store};
use xmp_proof_model::contract;
use xmp_proof_model::machine::{self, Model, Step};
use xmp_proof_model::op::Op;
use xmp_proof_model::reference::World;
use xmp_store::{Keyring, MemoryStore, SealKey, SqliteStore};

/// All stores at hand, on one clock.
struct Stores {
    runtime: Runtime,
    clock: ManualClock,
    sides: Vec<Side>,
    /// Where SQLite keeps its file.
    _folder: tempfile::TempDir,
}

impl Stores {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let clock = xmp_store::suite::clock();
        let folder = tempfile::tempdir().unwrap();
        let sides = runtime.block_on(async {
            let shared: Arc<dyn Clock> = Arc::new(clock.clone());
            let ring = Keyring::new(SealKey::generate().unwrap());
            let file = SqliteStore::open(folder.path().join("xmp.db"), ring, shared.clone()).await.unwrap();
            let stores: [Arc<dyn Store>; 2] = [Arc::new(MemoryStore::new(shared)), Arc::new(file)];
            let mut sides = Vec::new();
            for store in stores {
                sides.push(Side::new(store, clock.now()).await);
            }
            sides
        });
        Self { runtime, clock, sides, _folder: folder }
    }

    /// Each store shows what the reference says, and all of them the same, field by field.
    fn compare(&mut self, world: &World) {
        let mut first = None;
        for side in &mut self.sides {
            let (seen, whole) = self.runtime.block_on(side.look());
            seen.compare(world, side.name());
            let first = first.get_or_insert_with(|| whole.clone());
            assert_eq!(*first, whole, "{} shows the same as the first store", side.name());
        }
    }
}

impl StateMachineTest for Stores {
    type SystemUnderTest = Self;
    type Reference = Model;

    fn init_test(_: &World) -> Self {
        Self::new()
    }

    fn apply(mut stores: Self, world: &World, Step(op): Step) -> Self {
        match op {
            Op::Advance { seconds } => stores.clock.advance(Duration::from_secs(seconds.unsigned_abs())),
            Op::Back { seconds } => {
                stores.clock.step_to(stores.clock.now() - jiff::SignedDuration::from_secs(seconds));
            }
            _ => {}
        }
        if let Some((call, expected)) = &world.call {
            for side in &mut stores.sides {
                let answer = stores.runtime.block_on(side.make(call, &stores.clock));
                assert_eq!(&answer, expected, "{} answers {call:?}", side.name());
            }
            stores.compare(world);
        }
        stores
    }

    fn check_invariants(_: &Self, world: &World) {
        if let Err(broken) = contract::holds(world) {
            panic!("the contract does not hold: {broken}");
        }
    }
}

prop_state_machine! {
    #![proptest_config(machine::config(6_000))]

    #[test]
    fn all_stores_keep_the_contract(sequential machine::STEPS => Stores);
}
