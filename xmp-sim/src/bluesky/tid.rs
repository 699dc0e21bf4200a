//! Record keys that grow with time (TIDs; atproto.com/specs/tid).

const ALPHABET: &[u8; 32] = b"234567abcdefghijklmnopqrstuvwxyz";
const LENGTH: usize = 13;
/// Microseconds stand above 10 bits of clock id.
const TIME_SHIFT: u32 = 10;

/// A moment's TID number, greater than `last` even if the clock was set back.
pub(super) fn next(now: jiff::Timestamp, last: u64) -> u64 {
    let microseconds = u64::try_from(now.as_microsecond()).unwrap_or(0);
    (microseconds << TIME_SHIFT).max(last.saturating_add(1))
}

/// 13 characters that sort as the numbers do.
pub(super) fn print(number: u64) -> String {
    let digit = |place: usize| {
        let shift = 5 * (LENGTH - 1 - place);
        char::from(ALPHABET[(number >> shift) as usize % ALPHABET.len()])
    };
    (0..LENGTH).map(digit).collect()
}

/// Whether a key is a TID: 13 characters of the alphabet, the first below `k` (the top bit is 0).
pub(super) fn is_tid(key: &str) -> bool {
    key.len() == LENGTH
        && key.bytes().all(|byte| ALPHABET.contains(&byte))
        && key.as_bytes().first().is_some_and(|first| *first < b'k')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tids_sort_by_time() {
        let at = |text: &str| next(text.parse().unwrap(), 0);
        let (earlier, later) = (print(at("2024-01-01T00:00:00Z")), print(at("2024-01-01T00:00:00.000001Z")));
        assert!(earlier < later && is_tid(&earlier) && is_tid(&later), "{earlier} {later}");
        assert_eq!(next("2020-01-01T00:00:00Z".parse().unwrap(), at("2024-01-01T00:00:00Z")) & 1, 1);
    }

    #[test]
    fn keys_of_other_shapes_are_none() {
        assert!(is_tid("3jzfcijpj2z2a"));
        for wrong in ["self", "3jzfcijpj2z21", "zzzzzzzzzzzzz", "3jzfcijpj2z2aa"] {
            assert!(!is_tid(wrong), "{wrong}");
        }
    }
}
