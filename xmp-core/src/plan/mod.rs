//! Where posts come from that nobody schedules one by one: series and queues.
//!
//! A [`Series`] makes a post for each of its occurrences, some time ahead. A [`Queue`] gives posts the next free one of its
//! weekly slots. Both are plain data; what they decide is decided here, and a store keeps a plan and the posts that follow
//! from it in one step ([`PlanStore::keep_plans`]).

mod queue;
mod series;
mod slots;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Context, Error, ErrorKind, MediaUpload, NewPost, PlanId, PostEdit, PostId, Result, Scheduled, TenantId,
};

pub use queue::{Entry, Queue, reorder};
pub use series::{Series, Target, Template, Upcoming};
pub use slots::Slot;

/// The place of a post in the series or queue that it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlanPlace {
    /// The series or queue.
    pub plan: PlanId,
    /// The local time that names the occurrence or slot: `2026-12-24T09:00:00`.
    pub slot: String,
    /// Whether the plan is a queue.
    #[serde(default)]
    pub in_queue: bool,
}

/// Whether a plan goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PlanState {
    /// It goes on.
    #[default]
    Active,
    /// It makes no posts, and takes none, until it is resumed.
    Paused,
    /// It is over.
    Ended,
}

/// What a plan is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PlanKind {
    /// A series.
    Series(Box<Series>),
    /// A queue.
    Queue(Queue),
}

/// A series or a queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Plan {
    /// Its id.
    pub id: PlanId,
    /// Who owns it.
    pub tenant: TenantId,
    /// What people call it.
    pub name: String,
    /// Whether it goes on.
    pub state: PlanState,
    /// Grows with every change, from 1.
    pub revision: u64,
    /// When a worker looks at it next; `None` if it need not.
    pub look_at: Option<Timestamp>,
    /// What it is.
    pub what: PlanKind,
    /// Who made it.
    pub actor: String,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Plan {
    /// A new plan.
    #[must_use]
    pub fn new(ctx: &Context, name: String, what: PlanKind, now: Timestamp) -> Self {
        Self {
            id: PlanId::new(now),
            tenant: ctx.tenant().clone(),
            name,
            state: PlanState::Active,
            revision: 0,
            look_at: matches!(what, PlanKind::Series(_)).then_some(now),
            what,
            actor: ctx.actor().to_owned(),
            created_at: now,
        }
    }

    /// The series that it is.
    ///
    /// # Errors
    /// [`ErrorKind::Validation`] with the code `plan.kind` if it is a queue.
    pub fn series(&self) -> Result<&Series> {
        match &self.what {
            PlanKind::Series(series) => Ok(series),
            PlanKind::Queue(_) => Err(self.other("a queue", "a series")),
        }
    }

    /// The series that it is, to be changed.
    ///
    /// # Errors
    /// As [`series`](Self::series).
    pub fn series_mut(&mut self) -> Result<&mut Series> {
        let error = self.other("a queue", "a series");
        match &mut self.what {
            PlanKind::Series(series) => Ok(series),
            PlanKind::Queue(_) => Err(error),
        }
    }

    /// The queue that it is.
    ///
    /// # Errors
    /// [`ErrorKind::Validation`] with the code `plan.kind` if it is a series.
    pub fn queue(&self) -> Result<&Queue> {
        match &self.what {
            PlanKind::Queue(queue) => Ok(queue),
            PlanKind::Series(_) => Err(self.other("a series", "a queue")),
        }
    }

    fn other(&self, is: &str, wanted: &str) -> Error {
        Error::new(ErrorKind::Validation, "plan.kind", format!("{} is {is}, not {wanted}", self.id))
            .hint("series are under `series`, queues under `queues`")
    }

    /// Refuses to go on with a plan that is paused or over.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`] with the code `plan.paused` or `plan.ended`.
    pub fn check_active(&self) -> Result<()> {
        let (code, what, hint) = match self.state {
            PlanState::Active => return Ok(()),
            PlanState::Paused => ("plan.paused", "is paused", "resume it first"),
            PlanState::Ended => ("plan.ended", "is over", "make a new one"),
        };
        Err(Error::new(ErrorKind::Conflict, code, format!("{} {what}", self.id)).hint(hint))
    }
}

/// What follows for posts when a plan changes.
#[derive(Clone, Debug, Default)]
pub struct PlanChanges {
    /// Posts that it makes, or takes.
    pub new: Vec<NewPost>,
    /// Posts that change with it, each with the revision that was looked at.
    pub edits: Vec<(PostId, u64, PostEdit)>,
    /// Posts that go with it.
    pub cancelled: Vec<PostId>,
    /// The media that the plan's own texts bring along.
    pub media: Vec<MediaUpload>,
}

/// Keeps plans.
#[async_trait]
pub trait PlanStore: Send + Sync {
    /// Keeps plans and all that follows for posts, in one step: all of it, or nothing. A plan of revision 0 is new; any other has to
    /// be the one that is kept ([`Conflict`](ErrorKind::Conflict) with the code `plan.revision` otherwise), and its revision
    /// grows. Gives the plans as they are now, and what came of their new posts.
    async fn keep_plans(
        &self,
        ctx: &Context,
        plans: Vec<(Plan, PlanChanges)>,
    ) -> Result<Vec<(Plan, Vec<Scheduled>)>>;

    /// One plan. [`NotFound`](ErrorKind::NotFound) if this tenant has none of that id.
    async fn plan(&self, ctx: &Context, id: PlanId) -> Result<Plan>;

    /// All plans of the tenant, oldest first.
    async fn plans(&self, ctx: &Context) -> Result<Vec<Plan>>;

    /// Active plans of all tenants that are to be looked at by now, the longest waiting first, at most so many.
    async fn plans_due(&self, limit: usize) -> Result<Vec<Plan>>;
}
