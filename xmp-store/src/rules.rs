//! What all stores here decide alike, beside the steps.

use std::collections::HashSet;

use jiff::Timestamp;
use serde_json::json;
use xmp_core::state::{DeliveryState, PartState};
use xmp_core::step::BlockAccount;
use xmp_core::{
    Account, AccountId, AccountState, Begun, Context, CorrelationId, Delivery, DeliveryId, Error, ErrorKind,
    Event, EventKind, Fingerprint, Lease, NewAccount, NewEvent, NewPost, Part, Post, PostId, RemoteId,
    Result, Secret, SecretKey, SendingStop, Spacing, StopScope, TenantId,
};

use crate::time::cut;

/// The field that an account's tokens are kept under.
pub(crate) const TOKENS: &str = SecretKey::TOKENS;

/// How many lapsed leases one claim frees, and how many posts it lets expire: the rest waits for the next, so that no
/// transaction grows long.
pub(crate) const SWEPT_AT_ONCE: usize = 64;

/// Who is behind an event.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) tenant: TenantId,
    pub(crate) correlation_id: CorrelationId,
    pub(crate) actor: String,
}

impl Origin {
    /// A call.
    pub(crate) fn call(ctx: &Context) -> Self {
        Self {
            tenant: ctx.tenant().clone(),
            correlation_id: ctx.correlation_id(),
            actor: ctx.actor().to_owned(),
        }
    }

    /// A worker, on behalf of the call that scheduled the post.
    pub(crate) fn worker(tenant: &TenantId, correlation_id: CorrelationId) -> Self {
        Self { tenant: tenant.clone(), correlation_id, actor: "worker".to_owned() }
    }

    pub(crate) fn seal(&self, event: NewEvent, sequence: u64, now: Timestamp) -> Event {
        event.seal(self.tenant.clone(), sequence, now, self.correlation_id, &self.actor)
    }
}

/// Where a delivery waits for a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Queue {
    /// To be published.
    Publish,
    /// To be looked for on its platform.
    Reconcile,
}

impl Queue {
    /// The queue of a delivery; `None` while it is worked on, and when nothing is left to do.
    pub(crate) fn of(delivery: &Delivery) -> Option<Self> {
        if delivery.run_at.is_none() || delivery.lease.is_some() {
            return None;
        }
        match delivery.state {
            DeliveryState::Scheduled | DeliveryState::Publishing => Some(Self::Publish),
            DeliveryState::Unconfirmed => Some(Self::Reconcile),
            _ => None,
        }
    }

    pub(crate) const fn asked(reconcile: bool) -> Self {
        if reconcile { Self::Reconcile } else { Self::Publish }
    }

    #[cfg(any(feature = "store-sqlite", feature = "store-postgres"))]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::Reconcile => "reconcile",
        }
    }
}

fn invalid(code: &'static str, message: String) -> Error {
    Error::new(ErrorKind::Validation, code, message)
}

