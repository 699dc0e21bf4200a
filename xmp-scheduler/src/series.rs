//! Series: how they are made and changed, and how their occurrences become posts.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xmp_core::edit::PostEdit;
use xmp_core::plan::{PlanChanges, PlanKind, PlanState, Series, Target, Template};
use xmp_core::recurrence::{Occurrence, Recurrence};
use xmp_core::state::DeliveryState;
use xmp_core::{
    Context, Draft, Error, ErrorKind, IdempotencyKey, MediaUpload, NewPost, Plan, PlanId, PostFilter,
    PostView, Result, When,
};

use crate::Scheduler;
use crate::schedule::CheckedIn;

/// How long before it is due an occurrence becomes a post, if nothing is said.
const AHEAD: Duration = Duration::from_secs(7 * 24 * 3600);
/// The least of it: workers look at series every few seconds.
const LEAST_AHEAD: Duration = Duration::from_secs(60);
/// How many occurrences can be previewed at once.
const PREVIEW: usize = 1_000;
/// How many series are looked at in one go, and when again at one that can't be worked on.
const AT_ONCE: usize = 16;
const AGAIN: Duration = Duration::from_secs(600);

/// A series on its way in.
#[derive(Clone, Debug)]
pub struct NewSeries {
    /// What people call it.
    pub name: String,
    /// When.
    pub recurrence: Recurrence,
    /// What each of its posts is like; its own time and end are not used.
    pub draft: Draft,
    /// How long before it is due an occurrence becomes a post: 7 days if not given, a minute at least.
    pub ahead: Option<Duration>,
    /// How long after it is due a post is not sent any more.
    pub expires_after: Option<Duration>,
}

impl NewSeries {
    /// Posts of a draft that come again.
    pub fn new(name: impl Into<String>, recurrence: Recurrence, draft: Draft) -> Self {
        Self { name: name.into(), recurrence, draft, ahead: None, expires_after: None }
    }
}

/// What changes of a series. What is not given stays as it is.
#[derive(Clone, Debug, Default)]
pub struct SeriesEdit {
    /// What people call it.
    pub name: Option<String>,
    /// When.
    pub recurrence: Option<Recurrence>,
    /// What each of its posts is like.
    pub draft: Option<Draft>,
    /// How long before it is due an occurrence becomes a post.
    pub ahead: Option<Duration>,
    /// How long after it is due a post is not sent any more.
    pub expires_after: Option<Duration>,
}

/// An occurrence that is to come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Coming {
    /// What names it within its series: `2026-12-24T09:00:00`.
    pub occurrence: String,
    /// When it is due.
    pub at: Timestamp,
}

impl From<Occurrence> for Coming {
    fn from(found: Occurrence) -> Self {
        Self { occurrence: found.key(), at: found.at }
    }
}

fn unknown(occurrence: &str, plan: PlanId) -> Error {
    Error::new(
        ErrorKind::NotFound,
        "series.occurrence",
        format!("{plan} has no occurrence {occurrence:?} to come"),
    )
    .hint("take one that its preview gives, as it is written there")
}

impl Scheduler {
    /// Makes a series, and the posts of its next occurrences.
    ///
    /// # Errors
    /// [`Validation`](ErrorKind::Validation) for a rule, a zone or a draft that can't be;
    /// [`NotFound`](ErrorKind::NotFound) for an account that this tenant does not have.
    pub async fn new_series(&self, ctx: &Context, new: NewSeries) -> Result<Plan> {
        let now = self.clock.now();
        let (template, media) = self.template(ctx, &new.draft, new.expires_after).await?;
        let series = Series {
            recurrence: new.recurrence,
            template,
            ahead: ahead(new.ahead)?,
            made_until: now,
            taken: BTreeSet::new(),
            ends_before: None,
        };
        series.upcoming(&self.zones, now)?;
        let plan = Plan::new(ctx, new.name, PlanKind::Series(Box::new(series)), now);
        self.keep(ctx, plan, PlanChanges { media, ..PlanChanges::default() }).await
    }

