//! What Bluesky holds, and the changes that lead there.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::limits::{Buckets, Drawn};

/// One thing that happened on Bluesky.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    AccountCreated(Account),
    PasswordSet { did: String, password: String },
    SessionIssued(SessionIssued),
    SessionRevoked { refresh: String },
    BlobStored(StoredBlob),
    RecordWritten(RecordWritten),
    RecordDeleted { key: Key, at: Timestamp, rev: u64 },
    Drawn(Drawn),
}

/// A user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) did: String,
    pub(crate) handle: String,
    /// The app password that programs log in with.
    pub(crate) password: String,
    pub(crate) created_at: Timestamp,
}

/// A pair of tokens, from a login or from a refresh.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SessionIssued {
    pub(crate) did: String,
    pub(crate) access: String,
    pub(crate) access_expires_at: Timestamp,
    pub(crate) refresh: String,
    /// The refresh token's `jti`. Several tokens may carry the same.
    pub(crate) refresh_id: String,
    pub(crate) refresh_expires_at: Timestamp,
    /// The `jti` of the refresh token that was used, and until when it may be used again.
    pub(crate) replaces: Option<(String, Timestamp)>,
}

#[derive(Clone, Debug)]
pub(super) struct Access {
    pub(super) did: String,
    pub(super) expires_at: Timestamp,
}

/// What stands behind all refresh tokens with one `jti`.
#[derive(Clone, Debug)]
pub(super) struct Refresh {
    pub(super) did: String,
    pub(super) expires_at: Timestamp,
    /// The `jti` that it was exchanged for.
    pub(super) next: Option<String>,
    /// Until when it may be exchanged again.
    pub(super) grace_until: Option<Timestamp>,
    pub(super) revoked: bool,
}

/// The bytes of a blob are stored under its CID.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StoredBlob {
    pub(crate) did: String,
    pub(crate) cid: String,
    pub(crate) media_type: String,
    pub(crate) size: u64,
}

/// Where a record lives.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Key {
    pub(crate) did: String,
    pub(crate) collection: String,
    pub(crate) rkey: String,
}

impl Key {
    pub(super) fn uri(&self) -> String {
        format!("at://{}/{}/{}", self.did, self.collection, self.rkey)
    }

    /// The key behind `at://DID/COLLECTION/RKEY`.
    pub(super) fn parse(uri: &str) -> Option<Self> {
        let mut parts = uri.strip_prefix("at://")?.split('/').map(ToOwned::to_owned);
        let key = Self { did: parts.next()?, collection: parts.next()?, rkey: parts.next()? };
        parts.next().is_none().then_some(key)
    }
}

/// A record came to be, or was replaced.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RecordWritten {
    pub(crate) key: Key,
    pub(crate) version: Version,
    /// The number of the commit's revision.
    pub(crate) rev: u64,
    /// Whether a program wrote it; else its author did elsewhere.
    pub(crate) by_program: bool,
}

/// What a record says at a time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Version {
    pub(crate) cid: String,
    pub(crate) record: Value,
    pub(crate) at: Timestamp,
}

/// A record with its past.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) key: Key,
    /// Never empty; the newest last.
    pub(super) versions: Vec<Version>,
    pub(super) by_program: bool,
    pub(super) deleted_at: Option<Timestamp>,
}

impl Record {
    pub(super) fn published_at(&self) -> Timestamp {
        self.versions.first().map_or(Timestamp::UNIX_EPOCH, |version| version.at)
    }
}

/// Everything on Bluesky.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// By DID.
    pub(super) accounts: BTreeMap<String, Account>,
    pub(super) access: HashMap<String, Access>,
    /// From each refresh token to its `jti`.
    pub(super) refresh_ids: HashMap<String, String>,
    pub(super) refresh: HashMap<String, Refresh>,
    /// By DID and CID.
    pub(super) blobs: BTreeMap<(String, String), StoredBlob>,
    /// All records there ever were, in the order in which they came to be.
    pub(super) records: Vec<Record>,
    /// Those of them that exist.
    living: BTreeMap<Key, usize>,
    pub(super) buckets: Buckets,
    /// The last revision.
    pub(super) rev: u64,
}

impl State {
    pub(crate) fn apply(&mut self, change: Change) {
        match change {
            Change::AccountCreated(account) => {
                self.accounts.insert(account.did.clone(), account);
            }
            Change::PasswordSet { did, password } => {
                if let Some(account) = self.accounts.get_mut(&did) {
                    account.password = password;
                }
            }
            Change::SessionIssued(issued) => self.issue(issued),
            Change::SessionRevoked { refresh } => {
                if let Some(refresh) = self.refresh.get_mut(&refresh) {
                    refresh.revoked = true;
                }
            }
            Change::BlobStored(blob) => {
                self.blobs.insert((blob.did.clone(), blob.cid.clone()), blob);
            }
            Change::RecordWritten(written) => self.write(written),
            Change::RecordDeleted { key, at, rev } => {
                self.rev = rev;
                let gone = self.living.remove(&key);
                if let Some(record) = gone.and_then(|index| self.records.get_mut(index)) {
                    record.deleted_at = Some(at);
                }
            }
            Change::Drawn(drawn) => self.buckets.apply(drawn),
        }
    }

    fn issue(&mut self, issued: SessionIssued) {
        let SessionIssued { did, refresh_id, replaces, .. } = issued;
        if let Some((old, grace_until)) = replaces
            && let Some(old) = self.refresh.get_mut(&old)
        {
            old.next = Some(refresh_id.clone());
            old.grace_until = Some(grace_until);
        }
        let access = Access { did: did.clone(), expires_at: issued.access_expires_at };
        self.access.insert(issued.access, access);
        self.refresh_ids.insert(issued.refresh, refresh_id.clone());
        self.refresh.entry(refresh_id).or_insert(Refresh {
            did,
            expires_at: issued.refresh_expires_at,
            next: None,
            grace_until: None,
            revoked: false,
        });
    }

    fn write(&mut self, written: RecordWritten) {
        let RecordWritten { key, version, rev, by_program } = written;
        self.rev = rev;
        match self.living.get(&key).and_then(|index| self.records.get_mut(*index)) {
            Some(record) => record.versions.push(version),
            None => {
                self.living.insert(key.clone(), self.records.len());
                self.records.push(Record { key, versions: vec![version], by_program, deleted_at: None });
            }
        }
    }

    /// The account with this handle or DID.
    pub(super) fn account(&self, handle_or_did: &str) -> Option<&Account> {
        self.accounts.get(handle_or_did).or_else(|| {
            self.accounts.values().find(|account| account.handle.eq_ignore_ascii_case(handle_or_did))
        })
    }

    /// A record that exists, and what it says now.
    pub(super) fn record(&self, key: &Key) -> Option<(&Record, &Version)> {
        let record = self.records.get(*self.living.get(key)?)?;
        Some((record, record.versions.last()?))
    }

    /// The records of a collection that exist, by their keys.
    pub(super) fn collection<'a>(
        &'a self,
        did: &'a str,
        collection: &'a str,
    ) -> impl DoubleEndedIterator<Item = &'a Record> {
        let of = move |(key, index): (&Key, &usize)| {
            (key.did == did && key.collection == collection).then(|| self.records.get(*index)).flatten()
        };
        self.living.iter().filter_map(of)
    }
}
