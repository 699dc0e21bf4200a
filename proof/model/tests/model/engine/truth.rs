//! What is true: what took effect on the platform, and for what a person has answered.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use xmp_core::capability::{ConnectBy, Idempotency, TextRule};
use xmp_core::{
    Absence, Account, AccountStore, Capability, Clock, Context, Deadline, Event, EventKind, EventSink,
    FindQuery, Finding, ManualClock, Monotonic, NewAccount, OnAbsent, PartId, PlatformId, PublishedRef,
    RemoteId, Secret, Work,
};
use xmp_proof_model::contract;
use xmp_proof_model::op::Decision;
use xmp_proof_model::reference::{Certainty, Delivery, Live, SETTLE, State, TIMEOUT, World};
use xmp_store::MemoryStore;

use super::ops::now;
use super::platform::Script;
use crate::translate;

/// How far the platform's clock and the host's may be apart, in seconds, for a match, and for a doubt.
const SKEW: i64 = 60;
const FAR_SKEW: i64 = 3600;

/// A platform of which only the two times matter here.
pub(super) fn capability() -> Capability {
    Capability {
        connect_by: ConnectBy::Consent,
        text_rule: TextRule::XWeighted,
        text_limit: 280,
        text_bytes: None,
        link_length: None,
        media: Vec::new(),
        media_per_part: 0,
        alt_text_limit: 0,
        media_without_text: false,
        replies: true,
        quotes: false,
        link_cards: false,
        polls: None,
        visibilities: Vec::new(),
        sensitive: false,
        warnings: false,
        languages: false,
        thread_limit: 10,
        edit: false,
        delete: false,
        schedules: false,
        metrics: Vec::new(),
        timeline: true,
        idempotency: Idempotency::Observe,
        key_remembered: None,
        settle: translate::seconds(SETTLE),
        commit_timeout: translate::seconds(TIMEOUT),
        priced: Vec::new(),
    }
}

/// An effect, there or on its way.
#[derive(Clone, Debug)]
struct Effect {
    live: Live,
    text: String,
    /// When its last byte left, by the host's clock.
    left: i64,
}

#[derive(Default)]
struct Inner {
    accounts: Vec<Account>,
    scripts: Vec<Script>,
    effects: Vec<Effect>,
    /// Requests whose last byte may still leave, by account.
    open: Vec<(usize, u64, Deadline)>,
    requests: u64,
    /// Attempts that count.
    counted: BTreeMap<(usize, usize), u32>,
    /// Preparations that failed, and of which nobody has said yet whether they count.
    failed: BTreeSet<(usize, usize)>,
    /// Requests that their worker let go of before anything had left. They count nothing if it could still say so: a
    /// worker whose lease was taken can't.
    let_go: BTreeSet<(usize, usize)>,
    forgiven: BTreeMap<(usize, usize), usize>,
    vouched: BTreeSet<(usize, usize)>,
    broken: Vec<String>,
    mono: i64,
}

#[derive(Clone)]
pub(super) struct Truth {
    start: Timestamp,
    inner: Arc<Mutex<Inner>>,
}

/// Which part an id names, by its delivery and its place.
fn named(part: PartId) -> (usize, usize) {
    let number = translate::number(&part);
    (number / 16, number % 16)
}

/// Seconds on the clock that nobody sets.
fn mono(clock: &ManualClock) -> i64 {
    i64::try_from(clock.monotonic().since(Monotonic::from_start(Duration::ZERO)).as_secs()).unwrap()
}

