//! The engine: real workers on a store, a platform that does what a script says, and the contract as the judge.
//!
//! The store is the one in memory, since the others are shown to agree with it: so nothing waits for a disk, and a
//! case repeats itself. Each worker has a runtime of its own: one that is not driven is a process that was stopped.

mod crew;
mod ops;
mod platform;
mod truth;

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use xmp_core::{Clock, Context, ManualClock, Store};
use xmp_proof_model::machine::{self, Step};
use xmp_store::MemoryStore;

use crew::Crew;
use ops::Op;
use truth::{Sink, Truth};

/// Workers, in processes of their own.
const CREWS: usize = 2;

/// Nothing is to be known of what happened before: every operation makes sense at any time.
#[derive(Debug)]
struct Story;

impl ReferenceStateMachine for Story {
    type State = ();
    type Transition = Step<Op>;

    fn init_state() -> BoxedStrategy<()> {
        Just(()).boxed()
    }

    fn transitions((): &()) -> BoxedStrategy<Step<Op>> {
        ops::any().prop_map(Step).boxed()
    }

    fn apply((): (), _: &Step<Op>) {}
}

struct Engine {
    store: Arc<dyn Store>,
    clock: ManualClock,
    ctx: Context,
    truth: Truth,
    crews: Vec<Crew>,
    /// By how many seconds the clock was set back.
    back: i64,
}

impl Engine {
    /// Starts the process of a worker.
    fn crew(&self) -> Crew {
        let sink = Sink::new(self.truth.clone());
        Crew::new(self.store.clone(), self.truth.clone(), self.clock.clone(), Arc::new(sink))
    }

    fn advance(&mut self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        self.truth.land(&self.clock);
    }

    /// Lets everything go well from here on, and time go by, until nothing is left to do.
    fn come_to_rest(&mut self) {
        self.truth.heal();
        self.crews.clear();
        self.open();
        let mut crew = self.crew();
        for _ in 0..200 {
            crew.drive();
            if self.is_at_rest() {
                return;
            }
            self.advance(47);
        }
        panic!("it never comes to rest: {:#?}", self.world().deliveries);
    }
}

impl StateMachineTest for Engine {
    type SystemUnderTest = Self;
    type Reference = Story;

    fn init_test((): &()) -> Self {
        let clock = xmp_store::suite::clock();
        let store = MemoryStore::new(Arc::new(clock.clone()));
        let ctx = Context::default();
        let truth = Truth::new(&store, &ctx, clock.now());
        let mut engine = Self { store: Arc::new(store), clock, ctx, truth, crews: Vec::new(), back: 0 };
        engine.crews = (0..CREWS).map(|_| engine.crew()).collect();
        engine
    }

    fn apply(mut engine: Self, (): &(), Step(op): Step<Op>) -> Self {
        engine.take(op);
        engine
    }

    fn check_invariants(engine: &Self, (): &()) {
        engine.truth.check(&engine.world());
    }

    fn teardown(mut engine: Self, (): ()) {
        engine.come_to_rest();
        engine.truth.check(&engine.world());
    }
}

prop_state_machine! {
    #![proptest_config(machine::config(6_000))]

    #[test]
    fn the_engine_keeps_the_contract(sequential machine::STEPS => Engine);
}
