//! Sets everything up and runs everything.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{self, cargo};
use crate::report::{Counts, Outcome, Report};
use crate::tools::Venv;
use crate::workspace::Workspace;
use crate::{bindings, check, crash, peers, scaffold, servers, tools};

/// What `cargo xtask test` leaves out.
#[derive(Clone, Copy)]
pub(crate) struct Options {
    /// Run `check` first.
    pub(crate) check: bool,
    /// No doc tests and no peers.
    pub(crate) fast: bool,
}

/// Runs the set-up and all tests.
pub(crate) fn run(workspace: &Workspace, options: Options, report: &mut Report) {
    if options.check {
        check::set_up(workspace, report);
    } else {
        report.step("set-up: Python environment", || Venv::of(workspace)?.install(workspace));
        report.step("set-up: Node packages", || bindings::install_node(workspace));
    }
    if !options.fast {
        report.step("set-up: X's playground", || peers::playground::install(workspace));
        report.step("set-up: Bluesky's server", || peers::bluesky::install(workspace));
        report.step("set-up: PostgreSQL", || postgres(workspace));
    }
    if options.check {
        check::run(workspace, false, report);
    }
    report.step("add-ons of Python and Node", || bindings::build(workspace));
    if !options.fast {
        report.step("PostgreSQL for stories", || servers::build_peer(workspace));
    }
    let surroundings = Surroundings::of(workspace, !options.fast);
    report.step("recordings of earlier runs removed", || empty(&surroundings.recordings));
    report.counted_step("tests of the workspace", || workspace_tests(workspace, &surroundings, options.fast));
    if !options.fast {
        report.step("scaffold: a platform is added to a copy, and passes", || scaffold::trial(workspace));
    }
    let home = workspace.target().join("quickstart");
    report.step("example: quickstart", || quickstart(workspace, &surroundings, &home));
    report.step("example: quickstart posted each text once", || ledger(workspace, &home));
    bindings::test(workspace, &surroundings, report);
    if !options.fast {
        for store in ["sqlite", "postgres"] {
            report.step(&format!("crash suite: a minute on {store}"), || crash(workspace, store));
        }
        report.step("crash suite: every mutant is caught", || mutants(workspace));
    }
    report.step("requests to X: the checker's own tests", || checker_tests(workspace, &surroundings));
    report.step("requests to X fit X's specification", || requests(workspace, &surroundings));
}

fn postgres(workspace: &Workspace) -> Outcome {
    match servers::postgres(workspace, workspace.ci) {
        Ok(_) => Outcome::Ok,
        Err(why) => tools::absent(workspace, format!("PostgreSQL NOT tested: {why}")),
    }
}

/// How long real workers are killed and stopped at each landing, on each store; a campaign takes longer: see
/// docs/measurements.md.
const CRASH_SECONDS: u64 = 60;
/// How long a mutant may stay undiscovered. Most are found in the first round.
const MUTANT_SECONDS: u64 = 120;

fn crash(workspace: &Workspace, store: &str) -> Outcome {
    if store == "postgres"
        && let Err(why) = servers::postgres(workspace, workspace.ci)
    {
        return tools::absent(workspace, format!("PostgreSQL NOT tested: {why}"));
    }
    let kills = crash::Arguments { store: store.to_owned(), ..crash::Arguments::default() };
    let kills = crash::Arguments { seconds: Some(CRASH_SECONDS), ..kills };
    let refresh = crash::Arguments { seconds: None, refresh: true, ..kills.clone() };
    for (arguments, wrong) in
        [(kills, "posts were lost, doubled or stuck"), (refresh, "a token was spent twice")]
    {
        match crash::run(workspace, &arguments) {
            Ok(true) => {}
            Ok(false) => return Outcome::Failed(format!("{wrong} on {store}: the seed stands above")),
            Err(why) => return Outcome::Failed(why),
        }
    }
    Outcome::Ok
}

fn mutants(workspace: &Workspace) -> Result<(), String> {
    let arguments = crash::Arguments {
        store: "sqlite".to_owned(),
        seconds: Some(MUTANT_SECONDS),
        rust_only: true,
        ..crash::Arguments::default()
    };
    if crash::run_mutants(workspace, &arguments)? {
        return Ok(());
    }
    Err("a defect was not found".to_owned())
}

