//! What only a file can get wrong.
#![cfg(feature = "store-sqlite")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test tells by a panic")]

mod common;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use common::{clock, connect, new_post};
use rusqlite::Connection;
use xmp_core::step::Verdict;
use xmp_core::{
    AccountStore, Clock, Context, DeliveryStore, ErrorKind, EventKind, EventStore, PendingConsent,
    PlatformId, PostFilter, PublishedRef, RemoteId, Secret, SecretKey, SecretStore, Store,
};
use xmp_store::{Keyring, SealKey, SqliteOptions, SqliteStore};

struct File {
    _folder: tempfile::TempDir,
    path: PathBuf,
    key: SealKey,
}

impl File {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("xmp.db");
        Self { _folder: folder, path, key: SealKey::generate().unwrap() }
    }

    fn ring(&self) -> Keyring {
        Keyring::new(self.key.clone())
    }

    async fn try_open(&self) -> xmp_core::Result<SqliteStore> {
        SqliteStore::open(&self.path, self.ring(), Arc::new(clock())).await
    }

    async fn open(&self) -> SqliteStore {
        self.try_open().await.unwrap()
    }

    /// The file, behind the store's back.
    fn raw(&self) -> Connection {
        Connection::open(&self.path).unwrap()
    }
}

async fn refusal(file: &File) -> (ErrorKind, &'static str, String) {
    let error = file.try_open().await.unwrap_err();
    (error.kind(), error.code(), error.to_string())
}

