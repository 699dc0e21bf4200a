//! When a post is due: a moment, or a local time in a zone.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::AmbiguousOffset;
use serde::{Deserialize, Serialize};

use crate::clock::to_the_microsecond;
use crate::zones::Zones;
use crate::{Error, ErrorKind, Result};

/// What to do with a local time that the zone skips, when clocks go forward.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Gap {
    /// Refuse it with an error that names the times on both sides.
    #[default]
    Refuse,
    /// Move it forward by the length of the gap: 02:30 becomes 03:30.
    Shift,
}

/// What to do with a local time that the zone has twice, when clocks go back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Fold {
    /// Refuse it with an error that names both moments.
    #[default]
    Refuse,
    /// Take the first.
    First,
    /// Take the second.
    Second,
}

/// When, as the caller says it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// At once.
    #[default]
    Now,
    /// At a moment.
    At(Timestamp),
    /// At a local time (`2026-12-24T09:00`) in an IANA zone (`Europe/Berlin`).
    Local {
        /// The civil date and time, without an offset.
        civil: String,
        /// The name of the zone.
        zone: String,
        /// If the zone skips it.
        #[serde(default)]
        gap: Gap,
        /// If the zone has it twice.
        #[serde(default)]
        fold: Fold,
    },
}

impl When {
    /// A local time in an IANA zone. A time that the zone skips or has twice is refused; see
    /// [`local_with`](Self::local_with).
    pub fn local(civil: impl Into<String>, zone: impl Into<String>) -> Self {
        Self::local_with(civil, zone, Gap::Refuse, Fold::Refuse)
    }

    /// A local time in an IANA zone, with what to do if the zone skips it or has it twice.
    pub fn local_with(civil: impl Into<String>, zone: impl Into<String>, gap: Gap, fold: Fold) -> Self {
        Self::Local { civil: civil.into(), zone: zone.into(), gap, fold }
    }

    /// The moment that it means. `now` is what [`When::Now`] becomes; a moment before it is refused.
    ///
    /// # Errors
    /// [`ErrorKind::Validation`] with the codes `due.past`, `due.civil` (not a date and time), `due.zone` (no such
    /// zone), `due.gap` (the zone skips it) or `due.fold` (the zone has it twice).
    ///
    /// ```
    /// use xmp_core::{Fold, Gap, When};
    ///
    /// let now = "2026-01-01T00:00:00Z".parse()?;
    /// let skipped = When::local("2026-03-29T02:30", "Europe/Berlin");
    /// assert_eq!(skipped.resolve(now).unwrap_err().code(), "due.gap");
    /// let shifted = When::local_with("2026-03-29T02:30", "Europe/Berlin", Gap::Shift, Fold::First);
    /// assert_eq!(shifted.resolve(now)?.at.to_string(), "2026-03-29T01:30:00Z");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn resolve(&self, now: Timestamp) -> Result<Due> {
        self.resolve_in(now, &Zones::system())
    }

    /// The moment that it means by the rules of these zones.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve).
    pub fn resolve_in(&self, now: Timestamp, zones: &Zones) -> Result<Due> {
        let (at, tzdb) = match self {
            Self::Now => return Ok(Due { at: now, asked: self.clone(), tzdb: None }),
            Self::At(at) => (*at, None),
            Self::Local { civil, zone, gap, fold } => {
                (local(civil, zone, *gap, *fold, zones)?, Some(zones.version().to_owned()))
            }
        };
        if at < now {
            return Err(invalid("due.past", format!("{at} is in the past: it is {now}"))
                .hint("give a later time, or `now` to publish at once"));
        }
        Ok(Due { at: to_the_microsecond(at), asked: self.clone(), tzdb })
    }
}

fn invalid(code: &'static str, message: String) -> Error {
    Error::new(ErrorKind::Validation, code, message)
}

