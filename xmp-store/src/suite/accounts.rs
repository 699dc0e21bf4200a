//! Accounts and consents.

use std::time::Duration;

use xmp_core::{AccountState, EventKind, OnAbsent, PendingConsent, PlatformId, RemoteId, Secret, SecretKey};

use super::world::{MINUTE, World, absent, refused};
use xmp_core::ErrorKind;

pub(super) async fn connect_keeps_the_account_and_its_tokens(w: World<'_>) {
    let account = w.account("42").await;
    assert_eq!(account.tenant, *w.ctx.tenant());
    assert_eq!(account.state, AccountState::Active);
    assert_eq!(account.on_absent, OnAbsent::Hold);
    assert_eq!((account.handle.as_str(), account.blocked_until), ("handle_42", None));
    assert_eq!(account.created_at, w.now());
    assert_eq!(w.store.account(&w.ctx, account.id).await.unwrap(), account);
    let key = SecretKey { account: account.id, field: "oauth2" };
    let tokens = w.store.secret(&w.ctx, &key).await.unwrap().unwrap();
    assert_eq!((tokens.value.expose(), tokens.version), ("tokens", 1));
    assert_eq!(w.kinds().await, [EventKind::AccountConnected]);
    let nothing = w.store.connect(&w.ctx, w.new_account("43"), Secret::new("")).await;
    refused(nothing, ErrorKind::Validation, "secret.empty");
    assert_eq!(w.store.accounts(&w.ctx).await.unwrap().len(), 1);
}

pub(super) async fn connecting_again_keeps_the_id(w: World<'_>) {
    let first = w.account("42").await;
    w.store.set_account_state(&w.ctx, first.id, AccountState::NeedsConsent, "refused").await.unwrap();
    w.clock.advance(MINUTE);
    let mut again = w.new_account("42");
    again.handle = "renamed".to_owned();
    again.scopes = vec!["write".to_owned()];
    again.on_absent = Some(OnAbsent::Resend);
    let second = w.store.connect(&w.ctx, again, Secret::new("new tokens")).await.unwrap();
    assert_eq!((second.id, second.created_at), (first.id, first.created_at));
    assert_eq!((second.state, second.on_absent), (AccountState::Active, OnAbsent::Resend));
    assert_eq!((second.handle.as_str(), second.scopes.len()), ("renamed", 1));
    assert_eq!(w.store.accounts(&w.ctx).await.unwrap(), [second]);
    let third = w.account("42").await;
    assert_eq!(third.on_absent, OnAbsent::Resend, "what is not said stays");
    let key = SecretKey { account: first.id, field: "oauth2" };
    assert_eq!(w.store.secret(&w.ctx, &key).await.unwrap().unwrap().version, 3);
    let kinds = w.kinds().await;
    assert_eq!(kinds.iter().filter(|kind| **kind == EventKind::AccountReconnected).count(), 2);
    assert_eq!(kinds.iter().filter(|kind| **kind == EventKind::AccountConnected).count(), 1);
}

pub(super) async fn accounts_are_listed_oldest_first(w: World<'_>) {
    let mut ids = Vec::new();
    for remote in ["3", "1", "2"] {
        ids.push(w.account(remote).await.id);
        w.clock.advance(MINUTE);
    }
    let listed: Vec<_> =
        w.store.accounts(&w.ctx).await.unwrap().into_iter().map(|account| account.id).collect();
    assert_eq!(listed, ids);
}

pub(super) async fn accounts_are_apart_by_tenant_app_and_platform(w: World<'_>) {
    let own = w.account("42").await;
    let stranger = w.stranger();
    let theirs = stranger.account("42").await;
    assert_ne!(own.id, theirs.id);
    assert_eq!(stranger.store.accounts(&stranger.ctx).await.unwrap(), [theirs]);
    absent(stranger.store.account(&stranger.ctx, own.id).await);
    absent(stranger.store.set_account_state(&stranger.ctx, own.id, AccountState::Paused, "").await);
    let mut other_app = w.new_account("42");
    other_app.app = "other".to_owned();
    let mut other_platform = w.new_account("42");
    other_platform.platform = PlatformId::new("bluesky").unwrap();
    for new in [other_app, other_platform] {
        let account = w.store.connect(&w.ctx, new, Secret::new("tokens")).await.unwrap();
        assert_ne!(account.id, own.id);
        assert_eq!(account.remote_id, RemoteId::new("42"));
    }
    assert_eq!(w.store.accounts(&w.ctx).await.unwrap().len(), 3);
}

