//! What came of a run: a table, and rows for whoever keeps them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Serialize;

use crate::Result;
use crate::contestant::Contestant;
use crate::one::quantile;
use crate::size::Size;
use crate::workload::{Exercise, Workload};

/// One subject beside one rival. Every metric is a cost: less is better.
#[derive(Debug, PartialEq, Serialize)]
struct Row {
    workload: String,
    subject: String,
    /// `None` where nobody else can be asked.
    rival: Option<String>,
    metric: String,
    subject_median: f64,
    rival_median: Option<f64>,
    /// `subject_median / rival_median`.
    ratio: Option<f64>,
    /// Samples of each.
    runs: usize,
}

/// All samples, by who gave them, in which exercise, and the metric's whole name (`drain.seconds`).
#[derive(Default)]
pub(crate) struct Samples(BTreeMap<(Contestant, Exercise, String), Vec<f64>>);

impl Samples {
    pub(crate) fn add(&mut self, who: Contestant, exercise: Exercise, metrics: BTreeMap<String, f64>) {
        for (name, value) in metrics {
            self.0.entry((who, exercise, name)).or_default().push(value);
        }
    }

    fn median(&self, who: Contestant, exercise: Exercise, name: &str) -> Option<f64> {
        let values = self.0.get(&(who, exercise, name.to_owned()))?;
        Some(quantile(&mut values.clone(), 0.5))
    }

    /// What one contestant measured for a workload.
    fn metrics(&self, who: Contestant, workload: Workload) -> impl Iterator<Item = (Exercise, &str, usize)> {
        let prefix = format!("{}.", workload.name());
        self.0
            .iter()
            .filter(move |((of, _, name), _)| *of == who && name.starts_with(&prefix))
            .map(|((_, exercise, name), values)| (*exercise, name.as_str(), values.len()))
    }

    /// Everything that is to be said of some workloads.
    fn rows(&self, workloads: &[Workload], size: &Size) -> Vec<Row> {
        let mut rows = Vec::new();
        for &workload in workloads {
            for subject in Contestant::SUBJECTS {
                for (exercise, name, runs) in self.metrics(subject, workload) {
                    let Some(own) = self.median(subject, exercise, name) else { continue };
                    let metric = name.split_once('.').map_or(name, |(_, metric)| metric);
                    let row = |rival: Option<(String, f64)>| Row {
                        workload: workload.name(),
                        subject: subject.name(),
                        metric: metric.to_owned(),
                        subject_median: own,
                        ratio: rival.as_ref().filter(|(_, cost)| *cost > 0.0).map(|(_, cost)| own / cost),
                        rival_median: rival.as_ref().map(|(_, cost)| *cost),
                        rival: rival.map(|(rival, _)| rival),
                        runs,
                    };
                    let others = self.beside(subject, exercise, name, size);
                    if others.is_empty() && exercise != Exercise::FewClaims {
                        rows.push(row(None));
                    }
                    rows.extend(others.into_iter().map(|rival| row(Some(rival))));
                }
            }
        }
        rows
    }

    /// Who else measured the same, and what it was there. A claim among many is compared with one among few.
    fn beside(&self, subject: Contestant, exercise: Exercise, name: &str, size: &Size) -> Vec<(String, f64)> {
        if exercise == Exercise::Claims {
            let few = self.median(subject, Exercise::FewClaims, name);
            return few
                .map(|cost| (format!("{}-{}-waiting", subject.name(), size.few), cost))
                .into_iter()
                .collect();
        }
        let rivals = Contestant::RIVALS.into_iter().filter(|rival| rival.rivals(subject));
        rivals.filter_map(|rival| Some((rival.name(), self.median(rival, exercise, name)?))).collect()
    }

    /// Prints the table.
    pub(crate) fn print(&self, workloads: &[Workload], size: &Size) {
        println!(
            "{:<9} {:<13} {:<28} {:<22} {:>12} {:>12} {:>7} {:>4}",
            "workload", "subject", "rival", "metric", "subject", "rival", "ratio", "runs"
        );
        for row in self.rows(workloads, size) {
            println!(
                "{:<9} {:<13} {:<28} {:<22} {:>12} {:>12} {:>7} {:>4}",
                row.workload,
                row.subject,
                row.rival.unwrap_or_else(|| "-".to_owned()),
                row.metric,
                number(row.subject_median),
                row.rival_median.map_or_else(|| "-".to_owned(), number),
                row.ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}")),
                row.runs,
            );
        }
    }

    /// Writes the rows.
    pub(crate) fn write(&self, file: &Path, workloads: &[Workload], size: &Size) -> Result<()> {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(file, serde_json::to_string_pretty(&self.rows(workloads, size))? + "\n")?;
        Ok(())
    }
}

/// A number as people read it: bytes in whole, the rest with four digits.
fn number(value: f64) -> String {
    if value >= 10_000.0 { format!("{value:.0}") } else { format!("{value:.4}") }
}

#[cfg(test)]
mod tests {
    use super::{Row, Samples};
    use crate::contestant::Contestant;
    use crate::size::Size;
    use crate::workload::{Exercise, Workload};

    fn samples(of: &[(Contestant, Exercise, &str, f64)]) -> Samples {
        let mut samples = Samples::default();
        for (who, exercise, name, value) in of {
            samples.add(*who, *exercise, [((*name).to_owned(), *value)].into());
        }
        samples
    }

    fn found(rows: &[Row]) -> Vec<(String, Option<String>, Option<f64>, usize)> {
        rows.iter().map(|row| (row.subject.clone(), row.rival.clone(), row.ratio, row.runs)).collect()
    }

    #[test]
    fn a_row_compares_medians_of_what_both_measured() {
        let jobs = Exercise::Jobs;
        let samples = samples(&[
            (Contestant::XmpSqlite, jobs, "drain.seconds", 9.0),
            (Contestant::XmpSqlite, jobs, "drain.seconds", 1.0),
            (Contestant::XmpSqlite, jobs, "drain.seconds", 2.0),
            (Contestant::Awa, jobs, "drain.seconds", 4.0),
            (Contestant::RawPostgres, jobs, "drain.seconds", 1.0),
            (Contestant::RawSqlite, jobs, "enqueue.seconds", 1.0),
        ]);
        let rows = samples.rows(&[Workload::Drain, Workload::Enqueue], &Size::QUICK);
        assert_eq!(found(&rows), [("xmp-sqlite".to_owned(), Some("awa".to_owned()), Some(0.5), 3)]);
    }

    #[test]
    fn a_claim_among_many_is_compared_with_one_among_few() {
        let samples = samples(&[
            (Contestant::XmpSqlite, Exercise::Claims, "claim.milliseconds", 3.0),
            (Contestant::XmpSqlite, Exercise::FewClaims, "claim.milliseconds", 2.0),
        ]);
        let rows = samples.rows(&[Workload::Claim], &Size::QUICK);
        assert_eq!(
            found(&rows),
            [("xmp-sqlite".to_owned(), Some("xmp-sqlite-5000-waiting".to_owned()), Some(1.5), 1)]
        );
    }

    #[test]
    fn what_has_no_rival_stands_alone() {
        let samples = samples(&[(Contestant::XmpPostgres, Exercise::Killed, "recovery.seconds", 10.0)]);
        let rows = samples.rows(&[Workload::Recovery], &Size::QUICK);
        assert_eq!(found(&rows), [("xmp-postgres".to_owned(), None, None, 1)]);
    }
}
