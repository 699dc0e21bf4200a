//! A text that must not be seen.

use std::fmt;

use zeroize::Zeroizing;

/// A token, key or verifier: zeroed when dropped, and never shown by `Debug`.
///
/// It has no `Display` and is not serialisable (it can be read, as a part of a configuration); [`expose`](Self::expose) is the only way to its text, so that a
/// search for that word finds every place where a secret is used.
///
/// ```
/// let token = xmp_core::Secret::new("s3cr3t");
/// assert_eq!(format!("{token:?}"), "Secret(6 bytes)");
/// assert_eq!(token.expose(), "s3cr3t");
/// ```
#[derive(Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(from = "String")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Secret(#[cfg_attr(feature = "schema", schemars(with = "String"))] Zeroizing<String>);

impl Secret {
    /// Wraps a secret text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself. Keep it out of logs, errors and URLs.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether the text is empty: an empty token is never stored over a real one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} bytes)", self.0.len())
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}
