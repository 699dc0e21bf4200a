//! Setting up an engine.

use std::fmt;
use std::sync::Arc;

use xmp_client::setup::{Setup, Surroundings};
use xmp_core::zones::Zones;
use xmp_core::{
    Authenticator, Clock, Error, ErrorKind, EventSink, HttpTransport, Platform, Platforms, Result, Store,
    SystemClock, TenantId,
};
use xmp_store::{Keyring, MemoryStore, SealKey};

use crate::Xmp;

#[cfg(feature = "store-sqlite")]
use std::path::PathBuf;

#[cfg(feature = "store-postgres")]
use xmp_core::Secret;
#[cfg(feature = "store-postgres")]
use xmp_store::{PostgresOptions, PostgresStore, deadpool_postgres::Pool};

/// The environment variable that holds the seal key: 32 bytes in base64.
#[cfg(any(feature = "store-sqlite", feature = "store-postgres"))]
const SEAL_KEY: &str = "XMP_SEAL_KEY";

/// Where an engine keeps things.
#[derive(Default)]
enum Place {
    #[default]
    Memory,
    #[cfg(feature = "store-sqlite")]
    File(PathBuf),
    #[cfg(feature = "store-sqlite")]
    Home(PathBuf),
    #[cfg(feature = "store-postgres")]
    Server(Server, PostgresOptions),
    Given(Arc<dyn Store>),
}

/// How a PostgreSQL server is reached.
#[cfg(feature = "store-postgres")]
enum Server {
    At(Secret),
    Through(Pool, Option<Secret>),
}

/// Sets up an engine: where it keeps things, and which platforms it speaks to.
///
/// Nothing is opened or sent before [`open`](Self::open), which reports what is wrong.
#[derive(Default)]
pub struct Builder {
    place: Place,
    seal: Option<Keyring>,
    tenant: TenantId,
    clock: Option<Arc<dyn Clock>>,
    transport: Option<Arc<dyn HttpTransport>>,
    platforms: Platforms,
    authenticators: Vec<Arc<dyn Authenticator>>,
    sink: Option<Arc<dyn EventSink>>,
    zones: Option<Zones>,
    configured: Vec<Box<dyn Setup>>,
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("tenant", &self.tenant)
            .field("platforms", &self.platforms)
            .finish_non_exhaustive()
    }
}

impl Builder {
    /// Keeps everything in memory, until the program ends. This is the default, for tests.
    #[must_use]
    pub fn memory(self) -> Self {
        Self { place: Place::Memory, ..self }
    }

    /// Keeps everything in one SQLite file, which several processes on one host may share. Needs a seal key, from
    /// [`seal_key`](Self::seal_key) or the environment variable `XMP_SEAL_KEY`.
    #[cfg(feature = "store-sqlite")]
    #[must_use]
    pub fn sqlite(self, file: impl Into<PathBuf>) -> Self {
        Self { place: Place::File(file.into()), ..self }
    }

    /// Keeps everything in a folder: `xmp.db` and, if no seal key is given, a `seal.key` made on first use, readable
    /// by its owner alone. Good to begin with; keep the key apart from the data once it matters.
    #[cfg(feature = "store-sqlite")]
    #[must_use]
    pub fn home(self, folder: impl Into<PathBuf>) -> Self {
        Self { place: Place::Home(folder.into()), ..self }
    }

    /// Keeps everything in the schema `xmp` of a PostgreSQL database, which any number of processes on any number of hosts
    /// may share: `postgres://user:password@host/database`. Needs a seal key, as [`sqlite`](Self::sqlite) does. The schema is
    /// made where it is not there. See `docs/postgresql.md`.
    #[cfg(feature = "store-postgres")]
    #[must_use]
    pub fn postgres(self, url: impl Into<String>) -> Self {
        self.postgres_with(url, PostgresOptions::default())
    }

    /// Keeps everything in a PostgreSQL database, with options: another schema, a role that may not migrate.
    #[cfg(feature = "store-postgres")]
    #[must_use]
    pub fn postgres_with(self, url: impl Into<String>, options: PostgresOptions) -> Self {
        Self { place: Place::Server(Server::At(Secret::new(url)), options), ..self }
    }

    /// Keeps everything in a PostgreSQL database, through a pool of connections that the program has anyway. `url` is for the
    /// one connection that is told of new work; without it, work of other processes is found when a worker looks for it.
    #[cfg(feature = "store-postgres")]
    #[must_use]
    pub fn postgres_pool(self, pool: Pool, url: Option<String>, options: PostgresOptions) -> Self {
        let server = Server::Through(pool, url.map(Secret::new));
        Self { place: Place::Server(server, options), ..self }
    }

