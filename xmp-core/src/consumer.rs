//! Who reads the event log at its own pace.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Context, Error, ErrorKind, Result};

/// The name of an event consumer: 1 to 64 characters out of `a-z A-Z 0-9 - _ .`. Each tenant has its own names.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct ConsumerName(String);

impl ConsumerName {
    /// Checks a name.
    ///
    /// # Errors
    /// [`ErrorKind::Validation`] if it is empty, longer than 64 characters or has other characters than
    /// `a-z A-Z 0-9 - _ .`.
    pub fn new(name: impl Into<String>) -> Result<Self> {
        let name = name.into();
        let fits = (1..=64).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
        if fits {
            return Ok(Self(name));
        }
        let shown: String = name.chars().take(80).collect();
        Err(Error::new(
            ErrorKind::Validation,
            "consumer.name",
            format!("{shown:?} is not the name of a consumer"),
        )
        .hint("use 1 to 64 characters out of a-z A-Z 0-9 - _ ."))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ConsumerName {
    type Error = Error;
    fn try_from(name: String) -> Result<Self> {
        Self::new(name)
    }
}

impl FromStr for ConsumerName {
    type Err = Error;
    fn from_str(name: &str) -> Result<Self> {
        Self::new(name)
    }
}

impl From<ConsumerName> for String {
    fn from(name: ConsumerName) -> Self {
        name.0
    }
}

impl fmt::Display for ConsumerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A consumer that is known: it has acknowledged something, or was set to a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EventConsumer {
    /// Its name.
    pub name: ConsumerName,
    /// The `sequence` of the last event that it has acknowledged; 0 if there is none.
    pub position: u64,
    /// When that changed last.
    pub moved_at: Timestamp,
}

/// Keeps where each consumer of a tenant's event log stands, and what the log keeps for them.
#[async_trait]
pub trait ConsumerStore: Send + Sync {
    /// The place up to which a consumer has acknowledged events; 0 if it never did.
    async fn position(&self, ctx: &Context, name: &ConsumerName) -> Result<u64>;

    /// Acknowledges all events up to a place, and gives the consumer's place as it is now: it never goes back here, so
    /// that the call is repeatable. [`Validation`](ErrorKind::Validation) with the code `consumer.beyond` for a place that
    /// the log has not come to: what is still to happen would never be read.
    async fn acknowledge(&self, ctx: &Context, name: &ConsumerName, sequence: u64) -> Result<u64>;

    /// Sets a consumer back to a place, or leaves it where it is if that is not after it, and gives its place as it is
    /// now. A consumer that was not known is known afterwards.
    async fn rewind(&self, ctx: &Context, name: &ConsumerName, sequence: u64) -> Result<u64>;

    /// The consumers that are known, by their names.
    async fn consumers(&self, ctx: &Context) -> Result<Vec<EventConsumer>>;

    /// Forgets a consumer: nothing is kept for it any more. Tells whether there was one.
    async fn forget_consumer(&self, ctx: &Context, name: &ConsumerName) -> Result<bool>;

    /// Ends when this process may have written events that a caller who knows `told` has not been told of; never, where the
    /// store can't tell. Gives what to say the next time: 0 at first, which is answered at once. Other processes' events
    /// are found by looking.
    async fn told(&self, told: u64) -> u64;

    /// Forgets events of all tenants, at most so many, the oldest of each tenant first: those that are older than `keep_for`
    /// and that every known consumer of their tenant has acknowledged, and all that are older than twice that. Tells how
    /// many it forgot.
    async fn prune_events(&self, keep_for: Duration, at_most: usize) -> Result<usize>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        for name in ["a", "audit-log_2.x", &"n".repeat(64)] {
            assert_eq!(ConsumerName::new(name).unwrap().as_str(), name);
        }
        for name in ["", "two words", "ü", "a/b", &"n".repeat(65)] {
            let error = ConsumerName::new(name).unwrap_err();
            assert_eq!((error.kind(), error.code()), (ErrorKind::Validation, "consumer.name"));
        }
        assert!(serde_json::from_str::<ConsumerName>("\"a b\"").is_err());
    }
}
