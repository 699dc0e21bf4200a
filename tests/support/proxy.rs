//! A proxy between a client and a server, at which the request that matters goes wrong: real connections, really cut.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::io;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use xmp_core::{HttpRequest, HttpResponse, HttpTransport, Result};

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// It is received in full, and the connection is closed. The server hears nothing of it.
    Lost,
    /// The server acts and answers, and the connection is closed without one byte of the answer.
    AnswerLost,
    /// The server acts and answers, and nothing more happens until the client goes away.
    AnswerHeld,
}

/// A running proxy of one server; ended with this. It serves one request a connection.
pub struct Proxy {
    pub url: String,
    state: Arc<State>,
    accepting: JoinHandle<()>,
}

struct State {
    /// `127.0.0.1:PORT`.
    upstream: String,
    /// What the path of a request ends with that may meet a mishap.
    method: &'static str,
    next: Mutex<Option<Mishap>>,
    struck: Notify,
}

impl Proxy {
    /// A proxy of the server at this address of loopback, with an eye on the requests whose path ends so.
    pub async fn start(upstream: &str, method: &'static str) -> Self {
        let port = upstream.rsplit(':').next().unwrap();
        let state = State {
            upstream: format!("127.0.0.1:{port}"),
            method,
            next: Mutex::default(),
            struck: Notify::new(),
        };
        let state = Arc::new(state);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = state.clone();
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                // A client or server that goes away is what these tests are about.
                let state = shared.clone();
                tokio::spawn(async move { drop(state.serve(client).await) });
            }
        });
        Self { url, state, accepting }
    }

    /// The next request that matters goes wrong in this way.
    pub fn next(&self, mishap: Mishap) {
        *self.state.next.lock().unwrap() = Some(mishap);
    }

    /// Waits until one has: by then the server has acted and answered, if it ever will.
    pub async fn struck(&self) {
        self.state.struck.notified().await;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl State {
    async fn serve(&self, mut client: TcpStream) -> io::Result<()> {
        let request = read_request(&mut client).await?;
        let path = request.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
        let mishap = match path.ends_with(self.method.as_bytes()) {
            true => self.next.lock().unwrap().take(),
            false => None,
        };
        if mishap == Some(Mishap::Lost) {
            self.struck.notify_one();
            return Ok(());
        }
        let mut server = TcpStream::connect(&self.upstream).await?;
        server.write_all(&request).await?;
        let mut answer = Vec::new();
        server.read_to_end(&mut answer).await?;
        match mishap {
            None => client.write_all(&answer).await,
            Some(how) => {
                self.struck.notify_one();
                if how == Mishap::AnswerHeld {
                    client.read_to_end(&mut answer).await?;
                }
                Ok(())
            }
        }
    }
}

/// Reads one request in full. It is changed to ask for a connection that ends with the answer.
async fn read_request(client: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut request = Vec::new();
    let head = loop {
        if client.read_buf(&mut request).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(end) = request.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let length = content_length(&request[..head]);
    while request.len() < head + length {
        if client.read_buf(&mut request).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    request.splice(head - 2..head - 2, *b"connection: close\r\n");
    Ok(request)
}

fn content_length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let mut lengths = head.lines().filter_map(|line| line.strip_prefix("content-length:"));
    lengths.next().map_or(0, |length| length.trim().parse().unwrap())
}

/// Sends what is meant for one server to another address: a server that names itself would lead clients past a proxy.
pub struct Detour {
    pub inner: Arc<dyn HttpTransport>,
    pub from: String,
    pub to: String,
}

#[async_trait]
impl HttpTransport for Detour {
    async fn send(&self, mut request: HttpRequest) -> Result<HttpResponse> {
        if let Some(path) = request.url.strip_prefix(&self.from) {
            request.url = format!("{}{path}", self.to);
        }
        self.inner.send(request).await
    }
}
