//! Databases for tests: of one private server a program, or of the one that `DATABASE_URL` names.

use std::sync::{Arc, OnceLock};

use xmp_core::ManualClock;
use xmp_proof_servers::{Database, Error, Postgres};
use xmp_store::{Keyring, PostgresOptions, PostgresStore, SealKey};

/// The server that the tests of this program share; `None`, with a message, where the machine has none.
pub fn server() -> Option<&'static Postgres> {
    static SERVER: OnceLock<Option<Postgres>> = OnceLock::new();
    let start = || match Postgres::start() {
        Ok(server) => Some(server),
        Err(Error::Missing { .. }) => {
            println!("skipped: this machine has no PostgreSQL");
            None
        }
        Err(error) => panic!("{error}"),
    };
    SERVER.get_or_init(start).as_ref()
}

/// An empty database.
pub fn database() -> Option<Database> {
    server().map(|server| server.fresh_database().unwrap())
}

/// Always the same one.
pub fn ring() -> Keyring {
    static KEY: OnceLock<SealKey> = OnceLock::new();
    Keyring::new(KEY.get_or_init(|| SealKey::generate().unwrap()).clone())
}

pub fn options(clock: &ManualClock) -> PostgresOptions {
    let mut options = PostgresOptions::default();
    options.clock = Some(Arc::new(clock.clone()));
    options.pool_size = 4;
    options
}

pub async fn open(database: &Database, clock: &ManualClock) -> PostgresStore {
    PostgresStore::open_with(&database.url(), ring(), options(clock)).await.unwrap()
}

/// A connection behind the store's back.
pub async fn client(url: &str) -> tokio_postgres::Client {
    let (client, connection) = config(url).connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// How the client itself reads an address of a test: with the socket where it looks for it.
pub fn config(url: &str) -> tokio_postgres::Config {
    let mut config: tokio_postgres::Config = url.parse().unwrap();
    config.ssl_mode(tokio_postgres::config::SslMode::Disable);
    config
}
