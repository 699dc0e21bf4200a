//! Adds the account's token to each attempt.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use http::StatusCode;
use xmp_core::{
    AccountId, AuthScheme, Certainty, Context, CredentialSource, Error, ErrorKind, Result, Retry, Secret,
    TokenSet,
};

use super::{Answer, Call, Failure, Layer, Next, Operation, Stage};

/// Gets a token that is good for one request, checks that it has the scopes which the operation needs, and replaces
/// it once if the platform refuses it: a 401 means that nothing was looked at, so the same request may be made again.
///
/// A call that is made [once](Call::once) is not repeated even then; its refused token is remembered, and replaced
/// before the account's next call.
pub(super) struct Authenticate {
    credentials: Arc<dyn CredentialSource>,
    refused: Mutex<HashMap<AccountId, Secret>>,
}

impl Authenticate {
    pub(super) fn new(credentials: Arc<dyn CredentialSource>) -> Self {
        Self { credentials, refused: Mutex::default() }
    }

    /// A token that is fresh and not known to be refused.
    pub(super) async fn token(&self, ctx: &Context, account: AccountId) -> Result<TokenSet> {
        let tokens = self.credentials.access_token(ctx, account).await.map_err(before_sending)?;
        let refused = self.with(|refused| refused.get(&account).cloned());
        match refused {
            Some(refused) if refused == tokens.access => self.replace(ctx, account, &refused).await,
            Some(_) => {
                self.with(|known| known.remove(&account));
                Ok(tokens)
            }
            None => Ok(tokens),
        }
    }

    async fn replace(&self, ctx: &Context, account: AccountId, refused: &Secret) -> Result<TokenSet> {
        let tokens = self.credentials.replace_refused(ctx, account, refused).await.map_err(before_sending)?;
        self.with(|known| known.remove(&account));
        Ok(tokens)
    }

    fn with<T>(&self, act: impl FnOnce(&mut HashMap<AccountId, Secret>) -> T) -> T {
        act(&mut self.refused.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Whatever became of a refresh, the operation itself was not sent.
fn before_sending(error: Error) -> Error {
    error.with_certainty(Certainty::NotSent)
}

fn check_scopes(operation: &Operation, tokens: &TokenSet) -> Result<()> {
    // A platform that told no scopes at all leaves nothing to check.
    let missing: Vec<_> = operation
        .scopes
        .iter()
        .filter(|scope| !tokens.scopes.is_empty() && !tokens.scopes.iter().any(|granted| granted == *scope))
        .copied()
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!(
        "{} needs the scope {}, which the account has not granted",
        operation.name,
        missing.join(" ")
    );
    Err(Error::new(ErrorKind::MissingScope, "scope.missing", message)
        .hint("connect the account again and ask for it")
        .with_certainty(Certainty::NotSent))
}

#[async_trait]
impl Layer for Authenticate {
    fn stage(&self) -> Stage {
        Stage::Authenticate
    }

    async fn call(&self, ctx: &Context, call: &Call, next: Next<'_>) -> Result<Answer, Failure> {
        let operation = call.operation();
        let public = operation.auth.iter().all(|scheme| *scheme == AuthScheme::None);
        if call.token().is_some() || (public && call.on_behalf_of().is_none()) {
            return next.run(ctx, call).await;
        }
        let Some(account) = call.on_behalf_of().map(|account| account.id) else {
            let message = format!("{} needs an account", operation.name);
            return Err(Error::new(ErrorKind::Internal, "call.account", message).into());
        };
        let tokens = self.token(ctx, account).await?;
        check_scopes(operation, &tokens)?;
        let failure = match next.run(ctx, &call.clone().bearer(tokens.access.clone())).await {
            Err(failure) if failure.status() == Some(StatusCode::UNAUTHORIZED) => failure,
            result => return result,
        };
        if call.is_once() {
            self.with(|refused| refused.insert(account, tokens.access));
            return Err(failure);
        }
        let tokens = self.replace(ctx, account, &tokens.access).await?;
        check_scopes(operation, &tokens)?;
        next.run(ctx, &call.clone().bearer(tokens.access)).await.map_err(|failure| match failure.status() {
            // A token that was just bought and is refused too: a third would fare no better.
            Some(StatusCode::UNAUTHORIZED) => {
                Failure { error: failure.error.with_retry(Retry::Exhausted), ..failure }
            }
            _ => failure,
        })
    }
}
