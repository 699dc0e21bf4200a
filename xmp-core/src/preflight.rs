//! What is wrong with parts by the rules of a capability that are plain data.

use std::time::Duration;

use crate::{Capability, LinkCard, PartContent, Poll, Problem, StoredMedia};

impl Capability {
    /// What is wrong with the parts of a post by the rules that are plain data: emptiness, length, media, alternative
    /// texts, polls, cards, number of parts. `measure` is the platform's own measure of a text. Fields are named from
    /// `parts` on.
    #[must_use]
    pub fn check(&self, parts: &[PartContent], measure: &dyn Fn(&str) -> usize) -> Vec<Problem> {
        let mut problems = Vec::new();
        if parts.is_empty() {
            problems.push(
                Problem::new("parts", "parts.none", "none", "a post has at least one part")
                    .hint("give it a text or media"),
            );
        }
        if parts.len() > self.thread_limit {
            problems.push(
                Problem::new("parts", "parts.count", parts.len(), self.thread_limit)
                    .hint("make it two threads, or shorter"),
            );
        }
        for (index, part) in parts.iter().enumerate() {
            let mut check = Check { can: self, path: format!("parts[{index}]"), problems: &mut problems };
            check.text(part, measure);
            check.media(&part.media);
            check.relations(part);
            check.link(part);
            if let Some(poll) = &part.poll {
                check.poll(poll, part);
            }
        }
        if let Some(part) = parts.first() {
            // They are those of the whole post.
            self.check_showing(part, &mut problems);
        }
        problems
    }

    fn check_showing(&self, part: &PartContent, problems: &mut Vec<Problem>) {
        let showing = &part.showing;
        if let Some(visibility) = showing.visibility.filter(|asked| !self.visibilities.contains(asked)) {
            let words: Vec<_> = self.visibilities.iter().map(|one| one.as_str()).collect();
            problems.push(
                Problem::new(
                    "showing.visibility",
                    "visibility.unsupported",
                    visibility.as_str(),
                    words.join(", "),
                )
                .hint("leave this account out, or say otherwise for this platform with a variant"),
            );
        }
        let mut cannot = |asked: bool, able: bool, field: &str, rule, what: &str| {
            if asked && !able {
                problems.push(
                    Problem::new(field, rule, "set", format!("this platform has no {what}"))
                        .hint("leave this account out, or say otherwise for this platform with a variant"),
                );
            }
        };
        cannot(
            showing.sensitive,
            self.sensitive,
            "showing.sensitive",
            "sensitive.unsupported",
            "sensitive media",
        );
        cannot(
            showing.warning.is_some(),
            self.warnings,
            "showing.warning",
            "warning.unsupported",
            "warnings",
        );
        if let Some(language) = showing.language.as_deref().filter(|language| !is_language(language)) {
            problems.push(
                Problem::new(
                    "showing.language",
                    "language.unknown",
                    format!("{language:?}"),
                    "a language tag",
                )
                .hint("write it as in `en` or `pt-BR`"),
            );
        }
    }
}

/// Whether a text is an address on the web, whole and without spaces.
fn is_address(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let web = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
    web && !rest.is_empty() && !rest.starts_with('/') && !rest.contains(char::is_whitespace)
}

/// Whether a text is a language tag (BCP 47, "langtag"): language, script, region and variants, in this order.
fn is_language(tag: &str) -> bool {
    let letters = |part: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphabetic())
    };
    let digits = |part: &str| part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    let variant = |part: &str| {
        let plain = part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let numbered = part.len() == 4 && part.starts_with(|first: char| first.is_ascii_digit());
        plain && ((5..=8).contains(&part.len()) || numbered)
    };
    let mut parts = tag.split('-').peekable();
    if !parts.next().is_some_and(|language| letters(language, 2..=3)) {
        return false;
    }
    parts.next_if(|script| letters(script, 4..=4));
    parts.next_if(|region| letters(region, 2..=2) || digits(region));
    parts.all(variant)
}

