//! What a runner reads of the description of the surface.

use std::fs;
use std::path::Path;

use serde::Deserialize;

/// The description.
#[derive(Deserialize)]
pub(crate) struct Surface {
    operations: Vec<Operation>,
    streams: Vec<Stream>,
}

#[derive(Deserialize)]
struct Operation {
    name: String,
    opens: Option<String>,
}

/// A method that goes over the items of all pages of another one.
#[derive(Deserialize)]
pub(crate) struct Stream {
    name: String,
    pub(crate) pages: String,
    pub(crate) place: String,
    pub(crate) next: String,
}

impl Surface {
    pub(crate) fn checked_in(file: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))
    }

    pub(crate) fn stream(&self, name: &str) -> Option<&Stream> {
        self.streams.iter().find(|stream| stream.name == name)
    }

    /// The class of what an operation opens.
    pub(crate) fn opens(&self, operation: &str) -> Option<&str> {
        self.operations.iter().find(|one| one.name == operation)?.opens.as_deref()
    }

    /// The operation that ends a thing of this class, if it needs an end.
    pub(crate) fn ending(&self, class: &str) -> Option<String> {
        let ends = ["close", "stop"].map(|end| format!("{class}.{end}"));
        ends.into_iter().find(|end| self.operations.iter().any(|one| one.name == *end))
    }
}
