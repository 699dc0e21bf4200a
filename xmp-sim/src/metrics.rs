//! How often a post was seen: numbers that nobody could know are made up, but always the same ones.

use jiff::Timestamp;

/// Views that grow steadily from the moment of publishing, at a pace that depends on the post's number alone.
pub(crate) fn views(post: u64, published: Timestamp, now: Timestamp) -> u64 {
    let age = now.duration_since(published).as_secs().max(0).unsigned_abs();
    let an_hour = 20 + (post.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 57);
    age.saturating_mul(an_hour) / 3600
}
