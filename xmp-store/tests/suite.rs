//! The suite of stores, against the stores of this crate: one test for each function and store.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test tells by a panic")]

mod common;

use std::sync::Arc;

use xmp_core::{ManualClock, Store};
use xmp_store::suite::{self, ALL};

async fn check(name: &str, store: Arc<dyn Store>, clock: ManualClock) {
    let (_, test) = ALL.iter().find(|(own, _)| *own == name).expect("it is in the table");
    test(store.as_ref(), &clock).await;
}

macro_rules! stores {
    ($($name:ident)+) => {
        mod memory {
            use super::*;
            use xmp_store::MemoryStore;
            $(#[tokio::test]
            async fn $name() {
                let clock = suite::clock();
                check(stringify!($name), Arc::new(MemoryStore::new(Arc::new(clock.clone()))), clock).await;
            })+
        }

        #[cfg(feature = "store-sqlite")]
        mod sqlite {
            use super::*;
            use xmp_store::{Keyring, SealKey, SqliteStore};
            $(#[tokio::test]
            async fn $name() {
                let clock = suite::clock();
                let folder = tempfile::tempdir().unwrap();
                let ring = Keyring::new(SealKey::generate().unwrap());
                let store = SqliteStore::open(folder.path().join("xmp.db"), ring, Arc::new(clock.clone()))
                    .await
                    .unwrap();
                check(stringify!($name), Arc::new(store), clock).await;
            })+
        }

        #[cfg(all(unix, feature = "store-postgres"))]
        mod postgres {
            use super::*;
            use crate::common::postgres;
            $(#[tokio::test]
            async fn $name() {
                let Some(database) = postgres::database() else { return };
                let clock = suite::clock();
                let store = postgres::open(&database, &clock).await;
                check(stringify!($name), Arc::new(store), clock).await;
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

stores! {
    connect_keeps_the_account_and_its_tokens
    connecting_again_keeps_the_id
    consent_is_needed_only_by_the_tokens_that_were_refused
    accounts_are_listed_oldest_first
    accounts_are_apart_by_tenant_app_and_platform
    account_states_change_with_their_events
    consents_are_single_use
    consents_expire
    consents_belong_to_a_tenant
    secrets_change_by_compare_and_set
    empty_secrets_are_refused
    secrets_belong_to_a_tenant_and_a_field
    one_refresh_at_a_time
    a_refresh_that_repeats_is_made_again
    an_abandoned_refresh_stays_until_there_are_tokens
    a_refresh_is_ended_by_its_worker_alone
    schedule_keeps_everything
    schedule_is_idempotent
    a_reused_key_is_a_conflict
    keys_belong_to_a_tenant
    posts_are_found_by_their_keys
    a_refused_post_leaves_nothing
    posts_belong_to_a_tenant
    posts_are_listed_and_filtered
    many_posts_are_kept_in_one_step
    nothing_is_claimed_before_its_time
    claims_go_by_priority_then_time
    a_low_priority_does_not_starve
    an_account_gives_one_delivery_at_a_time
    accounts_that_are_not_active_wait
    blocked_accounts_wait
    only_the_platforms_asked_for_are_claimed
    publishing_and_reconciling_are_apart
    claims_go_over_all_tenants
    next_due_tells_how_long_to_wait
    a_fence_keeps_a_late_worker_out
    a_lapsed_lease_leaves_unconfirmed
    a_lapsed_preparation_goes_on_from_its_checkpoints
    a_lapsed_lease_that_nobody_took_still_writes
    renewing_gives_more_time
    many_lapsed_leases_are_all_freed_in_time
    a_clock_that_goes_back_ends_no_lease_early
    a_stranger_has_no_lease
    begin_commits_the_intent
    begin_needs_a_waiting_part_and_a_long_lease
    equal_content_waits_until_it_is_resolved
    equal_content_of_another_account_does_not_wait
    a_remote_id_belongs_to_one_part
    remote_ids_are_told_since_a_moment
    the_parts_of_a_thread_answer_each_other
    an_observed_absence_leaves_the_first_attempt_in_doubt
    checkpoints_are_kept_by_name
    published_is_final
    retry_counts_and_waits
    retry_without_an_attempt_counts_too
    snooze_counts_nothing
    snooze_can_block_the_account
    fail_makes_a_dead_letter
    unconfirmed_waits_for_the_settle_window
    look_again_counts_looks_that_were_made
    absent_lets_it_be_sent_again
    found_later_is_published
    hold_waits_for_a_person
    yield_gives_the_lease_back
    a_wrong_verdict_changes_nothing
    posts_keep_their_spacing
    an_account_that_waits_for_its_spacing_is_due_then
    only_so_many_posts_go_out_within_an_hour
    what_may_be_live_counts_for_the_spacing
    nothing_is_sent_in_quiet_hours
    a_spacing_that_makes_no_sense_is_refused
    what_is_not_sent_in_time_expires
    no_attempt_begins_when_the_time_is_over
    what_may_be_live_is_never_called_expired
    what_is_stopped_is_not_sent
    a_stop_holds_for_what_was_claimed_before
    what_is_in_doubt_is_looked_for_while_sending_is_stopped
    what_is_final_is_forgotten_in_time
    so_many_posts_are_forgotten_at_once
    a_held_post_is_never_forgotten
    windows_are_drawn_and_learned
    windows_that_are_expected_begin_with_the_first_draw
    windows_are_apart_by_their_whole_key
    cancel_takes_all_deliveries_or_none
    cancel_is_refused_in_every_later_state
    the_rest_of_a_thread_can_be_cancelled
    reschedule_moves_all_deliveries_or_none
    nobody_interferes_with_a_worker
    put_back_tries_a_dead_letter_again
    put_back_is_refused_where_nothing_is_dead
    resolve_live_publishes
    resolve_live_goes_on_with_the_thread
    resolve_resend_and_abandon
    resolve_needs_something_held_and_a_free_remote_id
    people_keep_to_their_tenant
    a_gate_keeps_a_post_from_workers
    a_gate_that_does_not_fit_is_refused
    putting_back_opens_no_gate
    an_edit_changes_all_or_nothing
    an_edit_is_published_as_it_is_then
    accounts_come_and_go
    an_edit_brings_its_media
    what_was_approved_is_not_changed_behind_it
    posts_are_found_by_what_they_are
    a_calendar_shows_a_time
    local_times_of_older_zones_are_told
    a_plan_and_its_posts_change_in_one_step
    plans_are_looked_at_in_time
    a_queue_tells_what_becomes_of_its_posts
    media_is_kept_by_its_hash
    metrics_are_kept_by_time
    events_tell_the_whole_life_in_order
    events_are_paged_and_apart_by_tenant
    events_name_who_and_why
    consumers_have_places_of_their_own
    a_consumer_goes_back_only_when_it_is_told_to
    what_is_still_to_happen_is_not_acknowledged
    events_are_forgotten_when_all_have_read_them
    nobody_keeps_events_for_ever
    who_waits_for_events_is_told
    every_attempt_is_remembered
    attempts_of_vanished_workers_and_of_threads_are_remembered
    who_is_busy_is_told
    deliveries_are_counted_by_where_they_stand
    what_is_due_is_told_from_what_is_kept_back
    accounts_and_stops_are_told_with_the_counts
}
