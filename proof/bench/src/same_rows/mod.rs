//! A fixed script that writes the rows that xmp writes, and decides nothing: what an engine costs beyond its rows.
//!
//! The script is not written by hand. One post is taken through a real store, step by step; what each step inserted and
//! changed is recorded, and repeated for all other posts with prepared statements, in batches: scheduling; then claim,
//! intent and outcome, a commit each. So the script can't fall behind the store's tables.

mod pattern;
mod postgres;
mod record;
mod script;
mod sqlite;

use serde_json::Value;

use crate::Result;
use crate::contestant::Contestant;
use crate::one::Options;

/// Puts jobs in and works them off.
pub(crate) async fn run(options: &Options) -> Result<Value> {
    let (at, size) = (options.at.as_str(), &options.size);
    match options.contestant {
        Contestant::SameRowsPostgres => postgres::jobs(at, size).await,
        Contestant::SameRowsSqlite => sqlite::jobs(at, size).await,
        other => Err(format!("{} is no script of rows", other.name()).into()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells by a panic")]

    use std::collections::BTreeSet;

    use xmp_proof_servers::{Error, Postgres};

    use super::record::Snapshot;
    use super::script::{Row, Tables};
    use super::{postgres, sqlite};
    use crate::contestant::Contestant;
    use crate::one::Options;
    use crate::size::Size;
    use crate::subject;
    use crate::workload::Exercise;

    const POSTS: usize = 30;

    fn size(jobs: usize) -> Size {
        Size { jobs, ..Size::QUICK }
    }

    async fn drain(contestant: Contestant, at: &str) {
        let (exercise, at) = (Exercise::Jobs, at.to_owned());
        // The recorded post is there beside those of the script.
        let size = size(POSTS + 1);
        let options = Options { contestant, exercise, at, size, victim: None, fill: None };
        subject::run(&options).await.unwrap();
    }

    /// What must be equal of a table: how many rows; and of each column, how many values there are, how many different
    /// ones where it tells one thing from another, and which where it is a word.
    fn shape(rows: &[Row]) -> Vec<(String, usize, usize, BTreeSet<String>)> {
        let mut shape = vec![("rows".to_owned(), rows.len(), 0, BTreeSet::new())];
        for column in rows.first().into_iter().flat_map(Row::keys) {
            let values: Vec<&String> = rows.iter().filter_map(|row| row[column].as_ref()).collect();
            let different: BTreeSet<String> = values.iter().map(|value| (*value).clone()).collect();
            let is_name =
                ["id", "post", "delivery", "part", "account", "key", "remote_id"].contains(&column.as_str());
            let is_word =
                ["state", "queue", "kind", "outcome", "fence", "attempts"].contains(&column.as_str());
            shape.push((
                column.clone(),
                values.len(),
                if is_name { different.len() } else { 0 },
                if is_word { different } else { BTreeSet::new() },
            ));
        }
        shape
    }

    fn assert_equal(ours: &Tables, script: &Tables) {
        let find =
            |tables: &Tables, name: &str| tables.iter().find(|table| table.name == name).unwrap().clone();
        assert_eq!(find(ours, "deliveries").rows.len(), POSTS + 1);
        for table in ours {
            assert_eq!(shape(&table.rows), shape(&find(script, &table.name).rows), "{}", table.name);
        }
    }

    #[tokio::test]
    async fn the_script_writes_the_rows_that_xmp_writes_on_sqlite() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name).display().to_string();
        drain(Contestant::XmpSqlite, &file("ours")).await;
        sqlite::jobs(&file("script"), &size(POSTS)).await.unwrap();
        let tables = async |name| sqlite::File(file(name)).tables().await.unwrap();
        assert_equal(&tables("ours").await, &tables("script").await);
    }

    #[tokio::test]
    async fn the_script_writes_the_rows_that_xmp_writes_on_postgresql() {
        let server = match Postgres::start() {
            Ok(server) => server,
            Err(missing @ Error::Missing { .. }) => return eprintln!("skipped: {missing}"),
            Err(error) => panic!("{error}"),
        };
        let (ours, script) = (server.fresh_database().unwrap(), server.fresh_database().unwrap());
        drain(Contestant::XmpPostgres, &ours.tcp_url()).await;
        postgres::jobs(&script.tcp_url(), &size(POSTS)).await.unwrap();
        let tables = async |url: String| postgres::tables(&url).await.unwrap();
        assert_equal(&tables(ours.tcp_url()).await, &tables(script.tcp_url()).await);
    }
}
