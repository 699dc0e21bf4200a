//! Numbers that a platform tells about a post.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{AccountId, RemoteId};

/// The numbers of one post. A name that is missing was not told, which is not zero.
pub type Metrics = BTreeMap<String, u64>;

/// The numbers of one post at one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MetricSample {
    /// The account that the post belongs to.
    pub account: AccountId,
    /// The post, by the platform's id.
    pub remote_id: RemoteId,
    /// When the platform was asked.
    pub observed_at: Timestamp,
    /// What it told.
    pub values: Metrics,
}
