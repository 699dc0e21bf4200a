//! Rules whose periods are days or longer, in local time: they know no zone.

use std::ops::Range;

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};

use super::days::{Days, first_week, week_of};
use super::rule::{Frequency, Rule};
use super::{Looks, Never, chosen};

/// The local times of a rule, in order.
#[derive(Debug)]
pub(super) struct Civil {
    rule: Rule,
    start: DateTime,
    /// Nothing before it is given: the start, or later.
    from: DateTime,
    days: Days,
    /// The times of a day are all of their combinations.
    hours: Vec<i8>,
    minutes: Vec<i8>,
    seconds: Vec<i8>,
    /// The next period, counted from that of the start; `None` at the end of time.
    period: Option<i64>,
    /// The days of the period that is being given out, and which of its times are left: of those that BYSETPOS chooses, if
    /// it does. There may be millions: they are made one by one.
    found: Vec<Date>,
    chosen: Option<Vec<usize>>,
    left: Range<usize>,
}

impl Civil {
    pub(super) fn new(rule: &Rule, start: DateTime) -> Self {
        let small = |number: &i16| i8::try_from(*number).unwrap_or_default();
        let or = |list: &[i16], own: i8| match list {
            [] => vec![own],
            list => list.iter().map(small).collect(),
        };
        Self {
            start,
            from: start,
            days: Days::of(rule, start.date()),
            hours: or(&rule.by_hour, start.hour()),
            minutes: or(&rule.by_minute, start.minute()),
            seconds: or(&rule.by_second, start.second()),
            rule: rule.clone(),
            period: Some(0),
            found: Vec::new(),
            chosen: None,
            left: 0..0,
        }
    }

    /// Leaves out what comes before a local time, for a rule that is not counted.
    pub(super) fn skip_to(&mut self, from: DateTime) {
        self.period = Some(self.period_at(from));
        self.from = from.max(self.start);
    }

    /// Leaves out whole periods before a local time, of a rule that is counted and has equally many times in each. Tells how
    /// many times that are.
    pub(super) fn skip_counted(&mut self, before: DateTime, looks: &mut Looks) -> Result<u32, Never> {
        let Rule { frequency, interval, count, .. } = self.rule;
        let Rule { by_hour, by_minute, by_second, by_set_pos, by_day, week_start, .. } = self.rule.clone();
        let days = if frequency == Frequency::Weekly { by_day.len().max(1) } else { 1 };
        let by_day = if frequency == Frequency::Weekly { by_day } else { Vec::new() };
        let plain = Rule::every(interval, frequency).ending(None, count);
        let even = Rule { by_hour, by_minute, by_second, by_set_pos, by_day, week_start, ..plain };
        let period = self.period_at(before);
        let Some((first, last)) = self.range(0).filter(|_| period > 1) else { return Ok(0) };
        if frequency > Frequency::Weekly || self.rule != even {
            return Ok(0);
        }
        // The first one may have begun before the start.
        self.find(first, last, looks)?;
        self.choose();
        let begun = std::mem::replace(&mut self.left, 0..0).len();
        let all = days * self.hours.len() * self.minutes.len() * self.seconds.len();
        let each = chosen(&self.rule.by_set_pos, all).map_or(all, |chosen| chosen.len());
        self.period = Some(period);
        let passed = usize::try_from(period - 1).unwrap_or(usize::MAX).saturating_mul(each);
        Ok(u32::try_from(begun.saturating_add(passed)).unwrap_or(u32::MAX))
    }

    /// The hours of its times.
    pub(super) fn hours(&self) -> &[i8] {
        &self.hours
    }

    /// The period of a local time, or the last one before it.
    fn period_at(&self, at: DateTime) -> i64 {
        let (start, day) = (self.start.date(), at.date());
        let apart = match self.rule.frequency {
            Frequency::Yearly => i64::from(self.year_of(day)) - i64::from(self.year_of(start)),
            Frequency::Monthly => months(day) - months(start),
            Frequency::Weekly => days_between(self.week_of(start), day).div_euclid(7),
            _ => days_between(start, day),
        };
        apart.div_euclid(i64::from(self.rule.interval)).max(0)
    }

    /// The next local time. What is looked at is taken from `looks`.
    pub(super) fn next(&mut self, looks: &mut Looks) -> Result<Option<DateTime>, Never> {
        loop {
            if let Some(place) = self.left.next() {
                return Ok(Some(self.time(place)));
            }
            let Some((first, last)) = self.period.and_then(|period| self.range(period)) else {
                self.period = None;
                return Ok(None);
            };
            looks.take(1)?;
            self.find(first, last, looks)?;
            self.period = self.after(first);
            self.choose();
        }
    }

    /// The days of a period that fit.
    fn find(&mut self, first: Date, last: Date, looks: &mut Looks) -> Result<(), Never> {
        self.found.clear();
        for (first, last) in self.stretches(first, last) {
            let mut day = Some(first);
            while let Some(own) = day.filter(|day| *day <= last) {
                looks.take(1)?;
                if !self.days.takes_month(own.month()) {
                    day = own.last_of_month().tomorrow().ok();
                    continue;
                }
                if self.days.take(own) {
                    self.found.push(own);
                }
                day = own.tomorrow().ok();
            }
        }
        Ok(())
    }

