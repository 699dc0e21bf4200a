//! The crash suite: builds it, finds what its workers are started with, and passes the arguments on.

mod mutants;

use std::path::Path;
use std::process::Command;

use clap::Args;

use crate::process::{self, cargo};
use crate::workspace::Workspace;
use crate::{bindings, servers, tools};

pub(crate) use mutants::run as run_mutants;

/// The program that judges, and works.
const PROGRAM: &str = "xmp-proof-crash";

/// What a run is made of: see `proof/crash`.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Arguments {
    /// The store that all processes share: sqlite, postgres.
    #[arg(long, default_value = "sqlite")]
    pub(crate) store: String,
    /// Ends with the round in which so many workers were killed. Default: 200, unless --seconds is given.
    #[arg(long)]
    pub(crate) kills: Option<u64>,
    /// Ends with the round in which so many seconds are over; of --mutants, the budget of each.
    #[arg(long)]
    pub(crate) seconds: Option<u64>,
    /// Decides all that can be decided. Printed first; drawn at random if not given.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Plays one round alone, by its number from 0.
    #[arg(long)]
    pub(crate) round: Option<u64>,
    /// What may go wrong: storm, or the weather of a single mutant; of --mutants, that one alone.
    #[arg(long)]
    pub(crate) profile: Option<String>,
    /// Many processes refresh one account's tokens at once, and one is killed in the middle of it; nothing else.
    #[arg(long)]
    pub(crate) refresh: bool,
    /// Workers in Rust alone: for the time being, or where there is no Python or Node.
    #[arg(long)]
    pub(crate) rust_only: bool,
}

/// Runs it. The last line is `kills=… posts=… published=… refused=… held=… lost=… doubled=… stuck=…`, in parts of posts;
/// cancelled and expired ones count as refused. `true` if the sum agrees and the last three are 0.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<bool, String> {
    let mut build = cargo(&workspace.root, &["build", "--workspace", "--all-features", "--bin", PROGRAM]);
    if !arguments.rust_only {
        bindings::set_up(workspace)?;
        build.arg("--lib");
    }
    process::run(&mut build)?;
    let mut judge = judge(workspace, &workspace.builds().join("debug").join(PROGRAM), arguments);
    if !arguments.rust_only {
        bindings::place_all(workspace)?;
        give_languages(workspace, &mut judge)?;
    }
    if arguments.store == "postgres" {
        judge.env("XMP_POSTGRES_BIN", servers::postgres(workspace, workspace.ci)?);
    }
    let status = judge.status().map_err(|error| format!("the judge cannot be started: {error}"))?;
    Ok(status.success())
}

/// The judge's command, without what only workers in other languages need.
fn judge(workspace: &Workspace, program: &Path, arguments: &Arguments) -> Command {
    let mut judge = process::command(program, &workspace.root);
    judge.args(["judge", "--store", &arguments.store]);
    let kills = arguments.kills.or(arguments.seconds.map(|_| u64::MAX));
    let numbers = [
        ("--kills", kills),
        ("--seconds", arguments.seconds),
        ("--seed", arguments.seed),
        ("--round", arguments.round),
    ];
    for (name, number) in numbers {
        if let Some(number) = number {
            judge.arg(name).arg(number.to_string());
        }
    }
    if arguments.refresh {
        judge.arg("--refresh");
    }
    if let Some(profile) = &arguments.profile {
        judge.args(["--profile", profile]);
    }
    judge
}

fn give_languages(workspace: &Workspace, judge: &mut Command) -> Result<(), String> {
    let python = tools::Venv::of(workspace)?.program("python");
    let python = python.ok_or("the Python environment is missing: `cargo xtask check --install`")?;
    let node = tools::find(workspace, "node").ok_or("Node 20 or newer is needed, and PATH has no node")?;
    judge.arg("--python").arg(python);
    judge.arg("--python-package").arg(workspace.root.join("bindings-python/python"));
    judge.arg("--node").arg(node);
    judge.arg("--node-package").arg(workspace.root.join("bindings-node/dist/index.js"));
    Ok(())
}
