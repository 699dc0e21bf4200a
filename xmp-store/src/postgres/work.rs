//! Posts and their deliveries.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use xmp_core::step::{NewAttempt, Resolution, Verdict};
use xmp_core::{
    AccountId, Begun, CalendarEntry, CalendarQuery, Checkpoint, ClaimRequest, Claimed, Context, Delivery,
    DeliveryId, DeliveryStore, Due, Event, Gate, IdempotencyKey, Lease, NewPost, PartId, PlatformId, Post,
    PostEdit, PostFilter, PostId, PostView, RemoteId, Result, Revision, Scheduled, SendingStop, StateCount,
    StopScope, TenantId,
};

use super::gather::{Did, What};
use super::row::{Cols, at, key};
use super::schedule::is_soon;
use super::{PostgresStore, internal};
use crate::rules::{self, Origin};

/// What a step of the wrong kind would answer.
fn confused() -> xmp_core::Error {
    internal("store.step", "a step was answered with what belongs to another one")
}

#[async_trait]
impl DeliveryStore for PostgresStore {
    async fn schedule(&self, ctx: &Context, new: NewPost) -> Result<Scheduled> {
        let mut scheduled = self.schedule_all(ctx, vec![new]).await?;
        scheduled.pop().ok_or_else(|| internal("store.schedule", "nothing came of scheduling"))
    }

    async fn schedule_all(&self, ctx: &Context, mut new: Vec<NewPost>) -> Result<Vec<Scheduled>> {
        new.iter_mut().try_for_each(|new| rules::check_new(ctx, new))?;
        let tx = self.inner.begin_telling().await?;
        let now = tx.now;
        let done = tx.schedule(&Origin::call(ctx), new).await;
        let scheduled = tx.end(done).await?;
        if is_soon(&scheduled, now) {
            self.inner.bell.ring();
        }
        Ok(scheduled)
    }

    async fn post(&self, ctx: &Context, id: PostId) -> Result<PostView> {
        let tx = self.inner.begin().await?;
        let found = tx.view(ctx.tenant(), id).await;
        tx.end(found).await
    }

    async fn post_by_key(&self, ctx: &Context, key: &IdempotencyKey) -> Result<Option<PostView>> {
        let tx = self.inner.begin().await?;
        let found = tx.by_key(ctx.tenant(), key).await;
        tx.end(found).await
    }

    async fn posts_by_keys(&self, ctx: &Context, keys: &[IdempotencyKey]) -> Result<Vec<Post>> {
        let tx = self.inner.begin().await?;
        let found = tx.by_keys(ctx.tenant(), keys).await;
        tx.end(found).await
    }

    async fn posts(&self, ctx: &Context, filter: &PostFilter) -> Result<Vec<PostView>> {
        let tx = self.inner.begin().await?;
        let found = tx.list(ctx.tenant(), filter).await;
        tx.end(found).await
    }

    async fn count(&self, ctx: &Context, filter: &PostFilter) -> Result<Vec<StateCount>> {
        let tx = self.inner.begin().await?;
        let found = tx.count(ctx.tenant(), filter).await;
        tx.end(found).await
    }

    async fn calendar(&self, ctx: &Context, query: &CalendarQuery) -> Result<Vec<CalendarEntry>> {
        let tx = self.inner.begin().await?;
        let found = tx.calendar(ctx.tenant(), query).await;
        tx.end(found).await
    }

    async fn edit(&self, ctx: &Context, id: PostId, expected: u64, mut edit: PostEdit) -> Result<PostView> {
        rules::check_edit(ctx, &mut edit)?;
        let tx = self.inner.begin_telling().await?;
        let done = tx.edit(&Origin::call(ctx), id, expected, &edit).await;
        let view = tx.end(done).await?;
        self.inner.bell.ring();
        Ok(view)
    }

    async fn set_gate(
        &self,
        ctx: &Context,
        id: PostId,
        expected: u64,
        gate: Gate,
        note: Option<&str>,
    ) -> Result<PostView> {
        let tx = self.inner.begin_telling().await?;
        let done = tx.set_gate(&Origin::call(ctx), id, expected, gate, note).await;
        let view = tx.end(done).await?;
        self.inner.bell.ring();
        Ok(view)
    }

    async fn revisions(&self, ctx: &Context, id: PostId) -> Result<Vec<Revision>> {
        let tx = self.inner.begin().await?;
        let found = tx.revisions(ctx.tenant(), id).await;
        tx.end(found).await
    }

