//! X (formerly Twitter), API v2.
//!
//! What is known of X's behaviour comes from its specification (OpenAPI, version 2.167), its documentation as of August
//! 2026, and what client libraries report; each fact stands where it is used.
//!
//! Two of X's rules that a program has to know: self-serve apps can't like, follow or quote (since April 2026), and may
//! reply only to posts that summoned them (since February 2026). xmp offers replies, since an app with more access may
//! make them, and since the later parts of a thread answer the account's own posts; where X refuses one, the error is
//! `reply.refused` or `access.level`.

mod check;
mod errors;
mod find;
mod media;
pub mod operations;
mod platform;
mod publish;
mod read;
mod text;
mod wire;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use xmp_core::capability::{ConnectBy, Idempotency, MediaRule, Price, TextRule};
use xmp_core::media::MediaKind;
use xmp_core::{
    Authenticator, Capability, Clock, Error, ErrorKind, HttpTransport, PlatformId, Result, Secret, Visibility,
};

pub use text::weighted_length;

use crate::oauth2::{OAuth2, OAuth2Config, ShowsSecret};
use crate::pipeline::{Parts, Pipeline, Service};
use crate::setup::{Ready, Setup, Surroundings};

/// X's own address of its API.
pub const BASE_URL: &str = "https://api.x.com";
/// X's own address of its consent page.
pub const AUTHORIZE_URL: &str = "https://x.com/i/oauth2/authorize";

/// The platform's name.
pub const ID: PlatformId = PlatformId::X;

/// What X can do.
///
/// Image, animation and video sizes: X documentation, "Media best practices". Alternative texts: X specification,
/// `CreateMediaMetadataMetadataAltText`. Media ids of a post: X specification, `CreatePostsMedia`. Quotes: see the head of
/// this module. Prices: X documentation, "Pricing" (pay per use), as of August 2026.
#[must_use]
pub fn capability() -> Capability {
    let media = vec![
        MediaRule::new(MediaKind::Image, &["image/jpeg", "image/png", "image/webp"], 5 * 1024 * 1024, 4),
        MediaRule::new(MediaKind::Gif, &["image/gif"], 15 * 1024 * 1024, 1),
        MediaRule::new(MediaKind::Video, &["video/mp4", "video/quicktime"], 512 * 1024 * 1024, 1),
    ];
    let metrics = ["likes", "replies", "reposts", "quotes", "bookmarks", "impressions"];
    Capability {
        connect_by: ConnectBy::Consent,
        text_rule: TextRule::XWeighted,
        text_limit: 280,
        text_bytes: None,
        link_length: Some(23),
        media,
        media_per_part: 4,
        alt_text_limit: 1000,
        media_without_text: true,
        replies: true,
        quotes: false,
        link_cards: false,
        polls: None,
        visibilities: vec![Visibility::Public],
        sensitive: false,
        warnings: false,
        languages: false,
        thread_limit: 25,
        edit: false,
        delete: true,
        schedules: false,
        metrics: metrics.map(str::to_owned).to_vec(),
        timeline: true,
        idempotency: Idempotency::Observe,
        key_remembered: None,
        settle: defaults::settle(),
        commit_timeout: defaults::commit_timeout(),
        priced: vec![
            Price::new("post", 15_000),
            Price::new("post with a link", 200_000),
            Price::new("reading a post", 5_000),
            Price::new("reading an own post", 1_000),
            Price::new("reading a profile", 10_000),
            Price::new("alternative text of media", 5_000),
        ],
    }
}

/// How X is reached.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct XConfig {
    /// The app's OAuth 2.0 client id.
    pub client_id: String,
    /// The app's OAuth 2.0 client secret; `None` for a public client.
    #[serde(default)]
    pub client_secret: Option<Secret>,
    /// Where the API is. Default: [`BASE_URL`].
    #[serde(default = "defaults::base_url")]
    pub base_url: String,
    /// Where owners consent. Default: [`AUTHORIZE_URL`], or the same path under a base URL that is not X's own.
    #[serde(default)]
    pub authorize_url: Option<String>,
    /// How long after an attempt's deadline its effect may still appear in the timeline. Default 60 s.
    #[serde(default = "defaults::settle")]
    pub settle: Duration,
    /// How long the one visible request may take. Default 10 s.
    #[serde(default = "defaults::commit_timeout")]
    pub commit_timeout: Duration,
    /// Bytes of one piece of an upload. Default 1 MiB: pieces of 5 MB were answered with 413.
    #[serde(default = "defaults::chunk_size")]
    pub chunk_size: usize,
    /// How long to wait for the processing of a video or animation. Default 10 minutes.
    #[serde(default = "defaults::processing_timeout")]
    pub processing_timeout: Duration,
}

/// What a configuration has that says nothing else.
mod defaults {
    use std::time::Duration;

    pub(super) fn base_url() -> String {
        super::BASE_URL.to_owned()
    }

    pub(super) fn settle() -> Duration {
        Duration::from_secs(60)
    }

