//! One transaction, at one time.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use deadpool_postgres::Object;
use futures_util::future::{join, try_join};
use jiff::Timestamp;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, Statement, Transaction};
use xmp_core::{Clock as _, Result, SystemClock};

use super::error::{no_connection, storage, too_slow};
use super::row::{At, Cols, at};
use super::{Inner, internal};

/// How long a transaction waits for what somebody else holds.
pub(super) const PATIENT: Duration = Duration::from_secs(5);
/// The same, for one that does many things at once: each of them is then done by itself.
pub(super) const HURRIED: Duration = Duration::from_millis(100);

/// What every transaction begins with. Whatever the role, the database or the pool have set: what is committed is on the
/// disk; nobody waits for ever, and nobody is waited for; and no plan that was made for a small table reads a large one
/// from end to end. What its client gives up on, the server has ended shortly before.
pub(super) fn begin(limit: Duration, patience: Duration) -> String {
    let limit = (limit - limit / 20).as_millis().clamp(1, i32::MAX as u128);
    let patience = patience.as_millis();
    format!("{BEGIN}; SET LOCAL lock_timeout = {patience}; SET LOCAL statement_timeout = {limit}")
}

const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; \
    SET LOCAL idle_in_transaction_session_timeout = '15s'; \
    SET LOCAL jit = off; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; \
    SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_material = off";

/// The time. It is the first thing that a transaction asks for.
const NOW: &str = "SELECT clock_timestamp() AS now";

/// The same, for one that writes events: it shows from which number on (see `events` in the schema).
const NOW_AND_PLACE: &str = "SELECT clock_timestamp() AS now,
    pg_advisory_xact_lock_shared($1::bigint << 48 | (SELECT last_value FROM xmp.events_sequence))";

/// The same, for one that may begin attempts: nobody has stopped sending or paused an account before it has ended, and what it
/// reads is not older than that.
const NOW_PLACE_AND_STOPS: &str = "SELECT pg_advisory_xact_lock_shared($2::int, 1), clock_timestamp() AS now,
    pg_advisory_xact_lock_shared($1::bigint << 48 | (SELECT last_value FROM xmp.events_sequence))";

/// The time, for one that waits for all who may begin attempts, and keeps them from beginning.
const NOW_WITHOUT_STEPS: &str = "SELECT pg_advisory_xact_lock($1::int, 1), clock_timestamp() AS now";

pub(super) type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// One transaction. Ended by [`end`](Self::end); one that is dropped takes its connection with it, so that the server
/// rolls it back.
pub(super) struct Tx<'a> {
    pub(super) store: &'a Inner,
    on: On<'a>,
    /// When it began, by the store's clock.
    pub(super) now: Timestamp,
    /// Whether it has written events.
    wrote: AtomicBool,
}

/// Whose transaction it is.
enum On<'a> {
    /// The store's, on a connection of its pool.
    Own(Box<Held>),
    /// A program's, which commits it or not.
    Lent(&'a Transaction<'a>),
}

/// A connection that goes back to its pool only when it was given back.
struct Held(Option<Object>);

impl Held {
    fn get(&self) -> Result<&Object> {
        self.0.as_ref().ok_or_else(|| internal("store.ended", "the transaction has ended"))
    }

    fn give_back(mut self) {
        self.0.take();
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(client) = self.0.take() {
            drop(Object::take(client));
        }
    }
}

/// Ends with an error if it takes longer than it may.
pub(super) async fn within<T>(limit: Duration, work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::select! {
        biased;
        done = work => done,
        () = SystemClock.sleep(limit) => Err(too_slow(limit)),
    }
}

impl Inner {
    async fn client(&self) -> Result<Held> {
        self.pool.get().await.map(|client| Held(Some(client))).map_err(no_connection)
    }

    /// Begins a transaction that writes no events.
    pub(super) async fn begin(&self) -> Result<Tx<'_>> {
        self.begin_with(&self.begin, NOW, &[]).await
    }

    /// Begins a transaction that may write events.
    pub(super) async fn begin_telling(&self) -> Result<Tx<'_>> {
        self.begin_with(&self.begin, NOW_AND_PLACE, &[&self.place_tag()]).await
    }

    /// Begins a transaction that may begin attempts, with as much patience as its beginning says.
    pub(super) async fn begin_step(&self, begin: &str) -> Result<Tx<'_>> {
        self.begin_with(begin, NOW_PLACE_AND_STOPS, &[&self.place_tag(), &self.stops_tag()]).await
    }

    /// Waits until those have ended who may be beginning attempts by what was true before: whoever comes later sees what is
    /// committed by now. A transaction of its own, so that they wait for a moment, and not for what its caller waits for.
    pub(super) async fn outwait_steps(&self) -> Result<()> {
        let tx = self.begin_with(&self.begin, NOW_WITHOUT_STEPS, &[&self.stops_tag()]).await?;
        tx.end(Ok(())).await
    }

    async fn begin_with(&self, begin: &str, first: &'static str, params: Params<'_>) -> Result<Tx<'_>> {
        let held = self.client().await?;
        let client = held.get()?;
        let row = within(self.limit, async {
            let first = prepared(client, &self.sql(first)).await?;
            // Sent together: one way to the server and back.
            let (_, row) = try_join(client.batch_execute(begin), client.query_one(&first, params))
                .await
                .map_err(storage)?;
            Ok(row)
        })
        .await?;
        let now = match &self.clock {
            Some(clock) => clock.now(),
            None => Cols::of("clock", &row).time("now")?,
        };
        let tx = Tx { store: self, on: On::Own(Box::new(held)), now, wrote: AtomicBool::default() };
        match tx.check_version().await {
            Ok(()) => Ok(tx),
            Err(error) => tx.end(Err(error)).await,
        }
    }

    /// What the locks of those who write events have in common: this schema's, among other programs' locks.
    pub(super) fn place_tag(&self) -> i64 {
        i64::from(self.tag() >> 18) | 0x4000
    }

    /// The lock of those who begin attempts, and of those who stop sending or pause an account.
    pub(super) fn stops_tag(&self) -> i32 {
        self.tag().cast_signed()
    }

    fn tag(&self) -> u32 {
        let bytes = self.schema.bytes();
        bytes.fold(0x584d_5021, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
    }
}

