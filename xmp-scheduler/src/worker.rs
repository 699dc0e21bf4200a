//! The lease loop.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tracing::Instrument;
use xmp_core::state::PartState;
use xmp_core::step::Verdict;
use xmp_core::zones::Zones;
use xmp_core::{
    CancelToken, ClaimRequest, Claimed, Clock, Context, Deadline, Delivery, Error, ErrorKind, EventSink,
    Finding, Lease, OnAbsent, PartId, Platforms, PostId, Result, Store, WorkerId,
};

use crate::backoff::random;
use crate::decide;
use crate::watch::keep_alive;
use crate::{Scheduler, WorkerOptions};

/// How long a worker waits when its store fails.
pub(crate) const STORE_WAIT: Duration = Duration::from_secs(1);
/// How often a busy worker looks for what is to be asked about.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Where more is due than there are slots, a claim waits until one in so many is free, but no longer than this since the
/// last one: many small claims cost more than they bring.
const SHARE: usize = 4;
const CLAIM_EVERY: Duration = Duration::from_millis(10);
/// How often series and time zones are looked at.
const PLAN_EVERY: Duration = Duration::from_secs(10);
/// How many posts are given another time at once, when the rules of their zones have changed.
const MOVED_AT_ONCE: usize = 200;
/// How often finished posts and old events are forgotten.
const TIDY_EVERY: Duration = Duration::from_secs(600);
/// How soon again, if there were more.
const TIDY_AGAIN: Duration = Duration::from_millis(200);
/// How many of them are forgotten at once: no transaction grows long.
const FORGOTTEN_AT_ONCE: usize = 500;

/// What the tasks of a worker share.
pub(crate) struct Engine {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) platforms: Platforms,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) options: WorkerOptions,
    pub(crate) zones: Zones,
    /// Ends all work on deliveries.
    halt: CancelToken,
    sink: Option<Arc<dyn EventSink>>,
}

/// Claims what is due and delivers it. Any number of workers, in any number of processes, may share a store.
///
/// [`run`](Self::run) stops softly when its token is cancelled, and hard when it is [halted](Self::halt). Dropping a running worker
/// is a crash: what it was sending becomes unconfirmed when its lease ends, and another worker asks the platform.
#[derive(Clone)]
pub struct Worker {
    id: WorkerId,
    engine: Arc<Engine>,
    wake: Arc<Notify>,
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("id", &self.id)
            .field("options", &self.engine.options)
            .finish_non_exhaustive()
    }
}

