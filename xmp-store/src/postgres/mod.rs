//! Everything in one schema of a PostgreSQL database, which any number of processes on any number of hosts may share.

mod account;
mod claim;
mod connect;
mod consumer;
mod edit;
mod error;
mod find;
mod gather;
mod insight;
mod keep;
mod kept;
mod limit;
mod listen;
mod log;
mod migrate;
mod next;
mod person;
mod plan;
mod post;
mod prune;
mod record;
mod request;
mod row;
mod schedule;
mod secret;
mod sweep;
mod tls;
mod tx;
mod work;

use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use deadpool_postgres::Pool;
use tokio::sync::mpsc;
use tokio_postgres::Transaction;
use xmp_core::{
    Account, AccountId, Clock, Context, Error, ErrorKind, IdempotencyKey, Monotonic, NewPost, PostView,
    Result, Scheduled, Store,
};

use crate::rules::{self, Origin};
use crate::seal::Keyring;
use crate::time::StoreClock;
use crate::told::Told;
use connect::Server;
use gather::Ask;
use kept::Kept;
use listen::Bell;
use tx::Tx;

/// How a database is opened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PostgresOptions {
    /// The schema that everything stands in; `xmp` if not given. 1 to 40 characters out of `a-z 0-9 _`.
    pub schema: String,
    /// Whether the schema is made and brought to this version's form where it is not yet; true if not given. Without, it
    /// has to be as it should: see [`PostgresStore::migrate`].
    pub migrate: bool,
    /// How many connections there are at most, beside the one that listens; 8 if not given.
    pub pool_size: usize,
    /// How long to wait for a free connection; 5 s if not given.
    pub pool_wait: Duration,
    /// How long one statement may take; 10 s if not given.
    pub statement_limit: Duration,
    /// Whether one more connection is kept that is told of new work; true if not given. Without, work of other processes
    /// is found when a worker looks for it.
    pub listen: bool,
    /// Where the time comes from, if not from the server. Tests move it. Every process has to use the same.
    pub clock: Option<Arc<dyn Clock>>,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            schema: "xmp".to_owned(),
            migrate: true,
            pool_size: 8,
            pool_wait: Duration::from_secs(5),
            statement_limit: Duration::from_secs(10),
            listen: true,
            clock: None,
        }
    }
}

/// Keeps everything in a schema of a PostgreSQL database (14 or newer). Clones share one pool of connections.
///
/// # How it works
///
/// Every step is one transaction, at READ COMMITTED, at the server's time. What many workers' tasks do at once
/// (begin, conclude, checkpoint, renew) is gathered and written together: one flush to disk for all of them. See
/// `docs/postgresql.md` for setting it up.
///
/// A caller that goes away early (a dropped future) leaves nothing half done.
#[derive(Clone)]
pub struct PostgresStore {
    inner: Arc<Inner>,
}

/// What the clones share.
struct Inner {
    pool: Pool,
    keyring: Keyring,
    /// `None`: the server's.
    clock: Option<StoreClock>,
    schema: String,
    limit: Duration,
    /// What every transaction begins with.
    begin: String,
    /// What one begins with that does many things at once.
    begin_hurried: String,
    asks: mpsc::UnboundedSender<Ask>,
    kept: Kept,
    bell: Arc<Bell>,
    told: Told,
    /// When lapsed leases were looked for last, in microseconds.
    swept: AtomicI64,
    /// When the schema was last found to be one that this version can work with.
    looked: Mutex<Option<Monotonic>>,
}

impl PostgresStore {
    /// Opens a database by its connection string: `postgres://user:password@host/database`. Makes the schema if it is not
    /// there, and brings it to this version's form.
    ///
    /// TLS is used, and the server's certificate checked, unless the string says `sslmode=disable` or the server is on
    /// this very machine. `sslrootcert` names a file with the authorities to trust in place of the system's.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] with the codes `store.url`, `store.tls`, `store.login`, `store.no_database`,
    /// `store.not_allowed` (the role lacks a right), `store.not_migrated` (and the role may not migrate), `store.newer`
    /// (this version can't work with the schema any more), `store.schema` (a name that can't be one), `seal.wrong_key`;
    /// [`ErrorKind::Storage`] with `store.away` (try again), `store.read_only`, `seal.broken`. Every call on an open store fails with
    /// `store.newer` within a second after a newer version has changed the schema so that this one can't work with it.
    pub async fn open(url: &str, keyring: Keyring) -> Result<Self> {
        Self::open_with(url, keyring, PostgresOptions::default()).await
    }

