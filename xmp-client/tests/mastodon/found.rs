//! Finding what was made, on servers that show it in their own way.

use std::time::Duration;

use xmp_client::suite::Stage;
use xmp_core::{Absence, Finding, PartContent, Secret, Showing, Visibility};

use crate::part::Part;
use crate::peer::Peer;
use crate::stages::{Real, Simulated};
use crate::web::gotosocial;

const SETTLED: Duration = Duration::from_secs(20);

/// Whether a part is found that was just published.
async fn is_found(stage: &dyn Stage, content: PartContent) {
    let part = Part::of(stage, content.clone());
    let (prepared, published) = part.publish().await;
    let finding = part.look(&prepared, SETTLED).await;
    let found = matches!(&finding, Finding::Found(found) if found.remote_id == published.remote_id);
    assert!(found, "{content:?}: {finding:?}");
}

/// Texts and ways of showing them that are not found by the first look at what is shown.
async fn all_are_found<S: Stage>(open: impl AsyncFn() -> S) {
    let text = "#one *two* _three_ 1 &amp; 2 @nobody https://example.com/a_b_c?d=e&f=g".to_owned();
    is_found(&open().await, PartContent { text, ..PartContent::default() }).await;
    for visibility in [Visibility::Unlisted, Visibility::Followers, Visibility::Mentioned] {
        let showing =
            Showing { visibility: Some(visibility), warning: Some("plot".to_owned()), ..Showing::default() };
        let text = format!("to {}", visibility.as_str());
        is_found(&open().await, PartContent { text, showing, ..PartContent::default() }).await;
    }
}

#[tokio::test]
async fn on_the_simulated_server() {
    all_are_found(async || Simulated::open().await).await;
}

#[tokio::test]
async fn on_the_mock_by_others() {
    let Some(peer) = Peer::python("mastodon/server.py", &["--account", "ada"]) else { return };
    let token = Secret::new(peer.text("/accounts/0/token"));
    all_are_found(async || Real::open(peer.text("/url"), token.clone(), &[]).await).await;
}

#[tokio::test]
async fn on_gotosocial() {
    let Some((peer, token)) = gotosocial().await else { return };
    let url = peer.text("/url");
    all_are_found(async || Real::open(url, token.clone(), &[]).await).await;
    // It does nothing with keys: nothing is proved by one.
    let stage = Real::open(url, token.clone(), &[]).await;
    let part = Part::new(&stage, "lost");
    let prepared = part.lose().await;
    let finding = part.look(&prepared, SETTLED).await;
    assert!(matches!(finding, Finding::Absent(Absence::Observed)), "{finding:?}");
}

#[tokio::test]
async fn nothing_is_called_absent_before_all_was_seen() {
    let stage = Simulated::open().await;
    let part = Part::new(&stage, "lost among many");
    let prepared = part.lose().await;
    for number in 0..400 {
        stage.sim.publish_elsewhere("mastodon:ada", &format!("post {number}")).unwrap();
    }
    let finding = part.look(&prepared, SETTLED).await;
    assert!(
        matches!(&finding, Finding::Unreadable(error) if error.code() == "timeline.too_long"),
        "{finding:?}"
    );
}
