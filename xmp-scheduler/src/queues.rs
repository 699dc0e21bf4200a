//! Queues: posts that take the next free one of weekly slots.

use serde::{Deserialize, Serialize};
use xmp_core::edit::PostEdit;
use xmp_core::plan::{Entry, PlanChanges, PlanKind, PlanPlace, Queue, reorder};
use xmp_core::recurrence::Occurrence;
use xmp_core::{
    Context, Draft, Due, Error, ErrorKind, IdempotencyKey, Plan, PlanId, PostId, PostView, Result, Scheduled,
    When,
};

use crate::Scheduler;
use crate::backoff::random;
use crate::schedule::CheckedIn;

/// How often a change of a queue is made again that met another one.
const TRIES: usize = 5;

/// A queue on its way in.
#[derive(Clone, Debug)]
pub struct NewQueue {
    /// What people call it.
    pub name: String,
    /// Its slots and accounts.
    pub queue: Queue,
}

/// Where in a queue a post goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum QueuePlace {
    /// In the next free slot, even between others.
    #[default]
    Next,
    /// Behind all others.
    End,
    /// Before all others: they move up by a slot where the first one is taken.
    Front,
}

fn change(plan: PlanId, due: Due, slot: String) -> PostEdit {
    let place = PlanPlace { plan, slot, in_queue: true };
    PostEdit { due: Some(due), place: Some(Some(place)), ..PostEdit::default() }
}

fn edits(plan: PlanId, moves: Vec<(Entry, Due, String)>) -> PlanChanges {
    let edits =
        moves.into_iter().map(|(entry, due, slot)| (entry.post, entry.revision, change(plan, due, slot)));
    PlanChanges { edits: edits.collect(), ..PlanChanges::default() }
}

fn not_in(post: PostId, queue: PlanId) -> Error {
    Error::new(ErrorKind::NotFound, "queue.entry", format!("{post} does not wait in {queue}"))
        .hint("take one that `entries` gives; what is being sent or was sent is in no queue any more")
}

impl Scheduler {
    /// Makes a queue.
    ///
    /// # Errors
    /// [`Validation`](ErrorKind::Validation) for a queue without slots or a zone that is none;
    /// [`NotFound`](ErrorKind::NotFound) for an account that this tenant does not have.
    pub async fn new_queue(&self, ctx: &Context, new: NewQueue) -> Result<Plan> {
        let now = self.clock.now();
        new.queue.check(&self.zones, now)?;
        for account in &new.queue.accounts {
            self.store.account(ctx, *account).await?;
        }
        let plan = Plan::new(ctx, new.name, PlanKind::Queue(new.queue), now);
        self.keep_queue(ctx, plan, PlanChanges::default()).await
    }

    async fn keep_queue(&self, ctx: &Context, plan: Plan, changes: PlanChanges) -> Result<Plan> {
        let mut kept = self.store.keep_plans(ctx, vec![(plan, changes)]).await?;
        self.tell();
        let kept = kept.pop().map(|(plan, _)| plan);
        kept.ok_or_else(|| Error::new(ErrorKind::Internal, "queue.kept", "nothing was kept"))
    }

    /// The posts that wait in a queue, in order.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound).
    pub async fn queue_entries(&self, ctx: &Context, id: PlanId) -> Result<Vec<PostView>> {
        self.store.plan(ctx, id).await?.queue()?;
        self.waiting(ctx, id).await
    }

    /// The next free slots of a queue.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound).
    pub async fn free_slots(&self, ctx: &Context, id: PlanId, count: usize) -> Result<Vec<Occurrence>> {
        let plan = self.store.plan(ctx, id).await?;
        let entries = self.entries(ctx, id).await?;
        plan.queue()?.free_after(&self.zones, &entries, self.clock.now(), count)
    }

    async fn entries(&self, ctx: &Context, id: PlanId) -> Result<Vec<Entry>> {
        Ok(self.waiting(ctx, id).await?.iter().filter_map(Entry::of).collect())
    }

