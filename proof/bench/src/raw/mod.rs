//! Floors: the plainest queue on each database, and a bare timer with one commit.

pub(crate) mod lateness;
mod postgres;
mod sqlite;

pub(crate) use postgres::connect;
pub(crate) use sqlite::SETTINGS as SQLITE_SETTINGS;

use std::sync::Arc;

use serde_json::Value;

use crate::Result;
use crate::contestant::Contestant;
use crate::one::Options;
use crate::workload::Exercise;

/// Runs an exercise.
pub(crate) async fn run(options: &Options) -> Result<Value> {
    let (at, size) = (options.at.as_str(), &options.size);
    match (options.contestant, options.exercise) {
        (Contestant::RawPostgres, Exercise::Jobs) => postgres::jobs(at, size).await,
        (Contestant::RawSqlite, Exercise::Jobs) => sqlite::jobs(at, size),
        (Contestant::RawPostgres, Exercise::Punctual) => {
            lateness::run(Arc::new(postgres::OneCommit::new(at, size).await?), size).await
        }
        (Contestant::RawSqlite, Exercise::Punctual) => {
            lateness::run(Arc::new(sqlite::OneCommit::new(at, size)?), size).await
        }
        (other, exercise) => Err(format!("{} has no {}", other.name(), exercise.name()).into()),
    }
}
