//! The process that things belong to: its runtime, and what is refused in a forked child.
//!
//! A fork copies the memory of a process and one of its threads. What the others did stands still in the child for ever:
//! locks that they held stay locked, requests and timers never go on. So whatever the parent used is refused in the child
//! before any of its locks is touched, and it is not even dropped there. A child that says so ([`post_fork`]) gets a
//! runtime of its own.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::runtime::{Builder, Runtime};
use xmp_surface::{Error, ErrorKind, Failure};

use crate::logs::{self, LogQueue};

/// Requests wait for sockets, and the database has threads of its own: few are enough.
const WORKER_THREADS: usize = 2;

/// What one process uses. A forked child that goes on is the next of a chain: nothing of its parent's is ever changed.
pub(crate) struct Process {
    /// The id of the process that uses it; 0 while none does.
    id: AtomicU32,
    runtime: OnceLock<Runtime>,
    pub(crate) logs: LogQueue,
    next: OnceLock<Box<Self>>,
}

static FIRST: Process = Process::new(0);

impl Process {
    const fn new(id: u32) -> Self {
        Self {
            id: AtomicU32::new(id),
            runtime: OnceLock::new(),
            logs: LogQueue::new(),
            next: OnceLock::new(),
        }
    }

    fn last() -> &'static Self {
        let mut last = &FIRST;
        while let Some(next) = last.next.get() {
            last = next;
        }
        last
    }

    /// What this process uses, or the refusal of a forked child.
    pub(crate) fn current() -> Result<&'static Self, Refused> {
        let (last, me) = (Self::last(), std::process::id());
        // Who comes first owns it: a child never waits for a parent's thread that was just about to start the runtime.
        match last.id.compare_exchange(0, me, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => Ok(last),
            Err(owner) if owner == me => Ok(last),
            Err(_) => Err(Refused::forked()),
        }
    }

    /// The runtime, which is started on first use.
    pub(crate) fn runtime(&self) -> Result<&Runtime, Refused> {
        if let Some(runtime) = self.runtime.get() {
            return Ok(runtime);
        }
        logs::subscribe();
        let new = Builder::new_multi_thread()
            .worker_threads(WORKER_THREADS)
            .thread_name("xmp")
            .enable_all()
            .build()
            .map_err(Refused::no_runtime)?;
        // Of two threads that come at once, the slower one's is closed again, without waiting for anything.
        if let Err(unused) = self.runtime.set(new) {
            unused.shutdown_background();
        }
        self.runtime.get().ok_or_else(Refused::forked)
    }
}

/// Begins anew in a forked child.
pub(crate) fn post_fork() {
    let (last, me) = (Process::last(), std::process::id());
    let owner = last.id.load(Ordering::Acquire);
    if owner != 0 && owner != me {
        last.next.get_or_init(|| Box::new(Process::new(me)));
    }
}

/// Why nothing can be done in this process: a failure as JSON.
#[derive(Debug)]
pub(crate) struct Refused(pub(crate) Vec<u8>);

impl Refused {
    fn of(error: &Error) -> Self {
        Self(Failure::from(error).to_json())
    }

    pub(crate) fn forked() -> Self {
        Self::of(
            &Error::new(
                ErrorKind::Configuration,
                "fork.used",
                "this process was forked from one that had used xmp already",
            )
            .hint(
                "call `xmp.post_fork()` in the child (under gunicorn: in the hook `post_fork`), and open engines after it: \
                 what was opened before the fork stays with the parent",
            ),
        )
    }

    fn no_runtime(error: std::io::Error) -> Self {
        Self::of(
            &Error::new(ErrorKind::Configuration, "runtime.threads", "no threads could be started")
                .hint("raise the limit of threads and open files")
                .with_source(error),
        )
    }

    pub(crate) fn panicked() -> Self {
        Self::of(
            &Error::new(
                ErrorKind::Internal,
                "call.panicked",
                "xmp has a defect, and the call ended in the middle",
            )
            .hint("what it did until then is kept; please report what stands on standard error"),
        )
    }
}

/// What belongs to the process that made it. In a forked child it is not to be had, and never dropped.
pub(crate) struct Owned<T> {
    value: Option<T>,
    process: u32,
}

impl<T> Owned<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { value: Some(value), process: std::process::id() }
    }

    pub(crate) fn get(&self) -> Result<&T, Refused> {
        self.value.as_ref().filter(|_| self.is_here()).ok_or_else(Refused::forked)
    }

    fn is_here(&self) -> bool {
        self.process == std::process::id()
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        let value = self.value.take();
        if !self.is_here() {
            return std::mem::forget(value);
        }
        // What holds timers and sockets asks for the runtime when it goes.
        let runtime = Process::current().ok().and_then(|process| process.runtime.get());
        let _entered = runtime.map(Runtime::enter);
        drop(value);
    }
}
