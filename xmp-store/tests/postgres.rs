//! What only a server can get wrong: its transactions, its roles, its versions.
#![cfg(all(unix, feature = "store-postgres"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test tells by a panic")]

mod common;

use std::time::Duration;

use common::postgres::{client, database, open, options, ring};
use common::{clock, connect, fill, new_post, worker};
use serde_json::json;
use xmp_core::state::DeliveryState;
use xmp_core::step::Verdict;
use xmp_core::{
    AccountState, AccountStore, Clock, Context, DeliveryStore, ErrorKind, ErrorRecord, EventStore,
    IdempotencyKey, PlatformId, PostFilter, PublishedRef, RemoteId, RequestState, RequestStore, Retry,
    Secret, StopScope, Store, SystemClock, TenantId, WorkerId,
};
use xmp_proof_servers::Database;
use xmp_store::{Keyring, PostgresStore, SealKey};

/// Publishes what is due, and tells how many there were.
async fn publish(store: &PostgresStore, limit: usize) -> usize {
    let claimed = common::claim(store, limit).await;
    for claimed in &claimed {
        common::begin(store, claimed).await;
        let remote_id = RemoteId::new(claimed.delivery.id.to_string());
        let verdict = Verdict::Published(PublishedRef { remote_id, url: None, at: None });
        store.conclude(&claimed.lease, claimed.delivery.parts[0].id, verdict).await.unwrap();
    }
    claimed.len()
}

/// Waits for something for so long; `None` if it takes longer.
async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        done = work => Some(done),
        () = SystemClock.sleep(limit) => None,
    }
}

#[tokio::test]
async fn what_was_kept_is_there_after_opening_again() {
    let Some(database) = database() else { return };
    let ctx = Context::default();
    let store = open(&database, &clock()).await;
    let account = connect(&store, &ctx, "1").await;
    let new = new_post(&ctx, clock().now(), "k", &[&account]);
    let view = store.schedule(&ctx, new).await.unwrap().view;
    store.close().await;
    let closed = store.accounts(&ctx).await.unwrap_err();
    assert_eq!((closed.kind(), closed.code()), (ErrorKind::Storage, "store.stopped"));
    let store = open(&database, &clock()).await;
    assert_eq!(store.account(&ctx, account.id).await.unwrap(), account);
    assert_eq!(store.post(&ctx, view.post.id).await.unwrap(), view);
    assert_eq!(store.events(&ctx, 0, 9).await.unwrap().len(), 2);
}

#[tokio::test]
async fn the_servers_clock_is_the_stores() {
    let Some(database) = database() else { return };
    let ctx = Context::default();
    let store = PostgresStore::open(&database.url(), ring()).await.unwrap();
    let account = connect(&store, &ctx, "1").await;
    let told = database.run("SELECT extract(epoch FROM clock_timestamp())::bigint").unwrap();
    let server: i64 = told.parse().unwrap();
    assert!((server - account.created_at.as_second()).abs() <= 1);
}

/// A name that needs no quotes; and two schemas of one database know nothing of each other.
#[tokio::test]
async fn a_schema_may_have_another_name() {
    let Some(database) = database() else { return };
    let ctx = Context::default();
    let mut stores = Vec::new();
    for schema in ["social", "xmp_2"] {
        let mut options = options(&clock());
        options.schema = schema.to_owned();
        let store = PostgresStore::open_with(&database.url(), ring(), options).await.unwrap();
        let account = connect(&store, &ctx, "1").await;
        store.schedule(&ctx, new_post(&ctx, clock().now(), "k", &[&account])).await.unwrap();
        stores.push(store);
    }
    for store in &stores {
        assert_eq!(publish(store, 9).await, 1);
    }
    assert_eq!(database.run("SELECT to_regnamespace('xmp') IS NULL").unwrap(), "t");
    for name in ["", "Social", "a b", "1st", "pg_own", "x\"; DROP TABLE y"] {
        let mut options = options(&clock());
        options.schema = name.to_owned();
        let error = PostgresStore::open_with(&database.url(), ring(), options).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Configuration, "store.schema"), "{name:?}");
    }
}

#[tokio::test]
async fn a_wrong_key_is_noticed_at_open() {
    let Some(database) = database() else { return };
    let (old, new) = (SealKey::generate().unwrap(), SealKey::generate().unwrap());
    let open = async |ring| PostgresStore::open_with(&database.url(), ring, options(&clock())).await;
    connect(&open(Keyring::new(old.clone())).await.unwrap(), &Context::default(), "1").await;
    let error = open(Keyring::new(new.clone())).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Configuration, "seal.wrong_key"));
    open(Keyring::new(new).with_old(old)).await.unwrap();
}

