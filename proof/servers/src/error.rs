//! What can go wrong.

use std::fmt::Display;
use std::io;
use std::process::{Command, Output};

use crate::Result;

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The machine has no such program: a test may skip, and says so.
    #[error("{program} is not on this machine: {hint}")]
    Missing {
        /// The program.
        program: &'static str,
        /// How to get it.
        hint: &'static str,
    },
    /// The server is somebody else's (`DATABASE_URL`), and is neither stopped nor started from here.
    #[error("this server is not ours to {0}: DATABASE_URL names it")]
    NotOurs(&'static str),
    /// Something failed.
    #[error("{what}: {why}")]
    Failed {
        /// What was tried.
        what: String,
        /// What came of it.
        why: String,
    },
}

impl Error {
    pub(crate) fn failed(what: impl Into<String>, why: &(impl Display + ?Sized)) -> Self {
        Self::Failed { what: what.into(), why: why.to_string() }
    }

    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::failed(what, &error)
    }
}

/// Runs a program to its end; what it said on its error stream is the reason if it failed.
pub(crate) fn run(command: &mut Command) -> Result<Output> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(Error::io(format!("{program} cannot be started")))?;
    if output.status.success() {
        return Ok(output);
    }
    let why = format!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    Err(Error::failed(format!("{program} failed"), &why))
}
