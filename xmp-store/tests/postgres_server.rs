//! What happens to the server itself: it is restarted, and it speaks TLS. Each test has a server of its own.
#![cfg(all(unix, feature = "store-postgres"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test tells by a panic")]

mod common;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use common::postgres::ring;
use common::{connect, new_attempt, new_post};
use xmp_core::step::{NewAttempt, Verdict};
use xmp_core::{
    AccountStore, Begun, ClaimRequest, Claimed, Clock, Context, DeliveryStore, ErrorKind, EventStore,
    PublishedRef, RemoteId, SystemClock, WorkerId,
};
use xmp_proof_servers::{Error, Postgres, PostgresOptions, Shutdown};
use xmp_store::PostgresStore;

fn server(options: &PostgresOptions) -> Option<Postgres> {
    match Postgres::start_private(options) {
        Ok(server) => Some(server),
        Err(Error::Missing { .. }) => {
            println!("skipped: this machine has no PostgreSQL");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

const LEASE: Duration = Duration::from_secs(3);

/// Publishes, or finds published, what was claimed. What fails on the way is left to whoever claims it next.
async fn work(store: &PostgresStore, claimed: Claimed, reconcile: bool) -> xmp_core::Result<()> {
    let part = claimed.delivery.current().unwrap().id;
    if !reconcile {
        let new = NewAttempt {
            timeout: Duration::from_millis(300),
            settle: Duration::from_millis(100),
            lease_for: LEASE,
            ..new_attempt(part)
        };
        match store.begin_attempt(&claimed.lease, new).await? {
            Begun::Attempt(_) => {}
            other => panic!("{other:?}"),
        }
    }
    let remote_id = RemoteId::new(claimed.delivery.id.to_string());
    let verdict = Verdict::Published(PublishedRef { remote_id, url: None, at: None });
    store.conclude(&claimed.lease, part, verdict).await.map(drop)
}

fn request(limit: usize) -> ClaimRequest {
    ClaimRequest { lease_for: LEASE, ..common::request(common::worker(), limit, false) }
}

/// A worker as plain as can be: it works until it is told that all is done.
async fn worker(store: PostgresStore, done: impl Fn() -> bool) {
    let id = WorkerId::new(SystemClock.now());
    while !done() {
        for reconcile in [false, true] {
            let request = ClaimRequest { worker: id, reconcile, ..request(4) };
            let claimed = match store.claim(&request).await {
                Ok(claimed) => claimed,
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Storage, "{error:?}");
                    Vec::new()
                }
            };
            for claimed in claimed {
                if let Err(error) = work(&store, claimed, reconcile).await {
                    let kinds = [ErrorKind::Storage, ErrorKind::LeaseLost, ErrorKind::Conflict];
                    assert!(kinds.contains(&error.kind()), "{error:?}");
                }
            }
        }
        SystemClock.sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_goes_on_when_the_server_was_restarted() {
    const POSTS: usize = 400;
    let Some(server) = server(&PostgresOptions { durable: true, ..PostgresOptions::default() }) else {
        return;
    };
    let database = server.fresh_database().unwrap();
    let store = PostgresStore::open(&database.url(), ring()).await.unwrap();
    let ctx = Context::default();
    let mut posts = Vec::new();
    for number in 0..POSTS {
        let account = connect(&store, &ctx, &number.to_string()).await;
        posts.push(new_post(&ctx, SystemClock.now(), &format!("k{number}"), &[&account]));
    }
    store.schedule_all(&ctx, posts).await.unwrap();
    let done = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let workers: Vec<_> = (0..3)
        .map(|_| {
            let (store, done) = (store.clone(), done.clone());
            tokio::spawn(worker(store, move || done.load(std::sync::atomic::Ordering::Relaxed)))
        })
        .collect();
    for how in [Shutdown::Fast, Shutdown::Immediate] {
        SystemClock.sleep(Duration::from_millis(150)).await;
        let server = server.clone();
        tokio::task::spawn_blocking(move || server.restart(how).unwrap()).await.unwrap();
    }
    let published = "SELECT count(*) FROM xmp.deliveries WHERE state = 'published'";
    for round in 0.. {
        if database.run(published).unwrap() == POSTS.to_string() {
            break;
        }
        assert!(round < 300, "{:?}", database.run("SELECT state, count(*) FROM xmp.deliveries GROUP BY 1"));
        SystemClock.sleep(Duration::from_millis(100)).await;
    }
    done.store(true, std::sync::atomic::Ordering::Relaxed);
    for worker in workers {
        worker.await.unwrap();
    }
    let once = "SELECT count(*), count(DISTINCT delivery) FROM xmp.published";
    assert_eq!(database.run(once).unwrap(), format!("{POSTS}\t{POSTS}"));
    let events = store.events(&ctx, 0, 100_000).await.unwrap();
    assert!(events.is_sorted_by(|one, next| one.sequence < next.sequence));
    assert!(store.claim(&request(0)).await.unwrap().is_empty());
    let account = connect(&store, &ctx, "0").await;
    store.schedule(&ctx, new_post(&ctx, SystemClock.now(), "last", &[&account])).await.unwrap();
    tokio::select! {
        () = store.woken() => {}
        () = SystemClock.sleep(Duration::from_secs(9)) => panic!("it listens no more"),
    }
}

/// Runs a program of the machine. Tells whether it has it.
fn run(folder: &Path, program: &str, arguments: &[&str]) -> bool {
    match Command::new(program).args(arguments).current_dir(folder).output() {
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            true
        }
        Err(_) => false,
    }
}

/// An authority, and a certificate for 127.0.0.1 that it signed.
fn make_certificates(folder: &Path) -> bool {
    std::fs::write(folder.join("names"), "subjectAltName=IP:127.0.0.1\n").unwrap();
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    let authority =
        ["req", "-x509", "-subj", "/CN=an authority", "-days", "2", "-keyout", "ca.key", "-out", "ca.pem"];
    let asked = ["req", "-subj", "/CN=a server", "-keyout", "server.key", "-out", "server.csr"];
    let signed = [
        "x509",
        "-req",
        "-in",
        "server.csr",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-days",
        "2",
        "-extfile",
        "names",
        "-out",
        "server.pem",
    ];
    run(folder, "openssl", &[&authority[..], &key[..]].concat())
        && run(folder, "openssl", &[&asked[..], &key[..]].concat())
        && run(folder, "openssl", &signed)
}

#[tokio::test]
async fn tls_is_used_and_the_certificate_is_checked() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
    let Some(server) = server(&PostgresOptions::default()) else { return };
    let database = server.fresh_database().unwrap();
    let folder = tempfile::tempdir().unwrap();
    if !make_certificates(folder.path()) {
        println!("skipped: this machine has no openssl");
        return;
    }
    let data = database.run("SHOW data_directory").unwrap();
    let owner = std::fs::metadata(&data).unwrap().uid();
    for name in ["server.pem", "server.key"] {
        let place = Path::new(&data).join(name);
        std::fs::copy(folder.path().join(name), &place).unwrap();
        std::fs::set_permissions(&place, std::fs::Permissions::from_mode(0o600)).unwrap();
        chown(&place, Some(owner), None).unwrap();
    }
    let set = ["ssl_cert_file = 'server.pem'", "ssl_key_file = 'server.key'", "ssl = on"];
    for setting in set {
        database.run(&format!("ALTER SYSTEM SET {setting}")).unwrap();
    }
    let plain = async |settings: &str| {
        let url = format!("{}?{settings}", database.tcp_url());
        PostgresStore::open(&url, ring()).await
    };
    let told = plain("sslmode=require").await.unwrap_err();
    assert_eq!((told.kind(), told.code()), (ErrorKind::Configuration, "store.tls"), "no TLS yet: {told}");
    database.run("SELECT pg_reload_conf()").unwrap();
    SystemClock.sleep(Duration::from_millis(500)).await;

    let authority = format!("sslmode=verify-full&sslrootcert={}", folder.path().join("ca.pem").display());
    let store = plain(&authority).await.unwrap();
    store.accounts(&Context::default()).await.unwrap();
    // The one that listens is made beside.
    SystemClock.sleep(Duration::from_millis(500)).await;
    let encrypted =
        "SELECT bool_and(ssl) AND count(*) >= 2 FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
         WHERE datname = current_database() AND application_name = 'xmp'";
    assert_eq!(database.run(encrypted).unwrap(), "t", "all of them, and the one that listens too");
    for settings in ["sslmode=require", "sslmode=prefer"] {
        let told = plain(settings).await.unwrap_err();
        assert_eq!((told.kind(), told.code()), (ErrorKind::Configuration, "store.tls"), "{told}");
    }
    plain("sslmode=disable").await.unwrap();
}
