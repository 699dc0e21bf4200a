//! Consent, codes, tokens, scopes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::time::Duration;

use support::*;
use xmp_sim::Sim;

#[tokio::test]
async fn a_human_consents_over_plain_http() {
    let sim = builder().start().await.unwrap();
    let url = authorize_url(sim.url(), CLIENT, ALL_SCOPES);
    let page = send("GET", &url, &[], b"").await.unwrap();
    assert_eq!(page.status, 200);
    assert!(String::from_utf8(page.body).unwrap().contains("@ada"));

    let redirect = send("GET", &format!("{url}&xmp_sim_login=ada"), &[], b"").await.unwrap();
    assert_eq!(redirect.status, 302);
    let location = redirect.header("location").unwrap();
    assert!(location.starts_with(REDIRECT));
    assert_eq!(query(location, "state").as_deref(), Some("st"));
    let tokens = exchange(sim.url(), &query(location, "code").unwrap(), VERIFIER).await.json();
    assert_eq!(tokens["token_type"], "bearer");
    assert_eq!(tokens["expires_in"], 7200);
    assert!(tokens["refresh_token"].is_string());

    let denied = send("GET", &format!("{url}&xmp_sim_deny=1"), &[], b"").await.unwrap();
    assert_eq!(query(denied.header("location").unwrap(), "error").as_deref(), Some("access_denied"));
}

#[tokio::test]
async fn the_authorize_request_is_checked() {
    let sim = builder().start().await.unwrap();
    let good = authorize_url(sim.url(), CLIENT, ALL_SCOPES);
    for (from, to, error) in [
        ("S256", "plain", "invalid_request"),
        ("state=st", "state=", "invalid_request"),
        ("response_type=code", "response_type=token", "unsupported_response_type"),
        ("tweet.write", "tweet.conjure", "invalid_scope"),
    ] {
        let bad = format!("{}&xmp_sim_login=ada", good.replace(from, to));
        let answer = send("GET", &bad, &[], b"").await.unwrap();
        let location = answer.header("location").unwrap_or_else(|| panic!("{answer:?}"));
        assert_eq!(query(location, "error").as_deref(), Some(error), "{to}");
        assert_eq!(query(location, "code"), None);
    }
    for (from, to) in [
        ("client_id=app", "client_id=nobody"),
        ("callback", "elsewhere"),
        ("127.0.0.1%2F", "evil.example%2F"),
    ] {
        let answer = send("GET", &good.replace(from, to), &[], b"").await.unwrap();
        assert_eq!((answer.status, answer.header("location")), (400, None), "never redirects there: {to}");
    }
    let other_port = good.replace("127.0.0.1%2Fcallback", "127.0.0.1%3A5123%2Fcallback");
    assert!(
        sim.consent_url_approve(&other_port, "ada")
            .await
            .unwrap()
            .starts_with("http://127.0.0.1:5123/callback?")
    );
}

#[tokio::test]
async fn pkce_is_verified_and_a_code_works_once() {
    let sim = builder().start().await.unwrap();
    let code = code(&sim, "ada", ALL_SCOPES).await;
    let wrong = exchange(sim.url(), &code, "another-verifier-of-at-least-forty-three-characters").await;
    assert_eq!((wrong.status, wrong.json()["error"].clone()), (400, "invalid_grant".into()));

    let tokens = exchange(sim.url(), &code, VERIFIER).await;
    assert_eq!(tokens.status, 200);
    let access = tokens.json()["access_token"].as_str().unwrap().to_owned();
    let user = User { base: sim.url().into(), id: String::new(), access, refresh: String::new() };
    assert_eq!(user.get("/2/users/me").await.status, 200);

    let again = exchange(sim.url(), &code, VERIFIER).await;
    assert_eq!((again.status, again.json()["error"].clone()), (400, "invalid_grant".into()));
    assert_eq!(user.get("/2/users/me").await.status, 401, "what the first use brought is revoked");
}

#[tokio::test]
async fn codes_and_access_tokens_expire_by_the_simulated_clock() {
    let sim = builder().access_token_ttl(Duration::from_secs(100)).start().await.unwrap();
    let late = code(&sim, "ada", ALL_SCOPES).await;
    sim.clock().advance(Duration::from_secs(31));
    assert_eq!(exchange(sim.url(), &late, VERIFIER).await.json()["error"], "invalid_grant");

    let user = User::connect(&sim, "ada", ALL_SCOPES).await;
    assert_eq!(user.get("/2/users/me").await.status, 200);
    sim.clock().advance(Duration::from_secs(101));
    let expired = user.get("/2/users/me").await;
    assert_eq!((expired.status, detail(&expired)), (401, "Unauthorized".to_owned()));
    let renewed = refresh(sim.url(), &user.refresh).await;
    assert_eq!(renewed.json()["expires_in"], 100);
}

