//! Every step's effect, and what no sequence of steps can do.

use std::time::Duration;

use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::state::{LeaseState, PartState};
use crate::{
    Absence, AccountId, Attempt, Certainty, Checkpoint, DeliveryId, ErrorRecord, Evidence, Gate, Lease,
    PartContent, PlanId, PlatformId, PostEdit, PostId, Prepared, Priority, PublishedRef, RemoteId, TenantId,
    WorkerId,
};

const LEASE: Duration = Duration::from_secs(30);
const TIMEOUT: Duration = Duration::from_secs(10);
const SETTLE: Duration = Duration::from_secs(60);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_000_000 + seconds).unwrap()
}

fn new_delivery(parts: u32) -> Delivery {
    let now = at(0);
    let part = |index| {
        let content = PartContent { text: format!("part {index}"), ..PartContent::default() };
        Part::new(index, content, now)
    };
    Delivery {
        id: DeliveryId::new(now),
        tenant: TenantId::default(),
        post: PostId::new(now),
        account: AccountId::new(now),
        platform: PlatformId::X,
        state: DeliveryState::Scheduled,
        priority: Priority::Normal,
        due_at: now,
        expires_at: None,
        run_at: Some(now),
        waiting: None,
        lease: None,
        fence: 0,
        queue: None,
        parts: (0..parts).map(part).collect(),
    }
}

fn new_attempt(part: PartId) -> NewAttempt {
    NewAttempt {
        part,
        prepared: Prepared { request: json!({}), evidence: Evidence::default() },
        timeout: TIMEOUT,
        settle: SETTLE,
        lease_for: LEASE,
    }
}

fn failure() -> ErrorRecord {
    ErrorRecord::from(&Error::new(ErrorKind::Network, "test.network", "it broke"))
}

fn live(remote: &str) -> PublishedRef {
    PublishedRef { remote_id: RemoteId::new(remote), url: None, at: None }
}

fn kinds(stepped: &Stepped) -> Vec<EventKind> {
    stepped.events.iter().map(|event| event.kind).collect()
}

fn saying(delivery: &Delivery, texts: &[&str]) -> PostEdit {
    let said = |text: &&str| PartContent { text: (*text).to_owned(), ..PartContent::default() };
    PostEdit { contents: vec![(delivery.account, texts.iter().map(said).collect())], ..PostEdit::default() }
}

#[track_caller]
fn edited(delivery: &mut Delivery, change: &PostEdit, gate: Gate) -> Result<Stepped> {
    let own = change.of(delivery.account).expect("something of it changes");
    edit(delivery, &own, gate, at(1))
}

#[test]
fn an_edit_replaces_what_is_said() {
    let mut delivery = new_delivery(2);
    let before = delivery.clone();
    let change = saying(&delivery, &["part 0", "another", "and one more"]);
    edited(&mut delivery, &change, Gate::Open).unwrap();
    let texts: Vec<_> = delivery.parts.iter().map(|part| part.content.text.as_str()).collect();
    assert_eq!(texts, ["part 0", "another", "and one more"]);
    assert_eq!(delivery.parts[0], before.parts[0], "what stays the same is the same part");
    assert_ne!(delivery.parts[1].fingerprint, before.parts[1].fingerprint);
    assert_eq!(delivery.parts[2].index, 2);
    assert!(delivery.fence > before.fence, "a worker that held it before writes nothing");
    let shorter = saying(&delivery, &["alone"]);
    edited(&mut delivery, &shorter, Gate::Open).unwrap();
    assert_eq!(delivery.parts.len(), 1);
    assert_eq!(delivery.run_at, Some(at(0)));
}

#[test]
fn what_is_sent_or_may_be_live_is_not_edited() {
    for (mut held, code) in [(Held::sending(1), "delivery.not_editable"), (Held::claimed(1), "delivery.busy")]
    {
        let change = saying(&held.delivery, &["too late"]);
        let before = held.delivery.clone();
        assert_eq!(edited(&mut held.delivery, &change, Gate::Open).unwrap_err().code(), code);
        assert_eq!(held.delivery, before);
    }
}

#[test]
fn a_time_beyond_its_end_is_refused() {
    let mut delivery = new_delivery(1);
    delivery.expires_at = Some(at(100));
    let late = PostEdit { due: Some(crate::Due::at(at(100))), ..PostEdit::default() };
    let before = delivery.clone();
    assert_eq!(edited(&mut delivery, &late, Gate::Open).unwrap_err().code(), "expires.before_due");
    assert_eq!(delivery, before);
}

