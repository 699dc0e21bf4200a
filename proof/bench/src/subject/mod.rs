//! xmp itself, on one of its stores.

mod accounts;
mod bloat;
mod claims;
mod echo;
mod idle;
mod jobs;
mod killed;
mod punctual;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use xmp_core::state::DeliveryState;
use xmp_core::{
    Account, Clock, Context, Delivery, Due, Fingerprint, IdempotencyKey, NewPost, PartContent, PartId,
    Platform, Platforms, Post, PostFilter, PostId, Priority, Store, SystemClock,
};
use xmp_scheduler::{Worker, WorkerOptions};
use xmp_store::{Keyring, PostgresOptions, PostgresStore, SealKey, SqliteStore};

use crate::Result;
use crate::contestant::Contestant;
use crate::one::Options;
use crate::workload::Exercise;

/// Posts that are scheduled in one call.
const BULK: usize = 1000;

/// Deliveries that a worker has in hand at once.
const SLOTS: usize = 512;

/// Files are sealed with the same key in all processes of a run: they hand them on.
const SEAL_KEY: &str = "bWVhc3VyZWQgYW5kIG5vdGhpbmcgc2VjcmV0IGhlcmU=";

/// One of xmp's stores, opened.
#[derive(Clone)]
pub(crate) struct Subject {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    /// Where the store's rows are, for the accounts that are made by hand.
    at: Place,
}

#[derive(Clone)]
enum Place {
    Postgres(String),
    Sqlite(String),
}

/// Runs an exercise.
pub(crate) async fn run(options: &Options) -> Result<Value> {
    let open = || Subject::open(options.contestant, &options.at);
    match options.exercise {
        Exercise::Jobs => jobs::run(&open().await?, &options.size).await,
        Exercise::Punctual => punctual::run(&open().await?, &options.size).await,
        Exercise::Claims | Exercise::FewClaims => claims::run(options).await,
        Exercise::Killed => killed::run(options).await,
        Exercise::Idle => idle::run(&open().await?).await,
        Exercise::Finished => bloat::run(&open().await?, &options.size).await,
    }
}

/// Makes accounts, and posts that are due in a day and later, all in a millisecond's distance.
pub(crate) async fn fill(options: &Options, count: usize) -> Result<()> {
    let subject = Subject::open(options.contestant, &options.at).await?;
    let accounts = subject.make_accounts(options.size.accounts.min(count)).await?;
    let first = subject.clock.now() + Duration::from_secs(24 * 3600);
    let posts = accounts.iter().cycle().take(count).zip(0_u64..);
    subject.schedule(posts.map(|(account, n)| (account, first + Duration::from_millis(n)))).await?;
    subject.store.close().await;
    Ok(())
}

impl Subject {
    /// Opens a store on the machine's time, and the database's own where it has one.
    pub(crate) async fn open(contestant: Contestant, at: &str) -> Result<Self> {
        Self::open_at(contestant, at, None).await
    }

    /// Opens a store on another time, if one is given.
    async fn open_at(contestant: Contestant, at: &str, given: Option<Arc<dyn Clock>>) -> Result<Self> {
        let clock: Arc<dyn Clock> = given.clone().unwrap_or_else(|| Arc::new(SystemClock));
        let keyring = Keyring::new(SealKey::from_base64(SEAL_KEY)?);
        let (store, at): (Arc<dyn Store>, _) = match contestant {
            Contestant::XmpSqlite => {
                let store = SqliteStore::open(Path::new(at), keyring, clock.clone()).await?;
                (Arc::new(store), Place::Sqlite(at.to_owned()))
            }
            Contestant::XmpPostgres => {
                let mut options = PostgresOptions::default();
                options.clock = given;
                let store = PostgresStore::open_with(at, keyring, options).await?;
                (Arc::new(store), Place::Postgres(at.to_owned()))
            }
            other => return Err(format!("{} is none of xmp's stores", other.name()).into()),
        };
        Ok(Self { store, clock, at })
    }

    pub(crate) fn store(&self) -> &dyn Store {
        self.store.as_ref()
    }

    /// Schedules one post of an account, due now, and gives its only part.
    pub(crate) async fn schedule_one(&self, account: &Account) -> Result<PartId> {
        let ctx = Context::default().by("bench");
        let scheduled = self.store.schedule(&ctx, self.post(&ctx, account, 0, self.clock.now())?).await?;
        let mut parts = scheduled.view.deliveries.iter().flat_map(|delivery| &delivery.parts);
        Ok(parts.next().ok_or("a post without a part")?.id)
    }

    /// Schedules posts in bulk; tells how many.
    async fn schedule<'a>(&self, posts: impl Iterator<Item = (&'a Account, Timestamp)>) -> Result<usize> {
        let ctx = Context::default().by("bench");
        let mut posts =
            posts.enumerate().map(|(n, (account, due))| self.post(&ctx, account, n, due)).peekable();
        let mut count = 0;
        while posts.peek().is_some() {
            let bulk = posts.by_ref().take(BULK).collect::<Result<Vec<_>>>()?;
            count += self.store.schedule_all(&ctx, bulk).await?.len();
        }
        Ok(count)
    }

    /// A post as [`Scheduler`](xmp_scheduler::Scheduler) makes it of a draft of one line.
    fn post(&self, ctx: &Context, account: &Account, n: usize, due: Timestamp) -> Result<NewPost> {
        let now = self.clock.now();
        let id = PostId::new(now);
        let text = format!("Post number {n} of a run, of about the length that posts have. {due}");
        let post = Post {
            id,
            tenant: ctx.tenant().clone(),
            key: IdempotencyKey::new(id.to_string())?,
            request: Fingerprint::of([text.as_bytes()]),
            due: Due::at(due),
            expires: None,
            priority: Priority::Normal,
            labels: Vec::new(),
            campaign: None,
            metadata: std::collections::BTreeMap::new(),
            correlation_id: ctx.correlation_id(),
            actor: ctx.actor().to_owned(),
            created_at: now,
            gate: xmp_core::Gate::Open,
            approval: None,
            revision: 1,
            place: None,
        };
        let content = PartContent { text, ..PartContent::default() };
        let deliveries = vec![Delivery::new(&post, account, [content])];
        Ok(NewPost { post, deliveries, media: Vec::new() })
    }

    /// Fails unless so many posts are published.
    async fn check_all_published(&self, count: usize) -> Result<()> {
        let filter = PostFilter {
            states: vec![DeliveryState::Published],
            limit: Some(count + 1),
            ..PostFilter::default()
        };
        let published = self.store.posts(&Context::default(), &filter).await?.len();
        if published == count { Ok(()) } else { Err(format!("{published} of {count} are published").into()) }
    }

    /// A worker that speaks to one platform.
    fn worker(&self, platform: Arc<dyn Platform>, options: WorkerOptions) -> Result<Worker> {
        let mut platforms = Platforms::default();
        platforms.add(platform);
        Ok(Worker::new(self.store.clone(), platforms, self.clock.clone(), options)?)
    }
}

/// How a worker is set up that has much to do.
fn many_slots() -> WorkerOptions {
    WorkerOptions { publish_slots: SLOTS, ..WorkerOptions::default() }
}
