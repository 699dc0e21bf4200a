//! The contract of delivery, told anew: a pure model of a store, of the workers that use it, and of the world.
//!
//! Times are whole seconds since the beginning. There are two clocks: `wall`, which somebody may set back, and `mono`,
//! which goes on for ever: what a store writes is by the first, deadlines and the world go by the second.

mod hands;
mod lease;
mod person;
mod rules;
mod schedule;
mod verdict;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

pub use lease::{LEASE, Lease, SETTLE, TIMEOUT};
pub use verdict::Verdict;
pub use world::{Flight, Live};

use crate::op::{Decision, Op, Scope};

/// Where a part stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing of it is on its way.
    Waiting,
    /// The intent is committed.
    Sending,
    /// It may be live.
    Unconfirmed,
    /// It may be live, and a person decides.
    Held,
    /// It is live.
    Published,
    /// It will not be published.
    Failed,
    /// Somebody cancelled it.
    Cancelled,
    /// It was not sent in time.
    Expired,
}

impl State {
    /// Whether no worker has anything left to do.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Published | Self::Failed | Self::Cancelled | Self::Expired)
    }

    /// Whether it may be live and nobody knows.
    #[must_use]
    pub fn is_unresolved(self) -> bool {
        matches!(self, Self::Sending | Self::Unconfirmed | Self::Held)
    }
}

/// What is known of an attempt's effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the contract says what they are")]
pub enum Certainty {
    NotSent,
    Sent,
    Rejected,
    MaybeSent,
}

/// The attempt that was made last.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "as in the contract")]
pub struct Attempt {
    pub number: u32,
    pub fence: u64,
    pub began: i64,
    /// When the first attempt began that was never disproved.
    pub since: i64,
    pub deadline: i64,
    pub ask_from: i64,
    pub outcome: Option<Certainty>,
}

impl Attempt {
    /// Whether it, or one before it, may be live.
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        self.outcome == Some(Certainty::MaybeSent) || self.since < self.began
    }
}

/// One visible piece.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "as in the contract")]
pub struct Part {
    pub text: String,
    pub state: State,
    pub attempts: u32,
    pub looks: u32,
    pub published: Option<String>,
    pub checkpoints: BTreeMap<u8, u64>,
    pub attempt: Option<Attempt>,
}

/// Why a delivery waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It was snoozed, for this reason.
    Snoozed(&'static str),
    /// For anything else.
    Other,
}

/// One post on its way to one account.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "as in the contract")]
pub struct Delivery {
    pub post: usize,
    pub account: usize,
    pub priority: u8,
    pub due: i64,
    pub expires: Option<i64>,
    /// Since when nothing more happens to it.
    pub settled: Option<i64>,
    /// It was forgotten.
    pub gone: bool,
    pub run_at: Option<i64>,
    pub why: Option<Why>,
    pub lease: Option<Lease>,
    pub fence: u64,
    pub parts: Vec<Part>,
}

impl Delivery {
    /// The part whose turn it is.
    #[must_use]
    pub fn turn(&self) -> Option<usize> {
        self.parts.iter().position(|part| !part.state.is_final())
    }

    /// The word for it: what is unresolved is never hidden behind what is known.
    #[must_use]
    pub fn word(&self) -> &'static str {
        let published = self.any(State::Published);
        let order = [
            (State::Sending, "sending", "sending"),
            (State::Unconfirmed, "unconfirmed", "unconfirmed"),
            (State::Held, "held", "held"),
            (State::Failed, "failed", "partly_published"),
            (State::Expired, "expired", "partly_published"),
            (State::Cancelled, "cancelled", "partly_published"),
            (State::Waiting, "scheduled", "publishing"),
            (State::Published, "published", "published"),
        ];
        let found = order.into_iter().find(|(state, ..)| self.any(*state));
        found.map_or("", |(_, alone, beside)| if published { beside } else { alone })
    }

    fn any(&self, state: State) -> bool {
        self.parts.iter().any(|part| part.state == state)
    }

    /// Whether it waits to be published: nobody holds it, it has a time, and nothing of it is unresolved.
    fn is_to_publish(&self) -> bool {
        let unresolved = self.parts.iter().any(|part| part.state.is_unresolved());
        self.run_at.is_some() && self.lease.is_none() && !unresolved && self.any(State::Waiting)
    }

    /// Whether it waits to be asked about.
    fn is_to_ask(&self) -> bool {
        self.run_at.is_some() && self.lease.is_none() && self.any(State::Unconfirmed)
    }
}

/// A call that scheduled something.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "as in the contract")]
pub struct Post {
    pub key: u8,
    pub accounts: Vec<usize>,
    pub texts: Vec<String>,
    pub priority: u8,
    pub due: i64,
    pub expires: Option<i64>,
    /// Its deliveries.
    pub deliveries: Vec<usize>,
    /// It was forgotten.
    pub gone: bool,
}