#[tokio::test]
async fn what_is_wrong_is_told_without_the_connection_string() {
    let Some(database) = database() else { return };
    let cases = [
        (database.tcp_url().replacen("://postgres:", "://postgres:no", 1), "store.login"),
        (database.url().replacen(database.name(), "hunter2_none", 1), "store.no_database"),
        ("postgres://ada:hunter2@127.0.0.1:1/none".to_owned(), "store.away"),
        ("postgres://ada:hunter2@db.example/none?sslmode=maybe".to_owned(), "store.url"),
    ];
    for (url, code) in cases {
        let error = PostgresStore::open(&url, ring()).await.unwrap_err();
        assert_eq!(error.code(), code, "{error:?}");
        let secret = url.split_once(':').unwrap().1.split_once('@').unwrap().0.rsplit(':').next().unwrap();
        assert!(secret.is_empty() || !format!("{error:?}").contains(secret), "{error:?}");
        if code == "store.away" {
            assert!(matches!(error.retry(), Retry::After(_)));
        }
    }
}

/// The statements of docs/postgresql.md for the role that programs work as.
const GRANTS: &str = "
    GRANT USAGE ON SCHEMA xmp TO worker;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA xmp TO worker;
    GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA xmp TO worker;";

fn as_role(database: &Database, role: &str) -> String {
    database.url().replacen("://postgres@", &format!("://{role}@"), 1)
}

#[tokio::test]
async fn a_role_without_the_right_to_migrate_works() {
    let Some(database) = database() else { return };
    let ctx = Context::default();
    // Roles are the server's: this one may be there from another run.
    for role in ["worker", "writer"] {
        let made =
            format!("DO $$ BEGIN CREATE ROLE {role} LOGIN; EXCEPTION WHEN duplicate_object THEN END $$");
        database.run(&made).unwrap();
    }
    let url = as_role(&database, "worker");
    let early = PostgresStore::open_with(&url, ring(), options(&clock())).await.unwrap_err();
    assert_eq!((early.kind(), early.code()), (ErrorKind::Configuration, "store.not_allowed"), "{early}");
    let mut careful = options(&clock());
    careful.migrate = false;
    let early = PostgresStore::open_with(&url, ring(), careful).await.unwrap_err();
    assert_eq!((early.kind(), early.code()), (ErrorKind::Configuration, "store.not_migrated"), "{early}");

    PostgresStore::migrate(&database.url(), options(&clock())).await.unwrap();
    database.run(GRANTS).unwrap();
    let store = PostgresStore::open_with(&url, ring(), options(&clock())).await.unwrap();
    let account = connect(&store, &ctx, "1").await;
    let due = clock().now();
    let view = store.schedule(&ctx, new_post(&ctx, due, "k", &[&account])).await.unwrap().view;
    assert_eq!(publish(&store, 1).await, 1);
    store.set_account_state(&ctx, account.id, AccountState::Paused, "test").await.unwrap();
    assert_eq!(store.events(&ctx, 0, 99).await.unwrap().len(), 5);
    assert_eq!(store.prune(Duration::ZERO, 9).await.unwrap(), 1);
    assert!(store.post(&ctx, view.post.id).await.is_err());

    // Who only schedules in SQL needs one function, and nobody has it by default.
    database.run("GRANT USAGE ON SCHEMA xmp TO writer").unwrap();
    let writer = client(&as_role(&database, "writer")).await;
    let schedule = "SELECT xmp.schedule('default', 'k2', '{\"parts\": []}')";
    assert_eq!(writer.batch_execute(schedule).await.unwrap_err().code().unwrap().code(), "42501");
    database.run("GRANT EXECUTE ON FUNCTION xmp.schedule TO writer").unwrap();
    writer.batch_execute(schedule).await.unwrap();
    assert_eq!(writer.batch_execute("TABLE xmp.requests").await.unwrap_err().code().unwrap().code(), "42501");
    assert_eq!(store.take_requests(worker(), Duration::from_secs(9), 9).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_newer_schema_is_refused_only_where_it_breaks_this_program() {
    let Some(database) = database() else { return };
    let ctx = Context::default();
    let store = open(&database, &clock()).await;
    let (one, two) = (connect(&store, &ctx, "1").await, connect(&store, &ctx, "2").await);
    for (key, account) in [("unreadable", &one), ("readable", &two)] {
        store.schedule(&ctx, new_post(&ctx, clock().now(), key, &[account])).await.unwrap();
    }
    // What a newer version may do: columns, tables, words, fields of documents.
    let newer = format!(
        "INSERT INTO xmp.migrations (version, breaking, name) VALUES (98, false, 'more');
         ALTER TABLE xmp.deliveries ADD COLUMN mood text DEFAULT 'good';
         ALTER TABLE xmp.accounts ADD COLUMN mood text;
         UPDATE xmp.deliveries SET progress = '[{{\"state\": \"levitating\"}}]' WHERE account = '{}';
         UPDATE xmp.deliveries SET progress = '[{{\"mood\": 7}}]' WHERE account = '{}';
         INSERT INTO xmp.events (at, id, correlation_id, version, tenant, kind, actor, data) VALUES
             (now(), gen_random_uuid(), gen_random_uuid(), 2, 'default', 'post.teleported', 'newer', '{{}}')",
        &one.id.to_string()[4..],
        &two.id.to_string()[4..],
    );
    database.run(&newer).unwrap();
    let store = open(&database, &clock()).await;
    assert_eq!(publish(&store, 9).await, 1, "the row of a newer version is passed over");
    let error = store.posts(&ctx, &PostFilter::default()).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Storage, "store.unknown_value"), "{error}");
    let kinds: Vec<_> =
        store.events(&ctx, 0, 99).await.unwrap().into_iter().map(|event| event.kind).collect();
    assert!(kinds.contains(&xmp_core::EventKind::Unknown));

    database.run("INSERT INTO xmp.migrations (version, breaking, name) VALUES (99, true, 'other')").unwrap();
    let error = PostgresStore::open_with(&database.url(), ring(), options(&clock())).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Configuration, "store.newer"));
    assert!(error.to_string().contains("99 (other)"), "{error}");
}

