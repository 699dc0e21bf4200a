//! Who asks: bearer tokens and their scopes.

use super::errors::Problem;
use super::operation::Operation;
use super::state::{Account, Grant, State};
use crate::call::Call;
use crate::core::Cx;

/// The user on whose behalf a request is made, and the app that makes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caller<'a> {
    pub(super) account: &'a Account,
    grant: &'a Grant,
}

impl<'a> Caller<'a> {
    pub(super) fn client(&self) -> &'a str {
        &self.grant.client
    }

    /// The caller, if the token has every scope that the operation needs.
    pub(super) fn allowed(self, operation: Operation) -> Result<Self, Problem> {
        let all = operation.scopes().iter().all(|scope| self.grant.scopes.contains(*scope));
        if all { Ok(self) } else { Err(Problem::missing_scope()) }
    }
}

/// The caller behind the bearer token.
pub(super) fn caller<'a>(cx: &Cx<'a>, call: &Call) -> Result<Caller<'a>, Problem> {
    let x = &cx.world.x;
    call.bearer()
        .and_then(|token| x.access.get(token))
        .filter(|access| !access.revoked && access.expires_at > cx.now)
        .and_then(|access| x.grants.get(&access.grant))
        .filter(|grant| !grant.revoked)
        .and_then(|grant| Some(Caller { account: x.accounts.get(&grant.account)?, grant }))
        .ok_or_else(Problem::unauthorized)
}

/// The handle on whose behalf a request is made, as far as that can be told: by the human's login at the consent page,
/// by the bearer token (valid or not), or at the token endpoint by the code or token that is presented.
pub(super) fn handle_behind(x: &State, call: &Call) -> Option<String> {
    if let Some(handle) = call.query("xmp_sim_login") {
        return Some(handle.to_owned());
    }
    let by_grant = |grant: &String| x.grants.get(grant).map(|grant| &grant.account);
    let token = call.bearer().or_else(|| call.form("token"));
    let account = token
        .and_then(|token| x.access.get(token))
        .and_then(|access| by_grant(&access.grant))
        .or_else(|| {
            let token = call.form("refresh_token").or_else(|| call.form("token"))?;
            by_grant(&x.refresh.get(token)?.grant)
        })
        .or_else(|| Some(&x.codes.get(call.form("code")?)?.account))?;
    x.handle_of(account).map(ToOwned::to_owned)
}
