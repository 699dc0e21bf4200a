//! Reading posts, numbers and profiles back, and finding what an attempt made.

use http::header::LINK;
use jiff::Timestamp;
use serde_json::Value;
use xmp_core::capability::Idempotency;
use xmp_core::{
    Absence, Account, Context, Error, ErrorKind, FindQuery, Finding, Metrics, Page, Profile, RemoteId,
    RemotePost, RequestPriority, Result, TimelineQuery, TokenSet,
};

use super::find::{Candidate, Match, Search};
use super::key::Key;
use super::publish::published;
use super::wire::{self, OF_ACCOUNT, OF_POST, Source, Status, metrics};
use super::{Mastodon, html, operations};
use crate::pipeline::Call;

/// Posts on one page at most (Mastodon documentation, "Get account's statuses").
const PAGE: u32 = 40;
/// Pages that a search for an attempt reads at most: more posts than Mastodon lets an account make in three hours.
const PAGES: usize = 10;

impl Mastodon {
    pub(super) async fn look(&self, ctx: &Context, query: &FindQuery) -> Finding {
        let search = Search::attempt(query, self.capability.settle);
        match self.search(ctx, &query.account, &search).await {
            Ok((Match::One(index), posts)) => Finding::Found(published(&posts[index])),
            Ok((Match::Several(indices), posts)) => {
                Finding::Ambiguous(indices.into_iter().map(|index| RemoteId::new(&posts[index].id)).collect())
            }
            Ok((Match::None, _)) => Finding::Absent(self.absence(ctx, query).await),
            Err(error) => Finding::Unreadable(error),
        }
    }

    /// How sure it is that another attempt makes no second post. It is proved as long as the server remembers the key of
    /// this one, and only because the look comes `settle` after its deadline: a request that is still running has not
    /// written its key down yet, and another one beside it would make a second post.
    async fn absence(&self, ctx: &Context, query: &FindQuery) -> Absence {
        let key = query.evidence.key.as_deref().and_then(|written| Key::read(written).ok());
        let is_good = key.is_some_and(|key| key.is_good(self.clock.now()));
        let allowed = self.allowed(ctx).await;
        let remembers = allowed.is_some_and(|can| can.idempotency == Idempotency::IdempotencyKey);
        if is_good && remembers { Absence::Proof } else { Absence::Observed }
    }