    /// Puts a draft in a queue: it gets the time of its slot. A draft that names no account goes to the queue's.
    ///
    /// # Errors
    /// As [`schedule`](Self::schedule); [`Validation`](ErrorKind::Validation) with the code `queue.when` for a draft that has a time
    /// of its own; [`NotFound`](ErrorKind::NotFound) if there is no such queue.
    pub async fn enqueue(
        &self,
        ctx: &Context,
        id: PlanId,
        draft: &Draft,
        key: &IdempotencyKey,
        place: QueuePlace,
    ) -> Result<PostView> {
        if draft.when != When::Now {
            let error =
                Error::new(ErrorKind::Validation, "queue.when", "a draft for a queue has a time of its own");
            return Err(
                error.hint("leave its time out: the queue gives it one, or schedule it without the queue")
            );
        }
        let queue = self.store.plan(ctx, id).await?.queue()?.clone();
        let mut draft = draft.clone();
        if draft.accounts.is_empty() {
            draft.accounts = queue.accounts;
        }
        let new = match self.check_in(ctx, &draft, key.clone(), &self.store).await? {
            CheckedIn::Known(view) => return Ok(*view),
            CheckedIn::New(new) => *new,
        };
        let (_, scheduled) = self
            .over(ctx, id, |plan, entries| {
                let (slot, moves) = self.slot_for(plan.queue()?, entries, place)?;
                let mut new = new.clone();
                new.put(slot.0, PlanPlace { plan: id, slot: slot.1, in_queue: true });
                Ok(PlanChanges { new: vec![new], ..edits(id, moves) })
            })
            .await?;
        let view = scheduled.into_iter().next().map(|one| one.view);
        view.ok_or_else(|| Error::new(ErrorKind::Internal, "queue.kept", "nothing was kept"))
    }

    /// The slot that a new post takes, and who makes room for it.
    #[expect(clippy::type_complexity, reason = "a slot, and moves")]
    fn slot_for(
        &self,
        queue: &Queue,
        entries: &[Entry],
        place: QueuePlace,
    ) -> Result<((Due, String), Vec<(Entry, Due, String)>)> {
        let now = self.clock.now();
        let named = |slot: &Occurrence| (queue.due(slot, &self.zones), slot.key());
        let free = |after| {
            let slot = queue.free_after(&self.zones, entries, after, 1)?.pop();
            slot.ok_or_else(|| {
                Error::new(ErrorKind::Validation, "queue.slots", "the queue has no slot to come")
            })
        };
        let last = entries.last().map_or(now, |entry| entry.due.at.max(now));
        let next = free(now)?;
        let first = entries.first().filter(|first| first.due.at < next.at);
        match (place, first) {
            (QueuePlace::End, _) => Ok((named(&free(last)?), Vec::new())),
            (QueuePlace::Front, Some(first)) => {
                // Everybody takes the slot of the one behind, and the last one a new slot.
                let new = named(&free(last)?);
                let behind = entries[1..].iter().map(|entry| (entry.due.clone(), entry.slot.clone()));
                let moves = entries.iter().zip(behind.chain([new]));
                let moves = moves.map(|(entry, (due, slot))| (entry.clone(), due, slot)).collect();
                Ok(((first.due.clone(), first.slot.clone()), moves))
            }
            _ => Ok((named(&next), Vec::new())),
        }
    }

    /// Changes a queue by what it is now; again, if somebody else changed it meanwhile.
    async fn over(
        &self,
        ctx: &Context,
        id: PlanId,
        change: impl Fn(&mut Plan, &[Entry]) -> Result<PlanChanges> + Send + Sync,
    ) -> Result<(Plan, Vec<Scheduled>)> {
        let mut tries = 0;
        loop {
            let mut plan = self.store.plan(ctx, id).await?;
            plan.queue()?;
            let entries = self.entries(ctx, id).await?;
            let changes = change(&mut plan, &entries)?;
            tries += 1;
            match self.store.keep_plans(ctx, vec![(plan, changes)]).await {
                Err(error) if matches!(error.code(), "plan.revision" | "post.revision") && tries < TRIES => {}
                done => {
                    let kept = done?.pop();
                    self.tell();
                    return kept
                        .ok_or_else(|| Error::new(ErrorKind::Internal, "queue.kept", "nothing was kept"));
                }
            }
        }
    }

