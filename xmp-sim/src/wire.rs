//! Answers on the wire: whole, in half, slowly, or not at all.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderName, HeaderValue};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::clock::real_sleep;
use crate::reply::Reply;

const SLOW_CHUNK: usize = 16;

/// How a request is answered.
#[derive(Debug)]
pub(crate) enum Answer {
    Whole(Reply),
    /// The head and half of the body, then the connection closes.
    Half(Reply),
    /// The body in small chunks with pauses between.
    Slow(Reply, Duration),
    /// The connection closes without a byte.
    Cut,
}

impl Answer {
    /// The status that goes out, if one does.
    pub(crate) fn status(&self) -> Option<u16> {
        match self {
            Self::Whole(reply) | Self::Half(reply) | Self::Slow(reply, _) => Some(reply.status.as_u16()),
            Self::Cut => None,
        }
    }

    pub(crate) fn reply_mut(&mut self) -> Option<&mut Reply> {
        match self {
            Self::Whole(reply) | Self::Half(reply) | Self::Slow(reply, _) => Some(reply),
            Self::Cut => None,
        }
    }

    pub(crate) fn into_response(self, connection: &Connection) -> Response {
        match self {
            Self::Whole(reply) => {
                let body = Body::from(reply.body.clone());
                response(&reply, body)
            }
            Self::Half(reply) => {
                let half = reply.body.slice(..reply.body.len() / 2);
                response(&reply, broken_off(half))
            }
            Self::Slow(reply, pause) => {
                let body = trickling(reply.body.clone(), pause);
                response(&reply, body)
            }
            Self::Cut => {
                connection.cut();
                Response::new(Body::empty())
            }
        }
    }
}

/// The whole body's length is announced in every case.
fn response(reply: &Reply, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = reply.status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_LENGTH, reply.body.len().into());
    if let Some(content_type) = reply.content_type {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    for (name, value) in &reply.headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    response
}

/// `bytes`, and then an error, which makes the server close the connection.
fn broken_off(bytes: Bytes) -> Body {
    Body::from_stream(stream::unfold(Some(bytes), |left| async move {
        match left {
            Some(bytes) if !bytes.is_empty() => Some((Ok(bytes), Some(Bytes::new()))),
            Some(_) => {
                // Gives the server a turn to send what it has before the error makes it stop.
                tokio::task::yield_now().await;
                Some((Err(io::Error::from(io::ErrorKind::ConnectionAborted)), None))
            }
            None => None,
        }
    }))
}

fn trickling(bytes: Bytes, pause: Duration) -> Body {
    Body::from_stream(stream::unfold(bytes, move |mut left| async move {
        if left.is_empty() {
            return None;
        }
        real_sleep(pause).await;
        let chunk = left.split_to(left.len().min(SLOW_CHUNK));
        Some((Ok::<_, io::Error>(chunk), left))
    }))
}

/// A handle on a connection, by which a request can have it cut.
#[derive(Clone, Debug, Default)]
pub(crate) struct Connection {
    is_cut: Arc<AtomicBool>,
}

impl Connection {
    fn cut(&self) {
        self.is_cut.store(true, Ordering::Release);
    }

    fn check(&self) -> io::Result<()> {
        if self.is_cut.load(Ordering::Acquire) {
            Err(io::ErrorKind::ConnectionAborted.into())
        } else {
            Ok(())
        }
    }
}

/// A socket that sends nothing more once its connection is cut: the server's next write fails, and it hangs up.
#[derive(Debug)]
pub(crate) struct Socket {
    pub(crate) stream: TcpStream,
    pub(crate) connection: Connection,
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.connection.check()?;
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.connection.check()?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.connection.check()?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
