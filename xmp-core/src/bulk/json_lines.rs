//! Rows of JSON Lines.

use serde_json::{Map, Value};

use super::{BulkRow, shown, text};
use crate::{Draft, Problem, Result};

pub(super) fn read(bytes: &[u8]) -> Result<Vec<BulkRow>> {
    let lines = text(bytes, "json_lines.utf8")?.lines().zip(1..);
    let rows = lines.filter(|(line, _)| !line.trim().is_empty());
    Ok(rows.map(|(line, number)| BulkRow { line: Some(number), ..row(line) }).collect())
}

fn row(line: &str) -> BulkRow {
    let wrong =
        |field: &str, rule, value: &str, limit: String| Problem::new(field, rule, shown(value), limit);
    let mut row = BulkRow::default();
    let mut object = match serde_json::from_str::<Map<String, Value>>(line) {
        Ok(object) => object,
        Err(error) => {
            row.problems.push(wrong("row", "row.json", line, format!("a JSON object: {error}")));
            return row;
        }
    };
    match object.remove("key") {
        Some(Value::String(key)) => row.key = key,
        None => {}
        Some(other) => {
            row.problems.push(wrong("key", "row.type", &other.to_string(), "a text".to_owned()));
        }
    }
    let written = Value::Object(object.clone()).to_string();
    match serde_json::from_value::<Draft>(Value::Object(object)) {
        Ok(draft) => row.draft = draft,
        Err(error) => row.problems.push(wrong("row", "row.draft", &written, format!("a draft: {error}"))),
    }
    row
}
