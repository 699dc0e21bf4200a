//! Calls under way, and how their outcomes come back.

use std::collections::HashMap;
use std::future::ready;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::FutureExt;
use napi::Status;
use napi::bindgen_prelude::{Function, Uint8Array};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi_derive::napi;
use xmp_surface::{Answering, CallOptions, CancelToken, Error, ErrorKind, Result};

use crate::runtime::runtime;
use crate::{Handle, Outcome};

/// Tells JavaScript that there are outcomes. Weak: whether the process stays alive is decided in JavaScript.
type Wake = ThreadsafeFunction<(), (), (), Status, false, true>;

/// The calls of one JavaScript thread. Outcomes wait here until it fetches them: many that end together wake it once.
#[napi]
pub struct Bridge(Arc<Calls>);

struct Calls {
    state: Mutex<State>,
    wake: Wake,
}

#[derive(Default)]
struct State {
    last: u32,
    under_way: HashMap<u32, CancelToken>,
    ended: Vec<Outcome>,
}

#[expect(clippy::needless_pass_by_value, reason = "what comes out of JavaScript is a copy")]
#[napi]
impl Bridge {
    /// `wake` is called when there is something to fetch.
    #[napi(constructor)]
    pub fn new(wake: Function<'_, (), ()>) -> napi::Result<Self> {
        let wake = wake.build_threadsafe_function().weak::<true>().build()?;
        Ok(Self(Arc::new(Calls { state: Mutex::default(), wake })))
    }

    /// Begins an operation, and gives the number that its outcome will carry. `options` is the JSON of `CallOptions`.
    #[napi]
    pub fn begin(
        &self,
        handle: Option<&Handle>,
        operation: String,
        params: String,
        attachments: Vec<Uint8Array>,
        options: String,
    ) -> napi::Result<u32> {
        let runtime = runtime()?;
        let _entered = runtime.enter();
        // Copied here: JavaScript may change its bytes while the call is under way.
        let attachments = attachments.iter().map(|bytes| Bytes::copy_from_slice(bytes)).collect();
        let (cancel, work) = match call_options(&options) {
            Ok(options) => {
                let handle = handle.and_then(Handle::inner);
                let params = params.as_bytes();
                let work = xmp_surface::begin(handle, &operation, params, attachments, &options);
                (options.cancel, work)
            }
            Err(error) => (CancelToken::new(), ready(Err(error)).boxed()),
        };
        let id = self.0.opened(cancel);
        runtime.spawn(settle(self.0.clone(), id, work));
        Ok(id)
    }

    /// Runs an operation that never waits.
    #[napi]
    pub fn now(&self, handle: Option<&Handle>, operation: String, params: String) -> napi::Result<Outcome> {
        let _entered = runtime()?.enter();
        let handle = handle.and_then(Handle::inner);
        let work =
            xmp_surface::begin(handle, &operation, params.as_bytes(), Vec::new(), &CallOptions::default());
        let reply = AssertUnwindSafe(work).catch_unwind().now_or_never();
        let reply = reply.unwrap_or_else(|| Ok(Err(defect("call.waits", "waits, and must not"))));
        Ok(Outcome::new(0, reply.unwrap_or_else(|_| Err(defect("call.panicked", "ended by a panic")))))
    }

    /// Ends a call early. It still has an outcome, which says what is certain.
    #[napi]
    pub fn cancel(&self, id: u32) {
        let token = self.0.state().under_way.get(&id).cloned();
        if let Some(token) = token {
            token.cancel();
        }
    }

    /// The outcomes since the last time.
    #[napi]
    pub fn fetch(&self) -> Vec<Outcome> {
        std::mem::take(&mut self.0.state().ended)
    }
}

impl Drop for Bridge {
    /// The JavaScript thread is gone: nobody waits for its calls any more.
    fn drop(&mut self) {
        for token in self.0.state().under_way.values() {
            token.cancel();
        }
    }
}

impl Calls {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn opened(&self, cancel: CancelToken) -> u32 {
        let mut state = self.state();
        // The number of a call that is still under way after four thousand million others is not given again.
        loop {
            state.last = state.last.wrapping_add(1);
            let id = state.last;
            if id != 0 && !state.under_way.contains_key(&id) {
                state.under_way.insert(id, cancel);
                return id;
            }
        }
    }

    fn ended(&self, outcome: Outcome) {
        let mut state = self.state();
        state.under_way.remove(&outcome.id);
        let first = state.ended.is_empty();
        state.ended.push(outcome);
        drop(state);
        if first {
            // Refused only where the JavaScript thread is ending: nobody is there to be told.
            self.wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }
}

async fn settle(calls: Arc<Calls>, id: u32, work: Answering) {
    let reply = AssertUnwindSafe(work).catch_unwind().await;
    let reply = reply.unwrap_or_else(|_| Err(defect("call.panicked", "ended by a panic")));
    calls.ended(Outcome::new(id, reply));
}

fn call_options(json: &str) -> Result<CallOptions> {
    serde_json::from_str(json).map_err(|error| {
        Error::new(
            ErrorKind::Validation,
            "context.shape",
            format!("what goes along with the call doesn't fit: {error}"),
        )
        .hint("see `within`")
    })
}

fn defect(code: &'static str, what: &str) -> Error {
    Error::new(ErrorKind::Internal, code, format!("the call {what}"))
        .hint("this is a defect of xmp: please report it")
}
