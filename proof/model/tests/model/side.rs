//! One store, and what its workers hold.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};
use xmp_core::{
    Account, AccountState, Begun, Checkpoint, ClaimRequest, Clock, Context, CorrelationId, Due, Error, Event,
    Lease, ManualClock, NewAccount, OnAbsent, PlatformId, PostFilter, RemoteId, Secret, Spacing, Store,
};
use xmp_proof_model::reference::{self as model, Answer, Call, LEASE, World};

use crate::translate::{self, Names, Reader, seconds};

pub(crate) struct Side {
    store: Arc<dyn Store>,
    ctx: Context,
    accounts: Vec<Account>,
    /// Its time when the reference begins.
    start: Timestamp,
    /// The last event that was looked at.
    seen: u64,
    /// The events since the beginning.
    log: Vec<model::Event>,
    names: Names,
    /// What workers hold, by the reference's numbers.
    leases: BTreeMap<usize, Lease>,
    next_hand: usize,
}

fn said<T>(result: Result<T, Error>) -> Answer {
    match result {
        Ok(_) => Answer::Done,
        Err(error) => Answer::Refused(error.code()),
    }
}

impl Side {
    pub(crate) async fn new(store: Arc<dyn Store>, start: Timestamp) -> Self {
        // The same in every store: what happens later is tied to it.
        let tied: CorrelationId = "0af7651916cd43dd8448eb211c80319c".parse().unwrap();
        let ctx = Context::default().correlated(tied);
        let mut accounts = Vec::new();
        for number in 0..World::default().accounts.len() {
            let new = NewAccount {
                platform: PlatformId::X,
                app: "app".to_owned(),
                remote_id: RemoteId::new(format!("account {number}")),
                handle: format!("account {number}"),
                scopes: vec![],
                on_absent: Some(OnAbsent::Hold),
            };
            accounts.push(store.connect(&ctx, new, Secret::new("tokens")).await.unwrap());
        }
        let seen = store.events(&ctx, 0, 100).await.unwrap().last().map_or(0, |event| event.sequence);
        let (log, names, leases) = (Vec::new(), Names::default(), BTreeMap::new());
        Self { store, ctx, accounts, start, seen, log, names, leases, next_hand: 0 }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.store.name()
    }

    fn due(&self, at: i64) -> Due {
        let at = self.start + jiff::SignedDuration::from_secs(at);
        Due::at(at)
    }

    fn at_hand(&self, hand: usize, part: usize) -> (&Lease, xmp_core::PartId) {
        let lease = &self.leases[&hand];
        (lease, translate::part_id(translate::delivery_number(lease.delivery), part))
    }

    /// Asks the store, and tells what it answered.
    pub(crate) async fn make(&mut self, call: &Call, clock: &ManualClock) -> Answer {
        let (store, ctx) = (self.store.clone(), self.ctx.clone());
        match *call {
            Call::Schedule { ref post, id, first } => {
                let new = translate::new_post(&ctx, &self.accounts, post, id, first, self.start, clock.now());
                match store.schedule(&ctx, new).await {
                    Ok(first) if first.replayed => {
                        Answer::Replayed(translate::post_number(first.view.post.id))
                    }
                    Ok(_) => Answer::Done,
                    Err(error) => Answer::Refused(error.code()),
                }
            }
            Call::Claim { worker, limit, reconcile } => {
                let request = ClaimRequest {
                    worker: translate::worker(worker),
                    lease_for: seconds(LEASE),
                    limit,
                    reconcile,
                    platforms: vec![PlatformId::X],
                };
                let mut claimed = Vec::new();
                for one in store.claim(&request).await.unwrap() {
                    claimed.push((translate::delivery_number(one.delivery.id), one.lease.fence));
                    self.leases.insert(self.next_hand, one.lease);
                    self.next_hand += 1;
                }
                Answer::Claimed(claimed)
            }
            Call::Renew { hand, hold } => said(store.renew(&self.leases[&hand], seconds(hold)).await),
            Call::Checkpoint { hand, part, name, value } => {
                let (lease, part) = self.at_hand(hand, part);
                let (name, value) = (name.to_string(), value.to_string());
                said(store.checkpoint(lease, part, Checkpoint { name, value, expires_at: None }).await)
            }
            Call::Begin { hand, part } => {
                let (lease, part) = self.at_hand(hand, part);
                match store.begin_attempt(lease, translate::new_attempt(part)).await {
                    Ok(Begun::EqualUnresolved(other)) => Answer::Equal(translate::delivery_number(other)),
                    Ok(Begun::Expired) => Answer::Expired,
                    Ok(Begun::Stopped(_)) => Answer::Stopped,
                    Ok(Begun::NotActive(_)) => Answer::NotActive,
                    other => said(other),
                }
            }
            Call::Conclude { hand, part, ref verdict } => {
                let (lease, part) = self.at_hand(hand, part);
                said(store.conclude(lease, part, translate::verdict(verdict)).await)
            }
            Call::Cancel { post } => said(store.cancel(&ctx, translate::post_id(post)).await),
            Call::Reschedule { post, due } => {
                said(store.reschedule(&ctx, translate::post_id(post), self.due(due)).await)
            }
            Call::PutBack { delivery } => said(store.put_back(&ctx, translate::delivery_id(delivery)).await),
            Call::Resolve { delivery, how, ref id } => {
                let resolution = translate::resolution(how, id);
                said(store.resolve(&ctx, translate::delivery_id(delivery), resolution).await)
            }
            Call::Account { account, active } => {
                let to = if active { AccountState::Active } else { AccountState::Paused };
                said(store.set_account_state(&ctx, self.accounts[account].id, to, "asked").await)
            }
            Call::Space { account, interval, per_hour } => {
                let min_interval = interval.map(seconds);
                let spacing = Spacing { min_interval, per_hour, ..Spacing::default() };
                said(store.set_spacing(&ctx, self.accounts[account].id, spacing).await)
            }
            Call::Stop { scope } => said(store.stop_sending(&ctx, translate::scope(scope), "asked").await),
            Call::Resume { scope } => said(store.resume_sending(&ctx, translate::scope(scope)).await),
            Call::Prune { keep_for } => {
                Answer::Forgotten(store.prune(seconds(keep_for), 1000).await.unwrap())
            }
        }
    }

