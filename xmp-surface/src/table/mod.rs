//! Every operation, with its documentation, beside the line of Rust that runs it.

mod accounts;
mod clock;
mod consumers;
mod platform;
mod posts;
mod queues;
mod series;
mod sim;
mod worker;
mod xmp;

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::Operation;

/// All operations, in the order in which they are documented.
pub fn all() -> impl Iterator<Item = &'static Operation> {
    [
        xmp::OPENING,
        xmp::XMP,
        xmp::TENANTS,
        xmp::CLOSING,
        accounts::ACCOUNTS,
        posts::POSTS,
        series::SERIES,
        queues::QUEUES,
        consumers::CONSUMERS,
    ]
    .into_iter()
    .chain([platform::PLATFORM, worker::STARTING, worker::WORKER, sim::STARTING, sim::SIM, sim::STOPPING])
    .chain([clock::MAKING, clock::CLOCK])
    .flatten()
}

/// An operation by its name.
pub(crate) fn find(name: &str) -> Option<&'static Operation> {
    static BY_NAME: LazyLock<HashMap<&str, &Operation>> =
        LazyLock::new(|| all().map(|operation| (operation.name, operation)).collect());
    BY_NAME.get(name).copied()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique_and_begin_with_what_they_are_called_on() {
        let mut seen = HashSet::new();
        for operation in all() {
            assert!(seen.insert(operation.name), "{} is there twice", operation.name);
            assert!(operation.name.starts_with(operation.receiver), "{operation:?}");
        }
    }
}
