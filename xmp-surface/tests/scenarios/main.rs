//! The stories of `tests/scenarios`, told through `begin`: one test a file. The format is in its `README.md`.

mod compare;
#[path = "../../../tests/support/peer.rs"]
mod peer;
mod play;
mod story;
mod surface;
mod values;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};

use peer::Peer;
use story::{PeerName, Story};
use surface::Surface;

/// The accounts of Bluesky's own server.
const BLUESKY: [&str; 4] = ["--account", "alice.test:hunter22", "--account", "bob.test:hunter22"];

fn main() -> ExitCode {
    match trials() {
        Ok(trials) => libtest_mimic::run(&Arguments::from_args(), trials).exit_code(),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn trials() -> Result<Vec<Trial>, String> {
    let surface = Arc::new(Surface::checked_in(&root().join("xmp-surface/surface.json"))?);
    let files = Story::files(&stories())?;
    let trial = |file: PathBuf| {
        let surface = Arc::clone(&surface);
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Trial::test(name, move || told(&file, &surface).map_err(Failed::from))
    };
    Ok(files.into_iter().map(trial).collect())
}

fn told(file: &Path, surface: &Surface) -> Result<(), String> {
    let story = Story::read(&stories(), file)?;
    let peer = match story.peer {
        None => None,
        Some(name) => match start(name) {
            None => return Ok(()),
            started => started,
        },
    };
    let told = peer.as_ref().map(|peer| peer.told.clone());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| format!("no runtime: {error}"))?;
    runtime.block_on(play::story(&story, told, surface)).map_err(|error| format!("{}: {error}", story.name))
}

/// `None`, with a message, where it is not at hand.
fn start(name: PeerName) -> Option<Peer> {
    match name {
        PeerName::Bluesky => Peer::bluesky(&BLUESKY),
        PeerName::Postgres => Peer::postgres(),
    }
}

/// The folder of the stories.
fn stories() -> PathBuf {
    root().join("tests/scenarios")
}

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
