//! What callers give, where the facade takes more than plain data.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use xmp::{
    AccountId, Builder, BulkRow, Capability, Configurations, Draft, Error, ErrorKind, Focus, Gate, Keyring,
    LinkDraft, MediaDraft, MediaSource, PartDraft, PlatformId, Poll, PostgresOptions, Priority, Registration,
    RemoteId, Result, SealKey, Secret, Showing, TenantId, Variant, When, Xmp,
};

use crate::Attachment;

/// A piece of media and its alternative text.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "MediaDraft"))]
pub struct MediaData {
    /// A file, read when the post is scheduled.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("format" = "path")))]
    pub path: Option<PathBuf>,
    /// Bytes in memory.
    #[serde(default)]
    pub bytes: Option<Attachment>,
    /// The alternative text.
    #[serde(default)]
    pub alt: Option<String>,
    /// What must stay visible of it.
    #[serde(default)]
    pub focus: Option<Focus>,
}

impl MediaData {
    fn draft(self) -> Result<MediaDraft> {
        let (alt, focus) = (self.alt.clone(), self.focus);
        Ok(MediaDraft { source: self.source()?, alt, focus })
    }

    fn source(self) -> Result<MediaSource> {
        Ok(match (self.path, self.bytes) {
            (Some(path), None) => MediaSource::Path(path),
            (None, Some(bytes)) => MediaSource::Bytes(bytes.0),
            (path, _) => {
                let what = if path.is_some() { "a path and bytes" } else { "neither a path nor bytes" };
                return Err(Error::new(
                    ErrorKind::Media,
                    "media.source",
                    format!("a piece of media has {what}"),
                )
                .hint("give it one of them"));
            }
        })
    }
}

/// A link that is shown as a card.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "LinkDraft"))]
pub struct LinkData {
    /// The address, with `https://`.
    pub url: String,
    /// What the card is headed with.
    pub title: String,
    /// What it says.
    pub description: String,
    /// Its picture.
    #[serde(default)]
    pub thumb: Option<MediaData>,
}

impl LinkData {
    fn draft(self) -> Result<LinkDraft> {
        let Self { url, title, description, thumb } = self;
        Ok(LinkDraft { url, title, description, thumb: thumb.map(MediaData::source).transpose()? })
    }
}

/// One visible piece of a draft.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "PartDraft"))]
pub struct PartData {
    /// The text; may be empty where there is media.
    #[serde(default)]
    pub text: String,
    /// Media with its alternative text.
    #[serde(default)]
    pub media: Vec<MediaData>,
    /// The post that this one answers.
    #[serde(default)]
    pub reply_to: Option<RemoteId>,
    /// The post that this one quotes.
    #[serde(default)]
    pub quote: Option<RemoteId>,
    /// A link that is shown as a card.
    #[serde(default)]
    pub link: Option<LinkData>,
    /// A question with answers to choose from.
    #[serde(default)]
    pub poll: Option<Poll>,
}

impl PartData {
    pub(crate) fn draft(self) -> Result<PartDraft> {
        Ok(PartDraft {
            text: self.text,
            media: self.media.into_iter().map(MediaData::draft).collect::<Result<_>>()?,
            reply_to: self.reply_to,
            quote: self.quote,
            link: self.link.map(LinkData::draft).transpose()?,
            poll: self.poll,
        })
    }
}

/// What a draft says on one platform in place of what it says elsewhere.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Variant"))]
pub struct VariantData {
    /// The platform.
    pub platform: PlatformId,
    /// The pieces there; none: those of the draft.
    #[serde(default)]
    pub parts: Vec<PartData>,
    /// How they are shown there; nothing: as the draft says.
    #[serde(default)]
    pub showing: Option<Showing>,
}

impl VariantData {
    pub(crate) fn draft(self) -> Result<Variant> {
        let parts = self.parts.into_iter().map(PartData::draft).collect::<Result<_>>()?;
        Ok(Variant { platform: self.platform, parts, showing: self.showing })
    }
}

/// What a caller wants to publish, where and when.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Draft"))]
pub struct DraftData {
    /// The pieces, in order: each after the first answers the one before it.
    #[serde(default)]
    pub parts: Vec<PartData>,
    /// How they are shown.
    #[serde(default)]
    pub showing: Option<Showing>,
    /// What is different on single platforms.
    #[serde(default)]
    pub variants: Vec<VariantData>,
    /// The accounts that it goes to.
    #[serde(default)]
    pub accounts: Vec<AccountId>,
    /// When.
    #[serde(default)]
    pub when: When,
    /// It is not sent at this time or later: what waits until then expires. Nothing: it waits for as long as it takes.
    #[serde(default)]
    pub expires: Option<When>,
    /// Before others that are due.
    #[serde(default)]
    pub priority: Priority,
    /// The caller's own labels.
    #[serde(default)]
    pub labels: Vec<String>,
    /// The campaign that it belongs to.
    #[serde(default)]
    pub campaign: Option<String>,
    /// Whatever else the caller wants to find again.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    /// Whether somebody has to let it go out first: a draft, or what waits for approval.
    #[serde(default)]
    pub gate: Gate,
}

impl TryFrom<DraftData> for Draft {
    type Error = Error;

    fn try_from(data: DraftData) -> Result<Self> {
        Ok(Self {
            parts: data.parts.into_iter().map(PartData::draft).collect::<Result<_>>()?,
            showing: data.showing.unwrap_or_default(),
            variants: data.variants.into_iter().map(VariantData::draft).collect::<Result<_>>()?,
            accounts: data.accounts,
            when: data.when,
            expires: data.expires,
            priority: data.priority,
            labels: data.labels,
            campaign: data.campaign,
            metadata: data.metadata,
            gate: data.gate,
        })
    }
}

