//! What is wrong with a post for Mastodon, before anything is stored or sent.

use xmp_core::{Capability, PartContent, Problem};

use super::LINK_LENGTH;
use super::text::{graphemes, text_length};

/// The most characters that an id may have: Mastodon's are numbers, those of other servers letters and digits.
const ID: usize = 64;

pub(super) fn problems(capability: &Capability, parts: &[PartContent]) -> Vec<Problem> {
    let link_length = capability.link_length.unwrap_or(LINK_LENGTH);
    // The warning stands before each part, and counts with its text (Mastodon, `StatusLengthValidator`).
    let warning = parts.first().and_then(|part| part.showing.warning.as_deref()).map_or(0, graphemes);
    let mut problems =
        capability.check(parts, &|text| text_length(text, link_length).saturating_add(warning));
    for (index, part) in parts.iter().enumerate() {
        if let Some(reply) = part.reply_to.as_ref().filter(|reply| !is_id(reply.as_str())) {
            let limit = "the id of a post on the account's own server";
            problems.push(
                Problem::new(format!("parts[{index}].reply_to"), "reply.id", reply, limit)
                    .hint("search for the post's address on that server: it has an id of its own there"),
            );
        }
    }
    problems
}

fn is_id(id: &str) -> bool {
    (1..=ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use xmp_core::{RemoteId, Showing};

    use super::super::capability;
    use super::*;

    fn rules(part: PartContent) -> Vec<&'static str> {
        problems(&capability(), &[part]).into_iter().map(|problem| problem.rule).collect()
    }

    fn says(text: &str) -> PartContent {
        PartContent { text: text.to_owned(), ..PartContent::default() }
    }

    #[test]
    fn a_warning_counts_with_the_text() {
        let warned = |text: &str| PartContent {
            showing: Showing { warning: Some("spoiler".to_owned()), ..Showing::default() },
            ..says(text)
        };
        assert!(rules(warned(&"a".repeat(493))).is_empty());
        assert_eq!(rules(warned(&"a".repeat(494))), ["text.too_long"]);
        assert_eq!(rules(warned("")), ["part.empty"]);
    }

    #[test]
    fn links_count_as_the_server_says() {
        let text = format!("{} https://example.com/{}", "a".repeat(476), "b".repeat(100));
        assert!(rules(says(&text)).is_empty());
        let stricter = xmp_core::Capability { link_length: Some(24), ..capability() };
        assert_eq!(problems(&stricter, &[says(&text)])[0].rule, "text.too_long");
    }

    #[test]
    fn what_is_answered_has_to_be_an_id() {
        let answers = |id: &str| PartContent { reply_to: Some(RemoteId::new(id)), ..says("yes") };
        for id in ["103254962155278888", "01J5QVB9VC76NPPRQ207GG4DRZ", "9wdpHVHRXBbEVSU0oS"] {
            assert!(rules(answers(id)).is_empty(), "{id}");
        }
        for id in ["https://mastodon.social/@ada/1", "", "1/2"] {
            assert_eq!(rules(answers(id)), ["reply.id"], "{id}");
        }
    }
}
