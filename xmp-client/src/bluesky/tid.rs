//! Record keys that we choose: timestamp identifiers.

use std::fmt;

/// The digits, in the order of their values and of their ASCII codes: keys sort as their times do.
const DIGITS: &[u8; 32] = b"234567abcdefghijklmnopqrstuvwxyz";
const LENGTH: usize = 13;
const CLOCK_BITS: u32 = 10;
const TIME_BITS: u32 = 53;

/// A timestamp identifier: 53 bits of time and 10 bits of clock id, written as 13 characters (atproto specification,
/// "Timestamp Identifiers"). Posts have one as their record key, and since we choose it, it proves whether a post is
/// there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Tid(u64);

impl Tid {
    /// The key of a moment in microseconds since 1970. Of the clock id the lower 10 bits count; they should be random,
    /// since they are all that tells two keys of one moment apart.
    ///
    /// `None`: the moment is before 1970 or after the middle of 2255, which a key can't hold.
    pub(super) fn new(micros: i64, clock_id: u16) -> Option<Self> {
        let micros = u64::try_from(micros).ok().filter(|micros| micros >> TIME_BITS == 0)?;
        let clock_id = u64::from(clock_id) & ((1 << CLOCK_BITS) - 1);
        Some(Self(micros << CLOCK_BITS | clock_id))
    }
}

impl fmt::Display for Tid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text: String = (0..LENGTH)
            .rev()
            .map(|place| char::from(DIGITS[(self.0 >> (5 * place)) as usize % DIGITS.len()]))
            .collect();
        f.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::suites::suite;
    use super::*;

    const LAST: i64 = (1 << TIME_BITS) - 1;

    /// The moment and the clock id of a key.
    fn read(key: &str) -> (i64, u16) {
        let digit = |byte| DIGITS.iter().position(|&digit| digit == byte).unwrap() as u64;
        let value = key.bytes().fold(0, |value, byte| value << 5 | digit(byte));
        ((value >> CLOCK_BITS).cast_signed(), (value & 1023) as u16)
    }

    #[test]
    fn known_keys() {
        // Made by `@atproto/common` 0.5 and by `@atcute/tid`.
        for (micros, clock_id, key) in [
            (0, 0, "2222222222222"),
            (1_724_171_495_793_000, 512, "3l25zusnsfck2"),
            (1_724_171_495_793_000, 816, "3l25zusnsfctk"),
            (1_767_268_800_000_001, 31, "3mbedekrw232z"),
            (LAST, 1023, "bzzzzzzzzzzzz"),
        ] {
            assert_eq!(Tid::new(micros, clock_id).unwrap().to_string(), key);
        }
    }

    #[test]
    fn only_moments_that_fit() {
        assert_eq!(Tid::new(-1, 0), None);
        assert_eq!(Tid::new(LAST + 1, 0), None);
        assert_eq!(Tid::new(i64::MAX, 0), None);
    }

    #[test]
    fn a_clock_id_has_ten_bits() {
        assert_eq!(Tid::new(7, 1024 + 5), Tid::new(7, 5));
    }

    #[test]
    fn the_protocols_own_examples() {
        let Some((valid, _)) = suite("tid") else { return };
        for key in &valid {
            let (micros, clock_id) = read(key);
            assert_eq!(Tid::new(micros, clock_id).map(|made| made.to_string()).as_ref(), Some(key));
        }
    }

    proptest! {
        #[test]
        fn keys_are_whole_and_sort_as_their_times(a in (0..=LAST, 0_u16..1024), b in (0..=LAST, 0_u16..1024)) {
            let [first, second] = [a, b].map(|(micros, clock_id)| Tid::new(micros, clock_id).unwrap().to_string());
            prop_assert_eq!(first.len(), LENGTH);
            prop_assert!(first.starts_with(|c| "234567abcdefghij".contains(c)), "{first}");
            prop_assert_eq!(read(&first), a);
            prop_assert_eq!(first.cmp(&second), a.cmp(&b));
        }
    }
}
