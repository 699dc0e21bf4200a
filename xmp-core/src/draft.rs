//! What a caller wants to publish.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{AccountId, Gate, PlatformId, Priority, RemoteId, When};

/// Where a piece of media comes from. Its bytes are read and kept when the post is scheduled, so that the file may
/// change or go away afterwards.
#[derive(Clone, Debug)]
pub enum MediaSource {
    /// A file.
    Path(PathBuf),
    /// Bytes in memory.
    Bytes(Bytes),
}

/// The point of an image that must stay visible where it is cropped, in percent from its top left corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Focus {
    /// From the left edge (0) to the right one (100).
    pub x: u32,
    /// From the upper edge (0) to the lower one (100).
    pub y: u32,
}

/// A piece of media of a draft.
#[derive(Clone, Debug)]
pub struct MediaDraft {
    /// Where it comes from.
    pub source: MediaSource,
    /// Its alternative text.
    pub alt: Option<String>,
    /// What must stay visible of it. Left out where a platform has no such thing.
    pub focus: Option<Focus>,
}

/// A link that is shown as a card.
///
/// Bluesky shows cards as they are given. Other platforms make a card of their own out of a link in the text, so there
/// the address has to stand in the text.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LinkDraft {
    /// The address, with `https://`.
    pub url: String,
    /// What the card is headed with.
    pub title: String,
    /// What it says.
    pub description: String,
    /// Its picture.
    #[serde(skip)]
    pub thumb: Option<MediaSource>,
}

/// A question with answers to choose from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Poll {
    /// The answers.
    pub options: Vec<String>,
    /// How long it is open.
    pub open_for: Duration,
    /// Whether several answers may be chosen.
    #[serde(default)]
    pub multiple: bool,
    /// Whether the counts are hidden until it is over.
    #[serde(default)]
    pub hide_totals: bool,
}

/// Who may see a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Visibility {
    /// Everybody, and it is shown around.
    Public,
    /// Everybody who looks for it.
    Unlisted,
    /// The account's followers.
    Followers,
    /// Those whom it mentions.
    Mentioned,
}

impl Visibility {
    /// The word that stores and bindings use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Unlisted => "unlisted",
            Self::Followers => "followers",
            Self::Mentioned => "mentioned",
        }
    }
}

/// How all parts of a post are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Showing {
    /// The language of the text: `en`, `pt-BR`. Left out where a platform has no such thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Who may see it; the account's own setting if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visibility: Option<Visibility>,
    /// Whether its media is covered until somebody asks for it.
    #[serde(default)]
    pub sensitive: bool,
    /// What is shown in place of the text until somebody asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
}

impl Showing {
    /// Whether nothing is said.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

/// One visible piece of a draft.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PartDraft {
    /// The text; may be empty where there is media.
    pub text: String,
    /// Media with its alternative text.
    #[serde(skip)]
    pub media: Vec<MediaDraft>,
    /// The post that this one answers.
    pub reply_to: Option<RemoteId>,
    /// The post that this one quotes.
    pub quote: Option<RemoteId>,
    /// A link that is shown as a card.
    pub link: Option<LinkDraft>,
    /// A question with answers to choose from.
    pub poll: Option<Poll>,
}

impl PartDraft {
    /// A piece of one text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

/// What a draft says on one platform in place of what it says elsewhere.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// The platform.
    pub platform: PlatformId,
    /// The pieces there; none: those of the draft.
    #[serde(default)]
    pub parts: Vec<PartDraft>,
    /// How they are shown there; `None`: as the draft says.
    #[serde(default)]
    pub showing: Option<Showing>,
}

/// What a caller wants to publish, where and when.
///
/// ```
/// use xmp_core::{Draft, When};
///
/// let draft = Draft::text("Good morning").at(When::local("2026-12-24T09:00", "Europe/Berlin"));
/// assert_eq!(draft.parts.len(), 1);
/// ```
///
/// It can be read from plain data, but for its media: bytes and the paths of files don't come from elsewhere.
///
/// ```
/// # use xmp_core::Draft;
/// let draft: Draft = serde_json::from_str(r#"{ "parts": [{ "text": "Good morning" }], "priority": "high" }"#)?;
/// assert_eq!(draft.parts[0].text, "Good morning");
/// assert!(serde_json::from_str::<Draft>(r#"{ "parts": [{ "media": [] }] }"#).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Draft {
    /// The pieces, in order: each after the first answers the one before it.
    pub parts: Vec<PartDraft>,
    /// How they are shown.
    pub showing: Showing,
    /// What is different on single platforms.
    pub variants: Vec<Variant>,
    /// The accounts that it goes to.
    pub accounts: Vec<AccountId>,
    /// When.
    pub when: When,
    /// It is not sent at this time or later: what waits until then expires. `None`: it waits for as long as it takes.
    pub expires: Option<When>,
    /// Before others that are due.
    pub priority: Priority,
    /// The caller's own labels.
    pub labels: Vec<String>,
    /// The campaign that it belongs to.
    pub campaign: Option<String>,
    /// Whatever else the caller wants to find again.
    pub metadata: BTreeMap<String, String>,
    /// Whether somebody has to let it go out first: a draft, or what waits for approval.
    pub gate: Gate,
}

impl Draft {
    /// A draft of one text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { parts: vec![PartDraft::text(text)], ..Self::default() }
    }

    /// Adds a piece of a thread, which answers the one before it.
    #[must_use]
    pub fn then(mut self, text: impl Into<String>) -> Self {
        self.parts.push(PartDraft::text(text));
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

    /// Does not publish it at this time or later.
    #[must_use]
    pub fn until(mut self, when: When) -> Self {
        self.expires = Some(when);
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
        self.last().media.push(MediaDraft { source, alt, focus: None });
        self
    }

    /// Shows a link as a card under the last part.
    #[must_use]
    pub fn link(
        mut self,
        url: impl Into<String>,
        title: impl Into<String>,
        description: impl Into<String>,
    ) -> Self {
        self.last().link = Some(LinkDraft {
            url: url.into(),
            title: title.into(),
            description: description.into(),
            thumb: None,
        });
        self
    }

    /// Quotes a post in the last part.
    #[must_use]
    pub fn quote(mut self, post: RemoteId) -> Self {
        self.last().quote = Some(post);
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

    /// Says this text on one platform, in place of everything that is said elsewhere: without the media, the card, the post
    /// that is answered or quoted, and the further pieces. What is to stay there goes into [`variants`](Self::variants).
    #[must_use]
    pub fn on(mut self, platform: PlatformId, text: impl Into<String>) -> Self {
        self.variants.push(Variant { platform, parts: vec![PartDraft::text(text)], showing: None });
        self
    }

    /// Puts it before others that are due.
    #[must_use]
    pub fn with_priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    /// Lets it go out only when somebody opens its gate.
    #[must_use]
    pub fn behind(mut self, gate: Gate) -> Self {
        self.gate = gate;
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
