//! Reading the event log at one's own pace.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::{Stream, stream};
use xmp_core::{
    Certainty, ConsumerName, Context, Deadline, Error, ErrorKind, Event, EventConsumer, EventKind, Result,
};

use crate::Xmp;

/// How many events are read at once.
const PAGE: usize = 500;
/// How often other processes' events are looked for.
const POLL: Duration = Duration::from_secs(1);
/// How long a stream waits before it looks where its consumer stands.
const WAIT: Duration = Duration::from_secs(60);

/// The consumers of this tenant's event log.
#[derive(Clone, Copy, Debug)]
pub struct Consumers<'a> {
    xmp: &'a Xmp,
}

impl<'a> Consumers<'a> {
    pub(crate) fn new(xmp: &'a Xmp) -> Self {
        Self { xmp }
    }

    /// The consumers that are known, by their names: those that have acknowledged something or were rewound.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage).
    pub async fn list(&self) -> Result<Vec<EventConsumer>> {
        self.xmp.engine.store.consumers(&self.xmp.ctx()).await
    }

    /// Forgets a consumer: no events are kept for it any more, and one of that name begins anew. Tells whether there was one.
    ///
    /// # Errors
    /// [`Validation`](ErrorKind::Validation) if it can't be a name.
    pub async fn forget(&self, name: &str) -> Result<bool> {
        self.xmp.engine.store.forget_consumer(&self.xmp.ctx(), &ConsumerName::new(name)?).await
    }
}

/// Reads the event log from a place of its own, which is kept under its name: it goes on there after a restart. Each event is
/// told at least once, and those of a post in order.
///
/// One reader at a time: two that use one name get the same events. Cheap to clone.
///
/// ```
/// # use xmp::Xmp;
/// # async fn read(xmp: Xmp) -> xmp::Result<()> {
/// use std::time::Duration;
///
/// let audit = xmp.consumer("audit")?;
/// for event in audit.read(100, Duration::from_secs(30)).await? {
///     println!("{} {}", event.at, event.kind.as_str());
///     audit.acknowledge(event.sequence).await?;
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Consumer {
    xmp: Xmp,
    name: ConsumerName,
    kinds: Vec<EventKind>,
}

impl Consumer {
    pub(crate) fn new(xmp: &Xmp, name: &str) -> Result<Self> {
        Ok(Self { xmp: xmp.clone(), name: ConsumerName::new(name)?, kinds: Vec::new() })
    }

    /// Reads events of these kinds alone; of all, if there are none. Those of other kinds that come before the first that it
    /// reads count as acknowledged: give one name always the same kinds.
    #[must_use]
    pub fn only(self, kinds: impl IntoIterator<Item = EventKind>) -> Self {
        Self { kinds: kinds.into_iter().collect(), ..self }
    }

    /// The `sequence` of the last event that was acknowledged; 0 if none was.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage).
    pub async fn position(&self) -> Result<u64> {
        self.xmp.engine.store.position(&self.xmp.ctx(), &self.name).await
    }

    /// The events that are not acknowledged yet, in order, at most `limit`. Where there are none it waits for the first, up to
    /// `wait`, and no longer than the call it is [within](Xmp::within) may take. Until they are acknowledged the same events are
    /// read again.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage); [`Cancelled`](ErrorKind::Cancelled) if the call was cancelled.
    pub async fn read(&self, limit: usize, wait: Duration) -> Result<Vec<Event>> {
        let (store, clock) = (&self.xmp.engine.store, self.xmp.engine.clock.as_ref());
        let ctx = self.xmp.ctx();
        let own = Deadline::after(clock, wait);
        let deadline = ctx.deadline().map_or(own, |calls| calls.min(own));
        // Known before it looks: what is written while it does is not missed.
        let mut told = store.told(0).await;
        loop {
            let events = self.look(&ctx, limit).await?;
            let left = deadline.left(clock);
            if !events.is_empty() || limit == 0 || left.is_zero() {
                return Ok(events);
            }
            tokio::select! {
                more = store.told(told) => told = more,
                () = clock.sleep(left.min(POLL)) => {}
                () = ctx.cancel().cancelled() => return Err(cancelled()),
            }
        }
    }

    /// Acknowledges all events up to this `sequence`: they are not read again. Gives where the consumer stands then, which never
    /// goes back: the call is repeatable.
    ///
    /// # Errors
    /// [`Validation`](ErrorKind::Validation) with the code `consumer.beyond` for a place that the log has not come to.
    pub async fn acknowledge(&self, sequence: u64) -> Result<u64> {
        self.xmp.engine.store.acknowledge(&self.xmp.ctx(), &self.name, sequence).await
    }

    /// Goes back: the events after this `sequence` (0: all that are kept) are read again. Gives where the consumer stands then;
    /// a place that is not before that changes nothing.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage).
    pub async fn rewind(&self, sequence: u64) -> Result<u64> {
        self.xmp.engine.store.rewind(&self.xmp.ctx(), &self.name, sequence).await
    }

    /// Events as they happen, without end but for an error: each is acknowledged when the next one is asked for, and so is told
    /// again if the program ends before.
    ///
    /// ```
    /// # use xmp::Xmp;
    /// # async fn follow(xmp: Xmp) -> xmp::Result<()> {
    /// use std::pin::pin;
    /// use futures_util::TryStreamExt;
    ///
    /// let mut events = pin!(xmp.consumer("mail")?.stream());
    /// while let Some(event) = events.try_next().await? {
    ///     println!("{}", event.kind.as_str());
    /// }
    /// # Ok(()) }
    /// ```
    pub fn stream(&self) -> impl Stream<Item = Result<Event>> + Send + use<> {
        let begun = (self.clone(), VecDeque::new(), None);
        stream::try_unfold(begun, |(consumer, mut read, told): (Self, VecDeque<Event>, _)| async move {
            if let Some(told) = told {
                consumer.acknowledge(told).await?;
            }
            loop {
                if let Some(event) = read.pop_front() {
                    let told = Some(event.sequence);
                    return Ok(Some((event, (consumer, read, told))));
                }
                read = consumer.read(PAGE, WAIT).await?.into();
            }
        })
    }

    /// What there is now. What is passed over before the first is acknowledged: it need not be passed over again.
    async fn look(&self, ctx: &Context, limit: usize) -> Result<Vec<Event>> {
        let store = &self.xmp.engine.store;
        let begun = store.position(ctx, &self.name).await?;
        let (mut place, mut passed) = (begun, begun);
        let mut found = Vec::new();
        while found.len() < limit {
            let size = if self.kinds.is_empty() { PAGE.min(limit - found.len()) } else { PAGE };
            let page = store.events(ctx, place, size).await?;
            let is_last = page.len() < size;
            for event in page {
                place = event.sequence;
                if self.kinds.is_empty() || self.kinds.contains(&event.kind) {
                    found.push(event);
                } else if found.is_empty() {
                    passed = place;
                }
            }
            if is_last {
                break;
            }
        }
        found.truncate(limit);
        if passed > begun {
            store.acknowledge(ctx, &self.name, passed).await?;
        }
        Ok(found)
    }
}

fn cancelled() -> Error {
    Error::new(ErrorKind::Cancelled, "call.cancelled", "the call was cancelled while it waited for events")
        .with_certainty(Certainty::NotSent)
}
