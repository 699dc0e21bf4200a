# Written by `cargo xtask gen` from xmp-surface/surface.json.
"""The classes that block: the same names, without `await`."""

from __future__ import annotations
import os
from collections.abc import Generator, Iterable, Mapping
from datetime import datetime, timedelta
from types import TracebackType
from xmp import _check, _wire
from xmp._blocking import BlockingCaller
from xmp._frozen import FrozenMap
from xmp._draft import Draft
from xmp.generated.inputs import BlueskyConfig, BulkRow, LookPolicy, MastodonConfig, PartDraft, QuietHours, Recurrence, Resolution, RetryPolicy, Showing, Variant, When, XConfig, check_resolution, check_when
from xmp.generated.outputs import Account, BulkReport, CalendarEntry, CancelledAll, Capability, Coming, Conflict, Delivery, Event, EventConsumer, Explanation, Health, MastodonApp, MetricSample, PendingConnection, Plan, PlatformInfo, PostView, Problem, Profile, RemotePost, RemotePostPage, Revision, SendingStop, Settled, StateCount
from xmp.generated.shared import ManualClock
from xmp.generated.wire import read_account, read_bulk_report, read_calendar_entry, read_cancelled_all, read_capability, read_coming, read_conflict, read_delivery, read_event, read_event_consumer, read_explanation, read_health, read_mastodon_app, read_metric_sample, read_pending_connection, read_plan, read_platform_info, read_post_view, read_problem, read_profile, read_remote_post, read_remote_post_page, read_revision, read_sending_stop, read_settled, read_state_count, write_bluesky_config, write_bulk_row, write_draft, write_look_policy, write_mastodon_config, write_part_draft, write_quiet_hours, write_recurrence, write_resolution, write_retry_policy, write_showing, write_variant, write_when, write_x_config
from xmp.generated.words import AccountId, BulkMode, CorrelationId, DeliveryId, DeliveryState, EventKind, Gate, Json, OnAbsent, OnConflict, OnFold, OnGap, PlanId, PlatformId, PostId, Priority, QueuePlace, RemoteId, Slot, StopScope, TenantId

__all__ = [
    "Accounts",
    "Consumers",
    "Posts",
    "Queues",
    "Remote",
    "RunningWorker",
    "Series",
    "Xmp",
]

class Accounts:
    """Accounts: `xmp.accounts`."""

    __slots__ = ("_caller",)
    def __init__(self, caller: BlockingCaller) -> None:
        self._caller = caller

    def connect(
        self,
        platform: PlatformId,
        redirect_uri: str,
        *,
        scopes: Iterable[str] | None = None,
        app: str | None = None,
    ) -> PendingConnection:
        """Starts to connect an account of a platform. Makes no request.

        Args:
            platform: The name of the platform: `x`.
            redirect_uri: Where the platform sends the owner back to: as registered with the platform.
            scopes: The scopes to ask for; `None` for all that xmp needs.
            app: Which app to connect through, where several of the platform are set up: its client id, or
                the name or address of its server.
        """
        params = {
            "platform": _check.text(platform, "Xmp.accounts.connect(platform)"),
            "redirect_uri": _check.text(redirect_uri, "Xmp.accounts.connect(redirect_uri)"),
            "scopes": None if scopes is None else _check.many(scopes, "Xmp.accounts.connect(scopes)", _check.text),
            "app": None if app is None else _check.text(app, "Xmp.accounts.connect(app)"),
        }
        answer = self._caller.call("Xmp.accounts.connect", params)
        return read_pending_connection(answer)

    def complete(self, callback_url: str, *, on_absent: OnAbsent | None = None) -> Account:
        """Ends what `connect` began. An account that was connected before keeps its id and history.

        Args:
            callback_url: The whole address that the owner came back to, with its query.
            on_absent: What to do with a post that may have been sent and can't be found; `None` keeps
                what it was, or holds.
        """
        params = {
            "callback_url": _check.text(callback_url, "Xmp.accounts.complete(callback_url)"),
            "on_absent": None if on_absent is None else _check.word(on_absent, "Xmp.accounts.complete(on_absent)", OnAbsent),
        }
        answer = self._caller.call("Xmp.accounts.complete", params)
        return read_account(answer)

    def register_mastodon_app(
        self,
        server: str,
        name: str,
        redirect_uris: Iterable[str],
        *,
        website: str | None = None,
    ) -> MastodonApp:
        """Registers this program with a Mastodon server, for what xmp asks for there. Each server knows its
        own apps: do it once, keep the result, and give it when an engine is opened.

        Args:
            server: The server's address: `https://mastodon.social`.
            name: Its name, which owners of accounts see when they consent, and readers under posts.
            redirect_uris: Where owners may be sent back to, each whole.
            website: Where the name leads to, if anywhere.
        """
        params = {
            "server": _check.text(server, "Xmp.accounts.register_mastodon_app(server)"),
            "name": _check.text(name, "Xmp.accounts.register_mastodon_app(name)"),
            "redirect_uris": _check.many(redirect_uris, "Xmp.accounts.register_mastodon_app(redirect_uris)", _check.text),
            "website": None if website is None else _check.text(website, "Xmp.accounts.register_mastodon_app(website)"),
        }
        answer = self._caller.call("Xmp.accounts.register_mastodon_app", params)
        return read_mastodon_app(answer)

    def log_in(
        self,
        platform: PlatformId,
        identifier: str,
        password: str,
        *,
        server: str | None = None,
        on_absent: OnAbsent | None = None,
    ) -> Account:
        """Connects an account with its name and an app password, on platforms that have such a thing. The
        password is used once and not kept. An account that was connected before keeps its id and history.

        Args:
            platform: The name of the platform: `bluesky`.
            identifier: Its name on the platform, or whatever else the platform knows it by.
            password: The app password that its owner made on the platform. Not the password that the
                owner logs in with.
            server: The address of its server, if not the platform's usual one.
            on_absent: What to do with a post that may have been sent and can't be found; `None` keeps
                what it was, or holds.
        """
        params = {
            "platform": _check.text(platform, "Xmp.accounts.log_in(platform)"),
            "identifier": _check.text(identifier, "Xmp.accounts.log_in(identifier)"),
            "password": _check.text(password, "Xmp.accounts.log_in(password)"),
            "server": None if server is None else _check.text(server, "Xmp.accounts.log_in(server)"),
            "on_absent": None if on_absent is None else _check.word(on_absent, "Xmp.accounts.log_in(on_absent)", OnAbsent),
        }
        answer = self._caller.call("Xmp.accounts.log_in", params)
        return read_account(answer)

    def list(self) -> tuple[Account, ...]:
        """All accounts, oldest first."""
        answer = self._caller.call("Xmp.accounts.list", {})
        return tuple([read_account(one) for one in answer])

    def get(self, id: AccountId) -> Account:
        """One account.

        Args:
            id: The account.
        """
        params = {
            "id": _check.text(id, "Xmp.accounts.get(id)"),
        }
        answer = self._caller.call("Xmp.accounts.get", params)
        return read_account(answer)

    def pause(self, id: AccountId, why: str) -> Account:
        """Lets an account's posts wait.

        Args:
            id: The account.
            why: For the event log.
        """
        params = {
            "id": _check.text(id, "Xmp.accounts.pause(id)"),
            "why": _check.text(why, "Xmp.accounts.pause(why)"),
        }
        answer = self._caller.call("Xmp.accounts.pause", params)
        return read_account(answer)

    def resume(self, id: AccountId) -> Account:
        """Lets a paused account's posts go out again.

        Args:
            id: The account.
        """
        params = {
            "id": _check.text(id, "Xmp.accounts.resume(id)"),
        }
        answer = self._caller.call("Xmp.accounts.resume", params)
        return read_account(answer)

    def set_spacing(
        self,
        id: AccountId,
        *,
        min_interval: timedelta | None = None,
        per_hour: int | None = None,
        per_day: int | None = None,
        quiet_hours: Iterable[QuietHours] = (),
    ) -> Account:
        """Spaces an account's posts in another way, from now on: no sooner one after the other, no more in an
        hour or a day, none in quiet hours. Nothing said lets them go when they are due.

        Args:
            id: The account.
            min_interval: The least time from one post to the next.
            per_hour: The most posts within any 60 minutes.
            per_day: The most posts within any 24 hours.
            quiet_hours: When nothing is posted.
        """
        params = {
            "id": _check.text(id, "Xmp.accounts.set_spacing(id)"),
            "min_interval": None if min_interval is None else _wire.write_length(_check.length(min_interval, "Xmp.accounts.set_spacing(min_interval)")),
            "per_hour": None if per_hour is None else _check.whole(per_hour, "Xmp.accounts.set_spacing(per_hour)"),
            "per_day": None if per_day is None else _check.whole(per_day, "Xmp.accounts.set_spacing(per_day)"),
            "quiet_hours": [write_quiet_hours(it) for it in _check.many(quiet_hours, "Xmp.accounts.set_spacing(quiet_hours)", lambda it, at: _check.instance(it, at, QuietHours))],
        }
        answer = self._caller.call("Xmp.accounts.set_spacing", params)
        return read_account(answer)

    def __repr__(self) -> str:
        return f"<xmp Accounts of {self._caller!r}>"

