//! The tests that every platform passes, chosen by what it says it can do (feature `suite`). Run them against your own:
//! implement [`Stage`] over your platform and a server that it speaks to, and play every case of [`ALL`] on a fresh one,
//! so that each is a test with a name:
//!
//! ```no_run
//! use xmp_client::suite::{self, Stage, Verdict};
//!
//! # async fn stage() -> Box<dyn Stage> { unreachable!() }
//! # async fn every_case() {
//! for (name, _) in suite::ALL {
//!     match suite::play(name, stage().await.as_ref()).await {
//!         Verdict::Passed => println!("{name}: passed"),
//!         Verdict::Skipped(why) => println!("{name}: skipped, {why}"),
//!     }
//! }
//! # }
//! ```
//!
//! A case panics where the platform is wrong. One that a capability deselects is skipped, and says why.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test tells by a panic")]

mod finding;
mod once;
mod reading;
mod refusals;
mod relations;
mod stage;
mod texts;
mod world;

use std::future::Future;
use std::pin::Pin;

pub use stage::{Break, Live, Stage};

/// What came of a case that did not panic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The platform is right.
    Passed,
    /// The platform or the stage does not have what the case is about; why.
    Skipped(String),
}

/// One case: takes a stage whose account has no posts, and panics where the platform is wrong.
pub type CaseFn = for<'a> fn(&'a dyn Stage) -> Pin<Box<dyn Future<Output = Verdict> + Send + 'a>>;

macro_rules! table {
    ($($module:ident { $($name:ident)+ })+) => {
        /// All cases, by name.
        pub const ALL: &[(&str, CaseFn)] = &[
            $($((stringify!($name), |stage| Box::pin(async move {
                $module::$name(world::World::open(stage).await).await
            })),)+)+
        ];
    };
}

table! {
    texts {
        a_text_is_published_and_read_back
        a_text_at_the_limit_is_taken_and_one_more_is_not
        a_text_of_too_many_bytes_is_refused
        scripts_and_emoji_come_back_as_sent
        links_and_signs_come_back_as_written
    }
    relations {
        media_and_its_alternative_text_go_out
        a_reply_points_at_its_post
        a_thread_of_three_hangs_together
        a_quote_points_at_its_post
        a_poll_goes_out
        every_way_of_showing_goes_out
    }
    reading {
        a_post_is_deleted_twice
        a_timeline_is_read_page_by_page
        numbers_are_those_that_were_promised
        the_profile_is_the_accounts_own
    }
    once {
        a_preparation_publishes_nothing_and_repeats_itself
        a_request_sent_twice_makes_one_post
        equal_parts_are_two_posts
        nothing_leaves_after_the_deadline
    }
    finding {
        what_was_sent_is_found
        what_was_not_sent_is_absent
        another_posts_id_is_not_taken
        a_lost_answer_may_have_been_sent_and_is_found
        a_lost_request_may_have_been_sent_and_is_absent
    }
    refusals {
        what_it_can_not_do_is_refused
        every_problem_is_told_at_once
    }
}

/// Plays one case, unless the stage deselects it.
///
/// # Panics
/// Where the platform is wrong, and if there is no case of that name.
pub async fn play(name: &str, stage: &dyn Stage) -> Verdict {
    let (_, case) = ALL.iter().find(|(own, _)| *own == name).expect("a name out of `ALL`");
    match stage.deselects(name) {
        Some(why) => Verdict::Skipped(why),
        None => case(stage).await,
    }
}
