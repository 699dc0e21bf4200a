//! Mastodon, and the servers that speak its API: Pleroma, Akkoma, GoToSocial and others.
//!
//! What is known of its behaviour comes from its API documentation (version 4.7), its source where that says more, and what
//! such servers were seen to do; each fact stands where it is used. There are many servers: a program sets up those that
//! its accounts live on, each with the app that it [registered](fn@register) there.
//!
//! # Exactly once
//!
//! A post is made under an `Idempotency-Key`, which the server remembers for an hour: the same key gives the same post. The
//! key is chosen when everything else is ready, and kept with the moment of its choice before anything is sent.
//!
//! The server writes a key down only when its post is made (`PostStatusService#idempotency_key`), and most versions let two
//! requests under one key run side by side: a lock came in 2026-02 (mastodon/mastodon#37879). So nothing is concluded from
//! what is not there, and nothing is sent again, while a request may still be running: not before `settle` has passed,
//! which is longer than web servers and the proxies in front of them let one run (nginx waits 60 s for an answer). Puma,
//! which Mastodon runs on, ends none by itself: a server that takes longer for one post than `settle` is not covered.
//!
//! * *While it is good* (50 minutes: an hour without a margin for the request itself and for clocks that differ) every
//!   attempt carries it. When the outcome of one is unknown, own posts are looked at after `settle`: what is there was
//!   published, and what is not there is absent with *proof*, since another attempt makes no second post: this one has
//!   ended by then, and if it made a post, its key is known.
//! * *After that*, or on a server that does nothing with keys, an absence is only *observed*: the account's policy decides.
//! * *A post that waits longer than its key is good* (for its window, for an outage, for a worker) has to get another one.
//!   The proof that let it go on does not hold under that, so own posts are looked at once more before it is chosen. What
//!   is found there is not taken, since nobody here knows which posts other deliveries own: it is refused with
//!   `post.live_already` and its address, and a person decides. Putting it back makes a new post: the checkpoints are gone.
//!
//! No key helps when its post was deleted meanwhile: the server answers 404, and the part fails instead of coming back.
//! Some versions answer 500 to a key that they know (mastodon/mastodon#40399): that is as good as a lost answer, and the
//! look finds the post.

mod check;
mod errors;
mod find;
mod html;
mod instance;
mod key;
mod media;
pub mod operations;
mod platform;
mod publish;
mod read;
mod register;
mod text;
mod wire;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use xmp_core::capability::{ConnectBy, Idempotency, MediaRule, PollRule, TextRule};
use xmp_core::media::MediaKind;
use xmp_core::{
    Authenticator, Capability, Clock, Context, Error, ErrorKind, HttpTransport, PlatformId, Result, Secret,
    Visibility,
};

pub use register::{NewApp, Registration, register};
pub use text::text_length;

use crate::oauth2::{OAuth2, OAuth2Config, ShowsSecret};
use crate::pipeline::{Operation, Parts, Pipeline, Service};
use crate::setup::{Ready, Setup, Surroundings};

/// The platform's name.
pub const ID: PlatformId = PlatformId::constant("mastodon");

/// How much a link counts where the server does not say (Mastodon, `StatusLengthValidator`).
const LINK_LENGTH: usize = 23;

