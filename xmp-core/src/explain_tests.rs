use std::collections::BTreeMap;
use std::time::Duration;

use super::ReasonCode as R;
use super::*;
use crate::step::{self, NewAttempt, Resolution, Verdict, Waits};
use crate::{
    CorrelationId, Due, Error, ErrorKind, ErrorRecord, Evidence, Fingerprint, IdempotencyKey, Lease,
    LeaseRecord, OnAbsent, PartContent, PlatformId, Post, Prepared, Priority, PublishedRef, RemoteId,
    Spacing, StopScope, TenantId, WorkerId,
};

const MINUTE: Duration = Duration::from_secs(60);

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
}

fn account() -> Account {
    Account {
        id: AccountId::new(at(0)),
        tenant: TenantId::default(),
        platform: PlatformId::X,
        app: "app".to_owned(),
        remote_id: RemoteId::new("1"),
        handle: "ada".to_owned(),
        state: AccountState::Active,
        scopes: vec![],
        on_absent: OnAbsent::Hold,
        blocked_until: None,
        spacing: Spacing::default(),
        paced_until: None,
        created_at: at(0),
    }
}

/// A post of two parts, due at minute 10.
fn delivery(account: &Account, expires: Option<i64>) -> Delivery {
    let due = |minute| Due::at(at(minute));
    let post = Post {
        id: PostId::new(at(0)),
        tenant: TenantId::default(),
        key: IdempotencyKey::new("k").unwrap(),
        request: Fingerprint::of([b"k".as_slice()]),
        due: due(10),
        expires: expires.map(due),
        priority: Priority::Normal,
        labels: vec![],
        campaign: None,
        metadata: BTreeMap::new(),
        correlation_id: CorrelationId::random(),
        actor: "ada".to_owned(),
        created_at: at(0),
        gate: crate::Gate::Open,
        approval: None,
        revision: 1,
        place: None,
    };
    let says = |text: &str| PartContent { text: text.to_owned(), ..PartContent::default() };
    Delivery::new(&post, account, [says("one"), says("two")])
}

fn claim(delivery: &mut Delivery, minute: i64) -> Lease {
    step::claim(delivery, WorkerId::new(at(0)), MINUTE, at(minute)).unwrap()
}

fn begin(delivery: &mut Delivery, lease: &Lease, minute: i64) {
    let part = delivery.current().unwrap().id;
    let prepared = Prepared { request: serde_json::Value::Null, evidence: Evidence::default() };
    let (timeout, settle) = (MINUTE / 2, MINUTE / 2);
    let new = NewAttempt { part, prepared, timeout, settle, lease_for: MINUTE };
    step::begin(delivery, lease, new, at(minute)).unwrap();
}

fn conclude(delivery: &mut Delivery, lease: &Lease, verdict: Verdict, minute: i64) {
    let part = delivery.current().unwrap().id;
    step::conclude(delivery, lease, part, verdict, at(minute)).unwrap();
}

/// Claimed, sent and concluded at minute 10.
fn concluded(account: &Account, verdict: Verdict) -> Delivery {
    let mut own = delivery(account, None);
    let lease = claim(&mut own, 10);
    begin(&mut own, &lease, 10);
    conclude(&mut own, &lease, verdict, 10);
    own
}

fn failure() -> ErrorRecord {
    ErrorRecord::from(&Error::new(ErrorKind::Timeout, "test.no_answer", "no answer within 10 s"))
}

fn live() -> Verdict {
    Verdict::Published(PublishedRef { remote_id: RemoteId::new("r"), url: None, at: None })
}

fn told(own: &Delivery, account: &Account, minute: i64) -> Explanation {
    told_beside(own, account, &[], None, minute)
}

fn told_beside(
    own: &Delivery,
    account: &Account,
    stops: &[SendingStop],
    busy: Option<Busy>,
    minute: i64,
) -> Explanation {
    let (attempts, now) = (Vec::new(), at(minute));
    explain(Standing { delivery: own, account, stops, busy, attempts, now })
}

fn codes(told: &Explanation) -> Vec<ReasonCode> {
    told.reasons.iter().map(|reason| reason.code).collect()
}

#[track_caller]
fn is(told: &Explanation, expected: &[ReasonCode], next: Option<i64>, says: &str) {
    assert_eq!(codes(told), expected, "{}", told.summary);
    assert_eq!(told.next_at, next.map(at), "{}", told.summary);
    assert!(told.summary.contains(says) && told.summary.ends_with('.'), "{}", told.summary);
    assert!(!told.summary.starts_with(char::is_lowercase), "{}", told.summary);
}

#[test]
fn what_waits_for_its_time() {
    let a = account();
    let own = delivery(&a, None);
    is(&told(&own, &a, 0), &[R::Due], Some(10), "It is due at 2027-01-15T08:10:00Z");
    is(&told(&own, &a, 10), &[R::Due], Some(10), "at any moment");
    is(&told(&own, &a, 11), &[R::NoWorker], None, "since 2027-01-15T08:10:00Z, and no worker has taken it");
    let own = delivery(&a, Some(12));
    is(&told(&own, &a, 13), &[R::Expired], None, "not sent any more");
}

