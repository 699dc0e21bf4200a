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
            spacing: xmp_core::Spacing::default(),
            paced_until: None,
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
        texts: vec![text.into()],
        links: Vec::new(),
        at: Some(at("2026-01-01T12:00:05Z")),
        reply_to: None,
        media: Vec::new(),
        repost: false,
        earlier: Vec::new(),
    }
}

#[test]
fn an_edited_post_may_have_said_anything() {
    let edited = Candidate { earlier: vec![RemoteId::new("1")], ..post("2", "other words") };
    let posts = [edited.clone(), post("3", "b")];
    assert_eq!(find_in(&query(says("a")), &posts), Match::Several(vec![0]));
    assert_eq!(find_in(&query(says("b")), &posts), Match::One(1), "what is sure counts");
    let taken = FindQuery { taken: vec![RemoteId::new("1")], ..query(says("a")) };
    assert_eq!(find_in(&taken, &posts), Match::None, "another delivery's, edited since");
    let long_ago = Candidate { at: Some(at("2025-12-01T00:00:00Z")), ..edited };
    assert_eq!(find_in(&query(says("a")), &[long_ago]), Match::None);
}

fn find_in(query: &FindQuery, posts: &[Candidate]) -> Match {
    find(query, Duration::from_secs(60), posts)
}

#[test]
fn by_its_text() {
    let posts = [post("1", "other"), post("2", " hello\n world "), post("3", "Hello world")];
    assert_eq!(find_in(&query(says("hello world")), &posts), Match::One(1));
    assert_eq!(find_in(&query(says("never said")), &posts), Match::None);
    assert_eq!(find_in(&query(says("hello world")), &[]), Match::None);
}

#[test]
fn by_its_links_however_x_writes_them() {
    let posts = [post("1", "see http://example.com and https://example.org/a?b=c")];
    assert_eq!(find_in(&query(says("see example.com and https://example.org/a?b=c")), &posts), Match::One(0));
    assert_eq!(find_in(&query(says("see example.com and https://example.org/other")), &posts), Match::None);
}

#[test]
fn by_composed_characters() {
    assert_eq!(find_in(&query(says("se\u{301}")), &[post("1", "s\u{e9}")]), Match::One(0));
}

#[test]
fn equal_posts_are_ambiguous_and_what_others_own_is_never_taken() {
    let posts = [post("1", "same"), post("2", "same")];
    let mut query = query(says("same"));
    assert_eq!(find_in(&query, &posts), Match::Several(vec![0, 1]));
    query.taken = vec![RemoteId::new("1")];
    assert_eq!(find_in(&query, &posts), Match::One(1));
    query.taken.push(RemoteId::new("2"));
    assert_eq!(find_in(&query, &posts), Match::None);
}

#[test]
fn only_within_its_time() {
    use Match::One;
    let doubtful = || Match::Several(vec![0]);
    for (time, found) in [
        ("2026-01-01T10:59:59Z", Match::None),
        ("2026-01-01T11:00:00Z", doubtful()),
        ("2026-01-01T11:58:59Z", doubtful()),
        ("2026-01-01T11:59:00Z", One(0)),
        // The deadline, the time in which it may still appear, and a minute for clocks that differ.
        ("2026-01-01T12:02:10Z", One(0)),
        ("2026-01-01T12:02:11Z", doubtful()),
        ("2026-01-01T13:01:10Z", doubtful()),
        ("2026-01-01T13:01:11Z", Match::None),
    ] {
        let posts = [Candidate { at: Some(at(time)), ..post("1", "a") }, post("2", "other")];
        assert_eq!(find_in(&query(says("a")), &posts), found, "{time}");
        let taken = FindQuery { taken: vec![RemoteId::new("1")], ..query(says("a")) };
        assert_eq!(find_in(&taken, &posts), Match::None, "{time}");
    }
    let beside = Candidate { at: Some(at("2026-01-01T12:30:00Z")), ..post("1", "a") };
    assert_eq!(find_in(&query(says("a")), &[beside, post("2", "a")]), One(1), "the sure one counts");
    let posts = [Candidate { at: None, ..post("1", "a") }];
    assert_eq!(
        find_in(&query(says("a")), &posts),
        Match::One(0),
        "the timeline was asked from the beginning on"
    );
}

#[test]
fn a_reply_answers_the_same_post_and_nothing_else_is_a_reply() {
    let reply = |to: &str| Candidate { reply_to: Some(RemoteId::new(to)), ..post(to, "yes") };
    let posts = [reply("7"), reply("8"), post("9", "yes")];
    let to = |id: Option<&str>| Evidence { reply_to: id.map(RemoteId::new), ..says("yes") };
    assert_eq!(find_in(&query(to(Some("7"))), &posts), Match::One(0));
    assert_eq!(find_in(&query(to(Some("8"))), &posts), Match::One(1));
    assert_eq!(
        find_in(&query(to(Some("6"))), &posts),
        Match::Several(vec![2]),
        "what it answers may be lost"
    );
    assert_eq!(find_in(&query(to(Some("6"))), &posts[..2]), Match::None, "another answer is another post");
    assert_eq!(find_in(&query(to(None)), &posts), Match::One(2));
}

