//! What X holds, and the changes that lead there.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::limits::{Buckets, Drawn};
use crate::platform::Client;

/// One thing that happened on X.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    ClientRegistered(Client),
    AccountCreated(Account),
    CodeIssued(Code),
    TokensIssued(TokensIssued),
    GrantRevoked { grant: String },
    AccessRevoked { token: String },
    PostCreated(Post),
    PostEdited { post: u64, version: Version },
    PostDeleted { post: u64, at: Timestamp },
    UploadStarted(Upload),
    ChunkStored { upload: u64, index: u16, chunk: Chunk },
    UploadFinished { upload: u64, finished: Finished },
    UploadDescribed { upload: u64, alt_text: String },
    Drawn(Drawn),
}

/// A user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) handle: String,
    pub(crate) created_at: Timestamp,
}

/// An authorization code and what it stands for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Code {
    pub(crate) code: String,
    pub(crate) client: String,
    pub(crate) account: String,
    pub(crate) redirect_uri: String,
    pub(crate) scopes: BTreeSet<String>,
    pub(crate) challenge: String,
    pub(crate) expires_at: Timestamp,
    /// The grant that it was exchanged for.
    #[serde(default)]
    pub(crate) spent_on: Option<String>,
}

/// What a user granted to a client: the family of tokens that descend from one code.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Grant {
    pub(crate) id: String,
    pub(crate) client: String,
    pub(crate) account: String,
    pub(crate) scopes: BTreeSet<String>,
    #[serde(default)]
    pub(crate) revoked: bool,
}

/// A pair of tokens, and the code or refresh token that was spent on it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TokensIssued {
    pub(crate) grant: Grant,
    pub(crate) access: String,
    pub(crate) expires_at: Timestamp,
    pub(crate) refresh: Option<String>,
    pub(crate) spent_code: Option<String>,
    pub(crate) spent_refresh: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Access {
    pub(super) grant: String,
    pub(super) expires_at: Timestamp,
    pub(super) revoked: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Refresh {
    pub(super) grant: String,
    pub(super) spent: bool,
}

/// One wording of a post. Each has its own id.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Version {
    pub(crate) id: u64,
    pub(crate) text: String,
    pub(crate) at: Timestamp,
}

/// A post. Its first version gives it its id.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Post {
    pub(crate) account: String,
    /// The app that sent it; `None`: written by its author elsewhere.
    pub(crate) client: Option<String>,
    /// Never empty; the newest last.
    pub(crate) versions: Vec<Version>,
    pub(crate) reply_to: Option<u64>,
    pub(crate) quote_of: Option<u64>,
    pub(crate) media: Vec<u64>,
    #[serde(default)]
    pub(crate) deleted_at: Option<Timestamp>,
    /// The id of the first version.
    pub(crate) id: u64,
}

impl Post {
    pub(super) fn latest_id(&self) -> u64 {
        self.versions.last().map_or(self.id, |version| version.id)
    }

    pub(super) fn published_at(&self) -> Timestamp {
        self.versions.first().map_or(Timestamp::UNIX_EPOCH, |version| version.at)
    }
}

/// Media from the first request of its upload on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Upload {
    pub(crate) id: u64,
    pub(crate) account: String,
    pub(crate) category: String,
    pub(crate) media_type: Option<String>,
    pub(crate) total_bytes: Option<u64>,
    pub(crate) expires_at: Timestamp,
    #[serde(default)]
    pub(crate) chunks: BTreeMap<u16, Chunk>,
    #[serde(default)]
    pub(crate) finished: Option<Finished>,
    #[serde(default)]
    pub(crate) alt_text: Option<String>,
}

/// One stored segment of an upload.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Chunk {
    pub(crate) blob: String,
    pub(crate) size: u64,
}

/// What an upload turned out to be.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Finished {
    pub(crate) at: Timestamp,
    pub(crate) size: u64,
    pub(crate) media_type: String,
    pub(crate) width: Option<u32>,
    pub(crate) height: Option<u32>,
}

/// Everything on X.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(super) clients: BTreeMap<String, Client>,
    pub(super) accounts: BTreeMap<String, Account>,
    pub(super) codes: HashMap<String, Code>,
    pub(super) grants: HashMap<String, Grant>,
    pub(super) access: HashMap<String, Access>,
    pub(super) refresh: HashMap<String, Refresh>,
    pub(super) posts: BTreeMap<u64, Post>,
    /// From the id of any version to the id of its post.
    pub(super) versions: HashMap<u64, u64>,
    pub(super) uploads: BTreeMap<u64, Upload>,
    pub(super) buckets: Buckets,
    pub(super) last_id: u64,
}

