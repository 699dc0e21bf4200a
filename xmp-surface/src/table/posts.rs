//! Posts.

use xmp::{
    AccountId, BulkMode, BulkReport, BulkRow, CalendarEntry, CalendarQuery, CancelledAll, Conflict,
    ConflictOptions, Delivery, DeliveryId, Explanation, Gate, MetricSample, PostFilter, PostId, PostView,
    Problem, RemoteId, Resolution, Revision, Settled, StateCount, When, Xmp,
};

use crate::data::records as records_of;
use crate::operation::operations;
use crate::plan_data::EditData;
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

    /// Schedules a draft with an eye on the other posts of its accounts: what conflicts with them (their spacing, a slot that is
    /// taken, an equal or a similar text) is told, refused, or moved away from.
    Call "Xmp.posts.schedule_with" (
        xmp,
        /// What to publish, where and when.
        draft: DraftData,
        /// 1 to 255 characters without control characters.
        key: String,
        #[serde(flatten)]
        options: ConflictOptions,
    ) -> Settled { xmp.posts().schedule_with(&draft.try_into()?, &key, &options).await? }

    /// What speaks against a draft, as far as other posts of its accounts are concerned. Keeps nothing.
    Call "Xmp.posts.conflicts" (
        xmp,
        /// What is to be published.
        draft: DraftData,
        #[serde(flatten)]
        options: ConflictOptions,
    ) -> Vec<Conflict> { xmp.posts().conflicts(&draft.try_into()?, &options).await? }

    /// Changes a post that waits, if it is still the one of `revision`; on all of its accounts, or on none. What it said before
    /// is kept. A change of what was approved closes the gate again.
    Call "Xmp.posts.edit" (
        xmp,
        /// The post.
        id: PostId,
        /// What was looked at.
        revision: u64,
        #[serde(flatten)]
        edit: EditData,
    ) -> PostView { xmp.posts().edit(id, revision, &edit.try_into()?).await? }

    /// What a post was before its edits, oldest first.
    Call "Xmp.posts.revisions" (
        xmp,
        /// The post.
        id: PostId,
    ) -> Vec<Revision> { xmp.posts().revisions(id).await? }

    /// Lets a draft, or what waits for approval, go out at its time; at once, if that has passed. Nobody approves what somebody
    /// else has changed meanwhile. The call's actor is kept as who approved it.
    Call "Xmp.posts.approve" (
        xmp,
        /// The post.
        id: PostId,
        /// What was looked at.
        revision: u64,
        /// What is said about it.
        #[serde(default)]
        note: Option<String>,
    ) -> PostView { xmp.posts().approve(id, revision, note.as_deref()).await? }

    /// Keeps a post that waits from going out: it is a draft again, or waits for approval.
    Call "Xmp.posts.hold_back" (
        xmp,
        /// The post.
        id: PostId,
        /// What was looked at.
        revision: u64,
        /// What it is then: `draft` or `review`.
        gate: Gate,
    ) -> PostView { xmp.posts().hold_back(id, revision, gate).await? }

    /// Lets a post that waits go out now, and not at its time.
    Call "Xmp.posts.publish_now" (
        xmp,
        /// The post.
        id: PostId,
    ) -> PostView { xmp.posts().publish_now(id).await? }

    /// Schedules a post that says what another one says, where it says it, at another time. What had to be approved has to be
    /// approved again.
    Call "Xmp.posts.duplicate" (
        xmp,
        /// The post.
        id: PostId,
        /// When.
        when: When,
        /// The new post's key.
        key: String,
    ) -> PostView { xmp.posts().duplicate(id, &when, &key).await? }

    /// How many deliveries of the posts that a filter means are in which state; only those deliveries that fit.
    Call "Xmp.posts.count" (xmp, #[serde(flatten)] filter: PostFilter) -> Vec<StateCount> {
        xmp.posts().count(&filter).await?
    }

    /// Cancels what still waits of all posts that a filter means, whatever its `limit`. Each is cancelled on all accounts or on none;
    /// those that can't be any more are told.
    Call "Xmp.posts.cancel_all" (xmp, #[serde(flatten)] filter: PostFilter) -> CancelledAll {
        xmp.posts().cancel_all(&filter).await?
    }

    /// Everything that is due within a time, in order: posts, and occurrences of series that will be posts.
    Call "Xmp.posts.calendar" (xmp, #[serde(flatten)] query: CalendarQuery) -> Vec<CalendarEntry> {
        xmp.posts().calendar(&query).await?
    }

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

    /// Why a post stands where it stands, and what comes next: what it waits for, when it is tried, what was tried before and
    /// what came of it. One explanation for each account.
    Call "Xmp.posts.explain" (
        xmp,
        /// The post.
        id: PostId,
    ) -> Vec<Explanation> { xmp.posts().explain(id).await? }

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
