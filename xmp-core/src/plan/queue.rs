//! A queue: posts take the next free one of its weekly slots.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Slot;
use crate::recurrence::{Occurrence, OnFold, OnGap, Recurrence};
use crate::zones::Zones;
use crate::{AccountId, Due, Error, ErrorKind, Fold, Gap, PostId, PostView, Result, When};

/// Weekly slots, and the posts that stand in them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Queue {
    /// The IANA zone of its slots.
    pub zone: String,
    /// Its slots: `Mon-Fri 09:00,17:00`.
    pub slots: Vec<Slot>,
    /// The accounts that a post goes to which names none.
    #[serde(default)]
    pub accounts: Vec<AccountId>,
    /// For slots that the zone skips.
    #[serde(default)]
    pub gap: OnGap,
    /// For slots that the zone has twice.
    #[serde(default)]
    pub fold: OnFold,
}

/// A post in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The post.
    pub post: PostId,
    /// Its revision.
    pub revision: u64,
    /// When it is due.
    pub due: Due,
    /// The local time that names its slot.
    pub slot: String,
}

/// Slots before this are no better than those after it: rules are counted from somewhere.
const START: &str = "2000-01-03T00:00:00";

impl Queue {
    /// Refuses what can't be a queue.
    ///
    /// # Errors
    /// [`ErrorKind::Validation`] with the codes `queue.slots` (it has none) and `recurrence.zone` (no such zone).
    pub fn check(&self, zones: &Zones, now: Timestamp) -> Result<()> {
        if self.slots.is_empty() {
            return Err(Error::new(ErrorKind::Validation, "queue.slots", "a queue without slots")
                .hint("give it some: `Mon-Fri 09:00,17:00`"));
        }
        self.slots_after(zones, now)?.next().transpose().map(drop)
    }

    /// Its slots after a moment, in order, taken or not.
    ///
    /// # Errors
    /// [`ErrorKind::Validation`] for a zone that is none.
    pub fn slots_after(
        &self,
        zones: &Zones,
        after: Timestamp,
    ) -> Result<impl Iterator<Item = Result<Occurrence>> + use<>> {
        let mut times = Recurrence::new(START, self.zone.clone());
        (times.gap, times.fold) = (self.gap, self.fold);
        for rule in self.slots.iter().flat_map(Slot::rules) {
            times = times.rule(rule.parse()?);
        }
        times.occurrences_in(zones, after)
    }

    /// The next slots after a moment in which no post stands.
    ///
    /// # Errors
    /// As [`slots_after`](Self::slots_after).
    pub fn free_after(
        &self,
        zones: &Zones,
        entries: &[Entry],
        after: Timestamp,
        count: usize,
    ) -> Result<Vec<Occurrence>> {
        let free = self.slots_after(zones, after)?.filter(|slot| {
            slot.as_ref().map_or(true, |slot| !entries.iter().any(|entry| entry.slot == slot.key()))
        });
        free.take(count).collect()
    }

    /// When a post in a slot is due.
    #[must_use]
    pub fn due(&self, slot: &Occurrence, zones: &Zones) -> Due {
        let asked = When::Local {
            civil: slot.civil.to_string(),
            zone: self.zone.clone(),
            gap: Gap::Shift,
            fold: if self.fold == OnFold::Second { Fold::Second } else { Fold::First },
        };
        Due { at: crate::clock::to_the_microsecond(slot.at), asked, tzdb: Some(zones.version().to_owned()) }
    }
}

impl Entry {
    /// A post, if it stands in a slot of a queue and waits there.
    #[must_use]
    pub fn of(view: &PostView) -> Option<Self> {
        let place = view.post.place.as_ref().filter(|place| place.in_queue)?;
        Some(Self {
            post: view.post.id,
            revision: view.post.revision,
            due: view.post.due.clone(),
            slot: place.slot.clone(),
        })
    }
}

/// Entries in another order, in the slots that they have among them: what each has to change to. Those that stay are left
/// out.
#[must_use]
pub fn reorder(entries: &[Entry], order: &[usize]) -> Vec<(Entry, Due, String)> {
    order
        .iter()
        .zip(entries)
        .filter_map(|(who, place)| {
            let moved = entries.get(*who)?;
            (moved.slot != place.slot).then(|| (moved.clone(), place.due.clone(), place.slot.clone()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(slots: &[&str]) -> Queue {
        Queue {
            zone: "Europe/Berlin".to_owned(),
            slots: slots.iter().map(|slot| slot.parse().unwrap()).collect(),
            accounts: Vec::new(),
            gap: OnGap::Shift,
            fold: OnFold::First,
        }
    }

    fn now() -> Timestamp {
        "2026-03-27T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn slots_keep_the_local_hour() {
        let zones = Zones::system();
        let queue = queue(&["Mon-Fri 09:00,17:00"]);
        let slots: Vec<_> =
            queue.free_after(&zones, &[], now(), 3).unwrap().iter().map(|slot| slot.at.to_string()).collect();
        // The clocks go forward on Sunday.
        assert_eq!(slots, ["2026-03-27T16:00:00Z", "2026-03-30T07:00:00Z", "2026-03-30T15:00:00Z"]);
    }

    #[test]
    fn a_taken_slot_is_passed_over() {
        let zones = Zones::system();
        let queue = queue(&["daily 20:00", "Sat 11:30"]);
        let first = queue.free_after(&zones, &[], now(), 1).unwrap().remove(0);
        let entry = Entry {
            post: PostId::new(now()),
            revision: 1,
            due: queue.due(&first, &zones),
            slot: first.key(),
        };
        let next = queue.free_after(&zones, &[entry], now(), 1).unwrap().remove(0);
        assert_eq!(next.key(), "2026-03-28T11:30:00");
    }

    #[test]
    fn a_queue_needs_slots_and_a_zone() {
        let zones = Zones::system();
        assert_eq!(queue(&[]).check(&zones, now()).unwrap_err().code(), "queue.slots");
        let mut nowhere = queue(&["daily 20:00"]);
        nowhere.zone = "Mars/Olympus".to_owned();
        assert_eq!(nowhere.check(&zones, now()).unwrap_err().code(), "recurrence.zone");
    }

    #[test]
    fn another_order_uses_the_same_slots() {
        let zones = Zones::system();
        let queue = queue(&["daily 20:00"]);
        let slots = queue.free_after(&zones, &[], now(), 3).unwrap();
        let entries: Vec<_> = slots
            .iter()
            .map(|slot| Entry {
                post: PostId::new(now()),
                revision: 1,
                due: queue.due(slot, &zones),
                slot: slot.key(),
            })
            .collect();
        let moved = reorder(&entries, &[2, 1, 0]);
        let moved: Vec<_> = moved.iter().map(|(entry, _, slot)| (entry.post, slot.as_str())).collect();
        assert_eq!(
            moved,
            [(entries[2].post, entries[0].slot.as_str()), (entries[0].post, entries[2].slot.as_str())]
        );
    }
}
