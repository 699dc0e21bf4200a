//! What is wrong with a post for X, before anything is stored or sent.

use xmp_core::{Capability, PartContent, Problem};

use super::text::{forbidden_character, weighted_length};

pub(super) fn problems(capability: &Capability, parts: &[PartContent]) -> Vec<Problem> {
    let mut problems = capability.check(parts, &weighted_length);
    for (index, part) in parts.iter().enumerate() {
        if let Some(character) = forbidden_character(&part.text) {
            let value = format!("U+{:04X}", u32::from(character));
            let field = format!("parts[{index}].text");
            problems.push(
                Problem::new(field, "text.character", value, "no such character")
                    .hint("it is invisible: remove it"),
            );
        }
        if let Some(reply) = part.reply_to.as_ref().filter(|reply| !is_id(reply.as_str())) {
            let limit = "a post id: 1 to 19 digits";
            problems.push(Problem::new(format!("parts[{index}].reply_to"), "reply.id", reply, limit));
        }
    }
    problems
}

/// X specification, `PostId`.
fn is_id(id: &str) -> bool {
    (1..=19).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit())
}
