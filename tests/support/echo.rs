//! A platform that notes what it was asked to publish, and when: for calendars of a year, where another process would be in
//! the way.
#![allow(unreachable_pub, reason = "each test binary uses its part")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use xmp_core::capability::{ConnectBy, Idempotency, TextRule};
use xmp_core::{
    Account, Authenticator, Capability, Checkpoints, Clock, Consent, ConsentRequest, Context, Deadline,
    Error, ErrorKind, Evidence, FindQuery, Finding, ManualClock, Metrics, Outcome, Page, PartContent,
    Platform, PlatformId, Prepared, Problem, Profile, PublishedRef, RemoteId, RemotePost, Result, Secret,
    TimelineQuery, TokenSet, Work,
};

/// The app that accounts are connected through.
pub const APP: &str = "echo";

pub struct Echo {
    clock: ManualClock,
    capability: Arc<Capability>,
    published: Mutex<Vec<(Timestamp, String)>>,
}

impl Echo {
    pub fn new(clock: &ManualClock) -> Arc<Self> {
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
            visibilities: Vec::new(),
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
            settle: Duration::from_secs(1),
            commit_timeout: Duration::from_secs(1),
            priced: Vec::new(),
        };
        Arc::new(Self { clock: clock.clone(), capability: Arc::new(capability), published: Mutex::default() })
    }

    /// What was published, and when, in order.
    pub fn published(&self) -> Vec<(Timestamp, String)> {
        self.published.lock().unwrap().clone()
    }
}

fn unsupported<T>() -> Result<T> {
    Err(Error::new(ErrorKind::Unsupported, "echo.unsupported", "this platform only takes notes"))
}

#[async_trait]
impl Platform for Echo {
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
        let evidence = Evidence { text: work.content.text.clone(), ..Evidence::default() };
        Ok(Prepared { request: serde_json::Value::Null, evidence })
    }

    async fn commit(&self, _: &Context, work: &Work, _: &Prepared, _: Deadline) -> Outcome {
        self.published.lock().unwrap().push((self.clock.now(), work.content.text.clone()));
        Outcome::Sent(PublishedRef { remote_id: RemoteId::new(work.part.to_string()), url: None, at: None })
    }

    async fn find_published(&self, _: &Context, _: &FindQuery) -> Finding {
        Finding::Unreadable(unsupported::<()>().unwrap_err())
    }

    async fn delete(&self, _: &Context, _: &Account, _: &RemoteId) -> Result<()> {
        unsupported()
    }

    async fn get(&self, _: &Context, _: &Account, _: &RemoteId) -> Result<RemotePost> {
        unsupported()
    }

    async fn metrics(&self, _: &Context, _: &Account, _: &[RemoteId]) -> Result<Vec<Option<Metrics>>> {
        unsupported()
    }

    async fn profile(&self, _: &Context, _: &Account) -> Result<Profile> {
        unsupported()
    }

    async fn identify(&self, _: &Context, _: &TokenSet) -> Result<Profile> {
        unsupported()
    }

    async fn timeline(&self, _: &Context, _: &Account, _: &TimelineQuery) -> Result<Page<RemotePost>> {
        unsupported()
    }
}

#[async_trait]
impl Authenticator for Echo {
    fn platform(&self) -> PlatformId {
        PlatformId::X
    }

    fn app(&self) -> &str {
        APP
    }

    fn default_scopes(&self) -> &'static [&'static str] {
        &[]
    }

    fn begin(&self, _: &ConsentRequest) -> Result<Consent> {
        unsupported()
    }

    async fn complete(&self, _: &Context, _: Secret, _: &Secret, _: &str) -> Result<TokenSet> {
        unsupported()
    }

    async fn refresh(&self, _: &Context, _: &TokenSet) -> Result<TokenSet> {
        unsupported()
    }

    async fn revoke(&self, _: &Context, _: &TokenSet) -> Result<()> {
        unsupported()
    }
}