/// An account, and what its platform can say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Whether posts may go out.
    pub active: bool,
    /// Its posts wait until then.
    pub blocked: Option<i64>,
    /// They wait until then for their spacing, as a worker found out.
    pub paced: Option<i64>,
    /// So many seconds from one post to the next.
    pub interval: Option<i64>,
    /// So many posts an hour.
    pub per_hour: Option<u32>,
    /// Whether what is observed to be absent is sent again.
    pub resends: bool,
    /// Whether its platform can prove that something is absent.
    pub proves: bool,
}

/// What a worker holds in its memory.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "as in the contract")]
pub struct Hand {
    pub worker: u8,
    pub delivery: usize,
    pub fence: u64,
    pub part: usize,
    pub reconciles: bool,
    /// When its visible request has to be out, by the clock that nobody sets, once the intent is committed.
    pub deadline: Option<i64>,
    /// What it has decided and not written down yet.
    pub verdict: Option<Verdict>,
}

/// What is asked of a store in one step.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "they are the store's methods")]
pub enum Call {
    Schedule { post: Post, id: usize, first: usize },
    Claim { worker: u8, limit: usize, reconcile: bool },
    Renew { hand: usize, hold: i64 },
    Checkpoint { hand: usize, part: usize, name: u8, value: u64 },
    Begin { hand: usize, part: usize },
    Conclude { hand: usize, part: usize, verdict: Verdict },
    Cancel { post: usize },
    Reschedule { post: usize, due: i64 },
    PutBack { delivery: usize },
    Resolve { delivery: usize, how: Decision, id: String },
    Account { account: usize, active: bool },
    Space { account: usize, interval: Option<i64>, per_hour: Option<u32> },
    Stop { scope: Scope },
    Resume { scope: Scope },
    Prune { keep_for: i64 },
}

/// What the store must answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "they are what the contract says")]
pub enum Answer {
    Done,
    /// The same call was made before, as this post.
    Replayed(usize),
    /// These deliveries, under these fences.
    Claimed(Vec<(usize, u64)>),
    /// Equal content of this delivery is unresolved.
    Equal(usize),
    /// Its time is over.
    Expired,
    /// Sending is stopped.
    Stopped,
    /// So many.
    Forgotten(usize),
    /// Refused, with this code.
    Refused(&'static str),
}

/// One line of the event log: what happened, to which delivery, and to which part of it or of whom.
pub type Event = (&'static str, Option<usize>, Option<usize>);

/// Everything.
#[derive(Clone)]
#[allow(missing_docs, reason = "as in the contract")]
pub struct World {
    pub wall: i64,
    pub mono: i64,
    pub accounts: Vec<Account>,
    pub stops: BTreeSet<Scope>,
    pub posts: Vec<Post>,
    pub deliveries: Vec<Delivery>,
    /// What workers hold, by a number that is never used again.
    pub hands: BTreeMap<usize, Hand>,
    pub next_hand: usize,
    /// Requests whose effect is still to come.
    pub flights: Vec<Flight>,
    /// What can be seen on the platforms, or will be.
    pub live: Vec<Live>,
    pub remote_ids: u64,
    pub log: Vec<Event>,
    /// How often a part may be live more than once, because the contract's conditions did not hold for it.
    pub forgiven: BTreeMap<(usize, usize), usize>,
    /// Parts for which a person has answered: cancelled, given up, or sent again whatever became of them.
    pub vouched: BTreeSet<(usize, usize)>,
    /// What went against the contract within a step.
    pub broken: Vec<String>,
    /// What the last operation asked of the store, and what it must have answered.
    pub call: Option<(Call, Answer)>,
}

impl Default for World {
    /// Nothing scheduled yet, on three accounts: one that holds what it can't find, one that sends it again, and one
    /// whose platform can prove.
    fn default() -> Self {
        let account = |resends, proves| Account {
            active: true,
            blocked: None,
            paced: None,
            interval: None,
            per_hour: None,
            resends,
            proves,
        };
        Self {
            wall: 0,
            mono: 0,
            stops: BTreeSet::new(),
            accounts: vec![account(false, false), account(true, false), account(false, true)],
            posts: Vec::new(),
            deliveries: Vec::new(),
            hands: BTreeMap::new(),
            next_hand: 0,
            flights: Vec::new(),
            live: Vec::new(),
            remote_ids: 0,
            log: Vec::new(),
            forgiven: BTreeMap::new(),
            vouched: BTreeSet::new(),
            broken: Vec::new(),
            call: None,
        }
    }
}

impl fmt::Debug for World {
    /// In short: what led here says the rest.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a world after {} s, of {} deliveries", self.mono, self.deliveries.len())
    }
}

/// The `number`-th of some things, from the latest, going round.
fn nth(things: &[usize], number: usize) -> Option<usize> {
    let last = things.len().checked_sub(1)?;
    things.get(last - number % things.len()).copied()
}

impl World {
    /// Whether there is anything that an operation could be done to.
    #[must_use]
    pub fn can(&self, op: &Op) -> bool {
        match op {
            Op::Schedule(_)
            | Op::Claim { .. }
            | Op::Account { .. }
            | Op::Space { .. }
            | Op::Stop { .. }
            | Op::Prune { .. }
            | Op::Advance { .. } => true,
            // Not before the beginning.
            Op::Back { seconds } => self.wall >= *seconds,
            Op::Renew { hand, .. } | Op::Die { hand } | Op::Wrong { hand, .. } => self.hand(*hand).is_some(),
            Op::Checkpoint { hand, .. } | Op::Stumble { hand, .. } | Op::Begin { hand } => {
                self.preparing(*hand).is_some()
            }
            Op::Send { hand, .. } => self.ready(*hand).is_some(),
            Op::Look { hand, .. } => self.asking(*hand).is_some(),
            Op::Conclude { hand } => self.knowing(*hand).is_some(),
            Op::Cancel { .. } | Op::Reschedule { .. } => !self.posts.is_empty(),
            Op::PutBack { .. } | Op::Resolve { .. } => !self.deliveries.is_empty(),
        }
    }

