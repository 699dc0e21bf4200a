//! Whether two texts say the same.

use std::collections::HashSet;

/// How many characters stand in one piece of what is compared.
const SHINGLE: usize = 4;

/// A text as it is compared: small letters and digits, one space between words, without links' tracking and without signs.
fn normalised(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        // The same link with another query is the same link.
        let word = if word.contains("://") { word.split(['?', '#']).next().unwrap_or(word) } else { word };
        let letters: String =
            word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        if letters.is_empty() {
            continue;
        }
        if !plain.is_empty() {
            plain.push(' ');
        }
        plain.push_str(&letters);
    }
    plain
}

fn shingles(text: &str) -> HashSet<[char; SHINGLE]> {
    let chars: Vec<char> = text.chars().collect();
    chars.windows(SHINGLE).filter_map(|window| window.try_into().ok()).collect()
}

/// How much of two texts is the same, in percent: 0 (nothing) to 100 (all of it, but for capitals, signs, spaces and what
/// trackers hang on links). It is the share of pieces of four characters that both have, of those that either has. Texts too
/// short for that are the same or not.
///
/// ```
/// use xmp_core::similarity;
///
/// assert_eq!(similarity("Spring sale!", "spring   SALE"), 100);
/// assert!(similarity("Our spring sale starts on Monday", "Our spring sale starts on Friday") > 60);
/// assert!(similarity("Our spring sale starts on Monday", "We are closed today") < 10);
/// ```
#[must_use]
pub fn similarity(one: &str, other: &str) -> u32 {
    let (one, other) = (normalised(one), normalised(other));
    if one == other {
        return 100;
    }
    let (one, other) = (shingles(&one), shingles(&other));
    let both = one.intersection(&other).count();
    let either = one.len() + other.len() - both;
    let share = (both * 100).checked_div(either).unwrap_or(0);
    // Only equal texts are wholly the same.
    u32::try_from(share.min(99)).unwrap_or(99)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_trackers_add_is_not_the_text() {
        let one = "Read it: https://example.org/a?utm_source=x";
        assert_eq!(similarity(one, "Read it https://example.org/a"), 100);
        assert!(similarity(one, "Read it https://example.org/b") < 100);
    }

    #[test]
    fn short_texts_are_equal_or_not() {
        assert_eq!(similarity("Hi!", "hi"), 100);
        assert_eq!(similarity("Hi", "Ho"), 0);
        assert_eq!(similarity("🦀", "🦀🦀"), 100, "without letters there is nothing to compare");
    }

    #[test]
    fn it_does_not_matter_which_is_first() {
        let (one, other) = ("The quick brown fox", "A quick brown dog");
        assert_eq!(similarity(one, other), similarity(other, one));
    }
}
