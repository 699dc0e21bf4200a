//! What may happen to workers, and what it does.

use proptest::prelude::*;
use xmp_core::{AccountState, Clock, PostFilter, StopScope};
use xmp_proof_model::op::{Decision, Wish};
use xmp_proof_model::reference::{Call, State, World};

use super::Engine;
use super::platform::{Commit, Prepare, Sight};
use crate::translate::{self, Reader};

/// One thing that happens.
#[derive(Clone, Debug)]
pub(super) enum Op {
    /// Somebody schedules a post.
    Schedule(Wish),
    /// The next preparation for an account ends so.
    Prepare {
        account: usize,
        how: Prepare,
    },
    /// The next visible request of an account ends so.
    Commit {
        account: usize,
        how: Commit,
    },
    /// The next look at an account's posts shows so much.
    Look {
        account: usize,
        how: Sight,
    },
    /// A worker does what is due, until it is done or hangs; one that hangs is told the answer first.
    Drive {
        crew: usize,
    },
    /// A worker is told to let go of everything; another one starts.
    Halt {
        crew: usize,
    },
    /// A worker's process is killed; another one starts.
    Kill {
        crew: usize,
    },
    Cancel {
        post: usize,
    },
    PutBack {
        delivery: usize,
    },
    Resolve {
        delivery: usize,
        how: Decision,
    },
    Account {
        account: usize,
        active: bool,
    },
    Stop {
        stop: bool,
    },
    Advance {
        seconds: u64,
    },
    Back {
        seconds: i64,
    },
}

pub(super) fn any() -> impl Strategy<Value = Op> {
    let account = 0usize..3;
    prop_oneof![
        4 => xmp_proof_model::op::wish().prop_map(Op::Schedule),
        2 => (account.clone(), super::platform::prepare()).prop_map(|(account, how)| Op::Prepare { account, how }),
        8 => (account.clone(), super::platform::commit()).prop_map(|(account, how)| Op::Commit { account, how }),
        2 => (account.clone(), super::platform::sight()).prop_map(|(account, how)| Op::Look { account, how }),
        12 => (0..super::CREWS).prop_map(|crew| Op::Drive { crew }),
        2 => (0..super::CREWS).prop_map(|crew| Op::Kill { crew }),
        1 => (0..super::CREWS).prop_map(|crew| Op::Halt { crew }),
        1 => (0usize..8).prop_map(|post| Op::Cancel { post }),
        1 => (0usize..8).prop_map(|delivery| Op::PutBack { delivery }),
        2 => (0usize..8, prop::sample::select(vec![
            Decision::Live, Decision::Taken, Decision::Resend, Decision::Abandon,
        ])).prop_map(|(delivery, how)| Op::Resolve { delivery, how }),
        1 => (account, prop::bool::weighted(0.7)).prop_map(|(account, active)| Op::Account { account, active }),
        1 => prop::bool::weighted(0.2).prop_map(|stop| Op::Stop { stop }),
        10 => prop_oneof![3 => 1u64..12, 3 => 12u64..45, 3 => 45u64..120, 1 => 3600u64..90_000]
            .prop_map(|seconds| Op::Advance { seconds }),
        1 => (1i64..1000).prop_map(|seconds| Op::Back { seconds }),
    ]
}

/// The store in memory never waits.
pub(super) fn now<T>(future: impl Future<Output = T>) -> T {
    futures_util::FutureExt::now_or_never(future).expect("the store in memory waits for nothing")
}

