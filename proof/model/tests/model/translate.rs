//! The words of the reference in the words of the stores, and back.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};
use xmp_core::state::PartState;
use xmp_core::step::{NewAttempt, Resolution, Verdict, Waits};
use xmp_core::{
    Absence, Account, Certainty, Context, Delivery, DeliveryId, Due, Error, ErrorKind, ErrorRecord, Event,
    Evidence, Fingerprint, IdempotencyKey, NewPost, PartContent, PartId, PlatformId, Post, PostId, PostView,
    Prepared, Priority, PublishedRef, RemoteId, StopScope, TenantId, WorkerId,
};
use xmp_proof_model::op::{Decision, Scope};
use xmp_proof_model::reference::{self as model, LEASE, SETTLE, TIMEOUT, Why};

pub(crate) fn seconds(count: i64) -> std::time::Duration {
    std::time::Duration::from_secs(count.unsigned_abs())
}

/// An id that is the same in every run.
fn id<T: std::str::FromStr<Err = Error>>(prefix: &str, number: usize) -> T {
    format!("{prefix}_01890a5d000070008000{number:012x}").parse().unwrap()
}

pub(crate) fn worker(number: u8) -> WorkerId {
    id(WorkerId::PREFIX, usize::from(number))
}

pub(crate) fn post_id(number: usize) -> PostId {
    id(PostId::PREFIX, number)
}

pub(crate) fn delivery_id(number: usize) -> DeliveryId {
    id(DeliveryId::PREFIX, number)
}

/// A delivery has fewer than 16 parts.
pub(crate) fn part_id(delivery: usize, part: usize) -> PartId {
    id(PartId::PREFIX, delivery * 16 + part)
}

/// The number that [`id`] wrote.
pub(crate) fn number(id: &impl ToString) -> usize {
    let text = id.to_string();
    usize::from_str_radix(&text[text.len() - 12..], 16).unwrap()
}

pub(crate) fn delivery_number(id: DeliveryId) -> usize {
    number(&id)
}

pub(crate) fn post_number(id: PostId) -> usize {
    number(&id)
}

/// A post as the engine hands it to a store. `first` is the number of its first delivery.
pub(crate) fn new_post(
    ctx: &Context,
    accounts: &[Account],
    post: &model::Post,
    number: usize,
    first: usize,
    start: Timestamp,
    now: Timestamp,
) -> NewPost {
    let at = start + seconds(post.due);
    let own = Post {
        id: post_id(number),
        tenant: ctx.tenant().clone(),
        key: IdempotencyKey::new(format!("key {}", post.key)).unwrap(),
        request: Fingerprint::of(post.texts.iter().map(String::as_bytes)),
        due: Due::at(at),
        expires: post.expires.map(|at| {
            let at = start + seconds(at);
            Due::at(at)
        }),
        priority: [Priority::Low, Priority::Normal, Priority::High, Priority::Urgent]
            [usize::from(post.priority)],
        labels: vec![],
        campaign: None,
        metadata: BTreeMap::new(),
        correlation_id: ctx.correlation_id(),
        actor: ctx.actor().to_owned(),
        created_at: now,
        gate: xmp_core::Gate::Open,
        approval: None,
        revision: 1,
        place: None,
    };
    let contents =
        || post.texts.iter().map(|text| PartContent { text: text.clone(), ..PartContent::default() });
    let mut deliveries = Vec::new();
    for account in &post.accounts {
        let mut delivery = Delivery::new(&own, &accounts[*account], contents());
        let number = first + deliveries.len();
        delivery.id = delivery_id(number);
        for (at, part) in delivery.parts.iter_mut().enumerate() {
            part.id = part_id(number, at);
        }
        deliveries.push(delivery);
    }
    NewPost { post: own, deliveries, media: vec![] }
}

pub(crate) fn new_attempt(part: PartId) -> NewAttempt {
    NewAttempt {
        part,
        prepared: Prepared { request: json!({ "text": "t" }), evidence: Evidence::default() },
        timeout: seconds(TIMEOUT),
        settle: seconds(SETTLE),
        lease_for: seconds(LEASE),
    }
}

fn failure() -> ErrorRecord {
    ErrorRecord::from(&Error::new(ErrorKind::Network, "test.network", "it broke"))
}

fn at(id: &str) -> PublishedRef {
    PublishedRef { remote_id: RemoteId::new(id), url: None, at: None }
}

pub(crate) fn verdict(verdict: &model::Verdict) -> Verdict {
    use model::Verdict as V;
    match *verdict {
        V::Published(ref id) => Verdict::Published(at(id)),
        V::Retry { after } => Verdict::Retry { error: failure(), after: seconds(after) },
        V::Snooze { why, after, account } => {
            let waits = if account { Waits::Limit } else { Waits::Post };
            Verdict::Snooze { why: why.to_owned(), after: seconds(after), waits }
        }
        V::Fail { certainty } => {
            let certainty = match certainty {
                model::Certainty::NotSent => Certainty::NotSent,
                model::Certainty::Sent => Certainty::Sent,
                model::Certainty::Rejected => Certainty::Rejected,
                model::Certainty::MaybeSent => Certainty::MaybeSent,
            };
            Verdict::Fail { error: ErrorRecord { certainty: Some(certainty), ..failure() } }
        }
        V::Unconfirmed => Verdict::Unconfirmed { error: failure() },
        V::LookAgain { after, unreadable } => {
            Verdict::LookAgain { after: seconds(after), error: unreadable.then(failure) }
        }
        V::Absent { proof, after } => {
            let absence = if proof { Absence::Proof } else { Absence::Observed };
            Verdict::Absent { absence, after: seconds(after) }
        }
        V::Expire => Verdict::Expire,
        V::Hold => Verdict::Hold { why: "unclear".to_owned(), candidates: vec![] },
        V::Yield => Verdict::Yield,
    }
}