    /// What each post of a series is like, checked as a draft is.
    async fn template(
        &self,
        ctx: &Context,
        draft: &Draft,
        expires_after: Option<Duration>,
    ) -> Result<(Template, Vec<MediaUpload>)> {
        let draft = Draft { when: When::Now, expires: None, ..draft.clone() };
        // The key is of no post: it is made of an id that nobody has.
        let key = IdempotencyKey::new(PlanId::new(self.clock.now()).to_string())?;
        let CheckedIn::New(new) = self.check_in(ctx, &draft, key, &self.store).await? else {
            return Err(Error::new(ErrorKind::Internal, "series.template", "a new id was there before"));
        };
        let NewPost { post, deliveries, media } = *new;
        let targets = deliveries.into_iter().map(|delivery| Target {
            account: delivery.account,
            platform: delivery.platform,
            parts: delivery.parts.into_iter().map(|part| part.content).collect(),
        });
        let template = Template {
            targets: targets.collect(),
            expires_after,
            priority: post.priority,
            labels: post.labels,
            campaign: post.campaign,
            metadata: post.metadata,
            gate: post.gate,
        };
        Ok((template, media))
    }

    /// Keeps a series with the posts of its next occurrences.
    async fn keep(&self, ctx: &Context, plan: Plan, changes: PlanChanges) -> Result<Plan> {
        let mut kept = self.keep_all(ctx, vec![(plan, changes)]).await?;
        kept.pop().ok_or_else(|| Error::new(ErrorKind::Internal, "series.kept", "nothing was kept"))
    }

    async fn keep_all(&self, ctx: &Context, mut plans: Vec<(Plan, PlanChanges)>) -> Result<Vec<Plan>> {
        for (plan, changes) in &mut plans {
            let made = self.make_next(plan)?;
            changes.new.extend(made);
        }
        let kept = self.store.keep_plans(ctx, plans).await?;
        self.tell();
        Ok(kept.into_iter().map(|(plan, _)| plan).collect())
    }

    /// The posts of the occurrences that are to be made by now; notes in the plan that they were.
    fn make_next(&self, plan: &mut Plan) -> Result<Vec<NewPost>> {
        if plan.state != PlanState::Active {
            plan.look_at = None;
            return Ok(Vec::new());
        }
        let now = self.clock.now();
        let upcoming = plan.series()?.upcoming(&self.zones, now)?;
        let posts = upcoming.occurrences.iter().map(|found| plan.post(found, &self.zones, now));
        let posts = posts.collect::<Result<_>>()?;
        plan.look_at = upcoming.look_at;
        if upcoming.look_at.is_none() {
            plan.state = PlanState::Ended;
        }
        plan.series_mut()?.make_until(upcoming.made_until, &self.zones);
        Ok(posts)
    }

    /// Makes the posts of all series, of all tenants, that are to be made by now. Tells how many series it looked at. Any
    /// number of processes may do so at once: each occurrence becomes one post.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage).
    pub async fn make_due(&self) -> Result<usize> {
        let due = self.store.plans_due(AT_ONCE).await?;
        for plan in &due {
            let ctx = Context::new(plan.tenant.clone()).by("worker");
            match self.keep(&ctx, plan.clone(), PlanChanges::default()).await {
                Ok(_) => {}
                // Another process was faster.
                Err(error) if error.code() == "plan.revision" => {}
                Err(error) if error.kind() == ErrorKind::Storage => return Err(error),
                Err(error) => {
                    tracing::error!(plan = %plan.id, %error, "a series can't make its posts");
                    let mut later = plan.clone();
                    later.look_at = self.clock.now().checked_add(AGAIN).ok();
                    self.store.keep_plans(&ctx, vec![(later, PlanChanges::default())]).await?;
                }
            }
        }
        Ok(due.len())
    }

    /// The next occurrences of a recurrence, at most 1,000; nothing is kept.
    ///
    /// # Errors
    /// [`Validation`](ErrorKind::Validation) for a rule or a zone that can't be.
    pub fn preview(&self, recurrence: &Recurrence, count: usize) -> Result<Vec<Coming>> {
        let found = recurrence.occurrences_in(&self.zones, self.clock.now())?;
        found.take(count.min(PREVIEW)).map(|found| found.map(Coming::from)).collect()
    }

