//! How a platform is put together, out of its configuration and what all platforms share.

use std::sync::Arc;

use async_trait::async_trait;
use xmp_core::{
    AccountId, Authenticator, Clock, Context, CredentialSource, Error, ErrorKind, HttpTransport, Platform,
    RateLimiter, Result, Secret, Store, TokenSet, WorkerId,
};

use crate::limits::SharedLimiter;
use crate::pipeline::Parts;
use crate::tokens::TokenManager;

/// What all platforms work with.
#[derive(Clone)]
pub struct Surroundings {
    /// Makes exchanges.
    pub transport: Arc<dyn HttpTransport>,
    /// Keeps accounts and tokens.
    pub store: Arc<dyn Store>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

impl Surroundings {
    /// What a pipeline works with: tokens that `authenticator` keeps alive, and windows that all processes on the store share.
    #[must_use]
    pub fn parts(&self, authenticator: Arc<dyn Authenticator>) -> Parts {
        let Self { store, clock, .. } = self.clone();
        let worker = WorkerId::new(clock.now());
        self.parts_with(Arc::new(TokenManager::new(store.clone(), store, [authenticator], clock, worker)))
    }

    /// What a pipeline works with whose tokens come from elsewhere.
    #[must_use]
    pub fn parts_with(&self, credentials: Arc<dyn CredentialSource>) -> Parts {
        let Self { transport, clock, store } = self.clone();
        let limiter: Arc<dyn RateLimiter> = Arc::new(SharedLimiter::new(store, clock.clone()));
        Parts { transport, credentials, limiter, clock }
    }
}

/// Credentials for requests that are made on behalf of no account: they bring their own tokens, or take none.
#[derive(Clone, Copy, Debug)]
pub struct Nobody;

#[async_trait]
impl CredentialSource for Nobody {
    async fn access_token(&self, _: &Context, _: AccountId) -> Result<TokenSet> {
        let message = "the request is made on behalf of no account";
        Err(Error::new(ErrorKind::Internal, "credentials.nobody", message))
    }

    async fn replace_refused(&self, ctx: &Context, id: AccountId, _: &Secret) -> Result<TokenSet> {
        self.access_token(ctx, id).await
    }
}

/// A platform, ready, with the way to connect accounts of it.
pub type Ready = (Arc<dyn Platform>, Arc<dyn Authenticator>);

/// The configuration of a platform.
pub trait Setup: Send + Sync {
    /// Puts the platform together. Makes no request.
    ///
    /// # Errors
    /// [`Configuration`](xmp_core::ErrorKind::Configuration) if something is missing or malformed.
    fn set_up(&self, around: &Surroundings) -> Result<Ready>;
}
