//! The scaffold on trial: a platform is added to a copy of the repository, and has to pass there as any other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::{FILES, formatted, name::Name, seams};
use crate::process::{self, cargo};
use crate::workspace::Workspace;

/// A name that is not the same in all of its forms.
const NAME: &str = "try-out";

/// Files by their path from the root of the copy.
type Files = BTreeMap<PathBuf, Vec<u8>>;

/// Scaffolds a platform into a copy, looks at what has changed there, and lints and tests it.
pub(crate) fn run(workspace: &Workspace) -> Result<(), String> {
    let copy = workspace.target().join("scaffold");
    workspace.copy_to(&copy)?;
    let before = contents(&copy)?;
    super::platform(&copy, NAME)?;
    let after = contents(&copy)?;
    let name = Name::new(NAME)?;
    only_named_places_changed(&before, &after, &name)?;
    all_is_formatted(&copy, &before, &after)?;
    if super::platform(&copy, NAME).is_ok() || contents(&copy)? != after {
        return Err("a second scaffold was not refused, or has changed something".to_owned());
    }
    passes(workspace, &copy, &name)
}

/// The new platform by itself, as any other: lints, its own tests and its suite.
fn passes(workspace: &Workspace, copy: &Path, name: &Name) -> Result<(), String> {
    // Builds go to those of the repository, so that dependencies are not built again.
    let builds = workspace.builds();
    let alone = |arguments: &[&str], features: &str| {
        let mut command = cargo(copy, arguments);
        command.args(["--locked", "--no-default-features", "--features", features]);
        command.env("CARGO_TARGET_DIR", &builds);
        command
    };
    let feature = name.feature();
    let suite = format!("{feature},suite");
    let deny = ["--", "--deny=warnings"];
    process::run(alone(&["clippy", "--package=xmp"], &feature).args(deny))?;
    let crates = ["clippy", "--package=xmp-client", "--package=xmp-sim", "--all-targets"];
    process::run(alone(&crates, &suite).args(deny))?;
    let mut tested = 0;
    let tests = ["test", "--package=xmp-client", "--lib", "--test", &name.module];
    process::stream(&mut alone(&tests, &suite), |line| {
        tested += u32::from(line.starts_with("test result: ok.") && !line.contains(" 0 passed"));
    })?;
    // The crate's own tests, and those against the simulator.
    if tested == 2 { Ok(()) } else { Err(format!("{tested} of 2 test programs had tests")) }
}

/// Nothing but the named places has changed, and each of those.
fn only_named_places_changed(before: &Files, after: &Files, name: &Name) -> Result<(), String> {
    let paths: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let touched: BTreeSet<_> =
        paths.into_iter().filter(|path| before.get(*path) != after.get(*path)).cloned().collect();
    let made = FILES.iter().map(|(path, _)| name.fill(path).into());
    let named: BTreeSet<PathBuf> = made.chain(seams::ALL.iter().map(|(path, _)| path.into())).collect();
    if touched == named {
        return Ok(());
    }
    let odd: Vec<_> = touched.symmetric_difference(&named).map(|path| path.display().to_string()).collect();
    Err(format!("the scaffold changed other places than it names: {}", odd.join(", ")))
}

/// What is new is as rustfmt has it, and what was so before still is.
fn all_is_formatted(copy: &Path, before: &Files, after: &Files) -> Result<(), String> {
    let is_formatted = |text: &[u8]| -> Result<bool, String> {
        let text = String::from_utf8_lossy(text);
        Ok(formatted(copy, &text)? == text)
    };
    let rust = |path: &Path| path.extension().is_some_and(|end| end == "rs");
    for (path, text) in after.iter().filter(|(path, text)| rust(path) && before.get(*path) != Some(*text)) {
        let was_formatted = before.get(path).map_or(Ok(true), |text| is_formatted(text))?;
        if was_formatted && !is_formatted(text)? {
            return Err(format!("the scaffold left {} as rustfmt would not", path.display()));
        }
    }
    Ok(())
}

/// Every file below a folder, by its path from there.
fn contents(folder: &Path) -> Result<Files, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        let unreadable = |error: std::io::Error| format!("{} cannot be read: {error}", next.display());
        for entry in fs::read_dir(&next).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = fs::read(&path).map_err(unreadable)?;
                files.insert(path.strip_prefix(folder).unwrap_or(&path).to_path_buf(), bytes);
            }
        }
    }
    Ok(files)
}
