//! Mastodon: one server, as the documentation (docs.joinmastodon.org) and its OpenAPI description have it.
//!
//! [`OPERATIONS`] names what is simulated. [`decide`] reads top-down: who asks ([`auth`]), whether they may
//! ([`limits`]), then the operation itself.

mod accounts;
mod apps;
mod auth;
mod errors;
mod instance;
mod ledger;
pub(crate) mod limits;
mod media;
mod params;
mod render;
mod state;
mod statuses;
mod text;
mod timeline;

use jiff::Timestamp;

use crate::call::Call;
use crate::consent::refused_page;
use crate::core::Cx;
use crate::ledger::LedgerEntry;
use crate::platform::{AccountName, Client, NewAccount, Platform, Refusal, unusable};
use crate::reply::{Decision, Reply};
use crate::{SimError, Tokens, world};

use auth::Caller;
use errors::Refused;
pub use instance::InstanceLimits;
pub(crate) use state::{Change, State};

/// The platform's name, as the ledger has it.
pub(crate) const NAME: &str = "mastodon";
/// The first segments of its paths.
pub(crate) const ROOTS: &[&str] = &["api", "oauth"];

type Effect = crate::reply::Effect<Change>;
type Outcome = Result<Effect, Refused>;

/// An operation, and the scopes of which its token needs one.
enum Handler {
    /// No token is looked at.
    Open(fn(&Cx<'_>, &Call) -> Outcome),
    /// A token shows more, and is none the less optional.
    Anyone(&'static [&'static str], fn(&Cx<'_>, Option<&Caller<'_>>, &Call) -> Outcome),
    User(&'static [&'static str], fn(&Cx<'_>, &Caller<'_>, &Call) -> Outcome),
}
use Handler::{Anyone, Open, User};

/// One method of the API.
struct Operation {
    /// The HTTP method.
    method: &'static str,
    path: &'static str,
    route: &'static str,
    handler: Handler,
}

const fn on(method: &'static str, path: &'static str, route: &'static str, handler: Handler) -> Operation {
    Operation { method, path, route, handler }
}

const OPERATIONS: &[Operation] = &[
    on("POST", "/api/v1/apps", "apps.create", Open(apps::register)),
    on("GET", "/oauth/authorize", "oauth.authorize", Open(apps::authorize)),
    on("POST", "/oauth/token", "oauth.token", Open(apps::token)),
    on("POST", "/oauth/revoke", "oauth.revoke", Open(apps::revoke)),
    on("GET", "/api/v2/instance", "instance", Open(instance::about)),
    on(
        "GET",
        "/api/v1/accounts/verify_credentials",
        "users.me",
        User(&["read:accounts", "profile"], accounts::verify),
    ),
    on("GET", "/api/v1/accounts/:id/statuses", "timeline", Anyone(&["read:statuses"], timeline::of_account)),
    on("POST", "/api/v2/media", "media.upload", User(&["write:media"], media::upload)),
    on("GET", "/api/v1/media/:id", "media.status", User(&["write:media"], media::status)),
    on("PUT", "/api/v1/media/:id", "media.metadata", User(&["write:media"], media::describe)),
    on("POST", "/api/v1/statuses", "posts.create", User(&["write:statuses"], statuses::create)),
    on("GET", "/api/v1/statuses", "posts.lookup", Anyone(&["read:statuses"], statuses::lookup)),
    on("GET", "/api/v1/statuses/:id", "posts.get", Anyone(&["read:statuses"], statuses::get)),
    on("DELETE", "/api/v1/statuses/:id", "posts.delete", User(&["write:statuses"], statuses::delete)),
    on("GET", "/api/v1/statuses/:id/source", "posts.source", User(&["read:statuses"], statuses::source)),
];

fn find(method: &str, path: &str) -> Option<&'static Operation> {
    let fits = |pattern: &str| {
        let (pattern, path) = (pattern.split('/'), path.split('/'));
        pattern.clone().count() == path.clone().count()
            && pattern.zip(path).all(|(wanted, segment)| wanted == ":id" || wanted == segment)
    };
    OPERATIONS.iter().find(|operation| operation.method == method && fits(operation.path))
}

/// The id in `/api/v1/statuses/:id` and its like.
fn path_id(call: &Call) -> Option<u64> {
    call.path.split('/').nth(4)?.parse().ok()
}

