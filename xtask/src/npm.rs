//! Packages of npm, installed as the lock file beside them says.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::process;
use crate::tools;
use crate::workspace::Workspace;

/// A folder with a `package.json`.
pub(crate) struct Packages<'a> {
    workspace: &'a Workspace,
    /// From the root, as messages name it.
    name: &'static str,
}

impl<'a> Packages<'a> {
    pub(crate) fn of(workspace: &'a Workspace, name: &'static str) -> Self {
        Self { workspace, name }
    }

    /// True where what is installed is what the lock file says.
    pub(crate) fn are_current(&self) -> bool {
        self.lock().is_ok_and(|lock| fs::read_to_string(self.stamp()).is_ok_and(|there| there == lock))
    }

    /// Installs them, unless they are there. No script of a package is run but those of `built`, which have add-ons.
    pub(crate) fn install(&self, built: &[&str]) -> Result<(), String> {
        if self.are_current() {
            return Ok(());
        }
        process::run(&mut self.npm(&["ci", "--ignore-scripts", "--no-audit", "--no-fund"])?)?;
        if !built.is_empty() {
            process::run(self.npm(&["rebuild"])?.args(built))?;
        }
        // Written last: an installation that broke off leaves no stamp, and is done again.
        fs::write(self.stamp(), self.lock()?)
            .map_err(|error| format!("the stamp of {}/node_modules cannot be written: {error}", self.name))
    }

    pub(crate) fn npm(&self, arguments: &[&str]) -> Result<Command, String> {
        let npm =
            tools::find(self.workspace, "npm").ok_or("Node 20 or newer is needed, and PATH has no npm")?;
        let mut command = process::command(npm, &self.folder());
        command.args(arguments);
        Ok(command)
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.workspace.root.join(self.name)
    }

    fn lock(&self) -> Result<String, String> {
        fs::read_to_string(self.folder().join("package-lock.json"))
            .map_err(|error| format!("{}/package-lock.json cannot be read: {error}", self.name))
    }

    fn stamp(&self) -> PathBuf {
        self.folder().join("node_modules/.lock.stamp")
    }
}
