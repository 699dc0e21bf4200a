//! The Python surface.

use super::File;
use crate::surface::Surface;

/// The generated files of the Python package.
pub(super) fn files(_surface: &Surface) -> Vec<File> {
    Vec::new()
}
