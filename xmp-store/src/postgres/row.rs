//! Between rows and xmp's types. What can't be read is an error that names the column, never a panic.

use std::error::Error as StdError;
use std::str::FromStr;
use std::time::Duration;

use bytes::{BufMut as _, BytesMut};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, accepts, to_sql_checked};
use xmp_core::{
    AccountId, AttemptId, CorrelationId, DeliveryId, Error, ErrorKind, EventId, PartId, PlanId, PostId,
    Priority, Result, WorkerId,
};

use super::error::{storage, unknown};

type Encoded = std::result::Result<IsNull, Box<dyn StdError + Sync + Send>>;
type Decoded<T> = std::result::Result<T, Box<dyn StdError + Sync + Send>>;

/// An id as the database has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key(pub(super) [u8; 16]);

impl ToSql for Key {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Encoded {
        out.put_slice(&self.0);
        Ok(IsNull::No)
    }

    accepts!(UUID);
    to_sql_checked!();
}

impl<'a> FromSql<'a> for Key {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Decoded<Self> {
        Ok(Self(raw.try_into()?))
    }

    accepts!(UUID);
}

macro_rules! keys {
    ($($name:ident)+) => {$(
        impl From<$name> for Key {
            fn from(id: $name) -> Self {
                Self(id.to_bytes())
            }
        }

        impl From<Key> for $name {
            fn from(key: Key) -> Self {
                Self::from_bytes(key.0)
            }
        }
    )+};
}

keys! { AccountId AttemptId CorrelationId DeliveryId EventId PartId PlanId PostId WorkerId }

pub(super) fn key(id: impl Into<Key>) -> Key {
    id.into()
}

pub(super) fn key_opt(id: Option<impl Into<Key>>) -> Option<Key> {
    id.map(Into::into)
}

/// A time as the database has it: microseconds since the beginning of 2000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct At(i64);

/// The beginning of 2000, in microseconds since 1970.
const EPOCH: i64 = 946_684_800_000_000;

impl At {
    /// Before everything.
    pub(super) const FIRST: Self = Self(i64::MIN);

    fn time(self) -> Option<Timestamp> {
        Timestamp::from_microsecond(self.0.checked_add(EPOCH)?).ok()
    }
}

impl ToSql for At {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Encoded {
        out.put_i64(self.0);
        Ok(IsNull::No)
    }

    accepts!(TIMESTAMPTZ);
    to_sql_checked!();
}

impl<'a> FromSql<'a> for At {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Decoded<Self> {
        Ok(Self(i64::from_be_bytes(raw.try_into()?)))
    }

    accepts!(TIMESTAMPTZ);
}

/// A time for the database.
pub(super) fn at(time: Timestamp) -> At {
    At(time.as_microsecond() - EPOCH)
}

/// So long ago; before everything, if that is longer than the database can tell.
pub(super) fn ago(now: Timestamp, age: Duration) -> At {
    let then = now.checked_sub(age).ok().filter(|then| *then > Timestamp::UNIX_EPOCH);
    then.map_or(At::FIRST, at)
}

pub(super) fn at_opt(time: Option<Timestamp>) -> Option<At> {
    time.map(at)
}

/// Something as JSON, as the database takes it.
#[derive(Clone, Debug)]
pub(super) struct Json(String);

impl ToSql for Json {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Encoded {
        out.put_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }

    accepts!(JSON);
    to_sql_checked!();
}

/// JSON as it came, not read yet.
struct RawJson<'a>(&'a [u8]);

impl<'a> FromSql<'a> for RawJson<'a> {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Decoded<Self> {
        // The binary form of jsonb has its version before it.
        Ok(Self(if *kind == Type::JSONB { raw.get(1..).unwrap_or_default() } else { raw }))
    }

    accepts!(JSON, JSONB);
}

pub(super) fn json(value: &(impl Serialize + ?Sized)) -> Result<Json> {
    serde_json::to_string(value).map(Json).map_err(not_json)
}

