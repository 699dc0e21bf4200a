//! The protocol, explored whole: it holds, and none of its rules can be left out.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test tells by a panic")]

use stateright::{Checker, Expectation, HasDiscoveries, Model, Path};
use xmp_proof_model::protocol::properties::{
    BOTH_PUBLISHED, FOUND_LATER, NOT_STALE, ONCE, ONE_HELD, ONE_IN_FLIGHT,
};
use xmp_proof_model::protocol::{Protocol, Rules};

/// Explores every state, and tells how many there are.
fn holds(rules: Rules, equal: bool) -> usize {
    let checker = Protocol { rules, equal }.checker().threads(2).spawn_bfs().join();
    for property in checker.model().properties() {
        if property.expectation == Expectation::Always {
            let found = checker.discovery(property.name).map(Path::into_actions);
            assert_eq!(found, None, "not so that {}", property.name);
        }
    }
    checker.unique_state_count()
}

/// That something happens: the shortest way there is shown.
fn happens(rules: Rules, equal: bool, named: &'static str) {
    let found = HasDiscoveries::AllOf([named].into());
    let checker = Protocol { rules, equal }.checker().finish_when(found).spawn_bfs().join();
    let path = checker.discovery(named).unwrap_or_else(|| panic!("never: {named}"));
    println!("{named}: {:?}", path.into_actions());
}

/// That the contract does not hold.
fn breaks(rules: Rules, equal: bool, forbidden: &'static str) {
    print!("not so that ");
    happens(rules, equal, forbidden);
}

#[test]
fn the_contract_holds() {
    for equal in [false, true] {
        let states = holds(Rules::contract(), equal);
        println!("equal texts: {equal}; {states} states");
    }
}

#[test]
fn every_end_is_reached() {
    for named in [BOTH_PUBLISHED, ONE_HELD, FOUND_LATER] {
        happens(Rules::contract(), true, named);
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
    breaks(Rules { fence: false, attempts: 3, troubles: 1, ..Rules::contract() }, false, ONCE);
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
