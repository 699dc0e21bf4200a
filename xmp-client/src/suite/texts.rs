//! Texts, as they are sent, kept and read.

use super::Verdict;
use super::world::{World, says, skipped};

/// Publishes a text, and finds it unchanged on the server and through the platform.
async fn comes_back(w: &World<'_>, text: &str) {
    let id = w.publish(says(text)).await;
    assert_eq!(w.live(&id).await.text, text, "as the server has it");
    let read = w.platform().get(w.stage.ctx(), w.stage.account(), &id).await.unwrap();
    assert_eq!((&read.id, read.text.as_str()), (&id, text), "as the platform reads it");
}

pub(super) async fn a_text_is_published_and_read_back(w: World<'_>) -> Verdict {
    let began = w.now();
    let id = w.publish(says("Good morning")).await;
    assert_eq!(w.only_live().await.id, id);
    let read = w.platform().get(w.stage.ctx(), w.stage.account(), &id).await.unwrap();
    assert_eq!((read.id, read.text.as_str(), read.reply_to), (id, "Good morning", None));
    assert!(read.media.is_empty(), "{:?}", read.media);
    if let Some(at) = read.created_at {
        let apart = at.duration_since(began).unsigned_abs();
        assert!(
            apart < std::time::Duration::from_secs(120),
            "published {apart:?} away from when it was sent"
        );
    }
    Verdict::Passed
}

pub(super) async fn a_text_at_the_limit_is_taken_and_one_more_is_not(w: World<'_>) -> Verdict {
    // An `a` counts as one, whichever way text is measured.
    let longest = "a".repeat(w.can.text_limit);
    assert_eq!(w.rules(&[says(&format!("{longest}a"))]), ["text.too_long"]);
    comes_back(&w, &longest).await;
    Verdict::Passed
}

pub(super) async fn a_text_of_too_many_bytes_is_refused(w: World<'_>) -> Verdict {
    let Some(limit) = w.can.text_bytes else { return skipped("texts are not limited in bytes") };
    // One character to a reader, and 25 bytes.
    let family = "👨‍👩‍👧‍👦";
    let most = limit / family.len();
    if most < w.can.text_limit {
        assert_eq!(w.rules(&[says(&family.repeat(most + 1))]), ["text.too_many_bytes"]);
        comes_back(&w, &family.repeat(most)).await;
    }
    Verdict::Passed
}

pub(super) async fn scripts_and_emoji_come_back_as_sent(w: World<'_>) -> Verdict {
    for text in [
        "👩🏽‍🚀 and 🏳️‍🌈 and 🇺🇦",
        "مرحبا بالعالم (abc) ١٢٣",
        "שָׁלוֹם, שלום",
        "日本語の文章。改行\nも",
        "cafe\u{301} beside café",
        "हिन्दी में क्षेत्र",
    ] {
        comes_back(&w, text).await;
        w.stage.advance(super::world::APART);
    }
    Verdict::Passed
}

pub(super) async fn links_and_signs_come_back_as_written(w: World<'_>) -> Verdict {
    for text in [
        "1 < 2 && 3 > 2 &amp; \"so\" 'on'",
        "Read https://example.com/a?b=1&c=2 (and https://example.org/x_(y)), please",
        "#one #two, 50% of \\n is `not` *a* _line_",
    ] {
        comes_back(&w, text).await;
        w.stage.advance(super::world::APART);
    }
    Verdict::Passed
}