fn local(civil: &str, zone: &str, gap: Gap, fold: Fold, zones: &Zones) -> Result<Timestamp> {
    // The parser takes a date alone as midnight, and reads over an offset: both would publish at a time that the
    // caller did not mean.
    let whole = civil.split_once(['T', 't', ' ']).is_some_and(|(_, time)| !time.contains(['+', '-', '[']));
    let time = civil.parse::<DateTime>().ok().filter(|_| whole).ok_or_else(|| {
        invalid("due.civil", format!("{civil:?} is not a local date and time"))
            .hint("write it as 2026-12-24T09:00, without an offset")
    })?;
    let tz = zones.get(zone).ok_or_else(|| {
        invalid("due.zone", format!("{zone:?} is not a time zone"))
            .hint("use an IANA name such as Europe/Berlin or America/New_York")
    })?;
    let found = tz.to_ambiguous_timestamp(time);
    let out_of_range = |error: jiff::Error| invalid("due.civil", format!("{civil:?}: {error}"));
    match (found.offset(), gap, fold) {
        (AmbiguousOffset::Gap { .. }, Gap::Refuse, _) => Err(invalid(
            "due.gap",
            format!("{civil} does not exist in {zone}: the clocks go forward over it"),
        )
        .hint("give another time, or say gap = shift to publish as much later as the clocks jump")),
        (AmbiguousOffset::Fold { .. }, _, Fold::Refuse) => {
            Err(invalid("due.fold", format!("{civil} happens twice in {zone}: the clocks go back over it"))
                .hint("say fold = first or fold = second"))
        }
        (AmbiguousOffset::Fold { .. }, _, Fold::Second) => found.later().map_err(out_of_range),
        // For a gap, "compatible" is the time as much later as the clocks jump; for a fold the first.
        _ => found.compatible().map_err(out_of_range),
    }
}

/// When a post is due, and how that was said: a local time is resolved again when the time-zone database changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Due {
    /// The moment.
    pub at: Timestamp,
    /// What the caller asked for.
    pub asked: When,
    /// The version of the time-zone database that a local time was resolved by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tzdb: Option<String>,
}

impl Due {
    /// A moment, whatever zones do.
    #[must_use]
    pub fn at(at: Timestamp) -> Self {
        Self { at, asked: When::At(at), tzdb: None }
    }

    /// The same local time by the rules of newer zones. A time that they skip now is as much later as the clocks jump, and one
    /// that they have twice now is the first: nobody is there to be asked.
    #[must_use]
    pub fn again(&self, zones: &Zones) -> Self {
        let mut again = self.clone();
        again.tzdb = Some(zones.version().to_owned());
        if let When::Local { civil, zone, fold, .. } = &self.asked {
            let fold = if *fold == Fold::Second { Fold::Second } else { Fold::First };
            // A zone that is gone leaves the time as it was.
            if let Ok(at) = local(civil, zone, Gap::Shift, fold, zones) {
                again.at = to_the_microsecond(at);
            }
        }
        again
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(when: &When) -> String {
        when.resolve("2026-01-01T00:00:00Z".parse().unwrap())
            .map_or_else(|error| error.code().to_owned(), |due| due.at.to_string())
    }

    #[test]
    fn local_times() {
        let berlin = |civil| When::local(civil, "Europe/Berlin");
        assert_eq!(at(&berlin("2026-07-01T09:00")), "2026-07-01T07:00:00Z");
        assert_eq!(at(&berlin("2026-12-01T09:00")), "2026-12-01T08:00:00Z");
        assert_eq!(at(&berlin("2026-03-29T02:30")), "due.gap");
        assert_eq!(at(&berlin("2026-10-25T02:30")), "due.fold");
        assert_eq!(at(&berlin("2025-12-31T23:00")), "due.past");
        assert_eq!(at(&berlin("24.12.2026")), "due.civil");
        assert_eq!(at(&berlin("2026-07-01T09:00+02:00")), "due.civil");
        assert_eq!(at(&berlin("2026-07-01")), "due.civil");
        assert_eq!(at(&When::local("2026-07-01T09:00", "Mars/Olympus")), "due.zone");
    }

    #[test]
    fn policies_decide_gaps_and_folds() {
        let fold = |fold| When::local_with("2026-10-25T02:30", "Europe/Berlin", Gap::Refuse, fold);
        assert_eq!(at(&fold(Fold::First)), "2026-10-25T00:30:00Z");
        assert_eq!(at(&fold(Fold::Second)), "2026-10-25T01:30:00Z");
        // Lord Howe moves by half an hour.
        let gap = When::local_with("2026-10-04T02:15", "Australia/Lord_Howe", Gap::Shift, Fold::Refuse);
        assert_eq!(at(&gap), "2026-10-03T15:45:00Z");
    }
}
