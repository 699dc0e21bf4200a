//! What a caller wants to publish, and what is kept of it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::media::MediaKind;
use crate::{AccountId, Fingerprint, Priority, RemoteId, When};

/// Where a piece of media comes from. Its bytes are read and kept when the post is scheduled, so that the file may
/// change or go away afterwards.
#[derive(Clone, Debug)]
pub enum MediaSource {
    /// A file.
    Path(PathBuf),
    /// Bytes in memory.
    Bytes(Bytes),
}

/// One visible piece of a draft.
#[derive(Clone, Debug, Default)]
pub struct PartDraft {
    /// The text; may be empty where there is media.
    pub text: String,
    /// Media with its alternative text.
    pub media: Vec<(MediaSource, Option<String>)>,
    /// The post that this one answers.
    pub reply_to: Option<RemoteId>,
}

/// What a caller wants to publish, where and when.
///
/// ```
/// use xmp_core::{Draft, When};
///
/// let draft = Draft::text("Good morning").at(When::local("2026-12-24T09:00", "Europe/Berlin"));
/// assert_eq!(draft.parts.len(), 1);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The pieces, in order: each after the first answers the one before it.
    pub parts: Vec<PartDraft>,
    /// The accounts that it goes to.
    pub accounts: Vec<AccountId>,
    /// When.
    pub when: When,
    /// Before others that are due.
    pub priority: Priority,
    /// The caller's own labels.
    pub labels: Vec<String>,
    /// The campaign that it belongs to.
    pub campaign: Option<String>,
    /// Whatever else the caller wants to find again.
    pub metadata: BTreeMap<String, String>,
}

impl Draft {
    /// A draft of one text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { parts: vec![PartDraft { text: text.into(), ..PartDraft::default() }], ..Self::default() }
    }

    /// Adds a piece of a thread, which answers the one before it.
    #[must_use]
    pub fn then(mut self, text: impl Into<String>) -> Self {
        self.parts.push(PartDraft { text: text.into(), ..PartDraft::default() });
        self
    }

    /// Sends it to this account too.
    #[must_use]
    pub fn to(mut self, account: AccountId) -> Self {
        self.accounts.push(account);
        self
    }

    /// Publishes it then.
    #[must_use]
    pub fn at(mut self, when: When) -> Self {
        self.when = when;
        self
    }

    /// Adds a file to the last part.
    #[must_use]
    pub fn image(self, path: impl Into<PathBuf>, alt: impl Into<String>) -> Self {
        self.media(MediaSource::Path(path.into()), Some(alt.into()))
    }

    /// Adds media to the last part.
    #[must_use]
    pub fn media(mut self, source: MediaSource, alt: Option<String>) -> Self {
        self.last().media.push((source, alt));
        self
    }

    /// Makes the first part an answer to a post.
    #[must_use]
    pub fn reply_to(mut self, post: RemoteId) -> Self {
        if self.parts.is_empty() {
            self.parts.push(PartDraft::default());
        }
        self.parts[0].reply_to = Some(post);
        self
    }

    /// Puts it before others that are due.
    #[must_use]
    pub fn with_priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    fn last(&mut self) -> &mut PartDraft {
        if self.parts.is_empty() {
            self.parts.push(PartDraft::default());
        }
        let last = self.parts.len() - 1;
        &mut self.parts[last]
    }
}

/// What is known of a piece of media.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StoredMedia {
    /// Names its bytes in the store.
    pub hash: Fingerprint,
    /// Its type, by its first bytes.
    pub mime: String,
    /// Its kind.
    pub kind: MediaKind,
    /// Its size in bytes.
    pub size: u64,
    /// Its alternative text.
    pub alt: Option<String>,
}

/// A piece of media with its bytes, on its way into the store.
#[derive(Clone, Debug)]
pub struct MediaUpload {
    /// What is known of it.
    pub stored: StoredMedia,
    /// Its bytes.
    pub bytes: Bytes,
}

/// What one part says, as kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PartContent {
    /// The text.
    pub text: String,
    /// Its media, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<StoredMedia>,
    /// The post that it answers. A later part of a thread answers the one before it, whose id is filled in when
    /// that one is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<RemoteId>,
}

impl PartContent {
    /// Equal for contents that a reader could not tell apart: spaces at the ends and doubled ones don't count.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let text = self.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let media: Vec<String> = self.media.iter().map(|media| media.hash.to_string()).collect();
        let reply = self.reply_to.as_ref().map_or("", RemoteId::as_str);
        Fingerprint::of(
            [text.as_bytes(), reply.as_bytes()].into_iter().chain(media.iter().map(String::as_bytes)),
        )
    }
}
