//! The quickstart, killed at one moment after another and run again: it resumes, and the simulator's ledger shows each
//! scheduled post once.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg(all(unix, feature = "platform-x", feature = "store-sqlite", feature = "scheduler"))]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
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

fn simulated(home: &Path) -> Command {
    let mut command = Command::new(quickstart());
    command.env("XMP_HOME", home).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    for name in ["XMP_X_CLIENT_ID", "XMP_X_CLIENT_SECRET", "XMP_X_REDIRECT_URI", "XMP_SEAL_KEY"] {
        command.env_remove(name);
    }
    command
}

/// Runs it until it has printed so many lines, then kills it. Gives what it printed.
fn run_until_line(home: &Path, lines: usize) -> Vec<String> {
    let mut child = simulated(home).spawn().unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let seen = output.lines().take(lines).map(|line| line.unwrap()).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    seen
}

/// Each post stands in the ledger once; each of the program's own addresses is in its report.
fn judge(home: &Path, report: &str) {
    let ledger = xmp_sim::read_ledger(home.join("sim")).unwrap();
    let mut posts: Vec<_> =
        ledger.iter().map(|entry| (entry.account.as_str(), entry.text.as_str())).collect();
    posts.sort_unstable();
    assert_eq!(posts.len(), 4, "{posts:?}\n{report}");
    posts.dedup();
    assert_eq!(posts.len(), 4, "a post appears twice: {ledger:?}");
    for entry in &ledger {
        let url = format!("https://x.com/{}/status/{}", entry.account, entry.remote_id);
        assert!(report.contains(&url), "{report}");
    }
}

/// Killed after each line that it prints, in a home of its own and run again at once.
#[test]
fn killed_after_any_line_and_run_again() {
    let run = |lines| {
        let home = tempfile::tempdir().unwrap();
        let seen = run_until_line(home.path(), lines);
        let again = simulated(home.path()).output().unwrap();
        let report = String::from_utf8_lossy(&again.stdout);
        assert!(again.status.success(), "{seen:#?}\n{report}");
        judge(home.path(), &report);
        seen.len() > 7
    };
    // Side by side: each of them waits for seconds, for the post that is scheduled ahead.
    let killed_while_publishing = thread::scope(|scope| {
        let runs: Vec<_> = (1..=14).map(|lines| scope.spawn(move || run(lines))).collect();
        runs.into_iter().map(|run| run.join().unwrap()).filter(|&publishing| publishing).count()
    });
    assert!(killed_while_publishing >= 5, "{killed_while_publishing}");
}

/// Killed again and again in one home, at moments that nothing it prints marks.
#[tokio::test]
async fn killed_at_many_moments_and_run_again() {
    let home = tempfile::tempdir().unwrap();
    for ms in [15, 30, 45, 60, 80, 100, 130, 160, 200, 250, 320, 400, 600, 1000] {
        let mut child = simulated(home.path()).spawn().unwrap();
        // A process is to be killed at a moment of its own time: nothing here can be moved.
        SystemClock.sleep(Duration::from_millis(ms)).await;
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let last = simulated(home.path()).output().unwrap();
    let report = String::from_utf8_lossy(&last.stdout);
    assert!(last.status.success(), "{report}");
    judge(home.path(), &report);
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
