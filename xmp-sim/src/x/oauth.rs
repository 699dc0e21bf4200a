//! OAuth 2.0 authorization code with PKCE, as X's documentation describes it on top of RFC 6749 and RFC 7636.
//!
//! - Codes live 30 seconds (this simulator's choice; RFC 6749 allows up to ten minutes) and are used once. A
//!   second use is `invalid_grant`, and revokes what the first use brought (RFC 6749, section 4.1.2).
//! - Only `S256` is taken: X also knows `plain`, which protects nothing.
//! - Refresh tokens are used once and rotate. A spent or unknown one is refused in the words reported of X:
//!   `invalid_request`, "Value passed for the token was invalid.", though RFC 6749 would have it `invalid_grant`.
//! - The access token that was issued with a spent refresh token lives on until it expires.

use std::collections::BTreeSet;

use http::StatusCode;
use serde_json::json;

use super::Effect;
use super::state::{Change, Code, Grant, TokensIssued};
use crate::SimError;
use crate::call::{Call, Payload};
use crate::clock::seconds_after;
use crate::consent::{self, allowed_redirect, redirected, refused_page, verified};
use crate::core::Cx;
use crate::platform::{Client, Platform, unusable};
use crate::reply::Reply;

const CODE_TTL_SECS: i64 = 30;
/// X specification, security scheme `OAuth2UserToken`; `users.email` from X documentation.
const SCOPES: [&str; 25] = [
    "block.read",
    "block.write",
    "bookmark.read",
    "bookmark.write",
    "broadcast.read",
    "broadcast.write",
    "dm.read",
    "dm.write",
    "follows.read",
    "follows.write",
    "like.read",
    "like.write",
    "list.read",
    "list.write",
    "media.write",
    "mute.read",
    "mute.write",
    "offline.access",
    "space.read",
    "timeline.read",
    "tweet.moderate.write",
    "tweet.read",
    "tweet.write",
    "users.email",
    "users.read",
];

/// `GET /i/oauth2/authorize`.
pub(super) fn authorize(cx: &Cx<'_>, call: &Call) -> Effect {
    match consented(cx, call) {
        Ok((reply, code)) => Effect::reply(reply).with([Change::CodeIssued(code)]),
        Err(reply) => Effect::reply(reply),
    }
}

/// The code, and the redirect that carries it; or what the browser shows instead.
fn consented(cx: &Cx<'_>, call: &Call) -> Result<(Reply, Code), Reply> {
    let x = &cx.world.x;
    let client = call.query("client_id").and_then(|id| x.clients.get(id));
    let client = client.ok_or_else(|| refused_page("client_id is not a registered app"))?;
    let redirect = call.query("redirect_uri").unwrap_or_default();
    let target = allowed_redirect(&client.redirect_uris, redirect)
        .ok_or_else(|| refused_page("redirect_uri is not registered for this app"))?;
    let state = call.query("state").unwrap_or_default();
    let (scopes, challenge) = check_authorize(call).map_err(|(error, why)| {
        redirected(target.clone(), &[("error", error), ("error_description", why), ("state", state)])
    })?;
    if call.query("xmp_sim_deny").is_some() {
        return Err(redirected(target, &[("error", "access_denied"), ("state", state)]));
    }
    let handle = call.query("xmp_sim_login").ok_or_else(|| consent::page(&x.accounts(), call))?;
    let account = x.account_by_handle(handle);
    let account = account.ok_or_else(|| refused_page("there is no account with this handle"))?;
    let code = Code {
        code: cx.secrets.draw(),
        client: client.id.clone(),
        account: account.id.clone(),
        redirect_uri: redirect.to_owned(),
        scopes,
        challenge,
        expires_at: seconds_after(cx.now, CODE_TTL_SECS),
        spent_on: None,
    };
    Ok((redirected(target, &[("state", state), ("code", &code.code)]), code))
}

