//! The folder of a server, and the user that it runs as.

use std::env;
use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Error, Result};

/// The path of a socket may have 107 bytes, its own name among them.
const LONGEST: usize = 64;

/// A temporary folder that only the server's user may enter. Its [`Keeper`](crate::keeper::Keeper) removes it.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    user: Option<User>,
}

/// The ids of a user and its group.
#[derive(Clone, Copy, Debug)]
struct User {
    uid: u32,
    gid: u32,
}

impl Folder {
    pub(crate) fn new(prefix: &str) -> Result<Self> {
        let user = unprivileged()?;
        let own = env::temp_dir();
        let parent = if own.as_os_str().len() > LONGEST { PathBuf::from("/tmp") } else { own };
        let failed = || Error::io(format!("no folder can be made in {}", parent.display()));
        let folder = tempfile::Builder::new().prefix(prefix).tempdir_in(&parent).map_err(failed())?;
        if let Some(User { uid, gid }) = user {
            chown(folder.path(), Some(uid), Some(gid)).map_err(failed())?;
        }
        Ok(Self { path: folder.keep(), user })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A program that runs in this folder, as the folder's user.
    pub(crate) fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        // Their words are read by people and by tests: no other language, no settings of a person's own.
        command.current_dir(&self.path).env("LC_ALL", "C");
        for name in ["PGDATA", "PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGPASSWORD", "PGOPTIONS"] {
            command.env_remove(name);
        }
        if let Some(User { uid, gid }) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }
}

/// For root: a user without its rights, since PostgreSQL refuses to run with them. Nothing for everybody else.
fn unprivileged() -> Result<Option<User>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let known = fs::read_to_string("/etc/passwd").map_err(Error::io("/etc/passwd cannot be read"))?;
    let user = |name: &str| {
        known.lines().find_map(|line| {
            let mut fields = line.split(':');
            let found = fields.next()? == name;
            let (uid, gid) = (fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?);
            found.then_some(User { uid, gid })
        })
    };
    let found = user("postgres").or_else(|| user("nobody"));
    found.map(Some).ok_or_else(|| {
        Error::failed(
            "no user to run a server as",
            "this is root, and there is neither `postgres` nor `nobody`",
        )
    })
}
