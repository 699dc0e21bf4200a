//! Posts, as they are looked for.

use xmp_core::{
    CalendarEntry, CalendarQuery, Due, Gate, PlanPlace, PlatformId, PostFilter, PostId, PostView, Result,
    StateCount, TenantId,
};

use super::post::views;
use super::record;
use super::row::{Cols, Key, at, int, key};
use super::tx::Tx;
use crate::rules;

/// How many posts are read at once where each has to be looked at.
const PAGE: usize = 200;

/// What a filter says of posts `p`: the parameters 3 to 8.
macro_rules! posts {
    () => {
        "($3::text IS NULL OR p.labels::jsonb ? $3) AND ($4::text IS NULL OR p.campaign = $4)
         AND ($5::text IS NULL OR p.gate = $5) AND ($6::timestamptz IS NULL OR p.due_at >= $6)
         AND ($7::timestamptz IS NULL OR p.due_at < $7) AND ($8::uuid IS NULL OR p.plan = $8)"
    };
}

/// What a filter says of deliveries `f`: the parameters 9 to 11.
macro_rules! deliveries {
    () => {
        "($9::text[] IS NULL OR f.state = ANY ($9)) AND ($10::uuid IS NULL OR f.account = $10)
         AND ($11::text IS NULL OR f.platform = $11)"
    };
}

/// Posts after one of them.
macro_rules! list {
    ($and:expr) => {
        views!(
            "SELECT * FROM xmp.posts p WHERE p.tenant = $1 AND p.id > $2 AND ",
            posts!(),
            $and,
            " AND ($9::text[] IS NULL AND $10::uuid IS NULL AND $11::text IS NULL OR EXISTS (
                 SELECT 1 FROM xmp.deliveries f WHERE f.tenant = p.tenant AND f.id = ANY (p.deliveries) AND ",
            deliveries!(),
            ")) ORDER BY p.id LIMIT $12::bigint"
        )
    };
}

