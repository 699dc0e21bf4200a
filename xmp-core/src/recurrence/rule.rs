//! What a rule says, and how it is written: RFC 5545, section 3.3.10.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Weekday};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::invalid;
use crate::{Error, Result};

/// How long a rule's periods are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Frequency {
    /// Minutes.
    Minutely,
    /// Hours.
    Hourly,
    /// Days.
    Daily,
    /// Weeks.
    Weekly,
    /// Months.
    Monthly,
    /// Years.
    Yearly,
}

const FREQUENCIES: [(&str, Frequency); 6] = [
    ("MINUTELY", Frequency::Minutely),
    ("HOURLY", Frequency::Hourly),
    ("DAILY", Frequency::Daily),
    ("WEEKLY", Frequency::Weekly),
    ("MONTHLY", Frequency::Monthly),
    ("YEARLY", Frequency::Yearly),
];

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("MO", Weekday::Monday),
    ("TU", Weekday::Tuesday),
    ("WE", Weekday::Wednesday),
    ("TH", Weekday::Thursday),
    ("FR", Weekday::Friday),
    ("SA", Weekday::Saturday),
    ("SU", Weekday::Sunday),
];

/// A weekday: every one of a period, or the nth (from the end, if negative).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NthWeekday {
    /// 1 for the first, -1 for the last; `None` for every.
    pub nth: Option<i8>,
    /// 0 is Monday.
    pub(super) weekday: i8,
}

impl NthWeekday {
    /// Which day it is.
    #[must_use]
    pub fn weekday(self) -> Weekday {
        WEEKDAYS
            .into_iter()
            .map(|(_, day)| day)
            .find(|day| day.to_monday_zero_offset() == self.weekday)
            .unwrap_or(Weekday::Monday)
    }
}

/// Until when a rule gives occurrences, that moment included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// A local day.
    Day(Date),
    /// A local time.
    Local(DateTime),
    /// A moment.
    At(Timestamp),
}

/// When something comes again: a rule of RFC 5545, `FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10`.
///
/// It is read from and written as that text. `SECONDLY` is refused: no platform takes a post each second.
///
/// ```
/// use xmp_core::recurrence::Rule;
///
/// let rule: Rule = "FREQ=MONTHLY;BYDAY=-1FR;INTERVAL=2".parse()?;
/// assert_eq!(rule.to_string(), "FREQ=MONTHLY;INTERVAL=2;BYDAY=-1FR");
/// let wrong = "FREQ=MONTHLY;BYDAY=7FR".parse::<Rule>().unwrap_err();
/// assert_eq!(wrong.code(), "recurrence.rule");
/// # Ok::<(), xmp_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub(super) frequency: Frequency,
    pub(super) interval: u32,
    pub(super) until: Option<Until>,
    pub(super) count: Option<u32>,
    pub(super) by_month: Vec<i16>,
    pub(super) by_week_no: Vec<i16>,
    pub(super) by_year_day: Vec<i16>,
    pub(super) by_month_day: Vec<i16>,
    pub(super) by_day: Vec<NthWeekday>,
    pub(super) by_hour: Vec<i16>,
    pub(super) by_minute: Vec<i16>,
    pub(super) by_second: Vec<i16>,
    pub(super) by_set_pos: Vec<i16>,
    /// 0 is Monday.
    pub(super) week_start: i8,
}

impl Rule {
    /// The largest COUNT: a rule that is counted is counted from its beginning, whenever it is asked.
    pub const MOST_COUNTED: u32 = 10_000;

    /// The same rule, with so many occurrences.
    #[must_use]
    pub fn with_count(mut self, count: u32) -> Self {
        self.count = Some(count);
        self.until = None;
        self
    }

    /// A rule that comes every so many periods, and says no more.
    #[must_use]
    pub fn every(interval: u32, frequency: Frequency) -> Self {
        Self {
            frequency,
            interval: interval.max(1),
            until: None,
            count: None,
            by_month: Vec::new(),
            by_week_no: Vec::new(),
            by_year_day: Vec::new(),
            by_month_day: Vec::new(),
            by_day: Vec::new(),
            by_hour: Vec::new(),
            by_minute: Vec::new(),
            by_second: Vec::new(),
            by_set_pos: Vec::new(),
            week_start: 0,
        }
    }

    /// How long its periods are.
    #[must_use]
    pub fn frequency(&self) -> Frequency {
        self.frequency
    }

    /// Until when it gives occurrences, if it ends at a time.
    #[must_use]
    pub fn until(&self) -> Option<Until> {
        self.until
    }

    /// How many occurrences it gives, if it ends after so many.
    #[must_use]
    pub fn count(&self) -> Option<u32> {
        self.count
    }

    /// The same rule with another end.
    #[must_use]
    pub fn ending(self, until: Option<Until>, count: Option<u32>) -> Self {
        Self { until, count: if until.is_some() { None } else { count }, ..self }
    }

