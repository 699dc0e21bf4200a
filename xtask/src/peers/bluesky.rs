//! Bluesky's own server, the PDS, as `tests/peers/bluesky/package-lock.json` pins it.

use std::path::PathBuf;

use crate::npm::Packages;
use crate::report::Outcome;
use crate::tools;
use crate::workspace::Workspace;

fn packages(workspace: &Workspace) -> Packages<'_> {
    Packages::of(workspace, "tests/peers/bluesky")
}

/// The folder of the server, once its packages are installed.
pub(crate) fn found(workspace: &Workspace) -> Option<PathBuf> {
    let packages = packages(workspace);
    packages.are_current().then(|| packages.folder())
}

/// Installs the packages, unless they are there. SQLite's add-on is fetched, or else compiled, which takes two minutes.
pub(crate) fn install(workspace: &Workspace) -> Outcome {
    match packages(workspace).install(&["better-sqlite3"]) {
        Ok(()) => Outcome::Ok,
        Err(why) => tools::absent(workspace, format!("Bluesky's server NOT tested: {why}")),
    }
}
