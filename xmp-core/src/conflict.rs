//! What speaks against a time or a text, as far as other posts are concerned.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{AccountId, PostId};

/// What is done about conflicts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OnConflict {
    /// The post is scheduled, and they are told.
    #[default]
    Report,
    /// The post is not scheduled.
    Refuse,
    /// The post is scheduled at the next time at which no account has one of time; refused for one of text.
    Move,
}

/// What counts as a conflict, and what is done then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ConflictOptions {
    /// What is done.
    pub on_conflict: OnConflict,
    /// Texts are compared with those of posts that are due so long before or after; 7 days if not given.
    pub window: Duration,
    /// From which similarity on two texts are too much alike, in percent: 80 if not given. 100 is for equal ones alone.
    pub similarity: u32,
}

impl Default for ConflictOptions {
    fn default() -> Self {
        Self { on_conflict: OnConflict::Report, window: Duration::from_secs(7 * 24 * 3600), similarity: 80 }
    }
}

/// What speaks against a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ConflictKind {
    /// Its account's spacing would make it, or one after it, wait.
    Spacing,
    /// Another post of its account is due within the same minute.
    Slot,
    /// Another post of its account says the same.
    Equal,
    /// Another post of its account says nearly the same.
    Similar,
}

impl ConflictKind {
    /// Whether another time would help.
    #[must_use]
    pub const fn is_of_time(self) -> bool {
        matches!(self, Self::Spacing | Self::Slot)
    }

    /// The rule that it breaks, as problems name it.
    #[must_use]
    pub const fn rule(self) -> &'static str {
        match self {
            Self::Spacing => "conflict.spacing",
            Self::Slot => "conflict.slot",
            Self::Equal => "conflict.equal",
            Self::Similar => "conflict.similar",
        }
    }
}

/// Something that speaks against a post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Conflict {
    /// What it is.
    pub kind: ConflictKind,
    /// The account.
    pub account: AccountId,
    /// The post that it conflicts with, where it is one.
    pub other: Option<PostId>,
    /// When that one is due.
    pub at: Option<Timestamp>,
    /// How much alike the texts are, in percent.
    pub similarity: Option<u32>,
    /// The same in words.
    pub reason: String,
    /// The next time at which there is no conflict of time.
    pub suggestion: Option<Timestamp>,
}