/// Decides on one request.
fn decide(cx: &Cx<'_>, operation: &Operation, call: &Call) -> Outcome {
    let caller = |scopes| auth::caller(cx, call)?.map(|caller| caller.allowed(scopes)).transpose();
    let (who, act): (Option<Caller<'_>>, Box<dyn Fn() -> Outcome + '_>) = match operation.handler {
        Open(act) => return act(cx, call),
        Anyone(scopes, act) => {
            let caller = caller(scopes)?;
            (caller, Box::new(move || act(cx, caller.as_ref(), call)))
        }
        User(scopes, act) => {
            let caller = caller(scopes)?.ok_or_else(Refused::invalid_token)?;
            (Some(caller), Box::new(move || act(cx, &caller, call)))
        }
    };
    let draw = limits::draw(cx, operation.route, who.as_ref());
    let outcome = if draw.refused { Err(Refused::too_many()) } else { act() };
    let mut effect = outcome.unwrap_or_else(|refused| Effect::reply(refused.reply()));
    effect.reply.headers.extend(limits::headers(&draw.standings));
    Ok(effect.with(draw.drawn.map(Change::Drawn)))
}

impl Platform for State {
    fn route(&self, method: &str, path: &str) -> Option<&'static str> {
        find(method, path).map(|operation| operation.route)
    }

    fn handle_behind(&self, call: &Call) -> Option<String> {
        auth::handle_behind(self, call)
    }

    fn decide(&self, cx: &Cx<'_>, call: &Call) -> Decision {
        let Some(operation) = find(&call.method, &call.path) else {
            return Effect::reply(self.no_such_route(&call.path)).into();
        };
        decide(cx, operation, call).unwrap_or_else(|refused| Effect::reply(refused.reply())).into()
    }

    fn refuse(&self, route: &str, refusal: Refusal, _legacy: bool) -> Reply {
        let refused = match (refusal, route) {
            (Refusal::RateLimited { reset }, _) => {
                let mut reply = Refused::too_many().reply();
                reply.headers.extend(limits::headers(&[limits::exhausted(route, reset)]));
                return reply;
            }
            (Refusal::Status(status), _) => Refused::of_status(status),
            (Refusal::Suspended | Refusal::TokenRevoked, "oauth.authorize") => {
                return refused_page("the login is disabled");
            }
            (Refusal::Suspended | Refusal::TokenRevoked, "oauth.token") => Refused::invalid_grant(),
            (Refusal::Suspended, _) => Refused::suspended(),
            (Refusal::TokenRevoked, _) => Refused::revoked_token(),
        };
        refused.reply()
    }

    fn no_such_route(&self, _path: &str) -> Reply {
        Refused::of_status(http::StatusCode::NOT_FOUND).reply()
    }

    fn request_id_header(&self) -> Option<&'static str> {
        Some("x-request-id")
    }

    fn accounts(&self) -> Vec<AccountName> {
        let name = |account: &state::Account| AccountName {
            id: account.id.to_string(),
            handle: account.handle.clone(),
        };
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
        Ok(accounts::ensure(self, now, new.handle)?.map(Into::into))
    }

    fn ensure_client(&self, client: &Client) -> Option<world::Change> {
        apps::ensure(self, client).map(Into::into)
    }

    fn issue_tokens(
        &self,
        cx: &Cx<'_>,
        client: &str,
        handle: &str,
        scopes: &[&str],
    ) -> Result<(Tokens, world::Change), SimError> {
        let token = apps::granted(cx, client, handle, scopes)?;
        let tokens =
            Tokens { access_token: token.token.clone(), refresh_token: None, expires_at: Timestamp::MAX };
        Ok((tokens, Change::TokenIssued(token).into()))
    }

    fn publish_elsewhere(&self, now: Timestamp, handle: &str, text: &str) -> Option<world::Change> {
        statuses::publish_elsewhere(self, now, handle, text).map(Into::into)
    }

    fn edit_elsewhere(&self, now: Timestamp, id: &str, text: &str) -> Option<world::Change> {
        statuses::edit_elsewhere(self, now, id, text).map(Into::into)
    }

    fn delete_elsewhere(&self, now: Timestamp, id: &str) -> Option<world::Change> {
        statuses::delete_elsewhere(self, now, id).map(Into::into)
    }

    fn ledger(&self) -> Vec<LedgerEntry> {
        ledger::ledger(self)
    }

    fn media(&self, id: &str) -> Option<(String, String)> {
        let media = self.media.values().find(|media| media.blob == id || media.id.to_string() == id)?;
        Some((media.blob.clone(), media.media_type.clone()))
    }
}
