//! The threads that calls run on.

use std::sync::OnceLock;

use tokio::runtime::{Builder, Runtime};

/// One for the process, for every JavaScript thread in it: it is never shut down, because a worker of xmp may outlive the
/// JavaScript thread that started it, and what is in flight when the process exits is what a `kill -9` would cut as well.
pub(crate) fn runtime() -> napi::Result<&'static Runtime> {
    static RUNTIME: OnceLock<Result<Runtime, String>> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| {
        Builder::new_multi_thread()
            .thread_name("xmp")
            .enable_all()
            .build()
            .map_err(|error| format!("xmp cannot start its threads: {error}"))
    });
    runtime.as_ref().map_err(napi::Error::from_reason)
}
