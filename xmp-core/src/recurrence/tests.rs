//! The examples of RFC 5545 (section 3.8.5.3), and what happens where clocks are changed.
#![allow(clippy::unwrap_used, reason = "a test tells by a panic")]

use jiff::{SignedDuration, Timestamp};

use super::{Looks, OnFold, OnGap, Recurrence, Rule};

fn times(of: &Recurrence, most: usize) -> Vec<String> {
    of.occurrences().unwrap().take(most).map(|found| found.unwrap().at.to_string()).collect()
}

fn local(of: &Recurrence, most: usize) -> Vec<String> {
    of.occurrences().unwrap().take(most).map(|found| found.unwrap().key()).collect()
}

fn recurrence(start: &str, zone: &str, rule: &str) -> Recurrence {
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
fn what_never_comes_is_told_soon() {
    for rule in [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYYEARDAY=366;BYMONTH=1",
        "FREQ=YEARLY;BYWEEKNO=20;BYYEARDAY=366",
        "FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MINUTELY;INTERVAL=60;BYMINUTE=7",
        "FREQ=HOURLY;BYMONTH=4;BYMONTHDAY=31;INTERVAL=7",
        "FREQ=HOURLY;INTERVAL=24;BYHOUR=9",
        "FREQ=HOURLY;BYMINUTE=0;BYSETPOS=2",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31",
        "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=8",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=300",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=300;COUNT=10000",
        "FREQ=YEARLY;INTERVAL=1000000;BYMONTH=2;BYMONTHDAY=30",
    ] {
        let first = recurrence("2026-01-01T00:00", "UTC", rule).occurrences().unwrap().next();
        let code = first.map(|first| first.unwrap_err().code());
        // Some have come to the end of time by then.
        assert!(matches!(code, None | Some("recurrence.never")), "{rule}: {code:?}");
    }
    let before = recurrence("0001-01-01T00:00", "UTC", "FREQ=MINUTELY;BYHOUR=3;COUNT=10000");
    let found = before.occurrences_after("2500-01-01T00:00:00Z".parse().unwrap()).unwrap().next();
    assert!(found.unwrap().unwrap_err().message().contains("COUNT"));
}

#[test]
fn what_comes_is_found_with_few_looks() {
    let all = |most: i32| (0..most).map(|number| number.to_string()).collect::<Vec<_>>().join(",");
    let each = format!("BYHOUR={};BYMINUTE={};BYSECOND={}", all(24), all(60), all(60));
    let after: Timestamp = "2500-06-01T00:00:00Z".parse().unwrap();
    for rule in [
        "FREQ=WEEKLY;BYDAY=MO,WE,FR",
        "FREQ=DAILY",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SU",
        "FREQ=YEARLY;BYYEARDAY=366;BYDAY=SU",
        "FREQ=YEARLY;BYWEEKNO=53;BYDAY=TU",
        "FREQ=HOURLY;INTERVAL=7;BYDAY=SA",
        "FREQ=HOURLY;BYYEARDAY=366",
        "FREQ=MINUTELY;INTERVAL=7;BYMINUTE=3;BYMONTH=2;BYMONTHDAY=29",
        &format!("FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;{each}"),
        &format!("FREQ=MONTHLY;BYDAY=MO;{each};BYSETPOS=-1"),
    ] {
        // It has begun long ago, and has millions of occurrences behind it.
        let mut long = recurrence("0001-01-01T04:00", "UTC", rule).occurrences_after(after).unwrap();
        let found = long.next_within(&mut Looks(3_000)).unwrap();
        assert!(found.unwrap().at > after, "{rule}");
    }
    let counted = recurrence("2026-01-01T09:00", "Europe/Berlin", "FREQ=DAILY;COUNT=10000");
    let after = "2053-01-01T00:00:00Z".parse().unwrap();
    let found = counted.occurrences_after(after).unwrap().next_within(&mut Looks(40_000)).unwrap();
    assert_eq!(found.unwrap().key(), "2053-01-01T09:00:00");
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
fn after_is_the_same_as_from_the_beginning() {
    for rule in [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
        "FREQ=MONTHLY;INTERVAL=5;BYDAY=-1FR",
        "FREQ=WEEKLY;INTERVAL=3;BYDAY=TU,SU;WKST=SU",
        "FREQ=DAILY;INTERVAL=9;BYHOUR=2,14",
        "FREQ=HOURLY;INTERVAL=7;BYMINUTE=5,35",
        "FREQ=MINUTELY;INTERVAL=90;BYDAY=SA",
        "FREQ=DAILY;COUNT=900;BYMONTH=3,10",
        "FREQ=DAILY;COUNT=390;INTERVAL=3;BYHOUR=9,17",
        "FREQ=DAILY;COUNT=390;BYHOUR=1,9,17,21;BYSETPOS=-1,2",
        "FREQ=WEEKLY;COUNT=390;INTERVAL=2;BYDAY=TU,TH,SU;WKST=TH;BYHOUR=8,20",
        "FREQ=WEEKLY;COUNT=390;BYHOUR=8",
        "FREQ=WEEKLY;COUNT=390;BYDAY=MO,WE;BYMONTH=3,4,10;BYHOUR=8",
    ] {
        let whole = recurrence("2019-01-31T02:30", "Europe/Berlin", rule);
        let all: Vec<_> = whole.occurrences().unwrap().take(400).map(|found| found.unwrap()).collect();
        for place in (0..20).chain([150, 300, 301, 302, 303, 388, 389]) {
            let Some(from) = all.get(place) else { continue };
            for from in
                [from.at, from.at - SignedDuration::from_secs(1), from.at + SignedDuration::from_hours(5)]
            {
                let after: Vec<_> =
                    whole.occurrences_after(from).unwrap().take(5).map(|found| found.unwrap()).collect();
                let expected: Vec<_> = all.iter().filter(|found| found.at > from).take(5).copied().collect();
                // Of a rule without an end there are more than those.
                let known = if rule.contains("COUNT=390") { after.len() } else { expected.len() };
                assert_eq!(after[..known.min(after.len())], expected[..], "{rule} after {from}");
            }
        }
    }
}

#[test]
fn after_is_the_same_where_clocks_are_changed() {
    // From days before a change to days after it, with times on both sides of it, and in it.
    let hours = "BYHOUR=0,1,2,3,4;BYMINUTE=0,15,30,45";
    let changes = [
        ("2026-03-26T00:00", "Europe/Berlin", "2026-03-29T01:00:00Z"),
        ("2026-10-22T00:00", "Europe/Berlin", "2026-10-25T01:00:00Z"),
        ("2026-10-01T00:00", "Australia/Lord_Howe", "2026-10-03T15:30:00Z"),
        ("2026-04-02T00:00", "Australia/Lord_Howe", "2026-04-04T15:00:00Z"),
        ("2011-12-28T00:00", "Pacific/Apia", "2011-12-30T10:00:00Z"),
    ];
    let policies =
        [OnGap::Shift, OnGap::Skip].map(|gap| [OnFold::First, OnFold::Second].map(|fold| (gap, fold)));
    for ((start, zone, change), (gap, fold)) in changes
        .into_iter()
        .flat_map(|change| policies.into_iter().flatten().map(move |policy| (change, policy)))
    {
        let change: Timestamp = change.parse().unwrap();
        for rule in [
            format!("FREQ=DAILY;{hours}"),
            format!("FREQ=DAILY;{hours};COUNT=90"),
            "FREQ=HOURLY;COUNT=150".to_owned(),
            "FREQ=MINUTELY;INTERVAL=10;BYMINUTE=0,10;COUNT=300".to_owned(),
        ] {
            let whole = Recurrence { gap, fold, ..recurrence(start, zone, &rule) };
            let all: Vec<_> = whole.occurrences().unwrap().take(400).map(|found| found.unwrap()).collect();
            for halves in -15..55 {
                let after = change + SignedDuration::from_mins(30 * halves);
                let expected = all.iter().find(|found| found.at > after);
                let found = whole.occurrences_after(after).unwrap().next().map(|found| found.unwrap());
                assert_eq!(found.as_ref(), expected, "{rule} after {after} in {zone}, {gap:?} {fold:?}");
            }
        }
    }
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