impl Truth {
    pub(super) fn new(store: &MemoryStore, ctx: &Context, start: Timestamp) -> Self {
        let mut inner = Inner::default();
        for (number, rule) in World::default().accounts.iter().enumerate() {
            let new = NewAccount {
                platform: PlatformId::X,
                app: "app".to_owned(),
                remote_id: RemoteId::new(format!("account {number}")),
                handle: format!("account {number}"),
                scopes: vec![],
                on_absent: Some(if rule.resends { OnAbsent::Resend } else { OnAbsent::Hold }),
            };
            inner.accounts.push(now(store.connect(ctx, new, Secret::new("tokens"))).unwrap());
            inner.scripts.push(Script::default());
        }
        Self { start, inner: Arc::new(Mutex::new(inner)) }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    pub(super) fn start(&self) -> Timestamp {
        self.start
    }

    pub(super) fn since_start(&self, at: Timestamp) -> i64 {
        at.duration_since(self.start).as_secs()
    }

    pub(super) fn accounts(&self) -> Vec<Account> {
        self.inner().accounts.clone()
    }

    /// Says what comes next for an account.
    pub(super) fn script(&self, account: usize, say: impl FnOnce(&mut Script)) {
        say(&mut self.inner().scripts[account]);
    }

    pub(super) fn heal(&self) {
        self.inner().scripts.iter_mut().for_each(|script| *script = Script::default());
    }

    pub(super) fn next<T>(
        &self,
        account: &Account,
        next: impl FnOnce(&mut Script) -> Option<T>,
    ) -> Option<T> {
        let mut inner = self.inner();
        let at = inner.accounts.iter().position(|own| own.id == account.id).unwrap();
        next(&mut inner.scripts[at])
    }

    /// A preparation fails. Whether that counts is told by what follows.
    pub(super) fn failed(&self, part: PartId) {
        self.inner().failed.insert(named(part));
    }

    /// A request is turned away that counts nothing.
    pub(super) fn counts_not(&self, part: PartId) {
        *self.inner().counted.entry(named(part)).or_default() -= 1;
    }

    /// A request is let go of before anything has left.
    pub(super) fn lets_go(&self, part: PartId) {
        self.inner().let_go.insert(named(part));
    }

    /// A visible request is under way until this is dropped: one an account, as long as its last byte may leave.
    pub(super) fn flies(&self, work: &Work, deadline: Deadline, clock: &ManualClock) -> Flying {
        let mut inner = self.inner();
        let account = inner.accounts.iter().position(|own| own.id == work.account.id).unwrap();
        if inner.open.iter().any(|(other, _, until)| *other == account && !until.passed(clock)) {
            inner.broken.push(format!("two requests of account {account} are in flight"));
        }
        *inner.counted.entry(named(work.part)).or_default() += 1;
        inner.requests += 1;
        let number = inner.requests;
        inner.open.push((account, number, deadline));
        Flying { truth: self.clone(), number }
    }

    /// The last byte has left: it is live after so many seconds, and seen after some more.
    pub(super) fn effect(
        &self,
        work: &Work,
        deadline: Deadline,
        clock: &ManualClock,
        after: i64,
        hidden: i64,
    ) -> PublishedRef {
        let mut inner = self.inner();
        let account = inner.accounts.iter().position(|own| own.id == work.account.id).unwrap();
        let left = i64::try_from(deadline.left(clock).as_secs()).unwrap();
        let (now, ends) = (mono(clock), mono(clock) + left + SETTLE);
        let (delivery, part) = named(work.part);
        let id = format!("r{}", inner.effects.len());
        let landed = (now + after).min(ends);
        let (shown, beyond) = (landed + hidden, hidden > 0 && landed + hidden > ends);
        let live = Live { account, delivery, part, id: id.clone(), landed, shown, beyond };
        let left = self.since_start(clock.now());
        inner.effects.push(Effect { live, text: work.content.text.clone(), left });
        PublishedRef { remote_id: RemoteId::new(id), url: None, at: None }
    }

    pub(super) fn land(&self, clock: &ManualClock) {
        self.inner().mono = mono(clock);
    }

    /// What the platform tells: for certain, where it knows the post by its key; else what its timeline shows.
    pub(super) fn find(&self, query: &FindQuery, clock: &ManualClock) -> Finding {
        let inner = self.inner();
        let now = mono(clock);
        let account = inner.accounts.iter().position(|own| own.id == query.account.id).unwrap();
        let proves = World::default().accounts[account].proves;
        let within = |effect: &Effect, skew: i64| {
            let at = self.start + SignedDuration::from_secs(effect.live.landed);
            let (skew, settle) = (SignedDuration::from_secs(skew), SignedDuration::from_secs(SETTLE));
            (query.since - skew..=query.until + settle + skew).contains(&at)
        };
        let ours = |effect: &&Effect| {
            let live = &effect.live;
            let key = translate::part_id(live.delivery, live.part).to_string();
            let there = live.landed <= now && (proves || live.shown <= now);
            let fits =
                if proves { query.evidence.key == Some(key) } else { query.evidence.text == effect.text };
            live.account == account && there && fits && !query.taken.contains(&RemoteId::new(live.id.clone()))
        };
        let ours: Vec<&Effect> = inner.effects.iter().filter(ours).collect();
        let sure: Vec<&Effect> =
            ours.iter().copied().filter(|effect| proves || within(effect, SKEW)).collect();
        let id = |effect: &Effect| RemoteId::new(effect.live.id.clone());
        match sure[..] {
            [one] => Finding::Found(PublishedRef { remote_id: id(one), url: None, at: None }),
            [_, ..] => Finding::Ambiguous(sure.into_iter().map(id).collect()),
            [] if proves => Finding::Absent(Absence::Proof),
            [] if ours.iter().any(|effect| within(effect, FAR_SKEW)) => Finding::Ambiguous(Vec::new()),
            [] => Finding::Absent(Absence::Observed),
        }
    }

    /// A person has something sent again, whatever became of it.
    pub(super) fn sent_again(&self, at: usize, before: &Delivery) {
        let mut inner = self.inner();
        for (part, own) in before.parts.iter().enumerate() {
            if own.state != State::Published && own.state != State::Waiting {
                let live = inner.of(at, part).count();
                inner.forgiven.insert((at, part), live);
                inner.vouched.insert((at, part));
                inner.counted.remove(&(at, part));
            }
        }
    }

    /// A person has answered for all parts of a delivery.
    pub(super) fn vouch_for(&self, at: usize, parts: usize) {
        self.inner().vouched.extend((0..parts).map(|part| (at, part)));
    }

    /// Where a person says that a part is.
    pub(super) fn said_to_be(&self, at: usize, part: usize, how: Decision) -> String {
        let inner = self.inner();
        let own = |live: &&Live| (live.delivery, live.part) == (at, part);
        let mut lives = inner.effects.iter().map(|effect| &effect.live);
        let live = if how == Decision::Taken { lives.find(|live| !own(live)) } else { lives.find(own) };
        live.map_or_else(|| format!("by hand {at}"), |live| live.id.clone())
    }

    /// Whether what a store shows agrees with what is true, and with the contract.
    pub(super) fn check(&self, shown: &World) {
        let mut inner = self.inner();
        let inner = &mut *inner;
        let mut world = shown.clone();
        world.live = inner.effects.iter().map(|effect| effect.live.clone()).collect();
        world.forgiven.clone_from(&inner.forgiven);
        world.vouched.clone_from(&inner.vouched);
        world.broken.clone_from(&inner.broken);
        if let Err(broken) = contract::holds(&world) {
            panic!("the contract does not hold: {broken}");
        }
        for effect in &inner.effects {
            let delivery = &world.deliveries[effect.live.delivery];
            let over = delivery.expires.is_some_and(|end| effect.left >= end);
            assert!(!over, "{effect:?} was sent, and its time was over: {delivery:?}");
        }
        for (at, delivery) in world.deliveries.iter().enumerate() {
            for (place, part) in delivery.parts.iter().enumerate() {
                let name = (at, place);
                let outcome = part.attempt.as_ref().and_then(|attempt| attempt.outcome);
                if outcome.is_some() && inner.let_go.remove(&name) && outcome == Some(Certainty::NotSent) {
                    *inner.counted.entry(name).or_default() -= 1;
                }
                if inner.vouched.contains(&name) {
                    continue;
                }
                let counted = inner.counted.get(&name).copied().unwrap_or(0);
                assert_eq!(part.attempts, counted, "attempts of part {place} of delivery {at}: {part:?}");
                if let Some(id) = &part.published {
                    let alike = |effect: &&Effect| effect.live.id == *id && effect.text == part.text;
                    let live = inner.effects.iter().find(alike);
                    assert!(
                        live.is_some_and(|effect| effect.live.account == delivery.account),
                        "{id} is not {part:?}"
                    );
                }
            }
        }
    }
}

impl Inner {
    fn of(&self, delivery: usize, part: usize) -> impl Iterator<Item = &Live> {
        let lives = self.effects.iter().map(|effect| &effect.live);
        lives.filter(move |live| (live.delivery, live.part) == (delivery, part))
    }

