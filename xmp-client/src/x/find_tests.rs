use proptest::prelude::*;
use xmp_core::{Account, AccountId, AccountState, AttemptId, Evidence, OnAbsent, PlatformId, TenantId};

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn query(evidence: Evidence) -> FindQuery {
    let now = at("2026-01-01T12:00:00Z");
    FindQuery {
        account: Account {
            id: AccountId::new(now),
            tenant: TenantId::default(),
            platform: PlatformId::X,
            app: "app".into(),
            remote_id: RemoteId::new("1"),
            handle: "ada".into(),
            state: AccountState::Active,
            scopes: Vec::new(),
            on_absent: OnAbsent::Hold,
            blocked_until: None,
            created_at: now,
        },
        attempt: AttemptId::new(now),
        evidence,
        since: now,
        until: at("2026-01-01T12:00:10Z"),
        taken: Vec::new(),
    }
}

fn says(text: &str) -> Evidence {
    Evidence { text: text.into(), ..Evidence::default() }
}

fn post(id: &str, text: &str) -> Candidate {
    Candidate {
        id: RemoteId::new(id),
        text: text.into(),
        at: Some(at("2026-01-01T12:00:05Z")),
        reply_to: None,
        media: Vec::new(),
        repost: false,
    }
}

#[test]
fn by_its_text() {
    let posts = [post("1", "other"), post("2", " hello\n world "), post("3", "Hello world")];
    assert_eq!(find(&query(says("hello world")), &posts), Match::One(1));
    assert_eq!(find(&query(says("never said")), &posts), Match::None);
    assert_eq!(find(&query(says("hello world")), &[]), Match::None);
}

#[test]
fn by_its_links_however_x_writes_them() {
    let posts = [post("1", "see http://example.com and https://example.org/a?b=c")];
    assert_eq!(find(&query(says("see example.com and https://example.org/a?b=c")), &posts), Match::One(0));
    assert_eq!(find(&query(says("see example.com and https://example.org/other")), &posts), Match::None);
}

#[test]
fn by_composed_characters() {
    assert_eq!(find(&query(says("cafe\u{301}")), &[post("1", "caf\u{e9}")]), Match::One(0));
}

#[test]
fn equal_posts_are_ambiguous_and_anothers_is_never_taken() {
    let posts = [post("1", "same"), post("2", "same")];
    let mut query = query(says("same"));
    assert_eq!(find(&query, &posts), Match::Several(vec![0, 1]));
    query.taken = vec![RemoteId::new("1")];
    assert_eq!(find(&query, &posts), Match::One(1));
    query.taken.push(RemoteId::new("2"));
    assert_eq!(find(&query, &posts), Match::None);
}

#[test]
fn only_within_its_time() {
    for (time, found) in [
        ("2026-01-01T11:58:59Z", false),
        ("2026-01-01T11:59:00Z", true),
        ("2026-01-01T12:01:10Z", true),
        ("2026-01-01T12:01:11Z", false),
    ] {
        let posts = [Candidate { at: Some(at(time)), ..post("1", "a") }];
        assert_eq!(
            find(&query(says("a")), &posts),
            if found { Match::One(0) } else { Match::None },
            "{time}"
        );
    }
    let posts = [Candidate { at: None, ..post("1", "a") }];
    assert_eq!(
        find(&query(says("a")), &posts),
        Match::One(0),
        "the timeline was asked from the beginning on"
    );
}

#[test]
fn a_reply_answers_the_same_post_and_nothing_else_is_a_reply() {
    let reply = |to: &str| Candidate { reply_to: Some(RemoteId::new(to)), ..post(to, "yes") };
    let posts = [reply("7"), reply("8"), post("9", "yes")];
    let to = |id: Option<&str>| Evidence { reply_to: id.map(RemoteId::new), ..says("yes") };
    assert_eq!(find(&query(to(Some("7"))), &posts), Match::One(0));
    assert_eq!(find(&query(to(Some("8"))), &posts), Match::One(1));
    assert_eq!(find(&query(to(Some("6"))), &posts), Match::None);
    assert_eq!(find(&query(to(None)), &posts), Match::One(2));
}

#[test]
fn our_media_is_stronger_than_any_text() {
    let with = |id: &str, text: &str, media: &[&str]| Candidate {
        media: media.iter().map(ToString::to_string).collect(),
        ..post(id, text)
    };
    let ours = |text: &str| Evidence { media: vec!["11".into(), "12".into()], ..says(text) };
    // Another text with our media, and our text with other media.
    let posts = [with("1", "changed", &["11", "12"]), with("2", "mine", &["99"]), post("3", "other")];
    assert_eq!(find(&query(ours("mine")), &posts), Match::One(0));
    // The same media in two posts: the text decides.
    let posts = [with("1", "one", &["11"]), with("2", "two", &["11"])];
    assert_eq!(find(&query(ours("two")), &posts), Match::One(1));
    assert_eq!(find(&query(ours("three")), &posts), Match::Several(vec![0, 1]));
    // Our text without any media told: for a person.
    assert_eq!(find(&query(ours("mine")), &[post("1", "mine")]), Match::Several(vec![0]));
    assert_eq!(find(&query(ours("")), &[post("1", "")]), Match::None);
    // A post with media is not one that we sent without.
    assert_eq!(find(&query(says("mine")), &[with("1", "mine", &["99"])]), Match::None);
}

#[test]
fn somebody_elses_words_are_not_ours() {
    let posts = [Candidate { repost: true, ..post("1", "a") }];
    assert_eq!(find(&query(says("a")), &posts), Match::None);
}

#[test]
fn media_keys_hold_ids() {
    assert_eq!(media_id("3_1146654567674912769"), "1146654567674912769");
    assert_eq!(media_id("77"), "77");
}

proptest! {
    #[test]
    fn what_is_found_is_possible(
        texts in proptest::collection::vec("[ab]{0,2}", 0..6),
        sent in "[ab]{1,2}",
        media in proptest::collection::vec(proptest::option::of(0_u8..3), 6),
        ours in proptest::option::of(0_u8..3),
        taken in proptest::collection::btree_set(0_usize..6, 0..3),
    ) {
        let posts: Vec<Candidate> = texts.iter().enumerate().map(|(index, text)| Candidate {
            media: media[index].iter().map(ToString::to_string).collect(),
            ..post(&index.to_string(), text)
        }).collect();
        let mut query = query(Evidence { media: ours.iter().map(ToString::to_string).collect(), ..says(&sent) });
        query.taken = taken.iter().map(|index| RemoteId::new(index.to_string())).collect();
        let found = match find(&query, &posts) {
            Match::None => vec![],
            Match::One(one) => vec![one],
            Match::Several(some) => some,
        };
        for index in found {
            prop_assert!(!taken.contains(&index));
            let carries = ours.is_some() && media[index] == ours;
            prop_assert!(carries || (texts[index] == sent && media[index].is_none()));
        }
        // Exactly what was sent is never overlooked.
        let it = (0..posts.len()).find(|index| !taken.contains(index) && texts[*index] == sent && media[*index] == ours);
        if it.is_some() {
            prop_assert_ne!(find(&query, &posts), Match::None);
        }
    }
}
