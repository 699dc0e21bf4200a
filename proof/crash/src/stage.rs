//! Where a round takes place: a simulator, a store, a clock, and accounts that are connected.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use xmp::{
    AccountId, AccountState, Clock, CompleteOptions, ConnectOptions, LogInOptions, PlatformId, SealKey,
    Secret, Spacing, Xmp,
};
use xmp_proof_servers::{Database, Postgres, PostgresOptions, Shutdown};
use xmp_sim::{Fault, FaultKind, Per, RateLimit, Sim, SimClock};

use crate::Result;
use crate::clock::SharedClock;
use crate::orders::{CLIENT, Orders, Place, REDIRECT, Task, Windows};
use crate::plan::{Plan, PlannedAccount};
use crate::worker;

/// Bluesky, as the engine names it.
pub const BLUESKY: PlatformId = PlatformId::constant("bluesky");

/// How often an account is connected again where that fails.
const TRIES: u32 = 5;

/// Which store a run is made on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum StoreKind {
    /// One file that all processes share.
    Sqlite,
    /// A private PostgreSQL, with a database for each round.
    Postgres,
}

/// Where rounds take place.
#[derive(Clone, Debug)]
pub enum Ground {
    /// In files.
    Sqlite,
    /// On a server of the run's own.
    Postgres(Postgres),
}

impl Ground {
    /// Starts what is needed.
    ///
    /// # Errors
    /// If the server can't be started.
    pub fn prepare(kind: StoreKind) -> Result<Self> {
        Ok(match kind {
            StoreKind::Sqlite => Self::Sqlite,
            StoreKind::Postgres => Self::Postgres(Postgres::start_private(&PostgresOptions::default())?),
        })
    }
}

/// Where memory is a file system, on Linux.
const MEMORY: &str = "/dev/shm";

/// A folder for a round. In memory where there is such a place: no power is cut here, and a kill loses nothing that the
/// system was told. On a disk that others write to, a commit could take longer than a window does here.
fn folder() -> Result<TempDir> {
    let place = Some(PathBuf::from(MEMORY)).filter(|path| path.is_dir()).unwrap_or_else(std::env::temp_dir);
    Ok(tempfile::Builder::new().prefix("xmp-crash-").tempdir_in(place)?)
}

/// Where a round takes place.
#[derive(Debug)]
pub struct Stage {
    /// The platforms.
    pub sim: Sim,
    /// The hosts' clock.
    pub clock: SharedClock,
    /// The judge's own engine, which starts no worker.
    pub xmp: Xmp,
    /// The accounts' ids, in the plan's order.
    pub accounts: Vec<AccountId>,
    planned: Vec<PlannedAccount>,
    orders: Orders,
    server: Option<(Postgres, Arc<Database>)>,
    folder: TempDir,
}

