//! A request body whose last byte waits for its gate.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use xmp_core::SendGate;

use crate::latch::Latch;

/// Bytes with an exact size, so that `Content-Length` is sent.
///
/// With a gate they come in two pieces: all but the last byte, then, after one `Pending` that lets the connection
/// flush, the last byte, if the gate opens at that very moment. Without a gate they come at once; the latch then
/// only remembers that they were handed over.
pub(crate) struct GatedBody {
    head: Bytes,
    last: Bytes,
    flushed: bool,
    gate: Option<Arc<dyn SendGate>>,
    latch: Arc<Latch>,
}

/// The gate stayed shut, or the caller has gone.
#[derive(Debug)]
pub(crate) struct Withheld;

impl fmt::Display for Withheld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the last byte of the request was withheld")
    }
}

impl std::error::Error for Withheld {}

impl GatedBody {
    /// `bytes` must not be empty: an empty body has no last byte.
    pub(crate) fn new(mut bytes: Bytes, gate: Option<Arc<dyn SendGate>>, latch: Arc<Latch>) -> Self {
        let last =
            if gate.is_some() { bytes.split_off(bytes.len().saturating_sub(1)) } else { bytes.split_off(0) };
        let flushed = gate.is_none();
        Self { head: bytes, last, flushed, gate, latch }
    }

    fn left(&self) -> usize {
        self.head.len() + self.last.len()
    }
}

impl Body for GatedBody {
    type Data = Bytes;
    type Error = Withheld;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Withheld>>> {
        if self.left() == 0 {
            return Poll::Ready(None);
        }
        if !self.head.is_empty() {
            let head = std::mem::take(&mut self.head);
            return Poll::Ready(Some(Ok(Frame::data(head))));
        }
        if !self.flushed {
            // A connection writes out what it has before it asks a body again that was not ready.
            self.flushed = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let last = std::mem::take(&mut self.last);
        if self.latch.release(self.gate.as_deref()) {
            Poll::Ready(Some(Ok(Frame::data(last))))
        } else {
            Poll::Ready(Some(Err(Withheld)))
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left() == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left() as u64)
    }
}