fn check_authorize(call: &Call) -> Result<(BTreeSet<String>, String), (&'static str, &'static str)> {
    let need = |name| call.query(name).filter(|value: &&str| !value.is_empty());
    if call.query("response_type") != Some("code") {
        return Err(("unsupported_response_type", "response_type must be code"));
    }
    if need("state").is_none() {
        return Err(("invalid_request", "state is required"));
    }
    if call.query("code_challenge_method") != Some("S256") {
        return Err(("invalid_request", "code_challenge_method must be S256"));
    }
    // The SHA-256 of the verifier in unpadded base64url always has 43 characters.
    let challenge = need("code_challenge").filter(|challenge| challenge.len() == 43);
    let challenge = challenge.ok_or(("invalid_request", "code_challenge must be the S256 of a verifier"))?;
    let scopes: BTreeSet<String> =
        call.query("scope").unwrap_or_default().split_whitespace().map(ToOwned::to_owned).collect();
    if scopes.is_empty() || !scopes.iter().all(|scope| SCOPES.contains(&scope.as_str())) {
        return Err(("invalid_scope", "scope must name scopes that X has"));
    }
    Ok((scopes, challenge.to_owned()))
}

/// `POST /2/oauth2/token`.
pub(super) fn token(cx: &Cx<'_>, call: &Call) -> Effect {
    if !matches!(call.payload, Payload::Form(_)) {
        return oauth_error(
            StatusCode::BAD_REQUEST,
            "invalid_request",
            "Missing required parameter [grant_type].",
        );
    }
    let Some(client) = authenticated_client(cx, call) else { return client_refused() };
    match call.form("grant_type") {
        Some("authorization_code") => exchange_code(cx, client, call),
        Some("refresh_token") => rotate(cx, client, call),
        _ => oauth_error(StatusCode::BAD_REQUEST, "unsupported_grant_type", "grant_type is not supported."),
    }
}

/// A confidential client shows id and secret by HTTP Basic, a public one its `client_id` in the body.
fn authenticated_client<'a>(cx: &Cx<'a>, call: &Call) -> Option<&'a Client> {
    let clients = &cx.world.x.clients;
    match call.basic() {
        Some((id, secret)) => clients.get(&id).filter(|client| client.secret.as_ref() == Some(&secret)),
        None => clients.get(call.form("client_id")?).filter(|client| client.secret.is_none()),
    }
}

fn client_refused() -> Effect {
    oauth_error(StatusCode::UNAUTHORIZED, "unauthorized_client", "Missing valid authorization header")
}

fn exchange_code(cx: &Cx<'_>, client: &Client, call: &Call) -> Effect {
    let refused = || {
        oauth_error(
            StatusCode::BAD_REQUEST,
            "invalid_grant",
            "Value passed for the authorization code was invalid.",
        )
    };
    let code = call.form("code").and_then(|code| cx.world.x.codes.get(code));
    let Some(code) = code.filter(|code| code.client == client.id) else {
        return refused();
    };
    if let Some(grant) = &code.spent_on {
        return refused().with([Change::GrantRevoked { grant: grant.clone() }]);
    }
    let verifier = call.form("code_verifier").unwrap_or_default();
    let same_redirect = call.form("redirect_uri") == Some(&code.redirect_uri);
    if !verified(verifier, &code.challenge) || !same_redirect || code.expires_at <= cx.now {
        return refused();
    }
    let grant = Grant {
        id: cx.secrets.draw(),
        client: client.id.clone(),
        account: code.account.clone(),
        scopes: code.scopes.clone(),
        revoked: false,
    };
    issue(cx, grant, Some(code.code.clone()), None)
}

fn rotate(cx: &Cx<'_>, client: &Client, call: &Call) -> Effect {
    let x = &cx.world.x;
    let grant = call
        .form("refresh_token")
        .and_then(|token| x.refresh.get(token))
        .filter(|refresh| !refresh.spent)
        .and_then(|refresh| x.grants.get(&refresh.grant))
        .filter(|grant| !grant.revoked && grant.client == client.id);
    match grant {
        Some(grant) => issue(cx, grant.clone(), None, call.form("refresh_token").map(ToOwned::to_owned)),
        None => Effect::reply(token_refused()),
    }
}

