//! Rows by column: one value for each.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{BulkRow, shown};
use crate::{Draft, Error, PartDraft, Problem, Result, When};

/// A column, by what it says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    Key,
    /// The text of a piece, from 1.
    Text(usize),
    Accounts,
    When,
    Zone,
    Gap,
    Fold,
    Expires,
    Priority,
    Labels,
    Campaign,
    Language,
    Visibility,
    Sensitive,
    Warning,
    Metadata(String),
}

/// How many pieces a row may have: more than any platform's thread.
const MOST_TEXTS: usize = 100;

/// What columns there are, for people.
pub(super) const KNOWN: &str = "key, text, text2, text3 …, accounts, when, zone, gap, fold, expires, priority, labels, \
                                campaign, language, visibility, sensitive, warning, metadata.NAME";

impl FromStr for Column {
    type Err = ();

    fn from_str(name: &str) -> std::result::Result<Self, ()> {
        let name = name.trim();
        Ok(match name.to_ascii_lowercase().as_str() {
            "key" => Self::Key,
            "text" => Self::Text(1),
            "account" | "accounts" => Self::Accounts,
            "when" => Self::When,
            "zone" => Self::Zone,
            "gap" => Self::Gap,
            "fold" => Self::Fold,
            "expires" => Self::Expires,
            "priority" => Self::Priority,
            "labels" => Self::Labels,
            "campaign" => Self::Campaign,
            "language" => Self::Language,
            "visibility" => Self::Visibility,
            "sensitive" => Self::Sensitive,
            "warning" => Self::Warning,
            lower => {
                // What it is called is the caller's: as it is written.
                if let Some(own) = name.get("metadata.".len()..).filter(|own| !own.is_empty())
                    && lower.starts_with("metadata.")
                {
                    return Ok(Self::Metadata(own.to_owned()));
                }
                let place = lower.strip_prefix("text").and_then(|place| place.parse().ok());
                Self::Text(place.filter(|place| (2..=MOST_TEXTS).contains(place)).ok_or(())?)
            }
        })
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(1) => f.write_str("text"),
            Self::Text(place) => write!(f, "text{place}"),
            Self::Metadata(name) => write!(f, "metadata.{name}"),
            other => f.write_str(&format!("{other:?}").to_ascii_lowercase()),
        }
    }
}

/// The problem of a column that there is not.
pub(super) fn unknown(name: &str, rule: &'static str) -> Problem {
    Problem::new("columns", rule, shown(name), KNOWN).hint("rename the column, or leave it out")
}

pub(super) fn read(records: Vec<BTreeMap<String, Value>>) -> Result<Vec<BulkRow>> {
    let mut unknown_names: Vec<&str> = Vec::new();
    for name in records.iter().flat_map(BTreeMap::keys) {
        if name.parse::<Column>().is_err() && !unknown_names.contains(&name.as_str()) {
            unknown_names.push(name);
        }
    }
    if !unknown_names.is_empty() {
        let problems = unknown_names.into_iter().map(|name| unknown(name, "rows.columns"));
        return Err(Error::invalid(problems.collect()));
    }
    let row = |record: BTreeMap<String, Value>| {
        let cells = record.into_iter().filter_map(|(name, value)| Some((name.parse().ok()?, value)));
        row(cells, Vec::new())
    };
    Ok(records.into_iter().map(row).collect())
}

