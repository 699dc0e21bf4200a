//! The example that posts to three platforms in one call: with all of them simulated; and with X simulated, Bluesky's own
//! server, and a server of Mastodon's API. Each text is there once.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg(all(unix, feature = "platforms", feature = "scheduler"))]

#[path = "support/peer.rs"]
mod peer;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use peer::Peer;
use serde_json::Value;

/// The example, which a whole `cargo test` builds beside this program.
fn example() -> Command {
    let own = std::env::current_exe().unwrap();
    let example: PathBuf = own.parent().unwrap().parent().unwrap().join("examples/everywhere");
    assert!(
        example.exists(),
        "{} is not built: run `cargo build --examples --all-features`",
        example.display()
    );
    let mut command = Command::new(example);
    for name in ["HANDLE", "APP_PASSWORD", "SERVICE"] {
        command.env_remove(format!("XMP_BLUESKY_{name}"));
    }
    command.env_remove("XMP_MASTODON_SERVER").stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

#[test]
fn on_three_simulated_platforms() {
    let output = example().stdin(Stdio::null()).output().unwrap();
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{report}");
    assert!(report.contains("x: partly_published"), "{report}");
    for platform in ["x", "bluesky", "mastodon"] {
        assert!(report.contains(&format!("\n{platform}: published")), "{report}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_simulator_and_two_real_servers() {
    let Some(bluesky) = Peer::bluesky(&["--account", "everywhere.test:of-no-use"]) else { return };
    let Some(mastodon) = Peer::python("mastodon/server.py", &["--account", "ada"]) else { return };
    let mut child = example()
        .env("XMP_BLUESKY_SERVICE", bluesky.text("/pds"))
        .env("XMP_BLUESKY_HANDLE", bluesky.text("/accounts/0/handle"))
        .env("XMP_BLUESKY_APP_PASSWORD", bluesky.text("/accounts/0/appPassword"))
        .env("XMP_MASTODON_SERVER", mastodon.text("/url"))
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(|line| line.unwrap());
    let page = lines.by_ref().find(|line| line.contains("/oauth/authorize?")).unwrap();
    let callback = consent(mastodon.text("/url"), page.trim());
    writeln!(child.stdin.take().unwrap(), "{callback}").unwrap();
    let report: Vec<String> = tokio::task::spawn_blocking(move || lines.collect()).await.unwrap();
    assert!(child.wait().unwrap().success(), "{report:#?}");
    assert!(report.iter().any(|line| line == "x: partly_published"), "{report:#?}");

    let did = bluesky.text("/accounts/0/did");
    let records = format!("/xrpc/com.atproto.repo.listRecords?repo={did}&collection=app.bsky.feed.post");
    let records: Value = serde_json::from_str(&ask(bluesky.text("/pds"), "GET", &records, "", "").1).unwrap();
    let records = records["records"].as_array().unwrap();
    assert_eq!(records.len(), 1, "{records:#?}");
    assert_eq!(records[0]["value"]["embed"]["external"]["uri"], "https://www.rust-lang.org/");

    let token = mastodon.text("/accounts/0/token");
    let me = ask(mastodon.text("/url"), "GET", "/api/v1/accounts/verify_credentials", token, "").1;
    let me: Value = serde_json::from_str(&me).unwrap();
    let statuses = format!("/api/v1/accounts/{}/statuses", me["id"].as_str().unwrap());
    let statuses = ask(mastodon.text("/url"), "GET", &statuses, token, "").1;
    let statuses: Value = serde_json::from_str(&statuses).unwrap();
    assert_eq!(statuses.as_array().unwrap().len(), 1, "{statuses:#}");
    assert_eq!((&statuses[0]["visibility"], &statuses[0]["language"]), (&"unlisted".into(), &"en".into()));
}

/// What the owner of the account does in a browser: fills in the form behind the page, and is sent back.
fn consent(server: &str, page: &str) -> String {
    let query = page.split_once('?').unwrap().1;
    let (head, body) = ask(server, "POST", "/oauth/authorize", "", &format!("{query}&username=ada"));
    let location = head.lines().find(|line| line.to_ascii_lowercase().starts_with("location:"));
    location.unwrap_or_else(|| panic!("{head}\n{body}")).split_once(':').unwrap().1.trim().to_owned()
}

/// One request over a bare socket; the head and the body of its answer.
fn ask(server: &str, method: &str, path: &str, token: &str, form: &str) -> (String, String) {
    let host = server.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).unwrap();
    let authorization =
        if token.is_empty() { String::new() } else { format!("authorization: Bearer {token}\r\n") };
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{authorization}\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
        form.len()
    )
    .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    match head.to_ascii_lowercase().contains("transfer-encoding: chunked") {
        true => (head.to_owned(), unchunked(body)),
        false => (head.to_owned(), body.to_owned()),
    }
}

fn unchunked(mut body: &str) -> String {
    let mut whole = String::new();
    while let Some((length, rest)) = body.split_once("\r\n") {
        let length = usize::from_str_radix(length.trim(), 16).unwrap();
        if length == 0 {
            break;
        }
        whole.push_str(&rest[..length]);
        body = rest[length..].trim_start_matches("\r\n");
    }
    whole
}
