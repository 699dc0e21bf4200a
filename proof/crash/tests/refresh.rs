//! Tokens that are refreshed by many processes at once.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::PathBuf;

use xmp_proof_crash::processes::Programs;
use xmp_proof_crash::refresh::{self, Refreshed};
use xmp_proof_crash::stage::Ground;

fn programs() -> Programs {
    let own = PathBuf::from(env!("CARGO_BIN_EXE_xmp-proof-crash"));
    Programs { own, python: None, node: None, mutant: None }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_processes_with_a_hundred_tasks_show_no_refresh_token_twice() {
    let Refreshed { shown, reused } = refresh::at_once(&Ground::Sqlite, &programs()).await.unwrap();
    assert!(shown >= 3, "{shown} refreshes");
    assert_eq!(reused, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_death_inside_the_rotation_ends_as_needs_consent() {
    let told = refresh::killed_inside(&Ground::Sqlite, &programs()).await.unwrap();
    assert_eq!(told, Refreshed { shown: 1, reused: 0 });
}
