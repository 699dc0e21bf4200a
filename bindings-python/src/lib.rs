//! The native part of the Python package: it moves bytes, handles and completions, and has no code for any single method.
//!
//! | module | |
//! |---|---|
//! | `process` | the runtime, and what is refused after a fork |
//! | `call` | one call: begun on the calling thread, then waited for, or sent away |
//! | `inbox` | where an event loop finds the calls that have ended |
//! | `logs` | log entries on their way into `logging` |
//!
//! No thread of the runtime ever takes the GIL, and the GIL is never held while anything waits: what Python gives is copied
//! before a call begins, what it gets is built when it asks. So the interpreter may end at any moment.

mod call;
mod handle;
mod inbox;
mod logs;
mod process;

use pyo3::prelude::*;

/// The native part of xmp. Its surface is the package `xmp`; nothing here is meant to be called by programs.
#[pymodule]
mod _native {
    use super::pyfunction;

    #[pymodule_export]
    use crate::call::Call;
    #[pymodule_export]
    use crate::handle::Handle;
    #[pymodule_export]
    use crate::inbox::Inbox;
    #[pymodule_export]
    use crate::logs::{end_logs, next_logs, set_log_level};

    /// Lets a forked child start anew: engines may be opened in it from now on. In any other process it does nothing.
    #[pyfunction]
    fn post_fork() {
        crate::process::post_fork();
    }
}
