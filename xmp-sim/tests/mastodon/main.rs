//! Mastodon over real HTTP: what is asked of each method, and what comes back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod faults;
mod limits;
mod media;
mod oauth;
mod persistence;
mod posts;
#[path = "../support/mod.rs"]
mod support;
mod timeline;

use std::io;

use serde_json::{Value, json};
use support::{Answer, CLIENT, REDIRECT, SECRET, send};
use xmp_sim::{Sim, SimBuilder};

/// A simulator builder with one confidential app and the accounts `ada` and `bob`.
pub(crate) fn builder() -> SimBuilder {
    Sim::builder().client(CLIENT, Some(SECRET), &[REDIRECT]).account("mastodon:ada").account("mastodon:bob")
}

/// A simulator, and `ada` connected.
pub(crate) async fn start() -> (Sim, User) {
    let sim = builder().start().await.unwrap();
    let ada = User::connect(&sim, "ada");
    (sim, ada)
}

/// One user of the API, with a token for everything.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) base: String,
    pub(crate) id: String,
    pub(crate) token: String,
}

impl User {
    pub(crate) fn connect(sim: &Sim, handle: &str) -> Self {
        Self::with_scopes(sim, handle, &["read", "write"])
    }

    pub(crate) fn with_scopes(sim: &Sim, handle: &str, scopes: &[&str]) -> Self {
        let handle = format!("mastodon:{handle}");
        let tokens = sim.issue_tokens(CLIENT, &handle, scopes).unwrap();
        Self { base: sim.url().to_owned(), id: sim.account_id(&handle).unwrap(), token: tokens.access_token }
    }

    pub(crate) async fn try_call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Answer> {
        let bearer = format!("Bearer {}", self.token);
        let headers = [&[("authorization", bearer.as_str())], headers].concat();
        send(method, &format!("{}{path}", self.base), &headers, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.try_call("GET", path, &[], b"").await.unwrap()
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.try_call("DELETE", path, &[], b"").await.unwrap()
    }

    pub(crate) async fn try_post(&self, body: &Value) -> io::Result<Answer> {
        let json = [("content-type", "application/json")];
        self.try_call("POST", "/api/v1/statuses", &json, body.to_string().as_bytes()).await
    }

    pub(crate) async fn post(&self, body: &Value) -> Answer {
        self.try_post(body).await.unwrap()
    }

    /// Posts under an idempotency key.
    pub(crate) async fn post_keyed(&self, key: &str, text: &str) -> Answer {
        let headers = [("content-type", "application/json"), ("idempotency-key", key)];
        let body = json!({ "status": text }).to_string();
        self.try_call("POST", "/api/v1/statuses", &headers, body.as_bytes()).await.unwrap()
    }

    /// Publishes a text and answers the id.
    pub(crate) async fn publish(&self, text: &str) -> String {
        let answer = self.post(&json!({ "status": text })).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        id(&answer)
    }

    pub(crate) async fn upload(&self, bytes: &[u8], description: Option<&str>) -> Answer {
        let mut body = b"--xyz\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a\"\r\n\
            content-type: application/octet-stream\r\n\r\n"
            .to_vec();
        body.extend_from_slice(bytes);
        if let Some(description) = description {
            let head = "\r\n--xyz\r\ncontent-disposition: form-data; name=\"description\"\r\n\r\n";
            body.extend_from_slice(format!("{head}{description}").as_bytes());
        }
        body.extend_from_slice(b"\r\n--xyz--\r\n");
        let headers = [("content-type", "multipart/form-data; boundary=xyz")];
        self.try_call("POST", "/api/v2/media", &headers, &body).await.unwrap()
    }
}

pub(crate) fn id(answer: &Answer) -> String {
    answer.json()["id"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned()
}

/// Status and error.
pub(crate) fn refusal(answer: &Answer) -> (u16, String) {
    (answer.status, answer.json()["error"].as_str().unwrap().to_owned())
}

pub(crate) fn refused(status: u16, error: &str) -> (u16, String) {
    (status, error.to_owned())
}
