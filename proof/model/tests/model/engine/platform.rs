//! A platform that does what a script says, and that nobody can fool: what took effect is written down.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use proptest::prelude::*;
use tokio::sync::Notify;
use xmp_core::{
    Account, Capability, Checkpoints, Context, Deadline, Error, ErrorKind, Evidence, FindQuery, Finding,
    ManualClock, Metrics, Outcome, Page, PartContent, Platform, PlatformId, Prepared, Problem, Profile,
    RemoteId, RemotePost, Result, Retry, TimelineQuery, TokenSet, Work,
};

use super::truth::Truth;

/// How a preparation ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prepare {
    Fine,
    TryLater,
    Limit,
    Broken,
    /// A defect.
    Panics,
    /// It hangs until its worker goes on, and is fine then.
    Hangs,
}

/// How a visible request ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Commit {
    Sent,
    Door,
    Limit,
    Refused,
    Lost,
    /// It takes effect, nobody hears of it, and the timeline shows it after so many seconds.
    Landed {
        hidden: i64,
    },
    /// It takes effect after so many seconds, and nobody hears of it.
    Late {
        after: i64,
    },
    /// It hangs before its last byte left, and then all goes well if it still may.
    HangsBefore,
    /// It hangs after it took effect.
    HangsAfter,
    /// A defect, before and after it took effect.
    PanicsBefore,
    PanicsAfter,
}

/// How much a look shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    Clear,
    Shut,
    Double,
    Panics,
    Hangs,
}

pub(super) fn prepare() -> impl Strategy<Value = Prepare> {
    use Prepare as P;
    prop::sample::select(vec![P::Fine, P::TryLater, P::TryLater, P::Limit, P::Broken, P::Panics, P::Hangs])
}

pub(super) fn commit() -> impl Strategy<Value = Commit> {
    use Commit as C;
    prop_oneof![
        8 => prop::sample::select(vec![
            C::Sent, C::Door, C::Limit, C::Refused, C::Lost, C::Lost, C::HangsBefore, C::HangsBefore, C::HangsAfter,
            C::PanicsBefore, C::PanicsAfter,
        ]),
        3 => (0i64..50).prop_map(|hidden| C::Landed { hidden }),
        1 => (200i64..5000).prop_map(|hidden| C::Landed { hidden }),
        3 => (1i64..70).prop_map(|after| C::Late { after }),
    ]
}

pub(super) fn sight() -> impl Strategy<Value = Sight> {
    use Sight as S;
    prop::sample::select(vec![S::Clear, S::Shut, S::Double, S::Panics, S::Hangs, S::Hangs])
}

/// What comes next for an account; what is not said goes well.
#[derive(Default)]
pub(super) struct Script {
    pub(super) prepare: VecDeque<Prepare>,
    pub(super) commit: VecDeque<Commit>,
    pub(super) sight: VecDeque<Sight>,
}

/// What hangs in a process, until it is driven again.
#[derive(Clone, Default)]
pub(super) struct Hangs(Arc<Mutex<Vec<Arc<Notify>>>>);

impl Hangs {
    /// Hangs until the process is driven again, or told to let go: then it tells so.
    async fn hang(&self, ctx: &Context) -> Result<()> {
        let until = Arc::new(Notify::new());
        self.0.lock().unwrap().push(until.clone());
        tokio::select! {
            biased;
            () = ctx.cancel().cancelled() => Err(Scripted::error(ErrorKind::Cancelled, "script.cancelled")),
            () = until.notified() => Ok(()),
        }
    }

    pub(super) fn release(&self) {
        self.0.lock().unwrap().drain(..).for_each(|hung| hung.notify_one());
    }

    pub(super) fn any(&self) -> bool {
        !self.0.lock().unwrap().is_empty()
    }
}

pub(super) struct Scripted {
    truth: Truth,
    clock: ManualClock,
    hangs: Hangs,
    capability: Arc<Capability>,
}

impl Scripted {
    pub(super) fn new(truth: Truth, clock: ManualClock, hangs: Hangs) -> Self {
        Self { truth, clock, hangs, capability: Arc::new(super::truth::capability()) }
    }

    fn error(kind: ErrorKind, code: &'static str) -> Error {
        Error::new(kind, code, "as the script says")
    }
}

/// A defect: without a message, since nobody is to read it.
fn panics() -> ! {
    std::panic::resume_unwind(Box::new("as the script says"))
}

#[async_trait]
impl Platform for Scripted {
    fn id(&self) -> PlatformId {
        PlatformId::X
    }

    fn app(&self) -> &str {
        "app"
    }

    fn capability(&self) -> &Arc<Capability> {
        &self.capability
    }

    fn check(&self, _: &Capability, _: &[PartContent]) -> Vec<Problem> {
        Vec::new()
    }

