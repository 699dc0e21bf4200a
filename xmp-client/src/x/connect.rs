//! X with all that it needs.

use std::sync::Arc;

use xmp_core::{Authenticator, Clock, HttpTransport, Platform, Result, Store, WorkerId};

use super::{X, XConfig, authenticator};
use crate::limits::WindowLimiter;
use crate::tokens::TokenManager;

/// X over a transport, with its accounts' tokens in a store and its windows counted in this process.
///
/// # Errors
/// [`Configuration`](xmp_core::ErrorKind::Configuration) if a URL is malformed or the client id is empty.
pub fn connect(
    config: XConfig,
    transport: Arc<dyn HttpTransport>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
) -> Result<(Arc<dyn Platform>, Arc<dyn Authenticator>)> {
    let oauth: Arc<dyn Authenticator> = Arc::new(authenticator(&config, transport.clone(), clock.clone())?);
    let worker = WorkerId::new(clock.now());
    let tokens = TokenManager::new(store.clone(), store, [oauth.clone()], clock.clone(), worker);
    let limiter = Arc::new(WindowLimiter::new(clock.clone()));
    Ok((Arc::new(X::new(config, transport, Arc::new(tokens), limiter, clock)), oauth))
}
