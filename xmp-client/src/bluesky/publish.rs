//! Getting a post ready, and the one visible request.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use xmp_core::{
    Account, Checkpoint, Checkpoints, Context, Deadline, Error, ErrorKind, Evidence, Outcome, Prepared,
    PublishedRef, RemoteId, Result, Work,
};

use super::at_uri::AtUri;
use super::check::{check_record, post_uri};
use super::record::{COLLECTION, Reference, Resolved, blobs, record};
use super::richtext::{Facet, Feature, facets};
use super::syntax::is_did;
use super::tid::Tid;
use super::wire::{self, Record, Written};
use super::{Bluesky, errors, operations};
use crate::pipeline::Call;

/// How long a handle that nobody has is not asked for again.
const UNRESOLVED: Duration = Duration::from_secs(600);

/// What makes a post the same post, however often it is sent: chosen once, and kept.
#[derive(Serialize, Deserialize)]
struct Key {
    rkey: String,
    created_at: Timestamp,
}

impl Bluesky {
    pub(super) async fn ready(
        &self,
        ctx: &Context,
        work: &Work,
        checkpoints: &dyn Checkpoints,
    ) -> Result<Prepared> {
        let (account, part) = (&work.account, &work.content);
        self.pipeline.token(ctx, account).await?;
        let key = self.key(checkpoints).await?;
        let mut media = Vec::with_capacity(part.media.len());
        for item in &part.media {
            media.push(self.blob(ctx, account, item, checkpoints).await?);
        }
        let thumb = match part.link.as_ref().and_then(|link| link.thumb.as_ref()) {
            Some(thumb) => Some(self.blob(ctx, account, thumb, checkpoints).await?),
            None => None,
        };
        let found = facets(&part.text);
        let resolved = Resolved {
            created_at: key.created_at,
            reply: match &part.reply_to {
                Some(parent) => Some(self.conversation(ctx, account, parent).await?),
                None => None,
            },
            quote: match &part.quote {
                Some(post) => Some(self.record_of(ctx, account, post).await?.0),
                None => None,
            },
            accounts: self.mentioned(ctx, account, &found, checkpoints).await?,
            media,
            thumb,
        };
        let record = record(part, &found, &resolved);
        let uploaded: Vec<String> =
            resolved.media.iter().chain(&resolved.thumb).flat_map(blobs).map(str::to_owned).collect();
        check_record(&record, &uploaded)?;
        let did = account.remote_id.as_str();
        let uri = AtUri { did: did.to_owned(), collection: COLLECTION.to_owned(), rkey: key.rkey.clone() };
        // `swapRecord: null`: nothing else is overwritten. The same record again changes nothing and is no error
        // (`@atproto/pds`, `putRecord`).
        let request = json!({
            "repo": did, "collection": COLLECTION, "rkey": key.rkey, "record": record, "swapRecord": null,
        });
        let evidence = Evidence {
            text: part.text.clone(),
            media: uploaded,
            reply_to: part.reply_to.clone(),
            key: Some(uri.to_string()),
        };
        Ok(Prepared { request, evidence })
    }

    /// The part's key: what an earlier preparation chose, or a new one.
    async fn key(&self, checkpoints: &dyn Checkpoints) -> Result<Key> {
        const NAME: &str = "key";
        if let Some(kept) = checkpoints.get(NAME) {
            return serde_json::from_str(&kept).map_err(|error| {
                Error::new(
                    ErrorKind::Storage,
                    "key.unreadable",
                    format!("the part's key can't be read: {error}"),
                )
            });
        }
        let created_at = self.clock.now();
        let mut random = [0; 4];
        getrandom::fill(&mut random)
            .map_err(|error| Error::new(ErrorKind::Internal, "random", error.to_string()))?;
        let [low, high, clock_id @ ..] = random;
        // Many parts may begin within one millisecond, and one microsecond of a clock that is moved by hand.
        let within = i64::from(u16::from_le_bytes([low, high]) % 1000);
        let micros = created_at.as_millisecond() * 1000 + within;
        let tid = Tid::new(micros, u16::from_le_bytes(clock_id)).ok_or_else(|| {
            let message = format!("the clock says {created_at}, for which there are no record keys");
            Error::new(ErrorKind::Configuration, "clock.odd", message)
        })?;
        let key = Key { rkey: tid.to_string(), created_at };
        let value = json!(key).to_string();
        checkpoints.keep(Checkpoint { name: NAME.to_owned(), value, expires_at: None }).await?;
        Ok(key)
    }

