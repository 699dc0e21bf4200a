use std::time::Duration;

use serde_json::json;
use url::Url;

use crate::support::{Answer, CLIENT, REDIRECT, SECRET, VERIFIER, challenge, form, query, send};
use crate::{User, builder, refusal, refused, start};

fn authorize_url(base: &str, client: &str, scope: &str) -> String {
    let mut url = Url::parse(&format!("{base}/oauth/authorize")).unwrap();
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", client)
        .append_pair("redirect_uri", REDIRECT)
        .append_pair("scope", scope)
        .append_pair("state", "st")
        .append_pair("code_challenge", &challenge(VERIFIER))
        .append_pair("code_challenge_method", "S256");
    url.into()
}

async fn exchange(base: &str, (client, secret): (&str, &str), code: &str, verifier: &str) -> Answer {
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", client),
        ("client_secret", secret),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", verifier),
    ];
    form(&format!("{base}/oauth/token"), None, &fields).await.unwrap()
}

#[tokio::test]
async fn an_app_registers_itself_and_connects_an_account() {
    let (sim, _) = start().await;
    let body =
        json!({ "client_name": "My app", "redirect_uris": [REDIRECT], "scopes": "read write:statuses" });
    let url = format!("{}/api/v1/apps", sim.url());
    let headers = [("content-type", "application/json")];
    let app = send("POST", &url, &headers, body.to_string().as_bytes()).await.unwrap().json();
    assert_eq!((app["name"].as_str(), app["redirect_uri"].as_str()), (Some("My app"), Some(REDIRECT)));
    let (client, secret) = (app["client_id"].as_str().unwrap(), app["client_secret"].as_str().unwrap());

    let url = authorize_url(sim.url(), client, "read write:statuses");
    let back = sim.consent_url_approve(&url, "mastodon:ada").await.unwrap();
    assert_eq!(query(&back, "state").as_deref(), Some("st"));
    let code = query(&back, "code").unwrap();
    let tokens = exchange(sim.url(), (client, secret), &code, VERIFIER).await.json();
    assert_eq!(
        (tokens["token_type"].as_str(), tokens["scope"].as_str()),
        (Some("Bearer"), Some("read write:statuses"))
    );
    assert!(tokens.get("expires_in").is_none() && tokens.get("refresh_token").is_none());
    let user = User {
        base: sim.url().to_owned(),
        id: String::new(),
        token: tokens["access_token"].as_str().unwrap().to_owned(),
    };
    sim.clock().advance(Duration::from_secs(400 * 86_400));
    let me = user.get("/api/v1/accounts/verify_credentials").await.json();
    assert_eq!(
        (me["username"].as_str(), me["id"].as_str()),
        (Some("ada"), sim.account_id("mastodon:ada").as_deref())
    );
    user.publish("hi").await;
    assert_eq!(sim.ledger()[0].client_id.as_deref(), Some(client));
    let unasked = user.upload(b"x", None).await;
    assert_eq!(refusal(&unasked), refused(403, "This action is outside the authorized scopes"));
}

#[tokio::test]
async fn codes_are_proven_and_used_once() {
    let (sim, _) = start().await;
    let url = authorize_url(sim.url(), CLIENT, "read");
    let code = query(&sim.consent_url_approve(&url, "ada").await.unwrap(), "code").unwrap();
    let invalid = |answer: &Answer| assert_eq!(refusal(answer), refused(400, "invalid_grant"), "{answer:?}");
    invalid(&exchange(sim.url(), (CLIENT, SECRET), &code, "another verifier").await);
    let wrong = exchange(sim.url(), (CLIENT, "wrong"), &code, VERIFIER).await;
    assert_eq!(refusal(&wrong), refused(401, "invalid_client"));
    assert_eq!(exchange(sim.url(), (CLIENT, SECRET), &code, VERIFIER).await.status, 200);
    invalid(&exchange(sim.url(), (CLIENT, SECRET), &code, VERIFIER).await);
    let late = query(&sim.consent_url_approve(&url, "ada").await.unwrap(), "code").unwrap();
    sim.clock().advance(Duration::from_secs(600));
    invalid(&exchange(sim.url(), (CLIENT, SECRET), &late, VERIFIER).await);
}

#[tokio::test]
async fn consent_is_refused_where_it_must_be() {
    let (sim, _) = start().await;
    let url = authorize_url(sim.url(), CLIENT, "read");
    let denied = send("GET", &format!("{url}&xmp_sim_deny=1"), &[], b"").await.unwrap();
    assert_eq!(query(denied.header("location").unwrap(), "error").as_deref(), Some("access_denied"));
    let unknown = send("GET", &authorize_url(sim.url(), CLIENT, "gossip"), &[], b"").await.unwrap();
    assert_eq!(query(unknown.header("location").unwrap(), "error").as_deref(), Some("invalid_scope"));
    let plain = send("GET", &url.replace("S256", "plain"), &[], b"").await.unwrap();
    let error = query(plain.header("location").unwrap(), "error");
    assert_eq!(error.as_deref(), Some("invalid_code_challenge_method"));
    assert_eq!(send("GET", &url.replace(CLIENT, "nobody"), &[], b"").await.unwrap().status, 400);
    let page = send("GET", &url, &[], b"").await.unwrap();
    assert!(String::from_utf8(page.body).unwrap().contains("@bob"), "a human may choose");
}

#[tokio::test]
async fn a_revoked_token_is_told_so() {
    let (sim, ada) = start().await;
    let revoke = |secret: &'static str, token: String| {
        let url = format!("{}/oauth/revoke", sim.url());
        async move {
            let fields = [("client_id", CLIENT), ("client_secret", secret), ("token", &token)];
            form(&url, None, &fields).await.unwrap()
        }
    };
    assert_eq!(refusal(&revoke("wrong", ada.token.clone()).await), refused(403, "unauthorized_client"));
    assert_eq!(revoke(SECRET, ada.token.clone()).await.status, 200);
    assert_eq!(revoke(SECRET, "unknown".to_owned()).await.status, 200);
    let me = ada.get("/api/v1/accounts/verify_credentials").await;
    assert_eq!(refusal(&me), refused(401, "The access token was revoked"));
    let nobody = User { token: "unknown".to_owned(), ..ada };
    let me = nobody.get("/api/v1/accounts/verify_credentials").await;
    assert_eq!(refusal(&me), refused(401, "The access token is invalid"));
}

#[tokio::test]
async fn tokens_without_consent_need_an_app_an_account_and_real_scopes() {
    let sim = builder().start().await.unwrap();
    assert!(sim.issue_tokens("nobody", "mastodon:ada", &["read"]).is_err());
    assert!(sim.issue_tokens(CLIENT, "mastodon:nobody", &["read"]).is_err());
    assert!(sim.issue_tokens(CLIENT, "mastodon:ada", &["tweet.read"]).is_err());
}
