//! A private Redis, or Valkey.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::folder::Folder;
use crate::keeper::Keeper;
use crate::postgres::free_port;
use crate::{Error, Result, redis_server};

/// How it keeps what it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RedisOptions {
    /// Whether every change is appended to a file that is flushed once a second (`appendfsync everysec`), as queues on
    /// Redis ask for. Without it nothing is kept.
    pub append_only: bool,
}

/// A server. It ends when this value is dropped, or when the process ends.
#[derive(Debug)]
pub struct Redis {
    port: u16,
    _keeper: Keeper,
}

impl Redis {
    /// Starts one on loopback.
    ///
    /// # Errors
    /// [`Error::Missing`] if the machine has none; [`Error::Failed`] with what it said if it does not start.
    pub fn start(options: RedisOptions) -> Result<Self> {
        let program = redis_server()?;
        let folder = Folder::new("xmp-redis-")?;
        let keeper = Keeper::of(&folder, "pid", "TERM")?;
        let port = free_port()?;
        let mut command = folder.command(program);
        command.args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", "", "--pidfile"]);
        command.arg(folder.path().join("pid")).arg("--dir").arg(folder.path());
        let append = if options.append_only { "yes" } else { "no" };
        command.args(["--appendonly", append, "--appendfsync", "everysec"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut server = command.spawn().map_err(Error::io("Redis cannot be started"))?;
        let mut said = String::new();
        for line in server.stdout.take().map(BufReader::new).into_iter().flat_map(BufReader::lines) {
            let line = line.map_err(Error::io("Redis cannot be heard"))?;
            if line.contains("Ready to accept connections") {
                // It is the keeper who ends it; this thread only takes its last word, so that no zombie stays.
                std::thread::spawn(move || server.wait());
                return Ok(Self { port, _keeper: keeper });
            }
            said.push_str(&line);
            said.push('\n');
        }
        Err(Error::failed("Redis did not start", &said))
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}
