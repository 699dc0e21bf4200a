//! {{Kind}}'s rate limits: none yet.

use crate::RateLimit;

/// What it documents.
pub(crate) fn documented() -> Vec<RateLimit> {
    Vec::new()
}