/// A row out of its cells, with what is known to be wrong with it.
pub(super) fn row(given: impl IntoIterator<Item = (Column, Value)>, problems: Vec<Problem>) -> BulkRow {
    let mut cells = Cells { cells: BTreeMap::new(), problems };
    for (column, value) in given {
        let empty = value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
        if !empty && let Some(other) = cells.cells.insert(column.clone(), value) {
            cells.wrong(&column, "row.twice", &other, "each column once");
        }
    }
    let mut draft = Draft::default();
    let texts: Vec<_> =
        cells.cells.keys().filter(|column| matches!(column, Column::Text(_))).cloned().collect();
    draft.parts = texts.iter().filter_map(|column| cells.text(column)).map(PartDraft::text).collect();
    draft.accounts = cells.list(&Column::Accounts, |id| id.parse().ok(), "ids of accounts, as acc_…");
    draft.labels = cells.list(&Column::Labels, |label| Some(label.to_owned()), "labels");
    let clock = (
        cells.word(&Column::Zone),
        cells.one_of(&Column::Gap, "refuse, shift").unwrap_or_default(),
        cells.one_of(&Column::Fold, "refuse, first, second").unwrap_or_default(),
    );
    let mut when = |column| {
        let value = cells.word(&column)?;
        if value.eq_ignore_ascii_case("now") {
            return Some(When::Now);
        }
        let (zone, gap, fold) = &clock;
        match (value.parse::<Timestamp>(), zone) {
            (Ok(at), _) => return Some(When::At(at)),
            (Err(_), Some(zone)) => return Some(When::local_with(value, zone, *gap, *fold)),
            (Err(_), None) => {}
        }
        let right = "now, a moment such as 2026-12-24T09:00:00+01:00, or a local time with a zone";
        cells.wrong(&column, "row.when", &Value::String(value), right);
        None
    };
    draft.when = when(Column::When).unwrap_or_default();
    draft.expires = when(Column::Expires);
    draft.priority = cells.one_of(&Column::Priority, "low, normal, high, urgent").unwrap_or_default();
    draft.campaign = cells.word(&Column::Campaign);
    draft.showing.language = cells.word(&Column::Language);
    draft.showing.visibility = cells.one_of(&Column::Visibility, "public, unlisted, followers, mentioned");
    draft.showing.sensitive = cells.truth(&Column::Sensitive);
    draft.showing.warning = cells.text(&Column::Warning);
    let named = |column: &Column| if let Column::Metadata(name) = column { Some(name.clone()) } else { None };
    for name in cells.cells.keys().filter_map(named).collect::<Vec<_>>() {
        let value = cells.text(&Column::Metadata(name.clone()));
        draft.metadata.extend(value.map(|value| (name, value)));
    }
    let key = cells.word(&Column::Key).unwrap_or_default();
    BulkRow { key, draft, line: None, problems: cells.problems }
}

/// The cells of a row that say something, and what is wrong with them.
struct Cells {
    cells: BTreeMap<Column, Value>,
    problems: Vec<Problem>,
}

impl Cells {
    fn wrong(&mut self, column: &Column, rule: &'static str, value: &Value, right: &str) {
        let value = value.as_str().map_or_else(|| shown(value), shown);
        self.problems.push(Problem::new(column.to_string(), rule, value, right));
    }

    /// A text as it is written.
    fn text(&mut self, column: &Column) -> Option<String> {
        let value = self.cells.get(column)?.clone();
        match value {
            Value::String(text) => Some(text),
            Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
            _ => {
                self.wrong(column, "row.type", &value, "a text");
                None
            }
        }
    }

    /// A text without space around it.
    fn word(&mut self, column: &Column) -> Option<String> {
        self.text(column).map(|text| text.trim().to_owned())
    }

    /// One of some words.
    fn one_of<T: DeserializeOwned>(&mut self, column: &Column, words: &str) -> Option<T> {
        let word = Value::String(self.word(column)?.to_ascii_lowercase());
        let read = serde_json::from_value(word.clone()).ok();
        if read.is_none() {
            self.wrong(column, "row.word", &word, words);
        }
        read
    }

    fn truth(&mut self, column: &Column) -> bool {
        let Some(word) = self.word(column) else { return false };
        match word.to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => return true,
            "false" | "no" | "0" => {}
            _ => self.wrong(column, "row.word", &Value::String(word), "true, false"),
        }
        false
    }

    /// Several entries: a list, or a text with `;`, `|` or commas between them.
    fn list<T>(&mut self, column: &Column, read: impl Fn(&str) -> Option<T>, right: &str) -> Vec<T> {
        let Some(value) = self.cells.get(column).cloned() else { return Vec::new() };
        let entries = match value {
            Value::Array(entries) => entries,
            Value::String(text) => text.split([';', '|', ',']).map(Value::from).collect(),
            other => vec![other],
        };
        let mut list = Vec::with_capacity(entries.len());
        for entry in entries {
            match entry.as_str().map(str::trim) {
                Some("") => {}
                Some(text) if let Some(one) = read(text) => list.push(one),
                _ => self.wrong(column, "row.entry", &entry, right),
            }
        }
        list
    }
}
