//! A private PostgreSQL, or the one that `DATABASE_URL` names.

use std::env;
use std::fs;
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::Arc;

use crate::error::run;
use crate::folder::Folder;
use crate::keeper::Keeper;
use crate::{Database, Error, PostgresPrograms, Result};

/// How often a port is tried that another process took in the meantime.
const TRIES: usize = 5;

/// How a private server is set up. Everything else is as PostgreSQL comes.
#[derive(Clone, Debug, Default)]
pub struct PostgresOptions {
    /// Whether what is committed survives a fall of the machine, as PostgreSQL has it by itself. Without it (`fsync` and
    /// `full_page_writes` off) tests go faster; a restart of the server loses nothing either way.
    pub durable: bool,
    /// More lines for `postgresql.conf`: `("work_mem", "'8MB'")`.
    pub settings: Vec<(&'static str, String)>,
}

/// How a server is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shutdown {
    /// Transactions are rolled back, connections closed, everything is written out.
    Fast,
    /// At once, as in a crash: the next start recovers from the log.
    Immediate,
}

/// A server. It ends when this value and all its databases are dropped, or when the process ends.
#[derive(Clone, Debug)]
pub struct Postgres(Arc<Server>);

#[derive(Debug)]
pub(crate) struct Server {
    programs: PostgresPrograms,
    place: Place,
}

#[derive(Debug)]
enum Place {
    /// `DATABASE_URL`.
    Given(String),
    Private(Cluster),
}

#[derive(Debug)]
struct Cluster {
    // First: it stops the server while the folder is known.
    _keeper: Keeper,
    folder: Folder,
    port: u16,
    password: String,
}

impl Postgres {
    /// The server that `DATABASE_URL` names, whose user must be allowed to make databases; else a private one, for
    /// tests.
    ///
    /// # Errors
    /// [`Error::Missing`] if the machine has no PostgreSQL; [`Error::Failed`] with the server's own log if it does not
    /// start.
    pub fn start() -> Result<Self> {
        if let Ok(url) = env::var("DATABASE_URL") {
            let programs = PostgresPrograms::find()?;
            return Ok(Self(Arc::new(Server { programs, place: Place::Given(url) })));
        }
        Self::start_private(&PostgresOptions::default())
    }

    /// A private server, whatever `DATABASE_URL` says.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_private(options: &PostgresOptions) -> Result<Self> {
        let programs = PostgresPrograms::find()?;
        let mut cluster = Cluster::create(&programs, options)?;
        let mut tries = 1;
        while let Err(error) = cluster.start(&programs) {
            if tries == TRIES || !error.to_string().contains("could not bind") {
                return Err(error);
            }
            tries += 1;
            cluster.move_to_another_port()?;
        }
        Ok(Self(Arc::new(Server { programs, place: Place::Private(cluster) })))
    }

    /// An empty database.
    ///
    /// # Errors
    /// If the server refuses.
    pub fn fresh_database(&self) -> Result<Database> {
        Database::create(&self.0, None)
    }

    /// The server's first database, where one connects to make others.
    #[must_use]
    pub fn url(&self) -> String {
        self.0.url()
    }

    /// Stops it and starts it again; clients lose their connections.
    ///
    /// # Errors
    /// [`Error::NotOurs`]; [`Error::Failed`] if it does not come back.
    pub fn restart(&self, how: Shutdown) -> Result<()> {
        self.stop(how)?;
        self.start_again()
    }

    /// Stops it, until it is started again.
    ///
    /// # Errors
    /// [`Error::NotOurs`]; [`Error::Failed`].
    pub fn stop(&self, how: Shutdown) -> Result<()> {
        let how = match how {
            Shutdown::Fast => "fast",
            Shutdown::Immediate => "immediate",
        };
        let cluster = self.0.cluster("stop")?;
        cluster.pg_ctl(&self.0.programs, &["stop", "-m", how])
    }

    /// Starts it after a stop, where it was before.
    ///
    /// # Errors
    /// [`Error::NotOurs`]; [`Error::Failed`].
    pub fn start_again(&self) -> Result<()> {
        self.0.cluster("start")?.start(&self.0.programs)
    }
}

impl Server {
    pub(crate) fn is_ours(&self) -> bool {
        matches!(self.place, Place::Private(_))
    }

