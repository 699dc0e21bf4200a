//! What the store says, held against what the simulator saw: pure.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use xmp::{AccountId, Delivery, DeliveryState, Event, EventKind, OnAbsent, Part, PartState, PostView};
use xmp_sim::{LedgerEntry, RecordedRequest};

use crate::orders::{COMMIT, LEASE};
use crate::plan::{Plan, PlannedAccount};
use crate::tally::Tally;

/// A request that the platform keeps for longer may outlive its sender, and the sender's lease: then others go on.
const KEPT: Duration = Duration::from_secs(6);

/// What the judge knows when a round is over.
#[derive(Debug)]
pub struct Evidence<'a> {
    /// What was planned.
    pub plan: &'a Plan,
    /// The accounts' ids, in the plan's order.
    pub accounts: &'a [AccountId],
    /// The posts as the store has them, in the plan's order; `None` if it has none under that key.
    pub posts: &'a [Option<PostView>],
    /// What was really posted.
    pub ledger: &'a [LedgerEntry],
    /// What the platforms were asked.
    pub requests: &'a [RecordedRequest],
    /// What the store says has happened.
    pub events: &'a [Event],
    /// When the hosts' clock was set forward, in the platforms' time.
    pub jumps: &'a [Timestamp],
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offence {
    /// The post, by its place in the plan, if it is one's.
    pub post: Option<usize>,
    /// What, for people.
    pub what: String,
}

/// The judgement on a round.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// What became of the parts.
    pub tally: Tally,
    /// What is wrong.
    pub offences: Vec<Offence>,
}

/// Where a part ended.
#[derive(Clone, Debug, PartialEq, Eq)]
enum End {
    Published(String),
    Refused,
    Held,
    Stuck,
}

/// One part, with what the ledger knows it by.
struct Ended {
    post: usize,
    handle: String,
    text: String,
    end: End,
}

impl Evidence<'_> {
    /// Whether nothing is left to do but for people.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.ended().iter().all(|part| part.end != End::Stuck)
    }

    fn ended(&self) -> Vec<Ended> {
        let held = self.held();
        let mut all = Vec::new();
        for (post, view) in self.posts.iter().enumerate() {
            for delivery in view.iter().flat_map(|view| &view.deliveries) {
                let Some(account) = self.account(delivery) else { continue };
                let waits = waits_for_a_person(delivery, &held);
                all.extend(delivery.parts.iter().map(|part| Ended {
                    post,
                    handle: handle(account).to_owned(),
                    text: part.content.text.clone(),
                    end: end(part, waits),
                }));
            }
        }
        all
    }

    fn account(&self, delivery: &Delivery) -> Option<&PlannedAccount> {
        let index = self.accounts.iter().position(|id| *id == delivery.account)?;
        self.plan.accounts.get(index)
    }

    /// The texts, by account, that a person has to decide about: equal ones wait for it.
    fn held(&self) -> HashSet<(AccountId, String)> {
        let deliveries = self.posts.iter().flatten().flat_map(|view| &view.deliveries);
        deliveries
            .flat_map(|delivery| delivery.parts.iter().map(move |part| (delivery.account, part)))
            .filter(|(_, part)| part.state == PartState::Held)
            .map(|(account, part)| (account, part.content.text.clone()))
            .collect()
    }

    /// Judges.
    #[must_use]
    pub fn judge(&self) -> Verdict {
        let mut verdict = Verdict::default();
        let planned =
            self.plan.posts.iter().map(|post| post.texts.len() * post.accounts.len()).sum::<usize>();
        verdict.tally.posts = planned as u64;
        self.look_for_the_vanished(&mut verdict);
        let mut groups: BTreeMap<(String, String), Vec<Ended>> = BTreeMap::new();
        for ended in self.ended() {
            groups.entry((ended.handle.clone(), ended.text.clone())).or_default().push(ended);
        }
        let mut live: HashMap<(String, String), Vec<String>> = HashMap::new();
        for entry in self.ledger {
            live.entry((entry.account.clone(), entry.text.clone()))
                .or_default()
                .push(entry.remote_id.clone());
        }
        for (name, parts) in groups {
            let live = live.remove(&name).unwrap_or_default();
            verdict.count(parts, live);
        }
        for ((handle, text), ids) in live {
            verdict.tally.doubled += ids.len() as u64;
            verdict.accuse(None, format!("{handle} has {ids:?} that nobody scheduled: {text:?}"));
        }
        self.look_for_wrong_holds(&mut verdict);
        self.look_for_overlaps(&mut verdict);
        self.look_for_attempts_while_stopped(&mut verdict);
        verdict
    }

    fn look_for_the_vanished(&self, verdict: &mut Verdict) {
        for (index, planned) in self.plan.posts.iter().enumerate() {
            let expected = planned.texts.len() * planned.accounts.len();
            let view = self.posts.get(index).and_then(Option::as_ref);
            let found =
                view.map_or(0, |view| view.deliveries.iter().map(|delivery| delivery.parts.len()).sum());
            if found != expected {
                verdict.tally.lost += expected.abs_diff(found) as u64;
                verdict.accuse(Some(index), format!("the store has {found} of {expected} parts"));
            }
        }
    }

    /// What was not found is held where the account's policy says so, and where the platform proves nothing.
    fn look_for_wrong_holds(&self, verdict: &mut Verdict) {
        for (index, view) in self.posts.iter().enumerate() {
            for delivery in view.iter().flat_map(|view| &view.deliveries) {
                let Some(account) = self.account(delivery) else { continue };
                let why = delivery.waiting.as_ref().filter(|_| delivery.state == DeliveryState::Held);
                let by_policy = why.is_some_and(|why| why.contains("the account's policy is to hold"));
                if by_policy && (account.on_absent == OnAbsent::Resend || account.is_bluesky()) {
                    verdict.tally.held -= 1;
                    verdict.tally.stuck += 1;
                    verdict.accuse(Some(index), "held by a policy that the account doesn't have".to_owned());
                }
            }
        }
    }

    /// Two visible requests of one account at the same time, as the platform saw them.
    fn look_for_overlaps(&self, verdict: &mut Verdict) {
        let kept = SignedDuration::try_from(self.plan.tempo.on_clock(KEPT)).unwrap_or(SignedDuration::MAX);
        let mut by_account: BTreeMap<&str, Vec<&RecordedRequest>> = BTreeMap::new();
        for request in self.requests.iter().filter(|request| request.route.as_deref() == Some("posts.create"))
        {
            by_account.entry(request.account.as_deref().unwrap_or_default()).or_default().push(request);
        }
        for (account, mut requests) in by_account {
            requests.sort_by_key(|request| request.at);
            for pair in requests.windows(2) {
                let (first, second) = (pair[0], pair[1]);
                // Whoever hangs up has given up, and writes that down, before anybody else goes on.
                let end = first.left_at.into_iter().chain(first.done_at).min();
                let Some(end) = end.filter(|end| second.at < *end) else { continue };
                if end.duration_since(first.at) > kept || self.is_excused(first.at, end) {
                    continue;
                }
                verdict.tally.doubled += 1;
                verdict.accuse(
                    None,
                    format!(
                        "two requests of {account} were in flight at once: {} from {} to {end}, and {} from {}\n{}\n{}",
                        first.id, first.at, second.id, second.at, first.body, second.body
                    ),
                );
            }
        }
    }

    /// Nothing is begun on X between an emergency stop and its end: the store decides that in one transaction.
    fn look_for_attempts_while_stopped(&self, verdict: &mut Verdict) {
        let mut stopped = false;
        for event in self.events {
            match event.kind {
                EventKind::SendingStopped => stopped = true,
                EventKind::SendingResumed => stopped = false,
                EventKind::PostAttempted if stopped => {
                    let on_x =
                        |index: usize| self.plan.accounts.get(index).is_some_and(|it| !it.is_bluesky());
                    let index = self.accounts.iter().position(|id| Some(*id) == event.account);
                    if index.is_some_and(on_x) {
                        verdict.tally.doubled += 1;
                        verdict.accuse(None, format!("attempted while sending was stopped: {}", event.data));
                    }
                }
                _ => {}
            }
        }
    }

    /// A clock that is set forward by more than a lease, while a request is on its way, lets another worker go on early.
    fn is_excused(&self, from: Timestamp, to: Timestamp) -> bool {
        let before = self.plan.tempo.on_clock(COMMIT + LEASE);
        let from = SignedDuration::try_from(before).map_or(from, |before| from - before);
        self.jumps.iter().any(|jump| (from..=to).contains(jump))
    }
}

