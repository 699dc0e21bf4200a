use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::{PASSWORD, Session, builder, key, log_in, post, refusal, start, word};

const HOUR: Duration = Duration::from_secs(3600);

fn claims(jwt: &str) -> Value {
    let parts: Vec<&str> = jwt.split('.').collect();
    assert_eq!(parts.len(), 3);
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap()
}

#[tokio::test]
async fn a_login_opens_a_session() {
    let (sim, ada) = start().await;
    assert_eq!(Some(&ada.did), sim.account_id("bluesky:ada.test").as_ref());
    assert!(ada.did.starts_with("did:plc:") && ada.did.len() == 32);
    let (access, refresh) = (claims(&ada.access), claims(&ada.refresh));
    assert_eq!(access["scope"], "com.atproto.appPass");
    assert_eq!((access["sub"].as_str(), refresh["sub"].as_str()), (Some(&*ada.did), Some(&*ada.did)));
    let lifetime = |claims: &Value| claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert_eq!((lifetime(&access), lifetime(&refresh)), (7200, 90 * 86_400));
    let me = ada.get("com.atproto.server.getSession").await.json();
    assert_eq!((me["handle"].as_str(), me["active"].as_bool()), (Some("ada.test"), Some(true)));
    assert_eq!(me["didDoc"]["service"][0]["serviceEndpoint"], sim.url());
    assert_eq!(log_in(sim.url(), &ada.did, PASSWORD).await.status, 200, "by DID as well");
    assert!(
        sim.requests().iter().all(|request| !request.body.contains(PASSWORD)),
        "the log keeps no password"
    );
}

#[tokio::test]
async fn wrong_logins_are_not_told_apart() {
    let (sim, _) = start().await;
    let expected = (401, "AuthenticationRequired".to_owned(), "Invalid identifier or password".to_owned());
    assert_eq!(refusal(&log_in(sim.url(), "ada.test", "wrong").await), expected);
    assert_eq!(refusal(&log_in(sim.url(), "nobody.test", PASSWORD).await), expected);
}

#[tokio::test]
async fn an_app_password_can_be_chosen() {
    let sim = builder().app_password("bluesky:ada.test", "abcd-efgh").start().await.unwrap();
    assert_eq!(log_in(sim.url(), "ada.test", PASSWORD).await.status, 401);
    assert_eq!(log_in(sim.url(), "ada.test", "abcd-efgh").await.status, 200);
}

#[tokio::test]
async fn an_expired_access_token_is_a_400_that_asks_for_a_refresh() {
    let (sim, ada) = start().await;
    sim.clock().advance(2 * HOUR);
    let refused = ada.put(&key(0), &post("late")).await;
    assert_eq!(refusal(&refused), (400, "ExpiredToken".to_owned(), "Token has expired".to_owned()));
    assert!(sim.ledger().is_empty());
    let ada = Session::of(sim.url(), &ada.with_refresh("refreshSession").await);
    ada.publish(&key(0), "in time").await;
}

#[tokio::test]
async fn a_used_refresh_token_leads_to_the_same_successor_for_two_hours() {
    let (sim, first) = start().await;
    let second = Session::of(sim.url(), &first.with_refresh("refreshSession").await);
    let again = Session::of(sim.url(), &first.with_refresh("refreshSession").await);
    assert_ne!(claims(&first.refresh)["jti"], claims(&second.refresh)["jti"]);
    assert_eq!(claims(&second.refresh)["jti"], claims(&again.refresh)["jti"]);
    for session in [&second, &again, &first] {
        assert_eq!(session.get("com.atproto.server.getSession").await.status, 200);
    }
    sim.clock().advance(2 * HOUR);
    let revoked = first.with_refresh("refreshSession").await;
    assert_eq!(refusal(&revoked), (400, "ExpiredToken".to_owned(), "Token has been revoked".to_owned()));
    assert_eq!(again.with_refresh("refreshSession").await.status, 200, "the successor lives on");
}

#[tokio::test]
async fn a_deleted_session_is_not_refreshed() {
    let (_sim, ada) = start().await;
    for _ in 0..2 {
        let deleted = ada.with_refresh("deleteSession").await;
        assert_eq!((deleted.status, deleted.body.len()), (200, 0), "repeatable");
    }
    assert_eq!(word(&ada.with_refresh("refreshSession").await), (400, "ExpiredToken".to_owned()));
    let me = ada.get("com.atproto.server.getSession").await;
    assert_eq!(me.status, 200, "the access token lives until it expires");
}

#[tokio::test]
async fn tokens_of_the_wrong_kind_are_refused() {
    let (sim, ada) = start().await;
    let swapped = Session { access: ada.refresh.clone(), refresh: ada.access.clone(), ..ada.clone() };
    let expected = (400, "InvalidToken".to_owned(), "Invalid token type".to_owned());
    assert_eq!(refusal(&swapped.get("com.atproto.server.getSession").await), expected);
    assert_eq!(refusal(&swapped.with_refresh("refreshSession").await), expected);
    let garbage = Session { access: "a.b.c".to_owned(), ..ada };
    assert_eq!(word(&garbage.get("com.atproto.server.getSession").await), (400, "InvalidToken".to_owned()));
    let url = format!("{}/xrpc/com.atproto.server.getSession", sim.url());
    let nobody = crate::support::send("GET", &url, &[], b"").await.unwrap();
    assert_eq!(word(&nobody), (401, "AuthMissing".to_owned()));
}

#[tokio::test]
async fn tokens_come_without_a_login_too() {
    let (sim, ada) = start().await;
    let tokens = sim.issue_tokens("", "bluesky:ada.test", &[]).unwrap();
    let ada = Session { access: tokens.access_token, ..ada };
    assert_eq!(ada.get("com.atproto.server.getSession").await.json()["handle"], "ada.test");
    assert!(tokens.refresh_token.is_some());
}