#[tokio::test]
async fn refresh_tokens_rotate_and_work_once() {
    let sim = builder().start().await.unwrap();
    let user = User::connect(&sim, "ada", ALL_SCOPES).await;
    let second = refresh(sim.url(), &user.refresh).await;
    assert_eq!(second.status, 200);
    let successor = second.json()["refresh_token"].as_str().unwrap().to_owned();
    assert_ne!(successor, user.refresh);

    let burnt = refresh(sim.url(), &user.refresh).await;
    assert_eq!(burnt.status, 400);
    assert_eq!(burnt.json()["error"], "invalid_request");
    assert_eq!(burnt.json()["error_description"], "Value passed for the token was invalid.");
    assert_eq!(refresh(sim.url(), &successor).await.status, 200, "the successor is not harmed");

    let online = User::connect(&sim, "ada", "tweet.read users.read").await;
    assert_eq!(online.refresh, "", "no offline.access, no refresh token");
}

#[tokio::test]
async fn clients_prove_who_they_are() {
    let sim = builder().start().await.unwrap();
    let url = format!("{}/2/oauth2/token", sim.url());
    let code = code(&sim, "ada", ALL_SCOPES).await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
        ("client_id", CLIENT),
    ];
    let unproven = form(&url, None, &fields).await.unwrap();
    assert_eq!((unproven.status, unproven.json()["error"].clone()), (401, "unauthorized_client".into()));

    let authorize = authorize_url(sim.url(), "public-app", ALL_SCOPES);
    let location = sim.consent_url_approve(&authorize, "ada").await.unwrap();
    let public_code = query(&location, "code").unwrap();
    let mut public = fields;
    public[1].1 = &public_code;
    assert_eq!(form(&url, Some(&basic()), &public).await.unwrap().status, 400, "another app's code");
    public[4].1 = "public-app";
    assert_eq!(form(&url, None, &public).await.unwrap().status, 200);
}

#[tokio::test]
async fn revoked_tokens_are_dead() {
    let sim = builder().start().await.unwrap();
    let user = User::connect(&sim, "ada", ALL_SCOPES).await;
    let url = format!("{}/2/oauth2/revoke", sim.url());
    let answer = form(&url, Some(&basic()), &[("token", &user.access)]).await.unwrap();
    assert_eq!(answer.json()["revoked"], true);
    assert_eq!(user.get("/2/users/me").await.status, 401);
    assert_eq!(refresh(sim.url(), &user.refresh).await.status, 200, "an access token goes alone");

    let user = User::connect(&sim, "ada", ALL_SCOPES).await;
    form(&url, Some(&basic()), &[("token", &user.refresh)]).await.unwrap();
    assert_eq!(user.get("/2/users/me").await.status, 401, "a refresh token takes its grant along");
    assert_eq!(refresh(sim.url(), &user.refresh).await.status, 400);
}

#[tokio::test]
async fn every_operation_asks_for_its_scopes() {
    let sim = builder().start().await.unwrap();
    let reader = User::connect(&sim, "ada", "tweet.read users.read").await;
    assert_eq!(reader.get("/2/users/me").await.status, 200);
    let refused = reader.tweet("no").await;
    assert_eq!((refused.status, detail(&refused)), (403, "Forbidden".to_owned()));
    assert_eq!(refused.json()["type"], "about:blank");
    let media =
        reader.multipart("/2/media/upload", &[("media", &png(40)), ("media_category", b"tweet_image")]).await;
    assert_eq!(media.status, 403);
    assert!(sim.ledger().is_empty());

    let writer = User::connect(&sim, "ada", "tweet.write users.read").await;
    assert_eq!(writer.tweet("no").await.status, 403, "writing needs tweet.read too");
}

#[tokio::test]
async fn the_log_keeps_no_secrets() {
    let sim = builder().start().await.unwrap();
    let user = User::connect(&sim, "ada", ALL_SCOPES).await;
    refresh(sim.url(), &user.refresh).await;
    user.tweet("hello").await;
    let log = format!("{:?}", sim.requests());
    for secret in [user.access.as_str(), user.refresh.as_str(), &basic()[6..], VERIFIER] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
    assert!(log.contains("Bearer REDACTED") && log.contains("hello"));
}

#[tokio::test]
async fn handles_that_x_would_not_have_are_refused() {
    let error = Sim::builder().account("no spaces").start().await.unwrap_err();
    assert!(error.to_string().contains("no spaces"), "{error}");
}
