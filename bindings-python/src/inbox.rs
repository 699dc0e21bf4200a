//! Where an event loop finds the calls that have ended.

use std::io::{PipeReader, PipeWriter, Read, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::call::{Call, Outcome, answer};
use crate::handle::Handle;
use crate::process::Owned;

/// The ended calls of one event loop. Threads of the runtime put outcomes in; the loop takes out all of them at once, when its
/// pipe is readable. Where a loop can't watch a pipe, a thread waits instead.
#[pyclass(frozen, module = "xmp._native")]
pub(crate) struct Inbox(Owned<Arc<Shared>>);

/// What Python gets of a call that was sent: its ticket, and the answer.
type Ended<'py> = (u64, Bound<'py, PyBytes>, Option<Handle>, bool);

struct Shared {
    letters: Mutex<Letters>,
    arrived: Condvar,
    /// Holds one byte exactly while there are letters.
    pipe: Option<(PipeReader, PipeWriter)>,
    tickets: AtomicU64,
}

#[derive(Default)]
struct Letters {
    ended: Vec<(u64, Outcome)>,
    closed: bool,
}

impl Shared {
    fn letters(&self) -> MutexGuard<'_, Letters> {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, ticket: u64, outcome: Outcome) {
        let mut letters = self.letters();
        if letters.closed {
            return;
        }
        letters.ended.push((ticket, outcome));
        if letters.ended.len() == 1 {
            if let Some((_, writer)) = &self.pipe {
                // A pipe whose both ends are held here has room for one byte.
                let _ = (&*writer).write_all(&[1]);
            }
            self.arrived.notify_one();
        }
    }

    fn take(&self, letters: &mut Letters) -> Vec<(u64, Outcome)> {
        let ended = std::mem::take(&mut letters.ended);
        if let Some((reader, _)) = self.pipe.as_ref().filter(|_| !ended.is_empty()) {
            let _ = (&*reader).read_exact(&mut [0]);
        }
        ended
    }
}

#[pymethods]
impl Inbox {
    /// `pipe`: whether a loop is to watch it.
    #[new]
    fn new(pipe: bool) -> PyResult<Self> {
        let pipe = pipe.then(std::io::pipe).transpose()?;
        let shared =
            Shared { letters: Mutex::default(), arrived: Condvar::new(), pipe, tickets: AtomicU64::new(0) };
        Ok(Self(Owned::new(Arc::new(shared))))
    }

    /// What is readable while calls that have ended are not drained; -1 if there is none.
    #[cfg(unix)]
    fn fileno(&self) -> PyResult<i32> {
        use std::os::fd::AsRawFd;
        Ok(self.shared()?.pipe.as_ref().map_or(-1, |(reader, _)| reader.as_raw_fd()))
    }

    /// Lets a call go on by itself, and gives the ticket that it will be known by.
    fn send(&self, py: Python<'_>, call: &Bound<'_, Call>) -> PyResult<u64> {
        let shared = self.shared()?.clone();
        let ticket = shared.tickets.fetch_add(1, Ordering::Relaxed);
        let call = call.get();
        let sent = py.detach(|| call.send(move |outcome| shared.put(ticket, outcome)));
        sent.map_err(|_| forked()).map(|()| ticket)
    }

    /// The calls that have ended.
    fn drain<'py>(&self, py: Python<'py>) -> PyResult<Vec<Ended<'py>>> {
        let shared = self.shared()?;
        let ended = shared.take(&mut shared.letters());
        Ok(told(py, ended))
    }

    /// Waits for calls that end; nothing once it is closed.
    fn wait<'py>(&self, py: Python<'py>) -> PyResult<Option<Vec<Ended<'py>>>> {
        let shared = self.shared()?;
        let ended = py.detach(|| {
            let mut letters = shared
                .arrived
                .wait_while(shared.letters(), |letters| letters.ended.is_empty() && !letters.closed)
                .unwrap_or_else(PoisonError::into_inner);
            let ended = shared.take(&mut letters);
            (!letters.closed).then_some(ended)
        });
        Ok(ended.map(|ended| told(py, ended)))
    }

    /// Nobody will look any more.
    fn close(&self) -> PyResult<()> {
        let shared = self.shared()?;
        let mut letters = shared.letters();
        letters.closed = true;
        let unread = shared.take(&mut letters);
        drop(letters);
        drop(unread);
        shared.arrived.notify_all();
        Ok(())
    }
}

impl Inbox {
    fn shared(&self) -> PyResult<&Arc<Shared>> {
        self.0.get().map_err(|_| forked())
    }
}

fn told(py: Python<'_>, ended: Vec<(u64, Outcome)>) -> Vec<Ended<'_>> {
    let tell = |(ticket, outcome)| {
        let (json, handle, failed) = answer(py, outcome);
        (ticket, json, handle, failed)
    };
    ended.into_iter().map(tell).collect()
}

fn forked() -> PyErr {
    PyRuntimeError::new_err(
        "this event loop belongs to the process that this one was forked from: run a new one",
    )
}
