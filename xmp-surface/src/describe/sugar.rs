//! What every language writes by hand over its records, since it makes a value and calls nothing.

use serde_json::{Value, json};

use super::model::{Field, Sugar, Type};

/// The sugar, with the parameters that it has in every language.
pub(super) fn all() -> Vec<Sugar> {
    vec![
        constructor("Draft.text", "A draft of one text.", vec![needed("text", Type::Text, "What it says.")]),
        chained(
            "Draft.then",
            "Adds a piece of a thread, which answers the one before it.",
            vec![needed("text", Type::Text, "What it says.")],
        ),
        chained(
            "Draft.to",
            "Sends it to this account too.",
            vec![needed("account", named("AccountId"), "The account.")],
        ),
        chained("Draft.at", "Publishes it then.", vec![needed("when", named("When"), "When.")]),
        chained(
            "Draft.until",
            "Does not publish it at this time or later.",
            vec![needed("when", named("When"), "When its time is over.")],
        ),
        chained(
            "Draft.image",
            "Adds a file to the last part.",
            vec![
                needed("path", Type::Path, "The file, read when the post is scheduled."),
                needed("alt", Type::Text, "The alternative text."),
            ],
        ),
        chained(
            "Draft.media",
            "Adds media to the last part.",
            vec![
                // No type of the wire: a language takes what it has for a path, or for bytes.
                needed("source", named("MediaSource"), "A path, or bytes in memory."),
                optional("alt", Type::Text, "The alternative text."),
            ],
        ),
        chained(
            "Draft.reply_to",
            "Makes the first part an answer to a post.",
            vec![needed("post", named("RemoteId"), "The post, by the platform's id.")],
        ),
        chained(
            "Draft.link",
            "Shows a link as a card under the last part.",
            vec![
                needed("url", Type::Text, "The address, with `https://`."),
                needed("title", Type::Text, "What the card is headed with."),
                needed("description", Type::Text, "What it says."),
            ],
        ),
        chained(
            "Draft.quote",
            "Quotes a post in the last part.",
            vec![needed("post", named("RemoteId"), "The post, by the platform's id.")],
        ),
        chained(
            "Draft.on",
            "Says this text on one platform, in place of everything that is said elsewhere: without media, card, the post that \
             is answered or quoted, and further pieces. What is to stay there goes into `variants`.",
            vec![
                needed("platform", named("PlatformId"), "The platform."),
                needed("text", Type::Text, "What it says there."),
            ],
        ),
        chained(
            "Draft.with_priority",
            "Puts it before others that are due.",
            vec![needed("priority", named("Priority"), "The priority.")],
        ),
        chained(
            "Draft.behind",
            "Lets it go out only when somebody opens its gate.",
            vec![needed("gate", named("Gate"), "A draft, or what waits for approval.")],
        ),
        constructor("When.now", "At once.", Vec::new()),
        constructor("When.at", "At a moment.", vec![needed("at", Type::Time, "The moment.")]),
        constructor(
            "When.local",
            "At a local time in an IANA zone.",
            vec![
                needed(
                    "civil",
                    Type::Text,
                    "The civil date and time, without an offset: `2026-12-24T09:00`.",
                ),
                needed("zone", Type::Text, "The name of the zone: `Europe/Berlin`."),
                defaulted("gap", named("Gap"), json!("refuse"), "If the zone skips it."),
                defaulted("fold", named("Fold"), json!("refuse"), "If the zone has it twice."),
            ],
        ),
        chained(
            "Xmp.within",
            "The same engine, whose calls carry these.",
            vec![
                optional(
                    "correlation_id",
                    named("CorrelationId"),
                    "Ties the call to an earlier one: 32 hexadecimal digits.",
                ),
                optional("traceparent", Type::Text, "Goes on with a trace: a `traceparent` header."),
                optional("actor", Type::Text, "The person or program behind the call."),
                optional("timeout", Type::Duration, "Requests that the call causes end by then."),
            ],
        ),
    ]
}

fn constructor(name: &'static str, doc: &'static str, params: Vec<Field>) -> Sugar {
    Sugar { name, constructor: true, doc, params }
}

fn chained(name: &'static str, doc: &'static str, params: Vec<Field>) -> Sugar {
    Sugar { name, constructor: false, doc, params }
}

fn named(name: &str) -> Type {
    Type::Named(name.to_owned())
}

fn needed(name: &str, of: Type, doc: &str) -> Field {
    Field { name: name.to_owned(), doc: doc.to_owned(), of, default: None, redact: false }
}

fn defaulted(name: &str, of: Type, default: Value, doc: &str) -> Field {
    Field { default: Some(default), ..needed(name, of, doc) }
}

fn optional(name: &str, of: Type, doc: &str) -> Field {
    defaulted(name, Type::Optional(Box::new(of)), Value::Null, doc)
}
