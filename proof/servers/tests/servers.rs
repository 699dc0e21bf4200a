//! The servers themselves. Without PostgreSQL or Redis on the machine these skip, and say so.

#![cfg(unix)]
#![allow(clippy::panic, clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use xmp_proof_servers::{
    Error, Postgres, PostgresOptions, PostgresPrograms, Redis, RedisOptions, Result, Shutdown,
};

/// Set in the process that `a_killed_owner_leaves_nothing` kills.
const OWNER: &str = "XMP_SERVERS_OWNER";

fn there<T>(started: Result<T>) -> Option<T> {
    match started {
        Ok(server) => Some(server),
        Err(missing @ Error::Missing { .. }) => {
            eprintln!("skipped: {missing}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

fn private() -> Option<Postgres> {
    there(Postgres::start_private(&PostgresOptions::default()))
}

/// The folder of a private server, by its URL.
fn folder(url: &str) -> PathBuf {
    let (_, host) = url.split_once("host=").unwrap();
    PathBuf::from(host.split('&').next().unwrap())
}

#[test]
fn databases_are_apart_and_can_be_copied() {
    let Some(postgres) = there(Postgres::start()) else { return };
    let (one, two) = (postgres.fresh_database().unwrap(), postgres.fresh_database().unwrap());
    one.run("CREATE TABLE t (n int); INSERT INTO t VALUES (1), (2)").unwrap();
    assert_eq!(one.copy().unwrap().run("SELECT n, n * 10 FROM t ORDER BY n").unwrap(), "1\t10\n2\t20");
    let told = two.run("SELECT * FROM t").unwrap_err().to_string();
    assert!(told.contains("relation \"t\" does not exist"), "{told}");
}

#[test]
fn what_is_committed_outlives_a_crash_of_the_server() {
    let Some(postgres) = private() else { return };
    let database = postgres.fresh_database().unwrap();
    database.run("CREATE TABLE t (n int); INSERT INTO t VALUES (7)").unwrap();
    postgres.stop(Shutdown::Immediate).unwrap();
    assert!(database.run("SELECT 1").is_err());
    postgres.start_again().unwrap();
    assert_eq!(database.run("SELECT n FROM t").unwrap(), "7");
    postgres.restart(Shutdown::Fast).unwrap();
    assert_eq!(database.run("SELECT n FROM t").unwrap(), "7");
}

#[test]
fn it_can_be_durable_and_is_reached_by_tcp_with_a_password() {
    let options = PostgresOptions { durable: true, settings: vec![("work_mem", "'9MB'".to_owned())] };
    let Some(postgres) = there(Postgres::start_private(&options)) else { return };
    let database = postgres.fresh_database().unwrap();
    assert_eq!(database.run("SHOW fsync").unwrap(), "on");
    assert_eq!(database.run("SHOW work_mem").unwrap(), "9MB");
    let url = database.tcp_url();
    assert!(url.contains("@127.0.0.1:"), "{url}");
    let (start, _) = url.split_once(':').unwrap();
    let (_, address) = url.split_once('@').unwrap();
    let connect = |url: &str| {
        let psql = PostgresPrograms::find().unwrap().folder().join("psql");
        let psql = Command::new(psql).args([url, "-w", "-c", "SELECT 1"]).output().unwrap();
        psql.status.success()
    };
    assert!(connect(&url));
    assert!(!connect(&format!("{start}://postgres:wrong@{address}")));
}

#[test]
fn nothing_stays_when_it_is_dropped() {
    let Some(postgres) = private() else { return };
    let folder = folder(&postgres.url());
    let database = postgres.fresh_database().unwrap();
    drop(postgres);
    // A database keeps its server.
    assert_eq!(database.run("SELECT 1").unwrap(), "1");
    drop(database);
    assert!(!folder.exists());
}

#[test]
fn a_killed_owner_leaves_nothing() {
    if std::env::var_os(OWNER).is_some() {
        let postgres = private().unwrap();
        println!("{}", postgres.url());
        // Until it is killed.
        let _ = std::io::stdin().read(&mut [0]);
        return;
    }
    if private().is_none() {
        return;
    }
    let mut owner = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_killed_owner_leaves_nothing", "--nocapture"])
        .env(OWNER, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    let mut output = owner.stdout.take().unwrap();
    while !said.contains("&port=") {
        let mut some = [0; 256];
        let read = output.read(&mut some).unwrap();
        assert!(read > 0, "the owner ended: {said}");
        said.push_str(&String::from_utf8_lossy(&some[..read]));
    }
    let folder = folder(&said);
    let pid = fs::read_to_string(folder.join("data/postmaster.pid")).unwrap();
    let server = Path::new("/proc").join(pid.lines().next().unwrap());
    assert!(server.exists());
    owner.kill().unwrap();
    owner.wait().unwrap();
    let mut polls = 0;
    while folder.exists() || server.exists() {
        polls += 1;
        assert!(polls < 200, "{} is still there after 10 s", folder.display());
        let pause = rustix::thread::Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
        let _ = rustix::thread::nanosleep(&pause);
    }
}

#[test]
fn a_peer_tells_where_it_is_and_ends_with_its_input() {
    let Some(programs) = there(PostgresPrograms::find()) else { return };
    let mut peer = Command::new(env!("CARGO_BIN_EXE_xmp-peer-postgres"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = String::new();
    BufReader::new(peer.stdout.take().unwrap()).read_line(&mut told).unwrap();
    let told: Vec<&str> = told.trim_end().split('"').collect();
    let ["{", "url", ": ", url, ", ", "seal_key", ": ", seal_key, "}"] = told[..] else { panic!("{told:?}") };
    assert!(seal_key.len() == 44 && seal_key.ends_with('='), "{seal_key}");
    let answers = || {
        let psql = Command::new(programs.folder().join("psql")).args([url, "-w", "-c", "SELECT 1"]).output();
        psql.unwrap().status.success()
    };
    assert!(answers());
    drop(peer.stdin.take());
    assert!(peer.wait().unwrap().success());
    assert!(!answers());
}

#[test]
fn redis_answers_and_is_gone_when_dropped() {
    let Some(redis) = there(Redis::start(RedisOptions { append_only: true })) else { return };
    let address = redis.url().replace("redis://", "");
    let mut stream = TcpStream::connect(&address).unwrap();
    stream.write_all(b"CONFIG GET appendfsync\r\n").unwrap();
    let mut answer = [0; 256];
    let read = stream.read(&mut answer).unwrap();
    assert!(String::from_utf8_lossy(&answer[..read]).contains("everysec"));
    drop(redis);
    assert!(TcpStream::connect(&address).is_err());
}
