//! Rules whose periods are hours or minutes, in elapsed time: what is an hour later is an hour later, however the clocks
//! are changed.

use std::collections::VecDeque;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use super::days::Days;
use super::rule::{Frequency, Rule};
use super::{Looks, Never, chosen};

/// What a period counts among looks: it is searched for in the zone.
const PERIOD: u32 = 5;

/// The moments of a rule, in order.
#[derive(Debug)]
pub(super) struct Elapsed {
    rule: Rule,
    zone: TimeZone,
    start: Zoned,
    /// Nothing before it is given: the start, or later.
    from: Timestamp,
    days: Days,
    /// The next period, counted from that of the start; `None` at the end of time.
    period: Option<i64>,
    found: VecDeque<Timestamp>,
}

impl Elapsed {
    pub(super) fn new(rule: &Rule, start: Timestamp, zone: &TimeZone) -> Self {
        let start = start.to_zoned(zone.clone());
        let days = Days::of(rule, start.date());
        let from = start.timestamp();
        let (rule, zone) = (rule.clone(), zone.clone());
        Self { rule, zone, start, from, days, period: Some(0), found: VecDeque::new() }
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

    /// Leaves out what comes before a moment, for a rule that is not counted.
    pub(super) fn skip_to(&mut self, at: Timestamp) {
        self.period = Some((self.period_at(at) - 1).max(0));
        self.from = at.max(self.from);
    }

    /// The same for a rule that is counted, if each of its periods has one time. Tells how many are left out.
    pub(super) fn skip_counted(&mut self, at: Timestamp) -> u32 {
        let plain = Rule::every(self.rule.interval, self.rule.frequency).ending(None, self.rule.count);
        if self.rule != plain {
            return 0;
        }
        let periods = (self.period_at(at) - 1).max(0);
        self.period = Some(periods);
        u32::try_from(periods).unwrap_or(u32::MAX)
    }

    /// The next moment. What is looked at is taken from `looks`.
    pub(super) fn next(&mut self, looks: &mut Looks) -> Result<Option<Timestamp>, Never> {
        loop {
            if let Some(found) = self.found.pop_front() {
                return Ok(Some(found));
            }
            let Some(period) = self.period else { return Ok(None) };
            looks.take(PERIOD)?;
            let Some(local) = self.local(period) else {
                self.period = None;
                return Ok(None);
            };
            // What lies before the first moment that may fit is passed over.
            if let Some(later) = self.passed_over(&local, looks)? {
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
    fn passed_over(&self, local: &Zoned, looks: &mut Looks) -> Result<Option<Option<Timestamp>>, Never> {
        let mut day = local.date();
        while !self.days.take(day) {
            looks.take(1)?;
            let last = if self.days.takes_month(day.month()) { day } else { day.last_of_month() };
            let Ok(next) = last.tomorrow() else { return Ok(Some(None)) };
            day = next;
        }
        if day != local.date() {
            return Ok(Some(day.to_zoned(self.zone.clone()).ok().map(|zoned| zoned.timestamp())));
        }
        let later = |seconds: i64| local.timestamp().checked_add(SignedDuration::from_secs(seconds)).ok();
        let Rule { by_hour, by_minute, .. } = &self.rule;
        let (minute, second) = (i64::from(local.minute()), i64::from(local.second()));
        if !by_hour.is_empty() && !by_hour.contains(&local.hour().into()) {
            return Ok(Some(later(3600 - minute * 60 - second)));
        }
        if self.rule.frequency == Frequency::Minutely && !by_minute.is_empty() {
            let next = by_minute.iter().map(|own| i64::from(*own)).find(|own| *own >= minute).unwrap_or(60);
            return Ok((next > minute).then(|| later((next - minute) * 60 - second)));
        }
        Ok(None)
    }

    /// What one period has.
    fn find(&mut self, local: &Zoned) {
        let or = |list: &[i16], own: i8| if list.is_empty() { vec![own.into()] } else { list.to_vec() };
        let rule = &self.rule;
        let minutes = match rule.frequency {
            Frequency::Hourly => or(&rule.by_minute, local.minute()),
            // Others were passed over.
            _ => vec![local.minute().into()],
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
        let given = match chosen(&rule.by_set_pos, all.len()) {
            None => all,
            Some(places) => places.into_iter().map(|place| all[place]).collect(),
        };
        self.found.extend(given.into_iter().filter(|at| *at >= self.from));
    }
}