class Posts:
    """Posts: `xmp.posts`."""

    __slots__ = ("_caller",)
    def __init__(self, caller: BlockingCaller) -> None:
        self._caller = caller

    def schedule(self, draft: Draft, key: str) -> PostView:
        """Checks a draft and keeps it. The key is yours, and makes the call repeatable: the same key and
        draft give what is there already, so that a program that was killed may simply run again.

        Args:
            draft: What to publish, where and when.
            key: 1 to 255 characters without control characters.
        """
        params = {
            "draft": write_draft(_check.instance(draft, "Xmp.posts.schedule(draft)", Draft)),
            "key": _check.text(key, "Xmp.posts.schedule(key)"),
        }
        answer = self._caller.call("Xmp.posts.schedule", params)
        return read_post_view(answer)

    def schedule_all(
        self,
        rows: Iterable[BulkRow],
        *,
        mode: BulkMode = "all_or_nothing",
    ) -> BulkReport:
        """Schedules many posts: checks all rows, finds everything that is wrong with any of them, and then
        keeps all or none, or each that is right. A row that was kept before, under its key and with the
        same draft, is left as it is, so that a program that was killed may simply run again.

        Args:
            rows: The rows.
            mode: What is done where a row is refused.
        """
        params = {
            "rows": [write_bulk_row(it) for it in _check.many(rows, "Xmp.posts.schedule_all(rows)", lambda it, at: _check.instance(it, at, BulkRow))],
            "mode": _check.word(mode, "Xmp.posts.schedule_all(mode)", BulkMode),
        }
        answer = self._caller.call("Xmp.posts.schedule_all", params)
        return read_bulk_report(answer)

    def schedule_records(
        self,
        records: Iterable[Json],
        *,
        mode: BulkMode = "all_or_nothing",
    ) -> BulkReport:
        """Schedules the rows of a table: `key`, `text` (`text2` and so on for the pieces of a thread),
        `accounts`, `when`, `zone`, `gap`, `fold`, `expires`, `priority`, `labels`, `campaign`, `language`,
        `visibility`, `sensitive`, `warning`, `metadata.NAME`. Otherwise as `schedule_all`.

        Args:
            records: An object by column for each row. What is null or empty says nothing.
            mode: What is done where a row is refused.
        """
        params = {
            "records": _check.many(records, "Xmp.posts.schedule_records(records)", _check.json_value),
            "mode": _check.word(mode, "Xmp.posts.schedule_records(mode)", BulkMode),
        }
        answer = self._caller.call("Xmp.posts.schedule_records", params)
        return read_bulk_report(answer)

    def schedule_csv(self, text: str, *, mode: BulkMode = "all_or_nothing") -> BulkReport:
        """Schedules the rows of CSV with a header: the columns are those of `schedule_records`. Otherwise as
        `schedule_all`.

        Args:
            text: The whole text. Commas, semicolons or tabs stand between the columns.
            mode: What is done where a row is refused.
        """
        params = {
            "text": _check.text(text, "Xmp.posts.schedule_csv(text)"),
            "mode": _check.word(mode, "Xmp.posts.schedule_csv(mode)", BulkMode),
        }
        answer = self._caller.call("Xmp.posts.schedule_csv", params)
        return read_bulk_report(answer)

    def schedule_json_lines(self, text: str, *, mode: BulkMode = "all_or_nothing") -> BulkReport:
        """Schedules the rows of JSON Lines: each line a draft as an object, and its `key`. Otherwise as
        `schedule_all`.

        Args:
            text: The whole text.
            mode: What is done where a row is refused.
        """
        params = {
            "text": _check.text(text, "Xmp.posts.schedule_json_lines(text)"),
            "mode": _check.word(mode, "Xmp.posts.schedule_json_lines(mode)", BulkMode),
        }
        answer = self._caller.call("Xmp.posts.schedule_json_lines", params)
        return read_bulk_report(answer)

    def check(self, draft: Draft, account: AccountId) -> tuple[Problem, ...]:
        """Everything that is wrong with a draft for an account, at once: what `schedule` would refuse it for.
        The draft need not name the account. Keeps and sends nothing.

        Args:
            draft: What is to be published.
            account: The account.
        """
        params = {
            "draft": write_draft(_check.instance(draft, "Xmp.posts.check(draft)", Draft)),
            "account": _check.text(account, "Xmp.posts.check(account)"),
        }
        answer = self._caller.call("Xmp.posts.check", params)
        return tuple([read_problem(one) for one in answer])

    def schedule_with(
        self,
        draft: Draft,
        key: str,
        *,
        on_conflict: OnConflict = "report",
        window: timedelta = timedelta(seconds=604800),
        similarity: int = 80,
    ) -> Settled:
        """Schedules a draft with an eye on the other posts of its accounts: what conflicts with them (their
        spacing, a slot that is taken, an equal or a similar text) is told, refused, or moved away from.

        Args:
            draft: What to publish, where and when.
            key: 1 to 255 characters without control characters.
            on_conflict: What is done.
            window: Texts are compared with those of posts that are due so long before or after; 7 days if
                not given.
            similarity: From which similarity on two texts are too much alike, in percent: 80 if not
                given. 100 is for equal ones alone.
        """
        params = {
            "draft": write_draft(_check.instance(draft, "Xmp.posts.schedule_with(draft)", Draft)),
            "key": _check.text(key, "Xmp.posts.schedule_with(key)"),
            "on_conflict": _check.word(on_conflict, "Xmp.posts.schedule_with(on_conflict)", OnConflict),
            "window": _wire.write_length(_check.length(window, "Xmp.posts.schedule_with(window)")),
            "similarity": _check.whole(similarity, "Xmp.posts.schedule_with(similarity)"),
        }
        answer = self._caller.call("Xmp.posts.schedule_with", params)
        return read_settled(answer)

    def conflicts(
        self,
        draft: Draft,
        *,
        on_conflict: OnConflict = "report",
        window: timedelta = timedelta(seconds=604800),
        similarity: int = 80,
    ) -> tuple[Conflict, ...]:
        """What speaks against a draft, as far as other posts of its accounts are concerned. Keeps nothing.

        Args:
            draft: What is to be published.
            on_conflict: What is done.
            window: Texts are compared with those of posts that are due so long before or after; 7 days if
                not given.
            similarity: From which similarity on two texts are too much alike, in percent: 80 if not
                given. 100 is for equal ones alone.
        """
        params = {
            "draft": write_draft(_check.instance(draft, "Xmp.posts.conflicts(draft)", Draft)),
            "on_conflict": _check.word(on_conflict, "Xmp.posts.conflicts(on_conflict)", OnConflict),
            "window": _wire.write_length(_check.length(window, "Xmp.posts.conflicts(window)")),
            "similarity": _check.whole(similarity, "Xmp.posts.conflicts(similarity)"),
        }
        answer = self._caller.call("Xmp.posts.conflicts", params)
        return tuple([read_conflict(one) for one in answer])

    def edit(
        self,
        id: PostId,
        revision: int,
        *,
        text: str | None = None,
        parts: Iterable[PartDraft] = (),
        showing: Showing | None = None,
        variants: Iterable[Variant] = (),
        when: When | datetime | None = None,
        expires: When | datetime | None = None,
        priority: Priority | None = None,
        labels: Iterable[str] | None = None,
        campaign: str | None = None,
        metadata: Mapping[str, str] | None = None,
        add_accounts: Iterable[AccountId] = (),
        remove_accounts: Iterable[AccountId] = (),
    ) -> PostView:
        """Changes a post that waits, if it is still the one of `revision`; on all of its accounts, or on
        none. What it said before is kept. A change of what was approved closes the gate again.

        Args:
            id: The post.
            revision: What was looked at.
            text: The text of the first piece, on all accounts; its media stays.
            parts: All pieces anew, with their media, on all accounts but those of variants.
            showing: How all pieces are shown; only together with `parts`.
            variants: What is different on single platforms; only together with `parts`.
            when: When.
            expires: It is not sent at this time or later.
            priority: Before others that are due.
            labels: The labels, all of them.
            campaign: The campaign; an empty one for none.
            metadata: The caller's own data, all of it.
            add_accounts: Where it goes too.
            remove_accounts: Where it goes no longer.
        """
        params = {
            "id": _check.text(id, "Xmp.posts.edit(id)"),
            "revision": _check.whole(revision, "Xmp.posts.edit(revision)"),
            "text": None if text is None else _check.text(text, "Xmp.posts.edit(text)"),
            "parts": [write_part_draft(it) for it in _check.many(parts, "Xmp.posts.edit(parts)", lambda it, at: _check.instance(it, at, PartDraft))],
            "showing": None if showing is None else write_showing(_check.instance(showing, "Xmp.posts.edit(showing)", Showing)),
            "variants": [write_variant(it) for it in _check.many(variants, "Xmp.posts.edit(variants)", lambda it, at: _check.instance(it, at, Variant))],
            "when": None if when is None else write_when(check_when(when, "Xmp.posts.edit(when)")),
            "expires": None if expires is None else write_when(check_when(expires, "Xmp.posts.edit(expires)")),
            "priority": None if priority is None else _check.word(priority, "Xmp.posts.edit(priority)", Priority),
            "labels": None if labels is None else _check.many(labels, "Xmp.posts.edit(labels)", _check.text),
            "campaign": None if campaign is None else _check.text(campaign, "Xmp.posts.edit(campaign)"),
            "metadata": None if metadata is None else _check.named(metadata, "Xmp.posts.edit(metadata)", _check.text),
            "add_accounts": _check.many(add_accounts, "Xmp.posts.edit(add_accounts)", _check.text),
            "remove_accounts": _check.many(remove_accounts, "Xmp.posts.edit(remove_accounts)", _check.text),
        }
        answer = self._caller.call("Xmp.posts.edit", params)
        return read_post_view(answer)

    def revisions(self, id: PostId) -> tuple[Revision, ...]:
        """What a post was before its edits, oldest first.

        Args:
            id: The post.
        """
        params = {
            "id": _check.text(id, "Xmp.posts.revisions(id)"),
        }
        answer = self._caller.call("Xmp.posts.revisions", params)
        return tuple([read_revision(one) for one in answer])

    def approve(self, id: PostId, revision: int, *, note: str | None = None) -> PostView:
        """Lets a draft, or what waits for approval, go out at its time; at once, if that has passed. Nobody
        approves what somebody else has changed meanwhile. The call's actor is kept as who approved it.

        Args:
            id: The post.
            revision: What was looked at.
            note: What is said about it.
        """
        params = {
            "id": _check.text(id, "Xmp.posts.approve(id)"),
            "revision": _check.whole(revision, "Xmp.posts.approve(revision)"),
            "note": None if note is None else _check.text(note, "Xmp.posts.approve(note)"),
        }
        answer = self._caller.call("Xmp.posts.approve", params)
        return read_post_view(answer)

    def hold_back(self, id: PostId, revision: int, gate: Gate) -> PostView:
        """Keeps a post that waits from going out: it is a draft again, or waits for approval.

        Args:
            id: The post.
            revision: What was looked at.
            gate: What it is then: `draft` or `review`.
        """
        params = {
            "id": _check.text(id, "Xmp.posts.hold_back(id)"),
            "revision": _check.whole(revision, "Xmp.posts.hold_back(revision)"),
            "gate": _check.word(gate, "Xmp.posts.hold_back(gate)", Gate),
        }
        answer = self._caller.call("Xmp.posts.hold_back", params)
        return read_post_view(answer)

    def publish_now(self, id: PostId) -> PostView:
        """Lets a post that waits go out now, and not at its time.

        Args:
            id: The post.
        """
        params = {
            "id": _check.text(id, "Xmp.posts.publish_now(id)"),
        }
        answer = self._caller.call("Xmp.posts.publish_now", params)
        return read_post_view(answer)

    def duplicate(self, id: PostId, when: When | datetime, key: str) -> PostView:
        """Schedules a post that says what another one says, where it says it, at another time. What had to be
        approved has to be approved again.

        Args:
            id: The post.
            when: When.
            key: The new post's key.
        """
        params = {
            "id": _check.text(id, "Xmp.posts.duplicate(id)"),
            "when": write_when(check_when(when, "Xmp.posts.duplicate(when)")),
            "key": _check.text(key, "Xmp.posts.duplicate(key)"),
        }
        answer = self._caller.call("Xmp.posts.duplicate", params)
        return read_post_view(answer)

    def count(
        self,
        *,
        states: Iterable[DeliveryState] = (),
        account: AccountId | None = None,
        platform: PlatformId | None = None,
        label: str | None = None,
        campaign: str | None = None,
        plan: PlanId | None = None,
        gate: Gate | None = None,
        due_from: datetime | None = None,
        due_before: datetime | None = None,
        text: str | None = None,
        after: PostId | None = None,
        limit: int | None = None,
    ) -> tuple[StateCount, ...]:
        """How many deliveries of the posts that a filter means are in which state; only those deliveries that
        fit.

        Args:
            states: Only those with a delivery in one of these states; empty for all.
            account: Only those that go to this account.
            platform: Only those that go to this platform.
            label: Only those with this label.
            campaign: Only those of this campaign.
            plan: Only those of this series or queue.
            gate: Only those behind this gate: drafts, or what waits for approval.
            due_from: Only those that are due then or later.
            due_before: Only those that are due before.
            text: Only those that say this somewhere; capitals don't matter.
            after: Only those after this one.
            limit: At most so many; 100 if not given.
        """
        params = {
            "states": _check.many(states, "Xmp.posts.count(states)", lambda it, at: _check.word(it, at, DeliveryState)),
            "account": None if account is None else _check.text(account, "Xmp.posts.count(account)"),
            "platform": None if platform is None else _check.text(platform, "Xmp.posts.count(platform)"),
            "label": None if label is None else _check.text(label, "Xmp.posts.count(label)"),
            "campaign": None if campaign is None else _check.text(campaign, "Xmp.posts.count(campaign)"),
            "plan": None if plan is None else _check.text(plan, "Xmp.posts.count(plan)"),
            "gate": None if gate is None else _check.word(gate, "Xmp.posts.count(gate)", Gate),
            "due_from": None if due_from is None else _wire.write_time(_check.moment(due_from, "Xmp.posts.count(due_from)")),
            "due_before": None if due_before is None else _wire.write_time(_check.moment(due_before, "Xmp.posts.count(due_before)")),
            "text": None if text is None else _check.text(text, "Xmp.posts.count(text)"),
            "after": None if after is None else _check.text(after, "Xmp.posts.count(after)"),
            "limit": None if limit is None else _check.whole(limit, "Xmp.posts.count(limit)"),
        }
        answer = self._caller.call("Xmp.posts.count", params)
        return tuple([read_state_count(one) for one in answer])

    def cancel_all(
        self,
        *,
        states: Iterable[DeliveryState] = (),
        account: AccountId | None = None,
        platform: PlatformId | None = None,
        label: str | None = None,
        campaign: str | None = None,
        plan: PlanId | None = None,
        gate: Gate | None = None,
        due_from: datetime | None = None,
        due_before: datetime | None = None,
        text: str | None = None,
        after: PostId | None = None,
        limit: int | None = None,
    ) -> CancelledAll:
        """Cancels what still waits of all posts that a filter means, whatever its `limit`. Each is cancelled
        on all accounts or on none; those that can't be any more are told.

        Args:
            states: Only those with a delivery in one of these states; empty for all.
            account: Only those that go to this account.
            platform: Only those that go to this platform.
            label: Only those with this label.
            campaign: Only those of this campaign.
            plan: Only those of this series or queue.
            gate: Only those behind this gate: drafts, or what waits for approval.
            due_from: Only those that are due then or later.
            due_before: Only those that are due before.
            text: Only those that say this somewhere; capitals don't matter.
            after: Only those after this one.
            limit: At most so many; 100 if not given.
        """
        params = {
            "states": _check.many(states, "Xmp.posts.cancel_all(states)", lambda it, at: _check.word(it, at, DeliveryState)),
            "account": None if account is None else _check.text(account, "Xmp.posts.cancel_all(account)"),
            "platform": None if platform is None else _check.text(platform, "Xmp.posts.cancel_all(platform)"),
            "label": None if label is None else _check.text(label, "Xmp.posts.cancel_all(label)"),
            "campaign": None if campaign is None else _check.text(campaign, "Xmp.posts.cancel_all(campaign)"),
            "plan": None if plan is None else _check.text(plan, "Xmp.posts.cancel_all(plan)"),
            "gate": None if gate is None else _check.word(gate, "Xmp.posts.cancel_all(gate)", Gate),
            "due_from": None if due_from is None else _wire.write_time(_check.moment(due_from, "Xmp.posts.cancel_all(due_from)")),
            "due_before": None if due_before is None else _wire.write_time(_check.moment(due_before, "Xmp.posts.cancel_all(due_before)")),
            "text": None if text is None else _check.text(text, "Xmp.posts.cancel_all(text)"),
            "after": None if after is None else _check.text(after, "Xmp.posts.cancel_all(after)"),
            "limit": None if limit is None else _check.whole(limit, "Xmp.posts.cancel_all(limit)"),
        }
        answer = self._caller.call("Xmp.posts.cancel_all", params)
        return read_cancelled_all(answer)

    def calendar(
        self,
        since: datetime,
        until: datetime,
        *,
        zone: str | None = None,
        accounts: Iterable[AccountId] = (),
    ) -> tuple[CalendarEntry, ...]:
        """Everything that is due within a time, in order: posts, and occurrences of series that will be
        posts.

        Args:
            since: From then on.
            until: Until before then.
            zone: The zone that local times are told in: `UTC` if not given.
            accounts: Only what goes to these accounts; empty for all.
        """
        params = {
            "since": _wire.write_time(_check.moment(since, "Xmp.posts.calendar(since)")),
            "until": _wire.write_time(_check.moment(until, "Xmp.posts.calendar(until)")),
            "zone": None if zone is None else _check.text(zone, "Xmp.posts.calendar(zone)"),
            "accounts": _check.many(accounts, "Xmp.posts.calendar(accounts)", _check.text),
        }
        answer = self._caller.call("Xmp.posts.calendar", params)
        return tuple([read_calendar_entry(one) for one in answer])

    def get(self, id: PostId) -> PostView:
        """One post, with all that became of it.

        Args:
            id: The post.
        """
        params = {
            "id": _check.text(id, "Xmp.posts.get(id)"),
        }
        answer = self._caller.call("Xmp.posts.get", params)
        return read_post_view(answer)

    def find(self, key: str) -> PostView | None:
        """The post that was scheduled under a key, if there is one.

        Args:
            key: The key.
        """
        params = {
            "key": _check.text(key, "Xmp.posts.find(key)"),
        }
        answer = self._caller.call("Xmp.posts.find", params)
        return _wire.maybe(answer, read_post_view)

    def list(
        self,
        *,
        states: Iterable[DeliveryState] = (),
        account: AccountId | None = None,
        platform: PlatformId | None = None,
        label: str | None = None,
        campaign: str | None = None,
        plan: PlanId | None = None,
        gate: Gate | None = None,
        due_from: datetime | None = None,
        due_before: datetime | None = None,
        text: str | None = None,
        after: PostId | None = None,
        limit: int | None = None,
    ) -> tuple[PostView, ...]:
        """Posts, oldest first.

        Args:
            states: Only those with a delivery in one of these states; empty for all.
            account: Only those that go to this account.
            platform: Only those that go to this platform.
            label: Only those with this label.
            campaign: Only those of this campaign.
            plan: Only those of this series or queue.
            gate: Only those behind this gate: drafts, or what waits for approval.
            due_from: Only those that are due then or later.
            due_before: Only those that are due before.
            text: Only those that say this somewhere; capitals don't matter.
            after: Only those after this one.
            limit: At most so many; 100 if not given.
        """
        params = {
            "states": _check.many(states, "Xmp.posts.list(states)", lambda it, at: _check.word(it, at, DeliveryState)),
            "account": None if account is None else _check.text(account, "Xmp.posts.list(account)"),
            "platform": None if platform is None else _check.text(platform, "Xmp.posts.list(platform)"),
            "label": None if label is None else _check.text(label, "Xmp.posts.list(label)"),
            "campaign": None if campaign is None else _check.text(campaign, "Xmp.posts.list(campaign)"),
            "plan": None if plan is None else _check.text(plan, "Xmp.posts.list(plan)"),
            "gate": None if gate is None else _check.word(gate, "Xmp.posts.list(gate)", Gate),
            "due_from": None if due_from is None else _wire.write_time(_check.moment(due_from, "Xmp.posts.list(due_from)")),
            "due_before": None if due_before is None else _wire.write_time(_check.moment(due_before, "Xmp.posts.list(due_before)")),
            "text": None if text is None else _check.text(text, "Xmp.posts.list(text)"),
            "after": None if after is None else _check.text(after, "Xmp.posts.list(after)"),
            "limit": None if limit is None else _check.whole(limit, "Xmp.posts.list(limit)"),
        }
        answer = self._caller.call("Xmp.posts.list", params)
        return tuple([read_post_view(one) for one in answer])

    def stream(
        self,
        *,
        states: Iterable[DeliveryState] = (),
        account: AccountId | None = None,
        platform: PlatformId | None = None,
        label: str | None = None,
        campaign: str | None = None,
        plan: PlanId | None = None,
        gate: Gate | None = None,
        due_from: datetime | None = None,
        due_before: datetime | None = None,
        text: str | None = None,
        after: PostId | None = None,
        limit: int | None = None,
    ) -> Generator[PostView, None, None]:
        """All posts of a filter, oldest first, read in pages of its limit.

        Args:
            states: Only those with a delivery in one of these states; empty for all.
            account: Only those that go to this account.
            platform: Only those that go to this platform.
            label: Only those with this label.
            campaign: Only those of this campaign.
            plan: Only those of this series or queue.
            gate: Only those behind this gate: drafts, or what waits for approval.
            due_from: Only those that are due then or later.
            due_before: Only those that are due before.
            text: Only those that say this somewhere; capitals don't matter.
            after: Only those after this one.
            limit: So many are read at once.
        """
        states = _check.many(states, "Xmp.posts.stream(states)", lambda it, at: _check.word(it, at, DeliveryState))
        while True:
            page = self.list(states=states, account=account, platform=platform, label=label, campaign=campaign, plan=plan, gate=gate, due_from=due_from, due_before=due_before, text=text, after=after, limit=limit)
            yield from page
            if not page:
                return
            after = page[-1].post.id
    def cancel(self, id: PostId) -> PostView:
        """Cancels what still waits, on all accounts or on none: all of a delivery, or the rest of a thread of
        which some parts are live.

        Args:
            id: The post.
        """
        params = {
            "id": _check.text(id, "Xmp.posts.cancel(id)"),
        }
        answer = self._caller.call("Xmp.posts.cancel", params)
        return read_post_view(answer)

    def reschedule(self, id: PostId, when: When | datetime) -> PostView:
        """Gives a post another time.

        Args:
            id: The post.
            when: The new time.
        """
        params = {
            "id": _check.text(id, "Xmp.posts.reschedule(id)"),
            "when": write_when(check_when(when, "Xmp.posts.reschedule(when)")),
        }
        answer = self._caller.call("Xmp.posts.reschedule", params)
        return read_post_view(answer)

    def dead_letters(self) -> tuple[PostView, ...]:
        """Posts with a delivery that will not be published by itself any more: at most 100, oldest first."""
        answer = self._caller.call("Xmp.posts.dead_letters", {})
        return tuple([read_post_view(one) for one in answer])

    def held(self) -> tuple[PostView, ...]:
        """Posts that wait for a person to say whether they are live: at most 100, oldest first."""
        answer = self._caller.call("Xmp.posts.held", {})
        return tuple([read_post_view(one) for one in answer])

    def explain(self, id: PostId) -> tuple[Explanation, ...]:
        """Why a post stands where it stands, and what comes next: what it waits for, when it is tried, what
        was tried before and what came of it. One explanation for each account.

        Args:
            id: The post.
        """
        params = {
            "id": _check.text(id, "Xmp.posts.explain(id)"),
        }
        answer = self._caller.call("Xmp.posts.explain", params)
        return tuple([read_explanation(one) for one in answer])

    def put_back(self, id: DeliveryId) -> Delivery:
        """Puts a dead letter back: it is tried again at once.

        Args:
            id: The delivery.
        """
        params = {
            "id": _check.text(id, "Xmp.posts.put_back(id)"),
        }
        answer = self._caller.call("Xmp.posts.put_back", params)
        return read_delivery(answer)

    def resolve(self, id: DeliveryId, resolution: Resolution) -> Delivery:
        """Says what a held part was: live, to be sent again, or to be left.

        Args:
            id: The delivery.
            resolution: What it was.
        """
        params = {
            "id": _check.text(id, "Xmp.posts.resolve(id)"),
            "resolution": write_resolution(check_resolution(resolution, "Xmp.posts.resolve(resolution)")),
        }
        answer = self._caller.call("Xmp.posts.resolve", params)
        return read_delivery(answer)

    def measure(self, id: PostId) -> tuple[MetricSample, ...]:
        """Reads the numbers of a post's live parts from their platforms, and keeps them. A part that its
        platform tells nothing of is left out.

        Args:
            id: The post.
        """
        params = {
            "id": _check.text(id, "Xmp.posts.measure(id)"),
        }
        answer = self._caller.call("Xmp.posts.measure", params)
        return tuple([read_metric_sample(one) for one in answer])

    def measured(self, account: AccountId, post: RemoteId) -> tuple[MetricSample, ...]:
        """The numbers of a live post that were kept, oldest first.

        Args:
            account: The account that it belongs to.
            post: The post, by the platform's id.
        """
        params = {
            "account": _check.text(account, "Xmp.posts.measured(account)"),
            "post": _check.text(post, "Xmp.posts.measured(post)"),
        }
        answer = self._caller.call("Xmp.posts.measured", params)
        return tuple([read_metric_sample(one) for one in answer])

    def __repr__(self) -> str:
        return f"<xmp Posts of {self._caller!r}>"

