# Written by `cargo xtask gen` from xmp-surface/surface.json.
"""Records that callers make. Each is checked when it is made."""

from __future__ import annotations
import builtins
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from xmp import _check
from xmp._frozen import FrozenMap
from xmp.generated.words import AccountId, Fold, Gap, Gate, OnFold, OnGap, PlatformId, Priority, RemoteId, Visibility

__all__ = [
    "Backoff",
    "BlueskyConfig",
    "BulkRow",
    "Focus",
    "LinkDraft",
    "LookPolicy",
    "MastodonConfig",
    "MediaDraft",
    "PartDraft",
    "Poll",
    "PublishedRef",
    "QuietHours",
    "Recurrence",
    "Resolution",
    "RetryPolicy",
    "Showing",
    "Variant",
    "When",
    "WhenLocal",
    "XConfig",
]

@dataclass(frozen=True, slots=True, kw_only=True, init=False)
class XConfig:
    """How X is reached.

    Attributes:
        client_id: The app's OAuth 2.0 client id.
        client_secret: The app's OAuth 2.0 client secret; `None` for a public client.
        base_url: Where the API is. Default: `BASE_URL`.
        authorize_url: Where owners consent. Default: `AUTHORIZE_URL`, or the same path under a base URL
            that is not X's own.
        settle: How long after an attempt's deadline its effect may still appear in the timeline. Default
            60 s.
        commit_timeout: How long the one visible request may take. Default 10 s.
        chunk_size: Bytes of one piece of an upload. Default 1 MiB: pieces of 5 MB were answered with 413.
        processing_timeout: How long to wait for the processing of a video or animation. Default 10
            minutes.
    """

    client_id: str
    client_secret: str | None = field(repr=False)
    base_url: str
    authorize_url: str | None
    settle: timedelta
    commit_timeout: timedelta
    chunk_size: int
    processing_timeout: timedelta

    def __init__(
        self,
        *,
        client_id: str,
        client_secret: str | None = None,
        base_url: str = "https://api.x.com",
        authorize_url: str | None = None,
        settle: timedelta = timedelta(seconds=60),
        commit_timeout: timedelta = timedelta(seconds=10),
        chunk_size: int = 1048576,
        processing_timeout: timedelta = timedelta(seconds=600),
    ) -> None:
        put = object.__setattr__
        put(self, "client_id", _check.text(client_id, "XConfig(client_id)"))
        put(self, "client_secret", None if client_secret is None else _check.text(client_secret, "XConfig(client_secret)"))
        put(self, "base_url", _check.text(base_url, "XConfig(base_url)"))
        put(self, "authorize_url", None if authorize_url is None else _check.text(authorize_url, "XConfig(authorize_url)"))
        put(self, "settle", _check.length(settle, "XConfig(settle)"))
        put(self, "commit_timeout", _check.length(commit_timeout, "XConfig(commit_timeout)"))
        put(self, "chunk_size", _check.whole(chunk_size, "XConfig(chunk_size)"))
        put(self, "processing_timeout", _check.length(processing_timeout, "XConfig(processing_timeout)"))

@dataclass(frozen=True, slots=True, kw_only=True, init=False)
class BlueskyConfig:
    """How Bluesky is reached.

    Attributes:
        service: Where accounts log in that name no server of their own. Default: `SERVICE`.
        directory: Where it is written down on which server an account lives: asked about a server that a
            caller names, which might give out somebody else's account for its own. Default: `DIRECTORY`.
        settle: How long after an attempt's deadline it is asked what became of it. Default 5 s: a server
            shows its own records at once.
        commit_timeout: How long the one visible request may take. Default 10 s.
    """

    service: str
    directory: str
    settle: timedelta
    commit_timeout: timedelta

    def __init__(
        self,
        *,
        service: str = "https://bsky.social",
        directory: str = "https://plc.directory",
        settle: timedelta = timedelta(seconds=5),
        commit_timeout: timedelta = timedelta(seconds=10),
    ) -> None:
        put = object.__setattr__
        put(self, "service", _check.text(service, "BlueskyConfig(service)"))
        put(self, "directory", _check.text(directory, "BlueskyConfig(directory)"))
        put(self, "settle", _check.length(settle, "BlueskyConfig(settle)"))
        put(self, "commit_timeout", _check.length(commit_timeout, "BlueskyConfig(commit_timeout)"))

