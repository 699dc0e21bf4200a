//! Sessions: bought with an app password, kept alive with refresh tokens.

use std::fmt;

use async_trait::async_trait;
use xmp_core::{
    Authenticator, Certainty, Consent, ConsentRequest, Context, Error, ErrorKind, LogIn, PlatformId, Result,
    Retry, Secret, TokenSet,
};

use super::syntax::is_did;
use super::wire::{Session, ends_at};
use super::{APP, ID, operations, wire};
use crate::pipeline::{Call, Pipeline};

/// Connects accounts with app passwords.
pub struct Sessions {
    service: String,
    directory: String,
    pipeline: Pipeline,
}

impl Sessions {
    /// Sessions of accounts that log in at `service` if they name no server of their own. `directory` knows where accounts
    /// live.
    #[must_use]
    pub fn new(service: String, directory: String, pipeline: Pipeline) -> Self {
        Self { service, directory, pipeline }
    }

    async fn session(&self, ctx: &Context, call: Call, asked: &str) -> Result<TokenSet> {
        let session: Session = self.pipeline.json(ctx, call).await?;
        if session.access_jwt.is_empty() || session.refresh_jwt.is_empty() {
            return Err(Error::new(
                ErrorKind::PlatformFault,
                "session.empty",
                "the server gave a session without tokens",
            )
            .with_certainty(Certainty::MaybeSent));
        }
        // A document leads away from a secure server to a secure one only.
        let own = session.server().filter(|own| check_server(own, asked.starts_with("http:")).is_ok());
        Ok(TokenSet {
            expires_at: ends_at(&session.access_jwt),
            server: Some(own.unwrap_or(asked).trim_end_matches('/').to_owned()),
            access: Secret::new(session.access_jwt),
            refresh: Some(Secret::new(session.refresh_jwt)),
            scopes: Vec::new(),
        })
    }

    /// Makes sure that the account which a server gives out for its own lives there: a server that a caller named may claim
    /// anybody's. The directory of accounts knows (atproto.com, "DID"): a document for each, which names the server.
    async fn check_home(&self, ctx: &Context, tokens: &TokenSet) -> Result<()> {
        let call = Call::new(&operations::SESSION_GET).tokens(tokens);
        let claimed: Session = self.pipeline.json(ctx, call).await?;
        let server = tokens.server.as_deref().unwrap_or_default();
        let call = match claimed.did.strip_prefix("did:web:") {
            Some(host) if is_did(&claimed.did) => {
                Call::new(&operations::DID_WEB).server(Some(format!("https://{host}")))
            }
            _ => Call::new(&operations::DID_DIRECTORY)
                .server(Some(self.directory.clone()))
                .path("did", &claimed.did),
        };
        let document: serde_json::Value = self.pipeline.json(ctx, call).await?;
        if document["id"] == claimed.did.as_str()
            && wire::home(&document).is_some_and(|home| same(home, server))
        {
            return Ok(());
        }
        let message =
            format!("{server} gives out {} for its own, and the account does not live there", claimed.did);
        Err(Error::new(ErrorKind::Authentication, "server.foreign", message)
            .hint("name the server that the account lives on")
            .with_certainty(Certainty::Rejected))
    }

    fn server<'a>(&'a self, tokens: &'a TokenSet) -> &'a str {
        tokens.server.as_deref().unwrap_or(&self.service)
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("service", &self.service).finish_non_exhaustive()
    }
}

/// Whether this can be the address of a server. Passwords go there, so that it has to be secure, unless it is meant to be
/// one of this machine or network.
pub(super) fn check_server(url: &str, allow_http: bool) -> Result<()> {
    let wrong = |why: &str| {
        // It may have a password in it.
        let shown = if url.contains('@') {
            "an address with credentials in it".to_owned()
        } else {
            format!("{url:?}")
        };
        Error::new(
            ErrorKind::Configuration,
            "server.address",
            format!("{shown} is not the address of a server: {why}"),
        )
        .hint("give it as in https://bsky.social")
    };
    let read = url::Url::parse(url).map_err(|_| wrong("it can't be read"))?;
    if read.host_str().is_none_or(str::is_empty) {
        return Err(wrong("it has no host"));
    }
    if !read.username().is_empty()
        || read.password().is_some()
        || read.query().is_some()
        || read.fragment().is_some()
    {
        return Err(wrong("it has more than a scheme, a host and a port"));
    }
    match read.scheme() {
        "https" => Ok(()),
        "http" if allow_http => Ok(()),
        _ => Err(wrong("it does not begin with https://")),
    }
}

/// Whether two addresses are the same server's.
fn same(one: &str, other: &str) -> bool {
    let origin = |url: &str| url::Url::parse(url).ok().map(|url| url.origin());
    origin(one).is_some_and(|one| Some(one) == origin(other))
}