pub(crate) fn scope(scope: Scope) -> StopScope {
    match scope {
        Scope::All => StopScope::All,
        Scope::Platform => StopScope::Platform(PlatformId::X),
        Scope::Tenant => StopScope::Tenant(TenantId::default()),
        Scope::OtherPlatform => StopScope::Platform(PlatformId::constant("other")),
        Scope::OtherTenant => StopScope::Tenant(TenantId::new("other").unwrap()),
    }
}

pub(crate) fn resolution(how: Decision, id: &str) -> Resolution {
    match how {
        Decision::Live | Decision::Taken => Resolution::Live(at(id)),
        Decision::Resend => Resolution::Resend,
        Decision::Abandon => Resolution::Abandon,
    }
}

/// What a store keeps, in the words of the reference.
pub(crate) struct Reader<'a> {
    pub(crate) accounts: &'a [Account],
    pub(crate) start: Timestamp,
}

impl Reader<'_> {
    fn since(&self, time: Timestamp) -> i64 {
        time.duration_since(self.start).as_secs()
    }

    fn account(&self, id: xmp_core::AccountId) -> usize {
        self.accounts.iter().position(|account| account.id == id).unwrap()
    }

    pub(crate) fn delivery(&self, delivery: &Delivery) -> model::Delivery {
        model::Delivery {
            post: post_number(delivery.post),
            account: self.account(delivery.account),
            priority: delivery.priority as u8,
            due: self.since(delivery.due_at),
            expires: delivery.expires_at.map(|at| self.since(at)),
            settled: None,
            gone: false,
            run_at: delivery.run_at.map(|at| self.since(at)),
            why: delivery.waiting.as_deref().map(|why| match why {
                "window" => Why::Snoozed("window"),
                "turn" => Why::Snoozed("turn"),
                "the account's spacing" => Why::Snoozed("spacing"),
                _ => Why::Other,
            }),
            lease: delivery.lease.as_ref().map(|lease| model::Lease {
                worker: u8::try_from(number(&lease.worker) % 256).unwrap(),
                until: self.since(lease.until),
                granted: 0,
            }),
            fence: delivery.fence,
            parts: delivery.parts.iter().map(|part| self.part(part)).collect(),
        }
    }

    pub(crate) fn post(&self, view: &PostView) -> model::Post {
        let (_, key) = view.post.key.as_str().split_once(' ').unwrap();
        model::Post {
            key: key.parse().unwrap(),
            accounts: view.deliveries.iter().map(|delivery| self.account(delivery.account)).collect(),
            texts: view.deliveries[0].parts.iter().map(|part| part.content.text.clone()).collect(),
            priority: view.post.priority as u8,
            due: self.since(view.post.due.at),
            expires: view.post.expires.as_ref().map(|expires| self.since(expires.at)),
            deliveries: view.deliveries.iter().map(|delivery| delivery_number(delivery.id)).collect(),
            gone: false,
        }
    }

    fn part(&self, part: &xmp_core::Part) -> model::Part {
        let names = part.checkpoints.iter();
        let kept = names.map(|kept| (kept.name.parse().unwrap(), kept.value.parse().unwrap()));
        model::Part {
            text: part.content.text.clone(),
            state: match part.state {
                PartState::Waiting => model::State::Waiting,
                PartState::Sending => model::State::Sending,
                PartState::Unconfirmed => model::State::Unconfirmed,
                PartState::Held => model::State::Held,
                PartState::Published => model::State::Published,
                PartState::Failed => model::State::Failed,
                PartState::Cancelled => model::State::Cancelled,
                PartState::Expired => model::State::Expired,
            },
            attempts: part.attempts,
            looks: part.looks,
            published: part.published.as_ref().map(|at| at.remote_id.as_str().to_owned()),
            checkpoints: kept.collect(),
            attempt: part.attempt.as_ref().map(|attempt| model::Attempt {
                number: attempt.number,
                fence: attempt.fence,
                began: self.since(attempt.began_at),
                since: self.since(attempt.since),
                deadline: self.since(attempt.deadline),
                ask_from: self.since(attempt.confirm_after),
                outcome: attempt.outcome.map(|outcome| match outcome {
                    Certainty::NotSent => model::Certainty::NotSent,
                    Certainty::Sent => model::Certainty::Sent,
                    Certainty::Rejected => model::Certainty::Rejected,
                    Certainty::MaybeSent => model::Certainty::MaybeSent,
                }),
            }),
        }
    }

    pub(crate) fn event(&self, event: &Event) -> model::Event {
        let about = match event.delivery {
            Some(_) => event.part.map(|part| number(&part) % 16),
            None => event.account.map(|id| self.account(id)),
        };
        (event.kind.as_str(), event.delivery.map(delivery_number), about)
    }
}

/// Names each random id by its first appearance: every store gives its own.
#[derive(Default)]
pub(crate) struct Names(BTreeMap<String, String>);

impl Names {
    pub(crate) fn plain(&mut self, value: Value) -> Value {
        match value {
            Value::String(text) if ["acc_", "att_", "evt_"].iter().any(|own| text.starts_with(own)) => {
                let next = format!("{}{}", &text[..4], self.0.len());
                Value::String(self.0.entry(text).or_insert(next).clone())
            }
            Value::Array(items) => items.into_iter().map(|item| self.plain(item)).collect(),
            Value::Object(fields) => {
                fields.into_iter().map(|(name, field)| (name, self.plain(field))).collect()
            }
            other => other,
        }
    }
}
