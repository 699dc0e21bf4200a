//! What PostgreSQL's errors mean here. Their texts name tables and settings, never a value: details, which could show
//! one, are left out, and so is everything that a connection string says.

use std::time::Duration;

use deadpool_postgres::{PoolError, TimeoutType};
use tokio_postgres::error::SqlState;
use xmp_core::{Error, ErrorKind, Result, Retry};

/// How long to wait before asking again a server that was away for a moment.
const SOON: Duration = Duration::from_secs(1);

/// The code of a key that somebody else has just taken.
pub(super) const TAKEN: &str = "store.taken";

/// The code of a value that this version does not know.
const UNKNOWN_VALUE: &str = "store.unknown_value";

fn passing(code: &'static str, message: String) -> Error {
    Error::new(ErrorKind::Storage, code, message).with_retry(Retry::After(SOON))
}

fn wrong(code: &'static str, message: String, hint: &str) -> Error {
    Error::new(ErrorKind::Configuration, code, message).hint(hint)
}

/// Says what an error of PostgreSQL, or of the connection to it, means.
#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err, over and over")]
pub(super) fn storage(error: tokio_postgres::Error) -> Error {
    match error.as_db_error() {
        Some(told) => of_state(told.code(), told.message()),
        None => of_connection(&error),
    }
    .with_source(Plain::from(&error))
}

fn of_state(state: &SqlState, told: &str) -> Error {
    let code = state.code();
    // The texts of this class show the value that was wrong.
    let told = if code.starts_with("22") { "a value that can't be kept" } else { told };
    let said = format!("PostgreSQL: {told} ({code})");
    match code {
        "28P01" | "28000" => wrong(
            "store.login",
            said,
            "look at the user and password of the connection string, and at pg_hba.conf",
        ),
        "3D000" => wrong("store.no_database", said, "make the database first, or name another one"),
        "3F000" | "42P01" | "42703" | "42883" => wrong(
            "store.not_migrated",
            said,
            "open the store once as a role that may migrate it: see docs/postgresql.md",
        ),
        "42501" => wrong("store.not_allowed", said, "grant the role what it needs: see docs/postgresql.md"),
        "40001" | "40P01" | "55P03" => passing("store.busy", said),
        "57014" | "25P03" => passing("store.slow", said),
        "53300" | "53000" | "53200" | "57P01" | "57P02" | "57P03" | "57P05" => passing("store.away", said),
        "23505" => passing(TAKEN, said),
        "53100" => Error::new(ErrorKind::Storage, "store.full", said).hint("make room; nothing was changed"),
        "25006" => Error::new(ErrorKind::Storage, "store.read_only", said)
            .hint("connect to the primary: a replica can't be written"),
        _ if code.starts_with("08") => passing("store.away", said),
        _ if code.starts_with("58") || code.starts_with("XX") => {
            Error::new(ErrorKind::Storage, "store.corrupt", said).hint("look at the server's log")
        }
        _ => Error::new(ErrorKind::Storage, "store.postgres", said)
            .hint("look at the server's log, and report it if the server is sound"),
    }
}

fn of_connection(error: &tokio_postgres::Error) -> Error {
    let said = chain(error);
    // The client has no words of its own for these; the texts are those of rustls and of tokio-postgres.
    if said.contains("certificate") || said.contains("TLS") || said.contains("tls") {
        return wrong(
            "store.tls",
            format!("no TLS connection could be made: {said}"),
            "name the server's authority with sslrootcert=…, or say sslmode=disable where the way to it is safe",
        );
    }
    if said.contains("password missing") || said.contains("invalid configuration") {
        return wrong("store.login", said, "look at the connection string");
    }
    if said.contains("deserializing") || said.contains("serializing") {
        return Error::new(ErrorKind::Storage, UNKNOWN_VALUE, said)
            .hint("a newer xmp has changed the table, or something else has: update xmp");
    }
    passing("store.away", format!("PostgreSQL can't be reached: {said}"))
}

/// The texts of an error and of what caused it.
fn chain(error: &tokio_postgres::Error) -> String {
    let mut said = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        let text = next.to_string();
        if !said.contains(&text) {
            said = format!("{said}: {text}");
        }
        cause = next.source();
    }
    said
}

/// What is kept of the client's error as a source: the error itself carries details with values.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Plain(String);

impl From<&tokio_postgres::Error> for Plain {
    fn from(error: &tokio_postgres::Error) -> Self {
        Self(error.as_db_error().map_or_else(|| chain(error), |told| told.code().code().to_owned()))
    }
}

/// Says why the pool gave no connection.
pub(super) fn no_connection(error: PoolError) -> Error {
    match error {
        PoolError::Backend(error) => storage(error),
        PoolError::Timeout(TimeoutType::Wait) => {
            passing("store.pool", "no connection of the pool became free in time".to_owned())
                .hint("make the pool larger, or find out what holds its connections")
        }
        PoolError::Timeout(_) => passing("store.away", "PostgreSQL did not answer in time".to_owned()),
        PoolError::Closed => stopped(),
        other => passing("store.away", format!("no connection: {other}")),
    }
}

/// The store was closed.
pub(super) fn stopped() -> Error {
    Error::new(ErrorKind::Storage, "store.stopped", "the store was closed").hint("open it again")
}

/// A request that took longer than it may.
pub(super) fn too_slow(limit: Duration) -> Error {
    passing("store.slow", format!("PostgreSQL did not answer within {limit:?}"))
}

/// Whether a transaction failed for one of the things in it, so that the others may go on without it.
pub(super) fn is_of_one(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|state| {
        let class = &state.code()[..2];
        // A constraint, a value, a deadlock; a row that somebody else holds.
        matches!(class, "23" | "22" | "40") || is_held(error)
    })
}

/// Whether a lock was waited for, for too long.
pub(super) fn is_held(error: &tokio_postgres::Error) -> bool {
    error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE)
}

/// The same error, for another one who waits for it.
pub(super) fn again(error: &Error) -> Error {
    let mut same =
        Error::new(error.kind(), error.code(), error.message().to_owned()).with_retry(error.retry());
    if let Some(advice) = error.advice() {
        same = same.hint(advice);
    }
    same
}

/// A value that this version doesn't know: written by a newer one, or by something else.
pub(super) fn unknown(place: &str, value: &str) -> Error {
    let value: String = value.chars().take(60).collect();
    Error::new(ErrorKind::Storage, UNKNOWN_VALUE, format!("{place} holds {value:?}, which is not known"))
        .hint("a newer xmp has written it, or something else has: update xmp, or restore a backup")
}

/// A row that this version can't read, in the middle of a batch: it is left to a version that can, and told, and
/// nobody else waits behind it.
pub(super) fn skip_unreadable<T>(read: Result<T>) -> Result<Option<T>> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) if error.code() == UNKNOWN_VALUE => {
            tracing::error!(%error, "a delivery is passed over");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// The connection broke before the transaction ended.
pub(super) fn lost() -> Error {
    passing("store.away", "the connection to PostgreSQL broke".to_owned())
}
