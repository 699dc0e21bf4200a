//! A private PostgreSQL, or the one that `DATABASE_URL` names, and an empty database of it for each case.

use std::sync::{Arc, OnceLock};

use xmp_core::ManualClock;
use xmp_proof_servers::{Database, Error, Postgres};
use xmp_store::{Keyring, PostgresOptions, PostgresStore, SealKey};

/// An empty database; `None`, with a message, where the machine has no PostgreSQL.
pub(crate) fn database() -> Option<Database> {
    static SERVER: OnceLock<Option<Postgres>> = OnceLock::new();
    let start = || match Postgres::start() {
        Ok(server) => Some(server),
        Err(Error::Missing { .. }) => {
            println!("skipped: this machine has no PostgreSQL");
            None
        }
        Err(error) => panic!("{error}"),
    };
    SERVER.get_or_init(start).as_ref().map(|server| server.fresh_database().unwrap())
}

/// A store in it.
pub(crate) async fn open(database: &Database, clock: ManualClock) -> PostgresStore {
    let ring = Keyring::new(SealKey::generate().unwrap());
    let mut options = PostgresOptions::default();
    options.clock = Some(Arc::new(clock));
    options.pool_size = 2;
    PostgresStore::open_with(&database.url(), ring, options).await.unwrap()
}
