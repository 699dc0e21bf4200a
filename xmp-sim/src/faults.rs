//! Faults: what goes wrong, where, and how often.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::{later, seconds_after};
use crate::platform::{Refusal, names};
use crate::world::Kind;

/// A fault and the requests that meet it.
///
/// Every matching fault applies: latencies, holds and slow bodies add up, and of the faults that decide the answer the
/// first one set wins (the others are not used up). Faults belong to the process and are not kept in the home.
///
/// As JSON the kind lies flat beside the other fields:
///
/// ```
/// # use xmp_sim::{Fault, FaultKind};
/// let fault: Fault = serde_json::from_str(
///     r#"{"kind": "latency", "ms": 250, "route": "posts.create", "account": "ada", "skip": 2, "times": 1}"#,
/// )?;
/// assert_eq!(fault, Fault::new(FaultKind::Latency { ms: 250 }).route("posts.create").account("ada").skip(2).times(1));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Fault {
    /// The platform that is hit, for example `bluesky`. `None`: any.
    #[serde(default)]
    pub platform: Option<String>,
    /// The route that is hit, for example `posts.create`, or a family of them, for example `media`. `None`: any.
    #[serde(default)]
    pub route: Option<String>,
    /// The account on whose behalf the request is made, as `HANDLE` or `PLATFORM:HANDLE`. `None`: any.
    #[serde(default)]
    pub account: Option<String>,
    /// What happens.
    #[serde(flatten)]
    pub kind: FaultKind,
    /// So many matching requests pass unharmed first.
    #[serde(default)]
    pub skip: u32,
    /// So many matching requests are hit, then the fault is used up. `None`: for ever.
    #[serde(default)]
    pub times: Option<u32>,
}

/// What happens to a request. Times are in milliseconds.
///
/// *Effect* means what the request changes in the world: a post published, a token rotated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum FaultKind {
    /// The request waits so long (real time) before its effect. Copies a slow or queueing server.
    Latency {
        /// Real milliseconds.
        ms: u64,
    },
    /// The effect happens, then the answer is held back so long (real time). Copies a client timeout that strikes after
    /// the post is out.
    Hold {
        /// Real milliseconds.
        ms: u64,
    },
    /// The request is refused with this status, without effect. Copies 5xx of an edge, 402 `CreditsDepleted`, 403 of
    /// any kind.
    Status {
        /// The HTTP status.
        code: u16,
        /// The JSON body; by default the platform's usual one for that status.
        #[serde(default)]
        body: Option<Value>,
        /// X's usual body in its old shape, `{"errors":[{"code","message"}]}`.
        #[serde(default)]
        legacy: bool,
    },
    /// The effect happens, yet this status is answered. Copies a gateway that gives up on a backend that has not.
    StatusAfterEffect {
        /// The HTTP status, for example 503.
        code: u16,
    },
    /// 429 with an exhausted window that ends so many seconds from now (simulated time), without effect.
    RateLimited {
        /// Simulated seconds until the window ends.
        #[serde(alias = "retry_after")]
        reset_secs: u64,
    },
    /// The connection is closed without an answer, and without effect. Copies a crash of the edge.
    CutBefore,
    /// The effect happens, then the connection is closed without one byte of an answer.
    CutAfter,
    /// The connection is closed without an answer; the effect lands so much later (simulated time), as if the request
    /// had been sent then. Copies a queue behind the edge. The pending effect survives a restart.
    CutThenLate {
        /// Simulated milliseconds.
        ms: u64,
    },
    /// The effect happens; the answer's head and half of its body arrive, then the connection is closed.
    HalfBody,
    /// The effect happens; the answer's body trickles in, with so long between chunks (real time).
    SlowBody {
        /// Real milliseconds between two chunks of 16 bytes.
        ms: u64,
    },
    /// The effect happens; under a 2xx and a JSON content type stands what is not JSON. Copies broken proxies.
    GarbageBody,
    /// All refusals come in X's old shape, `{"errors":[{"code","message"}]}`. Other platforms have one shape only.
    LegacyErrors,
    /// Posts younger than this (simulated time) are missing from timelines. Copies the lag between publishing and
    /// reading. `route` has no meaning here.
    TimelineLag {
        /// Simulated milliseconds.
        ms: u64,
        /// They are missing from lookups by id, too.
        #[serde(default)]
        lookups: bool,
    },
    /// The account is suspended: every request on its behalf is refused.
    Suspended,
    /// The account's tokens are dead: 401 on requests, and its refresh tokens are refused. Copies a user who
    /// disconnected the app.
    TokenRevoked,
}

