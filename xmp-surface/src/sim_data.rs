//! What callers give a simulator, as plain data.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use xmp::{Error, ErrorKind, Result, Secret};
use xmp_sim::{Fault, InstanceLimits, RateLimit, Sim, SimClock, SimError};

/// An OAuth app that a simulator knows.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SimClient {
    /// The client id.
    pub id: String,
    /// The client secret; without one it is a public client.
    #[serde(default)]
    pub secret: Option<Secret>,
    /// Where it may have owners sent back to. On loopback any port will do.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
}

/// What a simulator starts with.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SimOptions {
    /// The OAuth apps.
    #[serde(default)]
    pub clients: Vec<SimClient>,
    /// The handles of the accounts: `ada` on X, `bluesky:ada.test`, `mastodon:ada`. A program logs in to Bluesky with the app
    /// password `app-password-of-ada.test`.
    #[serde(default)]
    pub accounts: Vec<String>,
    /// What the simulated Mastodon server allows, where it is not what Mastodon comes with.
    #[serde(default)]
    pub instance: Option<InstanceData>,
    /// Keeps the world in this folder, so that a later start finds it again. Default: in memory.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("format" = "path")))]
    pub home: Option<PathBuf>,
    /// Listens on this port of 127.0.0.1; 0 for any free one.
    #[serde(default)]
    pub port: u16,
    /// The time that its clock starts at; it runs on from there. Default: real time.
    #[serde(default)]
    pub starting_at: Option<Timestamp>,
    /// How long access tokens live.
    #[serde(default)]
    pub access_token_ttl: Option<Duration>,
    /// How long an equal text of the same account is refused as a duplicate; zero: never.
    #[serde(default)]
    pub duplicate_window: Option<Duration>,
    /// Rate limits in place of the documented ones.
    #[serde(default)]
    pub limits: Vec<RateLimit>,
}

impl SimOptions {
    pub(crate) async fn start(self) -> Result<Sim> {
        let mut sim = Sim::builder().port(self.port);
        if let Some(home) = self.home {
            sim = sim.home(home);
        }
        if let Some(time) = self.starting_at {
            sim = sim.clock(SimClock::starting_at(time));
        }
        if let Some(ttl) = self.access_token_ttl {
            sim = sim.access_token_ttl(ttl);
        }
        if let Some(window) = self.duplicate_window {
            sim = sim.duplicate_window(window);
        }
        for client in &self.clients {
            let redirects: Vec<_> = client.redirect_uris.iter().map(String::as_str).collect();
            sim = sim.client(&client.id, client.secret.as_ref().map(Secret::expose), &redirects);
        }
        sim = self.accounts.iter().fold(sim, |sim, handle| sim.account(handle));
        if let Some(instance) = self.instance {
            sim = sim.instance(instance.limits());
        }
        sim = self.limits.into_iter().fold(sim, xmp_sim::SimBuilder::limit);
        sim.start().await.map_err(wrong)
    }
}

/// What the simulated Mastodon server allows; what is left out is as Mastodon comes.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "SimInstance"))]
pub struct InstanceData {
    /// The most characters that a status may have.
    #[serde(default)]
    pub max_characters: Option<usize>,
    /// The most media that a status may carry.
    #[serde(default)]
    pub max_media_attachments: Option<usize>,
    /// What a link counts for, in characters.
    #[serde(default)]
    pub characters_reserved_per_url: Option<usize>,
    /// The most answers of a poll.
    #[serde(default)]
    pub max_poll_options: Option<usize>,
}

impl InstanceData {
    fn limits(self) -> InstanceLimits {
        let usual = InstanceLimits::default();
        InstanceLimits {
            max_characters: self.max_characters.unwrap_or(usual.max_characters),
            max_media_attachments: self.max_media_attachments.unwrap_or(usual.max_media_attachments),
            characters_reserved_per_url: self
                .characters_reserved_per_url
                .unwrap_or(usual.characters_reserved_per_url),
            max_poll_options: self.max_poll_options.unwrap_or(usual.max_poll_options),
            ..usual
        }
    }
}

/// A simulator's error as one of xmp's.
pub(crate) fn wrong(error: SimError) -> Error {
    let kind = match error {
        SimError::Missing => ErrorKind::NotFound,
        SimError::Invalid { .. } | SimError::Consent(_) => ErrorKind::Validation,
        _ => ErrorKind::Configuration,
    };
    Error::new(kind, "sim", error.to_string()).with_source(error)
}

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "FaultKind"))]
pub enum FaultWord {
    /// It waits `ms` real milliseconds before its effect.
    Latency,
    /// The effect happens, then the answer is held back for `ms` real milliseconds.
    Hold,
    /// It is refused with the status `code`, without effect.
    Status,
    /// The effect happens, yet the status `code` is answered.
    StatusAfterEffect,
    /// 429 with a window that ends `reset_secs` simulated seconds from now, without effect.
    RateLimited,
    /// The connection is closed without an answer, and without effect.
    CutBefore,
    /// The effect happens, then the connection is closed without one byte of an answer.
    CutAfter,
    /// The connection is closed without an answer; the effect lands `ms` simulated milliseconds later.
    CutThenLate,
    /// The effect happens; half of the answer's body arrives, then the connection is closed.
    HalfBody,
    /// The effect happens; the answer's body trickles in, with `ms` real milliseconds between chunks.
    SlowBody,
    /// The effect happens; under a 2xx stands what is not JSON.
    GarbageBody,
    /// On X, all refusals come in its old shape.
    LegacyErrors,
    /// Posts younger than `ms` simulated milliseconds are missing from timelines, and with `lookups` everywhere.
    TimelineLag,
    /// The account is suspended.
    Suspended,
    /// The account's tokens are dead.
    TokenRevoked,
}

/// A fault and the requests that meet it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Fault"))]
pub struct FaultData {
    /// What happens.
    pub kind: FaultWord,
    /// The route that is hit (`posts.create`), or a family of them (`media`). Default: any.
    #[serde(default)]
    pub route: Option<String>,
    /// The platform that is hit. Default: any.
    #[serde(default)]
    pub platform: Option<String>,
    /// The handle of the account on whose behalf the request is made. Default: any.
    #[serde(default)]
    pub account: Option<String>,
    /// So many matching requests pass unharmed first.
    #[serde(default)]
    pub skip: u32,
    /// So many matching requests are hit, then the fault is used up. Default: for ever.
    #[serde(default)]
    pub times: Option<u32>,
    /// Milliseconds, for the kinds that name them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ms: Option<u64>,
    /// The HTTP status, for the kinds that name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<u16>,
    /// The JSON body for `status`; by default the platform's usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// For `status`: the usual body in X's old shape.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legacy: Option<bool>,
    /// Simulated seconds until the window ends, for `rate_limited`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset_secs: Option<u64>,
    /// For `timeline_lag`: they are missing from lookups by id, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lookups: Option<bool>,
}

impl TryFrom<FaultData> for Fault {
    type Error = Error;

    fn try_from(data: FaultData) -> Result<Self> {
        serde_json::to_value(&data).and_then(serde_json::from_value).map_err(|error| {
            Error::new(
                ErrorKind::Validation,
                "sim.fault",
                format!("the fault {:?} is incomplete: {error}", data.kind),
            )
            .hint("see what its kind needs")
        })
    }
}

impl FaultData {
    pub(crate) fn of(fault: &Fault) -> Result<Self> {
        serde_json::to_value(fault)
            .and_then(serde_json::from_value)
            .map_err(|error| Error::new(ErrorKind::Internal, "sim.fault", format!("{fault:?}: {error}")))
    }
}