#[test]
fn a_gate_keeps_a_delivery_from_workers() {
    let mut delivery = new_delivery(1);
    let stepped = set_gate(&mut delivery, Gate::Review, at(1)).unwrap();
    assert_eq!((delivery.run_at, kinds(&stepped)), (None, vec![EventKind::PostHeldBack]));
    reschedule(&mut delivery, at(500), at(2)).unwrap();
    assert_eq!((delivery.due_at, delivery.run_at), (at(500), None), "another time opens no gate");
    let change = saying(&delivery, &["better"]);
    edited(&mut delivery, &change, Gate::Review).unwrap();
    assert_eq!(delivery.run_at, None);
    cancel(&mut delivery, at(3)).unwrap();
    put_back(&mut delivery, Gate::Review, at(4)).unwrap();
    assert_eq!(delivery.run_at, None, "nor does putting it back");
    let stepped = set_gate(&mut delivery, Gate::Open, at(5)).unwrap();
    assert_eq!((delivery.run_at, kinds(&stepped)), (Some(at(500)), vec![EventKind::PostApproved]));
}

#[test]
fn what_has_expired_is_not_approved() {
    let mut delivery = new_delivery(1);
    delivery.expires_at = Some(at(10));
    set_gate(&mut delivery, Gate::Draft, at(1)).unwrap();
    assert_eq!(set_gate(&mut delivery, Gate::Open, at(10)).unwrap_err().code(), "delivery.expired");
}

#[test]
fn a_queue_is_told_when_all_of_its_post_is_live() {
    let mut held = Held::sending(1);
    held.delivery.queue = Some(PlanId::new(at(0)));
    let stepped = held.conclude(0, Verdict::Published(live("1")), 5).unwrap();
    assert_eq!(kinds(&stepped), [EventKind::PostPublished, EventKind::PostQueueProcessed]);
}

/// A delivery with the lease that a worker holds on it.
struct Held {
    delivery: Delivery,
    lease: Lease,
}

impl Held {
    fn claimed(parts: u32) -> Self {
        let mut delivery = new_delivery(parts);
        let lease = claim(&mut delivery, WorkerId::new(at(0)), LEASE, at(0)).unwrap();
        Self { delivery, lease }
    }

    fn sending(parts: u32) -> Self {
        let mut held = Self::claimed(parts);
        held.begin(0, 0).unwrap();
        held
    }

    fn unconfirmed() -> Self {
        let mut held = Self::sending(1);
        held.conclude(0, Verdict::Unconfirmed { error: failure() }, 1).unwrap();
        held.again(80);
        held
    }

    fn again(&mut self, now: i64) {
        self.lease = claim(&mut self.delivery, self.lease.worker, LEASE, at(now)).unwrap();
    }

    fn begin(&mut self, part: usize, now: i64) -> Result<(Attempt, Stepped)> {
        let part = self.delivery.parts[part].id;
        begin(&mut self.delivery, &self.lease, new_attempt(part), at(now))
    }

    fn conclude(&mut self, part: usize, verdict: Verdict, now: i64) -> Result<Stepped> {
        let part = self.delivery.parts[part].id;
        conclude(&mut self.delivery, &self.lease, part, verdict, at(now))
    }
}

#[test]
fn claim_takes_what_is_free() {
    let mut held = Held::claimed(1);
    assert_eq!((held.delivery.fence, held.lease.fence), (1, 1));
    assert_eq!(held.delivery.lease.unwrap().until, at(30));
    for now in [1, 30, 99] {
        let taken = claim(&mut held.delivery, WorkerId::new(at(0)), LEASE, at(now)).unwrap_err();
        assert_eq!(taken.code(), "lease.taken", "a lapsed lease is recovered first");
    }
}

