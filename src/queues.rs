//! Posts that take the next free one of weekly slots.

use xmp_core::plan::{Plan, PlanKind};
use xmp_core::{Draft, IdempotencyKey, PlanId, PostId, PostView, Result};
use xmp_scheduler::{Coming, NewQueue, QueuePlace};

use crate::Xmp;

/// Queues: weekly slots, and posts that take the next free one.
///
/// ```
/// use xmp::{Draft, NewQueue, OnFold, OnGap, Queue, QueuePlace, Xmp};
///
/// # async fn queue(xmp: Xmp, account: xmp::AccountId) -> xmp::Result<()> {
/// let queue = xmp
///     .queues()
///     .create(NewQueue {
///         name: "working hours".to_owned(),
///         queue: Queue {
///             zone: "Europe/Berlin".to_owned(),
///             slots: vec!["Mon-Fri 09:00,17:00".parse()?],
///             accounts: vec![account],
///             gap: OnGap::Shift,
///             fold: OnFold::First,
///         },
///     })
///     .await?;
/// let view = xmp.queues().add(queue.id, &Draft::text("Whenever there is room"), "tip-7", QueuePlace::Next).await?;
/// println!("it goes out at {}", view.post.due.at);
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Queues<'a> {
    xmp: &'a Xmp,
}

impl<'a> Queues<'a> {
    pub(crate) fn new(xmp: &'a Xmp) -> Self {
        Self { xmp }
    }

    /// Makes a queue.
    ///
    /// # Errors
    /// [`Validation`](xmp_core::ErrorKind::Validation) for a queue without slots or a zone that is none;
    /// [`NotFound`](xmp_core::ErrorKind::NotFound) for an account that this tenant does not have.
    pub async fn create(&self, new: NewQueue) -> Result<Plan> {
        self.xmp.engine.scheduler.new_queue(&self.xmp.ctx(), new).await
    }

    /// One queue.
    ///
    /// # Errors
    /// [`NotFound`](xmp_core::ErrorKind::NotFound); [`Validation`](xmp_core::ErrorKind::Validation) if it is a series.
    pub async fn get(&self, id: PlanId) -> Result<Plan> {
        let plan = self.xmp.engine.store.plan(&self.xmp.ctx(), id).await?;
        plan.queue()?;
        Ok(plan)
    }

    /// All queues, oldest first.
    ///
    /// # Errors
    /// [`Storage`](xmp_core::ErrorKind::Storage).
    pub async fn list(&self) -> Result<Vec<Plan>> {
        let mut plans = self.xmp.engine.store.plans(&self.xmp.ctx()).await?;
        plans.retain(|plan| matches!(plan.what, PlanKind::Queue(_)));
        Ok(plans)
    }

    /// Gives a queue another name, other slots or accounts. The posts in it keep their order, and take the new slots from
    /// now on.
    ///
    /// # Errors
    /// As [`create`](Self::create) and [`get`](Self::get).
    pub async fn change(&self, id: PlanId, new: &NewQueue) -> Result<Plan> {
        self.xmp.engine.scheduler.change_queue(&self.xmp.ctx(), id, new).await
    }

    /// The posts that wait in a queue, in order.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn entries(&self, id: PlanId) -> Result<Vec<PostView>> {
        self.xmp.engine.scheduler.queue_entries(&self.xmp.ctx(), id).await
    }

    /// The next free slots of a queue.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn free(&self, id: PlanId, count: usize) -> Result<Vec<Coming>> {
        let slots = self.xmp.engine.scheduler.free_slots(&self.xmp.ctx(), id, count).await?;
        Ok(slots.into_iter().map(Coming::from).collect())
    }

    /// Puts a draft in a queue, which gives it a time. A draft that names no account goes to the queue's. The key makes the
    /// call repeatable, as in [`schedule`](crate::Posts::schedule).
    ///
    /// # Errors
    /// As [`schedule`](crate::Posts::schedule) and [`get`](Self::get); [`Validation`](xmp_core::ErrorKind::Validation) for a draft that has
    /// a time of its own.
    pub async fn add(&self, id: PlanId, draft: &Draft, key: &str, place: QueuePlace) -> Result<PostView> {
        let key = IdempotencyKey::new(key)?;
        self.xmp.engine.scheduler.enqueue(&self.xmp.ctx(), id, draft, &key, place).await
    }

    /// Moves a post to another place in its queue, from 0; those between move by one slot. Gives all that wait.
    ///
    /// # Errors
    /// As [`get`](Self::get); [`NotFound`](xmp_core::ErrorKind::NotFound) if it does not wait in this queue.
    pub async fn move_to(&self, id: PlanId, post: PostId, place: usize) -> Result<Vec<PostView>> {
        self.xmp.engine.scheduler.move_in_queue(&self.xmp.ctx(), id, post, place).await
    }

    /// Gives the posts of a queue each other's slots, at random. Gives all that wait.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn shuffle(&self, id: PlanId) -> Result<Vec<PostView>> {
        self.xmp.engine.scheduler.shuffle_queue(&self.xmp.ctx(), id).await
    }

    /// Takes a post out of its queue, and cancels it. The queue closes up (those behind move by one slot), or keeps its
    /// times. Gives all that wait.
    ///
    /// # Errors
    /// As [`get`](Self::get); [`NotFound`](xmp_core::ErrorKind::NotFound) if it does not wait in this queue.
    pub async fn remove(&self, id: PlanId, post: PostId, close_up: bool) -> Result<Vec<PostView>> {
        self.xmp.engine.scheduler.remove_from_queue(&self.xmp.ctx(), id, post, close_up).await
    }
}
