//! Private servers for tests and measurements: PostgreSQL and Redis, each in a temporary folder of its own, on loopback
//! and free ports only, gone without a trace when the process that started them ends, however it ends.
//!
//! ```no_run
//! use xmp_proof_servers::Postgres;
//!
//! let postgres = Postgres::start()?;
//! let database = postgres.fresh_database()?;
//! println!("{}", database.url());
//! # Ok::<(), xmp_proof_servers::Error>(())
//! ```
//!
//! Everything here blocks, for a second or two when a server starts and for a quarter of a second when a database is
//! made, and may be called from any thread.

#![forbid(unsafe_code)]
#![cfg(unix)]

mod database;
mod error;
mod folder;
mod keeper;
mod postgres;
mod programs;
mod redis;

pub use database::Database;
pub use error::Error;
pub use postgres::{Postgres, PostgresOptions, Shutdown};
pub use programs::{PostgresPrograms, redis_server};
pub use redis::{Redis, RedisOptions};

/// What the functions of this crate give.
pub type Result<T> = std::result::Result<T, Error>;