#[test]
fn a_lost_lease_changes_nothing() {
    let held = Held::claimed(1);
    let part = held.delivery.parts[0].id;
    let mut taken_over = held.delivery.clone();
    recover(&mut taken_over, at(30)).unwrap();
    let mut claimed_again = taken_over.clone();
    claim(&mut claimed_again, held.lease.worker, LEASE, at(31)).unwrap();
    let mut by_a_person = held.delivery.clone();
    cancel(&mut by_a_person, at(30)).unwrap();
    let other = Lease { worker: WorkerId::new(at(0)), ..held.lease.clone() };
    let late = Lease { fence: 0, ..held.lease.clone() };
    for (delivery, lease) in [
        (&taken_over, &held.lease),
        (&claimed_again, &held.lease),
        (&by_a_person, &held.lease),
        (&held.delivery, &other),
        (&held.delivery, &late),
    ] {
        let mut after = delivery.clone();
        let point = Checkpoint { name: "n".into(), value: "v".into(), expires_at: None };
        let errors = [
            renew(&mut after, lease, LEASE, at(1)).unwrap_err(),
            checkpoint(&mut after, lease, part, point, at(1)).unwrap_err(),
            begin(&mut after, lease, new_attempt(part), at(1)).unwrap_err(),
            conclude(&mut after, lease, part, Verdict::Yield, at(1)).unwrap_err(),
        ];
        assert!(errors.iter().all(|error| error.kind() == ErrorKind::LeaseLost));
        assert_eq!(after, *delivery);
    }
}

#[test]
fn recover_frees_lapsed_leases_alone() {
    let mut delivery = new_delivery(1);
    assert!(recover(&mut delivery, at(99)).unwrap().events.is_empty());
    assert_eq!(delivery.fence, 0);
    let mut held = Held::sending(1);
    recover(&mut held.delivery, at(29)).unwrap();
    assert!(held.delivery.lease.is_some());
    let stepped = recover(&mut held.delivery, at(30)).unwrap();
    assert_eq!(kinds(&stepped), [EventKind::PostUnconfirmed]);
    assert_eq!((held.delivery.lease, held.delivery.fence), (None, 2));
    assert_eq!(held.delivery.state, DeliveryState::Unconfirmed);
    assert_eq!(held.delivery.run_at, Some(at(90)), "the whole settle window from here on");
    let mut waiting = Held::claimed(1);
    assert!(recover(&mut waiting.delivery, at(30)).unwrap().events.is_empty());
    assert_eq!((waiting.delivery.state, waiting.delivery.run_at), (DeliveryState::Scheduled, Some(at(0))));
}

