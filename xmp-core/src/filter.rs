//! Which posts are meant, and what a calendar shows.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::state::DeliveryState;
use crate::{AccountId, Delivery, DeliveryId, Gate, PlanId, PlanPlace, PlatformId, Post, PostId, PostView};

/// Which posts are meant. What is not given does not matter; what is given has to fit together: a post fits if one of its
/// deliveries fits in all that is said of deliveries.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PostFilter {
    /// Only those with a delivery in one of these states; empty for all.
    pub states: Vec<DeliveryState>,
    /// Only those that go to this account.
    pub account: Option<AccountId>,
    /// Only those that go to this platform.
    pub platform: Option<PlatformId>,
    /// Only those with this label.
    pub label: Option<String>,
    /// Only those of this campaign.
    pub campaign: Option<String>,
    /// Only those of this series or queue.
    pub plan: Option<PlanId>,
    /// Only those behind this gate: drafts, or what waits for approval.
    pub gate: Option<Gate>,
    /// Only those that are due then or later.
    pub due_from: Option<Timestamp>,
    /// Only those that are due before.
    pub due_before: Option<Timestamp>,
    /// Only those that say this somewhere; capitals don't matter.
    pub text: Option<String>,
    /// Only those after this one.
    pub after: Option<PostId>,
    /// At most so many; 100 if not given.
    pub limit: Option<usize>,
}

impl PostFilter {
    /// What a filter without a limit means.
    pub const DEFAULT_LIMIT: usize = 100;

    /// At most so many.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit.unwrap_or(Self::DEFAULT_LIMIT)
    }

    /// Whether something is said of deliveries.
    #[must_use]
    pub fn is_of_deliveries(&self) -> bool {
        !self.states.is_empty() || self.account.is_some() || self.platform.is_some()
    }

    /// Whether a post fits, with all that is said; `after` and `limit` are about lists.
    #[must_use]
    pub fn fits(&self, view: &PostView) -> bool {
        self.fits_post(&view.post)
            && view.deliveries.iter().any(|delivery| self.fits_delivery(delivery))
            && self.says(view)
    }

    /// Whether a post fits, as far as it goes without its deliveries.
    #[must_use]
    pub fn fits_post(&self, post: &Post) -> bool {
        self.label.as_ref().is_none_or(|label| post.labels.contains(label))
            && self.campaign.as_ref().is_none_or(|campaign| post.campaign.as_ref() == Some(campaign))
            && self.plan.is_none_or(|plan| post.place.as_ref().is_some_and(|place| place.plan == plan))
            && self.gate.is_none_or(|gate| post.gate == gate)
            && self.due_from.is_none_or(|from| post.due.at >= from)
            && self.due_before.is_none_or(|end| post.due.at < end)
    }

    /// Whether a delivery fits.
    #[must_use]
    pub fn fits_delivery(&self, delivery: &Delivery) -> bool {
        (self.states.is_empty() || self.states.contains(&delivery.state))
            && self.account.is_none_or(|account| delivery.account == account)
            && self.platform.is_none_or(|platform| delivery.platform == platform)
    }

    /// Whether a post says what is looked for.
    #[must_use]
    pub fn says(&self, view: &PostView) -> bool {
        let Some(wanted) = &self.text else { return true };
        let wanted = wanted.to_lowercase();
        let mut parts = view.deliveries.iter().flat_map(|delivery| &delivery.parts);
        parts.any(|part| part.content.text.to_lowercase().contains(&wanted))
    }
}

/// How many deliveries of the posts that a filter means are in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StateCount {
    /// The state.
    pub state: DeliveryState,
    /// How many.
    pub count: u64,
}

/// What a calendar is asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CalendarQuery {
    /// From then on.
    pub since: Timestamp,
    /// Until before then.
    pub until: Timestamp,
    /// The zone that local times are told in: `UTC` if not given.
    #[serde(default)]
    pub zone: Option<String>,
    /// Only what goes to these accounts; empty for all.
    #[serde(default)]
    pub accounts: Vec<AccountId>,
}

impl CalendarQuery {
    /// All that is due from one moment on, until before another.
    #[must_use]
    pub fn new(since: Timestamp, until: Timestamp) -> Self {
        Self { since, until, zone: None, accounts: Vec::new() }
    }
}

/// Something that a calendar shows: a post on its way to an account, or an occurrence of a series that will be one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CalendarEntry {
    /// When it is due.
    pub at: Timestamp,
    /// The same in the calendar's zone: `2026-12-24T09:00:00`. Empty until somebody asks for a zone.
    #[serde(default)]
    pub local: String,
    /// The account that it goes to.
    pub account: AccountId,
    /// The post; `None` for an occurrence that is none yet.
    pub post: Option<PostId>,
    /// The delivery; `None` for an occurrence that is no post yet.
    pub delivery: Option<DeliveryId>,
    /// Where it stands; `None` for an occurrence that is no post yet.
    pub state: Option<DeliveryState>,
    /// Whether people let it go out.
    pub gate: Gate,
    /// The series or queue that it comes from.
    pub place: Option<PlanPlace>,
    /// The text of its first piece.
    pub text: String,
}