    async fn zoned_before(&self, tzdb: &str, limit: usize) -> Result<Vec<(TenantId, PostId, Due)>> {
        let tx = self.inner.begin().await?;
        let found = tx.zoned_before(tzdb, limit).await;
        tx.end(found).await
    }

    async fn cancel(&self, ctx: &Context, id: PostId) -> Result<PostView> {
        let tx = self.inner.begin_telling().await?;
        let done = tx.cancel(&Origin::call(ctx), id).await;
        tx.end(done).await
    }

    async fn reschedule(&self, ctx: &Context, id: PostId, due: Due) -> Result<PostView> {
        let tx = self.inner.begin_telling().await?;
        let done = tx.reschedule(&Origin::call(ctx), id, due).await;
        let view = tx.end(done).await?;
        self.inner.bell.ring();
        Ok(view)
    }

    async fn put_back(&self, ctx: &Context, id: DeliveryId) -> Result<Delivery> {
        let tx = self.inner.begin_telling().await?;
        let done = tx.put_back(&Origin::call(ctx), id).await;
        let delivery = tx.end(done).await?;
        self.inner.bell.ring();
        Ok(delivery)
    }

    async fn resolve(&self, ctx: &Context, id: DeliveryId, resolution: Resolution) -> Result<Delivery> {
        let tx = self.inner.begin_telling().await?;
        let done = tx.resolve(&Origin::call(ctx), id, resolution).await;
        let delivery = tx.end(done).await?;
        self.inner.bell.ring();
        Ok(delivery)
    }

    async fn claim(&self, request: &ClaimRequest) -> Result<Vec<Claimed>> {
        self.inner.claim(request).await
    }

    async fn next_due(&self, platforms: &[PlatformId]) -> Result<Option<Duration>> {
        let tx = self.inner.begin().await?;
        let next = tx.next_due(platforms).await;
        tx.end(next).await
    }

    async fn woken(&self) {
        self.inner.bell.heard().await;
    }

    async fn renew(&self, lease: &Lease, lease_for: Duration) -> Result<()> {
        self.step(lease, What::Renew(lease_for)).await.map(drop)
    }

    async fn checkpoint(&self, lease: &Lease, part: PartId, checkpoint: Checkpoint) -> Result<()> {
        self.step(lease, What::Checkpoint(part, checkpoint)).await.map(drop)
    }

    async fn begin_attempt(&self, lease: &Lease, new: NewAttempt) -> Result<Begun> {
        match self.step(lease, What::Begin(new)).await? {
            Did::Begun(begun) => Ok(begun),
            Did::Changed(..) => Err(confused()),
        }
    }

    async fn conclude(
        &self,
        lease: &Lease,
        part: PartId,
        verdict: Verdict,
    ) -> Result<(Delivery, Vec<Event>)> {
        match self.step(lease, What::Conclude(part, verdict)).await? {
            Did::Changed(delivery, events) => Ok((*delivery, events)),
            Did::Begun(_) => Err(confused()),
        }
    }

    async fn remote_ids(
        &self,
        tenant: &TenantId,
        account: AccountId,
        since: Timestamp,
    ) -> Result<Vec<RemoteId>> {
        let tx = self.inner.begin().await?;
        let found = tx
            .query(
                "SELECT remote_id FROM xmp.published WHERE tenant = $1 AND account = $2 AND at >= $3
                 ORDER BY remote_id",
                &[&tenant.as_str(), &key(account), &at(since)],
            )
            .await;
        let rows = tx.end(found).await?;
        rows.iter().map(|row| Cols::of("published", row).word("remote_id")).collect()
    }

    async fn stop_sending(&self, ctx: &Context, scope: StopScope, why: &str) -> Result<SendingStop> {
        let tx = self.inner.begin_telling().await?;
        let done = tx.stop(&Origin::call(ctx), scope, why).await;
        tx.end(done).await
    }

    async fn resume_sending(&self, ctx: &Context, scope: StopScope) -> Result<bool> {
        let tx = self.inner.begin_telling().await?;
        let done = tx.resume(&Origin::call(ctx), &scope).await;
        let was = tx.end(done).await?;
        self.inner.bell.ring();
        Ok(was)
    }

    async fn stops(&self) -> Result<Vec<SendingStop>> {
        let tx = self.inner.begin().await?;
        let found = tx.stops().await;
        tx.end(found).await
    }

    async fn prune(&self, keep_for: Duration, at_most: usize) -> Result<usize> {
        let tx = self.inner.begin().await?;
        let done = tx.prune(keep_for, at_most).await;
        tx.end(done).await
    }
}
