//! {{Kind}}: accounts, and no operation yet.
//!
//! Its behaviour is written from its own documentation, and never from the client in `xmp-client`.

pub(crate) mod limits;
mod state;

use http::StatusCode;
use jiff::Timestamp;
use serde_json::json;

use crate::call::Call;
use crate::core::Cx;
use crate::ledger::LedgerEntry;
use crate::platform::{AccountName, Client, NewAccount, Platform, Refusal, unusable};
use crate::reply::{Decision, Reply};
use crate::{SimError, Tokens, world};

use state::Account;
pub(crate) use state::{Change, State};

type Effect = crate::reply::Effect<Change>;

/// The platform's name, as the ledger has it.
pub(crate) const NAME: &str = "{{id}}";
/// The first segments of its paths, which no other platform here may have.
pub(crate) const ROOTS: &[&str] = &[];

impl Platform for State {
    fn route(&self, _method: &str, _path: &str) -> Option<&'static str> {
        None
    }

    fn handle_behind(&self, _: &Call) -> Option<String> {
        None
    }

    fn decide(&self, _: &Cx<'_>, call: &Call) -> Decision {
        Effect::reply(self.no_such_route(&call.path)).into()
    }

    fn refuse(&self, _route: &str, refusal: Refusal, _legacy: bool) -> Reply {
        refused(match refusal {
            Refusal::Status(status) => status,
            Refusal::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
            Refusal::Suspended => StatusCode::FORBIDDEN,
            Refusal::TokenRevoked => StatusCode::UNAUTHORIZED,
        })
    }

    fn no_such_route(&self, _path: &str) -> Reply {
        refused(StatusCode::NOT_FOUND)
    }

    fn accounts(&self) -> Vec<AccountName> {
        let name = |account: &Account| AccountName { id: account.id.clone(), handle: account.handle.clone() };
        self.accounts.values().map(name).collect()
    }

    fn ensure_account(&self, _: Timestamp, new: &NewAccount<'_>) -> Result<Option<world::Change>, SimError> {
        if new.handle.is_empty() {
            return Err(unusable("account", new.handle, "it has no name"));
        }
        Ok(self.new_account(new.handle).map(Into::into))
    }

    fn ensure_client(&self, _: &Client) -> Option<world::Change> {
        None
    }

    fn issue_tokens(
        &self,
        _: &Cx<'_>,
        _client: &str,
        handle: &str,
        _scopes: &[&str],
    ) -> Result<(Tokens, world::Change), SimError> {
        Err(unusable("account", handle, "{{Kind}} gives no tokens here yet"))
    }

    fn publish_elsewhere(&self, _: Timestamp, _handle: &str, _text: &str) -> Option<world::Change> {
        None
    }

    fn edit_elsewhere(&self, _: Timestamp, _id: &str, _text: &str) -> Option<world::Change> {
        None
    }

    fn delete_elsewhere(&self, _: Timestamp, _id: &str) -> Option<world::Change> {
        None
    }

    fn ledger(&self) -> Vec<LedgerEntry> {
        Vec::new()
    }

    fn media(&self, _id: &str) -> Option<(String, String)> {
        None
    }
}

/// A refusal, until it is known how {{Kind}} words its own.
fn refused(status: StatusCode) -> Reply {
    Reply::json(status, &json!({ "error": status.canonical_reason().unwrap_or("Error") }))
}
