//! The protocol, explored whole: it holds, and none of its rules can be left out.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells by a panic")]

use stateright::{Checker, Expectation, Model, Path};
use xmp_proof_model::protocol::properties::{NOT_STALE, ONCE, ONE_IN_FLIGHT};
use xmp_proof_model::protocol::{Protocol, Rules};

/// Explores every state, and fails with the shortest way to one that the contract forbids.
fn holds(rules: Rules, equal: bool) -> usize {
    let protocol = Protocol { rules, equal };
    let properties = protocol.properties();
    let checker = protocol.checker().threads(2).spawn_bfs().join();
    for property in properties {
        let found = checker.discovery(property.name).map(Path::into_actions);
        match property.expectation {
            Expectation::Sometimes => assert!(found.is_some(), "never: {}", property.name),
            _ => assert_eq!(found, None, "not so that {}", property.name),
        }
    }
    checker.unique_state_count()
}

/// That something happens which the contract forbids.
fn breaks(rules: Rules, equal: bool, forbidden: &'static str) {
    let checker = Protocol { rules, equal }.checker().threads(2).spawn_bfs().join();
    let path = checker.discovery(forbidden);
    let path = path.unwrap_or_else(|| panic!("not needed for this: {forbidden}"));
    println!("not so that {forbidden}: {:?}", path.into_actions());
}

#[test]
fn the_contract_holds() {
    for equal in [false, true] {
        let states = holds(Rules::contract(), equal);
        println!("equal texts: {equal}; {states} states");
    }
}

#[test]
fn it_holds_whatever_the_timeline_hides_under_the_policy_that_holds() {
    let states = holds(Rules { resend: false, blind: true, ..Rules::contract() }, true);
    println!("{states} states");
}

#[test]
fn a_timeline_that_hides_for_longer_than_all_looks_doubles_under_the_policy_that_sends_again() {
    breaks(Rules { blind: true, ..Rules::contract() }, false, ONCE);
}

#[test]
fn the_deadline_is_needed() {
    let rules = || Rules { deadline: false, ..Rules::contract() };
    breaks(rules(), false, NOT_STALE);
    breaks(rules(), false, ONCE);
}

#[test]
fn the_fence_is_needed() {
    breaks(Rules { fence: false, ..Rules::contract() }, false, ONCE);
}

#[test]
fn the_settle_window_is_needed() {
    breaks(Rules { settle: false, ..Rules::contract() }, false, ONCE);
}

#[test]
fn looks_are_needed() {
    breaks(Rules { looks: 0, ..Rules::contract() }, false, ONCE);
}

#[test]
fn one_in_flight_is_needed() {
    breaks(Rules { one_in_flight: false, ..Rules::contract() }, false, ONE_IN_FLIGHT);
}

#[test]
fn that_equal_content_waits_is_needed() {
    breaks(Rules { equal_waits: false, ..Rules::contract() }, true, ONCE);
}
