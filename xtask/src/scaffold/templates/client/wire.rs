//! {{Kind}}'s words on the wire. Whatever may be missing is optional; what is unknown is passed over.

/// How much of a refusal is told, in characters.
const TOLD: usize = 300;

/// What a refusal says, for people: so far its whole body, whatever it is.
pub(super) fn said(body: &[u8]) -> String {
    String::from_utf8_lossy(body).chars().filter(|character| !character.is_control()).take(TOLD).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_in_one_short_line() {
        assert_eq!(said(b"no\r\n\x1b[31m such\xff post"), "no[31m such\u{fffd} post");
        assert_eq!(said("é".repeat(1000).as_bytes()), "é".repeat(300));
    }
}
