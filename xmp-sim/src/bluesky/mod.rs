//! Bluesky: a PDS and the AppView behind it, as their lexicons and the real PDS (`@atproto/pds`) have them.
//!
//! [`OPERATIONS`] names what is simulated. [`decide`] reads top-down: who asks ([`session`]), whether they may
//! ([`limits`]), then the operation itself.

mod accounts;
mod appview;
mod blobs;
mod cid;
mod errors;
mod input;
mod ledger;
pub(crate) mod limits;
mod post;
mod read;
mod repo;
mod session;
mod state;
mod tid;

use jiff::Timestamp;

use crate::call::{Call, Payload};
use crate::core::Cx;
use crate::ledger::LedgerEntry;
use crate::platform::{AccountName, Client, NewAccount, Platform, Refusal, unusable};
use crate::reply::{Decision, Reply};
use crate::{SimError, Tokens, world};

use errors::Refused;
use state::Account;
pub(crate) use state::{Change, State};

/// The platform's name, as the ledger has it.
pub(crate) const NAME: &str = "bluesky";
/// The first segments of its paths.
pub(crate) const ROOTS: &[&str] = &["xrpc"];

/// The collection whose records are posts.
const POST: &str = "app.bsky.feed.post";

type Effect = crate::reply::Effect<Change>;
type Outcome = Result<Effect, Refused>;