/// One post of many.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "BulkRow"))]
pub struct RowData {
    /// Your key: what makes the row repeatable.
    pub key: String,
    /// What to publish, where and when.
    pub draft: DraftData,
}

impl RowData {
    pub(crate) fn rows(all: Vec<Self>) -> Result<Vec<BulkRow>> {
        all.into_iter().map(|row| Ok(BulkRow::new(row.key, row.draft.try_into()?))).collect()
    }
}

/// Rows out of records by column.
pub(crate) fn records(records: Vec<Value>) -> Result<Vec<BulkRow>> {
    let records = serde_json::from_value(Value::Array(records)).map_err(|error| {
        Error::new(ErrorKind::Validation, "rows.records", format!("the records can't be read: {error}"))
            .hint("give a list of objects by column: [{\"key\": \"monday\", \"text\": \"Good morning\"}]")
    })?;
    BulkRow::from_records(records)
}

/// Where an engine keeps things, and which platforms it speaks to.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OpenOptions {
    /// Keeps everything in a folder, made on first use: `xmp.db`, and a `seal.key` unless a seal key is given. Good to
    /// begin with; keep the key apart from the data once it matters. Without `home`, `sqlite` and `postgres` everything is
    /// kept in memory, until the program ends.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("format" = "path")))]
    pub home: Option<PathBuf>,
    /// Keeps everything in one SQLite file, which several processes on one host may share. Needs a seal key.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("format" = "path")))]
    pub sqlite: Option<PathBuf>,
    /// Keeps everything in a PostgreSQL database, which any number of processes on any number of hosts may share:
    /// `postgres://user:password@host/database`. Needs a seal key.
    #[serde(default)]
    pub postgres: Option<Secret>,
    /// The schema of that database that everything stands in: `xmp` if not given. It is made where it is not there.
    #[serde(default)]
    pub postgres_schema: Option<String>,
    /// The key that tokens are sealed with: 32 bytes in base64. Default: the environment variable `XMP_SEAL_KEY`.
    #[serde(default)]
    pub seal_key: Option<Secret>,
    /// Older seal keys, which still open what they sealed.
    #[serde(default)]
    pub old_seal_keys: Vec<Secret>,
    /// Whose accounts and posts they are.
    #[serde(default)]
    pub tenant: TenantId,
    #[serde(flatten)]
    platforms: Configurations,
}

impl OpenOptions {
    pub(crate) fn builder(self) -> Result<Builder> {
        let mut builder = Xmp::builder().tenant(self.tenant);
        let refused =
            |code, message, hint| Err(Error::new(ErrorKind::Configuration, code, message).hint(hint));
        if self.postgres.is_none() && self.postgres_schema.is_some() {
            return refused(
                "store.schema",
                "a `postgres_schema` without `postgres`",
                "give the database's address too",
            );
        }
        builder = match (self.home, self.sqlite, self.postgres) {
            (None, None, None) => builder.memory(),
            (Some(home), None, None) => builder.home(home),
            (None, Some(file), None) => builder.sqlite(file),
            (None, None, Some(url)) => {
                let mut options = PostgresOptions::default();
                options.schema = self.postgres_schema.unwrap_or(options.schema);
                builder.postgres_with(url.expose(), options)
            }
            _ => {
                return refused(
                    "store.two",
                    "two places to keep things are given",
                    "give one of `home`, `sqlite`, `postgres`",
                );
            }
        };
        const VARIABLE: &str = "XMP_SEAL_KEY";
        let key = match &self.seal_key {
            Some(key) => Some(SealKey::from_base64(key.expose())?),
            // Without old keys the builder reads it, where it needs one.
            None if !self.old_seal_keys.is_empty() && std::env::var_os(VARIABLE).is_some() => {
                Some(SealKey::from_env(VARIABLE)?)
            }
            None => None,
        };
        if let Some(key) = key {
            let keys = Keyring::new(key);
            let old = self.old_seal_keys.iter().map(|key| SealKey::from_base64(key.expose()));
            builder = builder
                .keyring(old.into_iter().try_fold(keys, |keys, old| old.map(|old| keys.with_old(old)))?);
        } else if !self.old_seal_keys.is_empty() {
            return Err(Error::new(
                ErrorKind::Configuration,
                "seal.old_only",
                "`old_seal_keys` without a `seal_key`",
            )
            .hint("give the current key as `seal_key`"));
        }
        Ok(builder.with_all(self.platforms.given()))
    }
}

/// What a Mastodon server gave a program that registered itself.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MastodonApp {
    /// Where it is good: `https://mastodon.social`.
    pub server: String,
    /// The app's client id.
    pub client_id: String,
    /// The app's client secret.
    #[cfg_attr(feature = "schema", schemars(extend("x-redact" = true)))]
    pub client_secret: String,
}

impl From<Registration> for MastodonApp {
    fn from(app: Registration) -> Self {
        let client_secret = app.client_secret.expose().to_owned();
        Self { server: app.server, client_id: app.client_id, client_secret }
    }
}

/// A platform that is set up, and what it can do.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlatformInfo {
    /// Its name.
    pub id: PlatformId,
    /// The app that its accounts are connected through: a client id, or the name of a server.
    pub app: String,
    /// What it can do.
    pub capability: Capability,
}

impl PlatformInfo {
    pub(crate) fn all(xmp: &Xmp) -> Vec<Self> {
        let all = xmp.platforms().iter();
        all.map(|one| Self {
            id: one.id(),
            app: one.app().to_owned(),
            capability: one.capability().as_ref().clone(),
        })
        .collect()
    }
}
