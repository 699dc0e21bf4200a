//! X behind the contract of a platform.

use std::sync::Arc;

use async_trait::async_trait;
use xmp_core::{
    Account, Capability, Checkpoints, Context, Deadline, ErrorKind, FindQuery, Finding, Metrics, Outcome,
    Page, PartContent, Platform, PlatformId, Prepared, Problem, Profile, RemoteId, RemotePost, Result,
    TimelineQuery, TokenSet, Work,
};

use super::{X, check, operations};
use crate::pipeline::Call;

#[async_trait]
impl Platform for X {
    fn id(&self) -> PlatformId {
        PlatformId::X
    }

    fn app(&self) -> &str {
        self.pipeline.app()
    }

    fn capability(&self) -> &Arc<Capability> {
        &self.capability
    }

    fn check(&self, capability: &Capability, parts: &[PartContent]) -> Vec<Problem> {
        check::problems(capability, parts)
    }

    async fn prepare(&self, ctx: &Context, work: &Work, checkpoints: &dyn Checkpoints) -> Result<Prepared> {
        self.ready(ctx, work, checkpoints).await
    }

    async fn commit(&self, ctx: &Context, work: &Work, prepared: &Prepared, deadline: Deadline) -> Outcome {
        self.send(ctx, work, &prepared.request, deadline).await
    }

    async fn find_published(&self, ctx: &Context, query: &FindQuery) -> Finding {
        self.look(ctx, query).await
    }

    async fn delete(&self, ctx: &Context, account: &Account, post: &RemoteId) -> Result<()> {
        let call = Call::new(&operations::POSTS_DELETE).account(account).path("id", post.as_str());
        match self.pipeline.call(ctx, call).await {
            // `deleted: false` and an unreadable yes are a post that is gone just as well.
            Ok(_) => Ok(()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn get(&self, ctx: &Context, account: &Account, post: &RemoteId) -> Result<RemotePost> {
        self.read_post(ctx, account, post).await
    }

    async fn metrics(
        &self,
        ctx: &Context,
        account: &Account,
        posts: &[RemoteId],
    ) -> Result<Vec<Option<Metrics>>> {
        self.read_metrics(ctx, account, posts).await
    }

    async fn profile(&self, ctx: &Context, account: &Account) -> Result<Profile> {
        self.read_profile(ctx, account).await
    }

    async fn identify(&self, ctx: &Context, tokens: &TokenSet) -> Result<Profile> {
        self.read_identity(ctx, tokens).await
    }

    async fn timeline(
        &self,
        ctx: &Context,
        account: &Account,
        query: &TimelineQuery,
    ) -> Result<Page<RemotePost>> {
        self.read_timeline(ctx, account, query).await
    }
}
