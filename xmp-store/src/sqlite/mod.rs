//! Everything in one SQLite file, which several processes on one host may share.

mod account;
mod delivery;
mod error;
mod fork;
mod log;
mod open;
mod person;
mod post;
mod row;
mod secret;
mod work;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::oneshot;
use xmp_core::{Clock, Error, ErrorKind, Result, Store};

use crate::seal::Keyring;
use crate::time::StoreClock;
use error::storage;

/// How a file is opened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SqliteOptions {
    /// How long to wait for another process that is writing; 5 s if not given.
    pub busy_timeout: Duration,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self { busy_timeout: Duration::from_secs(5) }
    }
}

/// Keeps everything in one SQLite file. Clones share one connection; other processes on the same host may open the
/// file too (not over a network file system: SQLite's locks don't hold there).
///
/// # How it works
///
/// One thread owns one connection and takes one step after another. Reads go the same way: a step takes well under a
/// millisecond beside the flush to disk that writes wait for, a second connection would have to be kept from reading
/// what is older than the caller's own last write, and nothing here reads for long.
///
/// A caller that goes away early (a dropped future) leaves nothing half done: a step that has begun ends as a whole
/// on its thread, and one that has not begun is left out.
#[derive(Clone)]
pub struct SqliteStore {
    jobs: mpsc::Sender<Job>,
}

/// What the thread is asked for.
enum Job {
    Do(Box<dyn FnOnce(&mut Db) + Send>),
    /// Closes the file, and tells.
    Close(oneshot::Sender<()>),
}

impl SqliteStore {
    /// Opens a file, makes it if it is not there, and brings it to this version's form.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] with the codes `store.path` (no such directory, or no file), `store.newer` (made
    /// by a newer version), `store.foreign` (another application's), `store.forked` (open in the parent of this forked process),
    /// `seal.wrong_key`; [`ErrorKind::Storage`] with
    /// `store.corrupt`, `store.read_only`, `store.busy`, `seal.broken`.
    pub async fn open(path: impl AsRef<Path>, keyring: Keyring, clock: Arc<dyn Clock>) -> Result<Self> {
        Self::open_with(path, keyring, clock, SqliteOptions::default()).await
    }

    /// Opens a file with options.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_with(
        path: impl AsRef<Path>,
        keyring: Keyring,
        clock: Arc<dyn Clock>,
        options: SqliteOptions,
    ) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let (jobs, todo) = mpsc::channel::<Job>();
        let (opened, ready) = oneshot::channel();
        let work = move || {
            let clock = StoreClock::new(clock);
            let noted = fork::OpenFile::note(&path);
            let open = noted.and_then(|file| Ok((open::open(&path, &options, &keyring, &clock)?, file)));
            match open {
                Ok((conn, file)) => {
                    let mut db = Db { conn, keyring, clock };
                    // An opener that went away drops its sender: the loop then ends at once.
                    let _ = opened.send(Ok(()));
                    let closed = todo.into_iter().find_map(|job| match job {
                        Job::Do(job) => {
                            job(&mut db);
                            None
                        }
                        Job::Close(closed) => Some(closed),
                    });
                    drop(db);
                    drop(file);
                    if let Some(closed) = closed {
                        let _ = closed.send(());
                    }
                }
                Err(error) => {
                    let _ = opened.send(Err(error));
                }
            }
        };
        std::thread::Builder::new().name("xmp-sqlite".to_owned()).spawn(work).map_err(|error| {
            Error::new(ErrorKind::Storage, "store.thread", "no thread could be started").with_source(error)
        })?;
        ready.await.map_err(|_| stopped())??;
        Ok(Self { jobs })
    }

    /// Has the thread do something, and waits for it.
    async fn call<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Db) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let job = move |db: &mut Db| {
            if !answer.is_closed() {
                let _ = answer.send(job(db));
            }
        };
        self.jobs.send(Job::Do(Box::new(job))).map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }

    /// Takes a step within one immediate transaction.
    async fn write<T: Send + 'static>(
        &self,
        step: impl FnOnce(&Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.call(move |db| db.transact(TransactionBehavior::Immediate, step)).await
    }

    /// Reads within one transaction: a post with its parts is of one moment.
    async fn read<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.call(move |db| db.transact(TransactionBehavior::Deferred, look)).await
    }
}

fn stopped() -> Error {
    Error::new(ErrorKind::Storage, "store.stopped", "the thread of the database has stopped")
        .hint("see the log for why, and open the store again")
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SqliteStore")
    }
}

#[async_trait]
impl Store for SqliteStore {
    fn name(&self) -> &'static str {
        "sqlite"
    }

    async fn close(&self) {
        let (closed, done) = oneshot::channel();
        // Either fails where it was closed before, which is what was asked for.
        let _ = self.jobs.send(Job::Close(closed));
        let _ = done.await;
    }
}

/// What the thread owns.
struct Db {
    conn: Connection,
    keyring: Keyring,
    clock: StoreClock,
}

/// One transaction, at one time.
struct Tx<'a> {
    conn: &'a Transaction<'a>,
    keyring: &'a Keyring,
    now: Timestamp,
}

impl Db {
    /// Commits if all went well; leaves everything as it was if not.
    fn transact<T>(
        &mut self,
        behavior: TransactionBehavior,
        step: impl FnOnce(&Tx<'_>) -> Result<T>,
    ) -> Result<T> {
        let writes = matches!(behavior, TransactionBehavior::Immediate);
        let conn = self.conn.transaction_with_behavior(behavior).map_err(storage)?;
        // The time is read after the lock is there: waiting for it may have taken seconds.
        let now = if writes { tick(&conn, &self.clock)? } else { self.clock.now() };
        let done = step(&Tx { conn: &conn, keyring: &self.keyring, now })?;
        conn.commit().map_err(storage)?;
        Ok(done)
    }
}

/// Reads the clock, and keeps the largest time seen, to the second.
fn tick(conn: &Connection, clock: &StoreClock) -> Result<Timestamp> {
    let seen: i64 = conn
        .prepare_cached("SELECT seen FROM clock")
        .and_then(|mut found| found.query_row([], |row| row.get(0)))
        .map_err(storage)?;
    let now = clock.now_after(row::time("clock.seen", seen)?);
    if now.as_microsecond() > seen.saturating_add(1_000_000) {
        conn.prepare_cached("UPDATE clock SET seen = ?1")
            .and_then(|mut update| update.execute([now.as_microsecond()]))
            .map_err(storage)?;
    }
    Ok(now)
}
