//! Ids that grow with time, as X's do.

use jiff::Timestamp;

/// 2010-11-04T01:42:54.657Z in Unix milliseconds: where X's 64-bit ids count from (X documentation, "X IDs").
const EPOCH_MS: i64 = 1_288_834_974_657;
/// Milliseconds stand above 22 bits of machine and sequence number.
const TIME_SHIFT: u32 = 22;

/// The smallest id of a moment.
pub(super) fn first_id_at(at: Timestamp) -> u64 {
    u64::try_from(at.as_millisecond().saturating_sub(EPOCH_MS)).unwrap_or(0) << TIME_SHIFT
}

/// An id for something that happens `now`, greater than `last` even if the clock was set back.
pub(super) fn next_id(now: Timestamp, last: u64) -> u64 {
    first_id_at(now).max(last.saturating_add(1))
}

/// Reads an id as the specification writes them: 1 to 19 decimal digits.
pub(super) fn parse_id(text: &str) -> Option<u64> {
    let well_formed = (1..=19).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    well_formed.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_follow_the_clock_and_never_go_back() {
        // The example id of the specification (schema `PostId`); the post is of this second.
        let first_of_second = first_id_at("2021-01-06T18:40:40Z".parse().unwrap());
        let next_second = first_id_at("2021-01-06T18:40:41Z".parse().unwrap());
        assert!((first_of_second..next_second).contains(&1_346_889_436_626_259_968));
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let first = next_id(now, 0);
        assert_eq!(next_id(now, first), first + 1);
        assert!(next_id("2025-01-01T00:00:00Z".parse().unwrap(), first) > first);
    }

    #[test]
    fn only_decimal_digits_are_ids() {
        assert_eq!(parse_id("1346889436626259968"), Some(1_346_889_436_626_259_968));
        for wrong in ["", "+1", "12x", "12345678901234567890"] {
            assert_eq!(parse_id(wrong), None, "{wrong}");
        }
    }
}
