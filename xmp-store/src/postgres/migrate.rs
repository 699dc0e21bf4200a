//! The schema: which version it has, and how it comes to this program's.

use std::sync::PoisonError;
use std::time::Duration;

use deadpool_postgres::{Object, Pool};
use tokio_postgres::Row;
use xmp_core::{Clock as _, Error, ErrorKind, Result, Secret, SystemClock};

use super::error::{no_connection, storage};
use super::row::Cols;
use super::tx::Tx;
use super::{Inner, PostgresOptions, in_schema};
use crate::seal::SealName;

/// Makes one version out of the one before it; the first makes version 1.
struct Migration {
    name: &'static str,
    sql: &'static str,
    /// Whether a program that doesn't know this version can't work with it. During a rolling deploy old and new programs
    /// share the schema: where this is false they may.
    breaking: bool,
}

const MIGRATIONS: &[Migration] = &[
    Migration {
        name: "first",
        sql: include_str!("../../migrations/postgres/0001_first.sql"),
        breaking: true,
    },
    Migration {
        name: "planning",
        sql: include_str!("../../migrations/postgres/0002_planning.sql"),
        breaking: false,
    },
    Migration {
        name: "consumers",
        sql: include_str!("../../migrations/postgres/0003_consumers.sql"),
        breaking: false,
    },
];

/// Which migration was made when, and whether older programs can live with it.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS xmp.migrations (
    version  integer PRIMARY KEY,
    breaking boolean NOT NULL,
    name     text NOT NULL,
    made_at  timestamptz NOT NULL DEFAULT clock_timestamp()
)";

/// How long a look at the schema's version counts.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Refuses what can't be the name of a schema. What may, needs no quotes anywhere.
pub(super) fn check_name(schema: &str) -> Result<()> {
    let fits = (1..=40).contains(&schema.len())
        && schema.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && !schema.starts_with(|first: char| first.is_ascii_digit())
        && !schema.starts_with("pg_");
    if fits {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Configuration,
        "store.schema",
        format!("{schema:?} is not the name of a schema"),
    )
    .hint("use 1 to 40 characters out of a-z 0-9 _, the first of them no digit, and not pg_…"))
}

async fn client(pool: &Pool) -> Result<Object> {
    pool.get().await.map_err(no_connection)
}

/// The version of the schema, 0 where there is none.
async fn version(client: &Object, schema: &str) -> Result<usize> {
    let found = client
        .query_one("SELECT to_regclass($1::text || '.migrations') IS NOT NULL AS made", &[&schema])
        .await
        .map_err(storage)?;
    if !Cols::of("migrations", &found).get::<bool>("made")? {
        return Ok(0);
    }
    let sql = in_schema(schema, "SELECT version, breaking, name FROM xmp.migrations ORDER BY version");
    let made = client.query(sql.as_ref(), &[]).await.map_err(storage)?;
    let number = |row: &Row| Cols::of("migrations", row).get::<i32>("version");
    for row in &made {
        let cols = Cols::of("migrations", row);
        let found = number(row)?;
        if usize::try_from(found).is_ok_and(|found| found > MIGRATIONS.len()) && cols.get("breaking")? {
            return Err(newer(row)?);
        }
    }
    made.last().map_or(Ok(0), |row| Ok(usize::try_from(number(row)?).unwrap_or(0)))
}

/// What a version says that this program can't work with.
fn newer(row: &Row) -> Result<Error> {
    let cols = Cols::of("migrations", row);
    let (found, name): (i32, &str) = (cols.get("version")?, cols.get("name")?);
    let known = MIGRATIONS.len();
    Ok(Error::new(
        ErrorKind::Configuration,
        "store.newer",
        format!("the schema has version {found} ({name}), and this xmp supports up to {known}"),
    )
    .hint("update xmp here too, or go back to the backup that was made before the update"))
}

/// Refuses a schema that is not of this version, or of a newer one that this version can work with.
pub(super) async fn check(pool: &Pool, options: &PostgresOptions) -> Result<()> {
    check_name(&options.schema)?;
    let found = version(&client(pool).await?, &options.schema).await?;
    if found >= MIGRATIONS.len() {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Configuration,
        "store.not_migrated",
        format!(
            "the schema {:?} has version {found}, and this xmp needs {}",
            options.schema,
            MIGRATIONS.len()
        ),
    )
    .hint("migrate it with a role that may: `PostgresStore::migrate`, or open it once as that role"))
}