    pub(super) fn commit_timeout() -> Duration {
        Duration::from_secs(10)
    }

    pub(super) fn chunk_size() -> usize {
        1024 * 1024
    }

    pub(super) fn processing_timeout() -> Duration {
        Duration::from_secs(600)
    }
}

impl XConfig {
    /// The configuration of a public client with the defaults.
    pub fn new(client_id: impl Into<String>) -> Self {
        Self {
            client_id: client_id.into(),
            client_secret: None,
            base_url: defaults::base_url(),
            authorize_url: None,
            settle: defaults::settle(),
            commit_timeout: defaults::commit_timeout(),
            chunk_size: defaults::chunk_size(),
            processing_timeout: defaults::processing_timeout(),
        }
    }

    /// Is a confidential client with this secret.
    #[must_use]
    pub fn client_secret(mut self, secret: Secret) -> Self {
        self.client_secret = Some(secret);
        self
    }

    /// Speaks to another address: a simulator, a proxy of your own.
    #[must_use]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
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

    /// Sends owners to another page.
    #[must_use]
    pub fn authorize_url(mut self, url: impl Into<String>) -> Self {
        self.authorize_url = Some(url.into());
        self
    }

    /// Where owners consent.
    fn consent_page(&self) -> String {
        let base = self.base_url.trim_end_matches('/');
        match &self.authorize_url {
            Some(url) => url.clone(),
            None if base == BASE_URL => AUTHORIZE_URL.to_owned(),
            None => format!("{base}/i/oauth2/authorize"),
        }
    }
}

/// The authenticator for X's accounts.
///
/// # Errors
/// [`ErrorKind::Configuration`] if a URL is malformed or the client id is empty.
pub fn authenticator(
    config: &XConfig,
    transport: Arc<dyn HttpTransport>,
    clock: Arc<dyn Clock>,
) -> Result<OAuth2> {
    let base = config.base_url.trim_end_matches('/');
    let oauth = OAuth2Config {
        platform: ID,
        app: config.client_id.clone(),
        client_id: config.client_id.clone(),
        client_secret: config.client_secret.clone(),
        shows_secret: ShowsSecret::InHeader,
        authorize_url: config.consent_page(),
        token_url: format!("{base}/2/oauth2/token"),
        revoke_url: format!("{base}/2/oauth2/revoke"),
        default_scopes: operations::SCOPES,
    };
    OAuth2::new(oauth, transport, clock)
}

impl Setup for XConfig {
    fn set_up(&self, around: &Surroundings) -> Result<Ready> {
        let oauth: Arc<dyn Authenticator> =
            Arc::new(authenticator(self, around.transport.clone(), around.clock.clone())?);
        Ok((Arc::new(X::new(self.clone(), around.parts(oauth.clone()))), oauth))
    }
}

/// X as a [`Platform`](xmp_core::Platform). One instance serves all accounts.
pub struct X {
    pipeline: Pipeline,
    clock: Arc<dyn Clock>,
    capability: Arc<Capability>,
    chunk_size: usize,
    processing_timeout: Duration,
}

impl X {
    /// X over a transport, with tokens and windows.
    #[must_use]
    pub fn new(config: XConfig, parts: Parts) -> Self {
        let service = Service {
            platform: PlatformId::X,
            app: config.client_id,
            base_url: config.base_url,
            classify: errors::classify,
            windows: errors::windows,
        };
        let capability = Arc::new(Capability {
            settle: config.settle,
            commit_timeout: config.commit_timeout,
            ..capability()
        });
        let clock = parts.clock.clone();
        Self {
            pipeline: Pipeline::new(service, parts),
            clock,
            capability,
            // A piece has an index from 0 to 999, and the largest file is 512 MiB: less than this could not hold it.
            chunk_size: config.chunk_size.max(768 * 1024),
            processing_timeout: config.processing_timeout,
        }
    }

    /// The layers that its requests walk through.
    #[must_use]
    pub fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }
}

impl fmt::Debug for X {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("X").field("pipeline", &self.pipeline).finish_non_exhaustive()
    }
}

/// An answer without the data that it should have.
fn answer_without(what: &str) -> Error {
    Error::new(ErrorKind::PlatformFault, "answer.empty", format!("X's answer has no {what}"))
        .with_certainty(xmp_core::Certainty::MaybeSent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_consent_page_follows_the_base_url() {
        let config = XConfig::new("app");
        assert_eq!(config.consent_page(), "https://x.com/i/oauth2/authorize");
        let config = config.base_url("http://127.0.0.1:1/");
        assert_eq!(config.consent_page(), "http://127.0.0.1:1/i/oauth2/authorize");
        assert_eq!(config.authorize_url("https://other/").consent_page(), "https://other/");
    }

    #[test]
    fn debug_shows_no_secret() {
        let config = XConfig::new("app").client_secret(Secret::new("s3cr3t"));
        assert!(!format!("{config:?}").contains("s3cr3t"));
    }
}