fn not_json(error: serde_json::Error) -> Error {
    Error::new(ErrorKind::Internal, "store.encode", "a value has no written form").with_source(error)
}

/// The word of an enum.
pub(super) fn word(value: &impl Serialize) -> Result<String> {
    match serde_json::to_value(value).map_err(not_json)? {
        Value::String(word) => Ok(word),
        other => Ok(other.to_string()),
    }
}

/// A number as the database has it. Versions, fences and counts grow by one: they don't come near the limit.
pub(super) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A priority as a number, higher first; with room between, for more of them.
pub(super) const fn rank(priority: Priority) -> i16 {
    match priority {
        Priority::Low => 10,
        Priority::Normal => 20,
        Priority::High => 30,
        Priority::Urgent => 40,
    }
}

/// The priority of a number.
pub(super) fn ranked(rank_of_it: i16) -> Option<Priority> {
    Priority::ALL.into_iter().find(|priority| rank(*priority) == rank_of_it)
}

/// A row of a table.
pub(super) struct Cols<'a> {
    table: &'static str,
    row: &'a Row,
}

impl<'a> Cols<'a> {
    pub(super) fn of(table: &'static str, row: &'a Row) -> Self {
        Self { table, row }
    }

    /// A value that PostgreSQL has as it is.
    pub(super) fn get<T: FromSql<'a>>(&self, name: &str) -> Result<T> {
        self.row.try_get(name).map_err(storage)
    }

    fn place(&self, name: &str) -> String {
        format!("{}.{name}", self.table)
    }

    fn unknown(&self, name: &str, value: &str) -> Error {
        unknown(&self.place(name), value)
    }

    pub(super) fn id<T: From<Key>>(&self, name: &str) -> Result<T> {
        self.get::<Key>(name).map(T::from)
    }

    pub(super) fn id_opt<T: From<Key>>(&self, name: &str) -> Result<Option<T>> {
        Ok(self.get::<Option<Key>>(name)?.map(T::from))
    }

    /// Whatever has its own written form.
    pub(super) fn parse<T: FromStr>(&self, name: &str) -> Result<T> {
        let text: &str = self.get(name)?;
        text.parse().map_err(|_| self.unknown(name, text))
    }

    /// A word of an enum, or a checked name.
    pub(super) fn word<T: DeserializeOwned>(&self, name: &str) -> Result<T> {
        let text: &str = self.get(name)?;
        serde_json::from_value(Value::String(text.to_owned())).map_err(|_| self.unknown(name, text))
    }

    pub(super) fn json<T: DeserializeOwned>(&self, name: &str) -> Result<T> {
        let RawJson(raw) = self.get(name)?;
        serde_json::from_slice(raw).map_err(|_| self.unknown(name, &String::from_utf8_lossy(raw)))
    }

    /// JSON that is left out where it says nothing.
    pub(super) fn json_or_default<T: DeserializeOwned + Default>(&self, name: &str) -> Result<T> {
        if self.get::<Option<RawJson<'_>>>(name)?.is_none() { Ok(T::default()) } else { self.json(name) }
    }

    pub(super) fn time(&self, name: &str) -> Result<Timestamp> {
        self.read_time(name, self.get(name)?)
    }

    pub(super) fn time_opt(&self, name: &str) -> Result<Option<Timestamp>> {
        self.get::<Option<At>>(name)?.map(|at| self.read_time(name, at)).transpose()
    }

    fn read_time(&self, name: &str, at: At) -> Result<Timestamp> {
        at.time().ok_or_else(|| self.unknown(name, "a time beyond the year 9999"))
    }

    /// A count.
    pub(super) fn count<T: TryFrom<i64>>(&self, name: &str) -> Result<T> {
        let found: i64 = self.get(name)?;
        T::try_from(found).map_err(|_| self.unknown(name, &found.to_string()))
    }

    pub(super) fn priority(&self, name: &str) -> Result<Priority> {
        let found: i16 = self.get(name)?;
        ranked(found).ok_or_else(|| self.unknown(name, &found.to_string()))
    }
}
