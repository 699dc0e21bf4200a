//! What is known about the outside world after a request.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What is certain about the effect of one request. Only [`NotSent`](Self::NotSent) may be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// No effect: the last byte never left, or the platform turned the request away at its door (rate limit,
    /// expired token) before it looked at what was asked.
    NotSent,
    /// The effect was made and the platform said so.
    Sent,
    /// The platform looked at the request and refused it: no effect, and the same request will be refused again.
    Rejected,
    /// The last byte left and no readable answer came: the effect may or may not have been made.
    MaybeSent,
}

impl Certainty {
    /// The word that logs, stores and bindings use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotSent => "not_sent",
            Self::Sent => "sent",
            Self::Rejected => "rejected",
            Self::MaybeSent => "maybe_sent",
        }
    }

    /// Whether the same request may be made again without a look at the outside world.
    #[must_use]
    pub const fn repeatable(self) -> bool {
        matches!(self, Self::NotSent)
    }
}

impl fmt::Display for Certainty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
