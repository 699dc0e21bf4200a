//! Uploads, with their descriptions, and the wait until the server has processed them.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use jiff::Timestamp;
use xmp_core::{
    Account, Certainty, Checkpoint, Checkpoints, Context, Error, ErrorKind, Focus, MultipartField, Result,
    Retry, StoredMedia,
};

use super::{Mastodon, operations, wire};
use crate::pipeline::Call;

/// How long an upload that no post refers to is counted on. Mastodon keeps such for a day at least (`Scheduler::VacuumScheduler`,
/// `Vacuum::MediaAttachmentsVacuum::TTL`).
const KEPT: Duration = Duration::from_secs(20 * 3600);
/// How long the upload of a picture may take.
const TIMEOUT: Duration = Duration::from_secs(120);
/// How many bytes a second an upload is allowed to be slow.
const SLOWEST: u64 = 256 * 1024;
/// How often it is asked how far the processing is: at first, and at last.
const POLL: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(5));

impl Mastodon {
    /// The id of the part's piece of media at this place: what an earlier preparation reached, or a new upload. One upload
    /// belongs to one post, and to one place in it.
    pub(super) async fn media_id(
        &self,
        ctx: &Context,
        account: &Account,
        (place, media): (usize, &StoredMedia),
        checkpoints: &dyn Checkpoints,
    ) -> Result<String> {
        let name = format!("media:{place}:{}", media.hash);
        let id = match checkpoints.get(&name) {
            Some(id) => id,
            None => {
                let (id, is_processed) = self.upload(ctx, account, media, checkpoints).await?;
                let expires_at = Some(self.clock.now().saturating_add(KEPT).unwrap_or(Timestamp::MAX));
                checkpoints.keep(Checkpoint { name, value: id.clone(), expires_at }).await?;
                if is_processed {
                    checkpoints.keep(processed(&id)).await?;
                    return Ok(id);
                }
                id
            }
        };
        if checkpoints.get(&processed(&id).name).is_none() {
            self.wait_for(ctx, account, &id).await?;
            checkpoints.keep(processed(&id)).await?;
        }
        Ok(id)
    }

    /// The upload's id, and whether it needs no more processing: 202 says that it does (Mastodon documentation, "Upload
    /// media as an attachment (async)").
    async fn upload(
        &self,
        ctx: &Context,
        account: &Account,
        media: &StoredMedia,
        checkpoints: &dyn Checkpoints,
    ) -> Result<(String, bool)> {
        let file = MultipartField {
            name: "file",
            file_name: Some(format!("media.{}", ending(&media.mime))),
            content_type: Some(media.mime.clone()),
            content: checkpoints.media(media.hash).await?,
        };
        let described = media.alt.clone().filter(|alt| !alt.is_empty()).map(|alt| text("description", alt));
        let focused = media.focus.map(|focus| text("focus", focal_point(focus)));
        let fields = described.into_iter().chain(focused).chain([file]).collect();
        let timeout = TIMEOUT.max(Duration::from_secs(media.size / SLOWEST));
        let call = Call::new(&operations::MEDIA_UPLOAD).account(account).multipart(fields).timeout(timeout);
        let answer = self.pipeline.call(ctx, call).await?;
        let uploaded = answer.json().map_err(|error| self.placed(ctx, &operations::MEDIA_UPLOAD, error));
        uploaded.map(|wire::Media { id }| (id, answer.status() != StatusCode::ACCEPTED))
    }

    /// Waits until the server has processed it: 206 says that it has not (Mastodon documentation, "Get media attachment").
    async fn wait_for(&self, ctx: &Context, account: &Account, id: &str) -> Result<()> {
        let begun = self.clock.monotonic();
        loop {
            let call = Call::new(&operations::MEDIA_STATUS).account(account).path("id", id);
            let answer = self.pipeline.call(ctx, call).await?;
            if answer.status() != StatusCode::PARTIAL_CONTENT {
                return Ok(());
            }
            let waited = self.clock.monotonic().since(begun);
            if waited >= self.processing_timeout {
                let message = format!("the server has not processed the media within {} s", waited.as_secs());
                return Err(Error::new(ErrorKind::Timeout, "media.processing_slow", message)
                    .with_retry(Retry::After(Duration::from_secs(60)))
                    .with_certainty(Certainty::NotSent));
            }
            tokio::select! {
                () = self.clock.sleep((waited / 4).clamp(POLL.0, POLL.1)) => {}
                () = ctx.cancel().cancelled() => {
                    return Err(Error::new(ErrorKind::Cancelled, "call.cancelled", "the caller cancelled the upload")
                        .with_certainty(Certainty::NotSent));
                }
            }
        }
    }
}

/// That an upload was processed.
fn processed(id: &str) -> Checkpoint {
    Checkpoint { name: format!("processed:{id}"), value: "yes".to_owned(), expires_at: None }
}

fn text(name: &'static str, value: String) -> MultipartField {
    MultipartField { name, file_name: None, content_type: None, content: Bytes::from(value) }
}

/// From -1 to 1, to the right and upwards, from the middle (Mastodon documentation, "Focal points").
fn focal_point(focus: Focus) -> String {
    let (x, y) = (f64::from(focus.x), f64::from(focus.y));
    format!("{:.2},{:.2}", (x - 50.0) / 50.0, (50.0 - y) / 50.0)
}

/// The ending of a file's name: servers look at it before they look at the file.
fn ending(mime: &str) -> &str {
    match mime.rsplit('/').next() {
        Some("jpeg") => "jpg",
        Some("quicktime") => "mov",
        Some(kind) => kind,
        None => "bin",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_focus_is_counted_from_the_middle() {
        for ((x, y), told) in [
            ((50, 50), "0.00,0.00"),
            ((0, 0), "-1.00,1.00"),
            ((100, 100), "1.00,-1.00"),
            ((75, 20), "0.50,0.60"),
        ] {
            assert_eq!(focal_point(Focus { x, y }), told);
        }
    }

    #[test]
    fn files_have_usual_endings() {
        for (mime, end) in
            [("image/jpeg", "jpg"), ("image/png", "png"), ("video/quicktime", "mov"), ("video/mp4", "mp4")]
        {
            assert_eq!(ending(mime), end);
        }
    }
}
