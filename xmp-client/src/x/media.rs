//! Uploads: small images whole, everything else in pieces.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::json;
use xmp_core::media::MediaKind;
use xmp_core::{
    Account, Certainty, Checkpoint, Checkpoints, Context, Error, ErrorKind, MultipartField, Result, Retry,
    StoredMedia,
};

use super::wire::{Envelope, Uploaded};
use super::{X, answer_without, operations};
use crate::pipeline::Call;

/// How long an upload lives where X does not say (X documentation, "Media upload": 24 hours).
const LIFE: Duration = Duration::from_secs(86_400);
/// An upload that ends sooner than this is made again: a post must not find its media gone.
const MARGIN: Duration = Duration::from_secs(600);
/// How long one exchange of an upload may take.
const TIMEOUT: Duration = Duration::from_secs(120);

impl X {
    /// The media's id on X: what an earlier preparation reached, or a new upload, with its alternative text set. Each
    /// step is kept before the next.
    pub(super) async fn media_id(
        &self,
        ctx: &Context,
        account: &Account,
        media: &StoredMedia,
        checkpoints: &dyn Checkpoints,
    ) -> Result<String> {
        let name = format!("media:{}", media.hash);
        let id = match checkpoints.get(&name) {
            Some(id) => id,
            None => {
                let bytes = checkpoints.media(media.hash).await?;
                let uploaded = self.upload(ctx, account, media, bytes).await?;
                let expires_at = Some(self.forgotten_at(&uploaded));
                checkpoints.keep(Checkpoint { name, value: uploaded.id.clone(), expires_at }).await?;
                uploaded.id
            }
        };
        let Some(alt) = media.alt.as_deref().filter(|alt| !alt.is_empty()) else { return Ok(id) };
        // Named by the upload, so that another upload of the same file gets its text too.
        let name = format!("alt:{id}");
        if checkpoints.get(&name).is_none() {
            let body = json!({ "id": id, "metadata": { "alt_text": { "text": alt } } });
            let call = Call::new(&operations::MEDIA_METADATA).account(account).json(&body)?;
            self.pipeline.call(ctx, call).await?;
            checkpoints.keep(Checkpoint { name, value: "set".to_owned(), expires_at: None }).await?;
        }
        Ok(id)
    }

    fn forgotten_at(&self, uploaded: &Uploaded) -> Timestamp {
        let life = uploaded.expires_after_secs.map_or(LIFE, Duration::from_secs).saturating_sub(MARGIN);
        self.clock.now().checked_add(life).unwrap_or(Timestamp::MAX)
    }

    async fn upload(
        &self,
        ctx: &Context,
        account: &Account,
        media: &StoredMedia,
        bytes: Bytes,
    ) -> Result<Uploaded> {
        if media.kind == MediaKind::Image && bytes.len() <= self.chunk_size {
            let fields = vec![text("media_category", category(media)), file(media, bytes)];
            let call =
                Call::new(&operations::MEDIA_UPLOAD).account(account).multipart(fields).timeout(TIMEOUT);
            let uploaded = self.uploaded(ctx, call).await?;
            return self.processed(ctx, account, uploaded).await;
        }
        let body = json!({
            "media_category": category(media),
            "media_type": media.mime,
            "total_bytes": bytes.len(),
        });
        let begun = self
            .uploaded(ctx, Call::new(&operations::MEDIA_INITIALIZE).account(account).json(&body)?)
            .await?;
        for (index, start) in (0..bytes.len()).step_by(self.chunk_size).enumerate() {
            let piece = bytes.slice(start..bytes.len().min(start + self.chunk_size));
            let fields = vec![text("segment_index", index.to_string()), file(media, piece)];
            let call = Call::new(&operations::MEDIA_APPEND).account(account).path("id", &begun.id);
            self.pipeline.call(ctx, call.multipart(fields).timeout(TIMEOUT)).await?;
        }
        let call =
            Call::new(&operations::MEDIA_FINALIZE).account(account).path("id", &begun.id).timeout(TIMEOUT);
        let finished = self.uploaded(ctx, call).await?;
        let mut processed = self.processed(ctx, account, finished).await?;
        processed.expires_after_secs = processed.expires_after_secs.or(begun.expires_after_secs);
        Ok(processed)
    }

    async fn uploaded(&self, ctx: &Context, call: Call) -> Result<Uploaded> {
        let envelope: Envelope<Uploaded> = self.pipeline.json(ctx, call).await?;
        match envelope.data {
            Some(uploaded) => Ok(uploaded),
            None if envelope.errors.is_empty() => Err(answer_without("media id")),
            None => Err(super::errors::partial(&envelope.errors)),
        }
    }

    /// Waits until X has processed it.
    async fn processed(&self, ctx: &Context, account: &Account, mut uploaded: Uploaded) -> Result<Uploaded> {
        let begun = self.clock.monotonic();
        loop {
            let Some(info) = uploaded.processing_info.clone() else { return Ok(uploaded) };
            match info.state.as_str() {
                "succeeded" | "" => return Ok(uploaded),
                "failed" => {
                    let said = [&info.error.message, &info.error.detail, &info.error.title];
                    let why =
                        said.into_iter().find(|text| !text.is_empty()).map_or("no reason", String::as_str);
                    let message = format!(
                        "X could not process the media: {}",
                        why.chars().take(200).collect::<String>()
                    );
                    return Err(Error::new(ErrorKind::Media, "media.processing", message)
                        .hint("convert it: X takes H.264 and AAC in MP4, 0.5 to 140 s, and GIFs of up to 1280x1080")
                        .with_certainty(Certainty::Rejected));
                }
                // `pending`, `in_progress`, and whatever may be added.
                _ => {}
            }
            if self.clock.monotonic().since(begun) >= self.processing_timeout {
                let message =
                    format!("X has not processed the media within {} s", self.processing_timeout.as_secs());
                return Err(Error::new(ErrorKind::Timeout, "media.processing_slow", message)
                    .with_retry(Retry::After(Duration::from_secs(60)))
                    .with_certainty(Certainty::NotSent));
            }
            let wait = Duration::from_secs(info.check_after_secs.unwrap_or(1).clamp(1, 60));
            tokio::select! {
                () = self.clock.sleep(wait) => {}
                () = ctx.cancel().cancelled() => {
                    return Err(Error::new(ErrorKind::Cancelled, "call.cancelled", "the caller cancelled the upload")
                        .with_certainty(Certainty::NotSent));
                }
            }
            let call = Call::new(&operations::MEDIA_STATUS).account(account);
            let call = call.query("media_id", &uploaded.id).query("command", "STATUS");
            let asked = self.uploaded(ctx, call).await?;
            uploaded = Uploaded {
                expires_after_secs: asked.expires_after_secs.or(uploaded.expires_after_secs),
                ..asked
            };
        }
    }
}

/// X specification, `media_category` of `MediaUploadRequest`.
fn category(media: &StoredMedia) -> &'static str {
    match media.kind {
        MediaKind::Gif => "tweet_gif",
        MediaKind::Video => "tweet_video",
        _ => "tweet_image",
    }
}

fn text(name: &'static str, value: impl Into<String>) -> MultipartField {
    MultipartField { name, file_name: None, content_type: None, content: Bytes::from(value.into()) }
}

fn file(media: &StoredMedia, content: Bytes) -> MultipartField {
    MultipartField {
        name: "media",
        file_name: Some("media".to_owned()),
        content_type: Some(media.mime.clone()),
        content,
    }
}
