//! What workers do.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::params;
use xmp_core::step::{self, NewAttempt, Resolution, Stepped, Verdict};
use xmp_core::{
    AccountId, Begun, CalendarEntry, CalendarQuery, Checkpoint, ClaimRequest, Claimed, Context, Delivery,
    DeliveryId, DeliveryStore, Due, Event, Gate, IdempotencyKey, Lease, LeaseRecord, NewPost, PartId,
    PlatformId, Post, PostEdit, PostFilter, PostId, PostView, RemoteId, Result, Revision, Scheduled,
    SendingStop, StateCount, StopScope, TenantId,
};

use super::row::{all, micros, one};
use super::{SqliteStore, Tx};
use crate::rules::{self, Origin};

impl Tx<'_> {
    /// The delivery of a lease, and who is behind what its worker does.
    fn leased(&self, lease: &Lease) -> Result<(Delivery, Origin)> {
        let held = one(
            self.conn,
            "deliveries",
            "SELECT fence, lease_worker, lease_until FROM deliveries WHERE tenant = ?1 AND id = ?2",
            (lease.tenant.as_str(), lease.delivery.to_string()),
            |cols| Ok((cols.count("fence")?, cols.parse_opt("lease_worker")?, cols.time_opt("lease_until")?)),
        )?;
        if let Some((fence, Some(worker), Some(until))) = held
            && let Some(kept) = self.kept.find(lease, fence, LeaseRecord { worker, until })
        {
            return Ok(kept);
        }
        let delivery = self.find_delivery(&lease.tenant, lease.delivery)?;
        let delivery = delivery.ok_or_else(|| rules::lease_gone(lease))?;
        let origin = self.worker_origin(&delivery)?;
        Ok((delivery, origin))
    }

    fn renew(&self, lease: &Lease, lease_for: Duration) -> Result<()> {
        let (before, origin) = self.leased(lease)?;
        let mut after = before.clone();
        step::renew(&mut after, lease, lease_for, self.now)?;
        self.keep(&before, after, Stepped::default(), &origin).map(|_| ())
    }

    fn checkpoint(&self, lease: &Lease, part: PartId, checkpoint: Checkpoint) -> Result<()> {
        let (before, origin) = self.leased(lease)?;
        let mut after = before.clone();
        step::checkpoint(&mut after, lease, part, checkpoint, self.now)?;
        self.keep(&before, after, Stepped::default(), &origin).map(|_| ())
    }

    fn begin(&self, lease: &Lease, new: NewAttempt) -> Result<Begun> {
        let (before, origin) = self.leased(lease)?;
        let mut after = before.clone();
        let part = new.part;
        // The step works on a copy and says first whether the lease still holds; nothing is kept before all is checked.
        let (attempt, stepped) = step::begin(&mut after, lease, new, self.now)?;
        let account = self.account_state(&before.tenant, before.account)?;
        if let Some(refused) = rules::refusal(&before, account, &self.stops()?, self.now) {
            return Ok(refused);
        }
        let fingerprint =
            before.parts.iter().find(|own| own.id == part).map(|own| own.fingerprint.to_string());
        let (tenant, account) = (before.tenant.as_str(), before.account.to_string());
        let equal = one(
            self.conn,
            "parts",
            "SELECT delivery FROM parts INDEXED BY parts_unresolved
             WHERE tenant = ?1 AND account = ?2 AND fingerprint = ?3 AND id <> ?4
                 AND unresolved = 1 ORDER BY delivery LIMIT 1",
            (tenant, &account, fingerprint, part.to_string()),
            |cols| cols.parse("delivery"),
        )?;
        if let Some(other) = equal {
            return Ok(Begun::EqualUnresolved(other));
        }
        let flying = one(
            self.conn,
            "deliveries",
            "SELECT id FROM deliveries WHERE tenant = ?1 AND account = ?2 AND id <> ?3
                 AND lease_until IS NOT NULL AND lease_until > ?4 AND state = 'sending' LIMIT 1",
            params![tenant, account, before.id.to_string(), micros(self.now)],
            |cols| cols.parse("id"),
        )?;
        if let Some(other) = flying {
            return Err(rules::in_flight(before.account, other));
        }
        let (kept, _) = self.keep(&before, after, stepped, &origin)?;
        let kept = kept.parts.into_iter().find(|own| own.id == part).and_then(|own| own.attempt);
        Ok(Begun::Attempt(Box::new(kept.unwrap_or(attempt))))
    }

    fn conclude(&self, lease: &Lease, part: PartId, verdict: Verdict) -> Result<(Delivery, Vec<Event>)> {
        let (before, origin) = self.leased(lease)?;
        let live = match &verdict {
            Verdict::Published(published) => Some(published.remote_id.clone()),
            _ => None,
        };
        let mut after = before.clone();
        let stepped = step::conclude(&mut after, lease, part, verdict, self.now)?;
        if let Some(live) = live {
            self.check_owner(&before, part, &live)?;
        }
        self.keep(&before, after, stepped, &origin)
    }

    fn remote_ids(&self, tenant: &TenantId, account: AccountId, since: Timestamp) -> Result<Vec<RemoteId>> {
        all(
            self.conn,
            "parts",
            "SELECT remote_id FROM parts WHERE tenant = ?1 AND account = ?2 AND owned_since >= ?3
             UNION ALL SELECT remote_id FROM forgotten
             WHERE tenant = ?1 AND account = ?2 AND owned_since >= ?3 ORDER BY remote_id",
            (tenant.as_str(), account.to_string(), micros(since)),
            |cols| cols.word("remote_id"),
        )
    }
}