    /// Opens a database with options.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_with(url: &str, keyring: Keyring, options: PostgresOptions) -> Result<Self> {
        let server = Server::of(url)?;
        let pool = server.pool(&options)?;
        let listener = options.listen.then_some(server);
        Self::build(pool, listener, keyring, options).await
    }

    /// Opens a database through a pool of the program's own. Nothing of its connections' settings is changed but within
    /// the store's transactions. `url` says how to make the one connection that is told of new work; without it, work of
    /// other processes is found when a worker looks for it.
    ///
    /// The pool needs a runtime and a time limit for waiting (`Pool::builder(…).runtime(…).wait_timeout(…)`).
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn with_pool(
        pool: Pool,
        url: Option<&str>,
        keyring: Keyring,
        options: PostgresOptions,
    ) -> Result<Self> {
        let listener = url.filter(|_| options.listen).map(Server::of).transpose()?;
        Self::build(pool, listener, keyring, options).await
    }

    /// Makes the schema, or brings it to this version's form, and does nothing else: for a role that may, so that the
    /// programs' own role need not.
    ///
    /// # Errors
    /// As [`open`](Self::open), but for what concerns the seal key.
    pub async fn migrate(url: &str, options: PostgresOptions) -> Result<()> {
        let pool = Server::of(url)?.pool(&options)?;
        migrate::migrate(&pool, &options).await?;
        pool.close();
        Ok(())
    }

    /// Keeps a post within the program's own transaction: it is there when that is committed, and was never there when it
    /// is not. What a replayed call gives is the same as in [`schedule`](xmp_core::DeliveryStore::schedule).
    ///
    /// Readers of the event log wait for the transaction's end, and so do others who schedule under the same key: keep it
    /// short. An error leaves the transaction to be rolled back.
    ///
    /// # Errors
    /// As [`schedule`](xmp_core::DeliveryStore::schedule).
    pub async fn schedule_in(
        &self,
        transaction: &Transaction<'_>,
        ctx: &Context,
        mut new: NewPost,
    ) -> Result<Scheduled> {
        rules::check_new(ctx, &mut new)?;
        let tx = Tx::lent(&self.inner, transaction).await?;
        let mut scheduled = tx.schedule(&Origin::call(ctx), vec![new]).await?;
        if schedule::is_soon(&scheduled, tx.now) {
            tx.notify().await?;
        }
        scheduled.pop().ok_or_else(|| internal("store.schedule", "nothing came of scheduling"))
    }

    /// The post that was scheduled under a key, as the program's own transaction sees it.
    ///
    /// # Errors
    /// As [`post_by_key`](xmp_core::DeliveryStore::post_by_key).
    pub async fn post_by_key_in(
        &self,
        transaction: &Transaction<'_>,
        ctx: &Context,
        key: &IdempotencyKey,
    ) -> Result<Option<PostView>> {
        Tx::lent(&self.inner, transaction).await?.by_key(ctx.tenant(), key).await
    }

    /// One account, as the program's own transaction sees it.
    ///
    /// # Errors
    /// As [`account`](xmp_core::AccountStore::account).
    pub async fn account_in(
        &self,
        transaction: &Transaction<'_>,
        ctx: &Context,
        id: AccountId,
    ) -> Result<Account> {
        Tx::lent(&self.inner, transaction).await?.account(ctx.tenant(), id).await
    }

    async fn build(
        pool: Pool,
        listener: Option<Server>,
        keyring: Keyring,
        options: PostgresOptions,
    ) -> Result<Self> {
        migrate::check_name(&options.schema)?;
        if options.migrate {
            migrate::migrate(&pool, &options).await?;
        } else {
            migrate::check(&pool, &options).await?;
        }
        let (asks, asked) = mpsc::unbounded_channel();
        let inner = Arc::new(Inner {
            pool,
            keyring,
            clock: options.clock.map(StoreClock::new),
            limit: options.statement_limit,
            begin: tx::begin(options.statement_limit, tx::PATIENT),
            begin_hurried: tx::begin(options.statement_limit, tx::HURRIED),
            asks,
            kept: Kept::default(),
            bell: Arc::default(),
            told: Told::default(),
            swept: AtomicI64::new(i64::MIN),
            looked: Mutex::default(),
            schema: options.schema,
        });
        inner.check_key().await?;
        gather::start(&inner, asked);
        listen::start(&inner, listener);
        Ok(Self { inner })
    }
}

impl Inner {
    /// A statement for the schema at hand: statements are written for `xmp`.
    fn sql(&self, sql: &'static str) -> Cow<'static, str> {
        in_schema(&self.schema, sql)
    }

    /// Whether lapsed leases are to be looked for: at each claim that does not follow the last look at once. A clock that
    /// went back is a reason, and so is one that somebody else moves.
    fn sweeps(&self, now: jiff::Timestamp) -> bool {
        if self.clock.is_some() {
            return true;
        }
        let since = now.as_microsecond().saturating_sub(self.swept.load(Ordering::Relaxed));
        !(0..SWEEP_EVERY).contains(&since)
    }
}

/// How long a look for lapsed leases counts, in microseconds.
const SWEEP_EVERY: i64 = 250_000;

fn in_schema(schema: &str, sql: &'static str) -> Cow<'static, str> {
    if schema == "xmp" { Cow::Borrowed(sql) } else { Cow::Owned(sql.replace("xmp.", &format!("{schema}."))) }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.bell.end();
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").field("schema", &self.inner.schema).finish_non_exhaustive()
    }
}

#[async_trait]
impl Store for PostgresStore {
    fn name(&self) -> &'static str {
        "postgres"
    }

    async fn close(&self) {
        self.inner.pool.close();
        self.inner.bell.end();
    }
}

fn internal(code: &'static str, message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Internal, code, message)
}