/// A newer program has come meanwhile: what it changed is noticed by those that have the schema open.
#[tokio::test]
async fn an_open_store_notices_a_newer_version_that_breaks_it() {
    let Some(database) = database() else { return };
    let ctx = Context::default();
    let store = open(&database, &clock()).await;
    let account = connect(&store, &ctx, "1").await;
    for name in ["k1", "k2"] {
        store.schedule(&ctx, new_post(&ctx, clock().now(), name, &[&account])).await.unwrap();
    }
    let migrate = async |version: i32, breaking: bool| {
        let note = "INSERT INTO xmp.migrations (version, breaking, name) VALUES";
        database.run(&format!("{note} ({version}, {breaking}, 'other')")).unwrap();
        SystemClock.sleep(Duration::from_millis(1_100)).await;
    };
    migrate(98, false).await;
    let claimed = common::claim(&store, 1).await.remove(0);
    migrate(99, true).await;
    let part = claimed.delivery.parts[0].id;
    let mut client = client(&database.url()).await;
    let transaction = client.transaction().await.unwrap();
    let new = new_post(&ctx, clock().now(), "k3", &[&account]);
    for error in [
        store.begin_attempt(&claimed.lease, common::new_attempt(part)).await.unwrap_err(),
        store.claim(&common::request(worker(), 9, false)).await.unwrap_err(),
        store.accounts(&ctx).await.unwrap_err(),
        store.schedule_in(&transaction, &ctx, new).await.unwrap_err(),
    ] {
        assert_eq!((error.kind(), error.code()), (ErrorKind::Configuration, "store.newer"), "{error}");
        assert!(error.to_string().contains("99 (other)"), "{error}");
    }
    assert_eq!(database.run("SELECT DISTINCT state FROM xmp.deliveries").unwrap(), "scheduled");
}

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::new(text).unwrap()
}

#[tokio::test]
async fn a_post_is_scheduled_with_the_programs_own_transaction() {
    let Some(database) = database() else { return };
    let ctx = Context::default();
    let store = open(&database, &clock()).await;
    let account = connect(&store, &ctx, "1").await;
    let mut client = client(&database.url()).await;
    client.batch_execute("CREATE TABLE orders (id int)").await.unwrap();
    for (name, commits) in [("dropped", false), ("kept", true)] {
        let transaction = client.transaction().await.unwrap();
        transaction.execute("INSERT INTO orders VALUES (1)", &[]).await.unwrap();
        let new = new_post(&ctx, clock().now(), name, &[&account]);
        let scheduled = store.schedule_in(&transaction, &ctx, new).await.unwrap();
        assert!(!scheduled.replayed);
        assert!(common::claim(&store, 9).await.is_empty(), "not before it is committed");
        assert_eq!(store.post_by_key(&ctx, &key(name)).await.unwrap(), None);
        if commits {
            transaction.commit().await.unwrap();
        } else {
            transaction.rollback().await.unwrap();
        }
        let found = store.post_by_key(&ctx, &key(name)).await.unwrap();
        assert_eq!(found, commits.then_some(scheduled.view));
    }
    assert_eq!(database.run("SELECT count(*) FROM orders").unwrap(), "1");
    let transaction = client.transaction().await.unwrap();
    let again = new_post(&ctx, clock().now(), "kept", &[&account]);
    assert!(store.schedule_in(&transaction, &ctx, again).await.unwrap().replayed);
    drop(transaction);
    assert_eq!(publish(&store, 9).await, 1);
}

