//! The fast gate.

use crate::process::{self, cargo};
use crate::report::{Outcome, Report};
use crate::tools::{self, Venv};
use crate::workspace::Workspace;
use crate::{arrows, bindings, files, r#gen, parity};

/// Runs every check; with `install`, first installs the tools that are missing.
pub(crate) fn run(workspace: &Workspace, install: bool, report: &mut Report) {
    let root = &workspace.root;
    if install {
        set_up(workspace, report);
    }
    report.step("format", || process::run(&mut cargo(root, &["fmt", "--all", "--check"])));
    report.step("house rules: length of files", || files::check_lengths(workspace));
    report.step("house rules: no machine's paths", || files::check_machine_paths(workspace));
    report.step("house rules: arrows between crates", || {
        workspace.packages().and_then(|packages| arrows::check(&packages))
    });
    report.step("spelling", || spelling(workspace));
    report.step("lints", || {
        let arguments = ["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"];
        process::run(&mut cargo(root, &arguments))
    });
    features(workspace, report);
    report.step("documentation", || {
        let arguments = ["doc", "--workspace", "--no-deps", "--all-features"];
        process::run(cargo(root, &arguments).env("RUSTDOCFLAGS", "-D warnings"))
    });
    report.step("surface: the Rust facade is as described", || parity::rust(workspace));
    report.step("surface: lines a method", || parity::lines::check(workspace));
    bindings::check(workspace, report);
    report.step("generated files", || r#gen::run(workspace, r#gen::Mode::Check));
    report.step("dependencies: licenses, bans, sources", || dependencies(workspace));
    report.step("dependencies: advisories", || advisories(workspace));
}

/// Installs the tools of the checks.
pub(crate) fn set_up(workspace: &Workspace, report: &mut Report) {
    report.step("set-up: cargo-deny", || tools::install_cargo_deny(workspace));
    report.step("set-up: Python environment", || Venv::of(workspace)?.install(workspace));
    report.step("set-up: Node packages", || bindings::install_node(workspace));
}

fn spelling(workspace: &Workspace) -> Outcome {
    match Venv::of(workspace) {
        Err(error) => Outcome::Failed(error),
        Ok(venv) => match venv.program("typos") {
            None => {
                tools::absent(workspace, "typos is not installed: `cargo xtask check --install`".to_owned())
            }
            Some(typos) => process::run(&mut process::command(typos, &workspace.root)).into(),
        },
    }
}

/// Each feature of each package builds alone, and each package builds without any.
fn features(workspace: &Workspace, report: &mut Report) {
    let packages = match workspace.packages() {
        Ok(packages) => packages,
        Err(error) => return report.step("features", || Outcome::Failed(error)),
    };
    for package in packages.iter().filter(|package| package.name != "xtask") {
        let name = &package.name;
        let alone = ["check", "--quiet", "--package", name, "--no-default-features"];
        report.step(&format!("features: {name} without any"), || {
            process::run(&mut cargo(&workspace.root, &alone))
        });
        for feature in &package.features {
            report.step(&format!("features: {name} with {feature} alone"), || {
                process::run(cargo(&workspace.root, &alone).args(["--features", feature]))
            });
        }
    }
}

fn dependencies(workspace: &Workspace) -> Outcome {
    let Some(deny) = tools::find(workspace, "cargo-deny") else { return no_cargo_deny(workspace) };
    let arguments = ["--workspace", "--all-features", "check", "licenses", "bans", "sources"];
    process::run(process::command(deny, &workspace.root).args(arguments)).into()
}

fn advisories(workspace: &Workspace) -> Outcome {
    let Some(deny) = tools::find(workspace, "cargo-deny") else { return no_cargo_deny(workspace) };
    let arguments = ["--workspace", "--all-features", "check", "advisories"];
    match process::capture(process::command(deny, &workspace.root).args(arguments)) {
        Err(error) => Outcome::Failed(error),
        Ok(captured) => {
            let outcome = judge_advisories(captured.ok, &captured.stderr);
            if !matches!(outcome, Outcome::Skipped(_)) {
                print!("{}{}", captured.stdout, captured.stderr);
            }
            outcome
        }
    }
}

fn judge_advisories(ok: bool, stderr: &str) -> Outcome {
    if ok {
        return Outcome::Ok;
    }
    if stderr.contains("failed to fetch advisory database") {
        return Outcome::Skipped("advisories NOT checked: the database could not be reached".to_owned());
    }
    Outcome::Failed("a dependency has an advisory, or advisories cannot be read: see above".to_owned())
}

fn no_cargo_deny(workspace: &Workspace) -> Outcome {
    tools::absent(workspace, "cargo-deny is not installed: `cargo xtask check --install`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unreachable_database_is_told_apart_from_an_advisory() {
        assert_eq!(judge_advisories(true, ""), Outcome::Ok);
        let unreachable = "[ERROR] failed to fetch advisory database https://…: failed to clone";
        assert!(
            matches!(judge_advisories(false, unreachable), Outcome::Skipped(why) if why.contains("NOT checked"))
        );
        assert!(matches!(judge_advisories(false, "error[vulnerability]"), Outcome::Failed(_)));
    }
}
