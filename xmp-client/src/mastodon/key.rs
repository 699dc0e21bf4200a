//! The key of a part: how long it makes repeating a post harmless.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xmp_core::{Error, ErrorKind, Result};

/// How long a server remembers a key, from the post that was made under it on: an hour (Mastodon documentation,
/// "Post a new status"). Ours counts from the moment in which it was chosen, which is earlier.
pub(super) const REMEMBERED: Duration = Duration::from_secs(3600);
/// What is left of that when a key is no longer used: enough for a request that was prepared at the last moment, and for
/// clocks that differ.
const MARGIN: Duration = Duration::from_secs(600);

/// What makes a post the same post, however often it is sent within an hour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Key {
    pub(super) value: String,
    pub(super) chosen_at: Timestamp,
    /// The uploads of the post that it was chosen for: those of a later try may be others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) media: Vec<String>,
}

impl Key {
    /// A new one.
    pub(super) fn choose(now: Timestamp, media: &[String]) -> Result<Self> {
        let mut random = [0; 16];
        getrandom::fill(&mut random)
            .map_err(|error| Error::new(ErrorKind::Internal, "random", error.to_string()))?;
        Ok(Self {
            value: format!("xmp-{:032x}", u128::from_be_bytes(random)),
            chosen_at: now,
            media: media.to_vec(),
        })
    }

    /// Whether another request under it is still sure to make no second post.
    pub(super) fn is_good(&self, now: Timestamp) -> bool {
        // A clock that was set back says nothing about how old it is.
        Duration::try_from(now.duration_since(self.chosen_at)).is_ok_and(|age| age < REMEMBERED - MARGIN)
    }

    /// As checkpoints and evidence keep it.
    pub(super) fn written(&self) -> Result<String> {
        serde_json::to_string(self)
            .map_err(|error| Error::new(ErrorKind::Internal, "key.json", error.to_string()))
    }

    /// What [`written`](Self::written) made.
    pub(super) fn read(written: &str) -> Result<Self> {
        serde_json::from_str(written).map_err(|error| {
            Error::new(ErrorKind::Storage, "key.unreadable", format!("the part's key can't be read: {error}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_good_for_less_than_the_server_remembers_it() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let key = Key::choose(now, &[]).unwrap();
        assert!(key.is_good(now));
        assert!(key.is_good(now + Duration::from_secs(2_999)));
        assert!(!key.is_good(now + Duration::from_secs(3_000)));
        assert!(!key.is_good(now - Duration::from_secs(1)));
        assert_ne!(Key::choose(now, &[]).unwrap().value, key.value);
    }

    #[test]
    fn it_is_kept_as_it_is() {
        let key = Key::choose("2026-11-21T17:00:00.123Z".parse().unwrap(), &["1".to_owned()]).unwrap();
        assert_eq!(Key::read(&key.written().unwrap()).unwrap(), key);
        assert_eq!(Key::read("no key").unwrap_err().code(), "key.unreadable");
    }
}
