//! What is kept of a draft.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::media::MediaKind;
use crate::{Fingerprint, Focus, Poll, RemoteId, Showing};

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
    /// What must stay visible of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub focus: Option<Focus>,
    /// Its width in pixels, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Its height in pixels, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
}

/// A link that is shown as a card, as kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LinkCard {
    /// The address.
    pub url: String,
    /// What the card is headed with.
    pub title: String,
    /// What it says.
    pub description: String,
    /// Its picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumb: Option<StoredMedia>,
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
    /// The post that it quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<RemoteId>,
    /// A link that is shown as a card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkCard>,
    /// A question with answers to choose from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poll: Option<Poll>,
    /// How it is shown.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(!default))]
    pub showing: Showing,
}

impl PartContent {
    /// Equal for contents that a reader could not tell apart: spaces at the ends and doubled ones don't count.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let text = self.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let media: Vec<String> = self.media.iter().map(|media| media.hash.to_string()).collect();
        let reply = self.reply_to.as_ref().map_or("", RemoteId::as_str);
        let quote = self.quote.iter().map(|post| format!("quote {post}"));
        let link = self.link.iter().map(|link| format!("link {}", link.url));
        let poll =
            self.poll.iter().flat_map(|poll| poll.options.iter().map(|option| format!("poll {option}")));
        let more: Vec<String> = media.into_iter().chain(quote).chain(link).chain(poll).collect();
        Fingerprint::of(
            [text.as_bytes(), reply.as_bytes()].into_iter().chain(more.iter().map(String::as_bytes)),
        )
    }
}
