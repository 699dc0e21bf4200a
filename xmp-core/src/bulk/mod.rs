//! Many posts at once: rows, however they are written, and what came of them.

mod csv;
mod json_lines;
mod record;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Draft, Error, ErrorKind, PostId, Problem, Result};

/// One post of many.
#[derive(Clone, Debug, Default)]
pub struct BulkRow {
    /// The caller's key: what makes it repeatable.
    pub key: String,
    /// What to publish, where and when.
    pub draft: Draft,
    /// The line that it was read from; `None`: it is told by its place among the rows, from 1.
    pub line: Option<u64>,
    /// What could not be read of it.
    pub problems: Vec<Problem>,
}

impl BulkRow {
    /// A row with a draft.
    pub fn new(key: impl Into<String>, draft: Draft) -> Self {
        Self { key: key.into(), draft, line: None, problems: Vec::new() }
    }

    /// Reads rows from CSV with a header.
    ///
    /// The columns, in any order, of which only `key` has to be there; an empty cell says nothing:
    ///
    /// | column | |
    /// |---|---|
    /// | `key` | the row's own key |
    /// | `text`, `text2`, `text3` … | the text, and the further pieces of a thread |
    /// | `accounts` (or `account`) | ids of accounts, with `;` or <code>\|</code> between them |
    /// | `when` | `now`, a moment (`2026-12-24T09:00:00+01:00`), or a local time (`2026-12-24T09:00`) in the `zone`; nothing: at once |
    /// | `zone` | an IANA zone: `Europe/Berlin` |
    /// | `gap`, `fold` | what is done where the zone skips that time or has it twice: `refuse`, `shift`; `refuse`, `first`, `second` |
    /// | `expires` | not sent at that time or later; written as `when` is |
    /// | `priority` | `low`, `normal`, `high`, `urgent` |
    /// | `labels` | with `;` or <code>\|</code> between them |
    /// | `campaign` | |
    /// | `language`, `visibility`, `sensitive`, `warning` | how it is shown |
    /// | `metadata.NAME` | whatever else |
    ///
    /// Commas, semicolons or tabs stand between the columns, as the header has it. A byte order mark, CRLF, line breaks within
    /// quotes and empty lines are fine. Files are not among the columns: a table that comes from elsewhere does not get to read
    /// them.
    ///
    /// What is wrong with a single row stands in its [`problems`](Self::problems), by column; the other rows are good.
    ///
    /// ```
    /// use xmp_core::BulkRow;
    ///
    /// let rows = BulkRow::from_csv("key,text,when,zone\nmorning,Hello,2026-12-24T09:00,Europe/Berlin\n")?;
    /// assert_eq!((rows[0].key.as_str(), rows[0].line), ("morning", Some(2)));
    /// # Ok::<(), xmp_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Validation`] if it can't be read at all: `csv.utf8`, `csv.header` (with a problem for each column that is
    /// not known, there twice, or missing), `csv.quote` (one is not closed).
    pub fn from_csv(text: impl AsRef<[u8]>) -> Result<Vec<Self>> {
        csv::read(text.as_ref())
    }

    /// Reads rows from JSON Lines: each line a draft as an object, and its `key`.
    ///
    /// ```
    /// use xmp_core::BulkRow;
    ///
    /// let rows = BulkRow::from_json_lines(r#"{ "key": "morning", "parts": [{ "text": "Hello" }], "priority": "high" }"#)?;
    /// assert_eq!(rows[0].draft.parts[0].text, "Hello");
    /// # Ok::<(), xmp_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Validation`] with the code `json_lines.utf8`. A line that is no draft is a row with a problem.
    pub fn from_json_lines(text: impl AsRef<[u8]>) -> Result<Vec<Self>> {
        json_lines::read(text.as_ref())
    }

    /// Reads rows from records by column, as those of a data frame: the columns of [`from_csv`](Self::from_csv), with texts,
    /// numbers, truths, or (`accounts`, `labels`) lists. `null` says nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Validation`] with the code `rows.columns`, for columns that are not known.
    pub fn from_records(records: Vec<BTreeMap<String, Value>>) -> Result<Vec<Self>> {
        record::read(records)
    }
}

/// What is done where a row is refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum BulkMode {
    /// Nothing is stored, and the error has the problems of all rows.
    #[default]
    AllOrNothing,
    /// The others are stored, and the report says what became of each.
    EachRow,
}

/// How far a call with many rows is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BulkProgress {
    /// All rows.
    pub rows: usize,
    /// Those that were checked.
    pub checked: usize,
    /// Those that were stored, or had been before.
    pub stored: usize,
    /// Those that were refused.
    pub refused: usize,
}

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RowOutcome {
    /// It is stored.
    Scheduled,
    /// The same row was stored before, under the same key.
    Replayed,
    /// It is not stored.
    Refused,
}

/// A row, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RowReport {
    /// The line that it was read from, or its place among the rows, from 1.
    pub row: u64,
    /// Its key.
    pub key: String,
    /// What became of it.
    pub outcome: RowOutcome,
    /// Its post.
    pub post: Option<PostId>,
    /// Everything that is wrong with it, where it was refused.
    pub problems: Vec<Problem>,
}

/// What became of many rows, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[must_use = "rows may have been refused"]
pub struct BulkReport {
    /// One for each row.
    pub rows: Vec<RowReport>,
    /// How many are stored now.
    pub scheduled: usize,
    /// How many were stored before.
    pub replayed: usize,
    /// How many are not stored.
    pub refused: usize,
}

impl BulkReport {
    /// A report on these rows.
    pub fn of(rows: Vec<RowReport>) -> Self {
        let count = |outcome| rows.iter().filter(|row| row.outcome == outcome).count();
        let (scheduled, replayed) = (count(RowOutcome::Scheduled), count(RowOutcome::Replayed));
        Self { scheduled, replayed, refused: rows.len() - scheduled - replayed, rows }
    }

    /// The error for who wanted all or nothing: every problem of every row, by the row's number (`rows[17].text`). Its text
    /// has the first few.
    #[must_use]
    pub fn error(&self) -> Option<Error> {
        let refused = || self.rows.iter().filter(|row| row.outcome == RowOutcome::Refused);
        let problems = refused().flat_map(|row| {
            row.problems.iter().map(|problem| Problem {
                field: format!("rows[{}].{}", row.row, problem.field),
                ..problem.clone()
            })
        });
        let problems: Vec<_> = problems.collect();
        let first = problems.first()?;
        let shown: Vec<_> = problems.iter().take(3).map(ToString::to_string).collect();
        let more = match problems.len().saturating_sub(shown.len()) {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        let message =
            format!("{} of {} rows are refused: {}{more}", self.refused, self.rows.len(), shown.join("; "));
        let error = Error::new(ErrorKind::Validation, first.rule, message);
        Some(
            error
                .hint("nothing was stored: mend the rows, and give all of them again")
                .with_problems(problems),
        )
    }
}

/// The text of bytes, without a byte order mark.
fn text<'a>(bytes: &'a [u8], code: &'static str) -> Result<&'a str> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
        let message = format!("line {line} is not UTF-8, at byte {}", error.valid_up_to());
        Error::new(ErrorKind::Validation, code, message).hint("save the file as UTF-8")
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// A value as it is shown in a problem: not longer than a line.
fn shown(value: impl fmt::Display) -> String {
    const MOST: usize = 60;
    let value = value.to_string();
    match value.char_indices().nth(MOST) {
        None => format!("{value:?}"),
        Some((end, _)) => format!("{:?}…", &value[..end]),
    }
}
