//! Who asks: bearer tokens and their scopes.

use std::collections::BTreeSet;

use super::errors::Refused;
use super::state::{Account, State, Token};
use crate::call::Call;
use crate::core::Cx;

/// The user on whose behalf a request is made, and the app that makes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caller<'a> {
    pub(super) account: &'a Account,
    token: &'a Token,
}

impl<'a> Caller<'a> {
    pub(super) fn client(&self) -> &'a str {
        &self.token.client
    }

    /// The caller, if the token has one of these scopes, or the whole that one of them is a part of.
    pub(super) fn allowed(self, scopes: &[&str]) -> Result<Self, Refused> {
        let granted = &self.token.scopes;
        let has = |scope: &&str| covers(granted, scope);
        if scopes.is_empty() || scopes.iter().any(has) { Ok(self) } else { Err(Refused::missing_scope()) }
    }
}

/// Whether `scope` is among those granted, or a part of one: `write:media` of `write`.
pub(super) fn covers(granted: &BTreeSet<String>, scope: &str) -> bool {
    granted.contains(scope) || scope.split_once(':').is_some_and(|(whole, _)| granted.contains(whole))
}

/// The caller behind the bearer token; `None` if there is no token at all.
pub(super) fn caller<'a>(cx: &Cx<'a>, call: &Call) -> Result<Option<Caller<'a>>, Refused> {
    let state = &cx.world.mastodon;
    let Some(token) = call.bearer() else { return Ok(None) };
    let token = state.tokens.get(token).ok_or_else(Refused::invalid_token)?;
    if token.revoked {
        return Err(Refused::revoked_token());
    }
    let account = state.accounts.get(&token.account).ok_or_else(Refused::invalid_token)?;
    Ok(Some(Caller { account, token }))
}

/// The handle on whose behalf a request is made, as far as that can be told.
pub(super) fn handle_behind(state: &State, call: &Call) -> Option<String> {
    if let Some(handle) = call.query("xmp_sim_login") {
        return Some(handle.to_owned());
    }
    let params = super::params::Params::of(call);
    let by_token = |token: &str| state.tokens.get(token).map(|token| token.account);
    let account = call
        .bearer()
        .and_then(by_token)
        .or_else(|| by_token(&params.text("token")?))
        .or_else(|| state.codes.get(&params.text("code")?).map(|code| code.account))?;
    state.accounts.get(&account).map(|account| account.handle.clone())
}
