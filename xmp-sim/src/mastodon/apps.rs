//! Apps and consent: OAuth 2.0 as Mastodon's documentation has it (docs.joinmastodon.org/methods/oauth, /apps).
//!
//! - Codes live ten minutes (Doorkeeper's default) and are used once.
//! - PKCE is taken if it comes, and only as S256 (from Mastodon 4.3).
//! - Tokens live until they are revoked; there are no refresh tokens.

use std::collections::BTreeSet;

use http::StatusCode;
use serde_json::json;
use url::Url;

use super::auth::covers;
use super::errors::Refused;
use super::params::Params;
use super::state::{App, Change, Code, State, Token};
use super::{Effect, Outcome};
use crate::SimError;
use crate::call::Call;
use crate::clock::seconds_after;
use crate::consent::{self, allowed_redirect, redirected, refused_page, verified};
use crate::core::Cx;
use crate::platform::{Client, Platform, unusable};
use crate::reply::Reply;

const CODE_TTL_SECS: i64 = 600;
/// The wholes of which scopes may name parts (docs.joinmastodon.org/api/oauth-scopes).
const SCOPES: [&str; 5] = ["read", "write", "follow", "push", "profile"];

/// `POST /api/v1/apps`.
pub(super) fn register(cx: &Cx<'_>, call: &Call) -> Outcome {
    let params = Params::of(call);
    let name =
        params.text("client_name").ok_or_else(|| Refused::validation("Application name can't be blank"))?;
    let given = params.list("redirect_uris").join("\n");
    let redirect_uris: Vec<String> = given.split_whitespace().map(ToOwned::to_owned).collect();
    if redirect_uris.is_empty() || redirect_uris.iter().any(|uri| Url::parse(uri).is_err()) {
        return Err(Refused::validation("Redirect URI must be an absolute URI."));
    }
    let scopes = scopes(params.text("scopes").as_deref())
        .ok_or_else(|| Refused::validation("Scopes doesn't match configured on the server."))?;
    let app = App {
        client_id: cx.secrets.draw(),
        secret: Some(cx.secrets.draw()),
        name,
        website: params.text("website"),
        redirect_uris,
        scopes,
    };
    let body = json!({
        "id": (cx.world.mastodon.apps.len() + 1).to_string(),
        "name": app.name,
        "website": app.website,
        "scopes": app.scopes,
        "redirect_uri": app.redirect_uris.join("\n"),
        "redirect_uris": app.redirect_uris,
        "client_id": app.client_id,
        "client_secret": app.secret,
        "client_secret_expires_at": 0,
        "vapid_key": "",
    });
    Ok(Effect::json(StatusCode::OK, &body).with([Change::AppRegistered(app)]))
}

/// The change that registers an app of the builder, or none if it is registered so.
pub(super) fn ensure(state: &State, client: &Client) -> Option<Change> {
    let app = App {
        client_id: client.id.clone(),
        secret: client.secret.clone(),
        name: client.id.clone(),
        website: None,
        redirect_uris: client.redirect_uris.clone(),
        scopes: SCOPES.map(ToOwned::to_owned).into(),
    };
    (state.apps.get(&app.client_id) != Some(&app)).then_some(Change::AppRegistered(app))
}

/// Scopes by name; `read` unless told. `None` if one is unknown.
fn scopes(asked: Option<&str>) -> Option<BTreeSet<String>> {
    let scopes: BTreeSet<String> =
        asked.unwrap_or("read").split_whitespace().map(ToOwned::to_owned).collect();
    let known = |scope: &String| SCOPES.contains(&scope.split(':').next().unwrap_or_default());
    scopes.iter().all(known).then_some(scopes)
}

/// `GET /oauth/authorize`.
pub(super) fn authorize(cx: &Cx<'_>, call: &Call) -> Outcome {
    Ok(match consented(cx, call) {
        Ok((reply, code)) => Effect::reply(reply).with([Change::CodeIssued(code)]),
        Err(reply) => Effect::reply(reply),
    })
}

