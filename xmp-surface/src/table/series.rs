//! Posts that come again.

use xmp::{Coming, Plan, PlanId, PostView, Recurrence, Xmp};

use crate::operation::operations;
use crate::plan_data::{NewSeriesData, SeriesEditData};

operations! { SERIES on Xmp;
    /// Makes a series, and the posts of its next occurrences. Some time before it is due each occurrence becomes a post, which
    /// is as any other; a worker does that.
    Call "Xmp.series.create" (xmp, #[serde(flatten)] new: NewSeriesData) -> Plan {
        xmp.series().create(new.try_into()?).await?
    }

    /// One series. Its posts are those that `posts.list` gives for its id as `plan`.
    Call "Xmp.series.get" (
        xmp,
        /// The series.
        id: PlanId,
    ) -> Plan { xmp.series().get(id).await? }

    /// All series, oldest first.
    Call "Xmp.series.list" (xmp) -> Vec<Plan> { xmp.series().list().await? }

    /// The next occurrences of a recurrence, at most 1,000. Keeps nothing.
    Now "Xmp.series.preview" (
        xmp,
        /// When.
        recurrence: Recurrence,
        /// How many.
        #[serde(default = "ten")]
        count: usize,
    ) -> Vec<Coming> { xmp.series().preview(&recurrence, count)? }

    /// The next occurrences of a series, at most 1,000, whether they are posts already or not.
    Call "Xmp.series.coming" (
        xmp,
        /// The series.
        id: PlanId,
        /// How many.
        #[serde(default = "ten")]
        count: usize,
    ) -> Vec<Coming> { xmp.series().coming(id, count).await? }

    /// The post of an occurrence: the one that is there, or one that is made now, however far ahead. Change it or cancel it as
    /// any other: the series does not look at that occurrence again.
    Call "Xmp.series.occurrence" (
        xmp,
        /// The series.
        id: PlanId,
        /// What names the occurrence: `2026-12-24T09:00:00`.
        occurrence: String,
    ) -> PostView { xmp.series().occurrence(id, &occurrence).await? }

    /// Changes a whole series, if it is still the one of `revision`. Posts that it has made change with it, unless they were edited by
    /// themselves; those at times that it does not have any more are cancelled.
    Call "Xmp.series.edit" (
        xmp,
        /// The series.
        id: PlanId,
        /// What was looked at.
        revision: u64,
        #[serde(flatten)]
        edit: SeriesEditData,
    ) -> Plan { xmp.series().edit(id, revision, &edit.try_into()?).await? }

    /// Changes a series from an occurrence on: it ends before that, and another one begins there, which is given.
    Call "Xmp.series.edit_from" (
        xmp,
        /// The series.
        id: PlanId,
        /// What was looked at.
        revision: u64,
        /// What names the occurrence: `2026-12-24T09:00:00`.
        occurrence: String,
        #[serde(flatten)]
        edit: SeriesEditData,
    ) -> Plan { xmp.series().edit_from(id, revision, &occurrence, &edit.try_into()?).await? }

    /// Lets a series make no more posts until it is resumed. Those that it has made wait for their time as before, unless
    /// `cancel` takes them back.
    Call "Xmp.series.pause" (
        xmp,
        /// The series.
        id: PlanId,
        /// Whether the posts that it has made are cancelled.
        #[serde(default)]
        cancel: bool,
    ) -> Plan { xmp.series().pause(id, cancel).await? }

    /// Lets a paused series go on: with its next occurrence, and not with those that were due meanwhile.
    Call "Xmp.series.resume" (
        xmp,
        /// The series.
        id: PlanId,
    ) -> Plan { xmp.series().resume(id).await? }

    /// Ends a series for good. Those that it has made wait for their time as before, unless `cancel` takes them back.
    Call "Xmp.series.end" (
        xmp,
        /// The series.
        id: PlanId,
        /// Whether the posts that it has made are cancelled.
        #[serde(default)]
        cancel: bool,
    ) -> Plan { xmp.series().end(id, cancel).await? }
}

fn ten() -> usize {
    10
}
