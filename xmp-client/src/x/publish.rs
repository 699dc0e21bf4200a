//! Getting a post ready, and the one visible request.

use serde_json::Value;
use xmp_core::{
    Account, Checkpoints, Context, Deadline, Error, ErrorKind, Evidence, Outcome, Prepared, PublishedRef,
    RemoteId, Result, Work,
};

use super::wire::{CreateMedia, CreatePost, CreateReply, Created, Envelope};
use super::{X, operations};
use crate::pipeline::Call;

impl X {
    pub(super) async fn ready(
        &self,
        ctx: &Context,
        work: &Work,
        checkpoints: &dyn Checkpoints,
    ) -> Result<Prepared> {
        self.pipeline.token(ctx, &work.account).await?;
        let mut media = Vec::with_capacity(work.content.media.len());
        for item in &work.content.media {
            media.push(self.media_id(ctx, &work.account, item, checkpoints).await?);
        }
        let reply_to = work.content.reply_to.clone();
        let body = CreatePost {
            text: &work.content.text,
            media: (!media.is_empty()).then_some(CreateMedia { media_ids: &media }),
            reply: reply_to.as_ref().map(|id| CreateReply { in_reply_to_tweet_id: id.as_str() }),
        };
        let request = serde_json::to_value(&body)
            .map_err(|error| Error::new(ErrorKind::Internal, "prepare.json", error.to_string()))?;
        let evidence = Evidence { text: work.content.text.clone(), media, reply_to, key: None };
        Ok(Prepared { request, evidence })
    }

    pub(super) async fn send(
        &self,
        ctx: &Context,
        work: &Work,
        request: &Value,
        deadline: Deadline,
    ) -> Outcome {
        let call = match Call::new(&operations::POSTS_CREATE).account(&work.account).json(request) {
            Ok(call) => call,
            Err(error) => return Outcome::NotSent(error),
        };
        match self
            .pipeline
            .visible::<Envelope<Created>>(ctx, call, deadline, self.capability.commit_timeout)
            .await
        {
            Ok(Envelope { data: Some(created), .. }) => Outcome::Sent(PublishedRef {
                url: Some(post_url(&work.account, &created.id)),
                remote_id: RemoteId::new(created.id),
                at: None,
            }),
            // A yes without an id: it is live, perhaps, and nobody knows where.
            Ok(Envelope { data: None, .. }) => Outcome::MaybeSent(
                super::answer_without("post id")
                    .at(xmp_core::PlatformId::X, operations::POSTS_CREATE.name)
                    .with_correlation(ctx.correlation_id()),
            ),
            Err(error) => Outcome::of(error),
        }
    }
}

/// Where a post can be seen.
pub(super) fn post_url(account: &Account, id: &str) -> String {
    format!("https://x.com/{}/status/{id}", account.handle)
}