    /// Everything that the store shows: in the words of the reference, and whole, for comparison with other stores.
    pub(crate) async fn look(&mut self) -> (Seen, Value) {
        let (store, ctx) = (&self.store, &self.ctx);
        let reader = Reader { accounts: &self.accounts, start: self.start };
        let views = store.posts(ctx, &PostFilter::default()).await.unwrap();
        let events = store.events(ctx, self.seen, 1000).await.unwrap();
        let mut deliveries: Vec<_> = views.iter().flat_map(|view| &view.deliveries).collect();
        deliveries.sort_by_key(|delivery| delivery.id);
        let (mut accounts, mut owned) = (Vec::new(), Vec::new());
        for account in &self.accounts {
            let account = store.account(ctx, account.id).await.unwrap();
            let since = |at: Option<Timestamp>| at.map(|at| at.duration_since(self.start).as_secs());
            let active = account.state == AccountState::Active;
            accounts.push((active, since(account.blocked_until), since(account.paced_until)));
            let ids = store.remote_ids(ctx.tenant(), account.id, Timestamp::UNIX_EPOCH).await.unwrap();
            owned.push(ids.iter().map(|id| id.as_str().to_owned()).collect());
        }
        self.log.extend(events.iter().map(|event| reader.event(event)));
        self.seen = events.last().map_or(self.seen, |event| event.sequence);
        let seen = Seen {
            deliveries: deliveries
                .into_iter()
                .map(|delivery| (delivery.state.to_string(), reader.delivery(delivery)))
                .collect(),
            accounts,
            owned,
            log: self.log.clone(),
        };
        let next_due = store.next_due(&[PlatformId::X]).await.unwrap();
        assert!(events.is_sorted_by(|one, next| one.sequence < next.sequence), "places in the log grow");
        // They grow with gaps, and each store has its own.
        let events: Vec<_> = events.into_iter().map(|event| Event { sequence: 0, ..event }).collect();
        let whole = json!({ "posts": views, "events": events, "next_due": next_due });
        (seen, self.names.plain(whole))
    }
}

/// Where two stores show something else, if they do.
pub(crate) fn difference(one: &Value, other: &Value) -> Option<String> {
    let within = |name: String, (one, other)| difference(one, other).map(|told| format!("{name}.{told}"));
    match (one, other) {
        (Value::Object(one), Value::Object(other)) if one.keys().eq(other.keys()) => {
            one.iter().find_map(|(name, value)| within(name.clone(), (value, &other[name])))
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            one.iter().zip(other).enumerate().find_map(|(at, pair)| within(at.to_string(), pair))
        }
        _ => (one != other).then(|| format!(": {one} and {other}")),
    }
}

/// What a store shows, in the words of the reference.
pub(crate) struct Seen {
    /// In one word, and whole.
    deliveries: Vec<(String, model::Delivery)>,
    accounts: Vec<(bool, Option<i64>, Option<i64>)>,
    owned: Vec<BTreeSet<String>>,
    log: Vec<model::Event>,
}

impl Seen {
    #[track_caller]
    pub(crate) fn compare(&self, world: &World, name: &str) {
        let kept = world.deliveries.iter().enumerate().filter(|(_, delivery)| !delivery.gone);
        for ((at, expected), seen) in kept.clone().zip(&self.deliveries) {
            let mut expected = model::Delivery { settled: None, ..expected.clone() };
            if let Some(lease) = &mut expected.lease {
                lease.granted = 0;
            }
            assert_eq!(*seen, (expected.word().to_owned(), expected), "{name}: delivery {at}");
        }
        assert_eq!(self.deliveries.len(), kept.count(), "{name}: deliveries");
        let accounts: Vec<_> =
            world.accounts.iter().map(|account| (account.active, account.blocked, account.paced)).collect();
        assert_eq!(self.accounts, accounts, "{name}: accounts");
        // What was live stays known when its post is forgotten.
        let owned = |account| {
            let own = world.deliveries.iter().filter(move |delivery| delivery.account == account);
            own.flat_map(|delivery| &delivery.parts).filter_map(|part| part.published.clone()).collect()
        };
        let owned: Vec<_> = (0..world.accounts.len()).map(owned).collect();
        assert_eq!(self.owned, owned, "{name}: the posts that are owned");
        assert_eq!(self.log, world.log, "{name}: events");
    }
}