/// What tests find in their environment. Each variable is absent where the thing is absent, and the tests that need
/// it skip with a message.
pub(crate) struct Surroundings {
    python: Option<PathBuf>,
    playground: Option<PathBuf>,
    bluesky: Option<PathBuf>,
    postgres: Option<PathBuf>,
    postgres_peer: Option<PathBuf>,
    gotosocial: Option<PathBuf>,
    shared: Option<PathBuf>,
    specification: Option<PathBuf>,
    recordings: PathBuf,
}

impl Surroundings {
    fn of(workspace: &Workspace, with_peers: bool) -> Self {
        let postgres = servers::postgres(workspace, false).ok();
        Self {
            python: Venv::of(workspace).ok().and_then(|venv| venv.program("python")),
            playground: peers::playground::found(workspace).filter(|_| with_peers),
            bluesky: peers::bluesky::found(workspace).filter(|_| with_peers),
            postgres_peer: postgres.as_ref().filter(|_| with_peers).map(|_| servers::peer(workspace)),
            postgres,
            gotosocial: peers::gotosocial().filter(|_| with_peers),
            shared: workspace.shared(),
            specification: workspace.x_specification(),
            recordings: workspace.target().join("recorded-requests"),
        }
    }

    pub(crate) fn give_to(&self, command: &mut Command) {
        let found = [
            ("XMP_PYTHON", &self.python),
            ("XMP_PLAYGROUND", &self.playground),
            ("XMP_PEER_BLUESKY", &self.bluesky),
            ("XMP_POSTGRES_BIN", &self.postgres),
            ("XMP_PEER_POSTGRES", &self.postgres_peer),
            ("XMP_GOTOSOCIAL", &self.gotosocial),
            ("XMP_SHARED", &self.shared),
        ];
        for (name, value) in found {
            match value {
                Some(path) => command.env(name, path),
                None => command.env_remove(name),
            };
        }
        command.env("XMP_RECORD_DIR", &self.recordings);
    }
}

fn workspace_tests(workspace: &Workspace, surroundings: &Surroundings, fast: bool) -> (Outcome, Counts) {
    let mut command = cargo(&workspace.root, &["test", "--workspace", "--all-features", "--no-fail-fast"]);
    if fast {
        // Everything that has tests except the documentation.
        command.args(["--lib", "--bins", "--tests", "--examples"]);
    }
    surroundings.give_to(&mut command);
    counted(&mut command, counts_in)
}

/// Runs tests whose lines tell how many there were.
pub(crate) fn counted(command: &mut Command, counts_in: impl Fn(&str) -> Counts) -> (Outcome, Counts) {
    let mut counts = Counts::default();
    let ended = process::stream(command, |line| counts.add(counts_in(line)));
    let outcome = match ended {
        Ok(()) if counts.passed == 0 => Outcome::Failed("not one test was run".to_owned()),
        other => other.into(),
    };
    (outcome, counts)
}

/// What a closing line of a test binary tells; nothing for any other line.
fn counts_in(line: &str) -> Counts {
    let mut counts = Counts::default();
    let Some((_, result)) = line.split_once("test result: ") else { return counts };
    for part in result.split(['.', ';']) {
        let mut words = part.split_whitespace();
        let (Some(number), Some(word)) = (words.next().and_then(|text| text.parse().ok()), words.next())
        else {
            continue;
        };
        match word {
            "passed" => counts.passed = number,
            "failed" => counts.failed = number,
            "ignored" => counts.skipped = number,
            _ => {}
        }
    }
    counts
}

fn quickstart(workspace: &Workspace, surroundings: &Surroundings, home: &Path) -> Result<(), String> {
    empty(home)?;
    let mut command = cargo(&workspace.root, &["run", "--quiet", "--example", "quickstart"]);
    surroundings.give_to(&mut command);
    process::run(command.env("XMP_HOME", home))
}

pub(crate) fn ledger(workspace: &Workspace, home: &Path) -> Result<(), String> {
    let mut command =
        cargo(&workspace.root, &["run", "--quiet", "--package", "xmp-sim", "--", "ledger", "--home"]);
    let printed = process::stdout(command.arg(home.join("sim")))?;
    print!("{printed}");
    judge_ledger(&printed)
}

