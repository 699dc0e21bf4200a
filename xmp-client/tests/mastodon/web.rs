//! A server past the platform, and what the owner of an account does in a browser.

use std::time::Duration;

use http::{HeaderMap, Method, header};
use serde_json::{Value, json};
use url::form_urlencoded;
use xmp_client::transport::ReqwestTransport;
use xmp_core::{HttpRequest, HttpResponse, HttpTransport, RequestBody, Secret};

use crate::connected::REDIRECT;
use crate::peer::Peer;

/// GoToSocial with `ada`, and her token; `None`, with a message, where it is not at hand.
pub(crate) async fn gotosocial() -> Option<(Peer, Secret)> {
    let peer = Peer::gotosocial(&["--account", "ada"])?;
    let server = Server { url: peer.text("/url").to_owned(), token: Secret::new("") };
    let app = json!({ "client_name": "xmp", "redirect_uris": REDIRECT, "scopes": "read write" });
    let app = server.ask(Method::POST, "/api/v1/apps", Some(("application/json", app.to_string()))).await;
    let app: Value = serde_json::from_slice(&app.body).unwrap();
    let owner = |name: &str| peer.text(&format!("/accounts/0/{name}")).to_owned();
    let token = sign_in(&server, &app, &owner("email"), &owner("password")).await;
    Some((peer, token))
}

/// What the owner of an account does in a browser, and the app after it.
async fn sign_in(server: &Server, app: &Value, email: &str, password: &str) -> Secret {
    let form = |fields: &[(&str, &str)]| {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        Some(("application/x-www-form-urlencoded", body))
    };
    let client = app["client_id"].as_str().unwrap();
    let asked = [
        ("client_id", client),
        ("redirect_uri", REDIRECT),
        ("response_type", "code"),
        ("scope", "read write"),
    ];
    let asked = form(&asked).unwrap().1;
    let begun = server.browse(Method::GET, &format!("/oauth/authorize?{asked}"), None, "").await;
    let inside = server.browse(
        Method::POST,
        "/auth/sign_in",
        form(&[("username", email), ("password", password)]),
        &begun.cookie,
    );
    let inside = inside.await;
    let cookie = if inside.cookie.is_empty() { begun.cookie } else { inside.cookie };
    server.browse(Method::GET, "/oauth/authorize", None, &cookie).await;
    let back = server.browse(Method::POST, "/oauth/authorize", form(&[]), &cookie).await.location;
    let back = url::Url::parse(&back).unwrap();
    let (_, code) = back.query_pairs().find(|(name, _)| name == "code").unwrap();
    let secret = app["client_secret"].as_str().unwrap();
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &*code),
        ("redirect_uri", REDIRECT),
        ("client_id", client),
        ("client_secret", secret),
    ];
    let bought = server.ask(Method::POST, "/oauth/token", form(&fields)).await;
    let bought: Value = serde_json::from_slice(&bought.body).unwrap();
    Secret::new(bought["access_token"].as_str().unwrap())
}

/// The server itself, past the platform.
pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) token: Secret,
}

/// Where a browser is sent to, and what it has to say there.
struct Sent {
    location: String,
    cookie: String,
}

impl Server {
    pub(crate) async fn ask(&self, method: Method, path: &str, body: Option<(&str, String)>) -> HttpResponse {
        self.send(method, path, body, "").await
    }

    async fn browse(&self, method: Method, path: &str, body: Option<(&str, String)>, cookie: &str) -> Sent {
        let answer = self.send(method, path, body, cookie).await;
        let text = |name| answer.headers.get(name).map_or("", |value| value.to_str().unwrap());
        let cookie = text(header::SET_COOKIE).split(';').next().unwrap_or_default();
        Sent { location: text(header::LOCATION).to_owned(), cookie: cookie.to_owned() }
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<(&str, String)>,
        cookie: &str,
    ) -> HttpResponse {
        let mut headers = HeaderMap::new();
        if !self.token.is_empty() {
            headers.insert(header::AUTHORIZATION, format!("Bearer {}", self.token.expose()).parse().unwrap());
        }
        if !cookie.is_empty() {
            headers.insert(header::COOKIE, cookie.parse().unwrap());
        }
        let body = body.map_or(RequestBody::Empty, |(kind, body)| {
            headers.insert(header::CONTENT_TYPE, kind.parse().unwrap());
            RequestBody::Bytes(body.into())
        });
        let request = HttpRequest {
            method,
            url: format!("{}{path}", self.url),
            headers,
            body,
            timeout: Duration::from_secs(30),
            max_response: 1 << 20,
            gate: None,
        };
        ReqwestTransport::new().unwrap().send(request).await.unwrap()
    }

    pub(crate) async fn read(&self, path: &str) -> Value {
        serde_json::from_slice(&self.ask(Method::GET, path, None).await.body).unwrap()
    }
}