    /// Keeps everything in a store of your own.
    #[must_use]
    pub fn store(self, store: Arc<dyn Store>) -> Self {
        Self { place: Place::Given(store), ..self }
    }

    /// The key that tokens are sealed with.
    #[must_use]
    pub fn seal_key(self, key: SealKey) -> Self {
        self.keyring(Keyring::new(key))
    }

    /// The key that tokens are sealed with, and older ones that still open what they sealed.
    #[must_use]
    pub fn keyring(self, keys: Keyring) -> Self {
        Self { seal: Some(keys), ..self }
    }

    /// Whose accounts and posts they are, if not the default tenant's.
    #[must_use]
    pub fn tenant(self, tenant: TenantId) -> Self {
        Self { tenant, ..self }
    }

    /// Takes time from another clock.
    #[must_use]
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock: Some(clock), ..self }
    }

    /// Goes by these time zones, and not by the system's.
    #[must_use]
    pub fn zones(self, zones: Zones) -> Self {
        Self { zones: Some(zones), ..self }
    }

    /// Sends requests some other way.
    #[must_use]
    pub fn transport(self, transport: Arc<dyn HttpTransport>) -> Self {
        Self { transport: Some(transport), ..self }
    }

    /// Tells `sink` the events of this program's workers as they happen: for progress on a screen. The durable log is
    /// [`Xmp::events`].
    #[must_use]
    pub fn event_sink(self, sink: Arc<dyn EventSink>) -> Self {
        Self { sink: Some(sink), ..self }
    }

    /// Speaks to a platform: [`XConfig`](crate::XConfig), [`BlueskyConfig`](crate::BlueskyConfig), … May be called again
    /// for others, and for the same with another app or server.
    #[must_use]
    pub fn with(self, config: impl Setup + 'static) -> Self {
        self.with_all([Box::new(config) as Box<dyn Setup>])
    }

    /// Speaks to these platforms.
    #[must_use]
    pub fn with_all(mut self, configs: impl IntoIterator<Item = Box<dyn Setup>>) -> Self {
        self.configured.extend(configs);
        self
    }

    /// Speaks to a platform of your own.
    #[must_use]
    pub fn platform(mut self, platform: Arc<dyn Platform>, authenticator: Arc<dyn Authenticator>) -> Self {
        self.platforms.add(platform);
        self.authenticators.push(authenticator);
        self
    }

    /// Opens it.
    ///
    /// # Errors
    /// [`Configuration`](ErrorKind::Configuration) if something is missing or does not fit together (no seal key, a
    /// wrong one, a store of a newer version); [`Storage`](ErrorKind::Storage) if the store can't be opened.
    pub async fn open(self) -> Result<Xmp> {
        let given = self.clock;
        let clock = given.clone().unwrap_or_else(|| Arc::new(SystemClock));
        let opened = open_store(self.place, self.seal, &clock, given).await?;
        let store = opened.store;
        let (mut platforms, mut authenticators) = (self.platforms, self.authenticators);
        let transport = match self.transport {
            Some(transport) => transport,
            None => Arc::new(xmp_client::transport::ReqwestTransport::new()?),
        };
        if !self.configured.is_empty() {
            let around =
                Surroundings { transport: transport.clone(), store: store.clone(), clock: clock.clone() };
            for config in &self.configured {
                let (platform, authenticator) = config.set_up(&around)?;
                if platforms.get(platform.id(), platform.app()).is_ok() {
                    let message = format!("{} is set up twice with {:?}", platform.id(), platform.app());
                    return Err(Error::new(ErrorKind::Configuration, "platform.twice", message)
                        .hint("leave one of them out"));
                }
                platforms.add(platform);
                authenticators.push(authenticator);
            }
        }
        let zones = self.zones.unwrap_or_default();
        let xmp = Xmp::new(store, platforms, authenticators, transport, clock, self.tenant, self.sink, zones);
        #[cfg(feature = "store-postgres")]
        let xmp = xmp.with_postgres(opened.postgres);
        Ok(xmp)
    }
}

/// A store, and what it can do that others can't.
struct Opened {
    store: Arc<dyn Store>,
    #[cfg(feature = "store-postgres")]
    postgres: Option<PostgresStore>,
}

impl From<Arc<dyn Store>> for Opened {
    fn from(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            #[cfg(feature = "store-postgres")]
            postgres: None,
        }
    }
}

