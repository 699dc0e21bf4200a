//! What Mastodon holds, and the changes that lead there.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::limits::{Buckets, Drawn};

/// One thing that happened on Mastodon.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    AppRegistered(App),
    AccountCreated(Account),
    CodeIssued(Code),
    TokenIssued(Token),
    TokenRevoked { token: String },
    MediaUploaded(Media),
    MediaDescribed { media: u64, description: Option<String>, focus: Option<Focus> },
    StatusCreated(Status),
    StatusEdited { status: u64, version: Version },
    StatusDeleted { status: u64, at: Timestamp },
    Drawn(Drawn),
}

/// A registered app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct App {
    pub(crate) client_id: String,
    /// `None`: a public client.
    pub(crate) secret: Option<String>,
    pub(crate) name: String,
    pub(crate) website: Option<String>,
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) scopes: BTreeSet<String>,
}

/// A user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) id: u64,
    pub(crate) handle: String,
    pub(crate) created_at: Timestamp,
}

/// An authorization code and what it stands for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Code {
    pub(crate) code: String,
    pub(crate) client: String,
    pub(crate) account: u64,
    pub(crate) redirect_uri: String,
    pub(crate) scopes: BTreeSet<String>,
    pub(crate) challenge: Option<String>,
    pub(crate) expires_at: Timestamp,
    #[serde(default)]
    pub(crate) spent: bool,
}

/// An access token. It lives until it is revoked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Token {
    pub(crate) token: String,
    pub(crate) client: String,
    pub(crate) account: u64,
    pub(crate) scopes: BTreeSet<String>,
    /// The code that was spent on it.
    pub(crate) spent_code: Option<String>,
    #[serde(default)]
    pub(crate) revoked: bool,
}

/// Uploaded media. The bytes are stored under its blob name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Media {
    pub(crate) id: u64,
    pub(crate) account: u64,
    pub(crate) blob: String,
    pub(crate) media_type: String,
    pub(crate) width: Option<u32>,
    pub(crate) height: Option<u32>,
    pub(crate) description: Option<String>,
    pub(crate) focus: Option<Focus>,
    /// When its processing ends.
    pub(crate) ready_at: Timestamp,
}

/// The point that no cropping may lose: -1 to 1 from left to right and from bottom to top.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Focus {
    pub(crate) x: f64,
    pub(crate) y: f64,
}

impl Media {
    /// Says of it what is given, and leaves the rest.
    pub(super) fn describe(&mut self, description: Option<String>, focus: Option<Focus>) {
        self.description = description.or(self.description.take());
        self.focus = focus.or(self.focus);
    }
}

/// One wording of a status.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Version {
    pub(crate) text: String,
    pub(crate) at: Timestamp,
}

/// What is asked along with a status.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Poll {
    pub(crate) options: Vec<String>,
    pub(crate) expires_at: Timestamp,
    pub(crate) multiple: bool,
}

/// A post.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Status {
    pub(crate) id: u64,
    pub(crate) account: u64,
    /// The app that sent it; `None`: written by its author elsewhere.
    pub(crate) client: Option<String>,
    /// Never empty; the newest last.
    pub(crate) versions: Vec<Version>,
    pub(crate) in_reply_to: Option<u64>,
    pub(crate) quote_of: Option<u64>,
    pub(crate) media: Vec<u64>,
    pub(crate) visibility: String,
    pub(crate) sensitive: bool,
    pub(crate) spoiler_text: String,
    pub(crate) language: Option<String>,
    pub(crate) poll: Option<Poll>,
    pub(crate) idempotency_key: Option<String>,
    #[serde(default)]
    pub(crate) deleted_at: Option<Timestamp>,
}

impl Status {
    pub(super) fn published_at(&self) -> Timestamp {
        self.versions.first().map_or(Timestamp::UNIX_EPOCH, |version| version.at)
    }

    /// What it says now.
    pub(super) fn text(&self) -> &str {
        self.versions.last().map_or("", |version| version.text.as_str())
    }
}

/// Everything on Mastodon.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(super) apps: BTreeMap<String, App>,
    pub(super) accounts: BTreeMap<u64, Account>,
    pub(super) codes: HashMap<String, Code>,
    pub(super) tokens: HashMap<String, Token>,
    pub(super) media: BTreeMap<u64, Media>,
    pub(super) statuses: BTreeMap<u64, Status>,
    /// From an account's idempotency key to the status it made last.
    pub(super) keys: HashMap<(u64, String), u64>,
    pub(super) buckets: Buckets,
    last_id: u64,
}

impl State {
    pub(crate) fn apply(&mut self, change: Change) {
        match change {
            Change::AppRegistered(app) => {
                self.apps.insert(app.client_id.clone(), app);
            }
            Change::AccountCreated(account) => {
                self.accounts.insert(account.id, account);
            }
            Change::CodeIssued(code) => {
                self.codes.insert(code.code.clone(), code);
            }
            Change::TokenIssued(token) => {
                if let Some(code) = token.spent_code.as_ref().and_then(|code| self.codes.get_mut(code)) {
                    code.spent = true;
                }
                self.tokens.insert(token.token.clone(), token);
            }
            Change::TokenRevoked { token } => {
                if let Some(token) = self.tokens.get_mut(&token) {
                    token.revoked = true;
                }
            }
            Change::MediaUploaded(media) => {
                self.last_id = self.last_id.max(media.id);
                self.media.insert(media.id, media);
            }
            Change::MediaDescribed { media, description, focus } => {
                if let Some(media) = self.media.get_mut(&media) {
                    media.describe(description, focus);
                }
            }
            Change::StatusCreated(status) => {
                self.last_id = self.last_id.max(status.id);
                if let Some(key) = status.idempotency_key.clone() {
                    self.keys.insert((status.account, key), status.id);
                }
                self.statuses.insert(status.id, status);
            }
            Change::StatusEdited { status, version } => {
                if let Some(status) = self.statuses.get_mut(&status) {
                    status.versions.push(version);
                }
            }
            Change::StatusDeleted { status, at } => {
                if let Some(status) = self.statuses.get_mut(&status) {
                    status.deleted_at = Some(at);
                }
            }
            Change::Drawn(drawn) => self.buckets.apply(drawn),
        }
    }

    /// An id for something that happens now: milliseconds above 16 bits (Mastodon, `Mastodon::Snowflake`), greater than
    /// all before it even if the clock was set back.
    pub(super) fn next_id(&self, now: Timestamp) -> u64 {
        let milliseconds = u64::try_from(now.as_millisecond()).unwrap_or(0);
        (milliseconds << 16).max(self.last_id + 1)
    }

    pub(super) fn account_by_handle(&self, handle: &str) -> Option<&Account> {
        self.accounts.values().find(|account| account.handle.eq_ignore_ascii_case(handle))
    }

    /// A status that exists.
    pub(super) fn living(&self, id: u64) -> Option<&Status> {
        self.statuses.get(&id).filter(|status| status.deleted_at.is_none())
    }

    pub(super) fn statuses_of(&self, account: u64) -> impl DoubleEndedIterator<Item = &Status> {
        self.statuses.values().filter(move |status| status.account == account && status.deleted_at.is_none())
    }

    /// Media that no status carries: only that can be looked at, described and attached.
    pub(super) fn loose_media(&self, account: u64, id: u64) -> Option<&Media> {
        let carried = || self.statuses_of(account).any(|status| status.media.contains(&id));
        self.media.get(&id).filter(|media| media.account == account && !carried())
    }
}
