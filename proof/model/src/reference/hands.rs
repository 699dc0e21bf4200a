//! What workers do with what they hold.

use super::world::ATTEMPTS;
use super::{Answer, Attempt, Call, Certainty, Hand, Verdict, World, nth};
use crate::op::Stumble;

impl World {
    fn hand_where(&self, number: usize, fits: impl Fn(&Hand) -> bool) -> Option<usize> {
        let fitting: Vec<_> =
            self.hands.iter().filter(|(_, hand)| fits(hand)).map(|(number, _)| *number).collect();
        nth(&fitting, number)
    }

    pub(super) fn hand(&self, number: usize) -> Option<usize> {
        self.hand_where(number, |_| true)
    }

    /// One that gets ready.
    pub(super) fn preparing(&self, number: usize) -> Option<usize> {
        self.hand_where(number, |hand| !hand.reconciles && hand.deadline.is_none() && hand.verdict.is_none())
    }

    /// One that has committed its intent.
    pub(super) fn ready(&self, number: usize) -> Option<usize> {
        self.hand_where(number, |hand| hand.deadline.is_some() && hand.verdict.is_none())
    }

    /// One that is to ask the platform.
    pub(super) fn asking(&self, number: usize) -> Option<usize> {
        self.hand_where(number, |hand| hand.reconciles && hand.verdict.is_none())
    }

    /// One that knows something.
    pub(super) fn knowing(&self, number: usize) -> Option<usize> {
        self.hand_where(number, |hand| hand.verdict.is_some())
    }

    /// A preparation that is not ready: written down at once.
    pub(super) fn stumble(&mut self, number: usize, how: Stumble) -> (Call, Answer) {
        let hand = self.hands[&number].clone();
        let part = &self.deliveries[hand.delivery].parts[hand.part];
        let verdict = match how {
            Stumble::TryLater if part.attempts + 1 < ATTEMPTS => Verdict::Retry { after: 4 },
            // What may be live is never called failed.
            Stumble::TryLater | Stumble::Broken
                if part.attempt.as_ref().is_some_and(Attempt::is_doubtful) =>
            {
                Verdict::Hold
            }
            Stumble::TryLater | Stumble::Broken => Verdict::Fail { certainty: Certainty::NotSent },
            Stumble::Wait => Verdict::Snooze { why: "turn", after: 30, account: false },
            Stumble::WaitAll => Verdict::Snooze { why: "window", after: 45, account: true },
            Stumble::Stopped => Verdict::Yield,
            Stumble::TooLate => Verdict::Expire,
        };
        let answer = self.conclude(&hand, hand.part, &verdict);
        self.hands.remove(&number);
        (Call::Conclude { hand: number, part: hand.part, verdict }, answer)
    }

    /// Surely not sent: another try, until there were enough.
    pub(super) fn not_sent(&self, delivery: usize, part: usize) -> Verdict {
        let attempt = self.deliveries[delivery].parts[part].attempt.as_ref();
        match attempt.map_or(0, |attempt| attempt.number) {
            number if number < ATTEMPTS => Verdict::Retry { after: 4 * i64::from(number) },
            _ => self.give_up(delivery, part, Certainty::NotSent),
        }
    }

    /// Refused. After an attempt that was only observed to be absent, that may be because it was live all along.
    pub(super) fn refused(&self, delivery: usize, part: usize) -> Verdict {
        self.give_up(delivery, part, Certainty::Rejected)
    }

    fn give_up(&self, delivery: usize, part: usize, certainty: Certainty) -> Verdict {
        let attempt = self.deliveries[delivery].parts[part].attempt.as_ref();
        if attempt.is_some_and(|attempt| attempt.since < attempt.began) {
            Verdict::Unconfirmed
        } else {
            Verdict::Fail { certainty }
        }
    }
}
