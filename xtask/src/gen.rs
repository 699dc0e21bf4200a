//! Files that a program writes: regenerated, or compared with what is there.

use std::fs;

use crate::process::{self, cargo};
use crate::report::Outcome;
use crate::workspace::Workspace;

/// Each generated file, and the `cargo` arguments of the program that writes its content to standard output.
const GENERATED: &[(&str, &[&str])] = &[
    ("docs/reference/error-kinds.md", &["run", "-q", "--example", "reference", "--", "error-kinds"]),
    ("docs/reference/states.md", &["run", "-q", "--example", "reference", "--", "states"]),
    ("docs/reference/platforms.md", &["run", "-q", "--example", "reference", "--", "platforms"]),
];

/// What to do with the generated content.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Write,
    Check,
}

/// Writes the generated files, or fails with the names of those that are stale.
pub(crate) fn run(workspace: &Workspace, mode: Mode) -> Outcome {
    let mut stale = Vec::new();
    let mut wrong = Vec::new();
    for (path, arguments) in GENERATED {
        match renew(workspace, mode, path, arguments) {
            Ok(true) => {}
            Ok(false) => stale.push(*path),
            Err(error) => wrong.push(format!("{path}: {error}")),
        }
    }
    if !stale.is_empty() {
        wrong.push(format!("stale: {}; write them with `cargo xtask gen`", stale.join(", ")));
    }
    if wrong.is_empty() { Outcome::Ok } else { Outcome::Failed(wrong.join("; ")) }
}

/// False when the file is stale and stays so.
fn renew(workspace: &Workspace, mode: Mode, path: &str, arguments: &[&str]) -> Result<bool, String> {
    let content = process::stdout(&mut cargo(&workspace.root, arguments))?;
    if content.trim().is_empty() {
        return Err("its generator wrote nothing".to_owned());
    }
    let file = workspace.root.join(path);
    if fs::read_to_string(&file).is_ok_and(|there| there == content) {
        return Ok(true);
    }
    if mode == Mode::Check {
        return Ok(false);
    }
    let folder = file.parent().ok_or("it has no folder")?;
    fs::create_dir_all(folder).map_err(|error| format!("its folder cannot be made: {error}"))?;
    fs::write(&file, content).map_err(|error| format!("it cannot be written: {error}"))?;
    println!("wrote {path}");
    Ok(true)
}
