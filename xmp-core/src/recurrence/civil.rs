//! Rules whose periods are days or longer, in local time: they know no zone.

use std::collections::VecDeque;

use jiff::Span;
use jiff::civil::{Date, DateTime, Time};

use super::days::Days;
use super::rule::{Frequency, Rule};
use super::{Never, chosen};

/// How many days and periods are looked at for the next time, at most: more than five centuries of days.
const LOOKED_AT: u32 = 200_000;

/// The local times of a rule, in order.
#[derive(Debug)]
pub(super) struct Civil {
    rule: Rule,
    start: DateTime,
    days: Days,
    /// The times of a day, in order.
    times: Vec<Time>,
    /// The next period, counted from that of the start; `None` at the end of time.
    period: Option<i64>,
    found: VecDeque<DateTime>,
}

impl Civil {
    pub(super) fn new(rule: &Rule, start: DateTime) -> Self {
        let or = |list: &[i16], own: i8| if list.is_empty() { vec![own.into()] } else { list.to_vec() };
        let (hours, minutes) = (or(&rule.by_hour, start.hour()), or(&rule.by_minute, start.minute()));
        let seconds = or(&rule.by_second, start.second());
        let small = |number: i16| i8::try_from(number).unwrap_or_default();
        let mut times = Vec::with_capacity(hours.len() * minutes.len() * seconds.len());
        for hour in &hours {
            for minute in &minutes {
                times.extend(
                    seconds
                        .iter()
                        .filter_map(|second| Time::new(small(*hour), small(*minute), small(*second), 0).ok()),
                );
            }
        }
        Self {
            rule: rule.clone(),
            start,
            days: Days::of(rule, start.date()),
            times,
            period: Some(0),
            found: VecDeque::new(),
        }
    }

    /// Leaves out the periods before the one of a day, for a rule that is not counted.
    pub(super) fn skip_to(&mut self, day: Date) {
        let start = self.start.date();
        let apart = match self.rule.frequency {
            Frequency::Yearly => i64::from(day.year()) - i64::from(start.year()),
            Frequency::Monthly => months(day) - months(start),
            Frequency::Weekly => days_between(self.week_of(start), day).div_euclid(7),
            _ => days_between(start, day),
        };
        let period = apart.div_euclid(i64::from(self.rule.interval));
        self.period = Some(period.max(0));
        self.found.clear();
    }

    /// The next local time, which may be before the start of the rule no more.
    pub(super) fn next(&mut self) -> Result<Option<DateTime>, Never> {
        let mut left = LOOKED_AT;
        loop {
            if let Some(found) = self.found.pop_front() {
                return Ok(Some(found));
            }
            let Some(period) = self.period else { return Ok(None) };
            self.period = period.checked_add(1);
            let Some((first, last)) = self.range(period) else {
                self.period = None;
                return Ok(None);
            };
            left = left.checked_sub(1).ok_or(Never)?;
            let mut days = Vec::new();
            let mut day = Some(first);
            while let Some(own) = day.filter(|day| *day <= last) {
                left = left.checked_sub(1).ok_or(Never)?;
                if !self.days.takes_month(own.month()) {
                    day = own.last_of_month().tomorrow().ok();
                    continue;
                }
                if self.days.take(own) {
                    days.push(own);
                }
                day = own.tomorrow().ok();
            }
            let all = days.len() * self.times.len();
            let time = |place: usize| {
                days[place / self.times.len()].to_datetime(self.times[place % self.times.len()])
            };
            let places = chosen(&self.rule.by_set_pos, all);
            self.found.extend(places.map(time).filter(|found| *found >= self.start));
        }
    }

    fn week_of(&self, day: Date) -> Date {
        let place = (day.weekday().to_monday_zero_offset() - self.rule.week_start).rem_euclid(7);
        day.checked_sub(Span::new().days(place)).unwrap_or(Date::MIN)
    }

    /// The first and the last day of a period.
    fn range(&self, period: i64) -> Option<(Date, Date)> {
        let far = period.checked_mul(i64::from(self.rule.interval))?;
        let start = self.start.date();
        match self.rule.frequency {
            Frequency::Yearly => {
                let year = i16::try_from(far + i64::from(start.year())).ok()?;
                Some((Date::new(year, 1, 1).ok()?, Date::new(year, 12, 31).ok()?))
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
    day.checked_add(Span::new().try_days(days).ok()?).ok()
}

fn days_between(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| span.get_days().into())
}
