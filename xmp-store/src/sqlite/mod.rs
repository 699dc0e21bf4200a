//! Everything in one SQLite file, which several processes on one host may share.

mod account;
mod claim;
mod consumer;
mod delivery;
mod edit;
mod error;
mod find;
mod fork;
mod insight;
mod kept;
mod limit;
mod log;
mod open;
mod person;
mod plan;
mod post;
mod prune;
mod row;
mod secret;
mod stop;
mod work;

use std::cell::Cell;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;
use xmp_core::{Clock, Error, ErrorKind, RequestStore, Result, Retry, Store};

use crate::seal::Keyring;
use crate::time::StoreClock;
use crate::told::Told;
use error::storage;
use kept::Kept;

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
/// One thread owns one connection and takes one step after another; steps that wait for it together are committed
/// together, each undone by itself if it is refused. Reads go the same way: a step takes well under a
/// millisecond beside the flush to disk that writes wait for, a second connection would have to be kept from reading
/// what is older than the caller's own last write, and nothing here reads for long.
///
/// A caller that goes away early (a dropped future) leaves nothing half done: a step that has begun ends as a whole
/// on its thread, and one that has not begun is left out.
#[derive(Clone)]
pub struct SqliteStore {
    jobs: mpsc::Sender<Job>,
    told: Told,
}

/// What the thread is asked for.
enum Job {
    /// A step, within a transaction that it may share with others.
    Write(Box<dyn Step>),
    /// A look.
    Read(Box<dyn FnOnce(&mut Db) + Send>),
    /// Closes the file, and tells.
    Close(oneshot::Sender<()>),
}

