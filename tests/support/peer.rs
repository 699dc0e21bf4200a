//! Servers by other people, most of them under `tests/peers/`: each prints one line of JSON when it is ready, and ends when
//! its standard input closes, so that a test that dies leaves no server behind.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::env;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// A running server; ended with this.
pub struct Peer {
    process: Child,
    /// What the server told of itself: its addresses and accounts.
    pub told: Value,
}

impl Peer {
    /// Bluesky's own server with these accounts, `handle:password` each; `None`, with a message, where it is not at hand.
    pub fn bluesky(arguments: &[&str]) -> Option<Self> {
        let folder = place("XMP_PEER_BLUESKY", "the folder of Bluesky's server")?;
        Some(Self::start(Command::new("node").arg(folder.join("pds.mjs")).args(arguments)))
    }

    /// GoToSocial, a real server of Mastodon's API, with these accounts; `None`, with a message, where it is not at hand.
    pub fn gotosocial(arguments: &[&str]) -> Option<Self> {
        let program = place("XMP_GOTOSOCIAL", "a built GoToSocial")?;
        let program = ["--program", program.to_str().unwrap()];
        Self::python("gotosocial/server.py", &[&program[..], arguments].concat())
    }

    /// PostgreSQL with a fresh database (`proof/servers`); `None`, with a message, where it is not at hand.
    pub fn postgres() -> Option<Self> {
        let program = place("XMP_PEER_POSTGRES", "a built xmp-peer-postgres")?;
        Some(Self::start(&mut Command::new(program)))
    }

    /// A server in Python, such as `oauth/server.py`; `None`, with a message, where there is no environment for it.
    pub fn python(script: &str, arguments: &[&str]) -> Option<Self> {
        let python = place("XMP_PYTHON", "a Python with the packages of tests/python/requirements.txt")?;
        Some(Self::start(Command::new(python).arg("-B").arg(peers().join(script)).args(arguments)))
    }

    fn start(command: &mut Command) -> Self {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told = serde_json::from_str(&line)
            .unwrap_or_else(|_| panic!("{command:?} ended before it was ready; it printed {line:?}"));
        Self { process, told }
    }

    /// One of the texts that the server told, by a JSON pointer such as `/accounts/0/did`.
    pub fn text(&self, pointer: &str) -> &str {
        let found = self.told.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_else(|| panic!("the server told no text at {pointer}: {}", self.told))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It has a folder of its own to remove, so it is asked to end, by its standard input, and not killed.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// What an environment variable names.
fn place(variable: &str, what: &str) -> Option<PathBuf> {
    let found = env::var_os(variable).map(PathBuf::from);
    if found.is_none() {
        println!("SKIPPED: {variable} does not name {what}: see CONTRIBUTING.md");
    }
    found
}

/// `tests/peers/` of the repository, whichever crate's test this is part of.
fn peers() -> PathBuf {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    crates.map(|folder| folder.join("tests/peers")).find(|folder| folder.is_dir()).unwrap()
}