/// A number is taken when an event is written, and its transaction may commit after those that took later ones.
#[tokio::test]
async fn no_event_is_passed_over() {
    let Some(database) = database() else { return };
    let ctx = Context::default();
    let store = open(&database, &clock()).await;
    let account = connect(&store, &ctx, "1").await;
    let mut client = client(&database.url()).await;
    let transaction = client.transaction().await.unwrap();
    let early = new_post(&ctx, clock().now(), "early", &[&account]);
    store.schedule_in(&transaction, &ctx, early).await.unwrap();
    let late = new_post(&ctx, clock().now(), "late", &[&account]);
    store.schedule(&ctx, late).await.unwrap();
    let read = store.events(&ctx, 0, 99).await.unwrap();
    assert_eq!(read.len(), 1, "what was committed later waits for what came before");
    let place = read[0].sequence;
    transaction.commit().await.unwrap();
    let rest = store.events(&ctx, place, 99).await.unwrap();
    assert_eq!(rest.len(), 2);
    assert!(rest[0].sequence < rest[1].sequence);
    // A transaction that ends without a trace holds nobody up, and one of somebody else's doesn't either.
    let transaction = client.transaction().await.unwrap();
    let lost = new_post(&ctx, clock().now(), "lost", &[&account]);
    store.schedule_in(&transaction, &ctx, lost).await.unwrap();
    transaction.rollback().await.unwrap();
    client.batch_execute("BEGIN; CREATE TABLE elsewhere (id int)").await.unwrap();
    store.set_account_state(&ctx, account.id, AccountState::Paused, "test").await.unwrap();
    assert_eq!(store.events(&ctx, 0, 99).await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_request_in_sql_is_taken_up_and_answered() {
    let Some(database) = database() else { return };
    let ctx = Context::new(TenantId::new("acme").unwrap());
    let store = open(&database, &clock()).await;
    let mut client = client(&database.url()).await;
    let draft = json!({ "parts": [{ "text": "it's here" }] }).to_string().replace('\'', "''");
    let ask = |key: &str, draft: &str| format!("SELECT xmp.schedule('acme', '{key}', '{draft}', 'shop')");
    let take = async || store.take_requests(worker(), Duration::from_secs(9), 9).await.unwrap();

    let transaction = client.transaction().await.unwrap();
    transaction.batch_execute(&ask("k", &draft)).await.unwrap();
    assert!(take().await.is_empty(), "not before it is committed");
    transaction.rollback().await.unwrap();
    assert!(take().await.is_empty());
    assert_eq!(store.request_state(&ctx, &key("k")).await.unwrap(), None);

    for _ in 0..2 {
        client.batch_execute(&ask("k", &draft)).await.unwrap();
    }
    let other = client.batch_execute(&ask("k", "{}")).await.unwrap_err();
    assert_eq!(other.code().unwrap().code(), "23505", "the key with another draft");
    for (tenant, name, draft) in
        [("a b", "k", "{}"), ("acme", "", "{}"), ("acme", "a\tb", "{}"), ("acme", "k", "[]")]
    {
        let wrong = "SELECT xmp.schedule($1, $2, ($3::text)::jsonb)";
        let error = client.execute(wrong, &[&tenant, &name, &draft]).await.unwrap_err();
        assert_eq!(error.code().unwrap().code(), "22023", "{tenant} {name} {draft}");
    }

    let taken = take().await;
    assert_eq!(taken.len(), 1);
    let request = &taken[0];
    assert_eq!((request.tenant.as_str(), request.key.as_str()), ("acme", "k"));
    assert_eq!((request.actor.as_str(), request.tries), ("shop", 1));
    assert_eq!(request.draft["parts"][0]["text"], "it's here");
    assert!(take().await.is_empty(), "somebody is at it");
    assert_eq!(store.request_state(&ctx, &key("k")).await.unwrap(), Some(RequestState::Open));
    store.answer_request(worker(), &request.tenant, &request.key, RequestState::Open).await.unwrap();
    assert_eq!(take().await[0].tries, 2, "it was given back");

    let state = "SELECT state || coalesce(' ' || post, '') FROM xmp.request('acme', 'k')";
    assert_eq!(database.run(state).unwrap(), "open");
    let account = connect(&store, &ctx, "1").await;
    let post = new_post(&ctx, clock().now(), "k", &[&account]);
    let post = store.schedule(&ctx, post).await.unwrap().view.post.id;
    let answer = RequestState::Scheduled(post);
    let other = WorkerId::new(clock().now());
    let early = RequestState::Refused(common::failure());
    store.answer_request(other, &request.tenant, &request.key, early).await.unwrap();
    assert_eq!(database.run(state).unwrap(), "open", "it is held by another worker");
    store.answer_request(worker(), &request.tenant, &request.key, answer.clone()).await.unwrap();
    let refused = RequestState::Refused(common::failure());
    store.answer_request(worker(), &request.tenant, &request.key, refused.clone()).await.unwrap();
    assert_eq!(store.request_state(&ctx, &key("k")).await.unwrap(), Some(answer), "the first answer stays");
    assert_eq!(database.run(state).unwrap(), format!("scheduled {post}"));

    client.batch_execute(&ask("wrong", "{}")).await.unwrap();
    let request = take().await.remove(0);
    store.answer_request(worker(), &request.tenant, &request.key, refused.clone()).await.unwrap();
    assert_eq!(store.request_state(&ctx, &key("wrong")).await.unwrap(), Some(refused));
    let problem = database.run("SELECT problem->>'code' FROM xmp.request('acme', 'wrong')").unwrap();
    assert_eq!(
        problem,
        ErrorRecord::from(&xmp_core::Error::new(ErrorKind::Network, "test.network", "")).code
    );
}

#[tokio::test]
async fn a_request_that_nobody_answers_is_taken_up_again() {
    let Some(database) = database() else { return };
    let clock = clock();
    let store = open(&database, &clock).await;
    database.run("SELECT xmp.schedule('default', 'k', '{}')").unwrap();
    let take = async || store.take_requests(worker(), Duration::from_secs(9), 9).await.unwrap();
    assert_eq!(take().await.len(), 1);
    clock.advance(Duration::from_secs(8));
    assert!(take().await.is_empty());
    clock.advance(Duration::from_secs(1));
    assert_eq!(take().await[0].tries, 2);
}

/// What can't go is moved out of the way once, and put back when it can.
#[tokio::test]
async fn a_paused_account_at_the_head_of_the_queue_holds_nobody_up() {
    let Some(database) = database() else { return };
    let clock = clock();
    let ctx = Context::default();
    let store = open(&database, &clock).await;
    let (paused, other) = (connect(&store, &ctx, "1").await, connect(&store, &ctx, "2").await);
    store.set_account_state(&ctx, paused.id, AccountState::Paused, "test").await.unwrap();
    let posts = (0..300).map(|n| new_post(&ctx, clock.now(), &format!("k{n}"), &[&paused])).collect();
    let views = store.schedule_all(&ctx, posts).await.unwrap();
    clock.advance(Duration::from_secs(1));
    let last = new_post(&ctx, clock.now(), "other", &[&other]);
    store.schedule(&ctx, last).await.unwrap();
    let claimed = common::claim(&store, 1).await;
    assert_eq!(claimed[0].account.id, other.id);
    let parked =
        || database.run("SELECT count(*) FROM xmp.deliveries WHERE parked_from IS NOT NULL").unwrap();
    assert_eq!(parked(), "300");
    let first = &views[0].view;
    assert_eq!(store.post(&ctx, first.post.id).await.unwrap(), *first, "nobody sees that it was moved");
    store.conclude(&claimed[0].lease, claimed[0].delivery.parts[0].id, Verdict::Yield).await.unwrap();

    store.set_account_state(&ctx, paused.id, AccountState::Active, "test").await.unwrap();
    let next = store.next_due(&[PlatformId::X]).await.unwrap();
    assert_eq!(next, Some(Duration::ZERO));
    assert_eq!(common::claim(&store, 1).await[0].delivery.id, first.deliveries[0].id);
    assert_eq!(parked(), "0");
}

/// What was parked by somebody who never came back is looked at again.
#[tokio::test]
async fn nothing_is_parked_for_ever() {
    let Some(database) = database() else { return };
    let clock = clock();
    let ctx = Context::default();
    let store = open(&database, &clock).await;
    let account = connect(&store, &ctx, "1").await;
    store.set_account_state(&ctx, account.id, AccountState::Paused, "test").await.unwrap();
    let posts = (0..20).map(|n| new_post(&ctx, clock.now(), &format!("k{n}"), &[&account])).collect();
    store.schedule_all(&ctx, posts).await.unwrap();
    assert!(common::claim(&store, 1).await.is_empty());
    // As a program would that knows nothing of parking.
    database.run("UPDATE xmp.accounts SET state = 'active'").unwrap();
    assert!(common::claim(&store, 1).await.is_empty());
    clock.advance(Duration::from_secs(600));
    let claimed = common::claim(&store, 1).await;
    assert_eq!(claimed[0].delivery.run_at, Some(claimed[0].delivery.due_at));
}

#[tokio::test]
async fn a_peer_that_holds_a_row_holds_up_that_row_alone() {
    let Some(database) = database() else { return };
    let ctx = Context::default();
    let store = open(&database, &clock()).await;
    fill(&store, &ctx, 3).await;
    let peer = client(&database.url()).await;
    peer.batch_execute("BEGIN; SELECT 1 FROM xmp.deliveries ORDER BY run_at, id LIMIT 1 FOR UPDATE")
        .await
        .unwrap();
    assert_eq!(publish(&store, 9).await, 2);
    peer.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(publish(&store, 9).await, 1);
    // A row that has to be written waits, and not for ever.
    let account = connect(&store, &ctx, "1").await;
    peer.batch_execute("BEGIN; SELECT 1 FROM xmp.accounts FOR UPDATE").await.unwrap();
    let error = store.set_account_state(&ctx, account.id, AccountState::Paused, "test").await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Storage, "store.busy"));
    assert!(matches!(error.retry(), Retry::After(_)));
}