/// Makes what is missing. Of several processes that open the schema at once, the first does the work, and the others
/// find it done when their turn comes. Where nothing is missing nothing is locked, and no right is needed.
pub(super) async fn migrate(pool: &Pool, options: &PostgresOptions) -> Result<()> {
    check_name(&options.schema)?;
    let schema = options.schema.as_str();
    let mut client = client(pool).await?;
    if version(&client, schema).await? >= MIGRATIONS.len() {
        return Ok(());
    }
    let tx = client.transaction().await.map_err(storage)?;
    // Waits for whoever does the same, however long that takes, and ends with the transaction.
    let lock = format!("SELECT pg_advisory_xact_lock(hashtextextended('xmp migrations of {schema}', 0))");
    tx.batch_execute(&format!("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0; {lock}"))
        .await
        .map_err(storage)?;
    let made: Option<Row> =
        tx.query_opt("SELECT 1 FROM pg_namespace WHERE nspname = $1", &[&schema]).await.map_err(storage)?;
    if made.is_none() {
        tx.batch_execute(&format!("CREATE SCHEMA {schema}")).await.map_err(storage)?;
    }
    tx.batch_execute(&in_schema(schema, TABLE)).await.map_err(storage)?;
    let last = in_schema(schema, "SELECT coalesce(max(version), 0) AS last FROM xmp.migrations");
    let last = tx.query_one(last.as_ref(), &[]).await.map_err(storage)?;
    let last = usize::try_from(Cols::of("migrations", &last).get::<i32>("last")?).unwrap_or(0);
    for (number, migration) in (1_i32..).zip(MIGRATIONS).skip(last) {
        tx.batch_execute(&in_schema(schema, migration.sql)).await.map_err(storage)?;
        let note =
            in_schema(schema, "INSERT INTO xmp.migrations (version, breaking, name) VALUES ($1, $2, $3)");
        tx.execute(note.as_ref(), &[&number, &migration.breaking, &migration.name]).await.map_err(storage)?;
        tracing::info!(version = number, name = migration.name, "schema migrated");
    }
    tx.commit().await.map_err(storage)
}

impl Inner {
    /// Notices a wrong key here, and not when the first token is needed.
    pub(super) async fn check_key(&self) -> Result<()> {
        let tx = self.begin().await?;
        let done = tx.check_key().await;
        tx.end(done).await
    }
}

impl Tx<'_> {
    /// Refuses a schema that a newer version has changed since it was opened, in a way that this one can't work with. Looks
    /// every now and then, and each time again once it has found that.
    pub(super) async fn check_version(&self) -> Result<()> {
        let now = SystemClock.monotonic();
        let looked = || self.store.looked.lock().unwrap_or_else(PoisonError::into_inner);
        if looked().is_some_and(|last| now.since(last) < LOOK_EVERY) {
            return Ok(());
        }
        let sql = "SELECT version, name FROM xmp.migrations WHERE version > $1 AND breaking ORDER BY version LIMIT 1";
        let known = i32::try_from(MIGRATIONS.len()).unwrap_or(i32::MAX);
        if let Some(row) = self.query_opt(sql, &[&known]).await? {
            return Err(newer(&row)?);
        }
        *looked() = Some(now);
        Ok(())
    }

    async fn check_key(&self) -> Result<()> {
        let keyring = &self.store.keyring;
        let name = SealName::canary();
        let found = self.query_opt("SELECT key_id, sealed FROM xmp.seal_canary", &[]).await?;
        let found = found.as_ref().map(|row| Cols::of("seal_canary", row));
        if let Some(cols) = &found {
            keyring.open(&name, cols.get("sealed")?)?;
        }
        let at_hand = keyring.ids();
        let used =
            self.query("SELECT key_id FROM xmp.secrets UNION SELECT key_id FROM xmp.consents", &[]).await?;
        for row in &used {
            let id: &str = Cols::of("secrets", row).get("key_id")?;
            if !at_hand.iter().any(|own| own == id) {
                return Err(keyring.wrong_key(id));
            }
        }
        // From here on others need the current key too: what is sealed next is sealed with it.
        let current = keyring.current_id();
        let same = match &found {
            Some(cols) => cols.get::<&str>("key_id")? == current,
            None => false,
        };
        if !same {
            let sealed = keyring.seal(&name, &Secret::new("xmp"))?;
            self.execute(
                "INSERT INTO xmp.seal_canary (one, key_id, sealed) VALUES (1, $1, $2)
                 ON CONFLICT (one) DO UPDATE SET key_id = excluded.key_id, sealed = excluded.sealed",
                &[&current, &sealed],
            )
            .await?;
        }
        Ok(())
    }
}
