//! Opening a file: whose it is, which version made it, whether it can be written, whether the key is the right one.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, Transaction, TransactionBehavior};
use xmp_core::{Error, ErrorKind, Result, Secret};

use super::error::{READ_ONLY, storage};
use super::{SqliteOptions, row};
use crate::seal::{Keyring, SealName};
use crate::time::StoreClock;

/// Marks the file as xmp's, in SQLite's header: "xmp1".
const APPLICATION: i32 = 0x786d_7031;

/// What makes one version out of the one before it.
struct Migration {
    name: &'static str,
    sql: &'static str,
    /// Whether a program that does not know it can't work with it. All others work on during a rolling deploy.
    breaking: bool,
}

/// The first makes version 1.
const MIGRATIONS: &[Migration] = &[
    Migration { name: "first", sql: include_str!("../../migrations/0001_first.sql"), breaking: true },
    Migration {
        name: "consent_app",
        sql: include_str!("../../migrations/0002_consent_app.sql"),
        breaking: true,
    },
    Migration {
        name: "delivery_contract",
        sql: include_str!("../../migrations/0003_delivery_contract.sql"),
        breaking: true,
    },
    Migration { name: "planning", sql: include_str!("../../migrations/0004_planning.sql"), breaking: false },
    Migration {
        name: "consumers",
        sql: include_str!("../../migrations/0005_consumers.sql"),
        breaking: false,
    },
];

pub(super) fn open(
    path: &Path,
    options: &SqliteOptions,
    keyring: &Keyring,
    clock: &StoreClock,
) -> Result<Connection> {
    create(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags).map_err(storage)?;
    prepare(conn, options, keyring, clock)
}

fn wrong_path(path: &Path, what: &str) -> Error {
    Error::new(ErrorKind::Configuration, "store.path", format!("{}: {what}", path.display()))
}

/// Makes the file if it is not there, for its owner alone: SQLite gives its log the same mode.
fn create(path: &Path) -> Result<()> {
    if path.is_dir() {
        return Err(wrong_path(path, "it is a directory").hint("name a file within it"));
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    if let Some(parent) = parent.filter(|parent| !parent.is_dir()) {
        return Err(wrong_path(path, &format!("there is no directory {}", parent.display()))
            .hint("make it first, for this user alone"));
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) if is_read_only(&error) => Err(read_only(&format!("the file can't be made: {error}"))),
        Err(error) => Err(wrong_path(path, &format!("the file can't be made: {error}"))),
    }
}

fn is_read_only(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem)
}

fn read_only(why: &str) -> Error {
    Error::new(ErrorKind::Storage, "store.read_only", format!("the database can't be written: {why}"))
        .hint(READ_ONLY)
}

/// Brings a connection to where steps can be taken on it.
fn prepare(
    mut conn: Connection,
    options: &SqliteOptions,
    keyring: &Keyring,
    clock: &StoreClock,
) -> Result<Connection> {
    conn.busy_timeout(options.busy_timeout).map_err(storage)?;
    conn.set_prepared_statement_cache_capacity(128);
    // Before anything is changed: another application's file is left as it is. In one transaction, so that what it sees
    // is from before or after another process's migration, and not from both.
    let tx = conn.transaction().map_err(storage)?;
    check_owner(&tx)?;
    tx.commit().map_err(storage)?;
    // SQLite opens a file that it may not write for reading alone, and says nothing.
    if conn.is_readonly("main").map_err(storage)? {
        return Err(read_only("it was opened for reading alone"));
    }
    write_ahead(&conn, options.busy_timeout)?;
    // FULL: after a power cut every committed step is there. With less, the intent of an attempt could be lost after
    // its request has left, and the post would be sent twice.
    conn.pragma_update(None, "synchronous", "FULL").map_err(storage)?;
    // A step that shares its transaction can be undone by itself: what it undoes with stays in memory. In a file, writing
    // it would take a fifth of the time of all steps.
    conn.pragma_update(None, "temp_store", "MEMORY").map_err(storage)?;
    conn.pragma_update(None, "foreign_keys", true).map_err(storage)?;
    // Without it SQLite plans a statement anew for each value that it compares with the condition of a partial index:
    // a third of all time.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(storage)?;
    // A replaced token must not stay readable in a free page.
    conn.pragma_update(None, "secure_delete", true).map_err(storage)?;
    migrate(&mut conn, clock)?;
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate).map_err(storage)?;
    check_key(&tx, keyring)?;
    tx.commit().map_err(storage)?;
    Ok(conn)
}