#[tokio::test]
async fn a_pool_of_one_is_enough_and_a_used_up_one_is_told() {
    use deadpool_postgres::{Manager, Pool, Runtime};
    let Some(database) = database() else { return };
    let ctx = Context::default();
    let manager = Manager::new(common::postgres::config(&database.url()), tokio_postgres::NoTls);
    let pool = Pool::builder(manager)
        .max_size(1)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(Duration::from_millis(200)))
        .build()
        .unwrap();
    let url = database.url();
    let store = PostgresStore::with_pool(pool.clone(), Some(&url), ring(), options(&clock())).await.unwrap();
    let account = connect(&store, &ctx, "1").await;
    for number in 0..20 {
        store
            .schedule(&ctx, new_post(&ctx, clock().now(), &format!("k{number}"), &[&account]))
            .await
            .unwrap();
    }
    assert_eq!(publish(&store, 9).await, 1);
    let held = pool.get().await.unwrap();
    // The settings of the program's connections are as they were.
    let row = held.query_one("SHOW enable_seqscan", &[]).await.unwrap();
    assert_eq!(row.get::<_, &str>(0), "on");
    let error = store.accounts(&ctx).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Storage, "store.pool"));
    assert!(matches!(error.retry(), Retry::After(_)));
    drop(held);
    assert_eq!(publish(&store, 9).await, 1);
}

