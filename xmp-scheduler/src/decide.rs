//! What follows from what happened: pure.

use std::time::Duration;

use jiff::Timestamp;
use xmp_core::step::{Verdict, Waits};
use xmp_core::{
    Absence, Attempt, Certainty, Error, ErrorKind, ErrorRecord, Finding, OnAbsent, Outcome, Part, Retry,
};

use crate::{LookPolicy, RetryPolicy};

/// How long posts wait where nobody says how long.
const WAIT_UNTOLD: Duration = Duration::from_secs(60);
/// How long they wait where a long cap is used up and nobody says until when.
const WAIT_LONG: Duration = Duration::from_secs(3600);
/// The most that is waited on a platform's word: a day's window, and some.
const LONGEST_WAIT: Duration = Duration::from_secs(25 * 3600);
/// The most that is waited between two looks.
const LONGEST_LOOK: Duration = Duration::from_secs(3600);

/// After a preparation failed: nothing visible was sent.
#[must_use]
pub fn after_prepare(error: &Error, part: &Part, policy: &RetryPolicy, random: f64) -> Verdict {
    if error.kind() == ErrorKind::Cancelled {
        return Verdict::Yield;
    }
    match not_sent(error, part.attempts + 1, policy, random) {
        // An earlier attempt was looked for and not seen, and may be live all the same: nobody calls that failed.
        Verdict::Fail { error } if part.attempt.as_ref().is_some_and(Attempt::is_doubtful) => Verdict::Hold {
            why: format!("it can't be sent again ({}), and an earlier attempt may be live", error.message),
            candidates: Vec::new(),
        },
        verdict => verdict,
    }
}

/// After the one visible request.
#[must_use]
pub fn after_commit(outcome: Outcome, attempt: &Attempt, policy: &RetryPolicy, random: f64) -> Verdict {
    let verdict = match outcome {
        Outcome::Sent(published) => return Verdict::Published(published),
        Outcome::MaybeSent(error) => return Verdict::Unconfirmed { error: (&error).into() },
        // It was this worker that was told to stop.
        Outcome::NotSent(error) if error.kind() == ErrorKind::Cancelled => {
            Verdict::Snooze { why: error.to_string(), after: Duration::ZERO, waits: Waits::Post }
        }
        Outcome::NotSent(error) => not_sent(&error, attempt.number, policy, random),
        // It is the account that was refused, not the post.
        Outcome::Rejected(error) if error.kind() == ErrorKind::AccountSuspended => {
            not_sent(&error, attempt.number, policy, random)
        }
        Outcome::Rejected(error) => Verdict::Fail { error: (&error).into() },
    };
    match verdict {
        // An earlier attempt was looked for and not seen. A platform that now refuses its text as a duplicate has
        // probably just shown it to us; whatever it says, nobody calls failed what may be live.
        Verdict::Fail { mut error } if attempt.since < attempt.began_at => {
            error.certainty = Some(Certainty::MaybeSent);
            Verdict::Unconfirmed { error }
        }
        verdict => verdict,
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
    // The first time it goes on at once: it has waited for the look.
    let again = |absence| {
        let after = match part.attempts {
            0 | 1 => Duration::ZERO,
            attempts => retry.backoff.wait(attempts - 1, 1.0),
        };
        Verdict::Absent { absence, after }
    };
    match finding {
        Finding::Found(published) => Verdict::Published(published),
        // Proved again and again, it is something else that keeps it from being published: a person has to look.
        Finding::Absent(Absence::Proof) if part.attempts >= retry.max_attempts => Verdict::Hold {
            why: format!("it was sent {} times, and the platform shows that it is not there", part.attempts),
            candidates: Vec::new(),
        },
        Finding::Absent(Absence::Proof) => again(Absence::Proof),
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
                OnAbsent::Resend => again(Absence::Observed),
            }
        }
        Finding::Ambiguous(candidates) => Verdict::Hold {
            why: format!("{} posts of the account could be it", candidates.len()),
            candidates,
        },
        // Not reached at all: it says nothing, and costs no patience.
        Finding::Unreadable(error) if unreached(&error) => {
            Verdict::LookAgain { after: look.every, error: Some((&error).into()) }
        }
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
                Retry::After(after) => after.clamp(look.every, LONGEST_LOOK.max(look.every)),
                Retry::Never | Retry::Exhausted => look.every,
            };
            Verdict::LookAgain { after, error: Some((&error).into()) }
        }
    }
}

