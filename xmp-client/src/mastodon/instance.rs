//! What a server allows, as it says itself: `GET /api/v2/instance`.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Mutex;
use xmp_core::capability::{Idempotency, MediaRule};
use xmp_core::media::MediaKind;
use xmp_core::{Capability, Clock, Context, Monotonic, Result};

use super::operations::INSTANCE_GET;
use crate::pipeline::{Call, Pipeline};

/// How long what a server said is good for.
const GOOD_FOR: Duration = Duration::from_secs(3600);
/// How long a server that could not be read is not asked again.
const PAUSE: Duration = Duration::from_secs(60);
/// How long it is waited for.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What a server may say at most: more is no limit that anybody reaches, and too much to reckon with. Characters and pieces.
const MOST: usize = 1_000_000;
/// Bytes of a file: 1 TiB.
const MOST_BYTES: u64 = 1 << 40;
/// How long a poll is open: ten years.
const LONGEST: Duration = Duration::from_secs(10 * 366 * 24 * 3600);

/// What a server said, and when to ask it again. One asks at a time, the others wait for what it learns.
pub(super) struct Instance {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    said: Option<Arc<Capability>>,
    asked: Option<(Monotonic, Duration)>,
}

impl Instance {
    pub(super) fn new() -> Self {
        Self { known: Mutex::default() }
    }

    /// What the server allows; `None` if it was never read.
    pub(super) async fn capability(
        &self,
        ctx: &Context,
        pipeline: &Pipeline,
        clock: &dyn Clock,
        usual: &Capability,
    ) -> Option<Arc<Capability>> {
        let mut known = self.known.lock().await;
        if known.asked.is_none_or(|(at, good_for)| clock.monotonic().since(at) >= good_for) {
            let asked: Result<Value> =
                pipeline.json(ctx, Call::new(&INSTANCE_GET).timeout(TIMEOUT).once()).await;
            let good_for = if asked.is_ok() { GOOD_FOR } else { PAUSE };
            match asked {
                Ok(instance) => known.said = Some(Arc::new(read(&instance, usual))),
                Err(error) => {
                    tracing::warn!(server = pipeline.app(), %error, "what the server allows is unknown");
                }
            }
            known.asked = Some((clock.monotonic(), good_for));
        }
        known.said.clone()
    }
}

/// A server's own limits in place of the usual ones, as far as it says any, and within reason.
pub(super) fn read(instance: &Value, usual: &Capability) -> Capability {
    let configuration = &instance["configuration"];
    let mut can = usual.clone();
    let set = |limit: &mut usize, said: &Value| {
        if let Some(said) = said.as_u64() {
            *limit = usize::try_from(said).unwrap_or(MOST).min(MOST);
        }
    };
    let statuses = &configuration["statuses"];
    set(&mut can.text_limit, &statuses["max_characters"]);
    set(&mut can.media_per_part, &statuses["max_media_attachments"]);
    let mut link_length = can.link_length.unwrap_or(super::LINK_LENGTH);
    set(&mut link_length, &statuses["characters_reserved_per_url"]);
    can.link_length = Some(link_length);
    let media = &configuration["media_attachments"];
    set(&mut can.alt_text_limit, &media["description_limit"]);
    let several = can.media_per_part;
    can.media = can.media.into_iter().filter_map(|rule| media_rule(rule, media, several)).collect();
    can.polls = can.polls.map(|mut rule| {
        let polls = &configuration["polls"];
        set(&mut rule.max_options, &polls["max_options"]);
        set(&mut rule.max_option_length, &polls["max_characters_per_option"]);
        let seconds =
            |said: &Value, usual| said.as_u64().map_or(usual, |said| Duration::from_secs(said).min(LONGEST));
        rule.min_open = seconds(&polls["min_expiration"], rule.min_open);
        rule.max_open = seconds(&polls["max_expiration"], rule.max_open);
        rule
    });
    if !remembers_keys(instance["version"].as_str().unwrap_or_default()) {
        can.idempotency = Idempotency::Observe;
        can.key_remembered = None;
    }
    can
}

/// A kind of media by what the server says of it; `None` if it takes none of that kind.
fn media_rule(mut rule: MediaRule, said: &Value, several: usize) -> Option<MediaRule> {
    if let Some(types) = said["supported_mime_types"].as_array() {
        rule.types.retain(|kind| types.iter().any(|said| said == kind.as_str()));
    }
    let size = if rule.kind == MediaKind::Video { "video_size_limit" } else { "image_size_limit" };
    if let Some(bytes) = said[size].as_u64() {
        rule.max_bytes = bytes.min(MOST_BYTES);
    }
    if rule.kind != MediaKind::Video {
        rule.max_count = several;
    }
    (!rule.types.is_empty()).then_some(rule)
}

/// Whether a server makes nothing new for an `Idempotency-Key` that it knows: Mastodon and its forks do (`4.5.0`,
/// `4.4.2+glitch`), and so do Pleroma and Akkoma (`2.7.2 (compatible; Akkoma 3.15)`, `IdempotencyPlug`). GoToSocial
/// (`0.20.1`) and Pixelfed (`3.5.3 (compatible; Pixelfed 0.12)`) take the header and do nothing with it, and nobody knows
/// of the others. Some of them say that they are Mastodon with a remark in words of their own
/// (`4.0.0 (not true; really snac/2.52)`): a version with a remark is never Mastodon's.
fn remembers_keys(version: &str) -> bool {
    match version.split_once("(compatible;") {
        Some((_, software)) => ["Pleroma", "Akkoma"].iter().any(|one| software.trim_start().starts_with(one)),
        // Mastodon has keys since version 1.4.
        None => mastodon_major(version).is_some_and(|major| major >= 2),
    }
}

