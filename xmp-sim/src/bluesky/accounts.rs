//! Accounts: created by the builder or the admin API.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::cid::base32;
use super::state::{Account, Change, State};
use crate::SimError;
use crate::platform::{NewAccount, unusable};

/// The change that creates an account, or gives the one that is there another password.
pub(super) fn ensure(
    state: &State,
    now: Timestamp,
    new: &NewAccount<'_>,
) -> Result<Option<Change>, SimError> {
    check_handle(new.handle)?;
    let handle = new.handle.to_ascii_lowercase();
    match (state.account(&handle), new.password) {
        (None, given) => {
            let password = given.map_or_else(|| format!("app-password-of-{handle}"), ToOwned::to_owned);
            let account = Account { did: did_of(&handle), handle, password, created_at: now };
            Ok(Some(Change::AccountCreated(account)))
        }
        (Some(account), Some(given)) if account.password != given => {
            Ok(Some(Change::PasswordSet { did: account.did.clone(), password: given.to_owned() }))
        }
        (Some(_), _) => Ok(None),
    }
}

/// A handle is a domain name of at least two labels (atproto.com/specs/handle).
fn check_handle(handle: &str) -> Result<(), SimError> {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if handle.len() <= 253 && handle.contains('.') && handle.split('.').all(label) {
        return Ok(());
    }
    Err(unusable("handle", handle, "a handle is a domain name, such as ada.test"))
}

/// A DID in the shape of `did:plc` that depends on the handle alone: the same in every world.
fn did_of(handle: &str) -> String {
    format!("did:plc:{}", base32(&Sha256::digest(handle)[..15]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dids_have_24_characters_and_depend_on_the_handle_alone() {
        assert_eq!(did_of("ada.test").len(), "did:plc:".len() + 24);
        assert_eq!(did_of("ada.test"), did_of("ada.test"));
        assert_ne!(did_of("ada.test"), did_of("bob.test"));
    }

    #[test]
    fn handles_are_domain_names() {
        assert!(check_handle("ada.test").is_ok());
        for wrong in ["ada", "", "ada..test", "-ada.test", "ada.te st"] {
            assert!(check_handle(wrong).is_err(), "{wrong}");
        }
    }
}
