//! Scheduling posts and following them.

use futures_util::{Stream, StreamExt};
use serde::Serialize;
use xmp_core::edit::Edit;
use xmp_core::state::DeliveryState;
use xmp_core::step::Resolution;
use xmp_core::{
    AccountId, BulkMode, BulkProgress, BulkReport, BulkRow, CalendarEntry, CalendarQuery, Conflict,
    ConflictOptions, Delivery, DeliveryId, Draft, ErrorRecord, Explanation, Gate, IdempotencyKey,
    MetricSample, PostFilter, PostId, PostView, Problem, RemoteId, Result, Revision, Standing, StateCount,
    When,
};
use xmp_scheduler::Settled;

use crate::{Xmp, stream};

/// What came of cancelling many posts.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CancelledAll {
    /// What is cancelled.
    pub cancelled: Vec<PostId>,
    /// What could not be.
    pub left: Vec<NotCancelled>,
}

/// A post that could not be cancelled.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NotCancelled {
    /// The post.
    pub post: PostId,
    /// Why.
    pub error: ErrorRecord,
}

/// Schedules posts and follows them.
#[derive(Clone, Copy, Debug)]
pub struct Posts<'a> {
    xmp: &'a Xmp,
}

impl<'a> Posts<'a> {
    pub(crate) fn new(xmp: &'a Xmp) -> Self {
        Self { xmp }
    }

    /// Checks a draft and keeps it. `key` is yours, and makes the call repeatable: the same key and draft give what is
    /// there already, so that a program that was killed may simply run again.
    ///
    /// # Errors
    /// [`Validation`](xmp_core::ErrorKind::Validation) with every problem found, [`Media`](xmp_core::ErrorKind::Media),
    /// [`NotFound`](xmp_core::ErrorKind::NotFound) for an account that this tenant does not have,
    /// [`Conflict`](xmp_core::ErrorKind::Conflict) for a key that was used with another draft. Nothing is stored then.
    pub async fn schedule(&self, draft: &Draft, key: &str) -> Result<PostView> {
        self.xmp.engine.scheduler.schedule(&self.xmp.ctx(), draft, IdempotencyKey::new(key)?).await
    }

    /// Schedules many posts: checks all rows, finds everything that is wrong with any of them, and then keeps all or none, or
    /// each that is right. A row that was kept before, under its key and with the same draft, is left as it is, so that a
    /// program that was killed may simply run again. Rows are made of drafts, or read from
    /// [CSV](BulkRow::from_csv), [JSON Lines](BulkRow::from_json_lines) or [records](BulkRow::from_records).
    ///
    /// ```
    /// use xmp::{BulkMode, BulkRow, RowOutcome, Xmp};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> xmp::Result<()> {
    /// let xmp = Xmp::builder().memory().open().await?;
    /// let rows = BulkRow::from_csv("key,text,priority\nmonday,Good morning,high\n")?;
    /// let report = xmp.posts().schedule_all(rows, BulkMode::EachRow).await?;
    /// assert_eq!(report.rows[0].outcome, RowOutcome::Refused);
    /// assert_eq!(report.rows[0].problems[0].rule, "accounts.none");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// With [`BulkMode::AllOrNothing`] [`Validation`](xmp_core::ErrorKind::Validation) with the problems of all rows, or what the
    /// store refuses; nothing is stored then. With [`BulkMode::EachRow`] only what no row is to blame for, such as
    /// [`Storage`](xmp_core::ErrorKind::Storage): some rows may be stored then.
    pub async fn schedule_all(&self, rows: Vec<BulkRow>, mode: BulkMode) -> Result<BulkReport> {
        self.schedule_all_with(rows, mode, |_| ()).await
    }

