//! How accounts of {{Kind}} are connected, and stay so: not written yet.
//!
//! Where it speaks OAuth 2.0, [`OAuth2`](crate::oauth2::OAuth2) does all of this, and this file goes.

use async_trait::async_trait;
use xmp_core::{Authenticator, Consent, ConsentRequest, Context, PlatformId, Result, Secret, TokenSet};

use super::{ID, unwritten};

/// Connects accounts through one app.
#[derive(Clone, Debug)]
pub struct Connecting {
    app: String,
}

impl Connecting {
    /// Connects accounts through the app of this client id.
    #[must_use]
    pub fn new(client_id: String) -> Self {
        Self { app: client_id }
    }
}

#[async_trait]
impl Authenticator for Connecting {
    fn platform(&self) -> PlatformId {
        ID
    }

    fn app(&self) -> &str {
        &self.app
    }

    fn default_scopes(&self) -> &'static [&'static str] {
        &[]
    }

    fn begin(&self, _: &ConsentRequest) -> Result<Consent> {
        Err(unwritten("connecting an account"))
    }

    async fn complete(&self, _: &Context, _: Secret, _: &Secret, _: &str) -> Result<TokenSet> {
        Err(unwritten("connecting an account"))
    }

    async fn refresh(&self, _: &Context, _: &TokenSet) -> Result<TokenSet> {
        Err(unwritten("refreshing tokens"))
    }

    async fn revoke(&self, _: &Context, _: &TokenSet) -> Result<()> {
        Err(unwritten("revoking tokens"))
    }
}
