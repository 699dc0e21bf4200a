//! What a worker writes down, and what follows.

use super::{Answer, Call, Certainty, Hand, SETTLE, State, Why, World};
use crate::op::Nonsense;

/// What a worker has decided about a part.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the contract says what they are")]
pub enum Verdict {
    Published(String),
    Retry { after: i64 },
    Snooze { why: &'static str, after: i64, account: bool },
    Fail { certainty: Certainty },
    Unconfirmed,
    LookAgain { after: i64, unreadable: bool },
    Absent { proof: bool, after: i64 },
    Hold,
    Expire,
    Yield,
}

impl World {
    /// A worker writes down what it knows, and goes on with the thread, or lets go.
    pub(super) fn conclude_known(&mut self, hand: usize) -> Option<(Call, Answer)> {
        let own = self.hands[&hand].clone();
        let verdict = own.verdict.clone()?;
        let answer = self.conclude(&own, own.part, &verdict);
        let call = Call::Conclude { hand, part: own.part, verdict };
        if answer == Answer::Refused("remote_id.taken") {
            // Meanwhile it turned out to be another's: it looks again, without it.
            if let Some(hand) = self.hands.get_mut(&hand) {
                hand.verdict = Some(Verdict::LookAgain { after: super::world::EVERY, unreadable: true });
            }
        } else if answer == Answer::Done && self.holds(&own) {
            let turn = self.deliveries[own.delivery].turn();
            if let (Some(hand), Some(part)) = (self.hands.get_mut(&hand), turn) {
                *hand = Hand { part, deadline: None, verdict: None, reconciles: false, ..own };
            }
        } else {
            self.hands.remove(&hand);
        }
        Some((call, answer))
    }

    /// A verdict that can't be, by whoever still has something in hand. `None` where it could be after all.
    pub(super) fn wrong(&mut self, hand: usize, claim: Nonsense) -> Option<(Call, Answer)> {
        let own = self.hands[&hand].clone();
        let parts = self.deliveries[own.delivery].parts.len();
        let (part, verdict) = match claim {
            Nonsense::Published => (own.part, Verdict::Published("nowhere".to_owned())),
            Nonsense::Retry => (own.part, Verdict::Retry { after: 0 }),
            Nonsense::Unconfirmed => (own.part, Verdict::Unconfirmed),
            Nonsense::LookAgain => (own.part, Verdict::LookAgain { after: 0, unreadable: false }),
            Nonsense::Absent => (own.part, Verdict::Absent { proof: true, after: 0 }),
            Nonsense::Hold => (own.part, Verdict::Hold),
            Nonsense::Yield => (own.part, Verdict::Yield),
            Nonsense::OutOfTurn => ((own.part + 1) % parts, Verdict::Published("nowhere".to_owned())),
        };
        let refused = self.refusal(&own, part, &verdict)?;
        Some((Call::Conclude { hand, part, verdict }, refused))
    }

    /// Why a verdict can't be written down.
    fn refusal(&self, hand: &Hand, part: usize, verdict: &Verdict) -> Option<Answer> {
        if !self.holds(hand) {
            return Some(Answer::Refused("lease.lost"));
        }
        if let Some(refused) = self.out_of_turn(hand.delivery, part) {
            return Some(refused);
        }
        let state = self.deliveries[hand.delivery].parts[part].state;
        let possible = match verdict {
            Verdict::Published(_) => matches!(state, State::Sending | State::Unconfirmed),
            Verdict::Retry { .. } => matches!(state, State::Waiting | State::Sending),
            Verdict::Unconfirmed => state == State::Sending,
            Verdict::LookAgain { .. } | Verdict::Absent { .. } => state == State::Unconfirmed,
            Verdict::Expire => state == State::Waiting,
            Verdict::Hold => matches!(state, State::Waiting | State::Unconfirmed),
            Verdict::Yield => state != State::Sending,
            Verdict::Snooze { .. } | Verdict::Fail { .. } => true,
        };
        if !possible {
            return Some(Answer::Refused("part.state"));
        }
        let Verdict::Published(id) = verdict else { return None };
        let account = self.deliveries[hand.delivery].account;
        self.is_owned(account, id).then_some(Answer::Refused("remote_id.taken"))
    }

    /// Whether a post on a platform is known to be some part's.
    pub(super) fn is_owned(&self, account: usize, id: &str) -> bool {
        // Also by one that is forgotten.
        let own = self.deliveries.iter().filter(|delivery| delivery.account == account);
        own.flat_map(|delivery| &delivery.parts).any(|part| part.published.as_deref() == Some(id))
    }

