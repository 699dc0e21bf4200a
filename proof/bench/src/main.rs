//! `xmp-proof-bench delivery`: xmp beside its rivals, in one run on one server. `cargo xtask bench delivery` provides what
//! it needs and starts it. `xmp-proof-bench recurrence`: rules beside python-dateutil.
//!
//! Every sample is a process of its own (`xmp-proof-bench one …`, or a program of `rivals/`) that prints one line of JSON:
//! names of metrics (`drain.seconds`) and numbers. Subjects and rivals take turns, so that what else the machine does
//! meets all of them.

#![forbid(unsafe_code)]

mod contestant;
mod delivery;
mod one;
mod place;
mod raw;
mod recurrence;
mod report;
mod same_rows;
mod size;
mod subject;
mod workload;

use std::error::Error;

use clap::{Parser, Subcommand};

/// What the functions of this program give: an error ends the run, and is told in its own words.
type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[derive(Parser)]
#[command(about = "xmp beside its rivals, in one run on one server")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs subjects and rivals in turn, prints a table and writes the rows.
    Delivery(delivery::Options),
    /// How long the next occurrence of rules takes to find, hostile ones among them.
    Recurrence(recurrence::Options),
    /// One sample, in this process. Its metrics are the last line that it prints.
    One(one::Options),
}

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into()),
        )
        .init();
    match Cli::parse().command {
        Command::Delivery(options) => delivery::run(options).await,
        Command::Recurrence(options) => recurrence::run(&options),
        Command::One(options) => one::run(options).await,
    }
}
