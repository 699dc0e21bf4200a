//! What operations are called on.

use pyo3::prelude::*;

use crate::process::Owned;

/// Something native that is open: an engine, a worker, a simulator, a clock.
#[pyclass(frozen, module = "xmp._native")]
pub(crate) struct Handle(pub(crate) Owned<xmp_surface::Handle>);

#[pymethods]
impl Handle {
    fn __repr__(&self) -> String {
        self.0.get().map_or_else(|_| "Handle(of another process)".to_owned(), |handle| format!("{handle:?}"))
    }
}
