//! `cargo xtask scaffold platform NAME`: a platform that passes lints and tests, and says of itself that it can do nothing
//! yet.
//!
//! The new files are those of `templates/`; [`seams`] are the places that know a platform by name. All of it is made up
//! before anything is written.

mod name;
mod seams;
mod trial;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

pub(crate) use trial::run as trial;

use self::name::Name;
use crate::process;

/// Templates, and where they go.
const FILES: &[(&str, &str)] = &[
    ("xmp-client/src/{{module}}/check.rs", include_str!("templates/client/check.rs")),
    ("xmp-client/src/{{module}}/connect.rs", include_str!("templates/client/connect.rs")),
    ("xmp-client/src/{{module}}/errors.rs", include_str!("templates/client/errors.rs")),
    ("xmp-client/src/{{module}}/mod.rs", include_str!("templates/client/mod.rs")),
    ("xmp-client/src/{{module}}/operations.rs", include_str!("templates/client/operations.rs")),
    ("xmp-client/src/{{module}}/platform.rs", include_str!("templates/client/platform.rs")),
    ("xmp-client/src/{{module}}/publish.rs", include_str!("templates/client/publish.rs")),
    ("xmp-client/src/{{module}}/read.rs", include_str!("templates/client/read.rs")),
    ("xmp-client/src/{{module}}/wire.rs", include_str!("templates/client/wire.rs")),
    ("xmp-client/tests/{{module}}.rs", include_str!("templates/client/test.rs")),
    ("xmp-sim/src/{{module}}/limits.rs", include_str!("templates/sim/limits.rs")),
    ("xmp-sim/src/{{module}}/mod.rs", include_str!("templates/sim/mod.rs")),
    ("xmp-sim/src/{{module}}/state.rs", include_str!("templates/sim/state.rs")),
];

/// What is written: paths from the root, and texts.
struct Plan {
    made: Vec<(String, String)>,
    changed: Vec<(String, String)>,
}

/// Adds a platform to the repository, and tells what is next.
pub(crate) fn platform(root: &Path, name: &str) -> Result<(), String> {
    let plan = plan(root, name)?;
    write(root, &plan)?;
    for (sign, files) in [("new", &plan.made), ("changed", &plan.changed)] {
        for (path, _) in files {
            println!("{sign:>8}  {path}");
        }
    }
    println!(
        "\nNext: docs/adding-a-platform.md, from its second step on; `cargo xtask gen` tells the other languages."
    );
    Ok(())
}

/// Makes up everything, and writes nothing. Files that are there already are kept: nothing names them yet.
fn plan(root: &Path, name: &str) -> Result<Plan, String> {
    let name = Name::new(name)?;
    let free = |code: &str, path: &str| match name.is_used_in(code) {
        true => Err(format!("the name {:?} is taken: {path} uses it as a word", name.id)),
        false => Ok(()),
    };
    let read = |path: &str| {
        fs::read_to_string(root.join(path)).map_err(|error| format!("{path} cannot be read: {error}"))
    };
    // The simulator may have come first: who writes it had better not have written the client.
    let simulated = seams::simulates(&read(seams::WORLD)?, &name);
    let wanted = |path: &str| !(simulated && path.starts_with("xmp-sim/"));

    let mut changed = Vec::new();
    for (path, edit) in seams::ALL.iter().filter(|(path, _)| wanted(path)) {
        let text = read(path)?;
        if path.ends_with(".rs") {
            free(&text, path)?;
        }
        let edited = edit(&text, &name).ok_or_else(|| {
            format!("{path} has no place for a platform any more: mend xtask/src/scaffold/seams.rs")
        })?;
        changed.push(((*path).to_owned(), edited));
    }
    let mut made = Vec::new();
    for (path, template) in FILES.iter().filter(|(path, _)| wanted(path)) {
        let path = name.fill(path);
        free(template, &path)?;
        if !root.join(&path).exists() {
            made.push((path, formatted(root, &name.fill(template))?));
        }
    }
    Ok(Plan { made, changed })
}

fn write(root: &Path, plan: &Plan) -> Result<(), String> {
    for (path, text) in plan.made.iter().chain(&plan.changed) {
        let file = root.join(path);
        let folder = file.parent().unwrap_or(root);
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&file, text))
            .map_err(|error| format!("{path} cannot be written: {error}"))?;
    }
    Ok(())
}

/// Rust as rustfmt has it: how long a line is depends on the name.
fn formatted(root: &Path, text: &str) -> Result<String, String> {
    let failed = |error: &dyn std::fmt::Display| format!("rustfmt failed: {error}");
    let mut rustfmt = process::command("rustfmt", root);
    let mut child = rustfmt
        .arg("--config-path")
        .arg(root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| failed(&error))?;
    // Less than a pipe holds, or rustfmt reads on: it reads all before it writes.
    if let Some(mut input) = child.stdin.take() {
        input.write_all(text.as_bytes()).map_err(|error| failed(&error))?;
    }
    let output = child.wait_with_output().map_err(|error| failed(&error))?;
    match String::from_utf8(output.stdout) {
        Ok(text) if output.status.success() => Ok(text),
        _ => Err(failed(&output.status)),
    }
}