@dataclass(frozen=True, slots=True, kw_only=True, init=False)
class MastodonConfig:
    """How one server is reached.

    Attributes:
        server: Its address: `https://mastodon.social`.
        client_id: The client id of the program's app there.
        client_secret: The client secret of the program's app there.
        settle: How long after an attempt's deadline it is asked what became of it. Default 120 s: longer
            than web servers, and the proxies in front of them, let a request run (nginx waits 60 s for an
            answer).

            Don't set less, unless the server is known to end its requests sooner: it remembers a key only
            when its post is made, so an attempt that is repeated while the first one is still running may
            make a second post.
        commit_timeout: How long the one visible request may take. Default 10 s.
        processing_timeout: How long to wait for the processing of media. Default 10 minutes.
    """

    server: str
    client_id: str
    client_secret: str = field(repr=False)
    settle: timedelta
    commit_timeout: timedelta
    processing_timeout: timedelta

    def __init__(
        self,
        *,
        server: str,
        client_id: str,
        client_secret: str,
        settle: timedelta = timedelta(seconds=120),
        commit_timeout: timedelta = timedelta(seconds=10),
        processing_timeout: timedelta = timedelta(seconds=600),
    ) -> None:
        put = object.__setattr__
        put(self, "server", _check.text(server, "MastodonConfig(server)"))
        put(self, "client_id", _check.text(client_id, "MastodonConfig(client_id)"))
        put(self, "client_secret", _check.text(client_secret, "MastodonConfig(client_secret)"))
        put(self, "settle", _check.length(settle, "MastodonConfig(settle)"))
        put(self, "commit_timeout", _check.length(commit_timeout, "MastodonConfig(commit_timeout)"))
        put(self, "processing_timeout", _check.length(processing_timeout, "MastodonConfig(processing_timeout)"))

@dataclass(frozen=True, slots=True, kw_only=True, init=False)
class QuietHours:
    """Hours of every day in which nothing is posted: from 22:00 to 07:00, say.

    Attributes:
        start: When they begin: a local time, `22:00`.
        end: When they end: on the next day if it is not after `start`.
        zone: The IANA zone of both: `Europe/Berlin`.
    """

    start: str
    end: str
    zone: str

    def __init__(
        self,
        *,
        start: str,
        end: str,
        zone: str,
    ) -> None:
        put = object.__setattr__
        put(self, "start", _check.text(start, "QuietHours(start)"))
        put(self, "end", _check.text(end, "QuietHours(end)"))
        put(self, "zone", _check.text(zone, "QuietHours(zone)"))

@dataclass(frozen=True, slots=True, kw_only=True, init=False)
class Focus:
    """The point of an image that must stay visible where it is cropped, in percent from its top left corner.

    Attributes:
        x: From the left edge (0) to the right one (100).
        y: From the upper edge (0) to the lower one (100).
    """

    x: int
    y: int

    def __init__(
        self,
        *,
        x: int,
        y: int,
    ) -> None:
        put = object.__setattr__
        put(self, "x", _check.whole(x, "Focus(x)"))
        put(self, "y", _check.whole(y, "Focus(y)"))

@dataclass(frozen=True, slots=True, kw_only=True, init=False)
class MediaDraft:
    """A piece of media and its alternative text.

    Attributes:
        path: A file, read when the post is scheduled.
        bytes: Bytes in memory.
        alt: The alternative text.
        focus: What must stay visible of it.
    """

    path: str | None
    bytes: builtins.bytes | None = field(repr=False)
    alt: str | None
    focus: Focus | None

    def __init__(
        self,
        *,
        path: str | os.PathLike[str] | None = None,
        bytes: builtins.bytes | bytearray | memoryview | None = None,
        alt: str | None = None,
        focus: Focus | None = None,
    ) -> None:
        put = object.__setattr__
        put(self, "path", None if path is None else _check.path(path, "MediaDraft(path)"))
        put(self, "bytes", None if bytes is None else _check.content(bytes, "MediaDraft(bytes)"))
        put(self, "alt", None if alt is None else _check.text(alt, "MediaDraft(alt)"))
        put(self, "focus", None if focus is None else _check.instance(focus, "MediaDraft(focus)", Focus))

