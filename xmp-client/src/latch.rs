//! Whether the last byte of a request has left: decided once, for good.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use xmp_core::{Certainty, Clock, Deadline, Error, ErrorKind, Result, Retry, SendGate};

const HELD: u8 = 0;
const RELEASED: u8 = 1;
const ABANDONED: u8 = 2;

/// The last byte of one request: held back at first, then either released or abandoned, never both.
///
/// The two sides race (the connection's task that writes, and the caller who gives up), and both may be sure of what
/// they find: after [`abandon`](Self::abandon) said yes, [`release`](Self::release) can only say no.
#[derive(Debug, Default)]
pub(crate) struct Latch {
    state: AtomicU8,
    refusal: Mutex<Option<Error>>,
}

impl Latch {
    /// Asks the gate, if there is one, and lets the last byte go. `false`: it must not leave.
    pub(crate) fn release(&self, gate: Option<&dyn SendGate>) -> bool {
        if self.state.load(Ordering::SeqCst) == ABANDONED {
            return false;
        }
        if let Some(Err(refusal)) = gate.map(SendGate::open) {
            *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = Some(refusal);
            self.abandon();
            return false;
        }
        self.state.compare_exchange(HELD, RELEASED, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    /// Gives the request up. `true`: its last byte has not left and never will.
    pub(crate) fn abandon(&self) -> bool {
        match self.state.compare_exchange(HELD, ABANDONED, Ordering::SeqCst, Ordering::SeqCst) {
            Ok(_) => true,
            Err(state) => state == ABANDONED,
        }
    }

    /// Gives the request up and tells what is certain of it.
    pub(crate) fn give_up(&self) -> Certainty {
        if self.abandon() { Certainty::NotSent } else { Certainty::MaybeSent }
    }

    /// Why the gate stayed shut, if it did.
    pub(crate) fn take_refusal(&self) -> Option<Error> {
        self.refusal.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// A latch also serves as a gate: that is how a caller who may give up learns what is certain, whatever transport
/// makes the exchange.
#[derive(Default)]
pub(crate) struct LatchGate {
    pub(crate) latch: Latch,
    /// Asked before the latch lets go.
    pub(crate) inner: Option<Arc<dyn SendGate>>,
}

impl SendGate for LatchGate {
    fn open(&self) -> Result<()> {
        if self.latch.release(self.inner.as_deref()) {
            return Ok(());
        }
        Err(self.latch.take_refusal().unwrap_or_else(|| {
            Error::new(
                ErrorKind::Cancelled,
                "call.given_up",
                "the caller gave the request up before it was sent",
            )
        }))
    }
}

/// Lets the last byte leave until a deadline, by a clock that counts suspended time.
pub(crate) struct DeadlineGate {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) deadline: Deadline,
    /// The code of the refusal.
    pub(crate) code: &'static str,
}

impl SendGate for DeadlineGate {
    fn open(&self) -> Result<()> {
        if !self.deadline.passed(self.clock.as_ref()) {
            return Ok(());
        }
        let message = "the deadline passed before the request was complete";
        Err(Error::new(ErrorKind::Timeout, self.code, message).with_retry(Retry::After(Duration::ZERO)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Shut;

    impl SendGate for Shut {
        fn open(&self) -> Result<()> {
            Err(Error::new(ErrorKind::Timeout, "shut", "shut"))
        }
    }

    #[test]
    fn it_is_decided_once() {
        let latch = Latch::default();
        assert!(latch.release(None));
        assert!(!latch.abandon());
        assert_eq!(latch.give_up(), Certainty::MaybeSent);

        let latch = Latch::default();
        assert_eq!(latch.give_up(), Certainty::NotSent);
        assert!(!latch.release(None));
        assert_eq!(latch.give_up(), Certainty::NotSent);
    }

    #[test]
    fn a_shut_gate_keeps_its_reason() {
        let latch = Latch::default();
        assert!(!latch.release(Some(&Shut)));
        assert_eq!(latch.take_refusal().unwrap().code(), "shut");
        assert!(!latch.release(None), "shut for good");
    }
}
