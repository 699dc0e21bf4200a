//! Weekly slots, as people write them: `Mon-Fri 09:00,17:00`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Error, ErrorKind, Result};

/// The days of a week, as slots name them and as rules do.
const DAYS: [(&str, &str); 7] =
    [("Mon", "MO"), ("Tue", "TU"), ("Wed", "WE"), ("Thu", "TH"), ("Fri", "FR"), ("Sat", "SA"), ("Sun", "SU")];

/// Times of day on days of the week: `Mon-Fri 09:00,17:00`, `Sat,Sun 11:30`, `daily 20:00`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "schema", schemars(with = "String"))]
pub struct Slot {
    /// 0 is Monday.
    days: Vec<usize>,
    /// Hour and minute.
    times: Vec<(u8, u8)>,
}

impl Slot {
    /// The rules that give these times, each as RFC 5545 writes it.
    pub(super) fn rules(&self) -> impl Iterator<Item = String> + '_ {
        let days: Vec<&str> = self.days.iter().map(|day| DAYS[*day].1).collect();
        let days = days.join(",");
        self.times.iter().map(move |(hour, minute)| {
            format!("FREQ=WEEKLY;BYDAY={days};BYHOUR={hour};BYMINUTE={minute};BYSECOND=0")
        })
    }
}

fn wrong(text: &str, what: &str) -> Error {
    Error::new(ErrorKind::Validation, "queue.slot", format!("{text:?} is not a slot: {what}"))
        .hint("write days and times: `Mon-Fri 09:00,17:00`, `Sat,Sun 11:30`, `daily 20:00`")
}

fn day(text: &str, name: &str) -> Result<usize> {
    let short = name.get(..3).unwrap_or(name);
    let found = DAYS.iter().position(|(day, _)| day.eq_ignore_ascii_case(short));
    found.ok_or_else(|| wrong(text, &format!("{name:?} is no day of the week")))
}

fn days(text: &str, list: &str) -> Result<Vec<usize>> {
    if list.eq_ignore_ascii_case("daily") {
        return Ok((0..7).collect());
    }
    let mut days = Vec::new();
    for range in list.split(',') {
        let (from, to) = range.split_once('-').unwrap_or((range, range));
        let (from, to) = (day(text, from)?, day(text, to)?);
        // `Fri-Mon` goes over the end of the week.
        days.extend((from..=if to < from { to + 7 } else { to }).map(|day| day % 7));
    }
    days.sort_unstable();
    days.dedup();
    Ok(days)
}

fn time(text: &str, time: &str) -> Result<(u8, u8)> {
    let parsed = time.split_once(':').and_then(|(hour, minute)| {
        let digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(hour) || !digits(minute) {
            return None;
        }
        Some((hour.parse::<u8>().ok()?, minute.parse::<u8>().ok()?))
    });
    parsed
        .filter(|(hour, minute)| *hour < 24 && *minute < 60)
        .ok_or_else(|| wrong(text, &format!("{time:?} is no time of day from 00:00 to 23:59")))
}

impl FromStr for Slot {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut words = text.split_whitespace();
        let (Some(list), Some(clock), None) = (words.next(), words.next(), words.next()) else {
            return Err(wrong(text, "it is not days, a space and times"));
        };
        let mut times = clock.split(',').map(|one| time(text, one)).collect::<Result<Vec<_>>>()?;
        times.sort_unstable();
        times.dedup();
        Ok(Self { days: days(text, list)?, times })
    }
}

impl TryFrom<String> for Slot {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Slot> for String {
    fn from(slot: Slot) -> Self {
        slot.to_string()
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days: Vec<&str> = self.days.iter().map(|day| DAYS[*day].0).collect();
        let times: Vec<String> =
            self.times.iter().map(|(hour, minute)| format!("{hour:02}:{minute:02}")).collect();
        let days = if days.len() == 7 { "daily".to_owned() } else { days.join(",") };
        write!(f, "{days} {}", times.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_read_as_people_write_them() {
        let read = |text: &str| text.parse::<Slot>().unwrap().to_string();
        assert_eq!(read("Mon-Fri 09:00,17:00"), "Mon,Tue,Wed,Thu,Fri 09:00,17:00");
        assert_eq!(read("sunday 11:30"), "Sun 11:30");
        assert_eq!(read("Fri-Mon 08:00"), "Mon,Fri,Sat,Sun 08:00");
        assert_eq!(read("daily 20:00,20:00"), "daily 20:00");
    }

    #[test]
    fn what_is_no_slot_is_told() {
        for (text, what) in [
            ("Mon", "days, a space and times"),
            ("Mon 9:00", "no time of day"),
            ("Mon 24:00", "no time of day"),
            ("Xyz 09:00", "no day of the week"),
            ("Mon 09:00 17:00", "days, a space and times"),
            ("Möö 09:00", "no day of the week"),
        ] {
            let error = text.parse::<Slot>().unwrap_err();
            assert_eq!(error.code(), "queue.slot");
            assert!(error.to_string().contains(what), "{text}: {error}");
        }
    }
}
