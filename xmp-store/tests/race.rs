//! Several handles and several processes on one store.
#![cfg(any(feature = "store-sqlite", all(unix, feature = "store-postgres")))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test tells by a panic")]

mod common;

use std::collections::HashSet;
use std::ffi::OsStr;
use std::process::{Child, Command, Stdio};

use common::{clock, connect, fill, new_post};
use xmp_core::step::Verdict;
use xmp_core::{
    AccountStore, Clock, Context, DeliveryStore, PostFilter, PublishedRef, RemoteId, Store, WorkerId,
};
use xmp_store::SealKey;

const PLACE: &str = "XMP_STORE_TEST_PLACE";
const KEY: &str = "XMP_STORE_TEST_KEY";
const WORKER: &str = "XMP_STORE_TEST_WORKER";

/// Publishes until nothing is left, and tells what it published.
async fn publish_all(store: &impl DeliveryStore, worker: WorkerId, mut tell: impl FnMut(String)) {
    loop {
        let claimed = store.claim(&common::request(worker, 3, false)).await.unwrap();
        if claimed.is_empty() {
            return;
        }
        for claimed in claimed {
            common::begin(store, &claimed).await;
            let id = claimed.delivery.id.to_string();
            let reference = PublishedRef { remote_id: RemoteId::new(id.clone()), url: None, at: None };
            let part = claimed.delivery.parts[0].id;
            store.conclude(&claimed.lease, part, Verdict::Published(reference)).await.unwrap();
            tell(id);
        }
    }
}

/// Four workers, two on each handle, publish all that there is, each once.
async fn publish_racing<S: DeliveryStore + Clone + 'static>(stores: [S; 2], posts: usize) {
    let racing = (0..4).map(|number| {
        let store = stores[number % 2].clone();
        tokio::spawn(async move {
            let mut ids = Vec::new();
            publish_all(&store, WorkerId::new(clock().now()), |id| ids.push(id)).await;
            ids
        })
    });
    let mut all = Vec::new();
    for task in racing.collect::<Vec<_>>() {
        all.extend(task.await.unwrap());
    }
    assert_eq!((all.len(), all.iter().collect::<HashSet<_>>().len()), (posts, posts));
}

/// Eight who schedule under one key: one of them is first.
async fn schedule_racing<S: Store + Clone + 'static>(stores: [S; 2]) {
    let ctx = Context::default();
    let account = connect(&stores[0], &ctx, "1").await;
    let racing = (0..8).map(|number| {
        let (store, ctx, account) = (stores[number % 2].clone(), ctx.clone(), account.clone());
        tokio::spawn(async move {
            let new = new_post(&ctx, clock().now(), "k", &[&account]);
            store.schedule(&ctx, new).await.unwrap()
        })
    });
    let mut first = 0;
    let mut ids = HashSet::new();
    for task in racing.collect::<Vec<_>>() {
        let scheduled = task.await.unwrap();
        first += usize::from(!scheduled.replayed);
        ids.insert(scheduled.view.post.id);
    }
    assert_eq!((first, ids.len()), (1, 1));
    assert_eq!(stores[0].events(&ctx, 0, 99).await.unwrap().len(), 2);
}

