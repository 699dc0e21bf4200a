//! X, as its specification and documentation describe it.
//!
//! [`decide`] is a pure function from the world and a request to the changes and the answer. It reads top-down:
//! who asks ([`auth`]), whether they may ([`Operation::scopes`], [`limits`]), then the operation itself.

pub(crate) mod accounts;
mod auth;
mod errors;
mod fields;
mod ids;
mod images;
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

use std::sync::Mutex;
use std::time::Duration;

use http::StatusCode;
use serde_json::Value;

use crate::blobs::Blob;
use crate::call::Call;
use crate::core::Cx;
use crate::faults::FaultKind;
use crate::reply::{Decision, Reply};
use crate::world::Change as AnyChange;

use auth::Caller;
pub(crate) use auth::handle_behind;
use errors::Problem;
pub(crate) use ledger::ledger;
pub(crate) use oauth::granted;
pub(crate) use operation::Operation;
pub(crate) use posts::{delete_elsewhere, edit_elsewhere, publish_elsewhere};
pub(crate) use state::{Account, Change, Client, State};

/// The platform's name, as the ledger has it.
pub(crate) const PLATFORM: &str = "x";

/// How this X behaves where that is a choice. Belongs to the process, not to the world.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) access_token_ttl: Duration,
    /// How long a text stays a duplicate; zero: equal texts are never refused.
    pub(crate) duplicate_window: Duration,
    pub(crate) limits: Mutex<Vec<limits::RateLimit>>,
}

/// What an operation leads to, when it is not refused.
struct Effect {
    blobs: Vec<Blob>,
    changes: Vec<Change>,
    reply: Reply,
}

impl Effect {
    fn reply(reply: Reply) -> Self {
        Self { blobs: Vec::new(), changes: Vec::new(), reply }
    }

    fn json(status: StatusCode, body: &Value) -> Self {
        Self::reply(Reply::json(status, body))
    }

    fn with(mut self, changes: impl IntoIterator<Item = Change>) -> Self {
        self.changes.extend(changes);
        self
    }

    fn storing(mut self, blob: Blob) -> Self {
        self.blobs.push(blob);
        self
    }
}

/// An operation on behalf of a user.
type Handler = fn(&Cx<'_>, &Caller<'_>, &Call) -> Result<Effect, Problem>;

/// Decides on one request.
pub(crate) fn decide(cx: &Cx<'_>, operation: Operation, call: &Call) -> Decision {
    let handler: Handler = match operation {
        Operation::Authorize => return decision(oauth::authorize(cx, call)),
        Operation::Token => return decision(oauth::token(cx, call)),
        Operation::Revoke => return decision(oauth::revoke(cx, call)),
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
fn guarded(cx: &Cx<'_>, operation: Operation, call: &Call, handler: Handler) -> Decision {
    let caller = match auth::caller(cx, call).and_then(|caller| caller.allowed(operation)) {
        Ok(caller) => caller,
        Err(problem) => return decision(Effect::reply(problem.reply(cx.legacy))),
    };
    let draw = limits::draw(cx, operation, &caller);
    let outcome = if draw.refused { Err(Problem::too_many_requests()) } else { handler(cx, &caller, call) };
    let mut effect = outcome.unwrap_or_else(|problem| Effect::reply(problem.reply(cx.legacy)));
    effect.changes.extend(draw.change);
    effect.reply.headers.extend(draw.headers);
    decision(effect)
}

fn decision(effect: Effect) -> Decision {
    let Effect { blobs, changes, reply } = effect;
    Decision { blobs, changes: changes.into_iter().map(AnyChange::X).collect(), reply }
}

/// The answer of a fault that refuses a request, or `None` for faults that don't.
pub(crate) fn refusal(
    operation: Operation,
    fault: &FaultKind,
    now: jiff::Timestamp,
    legacy: bool,
) -> Option<Reply> {
    match fault {
        FaultKind::Status { body: Some(body), code, .. } => Some(Reply::json(status(*code), body)),
        FaultKind::Status { code, legacy: by_fault, .. } => {
            Some(Problem::of_status(status(*code)).reply(legacy || *by_fault))
        }
        FaultKind::StatusAfterEffect { code } => Some(Problem::of_status(status(*code)).reply(legacy)),
        FaultKind::RateLimited { reset_secs } => {
            let reply = Problem::too_many_requests().reply(legacy);
            Some(limits::exhausted_headers(reply, operation, now, *reset_secs))
        }
        FaultKind::Suspended if operation.is_oauth() => Some(oauth::token_refused()),
        FaultKind::Suspended => Some(Problem::suspended().reply(legacy)),
        FaultKind::TokenRevoked if operation.is_oauth() => Some(oauth::token_refused()),
        FaultKind::TokenRevoked => Some(Problem::unauthorized().reply(legacy)),
        _ => None,
    }
}

/// The answer when there is no such route.
pub(crate) fn no_such_route() -> Reply {
    Problem::not_found_route().reply(false)
}

/// The answer when the simulator itself can't go on: stopped, or its home is not writable.
pub(crate) fn out_of_order() -> Reply {
    Problem::of_status(StatusCode::SERVICE_UNAVAILABLE).reply(false)
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
