//! Bluesky's own server, asked by plain HTTP past everything that xmp knows of it: what it says is what happened.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use xmp_client::transport::ReqwestTransport;
use xmp_core::{HttpRequest, HttpTransport, RequestBody};

use super::peer::Peer;

/// The collection that posts are in.
const POSTS: &str = "app.bsky.feed.post";

/// A running server.
pub struct Pds {
    peer: Peer,
    accounts: AtomicUsize,
}

/// An account of it.
#[derive(Clone, Debug)]
pub struct Owner {
    pub handle: String,
    pub did: String,
    /// What the owner logs in with; programs get `app_password`.
    pub password: String,
    pub app_password: String,
    /// A token of the owner's own, which may do everything.
    pub access: String,
}

impl Pds {
    /// The server that all tests of a program share; `None`, with a message, where it is not at hand.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Pds>> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(&["--account", "late.test:hunter22"])).as_ref()
    }

    /// The account whose name is `late.test` has an access token that has expired: its app password and that token.
    pub fn late(&self) -> (&str, &str) {
        (self.peer.text("/accounts/0/appPassword"), self.peer.text("/accounts/0/expiredAccess"))
    }

    /// A server with further arguments; `None`, with a message, where it is not at hand.
    pub fn start(arguments: &[&str]) -> Option<Self> {
        Some(Self { peer: Peer::bluesky(arguments)?, accounts: AtomicUsize::new(0) })
    }

    pub fn url(&self) -> &str {
        self.peer.text("/pds")
    }

    /// A new account, with an app password.
    pub async fn account(&self) -> Owner {
        let handle = format!("ada{}.test", self.accounts.fetch_add(1, Ordering::SeqCst));
        let password = "hunter22".to_owned();
        let email = format!("{}@example.com", handle.replace('.', "-"));
        let body = json!({ "handle": handle, "email": email, "password": password });
        let made = self.post("com.atproto.server.createAccount", "", &body).await;
        let text = |value: &Value, name: &str| value[name].as_str().unwrap().to_owned();
        let access = text(&made, "accessJwt");
        let app = self
            .post("com.atproto.server.createAppPassword", &bearer(&access), &json!({ "name": "xmp" }))
            .await;
        Owner { did: text(&made, "did"), app_password: text(&app, "password"), handle, password, access }
    }

    /// The live posts of an account, oldest first: address, CID and record of each.
    pub async fn records(&self, did: &str) -> Vec<Value> {
        let query =
            format!("com.atproto.repo.listRecords?repo={did}&collection={POSTS}&limit=100&reverse=true");
        self.get(&query).await["records"].as_array().unwrap().clone()
    }

    /// The record of the one post that an account has.
    pub async fn only_record(&self, did: &str) -> Value {
        let mut records = self.records(did).await;
        assert_eq!(records.len(), 1, "{records:?}");
        records.remove(0)["value"].take()
    }

    /// The bytes of a blob.
    pub async fn blob(&self, did: &str, cid: &str) -> Vec<u8> {
        let (status, bytes) =
            self.ask("GET", &format!("com.atproto.sync.getBlob?did={did}&cid={cid}"), "", None).await;
        assert_eq!(status, 200);
        bytes
    }

    /// Calls a method as an account's owner does, with the token that may do everything.
    pub async fn as_owner(&self, owner: &Owner, method: &str, body: Option<&Value>) -> Value {
        let (status, bytes) = self.ask("POST", method, &bearer(&owner.access), body).await;
        assert_eq!(status, 200, "{method}: {}", String::from_utf8_lossy(&bytes));
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    /// What the server's administrator is known by.
    pub fn admin_password(&self) -> &str {
        self.peer.text("/adminPassword")
    }

    pub async fn get(&self, method_and_query: &str) -> Value {
        let (status, bytes) = self.ask("GET", method_and_query, "", None).await;
        assert_eq!(status, 200, "{method_and_query}: {}", String::from_utf8_lossy(&bytes));
        serde_json::from_slice(&bytes).unwrap()
    }

    pub async fn post(&self, method: &str, authorization: &str, body: &Value) -> Value {
        let (status, bytes) = self.ask("POST", method, authorization, Some(body)).await;
        assert_eq!(status, 200, "{method}: {}", String::from_utf8_lossy(&bytes));
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    /// One request; its status and body. Each has a connection of its own: tests that share a server share no runtime.
    async fn ask(
        &self,
        verb: &str,
        method_and_query: &str,
        authorization: &str,
        body: Option<&Value>,
    ) -> (u16, Vec<u8>) {
        let mut request = HttpRequest {
            method: verb.parse().unwrap(),
            url: format!("{}/xrpc/{method_and_query}", self.url()),
            headers: Default::default(),
            body: RequestBody::Empty,
            timeout: Duration::from_secs(60),
            max_response: 16 * 1024 * 1024,
            gate: None,
        };
        if !authorization.is_empty() {
            request.headers.insert("authorization", authorization.parse().unwrap());
        }
        if let Some(body) = body {
            request.headers.insert("content-type", "application/json".parse().unwrap());
            request.body = RequestBody::Bytes(body.to_string().into());
        }
        let answer = ReqwestTransport::new().unwrap().send(request).await.unwrap();
        (answer.status.as_u16(), answer.body.to_vec())
    }
}

pub fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}
