//! {{Kind}}: not written yet.
//!
//! Say here where what is known of its behaviour comes from (its documentation, its specification, what its server was
//! seen to do), how it publishes exactly once, and what a program has to know of its rules. Each fact stands where it is
//! used.

mod check;
mod connect;
mod errors;
pub mod operations;
mod platform;
mod publish;
mod read;
mod wire;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use xmp_core::capability::{ConnectBy, Idempotency, TextRule};
use xmp_core::{Authenticator, Capability, Certainty, Error, ErrorKind, PlatformId, Result, Visibility};

pub use connect::Connecting;

use crate::pipeline::{Parts, Pipeline, Service};
use crate::setup::{Ready, Setup, Surroundings};

/// The platform's name.
pub const ID: PlatformId = PlatformId::constant("{{id}}");

/// What {{Kind}} can do: nothing yet. A text of no characters is all that it takes, so that every post is refused before it
/// is stored.
#[must_use]
pub fn capability() -> Capability {
    Capability {
        connect_by: ConnectBy::Consent,
        text_rule: TextRule::Graphemes,
        text_limit: 0,
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
        settle: defaults::settle(),
        commit_timeout: defaults::commit_timeout(),
        priced: Vec::new(),
    }
}

/// How {{Kind}} is reached.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct {{Kind}}Config {
    /// The app that accounts are connected through.
    pub client_id: String,
    /// Where the API is.
    pub base_url: String,
    /// How long after an attempt's deadline its effect may still appear. Default 60 s.
    #[serde(default = "defaults::settle")]
    pub settle: Duration,
    /// How long the one visible request may take. Default 10 s.
    #[serde(default = "defaults::commit_timeout")]
    pub commit_timeout: Duration,
}

/// What a configuration has that says nothing else.
mod defaults {
    use std::time::Duration;

    pub(super) fn settle() -> Duration {
        Duration::from_secs(60)
    }

    pub(super) fn commit_timeout() -> Duration {
        Duration::from_secs(10)
    }
}

impl {{Kind}}Config {
    /// The configuration with the defaults.
    pub fn new(client_id: impl Into<String>, base_url: impl Into<String>) -> Self {
        Self {
            client_id: client_id.into(),
            base_url: base_url.into(),
            settle: defaults::settle(),
            commit_timeout: defaults::commit_timeout(),
        }
    }

    /// Waits so long, after an attempt's deadline, for what may still appear.
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
}

impl Setup for {{Kind}}Config {
    fn set_up(&self, around: &Surroundings) -> Result<Ready> {
        let connecting: Arc<dyn Authenticator> = Arc::new(Connecting::new(self.client_id.clone()));
        Ok((Arc::new({{Kind}}::new(self, around.parts(connecting.clone()))), connecting))
    }
}

/// {{Kind}} as a [`Platform`](xmp_core::Platform). One instance serves all accounts.
pub struct {{Kind}} {
    pipeline: Pipeline,
    capability: Arc<Capability>,
}

impl {{Kind}} {
    /// {{Kind}} over a transport, with tokens and windows.
    #[must_use]
    pub fn new(config: &{{Kind}}Config, parts: Parts) -> Self {
        let service = Service {
            platform: ID,
            app: config.client_id.clone(),
            base_url: config.base_url.clone(),
            classify: errors::classify,
            windows: errors::windows,
        };
        let capability = Arc::new(Capability {
            settle: config.settle,
            commit_timeout: config.commit_timeout,
            ..capability()
        });
        Self { pipeline: Pipeline::new(service, parts), capability }
    }
}

impl fmt::Debug for {{Kind}} {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("{{Kind}}").field("pipeline", &self.pipeline).finish_non_exhaustive()
    }
}

/// The answer of what is not written yet. Nothing was asked.
fn unwritten(what: &str) -> Error {
    Error::new(ErrorKind::Unsupported, "platform.unwritten", format!("{what} is not written yet for {ID}"))
        .with_certainty(Certainty::NotSent)
}
