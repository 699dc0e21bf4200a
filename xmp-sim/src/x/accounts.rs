//! Accounts and apps: created by the builder or the admin API, not by X's own.

use sha2::{Digest, Sha256};

use super::state::{Account, Change, State};
use crate::SimError;
use crate::platform::{Client, unusable};

/// Handles are 1 to 15 letters, digits and underscores (X documentation, "About your username").
pub(super) fn check_handle(handle: &str) -> Result<(), SimError> {
    let fits = (1..=15).contains(&handle.len());
    if fits && handle.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Ok(());
    }
    let why = "a handle has 1 to 15 letters, digits and underscores";
    Err(unusable("handle", handle, why))
}

/// The change that creates an account, or none if it is there.
pub(super) fn ensure(x: &State, now: jiff::Timestamp, handle: &str) -> Option<Change> {
    if x.account_by_handle(handle).is_some() {
        return None;
    }
    Some(Change::AccountCreated(Account { id: id_of(handle), handle: handle.to_owned(), created_at: now }))
}

/// The change that registers an app as given, or none if it is registered so.
pub(super) fn ensure_client(x: &State, client: &Client) -> Option<Change> {
    (x.clients.get(&client.id) != Some(client)).then(|| Change::ClientRegistered(client.clone()))
}

/// 18 decimal digits that depend on the handle alone: the same in every world.
fn id_of(handle: &str) -> String {
    let digest = Sha256::digest(handle.to_ascii_lowercase());
    let number = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    (100_000_000_000_000_000 + number % 900_000_000_000_000_000).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_decimal_and_depend_on_the_handle_alone() {
        assert_eq!(id_of("ada"), id_of("Ada"));
        assert_ne!(id_of("ada"), id_of("bob"));
        assert!(id_of("ada").len() == 18 && id_of("ada").parse::<u64>().is_ok());
    }

    #[test]
    fn handles_are_checked() {
        assert!(check_handle("ada_1815").is_ok());
        for wrong in ["", "a b", "ümlaut", "sixteen_letters_"] {
            assert!(check_handle(wrong).is_err(), "{wrong}");
        }
    }
}
