//! How posts come in: many in one transaction, with a statement for each table.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use xmp_core::{
    Account, Delivery, Event, Fingerprint, MediaUpload, NewPost, Post, PostId, PostView, Result, Scheduled,
    TenantId,
};

use super::log::EventColumns;
use super::row::{At, Cols, Json, Key, at, at_opt, int, json, key, key_opt, rank};
use super::tx::Tx;
use super::{account, record};
use crate::rules::{self, Origin};

/// How many posts one statement writes: it has a time limit, and its parameters stand in memory.
const AT_ONCE: usize = 2_000;

/// Posts as columns.
#[derive(Default)]
struct PostColumns {
    id: Vec<Key>,
    key: Vec<String>,
    request: Vec<String>,
    due: Vec<Json>,
    expires: Vec<Option<Json>>,
    priority: Vec<i16>,
    labels: Vec<Option<Json>>,
    campaign: Vec<Option<String>>,
    metadata: Vec<Option<Json>>,
    correlation_id: Vec<Key>,
    actor: Vec<String>,
    created_at: Vec<At>,
    gate: Vec<&'static str>,
    approval: Vec<Option<Json>>,
    revision: Vec<i64>,
    plan: Vec<Option<Key>>,
    place: Vec<Option<Json>>,
    due_at: Vec<At>,
    tzdb: Vec<Option<String>>,
    /// An array of arrays has no ragged form: the ids as text, with commas.
    deliveries: Vec<String>,
}

impl PostColumns {
    fn push(&mut self, new: &NewPost) -> Result<()> {
        let post = &new.post;
        self.id.push(key(post.id));
        self.key.push(post.key.as_str().to_owned());
        self.request.push(post.request.to_string());
        self.due.push(json(&post.due)?);
        self.expires.push(post.expires.as_ref().map(json).transpose()?);
        self.priority.push(rank(post.priority));
        self.labels.push((!post.labels.is_empty()).then(|| json(&post.labels)).transpose()?);
        self.campaign.push(post.campaign.clone());
        self.metadata.push((!post.metadata.is_empty()).then(|| json(&post.metadata)).transpose()?);
        self.correlation_id.push(key(post.correlation_id));
        self.actor.push(post.actor.clone());
        self.created_at.push(at(post.created_at));
        self.gate.push(post.gate.as_str());
        self.approval.push(post.approval.as_ref().map(json).transpose()?);
        self.revision.push(int(post.revision));
        self.plan.push(key_opt(post.place.as_ref().map(|place| place.plan)));
        self.place.push(post.place.as_ref().map(json).transpose()?);
        self.due_at.push(at(post.due.at));
        self.tzdb.push(post.due.tzdb.clone());
        let ids = new.deliveries.iter().map(|delivery| crate::seal::hex(&delivery.id.to_bytes()));
        self.deliveries.push(format!("{{{}}}", ids.collect::<Vec<_>>().join(",")));
        Ok(())
    }
}

/// New deliveries as columns.
#[derive(Default)]
struct DeliveryColumns {
    id: Vec<Key>,
    post: Vec<Key>,
    account: Vec<Key>,
    correlation_id: Vec<Key>,
    platform: Vec<String>,
    priority: Vec<i16>,
    due_at: Vec<At>,
    run_at: Vec<Option<At>>,
    expires_at: Vec<Option<At>>,
    waiting: Vec<Option<String>>,
    fence: Vec<i64>,
    queue: Vec<Option<&'static str>>,
    plan: Vec<Option<Key>>,
    content: Vec<Json>,
    progress: Vec<Json>,
}

impl DeliveryColumns {
    fn push(&mut self, post: &Post, delivery: &Delivery) -> Result<()> {
        self.id.push(key(delivery.id));
        self.post.push(key(delivery.post));
        self.account.push(key(delivery.account));
        self.correlation_id.push(key(post.correlation_id));
        self.platform.push(delivery.platform.as_str().to_owned());
        self.priority.push(rank(delivery.priority));
        self.due_at.push(at(delivery.due_at));
        self.run_at.push(at_opt(delivery.run_at));
        self.expires_at.push(at_opt(delivery.expires_at));
        self.waiting.push(delivery.waiting.clone());
        self.fence.push(int(delivery.fence));
        self.queue.push(record::queue(delivery));
        self.plan.push(key_opt(delivery.queue));
        self.content.push(record::content(delivery)?);
        self.progress.push(record::progress(delivery)?);
        Ok(())
    }
}

