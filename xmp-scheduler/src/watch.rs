//! What goes on beside the work on a delivery: its lease is kept alive, and what a preparation reached is kept.

use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use xmp_core::{
    CancelToken, Checkpoint, Checkpoints, Clock, ErrorKind, Fingerprint, Lease, PartId, Result, Store,
};

/// Renews a lease at a third of its time, for as long as it is polled. Ends only when the lease is lost, and then
/// cancels the work.
pub(crate) async fn keep_alive(
    store: &dyn Store,
    clock: &dyn Clock,
    lease: &Lease,
    lease_for: Duration,
    cancel: &CancelToken,
) {
    loop {
        clock.sleep(lease_for / 3).await;
        match store.renew(lease, lease_for).await {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::LeaseLost => {
                tracing::warn!(delivery = %lease.delivery, fence = lease.fence, "lease lost: the work ends here");
                cancel.cancel();
                return std::future::pending().await;
            }
            // The store may be back before the lease ends.
            Err(error) => tracing::warn!(delivery = %lease.delivery, %error, "could not renew the lease"),
        }
    }
}

/// The checkpoints of one part, under its lease.
pub(crate) struct Kept<'a> {
    store: &'a dyn Store,
    clock: &'a dyn Clock,
    lease: &'a Lease,
    part: PartId,
    reached: Mutex<Vec<Checkpoint>>,
}

impl<'a> Kept<'a> {
    pub(crate) fn new(
        store: &'a dyn Store,
        clock: &'a dyn Clock,
        lease: &'a Lease,
        part: PartId,
        reached: Vec<Checkpoint>,
    ) -> Self {
        Self { store, clock, lease, part, reached: Mutex::new(reached) }
    }

    fn reached(&self) -> std::sync::MutexGuard<'_, Vec<Checkpoint>> {
        self.reached.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[async_trait]
impl Checkpoints for Kept<'_> {
    fn get(&self, name: &str) -> Option<String> {
        let now = self.clock.now();
        let reached = self.reached();
        let found = reached.iter().find(|checkpoint| checkpoint.name == name)?;
        found.expires_at.is_none_or(|end| end > now).then(|| found.value.clone())
    }

    async fn keep(&self, checkpoint: Checkpoint) -> Result<()> {
        self.store.checkpoint(self.lease, self.part, checkpoint.clone()).await?;
        let mut reached = self.reached();
        reached.retain(|old| old.name != checkpoint.name);
        reached.push(checkpoint);
        Ok(())
    }

    async fn media(&self, hash: Fingerprint) -> Result<bytes::Bytes> {
        self.store.media(&self.lease.tenant, hash).await
    }
}
