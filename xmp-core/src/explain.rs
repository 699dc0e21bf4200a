//! Why a post has not been sent yet: pure.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::state::{DeliveryState, PartState};
use crate::{
    Account, AccountId, AccountState, AttemptRecord, Busy, Delivery, DeliveryId, PostId, SendingStop, Tally,
};

/// Why a delivery stands where it stands, and what comes next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Explanation {
    /// The post.
    pub post: PostId,
    /// Its way to one account.
    pub delivery: DeliveryId,
    /// That account.
    pub account: AccountId,
    /// Where it stands.
    pub state: DeliveryState,
    /// All of it in one sentence, in plain words.
    pub summary: String,
    /// What it waits for, or what became of it: what has no end of its own first, then what lasts longest. Empty if all of
    /// it is live.
    pub reasons: Vec<Reason>,
    /// When it is tried next, or asked about; `None` where that takes a person, or where nothing is left to do.
    pub next_at: Option<Timestamp>,
    /// The attempts to make it visible, in the order in which they began.
    pub tried: Vec<AttemptRecord>,
}

/// One thing that a delivery waits for, or that became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reason {
    /// What it is, for programs.
    pub code: ReasonCode,
    /// What it is, for people.
    pub text: String,
    /// Until when, where that is known.
    pub until: Option<Timestamp>,
}

/// What a delivery waits for, or what became of it. Later versions add codes: match with a `_` arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum ReasonCode {
    /// Its time: that has not come yet, or came just now.
    #[serde(rename = "due")]
    Due,
    /// An emergency stop.
    #[serde(rename = "stop")]
    Stop,
    /// A person, who has paused its account.
    #[serde(rename = "account.paused")]
    AccountPaused,
    /// The account's owner, who has to connect it again.
    #[serde(rename = "account.needs_consent")]
    AccountNeedsConsent,
    /// The platform, which has suspended its account.
    #[serde(rename = "account.suspended")]
    AccountSuspended,
    /// The end of what blocks its account: a limit of the platform's, or an outage.
    #[serde(rename = "account.blocked")]
    AccountBlocked,
    /// Another post of its account, which is being sent.
    #[serde(rename = "account.busy")]
    AccountBusy,
    /// The spacing of its account.
    #[serde(rename = "spacing")]
    Spacing,
    /// Its next try.
    #[serde(rename = "retry")]
    Retry,
    /// Something that counts no attempt: equal content whose fate is unknown, say.
    #[serde(rename = "snoozed")]
    Snoozed,
    /// The worker that has it.
    #[serde(rename = "leased")]
    Leased,
    /// The platform, which is asked whether it is live.
    #[serde(rename = "unconfirmed")]
    Unconfirmed,
    /// A person, who has to say whether it is live.
    #[serde(rename = "held")]
    Held,
    /// A worker: nothing else is in its way.
    #[serde(rename = "no_worker")]
    NoWorker,
    /// Nothing any more: its time was over.
    #[serde(rename = "expired")]
    Expired,
    /// Nothing any more: it can't be published.
    #[serde(rename = "failed")]
    Failed,
    /// Nothing any more: a person has cancelled it.
    #[serde(rename = "cancelled")]
    Cancelled,
}

/// What is known of a delivery at a moment.
#[derive(Clone, Debug)]
pub struct Standing<'a> {
    /// The delivery.
    pub delivery: &'a Delivery,
    /// Its account.
    pub account: &'a Account,
    /// The emergency stops in force, of all tenants.
    pub stops: &'a [SendingStop],
    /// What of its account is being worked on.
    pub busy: Option<Busy>,
    /// Its attempts.
    pub attempts: Vec<AttemptRecord>,
    /// The moment.
    pub now: Timestamp,
}

/// Says why a delivery stands where it stands, and what comes next.
#[must_use]
pub fn explain(standing: Standing<'_>) -> Explanation {
    let delivery = standing.delivery;
    let mut reasons = standing.reasons();
    // What ends by itself says when; what doesn't comes first.
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.until.unwrap_or(Timestamp::MAX)));
    let next_at = standing.next_at(&reasons);
    let texts: Vec<_> = reasons.iter().map(|reason| reason.text.as_str()).collect();
    let summary = match texts[..] {
        [] => sentence(&format!("all of it is live on {}", delivery.platform)),
        _ => sentence(&texts.join("; ")),
    };
    Explanation {
        post: delivery.post,
        delivery: delivery.id,
        account: delivery.account,
        state: delivery.state,
        summary,
        reasons,
        next_at,
        tried: standing.attempts,
    }
}

/// Begins with a capital, and ends with a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.trim_end_matches('.').chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