impl FaultKind {
    /// Why it has a request refused, if it does.
    pub(crate) fn refusal(&self, now: Timestamp) -> Option<Refusal> {
        match self {
            Self::Status { code, .. } | Self::StatusAfterEffect { code } => {
                Some(Refusal::Status(status(*code)))
            }
            Self::RateLimited { reset_secs } => {
                let reset = seconds_after(now, i64::try_from(*reset_secs).unwrap_or(i64::MAX));
                Some(Refusal::RateLimited { reset })
            }
            Self::Suspended => Some(Refusal::Suspended),
            Self::TokenRevoked => Some(Refusal::TokenRevoked),
            _ => None,
        }
    }
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

impl Fault {
    /// A fault that hits every request, for ever; narrow it with the methods below.
    #[must_use]
    pub fn new(kind: FaultKind) -> Self {
        Self { platform: None, route: None, account: None, kind, skip: 0, times: None }
    }

    /// Hits only this platform.
    #[must_use]
    pub fn platform(mut self, platform: impl Into<String>) -> Self {
        self.platform = Some(platform.into());
        self
    }

    /// Hits only this route (`posts.create`) or family of routes (`media`).
    #[must_use]
    pub fn route(mut self, route: impl Into<String>) -> Self {
        self.route = Some(route.into());
        self
    }

    /// Hits only requests on behalf of this account, `HANDLE` or `PLATFORM:HANDLE`.
    #[must_use]
    pub fn account(mut self, handle: impl Into<String>) -> Self {
        self.account = Some(handle.into());
        self
    }

    /// Lets the first `skip` matching requests pass.
    #[must_use]
    pub fn skip(mut self, skip: u32) -> Self {
        self.skip = skip;
        self
    }

    /// Hits so many requests, then is used up.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    fn matches(&self, kind: Kind, route: &str, account: Option<&str>) -> bool {
        let by_platform = self.platform.as_deref().is_none_or(|wanted| wanted == kind.name());
        let by_route = self.route.as_deref().is_none_or(|wanted| {
            route == wanted || route.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('.'))
        });
        let any_route = matches!(self.kind, FaultKind::TimelineLag { .. });
        let by_account = self
            .account
            .as_deref()
            .is_none_or(|wanted| account.is_some_and(|handle| names(wanted, kind, handle)));
        by_platform && (by_route || any_route) && by_account
    }

    /// Counts one matching request; whether it is hit.
    fn draw(&mut self) -> bool {
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        match &mut self.times {
            None => true,
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
        }
    }
}

/// Posts that reading does not show yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lag {
    pub(crate) by: Duration,
    pub(crate) lookups: bool,
}

impl Lag {
    /// Whether a post that was published then is old enough to be shown.
    pub(crate) fn shows(self, published: Timestamp, now: Timestamp) -> bool {
        let by = SignedDuration::try_from(self.by).unwrap_or(SignedDuration::MAX);
        published <= later(now, -by)
    }
}

/// What awaits one request.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Plan {
    pub(crate) latency: Duration,
    pub(crate) hold: Duration,
    pub(crate) slow: Option<Duration>,
    pub(crate) lag: Option<Lag>,
    pub(crate) legacy: bool,
    /// The fault that decides the answer.
    pub(crate) decisive: Option<FaultKind>,
}

