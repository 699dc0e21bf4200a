//! What holds on every platform, on each server.

use xmp_client::suite::{ALL, Stage, Verdict, play};
use xmp_core::Secret;

use crate::peer::Peer;
use crate::stages::{Real, Simulated};
use crate::web::gotosocial;

/// What some servers make more of than text.
const SIGNS: &str = "links_and_signs_come_back_as_written";

/// Plays a case, which may be skipped if it is one of these.
async fn check(case: &str, stage: &dyn Stage, skips: &[&str]) {
    match play(case, stage).await {
        Verdict::Passed => assert!(!skips.contains(&case), "{case} is played: take it out of the list"),
        Verdict::Skipped(why) => {
            println!("SKIPPED {case}: {why}");
            assert!(skips.contains(&case), "{case} is not to be skipped: {why}");
        }
    }
}

/// A server that remembers keys skips these.
const SKIPPED: &[&str] = &["a_text_of_too_many_bytes_is_refused", "a_quote_points_at_its_post"];

#[tokio::test]
async fn the_simulated_server_passes() {
    for (case, _) in ALL {
        check(case, &Simulated::open().await, SKIPPED).await;
    }
}

#[tokio::test]
async fn the_mock_by_others_passes() {
    let Some(peer) = Peer::python("mastodon/server.py", &["--account", "ada"]) else { return };
    let differs = &[(SIGNS, "it reads Markdown in every text")];
    let token = Secret::new(peer.text("/accounts/0/token"));
    play_all(peer.text("/url"), &token, differs, &[SKIPPED, &[SIGNS]].concat()).await;
}

#[tokio::test]
async fn gotosocial_passes_which_knows_no_keys() {
    let Some((peer, token)) = gotosocial().await else { return };
    let differs = &[(SIGNS, "it reads entities in every text")];
    let keyless = ["a_request_sent_twice_makes_one_post", "equal_parts_are_two_posts"];
    play_all(peer.text("/url"), &token, differs, &[SKIPPED, &keyless, &[SIGNS]].concat()).await;
}

/// Plays every case on a server by others, each with a clock of its own: it is moved, and the server's is not.
async fn play_all(
    url: &str,
    token: &Secret,
    differs: &'static [(&'static str, &'static str)],
    skips: &[&str],
) {
    for (case, _) in ALL {
        let stage = Real::open(url, token.clone(), differs).await;
        check(case, &stage, skips).await;
        stage.clear().await;
    }
}