class Series:
    """Posts that come again, by a rule: `xmp.series`."""

    __slots__ = ("_caller",)
    def __init__(self, caller: BlockingCaller) -> None:
        self._caller = caller

    def create(
        self,
        name: str,
        recurrence: Recurrence,
        draft: Draft,
        *,
        ahead: timedelta | None = None,
        expires_after: timedelta | None = None,
    ) -> Plan:
        """Makes a series, and the posts of its next occurrences. Some time before it is due each occurrence
        becomes a post, which is as any other; a worker does that.

        Args:
            name: What people call it.
            recurrence: When.
            draft: What each of its posts is like; its own time and end are not used.
            ahead: How long before it is due an occurrence becomes a post: 7 days if not given, a minute
                at least.
            expires_after: How long after it is due a post is not sent any more.
        """
        params = {
            "name": _check.text(name, "Xmp.series.create(name)"),
            "recurrence": write_recurrence(_check.instance(recurrence, "Xmp.series.create(recurrence)", Recurrence)),
            "draft": write_draft(_check.instance(draft, "Xmp.series.create(draft)", Draft)),
            "ahead": None if ahead is None else _wire.write_length(_check.length(ahead, "Xmp.series.create(ahead)")),
            "expires_after": None if expires_after is None else _wire.write_length(_check.length(expires_after, "Xmp.series.create(expires_after)")),
        }
        answer = self._caller.call("Xmp.series.create", params)
        return read_plan(answer)

    def get(self, id: PlanId) -> Plan:
        """One series. Its posts are those that `posts.list` gives for its id as `plan`.

        Args:
            id: The series.
        """
        params = {
            "id": _check.text(id, "Xmp.series.get(id)"),
        }
        answer = self._caller.call("Xmp.series.get", params)
        return read_plan(answer)

    def list(self) -> tuple[Plan, ...]:
        """All series, oldest first."""
        answer = self._caller.call("Xmp.series.list", {})
        return tuple([read_plan(one) for one in answer])

    def preview(self, recurrence: Recurrence, *, count: int = 10) -> tuple[Coming, ...]:
        """The next occurrences of a recurrence, at most 1,000. Keeps nothing.

        Args:
            recurrence: When.
            count: How many.
        """
        params = {
            "recurrence": write_recurrence(_check.instance(recurrence, "Xmp.series.preview(recurrence)", Recurrence)),
            "count": _check.whole(count, "Xmp.series.preview(count)"),
        }
        answer = self._caller.now("Xmp.series.preview", params)
        return tuple([read_coming(one) for one in answer])

    def coming(self, id: PlanId, *, count: int = 10) -> tuple[Coming, ...]:
        """The next occurrences of a series, at most 1,000, whether they are posts already or not.

        Args:
            id: The series.
            count: How many.
        """
        params = {
            "id": _check.text(id, "Xmp.series.coming(id)"),
            "count": _check.whole(count, "Xmp.series.coming(count)"),
        }
        answer = self._caller.call("Xmp.series.coming", params)
        return tuple([read_coming(one) for one in answer])

    def occurrence(self, id: PlanId, occurrence: str) -> PostView:
        """The post of an occurrence: the one that is there, or one that is made now, however far ahead.
        Change it or cancel it as any other: the series does not look at that occurrence again.

        Args:
            id: The series.
            occurrence: What names the occurrence: `2026-12-24T09:00:00`.
        """
        params = {
            "id": _check.text(id, "Xmp.series.occurrence(id)"),
            "occurrence": _check.text(occurrence, "Xmp.series.occurrence(occurrence)"),
        }
        answer = self._caller.call("Xmp.series.occurrence", params)
        return read_post_view(answer)

    def edit(
        self,
        id: PlanId,
        revision: int,
        *,
        name: str | None = None,
        recurrence: Recurrence | None = None,
        draft: Draft | None = None,
        ahead: timedelta | None = None,
        expires_after: timedelta | None = None,
    ) -> Plan:
        """Changes a whole series, if it is still the one of `revision`. Posts that it has made change with
        it, unless they were edited by themselves; those at times that it does not have any more are
        cancelled.

        Args:
            id: The series.
            revision: What was looked at.
            name: What people call it.
            recurrence: When.
            draft: What each of its posts is like.
            ahead: How long before it is due an occurrence becomes a post.
            expires_after: How long after it is due a post is not sent any more.
        """
        params = {
            "id": _check.text(id, "Xmp.series.edit(id)"),
            "revision": _check.whole(revision, "Xmp.series.edit(revision)"),
            "name": None if name is None else _check.text(name, "Xmp.series.edit(name)"),
            "recurrence": None if recurrence is None else write_recurrence(_check.instance(recurrence, "Xmp.series.edit(recurrence)", Recurrence)),
            "draft": None if draft is None else write_draft(_check.instance(draft, "Xmp.series.edit(draft)", Draft)),
            "ahead": None if ahead is None else _wire.write_length(_check.length(ahead, "Xmp.series.edit(ahead)")),
            "expires_after": None if expires_after is None else _wire.write_length(_check.length(expires_after, "Xmp.series.edit(expires_after)")),
        }
        answer = self._caller.call("Xmp.series.edit", params)
        return read_plan(answer)

    def edit_from(
        self,
        id: PlanId,
        revision: int,
        occurrence: str,
        *,
        name: str | None = None,
        recurrence: Recurrence | None = None,
        draft: Draft | None = None,
        ahead: timedelta | None = None,
        expires_after: timedelta | None = None,
    ) -> Plan:
        """Changes a series from an occurrence on: it ends before that, and another one begins there, which is
        given.

        Args:
            id: The series.
            revision: What was looked at.
            occurrence: What names the occurrence: `2026-12-24T09:00:00`.
            name: What people call it.
            recurrence: When.
            draft: What each of its posts is like.
            ahead: How long before it is due an occurrence becomes a post.
            expires_after: How long after it is due a post is not sent any more.
        """
        params = {
            "id": _check.text(id, "Xmp.series.edit_from(id)"),
            "revision": _check.whole(revision, "Xmp.series.edit_from(revision)"),
            "occurrence": _check.text(occurrence, "Xmp.series.edit_from(occurrence)"),
            "name": None if name is None else _check.text(name, "Xmp.series.edit_from(name)"),
            "recurrence": None if recurrence is None else write_recurrence(_check.instance(recurrence, "Xmp.series.edit_from(recurrence)", Recurrence)),
            "draft": None if draft is None else write_draft(_check.instance(draft, "Xmp.series.edit_from(draft)", Draft)),
            "ahead": None if ahead is None else _wire.write_length(_check.length(ahead, "Xmp.series.edit_from(ahead)")),
            "expires_after": None if expires_after is None else _wire.write_length(_check.length(expires_after, "Xmp.series.edit_from(expires_after)")),
        }
        answer = self._caller.call("Xmp.series.edit_from", params)
        return read_plan(answer)

    def pause(self, id: PlanId, *, cancel: bool = False) -> Plan:
        """Lets a series make no more posts until it is resumed. Those that it has made wait for their time as
        before, unless `cancel` takes them back.

        Args:
            id: The series.
            cancel: Whether the posts that it has made are cancelled.
        """
        params = {
            "id": _check.text(id, "Xmp.series.pause(id)"),
            "cancel": _check.flag(cancel, "Xmp.series.pause(cancel)"),
        }
        answer = self._caller.call("Xmp.series.pause", params)
        return read_plan(answer)

    def resume(self, id: PlanId) -> Plan:
        """Lets a paused series go on: with its next occurrence, and not with those that were due meanwhile.

        Args:
            id: The series.
        """
        params = {
            "id": _check.text(id, "Xmp.series.resume(id)"),
        }
        answer = self._caller.call("Xmp.series.resume", params)
        return read_plan(answer)

    def end(self, id: PlanId, *, cancel: bool = False) -> Plan:
        """Ends a series for good. Those that it has made wait for their time as before, unless `cancel` takes
        them back.

        Args:
            id: The series.
            cancel: Whether the posts that it has made are cancelled.
        """
        params = {
            "id": _check.text(id, "Xmp.series.end(id)"),
            "cancel": _check.flag(cancel, "Xmp.series.end(cancel)"),
        }
        answer = self._caller.call("Xmp.series.end", params)
        return read_plan(answer)

    def __repr__(self) -> str:
        return f"<xmp Series of {self._caller!r}>"

