//! How a draft gets in: checked first, stored whole.

use std::fmt;
use std::sync::Arc;

use tokio::sync::Notify;
use xmp_core::zones::Zones;
use xmp_core::{
    Account, AccountId, Capability, Clock, Context, Delivery, Draft, Due, Error, ErrorKind, Fingerprint,
    IdempotencyKey, NewPost, Platform, Platforms, Post, PostId, PostView, Problem, Result, Scheduled, Store,
};

use crate::read::Read;

/// Takes drafts in.
#[derive(Clone)]
pub struct Scheduler {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) platforms: Platforms,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) zones: Zones,
    wake: Arc<Notify>,
}

/// What a draft is, once it was checked.
#[derive(Clone, Debug)]
pub enum CheckedIn {
    /// The same call was made before: this came of it.
    Known(Box<PostView>),
    /// Ready to be kept.
    New(Box<NewPost>),
}

/// What the check of a draft asks for: of a store, or of something that sees more than others do of one.
pub trait Lookup: Sync {
    /// The post that was scheduled under a key.
    fn post_by_key(
        &self,
        ctx: &Context,
        key: &IdempotencyKey,
    ) -> impl Future<Output = Result<Option<PostView>>> + Send;

    /// One account. [`NotFound`](ErrorKind::NotFound) if this tenant has none of that id.
    fn account(&self, ctx: &Context, id: AccountId) -> impl Future<Output = Result<Account>> + Send;
}

impl Lookup for Arc<dyn Store + '_> {
    async fn post_by_key(&self, ctx: &Context, key: &IdempotencyKey) -> Result<Option<PostView>> {
        self.as_ref().post_by_key(ctx, key).await
    }

    async fn account(&self, ctx: &Context, id: AccountId) -> Result<Account> {
        self.as_ref().account(ctx, id).await
    }
}

impl fmt::Debug for Scheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scheduler").field("platforms", &self.platforms).finish_non_exhaustive()
    }
}

