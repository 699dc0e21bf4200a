//! Local times become moments, in order, each once.

use std::collections::{BTreeMap, HashSet, VecDeque};

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Span, Timestamp};

use super::civil::Civil;
use super::elapsed::Elapsed;
use super::rule::{Frequency, Rule, Until};
use super::{Looks, Never, Occurrence, OnFold, OnGap};
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

    /// A local time before which none becomes a moment after this one: where clocks are changed nearby, as much earlier as
    /// they are changed.
    fn first_after(&self, at: Timestamp) -> DateTime {
        let nearby =
            [-25, 0, 25].into_iter().filter_map(|hours| at.checked_add(Span::new().hours(hours)).ok());
        let offsets = nearby.map(|at| self.zone.to_offset(at).seconds());
        let (least, most) =
            offsets.fold((i32::MAX, i32::MIN), |(least, most), own| (least.min(own), most.max(own)));
        let civil = self.zone.to_datetime(at);
        civil.checked_sub(Span::new().seconds(most - least)).unwrap_or(civil)
    }

    /// What is counted without a look, from a local time on, of what comes before a moment.
    fn passed(&self, start: DateTime, at: Timestamp) -> Passed {
        let from = self.zone.to_ambiguous_timestamp(start).earlier().unwrap_or(at);
        let mut offset = self.zone.to_offset(from);
        let mut unclear = VecDeque::new();
        for change in self.zone.following(from).take_while(|change| change.timestamp() <= at) {
            let (begin, jump) =
                (offset.to_datetime(change.timestamp()), change.offset().seconds() - offset.seconds());
            if jump > 0 {
                unclear.push_back((begin, begin.saturating_add(Span::new().seconds(2 * jump))));
            }
            offset = change.offset();
        }
        Passed { before: Some(self.first_after(at)), unclear }
    }

    fn occurrence_at(&self, at: Timestamp) -> Occurrence {
        let civil = self.zone.to_datetime(at);
        let second = self.zone.to_ambiguous_timestamp(civil).compatible().is_ok_and(|first| first < at);
        Occurrence { at, civil, second }
    }
}

/// Local times that lie before what is asked for, and certainly are one occurrence each.
#[derive(Debug, Default)]
struct Passed {
    before: Option<DateTime>,
    /// What the clocks skip, in order, and what that is moved to: there it has to be seen what is an occurrence.
    unclear: VecDeque<(DateTime, DateTime)>,
}

impl Passed {
    /// Whether a time with one of these hours may lie where it is not clear.
    fn touches(&self, hours: &[i8]) -> bool {
        self.unclear.iter().any(|(begin, end)| {
            begin.date() != end.date() || hours.iter().any(|hour| (begin.hour()..=end.hour()).contains(hour))
        })
    }

