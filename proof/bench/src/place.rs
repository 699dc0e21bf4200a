//! Where a sample is taken: a fresh database, file or server each time, or a copy of one in which very many wait.

use std::fs;
use std::path::PathBuf;

use xmp_proof_servers::{Database, Postgres, PostgresOptions, Redis, RedisOptions};

use crate::Result;
use crate::contestant::Home;

/// The servers of a run.
pub(crate) struct Servers {
    /// Set up as it comes, flushing every commit to disk.
    postgres: Option<Postgres>,
    /// Files of SQLite, on the disk of the checkout.
    files: tempfile::TempDir,
}

/// A place of its own; gone when it is dropped.
pub(crate) enum Place {
    Postgres(Database),
    Sqlite(tempfile::TempDir),
    Redis(Redis),
}

impl Servers {
    /// Starts what contestants with these homes need.
    pub(crate) fn start(homes: &[Home], scratch: &std::path::Path) -> Result<Self> {
        let options = PostgresOptions { durable: true, ..PostgresOptions::default() };
        let postgres =
            if homes.contains(&Home::Postgres) { Some(Postgres::start_private(&options)?) } else { None };
        fs::create_dir_all(scratch)?;
        Ok(Self { postgres, files: tempfile::tempdir_in(scratch)? })
    }

    /// An empty place.
    pub(crate) fn place(&self, home: Home) -> Result<Place> {
        match home {
            Home::Postgres => {
                let postgres = self.postgres.as_ref().ok_or("PostgreSQL was not started")?;
                Ok(Place::Postgres(postgres.fresh_database()?))
            }
            Home::Sqlite => Ok(Place::Sqlite(tempfile::tempdir_in(self.files.path())?)),
            Home::Redis => Ok(Place::Redis(Redis::start(RedisOptions { append_only: true })?)),
        }
    }

    /// A place with all that is in another one, which nobody uses at the moment.
    pub(crate) fn copy(&self, place: &Place) -> Result<Place> {
        match place {
            Place::Postgres(database) => Ok(Place::Postgres(database.copy()?)),
            Place::Sqlite(from) => {
                let to = tempfile::tempdir_in(self.files.path())?;
                for file in fs::read_dir(from.path())? {
                    let file = file?;
                    fs::copy(file.path(), to.path().join(file.file_name()))?;
                }
                Ok(Place::Sqlite(to))
            }
            Place::Redis(_) => Err("nothing waits in Redis".into()),
        }
    }
}

impl Place {
    /// The address of the database, or the path of the file. Everybody uses the same kind of connection: TCP on
    /// loopback.
    pub(crate) fn at(&self) -> String {
        match self {
            Self::Postgres(database) => database.tcp_url(),
            Self::Sqlite(folder) => path(folder).display().to_string(),
            Self::Redis(redis) => redis.url(),
        }
    }

    /// Lets what was written settle, as it has when posts have waited for long: statistics are there, and nothing is left
    /// to be written out in somebody else's sample.
    pub(crate) fn settle(&self) -> Result<()> {
        if let Self::Postgres(database) = self {
            database.run("VACUUM ANALYZE")?;
        }
        self.flush()
    }

    /// Writes out what the sample before this one has left.
    pub(crate) fn flush(&self) -> Result<()> {
        if let Self::Postgres(database) = self {
            database.run("CHECKPOINT")?;
        }
        Ok(())
    }
}

fn path(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("xmp.db")
}
