//! The handle that programs hold.

use std::fmt;
use std::sync::Arc;

use futures_util::Stream;
use xmp_core::zones::Zones;
use xmp_core::{
    Authenticator, Clock, Context, Event, EventSink, HttpTransport, PlatformId, Platforms, Result,
    SendingStop, StopScope, Store, TenantId,
};

use crate::{Accounts, Builder, Remote, stream};

/// What all handles of one engine share.
pub(crate) struct Engine {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) platforms: Platforms,
    pub(crate) authenticators: Vec<Arc<dyn Authenticator>>,
    #[cfg(feature = "platform-mastodon")]
    pub(crate) transport: Arc<dyn HttpTransport>,
    pub(crate) clock: Arc<dyn Clock>,
    #[cfg(feature = "scheduler")]
    pub(crate) scheduler: xmp_scheduler::Scheduler,
    #[cfg(feature = "scheduler")]
    sink: Option<Arc<dyn EventSink>>,
    /// The store, where it is this one.
    #[cfg(feature = "store-postgres")]
    pub(crate) postgres: Option<xmp_store::PostgresStore>,
}

/// The engine: accounts, posts, workers. Cheap to clone; clones share everything.
///
/// Opening it starts no worker: a program says where one runs, with [`start_worker`](Self::start_worker).
#[derive(Clone)]
pub struct Xmp {
    pub(crate) engine: Arc<Engine>,
    tenant: TenantId,
    within: Option<Context>,
}

impl fmt::Debug for Xmp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Xmp")
            .field("tenant", &self.tenant)
            .field("store", &self.engine.store.name())
            .field("platforms", &self.engine.platforms)
            .finish()
    }
}

impl Xmp {
    /// Sets up an engine.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    #[expect(clippy::too_many_arguments, reason = "the builder gives what it has")]
    pub(crate) fn new(
        store: Arc<dyn Store>,
        platforms: Platforms,
        authenticators: Vec<Arc<dyn Authenticator>>,
        transport: Arc<dyn HttpTransport>,
        clock: Arc<dyn Clock>,
        tenant: TenantId,
        sink: Option<Arc<dyn EventSink>>,
        zones: Zones,
    ) -> Self {
        let engine = Engine {
            #[cfg(feature = "scheduler")]
            scheduler: xmp_scheduler::Scheduler::new(store.clone(), platforms.clone(), clock.clone())
                .with_zones(zones),
            store,
            platforms,
            authenticators,
            #[cfg(feature = "platform-mastodon")]
            transport,
            clock,
            #[cfg(feature = "scheduler")]
            sink,
            #[cfg(feature = "store-postgres")]
            postgres: None,
        };
        #[cfg(not(feature = "platform-mastodon"))]
        drop(transport);
        #[cfg(not(feature = "scheduler"))]
        drop((sink, zones));
        Self { engine: Arc::new(engine), tenant, within: None }
    }

    /// The engine as it was made, with what its store can do that others can't.
    #[cfg(feature = "store-postgres")]
    pub(crate) fn with_postgres(mut self, postgres: Option<xmp_store::PostgresStore>) -> Self {
        // Nobody else has it yet.
        if let Some(engine) = Arc::get_mut(&mut self.engine) {
            engine.postgres = postgres;
        }
        self
    }

    /// The same engine for another tenant: its accounts, posts and events are its own.
    #[must_use]
    pub fn tenant(&self, tenant: TenantId) -> Self {
        Self { engine: self.engine.clone(), tenant, within: None }
    }

    /// The same engine within a call of yours: its tenant, correlation id and actor go along, and requests to platforms
    /// that it causes keep its deadline and end with its cancellation. A step in the store is short, and done whole.
    #[must_use]
    pub fn within(&self, ctx: Context) -> Self {
        Self { engine: self.engine.clone(), tenant: ctx.tenant().clone(), within: Some(ctx) }
    }

    pub(crate) fn ctx(&self) -> Context {
        self.within.as_ref().map_or_else(|| Context::new(self.tenant.clone()), Context::child)
    }

    /// Closes the store, for all clones and tenants: calls afterwards fail. Stop the workers first. Without it the store
    /// is closed when the last clone and the last worker are gone.
    pub async fn close(self) {
        self.engine.store.close().await;
    }

