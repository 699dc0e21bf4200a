//! Posts.

use xmp::{
    AccountId, BulkMode, BulkReport, BulkRow, Delivery, DeliveryId, MetricSample, PostFilter, PostId,
    PostView, Problem, RemoteId, Resolution, When, Xmp,
};

use crate::data::records as records_of;
use crate::operation::operations;
use crate::{DraftData, RowData};

operations! { POSTS on Xmp;
    /// Checks a draft and keeps it. The key is yours, and makes the call repeatable: the same key and draft give what is
    /// there already, so that a program that was killed may simply run again.
    Call "Xmp.posts.schedule" (
        xmp,
        /// What to publish, where and when.
        draft: DraftData,
        /// 1 to 255 characters without control characters.
        key: String,
    ) -> PostView { xmp.posts().schedule(&draft.try_into()?, &key).await? }

    /// Schedules many posts: checks all rows, finds everything that is wrong with any of them, and then keeps all or none, or
    /// each that is right. A row that was kept before, under its key and with the same draft, is left as it is, so that a
    /// program that was killed may simply run again.
    Call "Xmp.posts.schedule_all" (
        xmp,
        /// The rows.
        rows: Vec<RowData>,
        /// What is done where a row is refused.
        #[serde(default)]
        mode: BulkMode,
    ) -> BulkReport { xmp.posts().schedule_all(RowData::rows(rows)?, mode).await? }

    /// Schedules the rows of a table: `key`, `text` (`text2` and so on for the pieces of a thread), `accounts`, `when`, `zone`,
    /// `gap`, `fold`, `expires`, `priority`, `labels`, `campaign`, `language`, `visibility`, `sensitive`, `warning`, `metadata.NAME`.
    /// Otherwise as `schedule_all`.
    Call "Xmp.posts.schedule_records" (
        xmp,
        /// An object by column for each row. What is null or empty says nothing.
        records: Vec<serde_json::Value>,
        /// What is done where a row is refused.
        #[serde(default)]
        mode: BulkMode,
    ) -> BulkReport { xmp.posts().schedule_all(records_of(records)?, mode).await? }

    /// Schedules the rows of CSV with a header: the columns are those of `schedule_records`. Otherwise as `schedule_all`.
    Call "Xmp.posts.schedule_csv" (
        xmp,
        /// The whole text. Commas, semicolons or tabs stand between the columns.
        text: String,
        /// What is done where a row is refused.
        #[serde(default)]
        mode: BulkMode,
    ) -> BulkReport { xmp.posts().schedule_all(BulkRow::from_csv(text)?, mode).await? }

    /// Schedules the rows of JSON Lines: each line a draft as an object, and its `key`. Otherwise as `schedule_all`.
    Call "Xmp.posts.schedule_json_lines" (
        xmp,
        /// The whole text.
        text: String,
        /// What is done where a row is refused.
        #[serde(default)]
        mode: BulkMode,
    ) -> BulkReport { xmp.posts().schedule_all(BulkRow::from_json_lines(text)?, mode).await? }

    /// Everything that is wrong with a draft for an account, at once: what `schedule` would refuse it for. The draft need not
    /// name the account. Keeps and sends nothing.
    Call "Xmp.posts.check" (
        xmp,
        /// What is to be published.
        draft: DraftData,
        /// The account.
        account: AccountId,
    ) -> Vec<Problem> { xmp.posts().check(&draft.try_into()?, account).await? }

    /// One post, with all that became of it.
    Call "Xmp.posts.get" (
        xmp,
        /// The post.
        id: PostId,
    ) -> PostView { xmp.posts().get(id).await? }

    /// The post that was scheduled under a key, if there is one.
    Call "Xmp.posts.find" (
        xmp,
        /// The key.
        key: String,
    ) -> Option<PostView> { xmp.posts().find(&key).await? }

    /// Posts, oldest first.
    Call "Xmp.posts.list" (xmp, #[serde(flatten)] filter: PostFilter) -> Vec<PostView> {
        xmp.posts().list(&filter).await?
    }

    /// Cancels what still waits, on all accounts or on none: all of a delivery, or the rest of a thread of which some
    /// parts are live.
    Call "Xmp.posts.cancel" (
        xmp,
        /// The post.
        id: PostId,
    ) -> PostView { xmp.posts().cancel(id).await? }

    /// Gives a post another time.
    Call "Xmp.posts.reschedule" (
        xmp,
        /// The post.
        id: PostId,
        /// The new time.
        when: When,
    ) -> PostView { xmp.posts().reschedule(id, &when).await? }

    /// Posts with a delivery that will not be published by itself any more: at most 100, oldest first.
    Call "Xmp.posts.dead_letters" (xmp) -> Vec<PostView> { xmp.posts().dead_letters().await? }

    /// Posts that wait for a person to say whether they are live: at most 100, oldest first.
    Call "Xmp.posts.held" (xmp) -> Vec<PostView> { xmp.posts().held().await? }

    /// Puts a dead letter back: it is tried again at once.
    Call "Xmp.posts.put_back" (
        xmp,
        /// The delivery.
        id: DeliveryId,
    ) -> Delivery { xmp.posts().put_back(id).await? }

    /// Says what a held part was: live, to be sent again, or to be left.
    Call "Xmp.posts.resolve" (
        xmp,
        /// The delivery.
        id: DeliveryId,
        /// What it was.
        resolution: Resolution,
    ) -> Delivery { xmp.posts().resolve(id, resolution).await? }

    /// Reads the numbers of a post's live parts from their platforms, and keeps them. A part that its platform tells
    /// nothing of is left out.
    Call "Xmp.posts.measure" (
        xmp,
        /// The post.
        id: PostId,
    ) -> Vec<MetricSample> { xmp.posts().measure(id).await? }

    /// The numbers of a live post that were kept, oldest first.
    Call "Xmp.posts.measured" (
        xmp,
        /// The account that it belongs to.
        account: AccountId,
        /// The post, by the platform's id.
        post: RemoteId,
    ) -> Vec<MetricSample> { xmp.posts().measured(account, &post).await? }
}
