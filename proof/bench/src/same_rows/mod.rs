//! A fixed script that writes the rows that xmp writes, and decides nothing: what an engine costs beyond its rows.

mod sqlite;

use serde_json::Value;

use crate::Result;
use crate::contestant::Contestant;
use crate::one::Options;

/// Puts jobs in and works them off.
pub(crate) async fn run(options: &Options) -> Result<Value> {
    match options.contestant {
        Contestant::SameRowsSqlite => sqlite::jobs(&options.at, &options.size),
        other => Err(format!("{} is no script of rows", other.name()).into()),
    }
}
