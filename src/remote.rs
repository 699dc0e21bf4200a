//! What a platform itself shows of an account.

use std::sync::Arc;

use futures_util::Stream;
use xmp_core::{
    Account, AccountId, Capability, Context, Error, ErrorKind, Metrics, Page, Platform, PlatformId,
    Platforms, Profile, RemoteId, RemotePost, Result, TimelineQuery,
};

use crate::{Xmp, stream};

/// One platform, seen through connected accounts. Every call is a request, counted and paid like any other.
///
/// All of them fail with [`NotFound`](ErrorKind::NotFound) for an account that this tenant does not have, with
/// [`Validation`](ErrorKind::Validation) for an account of another platform, with
/// [`Configuration`](ErrorKind::Configuration) for one that was connected through another app, and else with what the
/// platform answered.
#[derive(Clone, Copy, Debug)]
pub struct Remote<'a> {
    xmp: &'a Xmp,
    platform: PlatformId,
}

impl<'a> Remote<'a> {
    pub(crate) fn new(xmp: &'a Xmp, platform: PlatformId) -> Self {
        Self { xmp, platform }
    }

    async fn ask(&self, id: AccountId) -> Result<(Context, Account, &'a dyn Platform)> {
        let ctx = self.xmp.ctx().for_account(id);
        if !self.xmp.engine.platforms.has(self.platform) {
            return Err(Platforms::absent(self.platform));
        }
        let account = self.xmp.engine.store.account(&ctx, id).await?;
        if account.platform != self.platform {
            return Err(Error::new(
                ErrorKind::Validation,
                "account.platform",
                format!("{id} is an account of {}, not of {}", account.platform, self.platform),
            )
            .hint("give an account of this platform"));
        }
        let platform = self.xmp.engine.platforms.of(&account)?.as_ref();
        Ok((ctx, account, platform))
    }

    /// What the platform can do for this account, where that depends on its server: a Mastodon server sets limits of its
    /// own.
    ///
    /// # Errors
    /// See [`Remote`].
    pub async fn capability(&self, account: AccountId) -> Result<Arc<Capability>> {
        let (ctx, account, platform) = self.ask(account).await?;
        Ok(platform.capability_for(&ctx, &account).await)
    }

    /// The account's own profile.
    ///
    /// # Errors
    /// See [`Remote`].
    pub async fn profile(&self, account: AccountId) -> Result<Profile> {
        let (ctx, account, platform) = self.ask(account).await?;
        platform.profile(&ctx, &account).await
    }

    /// The account's own posts, newest first.
    ///
    /// # Errors
    /// See [`Remote`].
    pub async fn timeline(&self, account: AccountId, query: &TimelineQuery) -> Result<Page<RemotePost>> {
        let (ctx, account, platform) = self.ask(account).await?;
        platform.timeline(&ctx, &account, query).await
    }

    /// All of the account's own posts that a query means, newest first, read page by page: each page is a request.
    ///
    /// Its items fail as [`Remote`] says; an error ends it.
    pub fn stream_timeline(
        self,
        account: AccountId,
        query: TimelineQuery,
    ) -> impl Stream<Item = Result<RemotePost>> + 'a {
        stream::pages(query.cursor.clone(), move |cursor| {
            let query = TimelineQuery { cursor, ..query.clone() };
            async move {
                let page = self.timeline(account, &query).await?;
                Ok((page.items, page.next.map(Some)))
            }
        })
    }

    /// One post, as this account sees it.
    ///
    /// # Errors
    /// See [`Remote`]; [`NotFound`](ErrorKind::NotFound) if there is no such post.
    pub async fn get(&self, account: AccountId, post: &RemoteId) -> Result<RemotePost> {
        let (ctx, account, platform) = self.ask(account).await?;
        platform.get(&ctx, &account, post).await
    }

    /// The numbers of posts, in the order asked; `None` where the platform told nothing.
    ///
    /// # Errors
    /// See [`Remote`].
    pub async fn metrics(&self, account: AccountId, posts: &[RemoteId]) -> Result<Vec<Option<Metrics>>> {
        let (ctx, account, platform) = self.ask(account).await?;
        platform.metrics(&ctx, &account, posts).await
    }

    /// Takes a post back. Repeatable: a post that is gone already is not an error.
    ///
    /// # Errors
    /// See [`Remote`].
    pub async fn delete(&self, account: AccountId, post: &RemoteId) -> Result<()> {
        let (ctx, account, platform) = self.ask(account).await?;
        platform.delete(&ctx, &account, post).await
    }
}
