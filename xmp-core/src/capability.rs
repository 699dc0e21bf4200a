//! What a platform can do, as data, and what a check finds.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::media::MediaKind;
use crate::{Draft, MediaUpload, PartDraft};

/// How a platform measures text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TextRule {
    /// X's weighted length: most scripts weigh 1, others and emoji 2, any URL 23 (twitter-text, version 3).
    XWeighted,
}

/// What a platform takes of one kind of media.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MediaRule {
    /// The kind.
    pub kind: MediaKind,
    /// Bytes at most.
    pub max_bytes: u64,
    /// Pieces of it at most in one part.
    pub max_count: usize,
}

/// How far a platform helps to publish exactly once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Idempotency {
    /// Not at all: what was published can only be looked for, and its absence only observed.
    Observe,
    /// A key or container chosen before the request proves what came of it.
    Proof,
}

/// What a platform can do. Selects the contract tests that run, and fails early what can't work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Capability {
    /// How text is measured.
    pub text_rule: TextRule,
    /// How long a text may be by that measure.
    pub text_limit: usize,
    /// What media is taken.
    pub media: &'static [MediaRule],
    /// Pieces of media at most in one part.
    pub media_per_part: usize,
    /// Characters of alternative text at most.
    pub alt_text_limit: usize,
    /// Whether a part may have media and no text.
    pub media_without_text: bool,
    /// Whether a part may answer another post.
    pub replies: bool,
    /// Parts at most in one delivery: above 1, later parts answer earlier ones.
    pub thread_limit: usize,
    /// Whether a post can be deleted.
    pub delete: bool,
    /// Whether the numbers of views, likes and so on can be read.
    pub metrics: bool,
    /// Whether the account's own posts can be read back.
    pub timeline: bool,
    /// How far the platform helps to publish exactly once.
    pub idempotency: Idempotency,
    /// How long after an attempt's deadline its effect may still appear: reconciliation starts after it.
    pub settle: Duration,
    /// How long one visible request may take. It is its deadline, and ends well inside the lease.
    pub commit_timeout: Duration,
}

impl Capability {
    /// What is wrong with a draft's parts by the rules that are plain data: emptiness, media, alternative texts,
    /// number of parts. `measure` is the platform's own measure of a text.
    #[must_use]
    pub fn check(
        &self,
        draft: &Draft,
        media: &[Vec<MediaUpload>],
        measure: &dyn Fn(&str) -> usize,
    ) -> Vec<Problem> {
        let mut problems = Vec::new();
        if draft.parts.is_empty() {
            problems.push(
                Problem::new("parts", "parts.none", "none", "a post has at least one part")
                    .hint("give it a text or media"),
            );
        }
        if draft.parts.len() > self.thread_limit {
            problems.push(
                Problem::new("parts", "parts.count", draft.parts.len(), self.thread_limit)
                    .hint("make it two threads, or shorter"),
            );
        }
        for (index, (part, media)) in draft.parts.iter().zip(media).enumerate() {
            self.check_part(index, part, media, measure, &mut problems);
        }
        problems
    }

    fn check_part(
        &self,
        index: usize,
        part: &PartDraft,
        media: &[MediaUpload],
        measure: &dyn Fn(&str) -> usize,
        problems: &mut Vec<Problem>,
    ) {
        let field = |name: &str| format!("parts[{index}].{name}");
        let blank = part.text.trim().is_empty();
        if blank && (media.is_empty() || !self.media_without_text) {
            problems.push(
                Problem::new(field("text"), "part.empty", "empty", "a text or media")
                    .hint("give it a text, or media where the platform takes media alone"),
            );
        }
        let length = measure(&part.text);
        if length > self.text_limit {
            problems.push(
                Problem::new(field("text"), "text.too_long", length, self.text_limit)
                    .hint(format!("shorten it by {}", length - self.text_limit)),
            );
        }
        if part.reply_to.is_some() && !self.replies {
            problems.push(
                Problem::new(field("reply_to"), "reply.unsupported", "set", "this platform has no replies")
                    .hint("publish it as a post of its own"),
            );
        }
        if media.len() > self.media_per_part {
            problems.push(
                Problem::new(field("media"), "media.count", media.len(), self.media_per_part)
                    .hint("leave some out, or put them into further parts of a thread"),
            );
        }
        for (at, item) in media.iter().enumerate() {
            let field = field(&format!("media[{at}]"));
            self.check_media(&field, item, media, problems);
        }
    }

    fn check_media(&self, field: &str, item: &MediaUpload, all: &[MediaUpload], problems: &mut Vec<Problem>) {
        let Some(rule) = self.media.iter().find(|rule| rule.kind == item.stored.kind) else {
            let taken: Vec<_> = self.media.iter().map(|rule| rule.kind.as_str()).collect();
            problems.push(
                Problem::new(field, "media.kind", &item.stored.mime, taken.join(", "))
                    .hint("convert it, or leave this account out"),
            );
            return;
        };
        if item.stored.size > rule.max_bytes {
            problems.push(
                Problem::new(field, "media.too_large", item.stored.size, rule.max_bytes)
                    .hint("sizes are in bytes"),
            );
        }
        let same_kind = all.iter().filter(|other| other.stored.kind == rule.kind).count();
        if same_kind > rule.max_count || (rule.max_count == 1 && all.len() > 1) {
            problems.push(
                Problem::new(
                    field,
                    "media.mix",
                    format!("{same_kind} {} among {}", rule.kind.as_str(), all.len()),
                    format!("{} of this kind, alone if it is one", rule.max_count),
                )
                .hint("put the others into further parts of a thread"),
            );
        }
        let alt = item.stored.alt.as_deref().unwrap_or_default().chars().count();
        if alt > self.alt_text_limit {
            problems.push(
                Problem::new(format!("{field}.alt"), "alt.too_long", alt, self.alt_text_limit)
                    .hint(format!("shorten it by {} characters", alt - self.alt_text_limit)),
            );
        }
    }
}

/// One thing that is wrong with what was asked, for people and programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Problem {
    /// Where: `parts[0].text`.
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
        Self { field: field.into(), rule, value: value.to_string(), limit: limit.to_string(), hint: None }
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
        write!(f, "{}: {} is {}, allowed is {}", self.field, self.rule, self.value, self.limit)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, " ({hint})"))
    }
}