impl Tx<'_> {
    pub(super) async fn list(&self, tenant: &TenantId, filter: &PostFilter) -> Result<Vec<PostView>> {
        let limit = filter.limit();
        let page = if filter.text.is_some() { PAGE } else { limit };
        let mut after = filter.after;
        let mut found = Vec::new();
        loop {
            let views = self.some(tenant, filter, after, page).await?;
            let (read, last) = (views.len(), views.last().map(|view| view.post.id));
            found.extend(views.into_iter().filter(|view| filter.says(view)));
            if found.len() >= limit || read < page {
                found.truncate(limit);
                return Ok(found);
            }
            after = last;
        }
    }

    /// The next posts that a filter means, as far as SQL can tell.
    async fn some(
        &self,
        tenant: &TenantId,
        filter: &PostFilter,
        after: Option<PostId>,
        limit: usize,
    ) -> Result<Vec<PostView>> {
        const ANY: &str = list!("");
        // The same, by the index of a plan's posts.
        const PLANNED: &str = list!(" AND p.plan = $8");
        // The same, by the index of what people look for: dead letters among millions that were published.
        const REMAINS: &str = list!(
            " AND p.id IN (SELECT f.post FROM xmp.deliveries f
                 WHERE f.remains AND f.tenant = $1 AND f.post > $2 AND f.state = ANY ($9))"
        );
        let states: Vec<&str> = filter.states.iter().map(|state| state.as_str()).collect();
        let remain = !states.is_empty() && filter.states.iter().all(|state| record::remains(*state));
        let sql = match filter.plan {
            Some(_) => PLANNED,
            None if remain => REMAINS,
            None => ANY,
        };
        let after = after.map_or(Key([0; 16]), key);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let (from, before) = (filter.due_from.map(at), filter.due_before.map(at));
        self.views(
            sql,
            &[
                &tenant.as_str(),
                &after,
                &filter.label,
                &filter.campaign,
                &filter.gate.map(Gate::as_str),
                &from,
                &before,
                &filter.plan.map(key),
                &(!states.is_empty()).then_some(states),
                &filter.account.map(key),
                &filter.platform.as_ref().map(PlatformId::as_str),
                &limit,
            ],
        )
        .await
    }

    pub(super) async fn count(&self, tenant: &TenantId, filter: &PostFilter) -> Result<Vec<StateCount>> {
        if filter.text.is_some() {
            let every = PostFilter { limit: Some(usize::MAX), after: None, ..filter.clone() };
            return Ok(rules::counted(filter, &self.list(tenant, &every).await?));
        }
        const SQL: &str = concat!(
            "SELECT f.state, count(*) AS count FROM xmp.posts p CROSS JOIN LATERAL unnest(p.deliveries) u (id)
                 JOIN xmp.deliveries f ON f.tenant = p.tenant AND f.id = u.id
             WHERE p.tenant = $1 AND $2::boolean AND ",
            posts!(),
            " AND ",
            deliveries!(),
            " GROUP BY f.state"
        );
        let states: Vec<&str> = filter.states.iter().map(|state| state.as_str()).collect();
        let (from, before) = (filter.due_from.map(at), filter.due_before.map(at));
        let rows = self
            .query(
                SQL,
                &[
                    &tenant.as_str(),
                    &true,
                    &filter.label,
                    &filter.campaign,
                    &filter.gate.map(Gate::as_str),
                    &from,
                    &before,
                    &filter.plan.map(key),
                    &(!states.is_empty()).then_some(states),
                    &filter.account.map(key),
                    &filter.platform.as_ref().map(PlatformId::as_str),
                ],
            )
            .await?;
        let mut counts = Vec::with_capacity(rows.len());
        for row in &rows {
            let cols = Cols::of("deliveries", row);
            counts.push(StateCount { state: cols.word("state")?, count: cols.count("count")? });
        }
        rules::in_order(&mut counts);
        Ok(counts)
    }

    pub(super) async fn calendar(
        &self,
        tenant: &TenantId,
        query: &CalendarQuery,
    ) -> Result<Vec<CalendarEntry>> {
        let accounts: Vec<Key> = query.accounts.iter().map(|account| key(*account)).collect();
        let rows = self
            .query(
                "SELECT p.due_at, p.id, p.gate, p.place, d.id AS delivery, d.account, d.state,
                     d.content->0->'content'->>'text' AS text
                 FROM xmp.posts p CROSS JOIN LATERAL unnest(p.deliveries) u (id)
                     JOIN xmp.deliveries d ON d.tenant = p.tenant AND d.id = u.id
                 WHERE p.tenant = $1 AND p.due_at >= $2 AND p.due_at < $3
                     AND ($4::uuid[] IS NULL OR d.account = ANY ($4))
                 ORDER BY p.due_at, p.id, d.id",
                &[
                    &tenant.as_str(),
                    &at(query.since),
                    &at(query.until),
                    &(!accounts.is_empty()).then_some(accounts),
                ],
            )
            .await?;
        let read = |row| {
            let cols = Cols::of("posts", row);
            let place: Option<PlanPlace> = cols.json_or_default("place")?;
            Ok(CalendarEntry {
                at: cols.time("due_at")?,
                local: String::new(),
                account: cols.id("account")?,
                post: Some(cols.id("id")?),
                delivery: Some(cols.id("delivery")?),
                state: Some(cols.word("state")?),
                gate: cols.word("gate")?,
                place,
                text: cols.get::<Option<String>>("text")?.unwrap_or_default(),
            })
        };
        rows.iter().map(read).collect()
    }

    pub(super) async fn zoned_before(
        &self,
        tzdb: &str,
        limit: usize,
    ) -> Result<Vec<(TenantId, PostId, Due)>> {
        let rows = self
            .query(
                "SELECT p.tenant, p.id, p.due FROM xmp.posts p
                 WHERE p.tzdb IS NOT NULL AND p.tzdb < $1 AND EXISTS (
                     SELECT 1 FROM xmp.deliveries d WHERE d.tenant = p.tenant AND d.id = ANY (p.deliveries)
                         AND d.state = 'scheduled' AND d.lease_worker IS NULL)
                 LIMIT $2",
                &[&tzdb, &int(limit as u64)],
            )
            .await?;
        let read = |row| {
            let cols = Cols::of("posts", row);
            Ok((cols.word("tenant")?, cols.id("id")?, cols.json("due")?))
        };
        rows.iter().map(read).collect()
    }
}
