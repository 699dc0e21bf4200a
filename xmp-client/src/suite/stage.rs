//! What the suite asks of whoever runs it.

use std::time::Duration;

use async_trait::async_trait;
use xmp_core::{Account, Clock, Context, Platform, RemoteId};

/// A platform, with a connected account on a server, and a way to see what is really there.
#[async_trait]
pub trait Stage: Send + Sync {
    /// The platform.
    fn platform(&self) -> &dyn Platform;

    /// An account that is connected and has no posts.
    fn account(&self) -> &Account;

    /// What calls are made with.
    fn ctx(&self) -> &Context;

    /// The clock that the platform goes by.
    fn clock(&self) -> &dyn Clock;

    /// Moves time: that of the platform's clock, and of its server, where that can be moved.
    fn advance(&self, by: Duration);

    /// What the account has published and not deleted, oldest first. It is read past the platform, from the server
    /// itself.
    async fn live(&self) -> Vec<Live>;

    /// The requests that the platform has made so far; `None` if nobody counts them.
    fn requests(&self) -> Option<usize> {
        None
    }

    /// Breaks the next visible request in this way. `false`: that can't be done here.
    fn break_next(&self, how: Break) -> bool {
        let _ = how;
        false
    }

    /// Why this case can't be played here, whatever the platform's capability says: the server at hand has no numbers, say.
    fn deselects(&self, case: &str) -> Option<String> {
        let _ = case;
        None
    }
}

/// How a visible request goes wrong: all of it leaves, and no answer comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// The connection ends before the server acts.
    BeforeEffect,
    /// The connection ends after the server has acted, and before it has answered.
    AfterEffect,
}

/// A post as its server has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Live {
    /// The platform's id of it.
    pub id: RemoteId,
    /// Its text, as its author wrote it.
    pub text: String,
    /// The post that it answers.
    pub reply_to: Option<RemoteId>,
    /// The post that it quotes.
    pub quote: Option<RemoteId>,
    /// The alternative text of each piece of its media, in order; `None` where there is none.
    pub media: Vec<Option<String>>,
}
