//! Servers by other people that the tests talk to. Those written in Python need the Python environment alone.

use std::path::PathBuf;

pub(crate) mod bluesky;
pub(crate) mod playground;

/// A built GoToSocial, where `XMP_GOTOSOCIAL` names one: its Go module can be had from no proxy.
pub(crate) fn gotosocial() -> Option<PathBuf> {
    std::env::var_os("XMP_GOTOSOCIAL").map(PathBuf::from).filter(|path| path.is_file())
}