#[tokio::test]
async fn another_process_is_woken() {
    let Some(database) = database() else { return };
    let ctx = Context::default();
    let stores = [open(&database, &clock()).await, open(&database, &clock()).await];
    let account = connect(&stores[0], &ctx, "1").await;
    let woken = async || -> [tokio::task::JoinHandle<()>; 1] {
        // It is told at first that it listens: only what comes after that is news.
        SystemClock.sleep(Duration::from_millis(700)).await;
        common::claim(&stores[1], 0).await;
        let waits = stores[1].clone();
        let woken = tokio::spawn(async move { waits.woken().await });
        SystemClock.sleep(Duration::from_millis(100)).await;
        assert!(!woken.is_finished());
        [woken]
    };
    let [waiting] = woken().await;
    let new = new_post(&ctx, clock().now(), "k1", &[&account]);
    stores[0].schedule(&ctx, new).await.unwrap();
    within(Duration::from_secs(5), waiting).await.expect("it was told").unwrap();

    // What is due after everybody has looked again anyway is not told of.
    let [waiting] = woken().await;
    let mut later = new_post(&ctx, clock().now(), "k2", &[&account]);
    later.post.due.at = clock().now().checked_add(Duration::from_secs(3600)).unwrap();
    stores[0].schedule(&ctx, later).await.unwrap();
    SystemClock.sleep(Duration::from_millis(300)).await;
    assert!(!waiting.is_finished());

    // A listener that was cut off listens again.
    let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
         WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    assert_eq!(database.run(cut).unwrap(), "2");
    within(Duration::from_secs(8), waiting).await.expect("it looks again").unwrap();
    let [waiting] = woken().await;
    database.run("SELECT xmp.schedule('default', 'k3', '{}')").unwrap();
    within(Duration::from_secs(5), waiting).await.expect("it was told").unwrap();
}