/// Whether an address is one of this machine, where nobody listens in.
fn is_loopback(url: &str) -> bool {
    let Ok(url) = url::Url::parse(url) else { return false };
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[async_trait]
impl Authenticator for Sessions {
    fn platform(&self) -> PlatformId {
        ID
    }

    fn app(&self) -> &str {
        APP
    }

    fn default_scopes(&self) -> &'static [&'static str] {
        &[]
    }

    fn begin(&self, _: &ConsentRequest) -> Result<Consent> {
        let message = "accounts of Bluesky are connected with an app password";
        Err(Error::new(ErrorKind::Unsupported, "connect.password", message).hint("use `log_in`"))
    }

    async fn complete(&self, _: &Context, _: Secret, _: &Secret, _: &str) -> Result<TokenSet> {
        let message = "no consent of Bluesky's can have been begun here";
        Err(Error::new(ErrorKind::Unsupported, "connect.password", message).hint("use `log_in`"))
    }

    async fn log_in(&self, ctx: &Context, log_in: &LogIn) -> Result<TokenSet> {
        let server = log_in.server.as_deref().unwrap_or(&self.service);
        check_server(server, server == self.service || is_loopback(server))?;
        if log_in.identifier.trim().is_empty() || log_in.password.is_empty() {
            return Err(Error::new(
                ErrorKind::Validation,
                "login.empty",
                "the name or the app password is empty",
            )
            .hint("make an app password in the account's settings"));
        }
        let body = serde_json::json!({
            "identifier": log_in.identifier.trim().trim_start_matches('@'),
            "password": log_in.password.expose(),
        });
        let call = Call::new(&operations::SESSION_CREATE).server(Some(server.to_owned())).json(&body)?;
        let tokens = self.session(ctx, call, server).await?;
        if server.trim_end_matches('/') != self.service.trim_end_matches('/') && !is_loopback(server) {
            self.check_home(ctx, &tokens).await?;
        }
        Ok(tokens)
    }

    /// An answer that was lost does no harm: the refresh token stays good for two hours after it was used, and gives the
    /// same next one (`@atproto/pds`, `rotateRefreshToken`).
    async fn refresh(&self, ctx: &Context, tokens: &TokenSet) -> Result<TokenSet> {
        let Some(refresh) = &tokens.refresh else {
            return Err(Error::new(
                ErrorKind::NeedsConsent,
                "session.no_refresh",
                "there is no refresh token",
            )
            .hint("log in again with an app password")
            .with_certainty(Certainty::NotSent));
        };
        let server = self.server(tokens);
        let call =
            Call::new(&operations::SESSION_REFRESH).bearer(refresh.clone()).server(Some(server.to_owned()));
        self.session(ctx, call, server).await.map_err(|error| match (error.certainty(), error.retry()) {
            (Some(Certainty::MaybeSent), Retry::After(_)) => error.with_certainty(Certainty::NotSent),
            (Some(Certainty::MaybeSent), _) => error
                .with_retry(Retry::After(std::time::Duration::from_secs(5)))
                .with_certainty(Certainty::NotSent),
            _ => error,
        })
    }

    fn refresh_repeats(&self) -> bool {
        true
    }

    async fn revoke(&self, ctx: &Context, tokens: &TokenSet) -> Result<()> {
        let Some(refresh) = &tokens.refresh else { return Ok(()) };
        let server = Some(self.server(tokens).to_owned());
        let call = Call::new(&operations::SESSION_DELETE).bearer(refresh.clone()).server(server);
        match self.pipeline.call(ctx, call).await {
            Ok(_) => Ok(()),
            // It has ended already.
            Err(error) if error.kind() == ErrorKind::Authentication => Ok(()),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_go_to_servers_alone() {
        for good in ["https://bsky.social", "https://pds.example:8443/"] {
            check_server(good, false).unwrap();
        }
        for bad in [
            "",
            "bsky.social",
            "ftp://a",
            "http://a",
            "https://u:p@a",
            "https://a/?q",
            "https://a/#f",
            "https://",
        ] {
            let error = check_server(bad, false).unwrap_err();
            assert_eq!(error.code(), "server.address", "{bad}");
            assert!(!error.to_string().contains("u:p"));
        }
        check_server("http://127.0.0.1:1", true).unwrap();
        assert!(
            is_loopback("http://localhost:1")
                && is_loopback("http://127.0.0.1")
                && is_loopback("http://[::1]:2")
        );
        assert!(!is_loopback("http://localhost.example") && !is_loopback("http://10.0.0.1"));
        assert!(same("https://pds.example", "https://PDS.example:443/"));
        assert!(!same("https://pds.example", "http://pds.example") && !same("", ""));
    }
}