/// Checks what doesn't need the store, and cuts times to what stores keep.
pub(crate) fn check_new(ctx: &Context, new: &mut NewPost) -> Result<()> {
    let post = &mut new.post;
    if post.tenant != *ctx.tenant() {
        return Err(invalid(
            "post.tenant",
            format!("{} belongs to the tenant {}, and the call to {}", post.id, post.tenant, ctx.tenant()),
        ));
    }
    if new.deliveries.is_empty() {
        return Err(invalid("post.no_accounts", format!("{} goes to no account", post.id)));
    }
    post.created_at = cut(post.created_at);
    post.due.at = cut(post.due.at);
    if let Some(expires) = &mut post.expires {
        expires.at = cut(expires.at);
    }
    let mut accounts = HashSet::new();
    let mut ids = HashSet::new();
    for delivery in &mut new.deliveries {
        if delivery.tenant != post.tenant || delivery.post != post.id {
            return Err(invalid(
                "delivery.post",
                format!("{} is not a delivery of {}", delivery.id, post.id),
            ));
        }
        if !accounts.insert(delivery.account) {
            return Err(invalid(
                "post.account_twice",
                format!("{} goes to {} twice", post.id, delivery.account),
            ));
        }
        let fresh = delivery.state == DeliveryState::Scheduled
            && delivery.lease.is_none()
            && delivery.run_at.is_some()
            && !delivery.parts.is_empty()
            && delivery.parts.iter().zip(0..).all(|(part, index)| {
                part.state == PartState::Waiting
                    && part.index == index
                    && part.attempt.is_none()
                    && part.published.is_none()
            });
        if !fresh {
            return Err(invalid(
                "delivery.not_new",
                format!(
                    "{} is not a new delivery: all its parts wait, in order, and it has a time",
                    delivery.id
                ),
            ));
        }
        if !ids.insert(delivery.id.to_string())
            || !delivery.parts.iter().all(|part| ids.insert(part.id.to_string()))
        {
            return Err(invalid("post.id_twice", format!("{} uses an id twice", post.id)));
        }
        delivery.due_at = cut(delivery.due_at);
        delivery.run_at = delivery.run_at.map(cut);
        delivery.expires_at = delivery.expires_at.map(cut);
    }
    for upload in &new.media {
        let found = Fingerprint::of([upload.bytes.as_ref()]);
        if found != upload.stored.hash {
            return Err(invalid(
                "media.hash",
                format!("the bytes of {} have the hash {found}", upload.stored.hash),
            ));
        }
    }
    Ok(())
}

/// The hashes that a delivery refers to.
pub(crate) fn media_used(delivery: &Delivery) -> impl Iterator<Item = Fingerprint> {
    let parts = delivery.parts.iter();
    let thumbs =
        |part: &Part| part.content.link.as_ref().and_then(|link| link.thumb.as_ref()).map(|it| it.hash);
    parts.flat_map(move |part| part.content.media.iter().map(|media| media.hash).chain(thumbs(part)))
}

/// The hashes that a post refers to and does not bring along.
pub(crate) fn media_at_hand(new: &NewPost) -> HashSet<Fingerprint> {
    let mut needed: HashSet<_> = new.deliveries.iter().flat_map(media_used).collect();
    for upload in &new.media {
        needed.remove(&upload.stored.hash);
    }
    needed
}

pub(crate) fn media_missing(post: PostId, hash: Fingerprint) -> Error {
    invalid("media.missing", format!("{post} needs the media {hash}, which is not stored and not given"))
}

/// Whether a delivery may go to the account that was found under its account's id.
pub(crate) fn check_target(delivery: &Delivery, account: Option<&Account>) -> Result<()> {
    let Some(account) = account else {
        return Err(no_account(delivery.account));
    };
    if account.platform == delivery.platform {
        return Ok(());
    }
    Err(invalid(
        "delivery.platform",
        format!("{} is an account on {}, not on {}", account.id, account.platform, delivery.platform),
    ))
}

/// What `schedule` says of a new delivery.
pub(crate) fn scheduled_event(post: &Post, delivery: &Delivery) -> NewEvent {
    let mut data = json!({ "due": delivery.due_at, "parts": delivery.parts.len() });
    if !post.labels.is_empty() {
        data["labels"] = json!(post.labels);
    }
    if let Some(campaign) = &post.campaign {
        data["campaign"] = json!(campaign);
    }
    NewEvent {
        kind: EventKind::PostScheduled,
        account: Some(delivery.account),
        post: Some(post.id),
        delivery: Some(delivery.id),
        part: None,
        data,
    }
}

