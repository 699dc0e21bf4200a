//! What many workers' tasks do at once, written together.
//!
//! A flush to disk takes as long for one row as for a thousand. So steps on leases go to a task, which takes all that
//! wait, applies each to the copy that is kept of its delivery, and writes them in one transaction. While one transaction
//! is on its way another one is gathered: there are two such tasks.
//!
//! Each step stands for itself: one that a copy refuses, or whose row has changed, is done again by itself, on the row
//! as it is, and gets its own error. Nothing is decided by a copy but what the row then confirms. One that has to wait for
//! a row waits in a task of its own, and holds nobody else up.

use std::collections::HashSet;
use std::sync::{Arc, Weak};

use jiff::Timestamp;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::{Mutex, Semaphore, oneshot};
use xmp_core::step::{self, NewAttempt, Stepped, Verdict};
use xmp_core::{Attempt, Begun, Checkpoint, Delivery, Event, Lease, PartId, Result};

use super::error::{again, stopped};
use super::keep::Write;
use super::record::Record;
use super::row::{Cols, key};
use super::tx::Tx;
use super::{Inner, PostgresStore};
use crate::rules::{self, Origin};

/// How many steps one transaction takes at most.
const AT_ONCE: usize = 512;

/// How many transactions are on their way at a time.
const TASKS: usize = 2;

/// How many steps are taken by themselves at a time, beside those.
const ALONE: usize = 2;

/// A step on a lease.
#[derive(Clone)]
pub(super) enum What {
    Renew(std::time::Duration),
    Checkpoint(PartId, Checkpoint),
    Begin(NewAttempt),
    Conclude(PartId, Verdict),
}

/// What came of it.
pub(super) enum Did {
    Begun(Begun),
    Changed(Box<Delivery>, Vec<Event>),
}

/// Somebody who waits for a step.
pub(super) struct Ask {
    lease: Lease,
    what: What,
    answer: oneshot::Sender<Result<Did>>,
}

impl PostgresStore {
    /// Has a step done together with others, and waits for it.
    pub(super) async fn step(&self, lease: &Lease, what: What) -> Result<Did> {
        let (answer, answered) = oneshot::channel();
        let ask = Ask { lease: lease.clone(), what, answer };
        self.inner.asks.send(ask).map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }
}

/// Starts the tasks. They end when the store is gone.
pub(super) fn start(inner: &Arc<Inner>, asked: UnboundedReceiver<Ask>) {
    let asked = Arc::new(Mutex::new(asked));
    let alone = Arc::new(Semaphore::new(ALONE));
    for _ in 0..TASKS {
        tokio::spawn(gather(Arc::downgrade(inner), asked.clone(), alone.clone()));
    }
}

async fn gather(store: Weak<Inner>, asked: Arc<Mutex<UnboundedReceiver<Ask>>>, alone: Arc<Semaphore>) {
    loop {
        let mut asks = Vec::new();
        {
            let mut asked = asked.lock().await;
            if asked.recv_many(&mut asks, AT_ONCE).await == 0 {
                return;
            }
            // Those who were answered together ask together: what they have ready is taken along.
            let mut before = 0;
            while asks.len() > before && asks.len() < AT_ONCE {
                before = asks.len();
                tokio::task::yield_now().await;
                while asks.len() < AT_ONCE
                    && let Ok(ask) = asked.try_recv()
                {
                    asks.push(ask);
                }
            }
        }
        let Some(inner) = store.upgrade() else { return };
        // A caller that went away before its step was begun leaves nothing behind.
        asks.retain(|ask| !ask.answer.is_closed());
        for ask in inner.take_all(asks).await {
            tokio::spawn(take_alone(inner.clone(), ask, alone.clone()));
        }
    }
}

/// Takes a step by itself when it is its turn.
async fn take_alone(inner: Arc<Inner>, ask: Ask, turns: Arc<Semaphore>) {
    let Ok(_turn) = turns.acquire().await else { return };
    if !ask.answer.is_closed() {
        let done = inner.take_alone(&ask.lease, &ask.what).await;
        let _ = ask.answer.send(done);
    }
}

impl Inner {
    /// Takes steps together, and gives back those that have to be taken by themselves.
    async fn take_all(&self, asks: Vec<Ask>) -> Vec<Ask> {
        let mut seen = HashSet::new();
        let mut together = Vec::new();
        let mut alone = Vec::new();
        for ask in asks {
            // Of two steps on one delivery the second follows the first.
            let first = seen.insert(ask.lease.delivery);
            match first.then(|| self.kept.take(&ask.lease)).flatten() {
                Some(record) => together.push((ask, record)),
                None => alone.push(ask),
            }
        }
        if !together.is_empty() {
            alone.extend(self.write_together(together).await);
        }
        alone
    }