/// Whether the platform was not even reached.
fn unreached(error: &Error) -> bool {
    error.kind() == ErrorKind::Network && error.certainty() == Some(Certainty::NotSent)
}

/// Nothing was sent, for a reason that the platform, the pipeline or this host gave.
fn not_sent(error: &Error, attempts: u32, policy: &RetryPolicy, random: f64) -> Verdict {
    use ErrorKind as K;
    let told = match error.retry() {
        Retry::After(after) => Some(after.min(LONGEST_WAIT)),
        Retry::Never | Retry::Exhausted => None,
    };
    let snooze = |after: Duration, waits| Verdict::Snooze { why: error.to_string(), after, waits };
    match error.kind() {
        // An outage is no fault of the post, however long it lasts.
        K::Network if unreached(error) => {
            snooze(policy.backoff.wait(u32::MAX, random).min(WAIT_UNTOLD), Waits::Account)
        }
        K::RateLimit => snooze(told.unwrap_or(WAIT_UNTOLD), Waits::Limit),
        K::CircuitOpen => snooze(told.unwrap_or(WAIT_UNTOLD), Waits::Account),
        K::Quota | K::SpendCap => snooze(told.unwrap_or(WAIT_LONG), Waits::Limit),
        // Neither is a worker that is set up wrongly: another one, or this one after a mend, sends it.
        K::Configuration => snooze(WAIT_UNTOLD, Waits::Account),
        // The account's state keeps its posts from being claimed; this wait only bridges the moment until it is set.
        K::NeedsConsent | K::AccountSuspended => snooze(WAIT_UNTOLD, Waits::Post),
        K::Network | K::Timeout | K::Cancelled | K::PlatformFault | K::Storage | K::Internal => {
            try_again(error, attempts, told.unwrap_or_default(), policy, random)
        }
        _ if told.is_some() || error.retry() == Retry::Exhausted => {
            try_again(error, attempts, told.unwrap_or_default(), policy, random)
        }
        _ => Verdict::Fail { error: error.into() },
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
            Verdict::Snooze { waits: Waits::Limit, .. } => "snooze limit",
            Verdict::Snooze { waits: Waits::Account, .. } => "snooze account",
            Verdict::Snooze { waits: Waits::Post, .. } => "snooze",
            Verdict::Fail { .. } => "fail",
            Verdict::Unconfirmed { .. } => "unconfirmed",
            Verdict::LookAgain { .. } => "look again",
            Verdict::Absent { .. } => "absent",
            Verdict::Hold { .. } => "hold",
            Verdict::Expire => "expire",
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
                let expected = if *kind == ErrorKind::AccountSuspended { "snooze" } else { "fail" };
                assert_eq!(rejected, expected, "{kind} {retry:?}");
            }
        }
    }

    #[test]
    fn what_was_not_sent_waits_or_is_tried_again_or_fails() {
        let first = attempt(1, false);
        let not_sent = |kind, retry| committed(Outcome::NotSent(error(kind, retry)), &first);
        assert_eq!(not_sent(ErrorKind::Timeout, Retry::Never), "retry");
        assert_eq!(not_sent(ErrorKind::Storage, Retry::Never), "retry");
        assert_eq!(not_sent(ErrorKind::Authentication, Retry::After(Duration::ZERO)), "retry");
        assert_eq!(not_sent(ErrorKind::RateLimit, Retry::After(SECOND)), "snooze limit");
        assert_eq!(not_sent(ErrorKind::CircuitOpen, Retry::Never), "snooze account");
        assert_eq!(not_sent(ErrorKind::Quota, Retry::Never), "snooze limit");
        assert_eq!(not_sent(ErrorKind::SpendCap, Retry::Never), "snooze limit");
        assert_eq!(not_sent(ErrorKind::Configuration, Retry::Never), "snooze account");
        assert_eq!(not_sent(ErrorKind::NeedsConsent, Retry::Never), "snooze");
        assert_eq!(not_sent(ErrorKind::MissingScope, Retry::Never), "fail");
        let last = attempt(RetryPolicy::default().max_attempts, false);
        assert_eq!(committed(Outcome::NotSent(error(ErrorKind::Timeout, Retry::Never)), &last), "fail");
    }

    #[test]
    fn an_outage_is_waited_for_and_counts_nothing() {
        let last = attempt(RetryPolicy::default().max_attempts, false);
        let outage = || error(ErrorKind::Network, Retry::Exhausted).with_certainty(Certainty::NotSent);
        assert_eq!(committed(Outcome::NotSent(outage()), &last), "snooze account");
        let prepared = after_prepare(&outage(), &part(9, 0), &RetryPolicy::default(), 0.5);
        assert_eq!(word(&prepared), "snooze account");
        let late = Timestamp::from_second(1000).unwrap() + LookPolicy::default().patience;
        let (retry, look) = (RetryPolicy::default(), LookPolicy::default());
        let looked =
            after_look(Finding::Unreadable(outage()), &part(1, 0), OnAbsent::Hold, &retry, &look, late);
        assert_eq!(word(&looked), "look again");
    }

    #[test]
    fn no_word_of_a_platform_is_waited_on_for_ever() {
        let absurd = Retry::After(Duration::from_secs(u64::MAX / 2));
        let limited = Outcome::NotSent(error(ErrorKind::RateLimit, absurd));
        let verdict = after_commit(limited, &attempt(1, false), &RetryPolicy::default(), 0.5);
        assert!(matches!(verdict, Verdict::Snooze { after, .. } if after == LONGEST_WAIT), "{verdict:?}");
        let (retry, look) = (RetryPolicy::default(), LookPolicy::default());
        let unreadable = Finding::Unreadable(error(ErrorKind::RateLimit, absurd));
        let now = Timestamp::from_second(2000).unwrap();
        let verdict = after_look(unreadable, &part(1, 0), OnAbsent::Hold, &retry, &look, now);
        assert!(matches!(verdict, Verdict::LookAgain { after, .. } if after == LONGEST_LOOK), "{verdict:?}");
    }

    #[test]
    fn a_wait_that_the_platform_tells_is_kept() {
        let told = error(ErrorKind::Authentication, Retry::After(SECOND * 90));
        let verdict = after_commit(Outcome::NotSent(told), &attempt(1, false), &RetryPolicy::default(), 0.0);
        assert!(matches!(verdict, Verdict::Retry { after, .. } if after == SECOND * 90));
    }

    #[test]
    fn nobody_calls_failed_what_may_be_live() {
        let rejected = |kind| Outcome::Rejected(error(kind, Retry::Never));
        for kind in [ErrorKind::Duplicate, ErrorKind::ContentRejected] {
            assert_eq!(committed(rejected(kind), &attempt(2, false)), "fail");
            assert_eq!(committed(rejected(kind), &attempt(2, true)), "unconfirmed");
        }
        let policy = RetryPolicy::default();
        let mut doubtful = part(2, 0);
        let media = error(ErrorKind::Media, Retry::Never);
        assert_eq!(word(&after_prepare(&media, &doubtful, &policy, 0.5)), "fail");
        doubtful.attempt = Some(attempt(2, true));
        assert_eq!(word(&after_prepare(&media, &doubtful, &policy, 0.5)), "hold");
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
    fn what_is_proved_absent_again_and_again_waits_longer_and_then_for_a_person() {
        let now = Timestamp::from_second(2000).unwrap();
        let (retry, look) = (RetryPolicy::default(), LookPolicy::default());
        let proved = |attempts| {
            let proof = Finding::Absent(Absence::Proof);
            after_look(proof, &part(attempts, 0), OnAbsent::Resend, &retry, &look, now)
        };
        let wait = |attempts| match proved(attempts) {
            Verdict::Absent { after, .. } => after,
            other => panic!("{other:?}"),
        };
        assert_eq!(wait(1), Duration::ZERO, "it has waited for the look");
        assert!(wait(2) > Duration::ZERO && wait(3) > wait(2), "{:?} {:?}", wait(2), wait(3));
        assert_eq!(word(&proved(retry.max_attempts)), "hold");
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
        assert_eq!(verdict(ErrorKind::RateLimit, Retry::After(SECOND), 4), "snooze limit");
    }
}
