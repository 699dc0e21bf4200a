//! The world: what is live on the platforms, what is on its way there, and what a worker can learn of it.

use super::{State, Verdict, World};
use crate::op::{Eyes, Fate};

use super::lease::SETTLE;

/// Seconds between two looks.
pub(super) const EVERY: i64 = 20;
/// Looks that must all see nothing.
const LOOKS: u32 = 3;
/// Attempts in all.
pub(super) const ATTEMPTS: u32 = 5;
/// How long a platform may stay unreadable.
const PATIENCE: i64 = 24 * 3600;

/// A request whose effect is still to come.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "as in the contract")]
pub struct Flight {
    pub delivery: usize,
    pub part: usize,
    pub lands: i64,
}

/// A post on a platform.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "as in the contract")]
pub struct Live {
    pub account: usize,
    pub delivery: usize,
    pub part: usize,
    pub id: String,
    pub landed: i64,
    /// From then on the timeline shows it.
    pub shown: i64,
    /// Whether that is later than the settle window allows: the contract's condition does not hold.
    pub beyond: bool,
}

impl World {
    /// The posts of a part.
    pub fn lives(&self, delivery: usize, part: usize) -> impl Iterator<Item = &Live> {
        self.live.iter().filter(move |live| (live.delivery, live.part) == (delivery, part))
    }

    fn flying(&self, delivery: usize, part: usize) -> usize {
        let own = |flight: &&Flight| (flight.delivery, flight.part) == (delivery, part);
        self.flights.iter().filter(own).count()
    }

    /// From here on the part may be live once more than it is: somebody decided so without knowing.
    pub(super) fn forgive(&mut self, delivery: usize, part: usize) {
        let already = self.lives(delivery, part).count() + self.flying(delivery, part);
        self.forgiven.insert((delivery, part), already);
        self.vouched.insert((delivery, part));
    }

    /// A part is to be sent again because nothing was seen of it. That is only wrong where the platform hid it.
    pub(super) fn absent(&mut self, delivery: usize, part: usize) {
        let honest = self.lives(delivery, part).any(|live| !live.beyond) || self.flying(delivery, part) > 0;
        if honest && !self.forgiven.contains_key(&(delivery, part)) {
            self.broken.push(format!("part {part} of delivery {delivery} was called absent, and is live"));
        }
        let already = self.lives(delivery, part).count();
        if already > 0 {
            self.forgiven.insert((delivery, part), already);
        }
    }

    /// Effects whose time has come.
    pub(super) fn land(&mut self) {
        let (landed, rest) = self.flights.drain(..).partition(|flight| flight.lands <= self.mono);
        self.flights = rest;
        let landed: Vec<Flight> = landed;
        for flight in landed {
            self.effect(flight.delivery, flight.part, flight.lands, 0, false);
        }
    }

    fn effect(&mut self, delivery: usize, part: usize, landed: i64, hidden: i64, beyond: bool) -> String {
        self.remote_ids += 1;
        let id = format!("r{}", self.remote_ids);
        let account = self.deliveries[delivery].account;
        let shown = landed + hidden;
        self.live.push(Live { account, delivery, part, id: id.clone(), landed, shown, beyond });
        id
    }

    /// The one visible request. Its last byte leaves only before the deadline.
    pub(super) fn send(&mut self, number: usize, fate: Fate) {
        let hand = self.hands[&number].clone();
        let (delivery, part) = (hand.delivery, hand.part);
        let Some(deadline) = hand.deadline else { return };
        let fate = if self.mono < deadline { fate } else { Fate::Door };
        let (now, ends) = (self.mono, deadline + SETTLE);
        if now < deadline && self.deliveries[delivery].fence != hand.fence {
            self.broken.push(format!("{hand:?} sends, and its fence is not its delivery's any more"));
        }
        let verdict = match fate {
            Fate::Sent => Verdict::Published(self.effect(delivery, part, now, 0, false)),
            Fate::Door => self.not_sent(delivery, part),
            Fate::Limit => Verdict::Snooze { why: "window", after: 45, account: true },
            Fate::Refused => self.refused(delivery, part),
            Fate::Lost => Verdict::Unconfirmed,
            Fate::Landed { hidden } => {
                self.effect(delivery, part, now, hidden, now + hidden > ends);
                Verdict::Unconfirmed
            }
            Fate::Late { after } => {
                self.flights.push(Flight { delivery, part, lands: (now + after).min(ends) });
                Verdict::Unconfirmed
            }
        };
        if let Some(hand) = self.hands.get_mut(&number) {
            hand.verdict = Some(verdict);
        }
    }

    /// What a worker makes of a look at the platform.
    pub(super) fn look(&mut self, number: usize, eyes: Eyes) {
        let hand = self.hands[&number].clone();
        let verdict = self.looked(hand.delivery, hand.part, eyes);
        if let Some(hand) = self.hands.get_mut(&number) {
            hand.verdict = Some(verdict);
        }
    }

    fn looked(&self, delivery: usize, part: usize, eyes: Eyes) -> Verdict {
        let own = &self.deliveries[delivery].parts[part];
        let account = &self.accounts[self.deliveries[delivery].account];
        let Some(attempt) = &own.attempt else { return Verdict::Yield };
        match eyes {
            Eyes::Double => return Verdict::Hold,
            Eyes::Shut if self.wall - attempt.ask_from >= PATIENCE => return Verdict::Hold,
            Eyes::Shut => return Verdict::LookAgain { after: EVERY, unreadable: true },
            Eyes::Clear => {}
        }
        // Only what lies in the attempt's time; after the clock was set back, that can't be told here.
        let in_time = |landed| self.wall != self.mono || (attempt.since..=attempt.ask_from).contains(&landed);
        let seen: Vec<_> = self
            .lives(delivery, part)
            .filter(|live| (account.proves || live.shown <= self.mono) && in_time(live.landed))
            .filter(|live| !self.is_owned(live.account, &live.id))
            .collect();
        let exhausted = own.attempts >= ATTEMPTS;
        let after = 4 * i64::from(own.attempts.saturating_sub(1));
        match seen[..] {
            [live] => Verdict::Published(live.id.clone()),
            [] if account.proves && exhausted => Verdict::Hold,
            [] if account.proves => Verdict::Absent { proof: true, after },
            [] if own.looks + 1 < LOOKS => Verdict::LookAgain { after: EVERY, unreadable: false },
            [] if account.resends && !exhausted => Verdict::Absent { proof: false, after },
            _ => Verdict::Hold,
        }
    }

    /// How many parts of an account have a visible request under way at this moment.
    #[must_use]
    pub fn in_flight(&self, account: usize) -> usize {
        let own = self.hands.values().filter(|hand| self.deliveries[hand.delivery].account == account);
        let open =
            own.filter(|hand| hand.verdict.is_none() && hand.deadline.is_some_and(|at| self.mono < at));
        open.filter(|hand| self.deliveries[hand.delivery].parts[hand.part].state == State::Sending).count()
    }
}
