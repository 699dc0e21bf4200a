//! What is changed of a post that waits, and what it was before.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AccountId, Delivery, DeliveryId, Due, Error, ErrorKind, MediaUpload, PartContent, PartDraft, PlanPlace,
    Post, PostId, Priority, Result, Showing, Variant, When,
};

/// What a caller wants to change of a post that waits. What is not given stays as it is.
///
/// ```
/// use xmp_core::edit::Edit;
///
/// let edit = Edit { text: Some("Good evening".to_owned()), ..Edit::default() };
/// assert!(edit.when.is_none());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Edit {
    /// The text of the first piece, on all accounts; its media stays.
    pub text: Option<String>,
    /// All pieces anew, with their media, on all accounts but those of variants.
    pub parts: Vec<PartDraft>,
    /// How all pieces are shown; only together with `parts`.
    pub showing: Option<Showing>,
    /// What is different on single platforms; only together with `parts`.
    pub variants: Vec<Variant>,
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

/// A change of a post, checked already. What is `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct PostEdit {
    /// What it says from now on, on these accounts.
    pub contents: Vec<(AccountId, Vec<PartContent>)>,
    /// The media that is new.
    pub media: Vec<MediaUpload>,
    /// When it is due.
    pub due: Option<Due>,
    /// From when on it is not sent any more; `Some(None)`: it waits for as long as it takes.
    pub expires: Option<Option<Due>>,
    /// Who goes first.
    pub priority: Option<Priority>,
    /// The caller's labels.
    pub labels: Option<Vec<String>>,
    /// The caller's campaign.
    pub campaign: Option<Option<String>>,
    /// The caller's own data.
    pub metadata: Option<BTreeMap<String, String>>,
    /// Where it goes too.
    pub added: Vec<Delivery>,
    /// Where it goes no longer: what waits there is cancelled.
    pub removed: Vec<AccountId>,
    /// Its place in a series or queue.
    pub place: Option<Option<PlanPlace>>,
}

impl PostEdit {
    /// What a delivery to an account has to take part in; `None` where it need not be touched.
    #[must_use]
    pub fn of(&self, account: AccountId) -> Option<DeliveryEdit<'_>> {
        let contents = self.contents.iter().find(|(own, _)| *own == account).map(|(_, said)| said.as_slice());
        let edit = DeliveryEdit {
            contents,
            due: self.due.as_ref().map(|due| due.at),
            expires: self.expires.as_ref().map(|end| end.as_ref().map(|end| end.at)),
            priority: self.priority,
            place: self.place.as_ref().map(Option::as_ref),
        };
        (!edit.is_nothing()).then_some(edit)
    }

    /// Whether what is said changes: what was approved is then another post.
    #[must_use]
    pub fn says_otherwise(&self) -> bool {
        !self.contents.is_empty() || !self.added.is_empty()
    }

    /// The names of what changes, for the event log.
    #[must_use]
    pub fn fields(&self) -> Vec<&'static str> {
        let fields = [
            (!self.contents.is_empty(), "content"),
            (self.due.is_some(), "due"),
            (self.expires.is_some(), "expires"),
            (self.priority.is_some(), "priority"),
            (self.labels.is_some(), "labels"),
            (self.campaign.is_some(), "campaign"),
            (self.metadata.is_some(), "metadata"),
            (!self.added.is_empty() || !self.removed.is_empty(), "accounts"),
            (self.place.is_some(), "place"),
        ];
        fields.into_iter().filter_map(|(changes, name)| changes.then_some(name)).collect()
    }

    /// Changes what the post itself keeps, if it is still the one that was read.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`] with the code `post.revision` if somebody else has edited it.
    pub fn apply(&self, post: &mut Post, expected: u64) -> Result<()> {
        check_revision(post, expected)?;
        post.revision += 1;
        if let Some(due) = &self.due {
            post.due = due.clone();
        }
        if let Some(expires) = &self.expires {
            post.expires.clone_from(expires);
        }
        post.priority = self.priority.unwrap_or(post.priority);
        if let Some(labels) = &self.labels {
            post.labels.clone_from(labels);
        }
        if let Some(campaign) = &self.campaign {
            post.campaign.clone_from(campaign);
        }
        if let Some(metadata) = &self.metadata {
            post.metadata.clone_from(metadata);
        }
        if let Some(place) = &self.place {
            post.place.clone_from(place);
        }
        if self.says_otherwise() && post.approval.take().is_some() {
            post.gate = crate::Gate::Review;
        }
        Ok(())
    }
}

/// Refuses a change of a post that somebody else has edited since it was read.
///
/// # Errors
/// [`ErrorKind::Conflict`] with the code `post.revision`.
pub fn check_revision(post: &Post, expected: u64) -> Result<()> {
    if post.revision == expected {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Conflict,
        "post.revision",
        format!("{} has revision {}, and the change was made to {expected}", post.id, post.revision),
    )
    .hint("somebody else has changed it meanwhile: read it again, and make the change to what it is now"))
}

/// What a change of a post means for one delivery.
#[derive(Clone, Copy, Debug)]
pub struct DeliveryEdit<'a> {
    /// What it says.
    pub contents: Option<&'a [PartContent]>,
    /// When it is due.
    pub due: Option<Timestamp>,
    /// From when on it is not sent any more.
    pub expires: Option<Option<Timestamp>>,
    /// Who goes first.
    pub priority: Option<Priority>,
    /// Its place in a series or queue.
    pub place: Option<Option<&'a PlanPlace>>,
}

impl DeliveryEdit<'_> {
    fn is_nothing(&self) -> bool {
        self.contents.is_none()
            && self.due.is_none()
            && self.expires.is_none()
            && self.priority.is_none()
            && self.place.is_none()
    }
}

/// What a post was before an edit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Revision {
    /// The post.
    pub post: PostId,
    /// Its number.
    pub revision: u64,
    /// When it was replaced.
    pub replaced_at: Timestamp,
    /// Who replaced it.
    pub replaced_by: String,
    /// When it was due.
    pub due: Due,
    /// What it said.
    pub said: Vec<Said>,
}

/// What a post said on one account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Said {
    /// The delivery.
    pub delivery: DeliveryId,
    /// The account.
    pub account: AccountId,
    /// The pieces.
    pub parts: Vec<PartContent>,
}

impl Revision {
    /// What a post is now, as somebody replaces it.
    #[must_use]
    pub fn of(post: &Post, deliveries: &[Delivery], replaced_at: Timestamp, replaced_by: &str) -> Self {
        let said = |delivery: &Delivery| Said {
            delivery: delivery.id,
            account: delivery.account,
            parts: delivery.parts.iter().map(|part| part.content.clone()).collect(),
        };
        Self {
            post: post.id,
            revision: post.revision,
            replaced_at,
            replaced_by: replaced_by.to_owned(),
            due: post.due.clone(),
            said: deliveries.iter().map(said).collect(),
        }
    }
}
