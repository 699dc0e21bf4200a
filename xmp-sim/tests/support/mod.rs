//! A raw HTTP client and the usual first steps, shared by the tests.
#![allow(dead_code, reason = "each test file uses its part of this module")]

use std::io;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;
use xmp_sim::{Sim, SimBuilder};

pub(crate) const CLIENT: &str = "app";
pub(crate) const SECRET: &str = "hush";
pub(crate) const REDIRECT: &str = "http://127.0.0.1/callback";
pub(crate) const ALL_SCOPES: &str = "tweet.read tweet.write users.read media.write offline.access";
pub(crate) const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-12345";

/// What came back, down to the bytes.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether all the announced bytes arrived.
    pub(crate) fn is_whole(&self) -> bool {
        self.header("content-length").is_none_or(|length| length.parse() == Ok(self.body.len()))
    }
}

/// One request on a connection of its own, read until the server closes. An error if no answer came at all.
pub(crate) async fn send(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<Answer> {
    let mut stream = send_only(method, url, headers, body).await?;
    let mut bytes = Vec::new();
    let read = stream.read_to_end(&mut bytes).await;
    if bytes.is_empty() {
        return Err(read.err().unwrap_or_else(|| io::ErrorKind::UnexpectedEof.into()));
    }
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a whole head");
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.into()));
    Ok(Answer { status, headers: headers.collect(), body: bytes[end + 4..].to_vec() })
}

/// Sends a request in full and leaves the connection to the caller.
pub(crate) async fn send_only(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<TcpStream> {
    let url = Url::parse(url).unwrap();
    let host = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let mut stream = TcpStream::connect(&host).await?;
    let length = body.len();
    let mut head = format!(
        "{method} {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {length}\r\n"
    );
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    // A server may answer and hang up before it has read everything: then the answer still counts.
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(body).await;
    Ok(stream)
}

/// A simulator builder with one confidential app and the account `ada`.
pub(crate) fn builder() -> SimBuilder {
    Sim::builder()
        .client(CLIENT, Some(SECRET), &[REDIRECT])
        .client("public-app", None, &[REDIRECT])
        .account("ada")
}

pub(crate) fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

pub(crate) fn authorize_url(base: &str, client: &str, scope: &str) -> String {
    let mut url = Url::parse(&format!("{base}/i/oauth2/authorize")).unwrap();
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

pub(crate) fn query(url: &str, name: &str) -> Option<String> {
    Url::parse(url).unwrap().query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

pub(crate) fn basic() -> String {
    format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{SECRET}")))
}

pub(crate) async fn form(
    url: &str,
    authorization: Option<&str>,
    fields: &[(&str, &str)],
) -> io::Result<Answer> {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let mut headers = vec![("content-type", "application/x-www-form-urlencoded")];
    headers.extend(authorization.map(|value| ("authorization", value)));
    send("POST", url, &headers, body.as_bytes()).await
}

/// A fresh authorization code for `handle`.
pub(crate) async fn code(sim: &Sim, handle: &str, scope: &str) -> String {
    let location = sim.consent_url_approve(&authorize_url(sim.url(), CLIENT, scope), handle).await.unwrap();
    assert_eq!(query(&location, "state").as_deref(), Some("st"));
    query(&location, "code").unwrap()
}

pub(crate) async fn exchange(base: &str, code: &str, verifier: &str) -> Answer {
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", verifier),
    ];
    form(&format!("{base}/2/oauth2/token"), Some(&basic()), &fields).await.unwrap()
}

pub(crate) async fn refresh(base: &str, token: &str) -> Answer {
    let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
    form(&format!("{base}/2/oauth2/token"), Some(&basic()), &fields).await.unwrap()
}

/// One user of the API, with a token.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) base: String,
    pub(crate) id: String,
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl User {
    pub(crate) async fn connect(sim: &Sim, handle: &str, scope: &str) -> Self {
        let tokens = exchange(sim.url(), &code(sim, handle, scope).await, VERIFIER).await;
        assert_eq!(tokens.status, 200, "{tokens:?}");
        let text = |name: &str| tokens.json()[name].as_str().unwrap_or_default().to_owned();
        Self {
            base: sim.url().to_owned(),
            id: sim.account_id(handle).unwrap(),
            access: text("access_token"),
            refresh: text("refresh_token"),
        }
    }

    pub(crate) async fn try_call(
        &self,
        method: &str,
        path: &str,
        kind: &str,
        body: &[u8],
    ) -> io::Result<Answer> {
        let bearer = format!("Bearer {}", self.access);
        let headers = [("authorization", bearer.as_str()), ("content-type", kind)];
        send(method, &format!("{}{path}", self.base), &headers, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.try_call("GET", path, "application/json", b"").await.unwrap()
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.try_call("DELETE", path, "application/json", b"").await.unwrap()
    }

    pub(crate) async fn try_post(&self, path: &str, body: &Value) -> io::Result<Answer> {
        self.try_call("POST", path, "application/json", body.to_string().as_bytes()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.try_post(path, body).await.unwrap()
    }

    pub(crate) async fn tweet(&self, text: &str) -> Answer {
        self.post("/2/tweets", &json!({ "text": text })).await
    }

    /// Publishes and answers the id.
    pub(crate) async fn publish(&self, text: &str) -> String {
        let answer = self.tweet(text).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.json()["data"]["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn multipart(&self, path: &str, parts: &[(&str, &[u8])]) -> Answer {
        let mut body = Vec::new();
        for (name, bytes) in parts {
            let file = if *name == "media" { "; filename=\"blob\"" } else { "" };
            body.extend_from_slice(
                format!("--xyz\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n").as_bytes(),
            );
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--xyz--\r\n");
        self.try_call("POST", path, "multipart/form-data; boundary=xyz", &body).await.unwrap()
    }
}

/// A PNG head of 16 by 8 pixels, then filling up to `length` bytes.
pub(crate) fn png(length: usize) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x08".to_vec();
    bytes.resize(length.max(bytes.len()), 7);
    bytes
}

pub(crate) fn mp4() -> Vec<u8> {
    b"\0\0\0\x18ftypisom and then a film".to_vec()
}

/// The `detail` of a problem.
pub(crate) fn detail(answer: &Answer) -> String {
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{answer:?}");
    assert_eq!(answer.json()["status"], answer.status);
    answer.json()["detail"].as_str().unwrap().to_owned()
}
