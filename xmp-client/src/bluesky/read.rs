//! Reading posts, numbers and profiles back, and finding what an attempt made.

use jiff::Timestamp;
use serde_json::{Value, json};
use xmp_core::{
    Absence, Account, Context, Error, ErrorKind, FindQuery, Finding, Metrics, Page, Profile, RemoteId,
    RemotePost, RequestPriority, Result, TimelineQuery, TokenSet,
};

use super::at_uri::AtUri;
use super::check::post_uri;
use super::publish::{post_url, published};
use super::record::{COLLECTION, blobs};
use super::wire::{OF_POST, OF_PROFILE, Posts, Record, Records, Session, metrics};
use super::{Bluesky, errors, operations};
use crate::pipeline::Call;

/// Posts in one lookup at most (lexicon `app.bsky.feed.getPosts`).
const LOOKUP: usize = 25;
/// Records on one page at most (lexicon `com.atproto.repo.listRecords`).
const PAGE: u32 = 100;

impl Bluesky {
    /// Asks for the key that the attempt was made under. A server shows its own records as soon as they are written, and
    /// under one key there is one: that it is not there proves that another attempt makes no second one.
    pub(super) async fn look(&self, ctx: &Context, query: &FindQuery) -> Finding {
        let Some(uri) = query.evidence.key.as_deref().and_then(AtUri::parse) else {
            let message = "the attempt has no record key that could be asked for";
            return Finding::Unreadable(Error::new(ErrorKind::Internal, "evidence.key", message));
        };
        let call = record_call(&query.account, &uri).priority(RequestPriority::Reconcile);
        match self.pipeline.json::<Record>(ctx, call).await {
            Ok(record) if record.value["text"] == query.evidence.text.as_str() => {
                Finding::Found(published(&uri.to_string(), created_at(&record.value)))
            }
            // Somebody wrote something else under our key since.
            Ok(_) => Finding::Ambiguous(vec![RemoteId::new(uri.to_string())]),
            Err(error) if error.code() == errors::RECORD_NOT_FOUND => Finding::Absent(Absence::Proof),
            Err(error) => Finding::Unreadable(error),
        }
    }

    pub(super) async fn read_record(&self, ctx: &Context, account: &Account, uri: &AtUri) -> Result<Record> {
        self.pipeline.json(ctx, record_call(account, uri)).await
    }

    pub(super) async fn remove(&self, ctx: &Context, account: &Account, post: &RemoteId) -> Result<()> {
        let uri = self.address(post)?;
        let body = json!({ "repo": account.remote_id, "collection": COLLECTION, "rkey": uri.rkey });
        if uri.did != account.remote_id.as_str() {
            let message = format!("{post} is a post of another account than {}", account.handle);
            return Err(Error::new(ErrorKind::Authorization, "post.foreign", message));
        }
        let call = Call::new(&operations::POSTS_DELETE).account(account).json(&body)?;
        self.pipeline.call(ctx, call).await.map(drop)
    }

    pub(super) async fn read_timeline(
        &self,
        ctx: &Context,
        account: &Account,
        query: &TimelineQuery,
    ) -> Result<Page<RemotePost>> {
        let limit = query.limit.unwrap_or(PAGE).clamp(1, PAGE);
        let mut call = Call::new(&operations::RECORDS_LIST)
            .account(account)
            .query("repo", account.remote_id.as_str())
            .query("collection", COLLECTION)
            .query("limit", limit.to_string());
        if let Some(cursor) = &query.cursor {
            call = call.query("cursor", cursor);
        }
        let page: Records = self.pipeline.json(ctx, call).await?;
        let posts: Vec<_> = page.records.into_iter().map(remote_post).collect();
        // Newest key first; keys are made of the time, as a rule.
        let past = query.since.is_some_and(|since| {
            posts.last().and_then(|post| post.created_at).is_some_and(|oldest| oldest < since)
        });
        let within = |post: &RemotePost| {
            let at = post.created_at;
            query.since.is_none_or(|since| at.is_none_or(|at| at >= since))
                && query.until.is_none_or(|until| at.is_none_or(|at| at <= until))
        };
        let next = page.cursor.filter(|_| !past && !posts.is_empty());
        Ok(Page { items: posts.into_iter().filter(within).collect(), next })
    }

