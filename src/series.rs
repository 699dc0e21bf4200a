//! Posts that come again.

use xmp_core::plan::{Plan, PlanKind};
use xmp_core::recurrence::Recurrence;
use xmp_core::{PlanId, PostView, Result};
use xmp_scheduler::{Coming, NewSeries, SeriesEdit};

use crate::Xmp;

/// Posts that come again, by a rule of RFC 5545, kept at the local hour. Some time before it is due each occurrence becomes a
/// post, which is as any other; a worker does that.
///
/// ```
/// use xmp::{Draft, NewSeries, Recurrence, Xmp};
///
/// # async fn weekly(xmp: Xmp, account: xmp::AccountId) -> xmp::Result<()> {
/// let mondays = Recurrence::new("2026-01-05T09:00", "Europe/Berlin").rule("FREQ=WEEKLY".parse()?);
/// let draft = Draft::text("A good week to you").to(account);
/// let series = xmp.series().create(NewSeries::new("Monday mornings", mondays, draft)).await?;
/// for next in xmp.series().coming(series.id, 10).await? {
///     println!("{} ({})", next.occurrence, next.at);
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SeriesGroup<'a> {
    xmp: &'a Xmp,
}

impl<'a> SeriesGroup<'a> {
    pub(crate) fn new(xmp: &'a Xmp) -> Self {
        Self { xmp }
    }

    /// Makes a series, and the posts of its next occurrences. Each of its posts is of its `draft`, but for the draft's own time.
    ///
    /// # Errors
    /// [`Validation`](xmp_core::ErrorKind::Validation) for a rule, a zone or a draft that can't be;
    /// [`NotFound`](xmp_core::ErrorKind::NotFound) for an account that this tenant does not have.
    pub async fn create(&self, new: NewSeries) -> Result<Plan> {
        self.xmp.engine.scheduler.new_series(&self.xmp.ctx(), new).await
    }

    /// One series. Its posts are those that [`list`](crate::Posts::list) gives for its id as `plan`.
    ///
    /// # Errors
    /// [`NotFound`](xmp_core::ErrorKind::NotFound); [`Validation`](xmp_core::ErrorKind::Validation) if it is a queue.
    pub async fn get(&self, id: PlanId) -> Result<Plan> {
        let plan = self.xmp.engine.store.plan(&self.xmp.ctx(), id).await?;
        plan.series()?;
        Ok(plan)
    }

    /// All series, oldest first.
    ///
    /// # Errors
    /// [`Storage`](xmp_core::ErrorKind::Storage).
    pub async fn list(&self) -> Result<Vec<Plan>> {
        let mut plans = self.xmp.engine.store.plans(&self.xmp.ctx()).await?;
        plans.retain(|plan| matches!(plan.what, PlanKind::Series(_)));
        Ok(plans)
    }

    /// The next occurrences of a recurrence, at most 1,000. Keeps nothing.
    ///
    /// # Errors
    /// [`Validation`](xmp_core::ErrorKind::Validation) for a rule or a zone that can't be.
    pub fn preview(&self, recurrence: &Recurrence, count: usize) -> Result<Vec<Coming>> {
        self.xmp.engine.scheduler.preview(recurrence, count)
    }

    /// The next occurrences of a series, at most 1,000, whether they are posts already or not.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn coming(&self, id: PlanId, count: usize) -> Result<Vec<Coming>> {
        self.xmp.engine.scheduler.coming(&self.xmp.ctx(), id, count).await
    }

    /// The post of an occurrence: the one that is there, or one that is made now, however far ahead. Change it or cancel it as
    /// any other: the series does not look at that occurrence again.
    ///
    /// # Errors
    /// [`NotFound`](xmp_core::ErrorKind::NotFound) for an occurrence that is not to come.
    pub async fn occurrence(&self, id: PlanId, occurrence: &str) -> Result<PostView> {
        self.xmp.engine.scheduler.occurrence(&self.xmp.ctx(), id, occurrence).await
    }

    /// Changes a whole series, if it is still the one of `revision`. Posts that it has made change with it, unless they were edited by
    /// themselves; those at times that it does not have any more are cancelled.
    ///
    /// # Errors
    /// As [`create`](Self::create); [`Conflict`](xmp_core::ErrorKind::Conflict) if somebody else has changed it, or a post of it is being sent.
    pub async fn edit(&self, id: PlanId, revision: u64, edit: &SeriesEdit) -> Result<Plan> {
        self.xmp.engine.scheduler.edit_series(&self.xmp.ctx(), id, revision, edit).await
    }

    /// Changes a series from an occurrence on: it ends before that, and another one begins there, which is given.
    ///
    /// # Errors
    /// As [`edit`](Self::edit); [`NotFound`](xmp_core::ErrorKind::NotFound) for an occurrence that is not to come.
    pub async fn edit_from(
        &self,
        id: PlanId,
        revision: u64,
        occurrence: &str,
        edit: &SeriesEdit,
    ) -> Result<Plan> {
        let scheduler = &self.xmp.engine.scheduler;
        scheduler.edit_series_from(&self.xmp.ctx(), id, revision, occurrence, edit).await
    }

    /// Lets a series make no more posts until it is resumed. Those that it has made wait for their time as before, unless
    /// `cancel` takes them back.
    ///
    /// # Errors
    /// As [`get`](Self::get); [`Conflict`](xmp_core::ErrorKind::Conflict) if it is paused or over already.
    pub async fn pause(&self, id: PlanId, cancel: bool) -> Result<Plan> {
        self.xmp.engine.scheduler.pause_series(&self.xmp.ctx(), id, cancel).await
    }

    /// Lets a paused series go on: with its next occurrence, and not with those that were due meanwhile.
    ///
    /// # Errors
    /// As [`get`](Self::get); [`Conflict`](xmp_core::ErrorKind::Conflict) if it is not paused.
    pub async fn resume(&self, id: PlanId) -> Result<Plan> {
        self.xmp.engine.scheduler.resume_series(&self.xmp.ctx(), id).await
    }

    /// Ends a series for good. Those that it has made wait for their time as before, unless `cancel` takes them back.
    ///
    /// # Errors
    /// As [`pause`](Self::pause).
    pub async fn end(&self, id: PlanId, cancel: bool) -> Result<Plan> {
        self.xmp.engine.scheduler.end_series(&self.xmp.ctx(), id, cancel).await
    }
}
