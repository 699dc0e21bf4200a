//! What is to come, and what was, in order.

use jiff::Timestamp;
use xmp_core::plan::{PlanKind, PlanPlace, PlanState};
use xmp_core::{CalendarEntry, CalendarQuery, Context, Error, ErrorKind, Plan, Result};

use crate::Scheduler;

/// How many occurrences of one series a calendar shows.
const AT_MOST: usize = 10_000;

impl Scheduler {
    /// Everything that is due within a time, in order: posts, and occurrences of series that will be posts.
    ///
    /// # Errors
    /// [`Validation`](ErrorKind::Validation) for a time that ends before it begins, or a zone that is none.
    pub async fn calendar(&self, ctx: &Context, query: &CalendarQuery) -> Result<Vec<CalendarEntry>> {
        if query.until <= query.since {
            let message = format!("{} is not after {}", query.until, query.since);
            return Err(Error::new(ErrorKind::Validation, "calendar.range", message)
                .hint("give an end that comes after the beginning"));
        }
        let name = query.zone.as_deref().unwrap_or("UTC");
        let zone = self.zones.get(name).ok_or_else(|| {
            Error::new(ErrorKind::Validation, "calendar.zone", format!("{name:?} is not a time zone"))
                .hint("use an IANA name such as Europe/Berlin or America/New_York")
        })?;
        let mut entries = self.store.calendar(ctx, query).await?;
        for plan in self.store.plans(ctx).await? {
            self.add_occurrences(&plan, query, &mut entries)?;
        }
        entries.sort_by_key(|entry| (entry.at, entry.post, entry.delivery, entry.account));
        for entry in &mut entries {
            entry.local = zone.to_datetime(entry.at).to_string();
        }
        Ok(entries)
    }

    fn add_occurrences(
        &self,
        plan: &Plan,
        query: &CalendarQuery,
        entries: &mut Vec<CalendarEntry>,
    ) -> Result<()> {
        let (PlanKind::Series(series), PlanState::Active) = (&plan.what, plan.state) else { return Ok(()) };
        let wanted = |account| query.accounts.is_empty() || query.accounts.contains(&account);
        let targets: Vec<_> =
            series.template.targets.iter().filter(|target| wanted(target.account)).collect();
        if targets.is_empty() {
            return Ok(());
        }
        let from = query.since.max(self.clock.now());
        let before = from.saturating_sub(std::time::Duration::from_micros(1)).unwrap_or(Timestamp::MIN);
        for found in series.after(&self.zones, before)?.take(AT_MOST) {
            let found = found?;
            if found.at >= query.until {
                break;
            }
            let entry = |account, text: String| CalendarEntry {
                at: found.at,
                local: String::new(),
                account,
                post: None,
                delivery: None,
                state: None,
                gate: series.template.gate,
                place: Some(PlanPlace { plan: plan.id, slot: found.key(), in_queue: false }),
                text,
            };
            entries.extend(targets.iter().map(|target| {
                entry(target.account, target.parts.first().map(|part| part.text.clone()).unwrap_or_default())
            }));
        }
        Ok(())
    }
}