/// The first number of a version as Mastodon and its forks write it: `4.5.0`, with `-alpha.1`, `+glitch` or both behind it
/// (Mastodon, `Mastodon::Version#to_s`); `None` if it is written otherwise.
fn mastodon_major(version: &str) -> Option<u32> {
    let (numbers, rest) = version.split_at(version.find(['-', '+']).unwrap_or(version.len()));
    let numbers: Option<Vec<u32>> = numbers.split('.').map(number).collect();
    let is_plain = rest.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '(' | ')'));
    match numbers?.as_slice() {
        &[major, _, _] if is_plain => Some(major),
        _ => None,
    }
}

/// Digits, and nothing else.
fn number(digits: &str) -> Option<u32> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use xmp_core::PartContent;

    use super::super::check;
    use super::*;

    #[test]
    fn a_server_says_its_own_limits() {
        let instance = json!({
            "version": "4.5.0+glitch",
            "configuration": {
                "statuses": { "max_characters": 5000, "max_media_attachments": 16, "characters_reserved_per_url": 25 },
                "media_attachments": {
                    "supported_mime_types": ["image/jpeg", "image/png", "image/avif", "video/mp4"],
                    "description_limit": 3000, "image_size_limit": 7, "video_size_limit": 9,
                },
                "polls": {
                    "max_options": 8, "max_characters_per_option": 100, "min_expiration": 60, "max_expiration": 120,
                },
            },
        });
        let can = read(&instance, &super::super::capability());
        assert_eq!((can.text_limit, can.media_per_part, can.link_length), (5000, 16, Some(25)));
        assert_eq!(can.alt_text_limit, 3000);
        let rules = [
            MediaRule::new(MediaKind::Image, &["image/jpeg", "image/png"], 7, 16),
            MediaRule::new(MediaKind::Video, &["video/mp4"], 9, 1),
        ];
        assert_eq!(can.media, rules);
        let polls = can.polls.unwrap();
        assert_eq!((polls.max_options, polls.max_option_length), (8, 100));
        assert_eq!((polls.min_open.as_secs(), polls.max_open.as_secs()), (60, 120));
        assert_eq!(can.idempotency, Idempotency::IdempotencyKey);
    }

    #[test]
    fn what_it_does_not_say_is_as_usual() {
        let usual = super::super::capability();
        assert_eq!(read(&json!({ "version": "4.2.0" }), &usual), usual);
        let odd = json!({ "version": "4.2.0", "configuration": { "statuses": { "max_characters": "many" }, "polls": 7 } });
        assert_eq!(read(&odd, &usual), usual);
    }

    #[test]
    fn a_server_that_says_too_much_is_reckoned_with() {
        let most = u64::MAX;
        let instance = json!({
            "version": "4.5.0",
            "configuration": {
                "statuses": { "max_characters": most, "max_media_attachments": most, "characters_reserved_per_url": most },
                "media_attachments": { "description_limit": most, "image_size_limit": most, "video_size_limit": most },
                "polls": {
                    "max_options": most, "max_characters_per_option": most, "min_expiration": most, "max_expiration": most,
                },
            },
        });
        let can = read(&instance, &super::super::capability());
        assert_eq!((can.text_limit, can.media_per_part, can.link_length), (MOST, MOST, Some(MOST)));
        assert_eq!(can.alt_text_limit, MOST);
        assert!(can.media.iter().all(|rule| rule.max_bytes == MOST_BYTES));
        let polls = can.polls.clone().unwrap();
        assert_eq!((polls.max_options, polls.max_option_length), (MOST, MOST));
        assert_eq!((polls.min_open, polls.max_open), (LONGEST, LONGEST));
        // Two links are more than it allows, and not so many that they can't be counted.
        let part = PartContent { text: "https://a.com https://b.com".to_owned(), ..PartContent::default() };
        assert_eq!(check::problems(&can, &[part])[0].rule, "text.too_long");
    }

    #[test]
    fn only_servers_that_are_known_to_remember_keys_do() {
        for (version, does) in [
            ("4.5.0", true),
            ("4.4.2+glitch", true),
            ("4.6.0-nightly.2026-01-01", true),
            ("4.3.0-alpha.2+glitch.th", true),
            ("2.7.2 (compatible; Pleroma 2.9.1)", true),
            ("2.7.2 (compatible; Akkoma 3.15.2-0-gabcdef)", true),
            ("0.20.1+git-57cb4fe", false),
            ("0.20.1", false),
            ("3.5.3 (compatible; Pixelfed 0.12.4)", false),
            ("2.8.0 (compatible; Friendica 2024.12)", false),
            ("4.0.0 (not true; really snac/2.52)", false),
            ("4.2.0+(really another)", false),
            ("4.2.0 glitch", false),
            ("Fork 4.2.0", false),
            ("4.2", false),
            ("4.2.0.1", false),
            ("+4.+2.+0", false),
            ("", false),
            ("unknown", false),
        ] {
            assert_eq!(remembers_keys(version), does, "{version}");
        }
    }
}