impl Verdict {
    fn accuse(&mut self, post: Option<usize>, what: String) {
        self.offences.push(Offence { post, what });
    }

    /// The parts of one account with one text, and the posts of that account with that text. Which of those that nobody
    /// owns belongs to which part can't be told; how many there may be can.
    fn count(&mut self, parts: Vec<Ended>, mut live: Vec<String>) {
        let (mut unresolved, mut last) = (0, None);
        for part in parts {
            last = Some(part.post);
            match part.end {
                End::Published(id) => match live.iter().position(|found| *found == id) {
                    Some(found) => {
                        live.remove(found);
                        self.tally.published += 1;
                    }
                    None => {
                        self.tally.lost += 1;
                        self.accuse(Some(part.post), format!("{id} is no post of its own: {:?}", part.text));
                    }
                },
                End::Refused => self.tally.refused += 1,
                End::Held => {
                    self.tally.held += 1;
                    unresolved += 1;
                }
                End::Stuck => {
                    self.tally.stuck += 1;
                    unresolved += 1;
                    self.accuse(Some(part.post), format!("neither final nor held: {:?}", part.text));
                }
            }
        }
        // Whatever nobody has resolved may be live, once.
        let beyond = live.len().saturating_sub(unresolved);
        if beyond > 0 {
            self.tally.doubled += beyond as u64;
            self.accuse(last, format!("live, and the store doesn't know: {live:?}"));
        }
    }
}

/// The handle as the ledger has it.
fn handle(account: &PlannedAccount) -> &str {
    account.handle.strip_prefix("bluesky:").unwrap_or(&account.handle)
}

/// Whether the rest of a delivery waits until a person has decided about it, or about equal content.
fn waits_for_a_person(delivery: &Delivery, held: &HashSet<(AccountId, String)>) -> bool {
    delivery.current().is_some_and(|part| match part.state {
        PartState::Held => true,
        PartState::Waiting => held.contains(&(delivery.account, part.content.text.clone())),
        _ => false,
    })
}

fn end(part: &Part, waits_for_a_person: bool) -> End {
    match (part.state, &part.published) {
        (PartState::Published, Some(published)) => End::Published(published.remote_id.as_str().to_owned()),
        (PartState::Failed, _) if part.error.is_some() => End::Refused,
        (PartState::Cancelled | PartState::Expired, _) => End::Refused,
        (PartState::Held, _) => End::Held,
        (PartState::Waiting, _) if waits_for_a_person => End::Held,
        _ => End::Stuck,
    }
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
