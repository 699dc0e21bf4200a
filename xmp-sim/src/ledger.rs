//! The ledger: what was really posted, whatever any client was told.

use std::collections::VecDeque;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::SimError;
use crate::core::read_world;
use crate::world::World;

/// One post that exists, or existed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LedgerEntry {
    /// The platform: `x`, `bluesky` or `mastodon`.
    pub platform: String,
    /// The author's handle.
    pub account: String,
    /// The author's id on the platform.
    pub account_id: String,
    /// The post's id on the platform (of its first version, if it was edited); on Bluesky its `at://` URI.
    pub remote_id: String,
    /// The text as the author sent it: links and `&` as written.
    pub text: String,
    /// When it was published, in simulated time.
    pub at: Timestamp,
    /// The id of the app that sent it; on Bluesky, where programs log in as the account, `app-password`. `None`: its author
    /// wrote it elsewhere.
    pub client_id: Option<String>,
    /// The id of the post that it answers.
    pub reply_to: Option<String>,
    /// The id of the post that it quotes.
    pub quote_of: Option<String>,
    /// The ids of its media.
    pub media: Vec<String>,
    /// Later versions, oldest first.
    pub edits: Vec<LedgerEdit>,
    /// Whether it was deleted since.
    pub deleted: bool,
    /// When it was deleted, in simulated time.
    pub deleted_at: Option<Timestamp>,
    /// What else was published with the first version, in the platform's own words: Bluesky's whole record; of Mastodon
    /// `visibility`, `sensitive`, `spoiler_text`, `language`, `poll`, `idempotency_key` and, of each of its `media`,
    /// `description` and `focus`. Nothing on X.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
}

/// A later version of a post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LedgerEdit {
    /// The version's own id: on X an id, on Bluesky a CID, on Mastodon the post's.
    pub remote_id: String,
    /// Its text.
    pub text: String,
    /// When it replaced the one before, in simulated time.
    pub at: Timestamp,
}

/// The ledger of a home, oldest post first, whether a simulator is running there or not. Changes nothing.
///
/// # Errors
///
/// [`SimError::Home`] if there is no journal to read, [`SimError::Journal`] if it is broken.
pub fn read_ledger(home: impl AsRef<Path>) -> Result<Vec<LedgerEntry>, SimError> {
    read_world(home.as_ref()).map(|world| of(&world))
}

/// The ledgers of all platforms in one, each in its own order.
pub(crate) fn of(world: &World) -> Vec<LedgerEntry> {
    let mut ledgers: Vec<VecDeque<_>> =
        world.platforms().map(|(_, platform)| platform.ledger().into()).collect();
    let mut all = Vec::new();
    // Not sorted as a whole: a clock that was set back must not turn a platform's order around.
    while let Some(next) = ledgers
        .iter_mut()
        .filter(|ledger| !ledger.is_empty())
        .min_by_key(|ledger| ledger.front().map(|entry| entry.at))
    {
        all.extend(next.pop_front());
    }
    all
}