    fn check(self) -> Result<Self> {
        let no = |message: &str| Err(wrong(message.to_owned()));
        let daily_or_less = self.frequency <= Frequency::Daily;
        if self.until.is_some() && self.count.is_some() {
            return no("UNTIL and COUNT are both given: a rule has one end");
        }
        if self.frequency != Frequency::Yearly && !self.by_week_no.is_empty() {
            return no("BYWEEKNO needs FREQ=YEARLY");
        }
        if (daily_or_less || self.frequency == Frequency::Weekly)
            && self.by_day.iter().any(|day| day.nth.is_some())
        {
            return no("a number in BYDAY needs FREQ=MONTHLY or FREQ=YEARLY");
        }
        let within_months = self.frequency == Frequency::Monthly || !self.by_month.is_empty();
        let beyond = |day: &&NthWeekday| day.nth.is_some_and(|nth| nth.unsigned_abs() > 5);
        if let Some(day) = self.by_day.iter().find(beyond).filter(|_| within_months) {
            return no(&format!(
                "BYDAY: no month has the weekday {} times",
                day.nth.unwrap_or_default().unsigned_abs()
            ));
        }
        if !self.by_week_no.is_empty() && self.by_day.iter().any(|day| day.nth.is_some()) {
            return no("a number in BYDAY makes no sense beside BYWEEKNO");
        }
        if self.frequency == Frequency::Weekly && !self.by_month_day.is_empty() {
            return no("BYMONTHDAY makes no sense with FREQ=WEEKLY");
        }
        if matches!(self.frequency, Frequency::Daily | Frequency::Weekly | Frequency::Monthly)
            && !self.by_year_day.is_empty()
        {
            return no("BYYEARDAY makes no sense with FREQ=DAILY, WEEKLY or MONTHLY");
        }
        let others = [
            &self.by_month,
            &self.by_week_no,
            &self.by_year_day,
            &self.by_month_day,
            &self.by_hour,
            &self.by_minute,
            &self.by_second,
        ];
        if !self.by_set_pos.is_empty() && self.by_day.is_empty() && others.iter().all(|list| list.is_empty())
        {
            return no("BYSETPOS needs another BY… part to choose from");
        }
        Ok(self)
    }
}

fn wrong(message: String) -> Error {
    invalid("recurrence.rule", message).hint("write it as RFC 5545 has it: FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10")
}

impl FromStr for Rule {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let text = text.strip_prefix("RRULE:").unwrap_or(text);
        // Some calendars end a rule with it.
        let text = text.strip_suffix(';').unwrap_or(text);
        let mut rule = Self::every(1, Frequency::Daily);
        let mut seen: Vec<String> = Vec::new();
        for part in text.split(';') {
            let (name, value) =
                part.split_once('=').ok_or_else(|| wrong(format!("{part:?} is no NAME=value")))?;
            let name = name.to_ascii_uppercase();
            if seen.contains(&name) {
                return Err(wrong(format!("{name} is given twice")));
            }
            let list = |range, zero| numbers(&name, value, range, zero);
            match name.as_str() {
                "FREQ" => rule.frequency = frequency(value)?,
                "INTERVAL" => rule.interval = positive(&name, value, 1_000_000)?,
                "COUNT" => rule.count = Some(positive(&name, value, Self::MOST_COUNTED)?),
                "UNTIL" => rule.until = Some(until(value)?),
                "BYMONTH" => rule.by_month = list(1..=12, false)?,
                "BYWEEKNO" => rule.by_week_no = list(-53..=53, false)?,
                "BYYEARDAY" => rule.by_year_day = list(-366..=366, false)?,
                "BYMONTHDAY" => rule.by_month_day = list(-31..=31, false)?,
                "BYHOUR" => rule.by_hour = list(0..=23, true)?,
                "BYMINUTE" => rule.by_minute = list(0..=59, true)?,
                "BYSECOND" => rule.by_second = list(0..=59, true)?,
                "BYSETPOS" => rule.by_set_pos = list(-366..=366, false)?,
                "BYDAY" => rule.by_day = weekdays(value)?,
                "WKST" => rule.week_start = weekday(value)?,
                _ => return Err(wrong(format!("{name:?} is no part of a rule"))),
            }
            seen.push(name);
        }
        if !seen.iter().any(|name| name == "FREQ") {
            return Err(wrong("FREQ is missing".to_owned()));
        }
        rule.check()
    }
}

fn frequency(value: &str) -> Result<Frequency> {
    if value.eq_ignore_ascii_case("SECONDLY") {
        let message = "FREQ=SECONDLY: no platform takes a post each second".to_owned();
        return Err(invalid("recurrence.secondly", message).hint("use FREQ=MINUTELY or longer"));
    }
    let found = FREQUENCIES.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(value));
    found.map(|(_, frequency)| frequency).ok_or_else(|| wrong(format!("FREQ={value} is not known")))
}

fn positive(name: &str, value: &str, most: u32) -> Result<u32> {
    let number = value.parse::<u32>().ok().filter(|number| (1..=most).contains(number));
    number.ok_or_else(|| wrong(format!("{name}={value} is not a number from 1 to {most}")))
}