impl Engine {
    pub(super) fn take(&mut self, op: Op) {
        let (store, ctx) = (self.store.clone(), self.ctx.clone());
        match op {
            Op::Schedule(wish) => self.schedule(&wish),
            Op::Prepare { account, how } => {
                self.truth.script(account, |script| script.prepare.push_back(how));
            }
            Op::Commit { account, how } => self.truth.script(account, |script| script.commit.push_back(how)),
            Op::Look { account, how } => self.truth.script(account, |script| script.sight.push_back(how)),
            Op::Drive { crew } => self.crews[crew].drive(),
            Op::Halt { crew } => {
                self.crews[crew].halt();
                self.crews[crew] = self.crew();
            }
            Op::Kill { crew } => self.crews[crew] = self.crew(),
            Op::Cancel { post } => {
                let views = now(store.posts(&ctx, &PostFilter::default())).unwrap();
                if let Some(view) = views.get(post % views.len().max(1))
                    && now(store.cancel(&ctx, view.post.id)).is_ok()
                {
                    self.vouch_for(
                        view.deliveries.iter().map(|delivery| translate::delivery_number(delivery.id)),
                    );
                }
            }
            Op::PutBack { delivery } => {
                let id = translate::delivery_id(delivery);
                let before = self.world();
                if now(store.put_back(&ctx, id)).is_ok() {
                    self.truth.sent_again(delivery, &before.deliveries[delivery]);
                }
            }
            Op::Resolve { delivery, how } => self.resolve(delivery, how),
            Op::Account { account, active } => {
                let to = if active { AccountState::Active } else { AccountState::Paused };
                let id = self.truth.accounts()[account].id;
                now(store.set_account_state(&ctx, id, to, "asked")).unwrap();
            }
            Op::Stop { stop: true } => drop(now(store.stop_sending(&ctx, StopScope::All, "asked")).unwrap()),
            Op::Stop { stop: false } => drop(now(store.resume_sending(&ctx, StopScope::All)).unwrap()),
            Op::Advance { seconds } => self.advance(seconds),
            // A clock that is an hour off overlooks its own posts: see the contract.
            Op::Back { seconds } if self.back + seconds < 3000 => {
                self.back += seconds;
                self.clock.step_to(self.clock.now() - jiff::SignedDuration::from_secs(seconds));
            }
            Op::Back { .. } => {}
        }
    }

    fn schedule(&mut self, wish: &Wish) {
        let mut model = World { wall: self.truth.since_start(self.clock.now()), ..self.world() };
        let (Call::Schedule { post, id, first }, _) = model.schedule(wish) else { return };
        let (accounts, start) = (self.truth.accounts(), self.truth.start());
        let new = translate::new_post(&self.ctx, &accounts, &post, id, first, start, self.clock.now());
        // A key that was used for another post is refused.
        drop(now(self.store.schedule(&self.ctx, new)));
    }

    fn resolve(&mut self, delivery: usize, how: Decision) {
        let before = self.world();
        let Some(held) = before.deliveries.get(delivery) else { return };
        let part = held.parts.iter().position(|part| part.state == State::Held);
        let Some(part) = part else { return };
        let id = self.truth.said_to_be(delivery, part, how);
        let resolution = translate::resolution(how, &id);
        if now(self.store.resolve(&self.ctx, translate::delivery_id(delivery), resolution)).is_ok() {
            self.vouch_for([delivery]);
            if how == Decision::Resend {
                self.truth.sent_again(delivery, held);
            }
        }
    }

    fn vouch_for(&mut self, deliveries: impl IntoIterator<Item = usize>) {
        let world = self.world();
        for at in deliveries {
            self.truth.vouch_for(at, world.deliveries[at].parts.len());
        }
    }

    /// Nothing that people do keeps posts from being sent any more.
    pub(super) fn open(&mut self) {
        for account in self.truth.accounts() {
            now(self.store.set_account_state(&self.ctx, account.id, AccountState::Active, "asked")).unwrap();
        }
        now(self.store.resume_sending(&self.ctx, StopScope::All)).unwrap();
    }

    /// What the store shows, in the words of the reference.
    pub(super) fn world(&self) -> World {
        let accounts = self.truth.accounts();
        let reader = Reader { accounts: &accounts, start: self.truth.start() };
        let views = now(self.store.posts(&self.ctx, &PostFilter::default())).unwrap();
        let deliveries = views.iter().flat_map(|view| &view.deliveries);
        World {
            posts: views.iter().map(|view| reader.post(view)).collect(),
            deliveries: deliveries.map(|delivery| reader.delivery(delivery)).collect(),
            ..World::default()
        }
    }

    /// Whether all is settled, or waits for a person.
    pub(super) fn is_at_rest(&self) -> bool {
        let world = self.world();
        let held = |account, text: &str| {
            let own = world.deliveries.iter().filter(|delivery| delivery.account == account);
            own.flat_map(|delivery| &delivery.parts)
                .any(|part| part.state == State::Held && part.text == text)
        };
        world.deliveries.iter().all(|delivery| match delivery.turn() {
            None => true,
            Some(part) => {
                // Its equal is held: the person who decides about that decides when it goes on.
                held(delivery.account, &delivery.parts[part].text)
            }
        })
    }
}
