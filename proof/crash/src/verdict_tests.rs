use std::collections::BTreeMap;

use serde_json::json;
use xmp::{
    CorrelationId, DeliveryState, IdempotencyKey, OnAbsent, Post, PostId, Priority, PublishedRef, RemoteId,
    TenantId, When,
};
use xmp_core::{Due, Fingerprint, PartContent};

use super::*;
use crate::plan::PlannedPost;
use crate::tempo::Tempo;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

/// One account, and posts of one part, each with its text and where it ended.
struct World {
    plan: Plan,
    account: AccountId,
    posts: Vec<Option<PostView>>,
    ledger: Vec<LedgerEntry>,
    requests: Vec<RecordedRequest>,
    events: Vec<Event>,
    jumps: Vec<Timestamp>,
}

impl World {
    fn new() -> Self {
        let account = PlannedAccount { handle: "ada".to_owned(), on_absent: OnAbsent::Resend };
        Self {
            plan: Plan::calm(Tempo::FastClock, vec![account]),
            account: AccountId::new(at(0)),
            posts: Vec::new(),
            ledger: Vec::new(),
            requests: Vec::new(),
            events: Vec::new(),
            jumps: Vec::new(),
        }
    }

    fn post(mut self, text: &str, state: PartState, live: Option<&str>) -> Self {
        let due = Due { at: at(0), asked: When::Now, tzdb: None };
        let post = Post {
            id: PostId::new(at(0)),
            tenant: TenantId::default(),
            key: IdempotencyKey::new(format!("post-{}", self.posts.len())).unwrap(),
            request: Fingerprint::of([text.as_bytes()]),
            due,
            expires: None,
            priority: Priority::Normal,
            labels: Vec::new(),
            campaign: None,
            metadata: BTreeMap::new(),
            correlation_id: CorrelationId::random(),
            actor: "test".to_owned(),
            created_at: at(0),
            gate: xmp_core::Gate::Open,
            approval: None,
            revision: 1,
            place: None,
        };
        let account = serde_json::from_value(json!({
            "id": self.account, "tenant": "default", "platform": "x", "app": "app", "remote_id": "7", "handle": "ada",
            "state": "active", "scopes": [], "on_absent": "resend", "blocked_until": null, "created_at": at(0),
        }));
        let content = PartContent { text: text.to_owned(), ..PartContent::default() };
        let mut delivery = Delivery::new(&post, &account.unwrap(), [content]);
        delivery.parts[0].state = state;
        delivery.parts[0].published =
            live.map(|id| PublishedRef { remote_id: RemoteId::new(id), url: None, at: None });
        delivery.state = DeliveryState::of([state]);
        self.posts.push(Some(PostView { post, deliveries: vec![delivery] }));
        self.planned(text)
    }

    fn planned(mut self, text: &str) -> Self {
        self.plan.posts.push(PlannedPost {
            key: format!("post-{}", self.plan.posts.len()),
            texts: vec![text.to_owned()],
            accounts: vec![0],
            made: Duration::ZERO,
            due: Duration::ZERO,
            expires: None,
            priority: Priority::Normal,
        });
        self
    }

    fn live(mut self, text: &str, id: &str) -> Self {
        let entry = json!({
            "platform": "x", "account": "ada", "account_id": "7", "remote_id": id, "text": text, "at": at(0),
            "client_id": null, "reply_to": null, "quote_of": null, "media": [], "edits": [], "deleted": false,
            "deleted_at": null,
        });
        self.ledger.push(serde_json::from_value(entry).unwrap());
        self
    }

    fn request(mut self, from: i64, to: i64) -> Self {
        let request = json!({
            "id": self.requests.len() + 1, "at": at(from), "platform": "x", "method": "POST", "path": "/2/tweets",
            "route": "posts.create", "account": "ada", "headers": {}, "body": "", "status": 201, "done": true,
            "done_at": at(to),
        });
        self.requests.push(serde_json::from_value(request).unwrap());
        self
    }

    fn event(mut self, kind: &str) -> Self {
        let event = json!({
            "id": xmp_core::EventId::new(at(0)), "version": 1, "tenant": "default",
            "sequence": self.events.len() + 1, "kind": kind, "at": at(0),
            "correlation_id": CorrelationId::random(), "actor": "test", "account": self.account, "post": null,
            "delivery": null, "part": null, "data": {},
        });
        self.events.push(serde_json::from_value(event).unwrap());
        self
    }

