//! A platform with something in its way.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use xmp_core::{
    Account, Capability, Checkpoints, Context, Deadline, FindQuery, Finding, Metrics, Outcome, Page,
    PartContent, Platform, PlatformId, Prepared, Problem, Profile, RemoteId, RemotePost, Result,
    TimelineQuery, TokenSet, Work,
};

/// Moments of a delivery's walk, as a platform sees them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// All is ready, and the intent is not written yet.
    Prepared,
    /// The intent is written, and nothing of the visible request has left.
    Committing,
    /// The visible request is over, and nobody has written down what came of it.
    Committed,
    /// The platform was asked what became of an attempt, and nobody has written down what it said.
    Looked,
}

/// A platform that calls back at moments of the walk, and may go by another name.
pub struct Wrapped {
    /// The platform itself.
    pub inner: Arc<dyn Platform>,
    /// Its name here, if not its own.
    pub name: Option<PlatformId>,
    /// Is told of each moment, and holds the walk up for as long as it takes.
    pub at: Box<dyn Fn(Moment) + Send + Sync>,
}

impl fmt::Debug for Wrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wrapped").field("platform", &self.id()).finish_non_exhaustive()
    }
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
        let finding = self.inner.find_published(ctx, query).await;
        (self.at)(Moment::Looked);
        finding
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