@dataclass(frozen=True, slots=True, kw_only=True, init=False)
class LinkDraft:
    """A link that is shown as a card.

    Attributes:
        url: The address, with `https://`.
        title: What the card is headed with.
        description: What it says.
        thumb: Its picture.
    """

    url: str
    title: str
    description: str
    thumb: MediaDraft | None

    def __init__(
        self,
        *,
        url: str,
        title: str,
        description: str,
        thumb: MediaDraft | None = None,
    ) -> None:
        put = object.__setattr__
        put(self, "url", _check.text(url, "LinkDraft(url)"))
        put(self, "title", _check.text(title, "LinkDraft(title)"))
        put(self, "description", _check.text(description, "LinkDraft(description)"))
        put(self, "thumb", None if thumb is None else _check.instance(thumb, "LinkDraft(thumb)", MediaDraft))

@dataclass(frozen=True, slots=True, kw_only=True, init=False)
class Poll:
    """A question with answers to choose from.

    Attributes:
        options: The answers.
        open_for: How long it is open.
        multiple: Whether several answers may be chosen.
        hide_totals: Whether the counts are hidden until it is over.
    """

    options: tuple[str, ...]
    open_for: timedelta
    multiple: bool
    hide_totals: bool

    def __init__(
        self,
        *,
        options: Iterable[str],
        open_for: timedelta,
        multiple: bool = False,
        hide_totals: bool = False,
    ) -> None:
        put = object.__setattr__
        put(self, "options", _check.many(options, "Poll(options)", _check.text))
        put(self, "open_for", _check.length(open_for, "Poll(open_for)"))
        put(self, "multiple", _check.flag(multiple, "Poll(multiple)"))
        put(self, "hide_totals", _check.flag(hide_totals, "Poll(hide_totals)"))

@dataclass(frozen=True, slots=True, kw_only=True, init=False)
class PartDraft:
    """One visible piece of a draft.

    Attributes:
        text: The text; may be empty where there is media.
        media: Media with its alternative text.
        reply_to: The post that this one answers.
        quote: The post that this one quotes.
        link: A link that is shown as a card.
        poll: A question with answers to choose from.
    """

    text: str
    media: tuple[MediaDraft, ...]
    reply_to: RemoteId | None
    quote: RemoteId | None
    link: LinkDraft | None
    poll: Poll | None

    def __init__(
        self,
        *,
        text: str = "",
        media: Iterable[MediaDraft] = (),
        reply_to: RemoteId | None = None,
        quote: RemoteId | None = None,
        link: LinkDraft | None = None,
        poll: Poll | None = None,
    ) -> None:
        put = object.__setattr__
        put(self, "text", _check.text(text, "PartDraft(text)"))
        put(self, "media", _check.many(media, "PartDraft(media)", lambda it, at: _check.instance(it, at, MediaDraft)))
        put(self, "reply_to", None if reply_to is None else _check.text(reply_to, "PartDraft(reply_to)"))
        put(self, "quote", None if quote is None else _check.text(quote, "PartDraft(quote)"))
        put(self, "link", None if link is None else _check.instance(link, "PartDraft(link)", LinkDraft))
        put(self, "poll", None if poll is None else _check.instance(poll, "PartDraft(poll)", Poll))

@dataclass(frozen=True, slots=True, kw_only=True, init=False)
class Showing:
    """How all parts of a post are shown.

    Attributes:
        language: The language of the text: `en`, `pt-BR`. Left out where a platform has no such thing.
        visibility: Who may see it; the account's own setting if nothing is said.
        sensitive: Whether its media is covered until somebody asks for it.
        warning: What is shown in place of the text until somebody asks for it.
    """

    language: str | None
    visibility: Visibility | None
    sensitive: bool
    warning: str | None

    def __init__(
        self,
        *,
        language: str | None = None,
        visibility: Visibility | None = None,
        sensitive: bool = False,
        warning: str | None = None,
    ) -> None:
        put = object.__setattr__
        put(self, "language", None if language is None else _check.text(language, "Showing(language)"))
        put(self, "visibility", None if visibility is None else _check.word(visibility, "Showing(visibility)", Visibility))
        put(self, "sensitive", _check.flag(sensitive, "Showing(sensitive)"))
        put(self, "warning", None if warning is None else _check.text(warning, "Showing(warning)"))