    pub(crate) fn url(&self) -> String {
        match &self.place {
            Place::Given(url) => url.clone(),
            Place::Private(cluster) => {
                let (folder, port) = (cluster.folder.path().display(), cluster.port);
                format!("postgresql://postgres@/postgres?host={folder}&port={port}")
            }
        }
    }

    pub(crate) fn tcp_url(&self) -> String {
        match &self.place {
            Place::Given(url) => url.clone(),
            Place::Private(Cluster { password, port, .. }) => {
                format!("postgresql://postgres:{password}@127.0.0.1:{port}/postgres")
            }
        }
    }

    /// Runs statements; the rows' columns are divided by tabs.
    pub(crate) fn psql(&self, url: &str, sql: &str) -> Result<String> {
        let mut psql = std::process::Command::new(self.programs.psql());
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--field-separator=\t"]);
        psql.args(["--set=ON_ERROR_STOP=1", "--command", sql, url]);
        let output = run(psql.env("LC_ALL", "C").stdin(Stdio::null()))?;
        Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    }

    fn cluster(&self, verb: &'static str) -> Result<&Cluster> {
        match &self.place {
            Place::Given(_) => Err(Error::NotOurs(verb)),
            Place::Private(cluster) => Ok(cluster),
        }
    }
}

impl Cluster {
    /// Makes the files of a server that is not running yet.
    fn create(programs: &PostgresPrograms, options: &PostgresOptions) -> Result<Self> {
        let folder = Folder::new("xmp-postgres-")?;
        let keeper = Keeper::of(&folder, "data/postmaster.pid", "QUIT")?;
        let password = random_hex()?;
        let (secret, data) = (folder.path().join("password"), folder.path().join("data"));
        fs::write(&secret, &password).map_err(Error::io("the password cannot be written"))?;
        let mut initdb = folder.command(programs.initdb());
        initdb.arg("-D").arg(&data).arg("--pwfile").arg(&secret);
        initdb.args(["-U", "postgres", "--auth-local=trust", "--auth-host=scram-sha-256"]);
        run(initdb.args(["--encoding=UTF8", "--locale=C", "--no-sync"]))?;
        let mut cluster = Self { _keeper: keeper, folder, port: 0, password };
        cluster.configure(&options.lines())?;
        cluster.move_to_another_port()?;
        Ok(cluster)
    }

    fn move_to_another_port(&mut self) -> Result<()> {
        self.port = free_port()?;
        self.configure(&format!("port = {}\n", self.port))
    }

    /// Adds lines: the last one of a name counts.
    fn configure(&self, lines: &str) -> Result<()> {
        let file = self.folder.path().join("data/postgresql.conf");
        fs::read_to_string(&file)
            .and_then(|before| fs::write(&file, before + lines))
            .map_err(Error::io("postgresql.conf cannot be written"))
    }

    fn start(&self, programs: &PostgresPrograms) -> Result<()> {
        let socket = format!("-k {}", self.folder.path().display());
        let started = self.pg_ctl(programs, &["start", "-l", "log", "-o", &socket]);
        started.map_err(|error| {
            let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            let tail: Vec<&str> = log.lines().rev().take(20).collect();
            Error::failed(error.to_string(), &tail.into_iter().rev().collect::<Vec<_>>().join("\n"))
        })
    }

    fn pg_ctl(&self, programs: &PostgresPrograms, arguments: &[&str]) -> Result<()> {
        let mut pg_ctl = self.folder.command(programs.pg_ctl());
        pg_ctl.args(arguments).arg("-D").arg(self.folder.path().join("data"));
        run(pg_ctl.args(["--wait", "--silent"])).map(drop)
    }
}

impl PostgresOptions {
    fn lines(&self) -> String {
        // Several workers, engines and rivals have pools of their own.
        let mut lines = "listen_addresses = '127.0.0.1'\nmax_connections = 200\n".to_owned();
        if !self.durable {
            lines.push_str("fsync = off\nfull_page_writes = off\n");
        }
        for (name, value) in &self.settings {
            lines.push_str(&format!("{name} = {value}\n"));
        }
        lines
    }
}

/// A port of loopback that nobody has at this moment.
pub(crate) fn free_port() -> Result<u16> {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(Error::io("no port is free on 127.0.0.1"))
}

/// 64 random bits, as a name or a password.
pub(crate) fn random_hex() -> Result<String> {
    getrandom::u64()
        .map(|bits| format!("{bits:016x}"))
        .map_err(|error| Error::failed("no random number", &error))
}
