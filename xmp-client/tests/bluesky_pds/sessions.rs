//! Sessions that end, and are refreshed, interrupted and deleted.

use std::time::Duration;

use xmp_core::{
    AccountState, Certainty, Clock, ErrorKind, LogIn, RefreshAsk, RefreshLease, RemoteId, Retry, Secret,
    TokenSet, WorkerId,
};

use super::{Ada, connect, error_of, says};
use crate::pds::{Owner, Pds};

#[tokio::test]
async fn a_session_that_has_ended_is_refreshed_before_it_is_used() {
    let Some(ada) = Ada::new().await else { return };
    let old = ada.tokens().await;
    ada.publish(says("before")).await;
    assert_eq!(ada.refreshes(), 0);
    ada.end_session().await;
    ada.publish(says("after")).await;
    assert_eq!(ada.refreshes(), 1);
    let new = ada.tokens().await;
    assert_ne!(session_of(&new), session_of(&old), "the server gave a new pair, and it is stored");
    assert_eq!(new.server.as_deref(), Some(ada.pds.url()), "its own document names the server");
    assert_eq!(ada.pds.records(&ada.owner.did).await.len(), 2);
}

/// The server says 400 and not 401: that is a token to be replaced all the same.
#[tokio::test]
async fn a_token_that_the_server_refuses_is_replaced() {
    let Some(pds) = Pds::shared() else { return };
    let (password, expired) = pds.late();
    let connected = connect(pds, "late.test", password).await;
    let owner = Owner {
        handle: "late.test".to_owned(),
        did: connected.account.remote_id.to_string(),
        password: String::new(),
        app_password: password.to_owned(),
        access: String::new(),
    };
    let ada = Ada { pds, owner, connected };
    let store_expired = async || {
        ada.change_tokens(|tokens| (tokens.access, tokens.expires_at) = (Secret::new(expired), None)).await;
    };

    // What may be repeated is repeated at once.
    store_expired().await;
    let nothing = RemoteId::new(format!("at://{}/app.bsky.feed.post/3jui7kd54zh2y", ada.owner.did));
    ada.connected.platform.delete(&ada.connected.ctx, &ada.connected.account, &nothing).await.unwrap();
    assert_eq!(ada.refreshes(), 1);

    // A post is not: it was turned away at the door, and goes out with the next preparation.
    ada.connected.clock.advance(Duration::from_secs(3600));
    store_expired().await;
    let part = ada.part(says("late"));
    let prepared = ada.prepare(&part).await.unwrap();
    let error = error_of(ada.commit(&part, &prepared).await, Certainty::NotSent);
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Authentication, Retry::After(Duration::ZERO)));
    assert!(pds.records(&ada.owner.did).await.is_empty());
    let again = ada.prepare(&part).await.unwrap();
    assert_eq!(again, prepared);
    ada.commit(&part, &again).await;
    assert_eq!(pds.records(&ada.owner.did).await.len(), 1);
    assert_eq!((ada.refreshes(), ada.puts()), (2, 2));
}

#[tokio::test]
async fn a_refresh_token_that_was_used_gives_the_same_successor() {
    let Some(ada) = Ada::new().await else { return };
    let old = ada.tokens().await;
    let refresh = async || ada.connected.authenticator.refresh(&ada.connected.ctx, &old).await.unwrap();
    let (first, again) = (refresh().await, refresh().await);
    assert!(first.refresh.is_some() && first.refresh != old.refresh);
    // Two tokens of one session differ in when they were made: the claim that names the session is what counts.
    assert_eq!(session_of(&first), session_of(&again));
}

fn session_of(tokens: &TokenSet) -> String {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let claims = tokens.refresh.as_ref().unwrap().expose().split('.').nth(1).unwrap().to_owned();
    let claims: serde_json::Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    claims["jti"].as_str().unwrap().to_owned()
}

/// A process asked for new tokens and died before it stored them.
#[tokio::test]
async fn a_refresh_that_was_interrupted_is_made_again() {
    let Some(ada) = Ada::new().await else { return };
    let (store, ctx, account) = (&ada.connected.store, &ada.connected.ctx, &ada.connected.account);
    ada.end_session().await;
    let worker = WorkerId::new(ada.connected.clock.now());
    let ask = RefreshAsk { worker, hold: Duration::from_secs(60), over_abandoned: true };
    assert!(matches!(store.begin_refresh(ctx, account.id, ask).await.unwrap(), RefreshLease::Granted));
    ada.connected.authenticator.refresh(ctx, &ada.tokens().await).await.unwrap();
    ada.connected.clock.advance(Duration::from_secs(61));

    ada.publish(says("still connected")).await;
    assert_eq!(ada.refreshes(), 2);
    assert_eq!(store.account(ctx, account.id).await.unwrap().state, AccountState::Active);
}

#[tokio::test]
async fn a_deleted_session_needs_consent() {
    let Some(ada) = Ada::new().await else { return };
    let (store, ctx, account) = (&ada.connected.store, &ada.connected.ctx, &ada.connected.account);
    let tokens = ada.tokens().await;
    for _ in 0..2 {
        ada.connected.authenticator.revoke(ctx, &tokens).await.unwrap();
    }
    ada.end_session().await;
    let error = ada.prepare(&ada.part(says("nobody's"))).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::NeedsConsent, Some(Certainty::NotSent)));
    assert_eq!(store.account(ctx, account.id).await.unwrap().state, AccountState::NeedsConsent);
    assert!(ada.pds.records(&ada.owner.did).await.is_empty());
}

#[tokio::test]
async fn wrong_passwords_are_refused_and_not_shown() {
    let Some(ada) = Ada::new().await else { return };
    let log_in = async |identifier: &str, password: &str| {
        let (identifier, password) = (identifier.to_owned(), Secret::new(password));
        ada.connected
            .authenticator
            .log_in(&ada.connected.ctx, &LogIn { identifier, password, server: None })
            .await
    };
    for (identifier, password) in [(ada.owner.handle.as_str(), "wr0ng-pass"), ("nobody.test", "wr0ng-pass")] {
        let error = log_in(identifier, password).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Authentication, "login.refused"));
        assert!(!format!("{error} {error:?}").contains("wr0ng-pass"));
    }
    for identifier in [format!("@{}", ada.owner.handle), ada.owner.did.clone()] {
        log_in(&identifier, &ada.owner.app_password).await.unwrap();
    }
}