    fn takes(&mut self, civil: DateTime) -> bool {
        if self.before.is_none_or(|before| civil >= before) {
            return false;
        }
        while self.unclear.front().is_some_and(|(_, end)| *end <= civil) {
            self.unclear.pop_front();
        }
        self.unclear.front().is_none_or(|(begin, _)| civil < *begin)
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
    /// What is counted on the way to where it is asked from, and not looked at.
    passed: Passed,
    /// Those that the clocks' change has moved behind others.
    moved: BTreeMap<Timestamp, Occurrence>,
    /// What comes next.
    ready: VecDeque<Occurrence>,
    /// Nothing comes from the source any more; an error comes last.
    ended: Option<std::result::Result<(), Never>>,
}

impl Stream {
    fn new(source: Source, until: Option<Until>, left: Option<u32>) -> Self {
        let passed = Passed::default();
        Self { source, until, left, passed, moved: BTreeMap::new(), ready: VecDeque::new(), ended: None }
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
    fn peek(
        &mut self,
        clock: &LocalClock,
        looks: &mut Looks,
    ) -> std::result::Result<Option<Occurrence>, Never> {
        while self.ready.is_empty() && self.ended.is_none() {
            self.advance(clock, looks);
        }
        match (self.ready.front(), self.ended) {
            (Some(first), _) => Ok(Some(*first)),
            (None, Some(Err(never))) => Err(never),
            (None, _) => Ok(None),
        }
    }

    fn end(&mut self, how: std::result::Result<(), Never>) {
        self.ready.extend(std::mem::take(&mut self.moved).into_values());
        self.ended = Some(how);
    }

    /// Takes one more from the source.
    fn advance(&mut self, clock: &LocalClock, looks: &mut Looks) {
        if self.left == Some(0) {
            return self.end(Ok(()));
        }
        if let Err(never) = looks.take(1) {
            return self.end(Err(never));
        }
        let next = match &mut self.source {
            Source::Civil(civil) => civil.next(looks),
            Source::Dates(dates) => Ok(dates.pop_front()),
            Source::Elapsed(elapsed) => {
                return match elapsed.next(looks) {
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
        if self.passed.takes(civil) {
            self.left = self.left.map(|left| left - 1);
            return;
        }
        let Some(Moment { at, shifted }) = clock.moment(civil) else { return };
        let found = Occurrence { at, civil, second: false };
        if !shifted {
            return self.push(found);
        }
        // What comes after it on the clock may come before it in time.
        if self.is_over(civil, at) {
            return self.end(Ok(()));
        }
        if self.moved.insert(at, found).is_none() {
            self.left = self.left.map(|left| left - 1);
        }
    }

    /// The next one that the clocks have not moved. Of two at the same moment the one stays that was meant for it.
    fn push(&mut self, found: Occurrence) {
        if self.is_over(found.civil, found.at) {
            return self.end(Ok(()));
        }
        let later = self.moved.split_off(&found.at);
        self.ready.extend(std::mem::replace(&mut self.moved, later).into_values());
        if self.moved.remove(&found.at).is_none() {
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
            let mut left = rule.count;
            let mut passed = Passed::default();
            let source = if rule.frequency >= Frequency::Daily {
                let mut civil = Civil::new(rule, start);
                match (after, &mut left) {
                    (Some(at), None) => civil.skip_to(clock.first_after(at)),
                    (Some(at), Some(left)) => {
                        passed = clock.passed(start, at);
                        let skipped = match passed.before {
                            Some(before) if !passed.touches(civil.hours()) => {
                                civil.skip_counted(before, &mut Looks(Looks::MOST)).unwrap_or(0)
                            }
                            _ => 0,
                        };
                        *left = left.saturating_sub(skipped);
                    }
                    (None, _) => {}
                }
                Source::Civil(civil)
            } else {
                // A rule of hours has no use for a start that is left out.
                let start = clock.zone.to_ambiguous_timestamp(start);
                let start = if clock.fold == OnFold::Second { start.later() } else { start.compatible() };
                let mut elapsed = Elapsed::new(rule, start.unwrap_or(Timestamp::MAX), &clock.zone);
                match (after, &mut left) {
                    (Some(at), None) => elapsed.skip_to(at),
                    (Some(at), Some(left)) => *left = left.saturating_sub(elapsed.skip_counted(at)),
                    (None, _) => {}
                }
                Source::Elapsed(elapsed)
            };
            streams.push(Stream { passed, ..Stream::new(source, rule.until, left) });
        }
        Self { clock, streams, except: except.into_iter().collect(), after, over: false }
    }

    /// The next one, if so many looks find it: what is passed over on the way counts too.
    pub(super) fn next_within(&mut self, looks: &mut Looks) -> Option<Result<Occurrence>> {
        while !self.over {
            match self.earliest(looks) {
                Ok(Some(found)) => {
                    let passed = self.after.is_some_and(|after| found.at <= after);
                    if !passed && !self.except.contains(&found.civil) {
                        return Some(Ok(found));
                    }
                }
                Ok(None) => self.over = true,
                Err(never) => {
                    self.over = true;
                    let counted = self.streams.iter().any(|stream| stream.left.is_some());
                    return Some(Err(if counted { never.counted() } else { never.error() }));
                }
            }
        }
        None
    }

    fn earliest(&mut self, looks: &mut Looks) -> std::result::Result<Option<Occurrence>, Never> {
        let mut first: Option<Occurrence> = None;
        for stream in &mut self.streams {
            if let Some(own) = stream.peek(&self.clock, looks)?
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
        self.next_within(&mut Looks(Looks::MOST))
    }
}
