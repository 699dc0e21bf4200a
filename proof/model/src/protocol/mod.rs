//! The protocol of delivery, small enough that every order of events is looked at.
//!
//! Two posts of one account, two workers on one store, and a platform with a timeline. Time goes by in ticks. Any worker
//! may be slow at any moment; some troubles, as many as [`Rules::troubles`], are worse: its process dies, or stops for
//! as long as it likes and goes on. The network loses requests and answers, delays effects up to the end of the settle
//! window, and the timeline lags as long. Every rule of the contract can be switched off, to see what it is there for.
//! `docs/protocol.md` draws the picture.

pub mod properties;
mod steps;

use stateright::{Model, Property};

/// Posts and workers.
const TWO: usize = 2;
/// How long a lease is held: longer than a request may take.
const LEASE: u8 = 2;
/// How long a visible request may take.
const TIMEOUT: u8 = 1;
/// How long after that its effect may appear, in this world.
const SETTLE: u8 = 2;
/// The wait between two looks.
const EVERY: u8 = 1;

/// The rules of the contract, each with its switch.
#[derive(Clone, Debug)]
pub struct Rules {
    /// A request's last byte leaves only before its deadline.
    pub deadline: bool,
    /// A worker writes only under its delivery's fence.
    pub fence: bool,
    /// One delivery of an account is worked on at a time.
    pub one_in_flight: bool,
    /// Equal content waits while the other is unresolved.
    pub equal_waits: bool,
    /// Nobody asks the platform before the settle window has passed.
    pub settle: bool,
    /// Looks that must all see nothing; with 0 nobody looks.
    pub looks: u8,
    /// What is not found is sent again, or held.
    pub resend: bool,
    /// The timeline may hide a post for ever.
    pub blind: bool,
    /// Attempts in all.
    pub attempts: u8,
    /// How often a process dies, or stops past its lease.
    pub troubles: u8,
}

impl Rules {
    /// The contract, under the policy that sends again what is not found.
    #[must_use]
    pub fn contract() -> Self {
        Self {
            deadline: true,
            fence: true,
            one_in_flight: true,
            equal_waits: true,
            settle: true,
            looks: 2,
            resend: true,
            blind: false,
            attempts: 2,
            troubles: 2,
        }
    }
}

/// Where a post stands in the store. Each has one part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "as in the contract")]
pub enum Stand {
    Waiting,
    Sending,
    Unconfirmed,
    Held,
    Published,
    Failed,
}

/// A post, as the store keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Kept {
    stand: Stand,
    /// For how many ticks yet somebody holds it.
    lease: Option<u8>,
    /// Nobody asks the platform for so many ticks yet.
    ask_in: u8,
    attempts: u8,
    looks: u8,
    /// An earlier attempt was looked for and not seen: it may be live all the same.
    doubt: bool,
    /// Which post of the platform it is known to be.
    is: Option<u8>,
}

/// What a worker is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Task {
    /// It gets ready.
    Prepare,
    /// Its intent is committed; its request has to be out within so many ticks.
    Send(u8),
    /// It asks the platform.
    Look,
    /// It knows what came of it.
    Know(Fact),
}

/// What a worker has learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Fact {
    Live(u8),
    NotSent,
    MaybeSent,
    NotSeen,
    Unclear,
}

/// What a worker holds in its memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Hand {
    post: usize,
    task: Task,
    /// Whether the fence under which it claimed the post is the post's yet: nobody has taken over.
    fence: bool,
}

/// A worker.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Worker {
    hand: Option<Hand>,
    /// Its process is stopped, and may go on one day.
    stopped: bool,
}

/// A post on the platform, or on its way there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Effect {
    id: u8,
    post: usize,
    /// Within so many ticks it is there, and the timeline shows it.
    within: u8,
    shown: bool,
}

/// Everything.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct World {
    posts: [Kept; TWO],
    workers: [Worker; TWO],
    effects: Vec<Effect>,
    troubles: u8,
    /// A request's last byte left under a fence that was not the delivery's any more.
    stale: bool,
}

/// What happens next. The first number is the worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the contract says what they are")]
pub enum Action {
    /// Time goes by.
    Tick,
    /// A lapsed lease of a post is taken away.
    Recover(usize),
    Claim(usize, usize),
    Begin(usize),
    /// The visible request takes effect, and the answer comes. The timeline may lag.
    Answered(usize),
    /// It takes effect, now or later, and no answer comes.
    Unanswered(usize),
    /// It is lost on the way.
    Lost(usize),
    /// It is turned away, or too late.
    TurnedAway(usize),
    Look(usize),
    Conclude(usize),
    Dies(usize),
    Stops(usize),
    GoesOn(usize),
    /// An effect takes place, and the timeline shows it.
    Shows(u8),
}

/// Two posts of one account, under some rules.
#[derive(Clone, Debug)]
pub struct Protocol {
    /// The rules.
    pub rules: Rules,
    /// Whether both say the same.
    pub equal: bool,
}

impl Model for Protocol {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        let kept = || Kept {
            stand: Stand::Waiting,
            lease: None,
            ask_in: 0,
            attempts: 0,
            looks: 0,
            doubt: false,
            is: None,
        };
        vec![World {
            posts: [kept(), kept()],
            workers: Default::default(),
            effects: Vec::new(),
            troubles: self.rules.troubles,
            stale: false,
        }]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        self.possible(world, actions);
    }

    fn next_state(&self, world: &World, action: Action) -> Option<World> {
        let mut next = world.clone();
        self.take(&mut next, action);
        // Which of the two workers it is makes no difference.
        next.workers.sort_unstable();
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }
}
