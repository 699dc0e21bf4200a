//! Who may hold a delivery: claims, leases, fences, and the intent.

use std::cmp::Reverse;

use super::{Answer, Attempt, Call, Certainty, Hand, State, Why, World};

/// How long a lease is held, in seconds.
pub const LEASE: i64 = 30;
/// How long a visible request may take.
pub const TIMEOUT: i64 = 10;
/// How long after that its effect may appear.
pub const SETTLE: i64 = 60;

/// Who works on a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The worker.
    pub worker: u8,
    /// Until then nobody else may touch it.
    pub until: i64,
    /// When its end was written.
    pub granted: i64,
}

impl World {
    /// Frees what was held too long, ends what was not sent in time, and takes what is due: by its turn, one delivery an
    /// account, and none of an account that somebody works on.
    pub(super) fn claim(&mut self, worker: u8, limit: usize, reconcile: bool) -> Vec<(usize, u64)> {
        self.recover();
        self.expire();
        let mut busy: Vec<usize> = self
            .deliveries
            .iter()
            .filter(|delivery| delivery.lease.is_some())
            .map(|delivery| delivery.account)
            .collect();
        let mut due: Vec<usize> = (0..self.deliveries.len())
            .filter(|at| {
                let delivery = &self.deliveries[*at];
                let asked = if reconcile { delivery.is_to_ask() } else { delivery.is_to_publish() };
                let open = reconcile || self.is_open(delivery.account) && !self.is_stopped();
                asked && open && delivery.run_at.is_some_and(|at| at <= self.wall)
            })
            .collect();
        due.sort_by_key(|at| {
            let delivery = &self.deliveries[*at];
            (delivery.turn_in_queue(), Reverse(delivery.priority), *at)
        });
        let mut claimed = Vec::new();
        for at in due {
            if claimed.len() == limit || busy.contains(&self.deliveries[at].account) {
                continue;
            }
            busy.push(self.deliveries[at].account);
            if !reconcile && self.pace(at) {
                continue;
            }
            let lease = Lease { worker, until: self.wall + LEASE, granted: self.wall };
            let delivery = &mut self.deliveries[at];
            delivery.fence += 1;
            delivery.lease = Some(lease);
            claimed.push((at, delivery.fence));
            if let Some(part) = delivery.turn() {
                let hand = Hand {
                    worker,
                    delivery: at,
                    fence: delivery.fence,
                    part,
                    reconciles: reconcile,
                    deadline: None,
                    verdict: None,
                };
                self.hands.insert(self.next_hand, hand);
            }
            self.next_hand += 1;
        }
        claimed
    }

    /// A lapsed lease is taken away, and what its holder may have sent is unconfirmed. One that was granted in the
    /// future, because the clock was set back, starts again.
    fn recover(&mut self) {
        let now = self.wall;
        let mut lapsed = Vec::new();
        for (at, delivery) in self.deliveries.iter_mut().enumerate() {
            let Some(lease) = &mut delivery.lease else { continue };
            if lease.granted > now {
                lease.until = now + (lease.until - lease.granted);
                lease.granted = now;
            } else if lease.until <= now {
                lapsed.push((lease.until, at));
            }
        }
        lapsed.sort_unstable();
        for (_, at) in lapsed {
            let delivery = &mut self.deliveries[at];
            delivery.lease = None;
            delivery.fence += 1;
            if let Some(part) = delivery.parts.iter().position(|part| part.state == State::Sending) {
                self.lose(at, part, now + SETTLE);
            }
        }
    }

    /// Nobody knows whether the part is live. The platform is asked when its effect must have appeared.
    pub(super) fn lose(&mut self, delivery: usize, part: usize, not_before: i64) {
        let own = &mut self.deliveries[delivery];
        own.parts[part].state = State::Unconfirmed;
        if let Some(attempt) = &mut own.parts[part].attempt {
            attempt.outcome = Some(Certainty::MaybeSent);
            own.run_at = Some(attempt.ask_from.max(not_before));
        }
        own.why = Some(Why::Other);
        self.tell("post.unconfirmed", delivery, Some(part));
    }

    /// Whether a hand still holds its delivery: nobody has taken it over, and it was not given back.
    pub(super) fn holds(&self, hand: &Hand) -> bool {
        let delivery = &self.deliveries[hand.delivery];
        delivery.fence == hand.fence
            && delivery.lease.as_ref().is_some_and(|lease| lease.worker == hand.worker)
    }

