//! The last byte over HTTP/2, seen from the other side.

use std::sync::Mutex;

use http::{HeaderMap, Response, StatusCode};
use tokio::net::TcpListener;
use xmp_core::SendGate;

use super::*;

const BODY: &[u8] = br#"{"text":"hello"}"#;

/// What the server has read of the one request it takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    body: Vec<u8>,
    /// The stream was ended, not cut off.
    ended: bool,
}

#[derive(Default)]
struct Gate {
    shut: bool,
    seen: Arc<Mutex<Seen>>,
    seen_when_asked: Mutex<Option<Seen>>,
}

impl SendGate for Gate {
    fn open(&self) -> Result<()> {
        *self.seen_when_asked.lock().unwrap() = Some(self.seen.lock().unwrap().clone());
        match self.shut {
            true => Err(Error::new(ErrorKind::Timeout, "gate.shut", "too late")),
            false => Ok(()),
        }
    }
}

/// Takes one request; ends when its stream has.
async fn serve(listener: TcpListener, seen: Arc<Mutex<Seen>>) {
    let (socket, _) = listener.accept().await.unwrap();
    let mut connection = h2::server::handshake(socket).await.unwrap();
    let (request, mut respond) = connection.accept().await.unwrap().unwrap();
    tokio::spawn(async move { while connection.accept().await.is_some() {} });
    let mut body = request.into_body();
    while let Some(chunk) = body.data().await {
        let Ok(chunk) = chunk else { return };
        body.flow_control().release_capacity(chunk.len()).unwrap();
        seen.lock().unwrap().body.extend_from_slice(&chunk);
    }
    seen.lock().unwrap().ended = true;
    respond.send_response(Response::builder().status(201).body(()).unwrap(), true).unwrap();
}

async fn exchange(body: &[u8], shut: bool) -> (Result<HttpResponse>, Seen, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/2/tweets", listener.local_addr().unwrap());
    let gate = Arc::new(Gate { shut, ..Gate::default() });
    let server = tokio::spawn(serve(listener, gate.seen.clone()));
    let client = builder(&TransportOptions::default()).unwrap().http2_prior_knowledge().build().unwrap();
    let request = HttpRequest {
        method: Method::POST,
        url,
        headers: HeaderMap::new(),
        body: RequestBody::Bytes(Bytes::copy_from_slice(body)),
        timeout: Duration::from_secs(20),
        max_response: 1024,
        gate: Some(gate.clone() as Arc<dyn SendGate>),
    };
    let result = ReqwestTransport { client }.send(request).await;
    server.await.unwrap();
    let (asked, seen) = (gate.seen_when_asked.lock().unwrap().take(), gate.seen.lock().unwrap().clone());
    (result, asked.unwrap(), seen)
}

#[tokio::test]
async fn behind_a_shut_gate_the_stream_never_ends() {
    // The second one is larger than the stream's first window.
    for body in [BODY.to_vec(), vec![b'x'; 200_000], vec![b'x']] {
        let (result, _, seen) = exchange(&body, true).await;
        let error = result.unwrap_err();
        assert_eq!((error.code(), error.certainty()), ("gate.shut", Some(Certainty::NotSent)));
        assert!(!seen.ended && seen.body.len() < body.len(), "{} of {}", seen.body.len(), body.len());
    }
}

#[tokio::test]
async fn an_open_gate_lets_the_last_byte_go() {
    for body in [BODY.to_vec(), vec![b'x'; 200_000], vec![b'x']] {
        let (result, asked, seen) = exchange(&body, false).await;
        assert_eq!(result.unwrap().status, StatusCode::CREATED);
        assert!(!asked.ended && asked.body.len() < body.len());
        assert_eq!(seen, Seen { body, ended: true });
    }
}
