//! Sessions: logging in with an app password, and tokens that rotate.
//!
//! As the real server does it (seen of `@atproto/pds`): access tokens live on their own until they expire, whatever
//! becomes of the session. A refresh token that was used may be used again for two hours, and leads to the same
//! successor (the same `jti`) each time.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::errors::Refused;
use super::input::{body, text};
use super::state::{Account, Change, SessionIssued};
use super::{Effect, Outcome};
use crate::call::Call;
use crate::clock::seconds_after;
use crate::core::Cx;
use crate::reply::Reply;

const REFRESH_TTL_SECS: i64 = 90 * 86_400;
const GRACE_SECS: i64 = 2 * 3600;
const AUDIENCE: &str = "did:web:localhost";

/// `com.atproto.server.createSession`.
pub(super) fn create(cx: &Cx<'_>, call: &Call) -> Outcome {
    let body = body(call)?;
    let (identifier, password) = (text(body, "identifier")?, text(body, "password")?);
    let account = cx.world.bluesky.account(identifier).filter(|account| account.password == password);
    let account = account.ok_or_else(Refused::wrong_login)?;
    Ok(opened(call, account, issue(cx, account, cx.secrets.draw(), None)))
}

/// `com.atproto.server.refreshSession`: the refresh token is the bearer, and the body is empty.
pub(super) fn refresh(cx: &Cx<'_>, call: &Call) -> Outcome {
    let state = &cx.world.bluesky;
    let id = refresh_id(cx, call)?;
    let refresh = state.refresh.get(id).ok_or_else(Refused::revoked)?;
    if refresh.expires_at <= cx.now {
        return Err(Refused::expired());
    }
    if refresh.revoked || refresh.grace_until.is_some_and(|until| until <= cx.now) {
        return Err(Refused::revoked());
    }
    let account = state.accounts.get(&refresh.did).ok_or_else(Refused::no_such_account)?;
    let next = refresh.next.clone().unwrap_or_else(|| cx.secrets.draw());
    let grace_until =
        refresh.grace_until.unwrap_or(seconds_after(cx.now, GRACE_SECS)).min(refresh.expires_at);
    Ok(opened(call, account, issue(cx, account, next, Some((id.to_owned(), grace_until)))))
}

/// `com.atproto.server.deleteSession`: ends what one refresh token stands for. Deleting again is no error.
pub(super) fn delete(cx: &Cx<'_>, call: &Call) -> Outcome {
    let refresh = refresh_id(cx, call)?.to_owned();
    Ok(Effect::reply(Reply::empty(StatusCode::OK)).with([Change::SessionRevoked { refresh }]))
}

/// `com.atproto.server.getSession`.
pub(super) fn get(_: &Cx<'_>, caller: &Account, call: &Call) -> Outcome {
    Ok(Effect::json(StatusCode::OK, &about(call, caller)))
}

/// The account behind the access token.
pub(super) fn caller<'a>(cx: &Cx<'a>, call: &Call) -> Result<&'a Account, Refused> {
    let state = &cx.world.bluesky;
    let token = call.bearer().ok_or_else(Refused::no_token)?;
    let Some(access) = state.access.get(token) else {
        let known = state.refresh_ids.contains_key(token);
        let why = if known { "Invalid token type" } else { "Token could not be verified" };
        return Err(Refused::token(why));
    };
    if access.expires_at <= cx.now {
        return Err(Refused::expired());
    }
    state.accounts.get(&access.did).ok_or_else(Refused::no_such_account)
}

fn refresh_id<'a>(cx: &Cx<'a>, call: &Call) -> Result<&'a str, Refused> {
    let state = &cx.world.bluesky;
    let token = call.bearer().ok_or_else(Refused::no_token)?;
    match state.refresh_ids.get(token) {
        Some(id) => Ok(id),
        None if state.access.contains_key(token) => Err(Refused::token("Invalid token type")),
        None => Err(Refused::token("Token could not be verified")),
    }
}

/// A pair of tokens; the refresh token with this id.
pub(super) fn issue(
    cx: &Cx<'_>,
    account: &Account,
    refresh_id: String,
    replaces: Option<(String, Timestamp)>,
) -> SessionIssued {
    let ttl = i64::try_from(cx.settings.access_token_ttl.as_secs()).unwrap_or(i64::MAX);
    let (access_expires_at, refresh_expires_at) =
        (seconds_after(cx.now, ttl), seconds_after(cx.now, REFRESH_TTL_SECS));
    let claims = |scope: &str, expires_at: Timestamp| {
        json!({
            "scope": scope,
            "aud": AUDIENCE,
            "sub": account.did,
            "iat": cx.now.as_second(),
            "exp": expires_at.as_second(),
        })
    };
    let mut refresh_claims = claims("com.atproto.refresh", refresh_expires_at);
    refresh_claims["jti"] = refresh_id.as_str().into();
    SessionIssued {
        did: account.did.clone(),
        access: jwt(cx, "at+jwt", &claims("com.atproto.appPass", access_expires_at)),
        access_expires_at,
        refresh: jwt(cx, "refresh+jwt", &refresh_claims),
        refresh_id,
        refresh_expires_at,
        replaces,
    }
}

/// Shaped as a JWT, so that a client can read when it expires. The signature signs nothing.
fn jwt(cx: &Cx<'_>, kind: &str, claims: &Value) -> String {
    let header = json!({ "typ": kind, "alg": "HS256" });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{}", part(&header), part(claims), cx.secrets.draw())
}

fn opened(call: &Call, account: &Account, issued: SessionIssued) -> Effect {
    let mut body = about(call, account);
    body["accessJwt"] = issued.access.as_str().into();
    body["refreshJwt"] = issued.refresh.as_str().into();
    Effect::json(StatusCode::OK, &body).with([Change::SessionIssued(issued)])
}

fn about(call: &Call, account: &Account) -> Value {
    let Account { did, handle, .. } = account;
    json!({
        "did": did,
        "handle": handle,
        "active": true,
        "didDoc": {
            "id": did,
            "alsoKnownAs": [format!("at://{handle}")],
            "service": [{
                "id": "#atproto_pds",
                "type": "AtprotoPersonalDataServer",
                "serviceEndpoint": call.base(),
            }],
        },
    })
}
