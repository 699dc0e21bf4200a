//! One sample, in this process.

use std::path::PathBuf;

use clap::Args;
use xmp_core::{Clock, Monotonic, SystemClock};

use crate::contestant::Contestant;
use crate::size::Size;
use crate::workload::Exercise;
use crate::{Result, raw, same_rows, subject};

/// What is done, and where.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[arg(value_enum)]
    pub(crate) contestant: Contestant,
    #[arg(value_enum)]
    pub(crate) exercise: Exercise,
    /// The address of a database, or the path of a file.
    #[arg(long)]
    pub(crate) at: String,
    #[command(flatten)]
    pub(crate) size: Size,
    /// This process is the one that is killed; it writes down in this file what it has published.
    #[arg(long)]
    pub(crate) victim: Option<PathBuf>,
    /// Only makes so many posts wait there.
    #[arg(long)]
    pub(crate) fill: Option<usize>,
}

pub(crate) async fn run(options: Options) -> Result<()> {
    if let Some(count) = options.fill {
        return subject::fill(&options, count).await;
    }
    let metrics = match options.contestant {
        Contestant::XmpPostgres | Contestant::XmpSqlite => subject::run(&options).await?,
        Contestant::RawPostgres | Contestant::RawSqlite => raw::run(&options).await?,
        Contestant::SameRowsPostgres | Contestant::SameRowsSqlite => same_rows::run(&options).await?,
        other => return Err(format!("{} is a program of rivals/", other.name()).into()),
    };
    println!("{metrics}");
    Ok(())
}

/// Measures how long something takes.
pub(crate) struct Stopwatch(Monotonic);

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self(SystemClock.monotonic())
    }

    pub(crate) fn seconds(&self) -> f64 {
        SystemClock.monotonic().since(self.0).as_secs_f64()
    }

    pub(crate) fn milliseconds(&self) -> f64 {
        self.seconds() * 1e3
    }
}

/// The value below which this share of all is; 0 of nothing.
pub(crate) fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place within the list")]
    let place = (last as f64 * share).ceil() as usize;
    values.get(place).copied().unwrap_or_default()
}

/// The most memory that this process ever had, in bytes.
pub(crate) fn peak_memory() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|rest| rest.trim().strip_suffix(" kB")).ok_or("the kernel tells no VmHWM")?;
    Ok(kib.parse::<u64>()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::{peak_memory, quantile};

    #[test]
    fn quantiles_are_values_of_the_list() {
        let mut values = [3.0, 1.0, 2.0];
        assert!((quantile(&mut values, 0.5) - 2.0).abs() < f64::EPSILON);
        assert!((quantile(&mut values, 0.99) - 3.0).abs() < f64::EPSILON);
        assert!(quantile(&mut [], 0.5).abs() < f64::EPSILON);
    }

    #[test]
    fn memory_is_read() {
        assert!(peak_memory().is_ok_and(|bytes| bytes > 1 << 16));
    }
}
