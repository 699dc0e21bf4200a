//! The TypeScript surface.

use super::File;
use crate::surface::Surface;

/// The generated files of the Node package.
pub(super) fn files(_surface: &Surface) -> Vec<File> {
    Vec::new()
}