    /// Finds a post of ours among the account's own, which come with it.
    pub(super) async fn search(
        &self,
        ctx: &Context,
        account: &Account,
        search: &Search<'_>,
    ) -> Result<(Match, Vec<Status>)> {
        let posts = self.posts_since(ctx, account, search.start()).await?;
        let mut candidates: Vec<Candidate> = posts.iter().map(candidate).collect();
        let found = search.find(&candidates);
        if found != Match::None {
            return Ok((found, posts));
        }
        // What is shown may be more than the text with its links: some servers read Markdown. So they are asked what was
        // written, of those posts that it could be.
        for index in search.in_time(&candidates) {
            let call = Call::new(&operations::POSTS_SOURCE).account(account).path("id", &posts[index].id);
            match self.pipeline.json::<Source>(ctx, call).await {
                Ok(source) => candidates[index].text = source.text,
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Unsupported) => {}
                Err(error) => return Err(error),
            }
        }
        Ok((search.find(&candidates), posts))
    }

    /// The account's own posts of that moment and later. When they are more than ten pages, they count as unread: absence
    /// is only claimed after all of them were seen.
    async fn posts_since(&self, ctx: &Context, account: &Account, start: Timestamp) -> Result<Vec<Status>> {
        let (mut posts, mut cursor) = (Vec::new(), None);
        for _ in 0..PAGES {
            let call = posts_call(account, PAGE, cursor.as_deref()).priority(RequestPriority::Reconcile);
            let (page, next) = self.posts_page(ctx, call, PAGE).await?;
            let is_past = page.last().and_then(|post| post.created_at).is_some_and(|oldest| oldest < start);
            posts.extend(page);
            cursor = next;
            if is_past || cursor.is_none() {
                return Ok(posts);
            }
        }
        let message = format!("the account has more than {} posts since {start}", posts.len());
        let error = Error::new(ErrorKind::PlatformFault, "timeline.too_long", message);
        Err(self.placed(ctx, &operations::USERS_POSTS, error))
    }

    /// A page of the account's own posts, and what names the next one: the `Link` header, or else the last post of a page
    /// that is full.
    async fn posts_page(
        &self,
        ctx: &Context,
        call: Call,
        size: u32,
    ) -> Result<(Vec<Status>, Option<String>)> {
        let answer = self.pipeline.call(ctx, call).await?;
        let posts: Vec<Status> =
            answer.json().map_err(|error| self.placed(ctx, &operations::USERS_POSTS, error))?;
        let linked = answer.headers().get(LINK).and_then(|link| link.to_str().ok()).and_then(wire::next_page);
        let is_full = posts.len() >= size as usize;
        let last = posts.last().filter(|_| is_full).map(|post| post.id.clone());
        let next = linked.or(last).filter(|_| !posts.is_empty());
        // Servers that do not know `exclude_reblogs` show what others wrote.
        Ok((posts.into_iter().filter(|post| post.rest["reblog"].is_null()).collect(), next))
    }

    pub(super) async fn read_timeline(
        &self,
        ctx: &Context,
        account: &Account,
        query: &TimelineQuery,
    ) -> Result<Page<RemotePost>> {
        let size = query.limit.unwrap_or(PAGE).clamp(1, PAGE);
        let (posts, next) =
            self.posts_page(ctx, posts_call(account, size, query.cursor.as_deref()), size).await?;
        let oldest = posts.last().and_then(|post| post.created_at);
        let is_past = query.since.is_some_and(|since| oldest.is_some_and(|oldest| oldest < since));
        let is_within = |post: &Status| {
            query.since.is_none_or(|since| post.created_at.is_none_or(|at| at >= since))
                && query.until.is_none_or(|until| post.created_at.is_none_or(|at| at <= until))
        };
        let items = posts.iter().filter(|post| is_within(post)).map(remote_post).collect();
        Ok(Page { items, next: next.filter(|_| !is_past) })
    }

    pub(super) async fn read_post(
        &self,
        ctx: &Context,
        account: &Account,
        post: &RemoteId,
    ) -> Result<RemotePost> {
        let call = Call::new(&operations::POSTS_GET).account(account).path("id", post.as_str());
        self.pipeline.json::<Status>(ctx, call).await.map(|status| remote_post(&status))
    }

    /// The numbers of posts, each asked for by itself: a request for many is as young as Mastodon 4.3, and other servers
    /// have none.
    pub(super) async fn read_metrics(
        &self,
        ctx: &Context,
        account: &Account,
        ids: &[RemoteId],
    ) -> Result<Vec<Option<Metrics>>> {
        let mut all = Vec::with_capacity(ids.len());
        for id in ids {
            let call = Call::new(&operations::POSTS_GET).account(account).path("id", id.as_str());
            let told = match self.pipeline.json(ctx, call.priority(RequestPriority::Background)).await {
                Ok(status) => Some(metrics(&status, OF_POST)),
                Err(error) if error.kind() == ErrorKind::NotFound => None,
                Err(error) => return Err(error),
            };
            all.push(told.filter(|told| !told.is_empty()));
        }
        Ok(all)
    }

    pub(super) async fn read_profile(&self, ctx: &Context, account: &Account) -> Result<Profile> {
        self.profile_of(ctx, Call::new(&operations::USERS_ME).account(account)).await
    }

    pub(super) async fn read_identity(&self, ctx: &Context, tokens: &TokenSet) -> Result<Profile> {
        self.profile_of(ctx, Call::new(&operations::USERS_ME).tokens(tokens)).await
    }

    async fn profile_of(&self, ctx: &Context, call: Call) -> Result<Profile> {
        let told: Value = self.pipeline.json(ctx, call).await?;
        let text = |name: &str| told[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let (Some(id), Some(handle)) = (text("id"), text("username")) else {
            let message = "the server's answer has no account";
            let error = Error::new(ErrorKind::PlatformFault, "answer.empty", message);
            return Err(self.placed(ctx, &operations::USERS_ME, error));
        };
        Ok(Profile {
            remote_id: RemoteId::new(id),
            handle,
            display_name: text("display_name").unwrap_or_default(),
            metrics: metrics(&told, OF_ACCOUNT),
        })
    }

    /// A post that is gone is not an error.
    pub(super) async fn remove(&self, ctx: &Context, account: &Account, post: &RemoteId) -> Result<()> {
        let call = Call::new(&operations::POSTS_DELETE).account(account).path("id", post.as_str());
        match self.pipeline.call(ctx, call).await {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn posts_call(account: &Account, size: u32, cursor: Option<&str>) -> Call {
    let call = Call::new(&operations::USERS_POSTS)
        .account(account)
        .path("id", account.remote_id.as_str())
        .query("exclude_reblogs", "true")
        .query("limit", size.to_string());
    match cursor {
        Some(last) => call.query("max_id", last),
        None => call,
    }
}

fn media(status: &Status) -> Vec<String> {
    status.media_attachments.iter().map(|one| one.id.clone()).collect()
}

fn candidate(status: &Status) -> Candidate {
    Candidate {
        id: RemoteId::new(&status.id),
        text: html::text(&status.content),
        at: status.created_at,
        reply_to: status.in_reply_to_id.as_ref().map(RemoteId::new),
        media: media(status),
        edited: status.edited_at.as_deref().is_some_and(|at| !at.is_empty()),
    }
}

fn remote_post(status: &Status) -> RemotePost {
    RemotePost {
        id: RemoteId::new(&status.id),
        text: html::text(&status.content),
        created_at: status.created_at,
        url: status.url.clone(),
        reply_to: status.in_reply_to_id.as_ref().map(RemoteId::new),
        media: media(status).into_iter().filter(|id| !id.is_empty()).collect(),
        metrics: metrics(&status.rest, OF_POST),
    }
}
