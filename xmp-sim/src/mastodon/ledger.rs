//! Mastodon's part of the ledger.

use serde_json::json;

use super::NAME;
use super::state::{State, Status};
use crate::ledger::{LedgerEdit, LedgerEntry};

/// All statuses there ever were, oldest first.
pub(super) fn ledger(state: &State) -> Vec<LedgerEntry> {
    state.statuses.values().filter_map(|status| entry(state, status)).collect()
}

fn entry(state: &State, status: &Status) -> Option<LedgerEntry> {
    let (first, later) = status.versions.split_first()?;
    let edits = later.iter().map(|version| LedgerEdit {
        remote_id: status.id.to_string(),
        text: version.text.clone(),
        at: version.at,
    });
    let media = status.media.iter().filter_map(|id| state.media.get(id));
    let media = media.map(|media| json!({ "description": media.description, "focus": media.focus }));
    let poll = status.poll.as_ref().map(
        |poll| json!({ "options": poll.options, "expires_at": poll.expires_at, "multiple": poll.multiple }),
    );
    Some(LedgerEntry {
        platform: NAME.to_owned(),
        account: state.accounts.get(&status.account)?.handle.clone(),
        account_id: status.account.to_string(),
        remote_id: status.id.to_string(),
        text: first.text.clone(),
        at: first.at,
        client_id: status.client.clone(),
        reply_to: status.in_reply_to.map(|id| id.to_string()),
        quote_of: status.quote_of.map(|id| id.to_string()),
        media: status.media.iter().map(ToString::to_string).collect(),
        edits: edits.collect(),
        deleted: status.deleted_at.is_some(),
        deleted_at: status.deleted_at,
        details: Some(json!({
            "visibility": status.visibility,
            "sensitive": status.sensitive,
            "spoiler_text": status.spoiler_text,
            "language": status.language,
            "poll": poll,
            "media": media.collect::<Vec<_>>(),
            "idempotency_key": status.idempotency_key,
        })),
    })
}
