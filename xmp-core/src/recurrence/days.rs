//! Which days a rule takes.

use jiff::civil::Date;

use super::rule::{Frequency, Rule};

/// What a day has to be like. Every part that is given has to fit; of a part one entry.
#[derive(Debug)]
pub(super) struct Days {
    /// Bit m: month m.
    months: u16,
    /// Bit d: day d of the month, and counted from its end.
    month_days: u32,
    month_days_from_end: u32,
    year_days: Vec<i16>,
    weeks: Vec<i16>,
    /// Bit w: weekday w, 0 is Monday.
    weekdays: u8,
    /// The nth weekday, of the month or of the year.
    nth: Vec<(i8, i8)>,
    nth_of_year: bool,
    week_start: i8,
}

const ALL_MONTHS: u16 = 0b1_1111_1111_1110;

impl Days {
    /// What a rule asks for. What it does not say is as it is at the start: the day, or the weekday of a numbered week.
    pub(super) fn of(rule: &Rule, start: Date) -> Self {
        let bits = |list: &[i16], sign: i16| -> u32 {
            let wanted = list.iter().map(|number| number * sign).filter(|number| *number > 0);
            wanted.fold(0, |bits, number| bits | 1 << number)
        };
        let mut days = Self {
            months: u16::try_from(bits(&rule.by_month, 1)).unwrap_or_default(),
            month_days: bits(&rule.by_month_day, 1),
            month_days_from_end: bits(&rule.by_month_day, -1),
            year_days: rule.by_year_day.clone(),
            weeks: rule.by_week_no.clone(),
            weekdays: 0,
            nth: Vec::new(),
            nth_of_year: rule.frequency == Frequency::Yearly && rule.by_month.is_empty(),
            week_start: rule.week_start,
        };
        for day in &rule.by_day {
            match day.nth {
                None => days.weekdays |= 1 << day.weekday,
                Some(nth) => days.nth.push((nth, day.weekday)),
            }
        }
        let names_none =
            rule.by_month_day.is_empty() && rule.by_year_day.is_empty() && rule.by_day.is_empty();
        if names_none && !rule.by_week_no.is_empty() {
            days.weekdays = 1 << start.weekday().to_monday_zero_offset();
        } else if names_none {
            match rule.frequency {
                Frequency::Yearly => {
                    if days.months == 0 {
                        days.months = 1 << start.month();
                    }
                    days.month_days = 1 << start.day();
                }
                Frequency::Monthly => days.month_days = 1 << start.day(),
                Frequency::Weekly => days.weekdays = 1 << start.weekday().to_monday_zero_offset(),
                Frequency::Daily | Frequency::Hourly | Frequency::Minutely => {}
            }
        }
        if days.months == 0 {
            days.months = ALL_MONTHS;
        }
        days
    }

    /// Whether any day of a month may fit.
    pub(super) fn takes_month(&self, month: i8) -> bool {
        self.months >> month & 1 == 1
    }

    pub(super) fn take(&self, day: Date) -> bool {
        self.takes_month(day.month())
            && self.takes_month_day(day)
            && self.takes_year_day(day)
            && self.takes_weekday(day)
            && self.takes_week(day)
    }

    fn takes_month_day(&self, day: Date) -> bool {
        let any = self.month_days | self.month_days_from_end == 0;
        any || self.month_days >> day.day() & 1 == 1
            || self.month_days_from_end >> (day.days_in_month() - day.day() + 1) & 1 == 1
    }

    fn takes_year_day(&self, day: Date) -> bool {
        let (number, from_end) = (day.day_of_year(), day.day_of_year() - day.days_in_year() - 1);
        self.year_days.is_empty() || self.year_days.iter().any(|own| *own == number || *own == from_end)
    }

    fn takes_weekday(&self, day: Date) -> bool {
        if self.weekdays == 0 && self.nth.is_empty() {
            return true;
        }
        let weekday = day.weekday().to_monday_zero_offset();
        if self.weekdays >> weekday & 1 == 1 {
            return true;
        }
        let (place, length) = match self.nth_of_year {
            true => (day.day_of_year(), day.days_in_year()),
            false => (day.day().into(), day.days_in_month().into()),
        };
        let (nth, from_end) = ((place - 1) / 7 + 1, -((length - place) / 7 + 1));
        self.nth
            .iter()
            .any(|(own, of)| *of == weekday && (i16::from(*own) == nth || i16::from(*own) == from_end))
    }

    fn takes_week(&self, day: Date) -> bool {
        if self.weeks.is_empty() {
            return true;
        }
        let Some((number, last)) = self.week(day) else { return false };
        self.weeks.iter().any(|own| *own == number || *own == number - last - 1)
    }

    /// The number of a day's week, and of the last week of the year that the week belongs to: the one in which its
    /// fourth day lies.
    fn week(&self, day: Date) -> Option<(i16, i16)> {
        let number = |fourth: Date| (fourth.day_of_year() - 1) / 7 + 1;
        let fourth = |day: Date| week_of(day, self.week_start).checked_add(jiff::Span::new().days(3)).ok();
        let middle = fourth(day)?;
        // It is always in the last week.
        let late = Date::new(middle.year(), 12, 28).ok()?;
        Some((number(middle), number(fourth(late)?)))
    }
}

/// The day on which a day's week begins.
pub(super) fn week_of(day: Date, week_start: i8) -> Date {
    let place = (day.weekday().to_monday_zero_offset() - week_start).rem_euclid(7);
    day.checked_sub(jiff::Span::new().days(place)).unwrap_or(Date::MIN)
}

/// The day on which the first week of a year begins: the one that has four days of it.
pub(super) fn first_week(year: i16, week_start: i8) -> Option<Date> {
    Date::new(year, 1, 4).ok().map(|day| week_of(day, week_start))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test tells by a panic")]

    use jiff::civil::date;

    use super::Days;
    use crate::recurrence::Rule;

    #[test]
    fn weeks_that_begin_on_monday_are_those_of_iso_8601() {
        let rule: Rule = "FREQ=YEARLY;BYWEEKNO=1".parse().unwrap();
        let days = Days::of(&rule, date(1990, 1, 1));
        let mut day = date(1990, 1, 1);
        while day < date(2030, 1, 1) {
            let iso = day.iso_week_date();
            let expected = (iso.week().into(), if iso.in_long_year() { 53 } else { 52 });
            assert_eq!(days.week(day), Some(expected), "{day}");
            day = day.tomorrow().unwrap();
        }
    }
}
