//! The Python and Node packages: their add-ons built and put in place, their checks, tests and examples.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::npm::Packages;
use crate::process::{self, cargo};
use crate::report::{Counts, Outcome, Report};
use crate::test::{Surroundings, counted};
use crate::tools::{self, Venv};
use crate::workspace::Workspace;

const PYTHON: &str = "bindings-python";
const NODE: &str = "bindings-node";

/// Builds both add-ons and puts them where their packages load them from. The features are those of the tests, so that
/// nothing is compiled twice.
pub(crate) fn build(workspace: &Workspace) -> Result<(), String> {
    let arguments = ["build", "--workspace", "--all-features", "--lib", "--examples"];
    process::run(&mut cargo(&workspace.root, &arguments))?;
    place_all(workspace)
}

/// Installs what the packages need, and compiles what Node loads: all but the add-ons.
pub(crate) fn set_up(workspace: &Workspace) -> Result<(), String> {
    Venv::of(workspace)?.install(workspace)?;
    install_node(workspace)?;
    compile_node(workspace)
}

fn compile_node(workspace: &Workspace) -> Result<(), String> {
    let folder = Packages::of(workspace, NODE).folder();
    process::run(&mut process::command(folder.join("node_modules/.bin/tsc"), &folder))
}

/// Puts both add-ons where their packages load them from.
pub(crate) fn place_all(workspace: &Workspace) -> Result<(), String> {
    place(workspace, "xmp_native", "bindings-python/python/xmp/_native.abi3.so")?;
    place(workspace, "xmp_node", "bindings-node/xmp-sdk.node")
}

/// Copies a built library. A process that has loaded the old one keeps it: it is replaced, not written over.
fn place(workspace: &Workspace, library: &str, at: &str) -> Result<(), String> {
    use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
    let from = workspace.builds().join("debug").join(format!("{DLL_PREFIX}{library}{DLL_SUFFIX}"));
    let at = workspace.root.join(at);
    if at.exists() {
        fs::remove_file(&at).map_err(|error| format!("{} cannot be removed: {error}", at.display()))?;
    }
    fs::copy(&from, &at).map(drop).map_err(|error| format!("{} cannot be copied: {error}", from.display()))
}

/// Lints and types of both packages.
pub(crate) fn check(workspace: &Workspace, report: &mut Report) {
    let venv = Venv::of(workspace);
    let mut python = |name: &str, program: &str, arguments: &[&str]| {
        report.step(name, || match venv.as_ref().map(|venv| venv.program(program)) {
            Err(error) => Outcome::Failed(error.clone()),
            Ok(None) => missing(workspace, program),
            Ok(Some(path)) => {
                let folder = workspace.root.join(PYTHON);
                process::run(process::command(path, &folder).args(arguments)).into()
            }
        });
    };
    python("Python: lints", "ruff", &["check", ".", "../examples/python"]);
    python("Python: format", "ruff", &["format", "--check", ".", "../examples/python"]);
    python("Python: types, by mypy", "mypy", &[]);
    python("Python: types, by pyright", "pyright", &[]);
    report.step("Node: types and lints", || {
        let packages = Packages::of(workspace, NODE);
        if !packages.folder().join("node_modules").is_dir() {
            return missing(workspace, "node_modules");
        }
        packages.npm(&["run", "check"]).and_then(|mut npm| process::run(&mut npm)).into()
    });
}

fn missing(workspace: &Workspace, what: &str) -> Outcome {
    tools::absent(workspace, format!("{what} is not installed: `cargo xtask check --install`"))
}

/// Installs what the Node package needs. The add-on is built with the workspace.
pub(crate) fn install_node(workspace: &Workspace) -> Result<(), String> {
    Packages::of(workspace, NODE).install(&[])
}

/// Runs the tests of both packages, their examples, and the lines that the README shows.
pub(crate) fn test(workspace: &Workspace, surroundings: &Surroundings, report: &mut Report) {
    report.counted_step("Python: tests", || python_tests(workspace, surroundings));
    for script in ["quickstart.py", "quickstart_sync.py"] {
        let run = || {
            python(workspace).map(|mut python| {
                python.arg(workspace.root.join("examples/python").join(script));
                python
            })
        };
        example(workspace, report, script, run);
    }
    report.step("example: everywhere.py", || {
        process::run(python(workspace)?.arg(workspace.root.join("examples/python/everywhere.py")))
    });
    report.step("README: the lines of Python", || {
        let script = readme(workspace, "python", &workspace.target().join("readme.py"))?;
        process::run(python(workspace)?.arg(script))
    });
    report.counted_step("Node: tests", || node_tests(workspace, surroundings));
    example(workspace, report, "quickstart.mjs", || {
        node(workspace).map(|mut node| {
            node.arg(workspace.root.join("examples/node/quickstart.mjs"));
            node
        })
    });
    report.step("example: everywhere.mjs", || {
        process::run(node(workspace)?.arg(workspace.root.join("examples/node/everywhere.mjs")))
    });
    report.step("README: the lines of Node", || {
        // Within the package, which finds itself by its own name.
        let script = readme(workspace, "js", &workspace.root.join(NODE).join("dist/readme.mjs"))?;
        let ran = process::run(node(workspace)?.arg(&script));
        fs::remove_file(&script)
            .map_err(|error| format!("{} cannot be removed: {error}", script.display()))?;
        ran
    });
}