fn numbers(name: &str, value: &str, range: std::ops::RangeInclusive<i16>, zero: bool) -> Result<Vec<i16>> {
    let mut list = Vec::new();
    for item in value.split(',') {
        let number =
            item.parse::<i16>().ok().filter(|number| range.contains(number) && (zero || *number != 0));
        let number = number.ok_or_else(|| {
            let zero = if zero || !range.contains(&0) { "" } else { ", without 0" };
            wrong(format!("{name}: {item:?} is not a number from {} to {}{zero}", range.start(), range.end()))
        })?;
        list.push(number);
    }
    list.sort_unstable();
    list.dedup();
    Ok(list)
}

fn weekday(value: &str) -> Result<i8> {
    let found = WEEKDAYS.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(value));
    found
        .map(|(_, day)| day.to_monday_zero_offset())
        .ok_or_else(|| wrong(format!("{value:?} is not one of MO, TU, WE, TH, FR, SA, SU")))
}

fn weekdays(value: &str) -> Result<Vec<NthWeekday>> {
    let mut list = Vec::new();
    for item in value.split(',') {
        let (number, name) = item.split_at_checked(item.len().saturating_sub(2)).unwrap_or(("", item));
        let weekday = weekday(name)?;
        let nth = number.parse::<i8>().ok().filter(|nth| (1..=53).contains(&nth.unsigned_abs()));
        if nth.is_none() && !number.is_empty() {
            return Err(wrong(format!("BYDAY: {item:?} has no number from 1 to 53")));
        }
        list.push(NthWeekday { nth, weekday });
    }
    list.sort_unstable();
    list.dedup();
    Ok(list)
}

fn until(value: &str) -> Result<Until> {
    let no = || wrong(format!("UNTIL={value} is not 20261224, 20261224T090000 or 20261224T080000Z"));
    let digits = value.trim_end_matches('Z').replace('T', "");
    let well_formed = value.is_ascii() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number =
        |from: usize, to: usize| digits.get(from..to).and_then(|text| text.parse::<i16>().ok()).unwrap_or(-1);
    let small = |from, to| i8::try_from(number(from, to)).unwrap_or(-1);
    if !well_formed {
        return Err(no());
    }
    let day = Date::new(number(0, 4), small(4, 6), small(6, 8)).map_err(|_| no())?;
    let form = (digits.len(), value.find('T'), value.ends_with('Z'));
    if form == (8, None, false) {
        return Ok(Until::Day(day));
    }
    let time = jiff::civil::Time::new(small(8, 10), small(10, 12), small(12, 14), 0).map_err(|_| no())?;
    match form {
        (14, Some(8), false) => Ok(Until::Local(day.to_datetime(time))),
        (14, Some(8), true) => {
            let utc = day.to_datetime(time).to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| no())?;
            Ok(Until::At(utc.timestamp()))
        }
        _ => Err(no()),
    }
}

/// A part with several entries; nothing where there is none.
fn list(f: &mut fmt::Formatter<'_>, name: &str, entries: &[impl ToString]) -> fmt::Result {
    if entries.is_empty() {
        return Ok(());
    }
    let entries: Vec<_> = entries.iter().map(ToString::to_string).collect();
    write!(f, ";{name}={}", entries.join(","))
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |frequency| {
            FREQUENCIES.into_iter().find(|(_, own)| *own == frequency).map_or("", |(name, _)| name)
        };
        let day = |weekday: i8| WEEKDAYS[usize::try_from(weekday).unwrap_or_default() % 7].0;
        write!(f, "FREQ={}", name(self.frequency))?;
        if self.interval != 1 {
            write!(f, ";INTERVAL={}", self.interval)?;
        }
        if let Some(count) = self.count {
            write!(f, ";COUNT={count}")?;
        }
        match self.until {
            None => {}
            Some(Until::Day(day)) => write!(f, ";UNTIL={}", day.strftime("%Y%m%d"))?,
            Some(Until::Local(time)) => write!(f, ";UNTIL={}", time.strftime("%Y%m%dT%H%M%S"))?,
            Some(Until::At(at)) => write!(f, ";UNTIL={}", at.strftime("%Y%m%dT%H%M%SZ"))?,
        }
        list(f, "BYMONTH", &self.by_month)?;
        list(f, "BYWEEKNO", &self.by_week_no)?;
        list(f, "BYYEARDAY", &self.by_year_day)?;
        list(f, "BYMONTHDAY", &self.by_month_day)?;
        let nth = |own: &NthWeekday| own.nth.map(|nth| nth.to_string()).unwrap_or_default();
        let days: Vec<_> = self.by_day.iter().map(|own| nth(own) + day(own.weekday)).collect();
        list(f, "BYDAY", &days)?;
        list(f, "BYHOUR", &self.by_hour)?;
        list(f, "BYMINUTE", &self.by_minute)?;
        list(f, "BYSECOND", &self.by_second)?;
        list(f, "BYSETPOS", &self.by_set_pos)?;
        if self.week_start != 0 {
            write!(f, ";WKST={}", day(self.week_start))?;
        }
        Ok(())
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