async fn prepared(client: &Object, sql: &str) -> Result<Statement> {
    client.prepare_cached(sql).await.map_err(storage)
}

impl<'a> Tx<'a> {
    /// A step within a program's own transaction. It may write events.
    pub(super) async fn lent(store: &'a Inner, transaction: &'a Transaction<'a>) -> Result<Self> {
        let on = On::Lent(transaction);
        let mut tx = Self { store, on, now: Timestamp::UNIX_EPOCH, wrote: AtomicBool::default() };
        let rows = tx.query(NOW_AND_PLACE, &[&store.place_tag()]).await?;
        tx.now = match (&store.clock, rows.first()) {
            (Some(clock), _) => clock.now(),
            (None, Some(row)) => Cols::of("clock", row).time("now")?,
            (None, None) => return Err(internal("store.clock", "the server told no time")),
        };
        tx.check_version().await?;
        Ok(tx)
    }

    /// The time as it is now, and not when the transaction began.
    pub(super) async fn clock(&self) -> Result<Timestamp> {
        match (&self.store.clock, self.query_opt(NOW, &[]).await?) {
            (Some(clock), _) => Ok(clock.now()),
            (None, Some(row)) => Cols::of("clock", &row).time("now"),
            (None, None) => Err(internal("store.clock", "the server told no time")),
        }
    }

    /// Notes that it has written events: who waits for them is told when they are committed.
    pub(super) fn wrote_events(&self) {
        self.wrote.store(true, Ordering::Relaxed);
    }

    /// The time as a parameter.
    pub(super) fn at(&self) -> At {
        at(self.now)
    }

    pub(super) async fn query(&self, sql: &'static str, params: Params<'_>) -> Result<Vec<Row>> {
        let sql = self.store.sql(sql);
        within(self.store.limit, async {
            match &self.on {
                On::Own(held) => {
                    let client = held.get()?;
                    let statement = prepared(client, &sql).await?;
                    client.query(&statement, params).await.map_err(storage)
                }
                On::Lent(transaction) => transaction.query(sql.as_ref(), params).await.map_err(storage),
            }
        })
        .await
    }

    pub(super) async fn query_opt(&self, sql: &'static str, params: Params<'_>) -> Result<Option<Row>> {
        Ok(self.query(sql, params).await?.into_iter().next())
    }

    /// Changes rows, and tells how many.
    pub(super) async fn execute(&self, sql: &'static str, params: Params<'_>) -> Result<u64> {
        let sql = self.store.sql(sql);
        within(self.store.limit, async {
            match &self.on {
                On::Own(held) => {
                    let client = held.get()?;
                    let statement = prepared(client, &sql).await?;
                    client.execute(&statement, params).await.map_err(storage)
                }
                On::Lent(transaction) => transaction.execute(sql.as_ref(), params).await.map_err(storage),
            }
        })
        .await
    }

    /// The connection of a transaction of the store's own.
    fn own_connection(on: On<'a>) -> Result<Held> {
        match on {
            On::Own(held) => Ok(*held),
            On::Lent(_) => {
                Err(internal("store.lent", "a program's own transaction is not the store's to end"))
            }
        }
    }

    /// The last statement of a transaction, sent together with its end. The outer error is the connection's, or of
    /// time; the inner one is the statement's: then nothing was committed.
    pub(super) async fn finish_with(
        self,
        sql: &'static str,
        params: Params<'_>,
    ) -> Result<std::result::Result<Vec<Row>, tokio_postgres::Error>> {
        let Tx { store, on, .. } = self;
        let held = Self::own_connection(on)?;
        let client = held.get()?;
        let (rows, committed) = within(store.limit, async {
            let statement = prepared(client, &store.sql(sql)).await?;
            Ok(join(client.query(&statement, params), client.batch_execute("COMMIT")).await)
        })
        .await?;
        // After an error of the statement the server takes the end for a roll-back.
        if let Err(error) = committed
            && rows.is_ok()
        {
            return Err(storage(error));
        }
        if !client.is_closed() {
            held.give_back();
        }
        Ok(rows)
    }

    /// Commits if all went well; leaves everything as it was if not.
    pub(super) async fn end<T>(self, done: Result<T>) -> Result<T> {
        let Tx { store, on, wrote, .. } = self;
        let held = Self::own_connection(on)?;
        let client = held.get()?;
        if client.is_closed() {
            return done.and_then(|_| Err(super::error::lost()));
        }
        let last = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
        let ended = within(store.limit, async { client.batch_execute(last).await.map_err(storage) }).await;
        match (done, ended) {
            (Ok(done), Ok(())) => {
                held.give_back();
                if wrote.into_inner() {
                    store.told.tell();
                }
                Ok(done)
            }
            (Ok(_), Err(error)) => Err(error),
            (Err(error), ended) => {
                if ended.is_ok() {
                    held.give_back();
                }
                Err(error)
            }
        }
    }
}
