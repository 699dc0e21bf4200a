//! A worker's process.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use xmp::{Clock, ErrorKind, HttpTransport, Keyring, SealKey, Store, SystemClock, Xmp};
use xmp_client::setup::{Setup, Surroundings};
use xmp_client::transport::ReqwestTransport;
use xmp_core::CancelToken;
use xmp_store::{PostgresOptions, PostgresStore, SqliteStore};

use crate::clock::SharedClock;
use crate::orders::{Orders, Place, Task};
use crate::trap::SetTrap;
use crate::{Result, refresh};

/// How long to wait for a store that is away.
const AGAIN: Duration = Duration::from_millis(20);

/// Opens the store that a place names.
///
/// # Errors
/// If it can't be opened.
pub async fn open_store(place: &Place, key: &str, clock: Arc<dyn Clock>) -> Result<Arc<dyn Store>> {
    let keyring = Keyring::new(SealKey::from_base64(key)?);
    Ok(match place {
        Place::Sqlite(file) => Arc::new(SqliteStore::open(file.clone(), keyring, clock).await?),
        Place::Postgres(url) => {
            let mut options = PostgresOptions::default();
            options.clock = Some(clock);
            options.pool_size = 4;
            Arc::new(PostgresStore::open_with(url, keyring, options).await?)
        }
    })
}

/// Opens an engine on what orders name, with their trap set in it.
///
/// # Errors
/// If it can't be opened.
pub async fn open(orders: &Orders) -> Result<Xmp> {
    let clock: Arc<dyn Clock> = Arc::new(clock(orders)?);
    let store = open_store(&orders.place, &orders.key, clock.clone()).await?;
    let trap = SetTrap::new(orders.trap);
    let transport: Arc<dyn HttpTransport> = trap.transport(Arc::new(ReqwestTransport::new()?));
    let around = Surroundings { transport: transport.clone(), store: store.clone(), clock: clock.clone() };
    let mut builder = Xmp::builder().store(store).clock(clock).transport(transport);
    let (x, bluesky) = (orders.windows.x(&orders.server), orders.windows.bluesky(&orders.server));
    for config in [&x as &dyn Setup, &bluesky] {
        let (platform, authenticator) = config.set_up(&around)?;
        builder = builder.platform(trap.platform(platform), authenticator);
    }
    Ok(builder.open().await?)
}

/// Works until it is hit, or the judge is gone.
///
/// # Errors
/// If the engine can't be opened.
pub async fn run(orders: &Orders) -> Result<()> {
    std::thread::spawn(end_with_the_judge);
    if let Task::Ask(account) = orders.task {
        return refresh::ask(orders, account).await;
    }
    let xmp = open_patiently(orders).await?;
    xmp.worker(orders.windows.options())?.run(&CancelToken::new()).await;
    Ok(())
}

/// Opens an engine, as soon as its store is there: the server is being restarted, or a process that is stopped has the
/// file's lock.
///
/// # Errors
/// As [`open`].
pub async fn open_patiently(orders: &Orders) -> Result<Xmp> {
    loop {
        match open(orders).await {
            Err(error) if is_away(error.as_ref()) => tracing::warn!(%error, "not yet"),
            opened => return opened,
        }
        SystemClock.sleep(AGAIN).await;
    }
}

/// The clock that orders name.
///
/// # Errors
/// If it can't be read.
pub fn clock(orders: &Orders) -> Result<SharedClock> {
    SharedClock::open(&orders.clock)
}

fn is_away(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref::<xmp::Error>().is_some_and(|error| error.kind() == ErrorKind::Storage)
}

/// The judge holds the other end of the standard input, and says nothing.
fn end_with_the_judge() {
    let _ = std::io::stdin().read(&mut [0]);
    std::process::exit(0);
}
