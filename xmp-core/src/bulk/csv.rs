//! Rows of CSV.

use csv::{ByteRecord, ReaderBuilder};
use serde_json::Value;

use super::record::{Column, row, unknown};
use super::{BulkRow, shown, text};
use crate::{Error, ErrorKind, Problem, Result};

pub(super) fn read(bytes: &[u8]) -> Result<Vec<BulkRow>> {
    let text = text(bytes, "csv.utf8")?;
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter(text))
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut columns: Option<Vec<Column>> = None;
    let (mut rows, mut line, mut seen) = (Vec::new(), 1, 0);
    for record in reader.byte_records() {
        let record = record.map_err(|error| {
            Error::new(ErrorKind::Validation, "csv.read", format!("after line {line}: {error}"))
        })?;
        // Its place is the end of the one before: empty lines may follow that.
        let place = record.position().and_then(|place| usize::try_from(place.byte()).ok()).unwrap_or(seen);
        let empty = text[place..].bytes().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        line += text[seen..place + empty].matches('\n').count() as u64;
        seen = place + empty;
        match &columns {
            None => columns = Some(header(&record)?),
            Some(_) if record.iter().all(<[u8]>::is_empty) => {}
            Some(columns) => rows.push(BulkRow { line: Some(line), ..cells(columns, &record) }),
        }
    }
    if columns.is_none() {
        let none = Problem::new("columns", "csv.header", "none", "a first line with the names of columns");
        return Err(Error::invalid(vec![none]));
    }
    // One that is never closed would make a single text of all lines after it.
    if bytes.iter().filter(|byte| **byte == b'"').count() % 2 == 1 {
        let message = format!("a quote is not closed: the row that begins on line {line} has no end");
        return Err(Error::new(ErrorKind::Validation, "csv.quote", message).hint(
            "put texts with quotes, commas or line breaks in quotes, and write a quote in them as two",
        ));
    }
    Ok(rows)
}

/// What stands between columns: no name of a column has any of it.
fn delimiter(text: &str) -> u8 {
    text.bytes()
        .find(|byte| matches!(byte, b',' | b';' | b'\t' | b'\n'))
        .filter(|byte| *byte != b'\n')
        .unwrap_or(b',')
}

/// The columns, and everything that is wrong with them.
fn header(record: &ByteRecord) -> Result<Vec<Column>> {
    let (mut columns, mut problems) = (Vec::new(), Vec::new());
    for name in record.iter().map(String::from_utf8_lossy) {
        match name.parse::<Column>() {
            Ok(column) if columns.contains(&column) => {
                let twice = Problem::new("columns", "csv.header", shown(&name), "each column once");
                problems.push(twice.hint("leave one of them out"));
            }
            Ok(column) => columns.push(column),
            Err(()) => problems.push(unknown(&name, "csv.header")),
        }
    }
    if problems.is_empty() && !columns.contains(&Column::Key) {
        let none = Problem::new("columns", "csv.header", "no key", "a column `key`");
        problems.push(none.hint("the key of a row makes the call repeatable: a row is stored once under it"));
    }
    if problems.is_empty() { Ok(columns) } else { Err(Error::invalid(problems)) }
}

fn cells(columns: &[Column], record: &ByteRecord) -> BulkRow {
    let mut problems = Vec::new();
    if record.len() != columns.len() {
        let wrong = Problem::new("row", "row.cells", record.len(), columns.len());
        problems.push(wrong.hint("put texts that have the separator in them in quotes"));
    }
    let values = record.iter().map(|cell| Value::from(String::from_utf8_lossy(cell).into_owned()));
    row(columns.iter().cloned().zip(values), problems)
}
