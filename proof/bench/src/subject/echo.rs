//! A platform that does nothing but answer.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use xmp_core::capability::{ConnectBy, Idempotency, TextRule};
use xmp_core::{
    Account, Capability, Checkpoints, Context, Deadline, Error, ErrorKind, Evidence, FindQuery, Finding,
    Metrics, Outcome, Page, PartContent, Platform, PlatformId, Prepared, Problem, Profile, PublishedRef,
    RemoteId, RemotePost, Result, TimelineQuery, TokenSet, Visibility, Work,
};

/// The app that accounts are connected through.
pub(super) const APP: &str = "bench";

/// What a platform does when a post arrives.
#[async_trait]
pub(super) trait World: Send + Sync {
    /// What is invisible is done.
    async fn prepare(&self) {}

    /// A post becomes visible.
    async fn post(&self, work: &Work);

    /// Whether a post is there, by its text.
    fn find(&self, text: &str) -> Finding {
        let _ = text;
        Finding::Unreadable(unsupported())
    }
}

/// Speaks to a [`World`].
pub(super) struct Echo<W> {
    pub(super) world: Arc<W>,
    pub(super) capability: Arc<Capability>,
}

impl<W: World> Echo<W> {
    /// As X is, in the times that count.
    pub(super) fn new(world: &Arc<W>) -> Arc<Self> {
        Self::with_times(world, Duration::from_secs(10), Duration::from_secs(60))
    }

    pub(super) fn with_times(world: &Arc<W>, commit_timeout: Duration, settle: Duration) -> Arc<Self> {
        let capability = Capability {
            connect_by: ConnectBy::Consent,
            text_rule: TextRule::XWeighted,
            text_limit: 280,
            text_bytes: None,
            link_length: None,
            media: Vec::new(),
            media_per_part: 0,
            alt_text_limit: 0,
            media_without_text: false,
            replies: false,
            quotes: false,
            link_cards: false,
            polls: None,
            visibilities: vec![Visibility::Public],
            sensitive: false,
            warnings: false,
            languages: false,
            thread_limit: 1,
            edit: false,
            delete: false,
            schedules: false,
            metrics: Vec::new(),
            timeline: false,
            idempotency: Idempotency::Observe,
            key_remembered: None,
            settle,
            commit_timeout,
            priced: Vec::new(),
        };
        Arc::new(Self { world: world.clone(), capability: Arc::new(capability) })
    }
}

#[async_trait]
impl<W: World> Platform for Echo<W> {
    fn id(&self) -> PlatformId {
        PlatformId::X
    }

    fn app(&self) -> &str {
        APP
    }

    fn capability(&self) -> &Arc<Capability> {
        &self.capability
    }

    fn check(&self, _: &Capability, _: &[PartContent]) -> Vec<Problem> {
        Vec::new()
    }

    async fn prepare(&self, _: &Context, work: &Work, _: &dyn Checkpoints) -> Result<Prepared> {
        self.world.prepare().await;
        let text = work.content.text.clone();
        Ok(Prepared { request: json!({ "text": text }), evidence: Evidence { text, ..Evidence::default() } })
    }

    async fn commit(&self, _: &Context, work: &Work, _: &Prepared, _: Deadline) -> Outcome {
        self.world.post(work).await;
        Outcome::Sent(PublishedRef { remote_id: RemoteId::new(work.part.to_string()), url: None, at: None })
    }

    async fn find_published(&self, _: &Context, query: &FindQuery) -> Finding {
        self.world.find(&query.evidence.text)
    }

    async fn delete(&self, _: &Context, _: &Account, _: &RemoteId) -> Result<()> {
        Err(unsupported())
    }

    async fn get(&self, _: &Context, _: &Account, _: &RemoteId) -> Result<RemotePost> {
        Err(unsupported())
    }

    async fn metrics(&self, _: &Context, _: &Account, _: &[RemoteId]) -> Result<Vec<Option<Metrics>>> {
        Err(unsupported())
    }

    async fn profile(&self, _: &Context, _: &Account) -> Result<Profile> {
        Err(unsupported())
    }

    async fn identify(&self, _: &Context, _: &TokenSet) -> Result<Profile> {
        Err(unsupported())
    }

    async fn timeline(&self, _: &Context, _: &Account, _: &TimelineQuery) -> Result<Page<RemotePost>> {
        Err(unsupported())
    }
}

fn unsupported() -> Error {
    Error::new(ErrorKind::Unsupported, "bench.unsupported", "this platform only answers")
}
