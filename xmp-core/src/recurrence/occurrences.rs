//! Local times become moments, in order, each once.

use std::collections::{HashSet, VecDeque};

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Span, Timestamp};

use super::civil::Civil;
use super::elapsed::Elapsed;
use super::rule::{Frequency, Rule, Until};
use super::{Never, Occurrence, OnFold, OnGap};
use crate::Result;

/// A zone, and what is done where its clocks are changed.
#[derive(Clone, Debug)]
pub(super) struct LocalClock {
    pub(super) zone: TimeZone,
    pub(super) gap: OnGap,
    pub(super) fold: OnFold,
}

/// A moment that was found for a local time.
struct Moment {
    at: Timestamp,
    shifted: bool,
}

impl LocalClock {
    /// The moment of a local time; `None` for one that is left out, or beyond the end of time.
    fn moment(&self, civil: DateTime) -> Option<Moment> {
        let found = self.zone.to_ambiguous_timestamp(civil);
        let shifted = matches!(found.offset(), AmbiguousOffset::Gap { .. });
        let at = match (found.offset(), self.gap, self.fold) {
            (AmbiguousOffset::Gap { .. }, OnGap::Skip, _) => return None,
            (AmbiguousOffset::Fold { .. }, _, OnFold::Second) => found.later(),
            // For a gap, "compatible" is as much later as the clocks jump; for a fold the first.
            _ => found.compatible(),
        };
        at.ok().map(|at| Moment { at, shifted })
    }

    fn occurrence_at(&self, at: Timestamp) -> Occurrence {
        let civil = self.zone.to_datetime(at);
        let second = self.zone.to_ambiguous_timestamp(civil).compatible().is_ok_and(|first| first < at);
        Occurrence { at, civil, second }
    }
}

/// Where occurrences come from.
#[derive(Debug)]
enum Source {
    Civil(Civil),
    Elapsed(Elapsed),
    Dates(VecDeque<DateTime>),
}

/// One source, with its occurrences in order.
#[derive(Debug)]
struct Stream {
    source: Source,
    until: Option<Until>,
    /// How many are left of a rule that is counted.
    left: Option<u32>,
    /// Those that the clocks' change has moved behind others.
    moved: Vec<Occurrence>,
    /// What comes next.
    ready: VecDeque<Occurrence>,
    /// Nothing comes from the source any more; an error comes last.
    ended: Option<std::result::Result<(), Never>>,
}

impl Stream {
    fn new(source: Source, until: Option<Until>, left: Option<u32>) -> Self {
        Self { source, until, left, moved: Vec::new(), ready: VecDeque::new(), ended: None }
    }

    fn is_over(&self, civil: DateTime, at: Timestamp) -> bool {
        match self.until {
            None => false,
            Some(Until::Day(day)) => civil.date() > day,
            Some(Until::Local(until)) => civil > until,
            Some(Until::At(until)) => at > until,
        }
    }

    /// The next one, without taking it.
    fn peek(&mut self, clock: &LocalClock) -> std::result::Result<Option<Occurrence>, Never> {
        while self.ready.is_empty() && self.ended.is_none() {
            self.advance(clock);
        }
        match (self.ready.front(), self.ended) {
            (Some(first), _) => Ok(Some(*first)),
            (None, Some(Err(never))) => Err(never),
            (None, _) => Ok(None),
        }
    }

    fn end(&mut self, how: std::result::Result<(), Never>) {
        self.moved.sort_by_key(|occurrence| occurrence.at);
        self.ready.extend(self.moved.drain(..));
        self.ended = Some(how);
    }

