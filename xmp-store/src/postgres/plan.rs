//! Series and queues.

use async_trait::async_trait;
use tokio_postgres::Row;
use xmp_core::plan::PlanChanges;
use xmp_core::{Context, Plan, PlanId, PlanStore, Result, Scheduled, TenantId};

use super::PostgresStore;
use super::row::{Cols, at, at_opt, int, json, key};
use super::schedule::is_soon;
use super::tx::Tx;
use crate::rules::{self, Origin};

fn read(row: &Row) -> Result<Plan> {
    let cols = Cols::of("plans", row);
    Ok(Plan {
        id: cols.id("id")?,
        tenant: cols.word("tenant")?,
        name: cols.get("name")?,
        state: cols.word("state")?,
        revision: cols.count("revision")?,
        look_at: cols.time_opt("look_at")?,
        what: cols.json("what")?,
        actor: cols.get("actor")?,
        created_at: cols.time("created_at")?,
    })
}

impl Tx<'_> {
    /// A plan that is about to be changed: nobody else changes it until this transaction ends.
    async fn own_plan(&self, tenant: &TenantId, id: PlanId) -> Result<Option<Plan>> {
        let sql = "SELECT * FROM xmp.plans WHERE tenant = $1 AND id = $2 FOR UPDATE";
        self.query_opt(sql, &[&tenant.as_str(), &key(id)]).await?.as_ref().map(read).transpose()
    }

    async fn keep_all_plans(
        &self,
        origin: &Origin,
        plans: Vec<(Plan, PlanChanges)>,
    ) -> Result<Vec<(Plan, Vec<Scheduled>)>> {
        let mut kept = Vec::with_capacity(plans.len());
        for (plan, changes) in plans {
            kept.push(self.keep_plan(origin, plan, changes).await?);
        }
        Ok(kept)
    }

    async fn keep_plan(
        &self,
        origin: &Origin,
        mut plan: Plan,
        changes: PlanChanges,
    ) -> Result<(Plan, Vec<Scheduled>)> {
        let before = self.own_plan(&origin.tenant, plan.id).await?;
        rules::check_plan(plan.id, plan.revision, before.as_ref().map_or(0, |before| before.revision))?;
        plan.revision += 1;
        for upload in &changes.media {
            self.keep_media(&origin.tenant, upload).await?;
        }
        self.write_plan(&plan).await?;
        for (id, expected, edit) in &changes.edits {
            self.edit(origin, *id, *expected, edit).await?;
        }
        for id in changes.cancelled {
            self.cancel(origin, id).await?;
        }
        let scheduled = self.schedule(origin, changes.new).await?;
        let event = rules::plan_event(before.as_ref(), &plan);
        self.write_events(origin, event.into_iter().collect()).await?;
        Ok((plan, scheduled))
    }

    async fn write_plan(&self, plan: &Plan) -> Result<()> {
        self.execute(
            "INSERT INTO xmp.plans (tenant, id, name, state, revision, look_at, what, actor, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (tenant, id) DO UPDATE SET name = excluded.name, state = excluded.state,
                 revision = excluded.revision, look_at = excluded.look_at, what = excluded.what",
            &[
                &plan.tenant.as_str(),
                &key(plan.id),
                &plan.name,
                &rules::state_word(plan),
                &int(plan.revision),
                &at_opt(plan.look_at),
                &json(&plan.what)?,
                &plan.actor,
                &at(plan.created_at),
            ],
        )
        .await?;
        // What a series says in all of its posts stays with it.
        for hash in rules::media_of_plan(plan) {
            self.use_media(&plan.tenant, hash, plan.id).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl PlanStore for PostgresStore {
    async fn keep_plans(
        &self,
        ctx: &Context,
        mut plans: Vec<(Plan, PlanChanges)>,
    ) -> Result<Vec<(Plan, Vec<Scheduled>)>> {
        plans.iter_mut().try_for_each(|(plan, changes)| rules::check_changes(ctx, plan, changes))?;
        let moves = plans.iter().any(|(_, changes)| !changes.edits.is_empty());
        let tx = self.inner.begin_telling().await?;
        let now = tx.now;
        let done = tx.keep_all_plans(&Origin::call(ctx), plans).await;
        let kept = tx.end(done).await?;
        if moves || kept.iter().any(|(_, scheduled)| is_soon(scheduled, now)) {
            self.inner.bell.ring();
        }
        Ok(kept)
    }

    async fn plan(&self, ctx: &Context, id: PlanId) -> Result<Plan> {
        let tx = self.inner.begin().await?;
        let sql = "SELECT * FROM xmp.plans WHERE tenant = $1 AND id = $2";
        let found = tx.query_opt(sql, &[&ctx.tenant().as_str(), &key(id)]).await;
        tx.end(found).await?.as_ref().map_or_else(|| Err(rules::no_plan(id)), read)
    }

    async fn plans(&self, ctx: &Context) -> Result<Vec<Plan>> {
        let tx = self.inner.begin().await?;
        let sql = "SELECT * FROM xmp.plans WHERE tenant = $1 ORDER BY id";
        let found = tx.query(sql, &[&ctx.tenant().as_str()]).await;
        tx.end(found).await?.iter().map(read).collect()
    }

    async fn plans_due(&self, limit: usize) -> Result<Vec<Plan>> {
        let tx = self.inner.begin().await?;
        let sql = "SELECT * FROM xmp.plans WHERE look_at IS NOT NULL AND state = 'active' AND look_at <= $1
             ORDER BY look_at, tenant, id LIMIT $2";
        let found = tx.query(sql, &[&tx.at(), &int(limit as u64)]).await;
        tx.end(found).await?.iter().map(read).collect()
    }
}
