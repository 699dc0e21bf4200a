//! Posts, as they are looked for.

use rusqlite::{ToSql, params_from_iter, types::Value};
use xmp_core::{
    CalendarEntry, CalendarQuery, Due, PlanPlace, PostFilter, PostId, PostView, Result, StateCount, TenantId,
};

use super::Tx;
use super::row::{all, int, micros};
use crate::rules;

/// How many posts are read at once where each has to be looked at.
const PAGE: usize = 200;

/// Conditions with their values.
struct Where {
    sql: String,
    values: Vec<Value>,
}

impl Where {
    fn of_tenant(tenant: &TenantId) -> Self {
        Self { sql: "p.tenant = ?".to_owned(), values: vec![Value::from(tenant.as_str().to_owned())] }
    }

    fn and(&mut self, sql: &str, value: impl Into<Value>) {
        self.sql += " AND ";
        self.sql += sql;
        self.values.push(value.into());
    }

    fn among(&mut self, column: &str, words: impl ExactSizeIterator<Item = String>) {
        let marks = vec!["?"; words.len()].join(", ");
        self.sql += &format!(" AND {column} IN ({marks})");
        self.values.extend(words.map(Value::from));
    }

    /// What a filter says of posts `p`.
    fn posts(&mut self, filter: &PostFilter) {
        if let Some(label) = &filter.label {
            self.and("EXISTS (SELECT 1 FROM json_each(p.labels) WHERE value = ?)", label.clone());
        }
        if let Some(campaign) = &filter.campaign {
            self.and("p.campaign = ?", campaign.clone());
        }
        if let Some(plan) = filter.plan {
            self.and("p.plan = ?", plan.to_string());
        }
        if let Some(gate) = filter.gate {
            self.and("p.gate = ?", gate.as_str().to_owned());
        }
        if let Some(from) = filter.due_from {
            self.and("p.due_at >= ?", micros(from));
        }
        if let Some(end) = filter.due_before {
            self.and("p.due_at < ?", micros(end));
        }
    }

    /// What a filter says of deliveries `d`.
    fn deliveries(&mut self, filter: &PostFilter) {
        if let Some(account) = filter.account {
            self.and("d.account = ?", account.to_string());
        }
        if let Some(platform) = filter.platform {
            self.and("d.platform = ?", platform.to_string());
        }
        if !filter.states.is_empty() {
            self.among("d.state", filter.states.iter().map(|state| state.as_str().to_owned()));
        }
    }

    fn values(&self) -> impl Iterator<Item = &dyn ToSql> {
        self.values.iter().map(|value| value as &dyn ToSql)
    }
}

impl Tx<'_> {
    pub(super) fn list(&self, tenant: &TenantId, filter: &PostFilter) -> Result<Vec<PostView>> {
        let limit = filter.limit();
        let page = if filter.text.is_some() { PAGE } else { limit };
        let mut after = filter.after;
        let mut views = Vec::new();
        loop {
            let ids = self.ids(tenant, filter, after, page)?;
            for id in &ids {
                let view = self.view(tenant, *id)?;
                if filter.says(&view) {
                    views.push(view);
                }
                if views.len() >= limit {
                    return Ok(views);
                }
            }
            if ids.len() < page {
                return Ok(views);
            }
            after = ids.last().copied();
        }
    }

    /// The next posts that a filter means, as far as SQL can tell.
    fn ids(
        &self,
        tenant: &TenantId,
        filter: &PostFilter,
        after: Option<PostId>,
        limit: usize,
    ) -> Result<Vec<PostId>> {
        let mut posts = Where::of_tenant(tenant);
        posts.and("p.id > ?", after.map(|after| after.to_string()).unwrap_or_default());
        posts.posts(filter);
        if filter.is_of_deliveries() {
            posts.sql += " AND EXISTS (SELECT 1 FROM deliveries d INDEXED BY deliveries_post
                WHERE d.tenant = p.tenant AND d.post = p.id";
            posts.deliveries(filter);
            posts.sql += ")";
        }
        let sql = format!("SELECT id FROM posts p WHERE {} ORDER BY id LIMIT ?", posts.sql);
        posts.values.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
        all(self.conn, "posts", &sql, params_from_iter(posts.values()), |cols| cols.parse("id"))
    }

    pub(super) fn count(&self, tenant: &TenantId, filter: &PostFilter) -> Result<Vec<StateCount>> {
        if filter.text.is_some() {
            let every = PostFilter { limit: Some(usize::MAX), after: None, ..filter.clone() };
            return Ok(rules::counted(filter, &self.list(tenant, &every)?));
        }
        let mut both = Where::of_tenant(tenant);
        both.posts(filter);
        both.deliveries(filter);
        let sql = format!(
            "SELECT d.state, count(*) AS count FROM posts p JOIN deliveries d ON d.tenant = p.tenant AND d.post = p.id
             WHERE {} GROUP BY d.state",
            both.sql
        );
        let mut counts = all(self.conn, "deliveries", &sql, params_from_iter(both.values()), |cols| {
            Ok(StateCount { state: cols.word("state")?, count: cols.count("count")? })
        })?;
        rules::in_order(&mut counts);
        Ok(counts)
    }

    pub(super) fn calendar(&self, tenant: &TenantId, query: &CalendarQuery) -> Result<Vec<CalendarEntry>> {
        let mut due = Where::of_tenant(tenant);
        due.and("p.due_at >= ?", micros(query.since));
        due.and("p.due_at < ?", micros(query.until));
        if !query.accounts.is_empty() {
            due.among("d.account", query.accounts.iter().map(ToString::to_string));
        }
        let sql = format!(
            "SELECT p.due_at, p.id, p.gate, p.place, d.id AS delivery, d.account, d.state,
                 json_extract(c.content, '$.text') AS text
             FROM posts p INDEXED BY posts_due
                 JOIN deliveries d INDEXED BY deliveries_post ON d.tenant = p.tenant AND d.post = p.id
                 JOIN parts c ON c.tenant = d.tenant AND c.delivery = d.id AND c.place = 0
             WHERE {} ORDER BY p.due_at, p.id, d.id",
            due.sql
        );
        all(self.conn, "posts", &sql, params_from_iter(due.values()), |cols| {
            let place: Option<PlanPlace> = cols.json_opt("place")?;
            Ok(CalendarEntry {
                at: cols.time("due_at")?,
                local: String::new(),
                account: cols.parse("account")?,
                post: Some(cols.parse("id")?),
                delivery: Some(cols.parse("delivery")?),
                state: Some(cols.word("state")?),
                gate: cols.word("gate")?,
                place,
                text: cols.get::<Option<String>>("text")?.unwrap_or_default(),
            })
        })
    }

    pub(super) fn zoned_before(&self, tzdb: &str, limit: usize) -> Result<Vec<(TenantId, PostId, Due)>> {
        all(
            self.conn,
            "posts",
            "SELECT tenant, id, due FROM posts p INDEXED BY posts_zoned
             WHERE p.tzdb IS NOT NULL AND p.tzdb < ?1 AND EXISTS (
                 SELECT 1 FROM deliveries d INDEXED BY deliveries_post
                 WHERE d.tenant = p.tenant AND d.post = p.id AND d.state = 'scheduled' AND d.lease_until IS NULL)
             LIMIT ?2",
            (tzdb, int(limit as u64)),
            |cols| Ok((cols.word("tenant")?, cols.parse("id")?, cols.json("due")?)),
        )
    }
}
