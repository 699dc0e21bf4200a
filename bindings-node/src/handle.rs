//! What JavaScript holds of a thing of xmp.

use napi_derive::napi;

use crate::runtime::runtime;

/// An engine, a worker, a simulator or a clock, as JavaScript holds it: opaque.
#[napi]
pub struct Handle(Option<xmp_surface::Handle>);

impl Handle {
    pub(crate) fn of(handle: xmp_surface::Handle) -> Self {
        Self(Some(handle))
    }

    pub(crate) fn inner(&self) -> Option<&xmp_surface::Handle> {
        self.0.as_ref()
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // The garbage collector drops it on the JavaScript thread, which must not wait until a database is closed.
        if let (Some(handle), Ok(runtime)) = (self.0.take(), runtime()) {
            runtime.spawn_blocking(move || drop(handle));
        }
    }
}
