//! Scheduling posts and following them.

use futures_util::Stream;
use xmp_core::state::DeliveryState;
use xmp_core::step::Resolution;
use xmp_core::{
    AccountId, BulkMode, BulkProgress, BulkReport, BulkRow, Delivery, DeliveryId, Draft, IdempotencyKey,
    MetricSample, PostFilter, PostId, PostView, Problem, RemoteId, Result, When,
};

use crate::{Xmp, stream};

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
    /// committed, and never was when it is not. Media is kept with it.
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
        match engine.scheduler.check_in(&ctx, draft, IdempotencyKey::new(key)?).await? {
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
        let due = when.resolve(self.xmp.engine.clock.now())?;
        let view = self.xmp.engine.store.reschedule(&self.xmp.ctx(), id, due).await?;
        self.xmp.engine.scheduler.wake().notify_one();
        Ok(view)
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