    fn extend(&mut self, delivery: usize, hold: i64) {
        let now = self.wall;
        // Never shortened: the deadline of a request lies within it.
        if let Some(lease) = &mut self.deliveries[delivery].lease
            && lease.until < now + hold
        {
            (lease.until, lease.granted) = (now + hold, now);
        }
    }

    pub(super) fn renew(&mut self, hand: usize, hold: i64) -> (Call, Answer) {
        let own = self.hands[&hand].clone();
        let answer = if self.holds(&own) {
            self.extend(own.delivery, hold);
            Answer::Done
        } else {
            Answer::Refused("lease.lost")
        };
        (Call::Renew { hand, hold }, answer)
    }

    pub(super) fn checkpoint(&mut self, hand: usize, name: u8) -> (Call, Answer) {
        let own = self.hands[&hand].clone();
        let value = self.log.len() as u64;
        let answer = if self.holds(&own) {
            self.deliveries[own.delivery].parts[own.part].checkpoints.insert(name, value);
            Answer::Done
        } else {
            Answer::Refused("lease.lost")
        };
        (Call::Checkpoint { hand, part: own.part, name, value }, answer)
    }

    /// Commits the intent, unless its time is over, sending is stopped, equal content of the account may be live, or another request of it is in flight.
    pub(super) fn begin(&mut self, hand: usize) -> (Call, Answer) {
        let own = self.hands[&hand].clone();
        (Call::Begin { hand, part: own.part }, self.begin_part(hand, &own))
    }

    fn begin_part(&mut self, number: usize, hand: &Hand) -> Answer {
        if !self.holds(hand) {
            return Answer::Refused("lease.lost");
        }
        if let Some(refused) = self.out_of_turn(hand.delivery, hand.part) {
            return refused;
        }
        let delivery = &self.deliveries[hand.delivery];
        if delivery.parts[hand.part].state != State::Waiting {
            return Answer::Refused("part.state");
        }
        if delivery.expires.is_some_and(|end| end <= self.wall) {
            return Answer::Expired;
        }
        if !self.accounts[delivery.account].active {
            return Answer::NotActive;
        }
        if self.is_stopped() {
            return Answer::Stopped;
        }
        let (account, text) = (delivery.account, &delivery.parts[hand.part].text);
        let of_account = |at: &usize| self.deliveries[*at].account == account;
        let others: Vec<usize> = (0..self.deliveries.len()).filter(of_account).collect();
        let equal = others.iter().find(|at| {
            let parts = &self.deliveries[**at].parts;
            parts.iter().any(|part| part.text == *text && part.state.is_unresolved())
        });
        if let Some(equal) = equal {
            return Answer::Equal(*equal);
        }
        let flying = others.iter().any(|at| {
            let other = &self.deliveries[*at];
            let live = other.lease.as_ref().is_some_and(|lease| lease.until > self.wall);
            *at != hand.delivery && live && other.any(State::Sending)
        });
        if flying {
            return Answer::Refused("account.in_flight");
        }
        let now = self.wall;
        self.extend(hand.delivery, LEASE);
        let deadline =
            self.deliveries[hand.delivery].expires.map_or(now + TIMEOUT, |end| end.min(now + TIMEOUT));
        let part = &mut self.deliveries[hand.delivery].parts[hand.part];
        let doubtful = part.attempt.as_ref().filter(|earlier| earlier.is_doubtful());
        let since = doubtful.map_or(now, |earlier| earlier.since.min(now - 1));
        part.state = State::Sending;
        part.attempts += 1;
        part.looks = 0;
        part.attempt = Some(Attempt {
            number: part.attempts,
            fence: hand.fence,
            began: now,
            since,
            deadline,
            ask_from: deadline + SETTLE,
            outcome: None,
        });
        self.tell("post.attempted", hand.delivery, Some(hand.part));
        if let Some(hand) = self.hands.get_mut(&number) {
            hand.deadline = Some(self.mono + deadline - now);
        }
        Answer::Done
    }

    /// Each part answers the one before it: none is decided on before its turn, and none after it is final.
    pub(super) fn out_of_turn(&self, delivery: usize, part: usize) -> Option<Answer> {
        let delivery = &self.deliveries[delivery];
        match delivery.turn() {
            Some(turn) if turn < part => Some(Answer::Refused("part.order")),
            Some(turn) if turn == part => None,
            _ => Some(Answer::Refused("part.state")),
        }
    }
}
