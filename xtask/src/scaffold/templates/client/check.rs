//! What is wrong with a post for {{Kind}}, before anything is stored or sent: pure.

use unicode_segmentation::UnicodeSegmentation;
use xmp_core::{Capability, PartContent, Problem};

/// All that the capability can say as plain data. What only {{Kind}} knows (the form of its ids, characters that it
/// refuses) is added here.
pub(super) fn problems(capability: &Capability, parts: &[PartContent]) -> Vec<Problem> {
    capability.check(parts, &|text| text.graphemes(true).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_measured_in_what_readers_take_for_characters() {
        let capability = Capability { text_limit: 3, ..super::super::capability() };
        let rules = |text: &str| {
            let part = PartContent { text: text.to_owned(), ..PartContent::default() };
            problems(&capability, &[part]).iter().map(|problem| problem.rule).collect::<Vec<_>>()
        };
        assert!(rules("ae\u{301}👩‍👩‍👧").is_empty());
        assert_eq!(rules("four"), ["text.too_long"]);
    }
}
