//! Accounts.

use xmp::{
    Account, AccountId, CompleteOptions, ConnectOptions, LogInOptions, NewApp, PendingConnection, PlatformId,
    Spacing, Xmp,
};

use crate::MastodonApp;
use crate::operation::operations;

operations! { ACCOUNTS on Xmp;
    /// Starts to connect an account of a platform. Makes no request.
    Call "Xmp.accounts.connect" (
        xmp,
        /// The name of the platform: `x`.
        platform: PlatformId,
        #[serde(flatten)]
        options: ConnectOptions,
    ) -> PendingConnection { xmp.accounts().connect(platform, &options).await? }

    /// Ends what `connect` began. An account that was connected before keeps its id and history.
    Call "Xmp.accounts.complete" (
        xmp,
        /// The whole address that the owner came back to, with its query.
        callback_url: String,
        #[serde(flatten)]
        options: CompleteOptions,
    ) -> Account { xmp.accounts().complete(&callback_url, options).await? }

    /// Registers this program with a Mastodon server, for what xmp asks for there. Each server knows its own apps: do it
    /// once, keep the result, and give it when an engine is opened.
    Call "Xmp.accounts.register_mastodon_app" (
        xmp,
        /// The server's address: `https://mastodon.social`.
        server: String,
        #[serde(flatten)]
        app: NewApp,
    ) -> MastodonApp { xmp.accounts().register_mastodon_app(&server, &app).await?.into() }

    /// Connects an account with its name and an app password, on platforms that have such a thing. The password is used once
    /// and not kept. An account that was connected before keeps its id and history.
    Call "Xmp.accounts.log_in" (
        xmp,
        /// The name of the platform: `bluesky`.
        platform: PlatformId,
        #[serde(flatten)]
        options: LogInOptions,
    ) -> Account { xmp.accounts().log_in(platform, &options).await? }

    /// All accounts, oldest first.
    Call "Xmp.accounts.list" (xmp) -> Vec<Account> { xmp.accounts().list().await? }

    /// One account.
    Call "Xmp.accounts.get" (
        xmp,
        /// The account.
        id: AccountId,
    ) -> Account { xmp.accounts().get(id).await? }

    /// Lets an account's posts wait.
    Call "Xmp.accounts.pause" (
        xmp,
        /// The account.
        id: AccountId,
        /// For the event log.
        why: String,
    ) -> Account { xmp.accounts().pause(id, &why).await? }

    /// Lets a paused account's posts go out again.
    Call "Xmp.accounts.resume" (
        xmp,
        /// The account.
        id: AccountId,
    ) -> Account { xmp.accounts().resume(id).await? }

    /// Spaces an account's posts in another way, from now on: no sooner one after the other, no more in an hour or a day,
    /// none in quiet hours. Nothing said lets them go when they are due.
    Call "Xmp.accounts.set_spacing" (
        xmp,
        /// The account.
        id: AccountId,
        #[serde(flatten)]
        spacing: Spacing,
    ) -> Account { xmp.accounts().set_spacing(id, spacing).await? }
}
