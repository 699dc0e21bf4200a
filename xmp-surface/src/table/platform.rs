//! What a platform itself shows.

use xmp::{
    AccountId, Capability, Metrics, Page, PlatformId, Profile, RemoteId, RemotePost, TimelineQuery, Xmp,
};

use crate::operation::operations;

operations! { PLATFORM on Xmp;
    /// What the platform can do for this account, where that depends on its server: a Mastodon server sets limits of its own.
    Call "Xmp.platform.capability" (
        xmp,
        /// The platform.
        platform: PlatformId,
        /// The account.
        account: AccountId,
    ) -> Capability { xmp.platform(platform).capability(account).await?.as_ref().clone() }

    /// The account's own profile.
    Call "Xmp.platform.profile" (
        xmp,
        /// The platform.
        platform: PlatformId,
        /// The account.
        account: AccountId,
    ) -> Profile { xmp.platform(platform).profile(account).await? }

    /// The account's own posts, newest first.
    Call "Xmp.platform.timeline" (
        xmp,
        /// The platform.
        platform: PlatformId,
        /// The account.
        account: AccountId,
        #[serde(flatten)]
        query: TimelineQuery,
    ) -> Page<RemotePost> { xmp.platform(platform).timeline(account, &query).await? }

    /// One post, as this account sees it.
    Call "Xmp.platform.get" (
        xmp,
        /// The platform.
        platform: PlatformId,
        /// The account.
        account: AccountId,
        /// The post, by the platform's id.
        post: RemoteId,
    ) -> RemotePost { xmp.platform(platform).get(account, &post).await? }

    /// The numbers of posts, in the order asked; nothing where the platform told nothing.
    Call "Xmp.platform.metrics" (
        xmp,
        /// The platform.
        platform: PlatformId,
        /// The account.
        account: AccountId,
        /// The posts, by the platform's ids.
        posts: Vec<RemoteId>,
    ) -> Vec<Option<Metrics>> { xmp.platform(platform).metrics(account, &posts).await? }

    /// Takes a post back. Repeatable: a post that is gone already is not an error.
    Call "Xmp.platform.delete" (
        xmp,
        /// The platform.
        platform: PlatformId,
        /// The account.
        account: AccountId,
        /// The post, by the platform's id.
        post: RemoteId,
    ) -> () { xmp.platform(platform).delete(account, &post).await? }
}
