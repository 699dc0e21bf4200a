//! When something comes again: rules of RFC 5545 in a zone.
//!
//! Rules of days and longer go by the local clock: nine in the morning stays nine in the morning when the clocks are
//! changed. Rules of hours and minutes go by elapsed time: they come as often as they say on every day.
//!
//! ```
//! use xmp_core::recurrence::Recurrence;
//!
//! let weekly = Recurrence::new("2026-03-23T09:00", "Europe/Berlin").rule("FREQ=WEEKLY;COUNT=2".parse()?);
//! let times: Vec<_> = weekly.occurrences()?.map(|found| Ok(found?.at.to_string())).collect::<xmp_core::Result<_>>()?;
//! // The clocks go forward on the 29th.
//! assert_eq!(times, ["2026-03-23T08:00:00Z", "2026-03-30T07:00:00Z"]);
//! # Ok::<(), xmp_core::Error>(())
//! ```

#[cfg(test)]
mod bounds_tests;
mod civil;
mod days;
mod elapsed;
mod occurrences;
mod rule;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use crate::zones::Zones;
use crate::{Error, ErrorKind, Result};

pub use occurrences::Occurrences;
pub use rule::{Frequency, NthWeekday, Rule, Until};

/// What becomes of a local time that the zone skips, when the clocks go forward.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OnGap {
    /// It is as much later as the clocks jump: an hour late beats not at all.
    #[default]
    Shift,
    /// It is left out, and not counted.
    Skip,
}

/// Which of the two moments is meant by a local time that the zone has twice, when the clocks go back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OnFold {
    /// The first.
    #[default]
    First,
    /// The second.
    Second,
}

/// When something comes again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Recurrence {
    /// The local time at which it begins: `2026-12-24T09:00`. It is an occurrence only if a rule says so, or `dates`.
    pub start: String,
    /// The IANA zone of all local times: `Europe/Berlin`.
    pub zone: String,
    /// Rules: what any of them gives.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
    pub rules: Vec<Rule>,
    /// Further local times.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dates: Vec<String>,
    /// Local times that are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excluded: Vec<String>,
    /// For local times that the zone skips.
    #[serde(default)]
    pub gap: OnGap,
    /// For local times that the zone has twice.
    #[serde(default)]
    pub fold: OnFold,
}

/// One time at which something comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// The moment.
    pub at: Timestamp,
    /// The local time that was meant: what names the occurrence, whatever becomes of the zone's rules.
    pub civil: DateTime,
    /// Whether it is the second of two moments with the same local time, of a rule that has both.
    pub second: bool,
}

impl Occurrence {
    /// What names it among those of its series: `2026-12-24T09:00:00`.
    #[must_use]
    pub fn key(&self) -> String {
        let again = if self.second { "+" } else { "" };
        format!("{}{again}", self.civil)
    }
}

impl Recurrence {
    /// One that begins at a local time in an IANA zone, and has no rule yet.
    pub fn new(start: impl Into<String>, zone: impl Into<String>) -> Self {
        Self {
            start: start.into(),
            zone: zone.into(),
            rules: Vec::new(),
            dates: Vec::new(),
            excluded: Vec::new(),
            gap: OnGap::default(),
            fold: OnFold::default(),
        }
    }