/// The account as it is after it was connected, and what that was.
pub(crate) fn connected(
    tenant: &TenantId,
    existing: Option<Account>,
    new: NewAccount,
    now: Timestamp,
) -> (Account, NewEvent) {
    let kind = if existing.is_some() { EventKind::AccountReconnected } else { EventKind::AccountConnected };
    let mut account = existing.unwrap_or_else(|| Account {
        id: AccountId::new(now),
        tenant: tenant.clone(),
        platform: new.platform,
        app: new.app,
        remote_id: new.remote_id,
        handle: String::new(),
        state: AccountState::Active,
        scopes: Vec::new(),
        on_absent: xmp_core::OnAbsent::default(),
        blocked_until: None,
        spacing: Spacing::default(),
        paced_until: None,
        created_at: now,
    });
    let from = account.state;
    set_state(&mut account, AccountState::Active);
    account.handle = new.handle;
    account.scopes = new.scopes;
    account.on_absent = new.on_absent.unwrap_or(account.on_absent);
    let mut data = json!({ "platform": account.platform, "handle": account.handle });
    if kind == EventKind::AccountReconnected {
        data["from"] = json!(from);
    }
    let event = account_event(kind, account.id, data);
    (account, event)
}

/// Another state. An account that becomes active waits for nothing that it was told before.
pub(crate) fn set_state(account: &mut Account, to: AccountState) {
    account.state = to;
    if to == AccountState::Active {
        account.blocked_until = None;
    }
}

/// The events of another account state.
pub(crate) fn state_events(id: AccountId, from: AccountState, to: AccountState, why: &str) -> Vec<NewEvent> {
    let data = json!({ "from": from, "to": to, "why": why });
    let mut events = vec![account_event(EventKind::AccountState, id, data)];
    let told = match to {
        AccountState::NeedsConsent => Some(EventKind::AccountNeedsConsent),
        AccountState::Suspended => Some(EventKind::AccountSuspended),
        _ => None,
    };
    events.extend(told.map(|kind| account_event(kind, id, json!({ "why": why }))));
    events
}

fn account_event(kind: EventKind, id: AccountId, data: serde_json::Value) -> NewEvent {
    NewEvent { kind, account: Some(id), post: None, delivery: None, part: None, data }
}

/// Another spacing. What was found out under the one before is no longer true.
pub(crate) fn spaced(account: &mut Account, spacing: Spacing) -> Option<NewEvent> {
    if account.spacing == spacing {
        return None;
    }
    let data = json!({ "from": account.spacing, "to": spacing });
    account.spacing = spacing;
    account.paced_until = None;
    Some(account_event(EventKind::AccountSpacing, account.id, data))
}

/// Whether an account may publish at `now`, as far as its own state tells.
pub(crate) fn is_open(account: &Account, now: Timestamp) -> bool {
    let over = |until: Option<Timestamp>| until.is_none_or(|until| until <= now);
    account.state == AccountState::Active && over(account.blocked_until) && over(account.paced_until)
}

/// Until when an account's spacing keeps it from publishing, if it does. `sent` are the times of its posts, in order.
pub(crate) fn paced(account: &Account, sent: &[Timestamp], now: Timestamp) -> Option<Timestamp> {
    let opens = cut(account.spacing.opens_at(sent, now));
    (opens > now).then_some(opens)
}

/// Since when an account's posts matter for its spacing.
pub(crate) fn looked_back(account: &Account, now: Timestamp) -> Timestamp {
    now.saturating_sub(account.spacing.looks_back()).unwrap_or(Timestamp::MIN)
}

/// What a stop says to its tenant's log.
pub(crate) fn stop_event(kind: EventKind, scope: &StopScope, why: &str) -> NewEvent {
    let data = json!({ "scope": scope, "why": why });
    NewEvent { kind, account: None, post: None, delivery: None, part: None, data }
}

/// What keeps an intent from being committed that the delivery itself would allow.
pub(crate) fn refusal(
    delivery: &Delivery,
    account: AccountState,
    stops: &[SendingStop],
    now: Timestamp,
) -> Option<Begun> {
    if delivery.is_expired(now) {
        return Some(Begun::Expired);
    }
    if account != AccountState::Active {
        return Some(Begun::NotActive(account));
    }
    let stop = stops.iter().find(|stop| stop.scope.covers(&delivery.tenant, delivery.platform));
    stop.map(|stop| Begun::Stopped(stop.clone()))
}