fn number(conn: &Connection, pragma: &str) -> Result<i32> {
    conn.pragma_query_value(None, pragma, |row| row.get(0)).map_err(storage)
}

/// Refuses a file of another application, or of a newer version that this one can't work with. Gives its version, 0 for
/// an empty one.
fn check_owner(conn: &Connection) -> Result<usize> {
    let (application, version) = (number(conn, "application_id")?, number(conn, "user_version")?);
    let tables: i64 =
        conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(storage)?;
    if application == 0 && version == 0 && tables == 0 {
        return Ok(0);
    }
    if application != APPLICATION {
        return Err(Error::new(
            ErrorKind::Configuration,
            "store.foreign",
            format!("this SQLite database is another application's (application id {application:#x})"),
        )
        .hint("give xmp a file of its own"));
    }
    refuse_newer(conn, version)?;
    Ok(usize::try_from(version).unwrap_or(usize::MAX))
}

/// Refuses a file that a newer version has changed since it was opened, in a way that this one can't work with. `seen` is the
/// version that was looked at last.
pub(super) fn check_version(conn: &Connection, seen: &mut i32) -> Result<()> {
    let found: i32 = conn
        .prepare_cached("PRAGMA user_version")
        .and_then(|mut found| found.query_row([], |row| row.get(0)))
        .map_err(storage)?;
    if found != *seen {
        refuse_newer(conn, found)?;
        *seen = found;
    }
    Ok(())
}

fn refuse_newer(conn: &Connection, version: i32) -> Result<()> {
    if usize::try_from(version).is_ok_and(|found| found <= MIGRATIONS.len()) || !breaks(conn)? {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Configuration,
        "store.newer",
        format!("the database has version {version}, and this xmp supports up to {}", MIGRATIONS.len()),
    )
    .hint("update xmp here too, or go back to the backup that was made before the update"))
}

/// Whether a newer version has made something that this one can't work with.
fn breaks(conn: &Connection) -> Result<bool> {
    let newer = "SELECT count(*) FROM migrations WHERE version > ?1 AND breaking <> 0";
    let known = row::int(MIGRATIONS.len() as u64);
    let found: i64 = conn.query_row(newer, [known], |row| row.get(0)).map_err(storage)?;
    Ok(found > 0)
}

/// Has readers and writers not wait for each other. Changing to it needs the file alone for a moment, and SQLite does
/// not always wait for others by itself there.
fn write_ahead(conn: &Connection, patience: Duration) -> Result<()> {
    let pause = Duration::from_millis(10);
    let mut left = patience;
    loop {
        let mode = conn.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0));
        match mode {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => {
                return Err(Error::new(
                    ErrorKind::Storage,
                    "store.no_wal",
                    format!("the file system keeps SQLite to the journal mode {mode}"),
                )
                .hint("use a local disk: several processes can't share a database over a network"));
            }
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && !left.is_zero() => {
                left = left.saturating_sub(pause);
                wait(pause);
            }
            Err(error) => return Err(storage(error)),
        }
    }
}

/// Waits as SQLite's own busy handler does: for another process, which knows nothing of this one's clock.
#[expect(
    clippy::disallowed_methods,
    reason = "a lock of another process is waited for in the machine's time"
)]
fn wait(time: Duration) {
    std::thread::sleep(time);
}

/// Makes what is missing, each version in one transaction. Of several processes that open the file at once, the first
/// does the work, and the others find it done when their turn comes.
fn migrate(conn: &mut Connection, clock: &StoreClock) -> Result<()> {
    loop {
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate).map_err(storage)?;
        let version = check_owner(&tx)?;
        let Some(migration) = MIGRATIONS.get(version) else {
            return tx.commit().map_err(storage);
        };
        apply(&tx, row::int(version as u64 + 1), migration, clock).map_err(storage)?;
        tx.commit().map_err(storage)?;
        tracing::info!(version = version + 1, name = migration.name, "database migrated");
    }
}

fn apply(
    tx: &Transaction<'_>,
    version: i64,
    migration: &Migration,
    clock: &StoreClock,
) -> rusqlite::Result<()> {
    let Migration { name, sql, breaking } = migration;
    tx.execute_batch(sql)?;
    tx.pragma_update(None, "application_id", APPLICATION)?;
    tx.pragma_update(None, "user_version", version)?;
    let now = clock.now().as_microsecond();
    tx.execute("INSERT INTO migrations (version, name, made_at) VALUES (?1, ?2, ?3)", (version, name, now))?;
    // Since the third there is a column that says so.
    if version >= 3 {
        tx.execute("UPDATE migrations SET breaking = ?2 WHERE version = ?1", (version, breaking))?;
    }
    if version == 1 {
        tx.execute("INSERT INTO clock (one, seen) VALUES (1, ?1)", [now])?;
    }
    Ok(())
}

