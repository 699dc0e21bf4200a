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
