//! The examples of RFC 5545 (section 3.8.5.3), and what happens where clocks are changed.
#![allow(clippy::unwrap_used, reason = "a test tells by a panic")]

use super::{OnFold, OnGap, Recurrence, Rule};

fn times(of: &Recurrence, most: usize) -> Vec<String> {
    of.occurrences().unwrap().take(most).map(|found| found.unwrap().at.to_string()).collect()
}

fn local(of: &Recurrence, most: usize) -> Vec<String> {
    of.occurrences().unwrap().take(most).map(|found| found.unwrap().key()).collect()
}

pub(super) fn recurrence(start: &str, zone: &str, rule: &str) -> Recurrence {
    Recurrence::new(start, zone).rule(rule.parse().unwrap())
}

#[test]
fn a_skipped_time_is_as_much_later_or_left_out() {
    let daily = recurrence("2026-03-28T02:30", "Europe/Berlin", "FREQ=DAILY;COUNT=3");
    assert_eq!(times(&daily, 9), ["2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"]);
    let skipping = Recurrence { gap: OnGap::Skip, ..daily };
    assert_eq!(times(&skipping, 9), ["2026-03-28T01:30:00Z", "2026-03-30T00:30:00Z", "2026-03-31T00:30:00Z"]);
}

#[test]
fn a_time_that_comes_twice_is_taken_once() {
    let daily = recurrence("2026-10-25T02:30", "Europe/Berlin", "FREQ=DAILY;COUNT=1");
    assert_eq!(times(&daily, 9), ["2026-10-25T00:30:00Z"]);
    assert_eq!(times(&Recurrence { fold: OnFold::Second, ..daily }, 9), ["2026-10-25T01:30:00Z"]);
}

#[test]
fn hours_are_hours() {
    let forward = recurrence("2026-03-08T00:30", "America/New_York", "FREQ=HOURLY;COUNT=4");
    assert_eq!(
        local(&forward, 9),
        ["2026-03-08T00:30:00", "2026-03-08T01:30:00", "2026-03-08T03:30:00", "2026-03-08T04:30:00"]
    );
    let back = recurrence("2026-11-01T00:30", "America/New_York", "FREQ=HOURLY;COUNT=4");
    assert_eq!(
        local(&back, 9),
        ["2026-11-01T00:30:00", "2026-11-01T01:30:00", "2026-11-01T01:30:00+", "2026-11-01T02:30:00"]
    );
    let quarters = recurrence("2026-03-29T00:30", "Europe/London", "FREQ=MINUTELY;INTERVAL=15;COUNT=4");
    assert_eq!(
        times(&quarters, 9),
        ["2026-03-29T00:30:00Z", "2026-03-29T00:45:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:15:00Z"]
    );
}

#[test]
fn what_is_moved_comes_in_order_and_once() {
    let rule = "FREQ=DAILY;BYHOUR=2,3;BYMINUTE=0,30;COUNT=4";
    let around = recurrence("2026-03-08T00:00", "America/New_York", rule);
    // 02:00 and 02:30 become 03:00 and 03:30, which are there already.
    assert_eq!(
        local(&around, 9),
        ["2026-03-08T03:00:00", "2026-03-08T03:30:00", "2026-03-09T02:00:00", "2026-03-09T02:30:00"]
    );
    let between = recurrence(
        "2026-03-08T00:00",
        "America/New_York",
        "FREQ=DAILY;BYHOUR=2,3;BYMINUTE=15,30;BYSETPOS=2,3;COUNT=2",
    );
    assert_eq!(local(&between, 9), ["2026-03-08T03:15:00", "2026-03-08T02:30:00"]);
    // Samoa had no 30 December 2011.
    let samoa = recurrence("2011-12-29T09:00", "Pacific/Apia", "FREQ=DAILY;COUNT=3");
    assert_eq!(local(&samoa, 9), ["2011-12-29T09:00:00", "2011-12-31T09:00:00", "2012-01-01T09:00:00"]);
}

#[test]
fn dates_join_and_exceptions_leave() {
    let weekly = recurrence("2026-01-05T09:00", "UTC", "FREQ=WEEKLY;COUNT=3")
        .also("2026-01-07T09:00")
        .except("2026-01-12T09:00");
    assert_eq!(local(&weekly, 9), ["2026-01-05T09:00:00", "2026-01-07T09:00:00", "2026-01-19T09:00:00"]);
}

