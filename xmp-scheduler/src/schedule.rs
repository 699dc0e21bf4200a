//! How a draft gets in: checked first, stored whole.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::Notify;
use xmp_core::{
    Account, Clock, Context, Delivery, Draft, Error, ErrorKind, Fingerprint, IdempotencyKey, MediaSource,
    MediaUpload, NewPost, PartContent, Platforms, Post, PostId, PostView, Problem, Result, Scheduled, Store,
    media,
};

/// Takes drafts in.
#[derive(Clone)]
pub struct Scheduler {
    store: Arc<dyn Store>,
    platforms: Platforms,
    clock: Arc<dyn Clock>,
    wake: Arc<Notify>,
}

impl fmt::Debug for Scheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scheduler").field("platforms", &self.platforms).finish_non_exhaustive()
    }
}

impl Scheduler {
    /// A scheduler on a store.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, platforms: Platforms, clock: Arc<dyn Clock>) -> Self {
        Self { store, platforms, clock, wake: Arc::new(Notify::new()) }
    }

    /// Notified whenever something new may be due: for [`Worker::woken_by`](crate::Worker::woken_by).
    #[must_use]
    pub fn wake(&self) -> Arc<Notify> {
        self.wake.clone()
    }

    /// Checks a draft against each of its accounts' platforms and keeps it, in one step. The same key and draft give
    /// what is there already, even when its time has passed meanwhile.
    ///
    /// # Errors
    /// [`Validation`](ErrorKind::Validation) with every [`Problem`] found, [`Media`](ErrorKind::Media),
    /// [`NotFound`](ErrorKind::NotFound) for an account that this tenant does not have, [`Conflict`](ErrorKind::Conflict)
    /// for a key that was used with another draft. Nothing is stored then.
    pub async fn schedule(&self, ctx: &Context, draft: &Draft, key: IdempotencyKey) -> Result<PostView> {
        let media = read_media(draft).await?;
        let request = request_fingerprint(draft, &media);
        if let Some(view) = self.store.post_by_key(ctx, &key).await? {
            view.post.repeated_by(request)?;
            return Ok(view);
        }
        let accounts = self.accounts(ctx, draft).await?;
        self.check(draft, &media, &accounts)?;
        let new = self.new_post(ctx, draft, key, request, &media, &accounts)?;
        let Scheduled { view, .. } = self.store.schedule(ctx, new).await?;
        self.wake.notify_waiters();
        self.wake.notify_one();
        Ok(view)
    }

    async fn accounts(&self, ctx: &Context, draft: &Draft) -> Result<Vec<Account>> {
        if draft.accounts.is_empty() {
            return Err(Error::invalid(vec![
                Problem::new("accounts", "accounts.none", "none", "one or more")
                    .hint("say where it goes, with `to(account)`"),
            ]));
        }
        let mut accounts: Vec<Account> = Vec::with_capacity(draft.accounts.len());
        for id in &draft.accounts {
            if accounts.iter().any(|account| account.id == *id) {
                return Err(Error::invalid(vec![
                    Problem::new("accounts", "accounts.twice", id, "each account once")
                        .hint("the same text twice on one account is what xmp is there to prevent"),
                ]));
            }
            accounts.push(self.store.account(ctx, *id).await?);
        }
        Ok(accounts)
    }

    fn check(&self, draft: &Draft, media: &[Vec<MediaUpload>], accounts: &[Account]) -> Result<()> {
        let mut problems: Vec<Problem> = Vec::new();
        for account in accounts {
            for problem in self.platforms.of(account)?.check(draft, media) {
                if !problems.contains(&problem) {
                    problems.push(problem);
                }
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(Error::invalid(problems)) }
    }

    fn new_post(
        &self,
        ctx: &Context,
        draft: &Draft,
        key: IdempotencyKey,
        request: Fingerprint,
        media: &[Vec<MediaUpload>],
        accounts: &[Account],
    ) -> Result<NewPost> {
        let now = self.clock.now();
        let due = draft.when.resolve(now)?;
        let post = Post {
            id: PostId::new(now),
            tenant: ctx.tenant().clone(),
            key,
            request,
            due: due.clone(),
            priority: draft.priority,
            labels: draft.labels.clone(),
            campaign: draft.campaign.clone(),
            metadata: draft.metadata.clone(),
            correlation_id: ctx.correlation_id(),
            actor: ctx.actor().to_owned(),
            created_at: now,
        };
        let deliveries = accounts.iter().map(|account| Delivery::new(&post, account, contents(draft, media)));
        let deliveries = deliveries.collect();
        Ok(NewPost { post, deliveries, media: media.iter().flatten().cloned().collect() })
    }
}

/// What the parts of a draft say, as kept.
fn contents<'a>(draft: &'a Draft, media: &'a [Vec<MediaUpload>]) -> impl Iterator<Item = PartContent> + 'a {
    draft.parts.iter().zip(media).map(|(part, media)| PartContent {
        text: part.text.clone(),
        media: media.iter().map(|item| item.stored.clone()).collect(),
        reply_to: part.reply_to.clone(),
    })
}

/// Reads the media of all parts, and looks what they really are.
async fn read_media(draft: &Draft) -> Result<Vec<Vec<MediaUpload>>> {
    let mut all = Vec::with_capacity(draft.parts.len());
    for part in &draft.parts {
        let mut uploads = Vec::with_capacity(part.media.len());
        for (source, alt) in &part.media {
            uploads.push(read_one(source, alt.clone()).await?);
        }
        all.push(uploads);
    }
    Ok(all)
}

async fn read_one(source: &MediaSource, alt: Option<String>) -> Result<MediaUpload> {
    let (bytes, name) = match source {
        MediaSource::Bytes(bytes) => (bytes.clone(), None),
        MediaSource::Path(path) => {
            let unreadable = |error: std::io::Error| {
                Error::new(ErrorKind::Media, "media.unreadable", format!("{}: {error}", path.display()))
                    .hint("the file is read when the post is scheduled")
            };
            // A device or a pipe has no end.
            if !tokio::fs::metadata(path).await.map_err(unreadable)?.is_file() {
                return Err(unreadable(std::io::Error::other("it is not a file")));
            }
            let bytes = tokio::fs::read(path).await.map_err(unreadable)?;
            (Bytes::from(bytes), Some(path.as_path()))
        }
    };
    Ok(MediaUpload { stored: media::inspect(&bytes, name, alt)?, bytes })
}

/// What tells a repeated call from another one with the same key: everything that the caller asked for.
fn request_fingerprint(draft: &Draft, media: &[Vec<MediaUpload>]) -> Fingerprint {
    let parts = draft.parts.iter().zip(media).map(|(part, media)| {
        let media: Vec<_> = media.iter().map(|item| &item.stored).collect();
        serde_json::json!({ "text": part.text, "media": media, "reply_to": part.reply_to })
    });
    let parts: Vec<_> = parts.collect();
    let asked = serde_json::json!({
        "parts": parts, "accounts": draft.accounts, "when": draft.when, "priority": draft.priority,
        "labels": draft.labels, "campaign": draft.campaign, "metadata": draft.metadata,
    });
    Fingerprint::of([asked.to_string().as_bytes()])
}
