//! Steps: each prints its name and its time, none hides another, and a table closes the run.

use std::time::Duration;

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Ok,
    /// The step did nothing, and why.
    Skipped(String),
    /// What was wrong.
    Failed(String),
}

impl From<Result<(), String>> for Outcome {
    fn from(result: Result<(), String>) -> Self {
        match result {
            Ok(()) => Self::Ok,
            Err(why) => Self::Failed(why),
        }
    }
}

/// Single tests, as the closing line of `cargo xtask test` counts them.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Counts {
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }

    fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Ok => Self { passed: 1, ..Self::default() },
            Outcome::Skipped(_) => Self { skipped: 1, ..Self::default() },
            Outcome::Failed(_) => Self { failed: 1, ..Self::default() },
        }
    }
}

struct Row {
    name: String,
    outcome: Outcome,
    took: Duration,
}

/// What was done so far.
#[derive(Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
    counts: Counts,
}

impl Report {
    /// Runs a step that counts as one test.
    pub(crate) fn step<O: Into<Outcome>>(&mut self, name: &str, body: impl FnOnce() -> O) {
        self.counted_step(name, || {
            let outcome = body().into();
            let counts = Counts::of(&outcome);
            (outcome, counts)
        });
    }

    /// Runs a step that knows how many tests it ran. A failed step always counts at least one failure.
    pub(crate) fn counted_step(&mut self, name: &str, body: impl FnOnce() -> (Outcome, Counts)) {
        println!("\n==> {name}");
        let watch = stopwatch();
        let (outcome, mut counts) = body();
        let took = watch.elapsed();
        if matches!(outcome, Outcome::Failed(_)) && counts.failed == 0 {
            counts.failed = 1;
        }
        println!("<== {name}: {} in {}", describe(&outcome), seconds(took));
        self.counts.add(counts);
        self.rows.push(Row { name: name.to_owned(), outcome, took });
    }

    pub(crate) fn is_ok(&self) -> bool {
        !self.rows.iter().any(|row| matches!(row.outcome, Outcome::Failed(_)))
    }

    pub(crate) fn print_table(&self) {
        let width = self.rows.iter().map(|row| row.name.chars().count()).max().unwrap_or_default();
        println!("\nSummary");
        for Row { name, outcome, took } in &self.rows {
            println!("  {name:width$}  {:>8}  {}", seconds(*took), describe(outcome));
        }
    }

    /// The last line of a test run, in the form that test tools read.
    pub(crate) fn print_counts(&self) {
        println!("\n{}", closing_line(self.counts));
    }
}

fn closing_line(Counts { passed, failed, skipped }: Counts) -> String {
    match skipped {
        0 => format!("{passed} passed, {failed} failed"),
        _ => format!("{passed} passed, {failed} failed, {skipped} skipped"),
    }
}

fn describe(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Ok => "ok".to_owned(),
        Outcome::Skipped(why) => format!("skipped: {why}"),
        Outcome::Failed(why) => format!("FAILED: {why}"),
    }
}

fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}

#[expect(clippy::disallowed_methods, reason = "how long a developer's command takes is no behaviour of xmp")]
fn stopwatch() -> std::time::Instant {
    std::time::Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_does_not_hide_the_next_one() {
        let mut report = Report::default();
        report.step("first", || Outcome::Failed("broken".to_owned()));
        report.step("second", || Outcome::Ok);
        report.step("third", || Outcome::Skipped("no tool".to_owned()));
        assert!(!report.is_ok());
        assert_eq!(report.rows.len(), 3);
        assert_eq!(closing_line(report.counts), "1 passed, 1 failed, 1 skipped");
    }

    #[test]
    fn a_step_that_fails_before_its_first_test_still_counts() {
        let mut report = Report::default();
        report.counted_step("tests", || (Outcome::Failed("does not compile".to_owned()), Counts::default()));
        assert_eq!(closing_line(report.counts), "0 passed, 1 failed");
    }

    #[test]
    fn skipped_steps_alone_are_no_failure() {
        let mut report = Report::default();
        report.step("only", || Outcome::Skipped("absent".to_owned()));
        assert!(report.is_ok());
    }
}