/// The ledger has one JSON object a line for each post.
fn judge_ledger(printed: &str) -> Result<(), String> {
    let mut seen = HashSet::new();
    for (number, line) in (1..).zip(printed.lines()) {
        let entry: serde_json::Value = serde_json::from_str(line)
            .map_err(|error| format!("line {number} of the ledger is no JSON: {error}"))?;
        let field = |name: &str| {
            let text = entry[name].as_str().filter(|text| !text.is_empty());
            text.map(ToOwned::to_owned).ok_or_else(|| format!("line {number} of the ledger has no {name}"))
        };
        let [_, account, _, text, _] =
            [field("platform")?, field("account")?, field("remote_id")?, field("text")?, field("at")?];
        if !seen.insert((account.clone(), text.clone())) {
            return Err(format!("the account {account} posted this more than once: {text}"));
        }
    }
    if seen.is_empty() { Err("the ledger is empty: nothing was posted".to_owned()) } else { Ok(()) }
}

fn checker_tests(workspace: &Workspace, surroundings: &Surroundings) -> Outcome {
    let (python, specification) = match with_specification(surroundings) {
        Ok(both) => both,
        Err(why_not) => return why_not,
    };
    let mut command = process::command(python, &workspace.root);
    command.args(["-B", "-m", "unittest", "discover", "--start-directory", "tests/python"]);
    process::run(command.env("XMP_SPEC", specification)).into()
}

fn requests(workspace: &Workspace, surroundings: &Surroundings) -> Outcome {
    let (python, specification) = match with_specification(surroundings) {
        Ok(both) => both,
        Err(why_not) => return why_not,
    };
    let mut command = process::command(python, &workspace.root);
    command.args(["-B", "tests/python/spec_check.py"]).arg(&surroundings.recordings).arg(specification);
    process::run(&mut command).into()
}

fn with_specification(surroundings: &Surroundings) -> Result<(&Path, &Path), Outcome> {
    let specification = surroundings.specification.as_deref().ok_or_else(|| {
        Outcome::Skipped("X's specification is not here: ../shared/specs/x/openapi.json".to_owned())
    })?;
    let python = surroundings.python.as_deref().ok_or_else(|| {
        Outcome::Failed("the Python environment is missing: see its set-up step".to_owned())
    })?;
    Ok((python, specification))
}

/// Makes `folder` exist and be empty.
pub(crate) fn empty(folder: &Path) -> Result<(), String> {
    if folder.exists() {
        fs::remove_dir_all(folder)
            .map_err(|error| format!("{} cannot be removed: {error}", folder.display()))?;
    }
    fs::create_dir_all(folder).map_err(|error| format!("{} cannot be made: {error}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_counted_and_others_are_not() {
        let line =
            "test result: ok. 12 passed; 0 failed; 3 ignored; 0 measured; 0 filtered out; finished in 0.5s";
        assert_eq!(counts_in(line), Counts { passed: 12, failed: 0, skipped: 3 });
        let line = "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 7 filtered out";
        assert_eq!(counts_in(line), Counts { passed: 1, failed: 2, skipped: 0 });
        assert_eq!(counts_in("test posts::five passed; 5 passed ... ok"), Counts::default());
    }

    fn line(account: &str, id: u32) -> String {
        let at = "2026-01-01T00:00:00Z";
        format!(r#"{{"platform":"x","account":"{account}","remote_id":"{id}","text":"hello","at":"{at}"}}"#)
            + "\n"
    }

    #[test]
    fn a_ledger_without_repetition_passes() {
        assert_eq!(judge_ledger(&(line("a", 1) + &line("b", 2))), Ok(()));
    }

    #[test]
    fn a_repeated_text_or_a_missing_field_is_told() {
        let twice = judge_ledger(&(line("a", 1) + &line("a", 2)));
        assert!(twice.is_err_and(|told| told.contains("more than once")));
        assert!(judge_ledger(&line("", 1)).is_err_and(|told| told.contains("no account")));
        assert!(judge_ledger("no JSON\n").is_err_and(|told| told.contains("no JSON")));
        assert!(judge_ledger("").is_err());
    }
}