/// Runs the main job in an empty home, and looks at the simulator's ledger afterwards.
fn example(
    workspace: &Workspace,
    report: &mut Report,
    name: &str,
    command: impl FnOnce() -> Result<Command, String>,
) {
    report.step(&format!("example: {name} posts each text once"), || {
        let home = workspace.target().join(name);
        crate::test::empty(&home)?;
        process::run(command()?.env("XMP_HOME", &home))?;
        crate::test::ledger(workspace, &home)
    });
}

fn python(workspace: &Workspace) -> Result<Command, String> {
    let python = Venv::of(workspace)?
        .program("python")
        .ok_or("the Python environment is missing: see its set-up step")?;
    let mut command = process::command(python, &workspace.root.join(PYTHON));
    command.env("PYTHONPATH", workspace.root.join(PYTHON).join("python"));
    Ok(command)
}

fn node(workspace: &Workspace) -> Result<Command, String> {
    let node = tools::find(workspace, "node").ok_or("Node 20 or newer is needed, and PATH has no node")?;
    Ok(process::command(node, &workspace.root.join(NODE)))
}

fn python_tests(workspace: &Workspace, surroundings: &Surroundings) -> (Outcome, Counts) {
    match python(workspace) {
        Err(error) => (Outcome::Failed(error), Counts::default()),
        Ok(mut command) => {
            surroundings.give_to(&mut command);
            counted(command.args(["-m", "pytest", "-q", "-rs"]), pytest_counts)
        }
    }
}

fn node_tests(workspace: &Workspace, surroundings: &Surroundings) -> (Outcome, Counts) {
    let compiled = compile_node(workspace);
    match compiled.and_then(|()| Packages::of(workspace, NODE).npm(&["test"])) {
        Err(error) => (Outcome::Failed(error), Counts::default()),
        Ok(mut command) => {
            surroundings.give_to(&mut command);
            counted(&mut command, node_counts)
        }
    }
}

/// `=== 12 passed, 1 skipped in 3.45s ===`, with or without the frame.
fn pytest_counts(line: &str) -> Counts {
    let mut counts = Counts::default();
    let line = line.trim_matches(['=', ' ']);
    let Some((told, _)) = line.rsplit_once(" in ").filter(|(_, time)| time.contains('s')) else {
        return counts;
    };
    for part in told.split(", ") {
        match part.split_once(' ').map(|(number, word)| (number.parse(), word)) {
            Some((Ok(number), "passed")) => counts.passed = number,
            Some((Ok(number), "failed" | "error" | "errors")) => counts.failed += number,
            Some((Ok(number), "skipped")) => counts.skipped = number,
            _ => return Counts::default(),
        }
    }
    counts
}

/// `ℹ pass 12`, one line for each word.
fn node_counts(line: &str) -> Counts {
    let mut words = line.split_whitespace();
    let (Some("ℹ" | "#"), Some(word), Some(Ok(number)), None) =
        (words.next(), words.next(), words.next().map(str::parse), words.next())
    else {
        return Counts::default();
    };
    match word {
        "pass" => Counts { passed: number, ..Counts::default() },
        "fail" | "cancelled" => Counts { failed: number, ..Counts::default() },
        "skipped" | "todo" => Counts { skipped: number, ..Counts::default() },
        _ => Counts::default(),
    }
}

/// Writes the README's first lines of a language into a file of their own.
fn readme(workspace: &Workspace, language: &str, script: &Path) -> Result<PathBuf, String> {
    let text = fs::read_to_string(workspace.root.join("README.md"))
        .map_err(|error| format!("README.md cannot be read: {error}"))?;
    let lines = text.split_once(&format!("```{language}\n")).and_then(|(_, rest)| rest.split_once("```"));
    let (lines, _) = lines.ok_or_else(|| format!("README.md has no lines of {language}"))?;
    fs::write(script, lines).map_err(|error| format!("{} cannot be written: {error}", script.display()))?;
    Ok(script.to_path_buf())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_counted_and_others_are_not() {
        let counts = Counts { passed: 12, failed: 1, skipped: 3 };
        assert_eq!(pytest_counts("1 failed, 12 passed, 3 skipped in 70.12s (0:01:10)"), counts);
        assert_eq!(pytest_counts("===== 1 failed, 12 passed, 3 skipped in 7.1s ====="), counts);
        assert_eq!(pytest_counts("tests/test_a.py::two passed in 3s"), Counts::default());
        let told = ["ℹ tests 16", "ℹ pass 12", "ℹ fail 1", "ℹ skipped 3", "✔ pass 12 (3ms)"];
        let mut sum = Counts::default();
        told.into_iter().for_each(|line| sum.add(node_counts(line)));
        assert_eq!(sum, counts);
    }
}