    /// Takes one more from the source.
    fn advance(&mut self, clock: &LocalClock) {
        if self.left == Some(0) {
            return self.end(Ok(()));
        }
        let next = match &mut self.source {
            Source::Civil(civil) => civil.next(),
            Source::Dates(dates) => Ok(dates.pop_front()),
            Source::Elapsed(elapsed) => {
                return match elapsed.next() {
                    Ok(Some(at)) => {
                        let found = clock.occurrence_at(at);
                        self.push(found);
                    }
                    Ok(None) => self.end(Ok(())),
                    Err(never) => self.end(Err(never)),
                };
            }
        };
        let civil = match next {
            Ok(Some(civil)) => civil,
            Ok(None) => return self.end(Ok(())),
            Err(never) => return self.end(Err(never)),
        };
        let Some(Moment { at, shifted }) = clock.moment(civil) else { return };
        let found = Occurrence { at, civil, second: false };
        if !shifted {
            return self.push(found);
        }
        // What comes after it on the clock may come before it in time.
        if self.is_over(civil, at) {
            return self.end(Ok(()));
        }
        if !self.moved.iter().any(|other| other.at == at) {
            self.moved.push(found);
            self.left = self.left.map(|left| left - 1);
        }
    }

    /// The next one that the clocks have not moved. Of two at the same moment the one stays that was meant for it.
    fn push(&mut self, found: Occurrence) {
        if self.is_over(found.civil, found.at) {
            return self.end(Ok(()));
        }
        self.moved.sort_by_key(|occurrence| occurrence.at);
        let earlier = self.moved.partition_point(|moved| moved.at < found.at);
        self.ready.extend(self.moved.drain(..earlier));
        let before = self.moved.len();
        self.moved.retain(|moved| moved.at != found.at);
        if before == self.moved.len() {
            self.left = self.left.map(|left| left - 1);
        }
        self.ready.push_back(found);
    }
}

/// The occurrences of a recurrence, in order, each moment once.
#[derive(Debug)]
pub struct Occurrences {
    clock: LocalClock,
    streams: Vec<Stream>,
    except: HashSet<DateTime>,
    after: Option<Timestamp>,
    over: bool,
}

impl Occurrences {
    pub(super) fn new(
        clock: LocalClock,
        start: DateTime,
        rules: &[Rule],
        mut dates: Vec<DateTime>,
        except: Vec<DateTime>,
        after: Option<Timestamp>,
    ) -> Self {
        dates.sort_unstable();
        dates.dedup();
        let mut streams = vec![Stream::new(Source::Dates(dates.into()), None, None)];
        for rule in rules {
            // What is counted is counted from its beginning.
            let from = after.filter(|_| rule.count.is_none());
            let source = if rule.frequency >= Frequency::Daily {
                let mut civil = Civil::new(rule, start);
                if let Some(at) = from {
                    // A zone may skip a whole day.
                    let day = clock.zone.to_datetime(at).date();
                    civil.skip_to(day.checked_sub(Span::new().days(2)).unwrap_or(day));
                }
                Source::Civil(civil)
            } else {
                // A rule of hours has no use for a start that is left out.
                let start = clock.zone.to_ambiguous_timestamp(start);
                let start = if clock.fold == OnFold::Second { start.later() } else { start.compatible() };
                let mut elapsed = Elapsed::new(rule, start.unwrap_or(Timestamp::MAX), &clock.zone);
                if let Some(at) = from {
                    elapsed.skip_to(at);
                }
                Source::Elapsed(elapsed)
            };
            streams.push(Stream::new(source, rule.until, rule.count));
        }
        Self { clock, streams, except: except.into_iter().collect(), after, over: false }
    }

    fn earliest(&mut self) -> std::result::Result<Option<Occurrence>, Never> {
        let mut first: Option<Occurrence> = None;
        for stream in &mut self.streams {
            if let Some(own) = stream.peek(&self.clock)?
                && first.is_none_or(|first| own.at < first.at)
            {
                first = Some(own);
            }
        }
        let Some(first) = first else { return Ok(None) };
        for stream in &mut self.streams {
            if stream.ready.front().is_some_and(|own| own.at == first.at) {
                stream.ready.pop_front();
            }
        }
        Ok(Some(first))
    }
}

impl Iterator for Occurrences {
    type Item = Result<Occurrence>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.over {
            match self.earliest() {
                Ok(Some(found)) => {
                    let passed = self.after.is_some_and(|after| found.at <= after);
                    if !passed && !self.except.contains(&found.civil) {
                        return Some(Ok(found));
                    }
                }
                Ok(None) => self.over = true,
                Err(never) => {
                    self.over = true;
                    return Some(Err(never.error()));
                }
            }
        }
        None
    }
}
