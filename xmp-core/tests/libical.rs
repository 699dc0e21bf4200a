//! libical's own corpus of rules: `XMP_LIBICAL` names the `src/test/icalrecur_test.txt` of its source.
//!
//! Its times have no zone; here they are UTC. Every rule has to give what libical gives, but for those of seconds, which are
//! refused, and for those of `DIFFERENT`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells by a panic")]

use std::env;
use std::fs;

use jiff::{SignedDuration, Timestamp};
use xmp_core::recurrence::Recurrence;

/// Where libical gives something else, by start and rule, and why we don't.
const DIFFERENT: [(&str, &str, &str); 6] = [
    ("20240229", "FREQ=YEARLY;BYMONTHDAY=29;COUNT=3", MONTHS),
    ("20240201", "FREQ=YEARLY;BYMONTHDAY=-29,-1;COUNT=4", MONTHS),
    (
        "20241018",
        "FREQ=DAILY;BYMINUTE=1,2,3,4;INTERVAL=2;COUNT=3",
        "a start without a time does not exist here",
    ),
    (
        "20241230",
        "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=30;BYWEEKNO=1;UNTIL=20320101",
        "libical has not implemented it",
    ),
    ("20270103T000000Z", "FREQ=YEARLY;BYWEEKNO=53;INTERVAL=6;BYDAY=TH;COUNT=1", WEEKS),
    ("20270103T000000Z", "FREQ=YEARLY;BYWEEKNO=53;INTERVAL=5;BYDAY=TH;COUNT=1", WEEKS),
];
const MONTHS: &str = "BYMONTHDAY expands a year: it means all months, as dateutil has it";
const WEEKS: &str = "years are counted from that of the start's week, as libical does it for other starts";

#[derive(Clone, Debug, Default)]
struct Case {
    rule: String,
    start: String,
    from: Option<String>,
    expected: String,
}

fn cases(text: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut case = Case::default();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        match line.split_once(':').unwrap_or((line, "")) {
            ("RRULE", rule) => case.rule = rule.to_owned(),
            ("DTSTART", start) => case.start = start.to_owned(),
            ("START-AT", from) => case.from = Some(from.to_owned()),
            ("INSTANCES", expected) => {
                expected.clone_into(&mut case.expected);
                cases.push(std::mem::take(&mut case));
            }
            _ => panic!("{line:?} is none of the corpus"),
        }
    }
    cases
}

/// `19970902T090000Z` or `19970902` as we write it.
fn local(text: &str) -> String {
    let (day, time) = text.trim_end_matches('Z').split_once('T').unwrap_or((text, "000000"));
    format!("{}-{}-{}T{}:{}:{}", &day[..4], &day[4..6], &day[6..], &time[..2], &time[2..4], &time[4..])
}

/// What we give, or the code of our error.
fn ours(case: &Case) -> Result<Vec<String>, &'static str> {
    let code = |error: xmp_core::Error| error.code();
    let rule = case.rule.parse().map_err(code)?;
    let recurrence = Recurrence::new(local(&case.start), "UTC").rule(rule);
    let found = match &case.from {
        None => recurrence.occurrences().map_err(code)?,
        Some(from) => {
            let from: Timestamp = format!("{}Z", local(from)).parse().unwrap();
            recurrence.occurrences_after(from - SignedDuration::from_secs(1)).map_err(code)?
        }
    };
    found.map(|found| Ok(found.map_err(code)?.civil.to_string())).collect()
}

#[test]
fn rules_are_those_of_libical() {
    let Some(file) = env::var_os("XMP_LIBICAL") else {
        return println!("skipped: XMP_LIBICAL names no icalrecur_test.txt of libical");
    };
    let cases = cases(&fs::read_to_string(file).unwrap());
    let (mut agreed, mut refused, mut different) = (0, 0, Vec::new());
    for case in &cases {
        let expected: Vec<_> =
            case.expected.split(',').filter(|time| !time.contains('*')).map(local).collect();
        // It lists all of them, and gives out those from there on.
        let from = case.from.as_deref().map(local).unwrap_or_default();
        let expected: Vec<_> = expected.into_iter().filter(|time| *time >= from).collect();
        let found = ours(case);
        if case.rule.contains("FREQ=SECONDLY") {
            assert_eq!(found, Err("recurrence.secondly"), "{case:?}");
            refused += 1;
        } else if let Some(known) = DIFFERENT.iter().find(|one| (one.0, one.1) == (&*case.start, &*case.rule))
        {
            assert_ne!(found, Ok(expected), "it is the same by now: {known:?}");
            different.push(known);
        } else {
            assert_eq!(found, Ok(expected), "{case:?}");
            agreed += 1;
        }
    }
    println!("{} rules: {agreed} agree, {refused} of seconds are refused, {different:#?}", cases.len());
    assert_eq!(agreed + refused + different.len(), cases.len());
    assert_eq!(different.len(), DIFFERENT.len(), "the list names what is not in the corpus");
    assert!(agreed > 100, "the corpus says too little");
}
