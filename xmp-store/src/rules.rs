//! What all stores here decide alike, beside the steps.

use std::collections::HashSet;

use jiff::Timestamp;
use serde_json::json;
use xmp_core::plan::{PlanChanges, PlanKind};
use xmp_core::state::{DeliveryState, PartState};
use xmp_core::step::BlockAccount;
use xmp_core::{
    Account, AccountId, AccountState, Approval, Begun, CalendarEntry, Context, CorrelationId, Delivery,
    DeliveryId, Error, ErrorKind, Event, EventKind, Fingerprint, Gate, Lease, MediaUpload, NewAccount,
    NewEvent, NewPost, Part, PartContent, Plan, PlanId, Post, PostEdit, PostFilter, PostId, PostView,
    RemoteId, Result, Secret, SecretKey, SendingStop, Spacing, StateCount, StopScope, TenantId,
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
            && delivery.run_at.is_some() == post.gate.is_open()
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
    new.media.iter().try_for_each(check_media)
}

/// The hashes that a delivery refers to.
pub(crate) fn media_used(delivery: &Delivery) -> impl Iterator<Item = Fingerprint> {
    delivery.parts.iter().flat_map(|part: &Part| media_of(&part.content))
}

/// The hashes that a piece refers to.
pub(crate) fn media_of(content: &PartContent) -> impl Iterator<Item = Fingerprint> {
    let thumb = content.link.as_ref().and_then(|link| link.thumb.as_ref()).map(|it| it.hash);
    content.media.iter().map(|media| media.hash).chain(thumb)
}

/// The hashes that a series refers to: they stay for as long as it is kept.
pub(crate) fn media_of_plan(plan: &Plan) -> Vec<Fingerprint> {
    match &plan.what {
        PlanKind::Series(series) => {
            series.template.targets.iter().flat_map(|target| &target.parts).flat_map(media_of).collect()
        }
        PlanKind::Queue(_) => Vec::new(),
    }
}

/// The hashes that a post refers to and does not bring along.
pub(crate) fn media_at_hand(new: &NewPost) -> HashSet<Fingerprint> {
    let mut needed: HashSet<_> = new.deliveries.iter().flat_map(media_used).collect();
    for upload in &new.media {
        needed.remove(&upload.stored.hash);
    }
    needed
}

pub(crate) fn media_missing(user: impl std::fmt::Display, hash: Fingerprint) -> Error {
    invalid("media.missing", format!("{user} needs the media {hash}, which is not stored and not given"))
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

/// What is said of a new post: of each of its deliveries, and of the queue that it takes a slot of.
pub(crate) fn scheduled_events(post: &Post, deliveries: &[Delivery]) -> Vec<NewEvent> {
    let mut events: Vec<_> = deliveries.iter().map(|delivery| scheduled_event(post, delivery)).collect();
    events.extend(queued_event(post));
    events
}

/// What is said of a post that has taken a slot of a queue.
pub(crate) fn queued_event(post: &Post) -> Option<NewEvent> {
    let place = post.place.as_ref().filter(|place| place.in_queue)?;
    let data = json!({ "queue": place.plan, "slot": place.slot, "due": post.due.at });
    Some(post_event(EventKind::PostQueueAdded, post.id, data))
}

/// What is said of a post that somebody has changed.
pub(crate) fn edited_event(post: &Post, edit: &PostEdit) -> NewEvent {
    let data = json!({ "revision": post.revision, "fields": edit.fields(), "due": post.due.at });
    post_event(EventKind::PostEdited, post.id, data)
}

fn post_event(kind: EventKind, id: PostId, data: serde_json::Value) -> NewEvent {
    NewEvent { kind, account: None, post: Some(id), delivery: None, part: None, data }
}

/// The approval of a post as it is; `None` where its gate is closed.
pub(crate) fn approval(
    origin: &Origin,
    post: &Post,
    gate: Gate,
    note: Option<&str>,
    now: Timestamp,
) -> Option<Approval> {
    gate.is_open().then(|| Approval {
        by: origin.actor.clone(),
        at: now,
        revision: post.revision,
        note: note.map(ToOwned::to_owned),
    })
}

/// Cuts the times of an edit to what stores keep, and checks what doesn't need the store.
pub(crate) fn check_edit(ctx: &Context, edit: &mut PostEdit) -> Result<()> {
    if let Some(due) = &mut edit.due {
        due.at = cut(due.at);
    }
    if let Some(Some(end)) = &mut edit.expires {
        end.at = cut(end.at);
    }
    for delivery in &mut edit.added {
        if delivery.tenant != *ctx.tenant() {
            return Err(invalid("post.tenant", format!("{} belongs to another tenant", delivery.id)));
        }
        delivery.due_at = cut(delivery.due_at);
        delivery.run_at = delivery.run_at.map(cut);
        delivery.expires_at = delivery.expires_at.map(cut);
    }
    edit.media.iter().try_for_each(check_media)
}

fn check_media(upload: &MediaUpload) -> Result<()> {
    let found = Fingerprint::of([upload.bytes.as_ref()]);
    if found == upload.stored.hash {
        return Ok(());
    }
    Err(invalid("media.hash", format!("the bytes of {} have the hash {found}", upload.stored.hash)))
}

/// Refuses an edit that would leave a post without any account, or send it to one twice.
pub(crate) fn check_targets(post: PostId, deliveries: &[Delivery], edit: &PostEdit) -> Result<()> {
    for added in &edit.added {
        if deliveries.iter().any(|own| own.account == added.account) {
            return Err(invalid("post.account_twice", format!("{post} goes to {} already", added.account)));
        }
    }
    for removed in edit.removed.iter().chain(edit.contents.iter().map(|(account, _)| account)) {
        if !deliveries.iter().any(|own| own.account == *removed) {
            return Err(invalid("post.account", format!("{post} does not go to {removed}")));
        }
    }
    Ok(())
}

pub(crate) fn no_plan(id: PlanId) -> Error {
    not_found("plan.unknown", format!("there is no series or queue {id}"))
}

/// Refuses to replace a plan that somebody else has changed since it was read.
pub(crate) fn check_plan(id: PlanId, expected: u64, found: u64) -> Result<()> {
    if expected == found {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Conflict,
        "plan.revision",
        format!("{id} has revision {found}, and the change was made to {expected}"),
    )
    .hint("somebody else has changed it meanwhile: read it again"))
}

