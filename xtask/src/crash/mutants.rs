//! Defects that the crash suite must find. None of them has a place in the product's code: a mutant is an edit of a copy
//! of it. One build holds them all; each asks the environment whether it is meant.

use std::fs;
use std::path::Path;

use super::{Arguments, PROGRAM, judge};
use crate::process::{self, cargo};
use crate::workspace::Workspace;

/// How long each may take until it is found, in seconds, where nobody says.
const BUDGET: u64 = 180;

/// A defect. The weather that brings it to light is the profile of its name: see `proof/crash/src/profile.rs`.
struct Mutant {
    name: &'static str,
    what: &'static str,
    edits: &'static [Edit],
}

/// A text that must occur once, and what stands there instead. `MUTANT` is true where the mutant is meant.
struct Edit {
    file: &'static str,
    text: &'static str,
    instead: &'static str,
}

const MUTANTS: [Mutant; 5] = [
    Mutant {
        name: "blind",
        what: "nobody asks the platform what became of an attempt",
        edits: &[Edit {
            file: "xmp-scheduler/src/reconcile.rs",
            text: "platform.find_published(ctx, &query).await;",
            instead: "if MUTANT { xmp_core::Finding::Absent(xmp_core::Absence::Proof) } \
                      else { platform.find_published(ctx, &query).await };",
        }],
    },
    Mutant {
        name: "hasty",
        what: "the settle window is 0",
        edits: &[Edit {
            file: "xmp-core/src/step/attempt.rs",
            text: "confirm_after: later(deadline, new.settle),",
            instead: "confirm_after: if MUTANT { deadline } else { later(deadline, new.settle) },",
        }],
    },
    Mutant {
        name: "late",
        what: "nobody looks before the last byte whether it is too late",
        edits: &[
            Edit {
                file: "xmp-client/src/pipeline/mod.rs",
                text: "self.json(&ctx.clone().until(deadline), call.gate(gate).timeout(timeout).once()).await",
                instead: "if MUTANT { return self.json(ctx, call.timeout(timeout).once()).await; }
                    self.json(&ctx.clone().until(deadline), call.gate(gate).timeout(timeout).once()).await",
            },
            // Who finds the lease lost gives up, too.
            Edit {
                file: "xmp-client/src/pipeline/send.rs",
                text: "() = ctx.cancel().cancelled() => return",
                instead: "() = ctx.cancel().cancelled(), if !MUTANT => return",
            },
        ],
    },
    Mutant {
        name: "stale",
        what: "whoever has lost a lease writes all the same",
        edits: &[Edit {
            file: "xmp-core/src/step/lease.rs",
            text: "if own && allowed && delivery.fence == lease.fence {",
            instead: "if MUTANT || (own && allowed && delivery.fence == lease.fence) {",
        }],
    },
    Mutant {
        name: "crowd",
        what: "one account may have several requests in flight",
        edits: &[
            Edit {
                file: "xmp-store/src/sqlite/claim.rs",
                text: "format!(\"{FREE} {open}\")",
                instead: "format!(\"{} {open}\", if MUTANT { \"\" } else { FREE })",
            },
            Edit {
                file: "xmp-store/src/sqlite/claim.rs",
                text: "if taken.contains(&account) {",
                instead: "if !MUTANT && taken.contains(&account) {",
            },
            Edit {
                file: "xmp-store/src/sqlite/work.rs",
                text: "if let Some(other) = flying {",
                instead: "if let Some(other) = flying.filter(|_| !MUTANT) {",
            },
        ],
    },
];

