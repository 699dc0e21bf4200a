//! The repository: where it is, what is in it, and what Cargo says about it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::process;

/// The repository that xtask works on.
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    /// True where `CI=true`: then a tool that is missing is a failure, never a reason to skip.
    pub(crate) ci: bool,
}

/// One package of the workspace, from `cargo metadata`.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) features: Vec<String>,
    pub(crate) dependencies: Vec<Dependency>,
}

/// A dependency as a manifest states it.
#[derive(Debug)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// For tests, examples and benchmarks only.
    pub(crate) dev: bool,
}

impl Workspace {
    pub(crate) fn find() -> Result<Self, String> {
        let arguments = ["locate-project", "--workspace", "--message-format", "plain"];
        let manifest = process::stdout(&mut process::cargo(Path::new("."), &arguments))?;
        let root = Path::new(manifest.trim())
            .parent()
            .ok_or_else(|| format!("Cargo names a manifest without a folder: {manifest}"))?
            .to_path_buf();
        Ok(Self { root, ci: std::env::var("CI").is_ok_and(|value| value == "true") })
    }

    /// Where build products and what xtask installs live. Never committed.
    pub(crate) fn target(&self) -> PathBuf {
        self.root.join("target")
    }

    /// Where Cargo puts what it builds.
    pub(crate) fn builds(&self) -> PathBuf {
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| self.target(), PathBuf::from)
    }

    /// Makes `folder` a copy of all files, and of nothing else.
    pub(crate) fn copy_to(&self, folder: &Path) -> Result<(), String> {
        crate::test::empty(folder)?;
        for path in self.files()? {
            let (from, to) = (self.root.join(&path), folder.join(&path));
            fs::create_dir_all(to.parent().unwrap_or(folder))
                .and_then(|()| fs::copy(from, to))
                .map_err(|error| format!("{} cannot be copied: {error}", path.display()))?;
        }
        Ok(())
    }

    /// The folder of specifications and test suites beside the checkout, where there is one.
    pub(crate) fn shared(&self) -> Option<PathBuf> {
        let given = std::env::var_os("XMP_SHARED").map(PathBuf::from);
        let beside = self.root.parent().map(|parent| parent.join("shared"));
        given.or(beside).filter(|path| path.is_dir())
    }

    /// X's own specification, where it is at hand.
    pub(crate) fn x_specification(&self) -> Option<PathBuf> {
        self.shared().map(|shared| shared.join("specs/x/openapi.json")).filter(|path| path.is_file())
    }

    /// Paths, from the root, of all files that are committed or would be: tracked, or untracked and not ignored.
    pub(crate) fn files(&self) -> Result<Vec<PathBuf>, String> {
        let mut git = process::command("git", &self.root);
        let listed = process::stdout(git.args(["ls-files", "-co", "--exclude-standard", "-z"]))?;
        let files = listed.split('\0').filter(|path| !path.is_empty()).map(PathBuf::from);
        // A file that was deleted and not yet staged is listed, too.
        Ok(files.filter(|path| self.root.join(path).is_file()).collect())
    }

    /// The packages of the workspace.
    pub(crate) fn packages(&self) -> Result<Vec<Package>, String> {
        let arguments = ["metadata", "--no-deps", "--format-version", "1"];
        let text = process::stdout(&mut process::cargo(&self.root, &arguments))?;
        let metadata = serde_json::from_str(&text)
            .map_err(|error| format!("`cargo metadata` wrote what is no JSON: {error}"))?;
        Ok(packages(&metadata))
    }
}

fn packages(metadata: &Value) -> Vec<Package> {
    list(&metadata["packages"])
        .map(|package| Package {
            name: text(&package["name"]),
            features: package["features"]
                .as_object()
                .map(|map| map.keys().cloned().collect())
                .unwrap_or_default(),
            dependencies: list(&package["dependencies"])
                .map(|entry| Dependency { name: text(&entry["name"]), dev: entry["kind"] == "dev" })
                .collect(),
        })
        .collect()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn metadata_is_read() {
        let read = packages(&json!({"packages": [{
            "name": "a",
            "features": {"default": ["f"], "f": []},
            "dependencies": [{"name": "b", "kind": null}, {"name": "c", "kind": "dev"}],
        }]}));
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].features, ["default", "f"]);
        assert!(!read[0].dependencies[0].dev);
        assert!(read[0].dependencies[1].dev);
    }
}