#[test]
fn begin_commits_an_intent_within_the_lease() {
    let mut held = Held::claimed(2);
    let (attempt, stepped) = held.begin(0, 5).unwrap();
    assert_eq!((attempt.deadline, attempt.confirm_after), (at(15), at(75)));
    assert_eq!((attempt.fence, attempt.number, attempt.since), (1, 1, at(5)));
    assert_eq!(kinds(&stepped), [EventKind::PostAttempted]);
    assert_eq!(held.delivery.lease.unwrap().until, at(35));
    assert_eq!(held.delivery.state, DeliveryState::Sending);
    let part = held.delivery.parts[0].id;
    let short = NewAttempt { lease_for: TIMEOUT, ..new_attempt(part) };
    let error = begin(&mut held.delivery, &held.lease, short, at(5)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
}

#[test]
fn a_thread_goes_in_order() {
    let mut held = Held::claimed(3);
    assert_eq!(held.begin(1, 0).unwrap_err().code(), "part.order");
    let error = held.conclude(1, Verdict::Fail { error: failure() }, 0).unwrap_err();
    assert_eq!(error.code(), "part.order");
    let mut held = Held::sending(3);
    assert_eq!(held.begin(1, 0).unwrap_err().code(), "part.order");
    held.conclude(0, Verdict::Published(live("r0")), 1).unwrap();
    assert_eq!(held.delivery.parts[1].content.reply_to, Some(RemoteId::new("r0")));
    held.begin(1, 2).unwrap();
    let snooze = Verdict::Snooze { why: "late".into(), after: LEASE, waits: Waits::Post };
    for verdict in [snooze, Verdict::Yield, Verdict::Published(live("r9"))] {
        let before = held.delivery.clone();
        assert_eq!(held.conclude(0, verdict, 3).unwrap_err().code(), "part.state");
        assert_eq!(held.delivery, before, "the second part keeps its lease");
    }
    // Said again, because its answer was lost.
    let before = held.delivery.clone();
    assert!(held.conclude(0, Verdict::Published(live("r0")), 3).unwrap().events.is_empty());
    assert_eq!(held.delivery, before);
}

#[test]
fn doubt_is_carried_until_it_is_disproved() {
    let mut held = Held::unconfirmed();
    held.conclude(0, Verdict::Absent { absence: Absence::Observed, after: Duration::ZERO }, 81).unwrap();
    held.again(82);
    assert_eq!(held.begin(0, 83).unwrap().0.since, at(0));
    let retry = Verdict::Retry { error: failure(), after: Duration::ZERO };
    held.conclude(0, retry.clone(), 84).unwrap();
    held.again(85);
    assert_eq!(
        held.begin(0, 86).unwrap().0.since,
        at(0),
        "the second was not sent, the first still may be live"
    );
    held.conclude(0, Verdict::Unconfirmed { error: failure() }, 87).unwrap();
    held.again(200);
    held.conclude(0, Verdict::Hold { why: "unclear".into(), candidates: vec![] }, 201).unwrap();
    resolve(&mut held.delivery, Resolution::Resend, at(202)).unwrap();
    held.again(203);
    // A person has looked, and may have overlooked: a platform that refuses the text as a duplicate is believed.
    assert_eq!(held.begin(0, 204).unwrap().0.since, at(0));

    let mut held = Held::unconfirmed();
    held.conclude(0, Verdict::Absent { absence: Absence::Proof, after: Duration::ZERO }, 81).unwrap();
    held.again(82);
    assert_eq!(held.begin(0, 83).unwrap().0.since, at(83));
}

#[test]
fn a_limit_that_is_reached_is_told_with_each_snooze() {
    let limit = || Verdict::Snooze { why: "w".into(), after: LEASE, waits: Waits::Limit };
    let mut held = Held::sending(1);
    let stepped = held.conclude(0, limit(), 1).unwrap();
    assert_eq!(kinds(&stepped), [EventKind::PostSnoozed, EventKind::RateLimitReached]);
    assert_eq!(stepped.block.unwrap().until, at(31));
    let told = &stepped.events[1];
    assert_eq!((told.account, told.data["why"].as_str()), (Some(held.delivery.account), Some("w")));
    assert_eq!(told.data["until"], serde_json::json!(at(31)));
    held.again(31);
    assert_eq!(kinds(&held.conclude(0, limit(), 32).unwrap()), [EventKind::RateLimitReached]);
}

#[test]
fn every_verdict_on_a_part_that_is_sent() {
    let retry = Verdict::Retry { error: failure(), after: LEASE };
    let whole = Verdict::Snooze { why: "w".into(), after: LEASE, waits: Waits::Account };
    let cases = [
        (
            Verdict::Published(live("r")),
            "published",
            None,
            Some(Certainty::Sent),
            1,
            EventKind::PostPublished,
        ),
        (retry, "scheduled", Some(at(31)), Some(Certainty::NotSent), 1, EventKind::PostRetried),
        (whole, "scheduled", Some(at(31)), Some(Certainty::NotSent), 0, EventKind::PostSnoozed),
        (
            Verdict::Fail { error: failure() },
            "failed",
            None,
            Some(Certainty::Rejected),
            1,
            EventKind::PostFailed,
        ),
        (
            Verdict::Unconfirmed { error: failure() },
            "unconfirmed",
            Some(at(70)),
            Some(Certainty::MaybeSent),
            1,
            EventKind::PostUnconfirmed,
        ),
    ];
    for (verdict, state, run_at, outcome, attempts, kind) in cases {
        let mut held = Held::sending(1);
        let stepped = held.conclude(0, verdict, 1).unwrap();
        let part = &held.delivery.parts[0];
        assert_eq!((held.delivery.state.as_str(), held.delivery.run_at), (state, run_at));
        assert_eq!((part.attempt.as_ref().unwrap().outcome, part.attempts), (outcome, attempts), "{state}");
        assert_eq!(kinds(&stepped), [kind]);
        assert_eq!(held.delivery.lease, None);
        let blocked = stepped.block.map(|block| block.until);
        assert_eq!(blocked, (kind == EventKind::PostSnoozed).then(|| at(31)));
    }
}

#[test]
fn people_wait_for_a_worker_and_raise_the_fence() {
    let held = Held::claimed(1);
    for now in [1, 29] {
        assert_eq!(cancel(&mut held.delivery.clone(), at(now)).unwrap_err().code(), "delivery.busy");
        let moved = reschedule(&mut held.delivery.clone(), at(500), at(now)).unwrap_err();
        assert_eq!(moved.code(), "delivery.busy");
    }
    let mut moved = held.delivery.clone();
    let stepped = reschedule(&mut moved, at(500), at(30)).unwrap();
    assert_eq!((moved.run_at, moved.due_at, moved.fence, moved.lease), (Some(at(500)), at(500), 2, None));
    assert_eq!(kinds(&stepped), [EventKind::PostRescheduled]);
    let stepped = cancel(&mut moved, at(31)).unwrap();
    assert_eq!((moved.run_at, moved.state, moved.fence), (None, DeliveryState::Cancelled, 3));
    assert_eq!(kinds(&stepped), [EventKind::PostCancelled]);
    let stepped = put_back(&mut moved, Gate::Open, at(32)).unwrap();
    assert_eq!((moved.run_at, moved.state, moved.fence), (Some(at(32)), DeliveryState::Scheduled, 4));
    assert_eq!(kinds(&stepped), [EventKind::PostPutBack]);
    assert_eq!(put_back(&mut moved, Gate::Open, at(33)).unwrap_err().code(), "delivery.not_dead");
    assert_eq!(resolve(&mut moved, Resolution::Resend, at(33)).unwrap_err().code(), "delivery.not_held");
}

#[test]
fn what_is_not_sent_in_time_expires() {
    let mut delivery = new_delivery(2);
    delivery.expires_at = Some(at(100));
    assert!(expire(&mut delivery, at(99)).unwrap().events.is_empty());
    assert_eq!(kinds(&expire(&mut delivery, at(100)).unwrap()), [EventKind::PostExpired]);
    assert_eq!((delivery.state, delivery.run_at), (DeliveryState::Expired, None));
    assert!(expire(&mut delivery, at(101)).unwrap().events.is_empty(), "once");
    put_back(&mut delivery, Gate::Open, at(200)).unwrap();
    assert_eq!((delivery.state, delivery.expires_at), (DeliveryState::Scheduled, None));
}

#[test]
fn what_is_being_worked_on_does_not_expire_under_its_worker() {
    let mut held = Held::claimed(1);
    held.delivery.expires_at = Some(at(1));
    assert!(expire(&mut held.delivery, at(5)).unwrap().events.is_empty());
    let part = held.delivery.parts[0].id;
    let stepped = conclude(&mut held.delivery, &held.lease, part, Verdict::Expire, at(5)).unwrap();
    assert_eq!(kinds(&stepped), [EventKind::PostExpired]);
    assert!(held.delivery.lease.is_none());
}

#[test]
fn what_may_be_live_is_held_and_never_called_expired() {
    let mut held = Held::claimed(1);
    let part = held.delivery.parts[0].id;
    begin(&mut held.delivery, &held.lease, new_attempt(part), at(0)).unwrap();
    let doubt = Verdict::Unconfirmed { error: failure() };
    conclude(&mut held.delivery, &held.lease, part, doubt, at(1)).unwrap();
    held.delivery.expires_at = Some(at(2));
    assert!(expire(&mut held.delivery, at(5)).unwrap().events.is_empty(), "the platform is asked first");
    let lease = claim(&mut held.delivery, WorkerId::new(at(90)), LEASE, at(90)).unwrap();
    let absent = Verdict::Absent { absence: Absence::Observed, after: Duration::ZERO };
    conclude(&mut held.delivery, &lease, part, absent, at(91)).unwrap();
    assert_eq!(held.delivery.sent_at(), Some(at(0)), "it counts for the spacing");
    assert_eq!(kinds(&expire(&mut held.delivery, at(92)).unwrap()), [EventKind::PostHeld]);
    assert_eq!(held.delivery.state, DeliveryState::Held);
}

#[test]
fn a_wait_for_spacing_is_told_once() {
    let mut delivery = new_delivery(1);
    assert_eq!(kinds(&pace(&mut delivery, at(60))), [EventKind::PostSnoozed]);
    assert!(pace(&mut delivery, at(120)).events.is_empty());
    assert_eq!(delivery.run_at, Some(at(0)), "it is its account that waits");
}

#[test]
fn a_renewal_never_shortens_a_lease() {
    let mut held = Held::claimed(1);
    let part = held.delivery.parts[0].id;
    let long = NewAttempt { lease_for: Duration::from_secs(120), ..new_attempt(part) };
    begin(&mut held.delivery, &held.lease, long, at(0)).unwrap();
    renew(&mut held.delivery, &held.lease, LEASE, at(10)).unwrap();
    assert_eq!(held.delivery.lease.unwrap().until, at(120));
}

#[test]
fn a_place_in_the_queue_is_by_priority_and_waiting() {
    let turn = |priority: Priority, due| priority.turn(at(due));
    assert!(turn(Priority::High, 0) < turn(Priority::Normal, 0));
    assert!(turn(Priority::Low, 0) < turn(Priority::Normal, 3601), "what has waited long goes first");
    assert!(Priority::ALL.is_sorted_by(|higher, lower| higher.head_start() > lower.head_start()));
}

#[test]
fn nothing_is_rescheduled_beyond_its_expiry() {
    let mut delivery = new_delivery(1);
    delivery.expires_at = Some(at(100));
    assert_eq!(reschedule(&mut delivery, at(100), at(0)).unwrap_err().code(), "due.expired");
    reschedule(&mut delivery, at(99), at(0)).unwrap();
}

#[derive(Clone, Debug)]
enum Op {
    Claim,
    Recover,
    Renew { lease: usize },
    Checkpoint { lease: usize },
    Begin { lease: usize, part: usize },
    Conclude { lease: usize, part: usize, verdict: u8 },
    Cancel,
    Reschedule,
    PutBack,
    Resolve { how: u8 },
    Wait { seconds: i64 },
}

fn ops() -> impl Strategy<Value = Op> {
    // Mostly the newest lease and the current part, or hardly a sequence would come far.
    let newest = || prop_oneof![5 => Just(0usize), 1 => 0usize..3];
    let current = || prop_oneof![5 => Just(9usize), 1 => 0usize..3];
    prop_oneof![
        4 => Just(Op::Claim),
        3 => Just(Op::Recover),
        1 => newest().prop_map(|lease| Op::Renew { lease }),
        1 => newest().prop_map(|lease| Op::Checkpoint { lease }),
        6 => (newest(), current()).prop_map(|(lease, part)| Op::Begin { lease, part }),
        9 => (newest(), current(), 0u8..10)
            .prop_map(|(lease, part, verdict)| Op::Conclude { lease, part, verdict }),
        1 => Just(Op::Cancel),
        1 => Just(Op::Reschedule),
        2 => Just(Op::PutBack),
        2 => (0u8..3).prop_map(|how| Op::Resolve { how }),
        3 => (-20i64..90).prop_map(|seconds| Op::Wait { seconds }),
    ]
}

fn verdict(number: u8) -> Verdict {
    let after = Duration::from_secs(5);
    match number {
        0 | 1 => Verdict::Published(live("r")),
        2 => Verdict::Retry { error: failure(), after },
        3 => Verdict::Snooze { why: "w".into(), after, waits: Waits::Post },
        4 => Verdict::Fail { error: failure() },
        5 => Verdict::Unconfirmed { error: failure() },
        6 => Verdict::LookAgain { after, error: None },
        7 => Verdict::Absent { absence: Absence::Observed, after: Duration::ZERO },
        8 => Verdict::Hold { why: "w".into(), candidates: vec![] },
        _ => Verdict::Yield,
    }
}

fn apply(delivery: &mut Delivery, leases: &mut Vec<Lease>, op: &Op, now: Timestamp) -> Result<Stepped> {
    let lease = |at: usize| {
        let found = leases.iter().rev().nth(at).cloned();
        found.ok_or_else(|| Error::new(ErrorKind::LeaseLost, "test", "no lease yet"))
    };
    let current = delivery.current().map_or(delivery.parts[0].id, |part| part.id);
    let part = |at: usize| delivery.parts.get(at).map_or(current, |part| part.id);
    match *op {
        // What stores see to: nothing is claimed that has nothing left to do.
        Op::Claim if delivery.run_at.is_none() => Ok(Stepped::default()),
        Op::Claim => {
            let lease = claim(delivery, WorkerId::new(now), LEASE, now)?;
            leases.push(lease);
            Ok(Stepped::default())
        }
        Op::Recover => recover(delivery, now),
        Op::Renew { lease: at } => renew(delivery, &lease(at)?, LEASE, now).map(|()| Stepped::default()),
        Op::Checkpoint { lease: at } => {
            let point = Checkpoint { name: "n".into(), value: "v".into(), expires_at: None };
            checkpoint(delivery, &lease(at)?, current, point, now).map(|()| Stepped::default())
        }
        Op::Begin { lease: at, part: index } => {
            let new = new_attempt(part(index));
            begin(delivery, &lease(at)?, new, now).map(|begun| begun.1)
        }
        Op::Conclude { lease: at, part: index, verdict: number } => {
            let part = part(index);
            conclude(delivery, &lease(at)?, part, verdict(number), now)
        }
        Op::Cancel => cancel(delivery, now),
        Op::Reschedule => reschedule(delivery, later_by(now), now),
        Op::PutBack => put_back(delivery, Gate::Open, now),
        Op::Resolve { how: 0 } => resolve(delivery, Resolution::Live(live("r")), now),
        Op::Resolve { how: 1 } => resolve(delivery, Resolution::Resend, now),
        Op::Resolve { .. } => resolve(delivery, Resolution::Abandon, now),
        Op::Wait { .. } => Ok(Stepped::default()),
    }
}

fn later_by(now: Timestamp) -> Timestamp {
    now.checked_add(LEASE).unwrap()
}

/// What holds of every record, whatever was done.
fn check(before: &Delivery, after: &Delivery, now: Timestamp) {
    let states: Vec<_> = after.parts.iter().map(|part| part.state).collect();
    assert_eq!(after.state, DeliveryState::of(states.iter().copied()));
    assert!(after.fence >= before.fence);
    assert_eq!(after.parts.len(), before.parts.len(), "no part is lost");
    for (old, new) in before.parts.iter().zip(&after.parts) {
        assert_eq!((old.id, old.index, &old.content.text), (new.id, new.index, &new.content.text));
        if old.state == PartState::Published {
            assert_eq!((new.state, &new.published), (PartState::Published, &old.published));
        }
        assert_eq!(new.published.is_some(), new.state == PartState::Published);
        if old.state != new.state && new.state == PartState::Sending {
            assert_eq!(old.state, PartState::Waiting, "nothing visible begins while something is unresolved");
            assert_eq!(LeaseState::at(now, after.lease.as_ref()), LeaseState::Live);
            assert!(new.attempt.as_ref().unwrap().deadline < after.lease.unwrap().until);
        }
    }
    if states.contains(&PartState::Sending) {
        assert!(after.lease.is_some(), "what may be on its way has somebody who answers for it");
    }
    assert!(states.iter().filter(|state| state.is_unresolved()).count() <= 1, "{states:?}");
    let first = states.iter().position(|state| *state != PartState::Published).unwrap_or(states.len());
    assert!(!states[first..].contains(&PartState::Published), "a thread is published in order: {states:?}");
    assert_eq!(after.run_at.is_none(), after.state.is_settled(), "{states:?}");
    if after.state.is_settled() {
        assert_eq!(LeaseState::at(now, after.lease.as_ref()), LeaseState::Free);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn no_sequence_of_steps_breaks_a_record(parts in 1u32..4, ops in vec(ops(), 1..60)) {
        let mut delivery = new_delivery(parts);
        let mut leases = Vec::new();
        let mut now = at(0);
        let mut published = vec![0; delivery.parts.len()];
        for op in ops {
            if let Op::Wait { seconds } = op {
                now = now.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap();
            }
            // As a store does: a step works on a copy, and an error leaves the record as it was.
            let mut after = delivery.clone();
            let Ok(stepped) = apply(&mut after, &mut leases, &op, now) else { continue };
            check(&delivery, &after, now);
            if let Op::Begin { lease, .. } | Op::Conclude { lease, .. } | Op::Renew { lease } = op {
                let lease = &leases[leases.len() - 1 - lease];
                prop_assert_eq!(lease.fence, delivery.fence, "a step under a fence that is not the delivery's");
            }
            for event in &stepped.events {
                prop_assert_eq!((event.delivery, event.post), (Some(delivery.id), Some(delivery.post)));
                if event.kind == EventKind::PostPublished {
                    let index = delivery.parts.iter().position(|part| Some(part.id) == event.part).unwrap();
                    published[index] += 1;
                }
            }
            delivery = after;
        }
        prop_assert!(published.iter().all(|times| *times <= 1), "published twice: {:?}", published);
    }
}
