//! Random rules in random zones, beside python-dateutil. A failure names the rule; `XMP_RULES` says how many there are.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test tells by a panic")]

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use jiff::ToSpan;
use jiff::civil::DateTime;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use xmp_core::recurrence::Recurrence;

/// How many occurrences of each rule are compared.
const MOST: usize = 25;

#[derive(Clone, Debug)]
struct Question {
    start: String,
    zone: &'static str,
    rule: String,
}

fn numbers(from: i16, to: i16, most: usize) -> impl Strategy<Value = String> {
    let all: Vec<i16> = (from..=to).filter(|number| *number != 0 || from == 0).collect();
    subsequence(all, 1..=most)
        .prop_map(|some| some.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
}

/// A part that a share of the rules has.
fn part(
    name: &'static str,
    share: f64,
    of: impl Strategy<Value = String> + 'static,
) -> BoxedStrategy<String> {
    if share == 0.0 {
        return Just(String::new()).boxed();
    }
    let written =
        move |value: Option<String>| value.map(|value| format!(";{name}={value}")).unwrap_or_default();
    prop::option::weighted(share, of).prop_map(written).boxed()
}

const DAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/// Weekdays, all with a number or all without: where both are there, dateutil asks for both, and the RFC for one of them.
fn by_day(with_numbers: bool) -> impl Strategy<Value = String> {
    let plain = subsequence(DAYS.to_vec(), 1..=4).prop_map(|days| days.join(","));
    let nth = (subsequence(DAYS.to_vec(), 1..=3), select(vec![1, 2, 4, 5, -1, -2, -5]))
        .prop_map(|(days, nth)| days.iter().map(|day| format!("{nth}{day}")).collect::<Vec<_>>().join(","));
    if with_numbers { prop_oneof![plain, nth].boxed() } else { plain.boxed() }
}

/// A rule, and whether its periods are days or longer.
fn rule() -> impl Strategy<Value = (String, bool)> {
    // Python takes its time for those of minutes.
    let long = ["YEARLY", "MONTHLY", "WEEKLY", "DAILY"];
    let frequency = select([&long[..], &long, &["HOURLY", "HOURLY", "MINUTELY"]].concat());
    frequency.prop_flat_map(|frequency| {
        let whole = matches!(frequency, "YEARLY" | "MONTHLY");
        let days = frequency != "WEEKLY";
        let year_days = matches!(frequency, "YEARLY" | "HOURLY" | "MINUTELY");
        let long = !matches!(frequency, "HOURLY" | "MINUTELY");
        let yearly = frequency == "YEARLY";
        let parts = (
            part("INTERVAL", 0.5, numbers(1, 12, 1)),
            part("BYMONTH", 0.3, numbers(1, 12, 4)),
            // At the edges of some years dateutil takes days of the week before: see the unit tests for those.
            part("BYWEEKNO", if yearly { 0.15 } else { 0.0 }, numbers(2, 51, 5)),
            part("BYYEARDAY", if year_days { 0.1 } else { 0.0 }, numbers(-366, 366, 9)),
            part("BYMONTHDAY", if days { 0.3 } else { 0.0 }, numbers(-31, 31, 6)),
            part("BYDAY", 0.4, by_day(whole)),
            part("BYHOUR", 0.3, numbers(0, 23, 3)),
            part("BYMINUTE", 0.2, numbers(0, 59, 3)),
            part("WKST", 0.3, select(DAYS.to_vec()).prop_map(ToOwned::to_owned)),
            // Of the first week dateutil counts only what is not before the start.
            part("BYSETPOS", if days { 0.15 } else { 0.0 }, numbers(-4, 4, 2)),
        );
        parts.prop_map(move |parts| {
            let (
                mut interval,
                months,
                weeks,
                year_days,
                month_days,
                mut days,
                hours,
                minutes,
                start,
                positions,
            ) = parts;
            if !weeks.is_empty() {
                // Without a day it is all seven for dateutil, and the start's weekday for the RFC and libical; which also
                // count the years of weeks where dateutil counts those of the calendar.
                if days.is_empty() || days.contains(|sign: char| sign.is_ascii_digit()) {
                    days = ";BYDAY=MO,SA".to_owned();
                }
                interval.clear();
            }
            let chosen = [&months, &weeks, &year_days, &month_days, &days, &hours, &minutes];
            let positions = if chosen.iter().all(|part| part.is_empty()) { String::new() } else { positions };
            let days = format!("{months}{weeks}{year_days}{month_days}{days}");
            (format!("FREQ={frequency}{interval}{days}{hours}{minutes}{start}{positions}"), long)
        })
    })
}

/// Rules of hours and minutes are compared in UTC: dateutil counts them on the local clock.
fn question() -> impl Strategy<Value = Question> {
    let zones = vec![
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "America/Santiago",
        "Pacific/Apia",
        "UTC",
    ];
    let start = (1990i32..2030, 1u32..=12, 1u32..=28, 0u32..24, 0u32..60);
    (rule(), select(zones), start).prop_map(|((rule, long), zone, (year, month, day, hour, minute))| {
        let start = format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:00");
        Question { start, zone: if long { zone } else { "UTC" }, rule }
    })
}

#[test]
fn rules_are_those_of_dateutil() {
    let Some(python) = env::var_os("XMP_PYTHON") else {
        return println!("skipped: XMP_PYTHON names no Python with python-dateutil");
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/peers/recurrence.py");
    let mut peer = Command::new(python);
    let peer = peer.arg("-B").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut peer = peer.spawn().unwrap();
    let mut asks = peer.stdin.take().unwrap();
    let mut answers = BufReader::new(peer.stdout.take().unwrap()).lines();
    let rules: usize = env::var("XMP_RULES").ok().and_then(|count| count.parse().ok()).unwrap_or(600);
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let (mut compared, mut empty, mut unanswered) = (0, 0, 0);
    for _ in 0..rules {
        let Question { start, zone, rule } = question().new_tree(&mut runner).unwrap().current();
        // Python looks at every minute and hour.
        let until: DateTime = start.parse().unwrap();
        let until = until
            + match &rule[..6] {
                "FREQ=M" if rule.starts_with("FREQ=MINUTELY") => 10.days(),
                "FREQ=H" => 6.months(),
                _ => 12.years(),
            };
        let until = until.to_string();
        let asked =
            serde_json::json!({"start": start, "zone": zone, "rule": rule, "until": until, "most": MOST});
        writeln!(asks, "{asked}").unwrap();
        let answer = answers.next().expect("the oracle has ended").unwrap();
        let Some(expected) = serde_json::from_str::<Option<Vec<String>>>(&answer).unwrap() else {
            unanswered += 1;
            continue;
        };

        let recurrence = Recurrence::new(&start, zone).rule(rule.parse().expect(&rule));
        let found = recurrence.occurrences().unwrap().map_while(Result::ok).take(MOST);
        let found = found.take_while(|found| found.civil.to_string() <= until);
        let found: Vec<_> = found.map(|found| found.at.to_string()).collect();
        assert_eq!(found, expected, "{start} {zone} {rule}");
        compared += expected.len();
        empty += usize::from(expected.is_empty());
    }
    println!(
        "{rules} rules, {compared} occurrences; {empty} have none soon, {unanswered} took the oracle too long"
    );
    assert!(empty + unanswered < rules / 2 && compared > rules * 5, "the rules say too little");
    drop(asks);
    peer.wait().unwrap();
}