    /// Connects accounts and lists them.
    #[must_use]
    pub fn accounts(&self) -> Accounts<'_> {
        Accounts::new(self)
    }

    /// Schedules posts and follows them.
    #[cfg(feature = "scheduler")]
    #[must_use]
    pub fn posts(&self) -> crate::Posts<'_> {
        crate::Posts::new(self)
    }

    /// Posts that come again, by a rule.
    #[cfg(feature = "scheduler")]
    #[must_use]
    pub fn series(&self) -> crate::SeriesGroup<'_> {
        crate::SeriesGroup::new(self)
    }

    /// Posts that take the next free one of weekly slots.
    #[cfg(feature = "scheduler")]
    #[must_use]
    pub fn queues(&self) -> crate::Queues<'_> {
        crate::Queues::new(self)
    }

    /// What X itself shows: profiles, timelines, single posts.
    #[cfg(feature = "platform-x")]
    #[must_use]
    pub fn x(&self) -> Remote<'_> {
        self.platform(PlatformId::X)
    }

    /// What a platform itself shows: profiles, timelines, single posts.
    #[must_use]
    pub fn platform(&self, platform: PlatformId) -> Remote<'_> {
        Remote::new(self, platform)
    }

    /// The platforms that are set up, with what they can do.
    #[must_use]
    pub fn platforms(&self) -> &Platforms {
        &self.engine.platforms
    }

    /// Events of this tenant after a place in the log (0: from the beginning), in order, at most `limit`.
    ///
    /// # Errors
    /// [`Storage`](xmp_core::ErrorKind::Storage).
    pub async fn events(&self, after: u64, limit: usize) -> Result<Vec<Event>> {
        self.engine.store.events(&self.ctx(), after, limit).await
    }

    /// All events of this tenant after a place in the log (0: from the beginning) that are there by now, in order.
    pub fn stream_events(&self, after: u64) -> impl Stream<Item = Result<Event>> {
        const PAGE: usize = 500;
        let xmp = self.clone();
        stream::pages(after, move |after| {
            let xmp = xmp.clone();
            async move {
                let page = xmp.events(after, PAGE).await?;
                let next = page.last().filter(|_| page.len() == PAGE).map(|last| last.sequence);
                Ok((page, next))
            }
        })
    }

    /// The consumers of this tenant's event log.
    #[must_use]
    pub fn consumers(&self) -> crate::Consumers<'_> {
        crate::Consumers::new(self)
    }

    /// Reads the event log from a place that is kept under a name: 1 to 64 characters out of `a-z A-Z 0-9 - _ .`. A new one
    /// begins with the oldest event.
    ///
    /// # Errors
    /// [`Validation`](xmp_core::ErrorKind::Validation) if it can't be a name.
    pub fn consumer(&self, name: &str) -> Result<crate::Consumer> {
        crate::Consumer::new(self, name)
    }

    /// The emergency stop: nothing that the scope covers is sent from now on, by any process, until it is
    /// [resumed](Self::resume_sending). What is on its way stays so, and is asked about. Stopping what is stopped changes nothing.
    ///
    /// ```
    /// # use xmp::{StopScope, Xmp};
    /// # async fn stop(xmp: Xmp) -> xmp::Result<()> {
    /// xmp.stop_sending(StopScope::All, "the campaign went wrong").await?;
    /// assert_eq!(xmp.stops().await?[0].scope, StopScope::All);
    /// xmp.resume_sending(StopScope::All).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Storage`](xmp_core::ErrorKind::Storage).
    pub async fn stop_sending(&self, scope: StopScope, why: &str) -> Result<SendingStop> {
        self.engine.store.stop_sending(&self.ctx(), scope, why).await
    }

    /// Lifts an emergency stop. Tells whether there was one.
    ///
    /// # Errors
    /// [`Storage`](xmp_core::ErrorKind::Storage).
    pub async fn resume_sending(&self, scope: StopScope) -> Result<bool> {
        let lifted = self.engine.store.resume_sending(&self.ctx(), scope).await?;
        #[cfg(feature = "scheduler")]
        self.engine.scheduler.wake().notify_one();
        Ok(lifted)
    }

    /// The emergency stops that are in force, for whomever.
    ///
    /// # Errors
    /// [`Storage`](xmp_core::ErrorKind::Storage).
    pub async fn stops(&self) -> Result<Vec<SendingStop>> {
        self.engine.store.stops().await
    }

    /// A worker, which does nothing until it is run.
    ///
    /// # Errors
    /// [`Configuration`](xmp_core::ErrorKind::Configuration) if an option makes no sense.
    #[cfg(feature = "scheduler")]
    pub fn worker(&self, options: xmp_scheduler::WorkerOptions) -> Result<xmp_scheduler::Worker> {
        let Engine { store, platforms, clock, scheduler, .. } = self.engine.as_ref();
        let worker = xmp_scheduler::Worker::new(store.clone(), platforms.clone(), clock.clone(), options)?;
        let worker = worker.woken_by(scheduler.wake()).with_zones(scheduler.zones().clone());
        Ok(match &self.engine.sink {
            Some(sink) => worker.with_sink(sink.clone()),
            None => worker,
        })
    }

    /// Starts a worker in the background of this program. It serves all tenants.
    ///
    /// # Errors
    /// As [`worker`](Self::worker).
    #[cfg(feature = "scheduler")]
    pub fn start_worker(&self, options: xmp_scheduler::WorkerOptions) -> Result<crate::RunningWorker> {
        Ok(crate::RunningWorker::start(self.worker(options)?, self.engine.clock.clone()))
    }
}
