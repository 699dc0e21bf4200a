//! `GET /api/v2/instance`: what this server is, and what it allows.

use http::StatusCode;
use serde_json::json;

use super::{Effect, Outcome};
use crate::call::Call;
use crate::core::Cx;

/// What a Mastodon server allows. Defaults are those of Mastodon 4.4; servers set their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceLimits {
    /// The most characters that a status may have. Default 500.
    pub max_characters: usize,
    /// The most media that a status may carry. Default 4.
    pub max_media_attachments: usize,
    /// What a link counts for, in characters. Default 23.
    pub characters_reserved_per_url: usize,
    /// The most bytes of an image. Default 16 MiB.
    pub image_size_limit: usize,
    /// The most bytes of a video. Default 99 MiB, of which the simulator takes 60.
    pub video_size_limit: usize,
    /// The most options of a poll. Default 4.
    pub max_poll_options: usize,
}

impl Default for InstanceLimits {
    fn default() -> Self {
        const MIB: usize = 1024 * 1024;
        Self {
            max_characters: 500,
            max_media_attachments: 4,
            characters_reserved_per_url: 23,
            image_size_limit: 16 * MIB,
            video_size_limit: 99 * MIB,
            max_poll_options: 4,
        }
    }
}

/// Mastodon's defaults that nothing here changes.
pub(super) const MAX_DESCRIPTION: usize = 1500;
pub(super) const MAX_OPTION: usize = 50;
pub(super) const POLL_SECS: std::ops::RangeInclusive<u64> = 300..=2_629_746;
pub(super) const MEDIA_TYPES: [&str; 7] =
    ["image/jpeg", "image/png", "image/gif", "image/webp", "video/webm", "video/mp4", "video/quicktime"];

/// `GET /api/v2/instance`.
pub(super) fn about(cx: &Cx<'_>, call: &Call) -> Outcome {
    let limits = &cx.settings.instance;
    let base = call.base();
    let body = json!({
        "domain": base.trim_start_matches("http://"),
        "title": "xmp-sim",
        "version": "4.4.0+xmp-sim",
        "source_url": "https://github.com/mastodon/mastodon",
        "description": "A simulated Mastodon server.",
        "usage": { "users": { "active_month": cx.world.mastodon.accounts.len() } },
        "thumbnail": { "url": format!("{base}/thumbnail.png") },
        "icon": [],
        "languages": ["en"],
        "configuration": {
            "urls": { "streaming": base.replacen("http", "ws", 1) },
            "accounts": { "max_featured_tags": 10 },
            "statuses": {
                "max_characters": limits.max_characters,
                "max_media_attachments": limits.max_media_attachments,
                "characters_reserved_per_url": limits.characters_reserved_per_url,
            },
            "media_attachments": {
                "supported_mime_types": MEDIA_TYPES,
                "description_limit": MAX_DESCRIPTION,
                "image_size_limit": limits.image_size_limit,
                "image_matrix_limit": 33_177_600,
                "video_size_limit": limits.video_size_limit,
                "video_frame_rate_limit": 120,
                "video_matrix_limit": 8_294_400,
            },
            "polls": {
                "max_options": limits.max_poll_options,
                "max_characters_per_option": MAX_OPTION,
                "min_expiration": POLL_SECS.start(),
                "max_expiration": POLL_SECS.end(),
            },
            "translation": { "enabled": false },
        },
        "registrations": { "enabled": false, "approval_required": false, "message": null },
        "api_versions": { "mastodon": 6 },
        "contact": { "email": "", "account": null },
        "rules": [],
    });
    Ok(Effect::json(StatusCode::OK, &body))
}