impl State {
    pub(crate) fn apply(&mut self, change: Change) {
        match change {
            Change::ClientRegistered(client) => {
                self.clients.insert(client.id.clone(), client);
            }
            Change::AccountCreated(account) => {
                self.accounts.insert(account.id.clone(), account);
            }
            Change::CodeIssued(code) => {
                self.codes.insert(code.code.clone(), code);
            }
            Change::TokensIssued(issued) => self.issue(issued),
            Change::GrantRevoked { grant } => {
                if let Some(grant) = self.grants.get_mut(&grant) {
                    grant.revoked = true;
                }
            }
            Change::AccessRevoked { token } => {
                if let Some(access) = self.access.get_mut(&token) {
                    access.revoked = true;
                }
            }
            Change::PostCreated(post) => {
                self.versions.insert(post.id, post.id);
                self.last_id = self.last_id.max(post.id);
                self.posts.insert(post.id, post);
            }
            Change::PostEdited { post, version } => {
                self.versions.insert(version.id, post);
                self.last_id = self.last_id.max(version.id);
                if let Some(post) = self.posts.get_mut(&post) {
                    post.versions.push(version);
                }
            }
            Change::PostDeleted { post, at } => {
                if let Some(post) = self.posts.get_mut(&post) {
                    post.deleted_at = Some(at);
                }
            }
            Change::UploadStarted(upload) => {
                self.last_id = self.last_id.max(upload.id);
                self.uploads.insert(upload.id, upload);
            }
            Change::ChunkStored { upload, index, chunk } => {
                if let Some(upload) = self.uploads.get_mut(&upload) {
                    upload.chunks.insert(index, chunk);
                }
            }
            Change::UploadFinished { upload, finished } => {
                if let Some(upload) = self.uploads.get_mut(&upload) {
                    upload.finished = Some(finished);
                }
            }
            Change::UploadDescribed { upload, alt_text } => {
                if let Some(upload) = self.uploads.get_mut(&upload) {
                    upload.alt_text = Some(alt_text);
                }
            }
            Change::Drawn(drawn) => self.buckets.apply(drawn),
        }
    }

    fn issue(&mut self, issued: TokensIssued) {
        let TokensIssued { grant, access, expires_at, refresh, spent_code, spent_refresh } = issued;
        if let Some(code) = spent_code.and_then(|code| self.codes.get_mut(&code)) {
            code.spent_on = Some(grant.id.clone());
        }
        if let Some(old) = spent_refresh.and_then(|token| self.refresh.get_mut(&token)) {
            old.spent = true;
        }
        self.access.insert(access, Access { grant: grant.id.clone(), expires_at, revoked: false });
        if let Some(token) = refresh {
            self.refresh.insert(token, Refresh { grant: grant.id.clone(), spent: false });
        }
        self.grants.insert(grant.id.clone(), grant);
    }

    pub(super) fn account_by_handle(&self, handle: &str) -> Option<&Account> {
        self.accounts.values().find(|account| account.handle.eq_ignore_ascii_case(handle))
    }

    /// The media type of an upload that is complete.
    pub(super) fn media_type(&self, upload: u64) -> Option<&str> {
        self.uploads.get(&upload)?.finished.as_ref().map(|finished| finished.media_type.as_str())
    }

    pub(super) fn handle_of(&self, account_id: &str) -> Option<&str> {
        self.accounts.get(account_id).map(|account| account.handle.as_str())
    }

    /// The post that has a version with this id, deleted or not.
    pub(super) fn post(&self, any_version: u64) -> Option<&Post> {
        self.posts.get(self.versions.get(&any_version)?)
    }

    /// The post that has a version with this id, unless it was deleted.
    pub(super) fn living_post(&self, any_version: u64) -> Option<&Post> {
        self.post(any_version).filter(|post| post.deleted_at.is_none())
    }

    pub(super) fn posts_of<'a>(&'a self, account: &'a str) -> impl DoubleEndedIterator<Item = &'a Post> {
        self.posts.values().filter(move |post| post.account == account && post.deleted_at.is_none())
    }
}