pub(super) async fn account_states_change_with_their_events(w: World<'_>) {
    let id = w.account("42").await.id;
    for state in [AccountState::Paused, AccountState::Suspended, AccountState::NeedsConsent] {
        let account = w.store.set_account_state(&w.ctx, id, state, "because").await.unwrap();
        assert_eq!(account.state, state);
        let written = w.events().await.len();
        w.store.set_account_state(&w.ctx, id, state, "again").await.unwrap();
        assert_eq!(w.events().await.len(), written, "the same state again changes nothing");
    }
    let events = w.events().await;
    let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
    let state = EventKind::AccountState;
    let (suspended, consent) = (EventKind::AccountSuspended, EventKind::AccountNeedsConsent);
    assert_eq!(kinds, [EventKind::AccountConnected, state, state, suspended, state, consent]);
    assert_eq!(events[3].data, serde_json::json!({ "why": "because" }));
    assert_eq!(events[1].data["from"], "active");
    assert_eq!((&events[1].data["to"], &events[1].data["why"]), (&"paused".into(), &"because".into()));
    assert!(events.iter().all(|event| event.account == Some(id)));
}

fn consent(state: &str) -> PendingConsent {
    PendingConsent {
        app: "app".to_owned(),
        state: Secret::new(state),
        verifier: Secret::new("verifier"),
        platform: PlatformId::X,
        redirect_uri: "http://127.0.0.1/back".to_owned(),
        expires_in: Duration::from_secs(600),
    }
}

pub(super) async fn consents_are_single_use(w: World<'_>) {
    w.store.put_consent(&w.ctx, consent("state")).await.unwrap();
    refused(w.store.put_consent(&w.ctx, consent("state")).await, ErrorKind::Conflict, "consent.twice");
    assert!(w.store.take_consent(&w.ctx, &Secret::new("other")).await.unwrap().is_none());
    w.clock.advance(MINUTE);
    let taken = w.store.take_consent(&w.ctx, &Secret::new("state")).await.unwrap().unwrap();
    assert_eq!((taken.state.expose(), taken.verifier.expose()), ("state", "verifier"));
    assert_eq!((taken.platform, taken.redirect_uri.as_str()), (PlatformId::X, "http://127.0.0.1/back"));
    assert_eq!(taken.expires_in, Duration::from_secs(540));
    assert!(w.store.take_consent(&w.ctx, &Secret::new("state")).await.unwrap().is_none());
}

pub(super) async fn consents_expire(w: World<'_>) {
    w.store.put_consent(&w.ctx, consent("one")).await.unwrap();
    w.store.put_consent(&w.ctx, consent("two")).await.unwrap();
    w.clock.advance(Duration::from_secs(599));
    assert!(w.store.take_consent(&w.ctx, &Secret::new("one")).await.unwrap().is_some());
    w.clock.advance(Duration::from_secs(1));
    assert!(w.store.take_consent(&w.ctx, &Secret::new("two")).await.unwrap().is_none());
    w.store.put_consent(&w.ctx, consent("two")).await.unwrap();
    assert!(w.store.take_consent(&w.ctx, &Secret::new("two")).await.unwrap().is_some());
}

pub(super) async fn consents_belong_to_a_tenant(w: World<'_>) {
    let stranger = w.stranger();
    w.store.put_consent(&w.ctx, consent("state")).await.unwrap();
    assert!(stranger.store.take_consent(&stranger.ctx, &Secret::new("state")).await.unwrap().is_none());
    let own = w.store.take_consent(&w.ctx, &Secret::new("state")).await.unwrap();
    assert!(own.is_some(), "another tenant's try does not use it up");
}

pub(super) async fn consent_is_needed_only_by_the_tokens_that_were_refused(w: World<'_>) {
    let account = w.account("42").await;
    let reconnected = w.account("42").await;
    assert!(!w.store.needs_consent(&w.ctx, account.id, 1, "refused").await.unwrap(), "they were replaced");
    assert_eq!(w.store.account(&w.ctx, account.id).await.unwrap(), reconnected);
    assert!(w.store.needs_consent(&w.ctx, account.id, 2, "refused").await.unwrap());
    assert_eq!(w.store.account(&w.ctx, account.id).await.unwrap().state, AccountState::NeedsConsent);
    assert_eq!(w.kinds().await.last(), Some(&EventKind::AccountNeedsConsent));
}
