//! Identifiers: one type for each kind of thing, so that one can't be passed for another.

use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Error, ErrorKind};

/// Counts the ids of a millisecond, so that they keep the order in which they were made. A clock that is set back starts
/// a new count: the time that an id was given stays its time.
struct Order(Mutex<(u64, u64)>);

static ORDER: Order = Order(Mutex::new((0, 0)));

impl Order {
    const BITS: u32 = 42;

    /// Where the count of a millisecond begins: anywhere in its lower half, as other processes' counts do.
    fn start() -> u64 {
        getrandom::u64().unwrap_or_default() >> (u64::BITS - Self::BITS + 1)
    }
}

impl uuid::ClockSequence for &Order {
    type Output = u64;

    fn generate_sequence(&self, seconds: u64, nanos: u32) -> u64 {
        let millisecond = seconds.saturating_mul(1000).saturating_add(u64::from(nanos / 1_000_000));
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *last = if last.0 == millisecond { (millisecond, last.1 + 1) } else { (millisecond, Order::start()) };
        last.1
    }

    fn usable_bits(&self) -> usize {
        Order::BITS as usize
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)+) => {$(
        $(#[$doc])*
        ///
        /// Written as its prefix, `_` and 32 hexadecimal digits; ids made later sort later.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub struct $name(#[cfg_attr(feature = "schema", schemars(with = "String"))] Uuid);

        impl $name {
            /// The word that the written form starts with.
            pub const PREFIX: &'static str = $prefix;

            /// A new id, unique, and ordered by `now`; of one millisecond, those made later by this process sort later.
            #[must_use]
            pub fn new(now: Timestamp) -> Self {
                let seconds = u64::try_from(now.as_second()).unwrap_or(0);
                let nanos = u32::try_from(now.subsec_nanosecond()).unwrap_or(0);
                Self(Uuid::new_v7(uuid::Timestamp::from_unix(&ORDER, seconds, nanos)))
            }

            /// Its sixteen bytes, for a store that keeps it as such: they sort as its written form does.
            #[must_use]
            pub const fn to_bytes(self) -> [u8; 16] {
                *self.0.as_bytes()
            }

            /// The id of these bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}_{}", $prefix, self.0.simple())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                text.strip_prefix(concat!($prefix, "_"))
                    .and_then(|hex| Uuid::try_parse(hex).ok())
                    .map(Self)
                    .ok_or_else(|| {
                        Error::new(
                            ErrorKind::Validation,
                            concat!("id.", $prefix),
                            format!("{text:?} is not a {} id", stringify!($name).trim_end_matches("Id").to_lowercase()),
                        )
                        .hint(concat!("it looks like `", $prefix, "_` and 32 hexadecimal digits"))
                    })
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

ids! {
    /// A connected social account.
    AccountId = "acc";
    /// What the caller scheduled: one call, one post, whatever the number of targets.
    PostId = "post";
    /// One post on its way to one account.
    DeliveryId = "dlv";
    /// One visible piece of a delivery (a thread has several).
    PartId = "part";
    /// One attempt to make one part visible.
    AttemptId = "att";
    /// One event of the durable log.
    EventId = "evt";
    /// One running worker.
    WorkerId = "wrk";
    /// A series or a queue: where posts come from that nobody scheduled one by one.
    PlanId = "plan";
}

/// Who owns a row, key, secret or event. The default tenant is `default`.
///
/// 1 to 64 characters out of `a-z A-Z 0-9 - _ .`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct TenantId(String);

impl TenantId {
    /// A tenant by name.
    ///
    /// # Errors
    /// [`ErrorKind::Validation`] if the name is empty, longer than 64 characters or has other characters than
    /// `a-z A-Z 0-9 - _ .`.
    pub fn new(name: impl Into<String>) -> Result<Self, Error> {
        let name = name.into();
        let fits = (1..=64).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
        if fits {
            Ok(Self(name))
        } else {
            Err(Error::new(ErrorKind::Validation, "tenant.name", format!("{name:?} is not a tenant id"))
                .hint("use 1 to 64 characters out of a-z A-Z 0-9 - _ ."))
        }
    }

    /// The tenant's name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for TenantId {
    fn default() -> Self {
        Self("default".to_owned())
    }
}

impl TryFrom<String> for TenantId {
    type Error = Error;
    fn try_from(name: String) -> Result<Self, Error> {
        Self::new(name)
    }
}

impl From<TenantId> for String {
    fn from(tenant: TenantId) -> Self {
        tenant.0
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The id that a platform gave to something visible. Opaque: never parsed, only compared.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct RemoteId(String);

impl RemoteId {
    /// Wraps a platform's id.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The id as the platform writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RemoteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RemoteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

/// The caller's name for a call, which makes the call repeatable: the same key with the same content answers with
/// the first result, the same key with other content is a [conflict](ErrorKind::Conflict).
///
/// 1 to 255 characters, none of them a control character.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Checks a caller's key.
    ///
    /// # Errors
    /// [`ErrorKind::Validation`] if it is empty, longer than 255 characters or has control characters.
    pub fn new(key: impl Into<String>) -> Result<Self, Error> {
        let key = key.into();
        if (1..=255).contains(&key.chars().count()) && !key.chars().any(char::is_control) {
            Ok(Self(key))
        } else {
            Err(Error::new(
                ErrorKind::Validation,
                "idempotency_key.shape",
                format!("{:?} is not an idempotency key", key.chars().take(40).collect::<String>()),
            )
            .hint("use 1 to 255 characters without control characters"))
        }
    }

    /// The key as the caller wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for IdempotencyKey {
    type Error = Error;
    fn try_from(key: String) -> Result<Self, Error> {
        Self::new(key)
    }
}

impl From<IdempotencyKey> for String {
    fn from(key: IdempotencyKey) -> Self {
        key.0
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_round_trips_and_is_not_taken_for_another_kind() {
        let post = PostId::new(Timestamp::UNIX_EPOCH);
        assert_eq!(post.to_string().parse::<PostId>().unwrap(), post);
        let error = post.to_string().parse::<AccountId>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation);
        assert!(error.to_string().contains("is not a account id"), "{error}");
    }

    #[test]
    fn ids_sort_by_time() {
        let early = PostId::new("2026-01-01T00:00:00Z".parse().unwrap());
        let late = PostId::new("2026-01-01T00:00:01Z".parse().unwrap());
        assert!(early.to_string() < late.to_string());
    }

    #[test]
    fn ids_of_one_millisecond_keep_their_order() {
        // An order of its own: the process's is in use by other tests, at other times.
        let order = Order(Mutex::default());
        let id = |_| PostId(Uuid::new_v7(uuid::Timestamp::from_unix(&order, 7, 0)));
        let ids: Vec<_> = (0..1000).map(id).collect();
        assert!(ids.is_sorted_by(|a, b| a < b && a.to_string() < b.to_string()));
    }

    #[test]
    fn tenants_and_keys_are_checked() {
        assert!(TenantId::new("acme-1").is_ok());
        assert!(TenantId::new("").is_err());
        assert!(TenantId::new("a b").is_err());
        assert!(IdempotencyKey::new("order 7 / ü").is_ok());
        assert!(IdempotencyKey::new("a\nb").is_err());
        assert!(IdempotencyKey::new("x".repeat(256)).is_err());
    }
}
