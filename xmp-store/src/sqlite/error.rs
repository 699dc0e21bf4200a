//! What SQLite's errors mean here.

use std::time::Duration;

use rusqlite::ErrorCode;
use xmp_core::{Error, ErrorKind, Result, Retry};

/// Says what an error of SQLite means. Its texts name tables and columns, never a value.
pub(super) fn storage(error: rusqlite::Error) -> Error {
    let code = error.sqlite_error_code();
    let shown = error.to_string();
    let (code, message, hint) = match code {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            let message = format!("another process has held the database for too long: {shown}");
            return Error::new(ErrorKind::Storage, "store.busy", message)
                .with_retry(Retry::After(Duration::from_secs(1)))
                .with_source(error);
        }
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => (
            "store.corrupt",
            format!("the file is no database, or is damaged: {shown}"),
            "restore it from a backup; nothing was changed",
        ),
        Some(ErrorCode::ReadOnly) => {
            ("store.read_only", format!("the database can't be written: {shown}"), READ_ONLY)
        }
        Some(ErrorCode::DiskFull) => {
            ("store.full", format!("the disk is full: {shown}"), "make room; nothing was changed")
        }
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => (
            "store.path",
            format!("the database can't be opened: {shown}"),
            "look at the permissions of the file and of its directory",
        ),
        _ => ("store.sqlite", format!("SQLite: {shown}"), "look at the disk, and report it if that is sound"),
    };
    Error::new(ErrorKind::Storage, code, message).hint(hint).with_source(error)
}

pub(super) const READ_ONLY: &str =
    "give this user the right to write the file and its directory: SQLite keeps its log beside the file";

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

/// The code of a value that this version does not know.
const UNKNOWN_VALUE: &str = "store.unknown_value";
