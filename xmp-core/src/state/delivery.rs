//! The state of a delivery, derived from its parts.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::PartState;

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Nothing is visible yet; it waits for its time or its next try.
    Scheduled,
    /// A visible request may be on its way.
    Sending,
    /// A part may be live; the reconciler asks the platform.
    Unconfirmed,
    /// A part may be live and the platform can't tell: a person decides.
    Held,
    /// Some parts are live, the rest goes on by itself.
    Publishing,
    /// All parts are live.
    Published,
    /// Some parts are live, the rest will not be published.
    PartlyPublished,
    /// Nothing is visible, and nothing will be: a dead letter.
    Failed,
    /// A person has cancelled it, and nothing of it is known to be live.
    Cancelled,
    /// It was not sent by the time that was given for it, and nothing of it is live.
    Expired,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [Self; 10] = [
        Self::Scheduled,
        Self::Sending,
        Self::Unconfirmed,
        Self::Held,
        Self::Publishing,
        Self::Published,
        Self::PartlyPublished,
        Self::Failed,
        Self::Cancelled,
        Self::Expired,
    ];

    /// The word that stores and bindings use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Sending => "sending",
            Self::Unconfirmed => "unconfirmed",
            Self::Held => "held",
            Self::Publishing => "publishing",
            Self::Published => "published",
            Self::PartlyPublished => "partly_published",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// Derives it. What is unresolved comes first: a delivery is never called failed or published while one of its
    /// parts may be live unknown to anybody.
    #[must_use]
    pub fn of(parts: impl IntoIterator<Item = PartState>) -> Self {
        let mut count = [0usize; PartState::ALL.len()];
        let mut all = 0;
        for part in parts {
            count[part as usize] += 1;
            all += 1;
        }
        let has = |state: PartState| count[state as usize] > 0;
        let live = has(PartState::Published);
        if has(PartState::Sending) {
            Self::Sending
        } else if has(PartState::Unconfirmed) {
            Self::Unconfirmed
        } else if has(PartState::Held) {
            Self::Held
        } else if has(PartState::Failed) {
            if live { Self::PartlyPublished } else { Self::Failed }
        } else if has(PartState::Expired) {
            if live { Self::PartlyPublished } else { Self::Expired }
        } else if has(PartState::Cancelled) {
            if live { Self::PartlyPublished } else { Self::Cancelled }
        } else if live && count[PartState::Published as usize] == all {
            Self::Published
        } else if live {
            Self::Publishing
        } else {
            Self::Scheduled
        }
    }

    /// Whether nothing more happens by itself.
    #[must_use]
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Held) || self.is_final()
    }

    /// Whether nothing more happens to it, unless a person puts it back.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(
            self,
            Self::Published | Self::PartlyPublished | Self::Failed | Self::Cancelled | Self::Expired
        )
    }

    /// Whether it stands among the dead letters.
    #[must_use]
    pub const fn is_dead_letter(self) -> bool {
        matches!(self, Self::Failed | Self::PartlyPublished)
    }
}

impl fmt::Display for DeliveryState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use PartState as P;

    /// The state of two parts, for every pair.
    const PAIRS: [[&str; 8]; 8] = {
        const S: &str = "sending";
        const U: &str = "unconfirmed";
        const H: &str = "held";
        const P: &str = "partly_published";
        [
            ["scheduled", S, U, H, "publishing", "failed", "cancelled", "expired"],
            [S, S, S, S, S, S, S, S],
            [U, S, U, U, U, U, U, U],
            [H, S, U, H, H, H, H, H],
            ["publishing", S, U, H, "published", P, P, P],
            ["failed", S, U, H, P, "failed", "failed", "failed"],
            ["cancelled", S, U, H, P, "failed", "cancelled", "expired"],
            ["expired", S, U, H, P, "failed", "expired", "expired"],
        ]
    };

    #[test]
    fn every_pair() {
        for (first, row) in P::ALL.into_iter().zip(PAIRS) {
            for (second, expected) in P::ALL.into_iter().zip(row) {
                assert_eq!(DeliveryState::of([first, second]).as_str(), expected, "{first} {second}");
            }
        }
    }

    #[test]
    fn order_does_not_matter_and_unresolved_is_never_hidden() {
        for a in P::ALL {
            for b in P::ALL {
                for c in P::ALL {
                    let state = DeliveryState::of([a, b, c]);
                    assert_eq!(state, DeliveryState::of([c, a, b]));
                    let unresolved = [a, b, c].iter().any(|part| part.is_unresolved());
                    let shown = matches!(
                        state,
                        DeliveryState::Sending | DeliveryState::Unconfirmed | DeliveryState::Held
                    );
                    assert_eq!(unresolved, shown, "{a} {b} {c}");
                }
            }
        }
    }

    #[test]
    fn words_match_serde() {
        for state in DeliveryState::ALL {
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
    }
}