/// An account is blocked until the latest moment that anybody was told: another answer doesn't shorten it.
pub(crate) fn blocked(until: Option<Timestamp>, block: &BlockAccount) -> Timestamp {
    let until = until.map_or(block.until, |earlier| earlier.max(block.until));
    cut(until)
}

pub(crate) fn check_secret(what: &str, value: &Secret) -> Result<()> {
    if value.is_empty() {
        return Err(invalid("secret.empty", format!("{what} is empty: an empty secret is never kept")));
    }
    Ok(())
}

pub(crate) fn secret_changed(key: &SecretKey, expected: u64, found: u64) -> Error {
    Error::new(
        ErrorKind::Conflict,
        "secret.changed",
        format!("the {} of {} has version {found}, not {expected}", key.field, key.account),
    )
    .hint("read it again: somebody else has replaced it")
}

pub(crate) fn consent_twice() -> Error {
    Error::new(ErrorKind::Conflict, "consent.twice", "a consent with this state is on its way already")
}

pub(crate) fn remote_id_taken(id: &RemoteId, owner: DeliveryId) -> Error {
    Error::new(
        ErrorKind::Conflict,
        "remote_id.taken",
        format!("the post {} belongs to {owner} already", id.as_str()),
    )
}

pub(crate) fn in_flight(account: AccountId, other: DeliveryId) -> Error {
    Error::new(
        ErrorKind::Conflict,
        "account.in_flight",
        format!("{other} has a visible request of {account} in flight"),
    )
    .hint("one at a time: try again when it is done")
}

/// Refuses what would have a consumer pass over what is still to happen.
pub(crate) fn check_place(sequence: u64, last: u64) -> Result<()> {
    if sequence <= last {
        return Ok(());
    }
    Err(invalid("consumer.beyond", format!("the log has not come to {sequence} yet"))
        .hint("acknowledge the sequence of an event that was read"))
}

fn not_found(code: &'static str, message: String) -> Error {
    Error::new(ErrorKind::NotFound, code, message)
}

pub(crate) fn no_account(id: AccountId) -> Error {
    not_found("account.unknown", format!("there is no account {id}"))
}

pub(crate) fn no_post(id: PostId) -> Error {
    not_found("post.unknown", format!("there is no post {id}"))
}

pub(crate) fn no_delivery(id: DeliveryId) -> Error {
    not_found("delivery.unknown", format!("there is no delivery {id}"))
}

pub(crate) fn no_media(hash: Fingerprint) -> Error {
    not_found("media.unknown", format!("there is no media of the hash {hash}"))
}

/// A worker's delivery is gone: then so is its lease.
pub(crate) fn lease_gone(lease: &Lease) -> Error {
    Error::new(ErrorKind::LeaseLost, "lease.lost", format!("{} is not there any more", lease.delivery))
}

/// Cuts the times that a step took from its caller.
pub(crate) fn cut_delivery(delivery: &mut Delivery) {
    for part in &mut delivery.parts {
        if let Some(published) = &mut part.published {
            published.at = published.at.map(cut);
        }
        for checkpoint in &mut part.checkpoints {
            checkpoint.expires_at = checkpoint.expires_at.map(cut);
        }
        if let Some(attempt) = &mut part.attempt {
            attempt.deadline = cut(attempt.deadline);
            attempt.confirm_after = cut(attempt.confirm_after);
        }
    }
    delivery.run_at = delivery.run_at.map(cut);
    delivery.due_at = cut(delivery.due_at);
    delivery.expires_at = delivery.expires_at.map(cut);
    if let Some(lease) = &mut delivery.lease {
        lease.until = cut(lease.until);
    }
}