#[test]
fn whoever_is_addressed_first_in_a_reply() {
    let to = |text: &str| Evidence { reply_to: Some(RemoteId::new("7")), ..says(text) };
    let reply = |text: &str| [Candidate { reply_to: Some(RemoteId::new("7")), ..post("1", text) }];
    assert_eq!(find_in(&query(to("yes @you")), &reply("@ada @bob_2 yes @you")), Match::One(0));
    assert_eq!(find_in(&query(to("@ada yes")), &reply("yes")), Match::One(0));
    assert_eq!(find_in(&query(to("yes")), &reply("@ada no")), Match::None);
    assert_eq!(find_in(&query(to("@ada")), &reply("@bob")), Match::None, "nothing is said");
    assert_eq!(find_in(&query(says("yes")), &[post("1", "@ada yes")]), Match::None, "no reply");
}

#[test]
fn by_any_way_to_read_it() {
    let two = |texts: [&str; 2]| [Candidate { texts: texts.map(str::to_owned).into(), ..post("1", "") }];
    let posts = two(["a & b", "a &amp; b"]);
    assert_eq!(find_in(&query(says("a & b")), &posts), Match::One(0));
    assert_eq!(find_in(&query(says("a &amp; b")), &posts), Match::One(0));
    // What one side sees as a link, and the other does not.
    assert_eq!(
        find_in(&query(says("see host.invalidtld/a")), &[post("1", "see http://host.invalidtld/a")]),
        Match::One(0)
    );
    // Short links that the author wrote, beside others.
    let links = [("https://t.co/a", "https://one.example"), ("https://t.co/ab", "http://two.example")];
    let links = links.map(|(short, to)| (short.to_owned(), to.to_owned())).into();
    let posts = [Candidate { links, ..post("1", "https://one.example http://two.example") }];
    assert_eq!(find_in(&query(says("https://t.co/a two.example")), &posts), Match::One(0));
    assert_eq!(find_in(&query(says("https://t.co/a https://t.co/ab")), &posts), Match::One(0));
    assert_eq!(find_in(&query(says("https://t.co/ab https://t.co/ab")), &posts), Match::None);
}

#[test]
fn a_link_to_media_may_bring_it_along() {
    let link = "https://x.com/bob/status/7/photo/1";
    let with = |text: &str, to: Option<&str>, media: &[&str]| Candidate {
        links: to.map(|to| ("https://t.co/a".to_owned(), to.to_owned())).into_iter().collect(),
        media: media.iter().map(ToString::to_string).collect(),
        ..post("1", text)
    };
    for words in ["look", ""] {
        let sent = format!("{words} {link}");
        for text in [words, &sent, &sent.replace("https://", "")] {
            for media in [&[][..], &["99"]] {
                let found = find_in(&query(says(&sent)), &[with(text, Some(link), media)]);
                assert_eq!(found, Match::One(0), "{text}");
                // The words alone may be anybody's.
                for to in [None, Some("https://x.com/bob/status/8/photo/1")] {
                    let found = find_in(&query(says(&sent)), &[with(text, to, media)]);
                    assert_eq!(found, Match::Several(vec![0]), "{text}");
                }
            }
        }
    }
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
    assert_eq!(find_in(&query(ours("mine")), &posts), Match::One(0));
    // The same media in two posts: the text decides.
    let posts = [with("1", "one", &["11"]), with("2", "two", &["11"])];
    assert_eq!(find_in(&query(ours("two")), &posts), Match::One(1));
    assert_eq!(find_in(&query(ours("three")), &posts), Match::Several(vec![0, 1]));
    // Our text without any media told: for a person.
    assert_eq!(find_in(&query(ours("mine")), &[post("1", "mine")]), Match::Several(vec![0]));
    assert_eq!(find_in(&query(ours("")), &[post("1", "")]), Match::None);
    // A post with media is not one that we sent without.
    assert_eq!(find_in(&query(says("mine")), &[with("1", "mine", &["99"])]), Match::None);
}

#[test]
fn somebody_elses_words_are_not_ours() {
    let posts = [Candidate { repost: true, ..post("1", "a") }];
    assert_eq!(find_in(&query(says("a")), &posts), Match::None);
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
        let found = match find_in(&query, &posts) {
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
            prop_assert_ne!(find_in(&query, &posts), Match::None);
        }
    }
}
