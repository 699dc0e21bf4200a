//! One call.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;
use tokio::task::AbortHandle;
use xmp_surface::{Answering, CallOptions, CancelToken, Error, ErrorKind, Failure, Reply, begin};

use crate::handle::Handle;
use crate::process::{Owned, Process, Refused};

/// How long a blocked thread stays away from Python's signals: Ctrl-C is heard so late at most.
const SLICE: Duration = Duration::from_millis(50);

/// What became of a call.
pub(crate) type Outcome = Result<Reply, Refused>;

/// What Python gets: the answer as JSON, what was opened, and whether the JSON is a failure.
pub(crate) type Answer<'py> = (Bound<'py, PyBytes>, Option<Handle>, bool);

pub(crate) fn answer(py: Python<'_>, outcome: Outcome) -> Answer<'_> {
    match outcome {
        Ok(reply) => {
            (PyBytes::new(py, &reply.json), reply.handle.map(|handle| Handle(Owned::new(handle))), false)
        }
        Err(refused) => (PyBytes::new(py, &refused.0), None, true),
    }
}

pub(crate) fn outcome(result: xmp_surface::Result<Reply>) -> Outcome {
    result.map_err(|error| Refused(Failure::from(&error).to_json()))
}

/// One call. It is begun on the calling thread: what needs no waiting has ended when the constructor returns.
#[pyclass(frozen, module = "xmp._native")]
pub(crate) struct Call(Owned<Inner>);

struct Inner {
    state: Mutex<State>,
    cancel: CancelToken,
}

enum State {
    /// It waits for something, and nobody drives it.
    Begun(Answering),
    /// A task of the runtime drives it.
    Sent(AbortHandle),
    Ended(Outcome),
    /// Its outcome was taken, or it was given up.
    Over,
}

impl Drop for Inner {
    /// Nobody waits any more: the task ends where it is.
    fn drop(&mut self) {
        self.give_up();
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give_up(&self) {
        if let State::Sent(task) = std::mem::replace(&mut *self.state(), State::Over) {
            task.abort();
        }
    }
}

#[pymethods]
impl Call {
    #[new]
    #[pyo3(signature = (handle, operation, params, attachments, options))]
    #[expect(clippy::needless_pass_by_value, reason = "Python's arguments come as values")]
    fn new(
        py: Python<'_>,
        handle: Option<&Bound<'_, Handle>>,
        operation: &str,
        params: &[u8],
        attachments: Vec<PyBackedBytes>,
        options: Option<&[u8]>,
    ) -> Self {
        let handle = handle.map(Bound::get);
        let cancel = CancelToken::new();
        let state = py.detach(|| {
            // Copied, since no thread of the runtime may touch what is Python's.
            let attachments = attachments.iter().map(|bytes| Bytes::copy_from_slice(bytes)).collect();
            start(handle, operation, params, attachments, options, &cancel)
                .unwrap_or_else(|refused| State::Ended(Err(refused)))
        });
        Self(Owned::new(Inner { state: Mutex::new(state), cancel }))
    }

    /// The answer, if the call has ended already. It is given once.
    fn answer<'py>(&self, py: Python<'py>) -> Option<Answer<'py>> {
        let inner = match self.0.get() {
            Ok(inner) => inner,
            Err(refused) => return Some(answer(py, Err(refused))),
        };
        let mut state = inner.state();
        match std::mem::replace(&mut *state, State::Over) {
            State::Ended(outcome) => Some(answer(py, outcome)),
            other => {
                *state = other;
                None
            }
        }
    }

    /// Waits on this thread. A signal handler that raises ends the wait, not the call.
    fn wait<'py>(&self, py: Python<'py>) -> PyResult<Answer<'py>> {
        loop {
            let slice = py.detach(|| self.0.get().and_then(Inner::drive_for_a_slice));
            if let Some(outcome) = slice.unwrap_or_else(|refused| Some(Err(refused))) {
                return Ok(answer(py, outcome));
            }
            py.check_signals()?;
        }
    }

    /// Asks the call to end. Its answer then says what is certain.
    fn cancel(&self, py: Python<'_>) {
        if let Ok(inner) = self.0.get() {
            py.detach(|| inner.cancel.cancel());
        }
    }

    /// Ends the call at once, with nothing said.
    fn give_up(&self, py: Python<'_>) {
        if let Ok(inner) = self.0.get() {
            py.detach(|| inner.give_up());
        }
    }
}

impl Call {
    /// Hands the call to a task of the runtime, which tells the outcome to `tell`.
    pub(crate) fn send(&self, tell: impl FnOnce(Outcome) + Send + 'static) -> Result<(), Refused> {
        let inner = self.0.get()?;
        let runtime = Process::current()?.runtime()?;
        let mut state = inner.state();
        match std::mem::replace(&mut *state, State::Over) {
            State::Begun(work) => {
                let task = runtime.spawn(async move { tell(caught(work).await) });
                *state = State::Sent(task.abort_handle());
            }
            State::Ended(outcome) => tell(outcome),
            other => *state = other,
        }
        Ok(())
    }
}

impl Inner {
    /// Drives the call on this thread for a short while; gives its outcome if it ended.
    #[expect(clippy::disallowed_methods, reason = "Python's signals come in real time")]
    fn drive_for_a_slice(&self) -> Result<Option<Outcome>, Refused> {
        let runtime = Process::current()?.runtime()?;
        let mut state = self.state();
        match std::mem::replace(&mut *state, State::Over) {
            State::Begun(mut work) => {
                let slice = async { tokio::time::timeout(SLICE, caught(work.as_mut())).await };
                let ended = runtime.block_on(slice).ok();
                if ended.is_none() {
                    *state = State::Begun(work);
                }
                Ok(ended)
            }
            State::Ended(outcome) => Ok(Some(outcome)),
            State::Sent(_) | State::Over => Ok(Some(Err(Refused::panicked()))),
        }
    }
}

/// Begins a call, and polls it once: what is ready needs no other thread.
fn start(
    handle: Option<&Handle>,
    operation: &str,
    params: &[u8],
    attachments: Vec<Bytes>,
    options: Option<&[u8]>,
    cancel: &CancelToken,
) -> Result<State, Refused> {
    let runtime = Process::current()?.runtime()?;
    let handle = handle.map(|handle| handle.0.get()).transpose()?;
    let mut options = match options.map(serde_json::from_slice::<CallOptions>).transpose() {
        Ok(options) => options.unwrap_or_default(),
        Err(error) => {
            let error = Error::new(
                ErrorKind::Validation,
                "call.options",
                format!("what goes along with the call doesn't fit: {error}"),
            )
            .hint("a correlation id has 32 hexadecimal digits");
            return Ok(State::Ended(outcome(Err(error))));
        }
    };
    options.cancel = cancel.clone();
    let _entered = runtime.enter();
    let begun = catch_unwind(AssertUnwindSafe(|| {
        let mut work = begin(handle, operation, params, attachments, &options);
        // Whoever drives it from here on polls it again, so that no wake is lost.
        match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => State::Ended(outcome(result)),
            Poll::Pending => State::Begun(work),
        }
    }));
    begun.map_err(|_| Refused::panicked())
}

/// A defect of xmp ends a call, never the thread that drives it.
async fn caught(work: impl Future<Output = xmp_surface::Result<Reply>>) -> Outcome {
    use futures_util::FutureExt;
    AssertUnwindSafe(work).catch_unwind().await.map_or_else(|_| Err(Refused::panicked()), outcome)
}