    /// Whether it was said before, under the same lease, where it was published.
    fn is_said_again(&self, hand: &Hand, part: usize, verdict: &Verdict) -> bool {
        let own = &self.deliveries[hand.delivery].parts[part];
        let Verdict::Published(id) = verdict else { return false };
        self.holds(hand)
            && own.published.as_deref() == Some(id)
            && own.attempt.as_ref().is_some_and(|attempt| attempt.fence == hand.fence)
    }

    pub(super) fn conclude(&mut self, hand: &Hand, part: usize, verdict: &Verdict) -> Answer {
        if self.is_said_again(hand, part, verdict) {
            return Answer::Done;
        }
        if let Some(refused) = self.refusal(hand, part, verdict) {
            return refused;
        }
        let (at, now) = (hand.delivery, self.wall);
        let delivery = &mut self.deliveries[at];
        let waited_for = delivery.why.take();
        let own = &mut delivery.parts[part];
        let sending = own.state == State::Sending;
        match verdict {
            Verdict::Published(id) => {
                self.publish(at, part, id);
                if self.deliveries[at].turn().is_some() {
                    return Answer::Done;
                }
            }
            Verdict::Retry { after } => {
                if sending {
                    own.back_to_waiting(Certainty::NotSent);
                } else {
                    own.attempts += 1;
                }
                delivery.why = Some(Why::Other);
                delivery.run_at = Some(now + after);
                self.tell("post.retried", at, Some(part));
            }
            Verdict::Snooze { why, after, account } => {
                if sending {
                    own.back_to_waiting(Certainty::NotSent);
                    own.attempts -= 1;
                }
                delivery.run_at = Some(now + after);
                delivery.why = Some(Why::Snoozed(why));
                if *account {
                    let blocked = &mut self.accounts[delivery.account].blocked;
                    *blocked = (*blocked).max(Some(now + after));
                }
                // Told once for each reason, however long it lasts.
                if waited_for != Some(Why::Snoozed(why)) {
                    self.tell("post.snoozed", at, Some(part));
                }
                if *account {
                    self.tell("rate_limit.reached", at, Some(part));
                }
            }
            Verdict::Fail { certainty } => {
                if sending {
                    own.settle(*certainty);
                } else {
                    own.attempts += 1;
                }
                own.state = State::Failed;
                self.stop_thread(at, part);
                self.tell("post.failed", at, Some(part));
            }
            Verdict::Unconfirmed => self.lose(at, part, now + SETTLE),
            Verdict::LookAgain { after, unreadable } => {
                own.looks += u32::from(!unreadable);
                delivery.why = Some(Why::Other);
                delivery.run_at = Some(now + after);
            }
            Verdict::Absent { proof, after } => {
                own.state = State::Waiting;
                if *proof {
                    own.settle(Certainty::NotSent);
                }
                delivery.run_at = Some(now + after);
                self.absent(at, part);
                self.tell("post.retried", at, Some(part));
            }
            Verdict::Hold => {
                own.state = State::Held;
                delivery.run_at = None;
                delivery.why = Some(Why::Other);
                self.tell("post.held", at, Some(part));
            }
            Verdict::Expire => self.end(at, part),
            Verdict::Yield => {}
        }
        self.deliveries[at].lease = None;
        Answer::Done
    }

    /// A part is live; the next of its thread may follow at once.
    pub(super) fn publish(&mut self, delivery: usize, part: usize, id: &str) {
        let own = &mut self.deliveries[delivery];
        own.parts[part].state = State::Published;
        own.parts[part].published = Some(id.to_owned());
        own.parts[part].settle(Certainty::Sent);
        own.run_at = own.turn().map(|_| self.wall);
        self.tell("post.published", delivery, Some(part));
    }

    /// A part that will not be published takes the rest of its thread with it.
    pub(super) fn stop_thread(&mut self, delivery: usize, part: usize) {
        let own = &mut self.deliveries[delivery];
        for later in &mut own.parts[part + 1..] {
            later.state = State::Failed;
        }
        own.run_at = None;
    }
}

impl super::Part {
    pub(super) fn settle(&mut self, certainty: Certainty) {
        if let Some(attempt) = &mut self.attempt {
            attempt.outcome = Some(certainty);
        }
    }

    fn back_to_waiting(&mut self, certainty: Certainty) {
        self.state = State::Waiting;
        self.settle(certainty);
    }
}
