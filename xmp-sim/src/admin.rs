//! The admin API under `/_sim/`: the same as the Rust API, for other processes and languages.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::core::Core;
use crate::faults::Fault;
use crate::ledger::LedgerEntry;
use crate::platform::{AccountName, Platform, qualified};
use crate::requests::RecordedRequest;
use crate::world::{Kind, World};
use crate::{RateLimit, SimError, Tokens, limits};

type Shared = State<Arc<Core>>;
type Body<T> = Result<Json<T>, JsonRejection>;

pub(crate) fn routes() -> Router<Arc<Core>> {
    Router::new()
        .route("/_sim", get(manual))
        .route("/_sim/", get(manual))
        .route("/_sim/ledger", get(read_ledger))
        .route("/_sim/faults", get(faults).post(set_fault).delete(clear_faults))
        .route("/_sim/clock", get(clock).post(move_clock))
        .route("/_sim/limits", get(list_limits).post(set_limit))
        .route("/_sim/requests", get(requests))
        .route("/_sim/inflight", get(in_flight))
        .route("/_sim/accounts", get(accounts).post(create_account))
        .route("/_sim/tokens", post(issue_tokens))
        .route("/_sim/posts", post(publish))
        .route("/_sim/posts/{id}/delete", post(delete_post))
        .route("/_sim/posts/{id}/edit", post(edit_post))
        .route("/_sim/media/{id}", get(media))
}

/// A refusal of the admin API: `{"error": "…"}`.
struct Refused(StatusCode, String);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

impl From<JsonRejection> for Refused {
    fn from(rejection: JsonRejection) -> Self {
        Self(rejection.status(), rejection.body_text())
    }
}

impl From<SimError> for Refused {
    fn from(error: SimError) -> Self {
        let status = match error {
            SimError::Invalid { .. } => StatusCode::BAD_REQUEST,
            SimError::Missing => StatusCode::NOT_FOUND,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self(status, error.to_string())
    }
}

async fn manual() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/markdown; charset=utf-8")], include_str!("../README.md"))
}

async fn read_ledger(State(core): Shared) -> Json<Vec<LedgerEntry>> {
    Json(core.ledger())
}

async fn faults(State(core): Shared) -> Json<Vec<Fault>> {
    Json(core.faults.list())
}

async fn set_fault(State(core): Shared, fault: Body<Fault>) -> Result<Json<Vec<Fault>>, Refused> {
    core.faults.set(fault?.0);
    Ok(Json(core.faults.list()))
}

async fn clear_faults(State(core): Shared) -> Json<Vec<Fault>> {
    core.faults.clear();
    Json(core.faults.list())
}

async fn clock(State(core): Shared) -> Json<Value> {
    Json(json!({ "now": core.clock.now() }))
}

/// `{"set": "2030-01-01T00:00:00Z"}` or `{"advance_ms": 1000}`; the set comes first if both are given.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MoveClock {
    set: Option<Timestamp>,
    advance_ms: Option<u64>,
}

async fn move_clock(State(core): Shared, request: Body<MoveClock>) -> Result<Json<Value>, Refused> {
    let MoveClock { set, advance_ms } = request?.0;
    if let Some(to) = set {
        core.clock.set(to);
    }
    if let Some(ms) = advance_ms {
        core.clock.advance(Duration::from_millis(ms));
    }
    core.land_due()?;
    Ok(clock(State(core)).await)
}

async fn list_limits(State(core): Shared) -> Json<Vec<RateLimit>> {
    Json(core.settings.limits.lock().unwrap_or_else(PoisonError::into_inner).clone())
}

async fn set_limit(State(core): Shared, limit: Body<RateLimit>) -> Result<Json<Vec<RateLimit>>, Refused> {
    limits::set(&mut core.settings.limits.lock().unwrap_or_else(PoisonError::into_inner), limit?.0);
    Ok(list_limits(State(core)).await)
}

async fn requests(State(core): Shared) -> Json<Vec<RecordedRequest>> {
    Json(core.requests.list())
}

async fn in_flight(State(core): Shared) -> Json<Vec<RecordedRequest>> {
    Json(core.requests.list().into_iter().filter(|request| !request.done).collect())
}

async fn accounts(State(core): Shared) -> Json<Value> {
    Json(core.read(all_accounts).into())
}

fn all_accounts(world: &World) -> Vec<Value> {
    let of = |(kind, platform): (Kind, &dyn Platform)| {
        let account = |account: AccountName| json!({ "platform": kind.name(), "id": account.id, "handle": account.handle });
        platform.accounts().into_iter().map(account).collect::<Vec<_>>()
    };
    world.platforms().flat_map(of).collect()
}

#[derive(Deserialize)]
struct CreateAccount {
    handle: String,
    app_password: Option<String>,
}

async fn create_account(State(core): Shared, request: Body<CreateAccount>) -> Result<Json<Value>, Refused> {
    let CreateAccount { handle, app_password } = request?.0;
    core.ensure_account(&handle, app_password.as_deref())?;
    let (kind, handle) = qualified(&handle)?;
    let created = |account: &Value| account["platform"] == kind.name() && account["handle"] == handle;
    Ok(Json(core.read(all_accounts).into_iter().filter(created).collect()))
}

#[derive(Deserialize)]
struct IssueTokens {
    /// On Bluesky neither app nor scopes have a meaning.
    #[serde(default)]
    client: String,
    account: String,
    #[serde(default)]
    scopes: Vec<String>,
}

async fn issue_tokens(State(core): Shared, request: Body<IssueTokens>) -> Result<Json<Tokens>, Refused> {
    let IssueTokens { client, account, scopes } = request?.0;
    let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
    Ok(Json(core.issue_tokens(&client, &account, &scopes)?))
}

#[derive(Deserialize)]
struct Publish {
    account: String,
    text: String,
}

#[derive(Deserialize)]
struct Edit {
    text: String,
}

async fn publish(State(core): Shared, request: Body<Publish>) -> Result<Json<Vec<LedgerEntry>>, Refused> {
    let Publish { account, text } = request?.0;
    Ok(Json(core.publish_elsewhere(&account, &text)?))
}

async fn delete_post(State(core): Shared, Path(id): Path<String>) -> Result<Json<Vec<LedgerEntry>>, Refused> {
    Ok(Json(core.delete_elsewhere(&id)?))
}

async fn edit_post(
    State(core): Shared,
    Path(id): Path<String>,
    request: Body<Edit>,
) -> Result<Json<Vec<LedgerEntry>>, Refused> {
    let Edit { text } = request?.0;
    Ok(Json(core.edit_elsewhere(&id, &text)?))
}

async fn media(State(core): Shared, Path(id): Path<String>) -> Result<Response, Refused> {
    let kept = core.read(|world| world.platforms().find_map(|(_, platform)| platform.media(&id)));
    let Some((blob, media_type)) = kept else {
        return Err(Refused(StatusCode::NOT_FOUND, "there is no complete media with this id".to_owned()));
    };
    match core.blobs().get(&blob) {
        Ok(bytes) => Ok(([(CONTENT_TYPE, media_type)], bytes).into_response()),
        Err(error) => Err(Refused(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())),
    }
}