impl Worker {
    /// A worker, which does nothing until it is [run](Self::run).
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] if an option makes no sense, or a platform's request could outlive the lease.
    pub fn new(
        store: Arc<dyn Store>,
        platforms: Platforms,
        clock: Arc<dyn Clock>,
        options: WorkerOptions,
    ) -> Result<Self> {
        options.check()?;
        let id = WorkerId::new(clock.now());
        let halt = CancelToken::new();
        let zones = Zones::system();
        let engine = Arc::new(Engine { store, platforms, clock, options, zones, halt, sink: None });
        Ok(Self { id, engine, wake: Arc::new(Notify::new()) })
    }

    /// Tells events to `sink` as they happen in this worker.
    #[must_use]
    pub fn with_sink(self, sink: Arc<dyn EventSink>) -> Self {
        let engine = Engine { sink: Some(sink), ..self.engine.again() };
        Self { engine: Arc::new(engine), ..self }
    }

    /// Goes by these time zones, and not by the system's.
    #[must_use]
    pub fn with_zones(self, zones: Zones) -> Self {
        let engine = Engine { zones, ..self.engine.again() };
        Self { engine: Arc::new(engine), ..self }
    }

    /// Looks at the store at once when `wake` is notified: posts that this process schedules need not wait for a poll.
    #[must_use]
    pub fn woken_by(self, wake: Arc<Notify>) -> Self {
        Self { wake, ..self }
    }

    /// Its id, as leases name it.
    #[must_use]
    pub fn id(&self) -> WorkerId {
        self.id
    }

    /// Stops it hard: it takes nothing new, gives back what it is getting ready, and lets go of requests that are on their
    /// way. Those become unconfirmed at once, for the next worker to ask about.
    pub fn halt(&self) {
        self.engine.halt.cancel();
    }

    /// Works until `stop` is cancelled, then takes nothing new, finishes what is in flight and returns. Errors of the
    /// store and of single deliveries are logged and outlived.
    pub async fn run(&self, stop: &CancelToken) {
        let (clock, options, halt) = (&self.engine.clock, &self.engine.options, &self.engine.halt);
        let mut publishing = JoinSet::new();
        let mut reconciling = JoinSet::new();
        let mut asking = JoinSet::new();
        let mut housekeeping = Deadline::after(clock.as_ref(), Duration::ZERO);
        let mut looking = housekeeping;
        let mut planning = housekeeping;
        // Until when a claim that left more behind it counts.
        let mut crowded = housekeeping;
        // Whether something was due that a claim had just not found.
        let mut overlooked = false;
        tracing::info!(worker = %self.id, store = self.engine.store.name(), "worker starts");
        while !stop.is_cancelled() && !halt.is_cancelled() {
            // Those that end together leave room for one claim, not for one each.
            tokio::task::yield_now().await;
            while publishing.try_join_next().is_some() {}
            while reconciling.try_join_next().is_some() {}
            let free = options.publish_slots - publishing.len();
            let room = if crowded.passed(clock.as_ref()) { 1 } else { options.publish_slots.div_ceil(SHARE) };
            let claimed = async {
                let mut claimed = 0;
                if free >= room {
                    claimed = self.start(&mut publishing, free, false).await?;
                    if claimed == free {
                        crowded = Deadline::after(clock.as_ref(), CLAIM_EVERY);
                    }
                }
                if (claimed > 0 || free < room) && !looking.passed(clock.as_ref()) {
                    return Ok(claimed);
                }
                looking = Deadline::after(clock.as_ref(), LOOK_EVERY);
                // Beside the others: what a request needs to be checked may take its time.
                if asking.try_join_next().is_some() || asking.is_empty() {
                    let (engine, id) = (self.engine.clone(), self.id);
                    asking.spawn(async move { engine.requests(id).await });
                }
                let free = options.reconcile_slots - reconciling.len();
                Ok::<_, Error>(claimed + self.start(&mut reconciling, free, true).await?)
            };
            let wait = match claimed.await {
                Ok(_) if publishing.len() == options.publish_slots => looking.left(clock.as_ref()),
                Ok(_) if free < room => looking.left(clock.as_ref()).min(crowded.left(clock.as_ref())),
                // What was claimed may have left more behind it: an account gives one delivery at a time.
                Ok(claimed) if claimed > 0 => {
                    overlooked = false;
                    Duration::ZERO
                }
                Ok(_) => self.wait(&mut overlooked).await,
                Err(error) => {
                    tracing::error!(worker = %self.id, %error, "the store failed");
                    STORE_WAIT
                }
            };
            if wait.is_zero() {
                continue;
            }
            if planning.passed(clock.as_ref()) {
                planning = Deadline::after(clock.as_ref(), self.engine.plan(self.id).await);
            }
            if housekeeping.passed(clock.as_ref()) {
                housekeeping = Deadline::after(clock.as_ref(), self.tidy_up().await);
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = halt.cancelled() => {}
                () = clock.sleep(wait) => {}
                () = self.wake.notified() => {}
                () = self.engine.store.woken() => {}
                Some(_) = publishing.join_next() => {}
                Some(_) = reconciling.join_next() => {}
            }
        }
        tracing::info!(worker = %self.id, in_flight = publishing.len() + reconciling.len(), "worker stops");
        while publishing.join_next().await.is_some() {}
        while reconciling.join_next().await.is_some() {}
    }

    /// Forgets what is final, and events, that are old enough: a bounded number of them. Gives when to do so again.
    async fn tidy_up(&self) -> Duration {
        let Engine { store, options, .. } = self.engine.as_ref();
        let forgotten = async {
            let mut forgotten = 0;
            if let Some(keep_for) = options.keep_finished_for {
                forgotten += store.prune(keep_for, FORGOTTEN_AT_ONCE).await?;
            }
            if let Some(keep_for) = options.keep_events_for {
                forgotten += store.prune_events(keep_for, FORGOTTEN_AT_ONCE).await?;
            }
            Ok::<_, Error>(forgotten)
        };
        match forgotten.await {
            Ok(0) => TIDY_EVERY,
            Ok(_) => TIDY_AGAIN,
            Err(error) => {
                tracing::error!(worker = %self.id, %error, "could not forget what is old");
                TIDY_EVERY
            }
        }
    }

    /// Does all that is due at this moment, and what becomes due while it does so, then returns how many deliveries
    /// it worked on. For programs that bring their own loop, and for tests that move the clock.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] if the store can't be asked.
    pub async fn run_due(&self) -> Result<usize> {
        let mut worked = 0;
        while self.engine.plan(self.id).await.is_zero() {}
        loop {
            let mut tasks = JoinSet::new();
            self.engine.requests(self.id).await;
            let publish = self.start(&mut tasks, self.engine.options.publish_slots, false).await?;
            let reconcile = self.start(&mut tasks, self.engine.options.reconcile_slots, true).await?;
            while tasks.join_next().await.is_some() {}
            if publish + reconcile == 0 {
                return Ok(worked);
            }
            worked += publish + reconcile;
        }
    }

    /// Claims up to `slots` deliveries and starts on them.
    async fn start(&self, tasks: &mut JoinSet<()>, slots: usize, reconcile: bool) -> Result<usize> {
        if slots == 0 || self.engine.halt.is_cancelled() {
            return Ok(0);
        }
        let request = ClaimRequest {
            worker: self.id,
            lease_for: self.engine.options.lease_for,
            limit: slots,
            reconcile,
            platforms: self.engine.platforms.ids(),
        };
        let claimed = self.engine.store.claim(&request).await?;
        let count = claimed.len();
        for claimed in claimed {
            let engine = self.engine.clone();
            tasks.spawn(async move { engine.work(claimed, reconcile).await });
        }
        Ok(count)
    }

    /// How long until there may be something to do.
    async fn wait(&self, overlooked: &mut bool) -> Duration {
        let poll = self.engine.options.poll;
        match self.engine.store.next_due(&self.engine.platforms.ids()).await {
            // It has become due since the claim looked.
            Ok(Some(due)) if due.is_zero() && !*overlooked => {
                *overlooked = true;
                Duration::ZERO
            }
            // What is due already and was not claimed waits for a slot, its account, or another worker's lease.
            Ok(due) => {
                *overlooked = false;
                due.filter(|due| !due.is_zero()).map_or(poll, |due| due.min(poll))
            }
            Err(error) => {
                tracing::error!(worker = %self.id, %error, "the store failed");
                STORE_WAIT
            }
        }
    }
}

