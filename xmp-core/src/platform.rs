//! The contract of a platform.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Account, AttemptId, Capability, Certainty, Context, Deadline, Error, ErrorKind, Fingerprint, Metrics,
    PartContent, PartId, PlatformId, Problem, PublishedRef, RemoteId, Result, TokenSet,
};

/// The part that is to be published.
#[derive(Clone, Debug)]
pub struct Work {
    /// The part.
    pub part: PartId,
    /// The account that it goes to.
    pub account: Account,
    /// What it says; `reply_to` names the part before it.
    pub content: PartContent,
}

/// What a preparation reached, kept so that a crash costs nothing: an uploaded file, a container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Checkpoint {
    /// What it is: `media:<hash>`.
    pub name: String,
    /// The platform's handle of it.
    pub value: String,
    /// When the platform forgets it; `None` if it doesn't say.
    pub expires_at: Option<Timestamp>,
}

/// Where a preparation keeps what it reached, and finds the media's bytes.
#[async_trait]
pub trait Checkpoints: Send + Sync {
    /// What was reached before under this name, unless it has expired.
    fn get(&self, name: &str) -> Option<String>;

    /// Keeps what was reached, before the preparation goes on.
    ///
    /// # Errors
    /// [`LeaseLost`](crate::ErrorKind::LeaseLost) if another worker has the part now; [`Storage`](crate::ErrorKind::Storage).
    async fn keep(&self, checkpoint: Checkpoint) -> Result<()>;

    /// The bytes of a piece of media.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) if they can't be read.
    async fn media(&self, hash: Fingerprint) -> Result<bytes::Bytes>;
}

/// What a visible request can be recognised by afterwards.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Evidence {
    /// The text as it was sent.
    pub text: String,
    /// The platform's handles of our own media: the strongest evidence, since nobody else has them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<String>,
    /// The post that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<RemoteId>,
    /// A key chosen by us, where the platform has such a thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// A part that is ready: nothing is left but the one visible request. It is stored with the intent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Prepared {
    /// What will be sent, in the platform's own words. No secrets.
    pub request: Value,
    /// What it can be recognised by.
    pub evidence: Evidence,
}

/// What became of the one visible request: a fact about the world.
#[derive(Debug)]
pub enum Outcome {
    /// No effect, and it may be made again.
    NotSent(Error),
    /// It is live.
    Sent(PublishedRef),
    /// The platform refused it.
    Rejected(Error),
    /// Nobody knows yet.
    MaybeSent(Error),
}

impl Outcome {
    /// What a failed request was, by what its error is certain of. One that is certain of nothing may have been sent.
    #[must_use]
    pub fn of(error: Error) -> Self {
        match error.certainty() {
            Some(Certainty::NotSent) => Self::NotSent(error),
            Some(Certainty::Rejected) => Self::Rejected(error),
            Some(Certainty::MaybeSent | Certainty::Sent) | None => Self::MaybeSent(error),
        }
    }
}

/// What to look for.
#[derive(Clone, Debug)]
pub struct FindQuery {
    /// The account that it was sent from.
    pub account: Account,
    /// The attempt.
    pub attempt: AttemptId,
    /// What it can be recognised by.
    pub evidence: Evidence,
    /// The attempt began then: nothing before it can be ours. A little earlier is allowed for clocks that differ.
    pub since: Timestamp,
    /// The attempt's effect can't be made after this.
    pub until: Timestamp,
    /// Ids that other deliveries own: never ours.
    pub taken: Vec<RemoteId>,
}

/// How sure it is that something is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Absence {
    /// Another attempt can't make a second post: the platform's own word that this one was not made and never will be, or
    /// a key under which it makes one post at most.
    Proof,
    /// It was looked for and not seen.
    Observed,
}

/// What the platform says of an attempt whose outcome is unknown.
#[derive(Debug)]
pub enum Finding {
    /// It is live.
    Found(PublishedRef),
    /// It is not there.
    Absent(Absence),
    /// Several posts could be it.
    Ambiguous(Vec<RemoteId>),
    /// The platform could not be read.
    Unreadable(Error),
}

/// The account's own view of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Profile {
    /// The platform's id of it.
    pub remote_id: RemoteId,
    /// Its name, without `@`.
    pub handle: String,
    /// Its name for people.
    pub display_name: String,
    /// Followers and so on. Missing is not zero.
    #[serde(default)]
    pub metrics: Metrics,
}

/// A post as the platform shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RemotePost {
    /// The platform's id of it.
    pub id: RemoteId,
    /// The text for people: links as they were written, entities unescaped.
    pub text: String,
    /// When it was published.
    pub created_at: Option<Timestamp>,
    /// Where it can be seen.
    pub url: Option<String>,
    /// The post that it answers.
    pub reply_to: Option<RemoteId>,
    /// The platform's handles of its media.
    pub media: Vec<String>,
    /// Its numbers. Missing is not zero.
    pub metrics: Metrics,
}

/// Which posts of an account's own timeline.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TimelineQuery {
    /// Not before this.
    pub since: Option<Timestamp>,
    /// Not after this.
    pub until: Option<Timestamp>,
    /// At most so many on a page; the platform may give fewer.
    pub limit: Option<u32>,
    /// Goes on where an earlier page ended.
    pub cursor: Option<String>,
}

/// A page of something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "{T}Page"))]
pub struct Page<T> {
    /// The items, in the platform's order.
    pub items: Vec<T>,
    /// Gives the next page; `None` at the end.
    pub next: Option<String>,
}

