//! The last byte, seen from the other side of a real socket.
#![allow(clippy::unwrap_used, clippy::panic, clippy::unimplemented, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use xmp_client::transport::ReqwestTransport;
use xmp_core::{
    Certainty, Error, ErrorKind, HttpRequest, HttpResponse, HttpTransport, MultipartField, RequestBody,
    Result, SendGate,
};

const BODY: &str = r#"{"text":"hello"}"#;

#[derive(Default)]
struct Gate {
    shut: bool,
    asked: AtomicBool,
    /// What the server had when the gate was asked.
    seen: Arc<Mutex<Vec<u8>>>,
    seen_when_asked: Mutex<Vec<u8>>,
}

impl SendGate for Gate {
    fn open(&self) -> Result<()> {
        self.asked.store(true, Ordering::SeqCst);
        // The server's task needs a moment to read what was flushed: the gate itself may block here, since the
        // connection runs on another thread than the server.
        for _ in 0..2_000_000 {
            if self.seen.lock().unwrap().ends_with(&BODY.as_bytes()[..BODY.len() - 1]) {
                break;
            }
            std::thread::yield_now();
        }
        *self.seen_when_asked.lock().unwrap() = self.seen.lock().unwrap().clone();
        match self.shut {
            true => Err(Error::new(ErrorKind::Timeout, "gate.shut", "too late")),
            false => Ok(()),
        }
    }
}

fn request(url: String, body: RequestBody, gate: Option<Arc<dyn SendGate>>) -> HttpRequest {
    HttpRequest {
        method: Method::POST,
        url,
        headers: HeaderMap::new(),
        body,
        timeout: Duration::from_secs(20),
        max_response: 1024,
        gate,
    }
}

fn text() -> RequestBody {
    RequestBody::Bytes(Bytes::from_static(BODY.as_bytes()))
}

/// What the server does with the one connection it takes.
#[derive(Clone, Copy)]
enum Act {
    /// Reads everything, answers this.
    Answer(&'static str),
    /// Reads until the other side is gone or nothing more can come.
    Listen,
    /// Closes as soon as it has read the head.
    CutEarly,
    /// Closes when it has read the whole request.
    CutLate,
}

/// A server for one connection; what it read is in the second value.
async fn server(act: Act) -> (String, Arc<Mutex<Vec<u8>>>, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/2/tweets?code=s3cr3t", listener.local_addr().unwrap());
    let seen: Arc<Mutex<Vec<u8>>> = Arc::default();
    let task = tokio::spawn(serve(listener, act, seen.clone()));
    (url, seen, task)
}

async fn serve(listener: TcpListener, act: Act, seen: Arc<Mutex<Vec<u8>>>) {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(count) => seen.lock().unwrap().extend_from_slice(&buffer[..count]),
        }
        let so_far = String::from_utf8_lossy(&seen.lock().unwrap()).into_owned();
        let Some((head, body)) = so_far.split_once("\r\n\r\n") else { continue };
        let length = head
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned));
        let whole = body.len() >= length.map_or(0, |length| length.parse().unwrap());
        match act {
            Act::CutEarly => return,
            Act::CutLate if whole => return,
            Act::Answer(answer) if whole => {
                stream.write_all(answer.as_bytes()).await.unwrap();
                half_close(stream).await;
                return;
            }
            _ => {}
        }
    }
}

async fn half_close(mut stream: TcpStream) {
    let _ = stream.shutdown().await;
}

async fn send(url: String, body: RequestBody, gate: Option<Arc<dyn SendGate>>) -> Result<HttpResponse> {
    ReqwestTransport::new().unwrap().send(request(url, body, gate)).await
}

fn certain(result: Result<HttpResponse>, kind: ErrorKind, certainty: Certainty) -> Error {
    let error = result.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (kind, Some(certainty)), "{error:?}");
    let mut all = format!("{error} {error:?}");
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        all.push_str(&format!("{cause} {cause:?}"));
        source = cause.source();
    }
    assert!(!all.contains("s3cr3t"), "{all}");
    error
}

