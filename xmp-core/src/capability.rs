//! What a platform can do, as data, and what a check finds.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::media::MediaKind;
use crate::{PlatformId, Visibility};

/// How a platform measures text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TextRule {
    /// X's weighted length: most scripts weigh 1, others and emoji 2, any URL 23 (twitter-text, version 3).
    XWeighted,
    /// What a reader takes for one character: a letter with its accents, an emoji of several (UAX #29).
    Graphemes,
    /// Characters as Mastodon counts them: any URL as long as the platform says, of a mention only the name.
    MastodonCharacters,
}

/// What a platform takes of one kind of media.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MediaRule {
    /// The kind.
    pub kind: MediaKind,
    /// The types that are taken: `image/png`.
    pub types: Vec<String>,
    /// Bytes at most.
    pub max_bytes: u64,
    /// Pieces of it at most in one part. One alone allows no other media beside it.
    pub max_count: usize,
}

impl MediaRule {
    /// A rule.
    #[must_use]
    pub fn new(kind: MediaKind, types: &[&str], max_bytes: u64, max_count: usize) -> Self {
        Self { kind, types: types.iter().map(ToString::to_string).collect(), max_bytes, max_count }
    }
}

/// What a platform takes of a poll.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PollRule {
    /// Answers at most; at least two.
    pub max_options: usize,
    /// Characters of an answer at most.
    pub max_option_length: usize,
    /// How long it is open at least.
    pub min_open: Duration,
    /// How long it is open at most.
    pub max_open: Duration,
}

/// How far a platform helps to publish exactly once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Idempotency {
    /// Not at all: what was published can only be looked for, and its absence only observed.
    Observe,
    /// The post's own key is chosen by us: the platform has one post under it at most, and tells whether it is there.
    RecordKey,
    /// The platform remembers a key of ours for a while, and makes nothing new for one that it knows. After that it is
    /// as with `observe`.
    IdempotencyKey,
}

impl Idempotency {
    /// The word that bindings use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::RecordKey => "record_key",
            Self::IdempotencyKey => "idempotency_key",
        }
    }
}

/// How an account is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ConnectBy {
    /// Its owner consents on the platform's page: `connect` and `complete`.
    Consent,
    /// With its name and an app password, which its owner makes on the platform: `log_in`.
    AppPassword,
}

impl ConnectBy {
    /// The word that bindings use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::AppPassword => "app_password",
        }
    }
}

/// Something that the platform charges for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Price {
    /// What is charged for: `post`, `post with a link`.
    pub what: String,
    /// Its price in millionths of a US dollar.
    pub micro_usd: u64,
}

impl Price {
    /// A price in millionths of a US dollar.
    #[must_use]
    pub fn new(what: &str, micro_usd: u64) -> Self {
        Self { what: what.to_owned(), micro_usd }
    }
}

/// What a platform can do. Selects the contract tests that run, and fails early what can't work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Capability {
    /// How an account is connected.
    pub connect_by: ConnectBy,
    /// How text is measured.
    pub text_rule: TextRule,
    /// How long a text may be by that measure.
    pub text_limit: usize,
    /// How many bytes of UTF-8 a text may have, where that is limited too.
    pub text_bytes: Option<usize>,
    /// How much a link counts by that measure, if not what it is long.
    pub link_length: Option<usize>,
    /// What media is taken.
    pub media: Vec<MediaRule>,
    /// Pieces of media at most in one part.
    pub media_per_part: usize,
    /// Characters of alternative text at most.
    pub alt_text_limit: usize,
    /// Whether a part may have media and no text.
    pub media_without_text: bool,
    /// Whether a part may answer another post.
    pub replies: bool,
    /// Whether a part may quote another post.
    pub quotes: bool,
    /// Whether link cards are shown as they are given. Where not, the platform makes them out of links in the text.
    pub link_cards: bool,
    /// What polls are taken; none if there is no rule.
    pub polls: Option<PollRule>,
    /// Who a post can be shown to, the usual first.
    pub visibilities: Vec<Visibility>,
    /// Whether media can be marked as sensitive.
    pub sensitive: bool,
    /// Whether a text can be put behind a warning.
    pub warnings: bool,
    /// Whether a post's language can be told.
    pub languages: bool,
    /// Parts at most in one delivery: above 1, later parts answer earlier ones.
    pub thread_limit: usize,
    /// Whether the platform lets a live post be changed. xmp does not change live posts yet.
    pub edit: bool,
    /// Whether a post can be deleted.
    pub delete: bool,
    /// Whether the platform could publish at a later time by itself. xmp schedules by itself in any case.
    pub schedules: bool,
    /// The numbers that can be read of a post; empty if there are none.
    pub metrics: Vec<String>,
    /// Whether the account's own posts can be read back.
    pub timeline: bool,
    /// How far the platform helps to publish exactly once.
    pub idempotency: Idempotency,
    /// How long the platform remembers an idempotency key.
    pub key_remembered: Option<Duration>,
    /// How long after an attempt's deadline its effect may still appear: reconciliation starts after it.
    pub settle: Duration,
    /// How long one visible request may take. It is its deadline, and ends well inside the lease.
    pub commit_timeout: Duration,
    /// What the platform charges for, if anything.
    pub priced: Vec<Price>,
}

/// One thing that is wrong with what was asked, for people and programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Problem {
    /// The platform whose rule it is; none if it is wrong everywhere.
    pub platform: Option<PlatformId>,
    /// Where: `parts[0].text`; `variants[0].parts[0].text` for what is said on one platform alone.
    pub field: String,
    /// The rule that it breaks, stable between versions: `text.too_long`.
    pub rule: &'static str,
    /// The value, or its measure.
    pub value: String,
    /// What would be right.
    pub limit: String,
    /// What to do.
    pub hint: Option<String>,
}

impl Problem {
    /// A problem at a field.
    pub fn new(
        field: impl Into<String>,
        rule: &'static str,
        value: impl fmt::Display,
        limit: impl fmt::Display,
    ) -> Self {
        let (value, limit) = (value.to_string(), limit.to_string());
        Self { platform: None, field: field.into(), rule, value, limit, hint: None }
    }

    /// Adds what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(platform) = self.platform {
            write!(f, "{platform}: ")?;
        }
        write!(f, "{}: {} is {}, allowed is {}", self.field, self.rule, self.value, self.limit)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, " ({hint})"))
    }
}
