//! What is asked for long after the start is found, and soon; what never comes is told soon.
#![allow(clippy::unwrap_used, reason = "a test tells by a panic")]

use jiff::{SignedDuration, Timestamp};

use super::tests::recurrence;
use super::{Looks, OnFold, OnGap, Recurrence};

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
