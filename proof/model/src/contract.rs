//! What must hold after every step, of the reference: and so of every store and worker that agrees with it.

use std::collections::BTreeSet;

use crate::reference::{Delivery, State, World};

/// Whether the contract of delivery holds.
///
/// # Errors
/// What does not.
pub fn holds(world: &World) -> Result<(), String> {
    if let Some(broken) = world.broken.first() {
        return Err(broken.clone());
    }
    for account in 0..world.accounts.len() {
        one_in_flight(world, account)?;
        no_equal_unresolved(world, account)?;
        ids_are_owned_once(world, account)?;
    }
    for (at, delivery) in world.deliveries.iter().enumerate() {
        goes_on(at, delivery)?;
        for part in 0..delivery.parts.len() {
            at_most_once(world, at, part)?;
            never_failed_while_live(world, at, part)?;
        }
    }
    Ok(())
}

/// A visible post is made at most once for each part, but where the platform hid it, or a person said so.
fn at_most_once(world: &World, delivery: usize, part: usize) -> Result<(), String> {
    let live = world.lives(delivery, part).count();
    let allowed = 1 + world.forgiven.get(&(delivery, part)).copied().unwrap_or(0);
    check(live <= allowed, || format!("part {part} of delivery {delivery} is live {live} times"))
}

/// Nobody but a person calls failed, cancelled or expired what is live.
fn never_failed_while_live(world: &World, delivery: usize, part: usize) -> Result<(), String> {
    let state = world.deliveries[delivery].parts[part].state;
    let dead = matches!(state, State::Failed | State::Cancelled | State::Expired);
    let live = world.lives(delivery, part).next().is_some();
    let vouched = world.vouched.contains(&(delivery, part));
    check(!dead || !live || vouched, || {
        format!("part {part} of delivery {delivery} is called {state:?}, and is live")
    })
}

/// Nothing disappears: what is not settled is held by a worker, or has a time at which one looks at it.
fn goes_on(at: usize, delivery: &Delivery) -> Result<(), String> {
    let held = delivery.parts.iter().any(|part| part.state == State::Held);
    let open = delivery.turn().is_some() && !held;
    check(!open || delivery.lease.is_some() || delivery.run_at.is_some(), || {
        format!("nobody will ever look at delivery {at} again: {delivery:?}")
    })
}

/// One visible request in flight an account.
fn one_in_flight(world: &World, account: usize) -> Result<(), String> {
    let count = world.in_flight(account);
    check(count <= 1, || format!("{count} requests of account {account} are in flight"))
}

/// While something is unresolved, nothing equal has begun on its account.
fn no_equal_unresolved(world: &World, account: usize) -> Result<(), String> {
    let mut texts = BTreeSet::new();
    let own = world.deliveries.iter().filter(|delivery| delivery.account == account);
    for part in own.flat_map(|delivery| &delivery.parts).filter(|part| part.state.is_unresolved()) {
        check(texts.insert(&part.text), || {
            format!("{:?} is unresolved twice on account {account}", part.text)
        })?;
    }
    Ok(())
}

/// A post on a platform is one part's alone.
fn ids_are_owned_once(world: &World, account: usize) -> Result<(), String> {
    let mut ids = BTreeSet::new();
    let own = world.deliveries.iter().filter(|delivery| delivery.account == account);
    for id in own.flat_map(|delivery| &delivery.parts).filter_map(|part| part.published.as_ref()) {
        check(ids.insert(id), || format!("two parts of account {account} own the post {id}"))?;
    }
    Ok(())
}

fn check(holds: bool, told: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(told()) }
}