#[test]
fn what_its_account_keeps_back() {
    let active = account();
    let own = delivery(&active, None);
    let in_state = |state| Account { state, ..account() };
    for (state, code, says) in [
        (AccountState::Paused, R::AccountPaused, "The account ada is paused"),
        (AccountState::NeedsConsent, R::AccountNeedsConsent, "The owner of the account ada"),
        (AccountState::Suspended, R::AccountSuspended, "X has suspended the account ada"),
    ] {
        is(&told(&own, &in_state(state), 11), &[code], None, says);
        is(&told(&own, &in_state(state), 0), &[code, R::Due], None, "it is due at");
    }
    let blocked = Account { blocked_until: Some(at(20)), ..account() };
    is(&told(&own, &blocked, 11), &[R::AccountBlocked], Some(20), "wait until 2027-01-15T08:20:00Z: a limit");
    let paced = Account { paced_until: Some(at(30)), ..blocked.clone() };
    is(&told(&own, &paced, 11), &[R::Spacing, R::AccountBlocked], Some(30), "spacing of its account");
    let over = Account { blocked_until: Some(at(9)), paced_until: Some(at(10)), ..account() };
    is(&told(&own, &over, 10), &[R::Due], Some(10), "at any moment");
    let soon_over = delivery(&active, Some(15));
    let cut = told(&soon_over, &blocked, 11);
    is(&cut, &[R::AccountBlocked, R::Expired], None, "its time is over at 2027-01-15T08:15:00Z");
}

#[test]
fn what_stands_beside_it() {
    let a = account();
    let own = delivery(&a, None);
    let stop = |scope: &str| SendingStop {
        scope: scope.parse().unwrap(),
        why: "the campaign went wrong".to_owned(),
        actor: "eve".to_owned(),
        since: at(0),
    };
    let stops = [stop("platform:other"), stop("all")];
    assert_eq!(stops[1].scope, StopScope::All);
    let stopped = told_beside(&own, &a, &stops, None, 11);
    is(&stopped, &[R::Stop], None, "Eve has stopped sending (all): the campaign went wrong");
    let mut other = delivery(&a, None);
    let lease = LeaseRecord { worker: WorkerId::new(at(0)), until: at(12) };
    let busy = Some(Busy { delivery: other.id, lease });
    is(&told_beside(&own, &a, &[], busy, 11), &[R::AccountBusy], Some(11), "is on its way");
    claim(&mut other, 11);
    is(&told_beside(&other, &a, &[], busy, 11), &[R::Leased], Some(11), "got ready by wrk_");
    is(&told_beside(&other, &a, &[], busy, 13), &[R::Leased], Some(13), "no sign of life");
}

#[test]
fn what_was_tried_before() {
    let a = account();
    let again = Verdict::Retry { error: failure(), after: 2 * MINUTE };
    let own = concluded(&a, again);
    is(
        &told(&own, &a, 11),
        &[R::Retry],
        Some(12),
        "tried again at 2027-01-15T08:12:00Z (no answer within 10 s)",
    );
    let equal = Verdict::Snooze { why: "equal content".to_owned(), after: MINUTE, waits: Waits::Post };
    is(
        &told(&concluded(&a, equal), &a, 10),
        &[R::Snoozed],
        Some(11),
        "until 2027-01-15T08:11:00Z: equal content",
    );
    let limit = Verdict::Snooze { why: "the window".to_owned(), after: MINUTE, waits: Waits::Limit };
    let blocked = Account { blocked_until: Some(at(11)), ..account() };
    let both = told(&concluded(&a, limit), &blocked, 10);
    is(&both, &[R::AccountBlocked, R::Snoozed], Some(11), "All posts of its account wait");
}

#[test]
fn what_may_be_live() {
    let a = account();
    let mut own = delivery(&a, None);
    let lease = claim(&mut own, 10);
    begin(&mut own, &lease, 10);
    is(&told(&own, &a, 10), &[R::Leased], Some(10), "It is being sent by wrk_");
    conclude(&mut own, &lease, Verdict::Unconfirmed { error: failure() }, 10);
    let asked = told(&own, &a, 10);
    is(&asked, &[R::Unconfirmed], Some(11), "may be live, and x is asked at 2027-01-15T08:11:00Z");
    assert_eq!(asked.reasons[0].until, Some(at(11)));
    is(&told(&own, &a, 13), &[R::Unconfirmed, R::NoWorker], None, "no worker has taken it");
    let lease = claim(&mut own, 13);
    is(&told(&own, &a, 13), &[R::Unconfirmed, R::Leased], Some(13), "its platform is being asked");
    conclude(&mut own, &lease, Verdict::Hold { why: "two could be it".to_owned(), candidates: vec![] }, 13);
    is(&told(&own, &a, 13), &[R::Held], None, "two could be it");
    step::resolve(&mut own, Resolution::Resend, at(14)).unwrap();
    assert_eq!(codes(&told(&own, &a, 14)), [R::Due]);
}

#[test]
fn what_has_ended() {
    let a = account();
    let failed = concluded(&a, Verdict::Fail { error: failure() });
    is(&told(&failed, &a, 11), &[R::Failed], None, "not tried any more: no answer within 10 s");
    let mut half = delivery(&a, None);
    let lease = claim(&mut half, 10);
    begin(&mut half, &lease, 10);
    conclude(&mut half, &lease, live(), 10);
    let mut cancelled = half.clone();
    conclude(&mut half, &lease, Verdict::Fail { error: failure() }, 10);
    is(&told(&half, &a, 11), &[R::Failed], None, "1 of 2 parts are live; it is not tried");
    conclude(&mut cancelled, &lease, Verdict::Yield, 10);
    step::cancel(&mut cancelled, at(12)).unwrap();
    is(&told(&cancelled, &a, 13), &[R::Cancelled], None, "1 of 2 parts are live; a person has cancelled it");
    let mut late = delivery(&a, Some(12));
    step::expire(&mut late, at(12)).unwrap();
    is(&told(&late, &a, 13), &[R::Expired], None, "not sent in time");
    let mut done = delivery(&a, None);
    let lease = claim(&mut done, 10);
    for _ in 0..2 {
        begin(&mut done, &lease, 10);
        conclude(&mut done, &lease, live(), 10);
    }
    is(&told(&done, &a, 13), &[], None, "All of it is live on x");
}
