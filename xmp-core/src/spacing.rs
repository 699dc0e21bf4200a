//! How far apart an account's posts are.

use std::time::Duration;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use crate::{Error, ErrorKind, Result};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// How far apart an account's posts are. A worker takes none before its time; what waits for that counts no attempt.
/// A thread counts as one post, from its last part on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Spacing {
    /// The least time from one post to the next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_interval: Option<Duration>,
    /// The most posts within any 60 minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_hour: Option<u32>,
    /// The most posts within any 24 hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_day: Option<u32>,
    /// When nothing is posted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub quiet_hours: Vec<QuietHours>,
}

/// Hours of every day in which nothing is posted: from 22:00 to 07:00, say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QuietHours {
    /// When they begin: a local time, `22:00`.
    pub start: String,
    /// When they end: on the next day if it is not after `start`.
    pub end: String,
    /// The IANA zone of both: `Europe/Berlin`.
    pub zone: String,
}

impl QuietHours {
    /// From one local time to another, in an IANA zone.
    pub fn new(from: impl Into<String>, to: impl Into<String>, zone: impl Into<String>) -> Self {
        Self { start: from.into(), end: to.into(), zone: zone.into() }
    }

    fn read(&self) -> Result<(Time, Time, TimeZone)> {
        let time = |text: &str| {
            text.parse::<Time>().map_err(|_| {
                invalid("spacing.quiet", format!("{text:?} is not a time of day")).hint("write it as 22:00")
            })
        };
        let (from, to) = (time(&self.start)?, time(&self.end)?);
        if from == to {
            let message = format!("quiet hours from {} to {} never end", self.start, self.end);
            return Err(
                invalid("spacing.quiet", message).hint("pause the account to keep it from posting at all")
            );
        }
        let zone = TimeZone::get(&self.zone).map_err(|_| {
            invalid("spacing.zone", format!("{:?} is not a time zone", self.zone))
                .hint("use an IANA name such as Europe/Berlin or America/New_York")
        })?;
        Ok((from, to, zone))
    }

    /// When they end, if `at` lies within them.
    fn end(&self, at: Timestamp) -> Option<Timestamp> {
        let (from, to, zone) = self.read().ok()?;
        let local = at.to_zoned(zone.clone());
        let (date, time) = (local.date(), local.time());
        let overnight = to < from;
        let quiet = if overnight { time >= from || time < to } else { time >= from && time < to };
        if !quiet {
            return None;
        }
        let day = if overnight && time >= from { date.checked_add(1.day()).ok()? } else { date };
        // An end that the clocks skip is as much later as they jump; of one that comes twice, the second: until then it
        // is still quiet on somebody's clock.
        let end = zone.to_ambiguous_zoned(day.to_datetime(to)).later().ok()?.timestamp();
        Some(end.max(at + Duration::from_micros(1)))
    }
}

fn invalid(code: &'static str, message: String) -> Error {
    Error::new(ErrorKind::Validation, code, message)
}

impl Spacing {
    /// How far back posts matter: what [`opens_at`](Self::opens_at) is told of.
    #[must_use]
    pub fn looks_back(&self) -> Duration {
        self.windows().map(|(_, window)| window).max().unwrap_or_default()
    }

    /// So many at most, within any so long a time.
    fn windows(&self) -> impl Iterator<Item = (u32, Duration)> {
        let hour = self.per_hour.map(|most| (most, HOUR));
        let day = self.per_day.map(|most| (most, DAY));
        hour.into_iter().chain(day).chain(self.min_interval.map(|interval| (1, interval)))
    }

    /// Whether it asks for anything.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it makes sense.
    ///
    /// # Errors
    /// [`ErrorKind::Validation`] with the codes `spacing.never` (a most of 0), `spacing.quiet` (not times of day, or
    /// hours without an end), `spacing.zone` (no such zone).
    pub fn check(&self) -> Result<()> {
        for (name, most) in [("per_hour", self.per_hour), ("per_day", self.per_day)] {
            if most == Some(0) {
                return Err(invalid(
                    "spacing.never",
                    format!("{name} of 0 would keep it from posting at all"),
                )
                .hint("pause the account instead"));
            }
        }
        self.quiet_hours.iter().try_for_each(|quiet| quiet.read().map(drop))
    }