@dataclass(frozen=True, slots=True, kw_only=True, init=False)
class Variant:
    """What a draft says on one platform in place of what it says elsewhere.

    Attributes:
        platform: The platform.
        parts: The pieces there; none: those of the draft.
        showing: How they are shown there; nothing: as the draft says.
    """

    platform: PlatformId
    parts: tuple[PartDraft, ...]
    showing: Showing | None

    def __init__(
        self,
        *,
        platform: PlatformId,
        parts: Iterable[PartDraft] = (),
        showing: Showing | None = None,
    ) -> None:
        put = object.__setattr__
        put(self, "platform", _check.text(platform, "Variant(platform)"))
        put(self, "parts", _check.many(parts, "Variant(parts)", lambda it, at: _check.instance(it, at, PartDraft)))
        put(self, "showing", None if showing is None else _check.instance(showing, "Variant(showing)", Showing))

@dataclass(frozen=True, slots=True, kw_only=True, init=False)
class WhenLocal:
    """At a local time (`2026-12-24T09:00`) in an IANA zone (`Europe/Berlin`).

    Attributes:
        civil: The civil date and time, without an offset.
        zone: The name of the zone.
        gap: If the zone skips it.
        fold: If the zone has it twice.
    """

    civil: str
    zone: str
    gap: Gap
    fold: Fold

    def __init__(
        self,
        *,
        civil: str,
        zone: str,
        gap: Gap = "refuse",
        fold: Fold = "refuse",
    ) -> None:
        put = object.__setattr__
        put(self, "civil", _check.text(civil, "WhenLocal(civil)"))
        put(self, "zone", _check.text(zone, "WhenLocal(zone)"))
        put(self, "gap", _check.word(gap, "WhenLocal(gap)", Gap))
        put(self, "fold", _check.word(fold, "WhenLocal(fold)", Fold))

@dataclass(frozen=True, slots=True)
class When:
    """When, as the caller says it. It has one of these kinds.

    Kinds:
        now: At once.
        at: At a moment.
        local: At a local time (`2026-12-24T09:00`) in an IANA zone (`Europe/Berlin`).
    """

    kind: Literal["now", "at", "local"]
    value: datetime | WhenLocal | None = None

    def __post_init__(self) -> None:
        _check.form(self.kind, self.value, "When", {"now": type(None), "at": datetime, "local": WhenLocal})

    @staticmethod
    def now() -> When:
        """At once."""
        return When("now")
    @staticmethod
    def at(at: datetime) -> When:
        """At a moment."""
        return When("at", _check.moment(at, "When.at(at)"))
    @staticmethod
    def local(
        civil: str,
        zone: str,
        *,
        gap: Gap = "refuse",
        fold: Fold = "refuse",
    ) -> When:
        """At a local time (`2026-12-24T09:00`) in an IANA zone (`Europe/Berlin`).

        Args:
            civil: The civil date and time, without an offset.
            zone: The name of the zone.
            gap: If the zone skips it.
            fold: If the zone has it twice.
        """
        return When("local", WhenLocal(civil=civil, zone=zone, gap=gap, fold=fold))
    def __repr__(self) -> str:
        return f"When.{self.kind}({'' if self.value is None else repr(self.value)})"

def check_when(value: object, where: str) -> When:
    """A `When`, as which a datetime means `When.at`."""
    if isinstance(value, datetime):
        return When("at", _check.moment(value, where))
    return _check.instance(value, where, When)