#[tokio::test]
async fn a_dropped_call_is_done_as_a_whole_or_not_at_all() {
    let Some(database) = database() else { return };
    let ctx = Context::default();
    let store = open(&database, &clock()).await;
    let account = connect(&store, &ctx, "1").await;
    for number in 0..40_u64 {
        let new = new_post(&ctx, clock().now(), &format!("k{number}"), &[&account]);
        let call = store.schedule(&ctx, new);
        let _ = within(Duration::from_micros(number * 100), call).await;
    }
    let filter = PostFilter::default();
    let views = store.posts(&ctx, &filter).await.unwrap();
    assert!(views.iter().all(|view| view.deliveries.len() == 1 && view.deliveries[0].parts.len() == 1));
    let rows = "SELECT (SELECT count(*) FROM xmp.posts) = (SELECT count(*) FROM xmp.deliveries)
         AND (SELECT count(*) FROM xmp.posts) + 1 = (SELECT count(*) FROM xmp.events)";
    assert_eq!(database.run(rows).unwrap(), "t");
    assert!(publish(&store, 1).await <= 1);
}

#[tokio::test]
async fn beginning_an_attempt_touches_no_index() {
    let Some(database) = database() else { return };
    let ctx = Context::default();
    let store = open(&database, &clock()).await;
    fill(&store, &ctx, 20).await;
    // A connection tells its statistics when it ends.
    let hot = async |store: PostgresStore| {
        store.close().await;
        SystemClock.sleep(Duration::from_millis(500)).await;
        let told = database
            .run("SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'deliveries'")
            .unwrap();
        let (all, hot) = told.split_once('\t').unwrap();
        (all.parse::<i64>().unwrap(), hot.parse::<i64>().unwrap())
    };
    let claimed = common::claim(&store, 20).await;
    assert_eq!(claimed.len(), 20);
    let before = hot(store).await;
    let store = open(&database, &clock()).await;
    for claimed in &claimed {
        common::begin(&store, claimed).await;
    }
    let after = hot(store).await;
    assert_eq!(after.0 - before.0, 20);
    assert!(after.1 - before.1 >= 15, "{before:?} {after:?}: there is room on their page for nearly all");
    let states = database.run("SELECT DISTINCT state FROM xmp.deliveries").unwrap();
    assert_eq!(states, DeliveryState::Sending.as_str());
}

/// What the client has given up the server gives up too: it holds no locks, and nobody waits for it.
#[tokio::test]
async fn the_server_ends_what_takes_too_long() {
    let Some(database) = database() else { return };
    let mut options = options(&clock());
    options.statement_limit = Duration::from_secs(1);
    let store = PostgresStore::open_with(&database.url(), ring(), options).await.unwrap();
    let slow = "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN NEW; END';
         CREATE TRIGGER slow BEFORE INSERT ON xmp.accounts FOR EACH ROW EXECUTE FUNCTION slow()";
    database.run(slow).unwrap();
    let new = common::new_account("1");
    let error = store.connect(&Context::default(), new, Secret::new("tokens")).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Storage, "store.slow"));
    assert!(error.to_string().contains("57014"), "the server says so: {error}");
}

/// Parking and putting back are done a bounded number at a time, and lifting a stop doesn't wait for it.
#[tokio::test]
async fn many_that_were_parked_are_put_back_by_claims() {
    let Some(database) = database() else { return };
    let clock = clock();
    let ctx = Context::default();
    let store = open(&database, &clock).await;
    let account = connect(&store, &ctx, "1").await;
    let posts = (0..1_200).map(|n| new_post(&ctx, clock.now(), &format!("k{n}"), &[&account])).collect();
    let views = store.schedule_all(&ctx, posts).await.unwrap();
    store.stop_sending(&ctx, StopScope::All, "test").await.unwrap();
    assert!(common::claim(&store, 1).await.is_empty());
    let parked =
        || database.run("SELECT count(*) FROM xmp.deliveries WHERE parked_from IS NOT NULL").unwrap();
    assert_eq!(parked(), "1200");
    assert!(store.resume_sending(&ctx, StopScope::All).await.unwrap());
    assert_eq!(parked(), "1200");
    assert_eq!(common::claim(&store, 1).await.len(), 1);
    assert_eq!(parked(), "200");
    common::claim(&store, 1).await;
    assert_eq!(
        (parked().as_str(), database.run("SELECT count(*) FROM xmp.lifted").unwrap().as_str()),
        ("0", "0")
    );
    let view = store.post(&ctx, views[1_199].view.post.id).await.unwrap();
    assert_eq!(view.deliveries[0].run_at, Some(view.post.due.at));
}