impl Scheduler {
    /// A scheduler on a store.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, platforms: Platforms, clock: Arc<dyn Clock>) -> Self {
        Self { store, platforms, clock, zones: Zones::system(), wake: Arc::new(Notify::new()) }
    }

    /// Goes by these time zones, and not by the system's.
    #[must_use]
    pub fn with_zones(self, zones: Zones) -> Self {
        Self { zones, ..self }
    }

    /// The time zones that it goes by.
    #[must_use]
    pub fn zones(&self) -> &Zones {
        &self.zones
    }

    /// Notified whenever something new may be due: for [`Worker::woken_by`](crate::Worker::woken_by).
    #[must_use]
    pub fn wake(&self) -> Arc<Notify> {
        self.wake.clone()
    }

    /// Checks a draft against each of its accounts' platforms and keeps it, in one step. The same key and draft give
    /// what is there already, even when its time has passed meanwhile.
    ///
    /// # Errors
    /// [`Validation`](ErrorKind::Validation) with every [`Problem`] found, [`Media`](ErrorKind::Media) if all of them are
    /// files that can't be read or used, [`NotFound`](ErrorKind::NotFound) for an account that this tenant does not have, [`Conflict`](ErrorKind::Conflict)
    /// for a key that was used with another draft. Nothing is stored then.
    pub async fn schedule(&self, ctx: &Context, draft: &Draft, key: IdempotencyKey) -> Result<PostView> {
        let new = match self.check_in(ctx, draft, key, &self.store).await? {
            CheckedIn::Known(view) => return Ok(*view),
            CheckedIn::New(new) => *new,
        };
        let Scheduled { view, .. } = self.store.schedule(ctx, new).await?;
        self.tell();
        Ok(view)
    }

    /// Keeps posts that were checked: all of them, or none.
    pub(crate) async fn store_all(&self, ctx: &Context, news: Vec<NewPost>) -> Result<Vec<Scheduled>> {
        let scheduled = self.store.schedule_all(ctx, news).await?;
        self.tell();
        Ok(scheduled)
    }

    /// Tells the workers of this process that there may be something due.
    pub(crate) fn tell(&self) {
        self.wake.notify_waiters();
        self.wake.notify_one();
    }

    /// Checks a draft as [`schedule`](Self::schedule) does, against what `kept` tells, and keeps nothing: for a store that keeps
    /// it as part of something else.
    ///
    /// # Errors
    /// As [`schedule`](Self::schedule).
    pub async fn check_in(
        &self,
        ctx: &Context,
        draft: &Draft,
        key: IdempotencyKey,
        kept: &impl Lookup,
    ) -> Result<CheckedIn> {
        let read = Read::of(draft).await;
        let request = read.request(draft);
        // What can't be read can't be compared either.
        if read.is_whole()
            && let Some(view) = kept.post_by_key(ctx, &key).await?
        {
            view.post.repeated_by(request)?;
            return Ok(CheckedIn::Known(Box::new(view)));
        }
        let accounts = self.fitting_accounts(ctx, draft, &read, kept).await?;
        let new = self.new_post(ctx, draft, key, request, read, &accounts)?;
        Ok(CheckedIn::New(Box::new(new)))
    }

    /// The accounts that a draft goes to, if it may go to all of them.
    async fn fitting_accounts(
        &self,
        ctx: &Context,
        draft: &Draft,
        read: &Read,
        kept: &impl Lookup,
    ) -> Result<Vec<Account>> {
        let (accounts, mut problems) = Self::accounts(ctx, draft, kept).await?;
        let on = |platform| accounts.iter().any(|account| account.platform == platform);
        problems.extend(read.idle_variants("the platform of one of the accounts", on));
        for account in &accounts {
            for problem in self.problems(ctx, read, account).await? {
                if !problems.contains(&problem) {
                    problems.push(problem);
                }
            }
        }
        if problems.is_empty() {
            return Ok(accounts);
        }
        let kind = if read.are_all_unread(&problems) { ErrorKind::Media } else { ErrorKind::Validation };
        problems.extend(self.untimely(draft));
        Err(Error::of_problems(kind, problems))
    }

    /// Everything that is wrong with a draft for an account, at once: what [`schedule`](Self::schedule) would refuse it
    /// for on that account. The draft need not name it. Keeps nothing.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) for an account that this tenant does not have,
    /// [`Configuration`](ErrorKind::Configuration) if its platform is not set up.
    pub async fn check(&self, ctx: &Context, draft: &Draft, account: AccountId) -> Result<Vec<Problem>> {
        let account = self.store.account(ctx, account).await?;
        let read = Read::of(draft).await;
        let mut problems = read.idle_variants("a platform that is set up", |id| self.platforms.has(id));
        problems.extend(self.problems(ctx, &read, &account).await?);
        problems.extend(self.untimely(draft));
        Ok(problems)
    }

    /// What is wrong with a draft's times.
    pub(crate) fn untimely(&self, draft: &Draft) -> Vec<Problem> {
        let now = self.clock.now();
        let wrong = |field, error: &Error| {
            Problem::new(field, error.code(), error.message(), "a time that is, and is not past")
        };
        let (due, end) = (
            draft.when.resolve_in(now, &self.zones),
            draft.expires.as_ref().map(|end| end.resolve_in(now, &self.zones)),
        );
        let mut problems: Vec<_> = due.as_ref().err().map(|error| wrong("when", error)).into_iter().collect();
        match (&due, &end) {
            (_, Some(Err(error))) => problems.push(wrong("expires", error)),
            (Ok(due), Some(Ok(end))) if end.at <= due.at => problems.push(never_sent(due, end)),
            _ => {}
        }
        problems
    }

    /// What is wrong with a draft for an account: what can't be read, and what its platform does not take.
    pub(crate) async fn problems(
        &self,
        ctx: &Context,
        read: &Read,
        account: &Account,
    ) -> Result<Vec<Problem>> {
        let platform = self.platforms.of(account)?;
        let capability = platform.capability_for(ctx, account).await;
        Ok(self.problems_at(read, account, &**platform, &capability))
    }

    /// The same, for what the account can do.
    pub(crate) fn problems_at(
        &self,
        read: &Read,
        account: &Account,
        platform: &dyn Platform,
        capability: &Capability,
    ) -> Vec<Problem> {
        let version = read.version(account.platform);
        let found = platform.check(capability, &version.parts).into_iter().map(|problem| Problem {
            platform: Some(account.platform),
            field: version.field(&problem.field),
            ..problem
        });
        version.unread().chain(found.filter(|problem| !version.explains(problem))).collect()
    }

    /// The accounts that a draft goes to, and what is wrong with the list.
    async fn accounts(
        ctx: &Context,
        draft: &Draft,
        kept: &impl Lookup,
    ) -> Result<(Vec<Account>, Vec<Problem>)> {
        let mut accounts: Vec<Account> = Vec::with_capacity(draft.accounts.len());
        for id in &draft.accounts {
            if !accounts.iter().any(|account| account.id == *id) {
                accounts.push(kept.account(ctx, *id).await?);
            }
        }
        Ok((accounts, listed(&draft.accounts)))
    }

    pub(crate) fn new_post(
        &self,
        ctx: &Context,
        draft: &Draft,
        key: IdempotencyKey,
        request: Fingerprint,
        read: Read,
        accounts: &[Account],
    ) -> Result<NewPost> {
        let now = self.clock.now();
        let due = draft.when.resolve_in(now, &self.zones)?;
        let expires = draft.expires.as_ref().map(|end| end.resolve_in(now, &self.zones)).transpose()?;
        if let Some(end) = expires.as_ref().filter(|end| end.at <= due.at) {
            return Err(Error::of_problems(ErrorKind::Validation, vec![never_sent(&due, end)]));
        }
        let post = Post {
            id: PostId::new(now),
            tenant: ctx.tenant().clone(),
            key,
            request,
            due: due.clone(),
            expires,
            priority: draft.priority,
            labels: draft.labels.clone(),
            campaign: draft.campaign.clone(),
            metadata: draft.metadata.clone(),
            correlation_id: ctx.correlation_id(),
            actor: ctx.actor().to_owned(),
            created_at: now,
            gate: draft.gate,
            approval: None,
            revision: 1,
            place: None,
        };
        let deliveries = accounts.iter().map(|account| {
            Delivery::new(&post, account, read.version(account.platform).parts.iter().cloned())
        });
        let deliveries = deliveries.collect();
        Ok(NewPost { post, deliveries, media: read.media })
    }
}

/// What is wrong with a list of accounts.
pub(crate) fn listed(accounts: &[AccountId]) -> Vec<Problem> {
    if accounts.is_empty() {
        let none = Problem::new("accounts", "accounts.none", "none", "one or more");
        return vec![none.hint("say where it goes, with `to(account)`")];
    }
    let again = accounts.iter().enumerate().filter(|(place, id)| accounts[..*place].contains(id));
    let twice = |id| {
        Problem::new("accounts", "accounts.twice", id, "each account once")
            .hint("the same text twice on one account is what xmp is there to prevent")
    };
    again.map(|(_, id)| twice(id)).collect()
}

/// An end that comes before the beginning.
fn never_sent(due: &Due, end: &Due) -> Problem {
    Problem::new("expires", "expires.before_due", end.at, format!("a time after {}, when it is due", due.at))
        .hint("give a later end, or an earlier time")
}
