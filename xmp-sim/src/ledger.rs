//! The ledger: what was really posted, whatever any client was told.

use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::SimError;
use crate::core::read_world;
use crate::world::World;
use crate::x;

/// One post that exists, or existed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LedgerEntry {
    /// The platform: `x`.
    pub platform: String,
    /// The author's handle.
    pub account: String,
    /// The author's id on the platform.
    pub account_id: String,
    /// The post's id on the platform (of its first version, if it was edited).
    pub remote_id: String,
    /// The text as the author sent it: links and `&` as written.
    pub text: String,
    /// When it was published, in simulated time.
    pub at: Timestamp,
    /// The id of the app that sent it. `None`: its author wrote it elsewhere.
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
}

/// A later version of a post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LedgerEdit {
    /// The version's own id.
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

pub(crate) fn of(world: &World) -> Vec<LedgerEntry> {
    x::ledger(&world.x)
}
