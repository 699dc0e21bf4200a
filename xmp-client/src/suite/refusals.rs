//! What is refused before anything is stored or sent.

use std::time::Duration;

use xmp_core::media::MediaKind;
use xmp_core::{Fingerprint, LinkCard, PartContent, Poll, RemoteId, Showing, StoredMedia, Visibility};

use super::Verdict;
use super::world::{World, says};

pub(super) async fn what_it_can_not_do_is_refused(w: World<'_>) -> Verdict {
    for (broken, part) in without(&w) {
        let rules = w.rules(&[part]);
        assert!(rules.contains(&broken), "{broken} was expected, and not {rules:?}");
    }
    assert_eq!(w.rules(&[]), ["parts.none"]);
    assert!(w.rules(&[says("  ")]).contains(&"part.empty"));
    let too_many = vec![says("a"); w.can.thread_limit + 1];
    assert!(w.rules(&too_many).contains(&"parts.count"));
    for rule in &w.can.media {
        let right = file(rule.kind, &rule.types[0], rule.max_bytes);
        let with = |media: Vec<StoredMedia>| w.rules(&[PartContent { media, ..says("look") }]);
        assert!(with(vec![right.clone()]).is_empty(), "{right:?}");
        let large = StoredMedia { size: rule.max_bytes + 1, ..right.clone() };
        assert_eq!(with(vec![large]), ["media.too_large"]);
        assert_eq!(
            with(vec![StoredMedia { mime: "image/x-odd".to_owned(), ..right.clone() }]),
            ["media.type"]
        );
        let told = StoredMedia { alt: Some("a".repeat(w.can.alt_text_limit + 1)), ..right.clone() };
        assert_eq!(with(vec![told]), ["alt.too_long"]);
        assert!(!with(vec![right; rule.max_count + 1]).is_empty(), "{} of a kind", rule.max_count + 1);
    }
    Verdict::Passed
}

/// Parts that ask for what the platform does not have, with the rule that each of them breaks.
fn without(w: &World<'_>) -> Vec<(&'static str, PartContent)> {
    let mut parts = Vec::new();
    let shown = |showing: Showing| PartContent { showing, ..says("shown") };
    let post = || Some(RemoteId::new("1"));
    if w.can.polls.is_none() {
        let options = vec!["yes".to_owned(), "no".to_owned()];
        let poll = Poll { options, open_for: Duration::from_secs(3600), multiple: false, hide_totals: false };
        parts.push(("poll.unsupported", PartContent { poll: Some(poll), ..says("so?") }));
    }
    for visibility in [Visibility::Public, Visibility::Unlisted, Visibility::Followers, Visibility::Mentioned]
    {
        if !w.can.visibilities.contains(&visibility) {
            let showing = Showing { visibility: Some(visibility), ..Showing::default() };
            parts.push(("visibility.unsupported", shown(showing)));
        }
    }
    if !w.can.sensitive {
        parts.push(("sensitive.unsupported", shown(Showing { sensitive: true, ..Showing::default() })));
    }
    if !w.can.warnings {
        let warning = Some("plot".to_owned());
        parts.push(("warning.unsupported", shown(Showing { warning, ..Showing::default() })));
    }
    if !w.can.replies {
        parts.push(("reply.unsupported", PartContent { reply_to: post(), ..says("yes") }));
    }
    if !w.can.quotes {
        parts.push(("quote.unsupported", PartContent { quote: post(), ..says("so") }));
    }
    if !w.can.link_cards {
        let url = "https://example.com".to_owned();
        let link = LinkCard { url, title: "t".to_owned(), description: "d".to_owned(), thumb: None };
        parts.push(("link.not_in_text", PartContent { link: Some(link), ..says("see") }));
    }
    for kind in [MediaKind::Image, MediaKind::Gif, MediaKind::Video] {
        if !w.can.media.iter().any(|rule| rule.kind == kind) {
            parts.push(("media.kind", PartContent { media: vec![file(kind, "any", 1)], ..says("look") }));
        }
    }
    parts
}

fn file(kind: MediaKind, mime: &str, size: u64) -> StoredMedia {
    let hash = Fingerprint::of([mime.as_bytes()]);
    StoredMedia { hash, mime: mime.to_owned(), kind, size, alt: None, focus: None, width: None, height: None }
}

pub(super) async fn every_problem_is_told_at_once(w: World<'_>) -> Verdict {
    let long = says(&"a".repeat(w.can.text_limit + 1));
    let problems = w.check(&[long.clone(), says(""), long]);
    let told: Vec<_> = problems.iter().map(|one| (one.field.as_str(), one.rule)).collect();
    let expected = [
        ("parts[0].text", "text.too_long"),
        ("parts[1].text", "part.empty"),
        ("parts[2].text", "text.too_long"),
    ];
    for one in expected {
        assert!(told.contains(&one), "{one:?} is missing in {told:?}");
    }
    assert!(problems.iter().all(|one| !one.value.is_empty() && !one.limit.is_empty()));
    Verdict::Passed
}