    /// Whose the handles are that a text mentions, each asked for once. A handle that nobody has is left out.
    async fn mentioned(
        &self,
        ctx: &Context,
        account: &Account,
        facets: &[Facet],
        checkpoints: &dyn Checkpoints,
    ) -> Result<Vec<(String, String)>> {
        let mut known: Vec<(String, String)> = Vec::new();
        for facet in facets {
            let Feature::Mention(handle) = &facet.feature else { continue };
            if known.iter().any(|(one, _)| one == handle) {
                continue;
            }
            let name = format!("account:{handle}");
            let did = match checkpoints.get(&name) {
                Some(did) => did,
                None => {
                    let did = self.resolve(ctx, account, handle).await?.unwrap_or_default();
                    // Nobody has it now; somebody may have it when the post is tried again.
                    let later = self.clock.now().checked_add(UNRESOLVED).unwrap_or(Timestamp::MAX);
                    let expires_at = did.is_empty().then_some(later);
                    checkpoints.keep(Checkpoint { name, value: did.clone(), expires_at }).await?;
                    did
                }
            };
            if !did.is_empty() {
                known.push((handle.clone(), did));
            }
        }
        Ok(known)
    }

    async fn resolve(&self, ctx: &Context, account: &Account, handle: &str) -> Result<Option<String>> {
        let call = Call::new(&operations::HANDLE_RESOLVE).account(account).query("handle", handle);
        match self.pipeline.json::<wire::Resolved>(ctx, call).await {
            Ok(found) => Ok(Some(found.did).filter(|did| is_did(did))),
            Err(error) if error.code() == errors::HANDLE_UNKNOWN => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The first post of the conversation, and the one that is answered.
    async fn conversation(
        &self,
        ctx: &Context,
        account: &Account,
        parent: &RemoteId,
    ) -> Result<(Reference, Reference)> {
        let (parent, value) = self.record_of(ctx, account, parent).await?;
        let root = &value["reply"]["root"];
        let root = match (root["uri"].as_str(), root["cid"].as_str()) {
            (Some(uri), Some(cid)) => Reference { uri: uri.to_owned(), cid: cid.to_owned() },
            _ => parent.clone(),
        };
        Ok((root, parent))
    }

    /// The present version of a post, which a record may point at.
    async fn record_of(
        &self,
        ctx: &Context,
        account: &Account,
        post: &RemoteId,
    ) -> Result<(Reference, Value)> {
        let gone = |why: &str| {
            Error::new(
                ErrorKind::NotFound,
                "post.gone",
                format!("the post {post} can't be pointed at: {why}"),
            )
        };
        let uri = post_uri(post).ok_or_else(|| gone("it is no address of a post"))?;
        let Record { uri, cid, value } = self.read_record(ctx, account, &uri).await?;
        if cid.is_empty() {
            return Err(gone("the server does not say which version it has"));
        }
        Ok((Reference { uri, cid }, value))
    }

    pub(super) async fn send(
        &self,
        ctx: &Context,
        work: &Work,
        prepared: &Prepared,
        deadline: Deadline,
    ) -> Outcome {
        let call = match Call::new(&operations::POSTS_CREATE).account(&work.account).json(&prepared.request) {
            Ok(call) => call,
            Err(error) => return Outcome::NotSent(error),
        };
        match self.pipeline.visible::<Written>(ctx, call, deadline, self.capability.commit_timeout).await {
            Ok(Written { uri }) => Outcome::Sent(published(&uri, None)),
            Err(error) => Outcome::of(error),
        }
    }
}

/// A live post.
pub(super) fn published(uri: &str, at: Option<Timestamp>) -> PublishedRef {
    PublishedRef { remote_id: RemoteId::new(uri), url: post_url(uri), at }
}

/// Where a post can be seen.
pub(super) fn post_url(uri: &str) -> Option<String> {
    let uri = AtUri::parse(uri)?;
    Some(format!("https://bsky.app/profile/{}/post/{}", uri.did, uri.rkey))
}