    async fn prepare(&self, ctx: &Context, work: &Work, _: &dyn Checkpoints) -> Result<Prepared> {
        if ctx.cancel().is_cancelled() {
            return Err(Self::error(ErrorKind::Cancelled, "script.cancelled"));
        }
        let how =
            self.truth.next(&work.account, |script| script.prepare.pop_front()).unwrap_or(Prepare::Fine);
        match how {
            Prepare::Fine => {}
            Prepare::Hangs => self.hangs.hang(ctx).await?,
            Prepare::Limit => {
                let wait = Retry::After(std::time::Duration::from_secs(45));
                return Err(Self::error(ErrorKind::RateLimit, "script.limit").with_retry(wait));
            }
            Prepare::TryLater => {
                self.truth.failed(work.part);
                return Err(Self::error(ErrorKind::PlatformFault, "script.later"));
            }
            Prepare::Broken => {
                self.truth.failed(work.part);
                return Err(Self::error(ErrorKind::Media, "script.broken"));
            }
            Prepare::Panics => {
                self.truth.failed(work.part);
                panics()
            }
        }
        let evidence = Evidence {
            text: work.content.text.clone(),
            key: Some(work.part.to_string()),
            ..Evidence::default()
        };
        Ok(Prepared { request: serde_json::Value::Null, evidence })
    }

    async fn commit(&self, ctx: &Context, work: &Work, _: &Prepared, deadline: Deadline) -> Outcome {
        let how = self.truth.next(&work.account, |script| script.commit.pop_front()).unwrap_or(Commit::Sent);
        let _flying = self.truth.flies(work, deadline, &self.clock);
        if how == Commit::HangsBefore
            && let Err(cancelled) = self.hangs.hang(ctx).await
        {
            self.truth.lets_go(work.part);
            return Outcome::NotSent(cancelled);
        }
        // The gate before the last byte.
        if deadline.passed(&self.clock) {
            return Outcome::NotSent(Self::error(ErrorKind::Timeout, "script.too_late"));
        }
        let effect = |after, hidden| self.truth.effect(work, deadline, &self.clock, after, hidden);
        let maybe = || Outcome::MaybeSent(Self::error(ErrorKind::Timeout, "script.no_answer"));
        match how {
            Commit::Sent | Commit::HangsBefore => Outcome::Sent(effect(0, 0)),
            Commit::Door => Outcome::NotSent(Self::error(ErrorKind::PlatformFault, "script.door")),
            Commit::Limit => {
                self.truth.counts_not(work.part);
                Outcome::NotSent(Self::error(ErrorKind::RateLimit, "script.limit"))
            }
            Commit::Refused => Outcome::Rejected(Self::error(ErrorKind::ContentRejected, "script.refused")),
            Commit::Lost => maybe(),
            Commit::Landed { hidden } => {
                effect(0, hidden);
                maybe()
            }
            Commit::Late { after } => {
                effect(after, 0);
                maybe()
            }
            Commit::HangsAfter => {
                let published = effect(0, 0);
                match self.hangs.hang(ctx).await {
                    Ok(()) => Outcome::Sent(published),
                    Err(cancelled) => Outcome::MaybeSent(cancelled),
                }
            }
            Commit::PanicsBefore => panics(),
            Commit::PanicsAfter => {
                effect(0, 0);
                panics()
            }
        }
    }

    async fn find_published(&self, ctx: &Context, query: &FindQuery) -> Finding {
        let next = self.truth.next(&query.account, |script| script.sight.pop_front());
        match next.unwrap_or(Sight::Clear) {
            Sight::Clear => self.truth.find(query, &self.clock),
            Sight::Shut => Finding::Unreadable(Self::error(ErrorKind::PlatformFault, "script.shut")),
            Sight::Double => Finding::Ambiguous(Vec::new()),
            Sight::Panics => panics(),
            Sight::Hangs => {
                let found = self.truth.find(query, &self.clock);
                // Whoever was told to let go has no use for it.
                self.hangs.hang(ctx).await.map_or_else(Finding::Unreadable, |()| found)
            }
        }
    }

    async fn delete(&self, _: &Context, _: &Account, _: &RemoteId) -> Result<()> {
        Err(Self::error(ErrorKind::Unsupported, "script.delete"))
    }

    async fn get(&self, _: &Context, _: &Account, _: &RemoteId) -> Result<RemotePost> {
        Err(Self::error(ErrorKind::Unsupported, "script.get"))
    }

    async fn metrics(&self, _: &Context, _: &Account, _: &[RemoteId]) -> Result<Vec<Option<Metrics>>> {
        Err(Self::error(ErrorKind::Unsupported, "script.metrics"))
    }

    async fn profile(&self, _: &Context, _: &Account) -> Result<Profile> {
        Err(Self::error(ErrorKind::Unsupported, "script.profile"))
    }

    async fn identify(&self, _: &Context, _: &TokenSet) -> Result<Profile> {
        Err(Self::error(ErrorKind::Unsupported, "script.identify"))
    }

    async fn timeline(&self, _: &Context, _: &Account, _: &TimelineQuery) -> Result<Page<RemotePost>> {
        Err(Self::error(ErrorKind::Unsupported, "script.timeline"))
    }
}