    /// The same, and tells how far it is: while rows are checked, and after each step that stores some.
    ///
    /// # Errors
    /// As [`schedule_all`](Self::schedule_all).
    pub async fn schedule_all_with(
        &self,
        rows: Vec<BulkRow>,
        mode: BulkMode,
        progress: impl Fn(BulkProgress) + Send + Sync,
    ) -> Result<BulkReport> {
        self.xmp.engine.scheduler.schedule_all(&self.xmp.ctx(), rows, mode, &progress).await
    }

    /// Checks a draft and keeps it within the program's own transaction on the same database: the post is there when that is
    /// committed, and never was when it is not. Media is kept with it. What is kept already is looked up within the transaction
    /// too: no other connection is needed.
    ///
    /// Keep the transaction short: others who schedule under the same key wait for its end, and readers of the event log
    /// see nothing that came after it before. After an error roll it back.
    ///
    /// # Errors
    /// As [`schedule`](Self::schedule); [`Configuration`](xmp_core::ErrorKind::Configuration) if the engine was not opened with
    /// [`postgres`](crate::Builder::postgres).
    #[cfg(feature = "store-postgres")]
    pub async fn schedule_in(
        &self,
        transaction: &xmp_store::tokio_postgres::Transaction<'_>,
        draft: &Draft,
        key: &str,
    ) -> Result<PostView> {
        let engine = &self.xmp.engine;
        let store = engine.postgres.as_ref().ok_or_else(|| {
            xmp_core::Error::new(
                xmp_core::ErrorKind::Configuration,
                "store.no_transactions",
                format!("posts are kept in {}, which has no transactions of yours", engine.store.name()),
            )
            .hint("open the engine with `postgres`, on the database of the transaction")
        })?;
        let ctx = self.xmp.ctx();
        let kept = Within { store, transaction };
        match engine.scheduler.check_in(&ctx, draft, IdempotencyKey::new(key)?, &kept).await? {
            xmp_scheduler::CheckedIn::Known(view) => Ok(*view),
            xmp_scheduler::CheckedIn::New(new) => Ok(store.schedule_in(transaction, &ctx, *new).await?.view),
        }
    }

    /// Everything that is wrong with a draft for an account, at once: what [`schedule`](Self::schedule) would refuse it
    /// for. The draft need not name the account. Keeps and sends nothing.
    ///
    /// ```
    /// # use xmp::{Draft, PlatformId, Xmp};
    /// # async fn check(xmp: Xmp, account: xmp::AccountId) -> xmp::Result<()> {
    /// for problem in xmp.posts().check(&Draft::text("a".repeat(281)), account).await? {
    ///     println!("{}: {} of {} ({})", problem.field, problem.value, problem.limit, problem.rule);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`NotFound`](xmp_core::ErrorKind::NotFound) for an account that this tenant does not have,
    /// [`Configuration`](xmp_core::ErrorKind::Configuration) if its platform is not set up.
    pub async fn check(&self, draft: &Draft, account: AccountId) -> Result<Vec<Problem>> {
        self.xmp.engine.scheduler.check(&self.xmp.ctx(), draft, account).await
    }

    /// One post, with all that became of it.
    ///
    /// # Errors
    /// [`NotFound`](xmp_core::ErrorKind::NotFound) if this tenant has none of that id.
    pub async fn get(&self, id: PostId) -> Result<PostView> {
        self.xmp.engine.store.post(&self.xmp.ctx(), id).await
    }

    /// The post that was scheduled under a key.
    ///
    /// # Errors
    /// [`Validation`](xmp_core::ErrorKind::Validation) if it can't be a key.
    pub async fn find(&self, key: &str) -> Result<Option<PostView>> {
        self.xmp.engine.store.post_by_key(&self.xmp.ctx(), &IdempotencyKey::new(key)?).await
    }

    /// Posts, oldest first.
    ///
    /// # Errors
    /// [`Storage`](xmp_core::ErrorKind::Storage).
    pub async fn list(&self, filter: &PostFilter) -> Result<Vec<PostView>> {
        self.xmp.engine.store.posts(&self.xmp.ctx(), filter).await
    }

