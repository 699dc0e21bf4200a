//! Between rows and xmp's types. What can't be read is an error that names the column, never a panic.

use std::str::FromStr;

use jiff::Timestamp;
use rusqlite::types::FromSql;
use rusqlite::{Connection, Params, Row};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use xmp_core::{Error, ErrorKind, Priority, Result};

use super::error::{storage, unknown};

/// A row of a table.
pub(super) struct Cols<'a> {
    table: &'static str,
    row: &'a Row<'a>,
}

impl Cols<'_> {
    /// A value that SQLite has as it is.
    pub(super) fn get<T: FromSql>(&self, name: &str) -> Result<T> {
        self.row.get(name).map_err(storage)
    }

    fn place(&self, name: &str) -> String {
        format!("{}.{name}", self.table)
    }

    fn read<T>(&self, name: &str, read: impl FnOnce(&str) -> Option<T>) -> Result<T> {
        let text: String = self.get(name)?;
        read(&text).ok_or_else(|| unknown(&self.place(name), &text))
    }

    fn read_opt<T>(&self, name: &str, read: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>> {
        let Some(text) = self.get::<Option<String>>(name)? else { return Ok(None) };
        read(&text).map(Some).ok_or_else(|| unknown(&self.place(name), &text))
    }

    /// An id, a fingerprint: whatever has its own written form.
    pub(super) fn parse<T: FromStr>(&self, name: &str) -> Result<T> {
        self.read(name, |text| text.parse().ok())
    }

    pub(super) fn parse_opt<T: FromStr>(&self, name: &str) -> Result<Option<T>> {
        self.read_opt(name, |text| text.parse().ok())
    }

    /// A word of an enum, or a checked name.
    pub(super) fn word<T: DeserializeOwned>(&self, name: &str) -> Result<T> {
        self.read(name, from_word)
    }

    pub(super) fn word_opt<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        self.read_opt(name, from_word)
    }

    pub(super) fn json<T: DeserializeOwned>(&self, name: &str) -> Result<T> {
        self.read(name, |text| serde_json::from_str(text).ok())
    }

    pub(super) fn json_opt<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        self.read_opt(name, |text| serde_json::from_str(text).ok())
    }

    pub(super) fn time(&self, name: &str) -> Result<Timestamp> {
        time(self.get(name)?, || self.place(name))
    }

    pub(super) fn time_opt(&self, name: &str) -> Result<Option<Timestamp>> {
        self.get::<Option<i64>>(name)?.map(|micros| time(micros, || self.place(name))).transpose()
    }

    /// A count.
    pub(super) fn count<T: TryFrom<i64>>(&self, name: &str) -> Result<T> {
        let found: i64 = self.get(name)?;
        T::try_from(found).map_err(|_| unknown(&self.place(name), &found.to_string()))
    }

    pub(super) fn priority(&self, name: &str) -> Result<Priority> {
        let found: i64 = self.get(name)?;
        Priority::ALL
            .into_iter()
            .find(|priority| rank(*priority) == found)
            .ok_or_else(|| unknown(&self.place(name), &found.to_string()))
    }
}

fn from_word<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(Value::String(text.to_owned())).ok()
}

/// A time of a database, found in some place.
pub(super) fn time(micros: i64, place: impl FnOnce() -> String) -> Result<Timestamp> {
    Timestamp::from_microsecond(micros).map_err(|_| unknown(&place(), &micros.to_string()))
}

/// A time for a database.
pub(super) fn micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}

pub(super) fn micros_opt(time: Option<Timestamp>) -> Option<i64> {
    time.map(micros)
}

/// A priority as a number, higher first; with room between, for more of them.
pub(super) const fn rank(priority: Priority) -> i64 {
    match priority {
        Priority::Low => 10,
        Priority::Normal => 20,
        Priority::High => 30,
        Priority::Urgent => 40,
    }
}

fn not_json(error: serde_json::Error) -> Error {
    Error::new(ErrorKind::Internal, "store.encode", "a value has no written form").with_source(error)
}

/// Something as JSON.
pub(super) fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(not_json)
}

pub(super) fn json_opt<T: Serialize>(value: Option<&T>) -> Result<Option<String>> {
    value.map(json).transpose()
}

/// The word of an enum.
pub(super) fn word(value: &impl Serialize) -> Result<String> {
    match serde_json::to_value(value).map_err(not_json)? {
        Value::String(word) => Ok(word),
        other => Ok(other.to_string()),
    }
}

/// A number as SQLite has it. Versions, fences and counts grow by one: they don't come near the limit.
pub(super) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn all<T>(
    conn: &Connection,
    table: &'static str,
    sql: &str,
    params: impl Params,
    read: impl Fn(&Cols<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut statement = conn.prepare_cached(sql).map_err(storage)?;
    let mut rows = statement.query(params).map_err(storage)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(storage)? {
        found.push(read(&Cols { table, row })?);
    }
    Ok(found)
}

pub(super) fn one<T>(
    conn: &Connection,
    table: &'static str,
    sql: &str,
    params: impl Params,
    read: impl Fn(&Cols<'_>) -> Result<T>,
) -> Result<Option<T>> {
    let mut statement = conn.prepare_cached(sql).map_err(storage)?;
    let mut rows = statement.query(params).map_err(storage)?;
    let Some(row) = rows.next().map_err(storage)? else { return Ok(None) };
    read(&Cols { table, row }).map(Some)
}

/// Changes rows, and tells how many.
pub(super) fn run(conn: &Connection, sql: &str, params: impl Params) -> Result<usize> {
    conn.prepare_cached(sql).and_then(|mut statement| statement.execute(params)).map_err(storage)
}
