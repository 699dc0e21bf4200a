//! Bluesky on its own server: what only the real one can prove. What holds on every platform is in `platforms.rs`.
#![cfg(feature = "platform-bluesky")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/connected.rs"]
mod connected;
mod limits;
mod media;
#[path = "../../../tests/support/pds.rs"]
mod pds;
#[path = "../../../tests/support/peer.rs"]
mod peer;
mod records;
mod sessions;
#[path = "../support/mod.rs"]
mod support;
mod suspended;

use std::sync::Arc;
use std::time::Duration;

use connected::{By, Connected, clocks};
use pds::{Owner, Pds};
use support::Kept;
use xmp_client::bluesky::BlueskyConfig;
use xmp_client::tokens;
use xmp_client::transport::ReqwestTransport;
use xmp_core::{
    AttemptId, Certainty, Clock, Deadline, Error, FindQuery, Finding, Outcome, PartContent, PartId, Prepared,
    RemoteId, Result, TokenSet, Work,
};

/// A new account of the server, connected.
struct Ada {
    pds: &'static Pds,
    owner: Owner,
    connected: Connected,
}

impl Ada {
    /// `None`, with a message, where the server is not at hand.
    async fn new() -> Option<Self> {
        let pds = Pds::shared()?;
        let owner = pds.account().await;
        let connected = connect(pds, &owner.handle, &owner.app_password).await;
        Some(Self { pds, owner, connected })
    }

    async fn prepare(&self, part: &Part) -> Result<Prepared> {
        let Connected { platform, ctx, .. } = &self.connected;
        platform.prepare(ctx, &part.work, &part.kept).await
    }

    async fn commit(&self, part: &Part, prepared: &Prepared) -> Outcome {
        let Connected { platform, ctx, clock, .. } = &self.connected;
        let deadline = Deadline::after(clock, platform.capability().commit_timeout);
        platform.commit(ctx, &part.work, prepared, deadline).await
    }

    /// Publishes what has to succeed.
    async fn publish(&self, content: PartContent) -> RemoteId {
        let part = self.part(content);
        let prepared = self.prepare(&part).await.unwrap();
        match self.commit(&part, &prepared).await {
            Outcome::Sent(published) => published.remote_id,
            other => panic!("{other:?}"),
        }
    }

    fn part(&self, content: PartContent) -> Part {
        let (part, account) = (PartId::new(self.connected.clock.now()), self.connected.account.clone());
        Part { work: Work { part, account, content }, kept: Kept::default() }
    }

    async fn find(&self, prepared: &Prepared) -> Finding {
        let Connected { platform, ctx, clock, account, .. } = &self.connected;
        let query = FindQuery {
            account: account.clone(),
            attempt: AttemptId::new(clock.now()),
            evidence: prepared.evidence.clone(),
            since: clock.now(),
            until: clock.now() + Duration::from_secs(10),
            taken: Vec::new(),
        };
        platform.find_published(ctx, &query).await
    }

    async fn tokens(&self) -> TokenSet {
        let Connected { store, ctx, account, .. } = &self.connected;
        let stored = store.secret(ctx, &tokens::key(account.id)).await.unwrap().unwrap();
        TokenSet::from_secret(&stored.value).unwrap()
    }

    /// Changes the account's stored tokens. The server's time can't be moved; what is known of it here can.
    async fn change_tokens(&self, change: impl FnOnce(&mut TokenSet)) {
        let Connected { store, ctx, account, .. } = &self.connected;
        let key = tokens::key(account.id);
        let version = store.secret(ctx, &key).await.unwrap().unwrap().version;
        let mut tokens = self.tokens().await;
        change(&mut tokens);
        store.put_secret(ctx, &key, tokens.to_secret().unwrap(), version).await.unwrap();
    }

    /// The account's access token ends now.
    async fn end_session(&self) {
        let now = self.connected.clock.now();
        self.change_tokens(|tokens| tokens.expires_at = Some(now)).await;
    }

    /// How many posts were asked for.
    fn puts(&self) -> usize {
        self.connected.count("com.atproto.repo.putRecord")
    }

    fn refreshes(&self) -> usize {
        self.connected.count("com.atproto.server.refreshSession")
    }
}

/// One part on its way, with what its preparation reached.
struct Part {
    work: Work,
    kept: Kept,
}

async fn connect(pds: &Pds, handle: &str, password: &str) -> Connected {
    let config = BlueskyConfig::new().service(pds.url());
    let transport = Arc::new(ReqwestTransport::new().unwrap());
    Connected::new(&config, transport, clocks().0, By::Password(handle, password)).await
}

fn says(text: &str) -> PartContent {
    PartContent { text: text.to_owned(), ..PartContent::default() }
}

fn error_of(outcome: Outcome, certainty: Certainty) -> Error {
    let (error, found) = match outcome {
        Outcome::NotSent(error) => (error, Certainty::NotSent),
        Outcome::Rejected(error) => (error, Certainty::Rejected),
        Outcome::MaybeSent(error) => (error, Certainty::MaybeSent),
        Outcome::Sent(published) => panic!("sent: {published:?}"),
    };
    assert_eq!(found, certainty, "{error:?}");
    error
}
