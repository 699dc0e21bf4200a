//! Rules whose periods are hours or minutes, in elapsed time: what is an hour later is an hour later, however the clocks
//! are changed.

use std::collections::VecDeque;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use super::days::Days;
use super::rule::{Frequency, Rule};
use super::{Never, chosen};

/// How many periods are looked at for the next time, at most. Days that don't fit are left out as a whole.
const LOOKED_AT: u32 = 20_000;

/// The moments of a rule, in order.
#[derive(Debug)]
pub(super) struct Elapsed {
    rule: Rule,
    zone: TimeZone,
    start: Zoned,
    days: Days,
    /// The next period, counted from that of the start; `None` at the end of time.
    period: Option<i64>,
    found: VecDeque<Timestamp>,
}

impl Elapsed {
    pub(super) fn new(rule: &Rule, start: Timestamp, zone: &TimeZone) -> Self {
        let start = start.to_zoned(zone.clone());
        let days = Days::of(rule, start.date());
        Self { rule: rule.clone(), zone: zone.clone(), start, days, period: Some(0), found: VecDeque::new() }
    }

    /// The length of a period, in seconds.
    fn step(&self) -> i64 {
        let one = if self.rule.frequency == Frequency::Hourly { 3600 } else { 60 };
        one * i64::from(self.rule.interval)
    }

    /// The first period that does not end before a moment.
    fn period_at(&self, at: Timestamp) -> i64 {
        (at.as_second() - self.start.timestamp().as_second()).div_euclid(self.step())
    }

    /// Leaves out the periods before a moment, for a rule that is not counted.
    pub(super) fn skip_to(&mut self, at: Timestamp) {
        self.period = Some((self.period_at(at) - 1).max(0));
        self.found.clear();
    }

    pub(super) fn next(&mut self) -> Result<Option<Timestamp>, Never> {
        let mut left = LOOKED_AT;
        loop {
            if let Some(found) = self.found.pop_front() {
                return Ok(Some(found));
            }
            let Some(period) = self.period else { return Ok(None) };
            left = left.checked_sub(1).ok_or(Never)?;
            let Some(local) = self.local(period) else {
                self.period = None;
                return Ok(None);
            };
            // What lies before the first moment that may fit is passed over.
            if let Some(later) = self.passed_over(&local) {
                self.period = later.map(|later| self.period_at(later).max(period + 1));
                continue;
            }
            self.period = Some(period + 1);
            self.find(&local);
        }
    }

    /// The local time at which a period begins, by the start's minute and second.
    fn local(&self, period: i64) -> Option<Zoned> {
        let far = SignedDuration::from_secs(period.checked_mul(self.step())?);
        self.start.timestamp().checked_add(far).ok().map(|at| at.to_zoned(self.zone.clone()))
    }

    /// Until when nothing fits, if this does not: `Some(None)` is for ever.
    fn passed_over(&self, local: &Zoned) -> Option<Option<Timestamp>> {
        let start_of =
            |day: jiff::civil::Date| day.to_zoned(self.zone.clone()).ok().map(|zoned| zoned.timestamp());
        let day = local.date();
        if !self.days.takes_month(day.month()) {
            return Some(day.last_of_month().tomorrow().ok().and_then(start_of));
        }
        if !self.days.take(day) {
            return Some(day.tomorrow().ok().and_then(start_of));
        }
        let by_hour = &self.rule.by_hour;
        if !by_hour.is_empty() && !by_hour.contains(&local.hour().into()) {
            let passed = i64::from(local.minute()) * 60 + i64::from(local.second());
            return Some(local.timestamp().checked_add(SignedDuration::from_secs(3600 - passed)).ok());
        }
        None
    }

    /// What one period has.
    fn find(&mut self, local: &Zoned) {
        let or = |list: &[i16], own: i8| if list.is_empty() { vec![own.into()] } else { list.to_vec() };
        let rule = &self.rule;
        let minutes = match rule.frequency {
            Frequency::Hourly => or(&rule.by_minute, local.minute()),
            _ if rule.by_minute.is_empty() || rule.by_minute.contains(&local.minute().into()) => {
                vec![local.minute().into()]
            }
            _ => return,
        };
        let seconds = or(&rule.by_second, local.second());
        let place = |minute: i16, second: i16| {
            let apart = (i64::from(minute) - i64::from(local.minute())) * 60 + i64::from(second)
                - i64::from(local.second());
            local.timestamp().checked_add(SignedDuration::from_secs(apart)).ok()
        };
        let mut all = Vec::with_capacity(minutes.len() * seconds.len());
        for minute in minutes {
            all.extend(seconds.iter().filter_map(|second| place(minute, *second)));
        }
        let start = self.start.timestamp();
        let places = chosen(&rule.by_set_pos, all.len());
        self.found.extend(places.map(|place| all[place]).filter(|at| *at >= start));
    }
}
