//! Whether a post may go out, as far as people are concerned.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Whether people let a post go out. While its gate is closed no worker sees it, whatever time it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// It goes out at its time.
    #[default]
    Open,
    /// Somebody is still writing it.
    Draft,
    /// It is written, and waits for somebody to approve it.
    Review,
}

impl Gate {
    /// Every gate.
    pub const ALL: [Self; 3] = [Self::Open, Self::Draft, Self::Review];

    /// The word that stores and bindings use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Draft => "draft",
            Self::Review => "review",
        }
    }

    /// Whether it goes out at its time.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Open)
    }

    /// Why a post behind it waits.
    #[must_use]
    pub const fn waits_for(self) -> Option<&'static str> {
        match self {
            Self::Open => None,
            Self::Draft => Some("it is a draft"),
            Self::Review => Some("it waits for somebody to approve it"),
        }
    }
}

/// Who let a post go out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Approval {
    /// The actor of the call that approved it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What was approved: an edit of the content afterwards closes the gate again.
    pub revision: u64,
    /// What they said about it.
    #[serde(default)]
    pub note: Option<String>,
}
