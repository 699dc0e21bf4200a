//! What people do with posts.

use jiff::Timestamp;
use xmp_core::step::{self, Resolution, Stepped};
use xmp_core::{
    Delivery, DeliveryId, Due, EventKind, PartId, PostId, PostView, RemoteId, Result, SendingStop, StopScope,
};

use super::keep::Write;
use super::row::{Cols, at, json, key};
use super::tx::Tx;
use crate::rules::{self, Origin};
use crate::time::cut;

impl Tx<'_> {
    /// Takes a step with all deliveries of a post; an error of any of them undoes the whole transaction.
    async fn change_all(
        &self,
        origin: &Origin,
        id: PostId,
        step: impl Fn(&mut Delivery, Timestamp) -> Result<Stepped>,
    ) -> Result<()> {
        let mut writes = Vec::new();
        for record in self.own_all(&origin.tenant, id).await? {
            let mut after = record.delivery.clone();
            let stepped = step(&mut after, self.now)?;
            writes.push(Write::new(&record, after, stepped, origin, self.now));
        }
        self.keep(&mut writes).await
    }

    pub(super) async fn cancel(&self, origin: &Origin, id: PostId) -> Result<PostView> {
        self.change_all(origin, id, step::cancel).await?;
        self.view(&origin.tenant, id).await
    }

    pub(super) async fn reschedule(&self, origin: &Origin, id: PostId, mut due: Due) -> Result<PostView> {
        due.at = cut(due.at);
        self.change_all(origin, id, |delivery, now| step::reschedule(delivery, due.at, now)).await?;
        self.execute(
            "UPDATE xmp.posts SET due = $3, due_at = $4, tzdb = $5 WHERE tenant = $1 AND id = $2",
            &[&origin.tenant.as_str(), &key(id), &json(&due)?, &at(due.at), &due.tzdb],
        )
        .await?;
        self.view(&origin.tenant, id).await
    }

    async fn change(
        &self,
        origin: &Origin,
        id: DeliveryId,
        step: impl FnOnce(&mut Delivery, Timestamp) -> Result<Stepped>,
        live: Option<&RemoteId>,
    ) -> Result<Delivery> {
        let record = self.own(&origin.tenant, id).await?.ok_or_else(|| rules::no_delivery(id))?;
        let mut after = record.delivery.clone();
        let stepped = step(&mut after, self.now)?;
        if let (Some(live), Some(part)) = (live, record.delivery.current()) {
            self.check_owner(&record.delivery, part.id, live).await?;
        }
        let mut write = Write::new(&record, after, stepped, origin, self.now);
        self.keep(std::slice::from_mut(&mut write)).await?;
        Ok(write.after.delivery)
    }

    pub(super) async fn put_back(&self, origin: &Origin, id: DeliveryId) -> Result<Delivery> {
        let sql =
            "SELECT p.gate FROM xmp.deliveries d JOIN xmp.posts p ON p.tenant = d.tenant AND p.id = d.post
             WHERE d.tenant = $1 AND d.id = $2 FOR SHARE OF p";
        let row = self.query_opt(sql, &[&origin.tenant.as_str(), &key(id)]).await?;
        let gate = row.as_ref().map(|row| Cols::of("posts", row).word("gate")).transpose()?;
        let gate = gate.ok_or_else(|| rules::no_delivery(id))?;
        self.change(origin, id, |delivery, now| step::put_back(delivery, gate, now), None).await
    }

    pub(super) async fn resolve(
        &self,
        origin: &Origin,
        id: DeliveryId,
        resolution: Resolution,
    ) -> Result<Delivery> {
        let live = match &resolution {
            Resolution::Live(published) => Some(published.remote_id.clone()),
            Resolution::Resend | Resolution::Abandon => None,
        };
        let step = |delivery: &mut Delivery, now| step::resolve(delivery, resolution, now);
        self.change(origin, id, step, live.as_ref()).await
    }

    /// Whether a remote id is nobody's, or this part's.
    pub(super) async fn check_owner(&self, delivery: &Delivery, part: PartId, id: &RemoteId) -> Result<()> {
        let owner = self
            .query_opt(
                "SELECT delivery FROM xmp.published
                 WHERE tenant = $1 AND account = $2 AND remote_id = $3 AND part <> $4",
                &[&delivery.tenant.as_str(), &key(delivery.account), &id.as_str(), &key(part)],
            )
            .await?;
        owner.map_or(Ok(()), |row| {
            Err(rules::remote_id_taken(id, Cols::of("published", &row).id("delivery")?))
        })
    }

    pub(super) async fn stops(&self) -> Result<Vec<SendingStop>> {
        let rows = self.query("SELECT scope, why, actor, since FROM xmp.stops ORDER BY scope", &[]).await?;
        let read = |row| {
            let cols = Cols::of("stops", row);
            Ok(SendingStop {
                scope: cols.parse("scope")?,
                why: cols.get("why")?,
                actor: cols.get("actor")?,
                since: cols.time("since")?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Waits for those who are about to begin attempts: once this is committed, none is begun.
    pub(super) async fn stop(&self, origin: &Origin, scope: StopScope, why: &str) -> Result<SendingStop> {
        self.query("SELECT pg_advisory_xact_lock($1::int, 1)", &[&self.store.stops_tag()]).await?;
        let new = self
            .execute(
                "INSERT INTO xmp.stops (scope, tenant, why, actor, since) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (scope) DO NOTHING",
                &[&scope.to_string(), &origin.tenant.as_str(), &why, &origin.actor, &at(self.now)],
            )
            .await?;
        if new > 0 {
            self.write_events(origin, vec![rules::stop_event(EventKind::SendingStopped, &scope, why)])
                .await?;
        }
        let found = self.stops().await?.into_iter().find(|stop| stop.scope == scope);
        found.ok_or_else(|| super::internal("store.stop", "a stop that was just written is not there"))
    }

    pub(super) async fn resume(&self, origin: &Origin, scope: &StopScope) -> Result<bool> {
        let sql = "DELETE FROM xmp.stops WHERE scope = $1 RETURNING why";
        let Some(row) = self.query_opt(sql, &[&scope.to_string()]).await? else { return Ok(false) };
        let why: String = Cols::of("stops", &row).get("why")?;
        self.lift(scope).await?;
        self.write_events(origin, vec![rules::stop_event(EventKind::SendingResumed, scope, &why)]).await?;
        Ok(true)
    }
}