    /// Does it.
    pub fn apply(&mut self, op: &Op) {
        self.call = None;
        let call = match *op {
            Op::Schedule(ref wish) => Some(self.schedule(wish)),
            Op::Claim { worker, limit, reconcile } => {
                let answer = Answer::Claimed(self.claim(worker, limit, reconcile));
                Some((Call::Claim { worker, limit, reconcile }, answer))
            }
            Op::Renew { hand, hold } => self.hand(hand).map(|hand| self.renew(hand, hold)),
            Op::Checkpoint { hand, name } => self.preparing(hand).map(|hand| self.checkpoint(hand, name)),
            Op::Stumble { hand, how } => self.preparing(hand).map(|hand| self.stumble(hand, how)),
            Op::Begin { hand } => self.preparing(hand).map(|hand| self.begin(hand)),
            Op::Send { hand, fate } => {
                if let Some(hand) = self.ready(hand) {
                    self.send(hand, fate);
                }
                None
            }
            Op::Look { hand, eyes } => {
                if let Some(hand) = self.asking(hand) {
                    self.look(hand, eyes);
                }
                None
            }
            Op::Conclude { hand } => self.knowing(hand).and_then(|hand| self.conclude_known(hand)),
            Op::Wrong { hand, claim } => self.hand(hand).and_then(|hand| self.wrong(hand, claim)),
            Op::Die { hand } => {
                if let Some(hand) = self.hand(hand) {
                    self.hands.remove(&hand);
                }
                None
            }
            Op::Cancel { post } => self.post(post).map(|post| (Call::Cancel { post }, self.cancel(post))),
            Op::Reschedule { post, due_in } => self.post(post).map(|post| {
                let due = self.wall + due_in;
                (Call::Reschedule { post, due }, self.reschedule(post, due))
            }),
            Op::PutBack { delivery } => {
                self.dead(delivery).map(|delivery| (Call::PutBack { delivery }, self.put_back(delivery)))
            }
            Op::Resolve { delivery, how } => self.held(delivery).map(|delivery| self.resolve(delivery, how)),
            Op::Account { account, active } => {
                self.set_account(account, active);
                Some((Call::Account { account, active }, Answer::Done))
            }
            Op::Space { account, interval, per_hour } => {
                self.space(account, interval, per_hour);
                Some((Call::Space { account, interval, per_hour }, Answer::Done))
            }
            Op::Stop { scope, stop: true } => Some((Call::Stop { scope }, self.stop(scope))),
            Op::Stop { scope, stop: false } => Some((Call::Resume { scope }, self.resume(scope))),
            Op::Prune { keep_for } => Some((Call::Prune { keep_for }, self.prune(keep_for))),
            Op::Advance { seconds } => {
                self.wall += seconds;
                self.mono += seconds;
                self.land();
                None
            }
            Op::Back { seconds } => {
                self.wall -= seconds;
                None
            }
        };
        self.call = call;
        self.note_settled();
    }

    /// Since when nothing more happens to a delivery.
    fn note_settled(&mut self) {
        let now = self.wall;
        for delivery in &mut self.deliveries {
            let settled = delivery.turn().is_none();
            delivery.settled = settled.then(|| delivery.settled.unwrap_or(now));
        }
    }

    fn tell(&mut self, event: &'static str, delivery: usize, part: Option<usize>) {
        self.log.push((event, Some(delivery), part));
    }

    fn post(&self, number: usize) -> Option<usize> {
        nth(&(0..self.posts.len()).collect::<Vec<_>>(), number)
    }

    /// A delivery that a wish fits, or any if it fits none: then the wish is refused.
    fn fitting(&self, number: usize, fits: impl Fn(&Delivery) -> bool) -> Option<usize> {
        let all = || 0..self.deliveries.len();
        let fitting: Vec<_> = all().filter(|at| fits(&self.deliveries[*at])).collect();
        nth(&fitting, number).or_else(|| nth(&all().collect::<Vec<_>>(), number))
    }

    fn dead(&self, number: usize) -> Option<usize> {
        let dead = [State::Failed, State::Cancelled, State::Expired];
        self.fitting(number, |delivery| !delivery.gone && dead.iter().any(|state| delivery.any(*state)))
    }

    fn held(&self, number: usize) -> Option<usize> {
        self.fitting(number, |delivery| delivery.any(State::Held))
    }
}
