//! The contract of delivery, told anew: a pure model of a store, of the workers that use it, and of the world.
//!
//! Times are whole seconds since the beginning. There are two clocks: `wall`, which somebody may set back, and `mono`,
//! which goes on for ever: what a store writes is by the first, deadlines and the world go by the second.

mod hands;
mod lease;
mod person;
mod records;
mod rules;
mod schedule;
mod verdict;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

pub use lease::{LEASE, Lease, SETTLE, TIMEOUT};
pub use records::{Account, Answer, Attempt, Call, Certainty, Delivery, Event, Hand, Part, Post, State, Why};
pub use verdict::Verdict;
pub use world::{Flight, Live};

use crate::op::{Op, Scope};

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