impl Stage {
    /// Sets everything up for a plan.
    ///
    /// # Errors
    /// If something can't be started.
    pub async fn set(ground: &Ground, plan: &Plan) -> Result<Self> {
        let folder = folder()?;
        let clock_file = folder.path().join("clock");
        let clock = SharedClock::create(&clock_file, plan.tempo.speed())?;
        let mut sim = Sim::builder()
            .clock(SimClock::faster(clock.base(), plan.tempo.speed()))
            .client(CLIENT.0, Some(CLIENT.1), &[REDIRECT])
            .duplicate_window(plan.duplicates)
            .access_token_ttl(plan.token_ttl);
        // What is used up is told by faults: a window of a quarter of an hour would outlast the round.
        for route in ["posts.create", "timeline", "users.me"] {
            sim = sim.limit(RateLimit {
                route: route.to_owned(),
                per: Per::User,
                window_secs: 900,
                limit: 100_000,
            });
        }
        for account in &plan.accounts {
            sim = sim.account(&account.handle);
        }
        let sim = sim.start().await?;
        let lag = plan.tempo.on_clock(plan.lag);
        sim.set_fault(Fault::new(FaultKind::TimelineLag {
            ms: u64::try_from(lag.as_millis())?,
            lookups: true,
        }));
        let server = match ground {
            Ground::Sqlite => None,
            Ground::Postgres(server) => Some((server.clone(), Arc::new(server.fresh_database()?))),
        };
        let place = match &server {
            None => Place::Sqlite(folder.path().join("xmp.db")),
            Some((_, database)) => Place::Postgres(database.url()),
        };
        let key = SealKey::generate()?.to_base64().expose().to_owned();
        let address = sim.url().to_owned();
        let windows = Windows::at(plan.tempo, plan.looks);
        let orders =
            Orders { place, key, clock: clock_file, server: address, windows, trap: None, task: Task::Work };
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let xmp = Xmp::builder()
            .store(worker::open_store(&orders.place, &orders.key, shared.clone()).await?)
            .clock(shared)
            .with(windows.x(&orders.server))
            .with(windows.bluesky(&orders.server))
            .open()
            .await?;
        let planned = plan.accounts.clone();
        let mut stage = Self { sim, clock, xmp, accounts: Vec::new(), planned, orders, server, folder };
        for index in 0..stage.planned.len() {
            let mut tries = 0;
            let id = loop {
                match stage.connect(index).await {
                    Ok(id) => break id,
                    // A code lives for half a minute, which is a second here: too little, on a busy machine.
                    Err(error) if tries == TRIES => return Err(error),
                    Err(_) => tries += 1,
                }
            };
            stage.accounts.push(id);
        }
        if let (Some(min_interval), Some(first)) = (plan.spacing, stage.accounts.first()) {
            let min_interval = Some(plan.tempo.on_clock(min_interval));
            stage.xmp.accounts().set_spacing(*first, Spacing { min_interval, ..Spacing::default() }).await?;
        }
        Ok(stage)
    }

    /// What workers are told.
    #[must_use]
    pub fn orders(&self) -> &Orders {
        &self.orders
    }

    /// Where the round keeps its files.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Leaves the files where they are.
    #[must_use]
    pub fn keep(self) -> PathBuf {
        self.folder.keep()
    }

    /// Connects an account as its owner would.
    async fn connect(&self, index: usize) -> Result<AccountId> {
        let account = &self.planned[index];
        let accounts = self.xmp.accounts();
        let on_absent = Some(account.on_absent);
        if let Some(handle) = account.handle.strip_prefix("bluesky:") {
            let password = Secret::new(format!("app-password-of-{handle}"));
            let options = LogInOptions { on_absent, ..LogInOptions::new(handle, password) };
            return Ok(accounts.log_in(BLUESKY, &options).await?.id);
        }
        let pending = accounts.connect(PlatformId::X, &ConnectOptions::new(REDIRECT)).await?;
        let callback = self.sim.consent_url_approve(&pending.url, &account.handle).await?;
        Ok(accounts.complete(&callback, CompleteOptions { on_absent }).await?.id)
    }

    /// Restarts the database's server, as in a crash or in order; nothing on SQLite.
    ///
    /// # Errors
    /// If it does not come back.
    pub async fn restart_server(&self, crash: bool) -> Result<()> {
        let Some((server, _)) = self.server.clone() else { return Ok(()) };
        let how = if crash { Shutdown::Immediate } else { Shutdown::Fast };
        Ok(tokio::task::spawn_blocking(move || server.restart(how)).await??)
    }

    /// Plays the owners: accounts that need consent are connected again. Gives how many there were.
    ///
    /// # Errors
    /// If one can't be connected.
    pub async fn reconnect(&self) -> Result<usize> {
        let mut connected = 0;
        for (index, id) in self.accounts.iter().enumerate() {
            let state = self.xmp.accounts().get(*id).await?.state;
            if matches!(state, AccountState::NeedsConsent | AccountState::Suspended) {
                self.connect(index).await?;
                connected += 1;
            }
        }
        Ok(connected)
    }
}
