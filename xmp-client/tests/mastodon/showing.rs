//! What a post has beside its text, as the server was told.

use std::time::Duration;

use bytes::Bytes;
use xmp_client::suite::Stage;
use xmp_core::{
    Clock, Deadline, ErrorKind, Focus, Outcome, PartContent, PartId, Poll, Showing, Visibility, Work, media,
};
use xmp_sim::{Fault, FaultKind};

use crate::stages::Simulated;
use crate::support::Kept;

/// A GIF of one pixel: such are processed for a while.
const GIF: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\
    \x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

fn work(stage: &Simulated, content: PartContent) -> Work {
    let connected = &stage.connected;
    Work { part: PartId::new(connected.clock.now()), account: connected.account.clone(), content }
}

async fn publish(stage: &Simulated, content: PartContent, kept: &Kept) {
    let (connected, work) = (&stage.connected, work(stage, content));
    let prepared = connected.platform.prepare(&connected.ctx, &work, kept).await.unwrap();
    let deadline = Deadline::after(&connected.clock, Duration::from_secs(10));
    let outcome = connected.platform.commit(&connected.ctx, &work, &prepared, deadline).await;
    assert!(matches!(outcome, Outcome::Sent(_)), "{outcome:?}");
}

#[tokio::test]
async fn all_that_is_said_of_a_post_is_told() {
    let stage = Simulated::open().await;
    let poll = Poll {
        options: vec!["yes".to_owned(), "no".to_owned()],
        open_for: Duration::from_secs(3600),
        multiple: true,
        hide_totals: true,
    };
    let showing = Showing {
        language: Some("de".to_owned()),
        visibility: Some(Visibility::Followers),
        sensitive: true,
        warning: Some("politics".to_owned()),
    };
    let text = "so?".to_owned();
    publish(
        &stage,
        PartContent { text, poll: Some(poll), showing, ..PartContent::default() },
        &Kept::default(),
    )
    .await;
    let told = stage.sim.ledger().remove(0).details.unwrap();
    assert_eq!(
        (&told["visibility"], &told["sensitive"], &told["spoiler_text"], &told["language"]),
        (&"private".into(), &true.into(), &"politics".into(), &"de".into())
    );
    assert_eq!((&told["poll"]["options"][1], &told["poll"]["multiple"]), (&"no".into(), &true.into()));
}

#[tokio::test]
async fn media_is_described_waited_for_and_uploaded_once() {
    let stage = Simulated::open().await;
    let mut picture = media::inspect(GIF, None, Some("a pixel".to_owned())).unwrap();
    picture.focus = Some(Focus { x: 75, y: 20 });
    let kept = Kept { media: [(picture.hash, Bytes::from_static(GIF))].into(), ..Kept::default() };
    // The same file twice is two uploads: each belongs to one place.
    let content = PartContent {
        text: "look".to_owned(),
        media: vec![picture.clone(), picture],
        ..PartContent::default()
    };
    let connected = &stage.connected;
    let work = work(&stage, content.clone());
    stage.sim.set_fault(Fault::new(FaultKind::CutBefore).route("media.status").times(9));
    connected.platform.prepare(&connected.ctx, &work, &kept).await.unwrap_err();
    assert_eq!(connected.count("/api/v2/media"), 1);
    stage.sim.clear_faults();
    publish(&stage, content, &kept).await;
    assert_eq!(connected.count("/api/v2/media"), 2, "what was uploaded before the crash is used");
    let told = stage.sim.ledger().remove(0).details.unwrap();
    for place in 0..2 {
        assert_eq!(told["media"][place]["description"], "a pixel");
        assert_eq!(told["media"][place]["focus"], serde_json::json!({ "x": 0.5, "y": 0.6 }));
    }
}

#[tokio::test]
async fn media_that_the_server_refuses_is_an_error_of_the_post() {
    let stage = Simulated::open().await;
    let mut picture = media::inspect(GIF, None, None).unwrap();
    let garbage = Bytes::from_static(b"no picture");
    picture.size = garbage.len() as u64;
    let kept = Kept { media: [(picture.hash, garbage)].into(), ..Kept::default() };
    let content = PartContent { text: "look".to_owned(), media: vec![picture], ..PartContent::default() };
    let connected = &stage.connected;
    let refused =
        connected.platform.prepare(&connected.ctx, &work(&stage, content), &kept).await.unwrap_err();
    assert_eq!((refused.kind(), refused.code()), (ErrorKind::Media, "media.refused"));
    assert!(stage.live().await.is_empty());
}
