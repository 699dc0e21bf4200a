//! Getting a post ready, the one visible request, and taking a post back: not written yet.

use xmp_core::{Account, Checkpoints, Context, Deadline, Outcome, Prepared, RemoteId, Result, Work};

use super::{{{Kind}}, unwritten};

impl {{Kind}} {
    /// All that is invisible and repeatable, each step of it kept as a checkpoint: a fresh token, uploaded media, a key.
    pub(super) async fn ready(&self, _: &Context, _: &Work, _: &dyn Checkpoints) -> Result<Prepared> {
        Err(unwritten("publishing"))
    }

    /// One request, once, behind a gate that lets its last byte go before `deadline` only. What is not certain afterwards
    /// is `MaybeSent`.
    pub(super) async fn send(&self, _: &Context, _: &Work, _: &Prepared, _: Deadline) -> Outcome {
        Outcome::NotSent(unwritten("publishing"))
    }

    /// Repeatable: what is gone already is no error.
    pub(super) async fn remove(&self, _: &Context, _: &Account, _: &RemoteId) -> Result<()> {
        Err(unwritten("deleting"))
    }
}
