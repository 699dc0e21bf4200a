//! What people do.

use super::{Answer, Call, Certainty, Delivery, State, World};
use crate::op::Decision;

impl World {
    /// Nobody changes a delivery under a worker's hands; and after a person has, no worker writes under its old fence.
    fn busy(&self, delivery: usize) -> bool {
        self.deliveries[delivery].lease.as_ref().is_some_and(|lease| lease.until > self.wall)
    }

    fn take(&mut self, delivery: usize) -> &mut Delivery {
        let delivery = &mut self.deliveries[delivery];
        delivery.lease = None;
        delivery.fence += 1;
        delivery.why = None;
        delivery
    }

    /// Asks something of all deliveries of a post: the first that refuses refuses for all.
    fn all_or_none(
        &self,
        post: usize,
        refuses: impl Fn(&Delivery) -> Option<&'static str>,
    ) -> Option<Answer> {
        if self.posts[post].gone {
            return Some(Answer::Refused("post.unknown"));
        }
        let busy = |at: &usize| self.busy(*at).then_some("delivery.busy");
        let code = |at: &usize| refuses(&self.deliveries[*at]).or_else(|| busy(at));
        self.posts[post].deliveries.iter().find_map(code).map(Answer::Refused)
    }

    pub(super) fn cancel(&mut self, post: usize) -> Answer {
        let refused = self.all_or_none(post, |delivery| {
            let unresolved = delivery.parts.iter().any(|part| part.state.is_unresolved());
            let fits = !unresolved && delivery.any(State::Waiting);
            (!fits).then_some("delivery.not_cancellable")
        });
        if let Some(refused) = refused {
            return refused;
        }
        for at in self.posts[post].deliveries.clone() {
            let delivery = self.take(at);
            delivery.run_at = None;
            let waiting: Vec<usize> = (0..delivery.parts.len())
                .filter(|part| delivery.parts[*part].state == State::Waiting)
                .collect();
            for part in waiting {
                self.deliveries[at].parts[part].state = State::Cancelled;
                self.vouched.insert((at, part));
            }
            self.tell("post.cancelled", at, None);
        }
        Answer::Done
    }

    pub(super) fn reschedule(&mut self, post: usize, due: i64) -> Answer {
        let refused = self.all_or_none(post, |delivery| {
            if delivery.parts.iter().any(|part| part.state != State::Waiting) {
                Some("delivery.not_reschedulable")
            } else {
                delivery.expires.filter(|end| *end <= due).map(|_| "due.expired")
            }
        });
        if let Some(refused) = refused {
            return refused;
        }
        self.posts[post].due = due;
        for at in self.posts[post].deliveries.clone() {
            let delivery = self.take(at);
            let moves = delivery.due != due;
            delivery.due = due;
            delivery.run_at = Some(due);
            if moves {
                self.tell("post.rescheduled", at, None);
            }
        }
        Answer::Done
    }

    pub(super) fn put_back(&mut self, at: usize) -> Answer {
        let delivery = &self.deliveries[at];
        if delivery.gone {
            return Answer::Refused("delivery.unknown");
        }
        let dead = |state| matches!(state, State::Failed | State::Cancelled | State::Expired);
        let unresolved = delivery.parts.iter().any(|part| part.state.is_unresolved());
        if unresolved || !delivery.parts.iter().any(|part| dead(part.state)) {
            return Answer::Refused("delivery.not_dead");
        }
        if self.busy(at) {
            return Answer::Refused("delivery.busy");
        }
        let now = self.wall;
        let delivery = self.take(at);
        delivery.run_at = Some(now);
        delivery.expires = None;
        let dead: Vec<usize> =
            (0..delivery.parts.len()).filter(|part| dead(delivery.parts[*part].state)).collect();
        for part in dead {
            self.again(at, part);
        }
        self.tell("post.put_back", at, None);
        Answer::Done
    }

    /// A person has a part sent again, whatever became of it.
    fn again(&mut self, at: usize, part: usize) {
        let own = &mut self.deliveries[at].parts[part];
        own.state = State::Waiting;
        own.attempts = 0;
        own.checkpoints.clear();
        self.forgive(at, part);
    }

    pub(super) fn resolve(&mut self, at: usize, how: Decision) -> (Call, Answer) {
        let part = self.deliveries[at].parts.iter().position(|part| part.state == State::Held);
        let id = self.said_to_be(at, part, how);
        let answer = self.resolve_part(at, part, how, &id);
        (Call::Resolve { delivery: at, how, id }, answer)
    }

    /// Where a person says that a part is.
    fn said_to_be(&self, at: usize, part: Option<usize>, how: Decision) -> String {
        let account = self.deliveries[at].account;
        let own = part.and_then(|part| self.lives(at, part).map(|live| live.id.clone()).next());
        let others = self.live.iter().filter(|live| live.account == account);
        let owned = others.map(|live| live.id.clone()).find(|id| self.is_owned(account, id));
        let id = if how == Decision::Taken { owned } else { own };
        id.unwrap_or_else(|| format!("by hand {at}"))
    }

    fn resolve_part(&mut self, at: usize, part: Option<usize>, how: Decision, id: &str) -> Answer {
        if self.deliveries[at].gone {
            return Answer::Refused("delivery.unknown");
        }
        let Some(part) = part else { return Answer::Refused("delivery.not_held") };
        if self.busy(at) {
            return Answer::Refused("delivery.busy");
        }
        let now = self.wall;
        match how {
            Decision::Live | Decision::Taken => {
                if self.is_owned(self.deliveries[at].account, id) {
                    return Answer::Refused("remote_id.taken");
                }
                self.take(at);
                self.publish(at, part, id);
            }
            Decision::Resend => {
                let own = self.take(at);
                own.run_at = Some(now);
                own.expires = None;
                self.again(at, part);
                self.deliveries[at].parts[part].settle(Certainty::NotSent);
                self.tell("post.put_back", at, Some(part));
            }
            Decision::Abandon => {
                let own = &mut self.take(at).parts[part];
                own.state = State::Failed;
                own.settle(Certainty::MaybeSent);
                self.stop_thread(at, part);
                self.vouched.insert((at, part));
                self.tell("post.failed", at, Some(part));
            }
        }
        Answer::Done
    }

    pub(super) fn set_account(&mut self, at: usize, active: bool) {
        let account = &mut self.accounts[at];
        if account.active == active {
            return;
        }
        account.active = active;
        if active {
            account.blocked = None;
        }
        self.log.push(("account.state", None, Some(at)));
    }
}
