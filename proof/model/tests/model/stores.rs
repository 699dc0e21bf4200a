//! Every store against the reference, and against the one in memory.

use std::any::Any;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use proptest_state_machine::{StateMachineTest, prop_state_machine};
use tokio::runtime::Runtime;
use xmp_core::{Clock, ManualClock, Store};
use xmp_proof_model::contract;
use xmp_proof_model::machine::{self, Model, Step};
use xmp_proof_model::op::Op;
use xmp_proof_model::reference::World;
use xmp_store::{Keyring, MemoryStore, SealKey, SqliteStore};

use crate::side::{Side, difference};

/// A kind of store.
trait Kind {
    /// An empty one, and what it lives in. `None` where the machine has no such thing.
    async fn open(clock: ManualClock) -> Option<(Arc<dyn Store>, Box<dyn Any>)>;
}

struct Sqlite;

impl Kind for Sqlite {
    async fn open(clock: ManualClock) -> Option<(Arc<dyn Store>, Box<dyn Any>)> {
        let folder = tempfile::tempdir().unwrap();
        let ring = Keyring::new(SealKey::generate().unwrap());
        let store = SqliteStore::open(folder.path().join("xmp.db"), ring, Arc::new(clock)).await.unwrap();
        Some((Arc::new(store), Box::new(folder)))
    }
}

#[cfg(unix)]
struct Postgres;

#[cfg(unix)]
impl Kind for Postgres {
    async fn open(clock: ManualClock) -> Option<(Arc<dyn Store>, Box<dyn Any>)> {
        let database = crate::postgres::database()?;
        let store = crate::postgres::open(&database, clock).await;
        Some((Arc::new(store), Box::new(database)))
    }
}

/// A store of some kind and the one in memory, on one clock. Dropped in this order.
struct Stores<K> {
    sides: Vec<Side>,
    runtime: Runtime,
    clock: ManualClock,
    _place: Option<Box<dyn Any>>,
    kind: PhantomData<K>,
}

impl<K: Kind> Stores<K> {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let clock = xmp_store::suite::clock();
        let mut stores: Vec<Arc<dyn Store>> = vec![Arc::new(MemoryStore::new(Arc::new(clock.clone())))];
        let (sides, place) = runtime.block_on(async {
            let (store, place) = K::open(clock.clone()).await.unzip();
            stores.extend(store);
            let mut sides = Vec::new();
            for store in stores {
                sides.push(Side::new(store, clock.now()).await);
            }
            (sides, place)
        });
        Self { sides, runtime, clock, _place: place, kind: PhantomData }
    }

    /// Each store shows what the reference says, and all of them the same, field by field.
    fn compare(&mut self, world: &World) {
        let mut first = None;
        for side in &mut self.sides {
            let (seen, whole) = self.runtime.block_on(side.look());
            seen.compare(world, side.name());
            let first = first.get_or_insert_with(|| whole.clone());
            if let Some(told) = difference(first, &whole) {
                panic!("memory and {} show something else: {told}", side.name());
            }
        }
    }
}

impl<K: Kind> StateMachineTest for Stores<K> {
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
    #![proptest_config(machine::config(1_500))]

    #[test]
    fn sqlite_keeps_the_contract(sequential machine::STEPS => Stores<Sqlite>);
}

#[cfg(unix)]
prop_state_machine! {
    #![proptest_config(machine::config(600))]

    #[test]
    fn postgres_keeps_the_contract(sequential machine::STEPS => Stores<Postgres>);
}