/// The platforms at hand, by name and app: a program may speak to one platform through several apps, or to several
/// servers of it.
#[derive(Clone, Default)]
pub struct Platforms(BTreeMap<(PlatformId, String), Arc<dyn Platform>>);

impl Platforms {
    /// Adds a platform. One of the same name and app is replaced.
    pub fn add(&mut self, platform: Arc<dyn Platform>) {
        self.0.insert((platform.id(), platform.app().to_owned()), platform);
    }

    /// A platform by name and app.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) if it was not set up.
    pub fn get(&self, id: PlatformId, app: &str) -> Result<&Arc<dyn Platform>> {
        self.0.get(&(id, app.to_owned())).ok_or_else(|| Self::absent(id))
    }

    /// Whether a platform was set up, with whichever app.
    #[must_use]
    pub fn has(&self, id: PlatformId) -> bool {
        self.0.keys().any(|(known, _)| *known == id)
    }

    /// The error of a platform that was not set up.
    #[must_use]
    pub fn absent(id: PlatformId) -> Error {
        Error::new(
            ErrorKind::Configuration,
            "platform.absent",
            format!("the platform {id} is not set up here"),
        )
        .hint("add it when xmp is built, with its credentials")
    }

    /// The platform that an account lives on.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) if it was not set up, or with another app than the one that
    /// the account was connected through.
    pub fn of(&self, account: &Account) -> Result<&Arc<dyn Platform>> {
        if let Ok(platform) = self.get(account.platform, &account.app) {
            return Ok(platform);
        }
        let apps: Vec<_> =
            self.0.keys().filter(|(id, _)| *id == account.platform).map(|(_, app)| app).collect();
        if apps.is_empty() {
            return Err(Self::absent(account.platform));
        }
        Err(Error::new(
            ErrorKind::Configuration,
            "account.app",
            format!(
                "{} was connected through the app {:?}, and {} is set up with {apps:?}",
                account.id, account.app, account.platform,
            ),
        )
        .hint("set xmp up with that app, or connect the account again through this one"))
    }

    /// Their names.
    #[must_use]
    pub fn ids(&self) -> Vec<PlatformId> {
        let mut ids: Vec<_> = self.0.keys().map(|(id, _)| *id).collect();
        ids.dedup();
        ids
    }

    /// All of them, by name and app.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Platform>> {
        self.0.values()
    }
}

impl fmt::Debug for Platforms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// One social platform. Object-safe; one instance serves all accounts.
#[async_trait]
pub trait Platform: Send + Sync {
    /// Its name.
    fn id(&self) -> PlatformId;

    /// The app (OAuth client id, or server) that its accounts were connected through: tokens of another one are of no use
    /// here.
    fn app(&self) -> &str;

    /// What it can do, as far as that is the same for all accounts.
    fn capability(&self) -> &Arc<Capability>;

    /// What it can do for an account, where that depends on the account's server. It may ask the server, and gives what is
    /// known otherwise if that can't be reached.
    async fn capability_for(&self, ctx: &Context, account: &Account) -> Arc<Capability> {
        let _ = (ctx, account);
        self.capability().clone()
    }

    /// Everything that is wrong with the parts of a post for an account of this capability, at once. Makes no request.
    fn check(&self, capability: &Capability, parts: &[PartContent]) -> Vec<Problem>;

    /// Does all that is invisible and repeatable: uploads media, creates containers, chooses keys.
    ///
    /// # Errors
    /// Whatever kept it from getting ready; [`Error::retry`] says whether another try may work.
    async fn prepare(&self, ctx: &Context, work: &Work, checkpoints: &dyn Checkpoints) -> Result<Prepared>;

    /// Sends **one** visible request, once, waiting for nothing. The last byte does not leave after `deadline`.
    async fn commit(&self, ctx: &Context, work: &Work, prepared: &Prepared, deadline: Deadline) -> Outcome;

    /// Finds out what became of an attempt.
    async fn find_published(&self, ctx: &Context, query: &FindQuery) -> Finding;

    /// Takes a post back. Repeatable: a post that is gone already is not an error.
    ///
    /// # Errors
    /// [`Unsupported`](crate::ErrorKind::Unsupported), or whatever kept it from being deleted.
    async fn delete(&self, ctx: &Context, account: &Account, post: &RemoteId) -> Result<()>;

    /// One post.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), or whatever kept it from being read.
    async fn get(&self, ctx: &Context, account: &Account, post: &RemoteId) -> Result<RemotePost>;

    /// The numbers of posts, in the order asked; `None` where the platform told nothing of one.
    ///
    /// # Errors
    /// Whatever kept them all from being read.
    async fn metrics(
        &self,
        ctx: &Context,
        account: &Account,
        posts: &[RemoteId],
    ) -> Result<Vec<Option<Metrics>>>;

    /// The account's own view of itself.
    ///
    /// # Errors
    /// Whatever kept it from being read.
    async fn profile(&self, ctx: &Context, account: &Account) -> Result<Profile>;

    /// Who fresh tokens belong to: asked once, while an account is being connected.
    ///
    /// # Errors
    /// Whatever kept it from being read.
    async fn identify(&self, ctx: &Context, tokens: &TokenSet) -> Result<Profile>;

    /// The account's own posts, newest first.
    ///
    /// # Errors
    /// Whatever kept them from being read.
    async fn timeline(
        &self,
        ctx: &Context,
        account: &Account,
        query: &TimelineQuery,
    ) -> Result<Page<RemotePost>>;
}