    /// When the next post may go: `now`, or later. `sent` are the times of the account's posts, oldest first, at least
    /// of the time that it [looks back](Self::looks_back).
    ///
    /// ```
    /// use std::time::Duration;
    /// use xmp_core::{QuietHours, Spacing};
    ///
    /// let spacing = Spacing {
    ///     min_interval: Some(Duration::from_secs(600)),
    ///     quiet_hours: vec![QuietHours::new("22:00", "07:00", "Europe/Berlin")],
    ///     ..Spacing::default()
    /// };
    /// let now = "2026-12-24T20:55:00Z".parse()?; // 21:55 in Berlin
    /// assert_eq!(spacing.opens_at(&[], now), now);
    /// assert_eq!(spacing.opens_at(&[now], now).to_string(), "2026-12-25T06:00:00Z");
    /// # Ok::<(), jiff::Error>(())
    /// ```
    #[must_use]
    pub fn opens_at(&self, sent: &[Timestamp], now: Timestamp) -> Timestamp {
        // After a step back of the clock posts seem to be in the future. They count as of now; but not those of a clock
        // that was far ahead, or it would never open.
        let end = now.saturating_add(self.looks_back()).unwrap_or(Timestamp::MAX);
        let sent = &sent[..sent.partition_point(|at| *at <= end)];
        let mut at = now;
        for (most, window) in self.windows() {
            let most = usize::try_from(most).unwrap_or(usize::MAX);
            // The one that has to leave the window before another may come in.
            if let Some(first) = sent.len().checked_sub(most).and_then(|index| sent.get(index)) {
                at = at.max((*first).min(now).saturating_add(window).unwrap_or(Timestamp::MAX));
            }
        }
        // The end of one may lie within another; hours that cover the whole day together never end.
        for _ in 0..=self.quiet_hours.len() * 2 {
            match self.quiet_hours.iter().find_map(|quiet| quiet.end(at)) {
                Some(end) => at = end,
                None => break,
            }
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn quiet(from: &str, to: &str, zone: &str) -> Spacing {
        Spacing { quiet_hours: vec![QuietHours::new(from, to, zone)], ..Spacing::default() }
    }

    #[test]
    fn no_rule_lets_everything_go() {
        let now = at("2026-01-01T00:00:00Z");
        assert_eq!(Spacing::default().opens_at(&[now; 100], now), now);
        assert!(Spacing::default().is_none());
    }

    #[test]
    fn windows_slide() {
        let spacing = Spacing { per_hour: Some(2), per_day: Some(3), ..Spacing::default() };
        let now = at("2026-01-01T12:00:00Z");
        let sent = [at("2026-01-01T10:00:00Z"), at("2026-01-01T11:10:00Z"), at("2026-01-01T11:50:00Z")];
        assert_eq!(spacing.opens_at(&sent[1..], now), at("2026-01-01T12:10:00Z"));
        assert_eq!(spacing.opens_at(&sent, now), at("2026-01-02T10:00:00Z"));
        assert_eq!(spacing.looks_back(), DAY);
    }

    #[test]
    fn quiet_hours_end_at_their_local_time() {
        let night = quiet("22:00", "07:00", "Europe/Berlin");
        assert_eq!(night.opens_at(&[], at("2026-07-01T20:00:00Z")), at("2026-07-02T05:00:00Z"));
        assert_eq!(night.opens_at(&[], at("2026-07-02T04:59:00Z")), at("2026-07-02T05:00:00Z"));
        assert_eq!(night.opens_at(&[], at("2026-07-02T05:00:00Z")), at("2026-07-02T05:00:00Z"));
        let noon = quiet("12:00", "13:00", "UTC");
        assert_eq!(noon.opens_at(&[], at("2026-07-02T12:30:00Z")), at("2026-07-02T13:00:00Z"));
    }

    #[test]
    fn quiet_hours_end_where_the_clocks_jump() {
        // 02:30 does not exist on this day, and comes twice on the other.
        let night = quiet("22:00", "02:30", "Europe/Berlin");
        assert_eq!(night.opens_at(&[], at("2026-03-29T00:30:00Z")), at("2026-03-29T01:30:00Z"));
        assert_eq!(night.opens_at(&[], at("2026-10-24T23:30:00Z")), at("2026-10-25T01:30:00Z"));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let code = |spacing: Spacing| spacing.check().unwrap_err().code().to_owned();
        assert_eq!(code(Spacing { per_day: Some(0), ..Spacing::default() }), "spacing.never");
        assert_eq!(code(quiet("22:00", "22:00", "UTC")), "spacing.quiet");
        assert_eq!(code(quiet("10 pm", "07:00", "UTC")), "spacing.quiet");
        assert_eq!(code(quiet("22:00", "07:00", "Mars/Olympus")), "spacing.zone");
        quiet("22:00", "07:00", "UTC").check().unwrap();
    }

    proptest! {
        #[test]
        fn it_never_opens_too_early_nor_for_ever_late(
            gaps in proptest::collection::vec(0i64..7200, 0..40), per_hour in 1u32..5, per_day in 1u32..20,
            interval in 0u64..4000,
        ) {
            let spacing = Spacing {
                min_interval: Some(Duration::from_secs(interval)), per_hour: Some(per_hour),
                per_day: Some(per_day), quiet_hours: vec![QuietHours::new("22:00", "06:00", "America/New_York")],
            };
            let now = at("2026-03-08T06:30:00Z");
            let mut sent = Vec::new();
            let mut time = now;
            for gap in gaps {
                time -= Duration::from_secs(gap.unsigned_abs());
                sent.insert(0, time);
            }
            let open = spacing.opens_at(&sent, now);
            prop_assert!(open >= now);
            prop_assert!(open <= now + DAY + Duration::from_secs(9 * 3600));
            let within = |window: Duration| sent.iter().filter(|at| **at > open - window).count();
            prop_assert!(within(HOUR) < per_hour as usize);
            prop_assert!(within(DAY) < per_day as usize);
            if let Some(last) = sent.last() {
                prop_assert!(open >= *last + Duration::from_secs(interval));
            }
            prop_assert_eq!(spacing.opens_at(&sent, open), open);
        }
    }
}
