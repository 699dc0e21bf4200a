//! The quickstart, killed at one moment after another and run again: it resumes, and the simulator's ledger shows each
//! scheduled post once.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg(all(unix, feature = "platform-x", feature = "store-sqlite", feature = "scheduler"))]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use xmp::{Clock, SystemClock};

/// The example, which a whole `cargo test` builds beside this program (one with `--test resume` alone does not).
fn quickstart() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let folder = own.parent().unwrap().parent().unwrap();
    let example = folder.join("examples/quickstart");
    assert!(
        example.exists(),
        "{} is not built: run `cargo test` or `cargo build --examples`",
        example.display()
    );
    example
}

async fn run(home: &Path, kill_after: Option<Duration>) -> (ExitStatus, String) {
    let mut command = Command::new(quickstart());
    command.env("XMP_HOME", home).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for name in ["XMP_X_CLIENT_ID", "XMP_X_CLIENT_SECRET", "XMP_X_REDIRECT_URI", "XMP_SEAL_KEY"] {
        command.env_remove(name);
    }
    let mut child = command.spawn().unwrap();
    if let Some(after) = kill_after {
        // A process is to be killed at a moment of its own time: nothing here can be moved.
        SystemClock.sleep(after).await;
        let _ = child.kill();
    }
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status, text)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_and_run_again() {
    let home = tempfile::tempdir().unwrap();
    // Denser at first, where most happens: opening, connecting, scheduling, the first posts.
    for ms in [15, 30, 45, 60, 80, 100, 130, 160, 200, 250, 320, 400, 600, 1000] {
        run(home.path(), Some(Duration::from_millis(ms))).await;
    }
    let (status, text) = run(home.path(), None).await;
    assert!(status.success(), "{text}");
    let ledger = xmp_sim::read_ledger(home.path().join("sim")).unwrap();
    let mut posts: Vec<_> =
        ledger.iter().map(|entry| (entry.account.as_str(), entry.text.as_str())).collect();
    posts.sort_unstable();
    assert_eq!(posts.len(), 4, "{posts:?}\n{text}");
    posts.dedup();
    assert_eq!(posts.len(), 4, "a post appears twice: {ledger:?}");
    for entry in &ledger {
        assert!(
            text.contains(&format!("https://x.com/{}/status/{}", entry.account, entry.remote_id)),
            "{text}"
        );
    }
}

#[tokio::test]
async fn incomplete_credentials_are_refused() {
    let home = tempfile::tempdir().unwrap();
    let output = Command::new(quickstart())
        .env("XMP_HOME", home.path())
        .env("XMP_X_CLIENT_ID", "an-app")
        .env_remove("XMP_X_REDIRECT_URI")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(text.contains("XMP_X_REDIRECT_URI is not set"), "{text}");
}

/// With credentials the program asks for consent in a browser, and posts with what comes back. Here a simulator stands
/// where X would.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn complete_credentials_post_to_the_platform_that_they_are_for() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let redirect = format!("http://127.0.0.1:{port}/callback");
    let sim =
        xmp_sim::Sim::builder().client("an-app", None, &[&redirect]).account("ada").start().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let mut child = Command::new(quickstart())
        .env("XMP_HOME", home.path())
        .env("XMP_X_CLIENT_ID", "an-app")
        .env("XMP_X_REDIRECT_URI", &redirect)
        .env("XMP_X_BASE_URL", sim.url())
        .env_remove("XMP_X_CLIENT_SECRET")
        .env_remove("XMP_SEAL_KEY")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(|line| line.unwrap());
    let page = lines.by_ref().find(|line| line.contains("/i/oauth2/authorize?")).unwrap();
    // The owner's browser: it is sent back to the program, which listens there.
    let callback = sim.consent_url_approve(page.trim(), "ada").await.unwrap();
    let target = callback.strip_prefix(&format!("http://127.0.0.1:{port}")).unwrap();
    let mut browser = loop {
        if let Ok(stream) = TcpStream::connect(("127.0.0.1", port)) {
            break stream;
        }
        SystemClock.sleep(Duration::from_millis(5)).await;
    };
    write!(browser, "GET {target} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n").unwrap();
    let mut answer = String::new();
    browser.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("Connected"), "{answer}");

    let rest: Vec<String> = tokio::task::spawn_blocking(move || lines.collect()).await.unwrap();
    assert!(child.wait().unwrap().success(), "{rest:#?}");
    assert_eq!(sim.ledger().len(), 3, "{rest:#?}");
    assert!(sim.ledger().iter().all(|post| post.account == "ada"));
}
