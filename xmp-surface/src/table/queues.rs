//! Posts that take the next free one of weekly slots.

use xmp::{Coming, Plan, PlanId, PostId, PostView, QueuePlace, Xmp};

use crate::DraftData;
use crate::operation::operations;
use crate::plan_data::QueueData;

operations! { QUEUES on Xmp;
    /// Makes a queue: weekly slots, and posts that take the next free one.
    Call "Xmp.queues.create" (xmp, #[serde(flatten)] new: QueueData) -> Plan { xmp.queues().create(new.into()).await? }

    /// One queue.
    Call "Xmp.queues.get" (
        xmp,
        /// The queue.
        id: PlanId,
    ) -> Plan { xmp.queues().get(id).await? }

    /// All queues, oldest first.
    Call "Xmp.queues.list" (xmp) -> Vec<Plan> { xmp.queues().list().await? }

    /// Gives a queue another name, other slots or accounts. The posts in it keep their order, and take the new slots from
    /// now on.
    Call "Xmp.queues.change" (
        xmp,
        /// The queue.
        id: PlanId,
        #[serde(flatten)]
        new: QueueData,
    ) -> Plan { xmp.queues().change(id, &new.into()).await? }

    /// The posts that wait in a queue, in order.
    Call "Xmp.queues.entries" (
        xmp,
        /// The queue.
        id: PlanId,
    ) -> Vec<PostView> { xmp.queues().entries(id).await? }

    /// The next free slots of a queue.
    Call "Xmp.queues.free" (
        xmp,
        /// The queue.
        id: PlanId,
        /// How many.
        #[serde(default = "one")]
        count: usize,
    ) -> Vec<Coming> { xmp.queues().free(id, count).await? }

    /// Puts a draft in a queue, which gives it a time. A draft that names no account goes to the queue's. The key makes the
    /// call repeatable, as in `posts.schedule`.
    Call "Xmp.queues.add" (
        xmp,
        /// The queue.
        id: PlanId,
        /// What to publish, without a time.
        draft: DraftData,
        /// 1 to 255 characters without control characters.
        key: String,
        /// Where in the queue.
        #[serde(default)]
        place: QueuePlace,
    ) -> PostView { xmp.queues().add(id, &draft.try_into()?, &key, place).await? }

    /// Moves a post to another place in its queue, from 0; those between move by one slot. Gives all that wait.
    Call "Xmp.queues.move_to" (
        xmp,
        /// The queue.
        id: PlanId,
        /// The post.
        post: PostId,
        /// Its new place.
        place: usize,
    ) -> Vec<PostView> { xmp.queues().move_to(id, post, place).await? }

    /// Gives the posts of a queue each other's slots, at random. Gives all that wait.
    Call "Xmp.queues.shuffle" (
        xmp,
        /// The queue.
        id: PlanId,
    ) -> Vec<PostView> { xmp.queues().shuffle(id).await? }

    /// Takes a post out of its queue, and cancels it. The queue closes up (those behind move by one slot), or keeps its
    /// times. Gives all that wait.
    Call "Xmp.queues.remove" (
        xmp,
        /// The queue.
        id: PlanId,
        /// The post.
        post: PostId,
        /// Whether those behind move up.
        close_up: bool,
    ) -> Vec<PostView> { xmp.queues().remove(id, post, close_up).await? }
}

fn one() -> usize {
    1
}
