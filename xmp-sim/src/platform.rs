//! What a platform gives the simulator, and how its accounts are named.
//!
//! A platform is a folder (or a file) with `NAME`, `ROOTS`, a `Change` and a `State`, and one line in [`crate::world`].
//! Its state is changed by its own `apply` alone; everything else it can do is this trait.

use http::StatusCode;
use jiff::Timestamp;

use crate::call::Call;
use crate::core::Cx;
use crate::ledger::LedgerEntry;
use crate::reply::{Decision, Reply};
use crate::world::{Change, Kind};
use crate::{SimError, Tokens};

/// A platform, as its state presents it.
pub(crate) trait Platform {
    /// The route's name at a method and path, as faults, limits and the request log use it. The same acts have the same
    /// names on all platforms.
    fn route(&self, method: &str, path: &str) -> Option<&'static str>;

    /// The handle on whose behalf a request is made, as far as that can be told.
    fn handle_behind(&self, call: &Call) -> Option<String>;

    /// Decides on one request that has a route.
    fn decide(&self, cx: &Cx<'_>, call: &Call) -> Decision;

    /// How it says no where a fault has it do so.
    fn refuse(&self, route: &str, refusal: Refusal, legacy: bool) -> Reply;

    /// The answer when there is no such route.
    fn no_such_route(&self, path: &str) -> Reply;

    /// The header that names each request, if it has one.
    fn request_id_header(&self) -> Option<&'static str> {
        None
    }

    /// All accounts.
    fn accounts(&self) -> Vec<AccountName>;

    /// The change that creates an account, or gives the account that is there this password; none if nothing changes.
    fn ensure_account(&self, now: Timestamp, new: &NewAccount<'_>) -> Result<Option<Change>, SimError>;

    /// The change that registers an app as given, or none if it is registered so, or if the platform has no apps.
    fn ensure_client(&self, client: &Client) -> Option<Change>;

    /// Tokens without consent.
    fn issue_tokens(
        &self,
        cx: &Cx<'_>,
        client: &str,
        handle: &str,
        scopes: &[&str],
    ) -> Result<(Tokens, Change), SimError>;

    /// A post written by its author past all apps. `None` if there is no such account.
    fn publish_elsewhere(&self, now: Timestamp, handle: &str, text: &str) -> Option<Change>;

    /// A post edited by its author past all apps. `None` if there is no such post.
    fn edit_elsewhere(&self, now: Timestamp, id: &str, text: &str) -> Option<Change>;

    /// A post deleted by its author past all apps. `None` if there is no such post.
    fn delete_elsewhere(&self, now: Timestamp, id: &str) -> Option<Change>;

    /// All posts there ever were, oldest first.
    fn ledger(&self) -> Vec<LedgerEntry>;

    /// The name of the stored bytes of complete media, and their type.
    fn media(&self, id: &str) -> Option<(String, String)>;
}

/// Why a fault has a request refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// With the usual answer of this status.
    Status(StatusCode),
    /// By a window that is used up until then.
    RateLimited {
        reset: Timestamp,
    },
    Suspended,
    TokenRevoked,
}

/// Which account.
#[derive(Clone, Debug)]
pub(crate) struct AccountName {
    pub(crate) id: String,
    pub(crate) handle: String,
}

/// An account to be created.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewAccount<'a> {
    pub(crate) handle: &'a str,
    /// What it logs in with, on platforms where programs do that. `None`: the usual one.
    pub(crate) password: Option<&'a str>,
}

/// An OAuth app that the builder registers.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Client {
    pub(crate) id: String,
    /// `None`: a public client.
    pub(crate) secret: Option<String>,
    pub(crate) redirect_uris: Vec<String>,
}

/// Takes `PLATFORM:NAME` apart; a name without a platform is X's.
pub(crate) fn qualified(name: &str) -> Result<(Kind, &str), SimError> {
    match name.split_once(':') {
        None => Ok((Kind::X, name)),
        Some((platform, rest)) => match Kind::named(platform) {
            Some(kind) => Ok((kind, rest)),
            None => Err(unusable("platform", platform, "it is not simulated")),
        },
    }
}

/// The account that a fault names, `HANDLE` or `PLATFORM:HANDLE`: whether it is this one.
pub(crate) fn names(wanted: &str, kind: Kind, handle: &str) -> bool {
    wanted == handle
        || wanted.strip_prefix(kind.name()).and_then(|rest| rest.strip_prefix(':')) == Some(handle)
}

pub(crate) fn unusable(what: &'static str, value: &str, why: &'static str) -> SimError {
    SimError::Invalid { what, value: value.to_owned(), why }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_without_a_platform_are_xs() {
        assert_eq!(qualified("ada").unwrap(), (Kind::X, "ada"));
        assert_eq!(qualified("x:ada").unwrap(), (Kind::X, "ada"));
        assert!(matches!(qualified("gopher:ada"), Err(SimError::Invalid { what: "platform", .. })));
    }
}
