//! The world outlives its process, however that ends.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::json;
use support::*;
use xmp_sim::{Fault, FaultKind, LedgerEntry, Sim, SimError, read_ledger};

/// The program, running.
struct Program(Child);

impl Program {
    fn start(home: &Path) -> (Self, String) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_xmp-sim"))
            .args(["serve", "--account", "ada", "--client", "app:hush", "--redirect", REDIRECT, "--home"])
            .arg(home)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        (Self(child), url.trim().to_owned())
    }

    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn connect(base: &str) -> User {
    let url = format!("{}&xmp_sim_login=ada", authorize_url(base, CLIENT, ALL_SCOPES));
    let redirect = send("GET", &url, &[], b"").await.unwrap();
    let tokens =
        exchange(base, &query(redirect.header("location").unwrap(), "code").unwrap(), VERIFIER).await.json();
    let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
    User {
        base: base.to_owned(),
        id: String::new(),
        access: text("access_token"),
        refresh: text("refresh_token"),
    }
}

#[tokio::test]
async fn a_killed_program_starts_again_in_the_same_world() {
    let home = tempfile::tempdir().unwrap();
    let (program, base) = Program::start(home.path());
    let mut user = connect(&base).await;
    let id = user.publish("before").await;
    let media =
        user.multipart("/2/media/upload", &[("media", &png(64)), ("media_category", b"tweet_image")]).await;
    let media = media.json()["data"]["id"].as_str().unwrap().to_owned();
    user.publish("deleted").await;
    let deleted = read_ledger(home.path()).unwrap()[1].remote_id.clone();
    user.delete(&format!("/2/tweets/{deleted}")).await;
    assert_eq!(read_ledger(home.path()).unwrap().len(), 2, "readable while the program runs");
    program.kill();

    let before = read_ledger(home.path()).unwrap();
    let (program, base) = Program::start(home.path());
    user.base = base;
    assert_eq!(user.get(&format!("/2/tweets/{id}")).await.json()["data"]["text"], "before");
    assert_eq!(user.tweet("before").await.status, 403, "still a duplicate");
    let carried =
        user.post("/2/tweets", &json!({ "text": "after", "media": { "media_ids": [media] } })).await;
    assert_eq!(carried.status, 201);
    assert_eq!(refresh(&user.base, &user.refresh).await.status, 200);
    program.kill();
    let after = read_ledger(home.path()).unwrap();
    assert_eq!(after[..2], before[..]);
    assert_eq!(after[2].text, "after");
}

/// Posts numbered texts until the program is gone; answers the ids that were acknowledged.
async fn post_until_gone(user: User, worker: usize) -> Vec<String> {
    let mut acknowledged = Vec::new();
    loop {
        let text = format!("worker {worker} post {}", acknowledged.len());
        match user.try_post("/2/tweets", &json!({ "text": text })).await {
            Ok(answer) if answer.is_whole() && answer.status == 201 => {
                acknowledged.push(answer.json()["data"]["id"].as_str().unwrap().to_owned());
            }
            _ => return acknowledged,
        }
    }
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_when_the_program_is_killed_under_load() {
    let home = tempfile::tempdir().unwrap();
    for round in 0..5 {
        let (program, base) = Program::start(home.path());
        let limit = json!({ "route": "posts.create", "per": "user", "window_secs": 900, "limit": 1_000_000 });
        let url = format!("{base}/_sim/limits");
        send("POST", &url, &[("content-type", "application/json")], limit.to_string().as_bytes())
            .await
            .unwrap();
        let user = connect(&base).await;
        let workers = (0..3).map(|worker| tokio::spawn(post_until_gone(user.clone(), round * 10 + worker)));
        let workers: Vec<_> = workers.collect();
        let before = read_ledger(home.path()).unwrap().len();
        while read_ledger(home.path()).unwrap().len() < before + 20 {
            tokio::task::yield_now().await;
        }
        program.kill();
        let mut acknowledged = Vec::new();
        for worker in workers {
            acknowledged.extend(worker.await.unwrap());
        }
        let ledger = read_ledger(home.path()).unwrap();
        for id in &acknowledged {
            assert!(ledger.iter().any(|entry| entry.remote_id == *id), "{id} was acknowledged and is lost");
        }
        let fresh = ledger.len() - before;
        assert!(
            (acknowledged.len()..=acknowledged.len() + 3).contains(&fresh),
            "at most one unacknowledged a worker"
        );
    }
}

#[tokio::test]
async fn the_program_prints_the_ledger() {
    let home = tempfile::tempdir().unwrap();
    let (program, base) = Program::start(home.path());
    let user = connect(&base).await;
    let id = user.publish("one\ntwo").await;
    let output = Command::new(env!("CARGO_BIN_EXE_xmp-sim"))
        .arg("ledger")
        .arg("--home")
        .arg(home.path())
        .output()
        .unwrap();
    drop(program);
    assert!(output.status.success());
    let lines: Vec<serde_json::Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 1);
    for (field, value) in [("platform", "x"), ("account", "ada"), ("remote_id", &id), ("text", "one\ntwo")] {
        assert_eq!(lines[0][field], value);
    }
    assert!(lines[0]["at"].is_string());
    let nothing = Command::new(env!("CARGO_BIN_EXE_xmp-sim"))
        .args(["ledger", "--home", "no/such/home"])
        .output()
        .unwrap();
    assert!(!nothing.status.success() && !nothing.stderr.is_empty());
}

#[cfg(unix)]
#[tokio::test]
async fn the_program_ends_well_when_asked_to() {
    let home = tempfile::tempdir().unwrap();
    let (mut program, _) = Program::start(home.path());
    let asked = Command::new("kill").arg("-TERM").arg(program.0.id().to_string()).status().unwrap();
    assert!(asked.success());
    assert!(program.0.wait().unwrap().success());
}