#[tokio::test]
async fn what_was_kept_is_there_after_opening_again() {
    let file = File::new();
    let ctx = Context::default();
    let (account, view) = {
        let store = file.open().await;
        let account = connect(&store, &ctx, "1").await;
        let new = new_post(&ctx, clock().now(), "k", &[&account]);
        (account, store.schedule(&ctx, new).await.unwrap().view)
    };
    let store = file.open().await;
    assert_eq!(store.account(&ctx, account.id).await.unwrap(), account);
    assert_eq!(store.post(&ctx, view.post.id).await.unwrap(), view);
    assert_eq!(store.events(&ctx, 0, 9).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_closed_store_has_given_its_file_back() {
    let file = File::new();
    let store = file.open().await;
    connect(&store, &Context::default(), "ada").await;
    let other_half = store.clone();
    store.close().await;
    // The last connection takes the log with it, which it does not while another one is open.
    assert!(!file.path.with_extension("db-wal").exists());
    let error = other_half.accounts(&Context::default()).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Storage, "store.stopped"));
    other_half.close().await;
    assert_eq!(file.open().await.accounts(&Context::default()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_newer_database_is_refused() {
    let file = File::new();
    drop(file.open().await);
    file.raw().execute_batch("INSERT INTO migrations (version, name, made_at) VALUES (99, 'n', 0)").unwrap();
    file.raw().pragma_update(None, "user_version", 99).unwrap();
    let (kind, code, message) = refusal(&file).await;
    assert_eq!((kind, code), (ErrorKind::Configuration, "store.newer"));
    assert!(message.contains("99") && message.contains("up to") && message.contains("update"), "{message}");
}

/// During a rolling deploy the next version has been here: with more columns, tables, and words.
#[tokio::test]
async fn a_newer_database_that_breaks_nothing_is_worked_with() {
    let file = File::new();
    drop(file.open().await);
    file.raw()
        .execute_batch(
            "INSERT INTO migrations (version, name, made_at, breaking) VALUES (99, 'next', 0, 0);
             PRAGMA user_version = 99;
             ALTER TABLE accounts ADD COLUMN mood TEXT NOT NULL DEFAULT 'fine';
             ALTER TABLE posts ADD COLUMN weather TEXT;
             ALTER TABLE deliveries ADD COLUMN speed INTEGER NOT NULL DEFAULT 1;
             ALTER TABLE parts ADD COLUMN colour TEXT;
             ALTER TABLE attempts ADD COLUMN effort INTEGER;
             ALTER TABLE events ADD COLUMN loudness INTEGER;
             CREATE TABLE dreams (tenant TEXT NOT NULL);",
        )
        .unwrap();
    let (store, ctx) = (file.open().await, Context::default());
    let account = connect(&store, &ctx, "1").await;
    let view = store.schedule(&ctx, new_post(&ctx, clock().now(), "k", &[&account])).await.unwrap().view;
    let claimed = common::claim(&store, 1).await.remove(0);
    common::begin(&store, &claimed).await;
    let verdict = Verdict::Published(PublishedRef { remote_id: RemoteId::new("r1"), url: None, at: None });
    store.conclude(&claimed.lease, view.deliveries[0].parts[0].id, verdict).await.unwrap();
    file.raw().execute_batch("UPDATE events SET kind = 'post.teleported' WHERE sequence = 2").unwrap();
    let kinds: Vec<_> = store.events(&ctx, 0, 9).await.unwrap().into_iter().map(|event| event.kind).collect();
    assert_eq!(kinds[..2], [EventKind::AccountConnected, EventKind::Unknown]);
    assert_eq!(kinds.len(), 4, "{kinds:?}");
}

/// A newer program has come meanwhile: what it changed is noticed by those that have the file open.
#[tokio::test]
async fn an_open_store_notices_a_newer_version_that_breaks_it() {
    let file = File::new();
    let (store, ctx) = (file.open().await, Context::default());
    connect(&store, &ctx, "1").await;
    let migrate = |version: i32, breaking: i32| {
        let note = "INSERT INTO migrations (version, name, made_at, breaking) VALUES (?1, 'next', 0, ?2)";
        file.raw().execute(note, [version, breaking]).unwrap();
        file.raw().pragma_update(None, "user_version", version).unwrap();
    };
    migrate(98, 0);
    connect(&store, &ctx, "2").await;
    assert_eq!(store.accounts(&ctx).await.unwrap().len(), 2);
    migrate(99, 1);
    for _ in 0..2 {
        let written = store.connect(&ctx, common::new_account("3"), Secret::new("t")).await.unwrap_err();
        assert_eq!((written.kind(), written.code()), (ErrorKind::Configuration, "store.newer"), "{written}");
        let read = store.accounts(&ctx).await.unwrap_err();
        assert_eq!((read.kind(), read.code()), (ErrorKind::Configuration, "store.newer"), "{read}");
    }
    let kept: i64 = file.raw().query_row("SELECT count(*) FROM accounts", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 2);
}

#[tokio::test]
async fn a_database_of_the_first_version_is_brought_up_to_date() {
    let file = File::new();
    file.raw()
        .execute_batch(&format!(
            "{}; PRAGMA application_id = 0x786d7031; PRAGMA user_version = 1;
             INSERT INTO migrations (version, name, made_at) VALUES (1, 'first', 0);
             INSERT INTO clock (one, seen) VALUES (1, 0);
             INSERT INTO consents (tenant, digest, platform, redirect_uri, key_id, verifier, expires_at)
                 VALUES ('default', 'd', 'x', 'r', 'k', x'00', 9000000000000000);",
            include_str!("../migrations/0001_first.sql"),
        ))
        .unwrap();
    let store = file.open().await;
    let ctx = Context::default();
    connect(&store, &ctx, "ada").await;
    let consent = PendingConsent {
        state: Secret::new("state"),
        verifier: Secret::new("verifier"),
        platform: PlatformId::X,
        app: "one of several".to_owned(),
        redirect_uri: "r".to_owned(),
        expires_in: Duration::from_secs(60),
    };
    store.put_consent(&ctx, consent).await.unwrap();
    let kept = store.take_consent(&ctx, &Secret::new("state")).await.unwrap().unwrap();
    assert_eq!(kept.app, "one of several");
}

#[tokio::test]
async fn another_applications_database_is_refused_and_left_alone() {
    let file = File::new();
    file.raw().execute_batch("CREATE TABLE notes (text TEXT)").unwrap();
    let before = std::fs::read(&file.path).unwrap();
    let (kind, code, _) = refusal(&file).await;
    assert_eq!((kind, code), (ErrorKind::Configuration, "store.foreign"));
    assert_eq!(std::fs::read(&file.path).unwrap(), before);
}

#[tokio::test]
async fn what_is_no_database_is_refused() {
    let file = File::new();
    std::fs::write(&file.path, "not a database, and longer than a header of one. ".repeat(100)).unwrap();
    let (kind, code, _) = refusal(&file).await;
    assert_eq!((kind, code), (ErrorKind::Storage, "store.corrupt"));
}

#[tokio::test]
async fn a_damaged_database_is_told() {
    let file = File::new();
    let ctx = Context::default();
    connect(&file.open().await, &ctx, "1").await;
    file.raw().pragma_update(None, "wal_checkpoint", "TRUNCATE").ok();
    let mut bytes = std::fs::read(&file.path).unwrap();
    bytes[4096..].fill(0x5a);
    std::fs::write(&file.path, bytes).unwrap();
    let error = match file.try_open().await {
        Ok(store) => store.accounts(&ctx).await.unwrap_err(),
        Err(error) => error,
    };
    assert_eq!((error.kind(), error.code()), (ErrorKind::Storage, "store.corrupt"), "{error}");
}

#[tokio::test]
async fn wrong_paths_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let key = SealKey::generate().unwrap();
    for (path, word) in [(folder.path().join("none/xmp.db"), "none"), (folder.path().to_owned(), "directory")]
    {
        let opened = SqliteStore::open(&path, Keyring::new(key.clone()), Arc::new(clock())).await;
        let error = opened.unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Configuration, "store.path"));
        assert!(error.to_string().contains(word), "{error}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let file = File::new();
    let store = file.open().await;
    connect(&store, &Context::default(), "1").await;
    for name in ["xmp.db", "xmp.db-wal", "xmp.db-shm"] {
        let mode = std::fs::metadata(file.path.with_file_name(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_read_only_file_is_refused_at_once() {
    use std::os::unix::fs::PermissionsExt as _;
    let file = File::new();
    drop(file.open().await);
    std::fs::set_permissions(&file.path, std::fs::Permissions::from_mode(0o400)).unwrap();
    if std::fs::OpenOptions::new().write(true).open(&file.path).is_ok() {
        println!(
            "skipped: this user (root) may write whatever the mode says; the unit test of `open` covers it"
        );
        return;
    }
    let (kind, code, _) = refusal(&file).await;
    assert_eq!((kind, code), (ErrorKind::Storage, "store.read_only"));
}

#[tokio::test]
async fn a_wrong_key_is_noticed_at_open() {
    let mut file = File::new();
    drop(file.open().await);
    let old = std::mem::replace(&mut file.key, SealKey::generate().unwrap());
    let (kind, code, message) = refusal(&file).await;
    assert_eq!((kind, code), (ErrorKind::Configuration, "seal.wrong_key"));
    assert!(message.contains(&old.id()) && message.contains(&file.key.id()), "{message}");
    assert!(!message.contains(old.to_base64().expose()));
}

#[tokio::test]
async fn a_key_can_be_changed() {
    let file = File::new();
    let ctx = Context::default();
    let account = connect(&file.open().await, &ctx, "1").await;
    let key = SecretKey { account: account.id, field: "oauth2" };
    let new = SealKey::generate().unwrap();
    let open = async |ring| SqliteStore::open(&file.path, ring, Arc::new(clock())).await;
    let both = open(Keyring::new(new.clone()).with_old(file.key.clone())).await.unwrap();
    let found = both.secret(&ctx, &key).await.unwrap().unwrap();
    assert_eq!(found.value.expose(), "tokens");
    let error = open(Keyring::new(new.clone())).await.unwrap_err();
    assert_eq!(error.code(), "seal.wrong_key", "the old key still holds a secret");
    both.put_secret(&ctx, &key, Secret::new("fresh"), found.version).await.unwrap();
    drop(both);
    let alone = open(Keyring::new(new)).await.unwrap();
    assert_eq!(alone.secret(&ctx, &key).await.unwrap().unwrap().value.expose(), "fresh");
    assert_eq!(open(file.ring()).await.unwrap_err().code(), "seal.wrong_key");
}

#[tokio::test]
async fn secrets_are_sealed_and_bound_to_their_place() {
    let file = File::new();
    let ctx = Context::default();
    let store = file.open().await;
    let new = |remote| connect(&store, &ctx, remote);
    let (one, two) = (new("1").await, new("2").await);
    let key = |id| SecretKey { account: id, field: "oauth2" };
    store.put_secret(&ctx, &key(one.id), Secret::new("very-secret-token"), 1).await.unwrap();
    for name in ["xmp.db", "xmp.db-wal"] {
        let bytes = std::fs::read(file.path.with_file_name(name)).unwrap();
        assert!(!bytes.windows(17).any(|window| window == b"very-secret-token"), "{name}");
    }
    let copy =
        "UPDATE secrets SET sealed = (SELECT sealed FROM secrets WHERE account = ?1) WHERE account = ?2";
    file.raw().execute(copy, [one.id.to_string(), two.id.to_string()]).unwrap();
    let moved = store.secret(&ctx, &key(two.id)).await.unwrap_err();
    assert_eq!((moved.kind(), moved.code()), (ErrorKind::Storage, "seal.broken"));
    let mut sealed: Vec<u8> = file
        .raw()
        .query_row("SELECT sealed FROM secrets WHERE account = ?1", [one.id.to_string()], |row| row.get(0))
        .unwrap();
    *sealed.last_mut().unwrap() ^= 1;
    file.raw()
        .execute("UPDATE secrets SET sealed = ?1 WHERE account = ?2", (sealed, one.id.to_string()))
        .unwrap();
    let changed = store.secret(&ctx, &key(one.id)).await.unwrap_err();
    assert_eq!((changed.kind(), changed.code()), (ErrorKind::Storage, "seal.broken"));
    assert!(!format!("{changed:?} {moved:?}").contains("very-secret"));
}

#[tokio::test]
async fn values_of_a_newer_version_are_errors_that_name_their_column() {
    let file = File::new();
    let ctx = Context::default();
    let store = file.open().await;
    let account = connect(&store, &ctx, "1").await;
    store.schedule(&ctx, new_post(&ctx, clock().now(), "k", &[&account])).await.unwrap();
    let posts = async || store.posts(&ctx, &PostFilter::default()).await.unwrap_err();
    for (change, undo, column) in [
        ("UPDATE parts SET state = 'levitating'", "UPDATE parts SET state = 'waiting'", "parts.state"),
        ("UPDATE parts SET content = '{'", "UPDATE parts SET content = '{\"text\":\"t\"}'", "parts.content"),
        ("UPDATE deliveries SET priority = 7", "UPDATE deliveries SET priority = 20", "deliveries.priority"),
        (
            "UPDATE deliveries SET due_at = 9223372036854775807",
            "UPDATE deliveries SET due_at = 0",
            "deliveries.due_at",
        ),
        ("UPDATE deliveries SET fence = -1", "UPDATE deliveries SET fence = 0", "deliveries.fence"),
        ("UPDATE posts SET request = 'x'", "", "posts.request"),
    ] {
        file.raw().execute_batch(change).unwrap();
        let error = posts().await;
        assert_eq!((error.kind(), error.code()), (ErrorKind::Storage, "store.unknown_value"), "{error}");
        assert!(error.to_string().contains(column), "{error}");
        file.raw().execute_batch(undo).unwrap();
    }
}

/// A row of a newer version, in the middle of a rolling deploy, holds nobody else up.
#[tokio::test]
async fn a_delivery_that_cannot_be_read_is_passed_over() {
    let file = File::new();
    let store = file.open().await;
    let ctx = Context::default();
    let (one, two) = (connect(&store, &ctx, "1").await, connect(&store, &ctx, "2").await);
    store.schedule(&ctx, new_post(&ctx, clock().now(), "unreadable", &[&one])).await.unwrap();
    store.schedule(&ctx, new_post(&ctx, clock().now(), "readable", &[&two])).await.unwrap();
    let sql = "UPDATE parts SET state = 'levitating' WHERE delivery = (SELECT id FROM deliveries WHERE account = ?1)";
    assert_eq!(file.raw().execute(sql, [one.id.to_string()]).unwrap(), 1);
    let claimed = common::claim(&store, 9).await;
    assert_eq!(claimed.iter().map(|claimed| claimed.account.id).collect::<Vec<_>>(), [two.id]);
}

#[tokio::test]
async fn another_writer_that_never_ends_is_told() {
    let file = File::new();
    let mut options = SqliteOptions::default();
    options.busy_timeout = Duration::from_millis(50);
    let store = SqliteStore::open_with(&file.path, file.ring(), Arc::new(clock()), options).await.unwrap();
    let other = file.raw();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let ctx = Context::default();
    let new = common::new_account("1");
    let error = store.connect(&ctx, new.clone(), Secret::new("t")).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Storage, "store.busy"));
    assert!(matches!(error.retry(), xmp_core::Retry::After(_)));
    assert!(store.accounts(&ctx).await.unwrap().is_empty(), "readers don't wait");
    other.execute_batch("ROLLBACK").unwrap();
    store.connect(&ctx, new, Secret::new("t")).await.unwrap();
}

#[tokio::test]
async fn a_dropped_call_is_done_as_a_whole_or_not_at_all() {
    let file = File::new();
    let store = file.open().await;
    let ctx = Context::default();
    let account = connect(&store, &ctx, "1").await;
    for number in 0..40 {
        let new = new_post(&ctx, clock().now(), &format!("k{number}"), &[&account]);
        let call = store.schedule(&ctx, new);
        // Polled once: the job is on its way, and its caller goes away.
        let _ = futures_poll(call);
    }
    let views = store.posts(&ctx, &PostFilter::default()).await.unwrap();
    assert!(views.iter().all(|view| view.deliveries.len() == 1 && view.deliveries[0].parts.len() == 1));
    assert_eq!(store.events(&ctx, 0, 999).await.unwrap().len(), views.len() + 1);
}

fn futures_poll<T>(call: impl Future<Output = T>) -> Option<T> {
    let mut call = std::pin::pin!(call);
    match call.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
        std::task::Poll::Ready(value) => Some(value),
        std::task::Poll::Pending => None,
    }
}

#[tokio::test]
async fn the_largest_time_is_kept_in_the_file() {
    let file = File::new();
    let ctx = Context::default();
    let late = clock();
    late.advance(Duration::from_secs(86_400));
    let store = SqliteStore::open(&file.path, file.ring(), Arc::new(late.clone())).await.unwrap();
    connect(&store, &ctx, "1").await;
    drop(store);
    let store = file.open().await;
    let account = connect(&store, &ctx, "2").await;
    assert_eq!(account.created_at, clock().now(), "what is written is the clock's own reading");
    let seen: i64 = file.raw().query_row("SELECT seen FROM clock", [], |row| row.get(0)).unwrap();
    assert_eq!(seen, late.now().as_microsecond());
}

#[test]
fn a_claim_walks_the_queue_and_scans_nothing() {
    let file = File::new();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    drop(runtime.block_on(file.open()));
    let raw = file.raw();
    let plan = |sql: &str| -> String {
        let mut explained = raw.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let rows = explained.query_map([], |row| row.get::<_, String>(3)).unwrap();
        rows.collect::<rusqlite::Result<Vec<_>>>().unwrap().join("\n")
    };
    let claim = plan(
        "SELECT run_at, id, tenant, account FROM deliveries d
         WHERE queue = 'publish' AND priority = 20 AND run_at <= 5 AND (run_at, id) > (1, 'x')
             AND NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.tenant = d.tenant
                 AND o.account = d.account AND o.lease_until IS NOT NULL)
             AND EXISTS (SELECT 1 FROM accounts a WHERE a.tenant = d.tenant AND a.id = d.account
                 AND a.state = 'active' AND (a.blocked_until IS NULL OR a.blocked_until <= 5))
             AND platform IN ('x') ORDER BY run_at, id LIMIT 64",
    );
    assert!(claim.contains("deliveries_queue (queue=? AND priority=? AND (run_at,id)>"), "{claim}");
    assert!(!claim.contains("SCAN") && !claim.contains("TEMP B-TREE"), "{claim}");
    let lapsed = plan("SELECT id FROM deliveries WHERE lease_until IS NOT NULL AND lease_until <= 5");
    assert!(lapsed.contains("deliveries_leases (lease_until"), "{lapsed}");
    let equal = plan(
        "SELECT delivery FROM parts INDEXED BY parts_unresolved
         WHERE tenant = 't' AND account = 'a' AND fingerprint = 'f' AND id <> 'i'
             AND unresolved = 1 ORDER BY delivery LIMIT 1",
    );
    assert!(equal.contains("parts_unresolved (tenant=? AND account=? AND fingerprint=?)"), "{equal}");
    let owner = plan(
        "SELECT delivery FROM parts WHERE tenant = 't' AND account = 'a' AND remote_id = 'r' AND id <> 'i'",
    );
    assert!(owner.contains("parts_remote"), "{owner}");
    let of_post = plan("SELECT * FROM deliveries WHERE tenant = 't' AND post = 'p' ORDER BY place");
    assert!(of_post.contains("deliveries_post (tenant=? AND post=?)"), "{of_post}");
    let next = plan(
        "SELECT run_at AS at FROM deliveries d WHERE queue = 'publish' AND priority = 20 AND 5 IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.tenant = d.tenant
                 AND o.account = d.account AND o.lease_until IS NOT NULL)
             AND d.platform IN ('x') ORDER BY at LIMIT 1",
    );
    assert!(next.contains("deliveries_queue (queue=? AND priority=?)"), "{next}");
    assert!(!next.contains("TEMP B-TREE"), "{next}");
}

#[tokio::test]
async fn every_attempt_stays_in_the_history() {
    use xmp_core::step::Verdict;
    let file = File::new();
    let ctx = Context::default();
    let store = file.open().await;
    let account = connect(&store, &ctx, "1").await;
    store.schedule(&ctx, new_post(&ctx, clock().now(), "k", &[&account])).await.unwrap();
    for _ in 0..3 {
        let claimed = common::claim(&store, 1).await.remove(0);
        common::begin(&store, &claimed).await;
        let after = Duration::ZERO;
        let verdict = Verdict::Retry { error: common::failure(), after };
        store.conclude(&claimed.lease, claimed.delivery.parts[0].id, verdict).await.unwrap();
    }
    let raw = file.raw();
    let mut rows =
        raw.prepare("SELECT number, fence, outcome, worker FROM attempts ORDER BY number").unwrap();
    let found: Vec<(i64, i64, String, String)> = rows
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .unwrap()
        .collect::<rusqlite::Result<_>>()
        .unwrap();
    let worker = common::worker().to_string();
    let expected: Vec<_> = (1..=3).map(|n| (n, n, "not_sent".to_owned(), worker.clone())).collect();
    assert_eq!(found, expected);
}
