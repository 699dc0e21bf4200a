//! X, as its specification and documentation describe it.
//!
//! [`decide`] is a pure function from the world and a request to the changes and the answer. It reads top-down:
//! who asks ([`auth`]), whether they may ([`Operation::scopes`], [`limits`]), then the operation itself.

mod accounts;
mod auth;
mod errors;
mod fields;
mod ids;
mod ledger;
pub(crate) mod limits;
mod lookup;
mod media;
mod oauth;
mod operation;
mod posts;
mod render;
mod state;
mod text;
mod timeline;
mod upload;

use jiff::Timestamp;

use crate::call::Call;
use crate::core::Cx;
use crate::ledger::LedgerEntry;
use crate::platform::{AccountName, Client, NewAccount, Platform, Refusal, unusable};
use crate::reply::{Decision, Reply};
use crate::{SimError, Tokens, world};

use auth::Caller;
use errors::Problem;
use operation::Operation;
pub(crate) use state::{Change, State};

/// The platform's name, as the ledger has it.
pub(crate) const NAME: &str = "x";
/// The first segments of its paths.
pub(crate) const ROOTS: &[&str] = &["2", "i"];

type Effect = crate::reply::Effect<Change>;

impl Platform for State {
    fn route(&self, method: &str, path: &str) -> Option<&'static str> {
        Operation::find(method, path).map(Operation::name)
    }

    fn handle_behind(&self, call: &Call) -> Option<String> {
        auth::handle_behind(self, call)
    }

    fn decide(&self, cx: &Cx<'_>, call: &Call) -> Decision {
        match Operation::find(&call.method, &call.path) {
            Some(operation) => decide(cx, operation, call).into(),
            None => Effect::reply(self.no_such_route(&call.path)).into(),
        }
    }

    fn refuse(&self, route: &str, refusal: Refusal, legacy: bool) -> Reply {
        let problem = match refusal {
            Refusal::Suspended | Refusal::TokenRevoked if route.starts_with("oauth.") => {
                return oauth::token_refused();
            }
            Refusal::RateLimited { reset } => {
                let reply = Problem::too_many_requests().reply(legacy);
                return limits::exhausted_headers(reply, route, reset);
            }
            Refusal::Status(status) => Problem::of_status(status),
            Refusal::Suspended => Problem::suspended(),
            Refusal::TokenRevoked => Problem::unauthorized(),
        };
        problem.reply(legacy)
    }

    fn no_such_route(&self, _path: &str) -> Reply {
        Problem::not_found_route().reply(false)
    }

    fn request_id_header(&self) -> Option<&'static str> {
        Some("x-transaction-id")
    }

    fn accounts(&self) -> Vec<AccountName> {
        let name =
            |account: &state::Account| AccountName { id: account.id.clone(), handle: account.handle.clone() };
        self.accounts.values().map(name).collect()
    }

    fn ensure_account(
        &self,
        now: Timestamp,
        new: &NewAccount<'_>,
    ) -> Result<Option<world::Change>, SimError> {
        if new.password.is_some() {
            return Err(unusable("platform", NAME, "its accounts are connected by consent, not by password"));
        }
        accounts::check_handle(new.handle)?;
        Ok(accounts::ensure(self, now, new.handle).map(Into::into))
    }

    fn ensure_client(&self, client: &Client) -> Option<world::Change> {
        accounts::ensure_client(self, client).map(Into::into)
    }

    fn issue_tokens(
        &self,
        cx: &Cx<'_>,
        client: &str,
        handle: &str,
        scopes: &[&str],
    ) -> Result<(Tokens, world::Change), SimError> {
        let issued = oauth::granted(cx, client, handle, scopes)?;
        let tokens = Tokens {
            access_token: issued.access.clone(),
            refresh_token: issued.refresh.clone(),
            expires_at: issued.expires_at,
        };
        Ok((tokens, Change::TokensIssued(issued).into()))
    }

    fn publish_elsewhere(&self, now: Timestamp, handle: &str, text: &str) -> Option<world::Change> {
        posts::publish_elsewhere(self, now, handle, text).map(Into::into)
    }

    fn edit_elsewhere(&self, now: Timestamp, id: &str, text: &str) -> Option<world::Change> {
        posts::edit_elsewhere(self, now, id, text).map(Into::into)
    }

    fn delete_elsewhere(&self, now: Timestamp, id: &str) -> Option<world::Change> {
        posts::delete_elsewhere(self, now, id).map(Into::into)
    }

    fn ledger(&self) -> Vec<LedgerEntry> {
        ledger::ledger(self)
    }

    fn media(&self, id: &str) -> Option<(String, String)> {
        let media_type = self.media_type(id.parse().ok()?)?;
        Some((id.to_owned(), media_type.to_owned()))
    }
}

/// An operation on behalf of a user.
type Handler = fn(&Cx<'_>, &Caller<'_>, &Call) -> Result<Effect, Problem>;

/// Decides on one request.
fn decide(cx: &Cx<'_>, operation: Operation, call: &Call) -> Effect {
    let handler: Handler = match operation {
        Operation::Authorize => return oauth::authorize(cx, call),
        Operation::Token => return oauth::token(cx, call),
        Operation::Revoke => return oauth::revoke(cx, call),
        Operation::PostsCreate => posts::create,
        Operation::PostsDelete => posts::delete,
        Operation::PostsGet => lookup::by_id,
        Operation::PostsLookup => lookup::by_ids,
        Operation::UsersMe => lookup::me,
        Operation::Timeline => timeline::of_user,
        Operation::MediaUpload => upload::one_shot,
        Operation::MediaInitialize => media::initialize,
        Operation::MediaAppend => media::append,
        Operation::MediaFinalize => media::finalize,
        Operation::MediaStatus => media::status,
        Operation::MediaMetadata => media::describe,
    };
    guarded(cx, operation, call, handler)
}

/// Authentication, scopes and limits, then the operation.
fn guarded(cx: &Cx<'_>, operation: Operation, call: &Call, handler: Handler) -> Effect {
    let caller = match auth::caller(cx, call).and_then(|caller| caller.allowed(operation)) {
        Ok(caller) => caller,
        Err(problem) => return Effect::reply(problem.reply(cx.legacy)),
    };
    let draw = limits::draw(cx, operation, &caller);
    let outcome = if draw.refused { Err(Problem::too_many_requests()) } else { handler(cx, &caller, call) };
    let mut effect = outcome.unwrap_or_else(|problem| Effect::reply(problem.reply(cx.legacy)));
    effect.reply.headers.extend(limits::headers(&draw.standings));
    effect.with(draw.drawn.map(Change::Drawn))
}