    /// The post as its author's server has it, with its numbers where there is somebody who counts.
    pub(super) async fn read_post(
        &self,
        ctx: &Context,
        account: &Account,
        post: &RemoteId,
    ) -> Result<RemotePost> {
        let record = self.read_record(ctx, account, &self.address(post)?).await?;
        let counted = match self.read_metrics(ctx, account, std::slice::from_ref(post)).await {
            Ok(mut counted) => counted.pop().flatten(),
            Err(error) if error.kind() == ErrorKind::Unsupported => None,
            Err(error) => return Err(error),
        };
        Ok(RemotePost { metrics: counted.unwrap_or_default(), ..remote_post(record) })
    }

    pub(super) async fn read_metrics(
        &self,
        ctx: &Context,
        account: &Account,
        ids: &[RemoteId],
    ) -> Result<Vec<Option<Metrics>>> {
        let mut all = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(LOOKUP) {
            let call = Call::new(&operations::POSTS_LOOKUP).account(account);
            let call = chunk.iter().fold(call, |call, id| call.query("uris", id.as_str()));
            let Posts { posts } = self.pipeline.json(ctx, call).await?;
            all.extend(chunk.iter().map(|id| {
                let post = posts.iter().find(|post| post["uri"] == id.as_str())?;
                Some(metrics(post, OF_POST)).filter(|told| !told.is_empty())
            }));
        }
        Ok(all)
    }

    pub(super) async fn read_profile(&self, ctx: &Context, account: &Account) -> Result<Profile> {
        let call =
            Call::new(&operations::PROFILE_GET).account(account).query("actor", account.remote_id.as_str());
        match self.pipeline.json::<Value>(ctx, call).await {
            Ok(view) => Ok(Profile {
                remote_id: account.remote_id.clone(),
                handle: view["handle"].as_str().unwrap_or(&account.handle).to_owned(),
                display_name: view["displayName"].as_str().unwrap_or_default().to_owned(),
                metrics: metrics(&view, OF_PROFILE),
            }),
            // A server that is connected to nobody who shows profiles knows the account itself.
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                self.session_of(ctx, Call::new(&operations::SESSION_GET).account(account)).await
            }
            Err(error) => Err(error),
        }
    }

    pub(super) async fn read_identity(&self, ctx: &Context, tokens: &TokenSet) -> Result<Profile> {
        self.session_of(ctx, Call::new(&operations::SESSION_GET).tokens(tokens)).await
    }

    async fn session_of(&self, ctx: &Context, call: Call) -> Result<Profile> {
        let session: Session = self.pipeline.json(ctx, call).await?;
        Ok(Profile {
            remote_id: RemoteId::new(session.did),
            handle: session.handle,
            display_name: String::new(),
            metrics: Metrics::default(),
        })
    }

    fn address(&self, post: &RemoteId) -> Result<AtUri> {
        post_uri(post).ok_or_else(|| {
            let message = format!("{post:?} is not the address of a post");
            Error::new(ErrorKind::Validation, "post.id", message)
                .hint(format!("give it as at://did:plc:…/{COLLECTION}/…"))
        })
    }
}

fn record_call(account: &Account, uri: &AtUri) -> Call {
    Call::new(&operations::RECORD_GET)
        .account(account)
        .query("repo", &uri.did)
        .query("collection", &uri.collection)
        .query("rkey", &uri.rkey)
}

fn created_at(record: &Value) -> Option<Timestamp> {
    record["createdAt"].as_str()?.parse().ok()
}

fn remote_post(record: Record) -> RemotePost {
    let Record { uri, value, .. } = record;
    RemotePost {
        text: value["text"].as_str().unwrap_or_default().to_owned(),
        created_at: created_at(&value),
        url: post_url(&uri),
        reply_to: value["reply"]["parent"]["uri"].as_str().map(RemoteId::new),
        media: blobs(&value["embed"]).into_iter().map(str::to_owned).collect(),
        metrics: Metrics::default(),
        id: RemoteId::new(uri),
    }
}