    /// Gives the posts of a queue each other's slots, at random.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound).
    pub async fn shuffle_queue(&self, ctx: &Context, id: PlanId) -> Result<Vec<PostView>> {
        self.reordered(ctx, id, |entries| {
            let mut order: Vec<usize> = (0..entries.len()).collect();
            for place in (1..order.len()).rev() {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    clippy::cast_precision_loss,
                    reason = "a place among a few"
                )]
                let other = (random() * (place + 1) as f64) as usize;
                order.swap(place, other.min(place));
            }
            Ok(order)
        })
        .await
    }

    /// Moves a post to another place in its queue, from 0; those between move by one slot.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) if it does not wait in this queue.
    pub async fn move_in_queue(
        &self,
        ctx: &Context,
        id: PlanId,
        post: PostId,
        to: usize,
    ) -> Result<Vec<PostView>> {
        self.reordered(ctx, id, |entries| {
            let mut order: Vec<usize> = (0..entries.len()).collect();
            let from = entries.iter().position(|entry| entry.post == post).ok_or_else(|| not_in(post, id))?;
            let moved = order.remove(from);
            order.insert(to.min(order.len()), moved);
            Ok(order)
        })
        .await
    }

    async fn reordered(
        &self,
        ctx: &Context,
        id: PlanId,
        order: impl Fn(&[Entry]) -> Result<Vec<usize>> + Send + Sync,
    ) -> Result<Vec<PostView>> {
        self.over(ctx, id, |_, entries| Ok(edits(id, reorder(entries, &order(entries)?)))).await?;
        self.queue_entries(ctx, id).await
    }

    /// Takes a post out of its queue, and cancels it. The queue closes up (those behind move by one slot), or keeps its
    /// times.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) if it does not wait in this queue.
    pub async fn remove_from_queue(
        &self,
        ctx: &Context,
        id: PlanId,
        post: PostId,
        close_up: bool,
    ) -> Result<Vec<PostView>> {
        self.over(ctx, id, |_, entries| {
            let at = entries.iter().position(|entry| entry.post == post).ok_or_else(|| not_in(post, id))?;
            let mut changes = PlanChanges::default();
            if close_up {
                let moves = entries[at + 1..].iter().zip(&entries[at..]);
                let moves = moves.map(|(entry, to)| (entry.clone(), to.due.clone(), to.slot.clone()));
                changes = edits(id, moves.collect());
            }
            changes.cancelled = vec![post];
            Ok(changes)
        })
        .await?;
        self.queue_entries(ctx, id).await
    }

    /// Gives a queue other slots or accounts; the posts in it keep their order, and take the new slots from now on.
    ///
    /// # Errors
    /// As [`new_queue`](Self::new_queue).
    pub async fn change_queue(&self, ctx: &Context, id: PlanId, new: &NewQueue) -> Result<Plan> {
        let now = self.clock.now();
        new.queue.check(&self.zones, now)?;
        for account in &new.queue.accounts {
            self.store.account(ctx, *account).await?;
        }
        let changed = self.over(ctx, id, |plan, entries| {
            let mut moves = Vec::new();
            if (&plan.queue()?.slots, &plan.queue()?.zone) != (&new.queue.slots, &new.queue.zone) {
                let slots = new.queue.free_after(&self.zones, &[], now, entries.len())?;
                let slots = slots.iter().map(|slot| (new.queue.due(slot, &self.zones), slot.key()));
                let both = entries.iter().cloned().zip(slots);
                moves = both.map(|(entry, (due, slot))| (entry, due, slot)).collect();
            }
            plan.name.clone_from(&new.name);
            plan.what = PlanKind::Queue(new.queue.clone());
            Ok(edits(id, moves))
        });
        Ok(changed.await?.0)
    }
}
