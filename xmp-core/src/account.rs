//! A connected social account.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{AccountId, Error, ErrorKind, RemoteId, Spacing, TenantId};

/// The name of a platform: `x`, `bluesky`, …
///
/// 1 to 23 characters out of `a-z 0-9 - _`. It is copied about freely, so it holds its text within itself.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct PlatformId {
    bytes: [u8; 23],
    len: u8,
}

impl PlatformId {
    /// X, formerly Twitter.
    pub const X: Self = Self::constant("x");

    /// A platform by name.
    ///
    /// # Errors
    /// [`ErrorKind::Validation`] if the name is empty, longer than 23 characters or has other characters than
    /// `a-z 0-9 - _`.
    pub fn new(name: &str) -> Result<Self, Error> {
        Self::read(name).ok_or_else(|| {
            Error::new(
                ErrorKind::Validation,
                "platform.name",
                format!("{name:?} is not the name of a platform"),
            )
            .hint("use 1 to 23 characters out of a-z 0-9 - _")
        })
    }

    /// The name of a platform in the code: a name that can't be one does not compile, where it is a constant.
    ///
    /// # Panics
    /// If it can't be a name.
    #[must_use]
    #[expect(clippy::panic, reason = "it is found when the code is compiled")]
    pub const fn constant(name: &str) -> Self {
        match Self::read(name) {
            Some(id) => id,
            None => panic!("not the name of a platform"),
        }
    }

    const fn read(name: &str) -> Option<Self> {
        let (text, mut bytes, mut at) = (name.as_bytes(), [0; 23], 0);
        if text.is_empty() || text.len() > bytes.len() {
            return None;
        }
        while at < text.len() {
            if !matches!(text[at], b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_') {
                return None;
            }
            bytes[at] = text[at];
            at += 1;
        }
        // No more than 23.
        Some(Self { bytes, len: at as u8 })
    }

    /// The platform's name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // The constructors let ASCII in and nothing else.
        std::str::from_utf8(&self.bytes[..usize::from(self.len)]).unwrap_or_default()
    }
}

impl fmt::Display for PlatformId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for PlatformId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for PlatformId {
    type Error = Error;
    fn try_from(name: String) -> Result<Self, Error> {
        Self::new(&name)
    }
}

impl From<PlatformId> for String {
    fn from(platform: PlatformId) -> Self {
        platform.as_str().to_owned()
    }
}

impl std::str::FromStr for PlatformId {
    type Err = Error;
    fn from_str(name: &str) -> Result<Self, Error> {
        Self::new(name)
    }
}

/// Whether posts may go to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AccountState {
    /// Posts go out.
    Active,
    /// A person has paused it: its posts wait.
    Paused,
    /// Its tokens are gone or in doubt: its posts wait until its owner connects it again, under the same id.
    NeedsConsent,
    /// The platform has suspended it: its posts wait.
    Suspended,
}

impl AccountState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Active, Self::Paused, Self::NeedsConsent, Self::Suspended];

    /// The word that stores and bindings use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::NeedsConsent => "needs_consent",
            Self::Suspended => "suspended",
        }
    }
}

/// What to do with a part whose attempt may have been sent and that can't be found on a platform that offers no
/// proof of absence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OnAbsent {
    /// Wait for a person: never twice, at the price of perhaps not at all until they look.
    #[default]
    Hold,
    /// Send again: it was looked for after the settle window and more than once, and a timeline that hides a live
    /// post for longer than that would let it appear twice.
    Resend,
}

/// A connected social account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Account {
    /// xmp's id: stays when the account is connected again.
    pub id: AccountId,
    /// Who holds it.
    pub tenant: TenantId,
    /// Where it lives.
    pub platform: PlatformId,
    /// The app (OAuth client id) through which it was connected: limits are counted per app.
    pub app: String,
    /// The platform's id of it.
    pub remote_id: RemoteId,
    /// Its name on the platform when it was last seen, without `@`.
    pub handle: String,
    /// Whether posts may go out.
    pub state: AccountState,
    /// The scopes that its owner granted.
    pub scopes: Vec<String>,
    /// What to do when a post may have been sent and can't be found.
    pub on_absent: OnAbsent,
    /// Its posts wait until then: a used-up window, say. Shared by all processes.
    pub blocked_until: Option<Timestamp>,
    /// How far apart its posts are.
    #[serde(default)]
    pub spacing: Spacing,
    /// Its posts wait until then for their spacing: what a worker found out when it last met one that was due.
    #[serde(default)]
    pub paced_until: Option<Timestamp>,
    /// When it was first connected.
    pub created_at: Timestamp,
}

/// What is known of an account at the moment when it is connected.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Where it lives.
    pub platform: PlatformId,
    /// The app through which it was connected.
    pub app: String,
    /// The platform's id of it.
    pub remote_id: RemoteId,
    /// Its name on the platform, without `@`.
    pub handle: String,
    /// The scopes that its owner granted.
    pub scopes: Vec<String>,
    /// What to do when a post may have been sent and can't be found; `None` keeps what it was, or takes the default.
    pub on_absent: Option<OnAbsent>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platform_names() {
        assert_eq!(PlatformId::X, PlatformId::new("x").unwrap());
        assert_eq!(PlatformId::new("blue-sky_2").unwrap().as_str(), "blue-sky_2");
        assert!(PlatformId::new("").is_err());
        assert!(PlatformId::new("X").is_err());
        assert!(PlatformId::new(&"x".repeat(24)).is_err());
    }
}
