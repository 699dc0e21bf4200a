//! Reading posts, numbers and profiles back, and finding what an attempt made.

use jiff::Timestamp;
use xmp_core::{
    Absence, Account, Context, Error, ErrorKind, FindQuery, Finding, Metrics, Page, Profile, PublishedRef,
    RemoteId, RemotePost, RequestPriority, Result, Retry, TimelineQuery, TokenSet,
};

use super::find::{self, Candidate, Match};
use super::publish::post_url;
use super::wire::{Envelope, Post, Problem, User, metrics};
use super::{X, answer_without, errors, operations, text};
use crate::pipeline::Call;

/// Ids in one lookup at most (X specification, `ids` of `GET /2/tweets`).
const LOOKUP: usize = 100;
/// Posts on one page (X specification, `max_results` of `GET /2/users/{id}/tweets`).
const PAGE: std::ops::RangeInclusive<u32> = 5..=100;
/// Pages that a search for an attempt reads at most: more posts than X lets an account make in the time searched.
const PAGES: usize = 10;

impl X {
    /// Reads the account's own timeline around the attempt.
    ///
    /// When that is longer than ten pages, and nothing was found on them, it counts as unread: absence is
    /// only claimed after all of it was seen.
    pub(super) async fn look(&self, ctx: &Context, query: &FindQuery) -> Finding {
        let settle = self.capability.settle;
        let start = *find::span(query, settle).start();
        let end = find::end(query, settle, self.clock.now());
        let mut posts: Vec<Post> = Vec::new();
        let mut cursor = None;
        for _ in 0..PAGES {
            let call = self.timeline_call(&query.account, Some(start), end, *PAGE.end(), cursor.as_deref());
            match self.timeline_page(ctx, call.priority(RequestPriority::Reconcile)).await {
                Ok((page, next)) => {
                    posts.extend(page);
                    cursor = next;
                }
                Err(error) => return Finding::Unreadable(error),
            }
            if cursor.is_none() {
                break;
            }
        }
        let candidates: Vec<Candidate> = posts.iter().map(candidate).collect();
        match find::find(query, settle, &candidates) {
            Match::One(index) => Finding::Found(PublishedRef {
                remote_id: candidates[index].id.clone(),
                url: Some(post_url(&query.account, &posts[index].id)),
                at: posts[index].created_at,
            }),
            Match::Several(indices) => {
                Finding::Ambiguous(indices.into_iter().map(|index| candidates[index].id.clone()).collect())
            }
            Match::None if cursor.is_some() => {
                let message = format!("the account has more than {} posts around the attempt", posts.len());
                Finding::Unreadable(
                    Error::new(ErrorKind::PlatformFault, "timeline.too_long", message)
                        .with_retry(Retry::Never)
                        .at(xmp_core::PlatformId::X, operations::USERS_POSTS.name)
                        .with_correlation(ctx.correlation_id()),
                )
            }
            Match::None => Finding::Absent(Absence::Observed),
        }
    }

    pub(super) async fn read_timeline(
        &self,
        ctx: &Context,
        account: &Account,
        query: &TimelineQuery,
    ) -> Result<Page<RemotePost>> {
        let size = query.limit.unwrap_or(*PAGE.end()).clamp(*PAGE.start(), *PAGE.end());
        let call = self.timeline_call(account, query.since, query.until, size, query.cursor.as_deref());
        let (posts, next) = self.timeline_page(ctx, call).await?;
        let mut items: Vec<_> = posts.iter().map(|post| remote_post(account, post)).collect();
        if next.is_none()
            && let Some(limit) = query.limit
        {
            // X gives no fewer than five.
            items.truncate(limit as usize);
        }
        Ok(Page { items, next })
    }

    fn timeline_call(
        &self,
        account: &Account,
        since: Option<Timestamp>,
        until: Option<Timestamp>,
        size: u32,
        cursor: Option<&str>,
    ) -> Call {
        let mut call = Call::new(&operations::USERS_POSTS)
            .account(account)
            .path("id", account.remote_id.as_str())
            .query("max_results", size.to_string());
        for (name, time) in [("start_time", since), ("end_time", until)] {
            if let Some(time) = time {
                call = call.query(name, seconds(time));
            }
        }
        if let Some(cursor) = cursor {
            call = call.query("pagination_token", cursor);
        }
        with_fields(call)
    }

    /// A page of a timeline. One that does not tell how many posts it has was not read: nothing may be concluded from
    /// what it lacks.
    async fn timeline_page(&self, ctx: &Context, call: Call) -> Result<(Vec<Post>, Option<String>)> {
        let operation = call.operation().name;
        let Envelope { data, errors, meta } = self.pipeline.json::<Envelope<Vec<Post>>>(ctx, call).await?;
        match (data, meta.result_count) {
            (None, Some(0)) if errors.is_empty() => Ok((Vec::new(), meta.next_token)),
            (Some(posts), Some(count)) if count == 0 || !posts.is_empty() => Ok((posts, meta.next_token)),
            _ => Err(self.placed(ctx, operation, without("posts", &errors))),
        }
    }