    /// The next occurrences of a series, at most 1,000, whether they are posts already or not; nothing of a series that is paused
    /// or over.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound).
    pub async fn coming(&self, ctx: &Context, id: PlanId, count: usize) -> Result<Vec<Coming>> {
        let plan = self.store.plan(ctx, id).await?;
        if plan.state == PlanState::Paused {
            return Ok(Vec::new());
        }
        let series = plan.series()?;
        let found = series.recurrence.occurrences_in(&self.zones, self.clock.now())?;
        let ended = |found: &Occurrence| {
            series.ends_before.as_ref().is_some_and(|end| found.civil.to_string() >= *end)
        };
        let mut coming = Vec::new();
        for found in found.take(count.min(PREVIEW)) {
            let found = found?;
            if ended(&found) {
                break;
            }
            coming.push(found.into());
        }
        Ok(coming)
    }

    /// The post of an occurrence: the one that is there, or one that is made now, however far ahead. It can be changed or
    /// cancelled as any other, and the series goes on without looking at it again.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) for an occurrence that is not to come.
    pub async fn occurrence(&self, ctx: &Context, id: PlanId, occurrence: &str) -> Result<PostView> {
        let mut plan = self.store.plan(ctx, id).await?;
        let key = IdempotencyKey::new(format!("{id}/{occurrence}"))?;
        if let Some(view) = self.store.post_by_key(ctx, &key).await? {
            return Ok(view);
        }
        plan.check_active()?;
        let now = self.clock.now();
        let found = plan.series()?.after(&self.zones, now)?.take(PREVIEW);
        let found = found.filter_map(Result::ok).find(|found| found.key() == occurrence);
        let found = found.ok_or_else(|| unknown(occurrence, id))?;
        let post = plan.post(&found, &self.zones, now)?;
        plan.series_mut()?.taken.insert(found.key());
        let changes = PlanChanges { new: vec![post], ..PlanChanges::default() };
        let kept = self.store.keep_plans(ctx, vec![(plan, changes)]).await?;
        self.tell();
        let view = kept.into_iter().flat_map(|(_, scheduled)| scheduled).next().map(|one| one.view);
        view.ok_or_else(|| unknown(occurrence, id))
    }

    /// Lets a series make no more posts until it is resumed. Those that it has made wait for their time as before, unless
    /// `cancel` takes them back.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound); [`Conflict`](ErrorKind::Conflict) if it is paused or over already.
    pub async fn pause_series(&self, ctx: &Context, id: PlanId, cancel: bool) -> Result<Plan> {
        self.leave(ctx, id, PlanState::Paused, cancel).await
    }

    /// Ends a series for good. Those that it has made wait for their time as before, unless `cancel` takes them back.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound); [`Conflict`](ErrorKind::Conflict) if it is paused or over already.
    pub async fn end_series(&self, ctx: &Context, id: PlanId, cancel: bool) -> Result<Plan> {
        self.leave(ctx, id, PlanState::Ended, cancel).await
    }

    async fn leave(&self, ctx: &Context, id: PlanId, state: PlanState, cancel: bool) -> Result<Plan> {
        let mut plan = self.store.plan(ctx, id).await?;
        plan.series()?;
        plan.check_active()?;
        plan.state = state;
        plan.look_at = None;
        let mut changes = PlanChanges::default();
        if cancel {
            changes.cancelled = self.waiting(ctx, id).await?.iter().map(|view| view.post.id).collect();
            // They are made again when it goes on.
            plan.series_mut()?.made_until = self.clock.now();
        }
        self.keep(ctx, plan, changes).await
    }

    /// Lets a paused series go on: with its next occurrence, and not with those that were due meanwhile.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound); [`Conflict`](ErrorKind::Conflict) if it is not paused.
    pub async fn resume_series(&self, ctx: &Context, id: PlanId) -> Result<Plan> {
        let mut plan = self.store.plan(ctx, id).await?;
        plan.series()?;
        if plan.state != PlanState::Paused {
            return Err(Error::new(ErrorKind::Conflict, "plan.not_paused", format!("{id} is not paused")));
        }
        plan.state = PlanState::Active;
        self.keep(ctx, plan, PlanChanges::default()).await
    }

    /// The posts of a plan that wait and were never visible, by when they are due.
    pub(crate) async fn waiting(&self, ctx: &Context, plan: PlanId) -> Result<Vec<PostView>> {
        let filter = PostFilter {
            plan: Some(plan),
            states: vec![DeliveryState::Scheduled],
            limit: Some(usize::MAX),
            ..PostFilter::default()
        };
        let mut views = self.store.posts(ctx, &filter).await?;
        views.retain(|view| {
            view.deliveries.iter().all(|own| own.state == DeliveryState::Scheduled && own.lease.is_none())
        });
        views.sort_by_key(|view| (view.post.due.at, view.post.id));
        Ok(views)
    }

