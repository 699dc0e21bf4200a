//! What can go wrong with the simulator itself. What goes wrong *inside* the simulated world is an HTTP answer.

use std::path::PathBuf;

/// An error of the simulator itself.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimError {
    /// Another live process holds the home. The lock frees itself when that process ends, however it ends.
    #[error("the home {} is in use by another running simulator: stop it or choose another home", home.display())]
    HomeInUse {
        /// The home that is held.
        home: PathBuf,
    },
    /// The home could not be read or written.
    #[error("cannot use {}: {source}", path.display())]
    Home {
        /// The file or folder concerned.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A complete line of the journal can't be understood. A torn *last* line is no error: it never happened.
    #[error("{} line {line} is not a step of this simulator: {source}", path.display())]
    Journal {
        /// The journal.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What the decoder said.
        source: serde_json::Error,
    },
    /// The port could not be bound.
    #[error("cannot listen on 127.0.0.1:{port}: {source}")]
    Listen {
        /// The port asked for.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },
    /// The system gave no randomness to derive tokens from.
    #[error("the system gave no randomness: {0}")]
    Randomness(String),
    /// The consent page did not redirect with a code: the authorize URL was refused.
    #[error("consent was not given: {0}")]
    Consent(String),
    /// A name given to the simulator can't be used.
    #[error("{what} {value:?} is not usable: {why}")]
    Invalid {
        /// What was given, for example `handle`.
        what: &'static str,
        /// The value.
        value: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// There is no such account or post.
    #[error("there is no such account or post")]
    Missing,
    /// The simulator was stopped.
    #[error("the simulator is stopped")]
    Stopped,
}
