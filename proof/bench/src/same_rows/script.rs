//! What one step wrote, by comparing the tables before and after it.

use std::collections::BTreeMap;

use super::pattern::{Names, Pattern};
use crate::Result;

/// A row, as text; `None` is NULL.
pub(super) type Row = BTreeMap<String, Option<String>>;

/// A table with few rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    pub(super) name: String,
    /// The columns of its primary key; all of them, where it has none.
    pub(super) key: Vec<String>,
    /// Columns that the database fills in by itself.
    pub(super) counted: Vec<String>,
    pub(super) rows: Vec<Row>,
}

/// All tables, in an order in which none points to a later one.
pub(super) type Tables = Vec<Table>;

/// A statement that is repeated for every post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) table: String,
    /// The columns that are written.
    pub(super) values: Vec<(String, Option<Pattern>)>,
    /// The columns that find the row; none where it is a new one.
    pub(super) key: Vec<(String, Option<Pattern>)>,
}

impl Table {
    fn key_of<'a>(&'a self, row: &'a Row) -> Vec<(&'a str, Option<&'a str>)> {
        let columns = self.key.iter();
        columns.map(|name| (name.as_str(), row.get(name).and_then(Option::as_deref))).collect()
    }
}

/// What is different after a step. New ids are learned; rows that have nothing to do with the post, such as those of a
/// clock, are not repeated.
pub(super) fn changes(before: &Tables, after: &Tables, names: &mut Names) -> Result<Vec<Change>> {
    for table in after {
        let ids = table.rows.iter().filter_map(|row| row.get("id"));
        ids.flatten().for_each(|id| names.learn(id));
    }
    let empty = Table::default();
    let mut changes = Vec::new();
    for table in after {
        let name = &table.name;
        let old = before.iter().find(|old| old.name == *name).unwrap_or(&empty);
        let find = |row: &Row| old.rows.iter().find(|other| table.key_of(other) == table.key_of(row));
        if table.rows.len() < old.rows.len() {
            return Err(format!("a step takes rows out of {name}").into());
        }
        let pattern = |value: &Option<String>| value.as_ref().map(|value| names.pattern(value));
        for row in &table.rows {
            let change = match find(row) {
                Some(same) if same == row => continue,
                Some(other) => Change {
                    table: name.clone(),
                    values: row
                        .iter()
                        .filter(|(column, value)| other.get(*column) != Some(*value))
                        .map(|(column, value)| (column.clone(), pattern(value)))
                        .collect(),
                    key: table.key.iter().map(|column| (column.clone(), pattern(&row[column]))).collect(),
                },
                None => Change {
                    table: name.clone(),
                    values: row
                        .iter()
                        .filter(|(column, _)| !table.counted.contains(*column))
                        .map(|(column, value)| (column.clone(), pattern(value)))
                        .collect(),
                    key: Vec::new(),
                },
            };
            if change.concerns_the_post() {
                changes.push(change);
            }
        }
    }
    Ok(changes)
}

impl Change {
    fn concerns_the_post(&self) -> bool {
        let mut columns = self.values.iter().chain(&self.key);
        columns.any(|(_, value)| value.as_ref().is_some_and(|pattern| !pattern.is_fixed()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Row, Table, Tables, changes};
    use crate::same_rows::pattern::Names;

    const ID: &str = "post_0190aaaabbbb7cccddddeeeeffff0000";

    fn row(columns: &[(&str, Option<&str>)]) -> Row {
        columns.iter().map(|(name, value)| ((*name).to_owned(), value.map(ToOwned::to_owned))).collect()
    }

    fn tables(posts: Vec<Row>) -> Tables {
        let clock =
            vec![row(&[("one", Some("1")), ("seen", Some(if posts.is_empty() { "1" } else { "2" }))])];
        let table = |name: &str, key: &str, rows| Table {
            name: name.to_owned(),
            key: vec![key.to_owned()],
            counted: vec!["n".to_owned()],
            rows,
        };
        vec![table("posts", "id", posts), table("clock", "one", clock)]
    }

    #[test]
    fn a_step_is_what_it_inserted_and_what_it_changed() {
        let none = tables(Vec::new());
        let new =
            tables(vec![row(&[("id", Some(ID)), ("n", Some("1")), ("state", Some("a")), ("by", None)])]);
        let changed =
            tables(vec![row(&[("id", Some(ID)), ("n", Some("1")), ("state", Some("b")), ("by", None)])]);
        let mut names = Names::default();
        names.learn("acc_00000000000000000000000000000001");
        let inserted = changes(&none, &new, &mut names).unwrap();
        let columns = |of: &[(String, _)]| of.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        assert_eq!(inserted.len(), 1);
        assert_eq!(columns(&inserted[0].values), ["by", "id", "state"]);
        assert!(inserted[0].key.is_empty());
        let updated = changes(&new, &changed, &mut names).unwrap();
        assert_eq!(updated.len(), 1);
        assert_eq!(
            (columns(&updated[0].values), columns(&updated[0].key)),
            (vec!["state".to_owned()], vec!["id".to_owned()])
        );
        assert!(changes(&changed, &changed, &mut names).unwrap().is_empty());
        assert!(changes(&changed, &none, &mut names).is_err());
    }
}