/// What a dead refresh token is told.
pub(super) fn token_refused() -> Reply {
    oauth_error(StatusCode::BAD_REQUEST, "invalid_request", "Value passed for the token was invalid.").reply
}

fn issue(cx: &Cx<'_>, grant: Grant, spent_code: Option<String>, spent_refresh: Option<String>) -> Effect {
    let issued = TokensIssued { spent_code, spent_refresh, ..new_tokens(cx, grant) };
    let mut body = json!({
        "token_type": "bearer",
        "expires_in": issued.expires_at.duration_since(cx.now).as_secs(),
        "access_token": issued.access,
        "scope": issued.grant.scopes.iter().map(String::as_str).collect::<Vec<_>>().join(" "),
    });
    if let Some(refresh) = &issued.refresh {
        body["refresh_token"] = refresh.as_str().into();
    }
    Effect::json(StatusCode::OK, &body).with([Change::TokensIssued(issued)])
}

fn new_tokens(cx: &Cx<'_>, grant: Grant) -> TokensIssued {
    let lifetime = i64::try_from(cx.settings.access_token_ttl.as_secs()).unwrap_or(i64::MAX);
    let refresh = grant.scopes.contains("offline.access").then(|| cx.secrets.draw());
    TokensIssued {
        grant,
        access: cx.secrets.draw(),
        expires_at: seconds_after(cx.now, lifetime),
        refresh,
        spent_code: None,
        spent_refresh: None,
    }
}

/// A grant without any consent, for tests that are about something else.
pub(super) fn granted(
    cx: &Cx<'_>,
    client: &str,
    handle: &str,
    scopes: &[&str],
) -> Result<TokensIssued, SimError> {
    let x = &cx.world.x;
    if !x.clients.contains_key(client) {
        return Err(unusable("client", client, "no app is registered under this id"));
    }
    let account =
        x.account_by_handle(handle).ok_or_else(|| unusable("account", handle, "there is no such account"))?;
    if let Some(unknown) = scopes.iter().find(|scope| !SCOPES.contains(scope)) {
        return Err(unusable("scope", unknown, "X has no such scope"));
    }
    let grant = Grant {
        id: cx.secrets.draw(),
        client: client.to_owned(),
        account: account.id.clone(),
        scopes: scopes.iter().map(ToString::to_string).collect(),
        revoked: false,
    };
    Ok(new_tokens(cx, grant))
}

/// `POST /2/oauth2/revoke`. Revoking a refresh token takes the whole grant with it (RFC 7009, section 2.1), revoking
/// an access token only itself. An unknown token is no error (section 2.2).
pub(super) fn revoke(cx: &Cx<'_>, call: &Call) -> Effect {
    let Some(client) = authenticated_client(cx, call) else { return client_refused() };
    let Some(token) = call.form("token") else {
        return oauth_error(
            StatusCode::BAD_REQUEST,
            "invalid_request",
            "Missing required parameter [token].",
        );
    };
    let x = &cx.world.x;
    let own = |grant: &String| x.grants.get(grant).is_some_and(|grant| grant.client == client.id);
    let of_access = x.access.get(token).filter(|access| own(&access.grant));
    let of_refresh = x.refresh.get(token).filter(|refresh| own(&refresh.grant));
    let change = of_access
        .map(|_| Change::AccessRevoked { token: token.to_owned() })
        .or_else(|| Some(Change::GrantRevoked { grant: of_refresh?.grant.clone() }));
    Effect::json(StatusCode::OK, &json!({ "revoked": true })).with(change)
}

fn oauth_error(status: StatusCode, error: &str, description: &str) -> Effect {
    Effect::json(status, &json!({ "error": error, "error_description": description }))
}
