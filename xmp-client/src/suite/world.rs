//! What the cases are told with.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::Timestamp;
use xmp_core::capability::{Idempotency, MediaRule};
use xmp_core::{
    AttemptId, Capability, Certainty, Checkpoint, Checkpoints, Deadline, Error, ErrorKind, Evidence,
    FindQuery, Finding, Fingerprint, Outcome, PartContent, PartId, Platform, Prepared, Problem, RemoteId,
    Result, StoredMedia, Work, media,
};

use super::{Live, Stage, Verdict};

/// A PNG of one pixel.
const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/// A stage, and what the platform can do for its account.
pub(super) struct World<'a> {
    pub(super) stage: &'a dyn Stage,
    pub(super) can: Arc<Capability>,
}

impl<'a> World<'a> {
    pub(super) async fn open(stage: &'a dyn Stage) -> Self {
        let can = stage.platform().capability_for(stage.ctx(), stage.account()).await;
        Self { stage, can }
    }

    pub(super) fn platform(&self) -> &'a dyn Platform {
        self.stage.platform()
    }

    /// A part that is to be published, with nothing reached yet.
    pub(super) fn part(&self, content: PartContent) -> Part<'_> {
        let clock = self.stage.clock();
        let work = Work { part: PartId::new(clock.now()), account: self.stage.account().clone(), content };
        Part { world: self, work, desk: Desk { now: Box::new(|| clock.now()), kept: Mutex::default() } }
    }

    /// Publishes a part that has to succeed.
    pub(super) async fn publish(&self, content: PartContent) -> RemoteId {
        self.part(content).publish().await
    }

    /// What is wrong with parts. No request is made for it.
    pub(super) fn check(&self, parts: &[PartContent]) -> Vec<Problem> {
        let before = self.stage.requests();
        let problems = self.platform().check(&self.can, parts);
        assert_eq!(self.stage.requests(), before, "a check makes no request");
        problems
    }

    /// The rules that parts break.
    pub(super) fn rules(&self, parts: &[PartContent]) -> Vec<&'static str> {
        self.check(parts).into_iter().map(|problem| problem.rule).collect()
    }

    /// The one post that is live.
    pub(super) async fn only_live(&self) -> Live {
        let live = self.stage.live().await;
        assert_eq!(live.len(), 1, "one post is live: {live:?}");
        live.into_iter().next().unwrap()
    }

    /// A live post by its id.
    pub(super) async fn live(&self, id: &RemoteId) -> Live {
        let live = self.stage.live().await;
        live.iter().find(|one| one.id == *id).unwrap_or_else(|| panic!("{id} is not live: {live:?}")).clone()
    }

    /// Lets so much time pass that whatever an attempt did can be seen.
    pub(super) fn settle(&self) {
        self.stage.advance(self.can.commit_timeout + self.can.settle);
    }

    /// Asks what became of an attempt that began then.
    pub(super) async fn find(&self, evidence: &Evidence, since: Timestamp, taken: Vec<RemoteId>) -> Finding {
        let query = FindQuery {
            account: self.stage.account().clone(),
            attempt: AttemptId::new(since),
            evidence: evidence.clone(),
            since,
            until: since.checked_add(self.can.commit_timeout).unwrap(),
            taken,
        };
        self.platform().find_published(self.stage.ctx(), &query).await
    }

    pub(super) fn now(&self) -> Timestamp {
        self.stage.clock().now()
    }

    /// Whether the platform has one post at most under a key of ours.
    pub(super) fn has_keys(&self) -> bool {
        matches!(self.can.idempotency, Idempotency::RecordKey | Idempotency::IdempotencyKey)
    }

    /// A picture with an alternative text, where the platform takes such.
    pub(super) fn picture(&self, alt: &str) -> Option<StoredMedia> {
        let picture = media::inspect(&png(), None, Some(alt.to_owned())).unwrap();
        let taken = |rule: &MediaRule| rule.kind == picture.kind && rule.types.contains(&picture.mime);
        self.can.media.iter().any(taken).then_some(picture)
    }
}

/// One part on its way.
pub(super) struct Part<'a> {
    world: &'a World<'a>,
    pub(super) work: Work,
    desk: Desk<'a>,
}

impl Part<'_> {
    pub(super) async fn prepare(&self) -> Prepared {
        let stage = self.world.stage;
        let problems = self.world.check(std::slice::from_ref(&self.work.content));
        assert!(problems.is_empty(), "{problems:?}");
        stage.platform().prepare(stage.ctx(), &self.work, &self.desk).await.unwrap()
    }

    pub(super) async fn commit(&self, prepared: &Prepared) -> Outcome {
        let deadline = Deadline::after(self.world.stage.clock(), self.world.can.commit_timeout);
        self.commit_until(prepared, deadline).await
    }

    pub(super) async fn commit_until(&self, prepared: &Prepared, deadline: Deadline) -> Outcome {
        let stage = self.world.stage;
        stage.platform().commit(stage.ctx(), &self.work, prepared, deadline).await
    }

    pub(super) async fn publish(&self) -> RemoteId {
        let prepared = self.prepare().await;
        sent(self.commit(&prepared).await)
    }
}

/// What a part's preparation reached, and the picture that parts may have.
struct Desk<'a> {
    now: Box<dyn Fn() -> Timestamp + Send + Sync + 'a>,
    kept: Mutex<Vec<Checkpoint>>,
}

#[async_trait]
impl Checkpoints for Desk<'_> {
    fn get(&self, name: &str) -> Option<String> {
        let kept = self.kept.lock().unwrap();
        let one = kept.iter().find(|one| one.name == name)?;
        one.expires_at.is_none_or(|ends| ends > (self.now)()).then(|| one.value.clone())
    }

    async fn keep(&self, checkpoint: Checkpoint) -> Result<()> {
        let mut kept = self.kept.lock().unwrap();
        kept.retain(|one| one.name != checkpoint.name);
        kept.push(checkpoint);
        Ok(())
    }

    async fn media(&self, hash: Fingerprint) -> Result<Bytes> {
        let png = png();
        if hash == Fingerprint::of([png.as_ref()]) {
            return Ok(png);
        }
        Err(Error::new(ErrorKind::NotFound, "media.absent", "no part of the suite has such media"))
    }
}

fn png() -> Bytes {
    Bytes::from(STANDARD.decode(PNG).unwrap())
}

pub(super) fn says(text: &str) -> PartContent {
    PartContent { text: text.to_owned(), ..PartContent::default() }
}

/// The id of what was sent.
pub(super) fn sent(outcome: Outcome) -> RemoteId {
    match outcome {
        Outcome::Sent(published) => published.remote_id,
        other => panic!("not sent: {other:?}"),
    }
}

/// The error of a request whose outcome is this.
pub(super) fn failed(outcome: Outcome, expected: Certainty) -> Error {
    let (error, found) = match outcome {
        Outcome::NotSent(error) => (error, Certainty::NotSent),
        Outcome::Rejected(error) => (error, Certainty::Rejected),
        Outcome::MaybeSent(error) => (error, Certainty::MaybeSent),
        Outcome::Sent(published) => panic!("{expected} was expected, and it was sent: {published:?}"),
    };
    assert_eq!(found, expected, "{error:?}");
    assert_eq!(error.certainty(), Some(expected), "the error says the same: {error:?}");
    error
}

pub(super) fn skipped(why: impl Into<String>) -> Verdict {
    Verdict::Skipped(why.into())
}

/// So long after one post another one has a later time on every platform.
pub(super) const APART: Duration = Duration::from_secs(2);
