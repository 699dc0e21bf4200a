//! Consumers of the event log.

use std::time::Duration;

use xmp::{Event, EventConsumer, EventKind, Xmp};

use crate::operation::operations;

operations! { CONSUMERS on Xmp;
    /// The events that a consumer has not acknowledged yet, in order. It goes on where it stood after a restart; each event is
    /// told at least once, and those of a post in order. Until they are acknowledged the same events are read again.
    Call "Xmp.consumers.read" (
        xmp,
        /// The consumer's name: 1 to 64 characters out of `a-z A-Z 0-9 - _ .`. A new one begins with the oldest event.
        name: String,
        /// At most so many.
        #[serde(default = "read_at_once")]
        limit: usize,
        /// Where there are none, how long to wait for the first.
        #[serde(default)]
        wait: Duration,
        /// Only events of these kinds; all if there are none. Those of other kinds that come before the first that is read count
        /// as acknowledged: give one name always the same kinds.
        #[serde(default)]
        kinds: Vec<EventKind>,
    ) -> Vec<Event> { xmp.consumer(&name)?.only(kinds).read(limit, wait).await? }

    /// Acknowledges all events up to one: they are not read again. Gives where the consumer stands then, which never goes back:
    /// the call is repeatable.
    Call "Xmp.consumers.acknowledge" (
        xmp,
        /// The consumer's name.
        name: String,
        /// The `sequence` of the event.
        sequence: u64,
    ) -> u64 { xmp.consumer(&name)?.acknowledge(sequence).await? }

    /// Sets a consumer back: the events after a place are read again. Gives where it stands then; a place that is not before
    /// that changes nothing.
    Call "Xmp.consumers.rewind" (
        xmp,
        /// The consumer's name.
        name: String,
        /// The place: the `sequence` of an event; 0 for the beginning of what is kept.
        sequence: u64,
    ) -> u64 { xmp.consumer(&name)?.rewind(sequence).await? }

    /// The consumers that are known, by their names: those that have acknowledged something or were rewound.
    Call "Xmp.consumers.list" (xmp) -> Vec<EventConsumer> { xmp.consumers().list().await? }

    /// Forgets a consumer: no events are kept for it any more, and one of that name begins anew. Tells whether there was one.
    Call "Xmp.consumers.forget" (
        xmp,
        /// The consumer's name.
        name: String,
    ) -> bool { xmp.consumers().forget(&name).await? }
}

fn read_at_once() -> usize {
    100
}