    /// Adds a rule.
    #[must_use]
    pub fn rule(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Adds a local time.
    #[must_use]
    pub fn also(mut self, date: impl Into<String>) -> Self {
        self.dates.push(date.into());
        self
    }

    /// Leaves a local time out.
    #[must_use]
    pub fn except(mut self, date: impl Into<String>) -> Self {
        self.excluded.push(date.into());
        self
    }

    /// All of its occurrences, in order. There may be no end of them.
    ///
    /// # Errors
    /// [`ErrorKind::Validation`] with the codes `recurrence.civil` (not a local time), `recurrence.zone` (no such zone),
    /// `recurrence.none` (neither a rule nor a date). An occurrence that can't be found is an error of the iterator, with
    /// the code `recurrence.never`: some milliseconds of looking, a century or more of days, have found nothing.
    pub fn occurrences(&self) -> Result<Occurrences> {
        self.after(None, &Zones::system())
    }

    /// Its occurrences after a moment, in order. How long ago it began makes no difference, but to a rule with COUNT, which is
    /// counted from its start.
    ///
    /// # Errors
    /// As [`occurrences`](Self::occurrences).
    pub fn occurrences_after(&self, at: Timestamp) -> Result<Occurrences> {
        self.after(Some(at), &Zones::system())
    }

    /// Its occurrences after a moment, by the rules of these zones.
    ///
    /// # Errors
    /// As [`occurrences`](Self::occurrences).
    pub fn occurrences_in(&self, zones: &Zones, after: Timestamp) -> Result<Occurrences> {
        self.after(Some(after), zones)
    }

    fn after(&self, at: Option<Timestamp>, zones: &Zones) -> Result<Occurrences> {
        let zone = zones.get(&self.zone).ok_or_else(|| {
            invalid("recurrence.zone", format!("{:?} is not a time zone", self.zone))
                .hint("use an IANA name such as Europe/Berlin or America/New_York")
        })?;
        if self.rules.is_empty() && self.dates.is_empty() {
            return Err(invalid("recurrence.none", "neither a rule nor a date is given".to_owned())
                .hint("add a rule such as FREQ=WEEKLY, or dates"));
        }
        let times = |texts: &[String]| texts.iter().map(|text| local(text)).collect::<Result<Vec<_>>>();
        let (start, dates, except) = (local(&self.start)?, times(&self.dates)?, times(&self.excluded)?);
        let clock = occurrences::LocalClock { zone, gap: self.gap, fold: self.fold };
        Ok(Occurrences::new(clock, start, &self.rules, dates, except, at))
    }
}

/// A local time, to the second.
fn local(text: &str) -> Result<DateTime> {
    // The parser takes a date alone as midnight, and reads over an offset.
    let whole =
        text.split_once(['T', 't', ' ']).is_some_and(|(_, time)| !time.contains(['+', '-', '[', 'Z', 'z']));
    let time = text.parse::<DateTime>().ok().filter(|time| whole && time.subsec_nanosecond() == 0);
    time.ok_or_else(|| {
        invalid("recurrence.civil", format!("{text:?} is not a local time, to the second"))
            .hint("write it as 2026-12-24T09:00, without an offset")
    })
}

fn invalid(code: &'static str, message: String) -> Error {
    Error::new(ErrorKind::Validation, code, message)
}

/// Nothing fits within the time that is looked at.
#[derive(Clone, Copy, Debug)]
struct Never;

impl Never {
    fn error(self) -> Error {
        invalid("recurrence.never", "nothing fits the rule for a century or more".to_owned())
            .hint("look for parts that exclude each other, such as BYMONTH=2 and BYMONTHDAY=30")
    }

    fn counted(self) -> Error {
        let message = "nothing fits the rule, or its COUNT begins too long ago".to_owned();
        invalid("recurrence.never", message)
            .hint("look for parts that exclude each other, or let the rule end by UNTIL: what is counted is counted from its start")
    }
}

/// What may still be looked at before an answer has to be given: one for a day, more for what costs more.
#[derive(Debug)]
struct Looks(u32);

impl Looks {
    /// More than a century of single days, and some milliseconds.
    const MOST: u32 = 50_000;

    fn take(&mut self, looks: u32) -> std::result::Result<(), Never> {
        self.0 = self.0.checked_sub(looks).ok_or(Never)?;
        Ok(())
    }
}

/// The places of a set that BYSETPOS chooses, in order; `None` if it says nothing: all of them.
fn chosen(set_pos: &[i16], all: usize) -> Option<Vec<usize>> {
    let place = |pos: &i16| {
        let far = usize::from(pos.unsigned_abs());
        if *pos > 0 { Some(far - 1).filter(|place| *place < all) } else { all.checked_sub(far) }
    };
    let mut places: Vec<usize> = set_pos.iter().filter_map(place).collect();
    places.sort_unstable();
    places.dedup();
    (!set_pos.is_empty()).then_some(places)
}