class Queues:
    """Posts that take the next free one of weekly slots: `xmp.queues`."""

    __slots__ = ("_caller",)
    def __init__(self, caller: BlockingCaller) -> None:
        self._caller = caller

    def create(
        self,
        name: str,
        zone: str,
        slots: Iterable[Slot],
        *,
        accounts: Iterable[AccountId] = (),
        gap: OnGap = "shift",
        fold: OnFold = "first",
    ) -> Plan:
        """Makes a queue: weekly slots, and posts that take the next free one.

        Args:
            name: What people call it.
            zone: The IANA zone of its slots.
            slots: Its slots: `Mon-Fri 09:00,17:00`.
            accounts: The accounts that a post goes to which names none.
            gap: For slots that the zone skips.
            fold: For slots that the zone has twice.
        """
        params = {
            "name": _check.text(name, "Xmp.queues.create(name)"),
            "zone": _check.text(zone, "Xmp.queues.create(zone)"),
            "slots": _check.many(slots, "Xmp.queues.create(slots)", _check.text),
            "accounts": _check.many(accounts, "Xmp.queues.create(accounts)", _check.text),
            "gap": _check.word(gap, "Xmp.queues.create(gap)", OnGap),
            "fold": _check.word(fold, "Xmp.queues.create(fold)", OnFold),
        }
        answer = self._caller.call("Xmp.queues.create", params)
        return read_plan(answer)

    def get(self, id: PlanId) -> Plan:
        """One queue.

        Args:
            id: The queue.
        """
        params = {
            "id": _check.text(id, "Xmp.queues.get(id)"),
        }
        answer = self._caller.call("Xmp.queues.get", params)
        return read_plan(answer)

    def list(self) -> tuple[Plan, ...]:
        """All queues, oldest first."""
        answer = self._caller.call("Xmp.queues.list", {})
        return tuple([read_plan(one) for one in answer])

    def change(
        self,
        id: PlanId,
        name: str,
        zone: str,
        slots: Iterable[Slot],
        *,
        accounts: Iterable[AccountId] = (),
        gap: OnGap = "shift",
        fold: OnFold = "first",
    ) -> Plan:
        """Gives a queue another name, other slots or accounts. The posts in it keep their order, and take the
        new slots from now on.

        Args:
            id: The queue.
            name: What people call it.
            zone: The IANA zone of its slots.
            slots: Its slots: `Mon-Fri 09:00,17:00`.
            accounts: The accounts that a post goes to which names none.
            gap: For slots that the zone skips.
            fold: For slots that the zone has twice.
        """
        params = {
            "id": _check.text(id, "Xmp.queues.change(id)"),
            "name": _check.text(name, "Xmp.queues.change(name)"),
            "zone": _check.text(zone, "Xmp.queues.change(zone)"),
            "slots": _check.many(slots, "Xmp.queues.change(slots)", _check.text),
            "accounts": _check.many(accounts, "Xmp.queues.change(accounts)", _check.text),
            "gap": _check.word(gap, "Xmp.queues.change(gap)", OnGap),
            "fold": _check.word(fold, "Xmp.queues.change(fold)", OnFold),
        }
        answer = self._caller.call("Xmp.queues.change", params)
        return read_plan(answer)

    def entries(self, id: PlanId) -> tuple[PostView, ...]:
        """The posts that wait in a queue, in order.

        Args:
            id: The queue.
        """
        params = {
            "id": _check.text(id, "Xmp.queues.entries(id)"),
        }
        answer = self._caller.call("Xmp.queues.entries", params)
        return tuple([read_post_view(one) for one in answer])

    def free(self, id: PlanId, *, count: int = 1) -> tuple[Coming, ...]:
        """The next free slots of a queue.

        Args:
            id: The queue.
            count: How many.
        """
        params = {
            "id": _check.text(id, "Xmp.queues.free(id)"),
            "count": _check.whole(count, "Xmp.queues.free(count)"),
        }
        answer = self._caller.call("Xmp.queues.free", params)
        return tuple([read_coming(one) for one in answer])

    def add(self, id: PlanId, draft: Draft, key: str, *, place: QueuePlace = "next") -> PostView:
        """Puts a draft in a queue, which gives it a time. A draft that names no account goes to the queue's.
        The key makes the call repeatable, as in `posts.schedule`.

        Args:
            id: The queue.
            draft: What to publish, without a time.
            key: 1 to 255 characters without control characters.
            place: Where in the queue.
        """
        params = {
            "id": _check.text(id, "Xmp.queues.add(id)"),
            "draft": write_draft(_check.instance(draft, "Xmp.queues.add(draft)", Draft)),
            "key": _check.text(key, "Xmp.queues.add(key)"),
            "place": _check.word(place, "Xmp.queues.add(place)", QueuePlace),
        }
        answer = self._caller.call("Xmp.queues.add", params)
        return read_post_view(answer)

    def move_to(self, id: PlanId, post: PostId, place: int) -> tuple[PostView, ...]:
        """Moves a post to another place in its queue, from 0; those between move by one slot. Gives all that
        wait.

        Args:
            id: The queue.
            post: The post.
            place: Its new place.
        """
        params = {
            "id": _check.text(id, "Xmp.queues.move_to(id)"),
            "post": _check.text(post, "Xmp.queues.move_to(post)"),
            "place": _check.whole(place, "Xmp.queues.move_to(place)"),
        }
        answer = self._caller.call("Xmp.queues.move_to", params)
        return tuple([read_post_view(one) for one in answer])

    def shuffle(self, id: PlanId) -> tuple[PostView, ...]:
        """Gives the posts of a queue each other's slots, at random. Gives all that wait.

        Args:
            id: The queue.
        """
        params = {
            "id": _check.text(id, "Xmp.queues.shuffle(id)"),
        }
        answer = self._caller.call("Xmp.queues.shuffle", params)
        return tuple([read_post_view(one) for one in answer])

    def remove(self, id: PlanId, post: PostId, close_up: bool) -> tuple[PostView, ...]:
        """Takes a post out of its queue, and cancels it. The queue closes up (those behind move by one slot),
        or keeps its times. Gives all that wait.

        Args:
            id: The queue.
            post: The post.
            close_up: Whether those behind move up.
        """
        params = {
            "id": _check.text(id, "Xmp.queues.remove(id)"),
            "post": _check.text(post, "Xmp.queues.remove(post)"),
            "close_up": _check.flag(close_up, "Xmp.queues.remove(close_up)"),
        }
        answer = self._caller.call("Xmp.queues.remove", params)
        return tuple([read_post_view(one) for one in answer])

    def __repr__(self) -> str:
        return f"<xmp Queues of {self._caller!r}>"

