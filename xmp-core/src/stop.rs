//! The emergency stop.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Error, ErrorKind, PlatformId, Result, TenantId};

/// What an emergency stop stops.
///
/// Written as `all`, `platform:x` or `tenant:acme`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(with = "String"))]
#[serde(try_from = "String", into = "String")]
pub enum StopScope {
    /// Everything, of all tenants.
    All,
    /// Everything on one platform, of all tenants.
    Platform(PlatformId),
    /// Everything of one tenant.
    Tenant(TenantId),
}

impl StopScope {
    /// Whether it stops what a tenant sends to a platform.
    #[must_use]
    pub fn covers(&self, tenant: &TenantId, platform: PlatformId) -> bool {
        match self {
            Self::All => true,
            Self::Platform(stopped) => *stopped == platform,
            Self::Tenant(stopped) => stopped == tenant,
        }
    }
}

impl fmt::Display for StopScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Platform(platform) => write!(f, "platform:{platform}"),
            Self::Tenant(tenant) => write!(f, "tenant:{tenant}"),
        }
    }
}

impl FromStr for StopScope {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text.split_once(':') {
            None if text == "all" => Ok(Self::All),
            Some(("platform", name)) => PlatformId::new(name).map(Self::Platform),
            Some(("tenant", name)) => TenantId::new(name).map(Self::Tenant),
            _ => Err(Error::new(
                ErrorKind::Validation,
                "stop.scope",
                format!("{text:?} is not what can be stopped"),
            )
            .hint("write all, platform:NAME or tenant:NAME")),
        }
    }
}

impl TryFrom<String> for StopScope {
    type Error = Error;
    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<StopScope> for String {
    fn from(scope: StopScope) -> Self {
        scope.to_string()
    }
}

/// An emergency stop: nothing that it covers is sent until it is lifted. What is on its way is not called back, and the
/// platform is still asked what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SendingStop {
    /// What is stopped.
    pub scope: StopScope,
    /// Why, for people.
    pub why: String,
    /// Who stopped it.
    pub actor: String,
    /// Since when.
    pub since: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_have_a_written_form() {
        for text in ["all", "platform:x", "tenant:acme"] {
            assert_eq!(text.parse::<StopScope>().unwrap().to_string(), text);
        }
        for text in ["", "everything", "platform:", "platform:X", "tenant:"] {
            assert!(text.parse::<StopScope>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_scope_covers_what_it_names() {
        let (acme, default) = (TenantId::new("acme").unwrap(), TenantId::default());
        assert!(StopScope::All.covers(&acme, PlatformId::X));
        assert!(StopScope::Tenant(acme.clone()).covers(&acme, PlatformId::X));
        assert!(!StopScope::Tenant(acme.clone()).covers(&default, PlatformId::X));
        assert!(StopScope::Platform(PlatformId::X).covers(&default, PlatformId::X));
        assert!(!StopScope::Platform(PlatformId::constant("bluesky")).covers(&acme, PlatformId::X));
    }
}
