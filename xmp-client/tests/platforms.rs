//! The suite of platforms, against those of this crate: one test for each case and stage.
#![cfg(all(feature = "suite", feature = "platform-x", feature = "platform-bluesky"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test tells by a panic")]

#[path = "support/connected.rs"]
mod connected;
#[path = "../../tests/support/pds.rs"]
mod pds;
#[path = "../../tests/support/peer.rs"]
mod peer;
#[path = "../../tests/support/proxy.rs"]
mod proxy;
#[path = "support/stages.rs"]
mod stages;
mod support;

use xmp_client::suite::{ALL, Stage, Verdict, play};

/// What each stage does not play: a platform that begins to skip more than this has lost something.
const SKIPPED: &[(&str, &[&str])] = &[
    (
        "x",
        &[
            "a_text_of_too_many_bytes_is_refused",
            "a_quote_points_at_its_post",
            "a_poll_goes_out",
            "a_request_sent_twice_makes_one_post",
            "equal_parts_are_two_posts",
        ],
    ),
    ("bluesky", &["a_poll_goes_out", "another_posts_id_is_not_taken"]),
    (
        "bluesky_pds",
        &["a_poll_goes_out", "numbers_are_those_that_were_promised", "another_posts_id_is_not_taken"],
    ),
];

async fn check(on: &str, case: &str, stage: &dyn Stage) {
    let (_, skips) = SKIPPED.iter().find(|(stage, _)| *stage == on).expect("it is in the table");
    match play(case, stage).await {
        Verdict::Passed => {
            assert!(!skips.contains(&case), "{case} is played on {on}: take it out of the table");
        }
        Verdict::Skipped(why) => {
            println!("SKIPPED on {on}: {why}");
            assert!(skips.contains(&case), "{case} is not to be skipped on {on}: {why}");
        }
    }
}

macro_rules! platforms {
    ($($name:ident)+) => {
        mod x {
            $(#[tokio::test]
            async fn $name() {
                super::check("x", stringify!($name), &super::stages::x().await).await;
            })+
        }

        mod bluesky {
            $(#[tokio::test]
            async fn $name() {
                super::check("bluesky", stringify!($name), &super::stages::bluesky().await).await;
            })+
        }

        mod bluesky_pds {
            $(#[tokio::test]
            async fn $name() {
                let Some(stage) = super::stages::bluesky_pds().await else { return };
                super::check("bluesky_pds", stringify!($name), &stage).await;
            })+
        }

        #[test]
        fn nothing_is_left_out() {
            let here = [$(stringify!($name)),+];
            let all: Vec<_> = ALL.iter().map(|(name, _)| *name).collect();
            assert_eq!(here[..], all[..]);
        }
    };
}

platforms! {
    a_text_is_published_and_read_back
    a_text_at_the_limit_is_taken_and_one_more_is_not
    a_text_of_too_many_bytes_is_refused
    scripts_and_emoji_come_back_as_sent
    links_and_signs_come_back_as_written
    media_and_its_alternative_text_go_out
    a_reply_points_at_its_post
    a_thread_of_three_hangs_together
    a_quote_points_at_its_post
    a_poll_goes_out
    every_way_of_showing_goes_out
    a_post_is_deleted_twice
    a_timeline_is_read_page_by_page
    numbers_are_those_that_were_promised
    the_profile_is_the_accounts_own
    a_preparation_publishes_nothing_and_repeats_itself
    a_request_sent_twice_makes_one_post
    equal_parts_are_two_posts
    nothing_leaves_after_the_deadline
    what_was_sent_is_found
    what_was_not_sent_is_absent
    another_posts_id_is_not_taken
    a_lost_answer_may_have_been_sent_and_is_found
    a_lost_request_may_have_been_sent_and_is_absent
    what_it_can_not_do_is_refused
    every_problem_is_told_at_once
}