@dataclass(frozen=True, slots=True, kw_only=True, init=False)
class DraftFields:
    """What a caller wants to publish, where and when.

    Attributes:
        parts: The pieces, in order: each after the first answers the one before it.
        showing: How they are shown.
        variants: What is different on single platforms.
        accounts: The accounts that it goes to.
        when: When.
        expires: It is not sent at this time or later: what waits until then expires. Nothing: it waits
            for as long as it takes.
        priority: Before others that are due.
        labels: The caller's own labels.
        campaign: The campaign that it belongs to.
        metadata: Whatever else the caller wants to find again.
        gate: Whether somebody has to let it go out first: a draft, or what waits for approval.
    """

    parts: tuple[PartDraft, ...]
    showing: Showing | None
    variants: tuple[Variant, ...]
    accounts: tuple[AccountId, ...]
    when: When
    expires: When | None
    priority: Priority
    labels: tuple[str, ...]
    campaign: str | None
    metadata: Mapping[str, str]
    gate: Gate

    def __init__(
        self,
        *,
        parts: Iterable[PartDraft] = (),
        showing: Showing | None = None,
        variants: Iterable[Variant] = (),
        accounts: Iterable[AccountId] = (),
        when: When | datetime = When.now(),
        expires: When | datetime | None = None,
        priority: Priority = "normal",
        labels: Iterable[str] = (),
        campaign: str | None = None,
        metadata: Mapping[str, str] = FrozenMap({}),
        gate: Gate = "open",
    ) -> None:
        put = object.__setattr__
        put(self, "parts", _check.many(parts, "Draft(parts)", lambda it, at: _check.instance(it, at, PartDraft)))
        put(self, "showing", None if showing is None else _check.instance(showing, "Draft(showing)", Showing))
        put(self, "variants", _check.many(variants, "Draft(variants)", lambda it, at: _check.instance(it, at, Variant)))
        put(self, "accounts", _check.many(accounts, "Draft(accounts)", _check.text))
        put(self, "when", check_when(when, "Draft(when)"))
        put(self, "expires", None if expires is None else check_when(expires, "Draft(expires)"))
        put(self, "priority", _check.word(priority, "Draft(priority)", Priority))
        put(self, "labels", _check.many(labels, "Draft(labels)", _check.text))
        put(self, "campaign", None if campaign is None else _check.text(campaign, "Draft(campaign)"))
        put(self, "metadata", _check.named(metadata, "Draft(metadata)", _check.text))
        put(self, "gate", _check.word(gate, "Draft(gate)", Gate))

@dataclass(frozen=True, slots=True, kw_only=True, init=False)
class PublishedRef:
    """Where something is live.

    Attributes:
        remote_id: The platform's id of it.
        url: Where it can be seen.
        at: When it became live, by the platform's clock where it tells.
    """

    remote_id: RemoteId
    url: str | None
    at: datetime | None

    def __init__(
        self,
        *,
        remote_id: RemoteId,
        url: str | None = None,
        at: datetime | None = None,
    ) -> None:
        put = object.__setattr__
        put(self, "remote_id", _check.text(remote_id, "PublishedRef(remote_id)"))
        put(self, "url", None if url is None else _check.text(url, "PublishedRef(url)"))
        put(self, "at", None if at is None else _check.moment(at, "PublishedRef(at)"))

@dataclass(frozen=True, slots=True, kw_only=True, init=False)
class BulkRow:
    """One post of many.

    Attributes:
        key: Your key: what makes the row repeatable.
        draft: What to publish, where and when.
    """

    key: str
    draft: DraftFields

    def __init__(
        self,
        *,
        key: str,
        draft: DraftFields,
    ) -> None:
        put = object.__setattr__
        put(self, "key", _check.text(key, "BulkRow(key)"))
        put(self, "draft", _check.instance(draft, "BulkRow(draft)", DraftFields))

@dataclass(frozen=True, slots=True)
class Resolution:
    """What a person has found out about a held part. It has one of these kinds.

    Kinds:
        live: It is live, there.
        resend: It is not live: send it again.
        abandon: Leave it.
    """

    kind: Literal["live", "resend", "abandon"]
    value: PublishedRef | None = None

    def __post_init__(self) -> None:
        _check.form(self.kind, self.value, "Resolution", {"live": PublishedRef, "resend": type(None), "abandon": type(None)})

    @staticmethod
    def live(ref: PublishedRef) -> Resolution:
        """It is live, there."""
        return Resolution("live", _check.instance(ref, "Resolution.live(ref)", PublishedRef))
    @staticmethod
    def resend() -> Resolution:
        """It is not live: send it again."""
        return Resolution("resend")
    @staticmethod
    def abandon() -> Resolution:
        """Leave it."""
        return Resolution("abandon")
    def __repr__(self) -> str:
        return f"Resolution.{self.kind}({'' if self.value is None else repr(self.value)})"