impl Engine {
    /// The same engine, before it has begun.
    fn again(&self) -> Self {
        Self {
            store: self.store.clone(),
            platforms: self.platforms.clone(),
            clock: self.clock.clone(),
            options: self.options,
            zones: self.zones.clone(),
            halt: CancelToken::new(),
            sink: self.sink.clone(),
        }
    }

    /// Makes the posts of series that are to be made by now, and resolves local times again where the rules of their zones
    /// have changed. Gives when to do so again.
    async fn plan(&self, worker: WorkerId) -> Duration {
        let scheduler = Scheduler::new(self.store.clone(), self.platforms.clone(), self.clock.clone())
            .with_zones(self.zones.clone());
        let done = async {
            let moved = scheduler.resolve_again(MOVED_AT_ONCE).await?;
            Ok::<_, Error>(scheduler.make_due().await? > 0 || moved == MOVED_AT_ONCE)
        };
        match done.await {
            Ok(true) => Duration::ZERO,
            Ok(false) => PLAN_EVERY,
            Err(error) => {
                tracing::error!(%worker, %error, "series could not be looked at");
                PLAN_EVERY
            }
        }
    }

    /// Works on one delivery while its lease is kept alive.
    async fn work(&self, claimed: Claimed, reconcile: bool) {
        let cancel = self.halt.child();
        let ctx = Context::new(claimed.lease.tenant.clone())
            .correlated(claimed.correlation_id)
            .for_account(claimed.account.id)
            .by("worker")
            .cancelled_by(cancel.clone());
        let (lease, post) = (claimed.lease.clone(), claimed.delivery.post);
        let span = tracing::info_span!(
            "deliver",
            delivery = %lease.delivery,
            account = %claimed.account.id,
            platform = %claimed.delivery.platform,
            fence = lease.fence,
            correlation_id = %ctx.correlation_id(),
            reconcile,
        );
        let work = async {
            if reconcile { self.reconcile(&ctx, claimed).await } else { self.publish(&ctx, claimed).await }
        };
        let work = AssertUnwindSafe(work).catch_unwind();
        let alive =
            keep_alive(self.store.as_ref(), self.clock.as_ref(), &lease, self.options.lease_for, &cancel);
        let outcome = async {
            tokio::select! {
                // A panic in a platform's code ends this delivery's turn, not the worker.
                outcome = work => outcome.unwrap_or_else(|_| Err(panicked())),
                () = alive => Ok(()),
            }
        };
        async {
            match outcome.await {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::LeaseLost => {
                    tracing::warn!(%error, "another worker goes on");
                }
                Err(error) => {
                    tracing::error!(%error, "could not go on");
                    if let Err(error) = self.give_back(&ctx, &lease, post, error).await {
                        // The lease ends by itself, and the next worker finds out what is true.
                        tracing::error!(%error, "could not give the delivery back");
                    }
                }
            }
        }
        .instrument(span)
        .await;
    }

