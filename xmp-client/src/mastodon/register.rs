//! Apps: a program needs one on each server, and makes it itself.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::json;
use xmp_core::{Clock, Context, HttpTransport, Result, Secret};

use super::operations::{APPS_CREATE, SCOPES};
use super::{MastodonConfig, service, wire};
use crate::limits::WindowLimiter;
use crate::pipeline::{Call, Parts, Pipeline};
use crate::setup::Nobody;

/// What a server is told of a program.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewApp {
    /// Its name, which owners of accounts see when they consent, and readers under posts.
    pub name: String,
    /// Where owners may be sent back to, each whole.
    pub redirect_uris: Vec<String>,
    /// Where the name leads to, if anywhere.
    pub website: Option<String>,
}

impl NewApp {
    /// A program without an address of its own.
    pub fn new(name: impl Into<String>, redirect_uris: Vec<String>) -> Self {
        Self { name: name.into(), redirect_uris, website: None }
    }
}

/// What a server gave a program. Keep it: each registration makes another app, whose accounts have to be connected anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// Where it is good: `https://mastodon.social`.
    pub server: String,
    /// The app's client id.
    pub client_id: String,
    /// The app's client secret.
    pub client_secret: Secret,
}

impl From<Registration> for MastodonConfig {
    fn from(app: Registration) -> Self {
        Self::new(app.server, app.client_id, app.client_secret)
    }
}

/// Registers a program with a server, for the scopes that xmp asks for ([`SCOPES`]). Do it once for each server, and keep
/// the result.
///
/// # Errors
/// [`Configuration`](xmp_core::ErrorKind::Configuration) if the server's address is malformed,
/// [`Validation`](xmp_core::ErrorKind::Validation) if the server refuses what it was told, or whatever kept the request from
/// being answered.
pub async fn register(
    ctx: &Context,
    transport: Arc<dyn HttpTransport>,
    clock: Arc<dyn Clock>,
    server: &str,
    app: &NewApp,
) -> Result<Registration> {
    let service = service(server)?;
    let server = service.base_url.clone();
    let limiter = Arc::new(WindowLimiter::new(clock.clone()));
    let parts = Parts { transport, credentials: Arc::new(Nobody), limiter, clock };
    // Lists of addresses are known since Mastodon 4.3; lines are known to all.
    let body = json!({
        "client_name": app.name,
        "redirect_uris": app.redirect_uris.join("\n"),
        "scopes": SCOPES.join(" "),
        "website": app.website,
    });
    let call = Call::new(&APPS_CREATE).json(&body)?;
    let wire::App { client_id, client_secret } = Pipeline::new(service, parts).json(ctx, call).await?;
    Ok(Registration { server, client_id, client_secret })
}