    /// Changes a whole series, if it is still the one of `revision`. Posts that it has made change with it, unless they were edited by
    /// themselves; those at times that it does not have any more are cancelled.
    ///
    /// # Errors
    /// As [`new_series`](Self::new_series); [`Conflict`](ErrorKind::Conflict) if somebody else has changed it.
    pub async fn edit_series(
        &self,
        ctx: &Context,
        id: PlanId,
        revision: u64,
        edit: &SeriesEdit,
    ) -> Result<Plan> {
        let mut plan = self.of_revision(ctx, id, revision).await?;
        let media = self.apply(ctx, &mut plan, edit).await?;
        let waiting = self.waiting(ctx, id).await?;
        let changes = self.follow(&mut plan, &waiting)?;
        self.keep(ctx, plan, PlanChanges { media, ..changes }).await
    }

    /// Changes a series from an occurrence on: it ends before that, and another one begins there. Gives the other one.
    ///
    /// # Errors
    /// As [`edit_series`](Self::edit_series); [`NotFound`](ErrorKind::NotFound) for an occurrence that is not to come.
    pub async fn edit_series_from(
        &self,
        ctx: &Context,
        id: PlanId,
        revision: u64,
        occurrence: &str,
        edit: &SeriesEdit,
    ) -> Result<Plan> {
        let mut plan = self.of_revision(ctx, id, revision).await?;
        plan.check_active()?;
        let now = self.clock.now();
        let series = plan.series()?.clone();
        let all = series.recurrence.occurrences_in(&self.zones, now)?.take(PREVIEW);
        let found = all.filter_map(Result::ok).find(|found| found.key() == occurrence);
        let found = found.ok_or_else(|| unknown(occurrence, id))?;
        let from = found.civil.to_string();
        let mut rest = series.clone();
        rest.recurrence = self.rest(&series.recurrence, &found)?;
        (rest.made_until, rest.taken) = (now, BTreeSet::new());
        let mut other = Plan::new(ctx, plan.name.clone(), PlanKind::Series(Box::new(rest)), now);
        let media = self.apply(ctx, &mut other, edit).await?;
        other.series_mut()?.made_until =
            found.at.saturating_sub(Duration::from_micros(1)).unwrap_or(found.at).max(now);
        plan.series_mut()?.ends_before = Some(from.clone());
        let later = |view: &&PostView| {
            view.post.revision == 1 && view.post.place.as_ref().is_some_and(|place| place.slot >= from)
        };
        let cancelled = self.waiting(ctx, id).await?.iter().filter(later).map(|view| view.post.id).collect();
        let plans = vec![
            (plan, PlanChanges { cancelled, ..PlanChanges::default() }),
            (other, PlanChanges { media, ..PlanChanges::default() }),
        ];
        let mut kept = self.keep_all(ctx, plans).await?;
        kept.pop().ok_or_else(|| unknown(occurrence, id))
    }

    /// A recurrence as it is from one of its occurrences on.
    fn rest(&self, whole: &Recurrence, from: &Occurrence) -> Result<Recurrence> {
        let mut rest = whole.clone();
        rest.start = from.civil.to_string();
        rest.dates.retain(|date| *date >= rest.start);
        for rule in &mut rest.rules {
            let Some(count) = rule.count() else { continue };
            let mut alone = Recurrence::new(whole.start.clone(), whole.zone.clone()).rule(rule.clone());
            (alone.gap, alone.fold) = (whole.gap, whole.fold);
            let before = alone.occurrences_in(&self.zones, Timestamp::MIN)?;
            let before = before.map_while(Result::ok).take_while(|found| found.at < from.at).count();
            let left = count.saturating_sub(u32::try_from(before).unwrap_or(u32::MAX));
            *rule = rule.clone().with_count(left.max(1));
        }
        Ok(rest)
    }

