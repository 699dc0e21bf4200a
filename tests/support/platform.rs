//! A platform with something in its way.

use std::sync::Arc;

use async_trait::async_trait;
use xmp::*;
use xmp_core::{Checkpoints, Deadline, FindQuery, Finding, Outcome, PartContent, Prepared, TokenSet, Work};

/// Moments of the walk at which a test may do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    Prepared,
    Committing,
    Committed,
}

/// A platform that calls back at moments of the walk, and may go by another name.
pub struct Wrapped {
    pub inner: Arc<dyn Platform>,
    pub name: Option<PlatformId>,
    pub at: Box<dyn Fn(Moment) + Send + Sync>,
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Platform for Wrapped {
    fn id(&self) -> PlatformId {
        self.name.unwrap_or(self.inner.id())
    }
    fn app(&self) -> &str {
        self.inner.app()
    }
    fn capability(&self) -> &Arc<Capability> {
        self.inner.capability()
    }
    async fn capability_for(&self, ctx: &Context, account: &Account) -> Arc<Capability> {
        self.inner.capability_for(ctx, account).await
    }
    fn check(&self, capability: &Capability, parts: &[PartContent]) -> Vec<Problem> {
        self.inner.check(capability, parts)
    }
    async fn prepare(&self, ctx: &Context, work: &Work, checkpoints: &dyn Checkpoints) -> Result<Prepared> {
        let prepared = self.inner.prepare(ctx, work, checkpoints).await;
        (self.at)(Moment::Prepared);
        prepared
    }
    async fn commit(&self, ctx: &Context, work: &Work, prepared: &Prepared, deadline: Deadline) -> Outcome {
        (self.at)(Moment::Committing);
        let outcome = self.inner.commit(ctx, work, prepared, deadline).await;
        (self.at)(Moment::Committed);
        outcome
    }
    async fn find_published(&self, ctx: &Context, query: &FindQuery) -> Finding {
        self.inner.find_published(ctx, query).await
    }
    async fn delete(&self, ctx: &Context, account: &Account, post: &RemoteId) -> Result<()> {
        self.inner.delete(ctx, account, post).await
    }
    async fn get(&self, ctx: &Context, account: &Account, post: &RemoteId) -> Result<RemotePost> {
        self.inner.get(ctx, account, post).await
    }
    async fn metrics(
        &self,
        ctx: &Context,
        account: &Account,
        posts: &[RemoteId],
    ) -> Result<Vec<Option<Metrics>>> {
        self.inner.metrics(ctx, account, posts).await
    }
    async fn profile(&self, ctx: &Context, account: &Account) -> Result<Profile> {
        self.inner.profile(ctx, account).await
    }
    async fn identify(&self, ctx: &Context, tokens: &TokenSet) -> Result<Profile> {
        self.inner.identify(ctx, tokens).await
    }
    async fn timeline(
        &self,
        ctx: &Context,
        account: &Account,
        query: &TimelineQuery,
    ) -> Result<Page<RemotePost>> {
        self.inner.timeline(ctx, account, query).await
    }
}
