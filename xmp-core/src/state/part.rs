//! The life of a part.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a part stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PartState {
    /// Nothing visible is on its way: it was not attempted, or what was attempted had no effect, or was looked for and
    /// not seen.
    Waiting,
    /// The intent is committed: the one visible request may be on its way.
    Sending,
    /// It may be live. The reconciler asks the platform.
    Unconfirmed,
    /// It may be live, and the platform can't tell. A person decides.
    Held,
    /// It is live.
    Published,
    /// It will not be published: a dead letter, which can be put back.
    Failed,
    /// A person has cancelled it before it was attempted.
    Cancelled,
    /// It was not sent by the time that was given for it, and will not be.
    Expired,
}

impl PartState {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::Waiting,
        Self::Sending,
        Self::Unconfirmed,
        Self::Held,
        Self::Published,
        Self::Failed,
        Self::Cancelled,
        Self::Expired,
    ];

    /// The word that stores and bindings use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Unconfirmed => "unconfirmed",
            Self::Held => "held",
            Self::Published => "published",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// Whether no worker has anything left to do here.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Published | Self::Failed | Self::Cancelled | Self::Expired)
    }

    /// Whether it may be live without anybody knowing.
    #[must_use]
    pub const fn is_unresolved(self) -> bool {
        matches!(self, Self::Sending | Self::Unconfirmed | Self::Held)
    }

    /// Where `event` leads from here.
    ///
    /// # Errors
    /// [`WrongState`] if such a thing can't happen here.
    pub const fn after(self, event: PartEvent) -> Result<Self, WrongState> {
        use PartEvent as E;
        Ok(match (self, event) {
            (Self::Waiting, E::Begin) => Self::Sending,
            (Self::Waiting | Self::Sending | Self::Unconfirmed, E::GiveUp) => Self::Failed,
            (Self::Waiting, E::Cancel) => Self::Cancelled,
            (Self::Waiting, E::Expire) => Self::Expired,
            (Self::Sending, E::NotSent) => Self::Waiting,
            (Self::Sending | Self::Unconfirmed, E::Sent) | (Self::Held, E::Confirm) => Self::Published,
            (Self::Sending, E::Lost) => Self::Unconfirmed,
            (Self::Unconfirmed, E::Absent) => Self::Waiting,
            (Self::Waiting | Self::Unconfirmed, E::Hold) => Self::Held,
            (Self::Held | Self::Failed | Self::Cancelled | Self::Expired, E::PutBack) => Self::Waiting,
            (Self::Held, E::Abandon) => Self::Failed,
            _ => return Err(WrongState { state: self, event }),
        })
    }
}

impl fmt::Display for PartState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What happens to a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PartEvent {
    /// The intent is committed.
    Begin,
    /// The request surely had no effect.
    NotSent,
    /// It is live: the platform answered so, or it was found there.
    Sent,
    /// The request may have had its effect, or the worker that made it is gone.
    Lost,
    /// The platform proved that there was no effect, or none was seen and the policy is to send again.
    Absent,
    /// What became of it can't be known, and the policy is to wait for a person.
    Hold,
    /// It can't be published: refused, or attempts are used up.
    GiveUp,
    /// A person found it live.
    Confirm,
    /// A person gives up a held part.
    Abandon,
    /// A person puts it back.
    PutBack,
    /// A person cancels it.
    Cancel,
    /// Its time is over.
    Expire,
}

impl PartEvent {
    /// Every event.
    pub const ALL: [Self; 12] = [
        Self::Begin,
        Self::NotSent,
        Self::Sent,
        Self::Lost,
        Self::Absent,
        Self::Hold,
        Self::GiveUp,
        Self::Confirm,
        Self::Abandon,
        Self::PutBack,
        Self::Cancel,
        Self::Expire,
    ];

    /// The word that tables and logs use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Begin => "begin",
            Self::NotSent => "not_sent",
            Self::Sent => "sent",
            Self::Lost => "lost",
            Self::Absent => "absent",
            Self::Hold => "hold",
            Self::GiveUp => "give_up",
            Self::Confirm => "confirm",
            Self::Abandon => "abandon",
            Self::PutBack => "put_back",
            Self::Cancel => "cancel",
            Self::Expire => "expire",
        }
    }
}

/// Something that can't happen in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a part that is {state} can't take {:?}", event.as_str())]
pub struct WrongState {
    /// The state.
    pub state: PartState,
    /// What was to happen.
    pub event: PartEvent,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole table, written out: rows are states, columns events, in the order of `ALL`.
    const TABLE: [(PartState, [&str; 12]); 8] = [
        (
            PartState::Waiting,
            ["sending", "-", "-", "-", "-", "held", "failed", "-", "-", "-", "cancelled", "expired"],
        ),
        (
            PartState::Sending,
            ["-", "waiting", "published", "unconfirmed", "-", "-", "failed", "-", "-", "-", "-", "-"],
        ),
        (
            PartState::Unconfirmed,
            ["-", "-", "published", "-", "waiting", "held", "failed", "-", "-", "-", "-", "-"],
        ),
        (PartState::Held, ["-", "-", "-", "-", "-", "-", "-", "published", "failed", "waiting", "-", "-"]),
        (PartState::Published, ["-"; 12]),
        (PartState::Failed, ["-", "-", "-", "-", "-", "-", "-", "-", "-", "waiting", "-", "-"]),
        (PartState::Cancelled, ["-", "-", "-", "-", "-", "-", "-", "-", "-", "waiting", "-", "-"]),
        (PartState::Expired, ["-", "-", "-", "-", "-", "-", "-", "-", "-", "waiting", "-", "-"]),
    ];

    #[test]
    fn every_pair() {
        for ((state, row), expected) in TABLE.into_iter().zip(PartState::ALL) {
            assert_eq!(state, expected);
            for (event, next) in PartEvent::ALL.into_iter().zip(row) {
                let found = state.after(event).map_or("-", PartState::as_str);
                assert_eq!(found, next, "{state} after {event:?}");
            }
        }
    }

    #[test]
    fn nothing_visible_begins_while_something_is_unresolved() {
        for state in PartState::ALL {
            assert!(!(state.is_unresolved() && state.after(PartEvent::Begin).is_ok()), "{state}");
        }
    }

    #[test]
    fn nothing_leaves_published() {
        assert!(PartEvent::ALL.iter().all(|event| PartState::Published.after(*event).is_err()));
    }

    #[test]
    fn words_match_serde() {
        for state in PartState::ALL {
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
        for event in PartEvent::ALL {
            assert_eq!(serde_json::to_value(event).unwrap(), event.as_str());
        }
    }
}
