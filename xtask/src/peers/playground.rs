//! X's own local simulator.

use std::fs;
use std::path::PathBuf;

use crate::process::{self, Captured};
use crate::report::Outcome;
use crate::tools;
use crate::workspace::Workspace;

const MODULE: &str = "github.com/xdevplatform/playground/cmd/playground";
const VERSION: &str = "v1.2.1";

/// The one that `XMP_PLAYGROUND` names, or the pinned release under `target/tools`.
pub(crate) fn found(workspace: &Workspace) -> Option<PathBuf> {
    if let Some(given) = std::env::var_os("XMP_PLAYGROUND") {
        return Some(PathBuf::from(given)).filter(|path| path.is_file());
    }
    let current = fs::read_to_string(stamp(workspace)).is_ok_and(|version| version == VERSION);
    Some(installed(workspace)).filter(|path| current && path.is_file())
}

/// Installs it, unless it is there.
pub(crate) fn install(workspace: &Workspace) -> Outcome {
    if found(workspace).is_some() {
        return Outcome::Ok;
    }
    if std::env::var_os("XMP_PLAYGROUND").is_some() {
        return Outcome::Failed("XMP_PLAYGROUND names a file that does not exist".to_owned());
    }
    let Some(go) = tools::find(workspace, "go") else {
        return tools::absent(workspace, "X's playground NOT tested: Go is not on PATH".to_owned());
    };
    let mut command = process::command(go, &workspace.root);
    command.args(["install", &format!("{MODULE}@{VERSION}")]);
    match process::capture(command.env("GOBIN", tools::bin(workspace))) {
        Err(error) => Outcome::Failed(error),
        Ok(Captured { ok: true, .. }) => fs::write(stamp(workspace), VERSION)
            .map_err(|error| format!("the playground's version cannot be noted: {error}"))
            .into(),
        Ok(Captured { stderr, .. }) => not_installed(&stderr),
    }
}

/// A module that cannot be had here says nothing about xmp, in CI no more than elsewhere: the tests that need the
/// playground skip, and the summary says so. Whatever else went wrong is a failure.
fn not_installed(stderr: &str) -> Outcome {
    let reason = stderr.trim();
    let unreachable =
        ["403 Forbidden", "404 Not Found", "410 Gone", "dial tcp", "no such host", "i/o timeout"];
    if unreachable.iter().any(|sign| reason.contains(sign)) {
        return Outcome::Skipped(format!(
            "X's playground NOT tested: its Go module cannot be had here: {reason}"
        ));
    }
    Outcome::Failed(format!("X's playground cannot be installed: {reason}"))
}

fn installed(workspace: &Workspace) -> PathBuf {
    tools::bin(workspace).join(format!("playground{}", std::env::consts::EXE_SUFFIX))
}

fn stamp(workspace: &Workspace) -> PathBuf {
    tools::bin(workspace).join("playground.version")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_module_is_skipped_and_a_broken_build_fails() {
        let refused = "go: reading https://proxy.golang.org/…/@v/list: 403 Forbidden";
        assert!(matches!(not_installed(refused), Outcome::Skipped(why) if why.contains("NOT tested")));
        assert!(matches!(not_installed("main.go:1: undefined: x"), Outcome::Failed(_)));
    }
}
