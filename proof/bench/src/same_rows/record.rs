//! One post, taken through a store step by step.

use std::time::Duration;

use async_trait::async_trait;
use xmp_core::step::{NewAttempt, Verdict};
use xmp_core::{
    Begun, ClaimRequest, Clock, Evidence, PlatformId, Prepared, PublishedRef, RemoteId, SystemClock, WorkerId,
};

use super::pattern::Names;
use super::script::{Change, Tables, changes};
use crate::Result;
use crate::subject::Subject;

/// What each step writes, for one post.
pub(super) struct Script {
    pub(super) schedule: Vec<Change>,
    pub(super) claim: Vec<Change>,
    pub(super) intent: Vec<Change>,
    pub(super) outcome: Vec<Change>,
}

/// Reads all tables of a store.
#[async_trait]
pub(super) trait Snapshot: Send + Sync {
    async fn tables(&self) -> Result<Tables>;
}

/// Makes accounts for so many posts and one more, and records what becomes of the first one's post. It stays there,
/// published.
pub(super) async fn record(subject: &Subject, tables: &dyn Snapshot, posts: usize) -> Result<Script> {
    let accounts = subject.make_accounts(posts + 1).await?;
    let account = accounts.first().ok_or("no account")?;
    let mut names = Names::default();
    names.learn(&account.id.to_string());
    let store = subject.store();

    let empty = tables.tables().await?;
    let part = subject.schedule_one(account).await?;
    // Stores may keep the ids of parts and attempts where they can't be told from other text.
    names.learn(&part.to_string());
    let scheduled = tables.tables().await?;
    let request = ClaimRequest {
        worker: WorkerId::new(SystemClock.now()),
        lease_for: Duration::from_secs(10),
        limit: 1,
        reconcile: false,
        platforms: vec![PlatformId::X],
    };
    let claimed = store.claim(&request).await?.pop().ok_or("nothing was claimed")?;
    let taken = tables.tables().await?;
    let part = claimed.delivery.current().ok_or("a delivery without a part")?;
    let text = part.content.text.clone();
    let new = NewAttempt {
        part: part.id,
        prepared: Prepared {
            request: serde_json::json!({ "text": text }),
            evidence: Evidence { text, ..Evidence::default() },
        },
        timeout: Duration::from_secs(10),
        settle: Duration::from_secs(60),
        lease_for: Duration::from_secs(20),
    };
    let Begun::Attempt(attempt) = store.begin_attempt(&claimed.lease, new).await? else {
        return Err("the intent was not committed".into());
    };
    names.learn(&attempt.id.to_string());
    let begun = tables.tables().await?;
    let live = PublishedRef { remote_id: RemoteId::new(part.id.to_string()), url: None, at: None };
    store.conclude(&claimed.lease, part.id, Verdict::Published(live)).await?;
    let concluded = tables.tables().await?;
    Ok(Script {
        schedule: changes(&empty, &scheduled, &mut names)?,
        claim: changes(&scheduled, &taken, &mut names)?,
        intent: changes(&taken, &begun, &mut names)?,
        outcome: changes(&begun, &concluded, &mut names)?,
    })
}
