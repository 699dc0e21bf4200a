//! Files that a program writes: regenerated, or compared with what is there.

mod node;
mod python;
mod reference;

use std::fs;

use crate::process::{self, cargo};
use crate::report::Outcome;
use crate::surface::facade::Code;
use crate::surface::{self, Surface};
use crate::workspace::Workspace;

/// What to do with the generated content.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Write,
    Check,
}

/// A generated file: its path from the root, and its content.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) content: String,
}

/// Files that a program of the workspace writes to standard output, and the `cargo` arguments that run it.
const PRINTED: &[(&str, &[&str])] = &[
    (
        "docs/reference/error-kinds.md",
        &["run", "-q", "--all-features", "--example", "reference", "--", "error-kinds"],
    ),
    ("docs/reference/states.md", &["run", "-q", "--all-features", "--example", "reference", "--", "states"]),
    (
        "docs/reference/platforms.md",
        &["run", "-q", "--all-features", "--example", "reference", "--", "platforms"],
    ),
];

/// The program that describes the surface.
const DESCRIBE: &[&str] =
    &["run", "-q", "--package", "xmp-surface", "--all-features", "--example", "surface"];

/// Writes the generated files, or fails with the names of those that are stale.
pub(crate) fn run(workspace: &Workspace, mode: Mode) -> Outcome {
    match all(workspace) {
        Ok(files) => settle(workspace, mode, &files),
        Err(error) => Outcome::Failed(error),
    }
}

fn all(workspace: &Workspace) -> Result<Vec<File>, String> {
    let mut files = Vec::new();
    for (path, arguments) in PRINTED {
        files.push(printed(workspace, path, arguments)?);
    }
    let description = printed(workspace, surface::FILE, DESCRIBE)?;
    let surface = Surface::read(&description.content)?;
    files.push(description);
    files.extend(python::files(&surface));
    files.extend(node::files(&surface));
    files.extend(reference::files(&Code::of(workspace)?, &surface));
    Ok(files)
}

fn printed(workspace: &Workspace, path: &str, arguments: &[&str]) -> Result<File, String> {
    let content = process::stdout(&mut cargo(&workspace.root, arguments))?;
    if content.trim().is_empty() {
        return Err(format!("{path}: its generator wrote nothing"));
    }
    Ok(File { path: path.to_owned(), content })
}

fn settle(workspace: &Workspace, mode: Mode, files: &[File]) -> Outcome {
    let mut stale = Vec::new();
    for file in files {
        let path = workspace.root.join(&file.path);
        if fs::read_to_string(&path).is_ok_and(|there| there == file.content) {
            continue;
        }
        match mode {
            Mode::Check => stale.push(file.path.as_str()),
            Mode::Write => {
                if let Err(error) = write(&path, &file.content) {
                    return Outcome::Failed(format!("{}: {error}", file.path));
                }
                println!("wrote {}", file.path);
            }
        }
    }
    if stale.is_empty() {
        return Outcome::Ok;
    }
    Outcome::Failed(format!("stale: {}; write them with `cargo xtask gen`", stale.join(", ")))
}

fn write(path: &std::path::Path, content: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, content)
}