/// A length of time, for people: what is not of whole seconds was probably meant in another unit.
fn length(time: Duration) -> String {
    if time.subsec_nanos() == 0 {
        format!("{} s", time.as_secs())
    } else {
        format!("{} ms", time.as_millis())
    }
}

/// The check of one part.
struct Check<'a> {
    can: &'a Capability,
    path: String,
    problems: &'a mut Vec<Problem>,
}

impl Check<'_> {
    fn field(&self, name: &str) -> String {
        format!("{}.{name}", self.path)
    }

    fn text(&mut self, part: &PartContent, measure: &dyn Fn(&str) -> usize) {
        let field = self.field("text");
        let stands_alone = self.can.media_without_text && !part.media.is_empty();
        if part.text.trim().is_empty() && !stands_alone {
            self.problems.push(
                Problem::new(&field, "part.empty", "empty", "a text or media")
                    .hint("give it a text, or media where the platform takes media alone"),
            );
        }
        let length = measure(&part.text);
        if length > self.can.text_limit {
            self.problems.push(
                Problem::new(&field, "text.too_long", length, self.can.text_limit)
                    .hint(format!("shorten it by {}", length - self.can.text_limit)),
            );
        }
        if let Some(limit) = self.can.text_bytes.filter(|limit| part.text.len() > *limit) {
            self.problems.push(
                Problem::new(&field, "text.too_many_bytes", part.text.len(), limit)
                    .hint(format!("shorten it by {} bytes of UTF-8", part.text.len() - limit)),
            );
        }
    }

    fn media(&mut self, media: &[StoredMedia]) {
        if media.len() > self.can.media_per_part {
            let field = self.field("media");
            self.problems.push(
                Problem::new(field, "media.count", media.len(), self.can.media_per_part)
                    .hint("leave some out, or put them into further parts of a thread"),
            );
        }
        for (at, item) in media.iter().enumerate() {
            let field = self.field(&format!("media[{at}]"));
            self.one_medium(&field, item, media);
        }
    }

    fn one_medium(&mut self, field: &str, item: &StoredMedia, all: &[StoredMedia]) {
        let Some(rule) = self.can.media.iter().find(|rule| rule.kind == item.kind) else {
            let taken: Vec<_> = self.can.media.iter().map(|rule| rule.kind.as_str()).collect();
            self.problems.push(
                Problem::new(field, "media.kind", &item.mime, taken.join(", "))
                    .hint("convert it, or leave this account out"),
            );
            return;
        };
        if !rule.types.contains(&item.mime) {
            self.problems.push(
                Problem::new(field, "media.type", &item.mime, rule.types.join(", ")).hint("convert it"),
            );
        }
        if item.size > rule.max_bytes {
            self.problems.push(
                Problem::new(field, "media.too_large", item.size, rule.max_bytes).hint("sizes are in bytes"),
            );
        }
        let same_kind = all.iter().filter(|other| other.kind == rule.kind).count();
        if same_kind > rule.max_count || (rule.max_count == 1 && all.len() > 1) {
            self.problems.push(
                Problem::new(
                    field,
                    "media.mix",
                    format!("{same_kind} {} among {}", rule.kind.as_str(), all.len()),
                    format!("{} of this kind, alone if it is one", rule.max_count),
                )
                .hint("put the others into further parts of a thread"),
            );
        }
        let alt = item.alt.as_deref().unwrap_or_default().chars().count();
        if alt > self.can.alt_text_limit {
            self.problems.push(
                Problem::new(format!("{field}.alt"), "alt.too_long", alt, self.can.alt_text_limit)
                    .hint(format!("shorten it by {} characters", alt - self.can.alt_text_limit)),
            );
        }
        if let Some(focus) = item.focus.filter(|focus| focus.x > 100 || focus.y > 100) {
            self.problems.push(
                Problem::new(
                    format!("{field}.focus"),
                    "focus.range",
                    format!("{}, {}", focus.x, focus.y),
                    "0 to 100",
                )
                .hint("percent from the top left corner"),
            );
        }
    }

    fn relations(&mut self, part: &PartContent) {
        for (asked, able, name, rule) in [
            (part.reply_to.is_some(), self.can.replies, "reply_to", "reply.unsupported"),
            (part.quote.is_some(), self.can.quotes, "quote", "quote.unsupported"),
        ] {
            if asked && !able {
                let field = self.field(name);
                self.problems.push(
                    Problem::new(field, rule, "set", "this platform does not let a program do that")
                        .hint("publish it as a post of its own"),
                );
            }
        }
    }

    fn link(&mut self, part: &PartContent) {
        let Some(LinkCard { url, thumb, .. }) = &part.link else { return };
        let field = self.field("link");
        if !is_address(url) {
            self.problems.push(
                Problem::new(
                    format!("{field}.url"),
                    "link.address",
                    format!("{url:?}"),
                    "an address with https://",
                )
                .hint("give the whole address"),
            );
        }
        if self.can.link_cards {
            if let Some(thumb) = thumb {
                self.one_medium(&format!("{field}.thumb"), thumb, std::slice::from_ref(thumb));
            }
            if !part.media.is_empty() {
                self.problems.push(
                    Problem::new(field, "link.beside_media", "media and a card", "one of them")
                        .hint("put the link into the text"),
                );
            }
        } else if !part.text.contains(url.as_str()) {
            self.problems.push(
                Problem::new(field, "link.not_in_text", url, "a link that stands in the text")
                    .hint("this platform makes its own card of a link in the text: add the address there"),
            );
        }
    }

    fn poll(&mut self, poll: &Poll, part: &PartContent) {
        let field = self.field("poll");
        let Some(rule) = &self.can.polls else {
            self.problems.push(
                Problem::new(field, "poll.unsupported", "set", "this platform has no polls")
                    .hint("leave this account out, or the poll in a variant"),
            );
            return;
        };
        if !(2..=rule.max_options).contains(&poll.options.len()) {
            self.problems.push(Problem::new(
                format!("{field}.options"),
                "poll.options",
                poll.options.len(),
                format!("2 to {}", rule.max_options),
            ));
        }
        for (index, option) in poll.options.iter().enumerate() {
            let (length, field) = (option.chars().count(), format!("{field}.options[{index}]"));
            if option.trim().is_empty() || poll.options[..index].contains(option) {
                let limit = "an answer unlike the others";
                self.problems.push(Problem::new(&field, "poll.option", format!("{option:?}"), limit));
            }
            if length > rule.max_option_length {
                self.problems.push(
                    Problem::new(&field, "poll.option_too_long", length, rule.max_option_length)
                        .hint(format!("shorten it by {} characters", length - rule.max_option_length)),
                );
            }
        }
        if !(rule.min_open..=rule.max_open).contains(&poll.open_for) {
            self.problems.push(Problem::new(
                format!("{field}.open_for"),
                "poll.open_for",
                length(poll.open_for),
                format!("{} to {} s", rule.min_open.as_secs(), rule.max_open.as_secs()),
            ));
        }
        if !part.media.is_empty() {
            self.problems.push(
                Problem::new(field, "poll.beside_media", "media and a poll", "one of them")
                    .hint("put them into two parts of a thread"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_told_from_other_words() {
        for good in ["en", "pt-BR", "zh-Hans", "zh-Hant-TW", "es-419", "de-CH-1996", "sl-rozaj", "haw"] {
            assert!(is_language(good), "{good}");
        }
        for bad in ["", "e", "english", "en-US-US", "en-1", "en-a", "en_US", "-en", "en-", "de-CH-Hans", "ü"]
        {
            assert!(!is_language(bad), "{bad}");
        }
    }

    #[test]
    fn addresses_are_whole() {
        for good in
            ["https://e.com", "HTTPS://Example.com/a?b#c", "http://127.0.0.1:80/", "https://ü.example"]
        {
            assert!(is_address(good), "{good}");
        }
        for bad in
            ["", "e.com", "https://", "https:///a", "https://e com/", "ftp://e.com", "https://e.com/ a"]
        {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
