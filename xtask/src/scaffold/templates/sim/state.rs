//! What {{Kind}} holds, and the changes that lead there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One thing that happened on {{Kind}}.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    AccountCreated(Account),
}

/// A user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) handle: String,
}

/// Everything that {{Kind}} holds.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// By handle.
    pub(super) accounts: BTreeMap<String, Account>,
}

impl State {
    pub(crate) fn apply(&mut self, change: Change) {
        match change {
            Change::AccountCreated(account) => {
                self.accounts.insert(account.handle.clone(), account);
            }
        }
    }

    /// The change that creates an account, unless it is there.
    pub(super) fn new_account(&self, handle: &str) -> Option<Change> {
        if self.accounts.contains_key(handle) {
            return None;
        }
        let id = (self.accounts.len() + 1).to_string();
        Some(Change::AccountCreated(Account { id, handle: handle.to_owned() }))
    }
}