/// What was parked until its account was no longer blocked goes by its place, and not by when it came back.
#[tokio::test]
async fn what_was_parked_has_its_turn() {
    let Some(database) = database() else { return };
    let clock = clock();
    let ctx = Context::default();
    let store = open(&database, &clock).await;
    let (blocked, other) = (connect(&store, &ctx, "1").await, connect(&store, &ctx, "2").await);
    let posts = (0..20).map(|n| new_post(&ctx, clock.now(), &format!("k{n}"), &[&blocked])).collect();
    let views = store.schedule_all(&ctx, posts).await.unwrap();
    let block = format!(
        "UPDATE xmp.accounts SET blocked_until = '{}' WHERE remote_id = '1'",
        clock.now().checked_add(Duration::from_secs(60)).unwrap()
    );
    database.run(&block).unwrap();
    assert!(common::claim(&store, 1).await.is_empty());
    clock.advance(Duration::from_secs(30));
    store.schedule(&ctx, new_post(&ctx, clock.now(), "later", &[&other])).await.unwrap();
    clock.advance(Duration::from_secs(30));
    assert_eq!(common::claim(&store, 1).await[0].delivery.id, views[0].view.deliveries[0].id);
}

/// A peer that idles with somebody's row has that one wait, and none of those that are written along with it.
#[tokio::test]
async fn a_step_that_waits_holds_up_no_other() {
    let Some(database) = database() else { return };
    let ctx = Context::default();
    let store = open(&database, &clock()).await;
    fill(&store, &ctx, 3).await;
    let claimed = common::claim(&store, 9).await;
    let (held, free) = claimed.split_first().unwrap();
    let peer = client(&database.url()).await;
    let id = held.delivery.id.to_string();
    let lock = format!("BEGIN; SELECT 1 FROM xmp.deliveries WHERE id = '{}' FOR UPDATE", &id[4..]);
    peer.batch_execute(&lock).await.unwrap();
    let waits = tokio::spawn({
        let (store, lease) = (store.clone(), held.lease.clone());
        async move { store.renew(&lease, Duration::from_secs(60)).await }
    });
    let others = async {
        for _ in 0..20 {
            for claimed in free {
                store.renew(&claimed.lease, Duration::from_secs(60)).await.unwrap();
            }
        }
    };
    within(Duration::from_secs(4), others).await.expect("nobody waits for the peer");
    let error = waits.await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Storage, "store.busy"));
    peer.batch_execute("ROLLBACK").await.unwrap();
    store.renew(&held.lease, Duration::from_secs(60)).await.unwrap();
}

/// Where one of an account's deliveries can't be read, the next one goes; and however many can't be read, leases lapse.
#[tokio::test]
async fn a_row_of_a_newer_version_blocks_neither_its_account_nor_a_sweep() {
    let Some(database) = database() else { return };
    let clock = clock();
    let ctx = Context::default();
    let store = open(&database, &clock).await;
    let account = connect(&store, &ctx, "0").await;
    for key in ["unreadable", "readable"] {
        store.schedule(&ctx, new_post(&ctx, clock.now(), key, &[&account])).await.unwrap();
        clock.advance(Duration::from_secs(1));
    }
    let newer = "UPDATE xmp.deliveries SET progress = '[{\"state\": \"levitating\"}]'";
    database.run(&format!("{newer} WHERE run_at = (SELECT min(run_at) FROM xmp.deliveries)")).unwrap();
    assert_eq!(publish(&store, 1).await, 1);

    let mut accounts = Vec::new();
    for remote in 1..=70 {
        accounts.push(connect(&store, &ctx, &remote.to_string()).await);
    }
    store
        .schedule(&ctx, new_post(&ctx, clock.now(), "all", &accounts.iter().collect::<Vec<_>>()))
        .await
        .unwrap();
    let claimed = common::claim(&store, 70).await;
    assert_eq!(claimed.len(), 70);
    let last = claimed.iter().map(|claimed| claimed.delivery.id.to_string()).max().unwrap();
    database.run(&format!("{newer} WHERE lease_worker IS NOT NULL AND id <> '{}'", &last[4..])).unwrap();
    clock.advance(Duration::from_secs(60));
    assert_eq!(common::claim(&store, 70).await.len(), 1);
}

/// A request whose key no program of xmp's would accept is refused, and doesn't go round for ever.
#[tokio::test]
async fn a_request_that_cannot_be_read_is_refused() {
    let Some(database) = database() else { return };
    let store = open(&database, &clock()).await;
    database
        .run("INSERT INTO xmp.requests (tenant, key, actor, draft) VALUES ('default', '', 'sql', '{}')")
        .unwrap();
    assert!(store.take_requests(worker(), Duration::from_secs(9), 9).await.unwrap().is_empty());
    let found = database.run("SELECT state, problem->>'code' FROM xmp.request('default', '')").unwrap();
    assert_eq!(found, "refused\trequest.unreadable");
}