/// The code, and the redirect that carries it; or what the browser shows instead.
fn consented(cx: &Cx<'_>, call: &Call) -> Result<(Reply, Code), Reply> {
    let mastodon = &cx.world.mastodon;
    let app = call.query("client_id").and_then(|id| mastodon.apps.get(id));
    let app = app.ok_or_else(|| refused_page("client_id is not a registered app"))?;
    let redirect = call.query("redirect_uri").unwrap_or_default();
    let target = allowed_redirect(&app.redirect_uris, redirect)
        .ok_or_else(|| refused_page("redirect_uri is not registered for this app"))?;
    let state: Vec<(&str, &str)> = call.query("state").map(|state| ("state", state)).into_iter().collect();
    let back = |fields: &[(&str, &str)]| redirected(target.clone(), &[fields, &state].concat());
    if call.query("response_type") != Some("code") {
        return Err(back(&[("error", "unsupported_response_type")]));
    }
    let asked =
        scopes(call.query("scope")).filter(|asked| asked.iter().all(|scope| covers(&app.scopes, scope)));
    let scopes = asked.ok_or_else(|| back(&[("error", "invalid_scope")]))?;
    let challenge = call.query("code_challenge").map(ToOwned::to_owned);
    if challenge.is_some() && call.query("code_challenge_method") != Some("S256") {
        return Err(back(&[("error", "invalid_code_challenge_method")]));
    }
    if call.query("xmp_sim_deny").is_some() {
        return Err(back(&[("error", "access_denied")]));
    }
    let handle = call.query("xmp_sim_login").ok_or_else(|| consent::page(&mastodon.accounts(), call))?;
    let account = mastodon.account_by_handle(handle);
    let account = account.ok_or_else(|| refused_page("there is no account with this handle"))?;
    let code = Code {
        code: cx.secrets.draw(),
        client: app.client_id.clone(),
        account: account.id,
        redirect_uri: redirect.to_owned(),
        scopes,
        challenge,
        expires_at: seconds_after(cx.now, CODE_TTL_SECS),
        spent: false,
    };
    Ok((back(&[("code", &code.code)]), code))
}

/// `POST /oauth/token`.
pub(super) fn token(cx: &Cx<'_>, call: &Call) -> Outcome {
    let params = Params::of(call);
    let app = authenticated(cx, call, &params)?;
    if params.text("grant_type").as_deref() != Some("authorization_code") {
        return Err(Refused::unsupported_grant());
    }
    let code = params.text("code").and_then(|code| cx.world.mastodon.codes.get(&code));
    let code = code.filter(|code| code.client == app.client_id && !code.spent && code.expires_at > cx.now);
    let code = code.ok_or_else(Refused::invalid_grant)?;
    let verifier = params.text("code_verifier").unwrap_or_default();
    let proven = code.challenge.as_ref().is_none_or(|challenge| verified(&verifier, challenge));
    if !proven || params.text("redirect_uri").as_ref() != Some(&code.redirect_uri) {
        return Err(Refused::invalid_grant());
    }
    let token = Token {
        token: cx.secrets.draw(),
        client: app.client_id.clone(),
        account: code.account,
        scopes: code.scopes.clone(),
        spent_code: Some(code.code.clone()),
        revoked: false,
    };
    let body = json!({
        "access_token": token.token,
        "token_type": "Bearer",
        "scope": token.scopes.iter().map(String::as_str).collect::<Vec<_>>().join(" "),
        "created_at": cx.now.as_second(),
    });
    Ok(Effect::json(StatusCode::OK, &body).with([Change::TokenIssued(token)]))
}

/// A client shows id and secret in its parameters or by HTTP Basic; a public one its id alone.
fn authenticated<'a>(cx: &Cx<'a>, call: &Call, params: &Params) -> Result<&'a App, Refused> {
    let (id, secret) = match call.basic() {
        Some((id, secret)) => (Some(id), Some(secret)),
        None => (params.text("client_id"), params.text("client_secret")),
    };
    let app = id.and_then(|id| cx.world.mastodon.apps.get(&id));
    app.filter(|app| app.secret == secret).ok_or_else(Refused::invalid_client)
}

/// `POST /oauth/revoke`. An unknown token is no error.
pub(super) fn revoke(cx: &Cx<'_>, call: &Call) -> Outcome {
    let params = Params::of(call);
    let app = authenticated(cx, call, &params).map_err(|_| Refused::not_your_token())?;
    let token = params.text("token").and_then(|token| cx.world.mastodon.tokens.get(&token));
    if token.is_some_and(|token| token.client != app.client_id) {
        return Err(Refused::not_your_token());
    }
    let change = token.map(|token| Change::TokenRevoked { token: token.token.clone() });
    Ok(Effect::json(StatusCode::OK, &json!({})).with(change))
}

/// A token without any consent, for tests that are about something else.
pub(super) fn granted(cx: &Cx<'_>, client: &str, handle: &str, asked: &[&str]) -> Result<Token, SimError> {
    let mastodon = &cx.world.mastodon;
    if !mastodon.apps.contains_key(client) {
        return Err(unusable("client", client, "no app is registered under this id"));
    }
    let account = mastodon
        .account_by_handle(handle)
        .ok_or_else(|| unusable("account", handle, "there is no such account"))?;
    let asked = asked.join(" ");
    let scopes =
        scopes(Some(&asked)).ok_or_else(|| unusable("scope", &asked, "Mastodon has no such scope"))?;
    Ok(Token {
        token: cx.secrets.draw(),
        client: client.to_owned(),
        account: account.id,
        scopes,
        spent_code: None,
        revoked: false,
    })
}