    /// All posts of a filter, oldest first, read in pages of its `limit`.
    ///
    /// ```
    /// use futures_util::TryStreamExt;
    /// use xmp::{DeliveryState, PostFilter, Xmp};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> xmp::Result<()> {
    /// let xmp = Xmp::builder().memory().open().await?;
    /// let failed = PostFilter { states: vec![DeliveryState::Failed], ..PostFilter::default() };
    /// let mut failed = std::pin::pin!(xmp.posts().stream(failed));
    /// while let Some(post) = failed.try_next().await? {
    ///     println!("{}", post.post.key);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn stream(self, filter: PostFilter) -> impl Stream<Item = Result<PostView>> + 'a {
        let limit = filter.limit.unwrap_or(PostFilter::DEFAULT_LIMIT);
        stream::pages(filter.after, move |after| {
            let filter = PostFilter { after, limit: Some(limit), ..filter.clone() };
            async move {
                let page = self.list(&filter).await?;
                let next = page.last().filter(|_| page.len() >= limit).map(|last| Some(last.post.id));
                Ok((page, next))
            }
        })
    }

    /// Cancels what still waits, on all accounts or on none: all of a delivery, or the rest of a thread of which some
    /// parts are live.
    ///
    /// # Errors
    /// [`NotFound`](xmp_core::ErrorKind::NotFound); [`Conflict`](xmp_core::ErrorKind::Conflict) if on some account nothing waits any more,
    /// something may be live, or is being sent.
    pub async fn cancel(&self, id: PostId) -> Result<PostView> {
        self.xmp.engine.store.cancel(&self.xmp.ctx(), id).await
    }

    /// Gives a post another time.
    ///
    /// # Errors
    /// [`NotFound`](xmp_core::ErrorKind::NotFound); [`Validation`](xmp_core::ErrorKind::Validation) for a time that can't be;
    /// [`Conflict`](xmp_core::ErrorKind::Conflict) if something of it is live, may be, or is being sent.
    pub async fn reschedule(&self, id: PostId, when: &When) -> Result<PostView> {
        let engine = &self.xmp.engine;
        let due = when.resolve_in(engine.clock.now(), engine.scheduler.zones())?;
        let view = self.xmp.engine.store.reschedule(&self.xmp.ctx(), id, due).await?;
        self.xmp.engine.scheduler.wake().notify_one();
        Ok(view)
    }

    /// Schedules a draft with an eye on the other posts of its accounts: what conflicts with them (their spacing, a slot that is
    /// taken, an equal or a similar text) is told, refused, or moved away from, as the options say.
    ///
    /// ```
    /// # use xmp::{ConflictOptions, Draft, OnConflict, Xmp};
    /// # async fn schedule(xmp: Xmp, draft: Draft) -> xmp::Result<()> {
    /// let options = ConflictOptions { on_conflict: OnConflict::Move, ..ConflictOptions::default() };
    /// let settled = xmp.posts().schedule_with(&draft, "spring-1", &options).await?;
    /// if let Some(from) = settled.moved_from {
    ///     println!("{from} was taken: it goes out at {}", settled.view.post.due.at);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`schedule`](Self::schedule); [`Conflict`](xmp_core::ErrorKind::Conflict) with every conflict as a problem.
    pub async fn schedule_with(
        &self,
        draft: &Draft,
        key: &str,
        options: &ConflictOptions,
    ) -> Result<Settled> {
        let key = IdempotencyKey::new(key)?;
        self.xmp.engine.scheduler.schedule_with(&self.xmp.ctx(), draft, key, options).await
    }

    /// What speaks against a draft, as far as other posts of its accounts are concerned. Keeps nothing.
    ///
    /// # Errors
    /// As [`schedule`](Self::schedule).
    pub async fn conflicts(&self, draft: &Draft, options: &ConflictOptions) -> Result<Vec<Conflict>> {
        self.xmp.engine.scheduler.conflicts(&self.xmp.ctx(), draft, options).await
    }

    /// Changes a post that waits, if it is still the one of `revision`; on all of its accounts, or on none. What it said before
    /// is kept: see [`revisions`](Self::revisions). A change of what was approved closes the gate again.
    ///
    /// ```
    /// # use xmp::{Edit, PostView, Xmp};
    /// # async fn correct(xmp: Xmp, view: PostView) -> xmp::Result<()> {
    /// let edit = Edit { text: Some("Good evening".to_owned()), ..Edit::default() };
    /// xmp.posts().edit(view.post.id, view.post.revision, &edit).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`NotFound`](xmp_core::ErrorKind::NotFound); [`Validation`](xmp_core::ErrorKind::Validation) with every problem found;
    /// [`Conflict`](xmp_core::ErrorKind::Conflict) if somebody else has changed it meanwhile, or if it is being sent, is live or may be.
    pub async fn edit(&self, id: PostId, revision: u64, edit: &Edit) -> Result<PostView> {
        self.xmp.engine.scheduler.edit(&self.xmp.ctx(), id, revision, edit).await
    }

    /// What a post was before its edits, oldest first.
    ///
    /// # Errors
    /// [`NotFound`](xmp_core::ErrorKind::NotFound) if this tenant has none of that id.
    pub async fn revisions(&self, id: PostId) -> Result<Vec<Revision>> {
        self.xmp.engine.store.revisions(&self.xmp.ctx(), id).await
    }

    /// Lets a draft, or what waits for approval, go out at its time; at once, if that has passed. `revision` is what was looked at:
    /// nobody approves what somebody else has changed meanwhile. The call's [actor](xmp_core::Context::by) is kept as who approved it.
    ///
    /// # Errors
    /// [`NotFound`](xmp_core::ErrorKind::NotFound); [`Conflict`](xmp_core::ErrorKind::Conflict) if it has changed, or its time is over.
    pub async fn approve(&self, id: PostId, revision: u64, note: Option<&str>) -> Result<PostView> {
        let store = &self.xmp.engine.store;
        let view = store.set_gate(&self.xmp.ctx(), id, revision, Gate::Open, note).await?;
        self.xmp.engine.scheduler.wake().notify_one();
        Ok(view)
    }

    /// Keeps a post that waits from going out: it is a draft again, or waits for approval.
    ///
    /// # Errors
    /// [`NotFound`](xmp_core::ErrorKind::NotFound); [`Conflict`](xmp_core::ErrorKind::Conflict) if it has changed, is being sent, is live or may be;
    /// [`Validation`](xmp_core::ErrorKind::Validation) for an open gate.
    pub async fn hold_back(&self, id: PostId, revision: u64, gate: Gate) -> Result<PostView> {
        if gate.is_open() {
            return Err(xmp_core::Error::new(
                xmp_core::ErrorKind::Validation,
                "gate.open",
                "an open gate holds nothing back",
            )
            .hint("say `draft` or `review`; `approve` opens a gate"));
        }
        self.xmp.engine.store.set_gate(&self.xmp.ctx(), id, revision, gate, None).await
    }

    /// Lets a post that waits go out now, and not at its time.
    ///
    /// # Errors
    /// As [`reschedule`](Self::reschedule).
    pub async fn publish_now(&self, id: PostId) -> Result<PostView> {
        self.reschedule(id, &When::Now).await
    }

    /// Schedules a post that says what another one says, where it says it, at another time. What had to be approved has to be
    /// approved again.
    ///
    /// # Errors
    /// [`NotFound`](xmp_core::ErrorKind::NotFound); [`Validation`](xmp_core::ErrorKind::Validation) for a time that can't be, or what a
    /// platform does not take any more; [`Conflict`](xmp_core::ErrorKind::Conflict) for a key that was used for something else.
    pub async fn duplicate(&self, id: PostId, when: &When, key: &str) -> Result<PostView> {
        self.xmp.engine.scheduler.duplicate(&self.xmp.ctx(), id, when, IdempotencyKey::new(key)?).await
    }

    /// How many deliveries of the posts that a filter means are in which state; only those deliveries that fit.
    ///
    /// # Errors
    /// [`Storage`](xmp_core::ErrorKind::Storage).
    pub async fn count(&self, filter: &PostFilter) -> Result<Vec<StateCount>> {
        self.xmp.engine.store.count(&self.xmp.ctx(), filter).await
    }

    /// Cancels what still waits of all posts that a filter means, whatever its `limit`: by account, campaign, label, series, … Each
    /// is cancelled on all accounts or on none; those that can't be any more are told.
    ///
    /// # Errors
    /// [`Storage`](xmp_core::ErrorKind::Storage): what was cancelled until then stays so, and the call may be made again.
    pub async fn cancel_all(&self, filter: &PostFilter) -> Result<CancelledAll> {
        let mut done = CancelledAll::default();
        let waiting = [DeliveryState::Scheduled, DeliveryState::Publishing];
        let states = if filter.states.is_empty() { waiting.to_vec() } else { filter.states.clone() };
        let mut posts = std::pin::pin!(self.stream(PostFilter { states, limit: None, ..filter.clone() }));
        while let Some(view) = posts.next().await.transpose()? {
            match self.cancel(view.post.id).await {
                Ok(_) => done.cancelled.push(view.post.id),
                Err(error) if error.kind() == xmp_core::ErrorKind::Storage => return Err(error),
                Err(error) => {
                    done.left.push(NotCancelled { post: view.post.id, error: ErrorRecord::from(&error) });
                }
            }
        }
        Ok(done)
    }

    /// Everything that is due within a time, in order: posts, and occurrences of series that will be posts.
    ///
    /// # Errors
    /// [`Validation`](xmp_core::ErrorKind::Validation) for a time that ends before it begins, or a zone that is none.
    pub async fn calendar(&self, query: &CalendarQuery) -> Result<Vec<CalendarEntry>> {
        self.xmp.engine.scheduler.calendar(&self.xmp.ctx(), query).await
    }

    /// Posts with a delivery that will not be published by itself any more: at most 100, oldest first.
    ///
    /// # Errors
    /// [`Storage`](xmp_core::ErrorKind::Storage).
    pub async fn dead_letters(&self) -> Result<Vec<PostView>> {
        let states = DeliveryState::ALL.into_iter().filter(|state| state.is_dead_letter()).collect();
        self.list(&PostFilter { states, ..PostFilter::default() }).await
    }

    /// Posts that wait for a person to say whether they are live: at most 100, oldest first.
    ///
    /// # Errors
    /// [`Storage`](xmp_core::ErrorKind::Storage).
    pub async fn held(&self) -> Result<Vec<PostView>> {
        self.list(&PostFilter { states: vec![DeliveryState::Held], ..PostFilter::default() }).await
    }

    /// Why a post stands where it stands, and what comes next: what it waits for, when it is tried, what was tried before and
    /// what came of it. One explanation for each account.
    ///
    /// ```
    /// # async fn why(xmp: xmp::Xmp, post: xmp::PostId) -> xmp::Result<()> {
    /// for why in xmp.posts().explain(post).await? {
    ///     println!("{}: {} Tried {} times.", why.account, why.summary, why.tried.len());
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`NotFound`](xmp_core::ErrorKind::NotFound) if this tenant has none of that id.
    pub async fn explain(&self, id: PostId) -> Result<Vec<Explanation>> {
        let (ctx, store) = (self.xmp.ctx(), &self.xmp.engine.store);
        let stops = store.stops().await?;
        let view = store.post(&ctx, id).await?;
        let mut all = Vec::with_capacity(view.deliveries.len());
        for delivery in &view.deliveries {
            all.push(xmp_core::explain(Standing {
                delivery,
                account: &store.account(&ctx, delivery.account).await?,
                stops: &stops,
                busy: store.busy(&ctx, delivery.account).await?,
                attempts: store.attempts(&ctx, delivery.id).await?,
                now: self.xmp.engine.clock.now(),
            }));
        }
        Ok(all)
    }

    /// Puts a dead letter back: it is tried again at once.
    ///
    /// # Errors
    /// [`NotFound`](xmp_core::ErrorKind::NotFound); [`Conflict`](xmp_core::ErrorKind::Conflict) if it is not dead.
    pub async fn put_back(&self, id: DeliveryId) -> Result<Delivery> {
        let delivery = self.xmp.engine.store.put_back(&self.xmp.ctx(), id).await?;
        self.xmp.engine.scheduler.wake().notify_one();
        Ok(delivery)
    }

    /// Says what a held part was: live, to be sent again, or to be left.
    ///
    /// # Errors
    /// [`NotFound`](xmp_core::ErrorKind::NotFound); [`Conflict`](xmp_core::ErrorKind::Conflict) if it is not held, or if the post that it is
    /// said to be belongs to another delivery.
    pub async fn resolve(&self, id: DeliveryId, resolution: Resolution) -> Result<Delivery> {
        let delivery = self.xmp.engine.store.resolve(&self.xmp.ctx(), id, resolution).await?;
        self.xmp.engine.scheduler.wake().notify_one();
        Ok(delivery)
    }

    /// Reads the numbers of a post's live parts from their platforms, and keeps them. A part that its platform tells
    /// nothing of is left out.
    ///
    /// # Errors
    /// [`NotFound`](xmp_core::ErrorKind::NotFound); what the first platform that could not be read answered.
    pub async fn measure(&self, id: PostId) -> Result<Vec<MetricSample>> {
        let ctx = self.xmp.ctx();
        let engine = &self.xmp.engine;
        let view = engine.store.post(&ctx, id).await?;
        let mut samples = Vec::new();
        for delivery in &view.deliveries {
            let live =
                delivery.parts.iter().filter_map(|part| Some(part.published.as_ref()?.remote_id.clone()));
            let live: Vec<_> = live.collect();
            if live.is_empty() {
                continue;
            }
            let account = engine.store.account(&ctx, delivery.account).await?;
            let ctx = ctx.child().for_account(account.id);
            let told = engine.platforms.of(&account)?.metrics(&ctx, &account, &live).await?;
            let observed_at = engine.clock.now();
            samples.extend(live.into_iter().zip(told).filter_map(|(remote_id, values)| {
                Some(MetricSample { account: account.id, remote_id, observed_at, values: values? })
            }));
        }
        engine.store.record_metrics(&ctx, &samples).await?;
        Ok(samples)
    }

    /// The numbers of a live post that were kept, oldest first.
    ///
    /// # Errors
    /// [`Storage`](xmp_core::ErrorKind::Storage).
    pub async fn measured(&self, account: AccountId, post: &RemoteId) -> Result<Vec<MetricSample>> {
        self.xmp.engine.store.metrics(&self.xmp.ctx(), account, post).await
    }
}

/// What is kept, as a program's own transaction sees it.
#[cfg(feature = "store-postgres")]
struct Within<'a> {
    store: &'a xmp_store::PostgresStore,
    transaction: &'a xmp_store::tokio_postgres::Transaction<'a>,
}

#[cfg(feature = "store-postgres")]
impl xmp_scheduler::Lookup for Within<'_> {
    async fn post_by_key(&self, ctx: &xmp_core::Context, key: &IdempotencyKey) -> Result<Option<PostView>> {
        self.store.post_by_key_in(self.transaction, ctx, key).await
    }

    async fn account(&self, ctx: &xmp_core::Context, id: AccountId) -> Result<xmp_core::Account> {
        self.store.account_in(self.transaction, ctx, id).await
    }
}
