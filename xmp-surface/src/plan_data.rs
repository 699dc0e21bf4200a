//! What callers give to change posts, and to make series and queues.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use xmp::{
    AccountId, Draft, Edit, NewQueue, NewSeries, Priority, Queue, Recurrence, Result, SeriesEdit, Showing,
    When,
};

use crate::DraftData;
use crate::data::{PartData, VariantData};

/// What changes of a post that waits. What is not given stays as it is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Edit"))]
pub struct EditData {
    /// The text of the first piece, on all accounts; its media stays.
    pub text: Option<String>,
    /// All pieces anew, with their media, on all accounts but those of variants.
    pub parts: Vec<PartData>,
    /// How all pieces are shown; only together with `parts`.
    pub showing: Option<Showing>,
    /// What is different on single platforms; only together with `parts`.
    pub variants: Vec<VariantData>,
    /// When.
    pub when: Option<When>,
    /// It is not sent at this time or later.
    pub expires: Option<When>,
    /// Before others that are due.
    pub priority: Option<Priority>,
    /// The labels, all of them.
    pub labels: Option<Vec<String>>,
    /// The campaign; an empty one for none.
    pub campaign: Option<String>,
    /// The caller's own data, all of it.
    pub metadata: Option<BTreeMap<String, String>>,
    /// Where it goes too.
    pub add_accounts: Vec<AccountId>,
    /// Where it goes no longer.
    pub remove_accounts: Vec<AccountId>,
}

impl TryFrom<EditData> for Edit {
    type Error = xmp::Error;

    fn try_from(data: EditData) -> Result<Self> {
        Ok(Self {
            text: data.text,
            parts: data.parts.into_iter().map(PartData::draft).collect::<Result<_>>()?,
            showing: data.showing,
            variants: data.variants.into_iter().map(VariantData::draft).collect::<Result<_>>()?,
            when: data.when,
            expires: data.expires,
            priority: data.priority,
            labels: data.labels,
            campaign: data.campaign,
            metadata: data.metadata,
            add_accounts: data.add_accounts,
            remove_accounts: data.remove_accounts,
        })
    }
}

/// A series on its way in.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewSeriesData {
    /// What people call it.
    pub name: String,
    /// When.
    pub recurrence: Recurrence,
    /// What each of its posts is like; its own time and end are not used.
    pub draft: DraftData,
    /// How long before it is due an occurrence becomes a post: 7 days if not given, a minute at least.
    #[serde(default)]
    pub ahead: Option<Duration>,
    /// How long after it is due a post is not sent any more.
    #[serde(default)]
    pub expires_after: Option<Duration>,
}

impl TryFrom<NewSeriesData> for NewSeries {
    type Error = xmp::Error;

    fn try_from(data: NewSeriesData) -> Result<Self> {
        let NewSeriesData { name, recurrence, draft, ahead, expires_after } = data;
        Ok(Self { name, recurrence, draft: draft.try_into()?, ahead, expires_after })
    }
}

/// What changes of a series. What is not given stays as it is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SeriesEditData {
    /// What people call it.
    pub name: Option<String>,
    /// When.
    pub recurrence: Option<Recurrence>,
    /// What each of its posts is like.
    pub draft: Option<DraftData>,
    /// How long before it is due an occurrence becomes a post.
    pub ahead: Option<Duration>,
    /// How long after it is due a post is not sent any more.
    pub expires_after: Option<Duration>,
}

impl TryFrom<SeriesEditData> for SeriesEdit {
    type Error = xmp::Error;

    fn try_from(data: SeriesEditData) -> Result<Self> {
        let SeriesEditData { name, recurrence, draft, ahead, expires_after } = data;
        let draft: Option<Draft> = draft.map(TryInto::try_into).transpose()?;
        Ok(Self { name, recurrence, draft, ahead, expires_after })
    }
}

/// A queue on its way in.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QueueData {
    /// What people call it.
    pub name: String,
    #[serde(flatten)]
    queue: Queue,
}

impl From<QueueData> for NewQueue {
    fn from(data: QueueData) -> Self {
        Self { name: data.name, queue: data.queue }
    }
}
