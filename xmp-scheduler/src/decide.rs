//! What follows from what happened: pure.

use std::time::Duration;

use jiff::Timestamp;
use xmp_core::step::Verdict;
use xmp_core::{
    Absence, Attempt, Certainty, Error, ErrorKind, ErrorRecord, Finding, OnAbsent, Outcome, Part, Retry,
};

use crate::{LookPolicy, RetryPolicy};

/// How long the posts of an account wait for its owner's consent, or for a platform that says no time.
const WAIT_UNTOLD: Duration = Duration::from_secs(60);

/// After a preparation failed: nothing visible was sent.
#[must_use]
pub fn after_prepare(error: &Error, part: &Part, policy: &RetryPolicy, random: f64) -> Verdict {
    match error.kind() {
        ErrorKind::Cancelled => Verdict::Yield,
        // The pipeline repeats reads and uploads by itself; what still fails for such a reason may work later.
        ErrorKind::Network | ErrorKind::Timeout | ErrorKind::PlatformFault | ErrorKind::Storage => {
            try_again(error, part.attempts + 1, Duration::ZERO, policy, random)
        }
        _ => not_sent(error, part.attempts + 1, policy, random),
    }
}

/// After the one visible request.
#[must_use]
pub fn after_commit(outcome: Outcome, attempt: &Attempt, policy: &RetryPolicy, random: f64) -> Verdict {
    match outcome {
        Outcome::Sent(published) => Verdict::Published(published),
        Outcome::MaybeSent(error) => Verdict::Unconfirmed { error: (&error).into() },
        Outcome::NotSent(error) => match error.kind() {
            ErrorKind::Network | ErrorKind::Timeout | ErrorKind::Cancelled => {
                try_again(&error, attempt.number, Duration::ZERO, policy, random)
            }
            _ => not_sent(&error, attempt.number, policy, random),
        },
        // Some earlier attempt was only observed to be absent: the platform that now knows this text has
        // probably just shown us that attempt.
        Outcome::Rejected(error)
            if error.kind() == ErrorKind::Duplicate && attempt.since < attempt.began_at =>
        {
            Verdict::Unconfirmed { error: ErrorRecord::from(&error.with_certainty(Certainty::MaybeSent)) }
        }
        Outcome::Rejected(error) => Verdict::Fail { error: (&error).into() },
    }
}

/// After a look at the platform, made at `now`.
#[must_use]
pub fn after_look(
    finding: Finding,
    part: &Part,
    on_absent: OnAbsent,
    retry: &RetryPolicy,
    look: &LookPolicy,
    now: Timestamp,
) -> Verdict {
    match finding {
        Finding::Found(published) => Verdict::Published(published),
        Finding::Absent(Absence::Proof) => Verdict::Absent { absence: Absence::Proof },
        Finding::Absent(Absence::Observed) => {
            let looks = part.looks + 1;
            if looks < look.looks {
                return Verdict::LookAgain { after: look.every, error: None };
            }
            let hold = |why: String| Verdict::Hold { why, candidates: Vec::new() };
            match on_absent {
                OnAbsent::Hold => hold(format!(
                    "it may have been sent, and {looks} looks did not find it: the account's policy is to hold"
                )),
                OnAbsent::Resend if part.attempts >= retry.max_attempts => {
                    hold(format!("it was sent {} times and never found", part.attempts))
                }
                OnAbsent::Resend => Verdict::Absent { absence: Absence::Observed },
            }
        }
        Finding::Ambiguous(candidates) => Verdict::Hold {
            why: format!("{} posts of the account could be it", candidates.len()),
            candidates,
        },
        Finding::Unreadable(error) => {
            let asked_since = part.attempt.as_ref().map_or(now, |attempt| attempt.confirm_after);
            let waited = Duration::try_from(now.duration_since(asked_since)).unwrap_or_default();
            if waited >= look.patience {
                return Verdict::Hold {
                    why: format!("the platform could not be read for {} s: {error}", waited.as_secs()),
                    candidates: Vec::new(),
                };
            }
            let after = match error.retry() {
                Retry::After(after) => after.max(look.every),
                Retry::Never | Retry::Exhausted => look.every,
            };
            Verdict::LookAgain { after, error: Some((&error).into()) }
        }
    }
}