def check_resolution(value: object, where: str) -> Resolution:
    """A `Resolution`."""
    return _check.instance(value, where, Resolution)

@dataclass(frozen=True, slots=True, kw_only=True, init=False)
class Recurrence:
    """When something comes again.

    Attributes:
        start: The local time at which it begins: `2026-12-24T09:00`. It is an occurrence only if a rule
            says so, or `dates`.
        zone: The IANA zone of all local times: `Europe/Berlin`.
        rules: Rules: what any of them gives.
        dates: Further local times.
        excluded: Local times that are left out.
        gap: For local times that the zone skips.
        fold: For local times that the zone has twice.
    """

    start: str
    zone: str
    rules: tuple[str, ...]
    dates: tuple[str, ...]
    excluded: tuple[str, ...]
    gap: OnGap
    fold: OnFold

    def __init__(
        self,
        *,
        start: str,
        zone: str,
        rules: Iterable[str] = (),
        dates: Iterable[str] = (),
        excluded: Iterable[str] = (),
        gap: OnGap = "shift",
        fold: OnFold = "first",
    ) -> None:
        put = object.__setattr__
        put(self, "start", _check.text(start, "Recurrence(start)"))
        put(self, "zone", _check.text(zone, "Recurrence(zone)"))
        put(self, "rules", _check.many(rules, "Recurrence(rules)", _check.text))
        put(self, "dates", _check.many(dates, "Recurrence(dates)", _check.text))
        put(self, "excluded", _check.many(excluded, "Recurrence(excluded)", _check.text))
        put(self, "gap", _check.word(gap, "Recurrence(gap)", OnGap))
        put(self, "fold", _check.word(fold, "Recurrence(fold)", OnFold))

@dataclass(frozen=True, slots=True, kw_only=True, init=False)
class Backoff:
    """Exponential backoff with full jitter: the n-th wait is a random part of `base * 2^(n-1)`, at most
    `cap`.

    Full jitter spreads the retries of many posts that failed together over the whole interval.

    Attributes:
        base: The most that the first wait takes.
        cap: The most that any wait takes.
    """

    base: timedelta
    cap: timedelta

    def __init__(
        self,
        *,
        base: timedelta,
        cap: timedelta,
    ) -> None:
        put = object.__setattr__
        put(self, "base", _check.length(base, "Backoff(base)"))
        put(self, "cap", _check.length(cap, "Backoff(cap)"))

@dataclass(frozen=True, slots=True, kw_only=True, init=False)
class RetryPolicy:
    """How often a part is tried that was surely not sent.

    Attributes:
        max_attempts: Attempts in all. Snoozes (used-up windows, an open circuit) are not attempts.
            Default 5.
        backoff: The waits between them. Default 2 s doubling to 10 minutes, with full jitter.
    """

    max_attempts: int
    backoff: Backoff

    def __init__(
        self,
        *,
        max_attempts: int = 5,
        backoff: Backoff = Backoff(base=timedelta(seconds=2), cap=timedelta(seconds=600)),
    ) -> None:
        put = object.__setattr__
        put(self, "max_attempts", _check.whole(max_attempts, "RetryPolicy(max_attempts)"))
        put(self, "backoff", _check.instance(backoff, "RetryPolicy(backoff)", Backoff))

@dataclass(frozen=True, slots=True, kw_only=True, init=False)
class LookPolicy:
    """How the platform is asked what became of an attempt.

    Attributes:
        looks: Looks that must all see nothing before a post counts as absent. Default 3.
        every: The wait between them. Default 20 s.
        patience: How long a platform may stay unreadable before a person has to decide. Default 24 hours.
    """

    looks: int
    every: timedelta
    patience: timedelta

    def __init__(
        self,
        *,
        looks: int = 3,
        every: timedelta = timedelta(seconds=20),
        patience: timedelta = timedelta(seconds=86400),
    ) -> None:
        put = object.__setattr__
        put(self, "looks", _check.whole(looks, "LookPolicy(looks)"))
        put(self, "every", _check.length(every, "LookPolicy(every)"))
        put(self, "patience", _check.length(patience, "LookPolicy(patience)"))