fn given(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Starts this very program again, for one test of it.
fn again(test: &str, place: impl AsRef<OsStr>, key: &SealKey, worker: WorkerId) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(PLACE, place)
        .env(KEY, key.to_base64().expose())
        .env(WORKER, worker.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// What workers in processes of their own say that they published.
fn all_published(workers: Vec<Child>) -> Vec<String> {
    let mut all = Vec::new();
    for worker in workers {
        let output = worker.wait_with_output().unwrap();
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        all.extend(text.lines().filter_map(|line| line.strip_prefix("published ")).map(str::to_owned));
    }
    all
}

#[cfg(feature = "store-sqlite")]
mod sqlite {
    use std::io::{BufRead as _, BufReader};
    use std::path::{Path, PathBuf};
    use std::sync::Arc;

    use super::*;
    use xmp_store::{Keyring, SqliteStore};

    async fn open(path: &Path, key: &SealKey) -> SqliteStore {
        SqliteStore::open(path, Keyring::new(key.clone()), Arc::new(clock())).await.unwrap()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn two_handles_never_claim_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("xmp.db");
        let key = SealKey::generate().unwrap();
        let stores = [open(&path, &key).await, open(&path, &key).await];
        fill(&stores[0], &Context::default(), 60).await;
        publish_racing(stores, 60).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn one_key_gives_one_post() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("xmp.db");
        let key = SealKey::generate().unwrap();
        schedule_racing([open(&path, &key).await, open(&path, &key).await]).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn opening_at_once_migrates_once() {
        for _ in 0..5 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("xmp.db");
            let key = SealKey::generate().unwrap();
            let racing = (0..8).map(|_| {
                let (path, key) = (path.clone(), key.clone());
                tokio::spawn(async move { open(&path, &key).await.accounts(&Context::default()).await })
            });
            for task in racing.collect::<Vec<_>>() {
                assert!(task.await.unwrap().unwrap().is_empty());
            }
            let raw = rusqlite::Connection::open(&path).unwrap();
            let made: i64 = raw.query_row("SELECT count(*) FROM migrations", [], |row| row.get(0)).unwrap();
            let version: i64 = raw.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
            assert_eq!(made, version);
        }
    }

    /// A worker in a process of its own. Does nothing unless [`several_processes_never_claim_the_same`] starts it.
    #[tokio::test]
    async fn a_worker_of_its_own() {
        let (Some(path), Ok(key), Some(worker)) = (given(PLACE), SealKey::from_env(KEY), given(WORKER))
        else {
            return;
        };
        let store = open(&PathBuf::from(path), &key).await;
        publish_all(&store, worker.parse().unwrap(), |id| println!("\npublished {id}")).await;
    }

    #[tokio::test]
    async fn several_processes_never_claim_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("xmp.db");
        let key = SealKey::generate().unwrap();
        let store = open(&path, &key).await;
        let ctx = Context::default();
        fill(&store, &ctx, 80).await;
        let start = || again("sqlite::a_worker_of_its_own", &path, &key, WorkerId::new(clock().now()));
        let all = all_published((0..4).map(|_| start()).collect());
        assert_eq!((all.len(), all.iter().collect::<HashSet<_>>().len()), (80, 80));
        let views =
            store.posts(&ctx, &PostFilter { limit: Some(99), ..PostFilter::default() }).await.unwrap();
        assert!(views.iter().all(|view| view.deliveries[0].fence == 1), "each was claimed once");
    }

    /// Changes everything in a transaction and never commits. Does nothing unless
    /// [`a_process_killed_within_a_transaction_leaves_nothing`] starts it.
    #[test]
    fn a_transaction_without_end() {
        let Some(path) = given(PLACE) else { return };
        let raw = rusqlite::Connection::open(path).unwrap();
        raw.pragma_update(None, "cache_size", 1).unwrap();
        raw.execute_batch(
            "BEGIN IMMEDIATE; UPDATE deliveries SET waiting = 'half done'; UPDATE posts SET actor = 'nobody';
             INSERT INTO media VALUES ('default', 'h', 0, zeroblob(2000000));",
        )
        .unwrap();
        println!("\nhalf done");
        loop {
            std::thread::park();
        }
    }

    #[tokio::test]
    async fn a_process_killed_within_a_transaction_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("xmp.db");
        let key = SealKey::generate().unwrap();
        let ctx = Context::default();
        let filter = PostFilter::default();
        let store = open(&path, &key).await;
        fill(&store, &ctx, 5).await;
        let before = store.posts(&ctx, &filter).await.unwrap();
        let mut child = again("sqlite::a_transaction_without_end", &path, &key, common::worker());
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap() == "half done"));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(store.posts(&ctx, &filter).await.unwrap(), before);
        drop(store);
        let store = open(&path, &key).await;
        assert_eq!(store.posts(&ctx, &filter).await.unwrap(), before);
        publish_all(&store, common::worker(), |_| ()).await;
    }
}

#[cfg(all(unix, feature = "store-postgres"))]
mod postgres {
    use std::time::Duration;

    use super::*;
    use crate::common::postgres;
    use xmp_core::state::DeliveryState;
    use xmp_core::{AccountState, Begun, Claimed, EventKind, EventStore, StopScope, SystemClock};
    use xmp_store::{Keyring, PostgresStore};