    /// Applies and writes steps, and answers. Gives back those that have to be done by themselves.
    async fn write_together(&self, asks: Vec<(Ask, Record)>) -> Vec<Ask> {
        // It would rather fail than wait.
        let tx = match self.begin_step(&self.begin_hurried).await {
            Ok(tx) => tx,
            Err(error) => {
                // Nothing has changed: the copies are as good as before.
                for (ask, record) in asks {
                    let now = record.granted.unwrap_or_default();
                    self.kept.put(record, now);
                    let _ = ask.answer.send(Err(again(&error)));
                }
                return Vec::new();
            }
        };
        let now = tx.now;
        let mut alone = Vec::new();
        let mut asking = Vec::new();
        let mut writes = Vec::new();
        for (ask, record) in asks {
            match apply(&record, &ask.lease, &ask.what, now) {
                // What its copy says has no time left is told of by itself.
                Ok((write, _)) if write.intent.is_some() && record.delivery.is_expired(now) => {
                    alone.push(ask);
                }
                Ok((write, attempt)) => {
                    asking.push((ask, attempt));
                    writes.push(write);
                }
                Err(_) => alone.push(ask),
            }
        }
        match tx.keep_and_end(&mut writes).await {
            Ok(Ok(done)) => {
                for (((ask, attempt), write), done) in asking.into_iter().zip(writes).zip(done) {
                    if done {
                        self.answer(ask, write, attempt, now);
                    } else {
                        alone.push(ask);
                    }
                }
            }
            // One of them stood in the way of all.
            Ok(Err(_)) => alone.extend(asking.into_iter().map(|(ask, _)| ask)),
            Err(error) => {
                for (ask, _) in asking {
                    let _ = ask.answer.send(Err(again(&error)));
                }
            }
        }
        alone
    }

    /// Tells that a step was written. The copy is kept before: the next step may follow at once.
    fn answer(&self, ask: Ask, write: Write, attempt: Option<Attempt>, now: Timestamp) {
        let did = self.did(write, attempt, now);
        let _ = ask.answer.send(Ok(did));
    }

    fn did(&self, write: Write, attempt: Option<Attempt>, now: Timestamp) -> Did {
        let delivery = write.after.delivery.clone();
        self.kept.put(write.after, now);
        match attempt {
            Some(attempt) => Did::Begun(Begun::Attempt(Box::new(attempt))),
            None => Did::Changed(Box::new(delivery), write.events),
        }
    }

    /// Takes a step in a transaction of its own, on the row as it is.
    async fn take_alone(&self, lease: &Lease, what: &What) -> Result<Did> {
        match self.try_alone(lease, what).await {
            // Somebody else wrote the same remote id at this moment: now it can be told whose it is.
            Err(error) if error.code() == super::error::TAKEN => self.try_alone(lease, what).await,
            done => done,
        }
    }

    async fn try_alone(&self, lease: &Lease, what: &What) -> Result<Did> {
        let tx = self.begin_step(&self.begin).await?;
        let now = tx.now;
        let done = tx.take_alone(lease, what).await;
        match tx.end(done).await? {
            Alone::Written(write, attempt) => Ok(self.did(*write, attempt, now)),
            Alone::Begun(begun) => Ok(Did::Begun(begun)),
        }
    }
}

/// What came of a step that was taken by itself.
enum Alone {
    Written(Box<Write>, Option<Attempt>),
    Begun(Begun),
}

/// Applies a step to a delivery.
fn apply(before: &Record, lease: &Lease, what: &What, now: Timestamp) -> Result<(Write, Option<Attempt>)> {
    let mut after = before.delivery.clone();
    let mut begun = None;
    let stepped = match what {
        What::Renew(time) => {
            step::renew(&mut after, lease, *time, now)?;
            Stepped::default()
        }
        What::Checkpoint(part, checkpoint) => {
            step::checkpoint(&mut after, lease, *part, checkpoint.clone(), now)?;
            Stepped::default()
        }
        What::Begin(new) => {
            begun = Some(new.part);
            step::begin(&mut after, lease, new.clone(), now)?.1
        }
        What::Conclude(part, verdict) => step::conclude(&mut after, lease, *part, verdict.clone(), now)?,
    };
    let origin = Origin::worker(&lease.tenant, before.correlation_id);
    let mut write = Write::new(before, after, stepped, &origin, now);
    let part = begun.and_then(|id| write.after.delivery.parts.iter().find(|part| part.id == id));
    write.intent = part.map(|part| part.fingerprint);
    // As it is kept: its times are cut.
    let attempt = part.and_then(|part| part.attempt.clone());
    Ok((write, attempt))
}

impl Tx<'_> {
    async fn take_alone(&self, lease: &Lease, what: &What) -> Result<Alone> {
        let record = self.own(&lease.tenant, lease.delivery).await?;
        let record = record.ok_or_else(|| rules::lease_gone(lease))?;
        let (mut write, attempt) = apply(&record, lease, what, self.now)?;
        if let Some(intent) = write.intent.take() {
            let delivery = &record.delivery;
            let account = self.account(&delivery.tenant, delivery.account).await?.state;
            if let Some(refused) = rules::refusal(delivery, account, &self.stops().await?, self.now) {
                return Ok(Alone::Begun(refused));
            }
            let equal = self
                .query_opt(
                    "SELECT o.id FROM xmp.deliveries o WHERE o.tenant = $1 AND o.account = $2 AND o.adrift
                         AND o.id <> $3 AND o.doubtful = $4 ORDER BY o.id LIMIT 1",
                    &[
                        &delivery.tenant.as_str(),
                        &key(delivery.account),
                        &key(delivery.id),
                        &intent.to_string(),
                    ],
                )
                .await?;
            if let Some(row) = equal {
                let other = Cols::of("deliveries", &row).id("id")?;
                return Ok(Alone::Begun(Begun::EqualUnresolved(other)));
            }
        }
        if let What::Conclude(part, Verdict::Published(published)) = what {
            self.check_owner(&record.delivery, *part, &published.remote_id).await?;
        }
        self.keep(std::slice::from_mut(&mut write)).await?;
        Ok(Alone::Written(Box::new(write), attempt))
    }
}