#[async_trait]
impl DeliveryStore for SqliteStore {
    async fn schedule(&self, ctx: &Context, mut new: NewPost) -> Result<Scheduled> {
        rules::check_new(ctx, &mut new)?;
        let origin = Origin::call(ctx);
        self.write(move |tx| tx.schedule(&origin, &new)).await
    }

    async fn schedule_all(&self, ctx: &Context, mut new: Vec<NewPost>) -> Result<Vec<Scheduled>> {
        new.iter_mut().try_for_each(|new| rules::check_new(ctx, new))?;
        let origin = Origin::call(ctx);
        self.write(move |tx| new.iter().map(|new| tx.schedule(&origin, new)).collect()).await
    }

    async fn post(&self, ctx: &Context, id: PostId) -> Result<PostView> {
        let tenant = ctx.tenant().clone();
        self.read(move |tx| tx.view(&tenant, id)).await
    }

    async fn post_by_key(&self, ctx: &Context, key: &IdempotencyKey) -> Result<Option<PostView>> {
        let (tenant, key) = (ctx.tenant().clone(), key.clone());
        self.read(move |tx| tx.by_key(&tenant, &key)).await
    }

    async fn posts_by_keys(&self, ctx: &Context, keys: &[IdempotencyKey]) -> Result<Vec<Post>> {
        let (tenant, keys) = (ctx.tenant().clone(), keys.to_vec());
        self.read(move |tx| tx.by_keys(&tenant, &keys)).await
    }

    async fn posts(&self, ctx: &Context, filter: &PostFilter) -> Result<Vec<PostView>> {
        let (tenant, filter) = (ctx.tenant().clone(), filter.clone());
        self.read(move |tx| tx.list(&tenant, &filter)).await
    }

    async fn count(&self, ctx: &Context, filter: &PostFilter) -> Result<Vec<StateCount>> {
        let (tenant, filter) = (ctx.tenant().clone(), filter.clone());
        self.read(move |tx| tx.count(&tenant, &filter)).await
    }

    async fn calendar(&self, ctx: &Context, query: &CalendarQuery) -> Result<Vec<CalendarEntry>> {
        let (tenant, query) = (ctx.tenant().clone(), query.clone());
        self.read(move |tx| tx.calendar(&tenant, &query)).await
    }

    async fn edit(&self, ctx: &Context, id: PostId, expected: u64, mut edit: PostEdit) -> Result<PostView> {
        rules::check_edit(ctx, &mut edit)?;
        let origin = Origin::call(ctx);
        self.write(move |tx| tx.edit(&origin, id, expected, &edit)).await
    }

    async fn set_gate(
        &self,
        ctx: &Context,
        id: PostId,
        expected: u64,
        gate: Gate,
        note: Option<&str>,
    ) -> Result<PostView> {
        let (origin, note) = (Origin::call(ctx), note.map(ToOwned::to_owned));
        self.write(move |tx| tx.set_gate(&origin, id, expected, gate, note.as_deref())).await
    }

