//! Adds the account's token to each attempt.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use xmp_core::{
    AccountId, AuthScheme, Certainty, Clock, Context, CredentialSource, Deadline, Error, ErrorKind, Result,
    Retry, Secret, TokenSet,
};

use super::{Answer, Call, Failure, Layer, Next, Operation, Stage};

/// Gets a token that is good for one request, checks that it has the scopes which the operation needs, and replaces
/// it once if the platform refuses it: a 401 means that nothing was looked at, so the same request may be made again.
///
/// A call that is made [once](Call::once) is not repeated even then; its refused token is remembered, and replaced
/// before the account's next call. A token that was just bought and is refused too is left alone for a while: the
/// next would fare no better.
pub(super) struct Authenticate {
    credentials: Arc<dyn CredentialSource>,
    clock: Arc<dyn Clock>,
    accounts: Mutex<HashMap<AccountId, Known>>,
}

/// What is known of an account's tokens.
#[derive(Default)]
struct Known {
    refused: Option<Secret>,
    /// What a refused one was last replaced by, and until when that one is not replaced itself.
    bought: Option<(Secret, Deadline)>,
}

/// How long after a token was replaced its successor is not.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

impl Authenticate {
    pub(super) fn new(credentials: Arc<dyn CredentialSource>, clock: Arc<dyn Clock>) -> Self {
        Self { credentials, clock, accounts: Mutex::default() }
    }

    /// A token that is fresh and not known to be refused.
    pub(super) async fn token(&self, ctx: &Context, account: AccountId) -> Result<TokenSet> {
        let tokens = self.credentials.access_token(ctx, account).await.map_err(before_sending)?;
        if self.with(account, |known| known.refused.as_ref() != Some(&tokens.access)) {
            return Ok(tokens);
        }
        let left = self.left(account, &tokens.access);
        if left.is_zero() {
            return self.replace(ctx, account, &tokens.access).await;
        }
        let message = "the account's token was refused, and so was the one before it";
        Err(Error::new(ErrorKind::Authentication, "token.refused", message)
            .with_retry(Retry::After(left))
            .with_certainty(Certainty::NotSent))
    }

    async fn replace(&self, ctx: &Context, account: AccountId, refused: &Secret) -> Result<TokenSet> {
        let tokens = self.credentials.replace_refused(ctx, account, refused).await.map_err(before_sending)?;
        let bought = Some((tokens.access.clone(), Deadline::after(self.clock.as_ref(), PATIENCE)));
        self.with(account, |known| *known = Known { refused: None, bought });
        Ok(tokens)
    }

    /// Remembers a token that was refused, and says when the call may be made again.
    fn refused(&self, account: AccountId, token: &Secret, failure: Failure) -> Failure {
        self.with(account, |known| known.refused = Some(token.clone()));
        let error = failure.error.with_retry(Retry::After(self.left(account, token)));
        Failure { error, ..failure }
    }

    /// How long a token must not be replaced yet.
    fn left(&self, account: AccountId, token: &Secret) -> Duration {
        let bought = self.with(account, |known| known.bought.clone());
        let held = bought.filter(|(bought, _)| bought == token);
        held.map_or(Duration::ZERO, |(_, until)| until.left(self.clock.as_ref()))
    }

    fn with<T>(&self, account: AccountId, act: impl FnOnce(&mut Known) -> T) -> T {
        act(self.accounts.lock().unwrap_or_else(PoisonError::into_inner).entry(account).or_default())
    }
}

/// Whether the platform turned a request away because of its token: 401 on most, and what a platform's own table of
/// errors says.
fn refuses_token(failure: &Failure) -> bool {
    failure.answer.is_some() && failure.error.kind() == ErrorKind::Authentication
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
        let failure = match next.run(ctx, &call.clone().tokens(&tokens)).await {
            Err(failure) if refuses_token(&failure) => failure,
            result => return result,
        };
        let failure = self.refused(account, &tokens.access, failure);
        if call.is_once() || !self.left(account, &tokens.access).is_zero() {
            return Err(failure);
        }
        let tokens = self.replace(ctx, account, &tokens.access).await?;
        check_scopes(operation, &tokens)?;
        match next.run(ctx, &call.clone().tokens(&tokens)).await {
            Err(failure) if refuses_token(&failure) => Err(self.refused(account, &tokens.access, failure)),
            result => result,
        }
    }
}
