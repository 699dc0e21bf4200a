//! Bluesky (AT Protocol).
//!
//! What is known of its behaviour comes from its lexicons (`app.bsky.*`, `com.atproto.*`, as of autumn 2026), its
//! documentation, and what its own server (`@atproto/pds`) was seen to do; each fact stands where it is used.
//!
//! A post is a record in the account's repository, under a key that the writer chooses. That makes publishing exactly once
//! simple: the key and the time of creation are chosen before anything is sent, and kept; writing the same record under the
//! same key again changes nothing, and reading the key tells for certain whether it is there.

mod at_uri;
mod blobs;
mod check;
mod cid;
mod detect;
mod errors;
pub mod operations;
mod platform;
mod publish;
mod read;
mod record;
mod richtext;
mod session;
#[cfg(test)]
mod suites;
mod syntax;
mod text;
mod tid;
mod wire;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use xmp_core::capability::{ConnectBy, Idempotency, MediaRule, TextRule};
use xmp_core::media::MediaKind;
use xmp_core::{Authenticator, Capability, Clock, PlatformId, Result, Visibility};

pub use richtext::{BadFacet, Facet, Feature, bad_facets, facets};
pub use session::Sessions;
pub use text::graphemes;

use crate::pipeline::{Parts, Pipeline, Service};
use crate::setup::{Nobody, Ready, Setup, Surroundings};

/// The platform's name.
pub const ID: PlatformId = PlatformId::constant("bluesky");

/// Where it is written down on which server an account lives.
pub const DIRECTORY: &str = "https://plc.directory";

/// Where accounts log in that name no server of their own.
pub const SERVICE: &str = "https://bsky.social";

/// Accounts are connected with app passwords, and not through an app.
const APP: &str = "app-password";

/// What Bluesky can do.
///
/// Text, images and video: lexicons `app.bsky.feed.post`, `app.bsky.embed.images`, `app.bsky.embed.video`. Alternative
/// texts: the limit of Bluesky's own app; the lexicon has none. Threads have no limit of the platform's.
#[must_use]
pub fn capability() -> Capability {
    let media = vec![
        MediaRule::new(MediaKind::Image, &["image/jpeg", "image/png", "image/webp"], 2_000_000, 4),
        MediaRule::new(MediaKind::Video, &["video/mp4"], 300_000_000, 1),
    ];
    Capability {
        connect_by: ConnectBy::AppPassword,
        text_rule: TextRule::Graphemes,
        text_limit: text::MAX_GRAPHEMES,
        text_bytes: Some(text::MAX_BYTES),
        link_length: None,
        media,
        media_per_part: 4,
        alt_text_limit: 2000,
        media_without_text: true,
        replies: true,
        quotes: true,
        link_cards: true,
        polls: None,
        visibilities: vec![Visibility::Public],
        sensitive: false,
        warnings: false,
        languages: true,
        thread_limit: 100,
        edit: false,
        delete: true,
        schedules: false,
        metrics: ["likes", "reposts", "replies", "quotes", "bookmarks"].map(str::to_owned).to_vec(),
        timeline: true,
        idempotency: Idempotency::RecordKey,
        key_remembered: None,
        settle: defaults::settle(),
        commit_timeout: defaults::commit_timeout(),
        priced: Vec::new(),
    }
}

/// How Bluesky is reached.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct BlueskyConfig {
    /// Where accounts log in that name no server of their own. Default: [`SERVICE`].
    #[serde(default = "defaults::service")]
    pub service: String,
    /// Where it is written down on which server an account lives: asked about a server that a caller names, which might give
    /// out somebody else's account for its own. Default: [`DIRECTORY`].
    #[serde(default = "defaults::directory")]
    pub directory: String,
    /// How long after an attempt's deadline it is asked what became of it. Default 5 s: a server shows its own records at
    /// once.
    #[serde(default = "defaults::settle")]
    pub settle: Duration,
    /// How long the one visible request may take. Default 10 s.
    #[serde(default = "defaults::commit_timeout")]
    pub commit_timeout: Duration,
}

/// What a configuration has that says nothing else.
mod defaults {
    use std::time::Duration;

    pub(super) fn service() -> String {
        super::SERVICE.to_owned()
    }

    pub(super) fn directory() -> String {
        super::DIRECTORY.to_owned()
    }

    pub(super) fn settle() -> Duration {
        Duration::from_secs(5)
    }

    pub(super) fn commit_timeout() -> Duration {
        Duration::from_secs(10)
    }
}

impl Default for BlueskyConfig {
    fn default() -> Self {
        Self {
            service: defaults::service(),
            directory: defaults::directory(),
            settle: defaults::settle(),
            commit_timeout: defaults::commit_timeout(),
        }
    }
}

impl BlueskyConfig {
    /// The configuration with the defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets accounts that name no server of their own log in here: a server of yours, a simulator.
    #[must_use]
    pub fn service(mut self, url: impl Into<String>) -> Self {
        self.service = url.into();
        self
    }

    /// Asks this directory on which server an account lives.
    #[must_use]
    pub fn directory(mut self, url: impl Into<String>) -> Self {
        self.directory = url.into();
        self
    }

    /// Waits so long, after an attempt's deadline, before it asks what became of it.
    #[must_use]
    pub fn settle(mut self, settle: Duration) -> Self {
        self.settle = settle;
        self
    }

    /// Lets the one visible request take so long.
    #[must_use]
    pub fn commit_timeout(mut self, timeout: Duration) -> Self {
        self.commit_timeout = timeout;
        self
    }

    fn service_data(&self) -> Service {
        Service {
            platform: ID,
            app: APP.to_owned(),
            base_url: self.service.clone(),
            classify: errors::classify,
            windows: errors::windows,
        }
    }
}

impl Setup for BlueskyConfig {
    fn set_up(&self, around: &Surroundings) -> Result<Ready> {
        session::check_server(&self.service, true)?;
        session::check_server(&self.directory, true)?;
        // Sessions are bought with bare tokens: nothing keeps those alive.
        let bare = around.parts_with(Arc::new(Nobody));
        let sessions: Arc<dyn Authenticator> = Arc::new(Sessions::new(
            self.service.clone(),
            self.directory.clone(),
            Pipeline::new(self.service_data(), bare),
        ));
        Ok((Arc::new(Bluesky::new(self, around.parts(sessions.clone()))), sessions))
    }
}

/// Bluesky as a [`Platform`](xmp_core::Platform). One instance serves all accounts, on whichever servers they live.
pub struct Bluesky {
    pipeline: Pipeline,
    clock: Arc<dyn Clock>,
    capability: Arc<Capability>,
}

impl Bluesky {
    /// Bluesky over a transport, with tokens and windows.
    #[must_use]
    pub fn new(config: &BlueskyConfig, parts: Parts) -> Self {
        let clock = parts.clock.clone();
        let capability = Arc::new(Capability {
            settle: config.settle,
            commit_timeout: config.commit_timeout,
            ..capability()
        });
        Self { pipeline: Pipeline::new(config.service_data(), parts), clock, capability }
    }
}

impl fmt::Debug for Bluesky {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bluesky").field("pipeline", &self.pipeline).finish_non_exhaustive()
    }
}