    /// Gives a delivery back that could not be worked on, by what is true of it: a defect that strikes every time ends
    /// as a dead letter or with a person, and holds nobody else up.
    async fn give_back(&self, ctx: &Context, lease: &Lease, post: PostId, error: Error) -> Result<()> {
        let view = self.store.post(ctx, post).await?;
        let own = view.deliveries.iter().find(|delivery| delivery.id == lease.delivery);
        let Some(part) = own.and_then(Delivery::current) else { return Ok(()) };
        let verdict = match part.state {
            // What the store contradicts is a defect here, and no reason to give a post up at once.
            PartState::Waiting if error.kind() == ErrorKind::Conflict => {
                let defect = Error::new(ErrorKind::Internal, "worker.conflict", error.to_string());
                decide::after_prepare(&defect, part, &self.options.retry, random())
            }
            PartState::Waiting => decide::after_prepare(&error, part, &self.options.retry, random()),
            PartState::Sending => Verdict::Unconfirmed { error: (&error).into() },
            PartState::Unconfirmed => {
                let (retry, look) = (&self.options.retry, &self.options.look);
                let unreadable = Finding::Unreadable(error);
                decide::after_look(unreadable, part, OnAbsent::Hold, retry, look, self.clock.now())
            }
            PartState::Held
            | PartState::Published
            | PartState::Failed
            | PartState::Cancelled
            | PartState::Expired => return Ok(()),
        };
        self.conclude(lease, part.id, verdict).await.map(drop)
    }

    /// Writes down a verdict. What was learned about the world is worth a few tries at a store that fails for a moment:
    /// without it the platform has to be asked.
    pub(crate) async fn conclude(&self, lease: &Lease, part: PartId, verdict: Verdict) -> Result<Delivery> {
        let mut tries = 0;
        loop {
            match self.store.conclude(lease, part, verdict.clone()).await {
                Ok((delivery, events)) => {
                    if let Some(sink) = &self.sink {
                        sink.emit(&events).await;
                    }
                    return Ok(delivery);
                }
                Err(error) if error.kind() == ErrorKind::Storage && tries < 3 => {
                    tries += 1;
                    tracing::warn!(delivery = %lease.delivery, %error, tries, "could not write down what came of it");
                    self.clock.sleep(STORE_WAIT).await;
                }
                Err(error) => return Err(error),
            }
        }
    }
}

fn panicked() -> Error {
    Error::new(ErrorKind::Internal, "worker.panicked", "the work on this delivery ended by a panic")
        .hint("please report it, with the log of that moment")
}