    /// A part is to be sent again because nothing was seen of it. That is only wrong where the platform hid it.
    fn absent(&mut self, name: (usize, usize)) {
        let honest = self.of(name.0, name.1).any(|live| !live.beyond);
        if honest && !self.forgiven.contains_key(&name) {
            self.broken
                .push(format!("part {} of delivery {} was called absent, and is live", name.1, name.0));
        }
        let live = self.of(name.0, name.1).count();
        if live > 0 {
            self.forgiven.insert(name, live);
        }
    }
}

/// A request that is under way.
pub(super) struct Flying {
    truth: Truth,
    number: u64,
}

impl Drop for Flying {
    fn drop(&mut self) {
        self.truth.inner().open.retain(|(_, number, _)| *number != self.number);
    }
}

/// Hears what workers write down, as they do.
pub(super) struct Sink {
    truth: Truth,
}

impl Sink {
    pub(super) fn new(truth: Truth) -> Self {
        Self { truth }
    }
}

#[async_trait]
impl EventSink for Sink {
    async fn emit(&self, events: &[Event]) {
        let mut inner = self.truth.inner();
        for event in events {
            let Some(name) = event.part.map(named) else { continue };
            if event.data.get("absence").is_some() {
                inner.absent(name);
            }
            let counts = matches!(event.kind, EventKind::PostRetried | EventKind::PostFailed);
            if inner.failed.remove(&name) && counts {
                *inner.counted.entry(name).or_default() += 1;
            }
        }
    }
}
