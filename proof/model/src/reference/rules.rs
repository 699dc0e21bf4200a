//! What keeps a post from being sent, or ends it: spacing, expiry, the emergency stop. And what is forgotten.

use super::{Answer, Attempt, Certainty, Delivery, State, Why, World};
use crate::op::Scope;

const HOUR: i64 = 3600;

impl Delivery {
    /// Its place in the queue: by when it was to run, and by a head start that its priority gives it. So nothing starves.
    pub(super) fn turn_in_queue(&self) -> Option<i64> {
        let head_start = [0, HOUR, 2 * HOUR, 24 * HOUR][usize::from(self.priority)];
        self.run_at.map(|at| at - head_start)
    }

    /// When it last asked its platform for something visible, unless that surely had no effect.
    fn sent(&self) -> Option<i64> {
        let attempts = self.parts.iter().filter_map(|part| part.attempt.as_ref());
        let sent = attempts.filter_map(|attempt| match attempt.outcome {
            Some(Certainty::NotSent | Certainty::Rejected) => {
                // One before it may be live.
                (attempt.since < attempt.began).then_some(attempt.since)
            }
            _ => Some(attempt.began),
        });
        sent.max()
    }
}

impl World {
    /// Whether an account's own state lets it publish.
    pub(super) fn is_open(&self, account: usize) -> bool {
        let account = &self.accounts[account];
        let over = |until: Option<i64>| until.is_none_or(|until| until <= self.wall);
        account.active && over(account.blocked) && over(account.paced)
    }

    pub(super) fn is_stopped(&self) -> bool {
        [Scope::All, Scope::Platform, Scope::Tenant].iter().any(|scope| self.stops.contains(scope))
    }

    /// Whether a delivery that is due has to wait for its account's spacing: so many posts within so long a time.
    pub(super) fn pace(&mut self, at: usize) -> bool {
        let (now, account) = (self.wall, self.deliveries[at].account);
        let rule = &self.accounts[account];
        // Its own earlier parts don't count, nor does what a clock far ahead has dated.
        let others = self
            .deliveries
            .iter()
            .enumerate()
            .filter(|(other, delivery)| *other != at && delivery.account == account && !delivery.gone);
        let looks_back = rule.interval.max(rule.per_hour.map(|_| HOUR)).unwrap_or(0);
        let sent = others.filter_map(|(_, delivery)| delivery.sent()).filter(|at| *at <= now + looks_back);
        let mut sent: Vec<i64> = sent.map(|at| at.min(now)).collect();
        sent.sort_unstable();
        let opens = |most: u32, window: i64| {
            let first = sent.iter().rev().nth(usize::try_from(most).unwrap_or(usize::MAX) - 1);
            first.map_or(now, |first| first + window)
        };
        let by_interval = rule.interval.map_or(now, |interval| opens(1, interval));
        let by_hour = rule.per_hour.map_or(now, |most| opens(most, HOUR));
        let until = by_interval.max(by_hour);
        if until <= now {
            return false;
        }
        self.accounts[account].paced = Some(until);
        let why = Some(Why::Snoozed("spacing"));
        if self.deliveries[at].why != why {
            self.deliveries[at].why = why;
            self.tell("post.snoozed", at, self.deliveries[at].turn());
        }
        true
    }

    /// What waits and was not sent in time ends, whatever its account's state.
    pub(super) fn expire(&mut self) {
        let over = |at: &usize| {
            let delivery = &self.deliveries[*at];
            delivery.is_to_publish() && delivery.expires.is_some_and(|end| end <= self.wall)
        };
        let mut over: Vec<usize> = (0..self.deliveries.len()).filter(over).collect();
        over.sort_by_key(|at| (self.deliveries[*at].expires, *at));
        for at in over {
            if let Some(part) = self.deliveries[at].turn() {
                self.end(at, part);
            }
        }
    }

    /// A part's time is over. What may be live is held instead: nobody calls that expired.
    pub(super) fn end(&mut self, at: usize, part: usize) {
        let delivery = &mut self.deliveries[at];
        delivery.run_at = None;
        if delivery.parts[part].attempt.as_ref().is_some_and(Attempt::is_doubtful) {
            delivery.parts[part].state = State::Held;
            delivery.why = Some(Why::Other);
            self.tell("post.held", at, Some(part));
            return;
        }
        delivery.why = None;
        for later in &mut delivery.parts[part..] {
            later.state = State::Expired;
        }
        self.tell("post.expired", at, Some(part));
    }

    pub(super) fn space(&mut self, at: usize, interval: Option<i64>, per_hour: Option<u32>) {
        let account = &mut self.accounts[at];
        if (account.interval, account.per_hour) != (interval, per_hour) {
            (account.interval, account.per_hour) = (interval, per_hour);
            account.paced = None;
            self.log.push(("account.spacing", None, Some(at)));
        }
    }

    pub(super) fn stop(&mut self, scope: Scope) -> Answer {
        if self.stops.insert(scope) {
            self.log.push(("sending.stopped", None, None));
        }
        Answer::Done
    }

    pub(super) fn resume(&mut self, scope: Scope) -> Answer {
        if self.stops.remove(&scope) {
            self.log.push(("sending.resumed", None, None));
        }
        Answer::Done
    }

    /// Forgets posts that are final on all accounts for long enough.
    pub(super) fn prune(&mut self, keep_for: i64) -> Answer {
        let old =
            |at: &usize| self.deliveries[*at].settled.is_some_and(|since| self.wall - since >= keep_for);
        let done = |post: &usize| !self.posts[*post].gone && self.posts[*post].deliveries.iter().all(old);
        let done: Vec<usize> = (0..self.posts.len()).filter(done).collect();
        for post in &done {
            self.posts[*post].gone = true;
            for at in self.posts[*post].deliveries.clone() {
                self.deliveries[at].gone = true;
            }
        }
        Answer::Forgotten(done.len())
    }
}
