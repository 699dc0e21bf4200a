//! What speaks against a draft, as far as other posts of its accounts are concerned.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use xmp_core::state::DeliveryState;
use xmp_core::{
    Account, AccountId, Conflict, ConflictKind, ConflictOptions, Context, Draft, Due, Error, ErrorKind,
    IdempotencyKey, NewPost, OnConflict, PostFilter, PostId, PostView, Problem, Result, When, similarity,
};

use crate::Scheduler;
use crate::schedule::CheckedIn;

/// Two posts of an account within this time take the same slot.
const SLOT: Duration = Duration::from_secs(60);
/// How far ahead a free time is looked for, and how often.
const STEPS: usize = 1_000;
/// States in which a post is, or will be, seen.
const SEEN: [DeliveryState; 6] = [
    DeliveryState::Scheduled,
    DeliveryState::Sending,
    DeliveryState::Unconfirmed,
    DeliveryState::Held,
    DeliveryState::Publishing,
    DeliveryState::Published,
];

/// What came of scheduling with an eye on conflicts.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Settled {
    /// The post.
    pub view: PostView,
    /// What speaks against it at the time that it has.
    pub conflicts: Vec<Conflict>,
    /// When it was to be due, if it was moved.
    pub moved_from: Option<Timestamp>,
}

/// Another post of an account.
struct Other {
    id: PostId,
    at: Timestamp,
    text: String,
}

/// An account with its other posts, by when they are due.
struct Neighbours {
    account: Account,
    text: String,
    others: Vec<Other>,
}

impl Neighbours {
    fn times(&self) -> Vec<Timestamp> {
        self.others.iter().map(|other| other.at).collect()
    }

    /// What speaks against a time.
    fn of_time(&self, at: Timestamp) -> Option<(ConflictKind, Option<&Other>, String)> {
        let near = |other: &&Other| other.at.duration_since(at).unsigned_abs() < SLOT;
        if let Some(other) = self.others.iter().find(near) {
            let reason = format!("{} is due at {}, within the same minute", other.id, other.at);
            return Some((ConflictKind::Slot, Some(other), reason));
        }
        let mut times = self.times();
        let place = times.partition_point(|other| *other <= at);
        let opens = self.account.spacing.opens_at(&times[..place], at);
        if opens > at {
            let reason = format!("the spacing of {} lets it go at {opens}", self.account.id);
            return Some((
                ConflictKind::Spacing,
                place.checked_sub(1).map(|last| &self.others[last]),
                reason,
            ));
        }
        times.insert(place, at);
        let until = at.saturating_add(self.account.spacing.looks_back()).unwrap_or(Timestamp::MAX);
        for (index, later) in
            times.iter().enumerate().skip(place + 1).take_while(|(_, later)| **later <= until)
        {
            // One that would have to wait without this one too has nothing to do with it.
            let without: Vec<_> =
                times[..index].iter().enumerate().filter(|(own, _)| *own != place).map(|(_, t)| *t).collect();
            let spacing = &self.account.spacing;
            if spacing.opens_at(&times[..index], *later) > *later
                && spacing.opens_at(&without, *later) <= *later
            {
                let other = &self.others[index - 1];
                let reason =
                    format!("{} at {later} would have to wait for it, by the account's spacing", other.id);
                return Some((ConflictKind::Spacing, Some(other), reason));
            }
        }
        None
    }
}

impl Scheduler {
    /// What speaks against a draft, as far as other posts of its accounts are concerned. Keeps nothing. Another process may
    /// schedule something at the same moment: what is told is true when it is looked at.
    ///
    /// # Errors
    /// As [`schedule`](Self::schedule).
    pub async fn conflicts(
        &self,
        ctx: &Context,
        draft: &Draft,
        options: &ConflictOptions,
    ) -> Result<Vec<Conflict>> {
        let key = IdempotencyKey::new(PostId::new(self.clock.now()).to_string())?;
        let CheckedIn::New(new) = self.check_in(ctx, draft, key, &self.store).await? else {
            return Ok(Vec::new());
        };
        let neighbours = self.neighbours(ctx, &new, options).await?;
        Ok(self.told(&neighbours, new.post.due.at, options))
    }

    /// Schedules a draft with an eye on the other posts of its accounts: conflicts are told, refused, or moved away from.
    ///
    /// # Errors
    /// As [`schedule`](Self::schedule); [`Conflict`](ErrorKind::Conflict) with the code `post.conflicts` and every conflict as a
    /// problem, if it is to be refused.
    pub async fn schedule_with(
        &self,
        ctx: &Context,
        draft: &Draft,
        key: IdempotencyKey,
        options: &ConflictOptions,
    ) -> Result<Settled> {
        let mut new = match self.check_in(ctx, draft, key, &self.store).await? {
            CheckedIn::Known(view) => {
                return Ok(Settled { view: *view, conflicts: Vec::new(), moved_from: None });
            }
            CheckedIn::New(new) => *new,
        };
        let neighbours = self.neighbours(ctx, &new, options).await?;
        let asked = new.post.due.at;
        let mut conflicts = self.told(&neighbours, asked, options);
        let mut moved_from = None;
        if options.on_conflict == OnConflict::Move && conflicts.iter().any(|one| one.kind.is_of_time()) {
            let free = free(&neighbours, asked).ok_or_else(|| refused(&conflicts))?;
            move_to(&mut new, free);
            moved_from = Some(asked);
            conflicts = self.told(&neighbours, free, options);
        }
        if options.on_conflict != OnConflict::Report && !conflicts.is_empty() {
            return Err(refused(&conflicts));
        }
        let view = self.store.schedule(ctx, new).await?.view;
        self.tell();
        Ok(Settled { view, conflicts, moved_from })
    }