    /// Where in a period there may be days that fit: its weeks and days that have numbers, or all of it.
    fn stretches(&self, first: Date, last: Date) -> Vec<(Date, Date)> {
        let numbered = |numbers: &[i16], length: i64| {
            let stretch = |number: &i16| {
                let far = i64::from(*number) * length;
                let begin = if far > 0 { add_days(first, far - length) } else { add_days(last, far + 1) }?;
                let end = add_days(begin, length - 1)?;
                (begin >= first && end <= last).then_some((begin, end))
            };
            let mut all: Vec<_> = numbers.iter().filter_map(stretch).collect();
            all.sort_unstable();
            all.dedup();
            all
        };
        match (&*self.rule.by_week_no, &*self.rule.by_year_day) {
            ([], []) => vec![(first, last)],
            ([], days) => numbered(days, 1),
            (weeks, _) => numbered(weeks, 7),
        }
    }

    /// The period after the one that begins with a day. Of days, months that don't fit are left out as a whole.
    fn after(&self, first: Date) -> Option<i64> {
        let next = self.period?.checked_add(1)?;
        if self.rule.frequency != Frequency::Daily || self.days.takes_month(first.month()) {
            return Some(next);
        }
        let interval = i64::from(self.rule.interval);
        let far = days_between(self.start.date(), first.last_of_month().tomorrow().ok()?);
        Some(far.div_euclid(interval) + i64::from(far.rem_euclid(interval) != 0))
            .map(|period| period.max(next))
    }

    /// Which of a period's times are given: from the first that is not too early.
    fn choose(&mut self) {
        let all = self.found.len() * self.hours.len() * self.minutes.len() * self.seconds.len();
        self.chosen = chosen(&self.rule.by_set_pos, all);
        let mut left = 0..self.chosen.as_ref().map_or(all, Vec::len);
        if !left.is_empty() && self.time(0) < self.from {
            let (mut early, mut late) = (0, left.end);
            while late - early > 1 {
                let middle = usize::midpoint(early, late);
                *if self.time(middle) < self.from { &mut early } else { &mut late } = middle;
            }
            left.start = late;
        }
        self.left = left;
    }

    /// One of the times that are given, by its place.
    fn time(&self, place: usize) -> DateTime {
        let place = self.chosen.as_ref().map_or(place, |chosen| chosen[place]);
        let (place, second) = (place / self.seconds.len(), place % self.seconds.len());
        let (place, minute) = (place / self.minutes.len(), place % self.minutes.len());
        let (day, hour) = (place / self.hours.len(), place % self.hours.len());
        self.found[day].at(self.hours[hour], self.minutes[minute], self.seconds[second], 0)
    }

    fn week_of(&self, day: Date) -> Date {
        week_of(day, self.rule.week_start)
    }

    /// Years are those of weeks, where weeks are numbered: they begin with their first week.
    fn year_of(&self, day: Date) -> i16 {
        if self.rule.by_week_no.is_empty() {
            return day.year();
        }
        add_days(self.week_of(day), 3).unwrap_or(day).year()
    }

    /// The first and the last day of a period.
    fn range(&self, period: i64) -> Option<(Date, Date)> {
        let far = period.checked_mul(i64::from(self.rule.interval))?;
        let start = self.start.date();
        match self.rule.frequency {
            Frequency::Yearly => {
                let year = i16::try_from(far + i64::from(self.year_of(start))).ok()?;
                if self.rule.by_week_no.is_empty() {
                    return Some((Date::new(year, 1, 1).ok()?, Date::new(year, 12, 31).ok()?));
                }
                let next = first_week(year.checked_add(1)?, self.rule.week_start)?;
                Some((first_week(year, self.rule.week_start)?, next.yesterday().ok()?))
            }
            Frequency::Monthly => {
                let month = months(start) + far;
                let year = i16::try_from(month.div_euclid(12)).ok()?;
                let first = Date::new(year, i8::try_from(month.rem_euclid(12) + 1).ok()?, 1).ok()?;
                Some((first, first.last_of_month()))
            }
            Frequency::Weekly => {
                let first = add_days(self.week_of(start), far.checked_mul(7)?)?;
                Some((first, add_days(first, 6)?))
            }
            _ => {
                let day = add_days(start, far)?;
                Some((day, day))
            }
        }
    }
}

fn months(day: Date) -> i64 {
    i64::from(day.year()) * 12 + i64::from(day.month()) - 1
}

fn add_days(day: Date, days: i64) -> Option<Date> {
    day.checked_add(SignedDuration::from_hours(days.checked_mul(24)?)).ok()
}

fn days_between(from: Date, to: Date) -> i64 {
    from.duration_until(to).as_hours() / 24
}