    async fn open(url: &str, key: &SealKey) -> PostgresStore {
        PostgresStore::open_with(url, Keyring::new(key.clone()), postgres::options(&clock())).await.unwrap()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn two_handles_never_claim_the_same() {
        let Some(database) = postgres::database() else { return };
        let key = SealKey::generate().unwrap();
        let stores = [open(&database.url(), &key).await, open(&database.url(), &key).await];
        fill(&stores[0], &Context::default(), 60).await;
        publish_racing(stores, 60).await;
    }

    /// Many posts of few accounts: the claims meet at every step.
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn one_delivery_of_an_account_at_a_time() {
        let Some(database) = postgres::database() else { return };
        let key = SealKey::generate().unwrap();
        let stores = [open(&database.url(), &key).await, open(&database.url(), &key).await];
        let ctx = Context::default();
        for remote in ["1", "2", "3"] {
            let account = connect(&stores[0], &ctx, remote).await;
            for number in 0..40 {
                let new = new_post(&ctx, clock().now(), &format!("{remote} {number}"), &[&account]);
                stores[0].schedule(&ctx, new).await.unwrap();
            }
        }
        let busy = std::sync::Arc::new(std::sync::Mutex::new(HashSet::new()));
        let racing = (0..6).map(|number| {
            let (store, busy) = (stores[number % 2].clone(), busy.clone());
            tokio::spawn(async move {
                let worker = WorkerId::new(clock().now());
                let mut published = 0;
                // Nothing to claim may mean that the others have all three accounts.
                let mut idle = 0;
                while idle < 200 {
                    let claimed = store.claim(&common::request(worker, 2, false)).await.unwrap();
                    idle = if claimed.is_empty() { idle + 1 } else { 0 };
                    for claimed in claimed {
                        assert!(busy.lock().unwrap().insert(claimed.account.id), "its account is taken");
                        common::begin(&store, &claimed).await;
                        let remote_id = RemoteId::new(claimed.delivery.id.to_string());
                        let verdict = Verdict::Published(PublishedRef { remote_id, url: None, at: None });
                        assert!(busy.lock().unwrap().remove(&claimed.account.id));
                        let part = claimed.delivery.parts[0].id;
                        store.conclude(&claimed.lease, part, verdict).await.unwrap();
                        published += 1;
                    }
                }
                published
            })
        });
        let mut all = 0;
        for task in racing.collect::<Vec<_>>() {
            all += task.await.unwrap();
        }
        assert_eq!(all, 120);
    }

    /// Whoever is about to begin an attempt is waited for: once sending is stopped, the log has no attempt.
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn nothing_is_begun_once_sending_is_stopped() {
        let Some(database) = postgres::database() else { return };
        let key = SealKey::generate().unwrap();
        let stores = [open(&database.url(), &key).await, open(&database.url(), &key).await];
        let ctx = Context::default();
        fill(&stores[0], &ctx, 120).await;
        let working = stores[1].clone();
        let request = common::request(WorkerId::new(clock().now()), 120, false);
        let claimed = working.claim(&request).await.unwrap();
        assert_eq!(claimed.len(), 120);
        let working = tokio::spawn(async move {
            for some in claimed.chunks(4) {
                let begin = async |claimed: &Claimed| {
                    let new = common::new_attempt(claimed.delivery.current().unwrap().id);
                    working.begin_attempt(&claimed.lease, new).await.unwrap();
                };
                futures_util::future::join_all(some.iter().map(begin)).await;
            }
        });
        while !working.is_finished() {
            stores[0].stop_sending(&ctx, StopScope::All, "the race").await.unwrap();
            stores[0].resume_sending(&ctx, StopScope::All).await.unwrap();
            // Time for some of them to begin.
            assert!(stores[0].stops().await.unwrap().is_empty());
        }
        working.await.unwrap();
        let (mut stopped, mut attempted) = (false, 0);
        for event in stores[0].events(&ctx, 0, 2000).await.unwrap() {
            match event.kind {
                EventKind::SendingStopped => stopped = true,
                EventKind::SendingResumed => stopped = false,
                EventKind::PostAttempted => {
                    assert!(!stopped, "{event:?}");
                    attempted += 1;
                }
                _ => {}
            }
        }
        assert!(attempted > 0, "the race was never on");
    }

    /// Whoever is about to begin an attempt is waited for: once its account is paused, it has begun or never does. Beginning is
    /// made slow, and each account is paused a little later than the one before: some before it, some in its midst.
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn nothing_is_begun_once_its_account_is_paused() {
        let Some(database) = postgres::database() else { return };
        let key = SealKey::generate().unwrap();
        let stores = [open(&database.url(), &key).await, open(&database.url(), &key).await];
        let ctx = Context::default();
        fill(&stores[0], &ctx, 20).await;
        let slow = "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
             'BEGIN PERFORM pg_sleep(0.04); RETURN NEW; END';
             CREATE TRIGGER slow BEFORE UPDATE ON xmp.deliveries FOR EACH ROW WHEN (NEW.state = 'sending')
                 EXECUTE FUNCTION slow()";
        let request = common::request(WorkerId::new(clock().now()), 20, false);
        let claimed = stores[1].claim(&request).await.unwrap();
        assert_eq!(claimed.len(), 20);
        database.run(slow).unwrap();
        let mut begun = 0;
        for (number, claimed) in claimed.iter().enumerate() {
            let begin = async {
                SystemClock.sleep(Duration::from_millis(20)).await;
                let new = common::new_attempt(claimed.delivery.current().unwrap().id);
                stores[1].begin_attempt(&claimed.lease, new).await.unwrap()
            };
            let pause = async {
                SystemClock.sleep(Duration::from_millis(number as u64 * 3)).await;
                let (id, to) = (claimed.account.id, AccountState::Paused);
                stores[0].set_account_state(&ctx, id, to, "the race").await.unwrap();
                stores[0].post(&ctx, claimed.delivery.post).await.unwrap().deliveries.remove(0).state
            };
            match futures_util::future::join(begin, pause).await {
                (Begun::Attempt(_), state) => {
                    assert_eq!(state, DeliveryState::Sending, "it was begun after the pause");
                    begun += 1;
                }
                (Begun::NotActive(AccountState::Paused), state) => {
                    assert_eq!(state, DeliveryState::Scheduled);
                }
                other => panic!("{other:?}"),
            }
        }
        assert!((1..20).contains(&begun), "the race was never on: {begun} were begun");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn one_key_gives_one_post() {
        let Some(database) = postgres::database() else { return };
        let key = SealKey::generate().unwrap();
        schedule_racing([open(&database.url(), &key).await, open(&database.url(), &key).await]).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn one_account_is_connected_once() {
        let Some(database) = postgres::database() else { return };
        let key = SealKey::generate().unwrap();
        let stores = [open(&database.url(), &key).await, open(&database.url(), &key).await];
        let racing = (0..8).map(|number| {
            let store = stores[number % 2].clone();
            tokio::spawn(async move { connect(&store, &Context::default(), "1").await.id })
        });
        let mut ids = HashSet::new();
        for task in racing.collect::<Vec<_>>() {
            ids.insert(task.await.unwrap());
        }
        assert_eq!(ids.len(), 1);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn opening_at_once_migrates_once() {
        let Some(database) = postgres::database() else { return };
        let key = SealKey::generate().unwrap();
        let racing = (0..8).map(|_| {
            let (url, key) = (database.url(), key.clone());
            tokio::spawn(async move { open(&url, &key).await.accounts(&Context::default()).await })
        });
        for task in racing.collect::<Vec<_>>() {
            assert!(task.await.unwrap().unwrap().is_empty());
        }
        let made = database.run("SELECT count(*) = max(version) FROM xmp.migrations").unwrap();
        assert_eq!(made, "t");
    }

    /// A worker in a process of its own. Does nothing unless [`several_processes_never_claim_the_same`] starts it.
    #[tokio::test]
    async fn a_worker_of_its_own() {
        let (Some(url), Ok(key), Some(worker)) = (given(PLACE), SealKey::from_env(KEY), given(WORKER)) else {
            return;
        };
        let store = open(&url, &key).await;
        publish_all(&store, worker.parse().unwrap(), |id| println!("\npublished {id}")).await;
    }

    #[tokio::test]
    async fn several_processes_never_claim_the_same() {
        let Some(database) = postgres::database() else { return };
        let key = SealKey::generate().unwrap();
        let store = open(&database.url(), &key).await;
        let ctx = Context::default();
        fill(&store, &ctx, 80).await;
        let start =
            || again("postgres::a_worker_of_its_own", database.url(), &key, WorkerId::new(clock().now()));
        let all = all_published((0..4).map(|_| start()).collect());
        assert_eq!((all.len(), all.iter().collect::<HashSet<_>>().len()), (80, 80));
        let filter = PostFilter { limit: Some(99), ..PostFilter::default() };
        let views = store.posts(&ctx, &filter).await.unwrap();
        assert!(views.iter().all(|view| view.deliveries[0].fence == 1), "each was claimed once");
    }
}