class Consumers:
    """Readers of the event log, each with a place of its own: `xmp.consumers`."""

    __slots__ = ("_caller",)
    def __init__(self, caller: BlockingCaller) -> None:
        self._caller = caller

    def read(
        self,
        name: str,
        *,
        limit: int = 100,
        wait: timedelta = timedelta(seconds=0),
        kinds: Iterable[EventKind] = (),
    ) -> tuple[Event, ...]:
        """The events that a consumer has not acknowledged yet, in order. It goes on where it stood after a
        restart; each event is told at least once, and those of a post in order. Until they are
        acknowledged the same events are read again.

        Args:
            name: The consumer's name: 1 to 64 characters out of `a-z A-Z 0-9 - _ .`. A new one begins
                with the oldest event.
            limit: At most so many.
            wait: Where there are none, how long to wait for the first.
            kinds: Only events of these kinds; all if there are none. Those of other kinds that come
                before the first that is read count as acknowledged: give one name always the same kinds.
        """
        params = {
            "name": _check.text(name, "Xmp.consumers.read(name)"),
            "limit": _check.whole(limit, "Xmp.consumers.read(limit)"),
            "wait": _wire.write_length(_check.length(wait, "Xmp.consumers.read(wait)")),
            "kinds": _check.many(kinds, "Xmp.consumers.read(kinds)", lambda it, at: _check.word(it, at, EventKind)),
        }
        answer = self._caller.call("Xmp.consumers.read", params)
        return tuple([read_event(one) for one in answer])

    def stream(
        self,
        name: str,
        *,
        limit: int = 100,
        wait: timedelta = timedelta(seconds=0),
        kinds: Iterable[EventKind] = (),
    ) -> Generator[Event, None, None]:
        """Events as they happen, without end: each is acknowledged when the next one is asked for, and so is
        told again if the program ends before.

        Args:
            name: The consumer's name: 1 to 64 characters out of `a-z A-Z 0-9 - _ .`. A new one begins
                with the oldest event.
            limit: So many are read at once.
            wait: Where there are none, how long to wait for the first.
            kinds: Only events of these kinds; all if there are none. Those of other kinds that come
                before the first that is read count as acknowledged: give one name always the same kinds.
        """
        kinds = _check.many(kinds, "Xmp.consumers.stream(kinds)", lambda it, at: _check.word(it, at, EventKind))
        while True:
            page = self.read(name, limit=limit, wait=wait if wait != timedelta(0) else timedelta(minutes=1), kinds=kinds)
            for item in page:
                yield item
                self.acknowledge(name, item.sequence)
    def acknowledge(self, name: str, sequence: int) -> int:
        """Acknowledges all events up to one: they are not read again. Gives where the consumer stands then,
        which never goes back: the call is repeatable.

        Args:
            name: The consumer's name.
            sequence: The `sequence` of the event.
        """
        params = {
            "name": _check.text(name, "Xmp.consumers.acknowledge(name)"),
            "sequence": _check.whole(sequence, "Xmp.consumers.acknowledge(sequence)"),
        }
        answer: int = self._caller.call("Xmp.consumers.acknowledge", params)
        return answer

    def rewind(self, name: str, sequence: int) -> int:
        """Sets a consumer back: the events after a place are read again. Gives where it stands then; a place
        that is not before that changes nothing.

        Args:
            name: The consumer's name.
            sequence: The place: the `sequence` of an event; 0 for the beginning of what is kept.
        """
        params = {
            "name": _check.text(name, "Xmp.consumers.rewind(name)"),
            "sequence": _check.whole(sequence, "Xmp.consumers.rewind(sequence)"),
        }
        answer: int = self._caller.call("Xmp.consumers.rewind", params)
        return answer

    def list(self) -> tuple[EventConsumer, ...]:
        """The consumers that are known, by their names: those that have acknowledged something or were
        rewound.
        """
        answer = self._caller.call("Xmp.consumers.list", {})
        return tuple([read_event_consumer(one) for one in answer])

    def forget(self, name: str) -> bool:
        """Forgets a consumer: no events are kept for it any more, and one of that name begins anew. Tells
        whether there was one.

        Args:
            name: The consumer's name.
        """
        params = {
            "name": _check.text(name, "Xmp.consumers.forget(name)"),
        }
        answer: bool = self._caller.call("Xmp.consumers.forget", params)
        return answer

    def __repr__(self) -> str:
        return f"<xmp Consumers of {self._caller!r}>"

