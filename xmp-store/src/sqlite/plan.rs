//! Series and queues.

use async_trait::async_trait;
use rusqlite::params;
use xmp_core::plan::PlanChanges;
use xmp_core::{Context, Plan, PlanId, PlanStore, Result, Scheduled, TenantId};

use super::row::{Cols, all, int, json, micros, micros_opt, one, run};
use super::{SqliteStore, Tx};
use crate::rules::{self, Origin};

fn read(cols: &Cols<'_>) -> Result<Plan> {
    Ok(Plan {
        id: cols.parse("id")?,
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
    fn find_plan(&self, tenant: &TenantId, id: PlanId) -> Result<Option<Plan>> {
        let sql = "SELECT * FROM plans WHERE tenant = ?1 AND id = ?2";
        one(self.conn, "plans", sql, (tenant.as_str(), id.to_string()), read)
    }

    fn keep_plan(
        &self,
        origin: &Origin,
        mut plan: Plan,
        changes: PlanChanges,
    ) -> Result<(Plan, Vec<Scheduled>)> {
        let before = self.find_plan(&origin.tenant, plan.id)?;
        rules::check_plan(plan.id, plan.revision, before.as_ref().map_or(0, |before| before.revision))?;
        plan.revision += 1;
        for upload in &changes.media {
            self.keep_media(&origin.tenant, upload.stored.hash, &upload.bytes)?;
        }
        self.write_plan(&plan)?;
        for (id, expected, edit) in &changes.edits {
            self.edit(origin, *id, *expected, edit)?;
        }
        for id in changes.cancelled {
            self.cancel(origin, id)?;
        }
        let scheduled = changes.new.iter().map(|new| self.schedule(origin, new)).collect::<Result<_>>()?;
        let event = rules::plan_event(before.as_ref(), &plan);
        self.write_events(origin, event.into_iter().collect())?;
        Ok((plan, scheduled))
    }

    fn write_plan(&self, plan: &Plan) -> Result<()> {
        let id = plan.id.to_string();
        run(
            self.conn,
            "INSERT OR REPLACE INTO plans (tenant, id, name, state, revision, look_at, what, actor, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                plan.tenant.as_str(),
                id,
                plan.name,
                rules::state_word(plan),
                int(plan.revision),
                micros_opt(plan.look_at),
                json(&plan.what)?,
                plan.actor,
                micros(plan.created_at),
            ],
        )?;
        // What a series says in all of its posts stays with it.
        for hash in rules::media_of_plan(plan) {
            if !self.has_media(&plan.tenant, hash)? {
                return Err(rules::media_missing(plan.id, hash));
            }
            run(
                self.conn,
                "INSERT INTO media_uses (tenant, hash, post) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                (plan.tenant.as_str(), hash.to_string(), &id),
            )?;
        }
        Ok(())
    }
}

#[async_trait]
impl PlanStore for SqliteStore {
    async fn keep_plans(
        &self,
        ctx: &Context,
        mut plans: Vec<(Plan, PlanChanges)>,
    ) -> Result<Vec<(Plan, Vec<Scheduled>)>> {
        plans.iter_mut().try_for_each(|(plan, changes)| rules::check_changes(ctx, plan, changes))?;
        let origin = Origin::call(ctx);
        self.write(move |tx| {
            plans.into_iter().map(|(plan, changes)| tx.keep_plan(&origin, plan, changes)).collect()
        })
        .await
    }

    async fn plan(&self, ctx: &Context, id: PlanId) -> Result<Plan> {
        let tenant = ctx.tenant().clone();
        self.read(move |tx| tx.find_plan(&tenant, id)?.ok_or_else(|| rules::no_plan(id))).await
    }

    async fn plans(&self, ctx: &Context) -> Result<Vec<Plan>> {
        let tenant = ctx.tenant().clone();
        let sql = "SELECT * FROM plans WHERE tenant = ?1 ORDER BY id";
        self.read(move |tx| all(tx.conn, "plans", sql, [tenant.as_str()], read)).await
    }

    async fn plans_due(&self, limit: usize) -> Result<Vec<Plan>> {
        let sql = "SELECT * FROM plans WHERE look_at IS NOT NULL AND state = 'active' AND look_at <= ?1
             ORDER BY look_at, tenant, id LIMIT ?2";
        self.read(move |tx| all(tx.conn, "plans", sql, (micros(tx.now), int(limit as u64)), read)).await
    }
}
