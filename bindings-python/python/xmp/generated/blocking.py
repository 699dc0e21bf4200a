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
from xmp.generated.inputs import BlueskyConfig, LookPolicy, MastodonConfig, QuietHours, Resolution, RetryPolicy, When, XConfig, check_resolution, check_when
from xmp.generated.outputs import Account, Capability, Delivery, Event, MastodonApp, MetricSample, PendingConnection, PlatformInfo, PostView, Problem, Profile, RemotePost, RemotePostPage, SendingStop
from xmp.generated.shared import ManualClock
from xmp.generated.wire import read_account, read_capability, read_delivery, read_event, read_mastodon_app, read_metric_sample, read_pending_connection, read_platform_info, read_post_view, read_problem, read_profile, read_remote_post, read_remote_post_page, read_sending_stop, write_bluesky_config, write_draft, write_look_policy, write_mastodon_config, write_quiet_hours, write_resolution, write_retry_policy, write_when, write_x_config
from xmp.generated.words import AccountId, CorrelationId, DeliveryId, DeliveryState, OnAbsent, PlatformId, PostId, RemoteId, StopScope, TenantId

__all__ = [
    "Accounts",
    "Posts",
    "Remote",
    "RunningWorker",
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
        after: PostId | None = None,
        limit: int | None = None,
    ) -> tuple[PostView, ...]:
        """Posts, oldest first.

        Args:
            states: Only those with a delivery in one of these states; empty for all.
            account: Only those that go to this account.
            after: Only those after this one.
            limit: At most so many; 100 if not given.
        """
        params = {
            "states": _check.many(states, "Xmp.posts.list(states)", lambda it, at: _check.word(it, at, DeliveryState)),
            "account": None if account is None else _check.text(account, "Xmp.posts.list(account)"),
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
        after: PostId | None = None,
        limit: int | None = None,
    ) -> Generator[PostView, None, None]:
        """All posts of a filter, oldest first, read in pages of its limit.

        Args:
            states: Only those with a delivery in one of these states; empty for all.
            account: Only those that go to this account.
            after: Only those after this one.
            limit: So many are read at once.
        """
        states = _check.many(states, "Xmp.posts.stream(states)", lambda it, at: _check.word(it, at, DeliveryState))
        while True:
            page = self.list(states=states, account=account, after=after, limit=limit)
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

    __slots__ = ("_caller", "accounts", "posts",)
    def __init__(self, caller: BlockingCaller) -> None:
        self._caller = caller
        self.accounts = Accounts(caller)
        self.posts = Posts(caller)

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
            retry: How often a part is tried that was surely not sent.
            look: How the platform is asked what became of an attempt.
        """
        params = {
            "publish_slots": _check.whole(publish_slots, "Xmp.start_worker(publish_slots)"),
            "reconcile_slots": _check.whole(reconcile_slots, "Xmp.start_worker(reconcile_slots)"),
            "lease_for": _wire.write_length(_check.length(lease_for, "Xmp.start_worker(lease_for)")),
            "poll": _wire.write_length(_check.length(poll, "Xmp.start_worker(poll)")),
            "keep_finished_for": None if keep_finished_for is None else _wire.write_length(_check.length(keep_finished_for, "Xmp.start_worker(keep_finished_for)")),
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
