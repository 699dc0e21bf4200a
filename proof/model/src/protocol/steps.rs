//! What can happen, and what it does.

use super::{
    Action, EVERY, Effect, Fact, Hand, Kept, LEASE, Protocol, SETTLE, Stand, TIMEOUT, TWO, Task, Worker,
    World,
};

impl Protocol {
    /// What can happen now.
    pub(super) fn possible(&self, world: &World, actions: &mut Vec<Action>) {
        if self.ticks(world) {
            actions.push(Action::Tick);
        }
        let lapsed = |post: &usize| world.posts[*post].lease == Some(0);
        actions.extend((0..TWO).filter(lapsed).map(Action::Recover));
        for (number, worker) in world.workers.iter().enumerate() {
            self.possible_for(world, number, worker, actions);
        }
        let hidden = world.effects.iter().filter(|effect| !effect.shown && !self.rules.blind);
        actions.extend(hidden.map(|effect| Action::Shows(effect.id)));
    }

    fn possible_for(&self, world: &World, number: usize, worker: &Worker, actions: &mut Vec<Action>) {
        if worker.stopped {
            actions.push(Action::GoesOn(number));
            return;
        }
        let Some(hand) = worker.hand else {
            let claimable = (0..TWO).filter(|post| self.claimable(world, *post));
            actions.extend(claimable.map(|post| Action::Claim(number, post)));
            return;
        };
        match hand.task {
            Task::Prepare => actions.push(Action::Begin(number)),
            Task::Send(left) => {
                actions.push(Action::TurnedAway(number));
                if left > 0 || !self.rules.deadline {
                    actions.extend([
                        Action::Answered(number),
                        Action::Unanswered(number),
                        Action::Lost(number),
                    ]);
                }
            }
            Task::Look => actions.push(Action::Look(number)),
            Task::Know(_) => actions.push(Action::Conclude(number)),
        }
        if world.troubles > 0 {
            actions.extend([Action::Dies(number), Action::Stops(number)]);
        }
    }

    /// Time goes by while somebody waits for it, but not past the moment at which something must have happened.
    fn ticks(&self, world: &World) -> bool {
        let overdue = |effect: &Effect| effect.within == 0 && !effect.shown && !self.rules.blind;
        let lapses =
            |at: usize| world.posts[at].lease.is_some_and(|left| left > 0) && !world.is_kept_alive(at);
        let asked = |post: &Kept| post.stand == Stand::Unconfirmed && post.lease.is_none() && post.ask_in > 0;
        let in_time = |worker: &Worker| matches!(worker.hand, Some(Hand { task: Task::Send(1..), .. }));
        !world.effects.iter().any(overdue)
            && ((0..TWO).any(lapses) || world.posts.iter().any(asked) || world.workers.iter().any(in_time))
    }

    fn claimable(&self, world: &World, at: usize) -> bool {
        let post = &world.posts[at];
        let busy = self.rules.one_in_flight && world.posts.iter().any(|other| other.lease.is_some());
        let due = match post.stand {
            Stand::Waiting => !self.equal_unresolved(world, at),
            Stand::Unconfirmed => post.ask_in == 0,
            _ => false,
        };
        due && post.lease.is_none() && !busy
    }

    /// Whether the other post says the same and may be live.
    pub(super) fn equal_unresolved(&self, world: &World, at: usize) -> bool {
        let unresolved =
            |post: &Kept| matches!(post.stand, Stand::Sending | Stand::Unconfirmed | Stand::Held);
        let mut others = world.posts.iter().enumerate().filter(|(other, _)| *other != at);
        self.equal && self.rules.equal_waits && others.any(|(_, other)| unresolved(other))
    }

    /// Does one thing.
    pub(super) fn take(&self, world: &mut World, action: Action) {
        match action {
            Action::Tick => world.tick(),
            Action::Recover(at) => self.recover(world, at),
            Action::Claim(number, at) => {
                let post = &mut world.posts[at];
                post.lease = Some(LEASE);
                let task = if post.stand == Stand::Waiting { Task::Prepare } else { Task::Look };
                world.workers[number].hand = Some(Hand { post: at, task, fence: true });
            }
            Action::Begin(number) => self.begin(world, number),
            Action::Answered(number) => {
                let id = world.send(number);
                world.learns(number, Fact::Live(id));
            }
            Action::Unanswered(number) => {
                world.send(number);
                world.learns(number, Fact::MaybeSent);
            }
            Action::Lost(number) => {
                world.note_stale(number);
                world.learns(number, Fact::MaybeSent);
            }
            Action::TurnedAway(number) => world.learns(number, Fact::NotSent),
            Action::Look(number) => {
                let fact = self.look(world, number);
                world.learns(number, fact);
            }
            Action::Conclude(number) => self.conclude(world, number),
            Action::Dies(number) => {
                world.troubles -= 1;
                world.workers[number] = Worker::default();
            }
            Action::Stops(number) => {
                world.troubles -= 1;
                world.workers[number].stopped = true;
            }
            Action::GoesOn(number) => world.workers[number].stopped = false,
            Action::Shows(id) => {
                let shown = world.effects.iter_mut().filter(|effect| effect.id == id);
                shown.for_each(|effect| effect.shown = true);
            }
        }
    }

