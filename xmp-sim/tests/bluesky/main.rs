//! Bluesky over real HTTP: what is asked of each method, and what comes back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod faults;
mod limits;
mod media;
mod persistence;
mod posts;
mod reading;
mod sessions;
#[path = "../support/mod.rs"]
mod support;

use std::io;

use serde_json::{Value, json};
use support::{Answer, send};
use xmp_sim::{Sim, SimBuilder};

pub(crate) const POST: &str = "app.bsky.feed.post";
pub(crate) const PASSWORD: &str = "app-password-of-ada.test";

/// A simulator builder with the accounts `ada.test` and `bob.test`.
pub(crate) fn builder() -> SimBuilder {
    Sim::builder().account("bluesky:ada.test").account("bluesky:bob.test")
}

/// A simulator, and `ada.test` logged in.
pub(crate) async fn start() -> (Sim, Session) {
    let sim = builder().start().await.unwrap();
    let ada = Session::open(sim.url(), "ada.test", PASSWORD).await;
    (sim, ada)
}

/// One logged-in account.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) base: String,
    pub(crate) did: String,
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl Session {
    pub(crate) async fn open(base: &str, handle: &str, password: &str) -> Self {
        let answer = log_in(base, handle, password).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        Self::of(base, &answer)
    }

    pub(crate) fn of(base: &str, answer: &Answer) -> Self {
        let text = |name: &str| answer.json()[name].as_str().unwrap().to_owned();
        Self {
            base: base.to_owned(),
            did: text("did"),
            access: text("accessJwt"),
            refresh: text("refreshJwt"),
        }
    }

    pub(crate) async fn get(&self, method_and_query: &str) -> Answer {
        let url = format!("{}/xrpc/{method_and_query}", self.base);
        send("GET", &url, &[("authorization", &bearer(&self.access))], b"").await.unwrap()
    }

    pub(crate) async fn try_call(&self, method: &str, body: &Value) -> io::Result<Answer> {
        let bearer = bearer(&self.access);
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        let url = format!("{}/xrpc/{method}", self.base);
        send("POST", &url, &headers, body.to_string().as_bytes()).await
    }

    pub(crate) async fn call(&self, method: &str, body: &Value) -> Answer {
        self.try_call(method, body).await.unwrap()
    }

    /// Calls a session method with the refresh token.
    pub(crate) async fn with_refresh(&self, method: &str) -> Answer {
        let url = format!("{}/xrpc/com.atproto.server.{method}", self.base);
        send("POST", &url, &[("authorization", &bearer(&self.refresh))], b"").await.unwrap()
    }

    pub(crate) fn write(&self, rkey: &str, record: &Value) -> Value {
        json!({ "repo": self.did, "collection": POST, "rkey": rkey, "record": record })
    }

    pub(crate) async fn put(&self, rkey: &str, record: &Value) -> Answer {
        self.call("com.atproto.repo.putRecord", &self.write(rkey, record)).await
    }

    /// Publishes a text under a key, and answers the URI.
    pub(crate) async fn publish(&self, rkey: &str, text: &str) -> String {
        let answer = self.put(rkey, &post(text)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["uri"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn upload(&self, media_type: &str, bytes: &[u8]) -> Answer {
        let bearer = bearer(&self.access);
        let headers = [("authorization", bearer.as_str()), ("content-type", media_type)];
        send("POST", &format!("{}/xrpc/com.atproto.repo.uploadBlob", self.base), &headers, bytes)
            .await
            .unwrap()
    }
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

pub(crate) async fn log_in(base: &str, identifier: &str, password: &str) -> Answer {
    let body = json!({ "identifier": identifier, "password": password }).to_string();
    let url = format!("{base}/xrpc/com.atproto.server.createSession");
    send("POST", &url, &[("content-type", "application/json")], body.as_bytes()).await.unwrap()
}

pub(crate) fn post(text: &str) -> Value {
    json!({ "text": text, "createdAt": "2026-01-01T00:00:00.000Z" })
}

/// The n-th record key, in order.
pub(crate) fn key(n: u8) -> String {
    format!("3laaaaaaaaaa{}", char::from(b'a' + n))
}

/// Status, error word and message.
pub(crate) fn refusal(answer: &Answer) -> (u16, String, String) {
    let text = |name: &str| answer.json()[name].as_str().unwrap().to_owned();
    (answer.status, text("error"), text("message"))
}

pub(crate) fn word(answer: &Answer) -> (u16, String) {
    let (status, error, _) = refusal(answer);
    (status, error)
}