    async fn of_revision(&self, ctx: &Context, id: PlanId, revision: u64) -> Result<Plan> {
        let plan = self.store.plan(ctx, id).await?;
        plan.series()?;
        if plan.revision == revision {
            return Ok(plan);
        }
        let message = format!("{id} has revision {}, and the change was made to {revision}", plan.revision);
        Err(Error::new(ErrorKind::Conflict, "plan.revision", message)
            .hint("somebody else has changed it meanwhile, or it has made posts: read it again"))
    }

    /// Changes what a series says of itself. Gives the media that comes with it.
    async fn apply(&self, ctx: &Context, plan: &mut Plan, edit: &SeriesEdit) -> Result<Vec<MediaUpload>> {
        if let Some(name) = &edit.name {
            plan.name.clone_from(name);
        }
        let mut brought = Vec::new();
        let series = plan.series_mut()?;
        if let Some(draft) = &edit.draft {
            let expires_after = edit.expires_after.or(series.template.expires_after);
            (series.template, brought) = self.template(ctx, draft, expires_after).await?;
        }
        if let Some(after) = edit.expires_after {
            series.template.expires_after = Some(after);
        }
        if let Some(recurrence) = &edit.recurrence {
            series.recurrence = recurrence.clone();
            series.ends_before = None;
        }
        if edit.ahead.is_some() {
            series.ahead = ahead(edit.ahead)?;
        }
        series.upcoming(&self.zones, self.clock.now())?;
        if edit.recurrence.is_some() && plan.state == PlanState::Ended {
            plan.state = PlanState::Active;
        }
        Ok(brought)
    }

    /// What becomes of the posts that a series has made, when it has changed.
    fn follow(&self, plan: &mut Plan, waiting: &[PostView]) -> Result<PlanChanges> {
        let now = self.clock.now();
        let mut changes = PlanChanges::default();
        let mut taken: BTreeSet<String> = BTreeSet::new();
        plan.series_mut()?.taken.clear();
        plan.series_mut()?.made_until = now;
        let series = plan.series()?;
        let last = waiting.last().map_or(now, |view| view.post.due.at);
        let still: Vec<Occurrence> = series
            .after(&self.zones, now)?
            .map_while(Result::ok)
            .take_while(|found| found.at <= last)
            .collect();
        for view in waiting {
            let Some(place) = &view.post.place else { continue };
            let found = still.iter().find(|found| found.key() == place.slot);
            // What somebody has changed by itself stays as they left it.
            if view.post.revision > 1 {
                taken.insert(place.slot.clone());
            } else if let Some(found) = found {
                taken.insert(place.slot.clone());
                changes.edits.push((view.post.id, view.post.revision, self.like(plan, found, view)?));
            } else {
                changes.cancelled.push(view.post.id);
            }
        }
        plan.series_mut()?.taken = taken;
        Ok(changes)
    }

    /// The change that makes a post of a series what its template says now.
    fn like(&self, plan: &Plan, found: &Occurrence, view: &PostView) -> Result<PostEdit> {
        let now = self.clock.now();
        let NewPost { post, deliveries, .. } = plan.post(found, &self.zones, now)?;
        let is_here = |account| view.deliveries.iter().any(|own| own.account == account);
        let mut edit = PostEdit {
            due: Some(post.due),
            expires: Some(post.expires),
            priority: Some(post.priority),
            labels: Some(post.labels),
            campaign: Some(post.campaign),
            metadata: Some(post.metadata),
            ..PostEdit::default()
        };
        for mut delivery in deliveries {
            if is_here(delivery.account) {
                let parts = delivery.parts.into_iter().map(|part| part.content).collect();
                edit.contents.push((delivery.account, parts));
            } else {
                delivery.post = view.post.id;
                edit.added.push(delivery);
            }
        }
        let goes_on = |account| {
            plan.series()
                .is_ok_and(|series| series.template.targets.iter().any(|target| target.account == account))
        };
        edit.removed = view.deliveries.iter().map(|own| own.account).filter(|own| !goes_on(*own)).collect();
        Ok(edit)
    }
}

fn ahead(asked: Option<Duration>) -> Result<Duration> {
    let ahead = asked.unwrap_or(AHEAD);
    if ahead >= LEAST_AHEAD {
        return Ok(ahead);
    }
    Err(Error::new(
        ErrorKind::Validation,
        "series.ahead",
        format!("posts of a series would be made {ahead:?} before they are due"),
    )
    .hint("give a minute or more: workers look at series every few seconds"))
}
