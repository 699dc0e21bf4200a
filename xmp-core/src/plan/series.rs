//! A series: one post after the other, by a rule.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Plan, PlanPlace};
use crate::recurrence::{Occurrence, OnFold, Recurrence};
use crate::zones::Zones;
use crate::{
    AccountId, CorrelationId, Delivery, Due, Fingerprint, Fold, Gap, Gate, IdempotencyKey, NewPost,
    PartContent, PlatformId, Post, PostId, Priority, Result, When,
};

/// What a post of a series says on one account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Target {
    /// The account.
    pub account: AccountId,
    /// Its platform.
    pub platform: PlatformId,
    /// The pieces.
    pub parts: Vec<PartContent>,
}

/// What every post of a series is like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Template {
    /// Where each goes, and what it says there.
    pub targets: Vec<Target>,
    /// How long after it is due a post is not sent any more.
    #[serde(default)]
    pub expires_after: Option<Duration>,
    /// Who goes first.
    #[serde(default)]
    pub priority: Priority,
    /// The caller's labels.
    #[serde(default)]
    pub labels: Vec<String>,
    /// The caller's campaign.
    #[serde(default)]
    pub campaign: Option<String>,
    /// The caller's own data.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    /// Whether each has to be approved.
    #[serde(default)]
    pub gate: Gate,
}

/// Posts that come again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "SeriesDetails"))]
pub struct Series {
    /// When.
    pub recurrence: Recurrence,
    /// What.
    pub template: Template,
    /// How long before it is due an occurrence becomes a post.
    pub ahead: Duration,
    /// All occurrences until then have become posts, or were left out.
    pub made_until: Timestamp,
    /// Occurrences after that which have become posts already, or are left out.
    #[serde(default)]
    pub taken: BTreeSet<String>,
    /// It gives none at this local time or later: it was changed from there on, or ended.
    #[serde(default)]
    pub ends_before: Option<String>,
}

/// How many posts are made in one step.
const AT_ONCE: usize = 100;

/// What is to be made now.
#[derive(Debug)]
pub struct Upcoming {
    /// The occurrences.
    pub occurrences: Vec<Occurrence>,
    /// Everything until then is then made.
    pub made_until: Timestamp,
    /// When to look again; `None` at the end of the series.
    pub look_at: Option<Timestamp>,
}

impl Series {
    /// Occurrences after a moment that are no posts yet, in order.
    ///
    /// # Errors
    /// [`Validation`](crate::ErrorKind::Validation), for a recurrence that can't be.
    pub fn after<'a>(
        &'a self,
        zones: &Zones,
        after: Timestamp,
    ) -> Result<impl Iterator<Item = Result<Occurrence>> + 'a> {
        let found = self.recurrence.occurrences_in(zones, after.max(self.made_until))?;
        let ended = |found: &Result<Occurrence>| match (found, &self.ends_before) {
            (Ok(found), Some(end)) => found.civil.to_string() >= *end,
            _ => false,
        };
        let open = |found: &Result<Occurrence>| {
            found.as_ref().map_or(true, |found| !self.taken.contains(&found.key()))
        };
        Ok(found.take_while(move |found| !ended(found)).filter(move |found| open(found)))
    }

    /// What is to be made at `now`. What was due before is left out: nobody was there to make it.
    ///
    /// # Errors
    /// As [`after`](Self::after).
    pub fn upcoming(&self, zones: &Zones, now: Timestamp) -> Result<Upcoming> {
        let horizon = now.saturating_add(self.ahead).unwrap_or(Timestamp::MAX);
        let start = now.saturating_sub(Duration::from_micros(1)).unwrap_or(now);
        let mut occurrences = Vec::new();
        for found in self.after(zones, start)? {
            let found = found?;
            if found.at > horizon {
                let look_at = found.at.saturating_sub(self.ahead).unwrap_or(found.at);
                return Ok(Upcoming { occurrences, made_until: horizon, look_at: Some(look_at) });
            }
            if occurrences.len() == AT_ONCE {
                let made_until = occurrences.last().map_or(now, |last: &Occurrence| last.at);
                return Ok(Upcoming { occurrences, made_until, look_at: Some(now) });
            }
            occurrences.push(found);
        }
        Ok(Upcoming { occurrences, made_until: horizon, look_at: None })
    }

    /// Notes that everything until then was made.
    pub fn make_until(&mut self, until: Timestamp, zones: &Zones) {
        let before = self.made_until;
        self.made_until = self.made_until.max(until);
        if self.taken.is_empty() {
            return;
        }
        // Those between are behind now: `made_until` keeps them from being made again.
        let passed: BTreeSet<String> = self
            .recurrence
            .occurrences_in(zones, before)
            .into_iter()
            .flatten()
            .map_while(Result::ok)
            .take_while(|found| found.at <= until)
            .map(|found| found.key())
            .collect();
        self.taken.retain(|key| !passed.contains(key));
    }

    /// When an occurrence is due.
    #[must_use]
    pub fn due(&self, occurrence: &Occurrence, zones: &Zones) -> Due {
        let second = occurrence.second || self.recurrence.fold == OnFold::Second;
        let asked = When::Local {
            civil: occurrence.civil.to_string(),
            zone: self.recurrence.zone.clone(),
            gap: Gap::Shift,
            fold: if second { Fold::Second } else { Fold::First },
        };
        Due {
            at: crate::clock::to_the_microsecond(occurrence.at),
            asked,
            tzdb: Some(zones.version().to_owned()),
        }
    }
}

impl Plan {
    /// The post that an occurrence of a series becomes. Its key names plan and occurrence: it is made once, whoever makes it.
    ///
    /// # Errors
    /// [`Validation`](crate::ErrorKind::Validation) if the plan is a queue.
    pub fn post(&self, occurrence: &Occurrence, zones: &Zones, now: Timestamp) -> Result<NewPost> {
        let series = self.series()?;
        let template = &series.template;
        let name = occurrence.key();
        let key = IdempotencyKey::new(format!("{}/{name}", self.id))?;
        let due = series.due(occurrence, zones);
        let expires = template.expires_after.and_then(|after| due.at.checked_add(after).ok()).map(Due::at);
        let post = Post {
            id: PostId::new(now),
            tenant: self.tenant.clone(),
            request: Fingerprint::of([key.as_str().as_bytes()]),
            key,
            due,
            expires,
            priority: template.priority,
            labels: template.labels.clone(),
            campaign: template.campaign.clone(),
            metadata: template.metadata.clone(),
            correlation_id: CorrelationId::random(),
            actor: self.actor.clone(),
            created_at: now,
            gate: template.gate,
            approval: None,
            revision: 1,
            place: Some(PlanPlace { plan: self.id, slot: name, in_queue: false }),
        };
        let deliveries = template.targets.iter().map(|target| target.delivery(&post)).collect();
        Ok(NewPost { post, deliveries, media: Vec::new() })
    }
}

impl Target {
    /// A post on its way to this target.
    fn delivery(&self, post: &Post) -> Delivery {
        Delivery::to(post, self.account, self.platform, self.parts.iter().cloned())
    }
}