#[tokio::test]
async fn a_dropped_simulator_leaves_the_same_world_and_a_free_home() {
    let home = tempfile::tempdir().unwrap();
    let sim = builder().home(home.path()).start().await.unwrap();
    let mut user = User::connect(&sim, "ada", ALL_SCOPES).await;
    sim.set_fault(Fault::new(FaultKind::Hold { ms: 3_600_000 }).skip(1));
    user.publish("a").await;
    let _held = send_only("GET", &format!("{}/2/users/me", sim.url()), &[], b"").await.unwrap();
    let ledger = sim.ledger();
    assert!(matches!(builder().home(home.path()).start().await, Err(SimError::HomeInUse { .. })));
    drop(sim);

    let sim = builder().home(home.path()).start().await.unwrap();
    assert_eq!(sim.ledger(), ledger);
    user.base = sim.url().to_owned();
    assert_eq!(
        user.get("/2/users/me").await.json()["data"]["id"],
        user.id.as_str(),
        "the same account, the same token"
    );
    sim.stop().await;
    assert!(builder().home(home.path()).start().await.is_ok());
}

#[tokio::test]
async fn a_late_effect_survives_a_restart() {
    let home = tempfile::tempdir().unwrap();
    let sim = builder().home(home.path()).start().await.unwrap();
    let user = User::connect(&sim, "ada", ALL_SCOPES).await;
    sim.set_fault(Fault::new(FaultKind::CutThenLate { ms: 600_000 }).route("posts.create"));
    assert!(user.try_post("/2/tweets", &json!({ "text": "late" })).await.is_err());
    drop(sim);
    let sim: Sim = builder().home(home.path()).start().await.unwrap();
    assert!(sim.ledger().is_empty());
    sim.clock().advance(Duration::from_secs(600));
    assert_eq!(sim.ledger().len(), 1);
    drop(sim);
    let ledger: Vec<LedgerEntry> = read_ledger(home.path()).unwrap();
    assert_eq!(ledger[0].text, "late");
    let sim = builder().home(home.path()).start().await.unwrap();
    sim.clock().advance(Duration::from_secs(1200));
    User::connect(&sim, "ada", ALL_SCOPES).await;
    assert_eq!(sim.ledger().len(), 1, "landed once and for all");
}

#[tokio::test]
async fn any_prefix_of_the_journal_is_a_world() {
    let home = tempfile::tempdir().unwrap();
    let sim = builder().home(home.path()).start().await.unwrap();
    let user = User::connect(&sim, "ada", ALL_SCOPES).await;
    for text in ["a", "b", "c"] {
        user.publish(text).await;
    }
    let all = sim.ledger();
    drop(sim);
    let path = home.path().join("journal.jsonl");
    let whole = std::fs::read(&path).unwrap();
    for length in (0..whole.len()).step_by(97).chain([whole.len() - 1]) {
        std::fs::write(&path, &whole[..length]).unwrap();
        let sim = builder().home(home.path()).start().await.unwrap();
        let ledger = sim.ledger();
        assert_eq!(ledger[..], all[..ledger.len()], "cut at {length}");
    }
}

#[tokio::test]
async fn a_home_of_a_time_when_there_was_only_x_is_read_still() {
    let home = tempfile::tempdir().unwrap();
    let at = "2026-01-01T00:00:00Z";
    let account = json!({ "id": "1", "handle": "ada", "created_at": at });
    let bucket = json!({ "route": "posts.create", "per": "user", "window_secs": 900, "client": "app", "account": "1" });
    let version = json!({ "id": 7, "text": "old", "at": at });
    let post = json!({
        "account": "1", "client": "app", "versions": [version], "reply_to": null, "quote_of": null, "media": [],
        "deleted_at": null, "id": 7,
    });
    let steps = [
        json!({ "at": at, "changes": [{ "x": { "account_created": account } }] }),
        json!({ "at": at, "changes": [
            { "x": { "post_created": post } },
            { "x": { "drawn": { "at": at, "buckets": [bucket] } } },
        ] }),
        json!({ "at": at, "changes": [{ "landed": { "id": 1 } }] }),
    ];
    let lines: String = steps.iter().map(|step| format!("{step}\n")).collect();
    std::fs::write(home.path().join("journal.jsonl"), lines).unwrap();
    let sim = builder().home(home.path()).start().await.unwrap();
    assert_eq!(sim.account_id("ada").as_deref(), Some("1"));
    assert_eq!((sim.ledger()[0].text.as_str(), sim.ledger()[0].platform.as_str()), ("old", "x"));
}

#[tokio::test]
async fn the_program_serves_all_platforms() {
    let home = tempfile::tempdir().unwrap();
    let serve = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xmp-sim"));
        command.arg("serve").args(arguments).arg("--home").arg(home.path()).stdout(Stdio::piped());
        command
    };
    let accounts = ["--account", "mastodon:ada", "--app-password", "bluesky:ada.test=abcd=efgh"];
    let mut program = Program(serve(&accounts).spawn().unwrap());
    let mut url = String::new();
    BufReader::new(program.0.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let body = json!({ "identifier": "ada.test", "password": "abcd=efgh" }).to_string();
    let login = format!("{}/xrpc/com.atproto.server.createSession", url.trim());
    let session =
        send("POST", &login, &[("content-type", "application/json")], body.as_bytes()).await.unwrap();
    assert_eq!(session.json()["handle"], "ada.test");
    drop(program);
    let refused = serve(&["--app-password", "bluesky:ada.test"]).stderr(Stdio::piped()).output().unwrap();
    assert!(String::from_utf8(refused.stderr).unwrap().contains("HANDLE=PASSWORD"));
}