    async fn revisions(&self, ctx: &Context, id: PostId) -> Result<Vec<Revision>> {
        let tenant = ctx.tenant().clone();
        self.read(move |tx| tx.revisions(&tenant, id)).await
    }

    async fn zoned_before(&self, tzdb: &str, limit: usize) -> Result<Vec<(TenantId, PostId, Due)>> {
        let tzdb = tzdb.to_owned();
        self.read(move |tx| tx.zoned_before(&tzdb, limit)).await
    }

    async fn cancel(&self, ctx: &Context, id: PostId) -> Result<PostView> {
        let origin = Origin::call(ctx);
        self.write(move |tx| tx.cancel(&origin, id)).await
    }

    async fn reschedule(&self, ctx: &Context, id: PostId, due: Due) -> Result<PostView> {
        let origin = Origin::call(ctx);
        self.write(move |tx| tx.reschedule(&origin, id, due)).await
    }

    async fn put_back(&self, ctx: &Context, id: DeliveryId) -> Result<Delivery> {
        let origin = Origin::call(ctx);
        self.write(move |tx| tx.put_back(&origin, id)).await
    }

    async fn resolve(&self, ctx: &Context, id: DeliveryId, resolution: Resolution) -> Result<Delivery> {
        let origin = Origin::call(ctx);
        self.write(move |tx| tx.resolve(&origin, id, resolution)).await
    }

    async fn claim(&self, request: &ClaimRequest) -> Result<Vec<Claimed>> {
        let request = request.clone();
        self.write(move |tx| tx.claim(&request)).await
    }

    async fn next_due(&self, platforms: &[PlatformId]) -> Result<Option<Duration>> {
        let platforms = platforms.to_vec();
        self.read(move |tx| tx.next_due(&platforms)).await
    }

    async fn woken(&self) {
        // SQLite tells nobody anything.
        std::future::pending::<()>().await;
    }

    async fn renew(&self, lease: &Lease, lease_for: Duration) -> Result<()> {
        let lease = lease.clone();
        self.write_checked(move |tx| tx.renew(&lease, lease_for)).await
    }

    async fn checkpoint(&self, lease: &Lease, part: PartId, checkpoint: Checkpoint) -> Result<()> {
        let lease = lease.clone();
        self.write_checked(move |tx| tx.checkpoint(&lease, part, checkpoint)).await
    }

    async fn begin_attempt(&self, lease: &Lease, new: NewAttempt) -> Result<Begun> {
        let lease = lease.clone();
        self.write_checked(move |tx| tx.begin(&lease, new)).await
    }

    async fn conclude(
        &self,
        lease: &Lease,
        part: PartId,
        verdict: Verdict,
    ) -> Result<(Delivery, Vec<Event>)> {
        let lease = lease.clone();
        self.write_checked(move |tx| tx.conclude(&lease, part, verdict)).await
    }

    async fn remote_ids(
        &self,
        tenant: &TenantId,
        account: AccountId,
        since: Timestamp,
    ) -> Result<Vec<RemoteId>> {
        let tenant = tenant.clone();
        self.read(move |tx| tx.remote_ids(&tenant, account, since)).await
    }

    async fn stop_sending(&self, ctx: &Context, scope: StopScope, why: &str) -> Result<SendingStop> {
        let (origin, why) = (Origin::call(ctx), why.to_owned());
        self.write(move |tx| tx.stop(&origin, scope, why)).await
    }

    async fn resume_sending(&self, ctx: &Context, scope: StopScope) -> Result<bool> {
        let origin = Origin::call(ctx);
        self.write(move |tx| tx.resume(&origin, &scope)).await
    }

    #[expect(clippy::redundant_closure_for_method_calls, reason = "the method is of one lifetime")]
    async fn stops(&self) -> Result<Vec<SendingStop>> {
        self.read(|tx| tx.stops()).await
    }

    async fn prune(&self, keep_for: Duration, at_most: usize) -> Result<usize> {
        self.write(move |tx| tx.prune(keep_for, at_most)).await
    }
}
