//! The workers' processes, as the judge holds them: started, hit, woken, killed.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, kill_process, waitpid};
use xmp::{Clock, SystemClock};

use crate::Result;
use crate::orders::Orders;
use crate::plan::Life;
use crate::tempo::Tempo;
use crate::trap::Hit;

/// What a worker is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// This very program.
    Rust,
    /// `workers/worker.py`.
    Python,
    /// `workers/worker.mjs`.
    Node,
}

/// How workers are started.
#[derive(Clone, Debug)]
pub struct Programs {
    /// This very program.
    pub own: PathBuf,
    /// Python, and the folder of its package; `None`: no worker is written in it.
    pub python: Option<(PathBuf, PathBuf)>,
    /// Node, and the file of its package; `None`: no worker is written in it.
    pub node: Option<(PathBuf, PathBuf)>,
    /// A defect that workers of a mutated build are to have.
    pub mutant: Option<String>,
}

/// The environment variable that names a mutant.
pub const MUTANT: &str = "XMP_MUTANT";
/// The environment variable that tells a worker in Node where its package is.
const NODE_PACKAGE: &str = "XMP_SDK";
/// How many lines of its log are shown of a process that has ended by itself.
const LAST_WORDS: usize = 20;
/// How often a process is looked at, in real time.
const GLANCE: Duration = Duration::from_millis(4);

impl Programs {
    /// Whether workers in other languages can be started.
    #[must_use]
    pub fn are_mixed(&self) -> bool {
        self.python.is_some() && self.node.is_some()
    }

    fn command(&self, language: Language) -> Result<Command> {
        let script = |name| Path::new(env!("CARGO_MANIFEST_DIR")).join("workers").join(name);
        let mut command = match language {
            Language::Rust => {
                let mut command = Command::new(&self.own);
                command.arg("worker");
                command
            }
            Language::Python => {
                let (python, package) = self.python.as_ref().ok_or("no Python was named")?;
                let mut command = Command::new(python);
                command.arg("-B").arg(script("worker.py")).env("PYTHONPATH", package);
                command
            }
            Language::Node => {
                let (node, package) = self.node.as_ref().ok_or("no Node was named")?;
                let mut command = Command::new(node);
                command.arg(script("worker.mjs")).env(NODE_PACKAGE, package);
                command
            }
        };
        if let Some(mutant) = &self.mutant {
            command.env(MUTANT, mutant);
        }
        Ok(command)
    }

    /// Starts a worker; what it logs goes to a file.
    ///
    /// # Errors
    /// If it can't be started.
    pub fn start(&self, language: Language, orders: &Orders, log: &Path) -> Result<Process> {
        let mut command = self.command(language)?;
        let output = File::options().create(true).append(true).open(log)?;
        command
            .arg(serde_json::to_string(orders)?)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(output);
        let child = command.spawn()?;
        let pid = Pid::from_raw(i32::try_from(child.id())?).ok_or("a process without an id")?;
        Ok(Process { child, pid, log: log.to_path_buf(), ended: None })
    }
}

/// A worker's process. It is killed when nobody holds it any more.
#[derive(Debug)]
pub struct Process {
    /// Holds the standard input open.
    child: Child,
    pid: Pid,
    log: PathBuf,
    ended: Option<WaitStatus>,
}

/// What a look at a process shows.
#[derive(Clone, Copy, Debug)]
enum Seen {
    Runs,
    Stopped,
    Ended(WaitStatus),
}

impl Process {
    fn look(&mut self) -> Result<Seen> {
        if let Some(status) = self.ended {
            return Ok(Seen::Ended(status));
        }
        match waitpid(Some(self.pid), WaitOptions::NOHANG | WaitOptions::UNTRACED)? {
            None => Ok(Seen::Runs),
            Some((_, status)) if status.stopped() => Ok(Seen::Stopped),
            Some((_, status)) => {
                self.ended = Some(status);
                Ok(Seen::Ended(status))
            }
        }
    }

    /// Looks until it is stopped or has ended, or the time (real time) is over.
    async fn watch(&mut self, time: Duration) -> Result<Seen> {
        let until = SystemClock.monotonic() + time;
        loop {
            match self.look()? {
                Seen::Runs if SystemClock.monotonic() < until => SystemClock.sleep(GLANCE).await,
                seen => return Ok(seen),
            }
        }
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        if self.ended.is_none() {
            kill_process(self.pid, signal)?;
        }
        Ok(())
    }

    fn killed(&self, status: WaitStatus) -> Result<()> {
        if status.terminating_signal() == Some(Signal::KILL.as_raw()) {
            return Ok(());
        }
        Err(format!("a worker ended by itself ({status:?})\n{}", self.last_words()).into())
    }

    /// The end of what it has logged.
    fn last_words(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(LAST_WORDS)..].join("\n")
    }

    /// Waits until it ends well by itself.
    ///
    /// # Errors
    /// If it ends badly, or not within the time (real time).
    pub async fn finish(&mut self, within: Duration) -> Result<()> {
        match self.watch(within).await? {
            Seen::Ended(status) if status.exit_status() == Some(0) => Ok(()),
            seen => Err(format!("a process should have ended well: {seen:?}\n{}", self.last_words()).into()),
        }
    }

    /// Kills it, and waits until it is gone.
    ///
    /// # Errors
    /// If it has ended by itself: workers don't.
    pub async fn kill(&mut self) -> Result<()> {
        self.signal(Signal::KILL)?;
        loop {
            match self.look()? {
                Seen::Ended(status) => return self.killed(status),
                _ => SystemClock.sleep(GLANCE).await,
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let (Ok(()), None) = (self.signal(Signal::KILL), self.ended) else { return };
        // An error here only says that it is gone already.
        let _ = self.child.wait();
    }
}

/// How often workers were hit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    /// Killed.
    pub kills: u64,
    /// Stopped, and woken.
    pub stops: u64,
}

impl Process {
    /// Lets it live its life, which always ends by SIGKILL. `true` if it was woken from a stop on the way.
    ///
    /// # Errors
    /// If it ends in another way.
    pub async fn live(&mut self, life: &Life, tempo: Tempo) -> Result<bool> {
        let seen = match self.watch(tempo.real(life.lasts)).await? {
            Seen::Runs => {
                self.signal(life.hit.signal())?;
                if life.hit == Hit::Stop { Seen::Stopped } else { Seen::Runs }
            }
            seen => seen,
        };
        let woken = match (seen, life.wakes) {
            (Seen::Stopped, wakes) => {
                SystemClock.sleep(tempo.real(life.nap)).await;
                if let Some(lasts) = wakes {
                    self.signal(Signal::CONT)?;
                    self.watch(tempo.real(lasts)).await?;
                }
                wakes.is_some()
            }
            _ => false,
        };
        self.kill().await?;
        Ok(woken)
    }
}