/// What a server can do that says nothing else: Mastodon with its default settings.
///
/// Text, media and polls: `configuration` of `GET /api/v2/instance`, as Mastodon 4.5 has it; several images and animations
/// may stand together, a video stands alone (`PostStatusService#validate_media!`). Quotes are left out: servers older than
/// 4.5 have none. Threads have no limit of the platform's.
#[must_use]
pub fn capability() -> Capability {
    const IMAGE: u64 = 16 * 1024 * 1024;
    let media = vec![
        MediaRule::new(MediaKind::Image, &["image/jpeg", "image/png", "image/webp"], IMAGE, 4),
        MediaRule::new(MediaKind::Gif, &["image/gif"], IMAGE, 4),
        MediaRule::new(MediaKind::Video, &["video/mp4", "video/quicktime"], 99 * 1024 * 1024, 1),
    ];
    let polls = PollRule {
        max_options: 4,
        max_option_length: 50,
        min_open: Duration::from_secs(5 * 60),
        max_open: Duration::from_secs(2_629_746),
    };
    Capability {
        connect_by: ConnectBy::Consent,
        text_rule: TextRule::MastodonCharacters,
        text_limit: 500,
        text_bytes: None,
        link_length: Some(LINK_LENGTH),
        media,
        media_per_part: 4,
        alt_text_limit: 1500,
        media_without_text: true,
        replies: true,
        quotes: false,
        link_cards: false,
        polls: Some(polls),
        visibilities: vec![
            Visibility::Public,
            Visibility::Unlisted,
            Visibility::Followers,
            Visibility::Mentioned,
        ],
        sensitive: true,
        warnings: true,
        languages: true,
        thread_limit: 100,
        edit: true,
        delete: true,
        schedules: true,
        metrics: wire::OF_POST.iter().map(|(_, ours)| (*ours).to_owned()).collect(),
        timeline: true,
        idempotency: Idempotency::IdempotencyKey,
        key_remembered: Some(key::REMEMBERED),
        settle: defaults::settle(),
        commit_timeout: defaults::commit_timeout(),
        priced: Vec::new(),
    }
}

/// How one server is reached.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct MastodonConfig {
    /// Its address: `https://mastodon.social`.
    pub server: String,
    /// The client id of the program's app there.
    pub client_id: String,
    /// The client secret of the program's app there.
    pub client_secret: Secret,
    /// How long after an attempt's deadline it is asked what became of it. Default 120 s: longer than web servers, and the
    /// proxies in front of them, let a request run (nginx waits 60 s for an answer).
    ///
    /// Don't set less, unless the server is known to end its requests sooner: it remembers a key only when its post is made,
    /// so an attempt that is repeated while the first one is still running may make a second post.
    #[serde(default = "defaults::settle")]
    pub settle: Duration,
    /// How long the one visible request may take. Default 10 s.
    #[serde(default = "defaults::commit_timeout")]
    pub commit_timeout: Duration,
    /// How long to wait for the processing of media. Default 10 minutes.
    #[serde(default = "defaults::processing_timeout")]
    pub processing_timeout: Duration,
}

/// What a configuration has that says nothing else.
mod defaults {
    use std::time::Duration;

    pub(super) fn settle() -> Duration {
        Duration::from_secs(120)
    }

    pub(super) fn commit_timeout() -> Duration {
        Duration::from_secs(10)
    }

    pub(super) fn processing_timeout() -> Duration {
        Duration::from_secs(600)
    }
}

impl MastodonConfig {
    /// A server with the app that was registered there.
    pub fn new(server: impl Into<String>, client_id: impl Into<String>, client_secret: Secret) -> Self {
        Self {
            server: server.into(),
            client_id: client_id.into(),
            client_secret,
            settle: defaults::settle(),
            commit_timeout: defaults::commit_timeout(),
            processing_timeout: defaults::processing_timeout(),
        }
    }

    /// Waits so long, after an attempt's deadline, before it asks what became of it: see [`settle`](field@Self::settle),
    /// which says why less than the default is dangerous.
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

    /// Waits so long for the processing of media.
    #[must_use]
    pub fn processing_timeout(mut self, timeout: Duration) -> Self {
        self.processing_timeout = timeout;
        self
    }
}

/// The requests to one server, whose host and port are the app that its accounts are connected through.
fn service(server: &str) -> Result<Service> {
    let wrong = |why: &str| {
        // It may have a password in it.
        let shown = if server.contains('@') {
            "an address with credentials in it".to_owned()
        } else {
            format!("{server:?}")
        };
        Error::new(
            ErrorKind::Configuration,
            "server.address",
            format!("{shown} is not the address of a server: {why}"),
        )
        .hint("give it as in https://mastodon.social")
    };
    let url = url::Url::parse(server).map_err(|_| wrong("it can't be read"))?;
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| wrong("it has no host"))?;
    if !matches!(url.scheme(), "https" | "http") {
        return Err(wrong("it does not begin with https://"));
    }
    if url.origin().ascii_serialization() != server.trim_end_matches('/').to_ascii_lowercase() {
        return Err(wrong("it has more than a scheme, a host and a port"));
    }
    Ok(Service {
        platform: ID,
        app: url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")),
        base_url: url.origin().ascii_serialization(),
        classify: errors::classify,
        windows: errors::windows,
    })
}