    pub(super) async fn read_post(
        &self,
        ctx: &Context,
        account: &Account,
        id: &RemoteId,
    ) -> Result<RemotePost> {
        let call = Call::new(&operations::POSTS_GET).account(account).path("id", id.as_str());
        let envelope: Envelope<Post> = self.pipeline.json(ctx, with_fields(call)).await?;
        match envelope.data {
            Some(post) => Ok(remote_post(account, &post)),
            None => Err(self.placed(ctx, operations::POSTS_GET.name, without("post", &envelope.errors))),
        }
    }

    pub(super) async fn read_metrics(
        &self,
        ctx: &Context,
        account: &Account,
        ids: &[RemoteId],
    ) -> Result<Vec<Option<Metrics>>> {
        let mut all = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(LOOKUP) {
            let list = chunk.iter().map(RemoteId::as_str).collect::<Vec<_>>().join(",");
            let call = Call::new(&operations::POSTS_LOOKUP)
                .account(account)
                .query("ids", list)
                .query("post.fields", "public_metrics");
            let envelope: Envelope<Vec<Post>> = self.pipeline.json(ctx, call).await?;
            let posts = match envelope.data {
                Some(posts) => posts,
                None => match without("posts", &envelope.errors) {
                    error if error.kind() == ErrorKind::NotFound => Vec::new(),
                    error => return Err(self.placed(ctx, operations::POSTS_LOOKUP.name, error)),
                },
            };
            all.extend(chunk.iter().map(|id| {
                let post = posts.iter().find(|post| post.id == id.as_str())?;
                Some(metrics(&post.public_metrics)).filter(|told| !told.is_empty())
            }));
        }
        Ok(all)
    }

    pub(super) async fn read_profile(&self, ctx: &Context, account: &Account) -> Result<Profile> {
        self.me(ctx, Call::new(&operations::USERS_ME).account(account)).await
    }

    pub(super) async fn read_identity(&self, ctx: &Context, tokens: &TokenSet) -> Result<Profile> {
        self.me(ctx, Call::new(&operations::USERS_ME).tokens(tokens)).await
    }

    async fn me(&self, ctx: &Context, call: Call) -> Result<Profile> {
        let envelope: Envelope<User> =
            self.pipeline.json(ctx, call.query("user.fields", "public_metrics")).await?;
        let Some(user) = envelope.data else {
            return Err(self.placed(ctx, operations::USERS_ME.name, answer_without("user")));
        };
        Ok(Profile {
            remote_id: RemoteId::new(user.id),
            handle: user.username,
            display_name: user.name,
            metrics: metrics(&user.public_metrics),
        })
    }

    fn placed(&self, ctx: &Context, operation: &'static str, error: Error) -> Error {
        error.at(xmp_core::PlatformId::X, operation).with_correlation(ctx.correlation_id())
    }
}

/// Why there is nothing where something should be.
fn without(what: &str, problems: &[Problem]) -> Error {
    if problems.is_empty() { answer_without(what) } else { errors::partial(problems) }
}

fn with_fields(call: Call) -> Call {
    operations::POST_QUERY.into_iter().fold(call, |call, (name, value)| call.query(name, value))
}

/// X takes whole seconds (X documentation, `start_time`: `YYYY-MM-DDTHH:mm:ssZ`). Rounded down.
fn seconds(time: Timestamp) -> String {
    Timestamp::from_second(time.as_second()).unwrap_or(time).to_string()
}

fn reply_to(post: &Post) -> Option<RemoteId> {
    let reply = post.referenced_posts.iter().find(|reference| reference.kind == "replied_to");
    reply.map(|reference| RemoteId::new(reference.id.clone()))
}

fn media(post: &Post) -> Vec<String> {
    post.attachments.media_keys.iter().map(|key| find::media_id(key).to_owned()).collect()
}

fn candidate(post: &Post) -> Candidate {
    Candidate {
        id: RemoteId::new(post.id.clone()),
        texts: text::readings(post),
        links: text::links(post),
        at: post.created_at,
        reply_to: reply_to(post),
        media: media(post),
        repost: post.referenced_posts.iter().any(|reference| reference.kind == "retweeted"),
        earlier: post.edit_history_post_ids.iter().filter(|id| **id != post.id).map(RemoteId::new).collect(),
    }
}

fn remote_post(account: &Account, post: &Post) -> RemotePost {
    RemotePost {
        id: RemoteId::new(post.id.clone()),
        text: text::shown(post),
        created_at: post.created_at,
        url: Some(post_url(account, &post.id)),
        reply_to: reply_to(post),
        media: media(post),
        metrics: metrics(&post.public_metrics),
    }
}