fn reason(code: ReasonCode, text: impl Into<String>, until: Option<Timestamp>) -> Reason {
    Reason { code, text: text.into(), until }
}

impl Standing<'_> {
    fn reasons(&self) -> Vec<Reason> {
        match self.delivery.state {
            DeliveryState::Scheduled | DeliveryState::Publishing if self.delivery.lease.is_none() => {
                self.in_the_way()
            }
            DeliveryState::Scheduled | DeliveryState::Publishing | DeliveryState::Sending => {
                self.leased().into_iter().collect()
            }
            DeliveryState::Unconfirmed => self.to_be_asked(),
            DeliveryState::Held => {
                let why = self.delivery.waiting.as_deref().unwrap_or("what became of it can't be known");
                vec![reason(ReasonCode::Held, format!("a person has to say whether it is live: {why}"), None)]
            }
            DeliveryState::Published => Vec::new(),
            DeliveryState::PartlyPublished
            | DeliveryState::Failed
            | DeliveryState::Cancelled
            | DeliveryState::Expired => self.ended(),
        }
    }

    /// Everything that keeps a delivery from being taken by a worker.
    fn in_the_way(&self) -> Vec<Reason> {
        let Self { delivery, account, now, .. } = *self;
        if delivery.is_expired(now) {
            let text = "its time is over: it is not sent any more";
            return vec![reason(ReasonCode::Expired, text, delivery.expires_at)];
        }
        let mut reasons: Vec<_> = self.stops().chain(self.account_state()).collect();
        let after_now = |at: Option<Timestamp>| at.filter(|at| *at > now);
        if let Some(until) = after_now(account.blocked_until) {
            let text = format!("all posts of its account wait until {until}: {}", self.why_blocked());
            reasons.push(reason(ReasonCode::AccountBlocked, text, Some(until)));
        }
        if let Some(until) = after_now(account.paced_until) {
            let text = format!("the spacing of its account lets the next post go at {until}");
            reasons.push(reason(ReasonCode::Spacing, text, Some(until)));
        }
        if let Some(busy) = self.busy.filter(|busy| busy.delivery != delivery.id) {
            let text = format!("its account sends one post at a time, and {} is on its way", busy.delivery);
            reasons.push(reason(ReasonCode::AccountBusy, text, Some(busy.lease.until)));
        }
        match after_now(delivery.run_at) {
            Some(at) => reasons.push(self.not_yet(at)),
            None if reasons.is_empty() => reasons.push(self.overdue("it is due")),
            None => {}
        }
        let ends = delivery.expires_at.filter(|end| self.earliest().is_some_and(|next| *end <= next));
        if let Some(end) = ends {
            let text = format!("its time is over at {end}, before it can be sent");
            reasons.push(reason(ReasonCode::Expired, text, Some(end)));
        }
        reasons
    }

    fn stops(&self) -> impl Iterator<Item = Reason> {
        let own = |stop: &&SendingStop| stop.scope.covers(&self.delivery.tenant, self.delivery.platform);
        self.stops.iter().filter(own).map(|stop| {
            let text = format!("{} has stopped sending ({}): {}", stop.actor, stop.scope, stop.why);
            reason(ReasonCode::Stop, text, None)
        })
    }

    fn account_state(&self) -> Option<Reason> {
        let handle = &self.account.handle;
        let (code, text) = match self.account.state {
            AccountState::Active => return None,
            AccountState::Paused => (ReasonCode::AccountPaused, format!("the account {handle} is paused")),
            AccountState::NeedsConsent => {
                let text = format!("the owner of the account {handle} has to connect it again");
                (ReasonCode::AccountNeedsConsent, text)
            }
            AccountState::Suspended => {
                let text = format!("{} has suspended the account {handle}", self.account.platform);
                (ReasonCode::AccountSuspended, text)
            }
        };
        Some(reason(code, text, None))
    }

    /// What blocks the account, where it was this delivery that met it.
    fn why_blocked(&self) -> &str {
        let own =
            self.delivery.waiting.as_deref().filter(|_| self.delivery.run_at == self.account.blocked_until);
        own.unwrap_or("a limit of the platform's is used up, or the platform can't be reached")
    }

    /// What waits for a time of its own.
    fn not_yet(&self, at: Timestamp) -> Reason {
        let error =
            self.delivery.current().filter(|part| part.attempts > 0).and_then(|part| part.error.as_ref());
        match (&self.delivery.waiting, error) {
            (None, _) if at <= self.delivery.due_at => {
                reason(ReasonCode::Due, format!("it is due at {at}"), Some(at))
            }
            (_, Some(error)) => {
                let text = format!("it is tried again at {at} ({})", error.message);
                reason(ReasonCode::Retry, text, Some(at))
            }
            (Some(why), None) => reason(ReasonCode::Snoozed, format!("it waits until {at}: {why}"), Some(at)),
            (None, None) => reason(ReasonCode::Retry, format!("it is tried again at {at}"), Some(at)),
        }
    }

    /// Nothing is in the way but workers.
    fn overdue(&self, what: &str) -> Reason {
        let since = self.delivery.run_at.unwrap_or(self.delivery.due_at);
        let late = self.now.duration_since(since);
        if late < SignedDuration::from_secs(Tally::OVERDUE_AFTER.into()) {
            return reason(ReasonCode::Due, format!("{what}, and a worker takes it at any moment"), None);
        }
        let text = format!(
            "{what} since {since}, and no worker has taken it: none runs that is set up for {}, or none keeps up",
            self.delivery.platform
        );
        reason(ReasonCode::NoWorker, text, None)
    }

    fn to_be_asked(&self) -> Vec<Reason> {
        let platform = self.delivery.platform;
        let mut reasons: Vec<_> = self.leased().into_iter().collect();
        let ask_at = self.delivery.run_at.filter(|at| *at > self.now);
        let text = match ask_at {
            Some(at) => format!("it may be live, and {platform} is asked at {at}"),
            None => format!("it may be live, and {platform} is asked"),
        };
        reasons.push(reason(ReasonCode::Unconfirmed, text, ask_at));
        if ask_at.is_none() && self.delivery.lease.is_none() {
            match self.busy.filter(|busy| busy.delivery != self.delivery.id) {
                Some(busy) => {
                    let text = format!("one post of its account at a time, and {} is first", busy.delivery);
                    reasons.push(reason(ReasonCode::AccountBusy, text, Some(busy.lease.until)));
                }
                None => reasons.extend(
                    Some(self.overdue("it is to be asked about"))
                        .filter(|own| own.code == ReasonCode::NoWorker),
                ),
            }
        }
        reasons
    }

    fn leased(&self) -> Option<Reason> {
        let lease = self.delivery.lease?;
        let what = match self.delivery.state {
            DeliveryState::Sending => "it is being sent",
            DeliveryState::Unconfirmed => "its platform is being asked",
            _ => "it is being got ready",
        };
        let text = if lease.until > self.now {
            format!("{what} by {}", lease.worker)
        } else {
            format!("{} has given no sign of life since it took it: another worker goes on", lease.worker)
        };
        Some(reason(ReasonCode::Leased, text, Some(lease.until)))
    }

    /// What became of the parts that are not live.
    fn ended(&self) -> Vec<Reason> {
        let parts = &self.delivery.parts;
        let live = parts.iter().filter(|part| part.published.is_some()).count();
        let some =
            if live > 0 { format!("{live} of {} parts are live; ", parts.len()) } else { String::new() };
        // The first of them says why: it took the others with it.
        let first = parts.iter().find(|part| part.published.is_none());
        let Some(state) = first.map(|part| part.state) else { return Vec::new() };
        let one = match state {
            PartState::Cancelled => {
                reason(ReasonCode::Cancelled, format!("{some}a person has cancelled it"), None)
            }
            PartState::Expired => {
                let text = format!("{some}it was not sent in time, and is not sent any more");
                reason(ReasonCode::Expired, text, None)
            }
            _ => {
                let error = first.and_then(|part| part.error.as_ref());
                let why = error.map_or("a person has given it up", |error| error.message.as_str());
                reason(ReasonCode::Failed, format!("{some}it is not tried any more: {why}"), None)
            }
        };
        vec![one]
    }

    /// The earliest that a worker may take it, as far as times tell.
    fn earliest(&self) -> Option<Timestamp> {
        let at = self.delivery.run_at?;
        Some(
            [self.account.blocked_until, self.account.paced_until]
                .into_iter()
                .flatten()
                .fold(at, Timestamp::max),
        )
    }

    fn next_at(&self, reasons: &[Reason]) -> Option<Timestamp> {
        use ReasonCode as R;
        let for_good = |code| {
            matches!(
                code,
                R::Stop
                    | R::AccountPaused
                    | R::AccountNeedsConsent
                    | R::AccountSuspended
                    | R::NoWorker
                    | R::Expired
            )
        };
        if self.delivery.state.is_settled() || reasons.iter().any(|own| for_good(own.code)) {
            return None;
        }
        let next = match (self.delivery.lease, self.delivery.state) {
            (Some(_), _) => Some(self.now),
            (None, DeliveryState::Unconfirmed) => self.delivery.run_at,
            (None, _) => self.earliest(),
        };
        next.map(|at| at.max(self.now))
    }
}

#[cfg(test)]
#[path = "explain_tests.rs"]
mod tests;
