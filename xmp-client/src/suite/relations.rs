//! What a post has beside its text.

use xmp_core::{PartContent, Poll, Showing, Visibility};

use super::Verdict;
use super::world::{APART, World, says, skipped};

pub(super) async fn media_and_its_alternative_text_go_out(w: World<'_>) -> Verdict {
    let alt = "One pixel, \"red\" & 日本";
    let Some(picture) = w.picture(alt) else { return skipped("no PNG is taken") };
    let part = PartContent { media: vec![picture.clone()], ..says("look") };
    let id = w.publish(part).await;
    assert_eq!(w.live(&id).await.media, [Some(alt.to_owned())]);
    let read = w.platform().get(w.stage.ctx(), w.stage.account(), &id).await.unwrap();
    assert_eq!(read.media.len(), 1, "{:?}", read.media);
    if w.can.media_without_text {
        w.stage.advance(APART);
        let alone = w.publish(PartContent { media: vec![picture], ..says("") }).await;
        let live = w.live(&alone).await;
        assert_eq!((live.text.as_str(), live.media.len()), ("", 1));
    }
    Verdict::Passed
}

pub(super) async fn a_reply_points_at_its_post(w: World<'_>) -> Verdict {
    if !w.can.replies {
        return skipped("there are no replies");
    }
    let first = w.publish(says("a question")).await;
    w.stage.advance(APART);
    let answer = w.publish(PartContent { reply_to: Some(first.clone()), ..says("an answer") }).await;
    assert_eq!(w.live(&answer).await.reply_to, Some(first.clone()));
    let read = w.platform().get(w.stage.ctx(), w.stage.account(), &answer).await.unwrap();
    assert_eq!(read.reply_to, Some(first));
    Verdict::Passed
}

pub(super) async fn a_thread_of_three_hangs_together(w: World<'_>) -> Verdict {
    if w.can.thread_limit < 3 {
        return skipped(format!("a thread has {} parts at most", w.can.thread_limit));
    }
    let parts = ["one", "two", "three"].map(says);
    assert!(w.check(&parts).is_empty());
    let mut before = None;
    for part in parts {
        let id = w.publish(PartContent { reply_to: before.clone(), ..part }).await;
        assert_eq!(w.live(&id).await.reply_to, before);
        before = Some(id);
        w.stage.advance(APART);
    }
    assert_eq!(w.stage.live().await.len(), 3);
    Verdict::Passed
}

pub(super) async fn a_quote_points_at_its_post(w: World<'_>) -> Verdict {
    if !w.can.quotes {
        return skipped("there are no quotes");
    }
    let first = w.publish(says("quotable")).await;
    w.stage.advance(APART);
    let quote = w.publish(PartContent { quote: Some(first.clone()), ..says("quoting") }).await;
    assert_eq!(w.live(&quote).await.quote, Some(first.clone()));
    if let Some(picture) = w.picture("beside it") {
        w.stage.advance(APART);
        let part = PartContent {
            quote: Some(first.clone()),
            media: vec![picture],
            ..says("quoting with a picture")
        };
        let live = w.live(&w.publish(part).await).await;
        assert_eq!((live.quote, live.media.len()), (Some(first), 1));
    }
    Verdict::Passed
}

pub(super) async fn a_poll_goes_out(w: World<'_>) -> Verdict {
    let Some(rule) = &w.can.polls else { return skipped("there are no polls") };
    let options = vec!["yes".to_owned(), "no".to_owned()];
    let poll = Poll { options, open_for: rule.min_open, multiple: false, hide_totals: false };
    let id = w.publish(PartContent { poll: Some(poll), ..says("so?") }).await;
    assert_eq!(w.only_live().await.id, id);
    Verdict::Passed
}

pub(super) async fn every_way_of_showing_goes_out(w: World<'_>) -> Verdict {
    let plain = Showing::default;
    let mut ways: Vec<Showing> =
        w.can.visibilities.iter().map(|one| Showing { visibility: Some(*one), ..plain() }).collect();
    if w.can.sensitive {
        ways.push(Showing { sensitive: true, ..plain() });
    }
    if w.can.warnings {
        ways.push(Showing { warning: Some("plot".to_owned()), ..plain() });
    }
    if w.can.languages {
        ways.push(Showing { language: Some("pt-BR".to_owned()), ..plain() });
    }
    assert!(w.can.visibilities.contains(&Visibility::Public), "what is said nothing of is public");
    for (number, showing) in ways.into_iter().enumerate() {
        let text = format!("shown in way {number}");
        let id = w.publish(PartContent { showing, ..says(&text) }).await;
        assert_eq!(w.live(&id).await.text, text);
        w.stage.advance(APART);
    }
    Verdict::Passed
}
