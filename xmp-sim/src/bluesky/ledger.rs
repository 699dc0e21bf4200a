//! Bluesky's part of the ledger: posts. Records of other collections are kept, and are no posts.

use serde_json::Value;

use super::post::blobs;
use super::state::{Record, State};
use super::{NAME, POST};
use crate::ledger::{LedgerEdit, LedgerEntry};

/// What stands for the app: programs log in as the account.
pub(super) const PROGRAM: &str = "app-password";

/// All posts there ever were, oldest first.
pub(super) fn ledger(state: &State) -> Vec<LedgerEntry> {
    let posts = state.records.iter().filter(|record| record.key.collection == POST);
    posts.filter_map(|record| entry(state, record)).collect()
}

fn entry(state: &State, record: &Record) -> Option<LedgerEntry> {
    let (first, later) = record.versions.split_first()?;
    let edits = later.iter().map(|version| LedgerEdit {
        remote_id: version.cid.clone(),
        text: text(&version.record),
        at: version.at,
    });
    let uri = |pointers: &[&str]| {
        let uri = pointers.iter().find_map(|pointer| first.record.pointer(pointer)?.as_str());
        uri.map(ToOwned::to_owned)
    };
    let cid = |blob: &Value| blob["ref"]["$link"].as_str().map(ToOwned::to_owned);
    Some(LedgerEntry {
        platform: NAME.to_owned(),
        account: state.accounts.get(&record.key.did)?.handle.clone(),
        account_id: record.key.did.clone(),
        remote_id: record.key.uri(),
        text: text(&first.record),
        at: first.at,
        client_id: record.by_program.then(|| PROGRAM.to_owned()),
        reply_to: uri(&["/reply/parent/uri"]),
        quote_of: uri(&["/embed/record/record/uri", "/embed/record/uri"]),
        media: blobs(&first.record).into_iter().filter_map(cid).collect(),
        edits: edits.collect(),
        deleted: record.deleted_at.is_some(),
        deleted_at: record.deleted_at,
        details: Some(first.record.clone()),
    })
}

fn text(record: &Value) -> String {
    record["text"].as_str().unwrap_or_default().to_owned()
}