/// An operation: anybody's, or an account's.
enum Handler {
    Open(fn(&Cx<'_>, &Call) -> Outcome),
    Private(fn(&Cx<'_>, &Account, &Call) -> Outcome),
}
use Handler::{Open, Private};

/// One XRPC method.
struct Operation {
    /// The HTTP method.
    method: &'static str,
    name: &'static str,
    route: &'static str,
    handler: Handler,
}

const fn query(name: &'static str, route: &'static str, handler: Handler) -> Operation {
    Operation { method: "GET", name, route, handler }
}

const fn procedure(name: &'static str, route: &'static str, handler: Handler) -> Operation {
    Operation { method: "POST", name, route, handler }
}

const OPERATIONS: &[Operation] = &[
    procedure("com.atproto.server.createSession", "session.create", Open(session::create)),
    procedure("com.atproto.server.refreshSession", "session.refresh", Open(session::refresh)),
    procedure("com.atproto.server.deleteSession", "session.delete", Open(session::delete)),
    query("com.atproto.server.getSession", "users.me", Private(session::get)),
    query("com.atproto.identity.resolveHandle", "identity.resolve", Open(read::handle)),
    procedure("com.atproto.repo.uploadBlob", "media.upload", Private(blobs::upload)),
    query("com.atproto.sync.getBlob", "media.get", Open(blobs::get)),
    procedure("com.atproto.repo.putRecord", "posts.create", Private(repo::put)),
    procedure("com.atproto.repo.createRecord", "posts.create", Private(repo::create)),
    procedure("com.atproto.repo.deleteRecord", "posts.delete", Private(repo::delete)),
    query("com.atproto.repo.getRecord", "posts.get", Open(read::record)),
    query("com.atproto.repo.listRecords", "posts.list", Open(read::records)),
    query("app.bsky.feed.getPosts", "posts.lookup", Open(appview::posts)),
    query("app.bsky.feed.getAuthorFeed", "timeline", Open(appview::author_feed)),
    query("app.bsky.actor.getProfile", "users.get", Open(appview::profile)),
];

fn find(method: &str, path: &str) -> Option<&'static Operation> {
    let name = path.strip_prefix("/xrpc/")?;
    OPERATIONS.iter().find(|operation| operation.method == method && operation.name == name)
}

/// Decides on one request.
fn decide(cx: &Cx<'_>, operation: &Operation, call: &Call) -> Outcome {
    let (who, act): (String, Box<dyn Fn() -> Outcome + '_>) = match operation.handler {
        Open(act) => {
            let who = cx.world.bluesky.handle_behind(call).unwrap_or_default();
            (who, Box::new(move || act(cx, call)))
        }
        Private(act) => {
            let caller = session::caller(cx, call)?;
            (caller.did.clone(), Box::new(move || act(cx, caller, call)))
        }
    };
    let [of_all, of_method] = limits::draw(cx, operation.name, &who);
    let refused = of_all.refused || of_method.refused;
    let outcome = if refused { Err(Refused::too_many()) } else { act() };
    let mut effect = outcome.unwrap_or_else(|refused| Effect::reply(refused.reply()));
    effect.reply.headers.extend(limits::headers(&[of_all.standings, of_method.standings].concat()));
    // What is refused takes from neither.
    let drawn = [of_all.drawn, of_method.drawn].into_iter().flatten().filter(|_| !refused);
    Ok(effect.with(drawn.map(Change::Drawn)))
}

impl Platform for State {
    fn route(&self, method: &str, path: &str) -> Option<&'static str> {
        find(method, path).map(|operation| operation.route)
    }

    /// By the token, by the login, or by the account that is asked about.
    fn handle_behind(&self, call: &Call) -> Option<String> {
        let by_token = call.bearer().and_then(|token| {
            let access = self.access.get(token).map(|access| &access.did);
            access.or_else(|| self.refresh.get(self.refresh_ids.get(token)?).map(|refresh| &refresh.did))
        });
        let asked = || match &call.payload {
            Payload::Json(body) => body.get("identifier")?.as_str(),
            _ => call.query("repo").or_else(|| call.query("actor")),
        };
        let account = self.account(by_token.map(String::as_str).or_else(asked)?)?;
        Some(account.handle.clone())
    }

    fn decide(&self, cx: &Cx<'_>, call: &Call) -> Decision {
        let Some(operation) = find(&call.method, &call.path) else {
            return Effect::reply(self.no_such_route(&call.path)).into();
        };
        decide(cx, operation, call).unwrap_or_else(|refused| Effect::reply(refused.reply())).into()
    }

    /// A taken-down account and a revoked app password, as the real server tells of them on each route (seen). Access
    /// tokens outlive the app password; here they are told to be expired, so that the next refresh is the end.
    fn refuse(&self, route: &str, refusal: Refusal, _legacy: bool) -> Reply {
        let refused = match (refusal, route) {
            (Refusal::RateLimited { reset }, _) => {
                let mut reply = Refused::too_many().reply();
                reply.headers.extend(limits::headers(&[limits::exhausted(route, reset)]));
                return reply;
            }
            (Refusal::Status(status), _) => Refused::of_status(status),
            (Refusal::Suspended | Refusal::TokenRevoked, "session.create") => Refused::wrong_login(),
            (Refusal::Suspended, "users.me") => Refused::invalid("Could not find user info for account"),
            (Refusal::Suspended, "posts.get") => Refused::invalid("Could not locate record"),
            (Refusal::Suspended, "posts.list") => Refused::invalid("Could not find repo"),
            (Refusal::Suspended, _) => Refused::taken_down(),
            (Refusal::TokenRevoked, "session.refresh") => Refused::revoked(),
            (Refusal::TokenRevoked, _) => Refused::expired(),
        };
        refused.reply()
    }

    fn no_such_route(&self, path: &str) -> Reply {
        Refused::no_service(path.trim_start_matches("/xrpc/")).reply()
    }

    fn accounts(&self) -> Vec<AccountName> {
        let name =
            |account: &Account| AccountName { id: account.did.clone(), handle: account.handle.clone() };
        self.accounts.values().map(name).collect()
    }

    fn ensure_account(
        &self,
        now: Timestamp,
        new: &NewAccount<'_>,
    ) -> Result<Option<world::Change>, SimError> {
        Ok(accounts::ensure(self, now, new)?.map(Into::into))
    }

    fn ensure_client(&self, _: &Client) -> Option<world::Change> {
        None
    }

    fn issue_tokens(
        &self,
        cx: &Cx<'_>,
        _client: &str,
        handle: &str,
        _scopes: &[&str],
    ) -> Result<(Tokens, world::Change), SimError> {
        let account =
            self.account(handle).ok_or_else(|| unusable("account", handle, "there is no such account"))?;
        let issued = session::issue(cx, account, cx.secrets.draw(), None);
        let tokens = Tokens {
            access_token: issued.access.clone(),
            refresh_token: Some(issued.refresh.clone()),
            expires_at: issued.access_expires_at,
        };
        Ok((tokens, Change::SessionIssued(issued).into()))
    }

    fn publish_elsewhere(&self, now: Timestamp, handle: &str, text: &str) -> Option<world::Change> {
        repo::publish_elsewhere(self, now, handle, text).map(Into::into)
    }

    fn edit_elsewhere(&self, now: Timestamp, id: &str, text: &str) -> Option<world::Change> {
        repo::edit_elsewhere(self, now, id, text).map(Into::into)
    }

    fn delete_elsewhere(&self, now: Timestamp, id: &str) -> Option<world::Change> {
        repo::delete_elsewhere(self, now, id).map(Into::into)
    }

    fn ledger(&self) -> Vec<LedgerEntry> {
        ledger::ledger(self)
    }

    fn media(&self, id: &str) -> Option<(String, String)> {
        let blob = self.blobs.values().find(|blob| blob.cid == id)?;
        Some((blob.cid.clone(), blob.media_type.clone()))
    }
}
