//! `cargo xtask`: the commands of the people who work on xmp.

#![forbid(unsafe_code)]

mod arrows;
mod bench;
mod bindings;
mod check;
mod crash;
mod files;
mod r#gen;
mod npm;
mod parity;
mod peers;
mod process;
mod report;
mod scaffold;
mod servers;
mod surface;
mod test;
mod tools;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::report::Report;
use crate::workspace::Workspace;

/// The developer commands of xmp.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The fast gate: format, lints, docs, dependencies, spelling, features, generated files, the house's rules.
    Check {
        /// Install the tools that are missing, under target/ (always so where CI=true).
        #[arg(long)]
        install: bool,
    },
    /// Sets up everything, then runs `check`, all tests, the examples and the peers.
    Test {
        /// Without `check`.
        #[arg(long)]
        no_check: bool,
        /// For local iteration: without `check`, without doc tests, without peers.
        #[arg(long)]
        fast: bool,
    },
    /// Writes the generated files.
    Gen {
        /// Write nothing: fail, naming them, where files are stale.
        #[arg(long)]
        check: bool,
    },
    /// Measures beside rivals, on servers of its own.
    Bench {
        #[command(subcommand)]
        what: Bench,
    },
    /// Real workers, killed and stopped at random: the simulator's ledger shows that nothing is lost, doubled or stuck.
    /// Its last line counts the parts of all posts; cancelled and expired ones count as refused.
    Crash {
        #[command(flatten)]
        arguments: crash::Arguments,
        /// Runs defects, one after the other, until each was found.
        #[arg(long)]
        mutants: bool,
    },
    /// Adds what is not written yet, in a form that passes lints and tests.
    Scaffold {
        #[command(subcommand)]
        what: Scaffold,
    },
}

#[derive(Subcommand)]
enum Bench {
    /// The delivery engine beside other job queues: a table, and rows in target/bench/delivery.json.
    Delivery {
        /// `--workload`, `--subject`, `--rival`, `--runs`, `--quick`, …: see `cargo xtask bench delivery -- --help`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// The next occurrence of rules, usual and hostile, beside python-dateutil: a table.
    Recurrence,
}

#[derive(Subcommand)]
enum Scaffold {
    /// A platform: its folders in xmp-client and xmp-sim, its feature, and a line wherever it is known by name.
    Platform {
        /// Its name: 1 to 23 characters out of a-z 0-9 - _.
        name: String,
    },
    /// Nothing here: adds a platform to a copy below target/, and lints and tests it there.
    Trial,
}

fn main() -> ExitCode {
    match run(&Cli::parse().command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command) -> Result<bool, String> {
    let workspace = Workspace::find()?;
    let mut report = Report::default();
    match *command {
        Command::Check { install } => {
            check::run(&workspace, install || workspace.ci, &mut report);
            report.print_table();
        }
        Command::Test { no_check, fast } => {
            test::run(&workspace, test::Options { check: !no_check && !fast, fast }, &mut report);
            report.print_table();
            report.print_counts();
        }
        Command::Gen { check } => {
            let mode = if check { r#gen::Mode::Check } else { r#gen::Mode::Write };
            report.step("generated files", || r#gen::run(&workspace, mode));
            report.print_table();
        }
        Command::Bench { what: Bench::Delivery { ref arguments } } => bench::delivery(&workspace, arguments)?,
        Command::Bench { what: Bench::Recurrence } => bench::recurrence(&workspace)?,
        Command::Crash { ref arguments, mutants: true } => return crash::run_mutants(&workspace, arguments),
        Command::Crash { ref arguments, mutants: false } => return crash::run(&workspace, arguments),
        Command::Scaffold { what: Scaffold::Platform { ref name } } => {
            scaffold::platform(&workspace.root, name)?;
        }
        Command::Scaffold { what: Scaffold::Trial } => {
            report.step("scaffold", || scaffold::trial(&workspace));
            report.print_table();
        }
    }
    Ok(report.is_ok())
}
