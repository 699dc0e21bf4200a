//! Uploads. A blob is named by its bytes: what comes back is compared with what was sent.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use xmp_core::{
    Account, Certainty, Checkpoint, Checkpoints, Context, Error, ErrorKind, Result, Retry, StoredMedia,
};

use super::cid::blob_cid;
use super::wire::Uploaded;
use super::{Bluesky, operations};
use crate::pipeline::Call;

/// How long an upload that no record refers to is counted on. Servers collect such after some hours (Bluesky
/// documentation, "Blobs").
pub(super) const KEPT: Duration = Duration::from_secs(30 * 60);
/// How long the upload of a picture may take.
const TIMEOUT: Duration = Duration::from_secs(120);
/// How many bytes a second an upload is allowed to be slow.
const SLOWEST: u64 = 256 * 1024;

impl Bluesky {
    /// The blob of a piece of media as records refer to it: what an earlier preparation reached, or a new upload.
    pub(super) async fn blob(
        &self,
        ctx: &Context,
        account: &Account,
        media: &StoredMedia,
        checkpoints: &dyn Checkpoints,
    ) -> Result<Value> {
        let name = format!("blob:{}", media.hash);
        if let Some(kept) = checkpoints.get(&name).and_then(|kept| serde_json::from_str(&kept).ok()) {
            return Ok(kept);
        }
        let bytes = checkpoints.media(media.hash).await?;
        let named = blob_cid(&bytes);
        let timeout = TIMEOUT.max(Duration::from_secs(media.size / SLOWEST));
        let call =
            Call::new(&operations::BLOB_UPLOAD).account(account).bytes(&media.mime, bytes).timeout(timeout);
        let Uploaded { blob } = self.pipeline.json(ctx, call).await?;
        if blob["ref"]["$link"] != named.as_str() || blob["size"] != media.size {
            let message = format!("the server says that the upload of {} is {}", named, blob["ref"]["$link"]);
            return Err(Error::new(ErrorKind::PlatformFault, "blob.differs", message)
                .with_retry(Retry::After(Duration::from_secs(5)))
                .with_certainty(Certainty::NotSent)
                .at(super::ID, operations::BLOB_UPLOAD.name)
                .with_correlation(ctx.correlation_id()));
        }
        let expires_at = Some(self.clock.now().checked_add(KEPT).unwrap_or(Timestamp::MAX));
        checkpoints.keep(Checkpoint { name, value: blob.to_string(), expires_at }).await?;
        Ok(blob)
    }
}
