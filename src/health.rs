//! How an engine stands.

use std::time::Duration;

use serde::Serialize;
use xmp_core::{ErrorRecord, Tally};

use crate::Xmp;

/// How an engine stands: whether its store answers, and how much waits in it.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Health {
    /// What kind of store it is: `memory`, `sqlite`, `postgres`.
    pub store: String,
    /// Whether the store answers.
    pub reachable: bool,
    /// How long it took to answer, or to fail.
    pub took: Duration,
    /// Why it did not answer.
    pub error: Option<ErrorRecord>,
    /// What it told of this tenant; nothing if it did not answer.
    pub tally: Option<Tally>,
}

impl Xmp {
    /// How this engine stands, for this tenant. Never an error: a store that does not answer is told of. What is
    /// published is not looked at, and no count of deliveries goes beyond 10,000: it may be asked every few seconds.
    ///
    /// ```
    /// # async fn look(xmp: xmp::Xmp) {
    /// let health = xmp.health().await;
    /// let overdue = health.tally.map_or(0, |tally| tally.due.overdue);
    /// println!("the store answers: {}; overdue: {overdue}", health.reachable);
    /// # }
    /// ```
    pub async fn health(&self) -> Health {
        let (store, clock) = (&self.engine.store, &self.engine.clock);
        let begun = clock.monotonic();
        let answer = store.tally(&self.ctx()).await;
        let took = clock.monotonic().since(begun);
        let (tally, error) = match answer {
            Ok(tally) => (Some(tally), None),
            Err(error) => (None, Some(ErrorRecord::from(&error))),
        };
        Health { store: store.name().to_owned(), reachable: tally.is_some(), took, error, tally }
    }
}
