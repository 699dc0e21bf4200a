//! Accounts: created by the builder or the admin API.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::auth::Caller;
use super::state::{Account, Change, State};
use super::{Effect, Outcome, render};
use crate::SimError;
use crate::call::Call;
use crate::core::Cx;
use crate::platform::unusable;

/// Mastodon's longest user name.
const MAX_HANDLE: usize = 30;

/// `GET /api/v1/accounts/verify_credentials` (entity `CredentialAccount`).
pub(super) fn verify(cx: &Cx<'_>, caller: &Caller<'_>, call: &Call) -> Outcome {
    let mut account = render::account(&cx.world.mastodon, call, caller.account);
    account["source"] = json!({
        "privacy": "public",
        "sensitive": false,
        "language": null,
        "note": "",
        "fields": [],
        "follow_requests_count": 0,
    });
    Ok(Effect::json(StatusCode::OK, &account))
}

/// The change that creates an account, or none if it is there.
pub(super) fn ensure(state: &State, now: Timestamp, handle: &str) -> Result<Option<Change>, SimError> {
    let fits = (1..=MAX_HANDLE).contains(&handle.len());
    if !fits || !handle.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        let why = "a handle has 1 to 30 letters, digits and underscores, without the server's name";
        return Err(unusable("handle", handle, why));
    }
    let missing = state.account_by_handle(handle).is_none();
    let account = Account { id: id_of(handle), handle: handle.to_owned(), created_at: now };
    Ok(missing.then_some(Change::AccountCreated(account)))
}

/// 18 decimal digits that depend on the handle alone: the same in every world.
fn id_of(handle: &str) -> u64 {
    let digest = Sha256::digest(handle.to_ascii_lowercase());
    let number = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    109_000_000_000_000_000 + number % 1_000_000_000_000_000
}
