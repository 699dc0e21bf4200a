//! The next occurrence of rules, beside python-dateutil: a table on standard output.

use std::path::PathBuf;
use std::process::Command;

use clap::Args;
use jiff::Timestamp;
use xmp_core::recurrence::Recurrence;

use crate::Result;
use crate::one::{Stopwatch, quantile};

/// What is measured, and beside whom.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// A Python with python-dateutil.
    #[arg(long)]
    python: PathBuf,
    /// The folder of the rivals' programs.
    #[arg(long)]
    rivals: PathBuf,
    /// How often each question is asked; the median counts.
    #[arg(long, default_value_t = 100)]
    runs: u32,
}

/// Start, rule, and after when. What is usual comes first, and then what wants to be slow.
const QUESTIONS: [(&str, &str, &str); 21] = [
    (LATELY, "FREQ=WEEKLY;BYDAY=MO,WE,FR", FAR),
    (LATELY, "FREQ=DAILY", FAR),
    (LATELY, "FREQ=MONTHLY;BYDAY=-1FR", FAR),
    (LATELY, "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", FAR),
    (LATELY, "FREQ=YEARLY;BYWEEKNO=53;BYDAY=TU", FAR),
    (LATELY, "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SU", FAR),
    (LATELY, "FREQ=YEARLY;BYYEARDAY=366;BYDAY=SU", FAR),
    (LATELY, "FREQ=HOURLY;INTERVAL=7;BYDAY=SA", FAR),
    (LATELY, "FREQ=MINUTELY;INTERVAL=90;BYMONTH=12", FAR),
    (LATELY, "FREQ=DAILY;COUNT=1000", NEAR),
    (LATELY, "FREQ=MINUTELY;COUNT=10000", "2026-01-11T00:00:00Z"),
    (LATELY, "FREQ=DAILY;COUNT=10000", "2053-01-01T00:00:00Z"),
    ("0001-01-05T09:00:00", "FREQ=DAILY", "2500-01-01T00:00:00Z"),
    ("0001-01-05T09:00:00", "FREQ=YEARLY;COUNT=10000", "9000-01-01T00:00:00Z"),
    (LATELY, "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", NEAR),
    (LATELY, "FREQ=DAILY;INTERVAL=7;BYDAY=TU", NEAR),
    (LATELY, "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=8", NEAR),
    (LATELY, "FREQ=HOURLY;BYMINUTE=0;BYSETPOS=2", NEAR),
    (LATELY, "FREQ=MINUTELY;INTERVAL=1440;BYHOUR=12", NEAR),
    (LATELY, "FREQ=MINUTELY;BYMONTH=4;BYMONTHDAY=31;BYHOUR=3;BYMINUTE=7;BYSECOND=8", NEAR),
    (LATELY, "FREQ=YEARLY;INTERVAL=1000000", NEAR),
];
const LATELY: &str = "2026-01-05T09:00:00";
const NEAR: &str = "2028-09-01T00:00:00Z";
const FAR: &str = "2031-01-01T00:00:00Z";
const ZONE: &str = "Europe/Berlin";

/// Asks all questions here and there, and prints how long each took.
pub(crate) fn run(options: &Options) -> Result<()> {
    println!("{:>10} {:>14}  {:<26} rule in {ZONE}, after", "xmp, us", "dateutil, us", "found");
    for (start, rule, after) in QUESTIONS {
        let recurrence = Recurrence::new(start, ZONE).rule(rule.parse()?);
        let (mut taken, mut told) = (Vec::new(), String::new());
        let moment: Timestamp = after.parse()?;
        for _ in 0..options.runs {
            let watch = Stopwatch::start();
            let found = recurrence.occurrences_after(moment)?.next();
            taken.push(watch.milliseconds() * 1e3);
            told = match found {
                None => "none".to_owned(),
                Some(Ok(found)) => found.key(),
                Some(Err(error)) => error.code().to_owned(),
            };
        }
        let theirs = dateutil(options, start, rule, after)?;
        println!("{:>10.1} {theirs:>14}  {told:<26} {rule} {after}", quantile(&mut taken, 0.5));
    }
    Ok(())
}

/// What python-dateutil takes, which looks no further than it is let.
fn dateutil(options: &Options, start: &str, rule: &str, after: &str) -> Result<String> {
    let script = options.rivals.join("python/dateutil_rules.py");
    let output = Command::new(&options.python).arg("-B").arg(script).args([start, rule, after]).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