/// Notices a wrong key here, and not when the first token is needed.
fn check_key(tx: &Transaction<'_>, keyring: &Keyring) -> Result<()> {
    let name = SealName::canary();
    let found: Option<(String, Vec<u8>)> = tx
        .query_row("SELECT key_id, sealed FROM seal_canary", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
        .map_err(storage)?;
    if let Some((_, sealed)) = &found {
        keyring.open(&name, sealed)?;
    }
    let at_hand = keyring.ids();
    let mut used =
        tx.prepare("SELECT key_id FROM secrets UNION SELECT key_id FROM consents").map_err(storage)?;
    for id in used.query_map([], |row| row.get::<_, String>(0)).map_err(storage)? {
        let id = id.map_err(storage)?;
        if !at_hand.contains(&id) {
            return Err(keyring.wrong_key(&id));
        }
    }
    // From here on others need the current key too: what is sealed next is sealed with it.
    if found.is_none_or(|(id, _)| id != keyring.current_id()) {
        let sealed = keyring.seal(&name, &Secret::new("xmp"))?;
        tx.execute(
            "INSERT OR REPLACE INTO seal_canary (one, key_id, sealed) VALUES (1, ?1, ?2)",
            (keyring.current_id(), sealed),
        )
        .map_err(storage)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::SealKey;
    use xmp_core::ManualClock;

    fn clock() -> StoreClock {
        StoreClock::new(Arc::new(ManualClock::new("2026-01-01T00:00:00Z".parse().unwrap())))
    }

    #[test]
    fn a_connection_that_only_reads_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("xmp.db");
        let ring = Keyring::new(SealKey::generate().unwrap());
        drop(open(&path, &SqliteOptions::default(), &ring, &clock()).unwrap());
        // As root, no permission makes a file read-only; this does.
        let conn = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        let error = prepare(conn, &SqliteOptions::default(), &ring, &clock()).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Storage, "store.read_only"));
    }

    #[test]
    fn the_settings_are_the_safe_ones() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("xmp.db");
        let ring = Keyring::new(SealKey::generate().unwrap());
        let conn = open(&path, &SqliteOptions::default(), &ring, &clock()).unwrap();
        let text =
            |pragma: &str| -> String { conn.pragma_query_value(None, pragma, |row| row.get(0)).unwrap() };
        assert_eq!(text("journal_mode"), "wal");
        assert_eq!(number(&conn, "synchronous").unwrap(), 2);
        assert_eq!(number(&conn, "foreign_keys").unwrap(), 1);
        assert_eq!(number(&conn, "application_id").unwrap(), APPLICATION);
        assert_eq!(number(&conn, "user_version").unwrap() as usize, MIGRATIONS.len());
    }

    #[test]
    fn every_table_of_tenants_has_the_tenant_first_in_its_key() {
        let conn = Connection::open_in_memory().unwrap();
        for migration in MIGRATIONS {
            conn.execute_batch(migration.sql).unwrap();
        }
        let mut tables = conn
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
            .unwrap();
        let names: Vec<String> =
            tables.query_map([], |row| row.get(0)).unwrap().collect::<rusqlite::Result<_>>().unwrap();
        for name in names {
            // A stop's scope names the tenant, or is for all of them; tenants share the platform's windows.
            if matches!(name.as_str(), "clock" | "seal_canary" | "migrations" | "stops" | "limits") {
                continue;
            }
            let has: i64 = conn
                .query_row(
                    "SELECT count(*) FROM pragma_table_info(?1) WHERE name = 'tenant' AND \"notnull\" = 1",
                    [&name],
                    |row| row.get(0),
                )
                .unwrap();
            assert_eq!(has, 1, "{name}");
            let mut indexes = conn.prepare("SELECT name FROM pragma_index_list(?1)").unwrap();
            for index in indexes.query_map([&name], |row| row.get::<_, String>(0)).unwrap() {
                let index = index.unwrap();
                let found: i64 = conn
                    .query_row(
                        "SELECT count(*) FROM pragma_index_info(?1) WHERE name = 'tenant'",
                        [&index],
                        |row| row.get(0),
                    )
                    .unwrap();
                assert_eq!(found, 1, "{index}");
            }
        }
    }
}