#[test]
fn weeks_with_numbers() {
    // What the rule does not say is as it is at the start: its weekday.
    let weeks = recurrence("2024-12-31T09:00", "UTC", "FREQ=YEARLY;BYWEEKNO=1,20;COUNT=3");
    assert_eq!(local(&weeks, 9), ["2024-12-31T09:00:00", "2025-05-13T09:00:00", "2025-12-30T09:00:00"]);
    // Years are those of weeks: the start is in the first of 2025.
    let third =
        recurrence("2024-12-31T09:00", "UTC", "FREQ=YEARLY;INTERVAL=3;BYWEEKNO=1;BYDAY=MO,TU;COUNT=5");
    assert_eq!(
        local(&third, 9),
        [
            "2024-12-31T09:00:00",
            "2028-01-03T09:00:00",
            "2028-01-04T09:00:00",
            "2030-12-30T09:00:00",
            "2030-12-31T09:00:00"
        ]
    );
}

#[test]
fn the_examples_of_the_rfc() {
    // Rule, how many there are at most, and the first or all of them, from 1997-09-02T09:00 in New York.
    let examples: &[(&str, &str, &[&str])] = &[
        ("1997-09-02T09:00", "FREQ=DAILY;COUNT=10", &["1997-09-02", "1997-09-03", "1997-09-04"]),
        ("1997-09-02T09:00", "FREQ=DAILY;INTERVAL=2", &["1997-09-02", "1997-09-04", "1997-09-06"]),
        (
            "1997-09-02T09:00",
            "FREQ=DAILY;INTERVAL=10;COUNT=5",
            &["1997-09-02", "1997-09-12", "1997-09-22", "1997-10-02", "1997-10-12"],
        ),
        (
            "1998-01-01T09:00",
            "FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA",
            &["1998-01-01", "1998-01-02"],
        ),
        ("1997-09-02T09:00", "FREQ=WEEKLY;INTERVAL=2;WKST=SU", &["1997-09-02", "1997-09-16", "1997-09-30"]),
        (
            "1997-09-02T09:00",
            "FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH",
            &["1997-09-02", "1997-09-04", "1997-09-09"],
        ),
        (
            "1997-09-01T09:00",
            "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR",
            &["1997-09-01", "1997-09-03", "1997-09-05", "1997-09-15"],
        ),
        ("1997-09-05T09:00", "FREQ=MONTHLY;COUNT=10;BYDAY=1FR", &["1997-09-05", "1997-10-03", "1997-11-07"]),
        (
            "1997-09-07T09:00",
            "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
            &["1997-09-07", "1997-09-28", "1997-11-02", "1997-11-30"],
        ),
        (
            "1997-09-22T09:00",
            "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO",
            &["1997-09-22", "1997-10-20", "1997-11-17", "1997-12-22", "1998-01-19", "1998-02-16"],
        ),
        (
            "1997-09-28T09:00",
            "FREQ=MONTHLY;BYMONTHDAY=-3",
            &["1997-09-28", "1997-10-29", "1997-11-28", "1997-12-29", "1998-01-29", "1998-02-26"],
        ),
        (
            "1997-09-02T09:00",
            "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15",
            &["1997-09-02", "1997-09-15", "1997-10-02"],
        ),
        (
            "1997-09-30T09:00",
            "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
            &["1997-09-30", "1997-10-01", "1997-10-31"],
        ),
        (
            "1997-09-10T09:00",
            "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15",
            &[
                "1997-09-10",
                "1997-09-11",
                "1997-09-12",
                "1997-09-13",
                "1997-09-14",
                "1997-09-15",
                "1999-03-10",
            ],
        ),
        ("1997-06-10T09:00", "FREQ=YEARLY;COUNT=10;BYMONTH=6,7", &["1997-06-10", "1997-07-10", "1998-06-10"]),
        (
            "1997-01-01T09:00",
            "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
            &["1997-01-01", "1997-04-10", "1997-07-19", "2000-01-01", "2000-04-09"],
        ),
        ("1997-05-19T09:00", "FREQ=YEARLY;BYDAY=20MO", &["1997-05-19", "1998-05-18", "1999-05-17"]),
        ("1997-05-12T09:00", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", &["1997-05-12", "1998-05-11", "1999-05-17"]),
        (
            "1997-09-02T09:00",
            "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
            &["1998-02-13", "1998-03-13", "1998-11-13", "1999-08-13", "2000-10-13"],
        ),
        (
            "1996-11-05T09:00",
            "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
            &["1996-11-05", "2000-11-07", "2004-11-02"],
        ),
        (
            "1997-09-04T09:00",
            "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3",
            &["1997-09-04", "1997-10-07", "1997-11-06"],
        ),
        (
            "1997-09-29T09:00",
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
            &["1997-09-29", "1997-10-30", "1997-11-27", "1997-12-30"],
        ),
        (
            "1997-08-05T09:00",
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
            &["1997-08-05", "1997-08-10", "1997-08-19", "1997-08-24"],
        ),
        (
            "1997-08-05T09:00",
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
            &["1997-08-05", "1997-08-17", "1997-08-19", "1997-08-31"],
        ),
        (
            "2007-01-15T09:00",
            "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5",
            &["2007-01-15", "2007-01-30", "2007-02-15", "2007-03-15", "2007-03-30"],
        ),
    ];
    for (start, rule, expected) in examples {
        let found: Vec<_> = local(&recurrence(start, "America/New_York", rule), expected.len());
        let expected: Vec<_> = expected.iter().map(|day| format!("{day}T09:00:00")).collect();
        assert_eq!(found, expected, "{rule}");
    }
    let minutes = recurrence("1997-09-02T09:00", "America/New_York", "FREQ=MINUTELY;INTERVAL=90;COUNT=4");
    assert_eq!(
        local(&minutes, 9),
        ["1997-09-02T09:00:00", "1997-09-02T10:30:00", "1997-09-02T12:00:00", "1997-09-02T13:30:00"]
    );
    let until = recurrence("1997-09-02T09:00", "America/New_York", "FREQ=DAILY;UNTIL=19971224T000000Z");
    assert_eq!(local(&until, 1000).last().unwrap(), "1997-12-23T09:00:00");
    let hours =
        recurrence("1997-09-02T09:00", "America/New_York", "FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T210000Z");
    assert_eq!(local(&hours, 9), ["1997-09-02T09:00:00", "1997-09-02T12:00:00", "1997-09-02T15:00:00"]);
    let busy = recurrence(
        "1997-09-02T09:00",
        "America/New_York",
        "FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16",
    );
    assert_eq!(local(&busy, 25).last().unwrap(), "1997-09-03T09:00:00");
}

#[test]
fn rules_are_written_as_they_are_read() {
    for text in [
        "FREQ=YEARLY;INTERVAL=4;UNTIL=20301231T230000Z;BYMONTH=11;BYMONTHDAY=2,3;BYDAY=TU;WKST=SU",
        "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO,1FR;BYHOUR=9,17;BYMINUTE=30;BYSECOND=0;BYSETPOS=-1",
        "FREQ=YEARLY;UNTIL=20301231;BYWEEKNO=-1,20;BYYEARDAY=-366,1",
        "FREQ=MINUTELY;UNTIL=20301231T090000",
    ] {
        let rule: Rule = text.parse().unwrap();
        assert_eq!(rule.to_string(), text);
        assert_eq!(serde_json::from_value::<Rule>(serde_json::json!(text)).unwrap(), rule);
    }
    assert_eq!(
        "RRULE:freq=daily;byhour=17,9,9".parse::<Rule>().unwrap().to_string(),
        "FREQ=DAILY;BYHOUR=9,17"
    );
    assert_eq!("FREQ=WEEKLY;BYDAY=MO;".parse::<Rule>().unwrap().to_string(), "FREQ=WEEKLY;BYDAY=MO");
}

#[test]
fn what_is_no_rule_is_told() {
    for (text, part) in [
        ("", "is no NAME=value"),
        ("INTERVAL=2", "FREQ is missing"),
        ("FREQ=FORTNIGHTLY", "FREQ=FORTNIGHTLY"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL=0"),
        ("FREQ=DAILY;COUNT=4294967295", "from 1 to 10000"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20300101", "UNTIL and COUNT"),
        ("FREQ=DAILY;COUNT=2;COUNT=3", "COUNT is given twice"),
        ("FREQ=DAILY;UNTIL=2030-01-01", "UNTIL=2030-01-01"),
        ("FREQ=DAILY;UNTIL=20300231", "UNTIL=20300231"),
        ("FREQ=DAILY;BYHOUR=24", "from 0 to 23"),
        ("FREQ=DAILY;BYMONTHDAY=0", "without 0"),
        ("FREQ=WEEKLY;BYDAY=2MO", "a number in BYDAY"),
        ("FREQ=WEEKLY;BYDAY=XX", "is not one of MO"),
        ("FREQ=WEEKLY;BYDAY=Mö", "is not one of MO"),
        ("FREQ=MONTHLY;BYWEEKNO=3", "BYWEEKNO needs"),
        ("FREQ=DAILY;BYSETPOS=1", "BYSETPOS needs"),
        ("FREQ=DAILY;BYEASTER=0", "is no part of a rule"),
    ] {
        let error = text.parse::<Rule>().unwrap_err();
        assert_eq!(error.code(), "recurrence.rule", "{text}");
        assert!(error.message().contains(part), "{text}: {error}");
    }
    assert_eq!("FREQ=SECONDLY".parse::<Rule>().unwrap_err().code(), "recurrence.secondly");
}