/// Nothing was sent, for a reason that the platform or the pipeline gave.
fn not_sent(error: &Error, attempts: u32, policy: &RetryPolicy, random: f64) -> Verdict {
    let told = match error.retry() {
        Retry::After(after) => Some(after),
        Retry::Never | Retry::Exhausted => None,
    };
    let snooze =
        |after: Duration, whole_account| Verdict::Snooze { why: error.to_string(), after, whole_account };
    match (error.kind(), told) {
        (
            ErrorKind::RateLimit | ErrorKind::Quota | ErrorKind::SpendCap | ErrorKind::CircuitOpen,
            Some(after),
        ) => snooze(after, true),
        (ErrorKind::RateLimit | ErrorKind::CircuitOpen, None) => snooze(WAIT_UNTOLD, true),
        // The account's state keeps its posts from being claimed; this wait only bridges the moment until it is set.
        (ErrorKind::NeedsConsent, _) => snooze(WAIT_UNTOLD, false),
        (_, Some(after)) => try_again(error, attempts, after, policy, random),
        (_, None) if error.retry() == Retry::Exhausted => {
            try_again(error, attempts, Duration::ZERO, policy, random)
        }
        (_, None) => Verdict::Fail { error: error.into() },
    }
}

fn try_again(error: &Error, attempts: u32, at_least: Duration, policy: &RetryPolicy, random: f64) -> Verdict {
    if attempts >= policy.max_attempts {
        let mut record = ErrorRecord::from(error);
        record.retry = Retry::Exhausted;
        record.message = format!("given up after {attempts} attempts: {}", record.message);
        return Verdict::Fail { error: record };
    }
    let after = policy.backoff.wait(attempts, random).max(at_least);
    Verdict::Retry { error: error.into(), after }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use xmp_core::state::PartState;
    use xmp_core::{AttemptId, Evidence, PartContent, PartId, Prepared, PublishedRef, RemoteId};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn attempt(number: u32, doubtful: bool) -> Attempt {
        let now = Timestamp::from_second(1000).unwrap();
        Attempt {
            id: AttemptId::new(now),
            number,
            fence: 1,
            began_at: now,
            since: if doubtful { Timestamp::UNIX_EPOCH } else { now },
            deadline: now,
            confirm_after: now,
            prepared: Prepared { request: Value::Null, evidence: Evidence::default() },
            outcome: None,
        }
    }

    fn part(attempts: u32, looks: u32) -> Part {
        let content = PartContent::default();
        Part {
            id: PartId::new(Timestamp::UNIX_EPOCH),
            index: 0,
            fingerprint: content.fingerprint(),
            content,
            state: PartState::Unconfirmed,
            attempts,
            looks,
            published: None,
            error: None,
            checkpoints: Vec::new(),
            attempt: Some(attempt(attempts, false)),
        }
    }

    fn error(kind: ErrorKind, retry: Retry) -> Error {
        Error::new(kind, "test", "test").with_retry(retry)
    }

    fn word(verdict: &Verdict) -> &'static str {
        match verdict {
            Verdict::Published(_) => "published",
            Verdict::Retry { .. } => "retry",
            Verdict::Snooze { whole_account: true, .. } => "snooze account",
            Verdict::Snooze { whole_account: false, .. } => "snooze",
            Verdict::Fail { .. } => "fail",
            Verdict::Unconfirmed { .. } => "unconfirmed",
            Verdict::LookAgain { .. } => "look again",
            Verdict::Absent { .. } => "absent",
            Verdict::Hold { .. } => "hold",
            Verdict::Yield => "yield",
        }
    }

    fn committed(outcome: Outcome, attempt: &Attempt) -> &'static str {
        word(&after_commit(outcome, attempt, &RetryPolicy::default(), 0.5))
    }

    #[test]
    fn only_what_was_surely_not_sent_is_retried() {
        let first = attempt(1, false);
        for kind in ErrorKind::ALL {
            for retry in [Retry::Never, Retry::After(SECOND), Retry::Exhausted] {
                let maybe = committed(Outcome::MaybeSent(error(*kind, retry)), &first);
                assert_eq!(maybe, "unconfirmed", "{kind} {retry:?}");
                let rejected = committed(Outcome::Rejected(error(*kind, retry)), &first);
                assert_eq!(rejected, "fail", "{kind} {retry:?}");
            }
        }
    }

    #[test]
    fn what_was_not_sent_waits_or_is_tried_again_or_fails() {
        let first = attempt(1, false);
        let not_sent = |kind, retry| committed(Outcome::NotSent(error(kind, retry)), &first);
        assert_eq!(not_sent(ErrorKind::Network, Retry::Never), "retry");
        assert_eq!(not_sent(ErrorKind::Authentication, Retry::After(Duration::ZERO)), "retry");
        assert_eq!(not_sent(ErrorKind::RateLimit, Retry::After(SECOND)), "snooze account");
        assert_eq!(not_sent(ErrorKind::CircuitOpen, Retry::Never), "snooze account");
        assert_eq!(not_sent(ErrorKind::NeedsConsent, Retry::Never), "snooze");
        assert_eq!(not_sent(ErrorKind::SpendCap, Retry::After(SECOND)), "snooze account");
        assert_eq!(not_sent(ErrorKind::SpendCap, Retry::Never), "fail");
        assert_eq!(not_sent(ErrorKind::MissingScope, Retry::Never), "fail");
        let last = attempt(RetryPolicy::default().max_attempts, false);
        assert_eq!(committed(Outcome::NotSent(error(ErrorKind::Network, Retry::Never)), &last), "fail");
    }

    #[test]
    fn a_wait_that_the_platform_tells_is_kept() {
        let told = error(ErrorKind::Authentication, Retry::After(SECOND * 90));
        let verdict = after_commit(Outcome::NotSent(told), &attempt(1, false), &RetryPolicy::default(), 0.0);
        assert!(matches!(verdict, Verdict::Retry { after, .. } if after == SECOND * 90));
    }

    #[test]
    fn a_duplicate_after_doubt_means_go_and_look() {
        let duplicate = || Outcome::Rejected(error(ErrorKind::Duplicate, Retry::Never));
        assert_eq!(committed(duplicate(), &attempt(2, false)), "fail");
        assert_eq!(committed(duplicate(), &attempt(2, true)), "unconfirmed");
    }

    #[test]
    fn looks() {
        let look = LookPolicy::default();
        let now = Timestamp::from_second(2000).unwrap();
        let after = |finding, part: &Part, on_absent| {
            word(&after_look(finding, part, on_absent, &RetryPolicy::default(), &look, now))
        };
        let found = || Finding::Found(PublishedRef { remote_id: RemoteId::new("1"), url: None, at: None });
        let observed = || Finding::Absent(Absence::Observed);
        for policy in [OnAbsent::Hold, OnAbsent::Resend] {
            assert_eq!(after(found(), &part(1, 0), policy), "published");
            assert_eq!(after(Finding::Absent(Absence::Proof), &part(1, 0), policy), "absent");
            assert_eq!(after(observed(), &part(1, 0), policy), "look again");
            assert_eq!(after(observed(), &part(1, 1), policy), "look again");
            assert_eq!(after(Finding::Ambiguous(vec![]), &part(1, 0), policy), "hold");
            let unreadable = Finding::Unreadable(error(ErrorKind::Network, Retry::Never));
            assert_eq!(after(unreadable, &part(1, 9), policy), "look again");
        }
        assert_eq!(after(observed(), &part(1, 2), OnAbsent::Hold), "hold");
        assert_eq!(after(observed(), &part(1, 2), OnAbsent::Resend), "absent");
        assert_eq!(after(observed(), &part(5, 2), OnAbsent::Resend), "hold");
    }

    #[test]
    fn a_platform_that_stays_unreadable_ends_with_a_person() {
        let look = LookPolicy::default();
        let late = Timestamp::from_second(1000).unwrap() + look.patience;
        let unreadable = Finding::Unreadable(error(ErrorKind::Network, Retry::After(SECOND)));
        let verdict =
            after_look(unreadable, &part(1, 0), OnAbsent::Resend, &RetryPolicy::default(), &look, late);
        assert_eq!(word(&verdict), "hold");
    }

    #[test]
    fn preparations() {
        let policy = RetryPolicy::default();
        let verdict = |kind, retry, attempts| {
            word(&after_prepare(&error(kind, retry), &part(attempts, 0), &policy, 0.5))
        };
        assert_eq!(verdict(ErrorKind::Cancelled, Retry::Never, 0), "yield");
        assert_eq!(verdict(ErrorKind::Network, Retry::Exhausted, 0), "retry");
        assert_eq!(verdict(ErrorKind::Network, Retry::Exhausted, 4), "fail");
        assert_eq!(verdict(ErrorKind::Media, Retry::Never, 0), "fail");
        assert_eq!(verdict(ErrorKind::RateLimit, Retry::After(SECOND), 4), "snooze account");
    }
}