class Remote:
    """What a platform itself shows: `xmp.x`, or `xmp.platform("x")`."""

    __slots__ = ("_caller", "_platform",)
    def __init__(self, caller: BlockingCaller, platform: PlatformId) -> None:
        self._caller = caller
        self._platform = platform

    def capability(self, account: AccountId) -> Capability:
        """What the platform can do for this account, where that depends on its server: a Mastodon server sets
        limits of its own.

        Args:
            account: The account.
        """
        params = {
            "platform": self._platform,
            "account": _check.text(account, "Xmp.platform.capability(account)"),
        }
        answer = self._caller.call("Xmp.platform.capability", params)
        return read_capability(answer)

    def profile(self, account: AccountId) -> Profile:
        """The account's own profile.

        Args:
            account: The account.
        """
        params = {
            "platform": self._platform,
            "account": _check.text(account, "Xmp.platform.profile(account)"),
        }
        answer = self._caller.call("Xmp.platform.profile", params)
        return read_profile(answer)

    def timeline(
        self,
        account: AccountId,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> RemotePostPage:
        """The account's own posts, newest first.

        Args:
            account: The account.
            since: Not before this.
            until: Not after this.
            limit: At most so many on a page; the platform may give fewer.
            cursor: Goes on where an earlier page ended.
        """
        params = {
            "platform": self._platform,
            "account": _check.text(account, "Xmp.platform.timeline(account)"),
            "since": None if since is None else _wire.write_time(_check.moment(since, "Xmp.platform.timeline(since)")),
            "until": None if until is None else _wire.write_time(_check.moment(until, "Xmp.platform.timeline(until)")),
            "limit": None if limit is None else _check.whole(limit, "Xmp.platform.timeline(limit)"),
            "cursor": None if cursor is None else _check.text(cursor, "Xmp.platform.timeline(cursor)"),
        }
        answer = self._caller.call("Xmp.platform.timeline", params)
        return read_remote_post_page(answer)

    def stream_timeline(
        self,
        account: AccountId,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Generator[RemotePost, None, None]:
        """All of the account's own posts that a query means, newest first, read page by page: each page is a
        request.

        Args:
            account: The account.
            since: Not before this.
            until: Not after this.
            limit: So many are read at once.
            cursor: Goes on where an earlier page ended.
        """
        while True:
            page = self.timeline(account, since=since, until=until, limit=limit, cursor=cursor)
            yield from page.items
            if page.next is None:
                return
            cursor = page.next
    def get(self, account: AccountId, post: RemoteId) -> RemotePost:
        """One post, as this account sees it.

        Args:
            account: The account.
            post: The post, by the platform's id.
        """
        params = {
            "platform": self._platform,
            "account": _check.text(account, "Xmp.platform.get(account)"),
            "post": _check.text(post, "Xmp.platform.get(post)"),
        }
        answer = self._caller.call("Xmp.platform.get", params)
        return read_remote_post(answer)

    def metrics(
        self,
        account: AccountId,
        posts: Iterable[RemoteId],
    ) -> tuple[Mapping[str, int] | None, ...]:
        """The numbers of posts, in the order asked; nothing where the platform told nothing.

        Args:
            account: The account.
            posts: The posts, by the platform's ids.
        """
        params = {
            "platform": self._platform,
            "account": _check.text(account, "Xmp.platform.metrics(account)"),
            "posts": _check.many(posts, "Xmp.platform.metrics(posts)", _check.text),
        }
        answer = self._caller.call("Xmp.platform.metrics", params)
        return tuple([_wire.maybe(one, FrozenMap) for one in answer])

    def delete(self, account: AccountId, post: RemoteId) -> None:
        """Takes a post back. Repeatable: a post that is gone already is not an error.

        Args:
            account: The account.
            post: The post, by the platform's id.
        """
        params = {
            "platform": self._platform,
            "account": _check.text(account, "Xmp.platform.delete(account)"),
            "post": _check.text(post, "Xmp.platform.delete(post)"),
        }
        self._caller.call("Xmp.platform.delete", params)

    def __repr__(self) -> str:
        return f"<xmp Remote {self._platform!r} of {self._caller!r}>"

class RunningWorker:
    """A worker in the background of this program: `xmp.start_worker()`. It is stopped at the end of a `with`."""

    __slots__ = ("_caller",)
    def __init__(self, caller: BlockingCaller) -> None:
        self._caller = caller

    def stop(self, *, within: timedelta | None = None) -> None:
        """Takes nothing new, finishes what is in flight, and ends.

        Args:
            within: What is not finished after this time is let go: what it is getting ready goes back,
                and requests that are on their way become unconfirmed at once, for the next worker to ask
                about. Zero stops it hard; without it, it takes as long as it takes.
        """
        params = {
            "within": None if within is None else _wire.write_length(_check.length(within, "RunningWorker.stop(within)")),
        }
        self._caller.call("RunningWorker.stop", params)

    def __enter__(self) -> RunningWorker:
        return self
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.stop()
    def __repr__(self) -> str:
        return f"<xmp {self._caller!r}>"

class Xmp:
    """An engine that holds accounts and publishes posts: `Xmp.open(...)` opens one. It is closed at the end
    of a `with`.
    """

    __slots__ = ("_caller", "accounts", "consumers", "posts", "queues", "series",)
    def __init__(self, caller: BlockingCaller) -> None:
        self._caller = caller
        self.accounts = Accounts(caller)
        self.posts = Posts(caller)
        self.series = Series(caller)
        self.queues = Queues(caller)
        self.consumers = Consumers(caller)

    @staticmethod
    def open(
        *,
        home: str | os.PathLike[str] | None = None,
        sqlite: str | os.PathLike[str] | None = None,
        postgres: str | None = None,
        postgres_schema: str | None = None,
        seal_key: str | None = None,
        old_seal_keys: Iterable[str] = (),
        tenant: TenantId = "default",
        x: XConfig | None = None,
        bluesky: BlueskyConfig | None = None,
        mastodon: Iterable[MastodonConfig] = (),
        clock: ManualClock | None = None,
    ) -> Xmp:
        """Opens an engine. It starts no worker: a program says where one runs.

        Args:
            home: Keeps everything in a folder, made on first use: `xmp.db`, and a `seal.key` unless a
                seal key is given. Good to begin with; keep the key apart from the data once it matters.
                Without `home`, `sqlite` and `postgres` everything is kept in memory, until the program ends.
            sqlite: Keeps everything in one SQLite file, which several processes on one host may share.
                Needs a seal key.
            postgres: Keeps everything in a PostgreSQL database, which any number of processes on any
                number of hosts may share: `postgres://user:password@host/database`. Needs a seal key.
            postgres_schema: The schema of that database that everything stands in: `xmp` if not given. It
                is made where it is not there.
            seal_key: The key that tokens are sealed with: 32 bytes in base64. Default: the environment
                variable `XMP_SEAL_KEY`.
            old_seal_keys: Older seal keys, which still open what they sealed.
            tenant: Whose accounts and posts they are.
            x: Speaks to X, like this.
            bluesky: Speaks to Bluesky, like this.
            mastodon: Speaks to these servers of Mastodon.
            clock: The clock that it goes by, in place of the system's.
        """
        params = {
            "home": None if home is None else _check.path(home, "Xmp.open(home)"),
            "sqlite": None if sqlite is None else _check.path(sqlite, "Xmp.open(sqlite)"),
            "postgres": None if postgres is None else _check.text(postgres, "Xmp.open(postgres)"),
            "postgres_schema": None if postgres_schema is None else _check.text(postgres_schema, "Xmp.open(postgres_schema)"),
            "seal_key": None if seal_key is None else _check.text(seal_key, "Xmp.open(seal_key)"),
            "old_seal_keys": _check.many(old_seal_keys, "Xmp.open(old_seal_keys)", _check.text),
            "tenant": _check.text(tenant, "Xmp.open(tenant)"),
            "x": None if x is None else write_x_config(_check.instance(x, "Xmp.open(x)", XConfig)),
            "bluesky": None if bluesky is None else write_bluesky_config(_check.instance(bluesky, "Xmp.open(bluesky)", BlueskyConfig)),
            "mastodon": [write_mastodon_config(it) for it in _check.many(mastodon, "Xmp.open(mastodon)", lambda it, at: _check.instance(it, at, MastodonConfig))],
        }
        handle = None if clock is None else _check.instance(clock, "Xmp.open(clock)", ManualClock)._caller.handle
        return Xmp(BlockingCaller(handle).open("Xmp.open", params))

    def platforms(self) -> tuple[PlatformInfo, ...]:
        """The platforms that are set up, with what they can do."""
        answer = self._caller.now("Xmp.platforms", {})
        return tuple([read_platform_info(one) for one in answer])

    def events(self, *, after: int = 0, limit: int = 100) -> tuple[Event, ...]:
        """Events of this tenant after a place in the log, in order.

        Args:
            after: The place: the `sequence` of an event that was seen; 0 for the beginning.
            limit: At most so many.
        """
        params = {
            "after": _check.whole(after, "Xmp.events(after)"),
            "limit": _check.whole(limit, "Xmp.events(limit)"),
        }
        answer = self._caller.call("Xmp.events", params)
        return tuple([read_event(one) for one in answer])

    def stream_events(self, *, after: int = 0, limit: int = 100) -> Generator[Event, None, None]:
        """All events of this tenant after a place in the log that are there by now, in order.

        Args:
            after: The place: the `sequence` of an event that was seen; 0 for the beginning.
            limit: So many are read at once.
        """
        while True:
            page = self.events(after=after, limit=limit)
            yield from page
            if not page:
                return
            after = page[-1].sequence
    def stop_sending(self, scope: StopScope, why: str) -> SendingStop:
        """The emergency stop: nothing that the scope covers is sent from now on, by any process, until
        sending is resumed. What is on its way stays so, and is asked about. Stopping what is stopped
        changes nothing.

        Args:
            scope: What is stopped: `all`, `platform:x` or `tenant:acme`.
            why: Why, for people.
        """
        params = {
            "scope": _check.text(scope, "Xmp.stop_sending(scope)"),
            "why": _check.text(why, "Xmp.stop_sending(why)"),
        }
        answer = self._caller.call("Xmp.stop_sending", params)
        return read_sending_stop(answer)

    def resume_sending(self, scope: StopScope) -> bool:
        """Lifts an emergency stop. Tells whether there was one.

        Args:
            scope: What was stopped.
        """
        params = {
            "scope": _check.text(scope, "Xmp.resume_sending(scope)"),
        }
        answer: bool = self._caller.call("Xmp.resume_sending", params)
        return answer

    def stops(self) -> tuple[SendingStop, ...]:
        """The emergency stops that are in force, for whomever."""
        answer = self._caller.call("Xmp.stops", {})
        return tuple([read_sending_stop(one) for one in answer])

    def health(self) -> Health:
        """How this engine stands, for this tenant: whether its store answers, how much waits, is overdue,
        held or dead, which accounts need their owners. Never an error: a store that does not answer is
        told of.
        """
        answer = self._caller.call("Xmp.health", {})
        return read_health(answer)

    def tenant(self, tenant: TenantId) -> Xmp:
        """The same engine for another tenant: its accounts, posts and events are its own. It is one engine:
        closed for one, it is closed for all.

        Args:
            tenant: 1 to 64 characters out of `a-z A-Z 0-9 - _ .`.
        """
        params = {
            "tenant": _check.text(tenant, "Xmp.tenant(tenant)"),
        }
        return Xmp(self._caller.open_now("Xmp.tenant", params))

    def close(self) -> None:
        """Stops the workers that were started through it, softly, and closes the store. Calls afterwards are
        refused, for every tenant.
        """
        self._caller.call("Xmp.close", {})

    def start_worker(
        self,
        *,
        publish_slots: int = 16,
        reconcile_slots: int = 4,
        lease_for: timedelta = timedelta(seconds=8),
        poll: timedelta = timedelta(seconds=1),
        keep_finished_for: timedelta | None = None,
        keep_events_for: timedelta | None = None,
        retry: RetryPolicy = RetryPolicy(),
        look: LookPolicy = LookPolicy(),
    ) -> RunningWorker:
        """Starts a worker in the background of this program. It serves all tenants.

        Args:
            publish_slots: Deliveries published at once. Default 16.
            reconcile_slots: Deliveries asked about at once: slots of their own, so that neither starves
                the other. Default 4.
            lease_for: How long a delivery is held without a sign of life: what a worker held that is gone
                goes on after this time. It is renewed while work goes on, and longer while a visible request
                may be on its way, if that may take longer. At least 1 s. Default 8 s.
            poll: How long at most until other processes' new posts are noticed, where the store does not
                tell of them. Default 1 s.
            keep_finished_for: For how long posts are kept after they are final: see
                `DeliveryStore.prune`. At least a day more than `look.patience`, and longer than calls may be
                repeated with the same key. Default: for ever.
            keep_events_for: For how long events are kept: those that a consumer has not read yet for as
                long again. The event log is the audit log: what is forgotten of it is gone. At least an hour.
                Default: for ever.
            retry: How often a part is tried that was surely not sent.
            look: How the platform is asked what became of an attempt.
        """
        params = {
            "publish_slots": _check.whole(publish_slots, "Xmp.start_worker(publish_slots)"),
            "reconcile_slots": _check.whole(reconcile_slots, "Xmp.start_worker(reconcile_slots)"),
            "lease_for": _wire.write_length(_check.length(lease_for, "Xmp.start_worker(lease_for)")),
            "poll": _wire.write_length(_check.length(poll, "Xmp.start_worker(poll)")),
            "keep_finished_for": None if keep_finished_for is None else _wire.write_length(_check.length(keep_finished_for, "Xmp.start_worker(keep_finished_for)")),
            "keep_events_for": None if keep_events_for is None else _wire.write_length(_check.length(keep_events_for, "Xmp.start_worker(keep_events_for)")),
            "retry": write_retry_policy(_check.instance(retry, "Xmp.start_worker(retry)", RetryPolicy)),
            "look": write_look_policy(_check.instance(look, "Xmp.start_worker(look)", LookPolicy)),
        }
        return RunningWorker(self._caller.open("Xmp.start_worker", params))

    def platform(self, platform: PlatformId) -> Remote:
        """What a platform itself shows.

        Args:
            platform: The name of the platform: `x`.
        """
        return Remote(self._caller, _check.text(platform, "Xmp.platform(platform)"))
    @property
    def x(self) -> Remote:
        """What X itself shows."""
        return self.platform("x")
    def within(
        self,
        *,
        correlation_id: CorrelationId | None = None,
        traceparent: str | None = None,
        actor: str | None = None,
        timeout: timedelta | None = None,
    ) -> Xmp:
        """The same engine, whose calls carry these.

        Args:
            correlation_id: Ties the call to an earlier one: 32 hexadecimal digits.
            traceparent: Goes on with a trace: a `traceparent` header.
            actor: The person or program behind the call.
            timeout: Requests that the call causes end by then.
        """
        along = self._caller.along.within(
            correlation_id=correlation_id,
            traceparent=traceparent,
            actor=actor,
            timeout=timeout,
        )
        return Xmp(BlockingCaller(self._caller.handle, along))
    def __enter__(self) -> Xmp:
        return self
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.close()
    def __repr__(self) -> str:
        return f"<xmp {self._caller!r}>"
