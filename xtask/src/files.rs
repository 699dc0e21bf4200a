//! Rules about the files themselves.

use std::fs;
use std::path::Path;

use crate::workspace::Workspace;

/// A reader holds one file in the head.
const LONGEST: usize = 800;

/// Fails with each source file that is too long, unless a program wrote it.
pub(crate) fn check_lengths(workspace: &Workspace) -> Result<(), String> {
    let mut long = Vec::new();
    let source = |path: &&std::path::PathBuf| {
        let ending = path.extension().and_then(|end| end.to_str()).unwrap_or_default();
        let written = path.iter().any(|folder| folder == "generated");
        ["rs", "py", "ts", "mjs"].contains(&ending) && !written
    };
    for path in workspace.files()?.iter().filter(source) {
        let lines = read(&workspace.root, path)?.map_or(0, |text| text.lines().count());
        if lines > LONGEST {
            long.push(format!("{} has {lines} lines", path.display()));
        }
    }
    if long.is_empty() {
        return Ok(());
    }
    Err(format!("over {LONGEST} lines a file is two files: {}", long.join(", ")))
}

/// Fails with each place where a file names a folder of somebody's machine.
pub(crate) fn check_machine_paths(workspace: &Workspace) -> Result<(), String> {
    // In halves, so that this file passes its own rule.
    let mut forbidden = vec![concat!("/wo", "rk/").to_owned(), concat!("/ro", "ot/").to_owned()];
    forbidden.push(workspace.root.to_string_lossy().into_owned());
    if let Some(home) = std::env::home_dir().filter(|home| home.components().count() > 1) {
        forbidden.push(format!("{}/", home.display()));
    }
    let mut found = Vec::new();
    for path in workspace.files()? {
        let Some(text) = read(&workspace.root, &path)? else { continue };
        for (number, line) in text.lines().enumerate() {
            if forbidden.iter().any(|prefix| names_path(line, prefix)) {
                found.push(format!("{}:{}", path.display(), number + 1));
            }
        }
    }
    if found.is_empty() {
        return Ok(());
    }
    Err(format!("a path of one machine stands in {}", found.join(", ")))
}

/// Whether `line` has `prefix` as the beginning of a path, and not within a longer one (`example.com/…`).
fn names_path(line: &str, prefix: &str) -> bool {
    line.match_indices(prefix).any(|(at, _)| {
        !line[..at]
            .ends_with(|before: char| before.is_alphanumeric() || ['.', '_', '-', '}', '>'].contains(&before))
    })
}

/// The text of a file, or nothing where it is no text.
fn read(root: &Path, path: &Path) -> Result<Option<String>, String> {
    let bytes =
        fs::read(root.join(path)).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    Ok(String::from_utf8(bytes).ok())
}

#[cfg(test)]
mod tests {
    use super::names_path;

    #[test]
    fn a_path_is_found_only_at_its_beginning() {
        assert!(names_path("see /there/file", "/there/"));
        assert!(names_path("\"/there/file\"", "/there/"));
        assert!(names_path("file:///there/file", "/there/"));
        assert!(!names_path("https://example.com/there/file", "/there/"));
        assert!(!names_path("src/there/file", "/there/"));
        assert!(!names_path("/there", "/there/"));
    }
}