/// Builds the mutants and runs each until it is found. `true` if all were.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<bool, String> {
    let copy = workspace.target().join("mutants");
    workspace.copy_to(&copy)?;
    for mutant in &MUTANTS {
        for edit in mutant.edits {
            apply(&copy, mutant.name, edit)?;
        }
    }
    // Builds go to those of the repository, so that dependencies are not built again.
    let mut build = cargo(&copy, &["build", "--locked", "--workspace", "--all-features", "--bin", PROGRAM]);
    build.env("CARGO_TARGET_DIR", workspace.builds()).env("CARGO_PROFILE_DEV_DEBUG", "0");
    process::run(build.env("CARGO_INCREMENTAL", "0"))?;
    // Elsewhere than its place among the builds, which is the sound program's.
    let program = copy.join(PROGRAM);
    let built = workspace.builds().join("debug").join(PROGRAM);
    fs::copy(&built, &program).map_err(|error| format!("{} cannot be copied: {error}", built.display()))?;
    let (mut met, mut missed) = (0, Vec::new());
    for mutant in &MUTANTS {
        if arguments.profile.as_ref().is_some_and(|only| only != mutant.name) {
            continue;
        }
        met += 1;
        println!("\n==> {}: {}", mutant.name, mutant.what);
        match hunt(workspace, &program, mutant, arguments)? {
            Some(line) => println!("<== {}: found: {line}", mutant.name),
            None => missed.push(mutant.name),
        }
    }
    let found = met - missed.len();
    let missed = if missed.is_empty() { String::new() } else { format!(": not {}", missed.join(", ")) };
    println!("\n{found} of {met} mutants found{missed}");
    Ok(found == met && met > 0)
}

/// Makes an edit in the copy.
fn apply(copy: &Path, name: &str, edit: &Edit) -> Result<(), String> {
    let path = copy.join(edit.file);
    let code = fs::read_to_string(&path).map_err(|error| format!("{} cannot be read: {error}", edit.file))?;
    let edited = edited(&code, name, edit)?;
    fs::write(&path, edited).map_err(|error| format!("{} cannot be written: {error}", path.display()))
}

fn edited(code: &str, name: &str, edit: &Edit) -> Result<String, String> {
    let found = code.matches(edit.text).count();
    if found != 1 {
        return Err(format!("the mutant {name} changes what {} has {found} times: {}", edit.file, edit.text));
    }
    let asks = format!("std::env::var_os(\"XMP_MUTANT\").is_some_and(|name| name == \"{name}\")");
    Ok(code.replace(edit.text, &edit.instead.replace("MUTANT", &asks)))
}

/// Runs the suite on a mutant. The last line, if that shows something lost, doubled or stuck.
fn hunt(
    workspace: &Workspace,
    program: &Path,
    mutant: &Mutant,
    arguments: &Arguments,
) -> Result<Option<String>, String> {
    let budget = arguments.seconds.unwrap_or(BUDGET);
    let weather =
        Arguments { seconds: Some(budget), profile: Some(mutant.name.to_owned()), ..arguments.clone() };
    let mut judge = judge(workspace, program, &weather);
    let mut last = String::new();
    // Found, it ends badly.
    let ended = process::stream(judge.args(["--mutant", mutant.name]), |line| line.clone_into(&mut last));
    match (is_found(&last), ended) {
        (Some(true), _) => Ok(Some(last)),
        (Some(false), Ok(())) => Ok(None),
        (_, ended) => Err(ended.err().unwrap_or_else(|| format!("the judge ended with {last:?}"))),
    }
}

/// What the last line of a run tells; `None` if it is none.
fn is_found(line: &str) -> Option<bool> {
    let mut bad = 0;
    for name in ["lost=", "doubled=", "stuck="] {
        let number = line.split(' ').find_map(|word| word.strip_prefix(name))?;
        bad += number.parse::<u64>().ok()?;
    }
    Some(bad > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_edit_fits_the_code() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for mutant in &MUTANTS {
            for edit in mutant.edits {
                let code = fs::read_to_string(root.join(edit.file)).unwrap();
                let edited = edited(&code, mutant.name, edit).unwrap();
                assert!(edited.contains(mutant.name) && edited.len() > code.len());
            }
        }
    }

    #[test]
    fn a_text_that_is_not_there_once_is_told() {
        let edit = Edit { file: "a.rs", text: "one", instead: "MUTANT" };
        assert!(edited("two", "a", &edit).is_err_and(|told| told.contains("0 times")));
        assert!(edited("one one", "a", &edit).is_err_and(|told| told.contains("2 times")));
    }

    #[test]
    fn the_last_line_tells() {
        let line = |doubled| {
            format!("kills=1 posts=1 published=1 refused=0 held=0 lost=0 doubled={doubled} stuck=0")
        };
        assert_eq!(is_found(&line(0)), Some(false));
        assert_eq!(is_found(&line(2)), Some(true));
        assert_eq!(is_found("error"), None);
    }
}