impl Tx<'_> {
    /// Keeps all of these posts, or none.
    pub(super) async fn schedule(&self, origin: &Origin, news: Vec<NewPost>) -> Result<Vec<Scheduled>> {
        let mut scheduled = Vec::with_capacity(news.len());
        let mut rest = news.into_iter();
        loop {
            let some: Vec<NewPost> = rest.by_ref().take(AT_ONCE).collect();
            if some.is_empty() {
                return Ok(scheduled);
            }
            scheduled.extend(self.schedule_some(origin, some).await?);
        }
    }

    async fn schedule_some(&self, origin: &Origin, news: Vec<NewPost>) -> Result<Vec<Scheduled>> {
        let fresh = self.insert_posts(&origin.tenant, &news).await?;
        self.check_targets(origin, &news, &fresh).await?;
        self.bring_media(origin, &news, &fresh).await?;
        self.insert_deliveries(origin, &news, &fresh).await?;
        let mut scheduled = Vec::with_capacity(news.len());
        for new in news {
            if fresh.contains(&new.post.id) {
                let view = PostView { post: new.post, deliveries: new.deliveries };
                scheduled.push(Scheduled { view, replayed: false });
                continue;
            }
            let found = self.by_key(&origin.tenant, &new.post.key).await?;
            let view = found.ok_or_else(|| {
                super::internal(
                    "store.replay",
                    format!("the key {:?} is neither new nor known", new.post.key),
                )
            })?;
            view.post.repeated_by(new.post.request)?;
            scheduled.push(Scheduled { view, replayed: true });
        }
        Ok(scheduled)
    }

    /// Inserts the posts whose keys are new, and tells which. Waits for others who insert the same key at this moment.
    async fn insert_posts(&self, tenant: &TenantId, news: &[NewPost]) -> Result<HashSet<PostId>> {
        let mut c = PostColumns::default();
        for new in news {
            c.push(new)?;
        }
        let rows = self
            .query(
                "INSERT INTO xmp.posts (tenant, id, key, request, due, priority, labels, campaign, metadata,
                     correlation_id, actor, created_at, deliveries, expires, gate, approval, revision, plan, place,
                     due_at, tzdb)
                 SELECT $1, id, key, request, due, priority, labels, campaign, metadata, correlation_id, actor,
                     created_at, deliveries::uuid[], expires, gate, approval, revision, plan, place, due_at, tzdb
                 FROM unnest($2::uuid[], $3::text[], $4::text[], $5::json[], $6::smallint[], $7::json[],
                     $8::text[], $9::json[], $10::uuid[], $11::text[], $12::timestamptz[], $13::text[],
                     $14::json[], $15::text[], $16::json[], $17::bigint[], $18::uuid[], $19::json[],
                     $20::timestamptz[], $21::text[])
                     AS n (id, key, request, due, priority, labels, campaign, metadata, correlation_id, actor,
                     created_at, deliveries, expires, gate, approval, revision, plan, place, due_at, tzdb)
                 ON CONFLICT (tenant, key) DO NOTHING RETURNING id",
                &[
                    &tenant.as_str(),
                    &c.id,
                    &c.key,
                    &c.request,
                    &c.due,
                    &c.priority,
                    &c.labels,
                    &c.campaign,
                    &c.metadata,
                    &c.correlation_id,
                    &c.actor,
                    &c.created_at,
                    &c.deliveries,
                    &c.expires,
                    &c.gate,
                    &c.approval,
                    &c.revision,
                    &c.plan,
                    &c.place,
                    &c.due_at,
                    &c.tzdb,
                ],
            )
            .await?;
        rows.iter().map(|row| Cols::of("posts", row).id("id")).collect()
    }

    /// Checks that every account is there, and lives where its delivery says.
    async fn check_targets(&self, origin: &Origin, news: &[NewPost], fresh: &HashSet<PostId>) -> Result<()> {
        const SQL: &str = concat!(
            "SELECT ",
            account::columns!(),
            " FROM xmp.accounts a WHERE a.tenant = $1 AND a.id = ANY ($2::uuid[])"
        );
        let deliveries = || {
            let fresh = news.iter().filter(|new| fresh.contains(&new.post.id));
            fresh.flat_map(|new| &new.deliveries)
        };
        let wanted: HashSet<Key> = deliveries().map(|delivery| key(delivery.account)).collect();
        let wanted: Vec<Key> = wanted.into_iter().collect();
        let rows = self.query(SQL, &[&origin.tenant.as_str(), &wanted]).await?;
        let mut accounts: HashMap<_, Account> = HashMap::new();
        for row in &rows {
            let account = account::read(row)?;
            accounts.insert(account.id, account);
        }
        deliveries().try_for_each(|delivery| rules::check_target(delivery, accounts.get(&delivery.account)))
    }

    /// Checks that all media is at hand, keeps what is brought along, and who uses it.
    async fn bring_media(&self, origin: &Origin, news: &[NewPost], fresh: &HashSet<PostId>) -> Result<()> {
        for new in news.iter().filter(|new| fresh.contains(&new.post.id)) {
            for upload in &new.media {
                self.keep_media(&origin.tenant, upload).await?;
            }
            let used: HashSet<_> = new.deliveries.iter().flat_map(rules::media_used).collect();
            for hash in used {
                self.use_media(&origin.tenant, hash, new.post.id).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn keep_media(&self, tenant: &TenantId, upload: &MediaUpload) -> Result<()> {
        self.execute(
            "INSERT INTO xmp.media (tenant, hash, kept_at, bytes) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            &[&tenant.as_str(), &upload.stored.hash.to_string(), &self.at(), &upload.bytes.as_ref()],
        )
        .await
        .map(drop)
    }

    /// Notes that a post or a plan uses a piece of media, which has to be there.
    pub(super) async fn use_media(
        &self,
        tenant: &TenantId,
        hash: Fingerprint,
        user: impl Copy + Into<Key> + std::fmt::Display,
    ) -> Result<()> {
        // Held until the use is written: what is forgotten meanwhile is not this.
        let sql = "SELECT 1 FROM xmp.media WHERE tenant = $1 AND hash = $2 FOR KEY SHARE";
        if self.query_opt(sql, &[&tenant.as_str(), &hash.to_string()]).await?.is_none() {
            return Err(rules::media_missing(user, hash));
        }
        self.execute(
            "INSERT INTO xmp.media_uses (tenant, hash, post) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            &[&tenant.as_str(), &hash.to_string(), &key(user)],
        )
        .await
        .map(drop)
    }

    async fn insert_deliveries(
        &self,
        origin: &Origin,
        news: &[NewPost],
        fresh: &HashSet<PostId>,
    ) -> Result<()> {
        let mut c = DeliveryColumns::default();
        let mut events: Vec<Event> = Vec::new();
        let mut columns = EventColumns::default();
        for new in news.iter().filter(|new| fresh.contains(&new.post.id)) {
            for delivery in &new.deliveries {
                c.push(&new.post, delivery)?;
            }
            for event in rules::scheduled_events(&new.post, &new.deliveries) {
                let event = origin.seal(event, 0, self.now);
                columns.push(0, &event)?;
                events.push(event);
            }
        }
        self.insert_columns(&origin.tenant, &c).await?;
        self.insert_events(&columns, &mut events).await
    }

    /// Puts the deliveries of a post in their place.
    pub(super) async fn insert_more(&self, post: &Post, deliveries: &[Delivery]) -> Result<()> {
        let mut c = DeliveryColumns::default();
        deliveries.iter().try_for_each(|delivery| c.push(post, delivery))?;
        self.insert_columns(&post.tenant, &c).await
    }

    async fn insert_columns(&self, tenant: &TenantId, c: &DeliveryColumns) -> Result<()> {
        if c.id.is_empty() {
            return Ok(());
        }
        self.execute(
            "INSERT INTO xmp.deliveries (tenant, id, post, account, correlation_id, platform, state, priority,
                 due_at, run_at, queue, waiting, fence, content, progress, expires_at, plan)
             SELECT $1, id, post, account, correlation_id, platform, 'scheduled', priority, due_at, run_at,
                 queue, waiting, fence, content, progress, expires_at, plan
             FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::smallint[],
                 $8::timestamptz[], $9::timestamptz[], $10::text[], $11::bigint[], $12::json[], $13::json[],
                 $14::timestamptz[], $15::text[], $16::uuid[])
                 AS n (id, post, account, correlation_id, platform, priority, due_at, run_at, waiting, fence,
                 content, progress, expires_at, queue, plan)",
            &[
                &tenant.as_str(),
                &c.id,
                &c.post,
                &c.account,
                &c.correlation_id,
                &c.platform,
                &c.priority,
                &c.due_at,
                &c.run_at,
                &c.waiting,
                &c.fence,
                &c.content,
                &c.progress,
                &c.expires_at,
                &c.queue,
                &c.plan,
            ],
        )
        .await
        .map(drop)
    }
}

/// Whether a worker could have something to do with one of these before it looks by itself.
pub(super) fn is_soon(scheduled: &[Scheduled], now: Timestamp) -> bool {
    let soon = crate::time::later(now, super::listen::FALLBACK);
    scheduled.iter().filter(|one| !one.replayed).any(|one| one.view.post.due.at <= soon)
}