/// What is said of a plan that is new, or has changed. A series that merely made its next posts says so by them.
pub(crate) fn plan_event(before: Option<&Plan>, after: &Plan) -> Option<NewEvent> {
    if before.is_some_and(|before| same_plan(before, after)) {
        return None;
    }
    let kind = match after.what {
        PlanKind::Series(_) => "series",
        PlanKind::Queue(_) => "queue",
    };
    let data = json!({
        "plan": after.id, "kind": kind, "name": after.name, "state": after.state, "revision": after.revision,
    });
    Some(NewEvent {
        kind: EventKind::PlanChanged,
        account: None,
        post: None,
        delivery: None,
        part: None,
        data,
    })
}

/// Checks what doesn't need the store of all that follows from a plan.
pub(crate) fn check_changes(ctx: &Context, plan: &Plan, changes: &mut PlanChanges) -> Result<()> {
    if plan.tenant != *ctx.tenant() {
        return Err(invalid("plan.tenant", format!("{} belongs to another tenant", plan.id)));
    }
    changes.media.iter().try_for_each(check_media)?;
    changes.new.iter_mut().try_for_each(|new| check_new(ctx, new))?;
    changes.edits.iter_mut().try_for_each(|(_, _, edit)| check_edit(ctx, edit))
}

/// Whether a delivery can be given another time: nothing of it was visible yet.
pub(crate) fn can_move(delivery: &Delivery) -> bool {
    delivery.state == DeliveryState::Scheduled
        && delivery.lease.is_none()
        && delivery.parts.iter().all(|part| part.state == PartState::Waiting)
}

/// How many deliveries that a filter means are in which state.
pub(crate) fn counted(filter: &PostFilter, views: &[PostView]) -> Vec<StateCount> {
    let all = || views.iter().flat_map(|view| &view.deliveries);
    let counts = DeliveryState::ALL.into_iter().map(|state| {
        let own = all().filter(|delivery| delivery.state == state && filter.fits_delivery(delivery));
        StateCount { state, count: own.count() as u64 }
    });
    counts.filter(|count| count.count > 0).collect()
}

/// Counts in the order of states.
#[cfg(any(feature = "store-sqlite", feature = "store-postgres"))]
pub(crate) fn in_order(counts: &mut [StateCount]) {
    counts.sort_by_key(|count| DeliveryState::ALL.iter().position(|state| *state == count.state));
}

/// The word of a plan's state.
#[cfg(any(feature = "store-sqlite", feature = "store-postgres"))]
pub(crate) const fn state_word(plan: &Plan) -> &'static str {
    match plan.state {
        xmp_core::plan::PlanState::Active => "active",
        xmp_core::plan::PlanState::Paused => "paused",
        xmp_core::plan::PlanState::Ended => "ended",
    }
}

/// What a calendar shows of a delivery.
pub(crate) fn calendar_entry(post: &Post, delivery: &Delivery) -> CalendarEntry {
    CalendarEntry {
        at: post.due.at,
        local: String::new(),
        account: delivery.account,
        post: Some(post.id),
        delivery: Some(delivery.id),
        state: Some(delivery.state),
        gate: post.gate,
        place: post.place.clone(),
        text: delivery.parts.first().map(|part| part.content.text.clone()).unwrap_or_default(),
    }
}

fn same_plan(before: &Plan, after: &Plan) -> bool {
    let what = match (&before.what, &after.what) {
        (PlanKind::Series(before), PlanKind::Series(after)) => {
            before.recurrence == after.recurrence
                && before.template == after.template
                && before.ends_before == after.ends_before
        }
        (before, after) => before == after,
    };
    what && before.name == after.name && before.state == after.state
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