/// `given` is the clock that the program asked for, if it did: a server has one of its own.
async fn open_store(
    place: Place,
    seal: Option<Keyring>,
    clock: &Arc<dyn Clock>,
    given: Option<Arc<dyn Clock>>,
) -> Result<Opened> {
    #[cfg(feature = "store-sqlite")]
    let sqlite = async |file: PathBuf, keys| {
        let store = xmp_store::SqliteStore::open(file, keys, clock.clone()).await?;
        Ok::<_, Error>(Opened::from(Arc::new(store) as Arc<dyn Store>))
    };
    #[cfg(not(feature = "store-postgres"))]
    drop(given);
    // Only what is kept outside of the process is sealed.
    #[cfg(not(any(feature = "store-sqlite", feature = "store-postgres")))]
    drop(seal);
    match place {
        Place::Memory => Ok(Opened::from(Arc::new(MemoryStore::new(clock.clone())) as Arc<dyn Store>)),
        Place::Given(store) => Ok(Opened::from(store)),
        #[cfg(feature = "store-sqlite")]
        Place::File(file) => sqlite(file, needed(seal)?).await,
        #[cfg(feature = "store-sqlite")]
        Place::Home(folder) => {
            make_private_folder(&folder)?;
            let keys = match seal.map_or_else(key_of_environment, |keys| Ok(Some(keys)))? {
                Some(keys) => keys,
                None => key_of_home(&folder)?,
            };
            sqlite(folder.join("xmp.db"), keys).await
        }
        #[cfg(feature = "store-postgres")]
        Place::Server(server, mut options) => {
            options.clock = options.clock.or(given);
            let keys = needed(seal)?;
            let store = match server {
                Server::At(url) => PostgresStore::open_with(url.expose(), keys, options).await?,
                Server::Through(pool, url) => {
                    PostgresStore::with_pool(pool, url.as_ref().map(Secret::expose), keys, options).await?
                }
            };
            Ok(Opened { store: Arc::new(store.clone()), postgres: Some(store) })
        }
    }
}

/// The key that was given, or else the one of the environment.
#[cfg(any(feature = "store-sqlite", feature = "store-postgres"))]
fn needed(seal: Option<Keyring>) -> Result<Keyring> {
    seal.map_or_else(key_of_environment, |keys| Ok(Some(keys)))?.ok_or_else(|| {
        Error::new(ErrorKind::Configuration, "seal.missing", "there is no seal key").hint(format!(
            "give one with `seal_key`, or set {SEAL_KEY} to 32 random bytes in base64 (openssl rand -base64 32)"
        ))
    })
}

#[cfg(any(feature = "store-sqlite", feature = "store-postgres"))]
fn key_of_environment() -> Result<Option<Keyring>> {
    if std::env::var_os(SEAL_KEY).is_none() {
        return Ok(None);
    }
    SealKey::from_env(SEAL_KEY).map(|key| Some(Keyring::new(key)))
}

#[cfg(feature = "store-sqlite")]
fn cannot(what: &str, path: &std::path::Path, error: std::io::Error) -> Error {
    Error::new(ErrorKind::Configuration, "home.unusable", format!("{what} {}: {error}", path.display()))
        .hint("choose a folder that this program may write to")
        .with_source(error)
}

#[cfg(feature = "store-sqlite")]
fn make_private_folder(folder: &std::path::Path) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| cannot("can't make the folder", folder, error))
}

/// The key of a home folder, made on first use. Written whole or not at all: a process that is killed in between, or
/// that races another one, leaves no half key behind.
#[cfg(feature = "store-sqlite")]
fn key_of_home(folder: &std::path::Path) -> Result<Keyring> {
    let file = folder.join("seal.key");
    if !file.exists() {
        let half = folder.join(format!("seal.key.{}", std::process::id()));
        write_private(&half, SealKey::generate()?.to_base64().expose())
            .map_err(|error| cannot("can't write", &half, error))?;
        // A link fails if the name is taken: the first process wins, and all read its key.
        let linked = std::fs::hard_link(&half, &file);
        let _ = std::fs::remove_file(&half);
        match linked {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                return Err(cannot("can't write", &file, error));
            }
            _ => {}
        }
    }
    let text = std::fs::read_to_string(&file).map_err(|error| cannot("can't read", &file, error))?;
    SealKey::from_base64(text.trim()).map(Keyring::new)
}

#[cfg(feature = "store-sqlite")]
fn write_private(file: &std::path::Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(file)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
