//! X's part of the ledger.

use super::NAME;
use super::state::{Post, State};
use crate::ledger::{LedgerEdit, LedgerEntry};

/// All posts there ever were, oldest first.
pub(super) fn ledger(x: &State) -> Vec<LedgerEntry> {
    x.posts.values().filter_map(|post| entry(x, post)).collect()
}

fn entry(x: &State, post: &Post) -> Option<LedgerEntry> {
    let (first, later) = post.versions.split_first()?;
    let edits = later.iter().map(|version| LedgerEdit {
        remote_id: version.id.to_string(),
        text: version.text.clone(),
        at: version.at,
    });
    Some(LedgerEntry {
        platform: NAME.to_owned(),
        account: x.handle_of(&post.account)?.to_owned(),
        account_id: post.account.clone(),
        remote_id: post.id.to_string(),
        text: first.text.clone(),
        at: first.at,
        client_id: post.client.clone(),
        reply_to: post.reply_to.map(|id| id.to_string()),
        quote_of: post.quote_of.map(|id| id.to_string()),
        media: post.media.iter().map(ToString::to_string).collect(),
        edits: edits.collect(),
        deleted: post.deleted_at.is_some(),
        deleted_at: post.deleted_at,
        details: None,
    })
}