/// A step that a caller waits for. It is answered when it is committed, or when it is known that it is not.
trait Step: Send {
    /// Whether somebody still waits for it.
    fn is_wanted(&self) -> bool;
    /// Whether it is refused, if at all, before it has changed anything.
    fn checks_first(&self) -> bool;
    /// Takes it, and tells whether what it changed is to stay.
    fn take(&mut self, tx: &Tx<'_>) -> bool;
    /// Tells how it ended: well, if nothing went wrong with the transaction.
    fn tell(self: Box<Self>, committed: Result<()>);
}

struct Asked<F, T> {
    step: Option<F>,
    checks_first: bool,
    done: Option<Result<T>>,
    answer: oneshot::Sender<Result<T>>,
}

impl<F, T> Step for Asked<F, T>
where
    F: FnOnce(&Tx<'_>) -> Result<T> + Send,
    T: Send,
{
    fn is_wanted(&self) -> bool {
        !self.answer.is_closed()
    }

    fn checks_first(&self) -> bool {
        self.checks_first
    }

    fn take(&mut self, tx: &Tx<'_>) -> bool {
        self.done = self.step.take().map(|step| step(tx));
        matches!(self.done, Some(Ok(_)))
    }

    fn tell(self: Box<Self>, committed: Result<()>) {
        let answer = match (committed, self.done) {
            // A step that was refused is told why, whatever became of the others'.
            (_, Some(Err(error))) | (Err(error), _) => Err(error),
            (Ok(()), Some(done)) => done,
            (Ok(()), None) => Err(stopped()),
        };
        let _ = self.answer.send(answer);
    }
}

impl SqliteStore {
    /// Opens a file, makes it if it is not there, and brings it to this version's form.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] with the codes `store.path` (no such directory, or no file), `store.newer` (made
    /// by a newer version), `store.foreign` (another application's), `store.forked` (open in the parent of this forked process),
    /// `seal.wrong_key`; [`ErrorKind::Storage`] with
    /// `store.corrupt`, `store.read_only`, `store.busy`, `seal.broken`. Every call on an open store fails with `store.newer`
    /// from when a newer version has changed the file so that this one can't work with it.
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
        let told = Told::default();
        let tells = told.clone();
        let work = move || {
            let clock = StoreClock::new(clock);
            let noted = fork::OpenFile::note(&path);
            let open = noted.and_then(|file| Ok((open::open(&path, &options, &keyring, &clock)?, file)));
            match open {
                Ok((conn, file)) => {
                    let mut db = Db {
                        conn,
                        keyring,
                        clock,
                        kept: Kept::default(),
                        version: 0,
                        wrote: Cell::new(false),
                        told: tells,
                    };
                    // An opener that went away drops its sender: the loop then ends at once.
                    let _ = opened.send(Ok(()));
                    let closed = db.work(&todo);
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
        Ok(Self { jobs, told })
    }

    /// Takes a step within an immediate transaction, which others that wait at the same time may share.
    async fn write<T: Send + 'static>(
        &self,
        step: impl FnOnce(&Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.ask(step, false).await
    }

    /// The same, for a step that checks everything before it changes anything: it needs no savepoint of its own, which
    /// would cost a fifth of its time.
    async fn write_checked<T: Send + 'static>(
        &self,
        step: impl FnOnce(&Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.ask(step, true).await
    }

    async fn ask<T: Send + 'static>(
        &self,
        step: impl FnOnce(&Tx<'_>) -> Result<T> + Send + 'static,
        checks_first: bool,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let asked = Asked { step: Some(step), checks_first, done: None, answer };
        self.jobs.send(Job::Write(Box::new(asked))).map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }

    /// Reads within one transaction: a post with its parts is of one moment.
    async fn read<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let look = move |db: &mut Db| {
            if !answer.is_closed() {
                let _ = answer.send(db.look(look));
            }
        };
        self.jobs.send(Job::Read(Box::new(look))).map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }
}

/// At most so many steps are committed together.
const TOGETHER: usize = 256;

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

/// A transaction of another program's on the file would keep everybody else from writing: there are no requests.
impl RequestStore for SqliteStore {}

/// What the thread owns.
struct Db {
    conn: Connection,
    keyring: Keyring,
    clock: StoreClock,
    kept: Kept,
    /// The version of the file that was looked at last.
    version: i32,
    /// Whether the present transaction has written events.
    wrote: Cell<bool>,
    told: Told,
}

/// One step, at one time, within a transaction.
struct Tx<'a> {
    conn: &'a Connection,
    keyring: &'a Keyring,
    kept: &'a Kept,
    wrote: &'a Cell<bool>,
    now: Timestamp,
}

impl Db {
    /// Works until it is closed, or nobody can ask any more. Gives whom to tell.
    fn work(&mut self, todo: &mpsc::Receiver<Job>) -> Option<oneshot::Sender<()>> {
        let mut next = todo.recv().ok();
        while let Some(job) = next.take() {
            match job {
                Job::Close(closed) => return Some(closed),
                Job::Read(look) => look(self),
                Job::Write(first) => {
                    let mut steps = vec![first];
                    while steps.len() < TOGETHER {
                        match todo.try_recv() {
                            Ok(Job::Write(step)) => steps.push(step),
                            // What was asked later sees what was asked before it.
                            Ok(other) => {
                                next = Some(other);
                                break;
                            }
                            Err(_) => break,
                        }
                    }
                    self.commit(steps);
                }
            }
            next = next.or_else(|| todo.recv().ok());
        }
        None
    }

    /// Takes steps in one transaction, and tells each how it ended.
    fn commit(&mut self, mut steps: Vec<Box<dyn Step>>) {
        steps.retain(|step| step.is_wanted());
        if steps.is_empty() {
            return;
        }
        let committed = self.transact(&mut steps);
        if committed.is_err() {
            self.kept.clear();
        }
        if self.wrote.take() && committed.is_ok() {
            self.told.tell();
        }
        for step in steps {
            step.tell(committed.as_ref().copied().map_err(again));
        }
    }

    /// Commits what went well; leaves everything as it was for a step that was refused.
    fn transact(&mut self, steps: &mut [Box<dyn Step>]) -> Result<()> {
        let mut conn =
            self.conn.transaction_with_behavior(TransactionBehavior::Immediate).map_err(storage)?;
        open::check_version(&conn, &mut self.version)?;
        // The time is read after the lock is there: waiting for it may have taken seconds.
        let now = tick(&conn, &self.clock)?;
        let alone = steps.len() == 1;
        for step in steps {
            // A full disk, say, makes SQLite undo everything by itself: what comes now would be another transaction.
            if conn.is_autocommit() {
                return Err(undone());
            }
            let tx = |conn| Tx { conn, keyring: &self.keyring, kept: &self.kept, wrote: &self.wrote, now };
            if step.checks_first() {
                let before = conn.total_changes();
                let stays = step.take(&tx(&conn));
                self.kept.end_step(stays);
                // The database failed in the middle of it: nothing of this transaction may stay.
                if !stays && conn.total_changes() != before {
                    return Err(undone());
                }
                continue;
            }
            let own = conn.savepoint().map_err(storage)?;
            let stays = step.take(&tx(&own));
            self.kept.end_step(stays);
            if stays {
                own.commit().map_err(storage)?;
            } else {
                drop(own);
                if alone {
                    return Ok(());
                }
            }
        }
        conn.commit().map_err(storage)
    }

    /// Reads within one transaction.
    fn look<T>(&mut self, look: impl FnOnce(&Tx<'_>) -> Result<T>) -> Result<T> {
        let conn = self.conn.transaction().map_err(storage)?;
        open::check_version(&conn, &mut self.version)?;
        let Self { keyring, kept, wrote, clock, .. } = self;
        look(&Tx { conn: &conn, keyring, kept, wrote, now: clock.now() })
    }
}

fn undone() -> Error {
    Error::new(ErrorKind::Storage, "store.undone", "SQLite has undone the whole transaction")
        .with_retry(Retry::After(Duration::from_secs(1)))
        .hint("look at the disk: nothing was changed")
}

/// The same error for another of those who waited together.
fn again(error: &Error) -> Error {
    let same = Error::new(error.kind(), error.code(), error.message().to_owned()).with_retry(error.retry());
    match error.advice() {
        Some(advice) => same.hint(advice),
        None => same,
    }
}

/// Reads the clock, and keeps the largest time seen, to the second.
fn tick(conn: &Connection, clock: &StoreClock) -> Result<Timestamp> {
    let seen: i64 = conn
        .prepare_cached("SELECT seen FROM clock")
        .and_then(|mut found| found.query_row([], |row| row.get(0)))
        .map_err(storage)?;
    let now = clock.now_after(row::time(seen, || "clock.seen".to_owned())?);
    if now.as_microsecond() > seen.saturating_add(1_000_000) {
        conn.prepare_cached("UPDATE clock SET seen = ?1")
            .and_then(|mut update| update.execute([now.as_microsecond()]))
            .map_err(storage)?;
    }
    Ok(now)
}