    async fn neighbours(
        &self,
        ctx: &Context,
        new: &NewPost,
        options: &ConflictOptions,
    ) -> Result<Vec<Neighbours>> {
        let mut neighbours = Vec::new();
        for delivery in &new.deliveries {
            let account = self.store.account(ctx, delivery.account).await?;
            let reach = options.window.max(account.spacing.looks_back()).max(SLOT);
            let at = new.post.due.at;
            let filter = PostFilter {
                account: Some(account.id),
                states: SEEN.to_vec(),
                due_from: at.saturating_sub(reach).ok(),
                // Further on, for a free time that lies behind others.
                due_before: at.saturating_add(reach * 2).ok(),
                limit: Some(usize::MAX),
                ..PostFilter::default()
            };
            let views = self.store.posts(ctx, &filter).await?;
            let mut others: Vec<_> = views.iter().map(|view| other(view, account.id)).collect();
            others.sort_by_key(|other| (other.at, other.id));
            let text = delivery.parts.first().map(|part| part.content.text.clone()).unwrap_or_default();
            neighbours.push(Neighbours { account, text, others });
        }
        Ok(neighbours)
    }

    fn told(&self, neighbours: &[Neighbours], at: Timestamp, options: &ConflictOptions) -> Vec<Conflict> {
        let suggestion = free(neighbours, at);
        let mut conflicts = Vec::new();
        for own in neighbours {
            let account = own.account.id;
            if let Some((kind, with, reason)) = own.of_time(at) {
                let (with, at) = (with.map(|other| other.id), with.map(|other| other.at));
                conflicts.push(Conflict {
                    kind,
                    account,
                    other: with,
                    at,
                    similarity: None,
                    reason,
                    suggestion,
                });
            }
            let within = |other: &&Other| other.at.duration_since(at).unsigned_abs() <= options.window;
            for other in own.others.iter().filter(within) {
                let alike = similarity(&own.text, &other.text);
                if own.text.is_empty() || alike < options.similarity {
                    continue;
                }
                let kind = if alike == 100 { ConflictKind::Equal } else { ConflictKind::Similar };
                let reason = format!("{} at {} says {alike} % of the same", other.id, other.at);
                conflicts.push(Conflict {
                    kind,
                    account,
                    other: Some(other.id),
                    at: Some(other.at),
                    similarity: Some(alike),
                    reason,
                    suggestion: None,
                });
            }
        }
        conflicts
    }
}

fn other(view: &PostView, account: AccountId) -> Other {
    let own = view.deliveries.iter().find(|delivery| delivery.account == account);
    let text = own.and_then(|delivery| delivery.parts.first()).map(|part| part.content.text.clone());
    Other { id: view.post.id, at: view.post.due.at, text: text.unwrap_or_default() }
}

/// The next time from `at` on that is free on all accounts.
fn free(neighbours: &[Neighbours], at: Timestamp) -> Option<Timestamp> {
    let mut at = at;
    for _ in 0..STEPS {
        let mut next = at;
        for own in neighbours {
            let Some((_, with, _)) = own.of_time(next) else { continue };
            let times = own.times();
            let place = times.partition_point(|other| *other <= next);
            let opens = own.account.spacing.opens_at(&times[..place], next);
            // Behind the one that it conflicts with, which may lie before it or after it.
            let behind = with.map_or(next, |other| other.at.saturating_add(SLOT).unwrap_or(Timestamp::MAX));
            next = next.max(opens).max(behind);
        }
        if next == at {
            return Some(at);
        }
        at = next;
    }
    None
}

/// Gives a new post another time.
fn move_to(new: &mut NewPost, at: Timestamp) {
    new.post.due = Due { at, asked: When::At(at), tzdb: None };
    for delivery in &mut new.deliveries {
        delivery.due_at = at;
        delivery.run_at = delivery.run_at.and(Some(at));
    }
}

fn refused(conflicts: &[Conflict]) -> Error {
    let problems = conflicts.iter().map(|conflict| {
        let field = if conflict.kind.is_of_time() { "when" } else { "parts[0].text" };
        let problem = Problem::new(field, conflict.kind.rule(), conflict.account, &conflict.reason);
        match conflict.suggestion {
            Some(at) if conflict.kind.is_of_time() => problem.hint(format!("{at} is free")),
            _ => problem.hint("say it otherwise, or at another time"),
        }
    });
    Error::of_problems(ErrorKind::Conflict, problems.collect())
}