/// The faults that are set.
#[derive(Debug, Default)]
pub(crate) struct FaultBoard {
    faults: Mutex<Vec<Fault>>,
}

impl FaultBoard {
    pub(crate) fn set(&self, fault: Fault) {
        self.with(|faults| faults.push(fault));
    }

    pub(crate) fn clear(&self) {
        self.with(Vec::clear);
    }

    /// The faults that are not used up.
    pub(crate) fn list(&self) -> Vec<Fault> {
        self.with(|faults| faults.clone())
    }

    /// Decides what happens to a request, and uses up the faults that it meets.
    pub(crate) fn draw(&self, kind: Kind, route: &str, account: Option<&str>) -> Plan {
        self.with(|faults| {
            let mut plan = Plan::default();
            for fault in faults.iter_mut().filter(|fault| fault.matches(kind, route, account)) {
                plan.meet(fault);
            }
            faults.retain(|fault| fault.times != Some(0));
            plan
        })
    }

    fn with<T>(&self, use_them: impl FnOnce(&mut Vec<Fault>) -> T) -> T {
        use_them(&mut self.faults.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Plan {
    fn meet(&mut self, fault: &mut Fault) {
        let decides = !matches!(
            fault.kind,
            FaultKind::Latency { .. }
                | FaultKind::Hold { .. }
                | FaultKind::SlowBody { .. }
                | FaultKind::TimelineLag { .. }
                | FaultKind::LegacyErrors
        );
        if decides && self.decisive.is_some() || !fault.draw() {
            return;
        }
        match fault.kind.clone() {
            FaultKind::Latency { ms } => self.latency += Duration::from_millis(ms),
            FaultKind::Hold { ms } => self.hold += Duration::from_millis(ms),
            FaultKind::SlowBody { ms } => {
                self.slow = Some(self.slow.unwrap_or_default() + Duration::from_millis(ms));
            }
            FaultKind::TimelineLag { ms, lookups } => {
                let so_far = self.lag.unwrap_or(Lag { by: Duration::ZERO, lookups: false });
                self.lag = Some(Lag {
                    by: so_far.by.max(Duration::from_millis(ms)),
                    lookups: so_far.lookups || lookups,
                });
            }
            FaultKind::LegacyErrors => self.legacy = true,
            decisive => self.decisive = Some(decisive),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skip_and_times_count_matching_requests_only() {
        let board = FaultBoard::default();
        board.set(Fault::new(FaultKind::CutAfter).route("posts.create").account("ada").skip(1).times(2));
        let hit = |route, account| board.draw(Kind::X, route, Some(account)).decisive.is_some();
        assert!(!hit("posts.create", "bob"));
        assert!(!hit("timeline", "ada"));
        assert!(!hit("posts.create", "ada"), "skipped");
        assert!(hit("posts.create", "ada"));
        assert!(hit("posts.create", "ada"));
        assert!(!hit("posts.create", "ada"), "used up");
        assert!(board.list().is_empty());
    }

    #[test]
    fn a_family_matches_its_routes_and_no_other_prefix() {
        let fault = Fault::new(FaultKind::CutBefore).route("media");
        assert!(fault.matches(Kind::X, "media.upload", None));
        assert!(!fault.matches(Kind::X, "mediaeval", None));
    }

    #[test]
    fn additive_faults_stack_and_the_first_decisive_one_wins() {
        let board = FaultBoard::default();
        for kind in [
            FaultKind::Latency { ms: 1 },
            FaultKind::CutAfter,
            FaultKind::Latency { ms: 2 },
            FaultKind::CutBefore,
        ] {
            board.set(Fault::new(kind).times(1));
        }
        let plan = board.draw(Kind::X, "timeline", None);
        assert_eq!(plan.latency, Duration::from_millis(3));
        assert_eq!(plan.decisive, Some(FaultKind::CutAfter));
        assert_eq!(board.draw(Kind::X, "timeline", None).decisive, Some(FaultKind::CutBefore));
    }
}