    /// A lapsed lease is taken away: the fence grows, and what may have been sent is unconfirmed.
    fn recover(&self, world: &mut World, at: usize) {
        for hand in world.workers.iter_mut().filter_map(|worker| worker.hand.as_mut()) {
            hand.fence &= hand.post != at;
        }
        let post = &mut world.posts[at];
        post.lease = None;
        if post.stand == Stand::Sending {
            post.stand = Stand::Unconfirmed;
            post.ask_in = post.ask_in.max(self.settle());
        }
    }

    fn settle(&self) -> u8 {
        if self.rules.settle { SETTLE } else { 0 }
    }

    /// Whether the store refuses what a worker writes: somebody else has taken over.
    fn refused(&self, hand: Hand) -> bool {
        self.rules.fence && !hand.fence
    }

    fn begin(&self, world: &mut World, number: usize) {
        let Some(hand) = world.workers[number].hand.take() else { return };
        let equal = self.equal_unresolved(world, hand.post);
        let post = &mut world.posts[hand.post];
        if self.refused(hand) || post.stand != Stand::Waiting {
            return;
        }
        if equal {
            post.lease = None;
            return;
        }
        post.stand = Stand::Sending;
        post.attempts += 1;
        post.looks = 0;
        post.lease = Some(LEASE);
        post.ask_in = TIMEOUT + self.settle();
        world.workers[number].hand = Some(Hand { task: Task::Send(TIMEOUT), ..hand });
    }

    /// What the timeline shows of posts that say the same. What is known to be the other's is left out.
    fn look(&self, world: &World, number: usize) -> Fact {
        let Some(hand) = world.workers[number].hand else { return Fact::NotSeen };
        let owned = |id| world.posts.iter().any(|post| post.is == Some(id));
        let alike = |effect: &&Effect| self.equal || effect.post == hand.post;
        let shown = world.effects.iter().filter(|effect| effect.shown).filter(alike);
        let seen: Vec<u8> = shown.map(|effect| effect.id).filter(|id| !owned(*id)).collect();
        match seen[..] {
            [id] if self.rules.looks > 0 => Fact::Live(id),
            [_, ..] if self.rules.looks > 0 => Fact::Unclear,
            _ => Fact::NotSeen,
        }
    }

    fn conclude(&self, world: &mut World, number: usize) {
        let Some(hand) = world.workers[number].hand.take() else { return };
        let Task::Know(fact) = hand.task else { return };
        let taken = world.posts.iter().any(|post| matches!(fact, Fact::Live(id) if post.is == Some(id)));
        let post = &mut world.posts[hand.post];
        let known = matches!(post.stand, Stand::Published | Stand::Failed | Stand::Held);
        if known || self.refused(hand) {
            return;
        }
        post.lease = None;
        match fact {
            Fact::Live(id) if !taken => {
                post.stand = Stand::Published;
                post.is = Some(id);
            }
            Fact::NotSent if post.attempts < self.rules.attempts => post.stand = Stand::Waiting,
            // Nobody calls failed what may be live.
            Fact::NotSent if post.doubt => post.stand = Stand::Unconfirmed,
            Fact::NotSent => post.stand = Stand::Failed,
            Fact::MaybeSent => post.stand = Stand::Unconfirmed,
            Fact::Unclear => post.stand = Stand::Held,
            Fact::Live(_) | Fact::NotSeen => {
                post.looks += 1;
                if post.looks < self.rules.looks {
                    post.ask_in = EVERY;
                } else if self.rules.resend && post.attempts < self.rules.attempts {
                    post.stand = Stand::Waiting;
                    post.doubt = true;
                } else {
                    post.stand = Stand::Held;
                }
            }
        }
    }
}

impl World {
    /// Whether a post's lease is kept alive: its holder runs, and still works on it.
    fn is_kept_alive(&self, at: usize) -> bool {
        let holds = |hand: Hand| hand.post == at && hand.fence;
        self.workers.iter().any(|worker| !worker.stopped && worker.hand.is_some_and(holds))
    }

    fn tick(&mut self) {
        for at in 0..TWO {
            let alive = self.is_kept_alive(at);
            let post = &mut self.posts[at];
            post.lease = post.lease.map(|left| if alive { LEASE } else { left.saturating_sub(1) });
            post.ask_in = post.ask_in.saturating_sub(1);
        }
        for worker in &mut self.workers {
            if let Some(Hand { task: Task::Send(left), .. }) = &mut worker.hand {
                *left = left.saturating_sub(1);
            }
        }
        for effect in &mut self.effects {
            effect.within = effect.within.saturating_sub(1);
        }
    }

    fn learns(&mut self, number: usize, fact: Fact) {
        if let Some(hand) = &mut self.workers[number].hand {
            hand.task = Task::Know(fact);
        }
    }

    /// The last byte leaves.
    fn send(&mut self, number: usize) -> u8 {
        self.note_stale(number);
        let id = u8::try_from(self.effects.len()).unwrap_or(u8::MAX);
        if let Some(Hand { post, task: Task::Send(left), .. }) = self.workers[number].hand {
            self.effects.push(Effect { id, post, within: left + SETTLE, shown: false });
        }
        id
    }

    fn note_stale(&mut self, number: usize) {
        self.stale |= self.workers[number].hand.is_some_and(|hand| !hand.fence);
    }
}
