//! The reference as a state machine that `proptest` draws from, and how much of it is drawn.

use std::fmt;

use proptest::prelude::*;
use proptest_state_machine::ReferenceStateMachine;

use crate::op::{self, Op};
use crate::reference::World;

/// One operation, shown on one line.
#[derive(Clone)]
pub struct Step<O = Op>(pub O);

impl<O: fmt::Debug> fmt::Debug for Step<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

/// The reference, from an empty world on.
#[derive(Debug)]
pub struct Model;

impl ReferenceStateMachine for Model {
    type State = World;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<World> {
        Just(World::default()).boxed()
    }

    fn transitions(_: &World) -> BoxedStrategy<Step> {
        op::any().prop_map(Step).boxed()
    }

    fn preconditions(world: &World, step: &Step) -> bool {
        world.can(&step.0)
    }

    fn apply(mut world: World, step: &Step) -> World {
        world.apply(&step.0);
        world
    }
}

/// How many steps a case has at most.
pub const STEPS: usize = 120;

/// As many cases as make up the steps that `XMP_MODEL_STEPS` asks for, or `few`. With `PROPTEST_RNG_SEED` a run is
/// repeated.
#[must_use]
pub fn config(few: usize) -> ProptestConfig {
    let asked = std::env::var("XMP_MODEL_STEPS").ok().and_then(|steps| steps.parse().ok());
    let cases = asked.unwrap_or(few).div_ceil(STEPS);
    ProptestConfig {
        cases: u32::try_from(cases).unwrap_or(u32::MAX),
        failure_persistence: None,
        max_local_rejects: u32::MAX,
        max_shrink_iters: 5_000,
        ..ProptestConfig::default()
    }
}