/// The authenticator for accounts of one server.
///
/// # Errors
/// [`ErrorKind::Configuration`] if the server's address is malformed or the client id is empty.
pub fn authenticator(
    config: &MastodonConfig,
    transport: Arc<dyn HttpTransport>,
    clock: Arc<dyn Clock>,
) -> Result<OAuth2> {
    let Service { app, base_url, .. } = service(&config.server)?;
    let oauth = OAuth2Config {
        platform: ID,
        app,
        client_id: config.client_id.clone(),
        client_secret: Some(config.client_secret.clone()),
        // GoToSocial reads nothing else; Mastodon reads both.
        shows_secret: ShowsSecret::InBody,
        authorize_url: format!("{base_url}/oauth/authorize"),
        token_url: format!("{base_url}/oauth/token"),
        revoke_url: format!("{base_url}/oauth/revoke"),
        default_scopes: operations::SCOPES,
    };
    OAuth2::new(oauth, transport, clock)
}

impl Setup for MastodonConfig {
    fn set_up(&self, around: &Surroundings) -> Result<Ready> {
        let oauth: Arc<dyn Authenticator> =
            Arc::new(authenticator(self, around.transport.clone(), around.clock.clone())?);
        Ok((Arc::new(Mastodon::new(self, around.parts(oauth.clone()))?), oauth))
    }
}

/// One server as a [`Platform`](xmp_core::Platform). One instance serves all accounts that live there.
pub struct Mastodon {
    pipeline: Pipeline,
    clock: Arc<dyn Clock>,
    /// What is not the server's own choice, and what is known as long as it was not read.
    capability: Arc<Capability>,
    instance: instance::Instance,
    processing_timeout: Duration,
}

impl Mastodon {
    /// A server over a transport, with tokens and windows.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] if its address is malformed.
    pub fn new(config: &MastodonConfig, parts: Parts) -> Result<Self> {
        let clock = parts.clock.clone();
        let capability = Arc::new(Capability {
            settle: config.settle,
            commit_timeout: config.commit_timeout,
            ..capability()
        });
        Ok(Self {
            pipeline: Pipeline::new(service(&config.server)?, parts),
            clock,
            capability,
            instance: instance::Instance::new(),
            processing_timeout: config.processing_timeout,
        })
    }

    /// What the server says that it allows; `None` if it was never read.
    async fn allowed(&self, ctx: &Context) -> Option<Arc<Capability>> {
        self.instance.capability(ctx, &self.pipeline, self.clock.as_ref(), &self.capability).await
    }

    /// An error in an answer that was no refusal.
    fn placed(&self, ctx: &Context, operation: &Operation, error: Error) -> Error {
        error.at(ID, operation.name).with_correlation(ctx.correlation_id())
    }
}

impl fmt::Debug for Mastodon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mastodon").field("pipeline", &self.pipeline).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_named_by_its_host() {
        for (server, app) in [
            ("https://mastodon.social", "mastodon.social"),
            ("https://Mastodon.Social/", "mastodon.social"),
            ("http://127.0.0.1:4000", "127.0.0.1:4000"),
        ] {
            assert_eq!(service(server).unwrap().app, app);
        }
        for bad in
            ["", "mastodon.social", "ftp://a", "https://u:p@a", "https://a/path", "https://a/?q", "https://"]
        {
            let error = service(bad).unwrap_err();
            assert_eq!(error.code(), "server.address", "{bad}");
            assert!(!error.to_string().contains("u:p"));
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let config = MastodonConfig::new("https://a", "app", Secret::new("s3cr3t"));
        assert!(!format!("{config:?}").contains("s3cr3t"));
    }
}
