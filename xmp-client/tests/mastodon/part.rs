//! One part on its way, on any stage.

use std::time::Duration;

use xmp_client::suite::{Break, Stage};
use xmp_core::{
    AttemptId, Deadline, FindQuery, Finding, Outcome, PartContent, PartId, Prepared, PublishedRef, Result,
    Work,
};

use crate::support::Kept;

pub(crate) struct Part<'a> {
    pub(crate) stage: &'a dyn Stage,
    pub(crate) work: Work,
    pub(crate) kept: Kept,
}

impl<'a> Part<'a> {
    pub(crate) fn new(stage: &'a dyn Stage, text: &str) -> Self {
        Self::of(stage, PartContent { text: text.to_owned(), ..PartContent::default() })
    }

    pub(crate) fn of(stage: &'a dyn Stage, content: PartContent) -> Self {
        let work = Work { part: PartId::new(stage.clock().now()), account: stage.account().clone(), content };
        Self { stage, work, kept: Kept::default() }
    }

    pub(crate) async fn prepare(&self) -> Result<Prepared> {
        self.stage.platform().prepare(self.stage.ctx(), &self.work, &self.kept).await
    }

    pub(crate) async fn commit(&self, prepared: &Prepared) -> Outcome {
        let deadline = Deadline::after(self.stage.clock(), Duration::from_secs(10));
        self.stage.platform().commit(self.stage.ctx(), &self.work, prepared, deadline).await
    }

    pub(crate) async fn publish(&self) -> (Prepared, PublishedRef) {
        let prepared = self.prepare().await.unwrap();
        match self.commit(&prepared).await {
            Outcome::Sent(published) => (prepared, published),
            other => panic!("not sent: {other:?}"),
        }
    }

    /// Sends a request that ends before the server acts.
    pub(crate) async fn lose(&self) -> Prepared {
        let prepared = self.prepare().await.unwrap();
        assert!(self.stage.break_next(Break::BeforeEffect));
        assert!(matches!(self.commit(&prepared).await, Outcome::MaybeSent(_)));
        prepared
    }

    /// What became of an attempt that has just been made, asked after a while.
    pub(crate) async fn look(&self, prepared: &Prepared, after: Duration) -> Finding {
        let since = self.stage.clock().now();
        self.stage.advance(after);
        let query = FindQuery {
            account: self.work.account.clone(),
            attempt: AttemptId::new(since),
            evidence: prepared.evidence.clone(),
            since,
            until: since + Duration::from_secs(10),
            taken: Vec::new(),
        };
        self.stage.platform().find_published(self.stage.ctx(), &query).await
    }
}