const OK: &str = "HTTP/1.1 201 Created\r\ncontent-length: 2\r\nx-a: b\r\n\r\n{}";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_gate_is_asked_when_all_but_the_last_byte_was_sent() {
    let (url, seen, task) = server(Act::Answer(OK)).await;
    let gate = Arc::new(Gate { seen: seen.clone(), ..Gate::default() });
    let answer = send(url, text(), Some(gate.clone())).await.unwrap();
    task.await.unwrap();
    assert_eq!(
        (answer.status.as_u16(), answer.body.as_ref(), &answer.headers["x-a"]),
        (201, b"{}".as_slice(), &"b".parse().unwrap())
    );
    let before = String::from_utf8(gate.seen_when_asked.lock().unwrap().clone()).unwrap();
    assert!(before.ends_with(r#"{"text":"hello""#), "{before}");
    assert!(before.to_ascii_lowercase().contains("content-length: 16\r\n"), "{before}");
    assert!(String::from_utf8(seen.lock().unwrap().clone()).unwrap().ends_with(BODY));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_shut_gate_the_last_byte_never_leaves() {
    let (url, seen, task) = server(Act::Listen).await;
    let gate = Arc::new(Gate { shut: true, seen: seen.clone(), ..Gate::default() });
    let error = certain(send(url, text(), Some(gate)).await, ErrorKind::Timeout, Certainty::NotSent);
    assert_eq!(error.code(), "gate.shut", "the gate's own reason");
    task.await.unwrap();
    let seen = String::from_utf8(seen.lock().unwrap().clone()).unwrap();
    assert!(seen.ends_with(r#"{"text":"hello""#), "all but the last byte, and no more: {seen}");
}

#[tokio::test]
async fn a_body_of_one_byte_is_all_last_byte() {
    let (url, seen, task) = server(Act::Answer(OK)).await;
    struct Open;
    impl SendGate for Open {
        fn open(&self) -> Result<()> {
            Ok(())
        }
    }
    let body = RequestBody::Bytes(Bytes::from_static(b"x"));
    send(url, body, Some(Arc::new(Open))).await.unwrap();
    task.await.unwrap();
    assert!(seen.lock().unwrap().ends_with(b"\r\n\r\nx"));
}

#[tokio::test]
async fn a_refused_connection_sent_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/?code=s3cr3t", listener.local_addr().unwrap());
    drop(listener);
    for body in [text(), RequestBody::Empty] {
        let error = certain(send(url.clone(), body, None).await, ErrorKind::Network, Certainty::NotSent);
        assert_eq!(error.code(), "http.connect");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_cut_before_the_last_byte_sent_nothing() {
    /// Waits until the server has closed, so that the cut certainly comes first.
    struct WhenClosed(Mutex<Option<std::sync::mpsc::Receiver<()>>>);
    impl SendGate for WhenClosed {
        fn open(&self) -> Result<()> {
            self.0.lock().unwrap().take().unwrap().recv().unwrap();
            Err(Error::new(ErrorKind::Network, "closed", "closed"))
        }
    }
    let (url, _, task) = server(Act::CutEarly).await;
    let (closed, wait) = std::sync::mpsc::channel();
    tokio::spawn(async move {
        task.await.unwrap();
        closed.send(()).unwrap();
    });
    let gate = Arc::new(WhenClosed(Mutex::new(Some(wait))));
    certain(send(url, text(), Some(gate)).await, ErrorKind::Network, Certainty::NotSent);
}

#[tokio::test]
async fn a_connection_cut_after_the_last_byte_may_have_sent_it() {
    struct Open;
    impl SendGate for Open {
        fn open(&self) -> Result<()> {
            Ok(())
        }
    }
    for gate in [Some(Arc::new(Open) as Arc<dyn SendGate>), None] {
        let (url, seen, task) = server(Act::CutLate).await;
        certain(send(url, text(), gate).await, ErrorKind::Network, Certainty::MaybeSent);
        task.await.unwrap();
        assert!(String::from_utf8(seen.lock().unwrap().clone()).unwrap().ends_with(BODY));
    }
    let (url, _, _) = server(Act::CutLate).await;
    certain(send(url, RequestBody::Empty, None).await, ErrorKind::Network, Certainty::MaybeSent);
}

#[tokio::test]
async fn half_an_answer_is_no_answer() {
    let (url, ..) = server(Act::Answer("HTTP/1.1 201 Created\r\ncontent-length: 20\r\n\r\n{\"data\"")).await;
    certain(send(url, text(), None).await, ErrorKind::Network, Certainty::MaybeSent);
    let (url, ..) = server(Act::Answer("HTTP/1.1 201 Cre")).await;
    certain(send(url, text(), None).await, ErrorKind::Network, Certainty::MaybeSent);
    let (url, ..) = server(Act::Answer("not HTTP at all\r\n\r\n")).await;
    certain(send(url, text(), None).await, ErrorKind::Network, Certainty::MaybeSent);
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_not_read() {
    let announced = "HTTP/1.1 200 OK\r\ncontent-length: 999999\r\n\r\nx";
    let (url, ..) = server(Act::Answer(announced)).await;
    let error = certain(send(url, text(), None).await, ErrorKind::PlatformFault, Certainty::MaybeSent);
    assert_eq!(error.code(), "http.too_large");
    let chunk = "x".repeat(0x500);
    let silent: &'static str =
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n500\r\n{chunk}\r\n0\r\n\r\n").leak();
    let (url, ..) = server(Act::Answer(silent)).await;
    let error = certain(send(url, text(), None).await, ErrorKind::PlatformFault, Certainty::MaybeSent);
    assert_eq!(error.code(), "http.too_large");
}

#[tokio::test]
async fn an_answer_that_never_comes_is_a_timeout() {
    let (url, ..) = server(Act::Listen).await;
    let mut late = request(url, text(), None);
    late.timeout = Duration::from_millis(100);
    let result = ReqwestTransport::new().unwrap().send(late).await;
    certain(result, ErrorKind::Timeout, Certainty::MaybeSent);
}

#[tokio::test]
async fn a_bodyless_request_asks_its_gate_as_a_whole() {
    let (url, seen, _) = server(Act::Listen).await;
    let gate = Arc::new(Gate { shut: true, ..Gate::default() });
    certain(send(url, RequestBody::Empty, Some(gate.clone())).await, ErrorKind::Timeout, Certainty::NotSent);
    assert!(gate.asked.load(Ordering::SeqCst));
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_who_goes_away_takes_the_last_byte_along() {
    /// Stays in the gate until the caller has gone, then opens.
    struct Slow {
        entered: tokio::sync::mpsc::UnboundedSender<()>,
        leave: Mutex<std::sync::mpsc::Receiver<()>>,
    }
    impl SendGate for Slow {
        fn open(&self) -> Result<()> {
            self.entered.send(()).unwrap();
            self.leave.lock().unwrap().recv().unwrap();
            Ok(())
        }
    }
    let (url, seen, task) = server(Act::Listen).await;
    let (entered, mut wait) = tokio::sync::mpsc::unbounded_channel();
    let (leave, receiver) = std::sync::mpsc::channel();
    let gate = Arc::new(Slow { entered, leave: Mutex::new(receiver) });
    let sending = tokio::spawn(send(url, text(), Some(gate)));
    wait.recv().await.unwrap();
    sending.abort();
    let _ = sending.await;
    leave.send(()).unwrap();
    task.await.unwrap();
    let seen = String::from_utf8(seen.lock().unwrap().clone()).unwrap();
    assert!(!seen.ends_with(BODY), "{seen}");
}

#[tokio::test]
async fn redirects_are_answers() {
    let (url, ..) = server(Act::Answer(
        "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
    ))
    .await;
    assert_eq!(send(url, text(), None).await.unwrap().status.as_u16(), 302);
}

#[tokio::test]
async fn multipart_is_sent_with_its_length() {
    let (url, seen, _) = server(Act::Answer(OK)).await;
    let field = MultipartField {
        name: "media",
        file_name: Some("media".into()),
        content_type: Some("image/png".into()),
        content: Bytes::from_static(b"PNG"),
    };
    send(url, RequestBody::Multipart(vec![field]), None).await.unwrap();
    let seen = String::from_utf8(seen.lock().unwrap().clone()).unwrap().to_ascii_lowercase();
    assert!(seen.contains("content-type: multipart/form-data; boundary=xmp-"), "{seen}");
    assert!(seen.contains("content-length: "), "{seen}");
    assert!(seen.ends_with("--\r\n"), "{seen}");
}

#[tokio::test]
async fn nothing_crosses_a_network_in_the_clear() {
    let error = send("http://example.com/?code=s3cr3t".into(), text(), None).await;
    certain(error, ErrorKind::Configuration, Certainty::NotSent);
}