    fn judge(&self) -> Verdict {
        let accounts = [self.account];
        Evidence {
            plan: &self.plan,
            accounts: &accounts,
            posts: &self.posts,
            ledger: &self.ledger,
            requests: &self.requests,
            events: &self.events,
            jumps: &self.jumps,
        }
        .judge()
    }

    /// What the last line would say, after the kills.
    fn line(&self) -> String {
        let verdict = self.judge();
        assert_eq!(verdict.offences.is_empty(), verdict.tally.is_good(), "{verdict:?}");
        verdict.tally.to_string().replace("kills=0 ", "")
    }
}

#[test]
fn what_ended_well() {
    let world = World::new()
        .post("a", PartState::Published, Some("1"))
        .live("a", "1")
        .post("b", PartState::Cancelled, None)
        .post("c", PartState::Expired, None)
        .post("d", PartState::Held, None)
        .post("e", PartState::Held, None)
        .live("e", "5");
    assert_eq!(world.line(), "posts=5 published=1 refused=2 held=2 lost=0 doubled=0 stuck=0");
}

#[test]
fn a_part_that_waits_for_a_held_equal_waits_for_a_person() {
    let held = World::new().post("a", PartState::Held, None).live("a", "1");
    let world = held.post("a", PartState::Waiting, None);
    assert_eq!(world.line(), "posts=2 published=0 refused=0 held=2 lost=0 doubled=0 stuck=0");
    let world = World::new().post("a", PartState::Waiting, None);
    assert_eq!(world.line(), "posts=1 published=0 refused=0 held=0 lost=0 doubled=0 stuck=1");
}

#[test]
fn what_is_lost() {
    let world = World::new().post("a", PartState::Published, Some("1"));
    assert_eq!(world.line(), "posts=1 published=0 refused=0 held=0 lost=1 doubled=0 stuck=0");
    let mut gone = World::new().planned("a");
    gone.posts.push(None);
    assert_eq!(gone.line(), "posts=1 published=0 refused=0 held=0 lost=1 doubled=0 stuck=0");
}

#[test]
fn what_is_there_more_often_than_the_store_knows() {
    let twice = World::new().post("a", PartState::Published, Some("1")).live("a", "1").live("a", "2");
    assert_eq!(twice.line(), "posts=1 published=1 refused=0 held=0 lost=0 doubled=1 stuck=0");
    let refused = World::new().post("a", PartState::Cancelled, None).live("a", "1");
    assert_eq!(refused.line(), "posts=1 published=0 refused=1 held=0 lost=0 doubled=1 stuck=0");
    let held = World::new().post("a", PartState::Held, None).live("a", "1").live("a", "2");
    assert_eq!(held.line(), "posts=1 published=0 refused=0 held=1 lost=0 doubled=1 stuck=0");
    let nobodys = World::new().live("a", "1");
    assert_eq!(nobodys.line(), "posts=0 published=0 refused=0 held=0 lost=0 doubled=1 stuck=0");
    let owned_twice = World::new().post("a", PartState::Published, Some("1")).live("a", "1");
    let owned_twice = owned_twice.post("a", PartState::Published, Some("1"));
    assert_eq!(owned_twice.line(), "posts=2 published=1 refused=0 held=0 lost=1 doubled=0 stuck=0");
}

#[test]
fn requests_in_flight_at_once() {
    assert!(World::new().request(0, 2).request(2, 4).judge().tally.is_good(), "one after the other");
    assert_eq!(World::new().request(0, 3).request(2, 4).judge().tally.doubled, 1);
    assert!(World::new().request(0, 30).request(20, 21).judge().tally.is_good(), "its sender has given up");
    let mut left = World::new().request(0, 3).request(2, 4);
    left.requests[0].left_at = Some(at(1));
    assert!(left.judge().tally.is_good(), "its sender has hung up");
    let mut stepped = World::new().request(0, 3).request(2, 4);
    stepped.jumps.push(at(1));
    assert!(stepped.judge().tally.is_good(), "a clock that was set forward");
}

#[test]
fn attempts_while_sending_is_stopped() {
    let stopped = || World::new().event("sending.stopped");
    assert_eq!(stopped().event("post.attempted").judge().tally.doubled, 1);
    assert!(stopped().event("sending.resumed").event("post.attempted").judge().tally.is_good());
}
