//! Accounts that were taken down or deactivated: nothing goes out, and nothing is concluded from what can't be read.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use xmp_core::{Absence, Certainty, ErrorKind, Finding, Outcome};

use super::{Ada, error_of, says};
use crate::pds::Pds;

/// Takes an account, or one of its records, down as a moderator does.
async fn take_down(pds: &Pds, subject: &serde_json::Value) {
    let body = json!({ "subject": subject, "takedown": { "applied": true, "ref": "1" } });
    let admin = format!("Basic {}", STANDARD.encode(format!("admin:{}", pds.admin_password())));
    pds.post("com.atproto.admin.updateSubjectStatus", &admin, &body).await;
}

async fn nothing_goes_and_nothing_is_known(ada: &Ada, code: &str) {
    let part = ada.part(says("unheard"));
    let prepared = ada.prepare(&part).await.unwrap();
    let error = error_of(ada.commit(&part, &prepared).await, Certainty::Rejected);
    assert_eq!((error.kind(), error.code()), (ErrorKind::AccountSuspended, code));
    let finding = ada.find(&prepared).await;
    assert!(
        matches!(finding, Finding::Unreadable(_)),
        "a repository that can't be read proves nothing: {finding:?}"
    );
}

#[tokio::test]
async fn a_deactivated_account_is_suspended_until_its_owner_is_back() {
    let Some(ada) = Ada::new().await else { return };
    let live = ada.part(says("live"));
    let prepared = ada.prepare(&live).await.unwrap();
    ada.commit(&live, &prepared).await;
    ada.pds.as_owner(&ada.owner, "com.atproto.server.deactivateAccount", Some(&json!({}))).await;
    nothing_goes_and_nothing_is_known(&ada, "account.deactivated").await;
    let finding = ada.find(&prepared).await;
    assert!(matches!(finding, Finding::Unreadable(_)), "{finding:?}");
    ada.pds.as_owner(&ada.owner, "com.atproto.server.activateAccount", None).await;
    assert!(matches!(ada.find(&prepared).await, Finding::Found(_)));
    ada.publish(says("back")).await;
}

#[tokio::test]
async fn an_account_that_was_taken_down_is_suspended() {
    let Some(ada) = Ada::new().await else { return };
    take_down(ada.pds, &json!({ "$type": "com.atproto.admin.defs#repoRef", "did": ada.owner.did })).await;
    nothing_goes_and_nothing_is_known(&ada, "account.taken_down").await;
}

/// A record that a moderator took down reads as one that was never there. Its key keeps it from appearing twice.
#[tokio::test]
async fn a_post_that_was_taken_down_is_not_made_again() {
    let Some(ada) = Ada::new().await else { return };
    let part = ada.part(says("taken down"));
    let prepared = ada.prepare(&part).await.unwrap();
    ada.commit(&part, &prepared).await;
    let before = ada.pds.records(&ada.owner.did).await;
    let subject =
        json!({ "$type": "com.atproto.repo.strongRef", "uri": before[0]["uri"], "cid": before[0]["cid"] });
    take_down(ada.pds, &subject).await;
    assert!(matches!(ada.find(&prepared).await, Finding::Absent(Absence::Proof)));
    assert!(matches!(ada.commit(&part, &prepared).await, Outcome::Sent(_)));
    assert!(ada.pds.records(&ada.owner.did).await.is_empty(), "it stays down");
}
