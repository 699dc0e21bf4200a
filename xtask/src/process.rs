//! Other programs: started in the repository, their failures told in sentences.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// A command that runs in `directory`, free of what `cargo run` adds to the environment of xtask itself: build
/// scripts that watch those variables would run again and again.
pub(crate) fn command(program: impl AsRef<OsStr>, directory: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(directory).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// `cargo` with these arguments, in the repository.
pub(crate) fn cargo(root: &Path, arguments: &[&str]) -> Command {
    let mut command = command("cargo", root);
    command.args(arguments);
    command
}

/// Runs a command whose output the developer sees; an error when it does not end well.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let status = command.status().map_err(|error| cannot_start(command, &error))?;
    ended(command, status)
}

/// What a command wrote, both streams taken.
pub(crate) struct Captured {
    pub(crate) ok: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs a command and keeps what it writes. That it ends badly is no error here.
pub(crate) fn capture(command: &mut Command) -> Result<Captured, String> {
    let output = command.output().map_err(|error| cannot_start(command, &error))?;
    Ok(Captured {
        ok: output.status.success(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// The standard output of a command that must end well.
pub(crate) fn stdout(command: &mut Command) -> Result<String, String> {
    let captured = capture(command)?;
    if captured.ok {
        return Ok(captured.stdout);
    }
    Err(format!("`{}` failed: {}", shown(command), captured.stderr.trim()))
}

/// Runs a command, passes its standard output through line by line, and shows each line to `see`.
pub(crate) fn stream(command: &mut Command, mut see: impl FnMut(&str)) -> Result<(), String> {
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(|error| cannot_start(command, &error))?;
    let Some(output) = child.stdout.take() else {
        return Err(format!("`{}` has no standard output to read", shown(command)));
    };
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        let mut reader = BufReader::new(output);
        let mut line = Vec::new();
        while matches!(reader.read_until(b'\n', &mut line), Ok(1..)) {
            if sender.send(String::from_utf8_lossy(&line).trim_end().to_owned()).is_err() {
                break;
            }
            line.clear();
        }
    });
    // A grandchild that a test left behind may hold the pipe open for ever: once the command itself has ended, a
    // quiet second is enough.
    loop {
        match lines.recv_timeout(Duration::from_secs(1)) {
            Ok(line) => {
                println!("{line}");
                see(&line);
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => match child.try_wait() {
                Ok(None) => {}
                Ok(Some(_)) => {
                    println!(
                        "warning: `{}` ended and left a process behind that holds its output",
                        shown(command)
                    );
                    break;
                }
                Err(error) => return Err(format!("`{}` cannot be waited for: {error}", shown(command))),
            },
        }
    }
    let status =
        child.wait().map_err(|error| format!("`{}` cannot be waited for: {error}", shown(command)))?;
    ended(command, status)
}

fn ended(command: &Command, status: ExitStatus) -> Result<(), String> {
    if status.success() {
        return Ok(());
    }
    Err(format!("`{}` failed ({status})", shown(command)))
}

fn cannot_start(command: &Command, error: &std::io::Error) -> String {
    format!("`{}` cannot be started: {error}", command.get_program().to_string_lossy())
}

/// The command as a person would type it, the program without its folder.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut text = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_process_left_behind_does_not_hold_the_run() {
        let mut seen = Vec::new();
        let mut shell = command("sh", Path::new("."));
        shell.args(["-c", "echo one; echo two; sleep 3 2>/dev/null &"]);
        assert_eq!(stream(&mut shell, |line| seen.push(line.to_owned())), Ok(()));
        assert_eq!(seen, ["one", "two"]);
    }

    #[test]
    fn a_command_that_is_not_there_is_named() {
        let told = run(&mut command("no-such-program", Path::new(".")));
        assert!(told.is_err_and(|told| told.contains("`no-such-program` cannot be started")));
    }

    #[test]
    fn a_command_that_fails_is_shown() {
        let told = stdout(&mut cargo(Path::new("."), &["no-such-command"]));
        assert!(told.is_err_and(|told| told.starts_with("`cargo no-such-command` failed")));
    }
}
